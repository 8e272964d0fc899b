//! A small lab with a root, two top-level domains, and zones below them; and a resolver in it with
//! a cache.

use std::sync::Mutex;

use std::net::SocketAddr;

use chase::{Resolution, Resolver, Trace};
use dnsparse::{Class, Question, Rcode, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder};
use negative::SharedCache;
use rand::SeedableRng;
use rand::rngs::StdRng;
use referral::Delegation;
use tokio::time::Instant;

/// The server of `test`.
pub(crate) const TEST: SocketAddr = address(2);
/// The server of `shop.test`.
pub(crate) const SHOP: SocketAddr = address(4);

/// The server at 192.0.2.`host`.
pub(crate) const fn address(host: u8) -> SocketAddr {
    let ip = std::net::Ipv4Addr::new(192, 0, 2, host);
    SocketAddr::new(std::net::IpAddr::V4(ip), 53)
}

/// A resolver with a cache, in a lab.
pub(crate) struct TestResolver {
    pub(crate) lab: Lab,
    pub(crate) cache: SharedCache,
    /// The time at which it was made.
    pub(crate) begin: Instant,
    resolver: Resolver<Lab, SharedCache>,
    journal: Mutex<String>,
}

/// The root hints of this lab.
pub(crate) fn root() -> Delegation {
    hints_of(world().root_hints())
}

impl TestResolver {
    pub(crate) fn new() -> TestResolver {
        TestResolver::with_capacity(10_000)
    }

    pub(crate) fn with_capacity(records: usize) -> TestResolver {
        let (lab, cache) = (world(), SharedCache::new(root(), records));
        let resolver = Resolver::new(lab.clone(), cache.clone());
        TestResolver {
            lab,
            cache,
            begin: Instant::now(),
            resolver,
            journal: Mutex::default(),
        }
    }

    async fn search(&self, qname: &str, qtype: RecordType) -> (Resolution, Trace, usize) {
        let (before, mut trace) = (self.lab.queries().len(), Trace::default());
        let start = Instant::now();
        let mut random = StdRng::seed_from_u64(10);
        let question = question(qname, qtype);
        let resolution = self
            .resolver
            .resolve(&question, &mut random, &mut trace)
            .await;
        let cost = self.lab.queries().len() - before;
        let second = start.duration_since(self.begin).as_secs();
        let line = format!(
            "{second:>5} s  {qname} {qtype} → {}{}\n",
            brief(&resolution),
            queries(cost)
        );
        self.journal.lock().unwrap().push_str(&line);
        (resolution, trace, cost)
    }

    /// Returns a line for each question so far: when it was asked, its answer, and the number of
    /// queries that it took.
    pub(crate) fn journal(&self) -> String {
        self.journal.lock().unwrap().clone()
    }

    /// Returns the resolution, and the number of queries that it took.
    pub(crate) async fn resolve_type(&self, qname: &str, qtype: RecordType) -> (Resolution, usize) {
        let (resolution, _, cost) = self.search(qname, qtype).await;
        (resolution, cost)
    }

    pub(crate) async fn resolve(&self, qname: &str) -> (Resolution, usize) {
        self.resolve_type(qname, RecordType::A).await
    }

    /// Returns the number of queries that a resolution takes.
    pub(crate) async fn cost(&self, qname: &str) -> usize {
        self.resolve(qname).await.1
    }

    pub(crate) async fn rcode(&self, qname: &str) -> Rcode {
        self.resolve(qname).await.0.rcode
    }

    /// Returns the resolution, and its trace.
    pub(crate) async fn trace(&self, qname: &str, qtype: RecordType) -> (Resolution, Trace) {
        let (resolution, trace, _) = self.search(qname, qtype).await;
        (resolution, trace)
    }

    /// Returns the addresses of the servers that were queried since there were `before` queries.
    pub(crate) fn servers_since(&self, before: usize) -> String {
        let queries = self.lab.queries();
        let servers = queries.iter().skip(before);
        let servers: Vec<_> = servers.map(|query| query.server.ip().to_string()).collect();
        servers.join(" ")
    }

