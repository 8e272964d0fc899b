//! QNAME minimisation (RFC 9156): what each server learns of a name, and what a resolver does where
//! a server replies wrongly to a part of one.
//!
//! Each snapshot has the queries, in order: the server's zone, and the question that it received.
#![cfg(test)]

mod denied;
mod two_servers;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chase::{
    Attempt, AttemptOutcome, InOrder, QnameMinimisation, Resolver, ServerSelection, TimeoutCounts,
    Trace,
};
use dnsparse::{Class, Name, Question, Rcode, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, Reaction, no_reply, repeat, replies};
use negative::SharedCache;
use network::Via;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use select::{AddressPolicy, Selector};

const ROOT: &str = "192.0.2.1";
const TEST: &str = "192.0.2.2";
const SHOP: &str = "192.0.2.80";
/// A second server of shop.test, in some of the tests.
const FAR: &str = "192.0.2.88";
const ARPA: &str = "192.0.2.90";

const ZONES: &str = "
$ORIGIN .
@        NS root.
root.    A  192.0.2.1
test.    NS ns.test.
ns.test. A  192.0.2.2
arpa.    NS ns.arpa.
ns.arpa. A  192.0.2.90
$ORIGIN test.
@       NS ns
ns      A  192.0.2.2
shop    NS ns.shop
ns.shop A  192.0.2.80
$ORIGIN shop.test.
@                NS ns
ns               A  192.0.2.80
www              A  192.0.2.81
deep.under.empty A  192.0.2.82
other.empty      A  192.0.2.83
_sip._tcp        SRV 0 0 5060 www
below.alias      A  192.0.2.84
alias            CNAME www
old              DNAME new
host.new         A  192.0.2.85
deep.host.new    A  192.0.2.87
1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25.26.27.28.29.30 A 192.0.2.86
$ORIGIN arpa.
@  NS ns
ns A  192.0.2.90
3.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.1.0.0.1.8.0.b.8.b.6.0.2.0.a.2.ip6 PTR www.shop.test.
";

fn socket(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), 53)
}

fn lab() -> Lab {
    LabBuilder::new().zones(ZONES).build().unwrap()
}

/// The zones, with a server of shop.test that replies `wrongly` to every query for another name than
/// the ones that it has records of.
fn lab_with(wrongly: Reaction) -> Lab {
    let lab = lab();
    lab.script(socket(SHOP), Via::Udp, [repeat(wrongly)]);
    lab
}

struct TestResolver {
    lab: Lab,
    resolver: Resolver<Lab, SharedCache, Selector>,
    random: StdRng,
}

impl TestResolver {
    fn new(lab: Lab, mode: QnameMinimisation) -> TestResolver {
        let hints = hints_of(lab.root_hints());
        let resolver = Resolver::new(lab.clone(), SharedCache::new(hints, 10_000))
            .with_selection(Selector::new(AddressPolicy::default()))
            .with_qname_minimisation(mode);
        TestResolver {
            lab,
            resolver,
            random: StdRng::seed_from_u64(1),
        }
    }

    /// Resolves a question, and returns the answer and the queries that it took.
    async fn resolve(&mut self, qname: &str, qtype: RecordType) -> String {
        let before = self.lab.queries().len();
        let question = Question {
            qname: qname.parse().unwrap(),
            qtype,
            qclass: Class::IN,
        };
        let mut trace = Trace::default();
        let resolution = self
            .resolver
            .resolve(&question, &mut self.random, &mut trace)
            .await;
        let mut lines = String::new();
        for query in self.lab.queries().iter().skip(before) {
            let zone = match query.server.ip().to_string().as_str() {
                ROOT => ".",
                TEST => "test",
                SHOP => "shop.test",
                FAR => "shop.test (far)",
                ARPA => "arpa",
                other => panic!("a query to {other}, which is no server of this lab\n{trace}"),
            };
            let packet = query
                .packet()
                .expect("the resolver's queries can be parsed");
            let question = packet.question().expect("a query has a question");
            lines += &format!("{zone}: {} {}\n", question.qname, question.qtype);
        }
        let records = resolution.records.iter();
        let records: Vec<_> = records.map(|record| record.rdata.to_string()).collect();
        lines += &format!("= {} {}", resolution.rcode, records.join(", "));
        lines.trim_end().to_owned()
    }
}

