//! The number of upstream queries that `rdns` sends, counted in front of real name servers.
//!
//! Each server is behind a [`Relay`], which logs the datagrams that the server receives.

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::thread::sleep;
use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};
use real_servers::{RunningServer, nsd};

use crate::client::{query, resolve};
use crate::rdns::{in_namespace, rdns};
use crate::relay::{Action, Relay};

const ROOT: &str = "\
$TTL 86400
.          SOA  a.root. hostmaster.root. 1 1800 900 604800 86400
.          NS   a.root.
a.root.    A    127.0.1.1
alpha.     NS   ns.alpha.
ns.alpha.  A    127.0.1.2
";

const ALPHA: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
ns       A    127.0.1.2
shop     NS   ns.shop
ns.shop  A    127.0.1.3
crowd    NS   ns.crowd
ns.crowd A    127.0.1.4
lame     NS   ns.crowd
";

const SHOP: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
ns       A    127.0.1.3
www      A    192.0.2.80
mail     A    192.0.2.25
near     CNAME www
brief  1 A    192.0.2.1
";

const CROWD: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
ns       A    127.0.1.4
www      A    192.0.2.81
";

/// The delay of each reply from crowd.alpha: all 100 clients have sent their queries by then.
const CROWD_DELAY: Duration = Duration::from_secs(1);

#[test]
fn rdns_sends_no_needless_upstream_queries() {
    in_namespace("counts::upstream_queries_are_counted", &["nsd"]);
}

/// Name servers of four zones, the relays in front of them, and the resolver.
struct Hierarchy {
    _servers: Vec<RunningServer>,
    relays: Vec<Relay>,
    rdns: RunningServer,
}

impl Hierarchy {
    fn start() -> Hierarchy {
        let at = |last: u8, port: u16| SocketAddr::from(([127, 0, 1, last], port));
        let zones = [
            (".", ROOT),
            ("alpha", ALPHA),
            ("shop.alpha", SHOP),
            ("crowd.alpha", CROWD),
        ];
        let (mut servers, mut relays) = (Vec::new(), Vec::new());
        for (zone, last) in zones.iter().zip(1..) {
            servers.push(nsd(at(last, 5300), &[*zone]));
            relays.push(match zone.0 {
                "crowd.alpha" => Relay::start(at(last, 53), at(last, 5300), |_| {
                    vec![Action::Wait(CROWD_DELAY), Action::Forward]
                }),
                _ => Relay::forwarding(at(last, 53), at(last, 5300)),
            });
        }
        let rdns = rdns(at(100, 53));
        Hierarchy {
            _servers: servers,
            relays,
            rdns,
        }
    }

    /// Returns the upstream queries since the last call, those to servers closest to the root
    /// first.
    fn take_queries(&self) -> Vec<String> {
        self.relays.iter().flat_map(Relay::take_queries).collect()
    }

    /// Sends `rdns` a query; returns its answer and the upstream queries: `answer (query; query)`.
    fn cost(&self, qname: &str, qtype: RecordType) -> String {
        let answer = resolve(self.rdns.address, qname, qtype).summary();
        format!("{answer} ({})", self.take_queries().join("; "))
    }
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn upstream_queries_are_counted() {
    let hierarchy = Hierarchy::start();
    priming_is_one_query(&hierarchy);
    // Each server learns one label more than its zone has (RFC 9156).
    let walk = "alpha. A; shop.alpha. A; www.shop.alpha. A";
    let cost = |qname, qtype| hierarchy.cost(qname, qtype);
    let a = RecordType::A;
    assert_eq!(
        cost("www.shop.alpha", a),
        format!("NOERROR 192.0.2.80 ({walk})")
    );
    assert_eq!(cost("WWW.shop.alpha", a), "NOERROR 192.0.2.80 ()");
    assert_eq!(
        cost("mail.shop.alpha", a),
        "NOERROR 192.0.2.25 (mail.shop.alpha. A)"
    );
    negative_answers_are_cached(&hierarchy);
    an_expired_record_is_queried_again(&hierarchy);
    a_hundred_equal_queries_share_one_resolution(&hierarchy);
    a_failure_is_cached(&hierarchy);
}

/// Priming (RFC 9609) sends one query for `. NS`. The query for `. SOA` is the one by which the
/// test waited for `rdns` to be ready.
fn priming_is_one_query(hierarchy: &Hierarchy) {
    sleep(Duration::from_millis(500));
    let mut queries = hierarchy.take_queries();
    queries.sort();
    assert_eq!(queries, [". NS", ". SOA"]);
}

/// RFC 2308, and RFC 8020 for the names below a name that does not exist.
fn negative_answers_are_cached(hierarchy: &Hierarchy) {
    let cost = |qname, qtype| hierarchy.cost(qname, qtype);
    let (a, aaaa) = (RecordType::A, RecordType::AAAA);
    assert_eq!(cost("no.shop.alpha", a), "NXDOMAIN (no.shop.alpha. A)");
    assert_eq!(cost("no.shop.alpha", a), "NXDOMAIN ()");
    assert_eq!(cost("no.shop.alpha", RecordType::MX), "NXDOMAIN ()");
    assert_eq!(cost("really.no.shop.alpha", a), "NXDOMAIN ()");
    assert_eq!(
        cost("www.shop.alpha", aaaa),
        "NOERROR (www.shop.alpha. AAAA)"
    );
    assert_eq!(cost("www.shop.alpha", aaaa), "NOERROR ()");
    // The target of this alias is cached.
    assert_eq!(
        cost("near.shop.alpha", a),
        "NOERROR www.shop.alpha. 192.0.2.80 (near.shop.alpha. A)"
    );
    assert_eq!(cost("near.shop.alpha", aaaa), "NOERROR www.shop.alpha. ()");
}

fn an_expired_record_is_queried_again(hierarchy: &Hierarchy) {
    let once = "NOERROR 192.0.2.1 (brief.shop.alpha. A)";
    assert_eq!(hierarchy.cost("brief.shop.alpha", RecordType::A), once);
    sleep(Duration::from_millis(1_500));
    assert_eq!(hierarchy.cost("brief.shop.alpha", RecordType::A), once);
}

/// RFC 9520. The only server answers REFUSED.
fn a_failure_is_cached(hierarchy: &Hierarchy) {
    let first = hierarchy.cost("www.lame.alpha", RecordType::A);
    assert!(
        first.starts_with("SERVFAIL (lame.alpha. A; www.lame.alpha. A"),
        "{first}"
    );
    assert_eq!(
        hierarchy.cost("www.lame.alpha", RecordType::A),
        "SERVFAIL ()"
    );
}

fn a_hundred_equal_queries_share_one_resolution(hierarchy: &Hierarchy) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(hierarchy.rdns.address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    for id in 0..100 {
        let query = query(id, "www.crowd.alpha", RecordType::A);
        socket.send(&query).unwrap();
    }
    let mut ids = BTreeSet::new();
    let mut buffer = [0; 4_096];
    while ids.len() < 100 {
        let length = socket.recv(&mut buffer).unwrap();
        let reply = DnsPacket::parse(&buffer[..length]).unwrap();
        assert_eq!(reply.answers.len(), 1, "{reply:?}");
        assert!(ids.insert(reply.header.id), "answered twice");
    }
    // One query to alpha and one to crowd.alpha. On a busy machine there may be one or two retries,
    // since the latter takes a second to answer.
    let queries = hierarchy.take_queries();
    assert!((2..=4).contains(&queries.len()), "{queries:?}");
    assert!(
        queries
            .iter()
            .all(|query| query.ends_with("crowd.alpha. A")),
        "{queries:?}"
    );
}
