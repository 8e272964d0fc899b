//! The judge as a stub resolver: one query to the server under test, and its reply.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, Name, RecordType};
use network::Via;
use rand::{Rng, RngExt};

use crate::response::{NoReply, Part, Response};

/// The UDP payload size that the judge announces: it passes nearly every network without
/// fragmentation (DNS flag day 2020).
pub const UDP_SIZE: u16 = 1_232;

/// Returns a query as a stub resolver sends it: with RD, a random id, and EDNS.
pub fn stub_query(random: &mut impl Rng, qname: &Name, qtype: RecordType) -> DnsPacket {
    let mut query = DnsPacket::query(random.random(), qname.clone(), qtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: UDP_SIZE,
        ..Edns::default()
    });
    query
}

/// The flags of a query that are about DNSSEC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DnssecFlags {
    /// AD: the client wants to know whether the answer is secure (RFC 6840 section 5.7).
    pub ad: bool,
    /// CD: the client takes data that fails validation (RFC 4035 section 3.2.2).
    pub cd: bool,
    /// DO: the client understands signatures (RFC 3225).
    pub dnssec_ok: bool,
}

impl DnssecFlags {
    /// No flag: the query of a client that knows nothing of DNSSEC.
    pub const NONE: DnssecFlags = DnssecFlags {
        ad: false,
        cd: false,
        dnssec_ok: false,
    };
    /// AD alone.
    pub const AD: DnssecFlags = DnssecFlags {
        ad: true,
        ..DnssecFlags::NONE
    };
    /// CD alone.
    pub const CD: DnssecFlags = DnssecFlags {
        cd: true,
        ..DnssecFlags::NONE
    };
    /// DO alone.
    pub const DO: DnssecFlags = DnssecFlags {
        dnssec_ok: true,
        ..DnssecFlags::NONE
    };

    /// Sets these flags in a query.
    pub fn set_in(self, query: &mut DnsPacket) {
        query.header.ad = self.ad;
        query.header.cd = self.cd;
        if let Some(edns) = &mut query.edns {
            edns.do_bit = self.dnssec_ok;
        }
    }
}

/// Sends a message, and waits for the reply.
pub fn send_query(server: SocketAddr, via: Via, query: &[u8], timeout: Duration) -> Response {
    send_query_from(None, server, via, query, timeout)
}

/// Sends a message from this address of the machine, and waits for the reply.
pub fn send_query_from(
    own: Option<IpAddr>,
    server: SocketAddr,
    via: Via,
    query: &[u8],
    timeout: Duration,
) -> Response {
    let sent = Instant::now();
    let reply = match via {
        Via::Udp => over_udp(own, server, query, timeout),
        Via::Tcp => over_tcp(server, query, timeout),
    };
    Response::new(server, via, query.to_vec(), sent, reply)
}

fn over_udp(
    own: Option<IpAddr>,
    server: SocketAddr,
    query: &[u8],
    timeout: Duration,
) -> Result<Vec<u8>, NoReply> {
    let connected = || -> io::Result<UdpSocket> {
        let socket = UdpSocket::bind(SocketAddr::new(own.unwrap_or(server.ip()), 0))?;
        socket.set_read_timeout(Some(timeout))?;
        socket.connect(server)?;
        Ok(socket)
    };
    let not_sent = |error: io::Error| match error.kind() {
        io::ErrorKind::ConnectionRefused => NoReply::Refused,
        _ => NoReply::NotSent(error.to_string()),
    };
    let socket = connected().map_err(not_sent)?;
    socket.send(query).map_err(not_sent)?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    // The system reports a closed port as an error of the next call.
    let length = socket
        .recv(&mut buffer)
        .map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => NoReply::Refused,
            _ => NoReply::Timeout,
        })?;
    buffer.truncate(length);
    Ok(buffer)
}

fn over_tcp(server: SocketAddr, query: &[u8], timeout: Duration) -> Result<Vec<u8>, NoReply> {
    let mut stream = connect(server, timeout)?;
    let length = u16::try_from(query.len()).map_err(|error| NoReply::NotSent(error.to_string()))?;
    let sent = stream.write_all(&[&length.to_be_bytes(), query].concat());
    sent.map_err(|error| broken(&error, Part::default()))?;
    receive(&mut stream)
}

