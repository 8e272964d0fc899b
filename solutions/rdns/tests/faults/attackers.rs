//! Last resorts are for zones without a good server. A server that is the first to reply, and
//! replies with a last resort, by mistake or for an attacker, gains nothing over a good server of
//! the zone: not in the answer, and not in the cache.

use std::net::SocketAddr;

use dnsparse::{DnsPacket, Rcode, Record, RecordType};
use iterate::hints::hints_of;
use iterate::root_hints;
use lab::{Lab, LabBuilder, no_reply, repeat, replies};
use network::Via;

use crate::in_process::TestResolver;

/// How often each forgery is played: servers are selected at random.
const RUNS: usize = 16;
/// The server that replies first.
const ATTACKER: &str = "198.18.23.7:53";
/// The zone's other server, which takes its time.
const GOOD_SERVER: &str = "198.18.23.8:53";
const NAME: &str = "www.beside.last-resort.test";

/// A reply in the place of the true one.
struct Forgery {
    name: &'static str,
    aa: bool,
    rcode: Rcode,
    answer: &'static str,
    authority: &'static str,
}

/// A forgery without AA and with NOERROR.
const fn without_aa(name: &'static str, answer: &'static str, authority: &'static str) -> Forgery {
    Forgery {
        name,
        aa: false,
        rcode: Rcode::NOERROR,
        answer,
        authority,
    }
}

const SOA: &str =
    "beside.last-resort.test. 300 IN SOA ns1.beside.last-resort.test. mail.test. 1 2 3 4 300";

const FORGERIES: &[Forgery] = &[
    without_aa(
        "an address",
        "www.beside.last-resort.test. 86400 A 192.0.2.66",
        "",
    ),
    without_aa(
        "an alias",
        "www.beside.last-resort.test. 86400 CNAME www.google.com.",
        "",
    ),
    without_aa(
        "a DNAME above the name",
        "beside.last-resort.test. 86400 DNAME google.com.",
        "",
    ),
    without_aa("no data", "", SOA),
    without_aa("nothing at all", "", ""),
    without_aa(
        "a record of another type",
        "www.beside.last-resort.test. 86400 TXT forged",
        "",
    ),
    without_aa(
        "an NSEC record alone",
        "",
        "www.beside.last-resort.test. 300 NSEC beside.last-resort.test. TXT",
    ),
    Forgery {
        rcode: Rcode::NXDOMAIN,
        ..without_aa("NXDOMAIN", "", SOA)
    },
    Forgery {
        rcode: Rcode::NXDOMAIN,
        ..without_aa("NXDOMAIN without an SOA", "", "")
    },
    Forgery {
        aa: true,
        ..without_aa("a referral up, with AA", "", "test. 86400 NS ns.evil.test.")
    },
    without_aa(
        "a referral to the zone itself",
        "",
        "beside.last-resort.test. 86400 NS www.google.com.",
    ),
];

impl Forgery {
    fn apply(&self, reply: &mut DnsPacket) {
        let record = |line: &str| line.parse::<Record>().ok();
        reply.header.aa = self.aa;
        reply.header.rcode = self.rcode;
        reply.answers = record(self.answer).into_iter().collect();
        reply.authorities = record(self.authority).into_iter().collect();
        reply.additionals.clear();
    }

    /// Makes the mini-Internet with an attacker that replies so to every query.
    fn lab(&'static self) -> Lab {
        let lab = Lab::internet();
        let attacker: SocketAddr = ATTACKER.parse().unwrap();
        for via in [Via::Udp, Via::Tcp] {
            let forged = replies().edited(|reply| self.apply(reply));
            lab.script(attacker, via, [repeat(forged)]);
        }
        lab.set_latency(GOOD_SERVER.parse().unwrap(), 300);
        lab
    }
}

