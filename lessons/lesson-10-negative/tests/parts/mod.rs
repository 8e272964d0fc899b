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

/// Writes a cached answer.
fn shown(answer: Option<&Answer>) -> String {
    let listed = |records: &[Record]| {
        let records = records.iter().map(|it| it.to_string().replace('\t', " "));
        records.collect::<Vec<_>>().join(", ")
    };
    let denied = |negative: &Negative| match &negative.soa {
        Some(soa) => format!("with an SOA for {} s", soa.ttl),
        None => "without an SOA".to_owned(),
    };
    match answer {
        None => "nothing".to_owned(),
        Some(Answer::Positive(records)) => listed(records),
        Some(Answer::Alias { records, .. }) => format!("an alias: {}", listed(records)),
        Some(Answer::NameTooLong(records)) => format!("a name too long: {}", listed(records)),
        Some(Answer::NoData(negative)) => format!("NODATA {}", denied(negative)),
        Some(Answer::NxDomain(negative)) => format!("NXDOMAIN {}", denied(negative)),
    }
}

/// Writes the cached answer to a question.
fn cached(cache: &mut ResolverCache, qname: &str, rtype: RecordType, now: Instant) -> String {
    shown(cache.cached_answer(&question(qname, rtype), now).as_ref())
}

/// Writes a cached failure.
fn failure_of(failure: Option<ResolutionFailure>) -> String {
    failure.map_or("no failure".to_owned(), |failure| failure.to_string())
}

/// Writes the cached addresses of a server.
fn addresses_of(cache: &mut ResolverCache, server: &str, now: Instant) -> String {
    match cache.cached_addresses(&name(server), now) {
        None => "not known".to_owned(),
        Some(addresses) if addresses.is_empty() => "none".to_owned(),
        Some(addresses) => {
            let addresses = addresses.iter().map(ToString::to_string);
            addresses.collect::<Vec<_>>().join(", ")
        }
    }
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
    for (second, expected) in [(10, "NODATA with an SOA for 20 s"), (30, "nothing")] {
        let answer = cache.get(&mx, &Name::ROOT, after(now, second));
        assert_eq!(
            shown(answer.as_ref()),
            expected,
            "www.test MX, {second} s after NODATA with an SOA of TTL 600 and minimum 30"
        );
    }
    let mut cache = NegativeCache::new(10);
    cache.put(&mx.qname, None, &soa(0, 30), now);
    let answer = cache.get(&mx, &Name::ROOT, now);
    assert_eq!(
        shown(answer.as_ref()),
        "nothing",
        "www.test MX, after NXDOMAIN with an SOA of TTL 0"
    );
}

/// Returns the pauses after the given number of failures, each at the end of the last pause.
fn pauses(times: usize) -> Vec<u64> {
    let (mut failures, mut now) = (FailureCache::new(10), Instant::now());
    let www = question("www.test", RecordType::A);
    let failure = ResolutionFailure::OverBudget { queries: 100 };
    let mut pauses = Vec::new();
    for _ in 0..times {
        failures.put(&www, &failure, now);
        let cached = failures.get(&www, now);
        let Some(ResolutionFailure::Cached { seconds, .. }) = cached else {
            let cached = failure_of(cached);
            panic!("failure {} is not cached: {cached}", pauses.len() + 1)
        };
        pauses.push(seconds);
        now = after(now, seconds);
        assert_eq!(
            failure_of(failures.get(&www, now)),
            "no failure",
            "at the end of pause {}, of {seconds} s",
            pauses.len()
        );
    }
    pauses
}

/// RFC 9520 section 3.2: at least one second, at most five minutes.
#[test]
fn failures_are_cached_for_longer_each_time() {
    assert_eq!(
        (FIRST.as_secs(), LONGEST.as_secs()),
        (5, 300),
        "the first and the longest pause, in seconds"
    );
    let pauses: Vec<String> = pauses(9).iter().map(u64::to_string).collect();
    assert_eq!(
        pauses.join(" "),
        "5 10 20 40 80 160 300 300 300",
        "the seconds of the pauses after nine failures, one after the other"
    );
}

