//! The edges of the given code: the weight of each part, the last moment of a lifetime, and lists
//! of servers that are kept or dropped.

use std::net::IpAddr;
use std::time::Duration;

use chase::{Knowledge, ResolutionFailure};
use dnsparse::RecordType;
use negative::delegation_cache::PARENT_INTERVAL;
use negative::{DelegationCache, ResolverCache, SharedCache};
use referral::{Answer, Delegation, NameServer, Negative, ReplyKind};
use tokio::time::Instant;

use crate::parts::{name, record, soa};
use crate::world::{question, root};

/// Creates a referral to a zone for ten minutes, with the names and addresses of its servers.
fn delegation(zone: &str, servers: &[(&str, &[&str])]) -> Delegation {
    let servers = servers.iter().map(|(server, addresses)| NameServer {
        name: name(server),
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
    });
    Delegation {
        zone: name(zone),
        ttl: 600,
        servers: servers.collect(),
    }
}

fn positive(records: &[&str]) -> ReplyKind {
    let records = records.iter().map(|text| record(text)).collect();
    ReplyKind::Answer(Answer::Positive(records))
}

fn last_resort(text: &str) -> ReplyKind {
    ReplyKind::LastResort(Answer::Positive(vec![record(text)]))
}

/// Writes addresses, or "none".
fn shown(addresses: &[IpAddr]) -> String {
    match addresses {
        [] => "none".to_owned(),
        _ => {
            let addresses = addresses.iter().map(ToString::to_string);
            addresses.collect::<Vec<_>>().join(" and ")
        }
    }
}

/// Writes the names of a zone's servers in each of its lists.
fn lists(cache: &mut DelegationCache, zone: &str, now: Instant) -> String {
    let Some((lists, _)) = cache.servers(&name(zone), now) else {
        return "not cached".to_owned();
    };
    let names = |list: &Delegation| {
        let names = list.servers.iter().map(|server| server.name.to_string());
        names.collect::<Vec<_>>().join(" ")
    };
    lists.iter().map(names).collect::<Vec<_>>().join(", then ")
}

