//! Lesson 8: does a search reach the answer, however long the way, and does it end where there is
//! none?
//!
//! Each test has a few zones of its own. The clock is paused: waiting takes no time.
#![cfg(test)]

mod last_resorts;
mod parts;

use std::net::IpAddr;

use chase::{BUDGET, DEADLINE, Knowledge, MAX_ALIASES, MAX_LOOKUPS, Resolution, Resolver, Trace};
use dnsparse::{Class, Name, Question, Rcode, RecordType};
use lab::{Lab, LabBuilder, for_ever, says, silence};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use referral::{Delegation, NameServer};
use tokio::time::Instant;

const ROOT: &str = "192.0.2.1";

/// A world of zones, each with an SOA and its text. There is a root zone among them, served at
/// 192.0.2.1.
fn world(zones: &[(&str, &str)]) -> Lab {
    let with_soa = |text: &str| {
        format!("$TTL 3600\n@ SOA ns.invalid. mail.invalid. 1 1800 900 604800 300\n{text}")
    };
    let add =
        |world: LabBuilder, (origin, text): &(&str, &str)| world.zone(origin, &with_soa(text));
    zones.iter().fold(LabBuilder::new(), add).build().unwrap()
}

/// Where that root zone is.
fn hints() -> Delegation {
    Delegation {
        zone: ".".parse().unwrap(),
        ttl: 3_600,
        servers: vec![NameServer {
            name: "root".parse().unwrap(),
            addresses: vec![ROOT.parse().unwrap()],
        }],
    }
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
    resolve_by(lab, hints(), qname, qtype).await
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

/// Two top-level domains, and zones below both of them; each has its own server.
fn two_domains() -> Lab {
    world(&[
        (
            ".",
            "@ NS root.\nroot. A 192.0.2.1\ntest. NS ns.test.\nns.test. A 192.0.2.2\nexample. NS ns.example.\nns.example. A 192.0.2.3",
        ),
        (
            "test.",
            "@ NS ns\nns A 192.0.2.2\nshop NS ns.shop\nns.shop A 192.0.2.4\nbank NS ns1.farm.example.\nbank NS ns2.farm.example.",
        ),
        (
            "example.",
            "@ NS ns\nns A 192.0.2.3\nfarm NS ns1.farm\nfarm NS ns2.farm\nns1.farm A 192.0.2.5\nns2.farm A 192.0.2.6",
        ),
        (
            "shop.test.",
            "@ NS ns\nns A 192.0.2.4\nwww A 192.0.2.80\nfar CNAME cow.farm.example.\nlost CNAME nosuch.farm.example.\nmute CNAME ns1.farm.example.\nold DNAME farm.example.",
        ),
        (
            "farm.example.",
            "@ NS ns1\n@ NS ns2\nns1 A 192.0.2.5\nns2 A 192.0.2.6\ncow A 192.0.2.81",
        ),
        (
            "bank.test.",
            "@ NS ns1.farm.example.\n@ NS ns2.farm.example.\nwww A 192.0.2.82",
        ),
    ])
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
    let lie = says().edited(|packet| {
        let other = "cow.old.shop.test. 3600 CNAME www.shop.test."
            .parse()
            .unwrap();
        packet
            .answers
            .retain(|record| record.rtype() == RecordType::DNAME);
        packet.answers.push(other);
    });
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Udp, [for_ever(lie)]);
    let (resolution, _) = resolve(&lab, "cow.old.shop.test").await;
    insta::assert_snapshot!(tell(&resolution), @r"
    SERVFAIL
    the CNAME of cow.old.shop.test. does not follow from the DNAME that came with it (RFC 6672 section 3.1)
    ");
}

/// bank.test is served by hosts of farm.example, so that test has no addresses for them.
#[tokio::test(start_paused = true)]
async fn servers_without_glue_are_looked_up() {
    let (resolution, trace) = resolve(&two_domains(), "www.bank.test").await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
    insta::assert_snapshot!(trace);
}

/// Knowledge in which every server has the same addresses.
struct SameAddresses(Vec<IpAddr>);

impl Knowledge for SameAddresses {
    fn closest_delegation(&self, _question: &Question) -> Delegation {
        hints()
    }

    fn cached_addresses(&self, _server: &Name) -> Option<Vec<IpAddr>> {
        Some(self.0.clone())
    }
}

/// The parent zone has an outdated address of a server, the server's own zone has the right one.
#[tokio::test(start_paused = true)]
async fn a_server_whose_glue_fails_is_looked_up_in_its_own_zone() {
    let lab = world(&[
        (
            ".",
            "@ NS root.\nroot. A 192.0.2.1\nfarm. NS a.farm.\na.farm. A 192.0.2.4\nshop. NS ns.farm.\nns.farm. A 192.0.2.9",
        ),
        ("farm.", "@ NS a\na A 192.0.2.4\nns A 192.0.2.5"),
        ("shop.", "@ NS ns.farm.\nwww A 192.0.2.80"),
    ]);
    let old: IpAddr = "192.0.2.9".parse().unwrap();
    lab.script((old, 53).into(), Via::Udp, [for_ever(silence())]);
    let (resolution, _) = resolve(&lab, "www.shop").await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
    let cached = SameAddresses(vec![old]);
    let (resolution, trace) = resolve_by(&lab, cached, "www.shop", RecordType::A).await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{trace}");
    assert!(trace.to_string().contains("\n  ns.farm. A\n"), "{trace}");
}

/// Cached knowledge takes no time: a loop within it would never yield, and not even the deadline
/// could end it.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_listed_twice_does_not_keep_the_search_going() {
    let lab = two_domains();
    let twice = says().edited(|packet| {
        let referral = packet.authorities.pop().unwrap();
        packet.authorities = vec![referral.clone(), referral];
    });
    lab.script("192.0.2.2:53".parse().unwrap(), Via::Udp, [for_ever(twice)]);
    let knowledge = SameAddresses(Vec::new());
    let (resolution, _) = resolve_by(&lab, knowledge, "www.bank.test", RecordType::A).await;
    assert_eq!(
        tell(&resolution),
        "SERVFAIL\nno usable reply from the servers of bank.test.: none has a known address"
    );
}

