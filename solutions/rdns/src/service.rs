//! [`Service`]: the recursive resolver of lesson 12, with a cache of whole replies before it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use chase::{Knowledge, ServerSelection};
use network::{Network, Via};
use recursive::Recursive;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::datagrams::{DatagramSocket, Ends};
use crate::reply_cache::{PlainQuery, ReplyCache};

/// The pause after a receive that failed, for want of memory perhaps.
const RECEIVE_RETRY: Duration = Duration::from_millis(10);
/// The interval at which [`Service::finish`] looks whether all jobs are done.
const FINISH_POLL: Duration = Duration::from_millis(10);

/// A recursive resolver with its reply cache, independent of the transport.
#[derive(Debug)]
pub struct Service<N, K, C> {
    recursive: Recursive<N, K, C>,
    replies: ReplyCache,
    /// The number of replies that came from the reply cache.
    hits: AtomicU64,
    /// The number of jobs at present, and its bound.
    jobs: AtomicUsize,
    max_jobs: usize,
    is_stopping: AtomicBool,
}

/// The work on one message. Dropping it makes room for another.
pub struct Job<N, K, C>(Arc<Service<N, K, C>>);

impl<N, K, C> Drop for Job<N, K, C> {
    fn drop(&mut self) {
        self.0.jobs.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Job<N, K, C> {
    /// Resolves and returns the reply to a message; none where the message gets no reply.
    pub async fn respond(&self, message: &[u8], via: Via, client: IpAddr) -> Option<Vec<u8>> {
        let Service {
            recursive, replies, ..
        } = &*self.0;
        let reply = recursive.respond(message, via, client).await?;
        if via == Via::Udp
            && recursive.access_control().allows(client)
            && let Some(query) = PlainQuery::parse(message)
        {
            replies.store(&query, &reply, Instant::now());
        }
        Some(reply)
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Service<N, K, C> {
    /// Creates a service whose reply cache holds the given number of records, for a resolver with
    /// at most `in_flight` searches at a time.
    pub fn new(
        recursive: Recursive<N, K, C>,
        records: usize,
        in_flight: usize,
    ) -> Service<N, K, C> {
        Service {
            recursive,
            replies: ReplyCache::new(records),
            hits: AtomicU64::new(0),
            jobs: AtomicUsize::new(0),
            // The resolver gives up its oldest search when there are too many. This second bound
            // holds when messages arrive faster than searches can be given up.
            max_jobs: 2 * in_flight,
            is_stopping: AtomicBool::new(false),
        }
    }

    /// Returns the resolver behind the reply cache.
    pub fn recursive(&self) -> &Recursive<N, K, C> {
        &self.recursive
    }

    /// Returns the reply cache.
    pub fn replies(&self) -> &ReplyCache {
        &self.replies
    }

    /// Returns the number of replies that came from the reply cache.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Writes the reply to a message into `out`, if the reply cache has it.
    fn answer_from_cache(&self, message: &[u8], client: IpAddr, out: &mut Vec<u8>) -> bool {
        let is_cached = self.recursive.access_control().allows(client)
            && PlainQuery::parse(message)
                .is_some_and(|query| self.replies.answer(&query, Instant::now(), out));
        if is_cached {
            self.hits.fetch_add(1, Ordering::Relaxed);
        }
        is_cached
    }

    /// Starts the work on a message; none if there are too many jobs, or the service is stopping.
    pub fn start_job(self: &Arc<Self>) -> Option<Job<N, K, C>> {
        let before = self.jobs.fetch_add(1, Ordering::Relaxed);
        let job = Job(Arc::clone(self));
        (before < self.max_jobs && !self.is_stopping.load(Ordering::Relaxed)).then_some(job)
    }

    /// Starts no further jobs, and waits until the present ones are done, but no longer than
    /// `limit`.
    pub async fn finish(&self, limit: Duration) {
        self.is_stopping.store(true, Ordering::Relaxed);
        let end = Instant::now() + limit;
        while self.jobs.load(Ordering::Relaxed) > 0 && Instant::now() < end {
            sleep(FINISH_POLL).await;
        }
    }

    /// Starts threads that receive the datagrams of a socket and answer from the reply cache. All
    /// other messages become jobs on the runtime.
    ///
    /// # Errors
    /// If the system has no more threads.
    pub fn serve_udp(
        self: &Arc<Self>,
        socket: DatagramSocket,
        threads: usize,
        runtime: &Handle,
    ) -> std::io::Result<()> {
        let socket = Arc::new(socket);
        for number in 0..threads {
            let (service, socket) = (Arc::clone(self), Arc::clone(&socket));
            let runtime = runtime.clone();
            thread::Builder::new()
                .name(format!("udp {number}"))
                .spawn(move || service.answer_datagrams(&socket, &runtime))?;
        }
        Ok(())
    }

    /// Answers datagrams: the loop of one thread.
    fn answer_datagrams(self: &Arc<Self>, socket: &Arc<DatagramSocket>, runtime: &Handle) {
        let mut buffer = DatagramSocket::buffer();
        let mut reply = Vec::with_capacity(buffer.len());
        loop {
            let received = socket.receive(&mut buffer, |message, ends| {
                if self.answer_from_cache(message, ends.client.ip(), &mut reply) {
                    // UDP may lose the reply all the same; the client repeats its query then.
                    let _ = socket.send(&reply, ends);
                } else {
                    self.resolve(message, ends, socket, runtime);
                }
            });
            if received.is_err() {
                // On some systems, an ICMP error for the last reply fails the next receive.
                thread::sleep(RECEIVE_RETRY);
            }
        }
    }

    /// Starts a job on the runtime that makes a reply and sends it.
    fn resolve(
        self: &Arc<Self>,
        message: &[u8],
        ends: Ends,
        socket: &Arc<DatagramSocket>,
        runtime: &Handle,
    ) {
        let Some(job) = self.start_job() else { return };
        let (message, socket) = (message.to_vec(), Arc::clone(socket));
        runtime.spawn(async move {
            let client = ends.client.ip();
            if let Some(reply) = job.respond(&message, Via::Udp, client).await {
                let _ = socket.send(&reply, ends);
            }
        });
    }
}
