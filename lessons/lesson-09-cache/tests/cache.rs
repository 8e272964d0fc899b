//! Lesson 9: the TTLs, trust and bound of the cache.
//!
//! No test waits: each passes the time to the cache.
#![cfg(test)]

mod host;
mod store;

use std::time::Duration;

use cache::cache::MAX_ALIASES;
use cache::{Cache, Trust, ttl};
use dnsparse::{Class, Name, Question, Record, RecordType};
use tokio::time::Instant;

/// Parses records, one a line.
fn records(lines: &str) -> Vec<Record> {
    lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.parse().unwrap())
        .collect()
}

/// Writes records as text, one a line.
fn text(records: &[Record]) -> String {
    let lines: Vec<_> = records.iter().map(ToString::to_string).collect();
    lines.join("\n").replace('\t', " ")
}

fn question(qname: &str, qtype: RecordType) -> Question {
    Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    }
}

fn after(now: Instant, seconds: f64) -> Instant {
    now + Duration::from_secs_f64(seconds)
}

/// Returns the remaining TTL of `www.example A`, if it is cached as an answer.
fn ttl_left(cache: &mut Cache, now: Instant) -> Option<u32> {
    let name: Name = "www.example".parse().unwrap();
    let cached = cache.get(&name, RecordType::A, Trust::Answer, now)?;
    Some(cached.records[0].ttl)
}

/// Creates a cache that holds `www.example A` with this TTL, and returns the time of storing it.
fn cache_with(ttl: u32) -> (Cache, Instant) {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    let rrset = records(&format!("www.example {ttl} A 192.0.2.1"));
    cache.put(&rrset, Trust::Answer, now);
    (cache, now)
}

#[test]
fn a_ttl_with_its_top_bit_set_means_zero() {
    for ttl in [1 << 31, (1 << 31) | 3_600, u32::MAX] {
        assert_eq!(ttl::clamp_ttl(ttl), 0, "{ttl}");
    }
    assert_eq!(ttl::clamp_ttl(3_600), 3_600);
}

#[test]
fn no_rrset_is_kept_for_longer_than_a_day() {
    assert_eq!(ttl::clamp_ttl(86_401), 86_400);
    assert_eq!(ttl::clamp_ttl((1 << 31) - 1), 86_400);
    let (mut cache, now) = cache_with(604_800);
    assert_eq!(ttl_left(&mut cache, now), Some(86_400));
    assert_eq!(ttl_left(&mut cache, after(now, 86_400.0)), None);
}

/// RFC 2181 section 5.2: the records of an RRset have one TTL. If they do not, the least applies.
#[test]
fn the_least_ttl_of_an_rrset_applies_to_all_its_records() {
    let rrset = records(
        "www.example 300 A 192.0.2.1\nwww.example 60 A 192.0.2.2\nwww.example 7200 A 192.0.2.3",
    );
    assert_eq!(ttl::lifetime(&rrset), Duration::from_secs(60));
    let mut malformed = rrset.clone();
    malformed[2].ttl = u32::MAX;
    assert_eq!(
        ttl::lifetime(&malformed),
        Duration::ZERO,
        "a TTL with its top bit set is 0, and therefore the least"
    );
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&rrset, Trust::Answer, now);
    let cached = cache.get(
        &rrset[0].owner,
        RecordType::A,
        Trust::Answer,
        after(now, 10.0),
    );
    insta::assert_snapshot!(text(&cached.unwrap().records), @r"
    www.example. 50 IN A 192.0.2.1
    www.example. 50 IN A 192.0.2.2
    www.example. 50 IN A 192.0.2.3
    ");
}

#[test]
fn ttls_count_down_and_never_go_up() {
    let (mut cache, now) = cache_with(10);
    let left: Vec<_> = (0..24)
        .map(|half| ttl_left(&mut cache, after(now, f64::from(half) / 2.0)))
        .map(|ttl| ttl.map_or("gone".to_owned(), |ttl| ttl.to_string()))
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
        if let Some(ttl) = ttl_left(&mut cache, after(now, second)) {
            assert!(second + f64::from(ttl) <= 10.0, "{ttl} s at {second} s");
        }
    }
}

/// The record may be used for the current query only.
#[test]
fn an_rrset_with_a_ttl_of_zero_is_not_stored() {
    let (mut cache, now) = cache_with(0);
    assert_eq!((ttl_left(&mut cache, now), cache.records()), (None, 0));
}