/// A chain of aliases from a0 to the address at the end, each in the zone `test`, but told one at a time.
fn aliases(count: usize) -> Lab {
    let mut zone = String::from("@ NS ns\nns A 192.0.2.2\n");
    for n in 0..count {
        zone.push_str(&format!("a{n} CNAME a{}\n", n + 1));
    }
    zone.push_str(&format!("a{count} A 192.0.2.80\n"));
    let lab = world(&[
        (
            ".",
            "@ NS root.\nroot. A 192.0.2.1\ntest. NS ns.test.\nns.test. A 192.0.2.2",
        ),
        ("test.", &zone),
    ]);
    let one = says().edited(|packet| packet.answers.truncate(1));
    lab.script("192.0.2.2:53".parse().unwrap(), Via::Udp, [for_ever(one)]);
    lab
}

#[tokio::test(start_paused = true)]
async fn sixteen_aliases_are_followed_and_no_more() {
    let (enough, _) = resolve(&aliases(MAX_ALIASES), "a0.test").await;
    assert_eq!(
        (enough.rcode, enough.records.len()),
        (Rcode::NOERROR, MAX_ALIASES + 1)
    );
    let (too_many, _) = resolve(&aliases(MAX_ALIASES + 1), "a0.test").await;
    insta::assert_snapshot!(tell(&too_many), @r"
    SERVFAIL
    more than 16 aliases; the last leads to a17.test.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_loop_of_aliases_is_found_at_once() {
    let lab = world(&[
        (
            ".",
            "@ NS root.\nroot. A 192.0.2.1\ntest. NS ns.test.\nns.test. A 192.0.2.2",
        ),
        (
            "test.",
            "@ NS ns\nns A 192.0.2.2\nhen CNAME egg\negg CNAME hen\nme CNAME me",
        ),
    ]);
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
        "two queries for each: no second round"
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
            [for_ever(says())],
        );
        let (resolution, _) = resolve(&lab, "a0.test").await;
        let expected = match count {
            MAX_ALIASES => Rcode::NOERROR,
            _ => Rcode::SERVFAIL,
        };
        assert_eq!(resolution.rcode, expected, "{count} aliases");
    }
}

