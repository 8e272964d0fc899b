//! Lesson 9: the TTLs, trust and bound of the cache.
//!
//! No test waits: each passes the time to the cache.
#![cfg(test)]

mod answer;
mod host;
mod store;
mod ttl;

use std::time::Duration;

use cache::{Cache, Trust};
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

/// Looks up a question, and writes it with the records of the answer, or with "no answer".
fn answered(cache: &mut Cache, question: &Question, now: Instant) -> String {
    let answer = cache.answer(question, now);
    let answer = answer.map_or("no answer".to_owned(), |records| text(&records));
    format!("{question}\n{answer}").replace('\t', " ")
}

/// Writes the cached RRset of an owner and type, of any trust, and its trust; or "nothing".
fn cached(cache: &mut Cache, owner: &str, rtype: RecordType, now: Instant) -> String {
    let name: Name = owner.parse().unwrap();
    match cache.get(&name, rtype, Trust::Glue, now) {
        Some(cached) => format!("{}\nby {:?}", text(&cached.records), cached.trust),
        None => "nothing".to_owned(),
    }
}

/// Writes the remaining TTL of `www.example A`, if it is cached as an answer; otherwise "gone".
fn ttl_left(cache: &mut Cache, now: Instant) -> String {
    let name: Name = "www.example".parse().unwrap();
    match cache.get(&name, RecordType::A, Trust::Answer, now) {
        Some(cached) => {
            let ttls = cached.records.iter().map(|record| record.ttl.to_string());
            ttls.collect::<Vec<_>>().join(" ")
        }
        None => "gone".to_owned(),
    }
}

/// Creates a cache that holds `www.example A` with this TTL, and returns the time of storing it.
fn cache_with(ttl: u32) -> (Cache, Instant) {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    let rrset = records(&format!("www.example {ttl} A 192.0.2.1"));
    cache.put(&rrset, Trust::Answer, now);
    (cache, now)
}

#[test]
fn rrsets_are_cached_by_owner_and_type() {
    let (mut cache, now) = cache_with(300);
    let mut lines = String::new();
    for (owner, rtype) in [
        ("www.example", RecordType::A),
        ("WWW.Example", RecordType::A),
        ("www.example", RecordType::AAAA),
        ("example", RecordType::A),
        ("a.www.example", RecordType::A),
    ] {
        let cached = cached(&mut cache, owner, rtype, now).replace('\n', ", ");
        lines += &format!("{owner} {rtype}: {cached}\n");
    }
    insta::assert_snapshot!(lines, @r"
    www.example A: www.example. 300 IN A 192.0.2.1, by Answer
    WWW.Example A: www.example. 300 IN A 192.0.2.1, by Answer
    www.example AAAA: nothing
    example A: nothing
    a.www.example A: nothing
    ");
}

/// Returns the address that is cached after two RRsets were stored, and its trust.
fn after_storing(first: Trust, second: Trust) -> String {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&records("ns.example 300 A 192.0.2.1"), first, now);
    cache.put(&records("ns.example 300 A 192.0.2.2"), second, now);
    let cached = cached(&mut cache, "ns.example", RecordType::A, now).replace('\n', " ");
    format!("192.0.2.1 by {first:?}, then 192.0.2.2 by {second:?} → {cached}\n")
}

