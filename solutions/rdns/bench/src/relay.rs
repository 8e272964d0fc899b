//! The relay: gives each name server an address, a delay and losses of its own.
//!
//! Where the kernel has it, `tc netem` would do. Not every kernel has, and a relay also counts the
//! queries and can send hostile replies.
//!
//! A query that arrives at the address of a server goes to the nsd of its level. The reply is held
//! back for the round-trip time of the server, and sent from its address. Each datagram is lost with the
//! same chance, in both directions. Over TCP, each message is delayed, and none is lost. (The handshake
//! is the kernel's, and hence quick.)

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::RngExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout};

use crate::hostile;
use crate::internet::{Level, delay, servers};
use crate::zones::origin;

/// The time that nsd has for a reply.
const ORIGIN_LIMIT: Duration = Duration::from_secs(2);

/// The network between the resolver and the name servers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quality {
    /// The chance that a datagram is lost.
    pub(crate) loss: f64,
    /// The chance that a reply comes with a hostile datagram.
    pub(crate) hostile: f64,
}

/// The queries that arrived.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    udp: AtomicU64,
    tcp: AtomicU64,
}

impl Traffic {
    /// Returns the number of queries so far, over UDP and over TCP.
    pub(crate) fn queries(&self) -> (u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.udp), read(&self.tcp))
    }
}

/// One name server.
struct Server {
    delay: Duration,
    /// None for a server that never replies.
    origin: Option<Arc<Origin>>,
    quality: Quality,
    traffic: Arc<Traffic>,
}

/// Starts the relay in a thread of its own.
///
/// # Errors
/// If an address cannot be bound.
pub(crate) fn start(quality: Quality) -> io::Result<Arc<Traffic>> {
    let traffic = Arc::new(Traffic::default());
    let counting = Arc::clone(&traffic);
    let (ready, is_ready) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("relay".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                let bound = bind_all(quality, &counting).await;
                let is_bound = bound.is_ok();
                let _ = ready.send(bound);
                if is_bound {
                    std::future::pending::<()>().await;
                }
            });
        })?;
    is_ready.recv().map_err(io::Error::other)??;
    Ok(traffic)
}

async fn bind_all(quality: Quality, traffic: &Arc<Traffic>) -> io::Result<()> {
    let mut origins = HashMap::new();
    for level in [Level::Root, Level::Tld, Level::Domain] {
        let address = origin(level).expect("a level with a server");
        origins.insert(address, Origin::start(address).await?);
    }
    for (level, address) in servers() {
        let server = Arc::new(Server {
            delay: delay(address),
            origin: origin(level).and_then(|it| origins.get(&it).cloned()),
            quality,
            traffic: Arc::clone(traffic),
        });
        let udp = Arc::new(UdpSocket::bind((address, 53)).await?);
        let tcp = TcpListener::bind((address, 53)).await?;
        tokio::spawn(Arc::clone(&server).serve_udp(udp));
        tokio::spawn(server.serve_tcp(tcp));
    }
    Ok(())
}

impl Server {
    async fn serve_udp(self: Arc<Server>, socket: Arc<UdpSocket>) {
        let mut buffer = vec![0; 65_535];
        loop {
            let Ok((length, client)) = socket.recv_from(&mut buffer).await else {
                continue;
            };
            let arrival = Instant::now();
            self.traffic.udp.fetch_add(1, Ordering::Relaxed);
            if self.origin.is_some() && !rand::rng().random_bool(self.quality.loss) {
                let query = buffer.get(..length).unwrap_or_default().to_vec();
                let (server, socket) = (Arc::clone(&self), Arc::clone(&socket));
                tokio::spawn(async move { server.relay(&socket, query, client, arrival).await });
            }
        }
    }

    /// Sends the reply to one query when its time has come.
    async fn relay(
        &self,
        socket: &UdpSocket,
        query: Vec<u8>,
        client: SocketAddr,
        arrival: Instant,
    ) {
        let Some(reply) = self.reply(&query).await else {
            return;
        };
        let (is_lost, hostile) = {
            let mut random = rand::rng();
            let hostile = random.random_bool(self.quality.hostile);
            let datagrams = hostile.then(|| hostile::replies(&query, &reply, &mut random));
            (random.random_bool(self.quality.loss), datagrams)
        };
        sleep_until(arrival + self.delay).await;
        let replies = hostile.unwrap_or_else(|| vec![reply]);
        for reply in replies.iter().filter(|_| !is_lost) {
            let _ = socket.send_to(reply, client).await;
        }
    }

    /// Returns the reply of the nsd.
    async fn reply(&self, query: &[u8]) -> Option<Vec<u8>> {
        let origin = self.origin.as_ref()?;
        timeout(ORIGIN_LIMIT, origin.exchange(query)).await.ok()?
    }

    async fn serve_tcp(self: Arc<Server>, listener: TcpListener) {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&self).serve_stream(stream));
            }
        }
    }

    /// Relays each message of a connection, until its client closes it.
    async fn serve_stream(self: Arc<Server>, mut stream: TcpStream) -> io::Result<()> {
        loop {
            let mut query = vec![0; stream.read_u16().await?.into()];
            stream.read_exact(&mut query).await?;
            let arrival = Instant::now();
            self.traffic.tcp.fetch_add(1, Ordering::Relaxed);
            if let Some(reply) = self.reply(&query).await {
                sleep_until(arrival + self.delay).await;
                let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
                let message = [length.to_be_bytes().as_slice(), &reply].concat();
                stream.write_all(&message).await?;
            }
        }
    }
}

/// A socket to an nsd, for all queries to it.
struct Origin {
    socket: UdpSocket,
    waiting: Mutex<Waiting>,
}

/// The queries that wait for their replies, by the id that they have on the way to nsd.
#[derive(Default)]
struct Waiting {
    next: u16,
    queries: HashMap<u16, oneshot::Sender<Vec<u8>>>,
}

impl Origin {
    async fn start(address: SocketAddr) -> io::Result<Arc<Origin>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        socket.connect(address).await?;
        let origin = Arc::new(Origin {
            socket,
            waiting: Mutex::default(),
        });
        tokio::spawn(Arc::clone(&origin).receive());
        Ok(origin)
    }

    async fn receive(self: Arc<Origin>) {
        let mut buffer = vec![0; 65_535];
        loop {
            let Ok(length) = self.socket.recv(&mut buffer).await else {
                continue;
            };
            let message = buffer.get(..length).unwrap_or_default();
            let Some((id, _)) = message.split_first_chunk() else {
                continue;
            };
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(waiter) = waiting.queries.remove(&u16::from_be_bytes(*id)) {
                let _ = waiter.send(message.to_vec());
            }
        }
    }

    /// Sends a query with an id of its own, and returns the reply with the id of the query.
    async fn exchange(&self, query: &[u8]) -> Option<Vec<u8>> {
        let (id, rest) = query.split_first_chunk::<2>()?;
        let (sender, receiver) = oneshot::channel();
        let own = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.next = waiting.next.wrapping_add(1);
            let own = waiting.next;
            waiting.queries.insert(own, sender);
            own
        };
        let message = [own.to_be_bytes().as_slice(), rest].concat();
        self.socket.send(&message).await.ok()?;
        let mut reply = receiver.await.ok()?;
        reply.get_mut(..2)?.copy_from_slice(id);
        Some(reply)
    }
}
