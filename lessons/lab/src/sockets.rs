//! [`Sockets`]: a UDP and a TCP socket for each server.
//!
//! Each server takes as long as in the lab: 10 ms, unless it has its own latency.
//!
//! A server on the Internet would do more: bound its connections, and answer many queries at the
//! same time. These have one user, and lesson 5 builds such a server.

pub(crate) mod loopback;
mod steps;
pub(crate) mod table;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lab::Lab;
use network::Via;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use loopback::{LoopbackMap, LoopbackServer};

/// The time after which an idle TCP connection is closed.
const IDLE: Duration = Duration::from_secs(10);
/// The pause after a failed accept, for want of file descriptors perhaps.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// The sockets of all servers, bound.
pub(crate) struct Sockets {
    pairs: Vec<Pair>,
}

struct Pair {
    /// The server in the lab.
    server: SocketAddr,
    udp: UdpSocket,
    tcp: TcpListener,
}

/// The servers cannot be bound.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindError {
    /// This machine does not have the address.
    #[error(
        "This machine does not have the address {address}. Give its loopback interface the \
         addresses that the lab needs, until the next restart, and try again:\n\n{commands}\n"
    )]
    NoAddress {
        address: IpAddr,
        /// The commands that add it and the other addresses.
        commands: String,
    },
    /// The port is in use.
    #[error(
        "{address} is in use. Is the lab running already? If not, choose another port with \
         --port N."
    )]
    InUse { address: SocketAddr },
    /// Another error of the system.
    #[error("cannot listen at {address}: {error}")]
    Other {
        address: SocketAddr,
        error: io::Error,
    },
}

impl Sockets {
    /// Binds the sockets of all servers, or none.
    pub(crate) async fn bind(servers: &LoopbackMap) -> Result<Sockets, BindError> {
        let mut pairs = Vec::new();
        for server in servers.iter() {
            let bound = Pair::bind(server).await;
            pairs.push(bound.map_err(|error| bind_error(error, server.loopback, servers))?);
        }
        Ok(Sockets { pairs })
    }

    /// Answers queries until the future is dropped.
    pub(crate) async fn serve(self, lab: &Lab) {
        let mut tasks = JoinSet::new();
        for Pair { server, udp, tcp } in self.pairs {
            tasks.spawn(serve_udp(lab.clone(), server, udp));
            tasks.spawn(serve_tcp(lab.clone(), server, tcp));
        }
        while tasks.join_next().await.is_some() {}
    }
}

impl Pair {
    async fn bind(server: &LoopbackServer) -> io::Result<Pair> {
        Ok(Pair {
            server: server.host.address,
            udp: UdpSocket::bind(server.loopback).await?,
            tcp: TcpListener::bind(server.loopback).await?,
        })
    }
}

fn bind_error(error: io::Error, address: SocketAddr, servers: &LoopbackMap) -> BindError {
    match error.kind() {
        io::ErrorKind::AddrNotAvailable => BindError::NoAddress {
            address: address.ip(),
            commands: servers.commands(),
        },
        io::ErrorKind::AddrInUse => BindError::InUse { address },
        _ => BindError::Other { address, error },
    }
}

async fn serve_udp(lab: Lab, server: SocketAddr, socket: UdpSocket) {
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

async fn serve_tcp(lab: Lab, server: SocketAddr, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve_connection(lab.clone(), server, stream));
            }
            Err(_) => sleep(ACCEPT_RETRY).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Answers the messages of a connection in turn, until the client closes it or it is idle for too
/// long.
async fn serve_connection(lab: Lab, server: SocketAddr, mut stream: TcpStream) -> io::Result<()> {
    loop {
        let message = timeout(IDLE, receive(&mut stream)).await??;
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
