//! Each cache by itself: without a network, and with the time as a parameter.

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

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn record(text: &str) -> Record {
    text.parse().unwrap()
}

pub(crate) fn soa(ttl: u32, minimum: u32) -> Record {
    record(&format!(
        "test. {ttl} SOA ns.test. mail.test. 1 1800 900 604800 {minimum}"
    ))
}

fn after(now: Instant, seconds: u64) -> Instant {
    now + Duration::from_secs(seconds)
}

/// RFC 2308 section 5: the lesser of the SOA's TTL and its minimum, and at most three hours.
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
    assert_eq!(MAX_TTL, 10_800, "the seconds of three hours");
    assert_eq!(
        seconds(&record("test. 60 A 192.0.2.1")),
        0,
        "a record that is no SOA"
    );
}

#[test]
fn a_negative_answer_counts_down_and_expires() {
    let (mut cache, now) = (NegativeCache::new(10), Instant::now());
    let mx = question("www.test", RecordType::MX);
    cache.put(&mx.qname, Some(RecordType::MX), &soa(600, 30), now);
    let Some(Answer::NoData(negative)) = cache.get(&mx, &Name::ROOT, after(now, 10)) else {
        panic!("the negative answer is not cached")
    };
    assert_eq!(negative.soa.unwrap().ttl, 20);
    assert_eq!(cache.get(&mx, &Name::ROOT, after(now, 30)), None);
    cache.put(&mx.qname, None, &soa(0, 30), now);
    let gone = cache.get(&mx, &Name::ROOT, now).is_none();
    assert!(gone, "a negative answer with a TTL of 0 was cached");
}

