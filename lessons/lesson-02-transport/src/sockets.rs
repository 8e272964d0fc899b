//! The real network: [`Network`] over UDP and TCP sockets (RFC 1035 section 4.2, RFC 7766).

use std::io;
use std::net::{self, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use network::{Channel, Network, Via};
use rand::RngExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpStream, UdpSocket};

/// The longest message: the length before a message over TCP has sixteen bits, and a UDP datagram
/// is shorter.
const MAX_MESSAGE: usize = 65_535;
/// The number of random source ports to try before the system chooses one.
const PORTS_TRIED: usize = 8;

/// The real network, over this machine's sockets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sockets;

/// A socket that is connected to one server.
#[derive(Debug)]
pub enum Socket {
    /// A UDP socket, which receives that server's datagrams, and no others.
    Udp(UdpSocket),
    /// A TCP connection.
    Tcp(TcpStream),
}

impl Network for Sockets {
    type Channel = Socket;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<Socket> {
        match via {
            Via::Udp => Ok(Socket::Udp(open_udp(server).await?)),
            Via::Tcp => Ok(Socket::Tcp(TcpStream::connect(server).await?)),
        }
    }
}

impl Channel for Socket {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Socket::Udp(socket) => socket.send(message).await.map(|_| ()),
            Socket::Tcp(stream) => stream.write_all(&framed(message)?).await,
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Socket::Udp(socket) => receive_datagram(socket).await,
            Socket::Tcp(stream) => receive_framed(stream).await,
        }
    }
}

/// Opens a UDP socket that receives datagrams from `server` alone.
///
/// Any host that guesses a socket's port can send datagrams to it. For a *connected* socket, the
/// system discards the datagrams that do not come from the address and port that it is connected
/// to.
async fn open_udp(server: SocketAddr) -> io::Result<UdpSocket> {
    todo!(
        "Bind a socket with `bind_random_port`, in the server's address family. See to it that it receives from the server alone."
    )
}

/// Binds a socket to an unpredictable port: a forger has to guess that port and the id (RFC 5452
/// section 9.2).
async fn bind_random_port(ipv4: bool) -> io::Result<UdpSocket> {
    let socket = random_port(ipv4)?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

/// Does the same without a runtime.
///
/// # Errors
/// If the system refuses.
pub fn random_port(ipv4: bool) -> io::Result<net::UdpSocket> {
    let any: IpAddr = if ipv4 {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    for _ in 0..PORTS_TRIED {
        let port = rand::rng().random_range(1_024..=u16::MAX);
        match net::UdpSocket::bind((any, port)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
    net::UdpSocket::bind((any, 0))
}

/// Receives the next datagram, whole.
///
/// The system drops, without an error, the part of a datagram that does not fit into the buffer. So
/// the buffer has to be as long as the longest datagram.
async fn receive_datagram(socket: &UdpSocket) -> io::Result<Vec<u8>> {
    // The buffer is allocated only when a datagram is there: a resolver waits for thousands of
    // replies at the same time.
    let ready = socket.ready(Interest::READABLE | Interest::ERROR).await?;
    // The system reports a closed port on its own: there is no datagram to receive.
    if ready.is_error()
        && let Some(error) = socket.take_error()?
    {
        return Err(error);
    }
    todo!("Receive into a buffer of MAX_MESSAGE octets, and return the octets that were received.")
}

/// Returns a message as it is sent over TCP: with its length in two octets before it, in network
/// byte order (RFC 1035 section 4.2.2).
///
/// Length and message are one buffer, so that they leave in one segment: some servers do not wait
/// for a second one (RFC 7766 section 8).
///
/// # Errors
/// If the message is longer than 65,535 octets, the highest number in two octets.
pub fn framed(message: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    todo!("Return the two octets of `length`, in network byte order, and the message after them.")
}

/// Receives the next message of a stream.
///
/// A stream has no message boundaries: a message that was sent in one piece may arrive octet by
/// octet, or together with the next one.
///
/// # Errors
/// If the connection ends before the message does.
pub async fn receive_framed(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    todo!(
        "Read the length, and then, with `read_message`, a message of that length, in whatever pieces the octets arrive (RFC 7766 section 8)."
    )
}

/// Reads a message of exactly `length` octets.
///
/// The buffer grows as the octets arrive: to announce 65,535 of them costs a peer two octets, and
/// must not cost us more.
///
/// # Errors
/// If the connection ends before the message does.
async fn read_message(stream: &mut (impl AsyncRead + Unpin), length: u16) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut rest = stream.take(u64::from(length));
    rest.read_to_end(&mut message).await?;
    match rest.limit() {
        0 => Ok(message),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
