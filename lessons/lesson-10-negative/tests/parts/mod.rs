//! The parts by themselves: no network, and the time is what they are told.

use std::net::IpAddr;
use std::time::Duration;

use chase::ResolutionFailure;
use dnsparse::{Class, Name, Question, Record, RecordType};
use negative::failure_cache::{FIRST, LONGEST};
use negative::negative_cache::{MAX_TTL, seconds};
use negative::{DelegationCache, FailureCache, NegativeCache, ResolverCache};
use referral::{Answer, Delegation, Lame, NameServer, Negative, ReplyKind, Unusable};
use tokio::time::Instant;

use crate::world::{question, root};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn record(text: &str) -> Record {
    text.parse().unwrap()
}

fn soa(ttl: u32, minimum: u32) -> Record {
    record(&format!(
        "test. {ttl} SOA ns.test. mail.test. 1 1800 900 604800 {minimum}"
    ))
}

fn after(now: Instant, seconds: u64) -> Instant {
    now + Duration::from_secs(seconds)
}

/// RFC 2308 section 5: the lesser of the SOA's TTL and its minimum; and three hours at the most.
#[test]
fn a_negative_ttl_is_the_lesser_of_two_numbers() {
    for (ttl, minimum, expected) in [
        (3_600, 300, 300),
        (60, 300, 60),
        (0, 300, 0),
        (300, 0, 0),
        (1 << 31, 300, 0),
        (300, 1 << 31, 0),
        (86_400, 86_400, MAX_TTL),
        (604_800, 10_801, MAX_TTL),
    ] {
        assert_eq!(seconds(&soa(ttl, minimum)), expected, "{ttl} and {minimum}");
    }
    assert_eq!(
        seconds(&record("test. 60 A 192.0.2.1")),
        0,
        "that is no SOA"
    );
}

#[test]
fn a_negative_answer_counts_down_and_expires() {
    let (mut absences, now) = (NegativeCache::new(10), Instant::now());
    let asked = question("www.test", RecordType::MX);
    absences.put(&asked.qname, Some(RecordType::MX), &soa(600, 30), now);
    let Some(Answer::NoData(negative)) = absences.get(&asked, &Name::ROOT, after(now, 10)) else {
        panic!("it is known")
    };
    assert_eq!(negative.soa.unwrap().ttl, 20);
    assert_eq!(absences.get(&asked, &Name::ROOT, after(now, 30)), None);
    absences.put(&asked.qname, None, &soa(0, 30), now);
    let gone = absences.get(&asked, &Name::ROOT, now).is_none();
    assert!(gone, "the SOA's TTL is 0, and it was kept");
}

fn pauses(times: usize) -> Vec<u64> {
    let (mut failures, mut now) = (FailureCache::new(10), Instant::now());
    let asked = question("www.test", RecordType::A);
    let failure = ResolutionFailure::OverBudget { queries: 100 };
    let mut pauses = Vec::new();
    for _ in 0..times {
        failures.put(&asked, &failure, now);
        let Some(ResolutionFailure::Cached { seconds, .. }) = failures.get(&asked, now) else {
            panic!("it is known to fail")
        };
        pauses.push(seconds);
        now = after(now, seconds);
        assert_eq!(failures.get(&asked, now), None);
    }
    pauses
}

/// RFC 9520 section 3.2: at least one second, at most five minutes.
#[test]
fn failures_are_cached_for_longer_each_time() {
    assert_eq!(
        (FIRST, LONGEST),
        (Duration::from_secs(5), Duration::from_secs(300))
    );
    assert_eq!(pauses(9), [5, 10, 20, 40, 80, 160, 300, 300, 300]);
}

#[test]
fn searches_that_fail_together_have_failed_once() {
    let (mut failures, now) = (FailureCache::new(10), Instant::now());
    let asked = question("www.test", RecordType::A);
    let failure = ResolutionFailure::OverBudget { queries: 100 };
    for _ in 0..10 {
        failures.put(&asked, &failure, now);
    }
    let again = failures.get(&asked, now).unwrap();
    assert_eq!(
        again.to_string(),
        "not tried again for 5 s: no answer after 100 upstream queries"
    );
    failures.put(&asked, &failure, after(now, 2));
    failures.put(&asked, &failure, after(now, 7));
    let later = failures.get(&asked, after(now, 7)).unwrap();
    assert_eq!(
        later.to_string(),
        "not tried again for 10 s: no answer after 100 upstream queries"
    );
}

