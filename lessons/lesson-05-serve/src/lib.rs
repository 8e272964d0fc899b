//! Lesson 5: an authoritative server.
//!
//! For each message that comes in, the server sends one reply or none. The *message rules* decide
//! which messages get no reply, which are rejected before the question is looked up, and how long a
//! reply may be. These rules are the same for an authoritative server and a recursive resolver, so
//! they do not depend on the source of the answers: that is a [`Handler`].
//!
//! | module | does |
//! | --- | --- |
//! | [`message_rules`] | octets in, octets out: [`message_rules::respond`] |
//! | [`authority`] | the [`Handler`] that answers from zones, with the lookup of lesson 4 |
//! | [`udp`], [`tcp`] | the sockets: receive messages, send replies |

pub mod authority;
pub mod message_rules;
pub mod tcp;
pub mod udp;

use std::io;
use std::net::SocketAddr;

use dnsparse::DnsPacket;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};

pub use authority::Authority;
pub use message_rules::respond;
pub use tcp::{TcpLimits, serve_tcp};
pub use udp::serve_udp;

/// The source of the answers: zones, or a recursive resolver.
pub trait Handler: Send + Sync + 'static {
    /// Fills the reply to a query that passed all message rules: it has one question, of class IN.
    /// Id, question and EDNS are in the reply already. AA, RA, the RCODE and the three sections are
    /// the handler's part.
    fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) -> impl Future<Output = ()> + Send;

    /// Completes the reply to a query that a message rule rejected. The RCODE is set already; flags
    /// and extended errors are the handler's part.
    fn complete_rejection(&self, _query: &DnsPacket, _reply: &mut DnsPacket) {}
}

/// The most ports that are tried until one is free for both transports.
const MAX_PORTS_TRIED: usize = 16;
/// The most connections that the system keeps until they are accepted. (It may have a lower limit.)
const BACKLOG: i32 = 1_024;

/// Binds both transports to one address. With port 0, the system chooses a port that is free for
/// both.
///
/// Sockets for IPv6 are for IPv6 only. Otherwise `[::]` would take the port for IPv4 too, on the
/// systems where that is the default, and `0.0.0.0` could not be bound beside it.
///
/// # Errors
/// If the address is not one of this machine's, or the port is taken or needs privileges.
pub async fn bind(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut attempts = match address.port() {
        0 => MAX_PORTS_TRIED,
        _ => 1,
    };
    loop {
        attempts -= 1;
        let tcp = bind_tcp(address)?;
        match bind_udp(tcp.local_addr()?) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts > 0 => {}
            udp => return Ok((udp?, tcp)),
        }
    }
}

/// Binds a TCP socket, and listens on it, as [`bind`] does.
///
/// # Errors
/// If the address is not one of this machine's, or the port is taken or needs privileges.
pub fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = new_socket(address, Type::STREAM, Protocol::TCP)?;
    // A server that is started again can have its port while old connections are in TIME-WAIT. (On
    // Windows, this option would let two servers share a port.)
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Binds a UDP socket.
fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = new_socket(address, Type::DGRAM, Protocol::UDP)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Makes a socket for the family of the address, for use with tokio.
fn new_socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}
