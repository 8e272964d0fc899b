//! The host's cache: which replies of the host's server it stores.

use cache::HostCache;
use dnsparse::{DnsPacket, Rcode, RecordType};
use tokio::time::Instant;

use crate::{after, question, records, text};

/// A reply of the host's server to a question for A, with this answer section.
fn reply(qname: &str, answers: &str) -> DnsPacket {
    let query = DnsPacket::query(9, qname.parse().unwrap(), RecordType::A);
    let mut reply = DnsPacket::reply_to(&query);
    reply.answers = records(answers);
    reply
}

#[test]
fn the_second_of_two_equal_questions_is_answered_from_the_cache() {
    let (mut cache, now) = (HostCache::new(100), Instant::now());
    let question = question("www.example", RecordType::A);
    assert_eq!(cache.lookup(&question, now), None);
    let answers = "www.example 300 CNAME web.example\nweb.example 60 A 192.0.2.80";
    cache.store(&reply("www.example", answers), now);
    let cached = cache.lookup(&question, after(now, 15.0)).unwrap();
    assert_eq!(cached.ttl, 45, "the least TTL limits the whole answer");
    insta::assert_snapshot!(text(&cached.records), @r"
    www.example. 285 IN CNAME web.example.
    web.example. 45 IN A 192.0.2.80
    ");
    assert_eq!(cache.lookup(&question, after(now, 60.0)), None);
}

#[test]
fn records_outside_the_answer_are_not_stored() {
    let (mut cache, now) = (HostCache::new(100), Instant::now());
    let answers = "www.example 300 A 192.0.2.80\nbank.example 300 A 192.0.2.66";
    let mut reply = reply("www.example", answers);
    reply.additionals = records("shop.example 300 A 192.0.2.66");
    cache.store(&reply, now);
    for name in ["bank.example", "shop.example"] {
        assert_eq!(
            cache.lookup(&question(name, RecordType::A), now),
            None,
            "{name}"
        );
    }
    assert!(
        cache
            .lookup(&question("www.example", RecordType::A), now)
            .is_some()
    );
}

#[test]
fn failures_and_incomplete_replies_are_not_stored() {
    let (mut cache, now) = (HostCache::new(100), Instant::now());
    let good = || reply("www.example", "www.example 300 A 192.0.2.80");
    let mut failed = good();
    failed.header.rcode = Rcode::SERVFAIL;
    let mut truncated = good();
    truncated.header.tc = true;
    for unusable in [failed, truncated, reply("www.example", "")] {
        cache.store(&unusable, now);
        let question = question("www.example", RecordType::A);
        assert_eq!(cache.lookup(&question, now), None);
    }
}