fn delegation(zone: &str, ttl: u32, servers: &[(&str, &[&str])]) -> Delegation {
    let server = |(server, addresses): &(&str, &[&str])| NameServer {
        name: name(server),
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
    };
    Delegation {
        zone: name(zone),
        ttl,
        servers: servers.iter().map(server).collect(),
    }
}

fn cuts() -> (DelegationCache, Instant) {
    let (mut cuts, now) = (DelegationCache::new(root(), 100), Instant::now());
    cuts.store_referral(
        &Name::ROOT,
        &delegation("test", 600, &[("ns.test", &["192.0.2.2"])]),
        now,
    );
    (cuts, now)
}

/// For how many seconds the servers of a zone are known.
fn lives(cuts: &mut DelegationCache, zone: &str, now: Instant) -> u64 {
    let known = |after: &u64| {
        cuts.servers(&name(zone), now + Duration::from_secs(*after))
            .is_some()
    };
    (0..200_000).step_by(100).take_while(known).count() as u64 * 100
}

#[test]
fn a_delegation_expires_no_later_than_its_parents() {
    let (mut cuts, now) = cuts();
    let shop = delegation("shop.test", 86_400, &[("ns.shop.test", &["192.0.2.4"])]);
    cuts.store_referral(&name("test"), &shop, after(now, 200));
    assert_eq!(lives(&mut cuts.clone(), "test", now), 600);
    assert_eq!(lives(&mut cuts, "shop.test", after(now, 200)), 400);
}

#[test]
fn below_what_is_not_known_nothing_is_learned() {
    let (mut cuts, now) = cuts();
    let shop = delegation("shop.test", 86_400, &[("ns.shop.test", &["192.0.2.4"])]);
    cuts.store_referral(&name("test"), &shop, after(now, 600));
    assert_eq!(lives(&mut cuts, "shop.test", after(now, 600)), 0);
}

#[test]
fn a_zones_own_servers_do_not_prolong_its_delegation() {
    let (mut cuts, now) = cuts();
    for second in [0, 300, 599] {
        cuts.store_own_servers(
            &name("test"),
            vec![name("ns9.test")],
            86_400,
            after(now, second),
        );
    }
    assert_eq!(lives(&mut cuts.clone(), "test", now), 600);
    let (both, _) = cuts.servers(&name("test"), after(now, 599)).unwrap();
    let first: Vec<_> = both
        .iter()
        .map(|one| one.servers[0].name.to_string())
        .collect();
    assert_eq!(first, ["ns9.test.", "ns.test."]);
    cuts.store_own_servers(
        &name("test"),
        vec![name("ns9.test")],
        86_400,
        after(now, 600),
    );
    assert_eq!(lives(&mut cuts, "test", after(now, 600)), 0);
}

#[test]
fn a_zone_that_nobody_delegated_cannot_name_its_servers() {
    let (mut cuts, now) = cuts();
    cuts.store_own_servers(&name("shop.test"), vec![name("ns.shop.test")], 86_400, now);
    assert!(cuts.servers(&name("shop.test"), now).is_none());
}

fn inner() -> (ResolverCache, Instant) {
    (ResolverCache::new(root(), 1_000), Instant::now())
}

fn answer(
    zone: &str,
    qname: &str,
    rtype: RecordType,
    records: &[&str],
) -> (ResolverCache, Instant) {
    let (mut facts, now) = inner();
    let records = records.iter().map(|text| record(text)).collect();
    facts.store(
        &name(zone),
        &question(qname, rtype),
        &ReplyKind::Answer(Answer::Positive(records)),
        now,
    );
    (facts, now)
}

/// A host asked for the AAAA records of a server. That says nothing about its A records, and not everybody can use the others.
#[test]
fn addresses_of_ipv6_alone_are_not_all_that_is_to_know() {
    let aaaa = ["ns.test. 300 AAAA 2001:db8::1"];
    let (mut facts, now) = answer("test", "ns.test", RecordType::AAAA, &aaaa);
    assert_eq!(facts.cached_addresses(&name("ns.test"), now), None);
    let nothing = ReplyKind::Answer(Answer::NoData(Negative {
        soa: Some(soa(300, 300)),
    }));
    facts.store(
        &name("test"),
        &question("ns.test", RecordType::A),
        &nothing,
        now,
    );
    let v6: IpAddr = "2001:db8::1".parse().unwrap();
    assert_eq!(
        facts.cached_addresses(&name("ns.test"), now),
        Some(vec![v6])
    );
}