/// The newest answer counts, and this one is not to be cached.
#[test]
fn an_answer_with_a_ttl_of_zero_removes_the_cached_one() {
    let (mut cache, now) = cache_with(300);
    cache.put(&records("www.example 0 A 192.0.2.2"), Trust::Answer, now);
    assert_eq!(ttl_left(&mut cache, now), None);
}

#[test]
fn rrsets_are_cached_by_owner_and_type() {
    let (mut cache, now) = cache_with(300);
    let mut has = |owner: &str, rtype| {
        let cached = cache.get(&owner.parse().unwrap(), rtype, Trust::Glue, now);
        cached.is_some()
    };
    assert!(has("www.example", RecordType::A));
    assert!(
        has("WWW.Example", RecordType::A),
        "case makes no difference"
    );
    assert!(!has("www.example", RecordType::AAAA));
    assert!(!has("example", RecordType::A));
}

/// An address from a referral serves only to find a name server.
#[test]
fn glue_never_answers_a_question() {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    let glue = records("ns.example 300 A 192.0.2.53");
    cache.put(&glue, Trust::Glue, now);
    assert_eq!(
        cache.answer(&question("ns.example", RecordType::A), now),
        None
    );
    let cached = cache.get(&glue[0].owner, RecordType::A, Trust::Glue, now);
    assert_eq!(cached.unwrap().trust, Trust::Glue);
}

#[test]
fn the_ns_records_of_a_referral_never_answer_a_question() {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&records("example 300 NS ns.example"), Trust::Referral, now);
    assert_eq!(
        cache.answer(&question("example", RecordType::NS), now),
        None
    );
}

/// Returns the address that is cached after two RRsets were stored, and its trust.
fn after_storing(first: Trust, second: Trust) -> String {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    let rrsets = [
        records("ns.example 300 A 192.0.2.1"),
        records("ns.example 300 A 192.0.2.2"),
    ];
    cache.put(&rrsets[0], first, now);
    cache.put(&rrsets[1], second, now);
    let cached = cache
        .get(&rrsets[0][0].owner, RecordType::A, Trust::Glue, now)
        .unwrap();
    format!("{} by {:?}", cached.records[0].rdata, cached.trust)
}

#[test]
fn an_answer_replaces_glue_and_never_the_other_way_round() {
    assert_eq!(
        after_storing(Trust::Glue, Trust::Answer),
        "192.0.2.2 by Answer"
    );
    assert_eq!(
        after_storing(Trust::Answer, Trust::Glue),
        "192.0.2.1 by Answer"
    );
    assert_eq!(
        after_storing(Trust::Referral, Trust::Glue),
        "192.0.2.1 by Referral"
    );
}

#[test]
fn the_newer_of_two_rrsets_of_equal_trust_counts() {
    for trust in [Trust::Glue, Trust::Referral, Trust::Answer] {
        let expected = format!("192.0.2.2 by {trust:?}");
        assert_eq!(after_storing(trust, trust), expected);
    }
}

/// An expired RRset no longer outranks any other.
#[test]
fn glue_replaces_an_expired_answer() {
    let (mut cache, now) = cache_with(60);
    let later = after(now, 60.0);
    let glue = records("www.example 300 A 192.0.2.2");
    cache.put(&glue, Trust::Glue, later);
    let cached = cache.get(&glue[0].owner, RecordType::A, Trust::Glue, later);
    assert_eq!(cached.unwrap().trust, Trust::Glue);
}

/// Creates a cache that holds `count` aliases, from `a0.example` on, and the address at their end.
fn with_aliases(count: usize) -> (Cache, Instant) {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    for n in 0..count {
        let alias = format!("a{n}.example 300 CNAME a{}.example", n + 1);
        cache.put(&records(&alias), Trust::Answer, now);
    }
    let end = format!("a{count}.example 60 A 192.0.2.80");
    cache.put(&records(&end), Trust::Answer, now);
    (cache, now)
}

