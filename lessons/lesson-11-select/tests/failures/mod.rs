//! Servers that refuse EDNS, send unusable replies, or time out: is there still an answer, and in
//! time?

use std::net::IpAddr;
use std::time::Duration;

use chase::{AttemptOutcome, DEADLINE, ServerSelection, TimeoutCounts};
use dnsparse::{Rcode, RecordType};
use lab::{Lab, Reaction, closed_port, no_reply, octets, repeat, replies};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use select::{AddressPolicy, Selector};
use tokio::time::Instant;

use crate::world::{
    TestResolver, always, attempt, heal, lab_of, ns, question, socket, world, zone,
};

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_edns_is_queried_without_it_for_a_while() {
    for rcode in [Rcode::FORMERR, Rcode::NOTIMP] {
        let lab = world(1);
        let refusing_edns = replies().edited(move |packet| {
            if packet.edns.take().is_some() {
                packet.header.rcode = rcode;
                packet.answers.clear();
            }
        });
        always(&lab, ns(1), refusing_edns);
        let mut resolver = TestResolver::new(&lab);
        let queries = resolver.count_queries(3).await;
        assert_eq!(
            queries.of(ns(1)),
            4,
            "queries to a server that answers EDNS by {rcode}: two in the first search, one in \
             each later search\n{}",
            lab.trace()
        );
        tokio::time::advance(Duration::from_secs(601)).await;
        let queries = resolver.count_queries(1).await;
        assert_eq!(
            queries.of(ns(1)),
            2,
            "queries in one search, ten minutes later: it may support EDNS by then\n{}",
            lab.trace()
        );
    }
}

