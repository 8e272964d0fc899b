//! Lesson 9: does it remember, for as long as it may, and never too much?
//!
//! Nobody waits in these tests: what time it is, the cache is told.
#![cfg(test)]

mod host;
mod store;

use std::time::Duration;

use cache::cache::MAX_ALIASES;
use cache::{Cache, Trust, ttl};
use dnsparse::{Class, Name, Question, Record, RecordType};
use tokio::time::Instant;

/// Records from their text, one a line.
fn records(text: &str) -> Vec<Record> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.parse().unwrap())
        .collect()
}

/// Records as text, one a line.
fn tell(records: &[Record]) -> String {
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

/// The TTL that `www.example A` has in a cache, if it is there as an answer.
fn ttl_left(cache: &mut Cache, now: Instant) -> Option<u32> {
    let name: Name = "www.example".parse().unwrap();
    let found = cache.get(&name, RecordType::A, Trust::Answer, now)?;
    Some(found.records[0].ttl)
}

/// A cache that was given `www.example A` with this TTL, now.
fn cache_with(ttl: u32) -> (Cache, Instant) {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    let rrset = records(&format!("www.example {ttl} A 192.0.2.1"));
    cache.put(&rrset, Trust::Answer, now);
    (cache, now)
}

#[test]
fn a_ttl_with_its_top_bit_set_is_none_at_all() {
    for ttl in [1 << 31, (1 << 31) | 3_600, u32::MAX] {
        assert_eq!(ttl::seconds(ttl), 0, "{ttl}");
    }
    assert_eq!(ttl::seconds(3_600), 3_600);
}

#[test]
fn nothing_is_kept_for_longer_than_a_day() {
    assert_eq!(ttl::seconds(86_401), 86_400);
    assert_eq!(ttl::seconds((1 << 31) - 1), 86_400);
    let (mut cache, now) = cache_with(604_800);
    assert_eq!(ttl_left(&mut cache, now), Some(86_400));
    assert_eq!(ttl_left(&mut cache, after(now, 86_400.0)), None);
}

/// RFC 2181 section 5.2: the records of an RRset have one TTL, and where they have not, it is the least.
#[test]
fn an_rrset_lives_as_long_as_the_least_of_its_ttls() {
    let rrset = records(
        "www.example 300 A 192.0.2.1\nwww.example 60 A 192.0.2.2\nwww.example 7200 A 192.0.2.3",
    );
    assert_eq!(ttl::lifetime(&rrset), Duration::from_secs(60));
    let mut odd = rrset.clone();
    odd[2].ttl = u32::MAX;
    assert_eq!(
        ttl::lifetime(&odd),
        Duration::ZERO,
        "a TTL with its top bit set is 0, and so the least"
    );
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&rrset, Trust::Answer, now);
    let found = cache.get(
        &rrset[0].owner,
        RecordType::A,
        Trust::Answer,
        after(now, 10.0),
    );
    insta::assert_snapshot!(tell(&found.unwrap().records), @r"
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

/// What is passed on with a TTL of t at the second s is gone everywhere at s + t, which must not be after its time.
#[test]
fn nobody_keeps_it_for_longer_than_we_may() {
    let (mut cache, now) = cache_with(10);
    for tenth in 0..120 {
        let asked = f64::from(tenth) / 10.0;
        if let Some(ttl) = ttl_left(&mut cache, after(now, asked)) {
            assert!(asked + f64::from(ttl) <= 10.0, "{ttl} s at {asked} s");
        }
    }
}

/// It is good for whoever asked. Nobody else gets it.
#[test]
fn a_ttl_of_zero_is_not_kept() {
    let (mut cache, now) = cache_with(0);
    assert_eq!((ttl_left(&mut cache, now), cache.records()), (None, 0));
}

/// The newest word counts, and it says: do not keep this.
#[test]
fn a_ttl_of_zero_ends_what_was_kept() {
    let (mut cache, now) = cache_with(300);
    cache.put(&records("www.example 0 A 192.0.2.2"), Trust::Answer, now);
    assert_eq!(ttl_left(&mut cache, now), None);
}

#[test]
fn records_are_found_by_owner_and_type() {
    let (mut cache, now) = cache_with(300);
    let mut has = |owner: &str, rtype| {
        let found = cache.get(&owner.parse().unwrap(), rtype, Trust::Glue, now);
        found.is_some()
    };
    assert!(has("www.example", RecordType::A));
    assert!(
        has("WWW.Example", RecordType::A),
        "case makes no difference"
    );
    assert!(!has("www.example", RecordType::AAAA));
    assert!(!has("example", RecordType::A));
}

/// An address in a referral is good for finding a server, and for nothing else.
#[test]
fn glue_never_answers_a_question() {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    let glue = records("ns.example 300 A 192.0.2.53");
    cache.put(&glue, Trust::Glue, now);
    assert_eq!(
        cache.answer(&question("ns.example", RecordType::A), now),
        None
    );
    let found = cache.get(&glue[0].owner, RecordType::A, Trust::Glue, now);
    assert_eq!(found.unwrap().trust, Trust::Glue);
}

#[test]
fn the_word_of_the_zone_above_is_no_answer_either() {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&records("example 300 NS ns.example"), Trust::Referral, now);
    assert_eq!(
        cache.answer(&question("example", RecordType::NS), now),
        None
    );
}

/// What is in a cache after two RRsets were put into it, one after the other: its last octet.
fn of_two(first: Trust, second: Trust) -> String {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    let rrsets = [
        records("ns.example 300 A 192.0.2.1"),
        records("ns.example 300 A 192.0.2.2"),
    ];
    cache.put(&rrsets[0], first, now);
    cache.put(&rrsets[1], second, now);
    let found = cache
        .get(&rrsets[0][0].owner, RecordType::A, Trust::Glue, now)
        .unwrap();
    format!("{} by {:?}", found.records[0].rdata, found.trust)
}

#[test]
fn an_answer_takes_the_place_of_glue_and_never_the_other_way() {
    assert_eq!(of_two(Trust::Glue, Trust::Answer), "192.0.2.2 by Answer");
    assert_eq!(of_two(Trust::Answer, Trust::Glue), "192.0.2.1 by Answer");
    assert_eq!(
        of_two(Trust::Referral, Trust::Glue),
        "192.0.2.1 by Referral"
    );
}

#[test]
fn among_equals_the_newest_word_counts() {
    for trust in [Trust::Glue, Trust::Referral, Trust::Answer] {
        let expected = format!("192.0.2.2 by {trust:?}");
        assert_eq!(of_two(trust, trust), expected);
    }
}

/// Who is gone does not stand in anybody's way.
#[test]
fn glue_takes_the_place_of_an_answer_that_has_expired() {
    let (mut cache, now) = cache_with(60);
    let later = after(now, 60.0);
    let glue = records("www.example 300 A 192.0.2.2");
    cache.put(&glue, Trust::Glue, later);
    let found = cache.get(&glue[0].owner, RecordType::A, Trust::Glue, later);
    assert_eq!(found.unwrap().trust, Trust::Glue);
}

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
fn an_answer_has_the_aliases_that_lead_to_it() {
    let (mut cache, now) = with_aliases(2);
    let answer = cache.answer(&question("a0.example", RecordType::A), after(now, 20.0));
    insta::assert_snapshot!(tell(&answer.unwrap()), @r"
    a0.example. 280 IN CNAME a1.example.
    a1.example. 280 IN CNAME a2.example.
    a2.example. 40 IN A 192.0.2.80
    ");
}

#[test]
fn an_alias_without_its_end_is_no_answer() {
    let (mut cache, now) = with_aliases(2);
    let asked = question("a0.example", RecordType::A);
    let half = cache.answer(&asked, after(now, 60.0));
    let half = half.map(|records| tell(&records));
    assert_eq!(half, None, "the address has expired");
    let half = cache.answer(&question("a0.example", RecordType::AAAA), now);
    let half = half.map(|records| tell(&records));
    assert_eq!(half, None, "nobody has asked for this type");
}

#[test]
fn asked_for_an_alias_it_is_the_answer() {
    let (mut cache, now) = with_aliases(2);
    let answer = cache.answer(&question("a1.example", RecordType::CNAME), now);
    assert_eq!(
        tell(&answer.unwrap()),
        "a1.example. 300 IN CNAME a2.example."
    );
}

#[test]
fn sixteen_aliases_are_followed_and_a_circle_is_left() {
    let asked = question("a0.example", RecordType::A);
    let (mut cache, now) = with_aliases(MAX_ALIASES);
    assert_eq!(cache.answer(&asked, now).unwrap().len(), MAX_ALIASES + 1);
    let (mut cache, now) = with_aliases(MAX_ALIASES + 1);
    assert_eq!(cache.answer(&asked, now), None);
    cache.put(
        &records("a1.example 300 CNAME a0.example"),
        Trust::Answer,
        now,
    );
    assert_eq!(cache.answer(&asked, now), None);
}

#[test]
fn other_classes_are_not_kept_and_not_answered() {
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
    assert_eq!(tell(&answer.unwrap()), "www.example. 300 IN A 192.0.2.1");
}

/// The bound is one in records, not in RRsets: one with a thousand records takes the room of a thousand.
#[test]
fn the_bound_is_in_records() {
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

/// Else sixty thousand octets of text in one record would count as little as an address of four.
#[test]
fn a_record_with_very_much_in_it_counts_as_several() {
    let long = format!("{0} {0} {0} {0}", "x".repeat(250));
    let text = records(&format!("text.example 300 TXT {long}"));
    assert_eq!(cache::cache::weight(&text), 1 + 1_004 / 256);
    assert_eq!(
        cache::cache::weight(&records("www.example 300 A 192.0.2.1")),
        1
    );
}

#[test]
fn records_are_parted_into_rrsets() {
    let mixed = records(
        "b.example 60 A 192.0.2.1\na.example 60 A 192.0.2.2\nB.example 60 A 192.0.2.3\nb.example 60 TXT x",
    );
    let sets: Vec<_> = cache::rrsets(&mixed).iter().map(|set| tell(set)).collect();
    insta::assert_snapshot!(sets.join("\n\n"), @r#"
    b.example. 60 IN A 192.0.2.1
    B.example. 60 IN A 192.0.2.3

    a.example. 60 IN A 192.0.2.2

    b.example. 60 IN TXT "x"
    "#);
}

/// What is passed on at once has the TTLs that it would have from the cache.
#[test]
fn fresh_records_get_the_ttls_of_a_cache() {
    let mut fresh =
        records("a.example 300 A 192.0.2.1\na.example 60 A 192.0.2.2\na.example 604800 TXT x");
    ttl::clamp_ttls(&mut fresh);
    let ttls: Vec<_> = fresh.iter().map(|record| record.ttl).collect();
    assert_eq!(ttls, [60, 60, 86_400]);
}