#[test]
fn searches_that_fail_together_have_failed_once() {
    let (mut failures, now) = (FailureCache::new(10), Instant::now());
    let www = question("www.test", RecordType::A);
    let failure = ResolutionFailure::OverBudget { queries: 100 };
    for _ in 0..10 {
        failures.put(&www, &failure, now);
    }
    assert_eq!(
        failure_of(failures.get(&www, now)),
        "not tried again for 5 s: no answer after 100 upstream queries",
        "after ten failures at the same moment"
    );
    failures.put(&www, &failure, after(now, 2));
    failures.put(&www, &failure, after(now, 7));
    assert_eq!(
        failure_of(failures.get(&www, after(now, 7))),
        "not tried again for 10 s: no answer after 100 upstream queries",
        "after one more failure within the pause, and one after its end"
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
    assert_eq!(
        lifetime(&mut delegations.clone(), "test", now),
        600,
        "seconds for which test. is cached, by its TTL"
    );
    assert_eq!(
        lifetime(&mut delegations, "shop.test", after(now, 200)),
        400,
        "seconds for which shop.test. is cached: its TTL is 86400, and 400 s are left of test."
    );
}

#[test]
fn a_delegation_without_its_parents_is_not_cached() {
    let (mut delegations, now) = with_test();
    let shop = delegation("shop.test", 86_400, &[("ns.shop.test", &["192.0.2.4"])]);
    delegations.store_referral(&name("test"), &shop, after(now, 600));
    assert_eq!(
        lifetime(&mut delegations, "shop.test", after(now, 600)),
        0,
        "seconds for which shop.test. is cached, once test. has expired"
    );
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
    assert_eq!(
        lifetime(&mut delegations.clone(), "test", now),
        600,
        "seconds for which test. is cached: its delegation has a TTL of 600, its own list of 86400"
    );
    let servers = delegations.servers(&name("test"), after(now, 599));
    let lists = servers.map_or(Vec::new(), |(lists, _)| lists);
    let names = lists.iter().flat_map(|list| &list.servers);
    let names: Vec<String> = names.map(|server| server.name.to_string()).collect();
    assert_eq!(
        names.join(" "),
        "ns9.test. ns.test.",
        "the servers of test. after 599 s: first those of its own list, then the parent's"
    );
    delegations.store_own_servers(
        &name("test"),
        vec![name("ns9.test")],
        86_400,
        after(now, 600),
    );
    assert_eq!(
        lifetime(&mut delegations, "test", after(now, 600)),
        0,
        "seconds for which test. is cached, once its delegation has expired"
    );
}

#[test]
fn own_servers_without_a_delegation_are_not_cached() {
    let (mut delegations, now) = with_test();
    delegations.store_own_servers(&name("shop.test"), vec![name("ns.shop.test")], 86_400, now);
    assert_eq!(
        lifetime(&mut delegations, "shop.test", now),
        0,
        "seconds for which shop.test. is cached: it sent its own list, and no zone has delegated it"
    );
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
    assert_eq!(
        addresses_of(&mut cache, "ns.test", now),
        "not known",
        "the addresses of ns.test: its AAAA records are cached, its A records are not"
    );
    let nothing = ReplyKind::Answer(Answer::NoData(Negative {
        soa: Some(soa(300, 300)),
    }));
    cache.store(
        &name("test"),
        &question("ns.test", RecordType::A),
        &nothing,
        now,
    );
    assert_eq!(
        addresses_of(&mut cache, "ns.test", now),
        "2001:db8::1",
        "the addresses of ns.test: AAAA records are cached, and that there are no A records"
    );
}

/// A resolver with IPv6 and IPv4 has the choice.
#[test]
fn a_server_has_the_addresses_of_both_types() {
    let (mut cache, now) = empty();
    for (rtype, text) in [
        (RecordType::A, "ns.test. 300 A 192.0.2.2"),
        (RecordType::AAAA, "ns.test. 300 AAAA 2001:db8::1"),
    ] {
        assert_eq!(
            cached(&mut cache, "ns.test", RecordType::AAAA, now),
            "nothing",
            "ns.test AAAA, before it was stored"
        );
        let answer = ReplyKind::Answer(Answer::Positive(vec![record(text)]));
        cache.store(&name("test"), &question("ns.test", rtype), &answer, now);
    }
    let addresses = cache.cached_addresses(&name("ns.test"), now);
    let mut addresses: Vec<IpAddr> = addresses.unwrap_or_default();
    addresses.sort();
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    assert_eq!(
        addresses.join(" "),
        "192.0.2.2 2001:db8::1",
        "the addresses of ns.test, whose A and AAAA records are cached"
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
        addresses_of(&mut cache, "ns.test", now),
        "not known",
        "the addresses of ns.test: it has no A records, and may have AAAA records"
    );
    nothing(&mut cache, RecordType::AAAA);
    assert_eq!(
        addresses_of(&mut cache, "ns.test", now),
        "none",
        "the addresses of ns.test: it has neither A nor AAAA records"
    );
}

#[test]
fn ds_records_from_the_zone_itself_are_not_cached() {
    let records =
        ["test. 300 DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000"];
    let (mut cache, now) = answer("test", "test", RecordType::DS, &records);
    assert_eq!(
        cached(&mut cache, "test", RecordType::DS, now),
        "nothing",
        "test DS, from a server of test"
    );
    let (mut cache, now) = answer(".", "test", RecordType::DS, &records);
    let got = cached(&mut cache, "test", RecordType::DS, now);
    assert!(
        got.starts_with("test. 300 IN DS "),
        "test DS, from a server of the parent zone, the root: {got}"
    );
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
        cached(&mut cache, "shop.test", RecordType::DS, now)
    };
    for (owner, expected) in [
        ("shop.test", "nothing"),
        ("test", "NODATA with an SOA for 300 s"),
    ] {
        assert_eq!(
            denied_by(owner),
            expected,
            "shop.test DS, denied with the SOA of {owner}"
        );
    }
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
    let answer = cache.cached_answer(&chaos, now);
    assert_eq!(
        shown(answer.as_ref()),
        "nothing",
        "www.test CH A, where the A record of class IN is cached"
    );
}