/// The way to a server of left.test leads through right.test, and the other way round.
#[tokio::test(start_paused = true)]
async fn zones_that_need_each_other_cannot_be_reached() {
    let lab = world(&[
        (
            ".",
            "@ NS root.\nroot. A 192.0.2.1\ntest. NS ns.test.\nns.test. A 192.0.2.2",
        ),
        (
            "test.",
            "@ NS ns\nns A 192.0.2.2\nleft NS ns.right\nright NS ns.left",
        ),
    ]);
    let (resolution, trace) = resolve(&lab, "www.left.test").await;
    assert_eq!(resolution.rcode, Rcode::SERVFAIL);
    insta::assert_snapshot!(trace);
}

/// Zone z0 is served by a host of z1, that by a host of z2, and so on; the last but one has glue. So the address of a server of z0
/// takes one walk within the other for each zone but two.
fn nested(depth: usize) -> Lab {
    let mut zones = vec![(".".to_owned(), "@ NS root.\nroot. A 192.0.2.1\n".to_owned())];
    for n in 0..depth {
        zones[0].1.push_str(&format!("z{n}. NS ns.z{}.\n", n + 1));
        zones.push((
            format!("z{n}."),
            format!("@ NS ns.z{}.\nns A 192.0.2.2\nwww A 192.0.2.80\n", n + 1),
        ));
    }
    zones[0].1.push_str(&format!(
        "z{depth}. NS ns.z{depth}.\nns.z{depth}. A 192.0.2.2\n"
    ));
    zones.push((
        format!("z{depth}."),
        "@ NS ns\nns A 192.0.2.2\nwww A 192.0.2.80\n".to_owned(),
    ));
    let zones: Vec<_> = zones
        .iter()
        .map(|(origin, text)| (origin.as_str(), text.as_str()))
        .collect();
    world(&zones)
}

#[tokio::test(start_paused = true)]
async fn eight_nested_walks_are_enough() {
    let (deep, _) = resolve(&nested(9), "www.z0").await;
    assert_eq!((deep.rcode, deep.records.len()), (Rcode::NOERROR, 1));
    let (too_deep, trace) = resolve(&nested(10), "www.z0").await;
    assert_eq!(too_deep.rcode, Rcode::SERVFAIL);
    assert!(
        trace.to_string().contains("ns.z9. is not looked up"),
        "{trace}"
    );
}

/// Twenty servers' names, each in a zone with twenty more, and so on: three levels would be 8,000 questions.
fn tree() -> Lab {
    let names = |zone: &str| {
        (0..20)
            .map(|n| format!("@ NS ns{n}.{zone}.\n"))
            .collect::<String>()
    };
    let refer = |zone: &str, to: &str| names(to).replace('@', zone);
    let mut root =
        String::from("@ NS root.\nroot. A 192.0.2.1\nok. NS ns.ok.\nns.ok. A 192.0.2.2\n");
    root.push_str(&refer("evil", "a.example"));
    root.push_str("example. NS ns.example.\nns.example. A 192.0.2.3\n");
    let mut example = String::from("@ NS ns\nns A 192.0.2.3\n");
    example.push_str(&refer("a", "b.example"));
    for n in 0..20 {
        example.push_str(&refer(&format!("ns{n}.b"), &format!("c{n}.example")));
    }
    world(&[
        (".", &root),
        ("example.", &example),
        (
            "ok.",
            "@ NS ns\nns A 192.0.2.2\nto CNAME www.evil.\nwww A 192.0.2.80",
        ),
    ])
}

