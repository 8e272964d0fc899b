//! What a resolver sees of the world: somewhere to send octets, and octets that come back.
//!
//! Everything in this course that asks a server goes through these two traits, and nothing else of it touches the
//! network. Lesson 2 implements them over real sockets; the lab implements them over a miniature Internet in this
//! process. So one and the same resolver asks the true root servers, or is tested offline against servers that lie,
//! stall and forge, in no time at all.
//!
//! The cut is where octets travel: one message a call, without the two octets of length that TCP puts before it
//! (RFC 1035 section 4.2.2). What the octets mean is the caller's business: a channel hands on whatever arrives, and who
//! asked has to check that it is the reply.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;

/// How a message travels (RFC 1035 section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Via {
    /// One datagram each way: quick, limited in size, and easily lost or forged.
    Udp,
    /// A connection: any size up to 65,535 octets, for a round trip more.
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

/// The world, as far as a resolver can reach it.
///
/// An implementation may write `async fn`; the trait spells the future out to promise that it can move between threads.
pub trait Network: Send + Sync + 'static {
    /// What [`Network::open`] opens.
    type Channel: Channel;

    /// Makes ready to talk with one server. Over UDP nothing is sent yet; over TCP this connects.
    ///
    /// # Errors
    /// Whatever the system says: no route, connection refused, out of ports …
    fn open(
        &self,
        server: SocketAddr,
        via: Via,
    ) -> impl Future<Output = io::Result<Self::Channel>> + Send;
}

/// A conversation with one server, from a source port of its own. Dropping it ends it.
pub trait Channel: Send {
    /// Sends one message.
    ///
    /// # Errors
    /// If the system refuses, or the connection is gone, or the message is longer than the transport can take.
    fn send(&mut self, message: &[u8]) -> impl Future<Output = io::Result<()>> + Send;

    /// Waits for the next message from that server, for as long as it takes: time limits are the caller's.
    ///
    /// Dropping the future loses no message over UDP. Over TCP a message may be half read then, and the channel of no
    /// further use.
    ///
    /// # Errors
    /// If the system says that nothing will come: port unreachable, connection closed …
    fn receive(&mut self) -> impl Future<Output = io::Result<Vec<u8>>> + Send;
}
