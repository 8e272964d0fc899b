//! The host's cache: what a host makes of the replies of its server.

use cache::HostCache;
use dnsparse::{DnsPacket, Rcode, RecordType};
use tokio::time::Instant;

use crate::{after, question, records, tell};

/// A reply of the host's server: what was asked, and the answer section.
fn reply(qname: &str, answers: &str) -> DnsPacket {
    let query = DnsPacket::query(9, qname.parse().unwrap(), RecordType::A);
    let mut reply = DnsPacket::reply_to(&query);
    reply.answers = records(answers);
    reply
}

#[test]
fn the_second_equal_question_is_answered_from_the_cache() {
    let (mut cache, now) = (HostCache::new(100), Instant::now());
    let asked = question("www.example", RecordType::A);
    assert_eq!(cache.lookup(&asked, now), None);
    let answers = "www.example 300 CNAME web.example\nweb.example 60 A 192.0.2.80";
    cache.store(&reply("www.example", answers), now);
    let known = cache.lookup(&asked, after(now, 15.0)).unwrap();
    assert_eq!(known.seconds, 45, "it lives as long as its shortest part");
    insta::assert_snapshot!(tell(&known.records), @r"
    www.example. 285 IN CNAME web.example.
    web.example. 45 IN A 192.0.2.80
    ");
    assert_eq!(cache.lookup(&asked, after(now, 60.0)), None);
}

#[test]
fn what_was_not_asked_for_is_not_kept() {
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
fn failures_and_halves_are_not_kept() {
    let (mut cache, now) = (HostCache::new(100), Instant::now());
    let good = || reply("www.example", "www.example 300 A 192.0.2.80");
    let mut failed = good();
    failed.header.rcode = Rcode::SERVFAIL;
    let mut cut = good();
    cut.header.tc = true;
    for useless in [failed, cut, reply("www.example", "")] {
        cache.store(&useless, now);
        let asked = question("www.example", RecordType::A);
        assert_eq!(cache.lookup(&asked, now), None);
    }
}
