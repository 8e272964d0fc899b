//! Lesson 5: a server.
//!
//! A message comes in, and either nothing goes out, or one message does. In between there are the *manners*: what is not worth
//! a reply, what is refused before anybody looks at the question, how much the asker can take. They are the same for every
//! server, whether it has a zone file to answer from or the whole Internet, and so they know nothing of either: who knows the
//! answers is a [`Handler`].
//!
//! | module | does |
//! | --- | --- |
//! | [`message_rules`] | octets in, octets out: [`message_rules::respond`] |
//! | [`authority`] | the [`Handler`] that answers from zones, by lesson 4 |
//! | [`udp`], [`tcp`] | sockets before it |

pub mod authority;
pub mod message_rules;
pub mod tcp;
pub mod udp;

use std::io;
use std::net::SocketAddr;

use dnsparse::DnsPacket;
use tokio::net::{TcpListener, UdpSocket};

pub use authority::Authority;
pub use message_rules::respond;
pub use tcp::{TcpLimits, serve_tcp};
pub use udp::serve_udp;

/// Who knows the answers.
pub trait Handler: Send + Sync + 'static {
    /// Fills the reply to a query that passed all rules: it has one question, of class IN. Id, question and EDNS are in the
    /// reply already; what is left are AA, RA, RCODE and the three sections.
    fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) -> impl Future<Output = ()> + Send;
}

/// How often a port is sought that is free over both transports.
const PORTS_TRIED: usize = 16;

/// Binds both transports to one address. With port 0, the system chooses one that is free for both.
///
/// # Errors
/// If the address is not this machine's, or the port is taken, or needs an administrator.
pub async fn bind(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = if address.port() == 0 { PORTS_TRIED } else { 1 };
    loop {
        tries -= 1;
        let tcp = TcpListener::bind(address).await?;
        match UdpSocket::bind(tcp.local_addr()?).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries > 0 => {}
            udp => return Ok((udp?, tcp)),
        }
    }
}