async fn resolve(lab: Lab, mode: QnameMinimisation, qname: &str) -> String {
    TestResolver::new(lab, mode)
        .resolve(qname, RecordType::A)
        .await
}

use QnameMinimisation::{Off, Relaxed, Strict};

#[tokio::test(start_paused = true)]
async fn a_server_learns_one_label_more_than_its_zone_has() {
    insta::assert_snapshot!(resolve(lab(), Off, "www.shop.test").await, @r"
    .: www.shop.test. A
    test: www.shop.test. A
    shop.test: www.shop.test. A
    = NOERROR 192.0.2.81
    ");
    insta::assert_snapshot!(resolve(lab(), Relaxed, "www.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: www.shop.test. A
    = NOERROR 192.0.2.81
    ");
    insta::assert_snapshot!(resolve(lab(), Strict, "www.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: www.shop.test. A
    = NOERROR 192.0.2.81
    ");
}

/// A name without records, between the zone's apex and the name, costs one query more.
#[tokio::test(start_paused = true)]
async fn a_name_that_is_no_zone_cut_is_followed_by_a_longer_one() {
    insta::assert_snapshot!(resolve(lab(), Relaxed, "deep.under.empty.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    shop.test: under.empty.shop.test. A
    shop.test: deep.under.empty.shop.test. A
    = NOERROR 192.0.2.82
    ");
}

#[tokio::test(start_paused = true)]
async fn what_the_cache_knows_of_a_name_is_not_asked_again() {
    let mut resolver = TestResolver::new(lab(), Relaxed);
    resolver
        .resolve("deep.under.empty.shop.test", RecordType::A)
        .await;
    insta::assert_snapshot!(resolver.resolve("other.empty.shop.test", RecordType::A).await, @r"
    shop.test: other.empty.shop.test. A
    = NOERROR 192.0.2.83
    ");
    insta::assert_snapshot!(resolver.resolve("two.more.empty.shop.test", RecordType::A).await, @r"
    shop.test: more.empty.shop.test. A
    shop.test: two.more.empty.shop.test. A
    = NXDOMAIN
    ");
    insta::assert_snapshot!(resolver.resolve("deep.under.empty.shop.test", RecordType::AAAA).await, @r"
    shop.test: deep.under.empty.shop.test. AAAA
    = NOERROR
    ");
}

/// RFC 9156 section 2.3: labels with an underscore are hardly ever zone cuts.
#[tokio::test(start_paused = true)]
async fn names_with_underscores_are_sent_whole() {
    let mut resolver = TestResolver::new(lab(), Relaxed);
    insta::assert_snapshot!(resolver.resolve("_sip._tcp.shop.test", RecordType::SRV).await, @r"
    .: test. A
    test: shop.test. A
    shop.test: _sip._tcp.shop.test. SRV
    = NOERROR 0 0 5060 www.shop.test.
    ");
}

#[tokio::test(start_paused = true)]
async fn an_alias_in_the_middle_of_a_name_changes_nothing_below_it() {
    insta::assert_snapshot!(resolve(lab(), Relaxed, "below.alias.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: alias.shop.test. A
    shop.test: below.alias.shop.test. A
    = NOERROR 192.0.2.84
    ");
    insta::assert_snapshot!(resolve(lab(), Relaxed, "host.old.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: old.shop.test. A
    shop.test: host.old.shop.test. A
    shop.test: new.shop.test. A
    shop.test: host.new.shop.test. A
    = NOERROR new.shop.test., host.new.shop.test., 192.0.2.85
    ");
}

/// RFC 9156 section 2.3: four labels one by one, and the rest in six steps, the last of which are the
/// longest. Below ip6.arpa, 32 bits of the address at a time.
#[tokio::test(start_paused = true)]
async fn a_long_name_takes_at_most_ten_minimised_queries() {
    let long: Vec<_> = (1..=30).map(|n| n.to_string()).collect();
    let name = format!("{}.shop.test", long.join("."));
    let queries = resolve(lab(), Relaxed, &name).await;
    let labels = |line: &str| {
        let (zone, rest) = line.split_once(": ")?;
        Some(format!("{zone}: {} labels", rest.matches('.').count()))
    };
    let lines: Vec<_> = queries.lines().filter_map(labels).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    .: 1 labels
    test: 2 labels
    shop.test: 3 labels
    shop.test: 4 labels
    shop.test: 8 labels
    shop.test: 12 labels
    shop.test: 17 labels
    shop.test: 22 labels
    shop.test: 27 labels
    shop.test: 32 labels
    ");
    let mut resolver = TestResolver::new(lab(), Relaxed);
    let name = "3.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.1.0.0.1.8.0.b.8.b.6.0.2.0.a.2.ip6.arpa";
    let queries = resolver.resolve(name, RecordType::PTR).await;
    insta::assert_snapshot!(queries, @r"
    .: arpa. A
    arpa: ip6.arpa. A
    arpa: 8.b.6.0.2.0.a.2.ip6.arpa. A
    arpa: c.1.0.0.1.8.0.b.8.b.6.0.2.0.a.2.ip6.arpa. A
    arpa: 0.0.0.0.0.0.0.0.c.1.0.0.1.8.0.b.8.b.6.0.2.0.a.2.ip6.arpa. A
    arpa: 3.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.1.0.0.1.8.0.b.8.b.6.0.2.0.a.2.ip6.arpa. PTR
    = NOERROR www.shop.test.
    ");
}

/// DS records of a zone are in its parent: the query with the whole name goes there.
#[tokio::test(start_paused = true)]
async fn ds_records_are_asked_of_the_parent() {
    let mut resolver = TestResolver::new(lab(), Relaxed);
    insta::assert_snapshot!(resolver.resolve("shop.test", RecordType::DS).await, @r"
    .: test. A
    test: shop.test. DS
    = NOERROR
    ");
}

/// Some servers say NXDOMAIN for a name that has no records, but names below it (RFC 8020 forbids
/// it). Strict believes them.
#[tokio::test(start_paused = true)]
async fn nxdomain_for_an_empty_non_terminal_is_believed_in_strict_mode_alone() {
    let lab = || {
        lab_with(replies().edited(|reply| {
            if reply.answers.is_empty() {
                reply.header.rcode = Rcode::NXDOMAIN;
            }
        }))
    };
    insta::assert_snapshot!(resolve(lab(), Relaxed, "deep.under.empty.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    shop.test: deep.under.empty.shop.test. A
    = NOERROR 192.0.2.82
    ");
    insta::assert_snapshot!(resolve(lab(), Strict, "deep.under.empty.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    = NXDOMAIN
    ");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_a_part_of_the_name_receives_all_of_it_in_relaxed_mode() {
    let lab = || {
        lab_with(replies().edited(|reply| {
            if reply.answers.is_empty() {
                reply.header.rcode = Rcode::REFUSED;
                reply.authorities.clear();
            }
        }))
    };
    insta::assert_snapshot!(resolve(lab(), Relaxed, "deep.under.empty.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    shop.test: deep.under.empty.shop.test. A
    = NOERROR 192.0.2.82
    ");
    insta::assert_snapshot!(resolve(lab(), Strict, "deep.under.empty.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    = SERVFAIL
    ");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_a_part_of_the_name_receives_all_of_it_in_relaxed_mode() {
    let is_whole = |query: &dnsparse::DnsPacket| {
        let whole: Name = "deep.under.empty.shop.test".parse().unwrap();
        query
            .questions
            .iter()
            .any(|question| question.qname == whole)
    };
    let lab = || lab_with(replies().only_to(is_whole));
    insta::assert_snapshot!(resolve(lab(), Relaxed, "deep.under.empty.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    shop.test: empty.shop.test. A
    shop.test: deep.under.empty.shop.test. A
    = NOERROR 192.0.2.82
    ");
}

/// One query may be lost, or be sent to the only dead server.
#[tokio::test(start_paused = true)]
async fn one_timeout_does_not_reveal_the_whole_name() {
    let lab = lab();
    lab.script(socket(SHOP), Via::Udp, [no_reply()]);
    insta::assert_snapshot!(resolve(lab, Relaxed, "deep.under.empty.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    shop.test: empty.shop.test. A
    shop.test: under.empty.shop.test. A
    shop.test: deep.under.empty.shop.test. A
    = NOERROR 192.0.2.82
    ");
}

/// RFC 9156 section 3, step 6b: a DNAME redirects the whole name, of which its servers have seen a
/// part.
#[tokio::test(start_paused = true)]
async fn a_dname_redirects_the_whole_name() {
    for mode in [Relaxed, Strict] {
        let queries = resolve(lab(), mode, "deep.host.old.shop.test").await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(queries, @r"
            .: test. A
            test: shop.test. A
            shop.test: old.shop.test. A
            shop.test: host.old.shop.test. A
            shop.test: new.shop.test. A
            shop.test: host.new.shop.test. A
            shop.test: deep.host.new.shop.test. A
            = NOERROR new.shop.test., deep.host.new.shop.test., 192.0.2.87
            ");
        }
    }
    let zones = ZONES.replace("DNAME new", &format!("DNAME {}", "x".repeat(63)));
    let lab = LabBuilder::new().zones(&zones).build().unwrap();
    let long = vec!["y".repeat(60); 3].join(".");
    let result = resolve(lab, Relaxed, &format!("{long}.old.shop.test")).await;
    let (_, answer) = result.split_once("= ").unwrap_or_default();
    let expected = format!("YXDOMAIN {}.shop.test.", "x".repeat(63));
    assert_eq!(
        answer, expected,
        "the whole name gets too long, its part does not:\n{result}"
    );
}

/// A server without AA may deny a name, too. It is the last resort, in strict mode as well, and then
/// the whole name does not exist.
#[tokio::test(start_paused = true)]
async fn strict_shows_no_more_after_nxdomain_without_aa() {
    let deny = replies().edited(|reply| {
        reply.header.rcode = Rcode::NXDOMAIN;
        reply.header.aa = false;
    });
    insta::assert_snapshot!(resolve(lab_with(deny), Strict, "deep.under.empty.shop.test").await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    = NXDOMAIN
    ");
}

/// Chooses the first server, and notes whether replies count against it.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Vec<bool>>>);

impl ServerSelection for Noting {
    fn choose(
        &self,
        zone: &Name,
        question: &Question,
        servers: &[IpAddr],
        timeouts: &TimeoutCounts,
        time_left: Duration,
        random: &mut (impl Rng + Send),
    ) -> Option<Attempt> {
        InOrder.choose(zone, question, servers, timeouts, time_left, random)
    }

    fn handle_outcome(&self, _zone: &Name, _attempt: &Attempt, outcome: &AttemptOutcome) {
        if let AttemptOutcome::Reply { is_lame, .. } = outcome {
            self.0.lock().unwrap().push(*is_lame);
        }
    }
}

/// A server that refuses a part of a name is not lame for the zone: for other questions it is as good
/// as the zone's other servers. In strict mode it receives no other question.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_a_part_of_the_name_does_not_count_against_the_server() {
    let part: Name = "empty.shop.test".parse().unwrap();
    let refuse_part = replies().edited(move |reply| {
        if reply
            .question()
            .is_some_and(|question| question.qname == part)
        {
            reply.header.rcode = Rcode::REFUSED;
        }
    });
    let refuse_all = replies().edited(|reply| reply.header.rcode = Rcode::REFUSED);
    for (mode, fault, reaction, expected) in [
        (
            Relaxed,
            "a part",
            refuse_part.clone(),
            &[false, false, false, false][..],
        ),
        (Relaxed, "all", refuse_all, &[false, false, false, true]),
        // The server does not receive the whole name in strict mode: the refusal is all there is.
        (Strict, "a part", refuse_part, &[false, false, true]),
    ] {
        let TestResolver {
            resolver,
            mut random,
            ..
        } = TestResolver::new(lab_with(reaction), mode);
        let noting = Noting::default();
        let resolver = resolver.with_selection(noting.clone());
        let question = Question {
            qname: "deep.under.empty.shop.test".parse().unwrap(),
            qtype: RecordType::A,
            qclass: Class::IN,
        };
        let mut trace = Trace::default();
        resolver.resolve(&question, &mut random, &mut trace).await;
        let noted = noting.0.lock().unwrap().clone();
        assert_eq!(
            noted, expected,
            "{mode:?}, the server refuses {fault}: is_lame of each reply\n{trace}"
        );
    }
}

/// A zone whose servers never reply costs no more than without minimisation.
#[tokio::test(start_paused = true)]
async fn a_silent_zone_stays_within_the_budget() {
    let mut numbers = Vec::new();
    for mode in [Off, Relaxed, Strict] {
        let queries = resolve(lab_with(no_reply()), mode, "deep.under.empty.shop.test").await;
        numbers.push(format!("{mode:?} {}", queries.lines().count() - 1));
    }
    insta::assert_snapshot!(numbers.join(", "), @"Off 5, Relaxed 5, Strict 5");
}
