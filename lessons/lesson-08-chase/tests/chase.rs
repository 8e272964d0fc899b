//! Lesson 8: does a search reach the answer, however long the way, and does it end where there is
//! none?
//!
//! Each test has a few zones of its own. The clock is paused: waiting takes no time.
#![cfg(test)]

mod given;
mod last_resorts;
mod limits;
mod parts;

use std::net::IpAddr;

use chase::{BUDGET, DEADLINE, Knowledge, MAX_ALIASES, MAX_LOOKUPS, Resolution, Resolver, Trace};
use dnsparse::{Class, Name, Question, Rcode, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, no_reply, repeat, replies};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use referral::Delegation;
use tokio::time::Instant;

/// A lab of these zones. Its root zone names one server.
fn world(zones: &str) -> Lab {
    LabBuilder::new().zones(zones).build().unwrap()
}

/// The root hints of a lab.
fn hints(lab: &Lab) -> Delegation {
    hints_of(lab.root_hints())
}

/// Resolves a name, and returns the result with its trace.
async fn resolve_by(
    lab: &Lab,
    knowledge: impl Knowledge,
    qname: &str,
    qtype: RecordType,
) -> (Resolution, Trace) {
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    };
    let mut trace = Trace::default();
    let mut random = StdRng::seed_from_u64(8);
    let resolution = Resolver::new(lab.clone(), knowledge)
        .resolve(&question, &mut random, &mut trace)
        .await;
    (resolution, trace)
}

async fn resolve_type(lab: &Lab, qname: &str, qtype: RecordType) -> (Resolution, Trace) {
    resolve_by(lab, hints(lab), qname, qtype).await
}

async fn resolve(lab: &Lab, qname: &str) -> (Resolution, Trace) {
    resolve_type(lab, qname, RecordType::A).await
}

/// A resolution as text: RCODE, records, SOA, failure.
fn tell(resolution: &Resolution) -> String {
    let mut text = resolution.rcode.to_string();
    for record in resolution.records.iter().chain(&resolution.soa) {
        text.push_str(&format!("\n{record}").replace('\t', " "));
    }
    if let Some(failure) = &resolution.failure {
        text.push_str(&format!("\n{failure}"));
    }
    text
}

/// Asserts how a search ends; a failure shows its trace.
#[track_caller]
fn expect((resolution, trace): &(Resolution, Trace), expected: &str) {
    let got = format!("{trace}\n→ {}", tell(resolution));
    assert_eq!(got, format!("{trace}\n→ {expected}"));
}

/// Two top-level domains, and zones below both of them; each has its own server.
fn two_domains() -> Lab {
    world(
        "
        $ORIGIN .
        @           NS root.
        root.       A  192.0.2.1
        test.       NS ns.test.
        ns.test.    A  192.0.2.2
        example.    NS ns.example.
        ns.example. A  192.0.2.3

        $ORIGIN test.
        @       NS ns
        ns      A  192.0.2.2
        shop    NS ns.shop
        ns.shop A  192.0.2.4
        bank    NS ns1.farm.example.
        bank    NS ns2.farm.example.

        $ORIGIN example.
        @        NS ns
        ns       A  192.0.2.3
        farm     NS ns1.farm
        farm     NS ns2.farm
        ns1.farm A  192.0.2.5
        ns2.farm A  192.0.2.6

        $ORIGIN shop.test.
        @    NS    ns
        ns   A     192.0.2.4
        www  A     192.0.2.80
        far  CNAME cow.farm.example.
        lost CNAME nosuch.farm.example.
        mute CNAME ns1.farm.example.
        old  DNAME farm.example.

        $ORIGIN farm.example.
        @   NS ns1
        @   NS ns2
        ns1 A  192.0.2.5
        ns2 A  192.0.2.6
        cow A  192.0.2.81

        $ORIGIN bank.test.
        @   NS ns1.farm.example.
        @   NS ns2.farm.example.
        www A  192.0.2.82
        ",
    )
}

