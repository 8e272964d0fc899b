//! Lesson 11: does the resolver find the quickest server, and does it still explore the others?
//!
//! These tests run the whole resolver in small labs. Servers that fail are in `failures`; the units
//! without a network are in `units`, the
//! given code in `given`. The clock is paused: waiting takes no time.
#![cfg(test)]

mod failures;
mod given;
mod outcomes;
mod units;
mod world;

use std::net::IpAddr;
use std::time::Duration;

use chase::{AttemptOutcome, DEADLINE, ServerSelection, TimeoutCounts};
use dnsparse::Rcode;
use lab::{no_reply, replies};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use select::selector::MAX_SERVERS;
use select::{AddressPolicy, Selector};

use crate::world::{TestResolver, always, attempt, heal, ns, question, socket, world, zone};

#[tokio::test(start_paused = true)]
async fn unknown_servers_are_tried_early() {
    let lab = world(4);
    let queries = TestResolver::new(&lab).count_queries(8).await;
    for n in 1..=4 {
        assert!(
            queries.of(ns(n)) > 0,
            "{} is not among the\n{queries}",
            ns(n)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_quickest_server_gets_most_of_the_queries() {
    let lab = world(3);
    for (n, milliseconds) in [(1, 180), (2, 20), (3, 90)] {
        lab.set_latency(socket(ns(n)), milliseconds);
    }
    let mut resolver = TestResolver::new(&lab);
    let queries = resolver.count_queries(300).await;
    assert!(
        queries.of(ns(2)) > 260,
        "{} is the quickest, with 20 ms, and should get more than 260 of the\n{queries}",
        ns(2)
    );
    assert!(
        queries.of(ns(1)) >= 2 && queries.of(ns(3)) >= 2,
        "the others should be queried now and then, too:\n{queries}"
    );
    let estimate = resolver.server_state(ns(2)).estimate;
    let srtt = estimate.map(|estimate| estimate.srtt.as_millis());
    assert_eq!(srtt, Some(20), "the SRTT of {}, in milliseconds", ns(2));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_became_quick_is_found() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 30);
    lab.set_latency(socket(ns(2)), 300);
    let mut resolver = TestResolver::new(&lab);
    resolver.count_queries(50).await;
    lab.set_latency(socket(ns(2)), 5);
    let is_quick = |state: select::ServerState| {
        let estimate = state.estimate;
        estimate.is_some_and(|estimate| estimate.srtt.as_millis() < 25)
    };
    resolver.resolve_until(ns(2), is_quick).await;
    let queries = resolver.count_queries(50).await;
    assert!(
        queries.of(ns(2)) > 40,
        "{} takes 5 ms by now, and should get more than 40 of the\n{queries}",
        ns(2)
    );
}

/// With few queries, exploration alone would take weeks.
#[tokio::test(start_paused = true)]
async fn an_old_estimate_decays() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 30);
    lab.set_latency(socket(ns(2)), 120);
    let mut resolver = TestResolver::new(&lab);
    resolver.count_queries(2).await;
    let queries = resolver.count_queries(40).await;
    assert!(
        queries.of(ns(2)) < 10,
        "{} takes 120 ms, the other 30 ms, and should get fewer than 10 of the\n{queries}",
        ns(2)
    );
    tokio::time::advance(Duration::from_secs(25 * 60)).await;
    let queries = resolver.count_queries(3).await;
    assert!(
        queries.of(ns(2)) > 0,
        "120 ms measured 25 minutes ago count less than 30 ms: {} should be among the\n{queries}",
        ns(2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_became_slow_is_left() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 20);
    lab.set_latency(socket(ns(2)), 50);
    let mut resolver = TestResolver::new(&lab);
    resolver.count_queries(20).await;
    lab.set_latency(socket(ns(1)), 150);
    resolver.count_queries(10).await;
    let queries = resolver.count_queries(100).await;
    assert!(
        queries.of(ns(2)) >= 85,
        "{} takes 50 ms, the other 150 ms by now, and should get 85 or more of the\n{queries}",
        ns(2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_packet_costs_one_timeout_and_no_answer() {
    let lab = world(1);
    lab.script(socket(ns(1)), Via::Udp, [no_reply()]);
    let mut resolver = TestResolver::new(&lab);
    let rcode = resolver.resolve().await.rcode;
    assert_eq!(rcode, Rcode::NOERROR, "{}", lab.trace());
    insta::assert_snapshot!(lab.trace());
}

/// The server takes 1.3 seconds: the reply to the first query comes during the third, and is used.
#[tokio::test(start_paused = true)]
async fn the_timeout_for_a_slow_server_doubles_with_each_timeout() {
    let lab = world(1);
    lab.set_latency(socket(ns(1)), 1_300);
    let mut resolver = TestResolver::new(&lab);
    let rcode = resolver.resolve().await.rcode;
    assert_eq!(rcode, Rcode::NOERROR, "{}", lab.trace());
    let sent = lab.queries();
    let sent = sent
        .iter()
        .map(|query| format!("{} ms", query.at.as_millis()));
    assert_eq!(
        sent.collect::<Vec<_>>().join(", "),
        "0 ms, 10 ms, 410 ms, 1210 ms",
        "the times of the queries: root, and three times the server, after 400 and 800 ms more\n{}",
        lab.trace()
    );
    let srtt = |resolver: &TestResolver| {
        let estimate = resolver.server_state(ns(1)).estimate;
        estimate.map_or(0, |estimate| estimate.srtt.as_millis())
    };
    assert_eq!(
        format!(
            "{} ms, SRTT {} ms",
            resolver.took.as_millis(),
            srtt(&resolver)
        ),
        "1310 ms, SRTT 1300 ms",
        "the first search: 10 ms for the root, 1,300 ms for the server\n{}",
        lab.trace()
    );
    let before = lab.queries().len();
    resolver.resolve().await;
    assert_eq!(
        format!(
            "{} ms, {} queries",
            resolver.took.as_millis(),
            lab.queries().len() - before
        ),
        "1310 ms, 2 queries",
        "the next search waits long enough at once\n{}",
        lab.trace()
    );
}

#[tokio::test(start_paused = true)]
async fn dead_servers_are_not_queried_while_another_is_alive() {
    let lab = world(3);
    always(&lab, ns(1), no_reply());
    always(&lab, ns(3), no_reply());
    let mut resolver = TestResolver::new(&lab);
    for server in [ns(1), ns(3)] {
        resolver
            .resolve_until(server, |state| state.is_dead())
            .await;
    }
    let queries = resolver.count_queries(100).await;
    assert_eq!(
        (queries.of(ns(1)), queries.of(ns(2)), queries.of(ns(3))),
        (0, 100, 0),
        "queries to {}, {} and {}, of which the first and the last are dead\n{queries}",
        ns(1),
        ns(2),
        ns(3)
    );
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_probed_once_a_minute_and_any_reply_revives_it() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 5);
    lab.set_latency(socket(ns(2)), 100);
    always(&lab, ns(1), no_reply());
    let mut resolver = TestResolver::new(&lab);
    resolver.resolve_until(ns(1), |state| state.is_dead()).await;
    tokio::time::advance(Duration::from_secs(61)).await;
    let probing = resolver.count_queries(20).await;
    assert_eq!(
        probing.of(ns(1)),
        1,
        "queries to {}, which is dead: one probe, which fails\n{probing}",
        ns(1)
    );
    heal(&lab, ns(1));
    tokio::time::advance(Duration::from_secs(61)).await;
    let revived = resolver.count_queries(20).await;
    assert!(
        revived.of(ns(1)) > 12,
        "{} is alive again, and the quickest: it should get more than 12 of the\n{revived}",
        ns(1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lame_server_is_queried_last_until_its_ttl_ends() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 5);
    lab.set_latency(socket(ns(2)), 100);
    always(&lab, ns(1), replies().with_rcode(Rcode::REFUSED));
    let mut resolver = TestResolver::new(&lab);
    resolver.count_queries(2).await;
    let queries = resolver.count_queries(50).await;
    assert_eq!(
        queries.of(ns(1)),
        0,
        "queries to {}, which refuses them\n{queries}",
        ns(1)
    );
    heal(&lab, ns(1));
    tokio::time::advance(Duration::from_secs(601)).await;
    let queries = resolver.count_queries(20).await;
    assert!(
        queries.of(ns(1)) > 10,
        "{} refused ten minutes ago, and is the quickest: it should get more than 10 of the\n{queries}",
        ns(1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_is_lame_for_one_zone_only() {
    let selector = Selector::new(AddressPolicy::default());
    let mut random = StdRng::seed_from_u64(11);
    let servers = [ns(1), ns(2)];
    let mut chosen = |origin: &str| {
        let timeouts = TimeoutCounts::new();
        let attempt = selector.choose(
            &zone(origin),
            &question(),
            &servers,
            &timeouts,
            DEADLINE,
            &mut random,
        );
        attempt.unwrap().server
    };
    let took = |milliseconds| Some(Duration::from_millis(milliseconds));
    let unusable = AttemptOutcome::Reply {
        took: took(1),
        is_lame: true,
    };
    let usable = AttemptOutcome::Reply {
        took: took(100),
        is_lame: false,
    };
    selector.handle_outcome(&zone("one.test"), &attempt(ns(1)), &unusable);
    selector.handle_outcome(&zone("one.test"), &attempt(ns(2)), &usable);
    let mut count = |origin: &str, server| (0..50).filter(|_| chosen(origin) == server).count();
    let (for_one, for_two) = (count("one.test", ns(2)), count("two.test", ns(1)));
    assert_eq!(
        for_one,
        50,
        "choices of {} for one.test, of 50: the other is lame for that zone",
        ns(2)
    );
    assert!(
        for_two > 40,
        "choices of {} for two.test: {for_two} of 50, though it is the quickest, and lame for \
         one.test only",
        ns(1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_usable_reply_ends_lameness() {
    let selector = Selector::new(AddressPolicy::default());
    let mut random = StdRng::seed_from_u64(11);
    let (zone, servers) = (zone("one.test"), [ns(1), ns(2)]);
    let took = |milliseconds| Some(Duration::from_millis(milliseconds));
    for (n, milliseconds, is_lame) in [(1, 1, true), (2, 100, false), (1, 1, false)] {
        let took = took(milliseconds);
        selector.handle_outcome(
            &zone,
            &attempt(ns(n)),
            &AttemptOutcome::Reply { took, is_lame },
        );
    }
    let mut choose = || {
        selector.choose(
            &zone,
            &question(),
            &servers,
            &TimeoutCounts::new(),
            DEADLINE,
            &mut random,
        )
    };
    let is_first = |_: &u32| choose().is_some_and(|attempt| attempt.server == ns(1));
    let chosen = (0..50).filter(is_first).count();
    assert!(
        chosen > 40,
        "choices of {}: {chosen} of 50, though its last reply was usable, and it is the quickest",
        ns(1)
    );
}

/// Clients that ask for many names make a resolver query many servers.
#[tokio::test(start_paused = true)]
async fn the_table_of_servers_is_bounded() {
    let selector = Selector::new(AddressPolicy::default());
    let servers = (0..20_000_u32).map(|n| IpAddr::from((0x0a00_0000 + n).to_be_bytes()));
    let servers: Vec<IpAddr> = servers.collect();
    for server in &servers {
        selector.handle_outcome(&zone("test"), &attempt(*server), &AttemptOutcome::Timeout);
    }
    let is_kept = |server: &&IpAddr| selector.server_state(**server).is_some();
    let kept = servers.iter().filter(is_kept).count();
    assert_eq!(kept, MAX_SERVERS, "servers in the table, of 20,000 queried");
}