#[test]
fn a_server_without_any_address_is_known_to_have_none() {
    let (mut facts, now) = inner();
    let nothing = |facts: &mut ResolverCache, rtype| {
        let negative = Negative {
            soa: Some(soa(300, 300)),
        };
        facts.store(
            &name("test"),
            &question("ns.test", rtype),
            &ReplyKind::Answer(Answer::NoData(negative)),
            now,
        );
    };
    nothing(&mut facts, RecordType::A);
    assert_eq!(
        facts.cached_addresses(&name("ns.test"), now),
        None,
        "it may have AAAA records"
    );
    nothing(&mut facts, RecordType::AAAA);
    assert_eq!(
        facts.cached_addresses(&name("ns.test"), now),
        Some(Vec::new())
    );
}

#[test]
fn what_a_zone_says_of_its_own_ds_records_is_not_kept() {
    let asked = question("test", RecordType::DS);
    let ds =
        ["test. 300 DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000"];
    let (mut facts, now) = answer("test", "test", RecordType::DS, &ds);
    assert_eq!(facts.cached_answer(&asked, now), None);
    let (mut facts, now) = answer(".", "test", RecordType::DS, &ds);
    assert!(matches!(
        facts.cached_answer(&asked, now),
        Some(Answer::Positive(_))
    ));
}

/// There is one memory, and it is of class IN.
#[test]
fn questions_of_other_classes_are_not_answered() {
    let address = ["www.test. 300 A 192.0.2.1"];
    let (mut facts, now) = answer("test", "www.test", RecordType::A, &address);
    let chaos = Question {
        qclass: Class::CH,
        ..question("www.test", RecordType::A)
    };
    assert_eq!(facts.cached_answer(&chaos, now), None);
}

/// Asked for everything, a server may give one RRset of many (RFC 8482).
#[test]
fn an_answer_to_any_is_not_kept() {
    let all = ["www.test. 300 A 192.0.2.1", "www.test. 300 TXT x"];
    let (mut facts, now) = answer("test", "www.test", RecordType::ANY, &all);
    for rtype in [RecordType::ANY, RecordType::A, RecordType::TXT] {
        assert_eq!(
            facts.cached_answer(&question("www.test", rtype), now),
            None,
            "{rtype}"
        );
    }
}

/// Its server has a name within it, whose address is not known: it could never be reached.
#[test]
fn a_zone_whose_servers_cannot_be_found_is_no_place_to_start() {
    let (mut facts, now) = inner();
    let refer = |facts: &mut ResolverCache, above: &str, to| {
        facts.store(
            &name(above),
            &question("www.shop.test", RecordType::A),
            &ReplyKind::Referral(to),
            now,
        );
    };
    refer(
        &mut facts,
        ".",
        delegation("test", 600, &[("ns.test", &["192.0.2.2"])]),
    );
    refer(
        &mut facts,
        "test",
        delegation("shop.test", 600, &[("ns.shop.test", &[])]),
    );
    let start = |facts: &mut ResolverCache| {
        facts
            .closest_delegation(&question("www.shop.test", RecordType::A), now)
            .zone
            .to_string()
    };
    assert_eq!(start(&mut facts), "test.");
    refer(
        &mut facts,
        "test",
        delegation("shop.test", 600, &[("ns.elsewhere", &[])]),
    );
    assert_eq!(
        start(&mut facts),
        "shop.test.",
        "that name can be looked up"
    );
}

/// `shop.test`, delegated to one server with glue, has named other servers since.
fn with_own_servers(names: &[&str]) -> (ResolverCache, Instant) {
    let (mut facts, now) = inner();
    let asked = question("shop.test", RecordType::NS);
    for (above, to) in [
        (".", delegation("test", 600, &[("ns.test", &["192.0.2.2"])])),
        (
            "test",
            delegation("shop.test", 600, &[("ns.shop.test", &["192.0.2.4"])]),
        ),
    ] {
        facts.store(&name(above), &asked, &ReplyKind::Referral(to), now);
    }
    let own = names.iter();
    let own = own.map(|server| record(&format!("shop.test. 600 NS {server}")));
    facts.store(
        &name("shop.test"),
        &asked,
        &ReplyKind::Answer(Answer::Positive(own.collect())),
        now,
    );
    (facts, now)
}

