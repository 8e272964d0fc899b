//! The host's cache: which replies of the host's server it stores.

use cache::HostCache;
use dnsparse::{DnsPacket, Rcode, RecordType};
use tokio::time::Instant;

use crate::{after, question, records, text};

/// Looks up the A records of a name, and writes them with the TTL of the whole answer; or
/// "nothing".
fn looked_up(cache: &mut HostCache, qname: &str, now: Instant) -> String {
    match cache.lookup(&question(qname, RecordType::A), now) {
        Some(cached) => format!("{}\nfor {} s", text(&cached.records), cached.ttl),
        None => "nothing".to_owned(),
    }
}

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
    let before = looked_up(&mut cache, "www.example", now);
    assert_eq!(before, "nothing", "before the first reply");
    let answers = "www.example 300 CNAME web.example\nweb.example 60 A 192.0.2.80";
    cache.store(&reply("www.example", answers), now);
    insta::assert_snapshot!(looked_up(&mut cache, "www.example", after(now, 15.0)), @r"
    www.example. 285 IN CNAME web.example.
    web.example. 45 IN A 192.0.2.80
    for 45 s
    ");
    let later = looked_up(&mut cache, "www.example", after(now, 60.0));
    assert_eq!(later, "nothing", "the address has expired after 60 s");
}

#[test]
fn records_outside_the_answer_are_not_stored() {
    let (mut cache, now) = (HostCache::new(100), Instant::now());
    let answers = "www.example 300 A 192.0.2.80\nbank.example 300 A 192.0.2.66";
    let mut reply = reply("www.example", answers);
    reply.additionals = records("shop.example 300 A 192.0.2.66");
    cache.store(&reply, now);
    let names = ["bank.example", "shop.example", "www.example"];
    let lines = names.map(|name| {
        let found = looked_up(&mut cache, name, now).replace('\n', " ");
        format!("{name}: {found}\n")
    });
    insta::assert_snapshot!(lines.concat(), @r"
    bank.example: nothing
    shop.example: nothing
    www.example: www.example. 300 IN A 192.0.2.80 for 300 s
    ");
}

#[test]
fn failures_and_incomplete_replies_are_not_stored() {
    let good = || reply("www.example", "www.example 300 A 192.0.2.80");
    let mut failed = good();
    failed.header.rcode = Rcode::SERVFAIL;
    let mut truncated = good();
    truncated.header.tc = true;
    let mut without_question = good();
    without_question.questions.clear();
    let alias = reply("www.example", "www.example 300 CNAME web.example");
    for (reply, which) in [
        (failed, "SERVFAIL with an answer"),
        (truncated, "a truncated answer"),
        (without_question, "an answer without a question"),
        (reply("www.example", ""), "an empty reply"),
        (alias, "an alias without its target"),
    ] {
        let (mut cache, now) = (HostCache::new(100), Instant::now());
        cache.store(&reply, now);
        let found = looked_up(&mut cache, "www.example", now);
        assert_eq!(found, "nothing", "after {which}");
        let alias = cache.lookup(&question("www.example", RecordType::CNAME), now);
        let alias = alias.map(|cached| text(&cached.records));
        assert_eq!(alias, None, "the alias after {which}");
    }
}
