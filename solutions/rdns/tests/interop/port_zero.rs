//! A query whose source port is 0, to which no reply can be sent: the queries behind it are
//! answered all the same.
//!
//! No system sends such a datagram by itself. In a network namespace, a test may write the UDP
//! header through a raw socket.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::sleep;
use std::time::Duration;

use dnsparse::RecordType;
use real_servers::nsd;
use socket2::{Domain, Protocol, Socket, Type};

use crate::client::{query, resolve};
use crate::rdns::{in_namespace, rdns};
use crate::relay::Relay;

const ROOT: &str = "\
$TTL 86400
.        SOA  a.root. hostmaster.root. 1 1800 900 604800 86400
.        NS   a.root.
a.root.  A    127.0.1.1
www.     A    192.0.2.1
mail.    A    192.0.2.2
";

/// SOCK_RAW: the test writes the UDP header.
const RAW: i32 = 3;

#[test]
fn rdns_survives_queries_from_port_0() {
    in_namespace(
        "port_zero::queries_from_port_0_harm_no_other_client",
        &["nsd"],
    );
}

/// Returns a UDP header without a checksum (RFC 768), and a query behind it.
fn datagram(from: u16, to: u16, query: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + query.len()).unwrap();
    let fields = [from, to, length, 0].map(u16::to_be_bytes);
    [fields.as_flattened(), query].concat()
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn queries_from_port_0_harm_no_other_client() {
    let at = |port: u16| SocketAddr::from(([127, 0, 1, 1], port));
    let _root = nsd(at(5_300), &[(".", ROOT)]);
    let relay = Relay::forwarding(at(53), at(5_300));
    let rdns = rdns(SocketAddr::from(([127, 0, 2, 1], 53)));
    let raw = Socket::new(Domain::IPV4, Type::from(RAW), Some(Protocol::UDP)).unwrap();
    let to = SocketAddr::from((Ipv4Addr::new(127, 0, 2, 1), 0)).into();
    // The first queries need a resolution, the later ones are answered from the cache.
    for qname in ["www", "www", "mail", "nosuch"].repeat(50) {
        let query = query(1, qname, RecordType::A);
        raw.send_to(&datagram(0, 53, &query), &to).unwrap();
    }
    // `rdns` has received them, and has begun to resolve them.
    let mut queries = Vec::new();
    while !queries.iter().any(|line| line == "nosuch. A") {
        sleep(Duration::from_millis(10));
        queries.extend(relay.take_queries());
    }
    for (qname, expected) in [("www", "NOERROR 192.0.2.1"), ("mail", "NOERROR 192.0.2.2")] {
        for _ in 0..2 {
            let reply = resolve(rdns.address, qname, RecordType::A);
            assert_eq!(reply.summary(), expected);
        }
    }
}