/// It may be wrong: then the servers that the zone above names still answer. (And a query for NS records must not be able to do harm.)
#[test]
fn the_parents_servers_are_used_until_an_own_server_is_found() {
    let (mut facts, now) = with_own_servers(&["ns.elsewhere."]);
    let servers = |facts: &mut ResolverCache| {
        let start = facts.closest_delegation(&question("www.shop.test", RecordType::A), now);
        let servers = start.servers.iter();
        let servers = servers.map(|server| format!("{} {:?}", server.name, server.addresses));
        servers.collect::<Vec<_>>()
    };
    assert_eq!(
        servers(&mut facts),
        ["ns.elsewhere. []", "ns.shop.test. [192.0.2.4]"]
    );
    let found = ReplyKind::Answer(Answer::Positive(vec![record(
        "ns.elsewhere. 600 A 192.0.2.7",
    )]));
    let asked = question("ns.elsewhere", RecordType::A);
    facts.store(&name("elsewhere"), &asked, &found, now);
    assert_eq!(servers(&mut facts), ["ns.elsewhere. [192.0.2.7]"]);
}

#[test]
fn a_thousand_servers_are_not_kept() {
    let names: Vec<String> = (0..1_000).map(|n| format!("ns{n}.elsewhere.")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut facts, now) = with_own_servers(&names);
    let start = facts.closest_delegation(&question("www.shop.test", RecordType::A), now);
    assert_eq!(
        start.servers.len(),
        iterate::MAX_SERVERS + 1,
        "and the one of the zone above"
    );
}

/// An alias at a zone's apex must not be there. If it is, it says nothing of the zone above, where its DS records are.
#[test]
fn an_alias_is_none_for_ds_records() {
    let alias = ["shop.test. 600 CNAME www.example."];
    let (mut facts, now) = answer("shop.test", "shop.test", RecordType::CNAME, &alias);
    let recall =
        |facts: &mut ResolverCache, rtype| facts.cached_answer(&question("shop.test", rtype), now);
    assert!(recall(&mut facts, RecordType::A).is_some());
    assert_eq!(recall(&mut facts, RecordType::DS), None);
}

/// The root said where its servers are, and now they are dead: what is left are the hints.
#[test]
fn a_root_that_does_not_help_is_forgotten() {
    let now = Instant::now();
    let mut cuts = DelegationCache::new(root(), 100);
    let told = delegation(".", 600, &[("new.root", &["192.0.2.201"])]);
    cuts.set_root(told.clone(), now);
    assert_eq!(cuts.root(now), told);
    cuts.forget(&name("."));
    assert_eq!(cuts.root(now), root());
}

/// A name was set up after somebody had asked for it. That it is there came with the answer for an alias of it.
#[test]
fn a_record_ends_a_negative_answer() {
    let (mut facts, now) = inner();
    let nothing = Negative {
        soa: Some(soa(300, 300)),
    };
    let www = |rtype| question("www.test", rtype);
    facts.store(
        &name("test"),
        &www(RecordType::A),
        &ReplyKind::Answer(Answer::NxDomain(nothing)),
        now,
    );
    assert!(
        matches!(
            facts.cached_answer(&www(RecordType::TXT), now),
            Some(Answer::NxDomain(_))
        ),
        "there is no such name, whatever the type"
    );
    let answer = ReplyKind::Answer(Answer::Positive(vec![
        record("alias.test. 300 CNAME www.test."),
        record("www.test. 300 A 192.0.2.80"),
    ]));
    let asked = question("alias.test", RecordType::A);
    facts.store(&name("test"), &asked, &answer, now);
    assert_eq!(facts.cached_answer(&www(RecordType::TXT), now), None);
}

/// Also where nothing tells for how long: without an SOA there is only the failure to forget.
#[test]
fn a_negative_answer_ends_a_failure() {
    let negative = Negative { soa: None };
    for (reading, which) in [
        (
            ReplyKind::Answer(Answer::NoData(negative.clone())),
            "NODATA",
        ),
        (ReplyKind::Answer(Answer::NxDomain(negative)), "NXDOMAIN"),
    ] {
        let (mut facts, now) = inner();
        let asked = question("www.test", RecordType::A);
        facts.store_failure(&asked, &ResolutionFailure::OverBudget { queries: 100 }, now);
        facts.store(&Name::ROOT, &asked, &reading, now);
        assert_eq!(facts.cached_failure(&asked, now), None, "after {which}");
    }
}