/// The attacker sends one query, the servers of `example` pay for it (NXNSAttack).
#[tokio::test(start_paused = true)]
async fn a_tree_of_server_names_is_cut_off() {
    let lab = tree();
    let (resolution, trace) = resolve(&lab, "www.evil").await;
    assert_eq!(
        tell(&resolution),
        "SERVFAIL\nno usable reply from the servers of evil.: none has a known address"
    );
    let walks = trace.to_string().matches("  .  192.0.2.1 says").count();
    assert_eq!(walks, 1 + MAX_LOOKUPS, "{trace}");
    let too_many = "is not looked up: 16 names were already";
    assert!(trace.to_string().contains(too_many), "{trace}");
}

/// Six zones, one below the other, with a name in the lowest. Each has twenty servers, of which nineteen are of no use: that makes
/// 1 + 6 * 20 questions, and no name to be looked up.
const SUMMIT: &str = "www.z5.z4.z3.z2.z1.z0";

fn uphill() -> Lab {
    let mut zones = vec![(
        String::from("."),
        String::from("@ NS root.\nroot. A 192.0.2.1\n"),
    )];
    zones[0].1.push_str("ok. NS ns.ok.\nns.ok. A 192.0.2.2\n");
    for level in 0..6 {
        let above = zones[level].0.clone();
        let zone = format!("z{level}.{}", above.trim_start_matches('.'));
        let mut text = String::from("www A 192.0.2.80\n");
        for n in 0..20 {
            // The last of them is this zone's own.
            let address = if n < 19 { 100 + n } else { 120 + level };
            let line = format!("{zone} NS ns{n}.{zone}\nns{n}.{zone} A 192.0.2.{address}\n");
            zones[level].1.push_str(&line);
            text.push_str(&line);
        }
        zones.push((zone, text));
    }
    let ok = format!("@ NS ns\nns A 192.0.2.2\nto CNAME {SUMMIT}.");
    zones.push((String::from("ok."), ok));
    let zones: Vec<_> = zones
        .iter()
        .map(|(at, text)| (at.as_str(), text.as_str()))
        .collect();
    let lab = world(&zones);
    for n in 100..119 {
        let refuses = says().with_rcode(Rcode::REFUSED);
        let server = format!("192.0.2.{n}:53").parse().unwrap();
        lab.script(server, Via::Udp, [for_ever(refuses)]);
    }
    lab
}

#[tokio::test(start_paused = true)]
async fn an_answer_costs_a_hundred_queries_at_most() {
    let lab = uphill();
    let (resolution, _) = resolve(&lab, SUMMIT).await;
    assert_eq!(
        tell(&resolution),
        "SERVFAIL\nno answer after 100 upstream queries"
    );
    assert_eq!(lab.queries().len(), BUDGET);
}

/// Queries sent before the alias count too.
#[tokio::test(start_paused = true)]
async fn an_alias_does_not_renew_the_budget() {
    let lab = uphill();
    let (resolution, _) = resolve(&lab, "to.ok").await;
    assert_eq!(
        tell(&resolution),
        "SERVFAIL\nno answer after 100 upstream queries"
    );
    assert_eq!(lab.queries().len(), BUDGET);
}

