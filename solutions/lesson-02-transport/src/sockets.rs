//! The real network: [`Network`] over UDP and TCP sockets (RFC 1035 section 4.2, RFC 7766).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use network::{Channel, Network, Via};
use rand::RngExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// The longest message: TCP gives its length in sixteen bits, and UDP has no room for more.
const MAX_MESSAGE: usize = 65_535;
/// How many source ports are tried before the system is asked to choose one.
const PORTS_TRIED: usize = 8;

/// The network of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sockets;

/// A socket that talks with one server.
#[derive(Debug)]
pub enum Socket {
    /// It receives that server's datagrams, and no others.
    Udp(UdpSocket),
    /// It is connected.
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

/// A UDP socket that can hear `server` alone.
///
/// Every socket can be reached by any sender that guesses its port. One that is *connected* has the system throw away what
/// does not come from the address and port that it is connected to.
async fn open_udp(server: SocketAddr) -> io::Result<UdpSocket> {
    // todo: Bind a socket with `bind_random_port` for the server's address family, and connect it to the server.
    let socket = bind_random_port(server.is_ipv4()).await?;
    socket.connect(server).await?;
    Ok(socket)
    // end todo
}

/// A socket on a port that cannot be predicted: besides the id, it is all that a forger has to guess (RFC 5452 section 9.2).
async fn bind_random_port(ipv4: bool) -> io::Result<UdpSocket> {
    let any: IpAddr = if ipv4 {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    for _ in 0..PORTS_TRIED {
        let port = rand::rng().random_range(1_024..=u16::MAX);
        match UdpSocket::bind((any, port)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
    UdpSocket::bind((any, 0)).await
}

/// The next datagram, whole.
///
/// What does not fit into the buffer is lost without a word: it has to be as large as a datagram can be.
async fn receive_datagram(socket: &UdpSocket) -> io::Result<Vec<u8>> {
    // No buffer before there is something for it: a server waits for thousands of replies at the same time.
    socket.readable().await?;
    // todo: Receive into a buffer of MAX_MESSAGE octets, and return as many of them as came.
    let mut buffer = vec![0; MAX_MESSAGE];
    let length = socket.recv(&mut buffer).await?;
    buffer.truncate(length);
    Ok(buffer)
    // end todo
}

/// A message as TCP carries it: two octets of length before it, in network byte order (RFC 1035 section 4.2.2).
///
/// One piece, so that it leaves in one segment: some servers do not wait for a second (RFC 7766 section 8).
///
/// # Errors
/// If the message is longer than two octets can say.
pub fn framed(message: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    // todo: Return the two octets of `length`, the most significant first, with the message after them.
    Ok([&length.to_be_bytes(), message].concat())
    // end todo
}

/// The next message of a stream.
///
/// A stream knows nothing of messages: what was sent in one piece may arrive octet by octet, or glued to the next.
///
/// # Errors
/// If the connection ends before the message does.
pub async fn receive_framed(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    // todo: Read exactly two octets, then with `read_message` exactly as many as they say (RFC 7766 section 8).
    let mut length = [0; 2];
    stream.read_exact(&mut length).await?;
    read_message(stream, u16::from_be_bytes(length)).await
    // end todo
}

/// So many octets, and no less.
///
/// Room is made for them as they come: to claim 65,535 of them costs a peer two octets, and must not cost us more.
async fn read_message(stream: &mut (impl AsyncRead + Unpin), length: u16) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut rest = stream.take(u64::from(length));
    rest.read_to_end(&mut message).await?;
    match rest.limit() {
        0 => Ok(message),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
