//! [`UpstreamSockets`]: lesson 2's network, which uses a UDP socket for more than one query.
//!
//! A socket for each query costs eight system calls: socket, bind, connect, registration with the
//! reactor, send, receive, deregistration, close. A socket that is there already costs three: receive
//! (nothing may be waiting in it), send, receive. And a busy resolver queries few servers often:
//! those of the root and of top-level domains, and of large operators.
//!
//! It must not get easier to forge a reply (RFC 5452 section 9.2). So a socket is used again
//!
//! - for the *same server* only. It stays connected to it, so that the system discards all other
//!   datagrams, and no other server has ever seen its port: an attacker that has a query sent to a
//!   server of its own learns nothing about the queries to others;
//! - for *one query at a time*. Queries that are out at the same time have different random ports;
//! - after a query that got *its reply, and nothing else*. After a timeout, an error or a datagram
//!   that was not the reply, the port counts as known, and the socket is closed;
//! - if it is *empty*: a datagram that came before the query cannot be the reply to it;
//! - within [`LIFETIME`] of its first query, the time for which a query to a server that does not
//!   reply keeps its socket open anyway. To look for an open port takes longer (CVE-2020-25705).
//!
//! Each thread has idle sockets of its own: a socket wakes the thread whose runtime it was opened in,
//! and no thread waits for another.
//!
//! A few sockets for all queries, told apart by the id and the question, would save one more system
//! call, but they would be open for all senders, and for long.

mod channel;
mod idle;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use network::{Network, Via};
use thread_local::ThreadLocal;
use tokio::time::Instant;
use transport::Sockets;
use transport::sockets::random_port;

use self::channel::UdpChannel;
pub use self::channel::UpstreamChannel;
use self::idle::{IdleSocket, IdleSockets};
use crate::arrivals::ArrivalSocket;

/// The time after its first query for which a socket is used again.
pub const LIFETIME: Duration = Duration::from_secs(1);
/// The most sockets that are kept without a query, for each thread.
pub const MAX_IDLE: usize = 256;

/// The real network. Clones share the sockets.
#[derive(Debug, Clone, Default)]
pub struct UpstreamSockets {
    idle: Arc<ThreadLocal<Arc<IdleSockets>>>,
}

impl UpstreamSockets {
    /// Returns the number of sockets that are kept without a query.
    pub fn idle(&self) -> usize {
        self.idle.iter().map(|idle| idle.len()).sum()
    }

    async fn open_new(
        &self,
        server: SocketAddr,
        via: Via,
        idle: &Arc<IdleSockets>,
    ) -> io::Result<UpstreamChannel> {
        if via == Via::Tcp {
            return Sockets.open(server, via).await.map(UpstreamChannel::Tcp);
        }
        let socket = random_port(server.is_ipv4())?;
        socket.connect(server)?;
        let new = IdleSocket::new(ArrivalSocket::new(socket)?, server, Instant::now());
        Ok(UpstreamChannel::Udp(UdpChannel::new(new, Arc::clone(idle))))
    }

    /// Closes all sockets that are kept without a query. Returns whether there were any.
    fn close_idle(&self) -> bool {
        let cleared = self.idle.iter().map(|idle| idle.clear());
        cleared.fold(false, |any, one| any | one)
    }
}

impl Network for UpstreamSockets {
    type Channel = UpstreamChannel;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<UpstreamChannel> {
        let idle = Arc::clone(self.idle.get_or_default());
        if via == Via::Udp
            && let Some(socket) = idle.take(server)
        {
            return Ok(UpstreamChannel::Udp(UdpChannel::new(socket, idle)));
        }
        match self.open_new(server, via, &idle).await {
            // There may be too many open files: those without a query come last.
            Err(_) if self.close_idle() => self.open_new(server, via, &idle).await,
            opened => opened,
        }
    }
}