/// An alias's target, a referral, and a server that has neither: none of them is an answer yet.
#[test]
fn an_alias_does_not_end_a_failure() {
    let (mut facts, now) = inner();
    let asked = question("www.test", RecordType::A);
    facts.store_failure(&asked, &ResolutionFailure::OverBudget { queries: 100 }, now);
    let alias = ReplyKind::Answer(Answer::Alias {
        records: vec![record("www.test. 0 CNAME www.dead.")],
        target: name("www.dead"),
    });
    let referral = ReplyKind::Referral(delegation("test", 600, &[("ns.test", &["192.0.2.2"])]));
    let lame = ReplyKind::Unusable(Unusable::Lame(Lame::Empty));
    for (reading, which) in [
        (alias, "alias"),
        (referral, "referral"),
        (lame, "lame server"),
    ] {
        facts.store(&Name::ROOT, &asked, &reading, now);
        let failure = facts.cached_failure(&asked, now);
        assert!(failure.is_some(), "after the {which} it was forgotten");
    }
    let answer = ReplyKind::Answer(Answer::Positive(vec![record("www.test. 0 A 192.0.2.80")]));
    facts.store(&Name::ROOT, &asked, &answer, now);
    assert_eq!(facts.cached_failure(&asked, now), None);
}

/// A server denies `ax.test AAAA` by NXDOMAIN, although `shop.ax.test` is a zone and `www.ax.test` has
/// records. Neither may be lost by it (RFC 8020 section 2 assumes a server that knows better).
#[test]
fn an_nxdomain_never_outweighs_a_known_zone_or_record() {
    let (mut cache, now) = (ResolverCache::new(root(), 1_000), Instant::now());
    let test = delegation("test", 600, &[("ns.test", &["192.0.2.2"])]);
    cache.store(
        &Name::ROOT,
        &question("ax.test", RecordType::A),
        &ReplyKind::Referral(test),
        now,
    );
    let denied = question("ax.test", RecordType::AAAA);
    let nxdomain = ReplyKind::Answer(Answer::NxDomain(Negative {
        soa: Some(soa(600, 300)),
    }));
    cache.store(&name("test"), &denied, &nxdomain, now);
    let below = question("a.shop.ax.test", RecordType::A);
    assert!(matches!(
        cache.cached_answer(&below, now),
        Some(Answer::NxDomain(_))
    ));

    let shop = delegation("shop.ax.test", 600, &[("ns.shop.ax.test", &["192.0.2.4"])]);
    cache.store(&name("test"), &below, &ReplyKind::Referral(shop), now);
    assert_eq!(
        cache.cached_answer(&below, now),
        None,
        "the delegation proves it wrong"
    );
    assert_eq!(
        cache.closest_delegation(&below, now).zone,
        name("shop.ax.test")
    );
    assert!(
        cache.cached_answer(&denied, now).is_some(),
        "the name itself is denied"
    );

    let found = question("www.ax.test", RecordType::A);
    let records = vec![record("www.ax.test. 60 A 192.0.2.80")];
    cache.store(
        &name("test"),
        &found,
        &ReplyKind::Answer(Answer::Positive(records)),
        now,
    );
    let sibling = question("mail.ax.test", RecordType::A);
    assert_eq!(
        cache.cached_answer(&sibling, now),
        None,
        "a record proves it wrong"
    );
}

/// An answer without AA is better than none, and worse than any other.
#[test]
fn an_answer_without_aa_is_cached_below_an_authoritative_one() {
    let (mut cache, now) = (ResolverCache::new(root(), 1_000), Instant::now());
    let question = question("www.test", RecordType::A);
    let answer = |address: &str| {
        let record = record(&format!("www.test. 30 A {address}"));
        Answer::Positive(vec![record])
    };
    let cached = |cache: &mut ResolverCache| match cache.cached_answer(&question, now) {
        Some(Answer::Positive(records)) => records[0].rdata.to_string(),
        other => panic!("{other:?}"),
    };
    cache.store(
        &name("test"),
        &question,
        &ReplyKind::LastResort(answer("192.0.2.66")),
        now,
    );
    assert_eq!(cached(&mut cache), "192.0.2.66");
    cache.store(
        &name("test"),
        &question,
        &ReplyKind::Answer(answer("192.0.2.80")),
        now,
    );
    assert_eq!(cached(&mut cache), "192.0.2.80");
    cache.store(
        &name("test"),
        &question,
        &ReplyKind::LastResort(answer("192.0.2.66")),
        now,
    );
    assert_eq!(cached(&mut cache), "192.0.2.80");
}
