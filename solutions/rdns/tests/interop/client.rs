//! A client of a resolver that measures how long each reply takes.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, EdnsOption, Question, Rcode, Record, RecordType};

/// Longer than any reply may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A resolver's reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) rcode: Rcode,
    pub(crate) answers: Vec<Record>,
    /// The INFO-CODEs of the extended errors (RFC 8914).
    pub(crate) info_codes: Vec<u16>,
    /// The time between query and reply.
    pub(crate) elapsed: Duration,
}

impl Reply {
    /// Returns the RCODE and the RDATA of the answers in their order.
    pub(crate) fn summary(&self) -> String {
        let rdata = self.answers.iter().map(|record| record.rdata.to_string());
        let words = std::iter::once(self.rcode.to_string()).chain(rdata);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Returns the octets of a query with EDNS.
pub(crate) fn query(id: u16, qname: &str, qtype: RecordType) -> Vec<u8> {
    let mut query = DnsPacket::query(id, qname.parse().unwrap(), qtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    query.write().unwrap()
}

/// Sends one query over UDP, and returns the reply.
pub(crate) fn resolve(server: SocketAddr, qname: &str, qtype: RecordType) -> Reply {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    let start = Instant::now();
    socket.send(&query(0x4242, qname, qtype)).unwrap();
    let mut buffer = [0; 65_535];
    let length = socket.recv(&mut buffer);
    let length = length.unwrap_or_else(|error| panic!("{qname} {qtype}: {error}"));
    let elapsed = start.elapsed();
    let reply = DnsPacket::parse(&buffer[..length]).unwrap();
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: dnsparse::Class::IN,
    };
    assert_eq!(
        (reply.header.id, reply.question()),
        (0x4242, Some(&question))
    );
    Reply {
        rcode: reply.rcode(),
        info_codes: info_codes(&reply),
        answers: reply.answers,
        elapsed,
    }
}

fn info_codes(reply: &DnsPacket) -> Vec<u16> {
    let options = reply.edns.iter().flat_map(|edns| &edns.options);
    let codes = options.filter_map(|option| match option {
        EdnsOption::ExtendedError(error) => Some(error.info_code),
        _ => None,
    });
    codes.collect()
}