#[tokio::test(start_paused = true)]
async fn a_query_repeated_over_tcp_counts_twice() {
    let lab = two_domains();
    let truncated = says().truncated();
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Udp, [truncated]);
    let (resolution, _) = resolve(&lab, "www.shop.test").await;
    assert_eq!((resolution.rcode, resolution.queries), (Rcode::NOERROR, 4));
    assert_eq!(lab.queries().len(), 4);

    let truncated = says().truncated();
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Udp, [truncated]);
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Tcp, [silence()]);
    let (resolution, _) = resolve(&lab, "www.shop.test").await;
    assert_eq!(
        (resolution.rcode, resolution.queries),
        (Rcode::SERVFAIL, 4),
        "also if no reply comes over TCP"
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_timeout_another_server_is_queried() {
    let lab = two_domains();
    lab.script(
        "192.0.2.5:53".parse().unwrap(),
        Via::Udp,
        [for_ever(silence())],
    );
    let (resolution, trace) = resolve(&lab, "cow.farm.example").await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
    insta::assert_snapshot!(trace);
}

#[tokio::test(start_paused = true)]
async fn after_an_unusable_reply_another_server_is_queried() {
    let lab = two_domains();
    let upward = says().edited(|packet| {
        packet.header.aa = false;
        packet.answers.clear();
        packet.authorities = vec![". 60 NS root.".parse().unwrap()];
    });
    for unusable in [
        says().with_rcode(Rcode::REFUSED),
        says().with_rcode(Rcode::SERVFAIL),
        upward,
        says().truncated(),
    ] {
        lab.script(
            "192.0.2.5:53".parse().unwrap(),
            Via::Udp,
            [unusable.clone()],
        );
        lab.script(
            "192.0.2.5:53".parse().unwrap(),
            Via::Tcp,
            [for_ever(unusable)],
        );
        let (resolution, trace) = resolve(&lab, "cow.farm.example").await;
        assert_eq!(resolution.rcode, Rcode::NOERROR, "{trace}");
        assert!(
            trace.to_string().contains("192.0.2.6 says: 192.0.2.81"),
            "{trace}"
        );
    }
}

/// A server older than EDNS: it cannot parse the query with EDNS, and can parse the one without.
#[tokio::test(start_paused = true)]
async fn a_server_without_edns_is_queried_again_without_it() {
    let lab = two_domains();
    let formerr = says().edited(|packet| {
        packet.header.rcode = Rcode::FORMERR;
        packet.answers.clear();
        packet.edns = None;
    });
    lab.script("192.0.2.4:53".parse().unwrap(), Via::Udp, [formerr]);
    let (resolution, _) = resolve(&lab, "www.shop.test").await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
    let last = lab.queries().pop().unwrap();
    assert_eq!(last.packet().unwrap().edns, None);
}

/// The deadline is the client's: after it, no client waits for the answer any more.
#[tokio::test(start_paused = true)]
async fn a_search_among_dead_servers_fails_in_time() {
    let dead = (10..30).map(|n| format!("dead. NS ns{n}.dead.\nns{n}.dead. A 192.0.2.{n}\n"));
    let root = format!(
        "@ NS root.\nroot. A 192.0.2.1\n{}",
        dead.collect::<String>()
    );
    let lab = world(&[(".", &root)]);
    let start = Instant::now();
    let (resolution, _) = resolve(&lab, "www.dead").await;
    assert_eq!(resolution.rcode, Rcode::SERVFAIL);
    assert!(start.elapsed() <= DEADLINE, "{:?}", start.elapsed());
    assert_eq!(tell(&resolution), "SERVFAIL\nno answer within 4.5s");
}

#[tokio::test(start_paused = true)]
async fn ten_wrong_ids_do_not_hide_the_right_one() {
    let lab = two_domains();
    let flood = (1..=10).fold(silence(), |all, n| {
        all.and(says().with_id_plus(n).after_ms(u64::from(n)))
    });
    lab.script(
        "192.0.2.4:53".parse().unwrap(),
        Via::Udp,
        [flood.and(says().after_ms(20))],
    );
    let (resolution, _) = resolve(&lab, "www.shop.test").await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
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
    assert!(
        packets
            .iter()
            .all(|packet| !packet.header.rd && packet.edns.is_some())
    );
    assert!(
        packets[0].header.id != packets[1].header.id
            && packets[1].header.id != packets[2].header.id
    );
}
