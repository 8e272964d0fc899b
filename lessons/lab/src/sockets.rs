//! [`Sockets`]: the servers of a lab on this machine's sockets, over UDP and TCP, for programs that
//! do not run in a lab's process.
//!
//! Each server takes as long as in the lab: 10 ms, unless it has its own latency.
//!
//! A server on the Internet would do more: bound its connections, and answer many queries at the
//! same time. These have one user, and lesson 5 builds such a server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use network::Via;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::lab::Lab;

/// The time after which an idle TCP connection is closed.
const IDLE: Duration = Duration::from_secs(10);
/// The pause after a failed accept, for want of file descriptors perhaps.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// A UDP and a TCP socket for each of some servers of a lab.
///
/// ```no_run
/// # async fn serve() -> std::io::Result<()> {
/// let lab = lab::Lab::internet();
/// let root = "198.41.0.4:53".parse().map_err(std::io::Error::other)?;
/// let mut sockets = lab::Sockets::new();
/// sockets.bind(root, "127.0.0.1:10053".parse().map_err(std::io::Error::other)?).await?;
/// let log = |server, via, query: &[u8]| println!("{server} {via} {} octets", query.len());
/// sockets.serve(&lab, log).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Sockets {
    pairs: Vec<Pair>,
}

#[derive(Debug)]
struct Pair {
    /// The server in the lab.
    server: SocketAddr,
    udp: UdpSocket,
    tcp: TcpListener,
}

impl Sockets {
    /// Creates an empty set of sockets.
    pub fn new() -> Sockets {
        Sockets::default()
    }

    /// Binds the sockets of a server of the lab at an address of this machine.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn bind(&mut self, server: SocketAddr, local: SocketAddr) -> io::Result<()> {
        let udp = UdpSocket::bind(local).await?;
        let tcp = TcpListener::bind(local).await?;
        self.pairs.push(Pair { server, udp, tcp });
        Ok(())
    }

    /// Answers queries until the future is dropped, and passes each query to `log` first. The
    /// scripts of [`Lab::script`] do not apply, and the lab's own log stays empty.
    pub async fn serve<L>(self, lab: &Lab, log: L)
    where
        L: Fn(SocketAddr, Via, &[u8]) + Send + Sync + 'static,
    {
        let log: Arc<Log> = Arc::new(log);
        let mut tasks = JoinSet::new();
        for Pair { server, udp, tcp } in self.pairs {
            let (lab, log) = (lab.clone(), Arc::clone(&log));
            tasks.spawn(serve_udp(lab.clone(), Arc::clone(&log), server, udp));
            tasks.spawn(serve_tcp(lab, log, server, tcp));
        }
        while tasks.join_next().await.is_some() {}
    }
}

type Log = dyn Fn(SocketAddr, Via, &[u8]) + Send + Sync;

async fn serve_udp(lab: Lab, log: Arc<Log>, server: SocketAddr, socket: UdpSocket) {
    let socket = Arc::new(socket);
    let mut replies = JoinSet::new();
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        // An error is about a client that has closed its socket (ICMP port unreachable), and does
        // not concern the next one.
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let message = buffer.get(..length).unwrap_or_default();
        log(server, Via::Udp, message);
        if let Some(reply) = lab.answer(server, Via::Udp, message) {
            let (latency, socket) = (lab.latency(server), Arc::clone(&socket));
            // Each reply waits by itself: a slow server does not delay the others.
            replies.spawn(async move {
                sleep(latency).await;
                let _lost = socket.send_to(&reply, client).await;
            });
        }
        while replies.try_join_next().is_some() {}
    }
}

async fn serve_tcp(lab: Lab, log: Arc<Log>, server: SocketAddr, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (lab, log) = (lab.clone(), Arc::clone(&log));
                connections.spawn(serve_connection(lab, log, server, stream));
            }
            Err(_) => sleep(ACCEPT_RETRY).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Answers the messages of a connection in turn, until the client closes it or it is idle for too
/// long.
async fn serve_connection(
    lab: Lab,
    log: Arc<Log>,
    server: SocketAddr,
    mut stream: TcpStream,
) -> io::Result<()> {
    loop {
        let message = timeout(IDLE, receive(&mut stream)).await??;
        log(server, Via::Tcp, &message);
        let Some(reply) = lab.answer(server, Via::Tcp, &message) else {
            continue;
        };
        sleep(lab.latency(server)).await;
        let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
        let framed = [&length.to_be_bytes()[..], &reply].concat();
        timeout(IDLE, stream.write_all(&framed)).await??;
    }
}

/// Returns a message with its length before it (RFC 1035 section 4.2.2).
async fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
