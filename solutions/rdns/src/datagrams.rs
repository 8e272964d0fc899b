//! [`DatagramSocket`]: a UDP socket that replies from the address that a query was sent to.
//!
//! A client takes a reply from another address for a forgery (RFC 2181 section 4.1). A socket that
//! is bound to one address sends from that address. A socket that is bound to the wildcard address
//! would send from the address that the routing table prefers; so it asks the system for the
//! destination of each datagram, and names it as the source of the reply.
//!
//! Datagrams are handled in batches: under load, a system call for each would take longer than to
//! find the reply in the cache.

#[cfg(target_os = "linux")]
mod batched;
#[cfg(test)]
mod tests;

use std::io::{self, IoSliceMut};
use std::net::{self, IpAddr, SocketAddr};
use std::ops::Range;

use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::SockRef;

use crate::arrivals::ArrivalSocket;

/// The longest datagram in octets.
const MAX_DATAGRAM: usize = 65_535;
/// The most datagrams in a batch, as long as each fits its slot.
const MAX_BATCH: usize = 32;
/// The distance in octets of two slots of a batch. (It is no power of two, so that the first octets of
/// all slots fit into the processor's cache together.)
const SLOT: usize = MAX_DATAGRAM + 65;
/// The size of a UDP socket's receive buffer in octets: room for some 50,000 queries in a burst.
/// The system may grant less.
const RECEIVE_BUFFER: usize = 8 << 20;

/// A UDP socket.
#[derive(Debug)]
pub struct DatagramSocket {
    socket: ArrivalSocket,
    /// The address that the socket is bound to.
    bound: SocketAddr,
    /// The reader of the datagrams' addresses, if the socket is bound to the wildcard address.
    wildcard: Option<UdpSocketState>,
}

/// The two ends of a datagram: the address of its client, and the address that the reply is sent
/// from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The address of the client.
    pub client: SocketAddr,
    /// The address that the client sent to; none if the socket has only one.
    own: Option<IpAddr>,
}

/// Datagrams that were received together, and the replies to them. The buffers are used again.
#[derive(Debug)]
pub struct Batch {
    octets: Vec<u8>,
    received: Vec<(Range<usize>, Ends)>,
    /// Buffers for replies, of which the first are in use.
    replies: Vec<Vec<u8>>,
    /// The ends of each reply.
    ends: Vec<Ends>,
    #[cfg(target_os = "linux")]
    headers: batched::Headers,
}

impl Batch {
    /// Creates an empty batch.
    pub fn new() -> Batch {
        Batch {
            // The system provides memory for the octets that are written, not for all.
            octets: vec![0; MAX_BATCH * SLOT],
            received: Vec::with_capacity(MAX_BATCH),
            replies: Vec::new(),
            ends: Vec::with_capacity(MAX_BATCH),
            #[cfg(target_os = "linux")]
            headers: batched::Headers::new(),
        }
    }

    /// Whether there may be more datagrams than those that were received.
    pub fn is_full(&self) -> bool {
        self.received.len() >= MAX_BATCH
    }

    /// Calls `answer` with each datagram and an empty buffer for the reply. The function returns whether
    /// there is a reply to send.
    pub fn answer(&mut self, mut answer: impl FnMut(&[u8], Ends, &mut Vec<u8>) -> bool) {
        self.ends.clear();
        for (range, ends) in self.received.drain(..) {
            let used = self.ends.len();
            if used == self.replies.len() {
                self.replies.push(Vec::new());
            }
            let message = self.octets.get(range).unwrap_or_default();
            if let Some(reply) = self.replies.get_mut(used) {
                reply.clear();
                if answer(message, ends, reply) {
                    self.ends.push(ends);
                }
            }
        }
    }

    /// Returns the replies.
    fn replies(&self) -> impl Iterator<Item = (&[u8], Ends)> {
        let replies = self.replies.iter().map(Vec::as_slice);
        replies.zip(self.ends.iter().copied())
    }
}

impl Default for Batch {
    fn default() -> Batch {
        Batch::new()
    }
}