#[test]
fn an_answer_begins_with_the_aliases_that_lead_to_it() {
    let (mut cache, now) = with_aliases(2);
    let answer = cache.answer(&question("a0.example", RecordType::A), after(now, 20.0));
    insta::assert_snapshot!(text(&answer.unwrap()), @r"
    a0.example. 280 IN CNAME a1.example.
    a1.example. 280 IN CNAME a2.example.
    a2.example. 40 IN A 192.0.2.80
    ");
}

#[test]
fn an_alias_without_its_target_is_no_answer() {
    let (mut cache, now) = with_aliases(2);
    let question_a = question("a0.example", RecordType::A);
    let answer = cache.answer(&question_a, after(now, 60.0));
    let answer = answer.map(|records| text(&records));
    assert_eq!(answer, None, "the address has expired");
    let answer = cache.answer(&question("a0.example", RecordType::AAAA), now);
    let answer = answer.map(|records| text(&records));
    assert_eq!(answer, None, "no records of this type were stored");
}

#[test]
fn a_question_for_cname_is_answered_by_the_alias() {
    let (mut cache, now) = with_aliases(2);
    let answer = cache.answer(&question("a1.example", RecordType::CNAME), now);
    assert_eq!(
        text(&answer.unwrap()),
        "a1.example. 300 IN CNAME a2.example."
    );
}

#[test]
fn sixteen_aliases_are_followed_and_an_alias_loop_is_no_answer() {
    let question = question("a0.example", RecordType::A);
    let (mut cache, now) = with_aliases(MAX_ALIASES);
    assert_eq!(cache.answer(&question, now).unwrap().len(), MAX_ALIASES + 1);
    let (mut cache, now) = with_aliases(MAX_ALIASES + 1);
    assert_eq!(cache.answer(&question, now), None);
    cache.put(
        &records("a1.example 300 CNAME a0.example"),
        Trust::Answer,
        now,
    );
    assert_eq!(cache.answer(&question, now), None);
}

#[test]
fn other_classes_are_neither_stored_nor_answered() {
    let (mut cache, now) = cache_with(300);
    let chaos = Question {
        qclass: Class::CH,
        ..question("www.example", RecordType::A)
    };
    assert_eq!(cache.answer(&chaos, now), None);
    let mut rrset = records("www.example 300 A 192.0.2.66");
    rrset[0].class = Class::CH;
    cache.put(&rrset, Trust::Answer, now);
    let answer = cache.answer(&question("www.example", RecordType::A), now);
    assert_eq!(text(&answer.unwrap()), "www.example. 300 IN A 192.0.2.1");
}

/// The bound is on records, not on RRsets: an RRset with a thousand records weighs a thousand.
#[test]
fn the_bound_is_on_records() {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    for n in 0..100 {
        let rrset: String = (0..10)
            .map(|host| format!("n{n}.example 300 A 192.0.2.{host}\n"))
            .collect();
        cache.put(&records(&rrset), Trust::Answer, now);
        assert!(cache.records() <= 100, "{} records", cache.records());
    }
    assert_eq!(cache.records(), 100);
}

/// Otherwise a TXT record of sixty thousand octets would weigh no more than an address of four.
#[test]
fn a_record_with_large_rdata_weighs_as_much_as_several() {
    let long = format!("{0} {0} {0} {0}", "x".repeat(250));
    let txt = records(&format!("text.example 300 TXT {long}"));
    assert_eq!(cache::cache::weight(&txt), 1 + 1_004 / 256);
    assert_eq!(
        cache::cache::weight(&records("www.example 300 A 192.0.2.1")),
        1
    );
}

#[test]
fn records_are_grouped_into_rrsets() {
    let mixed = records(
        "b.example 60 A 192.0.2.1\na.example 60 A 192.0.2.2\nB.example 60 A 192.0.2.3\nb.example 60 TXT x",
    );
    let sets: Vec<_> = cache::rrsets(&mixed).iter().map(|set| text(set)).collect();
    insta::assert_snapshot!(sets.join("\n\n"), @r#"
    b.example. 60 IN A 192.0.2.1
    B.example. 60 IN A 192.0.2.3

    a.example. 60 IN A 192.0.2.2

    b.example. 60 IN TXT "x"
    "#);
}

/// Records that are passed on at once have the TTLs that they would have from the cache.
#[test]
fn fresh_records_get_the_ttls_of_a_cache() {
    let mut fresh =
        records("a.example 300 A 192.0.2.1\na.example 60 A 192.0.2.2\na.example 604800 TXT x");
    ttl::clamp_ttls(&mut fresh);
    let ttls: Vec<_> = fresh.iter().map(|record| record.ttl).collect();
    assert_eq!(ttls, [60, 60, 86_400]);
}
