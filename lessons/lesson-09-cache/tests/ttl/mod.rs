//! TTLs: limited, counted down, and those of 0.

use cache::ttl::{clamp_ttl, clamp_ttls, lifetime};
use cache::{Cache, Trust, rrsets};
use dnsparse::{Class, Record, RecordType};
use tokio::time::Instant;

use crate::{after, cache_with, cached, records, text, ttl_left};

/// Writes TTLs, each with the number of seconds for which it allows a record to be kept.
fn clamped(ttls: &[u32]) -> String {
    let lines = ttls
        .iter()
        .map(|ttl| format!("{ttl} → {}\n", clamp_ttl(*ttl)));
    lines.collect()
}

#[test]
fn a_ttl_with_its_top_bit_set_means_zero() {
    let top = 1 << 31;
    insta::assert_snapshot!(clamped(&[top, top | 3_600, u32::MAX, 3_600, 0, 1]), @r"
    2147483648 → 0
    2147487248 → 0
    4294967295 → 0
    3600 → 3600
    0 → 0
    1 → 1
    ");
}

#[test]
fn no_rrset_is_kept_for_longer_than_a_day() {
    insta::assert_snapshot!(clamped(&[86_399, 86_400, 86_401, (1 << 31) - 1]), @r"
    86399 → 86399
    86400 → 86400
    86401 → 86400
    2147483647 → 86400
    ");
    let (mut cache, now) = cache_with(604_800);
    let ttls = [0.0, 86_399.0, 86_400.0].map(|second| ttl_left(&mut cache, after(now, second)));
    assert_eq!(
        ttls.join(", "),
        "86400, 1, gone",
        "the TTL that is left of 604800: at once, after 86399 s, and after 86400 s"
    );
}

/// RFC 2181 section 5.2: the records of an RRset have one TTL. If they do not, the least applies.
#[test]
fn the_least_ttl_of_an_rrset_applies_to_all_its_records() {
    let lifetime = |rrset: &[Record]| format!("{} s", lifetime(rrset).as_secs_f64());
    let rrset = records(
        "www.example 300 A 192.0.2.1\nwww.example 60 A 192.0.2.2\nwww.example 7200 A 192.0.2.3",
    );
    assert_eq!(lifetime(&rrset), "60 s", "TTLs of 300, 60 and 7200");
    let mut malformed = rrset.clone();
    malformed[2].ttl = u32::MAX;
    assert_eq!(
        lifetime(&malformed),
        "0 s",
        "a TTL with its top bit set is 0, and therefore the least"
    );
    assert_eq!(lifetime(&[]), "0 s", "no record");
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&rrset, Trust::Answer, now);
    let later = after(now, 10.0);
    insta::assert_snapshot!(cached(&mut cache, "www.example", RecordType::A, later), @r"
    www.example. 50 IN A 192.0.2.1
    www.example. 50 IN A 192.0.2.2
    www.example. 50 IN A 192.0.2.3
    by Answer
    ");
}

#[test]
fn ttls_count_down_and_never_go_up() {
    let (mut cache, now) = cache_with(10);
    let left: Vec<_> = (0..24)
        .map(|half| ttl_left(&mut cache, after(now, f64::from(half) / 2.0)))
        .collect();
    insta::assert_snapshot!(left.join(" "), @"10 9 9 8 8 7 7 6 6 5 5 4 4 3 3 2 2 1 1 gone gone gone gone gone");
}

/// A cache that receives a TTL of t at the second s keeps the records until s + t. That must not be
/// later than the time at which they expire here.
#[test]
fn remaining_ttls_are_rounded_down() {
    let (mut cache, now) = cache_with(10);
    for tenth in 0..120 {
        let second = f64::from(tenth) / 10.0;
        if let Ok(ttl) = ttl_left(&mut cache, after(now, second)).parse::<f64>() {
            assert!(
                second + ttl <= 10.0,
                "a record was stored for 10 s, and returned after {second} s with a TTL of {ttl}: \
                 another cache would keep it until the second {}",
                second + ttl
            );
        }
    }
}

/// A resolver uses that time to see for how long a whole answer may be used.
#[test]
fn an_rrset_is_returned_with_the_time_at_which_it_expires() {
    let (mut cache, now) = cache_with(300);
    let name = "www.example".parse().unwrap();
    let cached = cache.get(&name, RecordType::A, Trust::Answer, after(now, 20.0));
    let expires = cached.map(|cached| (cached.expires - now).as_secs_f64());
    assert_eq!(
        expires,
        Some(300.0),
        "in seconds after it was stored with a TTL of 300, as returned 20 s later"
    );
}

/// The record may be used for the current query only. The number of records is read first: a lookup
/// would remove one that has expired.
#[test]
fn an_rrset_with_a_ttl_of_zero_is_not_stored() {
    let (mut cache, now) = cache_with(0);
    assert_eq!(cache.records(), 0, "records after one with a TTL of 0");
    assert_eq!(ttl_left(&mut cache, now), "gone");
}

/// The newest answer counts, and this one is not to be cached.
#[test]
fn an_answer_with_a_ttl_of_zero_removes_the_cached_one() {
    let (mut cache, now) = cache_with(300);
    cache.put(&records("www.example 0 A 192.0.2.2"), Trust::Answer, now);
    let cached = cached(&mut cache, "www.example", RecordType::A, now);
    assert_eq!(cached, "nothing", "a newer answer has a TTL of 0");
}

/// Glue has a lower trust, whatever its TTL. Otherwise any referral could remove an answer.
#[test]
fn glue_with_a_ttl_of_zero_removes_no_answer() {
    for trust in [Trust::Glue, Trust::Referral, Trust::LastResort] {
        let (mut cache, now) = cache_with(300);
        cache.put(&records("www.example 0 A 192.0.2.2"), trust, now);
        assert_eq!(
            cached(&mut cache, "www.example", RecordType::A, now),
            "www.example. 300 IN A 192.0.2.1\nby Answer",
            "after an RRset by {trust:?} with a TTL of 0"
        );
    }
}

/// Records that are passed on at once have the TTLs that they would have from the cache: of each
/// RRset the least, at most a day, and 0 for one with its top bit set.
#[test]
fn fresh_records_get_the_ttls_of_a_cache() {
    let mut fresh = records(
        "a.example 300 A 192.0.2.1\nb.example 20 A 192.0.2.3\nA.example 60 A 192.0.2.2\n\
         a.example 604800 TXT x\nc.example 4294967295 A 192.0.2.4",
    );
    let (mut cache, now) = (Cache::new(100), Instant::now());
    for rrset in rrsets(&fresh) {
        cache.put(&rrset, Trust::Answer, now);
    }
    let from_cache = |record: &Record| {
        let cached = cache.get(&record.owner, record.rtype(), Trust::Answer, now);
        let ttl = cached.and_then(|cached| Some(cached.records.first()?.ttl));
        let ttl = ttl.unwrap_or(0);
        Record {
            ttl,
            ..record.clone()
        }
    };
    let expected: Vec<_> = fresh.iter().map(from_cache).collect();
    let received = text(&fresh);
    clamp_ttls(&mut fresh);
    assert_eq!(
        text(&fresh),
        text(&expected),
        "the fresh records, and those from the cache, of\n{received}"
    );
    let mut classes = records("a.example 300 TXT x\na.example 60 TXT y");
    classes[0].class = Class::CH;
    clamp_ttls(&mut classes);
    assert_eq!(
        text(&classes),
        "a.example. 300 CH TXT \"x\"\na.example. 60 IN TXT \"y\"",
        "two RRsets"
    );
}
