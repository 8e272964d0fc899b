//! Lesson 10: does the resolver query only for data that is not cached, and does it trust no server
//! for longer, or about more names, than it may?
//!
//! The tests run in a small lab, over days. The clock is paused: waiting takes no time. The lab
//! counts the queries that its servers receive.
#![cfg(test)]

mod bounds;
mod order;
mod parts;
mod pauses;
mod root_servers;
mod trust;
mod world;

use std::time::Duration;

use chase::ResolutionFailure;
use dnsparse::{Rcode, RecordType};
use lab::{no_reply, repeat, replies};
use network::Via;
use tokio::time::{Instant, advance};
use world::{SHOP, TEST, TestResolver, address, text};

const DAY: Duration = Duration::from_secs(86_400);

async fn wait(seconds: u64) {
    advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_repeated_question_costs_nothing() {
    let resolver = TestResolver::new();
    resolver.resolve("www.shop.test").await;
    wait(10).await;
    let (again, _) = resolver.resolve("WWW.shop.test").await;
    assert_eq!(text(&again), "NOERROR\nwww.shop.test. 290 IN A 192.0.2.80");
    insta::assert_snapshot!(resolver.journal(), @r"
     0 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (3 queries)
    10 s  WWW.shop.test A → NOERROR, A 192.0.2.80 for 290 s (no query)
    ");
}

#[tokio::test(start_paused = true)]
async fn a_second_name_in_a_cached_zone_costs_one_query() {
    let resolver = TestResolver::new();
    resolver.resolve("www.shop.test").await;
    let (_, trace) = resolver.trace("mail.shop.test", RecordType::A).await;
    insta::assert_snapshot!(trace, @r"
    mail.shop.test. A
      shop.test.  192.0.2.4 says: 192.0.2.25
    ");
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (3 queries)
    0 s  mail.shop.test A → NOERROR, A 192.0.2.25 for 300 s (1 query)
    ");
}

#[tokio::test(start_paused = true)]
async fn after_its_ttl_a_name_costs_one_query() {
    let resolver = TestResolver::new();
    resolver.resolve("www.shop.test").await;
    wait(298).await;
    resolver.resolve("www.shop.test").await;
    wait(2).await;
    resolver.resolve("www.shop.test").await;
    insta::assert_snapshot!(resolver.journal(), @r"
      0 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (3 queries)
    298 s  www.shop.test A → NOERROR, A 192.0.2.80 for 2 s (no query)
    300 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (1 query)
    ");
}

/// The delegations have expired too; only the hints are left.
#[tokio::test(start_paused = true)]
async fn after_a_day_a_walk_starts_at_the_root_again() {
    let resolver = TestResolver::new();
    resolver.resolve("www.shop.test").await;
    advance(DAY).await;
    resolver.resolve("www.shop.test").await;
    insta::assert_snapshot!(resolver.journal(), @r"
        0 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (3 queries)
    86400 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (3 queries)
    ");
}

#[tokio::test(start_paused = true)]
async fn a_record_with_a_ttl_of_zero_is_not_cached() {
    let resolver = TestResolver::new();
    let (first, _) = resolver.resolve("brief.shop.test").await;
    assert_eq!(first.records.len(), 1, "the client gets it all the same");
    resolver.resolve("brief.shop.test").await;
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  brief.shop.test A → NOERROR, A 192.0.2.82 for 0 s (3 queries)
    0 s  brief.shop.test A → NOERROR, A 192.0.2.82 for 0 s (1 query)
    ");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_does_not_exist_is_queried_once() {
    let resolver = TestResolver::new();
    resolver.resolve("nosuch.shop.test").await;
    wait(100).await;
    let (again, _) = resolver.resolve("nosuch.shop.test").await;
    // The SOA's TTL is 3600 and its minimum 300: the lesser applies, and is counted down.
    assert_eq!(
        text(&again),
        "NXDOMAIN\nshop.test. 200 IN SOA ns.shop.test. mail.shop.test. 1 1800 900 604800 300"
    );
    resolver
        .resolve_type("nosuch.shop.test", RecordType::TXT)
        .await;
    wait(200).await;
    resolver.resolve("nosuch.shop.test").await;
    insta::assert_snapshot!(resolver.journal(), @r"
      0 s  nosuch.shop.test A → NXDOMAIN, SOA of shop.test. for 300 s (3 queries)
    100 s  nosuch.shop.test A → NXDOMAIN, SOA of shop.test. for 200 s (no query)
    100 s  nosuch.shop.test TXT → NXDOMAIN, SOA of shop.test. for 200 s (no query)
    300 s  nosuch.shop.test A → NXDOMAIN, SOA of shop.test. for 300 s (1 query)
    ");
}

/// RFC 8020: NXDOMAIN is about the name and every name below it.
#[tokio::test(start_paused = true)]
async fn no_name_exists_below_one_that_does_not_exist() {
    let resolver = TestResolver::new();
    resolver.resolve("nosuch.shop.test").await;
    for name in ["www.nosuch.shop.test", "a.b.c.nosuch.shop.test"] {
        resolver.resolve(name).await;
    }
    assert_eq!(
        resolver.cost("other.shop.test").await,
        1,
        "this name is not below it"
    );
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  nosuch.shop.test A → NXDOMAIN, SOA of shop.test. for 300 s (3 queries)
    0 s  www.nosuch.shop.test A → NXDOMAIN, SOA of shop.test. for 300 s (no query)
    0 s  a.b.c.nosuch.shop.test A → NXDOMAIN, SOA of shop.test. for 300 s (no query)
    0 s  other.shop.test A → NXDOMAIN, SOA of shop.test. for 300 s (1 query)
    ");
}

/// The name exists, so it may have records of another type, and names below it.
#[tokio::test(start_paused = true)]
async fn no_data_is_about_one_name_and_one_type() {
    let resolver = TestResolver::new();
    resolver.resolve_type("www.shop.test", RecordType::MX).await;
    resolver.resolve_type("www.shop.test", RecordType::MX).await;
    for (name, rtype) in [
        ("www.shop.test", RecordType::A),
        ("www.shop.test", RecordType::TXT),
        ("sub.www.shop.test", RecordType::MX),
    ] {
        let (_, cost) = resolver.resolve_type(name, rtype).await;
        assert_eq!(cost, 1, "{name} {rtype}");
    }
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.shop.test MX → NOERROR, SOA of shop.test. for 300 s (3 queries)
    0 s  www.shop.test MX → NOERROR, SOA of shop.test. for 300 s (no query)
    0 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (1 query)
    0 s  www.shop.test TXT → NOERROR, SOA of shop.test. for 300 s (1 query)
    0 s  sub.www.shop.test MX → NXDOMAIN, SOA of shop.test. for 300 s (1 query)
    ");
}

/// Without an SOA the answer has no TTL.
#[tokio::test(start_paused = true)]
async fn a_negative_answer_without_an_soa_is_not_cached() {
    let resolver = TestResolver::new();
    let without_soa = replies().edited(|packet| packet.authorities.clear());
    resolver.lab.script(SHOP, Via::Udp, [repeat(without_soa)]);
    resolver.resolve("nosuch.shop.test").await;
    resolver.resolve("nosuch.shop.test").await;
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  nosuch.shop.test A → NXDOMAIN (3 queries)
    0 s  nosuch.shop.test A → NXDOMAIN (1 query)
    ");
}

/// The alias exists; its target does not.
#[tokio::test(start_paused = true)]
async fn a_negative_answer_is_at_the_end_of_the_chain() {
    let resolver = TestResolver::new();
    resolver.resolve("lost.shop.test").await;
    resolver.resolve("nowhere.shop.test").await;
    resolver.resolve("lost.shop.test").await;
    let (alias, cost) = resolver
        .resolve_type("lost.shop.test", RecordType::CNAME)
        .await;
    assert_eq!((alias.rcode, cost), (Rcode::NOERROR, 0), "the alias exists");
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  lost.shop.test A → NXDOMAIN, CNAME nowhere.shop.test. for 3599 s, SOA of shop.test. for 300 s (4 queries)
    0 s  nowhere.shop.test A → NXDOMAIN, SOA of shop.test. for 300 s (no query)
    0 s  lost.shop.test A → NXDOMAIN, CNAME nowhere.shop.test. for 3599 s, SOA of shop.test. for 300 s (no query)
    0 s  lost.shop.test CNAME → NOERROR, CNAME nowhere.shop.test. for 3599 s (no query)
    ");
}

/// A cached alias leads on at its target, whichever zone that is in.
#[tokio::test(start_paused = true)]
async fn only_the_expired_end_of_an_alias_is_queried() {
    let resolver = TestResolver::new();
    resolver.resolve("far.shop.test").await;
    wait(300).await;
    let (_, trace) = resolver.trace("far.shop.test", RecordType::A).await;
    insta::assert_snapshot!(trace, @r"
    far.shop.test. A
      answered from the cache
    www.bank.test. A
      bank.test.  192.0.2.5 says: 192.0.2.81
    ");
    insta::assert_snapshot!(resolver.journal(), @r"
      0 s  far.shop.test A → NOERROR, CNAME www.bank.test. for 3599 s, A 192.0.2.81 for 300 s (5 queries)
    300 s  far.shop.test A → NOERROR, CNAME www.bank.test. for 3298 s, A 192.0.2.81 for 300 s (1 query)
    ");
}

#[tokio::test(start_paused = true)]
async fn an_alias_is_synthesized_from_a_cached_dname() {
    let resolver = TestResolver::new();
    resolver.resolve("www.old.shop.test").await;
    resolver.resolve("mail.shop.test").await;
    let (resolution, _) = resolver.resolve("mail.old.shop.test").await;
    insta::assert_snapshot!(text(&resolution), @r"
    NOERROR
    old.shop.test. 3599 IN DNAME shop.test.
    mail.old.shop.test. 3599 IN CNAME mail.shop.test.
    mail.shop.test. 300 IN A 192.0.2.25
    ");
    let (again, _) = resolver.resolve("www.old.shop.test").await;
    assert_eq!(again.records.len(), 3, "with the DNAME, as the first time");
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.old.shop.test A → NOERROR, DNAME shop.test. for 3599 s, CNAME www.shop.test. for 3599 s, A 192.0.2.80 for 300 s (4 queries)
    0 s  mail.shop.test A → NOERROR, A 192.0.2.25 for 300 s (1 query)
    0 s  mail.old.shop.test A → NOERROR, DNAME shop.test. for 3599 s, CNAME mail.shop.test. for 3599 s, A 192.0.2.25 for 300 s (no query)
    0 s  www.old.shop.test A → NOERROR, DNAME shop.test. for 3599 s, CNAME www.shop.test. for 3599 s, A 192.0.2.80 for 299 s (no query)
    ");
}

#[tokio::test(start_paused = true)]
async fn a_cached_failure_is_returned_at_once() {
    let resolver = TestResolver::new();
    resolver.resolve("www.dead.test").await;
    let (again, _) = resolver.resolve("www.dead.test").await;
    insta::assert_snapshot!(text(&again), @r"
    SERVFAIL
    not tried again for 5 s: no usable reply from the servers of dead.test.: 192.0.2.99 timed out
    ");
    assert!(matches!(
        again.failure,
        Some(ResolutionFailure::Cached { .. })
    ));
    let (_, cost) = resolver
        .resolve_type("www.dead.test", RecordType::TXT)
        .await;
    assert!(cost > 0, "another type is another question");
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.dead.test A → SERVFAIL, no usable reply from the servers of dead.test.: 192.0.2.99 timed out (3 queries)
    1 s  www.dead.test A → SERVFAIL, not tried again for 5 s: no usable reply from the servers of dead.test.: 192.0.2.99 timed out (no query)
    1 s  www.dead.test TXT → SERVFAIL, no usable reply from the servers of dead.test.: 192.0.2.99 timed out (1 query)
    ");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_tried_again_soon_and_then_less_often() {
    let resolver = TestResolver::new();
    let mut attempts = Vec::new();
    let begin = Instant::now();
    for second in 0..1_000 {
        advance(begin + Duration::from_secs(second) - Instant::now()).await;
        if resolver.cost("www.dead.test").await > 0 {
            attempts.push(second);
        }
    }
    // Each search takes a moment to fail, so the pauses seem two seconds longer than they are.
    insta::assert_snapshot!(format!("{attempts:?}"), @"[0, 7, 19, 41, 83, 165, 327, 629, 931]");
}

/// An answer removes the failure, so that the next failure has the first pause again.
#[tokio::test(start_paused = true)]
async fn a_success_ends_the_failure() {
    let resolver = TestResolver::new();
    let fail_twice = [no_reply(), no_reply()];
    resolver.lab.script(SHOP, Via::Udp, fail_twice);
    resolver.resolve("brief.shop.test").await;
    wait(6).await;
    resolver.resolve("brief.shop.test").await;
    wait(11).await;
    resolver.resolve("brief.shop.test").await;
    resolver.lab.script(SHOP, Via::Udp, [no_reply()]);
    resolver.resolve("brief.shop.test").await;
    wait(6).await;
    assert_eq!(
        resolver.rcode("brief.shop.test").await,
        Rcode::NOERROR,
        "the pause is five seconds again, not twenty"
    );
    insta::assert_snapshot!(resolver.journal(), @r"
     0 s  brief.shop.test A → SERVFAIL, no usable reply from the servers of shop.test.: 192.0.2.4 timed out (3 queries)
     7 s  brief.shop.test A → SERVFAIL, no usable reply from the servers of shop.test.: 192.0.2.4 timed out (1 query)
    20 s  brief.shop.test A → NOERROR, A 192.0.2.82 for 0 s (1 query)
    20 s  brief.shop.test A → SERVFAIL, no usable reply from the servers of shop.test.: 192.0.2.4 timed out (1 query)
    27 s  brief.shop.test A → NOERROR, A 192.0.2.82 for 0 s (1 query)
    ");
}

/// The record that one search did not find may come with the answer to another.
#[tokio::test(start_paused = true)]
async fn an_answer_outweighs_an_earlier_failure() {
    let resolver = TestResolver::new();
    resolver.lab.script(SHOP, Via::Udp, [no_reply()]);
    resolver.resolve("www.shop.test").await;
    resolver.resolve("alias.shop.test").await;
    resolver.resolve("www.shop.test").await;
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.shop.test A → SERVFAIL, no usable reply from the servers of shop.test.: 192.0.2.4 timed out (3 queries)
    1 s  alias.shop.test A → NOERROR, CNAME www.shop.test. for 3599 s, A 192.0.2.80 for 300 s (2 queries)
    1 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (no query)
    ");
}

/// The zone has moved to another server long before the cached delegation expires.
#[tokio::test(start_paused = true)]
async fn if_all_servers_fail_the_parent_is_queried_again() {
    let resolver = TestResolver::new();
    resolver.resolve("www.shop.test").await;
    wait(60).await;
    resolver.lab.script(SHOP, Via::Udp, [repeat(no_reply())]);
    let moved = replies().edited(|packet| {
        for record in &mut packet.additionals {
            *record = "ns.shop.test. 3600 A 192.0.2.14".parse().unwrap();
        }
    });
    resolver.lab.script(TEST, Via::Udp, [repeat(moved)]);
    resolver.resolve("mail.shop.test").await;
    let (_, trace) = resolver.trace("text.shop.test", RecordType::TXT).await;
    insta::assert_snapshot!(trace, @r#"
    text.shop.test. TXT
      test.  192.0.2.2 says: ask the servers of shop.test.
      shop.test.  192.0.2.14 says: "hello"
    "#);
    insta::assert_snapshot!(resolver.journal(), @r#"
     0 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (3 queries)
    60 s  mail.shop.test A → SERVFAIL, no usable reply from the servers of shop.test.: 192.0.2.4 timed out (1 query)
    61 s  text.shop.test TXT → NOERROR, TXT "hello" for 3600 s (2 queries)
    "#);
}

/// Each new name is a new question, but the parent would give the same answer to all of them (RFC
/// 4697 section 2.1).
#[tokio::test(start_paused = true)]
async fn the_parent_of_a_zone_that_fails_is_queried_once_a_minute() {
    let resolver = TestResolver::new();
    for minute in 1..=3 {
        for n in 0..5 {
            let qname = format!("n{n}-{minute}.dead.test");
            resolver.resolve(&qname).await;
        }
        assert_eq!(
            resolver.lab.query_count(TEST),
            minute,
            "after minute {minute}:\n{}",
            resolver.lab.trace()
        );
        wait(60).await;
    }
}

/// The servers reply, but slowly, and the way is long: the search is not over in time. A failure
/// that is cached for longer would keep the client from the answer that the next search finds.
#[tokio::test(start_paused = true)]
async fn a_search_that_ran_out_of_time_on_its_way_goes_on_a_second_later() {
    let resolver = TestResolver::new();
    for host in [1, 2, 4, 5] {
        resolver.lab.set_latency(address(host), 1_500);
    }
    let (first, trace) = resolver.trace("far.shop.test", RecordType::A).await;
    let expected = "SERVFAIL\nno answer yet after 4.5s: the servers reply slowly";
    assert_eq!(text(&first), expected, "{trace}");
    wait(1).await;
    let (again, trace) = resolver.trace("far.shop.test", RecordType::A).await;
    assert_eq!(again.rcode, Rcode::NOERROR, "{trace}");
}

/// A peek returns positive and negative answers, and failures. (An alias is a second old by the
/// time that its target is found.)
#[tokio::test(start_paused = true)]
async fn a_peek_sends_no_query() {
    let resolver = TestResolver::new();
    for (name, expected) in [
        (
            "far.shop.test",
            "NOERROR\nfar.shop.test. 3599 IN CNAME www.bank.test.\nwww.bank.test. 300 IN A 192.0.2.81",
        ),
        (
            "nosuch.shop.test",
            "NXDOMAIN\nshop.test. 300 IN SOA ns.shop.test. mail.shop.test. 1 1800 900 604800 300",
        ),
        (
            "www.dead.test",
            "SERVFAIL\nno usable reply from the servers of dead.test.: 192.0.2.99 timed out",
        ),
    ] {
        assert_eq!(resolver.peek(name), None, "{name}");
        let (resolution, _) = resolver.resolve(name).await;
        assert_eq!(text(&resolution), expected);
        let before = resolver.lab.queries().len();
        let Some(peeked) = resolver.peek(name) else {
            panic!("{name} is not cached")
        };
        assert_eq!(
            (peeked.rcode, resolver.lab.queries().len()),
            (resolution.rcode, before)
        );
        assert_eq!(peeked.records.len(), resolution.records.len());
    }
    wait(300).await;
    assert_eq!(
        resolver.peek("far.shop.test"),
        None,
        "an alias without its end is no answer"
    );
}

/// Names that do not exist take their own share of the capacity, and no more.
#[tokio::test(start_paused = true)]
async fn the_cache_is_bounded_and_records_survive_a_flood() {
    let resolver = TestResolver::with_capacity(200);
    resolver.resolve("www.shop.test").await;
    for n in 0..500 {
        resolver.resolve(&format!("n{n}.shop.test")).await;
        assert!(
            resolver.cache.records() <= 200,
            "{} records",
            resolver.cache.records()
        );
    }
    assert_eq!(
        resolver.cost("www.shop.test").await,
        0,
        "upstream queries for www.shop.test A, which was cached before the flood of names that do not exist"
    );
}