/// Some firewalls drop queries with EDNS.
#[tokio::test(start_paused = true)]
async fn a_timeout_with_edns_is_followed_by_a_query_without_edns() {
    let lab = world(1);
    always(&lab, ns(1), replies().only_to(|query| query.edns.is_none()));
    let mut resolver = TestResolver::new(&lab);
    resolver.resolve().await;
    insta::assert_snapshot!(lab.trace(), @r"
        0 ms  UDP → 192.0.2.1 root                        www.test. A
       10 ms      ← referral: test. (1 NS, 1 glue)
       10 ms  UDP → 192.0.2.101 ns1.test                  www.test. A
       10 ms      × no reply
      410 ms  UDP → 192.0.2.101 ns1.test                  www.test. A
      420 ms      ← answer: A 192.0.2.80
    ");
    resolver.resolve().await;
    assert_eq!(
        resolver.took.as_millis(),
        20,
        "milliseconds of the second search, which should have no timeout\n{}",
        lab.trace()
    );
}

/// A lost packet says nothing about EDNS support.
#[tokio::test(start_paused = true)]
async fn a_timeout_does_not_put_known_edns_support_in_doubt() {
    let lab = world(1);
    let mut resolver = TestResolver::new(&lab);
    resolver.resolve().await;
    lab.script(socket(ns(1)), Via::Udp, [no_reply()]);
    resolver.resolve().await;
    for (number, query) in lab.queries().iter().enumerate() {
        let has_edns = query.packet().is_some_and(|query| query.edns.is_some());
        let number = number + 1;
        assert!(has_edns, "query {number} has no EDNS\n{}", lab.trace());
    }
}

#[tokio::test(start_paused = true)]
async fn the_minimum_rto_leaves_a_quick_server_time_for_tcp() {
    let lab = world(1);
    let mut resolver = TestResolver::new(&lab);
    resolver.count_queries(20).await;
    lab.set_latency(socket(ns(1)), 150);
    let before = lab.queries().len();
    let resolution = resolver.resolve_type("big.test", RecordType::TXT).await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", resolver.trace);
    assert_eq!(
        resolver.took.as_millis(),
        10 + 3 * 150,
        "milliseconds: 10 for the root, and 150 each for UDP, the connection, and TCP\n{}",
        lab.trace()
    );
    assert_eq!(
        lab.queries().len() - before,
        3,
        "queries: to the root, over UDP, over TCP\n{}",
        lab.trace()
    );
}

/// The live server comes first, last, or in between.
#[tokio::test(start_paused = true)]
async fn one_live_server_among_six_dead_ones_is_found_in_time() {
    for alive in 1..=7 {
        for seed in 0..4 {
            let lab = world(7);
            for n in (1..=7).filter(|n| *n != alive) {
                always(&lab, ns(n), no_reply());
            }
            lab.set_latency(socket(ns(alive)), 300);
            let mut resolver = TestResolver::with_policy(&lab, AddressPolicy::default(), seed);
            for _ in 0..5 {
                let resolution = resolver.resolve().await;
                assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", resolver.trace);
            }
        }
    }
}

/// The states in the table are out of date: the quick servers died, and the dead one is alive.
#[tokio::test(start_paused = true)]
async fn the_live_server_is_found_in_time_even_if_it_had_the_lowest_priority() {
    let lab = world(7);
    always(&lab, ns(7), no_reply());
    for n in 1..=6 {
        lab.set_latency(socket(ns(n)), 390);
    }
    let mut resolver = TestResolver::new(&lab);
    resolver.resolve_until(ns(7), |state| state.is_dead()).await;
    heal(&lab, ns(7));
    for n in 1..=6 {
        always(&lab, ns(n), no_reply());
    }
    let resolution = resolver.resolve().await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", resolver.trace);
}

/// Each of six servers is so slow that its RTO is the maximum; and now they time out.
#[tokio::test(start_paused = true)]
async fn no_slow_server_uses_up_the_time_that_others_need() {
    let selector = Selector::new(AddressPolicy::default());
    let servers: Vec<IpAddr> = (1..=7).map(ns).collect();
    let slow = AttemptOutcome::Reply {
        took: Some(Duration::from_millis(700)),
        is_lame: false,
    };
    for server in &servers[..6] {
        selector.handle_outcome(&zone("test"), &attempt(*server), &slow);
    }
    for _ in 0..3 {
        selector.handle_outcome(&zone("test"), &attempt(ns(7)), &AttemptOutcome::Timeout);
    }
    let mut random = StdRng::seed_from_u64(11);
    let (mut counts, mut time_left) = (TimeoutCounts::new(), DEADLINE);
    let mut timeouts = Vec::new();
    for _ in &servers {
        let attempt = selector.choose(
            &zone("test"),
            &question(),
            &servers,
            &counts,
            time_left,
            &mut random,
        );
        let attempt = attempt.unwrap();
        timeouts.push(attempt.timeout.as_millis());
        time_left = time_left.saturating_sub(attempt.timeout);
        *counts.entry(attempt.server).or_default() += 1;
    }
    assert_eq!(
        counts.len(),
        7,
        "servers queried, of 7, each of which timed out"
    );
    let timeouts: Vec<String> = timeouts.iter().map(|it| format!("{it} ms")).collect();
    assert_eq!(
        timeouts.join(", "),
        "1600 ms, 900 ms, 400 ms, 400 ms, 400 ms, 400 ms, 400 ms",
        "the timeouts of six slow servers and a dead one, in 4.5 seconds"
    );
}

/// With any time left, and after any number of timeouts: a query whose timeout is zero is wasted,
/// and the time reserved for the other servers stays reserved.
#[tokio::test(start_paused = true)]
async fn a_timeout_is_limited_to_the_time_left_but_never_to_zero() {
    let selector = Selector::new(AddressPolicy::default());
    let servers: Vec<IpAddr> = (1..=2).map(ns).collect();
    let mut random = StdRng::seed_from_u64(11);
    let two_each: TimeoutCounts = servers.iter().map(|server| (*server, 2)).collect();
    let mut timeout = |time_left| {
        let time_left = Duration::from_millis(time_left);
        let attempt = selector.choose(
            &zone("test"),
            &question(),
            &servers,
            &two_each,
            time_left,
            &mut random,
        );
        attempt.unwrap().timeout.as_millis()
    };
    assert_eq!(
        timeout(4_500),
        1_600,
        "milliseconds, with 4,500 left: 400, doubled twice"
    );
    assert_eq!(
        timeout(1_000),
        600,
        "milliseconds, with 1,000 left: 400 are reserved for the other server"
    );
    assert_eq!(
        timeout(100),
        400,
        "milliseconds, with 100 left: never less than INITIAL_RTO"
    );
}

/// An unreachable network says nothing about EDNS support.
#[tokio::test(start_paused = true)]
async fn an_unreachable_server_does_not_count_as_one_without_edns() {
    let selector = Selector::new(AddressPolicy::default());
    selector.handle_outcome(&zone("test"), &attempt(ns(1)), &AttemptOutcome::Unreachable);
    let state = selector.server_state(ns(1)).unwrap_or_default();
    assert_eq!(
        format!("queries: {}, {state}", state.queries),
        "queries: 1, 1 timeout",
        "a server that was unreachable once"
    );
    assert!(
        state.should_use_edns(Instant::now()),
        "the next query goes without EDNS, though no query has reached the server"
    );
}

/// Thirteen servers, all of them behind a satellite.
#[tokio::test(start_paused = true)]
async fn a_resolver_far_from_all_servers_learns_longer_timeouts() {
    let lab = world(13);
    for n in 1..=13 {
        lab.set_latency(socket(ns(n)), 650);
    }
    let mut resolver = TestResolver::new(&lab);
    assert_eq!(
        resolver.resolve().await.rcode,
        Rcode::NOERROR,
        "{}",
        resolver.trace
    );
    resolver.count_queries(13).await;
    let mut quickest = DEADLINE;
    for _ in 0..5 {
        resolver.resolve().await;
        quickest = quickest.min(resolver.took);
    }
    assert_eq!(
        quickest.as_millis(),
        10 + 650,
        "milliseconds of the quickest of five searches: 10 for the root, 650 for one of 13 servers"
    );
}

/// Each misbehaviour, in labs where all servers of the zone show it.
#[tokio::test(start_paused = true)]
async fn without_a_usable_server_the_search_fails_in_time() {
    let garbage = || {
        octets(b"\x00\x01\x02")
            .after_ms(5)
            .and(octets(b"").after_ms(7))
    };
    let cases: [(&str, Reaction, u128); 5] = [
        ("dead", no_reply(), 4_500),
        ("closed", closed_port(), 200),
        ("garbage", garbage(), 4_500),
        ("refusing", replies().with_rcode(Rcode::REFUSED), 200),
        ("wrong ids", replies().with_wrong_id(), 4_500),
    ];
    for (case, reaction, limit) in cases {
        for count in [1, 2, 6, 13] {
            let lab = world(count);
            (1..=count).for_each(|n| always(&lab, ns(n), reaction.clone()));
            let mut resolver = TestResolver::new(&lab);
            let rcode = resolver.resolve().await.rcode;
            let trace = &resolver.trace;
            assert_eq!(rcode, Rcode::SERVFAIL, "{count} servers, {case}\n{trace}");
            let took = resolver.took.as_millis();
            assert!(
                took <= limit,
                "{count} servers, {case}: {took} ms, of at most {limit}\n{trace}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_costs_one_timeout_and_no_more() {
    let lab = world(2);
    let garbage = octets(b"\x00\x01\x02").after_ms(5);
    always(&lab, ns(1), garbage.and(octets(b"").after_ms(7)));
    let mut resolver = TestResolver::new(&lab);
    for _ in 0..4 {
        let resolution = resolver.resolve().await;
        assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", resolver.trace);
        assert!(
            resolver.took.as_millis() <= 10 + 400 + 10,
            "{} ms, of at most 420: the root, one timeout, the other server\n{}",
            resolver.took.as_millis(),
            lab.trace()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_zone_whose_servers_all_drop_edns_is_resolved() {
    for count in [1, 2, 6] {
        let lab = world(count);
        (1..=count).for_each(|n| {
            always(&lab, ns(n), replies().only_to(|query| query.edns.is_none()));
        });
        let mut resolver = TestResolver::new(&lab);
        let resolution = resolver.resolve().await;
        assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", resolver.trace);
    }
}

/// FORMERR to a query without EDNS, too, is about the question, not about EDNS.
#[tokio::test(start_paused = true)]
async fn formerr_to_every_query_does_not_count_as_missing_edns() {
    let lab = world(1);
    always(&lab, ns(1), replies().with_rcode(Rcode::FORMERR));
    let mut resolver = TestResolver::new(&lab);
    let rcode = resolver.resolve().await.rcode;
    assert_eq!(rcode, Rcode::SERVFAIL, "{}", resolver.trace);
    assert!(
        resolver.server_state(ns(1)).should_use_edns(Instant::now()),
        "the next query goes without EDNS, though FORMERR came without EDNS, too\n{}",
        lab.trace()
    );
}

/// The server is alive, as its reply over UDP shows, and answers everything that fits into a
/// datagram.
#[tokio::test(start_paused = true)]
async fn a_server_without_tcp_is_lame_and_not_dead() {
    let lab = world(2);
    lab.script(socket(ns(1)), Via::Tcp, [repeat(no_reply())]);
    let mut resolver = TestResolver::new(&lab);
    for _ in 0..4 {
        let resolution = resolver.resolve_type("big.test", RecordType::TXT).await;
        assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", resolver.trace);
    }
    let state = resolver.server_state(ns(1));
    assert_eq!(
        format!(
            "queries: {}, timeouts: {}",
            state.queries, state.consecutive_timeouts
        ),
        "queries: 1, timeouts: 0",
        "the server without TCP, after four searches: one query was enough\n{}",
        lab.trace()
    );
}

#[tokio::test(start_paused = true)]
async fn no_zone_can_direct_queries_to_this_machine() {
    let delegation = "test. NS ns1.test.\ntest. NS ns2.test.\nns1.test. A 127.0.0.1\nns2.test. AAAA ::ffff:127.0.0.1\n";
    let lab = lab_of(delegation, "");
    let mut resolver = TestResolver::new(&lab);
    let rcode = resolver.resolve().await.rcode;
    assert_eq!(rcode, Rcode::SERVFAIL, "{}", resolver.trace);
    assert_eq!(
        lab.queries().len(),
        1,
        "queries: to the root server alone\n{}",
        lab.trace()
    );
    let with_loopback = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    TestResolver::with_policy(&lab, with_loopback, 11)
        .resolve()
        .await;
    assert!(
        lab.query_count(socket([127, 0, 0, 1].into())) > 0,
        "no query to 127.0.0.1, though loopback addresses are allowed\n{}",
        lab.trace()
    );
}

/// The zone `test`, whose two servers have one IPv6 address each.
fn world_of_ipv6() -> Lab {
    let servers = "test. NS ns1.test.\ntest. NS ns2.test.\nns1.test. AAAA 2001:db8::1\nns2.test. AAAA 2001:db8::2\n";
    lab_of(servers, "www A 192.0.2.80")
}

#[tokio::test(start_paused = true)]
async fn ipv6_only_servers_are_not_queried_without_an_ipv6_route() {
    let lab = world_of_ipv6();
    let mut resolver = TestResolver::new(&lab);
    resolver.resolve().await;
    let took = resolver.took.as_millis();
    assert_eq!(took, 10, "milliseconds: no timeout\n{}", lab.trace());
    insta::assert_snapshot!(resolver.trace, @r"
    www.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  2001:db8::1 is not queried: there is no route to IPv6 addresses
      test.  2001:db8::2 is not queried: there is no route to IPv6 addresses
    SERVFAIL: no usable reply from the servers of test.: 2001:db8::1 is not queried: there is no route to IPv6 addresses; 2001:db8::2 is not queried: there is no route to IPv6 addresses
    ");
}

/// A trace with thirteen excluded addresses would be hard to read.
#[tokio::test(start_paused = true)]
async fn excluded_addresses_are_not_traced_where_others_are_queried() {
    let servers = "test. NS ns1.test.\nns1.test. AAAA 2001:db8::1\nns1.test. A 192.0.2.101\n";
    let lab = lab_of(servers, "www A 192.0.2.80");
    let mut resolver = TestResolver::new(&lab);
    resolver.resolve().await;
    insta::assert_snapshot!(resolver.trace, @r"
    www.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.101 says: 192.0.2.80
    ");
}

#[tokio::test(start_paused = true)]
async fn ipv6_only_servers_are_queried_with_an_ipv6_route() {
    let lab = world_of_ipv6();
    let with_ipv6 = AddressPolicy {
        has_ipv6: true,
        ..AddressPolicy::default()
    };
    let mut resolver = TestResolver::with_policy(&lab, with_ipv6, 11);
    let resolution = resolver.resolve().await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", resolver.trace);
}

/// The correct reply, with its last A record one octet too short.
fn malformed() -> Reaction {
    replies().edited_octets(|octets| {
        let length = octets.len();
        // The last record of an answer to a query with EDNS is OPT: 11 octets, before which come
        // four of the address.
        if let Some(rdlength) = octets.get_mut(length - 11 - 5) {
            *rdlength = 3;
            octets.remove(length - 11 - 1);
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_reply_with_a_malformed_record_is_held_for_a_better_one() {
    let lab = world(1);
    lab.script(
        socket(ns(1)),
        Via::Udp,
        [malformed().after_ms(2).and(replies().after_ms(30))],
    );
    let mut resolver = TestResolver::new(&lab);
    let resolution = resolver.resolve().await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", resolver.trace);
    let took = resolver.took.as_millis();
    assert_eq!(
        took, 40,
        "milliseconds: 10 for the root, 30 until the better reply\n{}",
        resolver.trace
    );
}

/// A part of an RRset is no answer (RFC 2181 section 5).
#[tokio::test(start_paused = true)]
async fn an_rrset_with_a_malformed_record_is_not_used() {
    let lab = world(1);
    always(&lab, ns(1), malformed());
    let mut resolver = TestResolver::new(&lab);
    let resolution = resolver.resolve_type("two.test", RecordType::A).await;
    assert_eq!(resolution.rcode, Rcode::SERVFAIL, "{}", resolver.trace);
    assert_eq!(
        resolver.took.as_millis(),
        10 + 400,
        "milliseconds: 10 for the root, and a full timeout, for a better reply\n{}",
        resolver.trace
    );
}

/// An answer section of which nothing is left is not the sign of "no data".
#[tokio::test(start_paused = true)]
async fn an_answer_of_malformed_records_alone_is_unusable() {
    let lab = world(1);
    always(&lab, ns(1), malformed());
    let mut resolver = TestResolver::new(&lab);
    resolver.resolve().await;
    insta::assert_snapshot!(resolver.trace, @r"
    www.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.101 sent a malformed A record of www.test.
    SERVFAIL: no usable reply from the servers of test.: 192.0.2.101 sent a malformed A record of www.test.
    ");
}
