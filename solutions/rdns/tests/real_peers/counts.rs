//! How often `rdns` asks: counted at the servers, which are real ones.
//!
//! Each is behind a [`Relay`] that writes down what it is asked. It is the same datagrams that the server sees.

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::thread::sleep;
use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};

use crate::asker::{ask, query};
use crate::namespace::in_a_world_of_its_own;
use crate::peers::Peer;
use crate::programs::{nsd_at, rdns_from};
use crate::relay::{Act, Relay};

const HINTS: &str = ". 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n";

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

/// How long a reply of the popular zone takes: long enough for everybody to have asked by then.
const CROWD_GATHERS: Duration = Duration::from_secs(1);

#[test]
fn rdns_asks_no_more_than_it_has_to() {
    in_a_world_of_its_own("counts::counted_at_the_servers", &["nsd"]);
}

/// The servers, what stands before them, and who asks them.
struct World {
    _servers: Vec<Peer>,
    relays: Vec<Relay>,
    rdns: Peer,
}

impl World {
    fn new() -> World {
        let at = |last: u8, port: u16| SocketAddr::from(([127, 0, 1, last], port));
        let zones = [
            (".", ROOT),
            ("alpha", ALPHA),
            ("shop.alpha", SHOP),
            ("crowd.alpha", CROWD),
        ];
        let (mut servers, mut relays) = (Vec::new(), Vec::new());
        for (zone, last) in zones.iter().zip(1..) {
            servers.push(nsd_at(at(last, 5300), &[*zone]));
            relays.push(match zone.0 {
                "crowd.alpha" => Relay::at(at(last, 53), at(last, 5300), |_| {
                    vec![Act::Wait(CROWD_GATHERS), Act::Forward]
                }),
                _ => Relay::honest(at(last, 53), at(last, 5300)),
            });
        }
        let rdns = rdns_from(at(100, 53), HINTS);
        World {
            _servers: servers,
            relays,
            rdns,
        }
    }

    /// What the servers were asked since the last time, those nearest to the root first.
    fn asked(&self) -> Vec<String> {
        self.relays.iter().flat_map(Relay::asked).collect()
    }

    /// Asks `rdns`, and says what that cost: `said (question; question)`.
    fn cost(&self, qname: &str, qtype: RecordType) -> String {
        let told = ask(self.rdns.address, qname, qtype).said();
        format!("{told} ({})", self.asked().join("; "))
    }
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn counted_at_the_servers() {
    let world = World::new();
    priming_is_one_question(&world);
    let walk = "www.shop.alpha. A; www.shop.alpha. A; www.shop.alpha. A";
    let cost = |qname, qtype| world.cost(qname, qtype);
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
    what_is_not_there_is_remembered(&world);
    after_its_ttl_it_is_asked_for_once_more(&world);
    a_hundred_who_ask_the_same_cost_what_one_does(&world);
    a_failure_is_remembered(&world);
}

/// The hints are checked once (RFC 9609), as soon as there is time for it. And somebody had to ask whether `rdns` is up already.
fn priming_is_one_question(world: &World) {
    sleep(Duration::from_millis(500));
    let mut asked = world.asked();
    asked.sort();
    assert_eq!(asked, [". NS", ". SOA"]);
}

/// RFC 2308, and RFC 8020 for what would be below.
fn what_is_not_there_is_remembered(world: &World) {
    let cost = |qname, qtype| world.cost(qname, qtype);
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
    // An alias, of whose end everything is known.
    assert_eq!(
        cost("near.shop.alpha", a),
        "NOERROR www.shop.alpha. 192.0.2.80 (near.shop.alpha. A)"
    );
    assert_eq!(cost("near.shop.alpha", aaaa), "NOERROR www.shop.alpha. ()");
}

fn after_its_ttl_it_is_asked_for_once_more(world: &World) {
    let once = "NOERROR 192.0.2.1 (brief.shop.alpha. A)";
    assert_eq!(world.cost("brief.shop.alpha", RecordType::A), once);
    sleep(Duration::from_millis(1_500));
    assert_eq!(world.cost("brief.shop.alpha", RecordType::A), once);
}

/// RFC 9520. The only server says REFUSED.
fn a_failure_is_remembered(world: &World) {
    let first = world.cost("www.lame.alpha", RecordType::A);
    assert!(
        first.starts_with("SERVFAIL (www.lame.alpha. A; "),
        "{first}"
    );
    assert_eq!(world.cost("www.lame.alpha", RecordType::A), "SERVFAIL ()");
}

fn a_hundred_who_ask_the_same_cost_what_one_does(world: &World) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(world.rdns.address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    for id in 0..100 {
        let asked = query(id, "www.crowd.alpha", RecordType::A);
        socket.send(&asked).unwrap();
    }
    let mut ids = BTreeSet::new();
    let mut buffer = [0; 4_096];
    while ids.len() < 100 {
        let length = socket.recv(&mut buffer).unwrap();
        let reply = DnsPacket::parse(&buffer[..length]).unwrap();
        assert_eq!(reply.answers.len(), 1, "{reply:?}");
        assert!(ids.insert(reply.header.id), "answered twice");
    }
    // One at alpha and one at the zone itself; on a busy machine a try or two more, since that one takes its time.
    let asked = world.asked();
    assert!((2..=4).contains(&asked.len()), "{asked:?}");
    assert!(
        asked.iter().all(|asked| asked == "www.crowd.alpha. A"),
        "{asked:?}"
    );
}