/// The bound of the cache is on the sum of the weights of all entries.
#[test]
fn each_entry_has_its_weight() {
    let (mut cache, now) = (ResolverCache::new(root(), 10_000), Instant::now());
    let mut lines = format!("empty: {}\n", cache.records());
    let addresses = positive(&["a.b.test. 300 A 192.0.2.1", "a.b.test. 300 A 192.0.2.2"]);
    cache.store(
        &name("."),
        &question("a.b.test", RecordType::A),
        &addresses,
        now,
    );
    lines += &format!(
        "two records, and the two names above them: {}\n",
        cache.records()
    );
    let nothing = ReplyKind::Answer(Answer::NoData(Negative {
        soa: Some(soa(300, 300)),
    }));
    for qtype in [RecordType::MX, RecordType::TXT, RecordType::AAAA] {
        cache.store(&name("."), &question("a.b.test", qtype), &nothing, now);
    }
    lines += &format!("three negative answers: {}\n", cache.records());
    for qname in ["one.test", "two.test"] {
        let failure = ResolutionFailure::OverBudget { queries: 100 };
        cache.store_failure(&question(qname, RecordType::A), &failure, now);
    }
    lines += &format!("two failures: {}\n", cache.records());
    let test = delegation(
        "test",
        &[
            ("ns1.test", &["192.0.2.2", "2001:db8::2"]),
            ("ns2.test", &[]),
        ],
    );
    let ns = question("test", RecordType::NS);
    cache.store(&name("."), &ns, &ReplyKind::Referral(test), now);
    lines += &format!(
        "two servers, two addresses, and these as glue: {}\n",
        cache.records()
    );
    let own = positive(&["test. 300 NS ns1.test.", "test. 300 NS ns3.test."]);
    cache.store(&name("test"), &ns, &own, now);
    lines += &format!(
        "the zone's own two servers, two NS records, and the name above: {}\n",
        cache.records()
    );
    insta::assert_snapshot!(lines, @r"
    empty: 0
    two records, and the two names above them: 4
    three negative answers: 7
    two failures: 9
    two servers, two addresses, and these as glue: 15
    the zone's own two servers, two NS records, and the name above: 20
    ");
}

/// The number of records is that of all handles together.
#[test]
fn a_shared_cache_counts_its_records() {
    let cache = SharedCache::new(root(), 10_000);
    let mx = positive(&[
        "test. 300 MX 1 a.",
        "test. 300 MX 2 b.",
        "test. 300 MX 3 c.",
    ]);
    cache.store(&name("."), &question("test", RecordType::MX), &mx);
    assert_eq!(cache.clone().records(), 3, "records: three of type MX");
}

#[test]
fn a_zones_own_list_ends_with_its_ttl() {
    let (mut cache, now) = (DelegationCache::new(root(), 100), Instant::now());
    let test = delegation("test", &[("ns.test", &["192.0.2.2"])]);
    cache.store_referral(&name("."), &test, now);
    cache.store_own_servers(&name("test"), vec![name("ns9.test")], 100, now);
    let mut lines = String::new();
    for seconds in [99, 100] {
        let lists = lists(&mut cache, "test", now + Duration::from_secs(seconds));
        lines += &format!("{seconds} s after a TTL of 100: {lists}\n");
    }
    insta::assert_snapshot!(lines, @r"
    99 s after a TTL of 100: ns9.test., then ns.test.
    100 s after a TTL of 100: ns.test.
    ");
}

/// All servers of the zone have failed.
#[test]
fn a_failed_zone_loses_its_own_list_at_first_and_its_delegation_a_minute_later() {
    let now = Instant::now();
    let mut lines = String::new();
    for after in [
        Duration::ZERO,
        PARENT_INTERVAL - Duration::from_secs(1),
        PARENT_INTERVAL,
    ] {
        let mut cache = DelegationCache::new(root(), 100);
        let test = delegation("test", &[("ns.test", &["192.0.2.2"])]);
        cache.store_referral(&name("."), &test, now);
        cache.store_own_servers(&name("test"), vec![name("ns9.test")], 300, now);
        cache.forget(&name("test"), now + after);
        let lists = lists(&mut cache, "test", now + after);
        lines += &format!("{} s after the referral: {lists}\n", after.as_secs());
    }
    insta::assert_snapshot!(lines, @r"
    0 s after the referral: ns.test.
    59 s after the referral: ns.test.
    60 s after the referral: not cached
    ");
}

/// Creates a cache with a referral to `shop.test`, and with the zone's own list.
fn with_shop() -> SharedCache {
    let cache = SharedCache::new(root(), 1_000);
    let ns = question("shop.test", RecordType::NS);
    for (parent, referral) in [
        (".", delegation("test", &[("ns.test", &["192.0.2.2"])])),
        (
            "test",
            delegation("shop.test", &[("ns.shop.test", &["192.0.2.4"])]),
        ),
    ] {
        cache.store(&name(parent), &ns, &ReplyKind::Referral(referral));
    }
    let own = positive(&["shop.test. 300 NS ns.elsewhere."]);
    cache.store(&name("shop.test"), &ns, &own);
    cache
}

/// A search whose other servers have failed queries these.
#[tokio::test(start_paused = true)]
async fn the_parents_list_and_its_glue_can_be_had_by_themselves() {
    let cache = with_shop();
    let mut lines = String::new();
    for server in ["ns.shop.test", "ns.test", "ns.elsewhere", "www.shop.test"] {
        lines += &format!("glue of {server}: {}\n", shown(&cache.glue(&name(server))));
    }
    for zone in ["shop.test", "test", "other.test"] {
        let servers = cache.parent_side(&name(zone));
        let first = servers.first().map(|server| server.name.to_string());
        let first = first.unwrap_or("none".to_owned());
        lines += &format!("parent's list of {zone}: {first}\n");
    }
    insta::assert_snapshot!(lines, @r"
    glue of ns.shop.test: 192.0.2.4
    glue of ns.test: 192.0.2.2
    glue of ns.elsewhere: none
    glue of www.shop.test: none
    parent's list of shop.test: ns.shop.test.
    parent's list of test: ns.test.
    parent's list of other.test: none
    ");
}

/// Each of these replies has something to do with NS records or with the zone, and none of them is
/// the zone's own list.
#[tokio::test(start_paused = true)]
async fn an_answer_to_another_question_leaves_a_zones_own_list_alone() {
    for (qname, qtype, text) in [
        ("shop.test", RecordType::A, "shop.test. 300 A 192.0.2.80"),
        ("sub.shop.test", RecordType::NS, "sub.shop.test. 300 NS ns."),
    ] {
        let cache = with_shop();
        cache.store(
            &name("shop.test"),
            &question(qname, qtype),
            &positive(&[text]),
        );
        let closest = cache.closest_delegation(&question("www.shop.test", RecordType::A));
        let first = closest
            .servers
            .first()
            .map(|server| server.name.to_string());
        assert_eq!(
            first.as_deref(),
            Some("ns.elsewhere."),
            "the first server of shop.test, after the answer to {qname} {qtype}: {text}"
        );
    }
}

#[test]
fn a_negative_answer_with_less_than_a_second_left_is_not_returned() {
    let (mut cache, now) = (ResolverCache::new(root(), 1_000), Instant::now());
    let nothing = ReplyKind::Answer(Answer::NoData(Negative {
        soa: Some(soa(30, 30)),
    }));
    let mx = question("test", RecordType::MX);
    cache.store(&name("."), &mx, &nothing, now);
    for (milliseconds, is_cached) in [(29_000, true), (29_001, false)] {
        let cached = cache.cached_answer(&mx, now + Duration::from_millis(milliseconds));
        assert_eq!(
            cached.is_some(),
            is_cached,
            "whether NODATA with a TTL of 30 is returned after {milliseconds} ms"
        );
    }
}

/// Returns the cached addresses of `ns.test` after its glue, perhaps, and some answers.
fn addresses_after(glue: bool, replies: &[ReplyKind]) -> String {
    let (mut cache, now) = (ResolverCache::new(root(), 1_000), Instant::now());
    let a = question("ns.test", RecordType::A);
    if glue {
        let test = delegation("test", &[("ns.test", &["192.0.2.2"])]);
        cache.store(&name("."), &a, &ReplyKind::Referral(test), now);
    }
    for reply in replies {
        cache.store(&name("test"), &a, reply, now);
    }
    shown(
        &cache
            .cached_addresses(&name("ns.test"), now)
            .unwrap_or_default(),
    )
}

/// Of two answers without AA the newer counts; but none of them replaces glue.
#[test]
fn an_answer_without_aa_replaces_another_and_no_glue() {
    let (older, newer) = (
        last_resort("ns.test. 300 A 192.0.2.66"),
        last_resort("ns.test. 300 A 192.0.2.67"),
    );
    let authoritative = positive(&["ns.test. 300 A 192.0.2.3"]);
    let lines = [
        (
            "glue, then one without AA",
            addresses_after(true, std::slice::from_ref(&older)),
        ),
        (
            "two without AA",
            addresses_after(false, &[older.clone(), newer]),
        ),
        (
            "one without AA, then one with",
            addresses_after(false, &[older, authoritative]),
        ),
    ];
    let lines = lines.map(|(replies, addresses)| format!("{replies}: {addresses}\n"));
    insta::assert_snapshot!(lines.concat(), @r"
    glue, then one without AA: 192.0.2.2
    two without AA: 192.0.2.67
    one without AA, then one with: 192.0.2.3
    ");
}

/// Of the two CNAME records in this answer, one can be synthesized again, and the other cannot.
#[test]
fn an_alias_beside_a_dname_is_cached() {
    let (mut cache, now) = (ResolverCache::new(root(), 1_000), Instant::now());
    let answer = positive(&[
        "www.test. 300 CNAME a.old.test.",
        "old.test. 300 DNAME new.test.",
        "a.old.test. 300 CNAME a.new.test.",
        "a.new.test. 300 A 192.0.2.80",
    ]);
    cache.store(
        &name("test"),
        &question("www.test", RecordType::A),
        &answer,
        now,
    );
    let mut lines = String::new();
    for qname in ["www.test", "a.old.test"] {
        let cached = cache.cached_answer(&question(qname, RecordType::CNAME), now);
        let state = cached.map_or("not cached", |_| "cached");
        lines += &format!("{qname} CNAME: {state}\n");
    }
    insta::assert_snapshot!(lines, @r"
    www.test CNAME: cached
    a.old.test CNAME: not cached
    ");
}
