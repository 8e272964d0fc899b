//! The judge as a stub resolver: one query to the server under test, and its reply.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, Name, RecordType};
use network::Via;
use rand::{Rng, RngExt};

use crate::outcome::{Message, Side};

/// The UDP payload size that the judge announces: it passes nearly every network without
/// fragmentation (DNS flag day 2020).
pub const UDP_SIZE: u16 = 1_232;

/// A query, and the reply to it, if one arrived in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The server under test.
    pub server: SocketAddr,
    /// The transport.
    pub via: Via,
    /// The query.
    pub query: Vec<u8>,
    /// The reply; none after a timeout.
    pub reply: Option<Vec<u8>>,
    /// The time until the reply, or until the timeout.
    pub elapsed: Duration,
}

impl Response {
    /// Returns the parsed reply, if it arrived and is well-formed.
    pub fn packet(&self) -> Option<DnsPacket> {
        DnsPacket::parse(self.reply.as_deref()?).ok()
    }

    /// Returns query and reply as messages.
    pub fn messages(&self) -> Vec<Message> {
        let message = |from, octets: &[u8]| Message {
            from,
            server: self.server,
            via: self.via,
            octets: octets.to_vec(),
        };
        let reply = self
            .reply
            .iter()
            .map(|octets| message(Side::Program, octets));
        [message(Side::Judge, &self.query)]
            .into_iter()
            .chain(reply)
            .collect()
    }

    /// Describes the reply in a few words.
    pub fn summary(&self) -> String {
        let seconds = self.elapsed.as_secs_f32();
        match (&self.reply, self.packet()) {
            (None, _) => format!("no reply within {seconds:.1} s"),
            (Some(octets), None) => match DnsPacket::parse(octets) {
                Err(error) => format!("a malformed reply: {error}"),
                Ok(_) => "a reply".to_owned(),
            },
            (Some(_), Some(packet)) => {
                let count = match packet.answers.len() {
                    1 => "1 record".to_owned(),
                    count => format!("{count} records"),
                };
                format!("{} and {count} in the answer section", packet.rcode())
            }
        }
    }
}

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

/// Sends a message, and waits for the reply. An error of the system (such as a closed port) counts
/// as no reply.
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
    let start = Instant::now();
    let reply = match via {
        Via::Udp => over_udp(own, server, query, timeout),
        Via::Tcp => over_tcp(server, query, timeout),
    };
    Response {
        server,
        via,
        query: query.to_vec(),
        reply: reply.ok(),
        elapsed: start.elapsed(),
    }
}

fn over_udp(
    own: Option<IpAddr>,
    server: SocketAddr,
    query: &[u8],
    timeout: Duration,
) -> io::Result<Vec<u8>> {
    let socket = UdpSocket::bind(SocketAddr::new(own.unwrap_or(server.ip()), 0))?;
    socket.set_read_timeout(Some(timeout))?;
    socket.connect(server)?;
    socket.send(query)?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    let length = socket.recv(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

fn over_tcp(server: SocketAddr, query: &[u8], timeout: Duration) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), query].concat())?;
    receive(&mut stream)
}

/// Receives one message, which follows its length (RFC 1035 section 4.2.2).
///
/// # Errors
/// If the connection fails, is closed, or times out.
pub fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}
