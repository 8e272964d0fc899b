//! The network as a client or resolver sees it: octets go out, and octets come back.
//!
//! All code of this course that queries a server goes through these two traits. Lesson 2 implements
//! them over real sockets; the lab implements them over a miniature Internet in this process. So
//! the same resolver queries the true root servers, or is tested offline against servers that
//! misbehave, without waiting.
//!
//! The cut is where octets travel: one message a call, without the two octets of length that TCP
//! puts before it (RFC 1035 section 4.2.2). A channel passes on every message that arrives: its
//! caller has to check that it is the reply.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;

/// How a message travels (RFC 1035 section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Via {
    /// One datagram each way: fast, limited in size, and easily lost or forged.
    Udp,
    /// A connection: messages of up to 65,535 octets, for one round trip more.
    Tcp,
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Via::Udp => "UDP",
            Via::Tcp => "TCP",
        })
    }
}

/// A network that channels to servers are opened on.
///
/// An implementation may write `async fn`; the trait spells the future out to promise that it can
/// move between threads.
pub trait Network: Send + Sync + 'static {
    /// The channel that [`Network::open`] opens.
    type Channel: Channel;

    /// Opens a channel to one server. Over UDP this sends nothing yet; over TCP it connects.
    ///
    /// # Errors
    /// The system's errors: no route, connection refused, out of ports …
    fn open(
        &self,
        server: SocketAddr,
        via: Via,
    ) -> impl Future<Output = io::Result<Self::Channel>> + Send;
}

/// A channel to one server, from a source port of its own. Dropping it closes it.
pub trait Channel: Send {
    /// Sends one message.
    ///
    /// # Errors
    /// If the system refuses, the connection is closed, or the message is too long for the
    /// transport.
    fn send(&mut self, message: &[u8]) -> impl Future<Output = io::Result<()>> + Send;

    /// Waits for the next message from that server, without a time limit: limits are the caller's.
    ///
    /// Dropping the future loses no message over UDP. Over TCP a message may be half read then, and
    /// the channel unusable.
    ///
    /// # Errors
    /// If the system reports that no message will come: port unreachable, connection closed …
    fn receive(&mut self) -> impl Future<Output = io::Result<Vec<u8>>> + Send;
}