#[tokio::test(start_paused = true)]
async fn a_last_resort_that_comes_first_gains_nothing_over_a_good_server() {
    for forgery in FORGERIES {
        let mut was_asked = false;
        for _ in 0..RUNS {
            let lab = forgery.lab();
            let resolver = TestResolver::new(lab, root_hints());
            for attempt in ["the first answer", "the cached answer"] {
                let answer = resolver.resolve(NAME, RecordType::A).await;
                assert_eq!(
                    answer.summary,
                    "NOERROR 198.18.23.85",
                    "the attacker sends {}; {attempt}:\n{}",
                    forgery.name,
                    resolver.lab.trace()
                );
            }
            let missing = resolver.resolve("no.beside.last-resort.test", RecordType::A);
            assert_eq!(
                missing.await.summary,
                "NXDOMAIN",
                "the attacker sends {}:\n{}",
                forgery.name,
                resolver.lab.trace()
            );
            was_asked |= resolver.lab.query_count(ATTACKER.parse().unwrap()) > 0;
        }
        assert!(was_asked, "{}: the attacker was never asked", forgery.name);
    }
}

/// Without the good server, the same replies are used, or the search fails: otherwise the forgeries
/// above would prove nothing.
#[tokio::test(start_paused = true)]
async fn without_a_good_server_the_last_resort_is_used() {
    for forgery in FORGERIES {
        let lab = forgery.lab();
        let good_server: SocketAddr = GOOD_SERVER.parse().unwrap();
        for via in [Via::Udp, Via::Tcp] {
            let refused = replies().with_rcode(Rcode::REFUSED);
            lab.script(good_server, via, [repeat(refused)]);
        }
        let resolver = TestResolver::new(lab, root_hints());
        let answer = resolver.resolve(NAME, RecordType::A).await;
        assert_ne!(
            answer.summary,
            "NOERROR 198.18.23.85",
            "the attacker sends {}:\n{}",
            forgery.name,
            resolver.lab.trace()
        );
    }
}

const MOVED: &str = "
    $ORIGIN .
    @            NS root.
    root.        A  192.0.2.1
    example.     NS ns.example.
    ns.example.  A  192.0.2.2

    $ORIGIN example.
    @            NS ns
    ns           A  192.0.2.2
    moved        NS old.moved
    old.moved    A  192.0.2.3

    $ORIGIN moved.example.
    @            NS own
    own          A  192.0.2.4
    old          A  192.0.2.3
    www          A  192.0.2.80
";

/// The parent lists another server than the zone itself, and an attacker listens there now: that
/// server is queried only if the zone's own server fails.
#[tokio::test(start_paused = true)]
async fn a_server_that_only_the_parent_lists_gains_nothing_over_the_zones_own() {
    let (old, own): (SocketAddr, SocketAddr) = (
        "192.0.2.3:53".parse().unwrap(),
        "192.0.2.4:53".parse().unwrap(),
    );
    let builder = LabBuilder::new().zones(MOVED);
    let lab = builder
        .server("192.0.2.3", ["moved.example."])
        .build()
        .unwrap();
    let hints = hints_of(lab.root_hints());
    let resolver = TestResolver::new(lab, hints);
    resolver.resolve("moved.example", RecordType::NS).await;
    resolver.resolve("own.moved.example", RecordType::A).await;
    for via in [Via::Udp, Via::Tcp] {
        let forged = replies().edited(|reply| {
            reply.answers = "www.moved.example. 1 A 192.0.2.66"
                .parse()
                .into_iter()
                .collect();
        });
        resolver.lab.script(old, via, [repeat(forged)]);
    }
    let before = resolver.lab.query_count(old);
    let answer = resolver.resolve("www.moved.example", RecordType::A).await;
    let trace = resolver.lab.trace();
    assert_eq!(answer.summary, "NOERROR 192.0.2.80", "{trace}");
    assert_eq!(resolver.lab.query_count(old), before, "{trace}");

    // Without its own server, it is better than none.
    for via in [Via::Udp, Via::Tcp] {
        resolver.lab.script(own, via, [repeat(no_reply())]);
    }
    let answer = resolver.resolve("ftp.moved.example", RecordType::A).await;
    let trace = resolver.lab.trace();
    assert_ne!(answer.summary, "SERVFAIL", "{trace}");
}
