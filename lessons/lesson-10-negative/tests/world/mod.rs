//! The world in which this lesson is tested: a root, two top-level domains, and zones below them; and a resolver with a memory.

use std::net::SocketAddr;

use chase::{Resolution, Resolver, Trace};
use dnsparse::{Class, Question, Rcode, RecordType};
use lab::{Lab, LabBuilder};
use negative::SharedCache;
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use referral::{Delegation, NameServer};

/// The server of `test`, and that of `shop.test`.
pub(crate) const TEST: SocketAddr = address(2);
pub(crate) const SHOP: SocketAddr = address(4);

/// The server at 192.0.2.`host`.
pub(crate) const fn address(host: u8) -> SocketAddr {
    let ip = std::net::Ipv4Addr::new(192, 0, 2, host);
    SocketAddr::new(std::net::IpAddr::V4(ip), 53)
}

pub(crate) fn udp() -> Via {
    Via::Udp
}

/// A resolver with a cache, in a lab.
pub(crate) struct Desk {
    pub(crate) lab: Lab,
    pub(crate) memory: SharedCache,
    resolver: Resolver<Lab, SharedCache>,
}

/// With room enough.
pub(crate) fn desk() -> Desk {
    Desk::with_room(10_000)
}

pub(crate) fn root() -> Delegation {
    Delegation {
        zone: ".".parse().unwrap(),
        ttl: 3_600,
        servers: vec![NameServer {
            name: "root".parse().unwrap(),
            addresses: vec![[192, 0, 2, 1].into()],
        }],
    }
}

impl Desk {
    pub(crate) fn with_room(records: usize) -> Desk {
        let (lab, memory) = (world(), SharedCache::new(root(), records));
        let resolver = Resolver::new(lab.clone(), memory.clone());
        Desk {
            lab,
            memory,
            resolver,
        }
    }

    async fn resolve(&self, qname: &str, qtype: RecordType) -> (Resolution, Trace, usize) {
        let (before, mut trace) = (self.lab.queries().len(), Trace::default());
        let mut random = StdRng::seed_from_u64(10);
        let question = question(qname, qtype);
        let resolution = self
            .resolver
            .resolve(&question, &mut random, &mut trace)
            .await;
        (resolution, trace, self.lab.queries().len() - before)
    }

    /// The resolution, and how many questions it took.
    pub(crate) async fn ask_type(&self, qname: &str, qtype: RecordType) -> (Resolution, usize) {
        let (resolution, _, cost) = self.resolve(qname, qtype).await;
        (resolution, cost)
    }

    pub(crate) async fn ask(&self, qname: &str) -> (Resolution, usize) {
        self.ask_type(qname, RecordType::A).await
    }

    pub(crate) async fn cost(&self, qname: &str) -> usize {
        self.ask(qname).await.1
    }

    pub(crate) async fn rcode(&self, qname: &str) -> Rcode {
        self.ask(qname).await.0.rcode
    }

    /// The resolution, and the story of it.
    pub(crate) async fn trace(&self, qname: &str, qtype: RecordType) -> (Resolution, Trace) {
        let (resolution, trace, _) = self.resolve(qname, qtype).await;
        (resolution, trace)
    }

    pub(crate) fn peek(&self, qname: &str) -> Option<Resolution> {
        self.memory.peek(&question(qname, RecordType::A))
    }
}

pub(crate) fn question(qname: &str, qtype: RecordType) -> Question {
    Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    }
}

/// A resolution as text: RCODE, records, SOA, failure.
pub(crate) fn tell(resolution: &Resolution) -> String {
    let mut text = resolution.rcode.to_string();
    for record in resolution.records.iter().chain(&resolution.soa) {
        text.push_str(&format!("\n{record}").replace('\t', " "));
    }
    if let Some(failure) = &resolution.failure {
        text.push_str(&format!("\n{failure}"));
    }
    text
}

/// Delegations live for a day, or less where it says so.
fn world() -> Lab {
    let zones = [
        (
            ".",
            "@ NS root.\nroot. A 192.0.2.1\ntest. 86400 NS ns.test.\nns.test. 86400 A 192.0.2.2\n\
             example. 86400 NS ns.example.\nns.example. 86400 A 192.0.2.3",
        ),
        (
            "test.",
            "@ NS ns\nns A 192.0.2.2\n\
             shop 86400 NS ns.shop\nns.shop 86400 A 192.0.2.4\n\
             bank 86400 NS ns.bank\nns.bank 86400 A 192.0.2.5\n\
             ghost 600 NS ns.ghost\nns.ghost 600 A 192.0.2.6\n\
             twin 86400 NS ns1.twin\nns1.twin 86400 A 192.0.2.7\n\
             mute 86400 NS text.shop\n\
             dead 86400 NS ns.dead\nns.dead 86400 A 192.0.2.99",
        ),
        (
            "shop.test.",
            "@ NS ns\nns 300 A 192.0.2.4\nwww 300 A 192.0.2.80\nmail 300 A 192.0.2.25\ntext TXT hello\n\
             brief 0 A 192.0.2.82\nalias CNAME www\nlost CNAME nowhere\nfar CNAME www.bank.test.\nold DNAME shop.test.\n\
             v6 AAAA 2001:db8::6",
        ),
        (
            "bank.test.",
            "@ NS ns\nns A 192.0.2.5\nwww 300 A 192.0.2.81",
        ),
        (
            "ghost.test.",
            "@ 200 NS ns\nns A 192.0.2.6\n* A 192.0.2.66\nsub 86400 NS ns.sub\nns.sub 86400 A 192.0.2.8",
        ),
        (
            "sub.ghost.test.",
            "@ 86400 NS ns\nns A 192.0.2.8\n* A 192.0.2.67",
        ),
        (
            "twin.test.",
            "@ 600 NS ns2\nns1 A 192.0.2.7\nns2 A 192.0.2.9\nwww 0 A 192.0.2.83",
        ),
        (
            "example.",
            "@ NS ns\nns A 192.0.2.3\nhosted 86400 NS ns.shop.test.",
        ),
        ("hosted.example.", "@ NS ns.shop.test.\nwww 0 A 192.0.2.84"),
    ];
    let with_soa = |text: &str| format!("$TTL 3600\n@ SOA ns mail 1 1800 900 604800 300\n{text}");
    let add =
        |world: LabBuilder, (origin, text): &(&str, &str)| world.zone(origin, &with_soa(text));
    zones
        .iter()
        .fold(LabBuilder::new(), add)
        .server("192.0.2.7", ["twin.test."])
        .server("192.0.2.14", ["shop.test."])
        .build()
        .unwrap()
}
