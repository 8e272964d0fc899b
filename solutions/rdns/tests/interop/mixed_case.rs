//! Mixed case (0x20) against real servers: they keep the case of a name, so that a query costs one
//! datagram each way, and no query over TCP.

use dnsparse::{DnsPacket, RecordType};
use network::Via;
use real_servers::{RunningServer, ZoneText, free_address, knot, named, nsd, require_programs};
use spoof::SpoofGuard;
use std::net::SocketAddr;
use transport::{RetryPolicy, Sockets, exchange};

const ZONE: ZoneText<'_> = (
    "example.",
    "\
$ORIGIN example.
$TTL 3600
@               SOA ns hostmaster 1 7200 3600 1209600 300
@               NS  ns
ns              A   127.0.0.1
www.bank        A   192.0.2.80
*.wild          A   192.0.2.81
alias.of.a.host CNAME www.bank
",
);

/// Names below `example.`, with the number of records of their answers.
const NAMES: [(&str, usize); 4] = [
    ("www.bank", 1),
    ("anything.wild", 1),
    ("alias.of.a.host", 2),
    ("nosuch.name.of.many.letters", 0),
];

type Start = fn(SocketAddr, &[ZoneText<'_>]) -> RunningServer;

async fn check(program: &str, start: Start) {
    if !require_programs(&[program]) {
        return;
    }
    let address = free_address();
    let _server = start(address, &[ZONE]);
    let guard = SpoofGuard::new(Sockets);
    for (name, answers) in NAMES {
        for _ in 0..10 {
            let name = format!("{name}.example");
            let query = DnsPacket::query(7, name.parse().unwrap(), RecordType::A);
            let reply = exchange(&guard, address, &query, Via::Udp, RetryPolicy::default()).await;
            let reply = reply.unwrap_or_else(|error| panic!("{program}, {name}: {error}"));
            assert_eq!(reply.via, Via::Udp, "{program}, {name}");
            assert_eq!(reply.packet.answers.len(), answers, "{program}, {name}");
            let question = &reply.packet.questions[0].qname;
            assert_eq!(question.to_string(), format!("{name}."), "{program}");
            for record in reply.packet.records() {
                let owner = record.owner.to_string();
                assert_eq!(owner, owner.to_lowercase(), "{program}, {name}");
            }
        }
    }
    assert_eq!(guard.near_misses(), 0, "{program}");
}

#[tokio::test]
async fn nsd_keeps_the_case() {
    check("nsd", nsd).await;
}

#[tokio::test]
async fn named_keeps_the_case() {
    check("named", named).await;
}

#[tokio::test]
async fn knotd_keeps_the_case() {
    check("knotd", knot).await;
}