impl DatagramSocket {
    /// Takes over a bound socket, for the present runtime.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new(socket: net::UdpSocket) -> io::Result<DatagramSocket> {
        let bound = socket.local_addr()?;
        let wildcard = bound
            .ip()
            .is_unspecified()
            .then(|| UdpSocketState::new(UdpSockRef::from(&socket)));
        let wildcard = wildcard.transpose()?;
        let socket = ArrivalSocket::new(socket)?;
        Ok(DatagramSocket {
            socket,
            bound,
            wildcard,
        })
    }

    /// Returns the address that a datagram was sent to, as far as it is known.
    pub fn own(&self, ends: Ends) -> SocketAddr {
        SocketAddr::new(ends.own.unwrap_or(self.bound.ip()), self.bound.port())
    }

    /// Waits for datagrams.
    ///
    /// # Errors
    /// If the runtime ends.
    pub async fn arrival(&self) -> io::Result<()> {
        self.socket.arrival().await
    }

    /// Receives the datagrams that are there, as far as they fit into the batch.
    ///
    /// # Errors
    /// If the system cannot receive.
    pub fn receive(&self, batch: &mut Batch) -> io::Result<()> {
        batch.received.clear();
        #[cfg(target_os = "linux")]
        if self.wildcard.is_none() {
            return self.receive_batched(batch);
        }
        for slot in 0..MAX_BATCH {
            match self.receive_one(batch, slot * SLOT) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The error comes again, if it stays.
                Err(_) if slot > 0 => break,
                received => received?,
            }
        }
        Ok(())
    }

    /// Receives a datagram, or several of one client.
    fn receive_one(&self, batch: &mut Batch, start: usize) -> io::Result<()> {
        let end = start + MAX_DATAGRAM;
        let buffer = batch.octets.get_mut(start..end).unwrap_or_default();
        let Some(state) = &self.wildcard else {
            let (length, client) = self.socket.try_receive_from(buffer)?;
            let ends = Ends { client, own: None };
            batch.received.push((start..start + length, ends));
            return Ok(());
        };
        let mut meta = [RecvMeta::default()];
        let mut slices = [IoSliceMut::new(buffer)];
        self.socket
            .try_io(|| state.recv(UdpSockRef::from(&self.socket), &mut slices, &mut meta))?;
        let [
            RecvMeta {
                addr: client,
                len,
                stride,
                dst_ip: own,
                ..
            },
        ] = meta;
        let ends = Ends { client, own };
        // The system may hand over several datagrams of one client at once, each but the last of
        // `stride` octets.
        let starts = (0..len).step_by(stride.max(1));
        (batch.received).extend(starts.map(|at| {
            let end = (at + stride.max(1)).min(len);
            (start + at..start + end, ends)
        }));
        Ok(())
    }

    /// Sends the replies of a batch. UDP may lose some of them all the same: a client repeats its query
    /// then.
    pub fn send_all(&self, batch: &mut Batch) {
        #[cfg(target_os = "linux")]
        if self.wildcard.is_none() {
            return self.send_batched(batch);
        }
        for (reply, ends) in batch.replies() {
            let _ = self.send(reply, ends);
        }
    }

    /// Sends a reply.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn send(&self, reply: &[u8], ends: Ends) -> io::Result<()> {
        let (Some(state), Some(own)) = (&self.wildcard, ends.own) else {
            return SockRef::from(&self.socket)
                .send_to(reply, &ends.client.into())
                .map(drop);
        };
        let transmit = Transmit {
            destination: ends.client,
            ecn: None,
            contents: reply,
            segment_size: None,
            src_ip: Some(own),
        };
        state.try_send(UdpSockRef::from(&self.socket), &transmit)
    }
}

/// Returns a socket for each of several threads, all bound to the address of this one.
///
/// Linux spreads the clients over sockets that are bound to one address with SO_REUSEPORT. (This one
/// was bound without it, so that a second server at the same address is an error.) Elsewhere the
/// threads share the socket.
///
/// # Errors
/// If the system refuses.
pub fn split(socket: net::UdpSocket, threads: usize) -> io::Result<Vec<net::UdpSocket>> {
    for_each_thread(socket, threads, |socket| {
        another(socket).or_else(|_| socket.try_clone())
    })
}

/// Returns the same socket for each of several threads. A service manager keeps it while the server is
/// restarted, and with it the queries that wait there; a socket of the server's own would lose them.
///
/// # Errors
/// If the system refuses.
pub fn share(socket: net::UdpSocket, threads: usize) -> io::Result<Vec<net::UdpSocket>> {
    for_each_thread(socket, threads, net::UdpSocket::try_clone)
}

fn for_each_thread(
    socket: net::UdpSocket,
    threads: usize,
    another: impl Fn(&net::UdpSocket) -> io::Result<net::UdpSocket>,
) -> io::Result<Vec<net::UdpSocket>> {
    let others = (1..threads).map(|_| another(&socket));
    let mut sockets: Vec<_> = others.collect::<io::Result<_>>()?;
    sockets.push(socket);
    for socket in &sockets {
        // The system may grant less: that is no reason not to serve.
        let _ = SockRef::from(socket).set_recv_buffer_size(RECEIVE_BUFFER);
    }
    Ok(sockets)
}

/// Binds another socket to the same address.
#[cfg(target_os = "linux")]
fn another(socket: &net::UdpSocket) -> io::Result<net::UdpSocket> {
    use socket2::{Domain, Socket, Type};

    let (first, address) = (SockRef::from(socket), socket.local_addr()?);
    let other = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    if address.is_ipv6() {
        other.set_only_v6(first.only_v6()?)?;
    }
    first.set_reuse_port(true)?;
    other.set_reuse_port(true)?;
    other.bind(&address.into())?;
    Ok(other.into())
}

#[cfg(not(target_os = "linux"))]
fn another(_: &net::UdpSocket) -> io::Result<net::UdpSocket> {
    Err(io::ErrorKind::Unsupported.into())
}
