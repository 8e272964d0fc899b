//! The state of a server after each outcome, and the number of attempts that a server gets.

use std::net::IpAddr;
use std::time::Duration;

use chase::{AttemptOutcome, DEADLINE, ServerSelection, TimeoutCounts};
use dnsparse::{Rcode, RecordType};
use rand::SeedableRng;
use rand::rngs::StdRng;
use select::rtt::backed_off;
use select::server_state::{DEAD_AFTER, PROBE_INTERVAL};
use select::{AddressPolicy, Selector};

use crate::world::{TestResolver, attempt, ns, question, world, zone};

fn reply(milliseconds: Option<u64>) -> AttemptOutcome {
    AttemptOutcome::Reply {
        took: milliseconds.map(Duration::from_millis),
        is_lame: false,
    }
}

/// Writes the estimate of a server.
fn estimate(selector: &Selector, server: IpAddr) -> String {
    let state = selector.server_state(server);
    match state.and_then(|state| state.estimate) {
        Some(it) => format!(
            "SRTT {} ms, variation {} ms, timeout {} ms",
            it.srtt.as_millis(),
            it.rttvar.as_millis(),
            it.rto().as_millis()
        ),
        None => "no estimate".to_owned(),
    }
}

/// Replies over TCP, timeouts and errors measure nothing: the estimate stays as it is. A refusal of
/// EDNS adds no timeout.
#[tokio::test(start_paused = true)]
async fn the_estimate_is_updated_by_measured_replies_alone() {
    let selector = Selector::new(AddressPolicy::default());
    let mut lines = String::new();
    for (shown, outcome) in [
        ("a reply over TCP", reply(None)),
        ("a timeout", AttemptOutcome::Timeout),
        ("a reply after 80 ms", reply(Some(80))),
        ("a reply after 160 ms", reply(Some(160))),
        ("a reply over TCP", reply(None)),
        ("a timeout", AttemptOutcome::Timeout),
        ("an unreachable server", AttemptOutcome::Unreachable),
        ("EDNS refused", AttemptOutcome::NoEdns),
        ("a reply after 30 ms", reply(Some(30))),
    ] {
        selector.handle_outcome(&zone("test"), &attempt(ns(1)), &outcome);
        let state = selector.server_state(ns(1)).unwrap_or_default();
        let estimate = estimate(&selector, ns(1));
        lines += &format!("{shown}: {state}; {estimate}\n");
    }
    insta::assert_snapshot!(lines, @r"
    a reply over TCP: unknown; no estimate
    a timeout: 1 timeout; no estimate
    a reply after 80 ms: alive; SRTT 80 ms, variation 40 ms, timeout 240 ms
    a reply after 160 ms: alive; SRTT 90 ms, variation 50 ms, timeout 290 ms
    a reply over TCP: alive; SRTT 90 ms, variation 50 ms, timeout 290 ms
    a timeout: 1 timeout; SRTT 90 ms, variation 50 ms, timeout 290 ms
    an unreachable server: 2 timeouts; SRTT 90 ms, variation 50 ms, timeout 290 ms
    EDNS refused: 2 timeouts, without EDNS; SRTT 90 ms, variation 50 ms, timeout 290 ms
    a reply after 30 ms: alive; SRTT 60 ms, variation 52 ms, timeout 270 ms
    ");
}

/// A firewall may drop queries with EDNS, or all of them. So queries with EDNS and without take turns,
/// until the server replies.
#[tokio::test(start_paused = true)]
async fn queries_that_time_out_carry_edns_in_turn() {
    let selector = Selector::new(AddressPolicy::default());
    let (mut random, mut queries) = (StdRng::seed_from_u64(11), Vec::new());
    for _ in 0..4 {
        let timeouts = TimeoutCounts::new();
        let attempt = selector.choose(
            &zone("test"),
            &question(),
            &[ns(1)],
            &timeouts,
            DEADLINE,
            &mut random,
        );
        let Some(attempt) = attempt else {
            queries.push("no query");
            continue;
        };
        queries.push(if attempt.with_edns { "with" } else { "without" });
        selector.handle_outcome(&zone("test"), &attempt, &AttemptOutcome::Timeout);
    }
    assert_eq!(
        queries.join(", "),
        "with, without, with, without",
        "four queries to one server, each of which times out: with or without EDNS"
    );
}

/// Each probe of a dead server costs a client a timeout. So one search makes it, and others that begin
/// while it waits do not.
#[tokio::test(start_paused = true)]
async fn a_dead_server_is_probed_by_one_search() {
    let (selector, test) = (Selector::new(AddressPolicy::default()), zone("test"));
    selector.handle_outcome(&test, &attempt(ns(1)), &reply(Some(80)));
    for _ in 0..DEAD_AFTER {
        selector.handle_outcome(&test, &attempt(ns(2)), &AttemptOutcome::Timeout);
    }
    tokio::time::advance(PROBE_INTERVAL).await;
    let mut random = StdRng::seed_from_u64(11);
    let mut search = || {
        let (servers, timeouts) = ([ns(1), ns(2)], TimeoutCounts::new());
        selector.choose(
            &test,
            &question(),
            &servers,
            &timeouts,
            DEADLINE,
            &mut random,
        )
    };
    let chosen: Vec<_> = (0..10).filter_map(|_| search()).collect();
    let probes = chosen.iter().filter(|attempt| attempt.server == ns(2));
    assert_eq!(
        (probes.count(), chosen.len()),
        (1, 10),
        "queries to a dead server whose probe is due, and queries of ten searches that begin at once"
    );
}

/// A search that has met a timeout has no time to explore: its client waits.
#[tokio::test(start_paused = true)]
async fn a_search_explores_with_its_first_query_alone() {
    let (selector, test) = (Selector::new(AddressPolicy::default()), zone("test"));
    for (server, milliseconds) in [(ns(1), 20), (ns(2), 200), (ns(3), 300)] {
        selector.handle_outcome(&test, &attempt(server), &reply(Some(milliseconds)));
    }
    let mut random = StdRng::seed_from_u64(11);
    let mut slower = |timeouts: &TimeoutCounts| {
        let servers = [ns(1), ns(2), ns(3)];
        let mut choose = || {
            selector.choose(
                &test,
                &question(),
                &servers,
                timeouts,
                DEADLINE,
                &mut random,
            )
        };
        let chosen = (0..400).filter_map(|_| choose());
        chosen.filter(|attempt| attempt.server != ns(1)).count()
    };
    let first = slower(&TimeoutCounts::new());
    let later = slower(&TimeoutCounts::from([(ns(3), 1)]));
    assert!(
        (5..=40).contains(&first),
        "{first} of 400 searches begin with a slower server; about 20 should"
    );
    assert_eq!(
        later, 0,
        "of 400 queries after a timeout in the same search, those to a slower server"
    );
}

/// A server that took 80 ms once has a timeout of 240 ms. A query that is lost costs no more.
#[tokio::test(start_paused = true)]
async fn a_timeout_is_no_longer_than_the_servers_own() {
    let selector = Selector::new(AddressPolicy::default());
    selector.handle_outcome(&zone("test"), &attempt(ns(1)), &reply(Some(80)));
    let mut random = StdRng::seed_from_u64(11);
    let attempt = selector.choose(
        &zone("test"),
        &question(),
        &[ns(1), ns(2)],
        &TimeoutCounts::from([(ns(2), 1)]),
        DEADLINE,
        &mut random,
    );
    let chosen = attempt.map(|attempt| (attempt.server, attempt.timeout.as_millis()));
    assert_eq!(
        chosen,
        Some((ns(1), 240)),
        "the server that is queried, and its timeout in milliseconds: {}",
        estimate(&selector, ns(1))
    );
}

/// The time of a quick server is doubled as often as that of a slow one, up to the same maximum.
#[test]
fn a_short_time_is_doubled_with_each_timeout_too() {
    let times = (0..8).map(|times| backed_off(Duration::from_millis(30), times).as_millis());
    let times: Vec<_> = times.map(|time| time.to_string()).collect();
    assert_eq!(
        times.join(" "),
        "30 60 120 240 480 960 1600 1600",
        "30 ms, after 0 to 7 timeouts"
    );
}

/// A reply over TCP takes a handshake as well, and a datagram before that: more than one round
/// trip.
#[tokio::test(start_paused = true)]
async fn a_reply_over_tcp_is_not_measured() {
    let lab = world(1);
    let mut resolver = TestResolver::new(&lab);
    let big = resolver.resolve_type("big.test", RecordType::TXT).await;
    assert_eq!(big.rcode, Rcode::NOERROR, "big.test TXT\n{}", lab.trace());
    assert_eq!(
        estimate(resolver.resolver.selection(), ns(1)),
        "no estimate",
        "after big.test TXT, over TCP\n{}",
        lab.trace()
    );
}

/// Datagrams do get lost: two attempts at each server, three if there is no other, one at a server
/// that is dead.
#[tokio::test(start_paused = true)]
async fn a_server_gets_two_attempts_and_the_only_one_three() {
    let mut lines = String::new();
    for (servers, is_dead) in [(1, false), (2, false), (1, true), (2, true)] {
        let selector = Selector::new(AddressPolicy::default());
        let servers: Vec<IpAddr> = (1..=servers).map(ns).collect();
        let deaths = if is_dead { 3 } else { 0 };
        for server in &servers {
            for _ in 0..deaths {
                selector.handle_outcome(&zone("test"), &attempt(*server), &AttemptOutcome::Timeout);
            }
        }
        let mut last = Vec::new();
        for count in 0..3 {
            let timeouts: TimeoutCounts = servers.iter().map(|server| (*server, count)).collect();
            let mut random = StdRng::seed_from_u64(11);
            let attempt = selector.choose(
                &zone("test"),
                &question(),
                &servers,
                &timeouts,
                DEADLINE,
                &mut random,
            );
            last.push(match attempt {
                Some(attempt) if attempt.is_last => "the last",
                Some(_) => "one more",
                None => "none",
            });
        }
        let state = if is_dead { "dead" } else { "unknown" };
        lines += &format!("{} {state}: {}\n", servers.len(), last.join(", "));
    }
    insta::assert_snapshot!(lines, @r"
    1 unknown: one more, one more, the last
    2 unknown: one more, the last, the last
    1 dead: the last, the last, the last
    2 dead: the last, the last, the last
    ");
}