/// A server may answer ANY with one RRset of many (RFC 8482).
#[test]
fn an_answer_to_any_is_not_cached() {
    let all = ["www.test. 300 A 192.0.2.1", "www.test. 300 TXT x"];
    let (mut cache, now) = answer("test", "www.test", RecordType::ANY, &all);
    for rtype in [RecordType::ANY, RecordType::A, RecordType::TXT] {
        assert_eq!(
            cached(&mut cache, "www.test", rtype, now),
            "nothing",
            "www.test {rtype}, after an answer to www.test ANY"
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
    for (second, zone) in [(59, "shop.test."), (60, "test.")] {
        assert_eq!(
            start(&mut cache, second),
            zone,
            "the zone where a walk starts {second} s after the referral to shop.test., whose only \
             server cannot be found"
        );
    }
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

/// Writes the zone at which a walk for a name in `shop.test` begins, if it is another, or its servers.
fn servers_of_shop(cache: &mut ResolverCache, now: Instant) -> String {
    let start = cache.closest_delegation(&question("www.shop.test", RecordType::A), now);
    if start.zone != name("shop.test") {
        return format!("the walk begins at {}", start.zone);
    }
    let servers = start.servers.iter().map(|server| {
        let addresses = server.addresses.iter().map(ToString::to_string);
        match &*addresses.collect::<Vec<_>>().join(" and ") {
            "" => format!("{} without an address", server.name),
            addresses => format!("{} at {addresses}", server.name),
        }
    });
    servers.collect::<Vec<_>>().join(", ")
}

/// The zone's own list may be wrong; the parent's servers still answer then. (Otherwise a client
/// could break such a zone for all others, by asking for its NS records.)
#[test]
fn the_parents_servers_are_used_until_an_own_server_is_found() {
    let (mut cache, now) = with_own_servers(&["ns.elsewhere."]);
    let servers = |cache: &mut ResolverCache| servers_of_shop(cache, now);
    assert_eq!(
        servers(&mut cache),
        "ns.elsewhere. without an address, ns.shop.test. at 192.0.2.4",
        "the servers of shop.test.: that of its own list, then that of its parent's"
    );
    let address = ReplyKind::Answer(Answer::Positive(vec![record(
        "ns.elsewhere. 600 A 192.0.2.7",
    )]));
    let elsewhere = question("ns.elsewhere", RecordType::A);
    cache.store(&name("elsewhere"), &elsewhere, &address, now);
    assert_eq!(
        servers(&mut cache),
        "ns.elsewhere. at 192.0.2.7",
        "the servers of shop.test., once the address of its own server is known"
    );
}

/// The addresses come from the cache, also where the parent has glue; and a server that both lists
/// name is one server.
#[test]
fn a_zone_has_the_servers_of_two_lists_with_the_addresses_of_two_sources() {
    let refer = |cache: &mut ResolverCache, servers: &[(&str, &[&str])], now| {
        let ns = question("shop.test", RecordType::NS);
        let referral = delegation("shop.test", 600, servers);
        cache.store(&name("test"), &ns, &ReplyKind::Referral(referral), now);
    };
    let list = |cache: &mut ResolverCache, own: &[&str], now| {
        let records = own.iter();
        let records = records.map(|server| record(&format!("shop.test. 600 NS {server}")));
        let answer = Answer::Positive(records.collect());
        let ns = question("shop.test", RecordType::NS);
        cache.store(&name("shop.test"), &ns, &ReplyKind::Answer(answer), now);
    };
    let address = |cache: &mut ResolverCache, server: &str, address: &str, ttl: u32, now| {
        let answer = Answer::Positive(vec![record(&format!("{server}. {ttl} A {address}"))]);
        let a = question(server, RecordType::A);
        cache.store(&name("test"), &a, &ReplyKind::Answer(answer), now);
    };
    let no_address = |cache: &mut ResolverCache, server: &str, now| {
        for rtype in [RecordType::A, RecordType::AAAA] {
            let soa = Some(soa(600, 600));
            let answer = Answer::NoData(Negative { soa });
            let question = question(server, rtype);
            cache.store(&name("test"), &question, &ReplyKind::Answer(answer), now);
        }
    };
    let glue: (&str, &[&str]) = ("ns.shop.test", &["192.0.2.4"]);
    let (_, now) = with_own_servers(&[]);
    let mut text = String::new();
    let mut add = |label: &str, cache: &mut ResolverCache, second: u64| {
        let servers = servers_of_shop(cache, after(now, second));
        text += &format!("{label}: {servers}\n");
    };
    let with_test = || with_own_servers(&[]).0;

    let mut cache = with_test();
    refer(&mut cache, &[("ns.elsewhere", &[]), glue], now);
    list(&mut cache, &["ns.elsewhere."], now);
    add("both lists have ns.elsewhere", &mut cache, 0);

    let mut cache = with_test();
    refer(&mut cache, &[glue], now);
    list(&mut cache, &["ns1.elsewhere.", "ns2.elsewhere."], now);
    address(&mut cache, "ns2.elsewhere", "192.0.2.7", 600, now);
    add("one of two own servers has an address", &mut cache, 0);

    let mut cache = with_test();
    refer(&mut cache, &[glue], now);
    address(&mut cache, "ns.shop.test", "192.0.2.9", 10, now);
    add("an answer has another address than the glue", &mut cache, 0);
    no_address(&mut cache, "ns.shop.test", after(now, 20));
    add("and another one has none, later", &mut cache, 20);

    let mut cache = with_test();
    refer(&mut cache, &[("ns.elsewhere", &[])], now);
    add("without glue, long after the referral", &mut cache, 599);
    no_address(&mut cache, "ns.elsewhere", now);
    add("and ns.elsewhere has no address", &mut cache, 599);
    insta::assert_snapshot!(text, @r"
    both lists have ns.elsewhere: ns.elsewhere. without an address, ns.shop.test. at 192.0.2.4
    one of two own servers has an address: ns1.elsewhere. without an address, ns2.elsewhere. at 192.0.2.7
    an answer has another address than the glue: ns.shop.test. at 192.0.2.9
    and another one has none, later: ns.shop.test. at 192.0.2.4
    without glue, long after the referral: ns.elsewhere. without an address
    and ns.elsewhere has no address: the walk begins at test.
    ");
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
        "servers: of a thousand, MAX_SERVERS, and the one of the parent's list"
    );
}

/// A CNAME at an apex is an error. It does not apply to DS records, which are in the parent zone.
#[test]
fn an_alias_does_not_apply_to_ds_records() {
    let alias = ["shop.test. 600 CNAME www.example."];
    let (mut cache, now) = answer("shop.test", "shop.test", RecordType::CNAME, &alias);
    for (rtype, expected) in [
        (
            RecordType::A,
            "an alias: shop.test. 600 IN CNAME www.example.",
        ),
        (RecordType::DS, "nothing"),
    ] {
        assert_eq!(
            cached(&mut cache, "shop.test", rtype, now),
            expected,
            "shop.test {rtype}, where a CNAME of shop.test is cached"
        );
    }
}

/// The root servers from priming have failed; the hints are left.
#[test]
fn the_hints_replace_dead_root_servers() {
    let now = Instant::now();
    let mut delegations = DelegationCache::new(root(), 100);
    let primed = delegation(".", 600, &[("new.root", &["192.0.2.201"])]);
    delegations.set_root(primed.clone(), now);
    let servers = |root: Delegation| {
        let names = root.servers.iter().map(|server| server.name.to_string());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        servers(delegations.root(now)),
        "new.root.",
        "the root servers from priming"
    );
    delegations.forget(&name("."), now);
    assert_eq!(
        servers(delegations.root(now)),
        servers(root()),
        "the root servers after those from priming have failed: those of the hints"
    );
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
    assert_eq!(
        cached(&mut cache, "www.test", RecordType::TXT, now),
        "NXDOMAIN with an SOA for 300 s",
        "www.test TXT after NXDOMAIN for www.test A: it is about the name, whatever the type"
    );
    let answer = ReplyKind::Answer(Answer::Positive(vec![
        record("alias.test. 300 CNAME www.test."),
        record("www.test. 300 A 192.0.2.80"),
    ]));
    let alias = question("alias.test", RecordType::A);
    cache.store(&name("test"), &alias, &answer, now);
    assert_eq!(
        cached(&mut cache, "www.test", RecordType::TXT, now),
        "nothing",
        "www.test TXT, once an A record shows that the name exists"
    );
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
        let failure = failure_of(cache.cached_failure(&www, now));
        assert_eq!(failure, "no failure", "www.test A after {which}");
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
    let failure = failure_of(cache.cached_failure(&www, now));
    assert_eq!(failure, "no failure", "www.test A after its A record");
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
    assert_eq!(
        cached(&mut cache, "a.shop.ax.test", RecordType::A, now),
        "NXDOMAIN with an SOA for 300 s",
        "a.shop.ax.test A, after NXDOMAIN for ax.test"
    );

    let shop = delegation("shop.ax.test", 600, &[("ns.shop.ax.test", &["192.0.2.4"])]);
    cache.store(&name("test"), &below, &ReplyKind::Referral(shop), now);
    assert_eq!(
        cached(&mut cache, "a.shop.ax.test", RecordType::A, now),
        "nothing",
        "a.shop.ax.test A, after NXDOMAIN for ax.test: the delegation of shop.ax.test proves it wrong"
    );
    assert_eq!(
        cache.closest_delegation(&below, now).zone.to_string(),
        "shop.ax.test.",
        "the zone where a walk for a.shop.ax.test starts"
    );
    assert_eq!(
        cached(&mut cache, "ax.test", RecordType::AAAA, now),
        "NXDOMAIN with an SOA for 300 s",
        "ax.test AAAA itself, which was denied"
    );

    let www = question("www.ax.test", RecordType::A);
    let records = vec![record("www.ax.test. 60 A 192.0.2.80")];
    cache.store(
        &name("test"),
        &www,
        &ReplyKind::Answer(Answer::Positive(records)),
        now,
    );
    assert_eq!(
        cached(&mut cache, "mail.ax.test", RecordType::A, now),
        "nothing",
        "mail.ax.test A, after NXDOMAIN for ax.test: the record of www.ax.test proves it wrong"
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
    let without_aa = || ReplyKind::LastResort(answer("192.0.2.66"));
    for (kind, expected, shown) in [
        (without_aa(), "66", "an answer without AA"),
        (
            ReplyKind::Answer(answer("192.0.2.80")),
            "80",
            "an authoritative answer after it",
        ),
        (
            without_aa(),
            "80",
            "one without AA again: the authoritative one stays",
        ),
    ] {
        cache.store(&name("test"), &question, &kind, now);
        assert_eq!(
            cached(&mut cache, "www.test", RecordType::A, now),
            format!("www.test. 30 IN A 192.0.2.{expected}"),
            "www.test A after {shown}"
        );
    }
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
        assert_eq!(
            cached(&mut cache, qname, qtype, now),
            "nothing",
            "{qname} {qtype} after NXDOMAIN for b.test A"
        );
    }
    assert_eq!(
        cached(&mut cache, "b.test", RecordType::A, now),
        "NODATA with an SOA for 300 s",
        "b.test A after NXDOMAIN for it"
    );

    // Without a known name below it, the name and all names below it are denied.
    let later = after(now, 301);
    cache.store(&name("test"), &denied, &nxdomain, later);
    assert_eq!(
        cached(&mut cache, "ftp.b.test", RecordType::A, later),
        "NXDOMAIN with an SOA for 300 s",
        "ftp.b.test A, 241 seconds after www.b.test A has expired"
    );
}
