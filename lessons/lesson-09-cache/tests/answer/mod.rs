//! Answers from the cache: the trust that they need, and the aliases that lead to them.

use cache::cache::MAX_ALIASES;
use cache::{Cache, Trust};
use dnsparse::{Class, Question, RecordType};
use tokio::time::Instant;

use crate::{after, answered, cache_with, cached, question, records};

/// An address from a referral serves only to find a name server.
#[test]
fn glue_never_answers_a_question() {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&records("ns.example 300 A 192.0.2.53"), Trust::Glue, now);
    let answer = answered(&mut cache, &question("ns.example", RecordType::A), now);
    assert_eq!(
        answer, "ns.example. IN A\nno answer",
        "glue alone is cached"
    );
    assert_eq!(
        cached(&mut cache, "ns.example", RecordType::A, now),
        "ns.example. 300 IN A 192.0.2.53\nby Glue"
    );
}

#[test]
fn the_ns_records_of_a_referral_never_answer_a_question() {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&records("example 300 NS ns.example"), Trust::Referral, now);
    let answer = answered(&mut cache, &question("example", RecordType::NS), now);
    assert_eq!(
        answer, "example. IN NS\nno answer",
        "the NS records of a referral alone are cached"
    );
}

/// Returns the answer to `www.example A`, where an alias of one trust leads to an address of
/// another.
fn by_alias(alias: Trust, address: Trust) -> String {
    let (mut cache, now) = (Cache::new(100), Instant::now());
    cache.put(&records("www.example 300 CNAME ns.example"), alias, now);
    cache.put(&records("ns.example 300 A 192.0.2.53"), address, now);
    let answer = answered(&mut cache, &question("www.example", RecordType::A), now);
    format!("alias by {alias:?} to an address by {address:?}: {answer}")
}

/// Without this rule, glue would answer after all, for a client that queries an alias of its owner.
#[test]
fn the_records_at_the_end_of_an_alias_have_to_be_an_answer() {
    for trust in [Trust::Glue, Trust::Referral, Trust::LastResort] {
        assert_eq!(
            by_alias(Trust::Answer, trust),
            format!("alias by Answer to an address by {trust:?}: www.example. IN A\nno answer")
        );
    }
}

/// Without this rule, a forged alias could lead to any other name.
#[test]
fn each_alias_has_to_be_an_answer() {
    for trust in [Trust::Glue, Trust::Referral, Trust::LastResort] {
        assert_eq!(
            by_alias(trust, Trust::Answer),
            format!("alias by {trust:?} to an address by Answer: www.example. IN A\nno answer")
        );
    }
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
    let question = question("a0.example", RecordType::A);
    insta::assert_snapshot!(answered(&mut cache, &question, after(now, 20.0)), @r"
    a0.example. IN A
    a0.example. 280 IN CNAME a1.example.
    a1.example. 280 IN CNAME a2.example.
    a2.example. 40 IN A 192.0.2.80
    ");
}

#[test]
fn an_alias_without_its_target_is_no_answer() {
    let (mut cache, now) = with_aliases(2);
    let question_a = question("a0.example", RecordType::A);
    assert_eq!(
        answered(&mut cache, &question_a, after(now, 60.0)),
        "a0.example. IN A\nno answer",
        "the aliases are cached, and the address has expired"
    );
    assert_eq!(
        answered(&mut cache, &question("a0.example", RecordType::AAAA), now),
        "a0.example. IN AAAA\nno answer",
        "the aliases are cached, and an A record, but no AAAA record"
    );
}

#[test]
fn a_question_for_cname_is_answered_by_the_alias() {
    let (mut cache, now) = with_aliases(2);
    let question = question("a1.example", RecordType::CNAME);
    insta::assert_snapshot!(answered(&mut cache, &question, now), @r"
    a1.example. IN CNAME
    a1.example. 300 IN CNAME a2.example.
    ");
}

#[test]
fn sixteen_aliases_are_followed_and_an_alias_loop_is_no_answer() {
    let question = question("a0.example", RecordType::A);
    let count = |cached: &str, (mut cache, now): (Cache, Instant)| {
        let answer = cache.answer(&question, now);
        let answer = answer.map_or("no answer".to_owned(), |it| format!("{} records", it.len()));
        format!("{cached}: {answer}")
    };
    assert_eq!(
        count("15 aliases and an address", with_aliases(MAX_ALIASES - 1)),
        "15 aliases and an address: 16 records"
    );
    assert_eq!(
        count("16 aliases and an address", with_aliases(MAX_ALIASES)),
        "16 aliases and an address: 17 records"
    );
    assert_eq!(
        count("17 aliases and an address", with_aliases(MAX_ALIASES + 1)),
        "17 aliases and an address: no answer"
    );
    let (mut cache, now) = with_aliases(1);
    let back = "a1.example 300 CNAME a0.example";
    cache.put(&records(back), Trust::Answer, now);
    cache.put(&records("a1.example 0 A 192.0.2.80"), Trust::Answer, now);
    assert_eq!(
        count("two aliases, each to the other", (cache, now)),
        "two aliases, each to the other: no answer"
    );
}

#[test]
fn other_classes_are_neither_stored_nor_answered() {
    let (mut cache, now) = cache_with(300);
    let chaos = Question {
        qclass: Class::CH,
        ..question("www.example", RecordType::A)
    };
    assert_eq!(
        answered(&mut cache, &chaos, now),
        "www.example. CH A\nno answer",
        "the record of class IN is cached"
    );
    let mut rrset = records("www.example 300 A 192.0.2.66");
    rrset[0].class = Class::CH;
    cache.put(&rrset, Trust::Answer, now);
    assert_eq!(
        answered(&mut cache, &question("www.example", RecordType::A), now),
        "www.example. IN A\nwww.example. 300 IN A 192.0.2.1",
        "after a record of class CH was stored"
    );
}
