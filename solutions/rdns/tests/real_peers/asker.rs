//! A client of a resolver, which takes the time.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, EdnsOption, Question, Rcode, Record, RecordType};

/// Longer than anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What an asker was told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) rcode: Rcode,
    pub(crate) answers: Vec<Record>,
    /// The codes of RFC 8914.
    pub(crate) why: Vec<u16>,
    pub(crate) took: Duration,
}

impl Told {
    /// The RCODE, and the RDATA of the answers in their order.
    pub(crate) fn said(&self) -> String {
        let rdata = self.answers.iter().map(|record| record.rdata.to_string());
        let words = std::iter::once(self.rcode.to_string()).chain(rdata);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A query with EDNS, in octets.
pub(crate) fn query(id: u16, qname: &str, qtype: RecordType) -> Vec<u8> {
    let mut query = DnsPacket::query(id, qname.parse().unwrap(), qtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    query.write().unwrap()
}

/// Asks once.
pub(crate) fn ask(server: SocketAddr, qname: &str, qtype: RecordType) -> Told {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let start = Instant::now();
    socket.send(&query(0x4242, qname, qtype)).unwrap();
    let mut buffer = [0; 65_535];
    let length = socket.recv(&mut buffer);
    let length = length.unwrap_or_else(|error| panic!("{qname} {qtype}: {error}"));
    let took = start.elapsed();
    let reply = DnsPacket::parse(&buffer[..length]).unwrap();
    let asked = Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: dnsparse::Class::IN,
    };
    assert_eq!((reply.header.id, reply.question()), (0x4242, Some(&asked)));
    Told {
        rcode: reply.rcode(),
        why: why(&reply),
        answers: reply.answers,
        took,
    }
}

fn why(reply: &DnsPacket) -> Vec<u16> {
    let options = reply.edns.iter().flat_map(|edns| &edns.options);
    let codes = options.filter_map(|option| match option {
        EdnsOption::ExtendedError(error) => Some(error.info_code),
        _ => None,
    });
    codes.collect()
}