#[test]
fn an_answer_replaces_glue_and_never_the_other_way_round() {
    let ranks = [
        Trust::Glue,
        Trust::Referral,
        Trust::LastResort,
        Trust::Answer,
    ];
    let lines = ranks.map(|first| {
        let others = ranks.iter().filter(|second| **second != first);
        others
            .map(|second| after_storing(first, *second))
            .collect::<String>()
    });
    insta::assert_snapshot!(lines.concat(), @r"
    192.0.2.1 by Glue, then 192.0.2.2 by Referral → ns.example. 300 IN A 192.0.2.2 by Referral
    192.0.2.1 by Glue, then 192.0.2.2 by LastResort → ns.example. 300 IN A 192.0.2.2 by LastResort
    192.0.2.1 by Glue, then 192.0.2.2 by Answer → ns.example. 300 IN A 192.0.2.2 by Answer
    192.0.2.1 by Referral, then 192.0.2.2 by Glue → ns.example. 300 IN A 192.0.2.1 by Referral
    192.0.2.1 by Referral, then 192.0.2.2 by LastResort → ns.example. 300 IN A 192.0.2.2 by LastResort
    192.0.2.1 by Referral, then 192.0.2.2 by Answer → ns.example. 300 IN A 192.0.2.2 by Answer
    192.0.2.1 by LastResort, then 192.0.2.2 by Glue → ns.example. 300 IN A 192.0.2.1 by LastResort
    192.0.2.1 by LastResort, then 192.0.2.2 by Referral → ns.example. 300 IN A 192.0.2.1 by LastResort
    192.0.2.1 by LastResort, then 192.0.2.2 by Answer → ns.example. 300 IN A 192.0.2.2 by Answer
    192.0.2.1 by Answer, then 192.0.2.2 by Glue → ns.example. 300 IN A 192.0.2.1 by Answer
    192.0.2.1 by Answer, then 192.0.2.2 by Referral → ns.example. 300 IN A 192.0.2.1 by Answer
    192.0.2.1 by Answer, then 192.0.2.2 by LastResort → ns.example. 300 IN A 192.0.2.1 by Answer
    ");
}

#[test]
fn the_newer_of_two_rrsets_of_equal_trust_counts() {
    let ranks = [
        Trust::Glue,
        Trust::Referral,
        Trust::LastResort,
        Trust::Answer,
    ];
    let lines = ranks.map(|trust| after_storing(trust, trust));
    insta::assert_snapshot!(lines.concat(), @r"
    192.0.2.1 by Glue, then 192.0.2.2 by Glue → ns.example. 300 IN A 192.0.2.2 by Glue
    192.0.2.1 by Referral, then 192.0.2.2 by Referral → ns.example. 300 IN A 192.0.2.2 by Referral
    192.0.2.1 by LastResort, then 192.0.2.2 by LastResort → ns.example. 300 IN A 192.0.2.2 by LastResort
    192.0.2.1 by Answer, then 192.0.2.2 by Answer → ns.example. 300 IN A 192.0.2.2 by Answer
    ");
}

/// An expired RRset no longer outranks any other. Nor does one that has less than a second left:
/// it is no longer returned.
#[test]
fn glue_replaces_an_expired_answer() {
    for seconds in [60.0, 59.5] {
        let (mut cache, now) = cache_with(60);
        let later = after(now, seconds);
        cache.put(&records("www.example 300 A 192.0.2.2"), Trust::Glue, later);
        assert_eq!(
            cached(&mut cache, "www.example", RecordType::A, later),
            "www.example. 300 IN A 192.0.2.2\nby Glue",
            "{seconds} s after an answer with a TTL of 60 was stored, glue was"
        );
    }
}

/// The bound is on records, not on RRsets: an RRset with ten records weighs ten.
#[test]
fn the_bound_is_on_records() {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    let rrset = |n: usize| {
        let lines = (0..10).map(|host| format!("n{n}.example 300 A 192.0.2.{host}\n"));
        records(&lines.collect::<String>())
    };
    for n in 0..100 {
        cache.put(&rrset(n), Trust::Answer, now);
        let (stored, weight) = (10 * (n + 1), cache.records());
        assert_eq!(
            weight,
            stored.min(100),
            "the weight of a cache for 100 records, after {stored} records were stored"
        );
    }
    let is_cached =
        |n: &usize| cached(&mut cache, &format!("n{n}.example"), RecordType::A, now) != "nothing";
    let left = (0..100).filter(is_cached).count();
    assert_eq!(
        left, 10,
        "RRsets of 10 records each in a cache for 100 records"
    );
}

/// If each record weighed the same, a TXT record of sixty thousand octets would weigh no more than
/// an address of four, and a thousand of them would fill the memory.
#[test]
fn a_record_with_large_rdata_weighs_as_much_as_several() {
    let long = format!("{0} {0} {0} {0}", "x".repeat(250));
    let txt = records(&format!("text.example 300 TXT {long}"));
    assert_eq!(
        cache::cache::weight(&txt),
        4,
        "the weight of one record with 1,004 octets of RDATA: 1 + 1004 / 256"
    );
    let a = records("www.example 300 A 192.0.2.1\nwww.example 300 A 192.0.2.2");
    assert_eq!(cache::cache::weight(&a), 2, "the weight of two addresses");
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&txt, Trust::Answer, now);
    assert_eq!(
        cache.records(),
        4,
        "the weight of a cache with that one record"
    );
}

#[test]
fn records_are_grouped_into_rrsets() {
    let mut mixed = records(
        "b.example 60 A 192.0.2.1\na.example 60 A 192.0.2.2\nB.example 60 A 192.0.2.3\nb.example 60 TXT x",
    );
    let chaos = Record {
        class: Class::CH,
        ..mixed[3].clone()
    };
    mixed.push(chaos);
    let sets: Vec<_> = cache::rrsets(&mixed).iter().map(|set| text(set)).collect();
    insta::assert_snapshot!(sets.join("\n\n"), @r#"
    b.example. 60 IN A 192.0.2.1
    B.example. 60 IN A 192.0.2.3

    a.example. 60 IN A 192.0.2.2

    b.example. 60 IN TXT "x"

    b.example. 60 CH TXT "x"
    "#);
}