/// Returns the pauses after the given number of failures, each at the end of the last pause.
fn pauses(times: usize) -> Vec<u64> {
    let (mut failures, mut now) = (FailureCache::new(10), Instant::now());
    let www = question("www.test", RecordType::A);
    let failure = ResolutionFailure::OverBudget { queries: 100 };
    let mut pauses = Vec::new();
    for _ in 0..times {
        failures.put(&www, &failure, now);
        let Some(ResolutionFailure::Cached { seconds, .. }) = failures.get(&www, now) else {
            panic!("the failure is not cached")
        };
        pauses.push(seconds);
        now = after(now, seconds);
        assert_eq!(failures.get(&www, now), None);
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
    let www = question("www.test", RecordType::A);
    let failure = ResolutionFailure::OverBudget { queries: 100 };
    for _ in 0..10 {
        failures.put(&www, &failure, now);
    }
    let again = failures.get(&www, now).unwrap();
    assert_eq!(
        again.to_string(),
        "not tried again for 5 s: no answer after 100 upstream queries"
    );
    failures.put(&www, &failure, after(now, 2));
    failures.put(&www, &failure, after(now, 7));
    let later = failures.get(&www, after(now, 7)).unwrap();
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

/// Returns a cache with a delegation of `test`, for 600 seconds.
fn with_test() -> (DelegationCache, Instant) {
    let (mut delegations, now) = (DelegationCache::new(root(), 100), Instant::now());
    delegations.store_referral(
        &Name::ROOT,
        &delegation("test", 600, &[("ns.test", &["192.0.2.2"])]),
        now,
    );
    (delegations, now)
}

/// Returns the number of seconds for which the delegation of a zone is cached.
fn lifetime(delegations: &mut DelegationCache, zone: &str, now: Instant) -> u64 {
    let is_cached = |after: &u64| {
        delegations
            .servers(&name(zone), now + Duration::from_secs(*after))
            .is_some()
    };
    (0..200_000).step_by(100).take_while(is_cached).count() as u64 * 100
}

#[test]
fn a_delegation_expires_no_later_than_its_parents() {
    let (mut delegations, now) = with_test();
    let shop = delegation("shop.test", 86_400, &[("ns.shop.test", &["192.0.2.4"])]);
    delegations.store_referral(&name("test"), &shop, after(now, 200));
    assert_eq!(lifetime(&mut delegations.clone(), "test", now), 600);
    assert_eq!(
        lifetime(&mut delegations, "shop.test", after(now, 200)),
        400
    );
}

#[test]
fn a_delegation_without_its_parents_is_not_cached() {
    let (mut delegations, now) = with_test();
    let shop = delegation("shop.test", 86_400, &[("ns.shop.test", &["192.0.2.4"])]);
    delegations.store_referral(&name("test"), &shop, after(now, 600));
    assert_eq!(lifetime(&mut delegations, "shop.test", after(now, 600)), 0);
}

#[test]
fn a_zones_own_servers_do_not_prolong_its_delegation() {
    let (mut delegations, now) = with_test();
    for second in [0, 300, 599] {
        delegations.store_own_servers(
            &name("test"),
            vec![name("ns9.test")],
            86_400,
            after(now, second),
        );
    }
    assert_eq!(lifetime(&mut delegations.clone(), "test", now), 600);
    let (lists, _) = delegations.servers(&name("test"), after(now, 599)).unwrap();
    let first: Vec<_> = lists
        .iter()
        .map(|list| list.servers[0].name.to_string())
        .collect();
    assert_eq!(first, ["ns9.test.", "ns.test."]);
    delegations.store_own_servers(
        &name("test"),
        vec![name("ns9.test")],
        86_400,
        after(now, 600),
    );
    assert_eq!(lifetime(&mut delegations, "test", after(now, 600)), 0);
}

#[test]
fn own_servers_without_a_delegation_are_not_cached() {
    let (mut delegations, now) = with_test();
    delegations.store_own_servers(&name("shop.test"), vec![name("ns.shop.test")], 86_400, now);
    assert!(delegations.servers(&name("shop.test"), now).is_none());
}

fn empty() -> (ResolverCache, Instant) {
    (ResolverCache::new(root(), 1_000), Instant::now())
}

/// Returns a cache with one answer, from a server of `zone`.
fn answer(
    zone: &str,
    qname: &str,
    rtype: RecordType,
    records: &[&str],
) -> (ResolverCache, Instant) {
    let (mut cache, now) = empty();
    let records = records.iter().map(|text| record(text)).collect();
    cache.store(
        &name(zone),
        &question(qname, rtype),
        &ReplyKind::Answer(Answer::Positive(records)),
        now,
    );
    (cache, now)
}

/// A client asked for the AAAA records of a server. The server may have A records too, and a
/// resolver without IPv6 needs them.
#[test]
fn aaaa_records_alone_are_not_enough() {
    let aaaa = ["ns.test. 300 AAAA 2001:db8::1"];
    let (mut cache, now) = answer("test", "ns.test", RecordType::AAAA, &aaaa);
    assert_eq!(cache.cached_addresses(&name("ns.test"), now), None);
    let nothing = ReplyKind::Answer(Answer::NoData(Negative {
        soa: Some(soa(300, 300)),
    }));
    cache.store(
        &name("test"),
        &question("ns.test", RecordType::A),
        &nothing,
        now,
    );
    let v6: IpAddr = "2001:db8::1".parse().unwrap();
    assert_eq!(
        cache.cached_addresses(&name("ns.test"), now),
        Some(vec![v6])
    );
}

#[test]
fn a_server_without_any_address_is_known_to_have_none() {
    let (mut cache, now) = empty();
    let nothing = |cache: &mut ResolverCache, rtype| {
        let negative = Negative {
            soa: Some(soa(300, 300)),
        };
        cache.store(
            &name("test"),
            &question("ns.test", rtype),
            &ReplyKind::Answer(Answer::NoData(negative)),
            now,
        );
    };
    nothing(&mut cache, RecordType::A);
    assert_eq!(
        cache.cached_addresses(&name("ns.test"), now),
        None,
        "it may have AAAA records"
    );
    nothing(&mut cache, RecordType::AAAA);
    assert_eq!(
        cache.cached_addresses(&name("ns.test"), now),
        Some(Vec::new())
    );
}

#[test]
fn ds_records_from_the_zone_itself_are_not_cached() {
    let ds = question("test", RecordType::DS);
    let records =
        ["test. 300 DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000"];
    let (mut cache, now) = answer("test", "test", RecordType::DS, &records);
    assert_eq!(cache.cached_answer(&ds, now), None);
    let (mut cache, now) = answer(".", "test", RecordType::DS, &records);
    assert!(matches!(
        cache.cached_answer(&ds, now),
        Some(Answer::Positive(_))
    ));
}

/// The root servers have `root-servers.net`, but not `net`: they answer for the zone itself that
/// there are no DS records.
#[test]
fn the_absence_of_ds_records_in_the_zone_itself_is_not_cached() {
    let ds = question("shop.test", RecordType::DS);
    let denied_by = |owner: &str| {
        let (mut cache, now) = empty();
        let soa = Record {
            owner: name(owner),
            ..soa(300, 300)
        };
        let negative = Negative { soa: Some(soa) };
        let kind = ReplyKind::Answer(Answer::NoData(negative));
        cache.store(&Name::ROOT, &ds, &kind, now);
        cache.cached_answer(&ds, now).is_some()
    };
    assert!(!denied_by("shop.test"), "the SOA of the zone itself");
    assert!(denied_by("test"), "the SOA of its parent");
}

/// The cache is of class IN only.
#[test]
fn questions_of_other_classes_are_not_answered() {
    let address = ["www.test. 300 A 192.0.2.1"];
    let (mut cache, now) = answer("test", "www.test", RecordType::A, &address);
    let chaos = Question {
        qclass: Class::CH,
        ..question("www.test", RecordType::A)
    };
    assert_eq!(cache.cached_answer(&chaos, now), None);
}

/// A server may answer ANY with one RRset of many (RFC 8482).
#[test]
fn an_answer_to_any_is_not_cached() {
    let all = ["www.test. 300 A 192.0.2.1", "www.test. 300 TXT x"];
    let (mut cache, now) = answer("test", "www.test", RecordType::ANY, &all);
    for rtype in [RecordType::ANY, RecordType::A, RecordType::TXT] {
        assert_eq!(
            cache.cached_answer(&question("www.test", rtype), now),
            None,
            "{rtype}"
        );
    }
}

/// The zone's only server has a name within the zone, and no glue: its address cannot be looked up.
/// The parent is queried again, but not within a moment of its referral.
#[test]
fn no_walk_starts_at_a_zone_with_unreachable_servers() {
    let (mut cache, now) = empty();
    let refer = |cache: &mut ResolverCache, parent: &str, referral| {
        cache.store(
            &name(parent),
            &question("www.shop.test", RecordType::A),
            &ReplyKind::Referral(referral),
            now,
        );
    };
    refer(
        &mut cache,
        ".",
        delegation("test", 600, &[("ns.test", &["192.0.2.2"])]),
    );
    refer(
        &mut cache,
        "test",
        delegation("shop.test", 600, &[("ns.shop.test", &[])]),
    );
    let start = |cache: &mut ResolverCache, seconds| {
        let later = now + Duration::from_secs(seconds);
        cache
            .closest_delegation(&question("www.shop.test", RecordType::A), later)
            .zone
            .to_string()
    };
    assert_eq!(start(&mut cache, 59), "shop.test.");
    assert_eq!(start(&mut cache, 60), "test.");
    refer(
        &mut cache,
        "test",
        delegation("shop.test", 600, &[("ns.elsewhere", &[])]),
    );
    assert_eq!(
        start(&mut cache, 60),
        "shop.test.",
        "that name can be looked up"
    );
}

/// Returns a cache with a delegation of `shop.test` to one server with glue, and with the zone's
/// own list of servers.
fn with_own_servers(names: &[&str]) -> (ResolverCache, Instant) {
    let (mut cache, now) = empty();
    let ns = question("shop.test", RecordType::NS);
    for (parent, referral) in [
        (".", delegation("test", 600, &[("ns.test", &["192.0.2.2"])])),
        (
            "test",
            delegation("shop.test", 600, &[("ns.shop.test", &["192.0.2.4"])]),
        ),
    ] {
        cache.store(&name(parent), &ns, &ReplyKind::Referral(referral), now);
    }
    let own = names.iter();
    let own = own.map(|server| record(&format!("shop.test. 600 NS {server}")));
    cache.store(
        &name("shop.test"),
        &ns,
        &ReplyKind::Answer(Answer::Positive(own.collect())),
        now,
    );
    (cache, now)
}

/// The zone's own list may be wrong; the parent's servers still answer then. (Otherwise a client
/// could break such a zone for all others, by asking for its NS records.)
#[test]
fn the_parents_servers_are_used_until_an_own_server_is_found() {
    let (mut cache, now) = with_own_servers(&["ns.elsewhere."]);
    let servers = |cache: &mut ResolverCache| {
        let start = cache.closest_delegation(&question("www.shop.test", RecordType::A), now);
        let servers = start.servers.iter();
        let servers = servers.map(|server| format!("{} {:?}", server.name, server.addresses));
        servers.collect::<Vec<_>>()
    };
    assert_eq!(
        servers(&mut cache),
        ["ns.elsewhere. []", "ns.shop.test. [192.0.2.4]"]
    );
    let address = ReplyKind::Answer(Answer::Positive(vec![record(
        "ns.elsewhere. 600 A 192.0.2.7",
    )]));
    let elsewhere = question("ns.elsewhere", RecordType::A);
    cache.store(&name("elsewhere"), &elsewhere, &address, now);
    assert_eq!(servers(&mut cache), ["ns.elsewhere. [192.0.2.7]"]);
}

#[test]
fn a_list_of_a_thousand_servers_is_limited() {
    let names: Vec<String> = (0..1_000).map(|n| format!("ns{n}.elsewhere.")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut cache, now) = with_own_servers(&names);
    let start = cache.closest_delegation(&question("www.shop.test", RecordType::A), now);
    assert_eq!(
        start.servers.len(),
        iterate::MAX_SERVERS + 1,
        "and the one of the parent's list"
    );
}

/// A CNAME at an apex is an error. It does not apply to DS records, which are in the parent zone.
#[test]
fn an_alias_does_not_apply_to_ds_records() {
    let alias = ["shop.test. 600 CNAME www.example."];
    let (mut cache, now) = answer("shop.test", "shop.test", RecordType::CNAME, &alias);
    let cached =
        |cache: &mut ResolverCache, rtype| cache.cached_answer(&question("shop.test", rtype), now);
    assert!(cached(&mut cache, RecordType::A).is_some());
    assert_eq!(cached(&mut cache, RecordType::DS), None);
}

/// The root servers from priming have failed; the hints are left.
#[test]
fn the_hints_replace_dead_root_servers() {
    let now = Instant::now();
    let mut delegations = DelegationCache::new(root(), 100);
    let primed = delegation(".", 600, &[("new.root", &["192.0.2.201"])]);
    delegations.set_root(primed.clone(), now);
    assert_eq!(delegations.root(now), primed);
    delegations.forget(&name("."), now);
    assert_eq!(delegations.root(now), root());
}

/// A name was set up after a client had asked for it. Its record comes with the answer for an
/// alias.
#[test]
fn a_record_ends_a_negative_answer() {
    let (mut cache, now) = empty();
    let nothing = Negative {
        soa: Some(soa(300, 300)),
    };
    let www = |rtype| question("www.test", rtype);
    cache.store(
        &name("test"),
        &www(RecordType::A),
        &ReplyKind::Answer(Answer::NxDomain(nothing)),
        now,
    );
    assert!(
        matches!(
            cache.cached_answer(&www(RecordType::TXT), now),
            Some(Answer::NxDomain(_))
        ),
        "NXDOMAIN is about the name, whatever the type"
    );
    let answer = ReplyKind::Answer(Answer::Positive(vec![
        record("alias.test. 300 CNAME www.test."),
        record("www.test. 300 A 192.0.2.80"),
    ]));
    let alias = question("alias.test", RecordType::A);
    cache.store(&name("test"), &alias, &answer, now);
    assert_eq!(cache.cached_answer(&www(RecordType::TXT), now), None);
}

/// A negative answer without an SOA is not cached, but it removes the failure, too.
#[test]
fn a_negative_answer_ends_a_failure() {
    let negative = Negative { soa: None };
    for (kind, which) in [
        (
            ReplyKind::Answer(Answer::NoData(negative.clone())),
            "NODATA",
        ),
        (ReplyKind::Answer(Answer::NxDomain(negative)), "NXDOMAIN"),
    ] {
        let (mut cache, now) = empty();
        let www = question("www.test", RecordType::A);
        cache.store_failure(&www, &ResolutionFailure::OverBudget { queries: 100 }, now);
        cache.store(&Name::ROOT, &www, &kind, now);
        assert_eq!(cache.cached_failure(&www, now), None, "after {which}");
    }
}

/// Neither an alias, nor a referral, nor a reply of a lame server is an answer yet.
#[test]
fn an_alias_does_not_end_a_failure() {
    let (mut cache, now) = empty();
    let www = question("www.test", RecordType::A);
    cache.store_failure(&www, &ResolutionFailure::OverBudget { queries: 100 }, now);
    let alias = ReplyKind::Answer(Answer::Alias {
        records: vec![record("www.test. 0 CNAME www.dead.")],
        target: name("www.dead"),
    });
    let referral = ReplyKind::Referral(delegation("test", 600, &[("ns.test", &["192.0.2.2"])]));
    let lame = ReplyKind::Unusable(Unusable::Lame(Lame::Empty));
    for (kind, which) in [
        (alias, "alias"),
        (referral, "referral"),
        (lame, "lame server"),
    ] {
        cache.store(&Name::ROOT, &www, &kind, now);
        let failure = cache.cached_failure(&www, now);
        assert!(failure.is_some(), "the failure is gone after the {which}");
    }
    let answer = ReplyKind::Answer(Answer::Positive(vec![record("www.test. 0 A 192.0.2.80")]));
    cache.store(&Name::ROOT, &www, &answer, now);
    assert_eq!(cache.cached_failure(&www, now), None);
}

/// A server denies `ax.test AAAA` by NXDOMAIN, although `shop.ax.test` is a zone and `www.ax.test`
/// has records. Neither may be lost by it (RFC 8020 section 2 assumes a server that knows better).
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

    let www = question("www.ax.test", RecordType::A);
    let records = vec![record("www.ax.test. 60 A 192.0.2.80")];
    cache.store(
        &name("test"),
        &www,
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

/// A server denies the empty non-terminal `b.test`, although `www.b.test` has records (RFC 8020
/// section 5). The denial counts for the type of the question alone, while the record is cached.
#[test]
fn an_nxdomain_for_a_name_with_names_below_it_is_about_one_type() {
    let (mut cache, now) = (ResolverCache::new(root(), 1_000), Instant::now());
    let (www, denied) = (
        question("www.b.test", RecordType::A),
        question("b.test", RecordType::A),
    );
    let records = vec![record("www.b.test. 60 A 192.0.2.80")];
    let answer = ReplyKind::Answer(Answer::Positive(records));
    cache.store(&name("test"), &www, &answer, now);
    let nxdomain = ReplyKind::Answer(Answer::NxDomain(Negative {
        soa: Some(soa(600, 300)),
    }));
    cache.store(&name("test"), &denied, &nxdomain, now);
    for (qname, qtype) in [("ftp.b.test", RecordType::A), ("b.test", RecordType::MX)] {
        let cached = cache.cached_answer(&question(qname, qtype), now);
        assert_eq!(cached, None, "{qname} {qtype} after NXDOMAIN for b.test A");
    }
    let cached = cache.cached_answer(&denied, now);
    assert!(
        matches!(cached, Some(Answer::NoData(_))),
        "b.test A after NXDOMAIN for it: {cached:?}"
    );

    // Without a known name below it, the name and all names below it are denied.
    let later = after(now, 301);
    cache.store(&name("test"), &denied, &nxdomain, later);
    let below = cache.cached_answer(&question("ftp.b.test", RecordType::A), later);
    assert!(
        matches!(below, Some(Answer::NxDomain(_))),
        "ftp.b.test A, 241 seconds after www.b.test A has expired: {below:?}"
    );
}