#[tokio::test(start_paused = true)]
async fn a_walk_without_detours() {
    let (resolution, trace) = resolve(&two_domains(), "www.shop.test").await;
    insta::assert_snapshot!(tell(&resolution), @r"
    NOERROR
    www.shop.test. 3600 IN A 192.0.2.80
    ");
    insta::assert_snapshot!(trace, @r"
    www.shop.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.2 says: ask the servers of shop.test.
      shop.test.  192.0.2.4 says: 192.0.2.80
    ");
}

#[tokio::test(start_paused = true)]
async fn an_alias_is_followed_across_zones() {
    let (resolution, trace) = resolve(&two_domains(), "far.shop.test").await;
    insta::assert_snapshot!(tell(&resolution), @r"
    NOERROR
    far.shop.test. 3599 IN CNAME cow.farm.example.
    cow.farm.example. 3600 IN A 192.0.2.81
    ");
    insta::assert_snapshot!(trace);
}

/// Without the alias, the client could not know which name does not exist.
#[tokio::test(start_paused = true)]
async fn a_negative_answer_has_the_chain_that_leads_to_it() {
    let (no_name, _) = resolve(&two_domains(), "lost.shop.test").await;
    insta::assert_snapshot!(tell(&no_name), @r"
    NXDOMAIN
    lost.shop.test. 3599 IN CNAME nosuch.farm.example.
    farm.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
    let (no_data, _) = resolve_type(&two_domains(), "mute.shop.test", RecordType::TXT).await;
    insta::assert_snapshot!(tell(&no_data), @r"
    NOERROR
    mute.shop.test. 3599 IN CNAME ns1.farm.example.
    farm.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
}

#[tokio::test(start_paused = true)]
async fn a_dname_is_followed_too() {
    let (resolution, _) = resolve(&two_domains(), "cow.old.shop.test").await;
    insta::assert_snapshot!(tell(&resolution), @r"
    NOERROR
    old.shop.test. 3599 IN DNAME farm.example.
    cow.old.shop.test. 3599 IN CNAME cow.farm.example.
    cow.farm.example. 3600 IN A 192.0.2.81
    ");
}

#[tokio::test(start_paused = true)]
async fn a_cname_that_does_not_follow_from_its_dname_is_refused() {
    let lab = two_domains();
    let lie = replies().edited(|packet| {
        let other = "cow.old.shop.test. 3600 CNAME www.shop.test."
            .parse()
            .unwrap();
        packet
            .answers
            .retain(|record| record.rtype() == RecordType::DNAME);
        packet.answers.push(other);
    });
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Udp, [repeat(lie)]);
    let (resolution, _) = resolve(&lab, "cow.old.shop.test").await;
    insta::assert_snapshot!(tell(&resolution), @r"
    SERVFAIL
    the CNAME of cow.old.shop.test. does not follow from the DNAME that came with it (RFC 6672 section 3.1)
    ");
}

/// bank.test is served by hosts of farm.example, so that test has no addresses for them.
#[tokio::test(start_paused = true)]
async fn servers_without_glue_are_looked_up() {
    let search = resolve(&two_domains(), "www.bank.test").await;
    expect(&search, "NOERROR\nwww.bank.test. 3600 IN A 192.0.2.82");
    insta::assert_snapshot!(search.1);
}

/// Knowledge in which every server has the same addresses.
struct SameAddresses {
    hints: Delegation,
    addresses: Vec<IpAddr>,
}

impl Knowledge for SameAddresses {
    fn closest_delegation(&self, _question: &Question) -> Delegation {
        self.hints.clone()
    }

    fn cached_addresses(&self, _server: &Name) -> Option<Vec<IpAddr>> {
        Some(self.addresses.clone())
    }
}

/// The parent zone has an outdated address of a server, the server's own zone has the right one.
#[tokio::test(start_paused = true)]
async fn a_server_whose_glue_fails_is_looked_up_in_its_own_zone() {
    let lab = world(
        "
        $ORIGIN .
        @        NS root.
        root.    A  192.0.2.1
        farm.    NS a.farm.
        a.farm.  A  192.0.2.4
        shop.    NS ns.farm.
        ns.farm. A  192.0.2.9

        $ORIGIN farm.
        @  NS a
        a  A  192.0.2.4
        ns A  192.0.2.5

        $ORIGIN shop.
        @   NS ns.farm.
        www A  192.0.2.80
        ",
    );
    let old: IpAddr = "192.0.2.9".parse().unwrap();
    lab.script((old, 53).into(), Via::Udp, [repeat(no_reply())]);
    let found = "NOERROR\nwww.shop. 3600 IN A 192.0.2.80";
    expect(&resolve(&lab, "www.shop").await, found);
    let cached = SameAddresses {
        hints: hints(&lab),
        addresses: vec![old],
    };
    let search = resolve_by(&lab, cached, "www.shop", RecordType::A).await;
    expect(&search, found);
    let trace = search.1.to_string();
    assert!(
        trace.contains("\n  ns.farm. A\n"),
        "ns.farm is looked up:\n{trace}"
    );
}

/// Cached knowledge takes no time: a loop within it would never yield, and not even the deadline
/// could end it.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_listed_twice_does_not_keep_the_search_going() {
    let lab = two_domains();
    let twice = replies().edited(|packet| {
        let referral = packet.authorities.pop().unwrap();
        packet.authorities = vec![referral.clone(), referral];
    });
    lab.script("192.0.2.2:53".parse().unwrap(), Via::Udp, [repeat(twice)]);
    let knowledge = SameAddresses {
        hints: hints(&lab),
        addresses: Vec::new(),
    };
    let search = resolve_by(&lab, knowledge, "www.bank.test", RecordType::A).await;
    let failed =
        "SERVFAIL\nno usable reply from the servers of bank.test.: none has a known address";
    expect(&search, failed);
}

/// A chain of aliases from a0 to the address at the end, each in the zone `test`, but sent one at a
/// time.
fn aliases(count: usize) -> Lab {
    let aliases: String = (0..count)
        .map(|n| format!("a{n} CNAME a{}\n", n + 1))
        .collect();
    let lab = world(&format!(
        "
        $ORIGIN .
        @        NS root.
        root.    A  192.0.2.1
        test.    NS ns.test.
        ns.test. A  192.0.2.2

        $ORIGIN test.
        @        NS ns
        ns       A  192.0.2.2
        a{count} A  192.0.2.80
        {aliases}
        "
    ));
    let one = replies().edited(|packet| packet.answers.truncate(1));
    lab.script("192.0.2.2:53".parse().unwrap(), Via::Udp, [repeat(one)]);
    lab
}

#[tokio::test(start_paused = true)]
async fn sixteen_aliases_are_followed_and_no_more() {
    let (enough, trace) = resolve(&aliases(MAX_ALIASES), "a0.test").await;
    assert_eq!(
        format!("{}, {} records", enough.rcode, enough.records.len()),
        format!("NOERROR, {} records", MAX_ALIASES + 1),
        "16 aliases and an address, each of them in a reply of its own:\n{trace}"
    );
    let (too_many, _) = resolve(&aliases(MAX_ALIASES + 1), "a0.test").await;
    insta::assert_snapshot!(tell(&too_many), @r"
    SERVFAIL
    more than 16 aliases; the last leads to a17.test.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_loop_of_aliases_is_found_at_once() {
    let lab = world(
        "
        $ORIGIN .
        @        NS root.
        root.    A  192.0.2.1
        test.    NS ns.test.
        ns.test. A  192.0.2.2

        $ORIGIN test.
        @   NS    ns
        ns  A     192.0.2.2
        hen CNAME egg
        egg CNAME hen
        me  CNAME me
        ",
    );
    let (circle, _) = resolve(&lab, "hen.test").await;
    insta::assert_snapshot!(tell(&circle), @r"
    SERVFAIL
    the aliases loop back to hen.test.
    ");
    let (itself, _) = resolve(&lab, "me.test").await;
    insta::assert_snapshot!(tell(&itself), @r"
    SERVFAIL
    the aliases loop back to me.test.
    ");
    assert_eq!(
        lab.queries().len(),
        4,
        "the number of queries, two for each name: no second round\n{}",
        lab.trace()
    );
}

/// A server follows the aliases within its zone by itself, and puts all of them into one reply.
#[tokio::test(start_paused = true)]
async fn aliases_in_one_reply_are_counted_too() {
    for count in [MAX_ALIASES, MAX_ALIASES + 1] {
        let lab = aliases(count);
        lab.script(
            "192.0.2.2:53".parse().unwrap(),
            Via::Udp,
            [repeat(replies())],
        );
        let (resolution, trace) = resolve(&lab, "a0.test").await;
        let expected = match count {
            MAX_ALIASES => Rcode::NOERROR,
            _ => Rcode::SERVFAIL,
        };
        assert_eq!(
            resolution.rcode.to_string(),
            expected.to_string(),
            "the RCODE, with {count} aliases in one reply, where {MAX_ALIASES} are followed\n{trace}"
        );
    }
}

/// The way to a server of left.test leads through right.test, and the other way round.
#[tokio::test(start_paused = true)]
async fn zones_that_need_each_other_cannot_be_reached() {
    let lab = world(
        "
        $ORIGIN .
        @        NS root.
        root.    A  192.0.2.1
        test.    NS ns.test.
        ns.test. A  192.0.2.2

        $ORIGIN test.
        @     NS ns
        ns    A  192.0.2.2
        left  NS ns.right
        right NS ns.left
        ",
    );
    let search = resolve(&lab, "www.left.test").await;
    let failed =
        "SERVFAIL\nno usable reply from the servers of left.test.: none has a known address";
    expect(&search, failed);
    insta::assert_snapshot!(search.1);
}

/// Zone z0 is served by a host of z1, that by a host of z2, and so on; the last but one has glue.
/// So the address of a server of z0 takes one walk within the other for each zone but two.
fn nested(depth: usize) -> Lab {
    let mut root = format!("z{depth}. NS ns.z{depth}.\nns.z{depth}. A 192.0.2.2\n");
    let mut zones = String::new();
    for n in 0..=depth {
        let host = format!("ns.z{}.", depth.min(n + 1));
        if n < depth {
            root.push_str(&format!("z{n}. NS {host}\n"));
        }
        zones.push_str(&format!(
            "$ORIGIN z{n}.\n@ NS {host}\nns A 192.0.2.2\nwww A 192.0.2.80\n"
        ));
    }
    world(&format!(
        "
        $ORIGIN .
        @     NS root.
        root. A  192.0.2.1
        {root}
        {zones}
        "
    ))
}

#[tokio::test(start_paused = true)]
async fn eight_nested_walks_are_enough() {
    let search = resolve(&nested(9), "www.z0").await;
    expect(&search, "NOERROR\nwww.z0. 3600 IN A 192.0.2.80");
    let search = resolve(&nested(10), "www.z0").await;
    let failed = "SERVFAIL\nno usable reply from the servers of z0.: none has a known address";
    expect(&search, failed);
    let trace = search.1.to_string();
    assert!(
        trace.contains("ns.z9. is not looked up"),
        "the ninth nested walk, for ns.z9, does not begin:\n{trace}"
    );
}

/// Twenty servers' names, each in a zone with twenty more, and so on: three levels would be 8,000
/// queries.
fn tree() -> Lab {
    let refer = |zone: &str, to: &str| -> String {
        (0..20)
            .map(|n| format!("{zone} NS ns{n}.{to}.\n"))
            .collect()
    };
    let leaves: String = (0..20)
        .map(|n| refer(&format!("ns{n}.b"), &format!("c{n}.example")))
        .collect();
    world(&format!(
        "
        $ORIGIN .
        @           NS    root.
        root.       A     192.0.2.1
        ok.         NS    ns.ok.
        ns.ok.      A     192.0.2.2
        example.    NS    ns.example.
        ns.example. A     192.0.2.3
        {evil}

        $ORIGIN example.
        @           NS    ns
        ns          A     192.0.2.3
        {a}
        {leaves}

        $ORIGIN ok.
        @           NS    ns
        ns          A     192.0.2.2
        to          CNAME www.evil.
        www         A     192.0.2.80
        ",
        evil = refer("evil", "a.example"),
        a = refer("a", "b.example"),
    ))
}

/// The attacker sends one query, the servers of `example` pay for it (NXNSAttack).
#[tokio::test(start_paused = true)]
async fn a_tree_of_server_names_is_cut_off() {
    let lab = tree();
    let search = resolve(&lab, "www.evil").await;
    let failed = "SERVFAIL\nno usable reply from the servers of evil.: none has a known address";
    expect(&search, failed);
    let trace = search.1.to_string();
    let walks = trace.matches("  .  192.0.2.1 says").count();
    assert_eq!(
        walks,
        1 + MAX_LOOKUPS,
        "the number of walks that begin at the root, with {MAX_LOOKUPS} lookups:\n{trace}"
    );
    let too_many = "is not looked up: 16 names were already";
    assert!(trace.contains(too_many), "the trace says so:\n{trace}");
}

/// Nine zones, one below the other, with a name in the lowest. Each has twelve servers, of which
/// eleven are unusable: that makes 1 + 9 * 12 queries, and no name to be looked up.
const SUMMIT: &str = "www.z8.z7.z6.z5.z4.z3.z2.z1.z0";

/// The zone at a level: `z0.`, `z1.z0.`, and so on.
fn zone_at(level: usize) -> String {
    (0..=level).rev().map(|n| format!("z{n}.")).collect()
}

fn uphill() -> Lab {
    // The delegation of the zone at a level, in the zone and in the one above.
    let delegation = |level: usize| -> String {
        let zone = zone_at(level);
        (0..12)
            .map(|n| {
                // The last server is the only one that serves the zone.
                let address = if n < 11 { 100 + n } else { 120 + level };
                format!("{zone} NS ns{n}.{zone}\nns{n}.{zone} A 192.0.2.{address}\n")
            })
            .collect()
    };
    let zones: String = (0..9)
        .map(|level| {
            let (zone, above) = (zone_at(level), delegation(level));
            let below = if level < 8 {
                delegation(level + 1)
            } else {
                String::new()
            };
            format!("$ORIGIN {zone}\nwww A 192.0.2.80\n{above}{below}")
        })
        .collect();
    let lab = world(&format!(
        "
        $ORIGIN .
        @      NS    root.
        root.  A     192.0.2.1
        ok.    NS    ns.ok.
        ns.ok. A     192.0.2.2
        {z0}

        $ORIGIN ok.
        @      NS    ns
        ns     A     192.0.2.2
        to     CNAME {SUMMIT}.
        {zones}
        ",
        z0 = delegation(0)
    ));
    for n in 100..111 {
        let refuses = replies().with_rcode(Rcode::REFUSED);
        let server = format!("192.0.2.{n}:53").parse().unwrap();
        lab.script(server, Via::Udp, [repeat(refuses)]);
    }
    lab
}

#[tokio::test(start_paused = true)]
async fn an_answer_costs_a_hundred_queries_at_most() {
    let lab = uphill();
    let search = resolve(&lab, SUMMIT).await;
    let failed = "SERVFAIL\nno answer after 100 upstream queries";
    assert_eq!(
        format!("{} queries, then {}", lab.queries().len(), tell(&search.0)),
        format!("{BUDGET} queries, then {failed}"),
        "the queries that reached a server, and the end of the search"
    );
}

/// Queries sent before the alias count too.
#[tokio::test(start_paused = true)]
async fn an_alias_does_not_renew_the_budget() {
    let lab = uphill();
    let search = resolve(&lab, "to.ok").await;
    let failed = "SERVFAIL\nno answer after 100 upstream queries";
    assert_eq!(
        format!("{} queries, then {}", lab.queries().len(), tell(&search.0)),
        format!("{BUDGET} queries, then {failed}"),
        "the queries that reached a server, and the end of the search"
    );
}

#[tokio::test(start_paused = true)]
async fn a_query_repeated_over_tcp_counts_twice() {
    let lab = two_domains();
    let truncated = replies().truncated();
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Udp, [truncated]);
    let counted = |(resolution, trace): &(Resolution, Trace)| {
        let Resolution { rcode, queries, .. } = resolution;
        format!("{trace}\n→ {rcode} after {queries} queries")
    };
    let whole = counted(&resolve(&lab, "www.shop.test").await);

    // Also if no reply comes over TCP.
    let truncated = replies().truncated();
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Udp, [truncated]);
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Tcp, [no_reply()]);
    let cut_off = counted(&resolve(&lab, "www.shop.test").await);
    let sent = lab.queries().len();
    insta::assert_snapshot!(format!("{whole}\n\n{cut_off}\n\n{sent} queries were sent"), @r"
    www.shop.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.2 says: ask the servers of shop.test.
      shop.test.  192.0.2.4 says: 192.0.2.80
    → NOERROR after 4 queries

    www.shop.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.2 says: ask the servers of shop.test.
      shop.test.  192.0.2.4 timed out
    SERVFAIL: no usable reply from the servers of shop.test.: 192.0.2.4 timed out
    → SERVFAIL after 4 queries

    8 queries were sent
    ");
}

#[tokio::test(start_paused = true)]
async fn after_a_timeout_another_server_is_queried() {
    let lab = two_domains();
    lab.script(
        "192.0.2.5:53".parse().unwrap(),
        Via::Udp,
        [repeat(no_reply())],
    );
    let search = resolve(&lab, "cow.farm.example").await;
    expect(&search, "NOERROR\ncow.farm.example. 3600 IN A 192.0.2.81");
    insta::assert_snapshot!(search.1);
}

#[tokio::test(start_paused = true)]
async fn after_an_unusable_reply_another_server_is_queried() {
    let lab = two_domains();
    let upward = replies().edited(|packet| {
        packet.header.aa = false;
        packet.answers.clear();
        packet.authorities = vec![". 60 NS root.".parse().unwrap()];
    });
    for unusable in [
        replies().with_rcode(Rcode::REFUSED),
        replies().with_rcode(Rcode::SERVFAIL),
        upward,
        replies().truncated(),
    ] {
        lab.script(
            "192.0.2.5:53".parse().unwrap(),
            Via::Udp,
            [unusable.clone()],
        );
        lab.script(
            "192.0.2.5:53".parse().unwrap(),
            Via::Tcp,
            [repeat(unusable)],
        );
        let search = resolve(&lab, "cow.farm.example").await;
        expect(&search, "NOERROR\ncow.farm.example. 3600 IN A 192.0.2.81");
        let trace = search.1.to_string();
        assert!(
            trace.contains("192.0.2.6 says: 192.0.2.81"),
            "the zone's other server, 192.0.2.6, gives the answer:\n{trace}"
        );
    }
}

/// A server older than EDNS: it cannot parse the query with EDNS, and can parse the one without.
#[tokio::test(start_paused = true)]
async fn a_server_without_edns_is_queried_again_without_it() {
    let lab = two_domains();
    let formerr = replies().edited(|packet| {
        packet.header.rcode = Rcode::FORMERR;
        packet.answers.clear();
        packet.edns = None;
    });
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Udp, [formerr]);
    let search = resolve(&lab, "www.shop.test").await;
    expect(&search, "NOERROR\nwww.shop.test. 3600 IN A 192.0.2.80");
    let last = lab.queries().pop().and_then(|query| query.packet());
    let has_edns = last.map(|packet| packet.edns.is_some());
    assert_eq!(
        has_edns,
        Some(false),
        "whether the last query has EDNS, after FORMERR to one that had\n{}",
        lab.trace()
    );
}

/// The deadline is the client's: after it, no client waits for the answer any more.
#[tokio::test(start_paused = true)]
async fn a_search_among_dead_servers_fails_in_time() {
    let dead: String = (10..30)
        .map(|n| format!("dead. NS ns{n}.dead.\nns{n}.dead. A 192.0.2.{n}\n"))
        .collect();
    let lab = world(&format!(
        "
        $ORIGIN .
        @     NS root.
        root. A  192.0.2.1
        {dead}
        "
    ));
    let start = Instant::now();
    let (resolution, trace) = resolve(&lab, "www.dead").await;
    assert!(
        start.elapsed() <= DEADLINE,
        "the search took {} ms, where {} ms are allowed\n{trace}",
        start.elapsed().as_millis(),
        DEADLINE.as_millis()
    );
    let failure = tell(&resolution);
    let expected = "SERVFAIL\nno answer within 4.5s: timed out: 192.0.2.10, 192.0.2.11, ";
    assert!(
        failure.starts_with(expected),
        "expected {expected}…\ngot {failure}\n{trace}"
    );
}

#[tokio::test(start_paused = true)]
async fn ten_wrong_ids_do_not_hide_the_right_one() {
    let lab = two_domains();
    let flood = (1..=10).fold(no_reply(), |all, n| {
        all.and(replies().with_id_plus(n).after_ms(u64::from(n)))
    });
    lab.script(
        "192.0.2.4:53".parse().unwrap(),
        Via::Udp,
        [flood.and(replies().after_ms(20))],
    );
    let search = resolve(&lab, "www.shop.test").await;
    expect(&search, "NOERROR\nwww.shop.test. 3600 IN A 192.0.2.80");
}

/// Upstream queries have RD clear: an iterative resolver asks no server for recursion.
#[tokio::test(start_paused = true)]
async fn queries_are_without_rd_and_their_ids_differ() {
    let lab = two_domains();
    resolve(&lab, "www.shop.test").await;
    let packets: Vec<_> = lab
        .queries()
        .iter()
        .map(|query| query.packet().unwrap())
        .collect();
    let lines = packets.iter().map(|packet| {
        let rd = if packet.header.rd { "RD" } else { "no RD" };
        let edns = if packet.edns.is_some() {
            "EDNS"
        } else {
            "no EDNS"
        };
        let question = &packet.questions[0];
        format!("{} {}: {rd}, {edns}", question.qname, question.qtype)
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    www.shop.test. A: no RD, EDNS
    www.shop.test. A: no RD, EDNS
    www.shop.test. A: no RD, EDNS
    ");
    let ids: Vec<_> = packets.iter().map(|packet| packet.header.id).collect();
    let different: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(
        different.len(),
        ids.len(),
        "the number of different ids, in three queries with the ids {ids:?}"
    );
}
