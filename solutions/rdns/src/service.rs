//! [`Service`]: the recursive resolver of lesson 12, with ready-made replies before it.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use chase::{Knowledge, ServerSelection};
use network::{Network, Via};
use recursive::Recursive;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::ready::{Quick, Ready};

/// The longest datagram.
const MAX_DATAGRAM: usize = 65_535;
/// How long to wait when the system cannot receive, for want of memory perhaps.
const OUT_OF_BREATH: Duration = Duration::from_millis(10);
/// How often it is looked at whether everything is finished.
const GLANCE: Duration = Duration::from_millis(10);

/// What answers, whatever brings it its messages.
#[derive(Debug)]
pub struct Service<N, K, C> {
    recursive: Recursive<N, K, C>,
    ready: Ready,
    /// Replies that were ready.
    hits: AtomicU64,
    /// Messages that are worked on, and how many there may be.
    at_work: AtomicUsize,
    most_at_work: usize,
    is_stopping: AtomicBool,
}

/// A message that is worked on.
pub struct Job<N, K, C>(Arc<Service<N, K, C>>);

impl<N, K, C> Drop for Job<N, K, C> {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Job<N, K, C> {
    /// The reply to a message, whatever it takes; none where it is not worth one.
    pub async fn respond(&self, message: &[u8], via: Via, client: IpAddr) -> Option<Vec<u8>> {
        let Service {
            recursive, ready, ..
        } = &*self.0;
        let reply = recursive.respond(message, via, client).await?;
        if via == Via::Udp
            && recursive.access_control().allows(client)
            && let Some(query) = Quick::parse(message)
        {
            ready.keep(&query, &reply, Instant::now());
        }
        Some(reply)
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Service<N, K, C> {
    /// A service that keeps ready-made replies of so many records.
    pub fn new(
        recursive: Recursive<N, K, C>,
        records: usize,
        in_flight: usize,
    ) -> Service<N, K, C> {
        Service {
            recursive,
            ready: Ready::new(records),
            hits: AtomicU64::new(0),
            at_work: AtomicUsize::new(0),
            // The recursive resolver gives up the oldest first. This is for when messages come faster than they can be given up.
            most_at_work: 2 * in_flight,
            is_stopping: AtomicBool::new(false),
        }
    }

    /// What makes the replies that are not ready.
    pub fn recursive(&self) -> &Recursive<N, K, C> {
        &self.recursive
    }

    /// The replies that are ready.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// How many replies were ready.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// The reply to a message, if it takes no work.
    fn quickly(&self, message: &[u8], client: IpAddr, out: &mut Vec<u8>) -> bool {
        let is_ready = self.recursive.access_control().allows(client)
            && Quick::parse(message)
                .is_some_and(|query| self.ready.answer(&query, Instant::now(), out));
        if is_ready {
            self.hits.fetch_add(1, Ordering::Relaxed);
        }
        is_ready
    }

    /// Takes a message up, unless there is too much to do, or we are about to stop.
    pub fn take_up(self: &Arc<Self>) -> Option<Job<N, K, C>> {
        let before = self.at_work.fetch_add(1, Ordering::Relaxed);
        let job = Job(Arc::clone(self));
        (before < self.most_at_work && !self.is_stopping.load(Ordering::Relaxed)).then_some(job)
    }

    /// Takes nothing up any more, and waits until what is at work is done, but no longer than `patience`.
    pub async fn finish(&self, policy: Duration) {
        self.is_stopping.store(true, Ordering::Relaxed);
        let end = Instant::now() + policy;
        while self.at_work.load(Ordering::Relaxed) > 0 && Instant::now() < end {
            sleep(GLANCE).await;
        }
    }

    /// Has so many threads answer the datagrams of a socket, for ever. What takes work is done on the runtime.
    ///
    /// # Errors
    /// If the system has no more threads or sockets.
    pub fn serve_udp(
        self: &Arc<Self>,
        socket: &UdpSocket,
        threads: usize,
        runtime: &Handle,
    ) -> std::io::Result<()> {
        for number in 0..threads {
            let (service, runtime) = (Arc::clone(self), runtime.clone());
            let (socket, answers) = (socket.try_clone()?, Arc::new(socket.try_clone()?));
            thread::Builder::new()
                .name(format!("udp {number}"))
                .spawn(move || service.answer_datagrams(&socket, &answers, &runtime))?;
        }
        Ok(())
    }

    /// What one thread does.
    fn answer_datagrams(
        self: &Arc<Self>,
        socket: &UdpSocket,
        answers: &Arc<UdpSocket>,
        runtime: &Handle,
    ) {
        let mut buffer = vec![0; MAX_DATAGRAM];
        let mut reply = Vec::with_capacity(MAX_DATAGRAM);
        loop {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                // On some systems, "your last reply found nobody" is an error of the next receive.
                thread::sleep(OUT_OF_BREATH);
                continue;
            };
            let message = buffer.get(..length).unwrap_or_default();
            if self.quickly(message, from.ip(), &mut reply) {
                // Whether it arrives is in nobody's hands: the client asks again.
                let _ = socket.send_to(&reply, from);
            } else {
                self.work(message, from, answers, runtime);
            }
        }
    }

    /// Has the runtime make a reply, and send it.
    fn work(
        self: &Arc<Self>,
        message: &[u8],
        from: SocketAddr,
        answers: &Arc<UdpSocket>,
        runtime: &Handle,
    ) {
        let Some(job) = self.take_up() else { return };
        let (message, answers) = (message.to_vec(), Arc::clone(answers));
        runtime.spawn(async move {
            if let Some(reply) = job.respond(&message, Via::Udp, from.ip()).await {
                let _ = answers.send_to(&reply, from);
            }
        });
    }
}