/// Opens a TCP connection with this timeout for each step.
///
/// # Errors
/// If no program listens there, or the connection is not open in time.
pub fn connect(server: SocketAddr, timeout: Duration) -> Result<TcpStream, NoReply> {
    let connected = || -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&server, timeout)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(stream)
    };
    connected().map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => NoReply::Refused,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => NoReply::Timeout,
        _ => NoReply::NotSent(format!("no connection: {error}")),
    })
}

/// Receives one message, which follows its length (RFC 1035 section 4.2.2).
///
/// # Errors
/// If the connection is closed, or times out.
pub fn receive(stream: &mut TcpStream) -> Result<Vec<u8>, NoReply> {
    let mut part = Part::default();
    let mut length = [0; 2];
    fill(stream, &mut length, &mut part)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    part.whole = Some(length.len() + message.len());
    fill(stream, &mut message, &mut part)?;
    Ok(message)
}

fn fill(stream: &mut TcpStream, mut left: &mut [u8], part: &mut Part) -> Result<(), NoReply> {
    while !left.is_empty() {
        let count = match stream.read(left) {
            Ok(0) => return Err(NoReply::Closed(*part)),
            Ok(count) => count,
            Err(error) => return Err(broken(&error, *part)),
        };
        part.received += count;
        left = std::mem::take(&mut left)
            .get_mut(count..)
            .unwrap_or_default();
    }
    Ok(())
}

/// Returns the reason for an error on an open connection.
fn broken(error: &io::Error, part: Part) -> NoReply {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock if part.received == 0 => {
            NoReply::Timeout
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => NoReply::Incomplete(part),
        _ => NoReply::Closed(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    const TIMEOUT: Duration = Duration::from_millis(200);

    /// Returns the summary of a TCP query to a server that sends these octets; then it closes the
    /// connection, or waits.
    fn summary_over_tcp(octets: &'static [u8], closes: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let serving = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut query = [0; 14];
            stream.read_exact(&mut query).unwrap();
            stream.write_all(octets).unwrap();
            if !closes {
                thread::sleep(3 * TIMEOUT);
            }
        });
        let response = send_query(server, Via::Tcp, &[0; 12], TIMEOUT);
        serving.join().unwrap();
        response.summary()
    }

    #[test]
    fn each_reason_for_no_reply_is_named() {
        let closed = "the server closed the connection ";
        for (octets, closes, expected) in [
            // The time is measured, and a busy machine adds to it.
            (&[][..], false, "no reply within 0.".to_owned()),
            (&[][..], true, format!("{closed}without a reply")),
            (&[0][..], true, format!("{closed}after 1 octet, half of a reply's length")),
            (
                &[0, 20, 7][..],
                true,
                format!("{closed}after 3 of the 22 octets of a reply and its length"),
            ),
            (
                &[0, 20, 7][..],
                false,
                "the server sent no more after 3 of the 22 octets of a reply and its length, within 0.".to_owned(),
            ),
            (
                &[0, 1, 7][..],
                true,
                "a malformed reply of 1 octet: ".to_owned(),
            ),
        ] {
            let summary = summary_over_tcp(octets, closes);
            assert!(summary.starts_with(&expected), "{octets:?}, closes {closes}: {summary:?}, expected {expected:?}");
        }
    }

    #[test]
    fn a_reset_is_a_closed_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        // A connection that is closed with unread octets is reset.
        let closing = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            stream.peek(&mut [0; 14]).unwrap();
        });
        let response = send_query(server, Via::Tcp, &[0; 12], TIMEOUT);
        closing.join().unwrap();
        let expected = "the server closed the connection without a reply";
        assert_eq!(response.summary(), expected);
    }

    #[test]
    fn a_closed_port_is_no_timeout() {
        let server = crate::name_server::free_address([127, 0, 0, 1].into()).unwrap();
        for via in [Via::Udp, Via::Tcp] {
            let response = send_query(server, via, &[0; 12], TIMEOUT);
            let expected = format!("connection refused: no program listens at {server} over {via}");
            assert_eq!(response.summary(), expected);
        }
    }
}
