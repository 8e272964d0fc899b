//! The judge as a client: one message to the server that is judged, and what comes back.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, Name, RecordType};
use network::Via;
use rand::{Rng, RngExt};

use crate::outcome::{Message, Side};

/// What we can take by UDP: what passes through nearly every network in one piece (DNS flag day 2020).
pub const UDP_SIZE: u16 = 1_232;

/// One question, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Whom it was put to.
    pub server: SocketAddr,
    /// How.
    pub via: Via,
    /// What was sent.
    pub query: Vec<u8>,
    /// What came back; none if nothing did in time.
    pub reply: Option<Vec<u8>>,
    /// How long that took.
    pub took: Duration,
}

impl Asked {
    /// The reply, if it came and can be read.
    pub fn packet(&self) -> Option<DnsPacket> {
        DnsPacket::parse(self.reply.as_deref()?).ok()
    }

    /// Both messages.
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

    /// What came, in a few words.
    pub fn in_short(&self) -> String {
        let seconds = self.took.as_secs_f32();
        match (&self.reply, self.packet()) {
            (None, _) => format!("no reply within {seconds:.1} s"),
            (Some(octets), None) => match DnsPacket::parse(octets) {
                Err(error) => format!("a reply that cannot be read: {error}"),
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

/// A question as a stub resolver puts it: RD set, a random id, and EDNS to tell how much we can take.
pub fn question(random: &mut impl Rng, qname: &Name, qtype: RecordType) -> DnsPacket {
    let mut query = DnsPacket::query(random.random(), qname.clone(), qtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: UDP_SIZE,
        ..Edns::default()
    });
    query
}

/// Sends octets and waits for what comes back. An error of the system's is "nothing came" too: that nobody listens, for one.
pub fn ask(server: SocketAddr, via: Via, query: &[u8], patience: Duration) -> Asked {
    ask_from(None, server, via, query, patience)
}

/// The same, from an address of one's choice.
pub fn ask_from(
    own: Option<IpAddr>,
    server: SocketAddr,
    via: Via,
    query: &[u8],
    patience: Duration,
) -> Asked {
    let start = Instant::now();
    let reply = match via {
        Via::Udp => by_udp(own, server, query, patience),
        Via::Tcp => by_tcp(server, query, patience),
    };
    Asked {
        server,
        via,
        query: query.to_vec(),
        reply: reply.ok(),
        took: start.elapsed(),
    }
}

fn by_udp(
    own: Option<IpAddr>,
    server: SocketAddr,
    query: &[u8],
    patience: Duration,
) -> io::Result<Vec<u8>> {
    let socket = UdpSocket::bind(SocketAddr::new(own.unwrap_or(server.ip()), 0))?;
    socket.set_read_timeout(Some(patience))?;
    socket.connect(server)?;
    socket.send(query)?;
    let mut room = vec![0; usize::from(u16::MAX)];
    let length = socket.recv(&mut room)?;
    room.truncate(length);
    Ok(room)
}

fn by_tcp(server: SocketAddr, query: &[u8], patience: Duration) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), query].concat())?;
    receive(&mut stream)
}

/// A message with its length before it (RFC 1035 section 4.2.2).
///
/// # Errors
/// Whatever the system says.
pub fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}