    pub(crate) fn peek(&self, qname: &str) -> Option<Resolution> {
        self.cache.peek(&question(qname, RecordType::A))
    }
}

pub(crate) fn question(qname: &str, qtype: RecordType) -> Question {
    Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    }
}

/// Returns a resolution in one line: RCODE, RDATA with TTLs, SOA, failure.
fn brief(resolution: &Resolution) -> String {
    let mut line = resolution.rcode.to_string();
    for record in resolution.records.iter().chain(&resolution.soa) {
        let data = match record.rtype() {
            RecordType::SOA => format!("of {}", record.owner),
            _ => record.rdata.to_string(),
        };
        line.push_str(&format!(", {} {data} for {} s", record.rtype(), record.ttl));
    }
    if let Some(failure) = &resolution.failure {
        line.push_str(&format!(", {failure}"));
    }
    line
}

fn queries(cost: usize) -> String {
    match cost {
        0 => " (no query)".to_string(),
        1 => " (1 query)".to_string(),
        more => format!(" ({more} queries)"),
    }
}

/// Returns a resolution as text: RCODE, records, SOA, failure.
pub(crate) fn text(resolution: &Resolution) -> String {
    let mut lines = resolution.rcode.to_string();
    for record in resolution.records.iter().chain(&resolution.soa) {
        lines.push_str(&format!("\n{record}").replace('\t', " "));
    }
    if let Some(failure) = &resolution.failure {
        lines.push_str(&format!("\n{failure}"));
    }
    lines
}

/// The TTL of a delegation is a day, where the zones do not say otherwise.
fn world() -> Lab {
    LabBuilder::new()
        .zones(
            "
            $ORIGIN .
            @                 NS root.
            root.             A  192.0.2.1
            test.       86400 NS ns.test.
            ns.test.    86400 A  192.0.2.2
            example.    86400 NS ns.example.
            ns.example. 86400 A  192.0.2.3

            $ORIGIN test.
            @              NS ns
            ns             A  192.0.2.2
            shop     86400 NS ns.shop
            ns.shop  86400 A  192.0.2.4
            bank     86400 NS ns.bank
            ns.bank  86400 A  192.0.2.5
            ghost      600 NS ns.ghost
            ns.ghost   600 A  192.0.2.6
            twin     86400 NS ns1.twin
            ns1.twin 86400 A  192.0.2.7
            mute     86400 NS text.shop
            dead     86400 NS ns.dead
            ns.dead  86400 A  192.0.2.99

            $ORIGIN shop.test.
            @         SOA   ns mail 1 1800 900 604800 300
            @         NS    ns
            ns    300 A     192.0.2.4
            www   300 A     192.0.2.80
            mail  300 A     192.0.2.25
            text      TXT   hello
            brief   0 A     192.0.2.82
            alias     CNAME www
            lost      CNAME nowhere
            far       CNAME www.bank.test.
            old       DNAME shop.test.
            v6        AAAA  2001:db8::6

            $ORIGIN bank.test.
            @       NS ns
            ns      A  192.0.2.5
            www 300 A  192.0.2.81

            $ORIGIN ghost.test.
            @        200 NS ns
            ns           A  192.0.2.6
            *            A  192.0.2.66
            sub    86400 NS ns.sub
            ns.sub 86400 A  192.0.2.8

            $ORIGIN sub.ghost.test.
            @  86400 NS ns
            ns       A  192.0.2.8
            *        A  192.0.2.67

            $ORIGIN twin.test.
            @   600 NS ns2
            ns1     A  192.0.2.7
            ns2     A  192.0.2.9
            www   0 A  192.0.2.83

            $ORIGIN example.
            @            NS ns
            ns           A  192.0.2.3
            hosted 86400 NS ns.shop.test.

            $ORIGIN hosted.example.
            @     NS ns.shop.test.
            www 0 A  192.0.2.84
            ",
        )
        .server("192.0.2.7", ["twin.test."])
        .server("192.0.2.14", ["shop.test."])
        .server("192.0.2.101", ["."])
        .build()
        .unwrap()
}
