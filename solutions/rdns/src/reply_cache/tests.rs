//! Which replies are kept, for how long, and for which queries.

use dnsparse::{DnsPacket, Edns, Name, Rcode, RecordType};
use network::Via;

use super::*;

mod stale;

const NAME: &str = "www.Example.com";

fn query(udp_size: Option<u16>) -> DnsPacket {
    let mut query = DnsPacket::query(0x0102, NAME.parse().unwrap(), RecordType::A);
    query.header.rd = true;
    query.edns = udp_size.map(|udp_size| Edns {
        udp_size,
        ..Edns::default()
    });
    query
}

/// A reply with an alias, and the address that it leads to.
fn reply(query: &DnsPacket) -> DnsPacket {
    let mut reply = DnsPacket::reply_to(query);
    reply.edns = query.edns.as_ref().map(|_| Edns::default());
    reply.answers = vec![
        "www.Example.com. 300 CNAME a.example.com.".parse().unwrap(),
        "a.example.com. 60 A 192.0.2.1".parse().unwrap(),
    ];
    reply
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The reply to `second` from the cache, when `reply` to `first` was stored `age` seconds earlier.
fn later(first: &DnsPacket, reply: &DnsPacket, second: &DnsPacket, age: u64) -> Option<DnsPacket> {
    let (cache, now) = (ReplyCache::new(10_000), Instant::now());
    let (first, second) = (first.write().unwrap(), second.write().unwrap());
    cache.store(
        &PlainQuery::parse(&first)?,
        &reply.write().unwrap(),
        Policy::default(),
        now,
    );
    let mut out = Vec::new();
    let query = PlainQuery::parse(&second)?;
    let is_there = cache.answer(
        &query,
        Via::Udp,
        Policy::default(),
        now + seconds(age),
        &mut out,
    ) != Hit::None;
    is_there.then(|| DnsPacket::parse(&out).unwrap())
}

#[test]
fn a_reply_that_was_made_by_other_settings_is_not_sent() {
    let (cache, now) = (ReplyCache::new(10_000), Instant::now());
    let query = query(None);
    let octets = query.write().unwrap();
    let plain = PlainQuery::parse(&octets).unwrap();
    let policy = |generation| Policy {
        generation,
        ..Policy::default()
    };
    cache.store(&plain, &reply(&query).write().unwrap(), policy(7), now);
    let mut out = Vec::new();
    let is_sent = [6, 7, 8].map(|generation| {
        cache.answer(&plain, Via::Udp, policy(generation), now, &mut out) != Hit::None
    });
    assert_eq!(is_sent, [false, true, false], "by the settings 6, 7, 8");
}

/// One that has no room in a datagram is sent over TCP.
#[test]
fn a_long_reply_is_sent_over_tcp_alone() {
    let (cache, now, query) = (ReplyCache::new(10_000), Instant::now(), query(Some(512)));
    let octets = query.write().unwrap();
    let plain = PlainQuery::parse(&octets).unwrap();
    let mut reply = reply(&query);
    let record = |number| format!("a.example.com. 60 A 192.0.2.{number}").parse();
    reply
        .answers
        .extend((2..100).map(|number| record(number).unwrap()));
    let policy = Policy::default();
    cache.store(&plain, &reply.write().unwrap(), policy, now);
    let hits =
        [Via::Udp, Via::Tcp].map(|via| cache.answer(&plain, via, policy, now, &mut Vec::new()));
    assert_eq!(hits, [Hit::None, Hit::Fresh], "over UDP, over TCP");
}

/// Returns the result of a lookup, at a time after a reply with a TTL of 60 s was stored.
fn hit(policy: Policy, after: u64) -> (Hit, Option<DnsPacket>) {
    let (cache, now) = (ReplyCache::new(10_000), Instant::now());
    let query = query(Some(1_232));
    let octets = query.write().unwrap();
    let plain = PlainQuery::parse(&octets).unwrap();
    cache.store(&plain, &reply(&query).write().unwrap(), policy, now);
    let (then, mut out) = (now + seconds(after), Vec::new());
    let hit = cache.answer(&plain, Via::Udp, policy, then, &mut out);
    let stale = cache.stale(&plain, policy, Via::Udp, then);
    (hit, stale.map(|octets| DnsPacket::parse(&octets).unwrap()))
}

#[test]
fn a_reply_is_due_once_in_the_last_tenth_of_its_lifetime() {
    let policy = Policy {
        prefetches: true,
        ..Policy::default()
    };
    assert_eq!(hit(policy, 53).0, Hit::Fresh, "before");
    assert_eq!(hit(policy, 54).0, Hit::Due, "in the last 5.9 s");
    assert_eq!(hit(Policy::default(), 54).0, Hit::Fresh, "switched off");
    let hits = |ttl: u32, after: Duration| {
        let (cache, now, query) = (ReplyCache::new(10_000), Instant::now(), query(None));
        let octets = query.write().unwrap();
        let plain = PlainQuery::parse(&octets).unwrap();
        let mut reply = reply(&query);
        for record in &mut reply.answers {
            record.ttl = ttl;
        }
        cache.store(&plain, &reply.write().unwrap(), policy, now);
        [(); 3].map(|()| cache.answer(&plain, Via::Udp, policy, now + after, &mut Vec::new()))
    };
    let once = [Hit::Due, Hit::Fresh, Hit::Fresh];
    assert_eq!(hits(60, seconds(55)), once);
    assert_eq!(hits(2, Duration::from_millis(1_900)), once);
    // The next reply could not be cached: the record would be in its last second.
    assert_eq!(hits(1, Duration::from_millis(950)), [Hit::Fresh; 3]);
}

#[test]
fn a_cached_reply_has_the_new_querys_id_and_spelling_and_lower_ttls() {
    let first = query(Some(1_232));
    let mut again = first.clone();
    again.header.id = 0xffee;
    again.questions[0].qname = "WWW.eXAMPLE.com".parse().unwrap();
    let reply = later(&first, &reply(&first), &again, 10).unwrap();
    assert_eq!(reply.header.id, 0xffee);
    assert_eq!(reply.questions[0].qname.to_string(), "WWW.eXAMPLE.com.");
    assert_eq!(reply.answers[0].owner.to_string(), "WWW.eXAMPLE.com.");
    let ttls: Vec<u32> = reply.answers.iter().map(|record| record.ttl).collect();
    assert_eq!(ttls, [290, 50]);
    assert!(reply.edns.is_some());
}

#[test]
fn a_reply_expires_with_the_least_of_its_ttls() {
    let first = query(None);
    let ttls = |age| {
        let reply = later(&first, &reply(&first), &first, age)?;
        Some([reply.answers[0].ttl, reply.answers[1].ttl])
    };
    assert_eq!(ttls(59), Some([241, 1]), "in the last second");
    assert_eq!(ttls(60), None, "after the end of one of them");
}

/// Each query for a popular name with a TTL of 1 s would become an upstream query otherwise.
#[test]
fn a_ttl_of_a_second_is_enough_to_be_cached() {
    let query = query(None);
    let octets = query.write().unwrap();
    let plain = PlainQuery::parse(&octets).unwrap();
    let mut short = reply(&query);
    for (ttl, expected) in [(1, Some(0)), (0, None)] {
        short.answers[1].ttl = ttl;
        let (cache, now) = (ReplyCache::new(10_000), Instant::now());
        cache.store(&plain, &short.write().unwrap(), Policy::default(), now);
        let mut out = Vec::new();
        let then = now + Duration::from_millis(900);
        let hit = cache.answer(&plain, Via::Udp, Policy::default(), then, &mut out);
        let got = (hit != Hit::None).then(|| DnsPacket::parse(&out).unwrap().answers[1].ttl);
        assert_eq!(got, expected, "the TTL after 0.9 s of {ttl} s");
    }
}

#[test]
fn a_reply_is_for_queries_with_the_same_flags_and_edns() {
    let first = query(Some(1_232));
    let reply = reply(&first);
    assert!(later(&first, &reply, &query(Some(4_096)), 0).is_some());
    assert!(
        later(&first, &reply, &query(None), 0).is_none(),
        "without EDNS"
    );
    let mut other = first.clone();
    other.edns.as_mut().unwrap().do_bit = true;
    assert!(later(&first, &reply, &other, 0).is_none(), "with DO");
    let mut other = first.clone();
    other.header.cd = true;
    assert!(later(&first, &reply, &other, 0).is_none(), "with CD");
    let mut other = first.clone();
    other.header.ad = true;
    assert!(later(&first, &reply, &other, 0).is_none(), "with AD");
    let mut other = first.clone();
    other.questions[0].qtype = RecordType::AAAA;
    assert!(later(&first, &reply, &other, 0).is_none(), "another type");
}

/// Types 0x41 and 0x61 would be `A` and `a` if they were letters.
#[test]
fn only_the_name_is_compared_without_case() {
    let mut upper = query(None);
    upper.questions[0].qtype = RecordType(0x41);
    let mut lower = query(None);
    lower.questions[0].qtype = RecordType(0x61);
    assert!(later(&upper, &reply(&upper), &lower, 0).is_none());
}

#[test]
fn a_reply_with_the_hash_of_another_question_is_not_sent() {
    let now = Instant::now();
    let mut other_type = query(None);
    other_type.questions[0].qtype = RecordType::AAAA;
    let mut other_name = query(None);
    other_name.questions[0].qname = "www.Example.net".parse().unwrap();
    for (stored, is_sent) in [
        (query(None), true),
        (other_type, false),
        (other_name, false),
        (query(Some(1_232)), false),
    ] {
        let cache = ReplyCache::new(10_000);
        let (octets, asked) = (stored.write().unwrap(), query(None).write().unwrap());
        let (plain, asked) = (PlainQuery::parse(&octets), PlainQuery::parse(&asked));
        let (plain, asked) = (plain.unwrap(), asked.unwrap());
        let reply = reply(&stored).write().unwrap();
        cache.store(&plain, &reply, Policy::default(), now);
        // The reply moves to the place of the query that is sent next.
        let [from, to] = [&plain, &asked].map(|it| cache.hash(it, it.whole()));
        let moved = cache.shard(from).remove(&from).unwrap();
        let lifetime = seconds(60);
        cache.shard(to).put(to, moved, 1, lifetime, now);
        let hit = cache.answer(&asked, Via::Udp, Policy::default(), now, &mut Vec::new());
        assert_eq!(hit != Hit::None, is_sent, "{stored:?}");
    }
}

#[test]
fn a_reply_longer_than_the_client_accepts_is_not_sent() {
    let first = query(Some(1_232));
    let mut reply = reply(&first);
    for n in 0..40 {
        reply
            .answers
            .push(format!("a.example.com. 60 A 192.0.2.{n}").parse().unwrap());
    }
    assert!(later(&first, &reply, &query(Some(1_232)), 0).is_some());
    assert!(later(&first, &reply, &query(Some(512)), 0).is_none());
}

/// A flood of queries for a large RRset costs no more than a flood for a small one.
#[test]
fn a_truncated_reply_is_for_clients_that_accept_as_much_and_not_for_long() {
    let first = query(Some(512));
    let mut reply = reply(&first);
    reply.header.tc = true;
    assert!(later(&first, &reply, &first, 4).unwrap().header.tc);
    assert!(later(&first, &reply, &first, 5).is_none());
    assert!(later(&first, &reply, &query(Some(1_232)), 0).is_none());
    reply.answers.clear();
    assert!(later(&first, &reply, &first, 4).is_some());
}

#[test]
fn failures_and_replies_without_a_ttl_are_not_cached() {
    let first = query(None);
    let changed = |change: fn(&mut DnsPacket)| {
        let mut reply = reply(&first);
        change(&mut reply);
        later(&first, &reply, &first, 0)
    };
    assert!(changed(|_| {}).is_some());
    assert!(changed(|reply| reply.header.rcode = Rcode::NXDOMAIN).is_some());
    assert!(changed(|reply| reply.header.rcode = Rcode::SERVFAIL).is_none());
    assert!(changed(|reply| reply.answers.clear()).is_none());
    assert!(changed(|reply| reply.answers[1].ttl = 0).is_none());
}

#[test]
fn only_plain_queries_are_recognised() {
    let plain = |change: fn(&mut DnsPacket)| {
        let mut first = query(Some(1_232));
        change(&mut first);
        PlainQuery::parse(&first.write().unwrap()).is_some()
    };
    assert!(plain(|_| {}));
    assert!(plain(|first| first.header.ad = true));
    assert!(plain(|first| first.edns = None));
    assert!(!plain(|first| first.header.qr = true));
    assert!(!plain(|first| first.header.rd = false));
    assert!(!plain(|first| first.header.tc = true));
    assert!(!plain(|first| first.header.opcode = dnsparse::Opcode(4)));
    assert!(!plain(
        |first| first.questions[0].qclass = dnsparse::Class::CH
    ));
    assert!(!plain(|first| first.questions.clear()));
    assert!(!plain(|first| first
        .questions
        .push(first.questions[0].clone())));
    assert!(!plain(|first| first.edns.as_mut().unwrap().version = 1));
    assert!(!plain(|first| first
        .answers
        .push("a. 1 A 192.0.2.1".parse().unwrap())));
}

/// A query that is cut short, or that has octets after it, is left to the parser.
#[test]
fn a_query_of_another_length_is_not_recognised() {
    let whole = query(Some(1_232)).write().unwrap();
    for length in 0..whole.len() {
        assert!(PlainQuery::parse(&whole[..length]).is_none(), "{length}");
    }
    assert!(PlainQuery::parse(&[&whole[..], &[0]].concat()).is_none());
    let without_edns = query(None).write().unwrap();
    assert!(PlainQuery::parse(&[&without_edns[..], &[0]].concat()).is_none());
}

/// A query with half an option is left to the parser, which answers FORMERR.
#[test]
fn options_have_to_be_whole() {
    let with = |length: u8, option: &[u8]| {
        let mut octets = query(Some(1_232)).write().unwrap();
        *octets.last_mut().unwrap() = length;
        octets.extend_from_slice(option);
        PlainQuery::parse(&octets).is_some()
    };
    assert!(with(6, &[0, 10, 0, 2, 7, 7]));
    assert!(!with(6, &[0, 10, 0, 3, 7, 7]));
    assert!(!with(5, &[0, 10, 0, 2, 7, 7]));
    assert!(!with(3, &[0, 10, 0]));
}

#[test]
fn the_longest_name_is_cached() {
    let labels = [
        "a".repeat(63),
        "b".repeat(63),
        "c".repeat(63),
        "d".repeat(61),
    ];
    let name = Name::from_labels(&labels).unwrap();
    assert_eq!(name.wire().len(), 255);
    let mut first = query(Some(1_232));
    first.questions[0].qname = name.clone();
    let mut reply = DnsPacket::reply_to(&first);
    let mut record: dnsparse::Record = "x. 60 A 192.0.2.1".parse().unwrap();
    record.owner = name;
    reply.answers.push(record);
    assert!(later(&first, &reply, &first, 0).is_some());
}

#[test]
fn no_octets_cause_a_panic() {
    let base = query(Some(1_232)).write().unwrap();
    let reply = reply(&query(None)).write().unwrap();
    for at in 0..reply.len() {
        for value in [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff] {
            let mut changed = reply.clone();
            changed[at] = value;
            let _ = ttls(&changed);
            let _ = ttls(&changed[..at]);
            if let Some(octet) = base.get(at) {
                let mut changed = base.clone();
                changed[at] = value ^ octet;
                let _ = PlainQuery::parse(&changed);
            }
        }
    }
}
