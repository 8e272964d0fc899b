//! [`DatagramSocket`]: a UDP socket that replies from the address that a query was sent to.
//!
//! A client takes a reply from another address for a forgery (RFC 2181 section 4.1). A socket that
//! is bound to one address sends from that address. A socket that is bound to the wildcard address
//! would send from the address that the routing table prefers; so it asks the system for the
//! destination of each datagram, and names it as the source of the reply.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};

use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};

/// The longest datagram in octets.
const MAX_DATAGRAM: usize = 65_535;

/// A blocking UDP socket.
#[derive(Debug)]
pub struct DatagramSocket {
    socket: UdpSocket,
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

impl DatagramSocket {
    /// Takes over a bound socket, and sets it to blocking.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new(socket: UdpSocket) -> io::Result<DatagramSocket> {
        let is_wildcard = socket.local_addr()?.ip().is_unspecified();
        let wildcard = is_wildcard.then(|| UdpSocketState::new(UdpSockRef::from(&socket)));
        let wildcard = wildcard.transpose()?;
        socket.set_nonblocking(false)?;
        Ok(DatagramSocket { socket, wildcard })
    }

    /// Returns the address that the socket is bound to.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Returns a buffer that [`DatagramSocket::receive`] needs.
    pub fn buffer() -> Vec<u8> {
        vec![0; MAX_DATAGRAM]
    }

    /// Waits for datagrams, and calls `handle` with each. Several may come at once, from one
    /// client.
    ///
    /// # Errors
    /// If the system cannot receive.
    pub fn receive(
        &self,
        buffer: &mut [u8],
        mut handle: impl FnMut(&[u8], Ends),
    ) -> io::Result<()> {
        let Some(state) = &self.wildcard else {
            let (length, client) = self.socket.recv_from(buffer)?;
            handle(
                buffer.get(..length).unwrap_or_default(),
                Ends { client, own: None },
            );
            return Ok(());
        };
        let mut meta = [RecvMeta::default()];
        let mut slices = [IoSliceMut::new(buffer)];
        state.recv(UdpSockRef::from(&self.socket), &mut slices, &mut meta)?;
        let [
            RecvMeta {
                addr: client,
                len,
                stride,
                dst_ip: own,
                ..
            },
        ] = meta;
        let datagrams = buffer.get(..len).unwrap_or_default();
        // The system may hand over several datagrams of one client at once, each but the last of
        // `stride` octets.
        for datagram in datagrams.chunks(stride.max(1)) {
            handle(datagram, Ends { client, own });
        }
        Ok(())
    }

    /// Sends a reply.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn send(&self, reply: &[u8], ends: Ends) -> io::Result<()> {
        match (&self.wildcard, ends.own) {
            (Some(state), Some(own)) => {
                let transmit = Transmit {
                    destination: ends.client,
                    ecn: None,
                    contents: reply,
                    segment_size: None,
                    src_ip: Some(own),
                };
                state.try_send(UdpSockRef::from(&self.socket), &transmit)
            }
            _ => self.socket.send_to(reply, ends.client).map(|_| ()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Sends a query from a socket that is connected to `server`, which takes replies from no other
    /// address, and returns whether the reply arrived.
    fn is_answered_from(server: SocketAddr) -> bool {
        let client = UdpSocket::bind((server.ip(), 0)).unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        client.connect(server).unwrap();
        client.send(b"query").unwrap();
        client.recv(&mut [0; 16]).is_ok_and(|length| length == 5)
    }

    /// Answers as many datagrams as there are addresses, and asks at each.
    fn all_answered(bound: &str, addresses: &[&str]) {
        let socket = DatagramSocket::new(UdpSocket::bind(bound).unwrap()).unwrap();
        let port = socket.local_addr().unwrap().port();
        let count = addresses.len();
        let server = std::thread::spawn(move || {
            let mut buffer = DatagramSocket::buffer();
            let mut answered = 0;
            while answered < count {
                let echo = |datagram: &[u8], ends| {
                    socket.send(datagram, ends).unwrap();
                    answered += 1;
                };
                socket.receive(&mut buffer, echo).unwrap();
            }
        });
        for address in addresses {
            let address = SocketAddr::new(address.parse().unwrap(), port);
            assert!(is_answered_from(address), "{address}");
        }
        server.join().unwrap();
    }

    /// RFC 2181 section 4.1. Only Linux and Windows have all of 127.0.0.0/8.
    #[cfg(not(target_os = "macos"))]
    #[test]
    fn a_wildcard_socket_replies_from_the_address_that_was_asked() {
        all_answered("0.0.0.0:0", &["127.0.0.1", "127.53.0.2", "127.53.0.3"]);
    }

    #[test]
    fn a_socket_with_one_address_replies_from_it() {
        all_answered("127.0.0.1:0", &["127.0.0.1"]);
    }

    #[test]
    fn an_ipv6_wildcard_socket_replies() {
        if UdpSocket::bind("[::1]:0").is_err() {
            eprintln!("skipped: this machine has no IPv6");
            return;
        }
        all_answered("[::]:0", &["::1"]);
    }
}
