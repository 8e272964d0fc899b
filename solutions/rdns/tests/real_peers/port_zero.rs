//! A query that says it comes from port 0, where nobody can be: it must do no harm to those who wait behind it.
//!
//! No system sends such a datagram by itself. In a namespace of one's own one may write its header oneself.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::sleep;
use std::time::Duration;

use dnsparse::RecordType;
use socket2::{Domain, Protocol, Socket, Type};

use crate::asker::{ask, query};
use crate::namespace::in_a_world_of_its_own;
use crate::programs::{nsd_at, rdns_from};
use crate::relay::Relay;

const HINTS: &str = ". 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n";

const ROOT: &str = "\
$TTL 86400
.        SOA  a.root. hostmaster.root. 1 1800 900 604800 86400
.        NS   a.root.
a.root.  A    127.0.1.1
www.     A    192.0.2.1
mail.    A    192.0.2.2
";

/// SOCK_RAW: the UDP header is ours to write.
const RAW: i32 = 3;

#[test]
fn rdns_survives_who_cannot_be_answered() {
    in_a_world_of_its_own("port_zero::nobody_is_at_port_zero", &["nsd"]);
}

/// A UDP header without a checksum (RFC 768), and a query behind it.
fn datagram(from: u16, to: u16, query: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + query.len()).unwrap();
    let fields = [from, to, length, 0].map(u16::to_be_bytes);
    [fields.as_flattened(), query].concat()
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn nobody_is_at_port_zero() {
    let at = |port: u16| SocketAddr::from(([127, 0, 1, 1], port));
    let _root = nsd_at(at(5_300), &[(".", ROOT)]);
    let relay = Relay::honest(at(53), at(5_300));
    let rdns = rdns_from(SocketAddr::from(([127, 0, 2, 1], 53)), HINTS);
    let raw = Socket::new(Domain::IPV4, Type::from(RAW), Some(Protocol::UDP)).unwrap();
    let to = SocketAddr::from((Ipv4Addr::new(127, 0, 2, 1), 0)).into();
    // The first of these have to be looked for, the later ones are known.
    for qname in ["www", "www", "mail", "nosuch"].repeat(50) {
        let query = query(1, qname, RecordType::A);
        raw.send_to(&datagram(0, 53, &query), &to).unwrap();
    }
    // They did arrive, and were taken for questions.
    let mut asked = Vec::new();
    while !asked.iter().any(|line| line == "nosuch. A") {
        sleep(Duration::from_millis(10));
        asked.extend(relay.asked());
    }
    for (qname, said) in [("www", "NOERROR 192.0.2.1"), ("mail", "NOERROR 192.0.2.2")] {
        for _ in 0..2 {
            assert_eq!(ask(rdns.address, qname, RecordType::A).said(), said);
        }
    }
}
