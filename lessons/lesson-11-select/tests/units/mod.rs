//! The units without a network: the estimate, the state of a server, the pick, the address policy.

use std::net::IpAddr;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use select::pick::{EXPLORE_ONE_IN, RTT_BAND};
use select::rtt::{HALF_LIFE, INITIAL_RTO, MAX_RTO, MIN_RTO, backed_off, decayed};
use select::server_state::{DEAD_AFTER, NO_EDNS_TTL, PROBE_INTERVAL};
use select::{AddressPolicy, Candidate, RttEstimate, ServerState, pick};
use tokio::time::Instant;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn an_estimate_rises_slowly_and_falls_quickly() {
    let first = RttEstimate::first(ms(80));
    let mut lines = String::new();
    for (shown, estimate) in [
        ("80 ms", first),
        ("80 ms, then 160 ms", first.updated(ms(160))),
        ("80 ms, then 40 ms", first.updated(ms(40))),
    ] {
        let (srtt, rttvar) = (estimate.srtt.as_millis(), estimate.rttvar.as_millis());
        lines += &format!("{shown}: SRTT {srtt} ms, variation {rttvar} ms\n");
    }
    insta::assert_snapshot!(lines, @r"
    80 ms: SRTT 80 ms, variation 40 ms
    80 ms, then 160 ms: SRTT 90 ms, variation 50 ms
    80 ms, then 40 ms: SRTT 60 ms, variation 40 ms
    ");
}

#[test]
fn the_rto_of_a_steady_server_is_hardly_longer_than_its_rtt() {
    let mut estimate = RttEstimate::first(ms(300));
    assert_eq!(
        estimate.rto(),
        ms(900),
        "the first reply does not show how steady the server is"
    );
    for _ in 0..20 {
        estimate = estimate.updated(ms(300));
    }
    let rto = estimate.rto();
    assert!(
        (ms(300)..ms(310)).contains(&rto),
        "the timeout is {rto:?} after 21 replies of 300 ms each, which should be below 310 ms"
    );
}

#[test]
fn an_rto_has_a_minimum_and_a_maximum() {
    for (rtt, expected) in [(1, MIN_RTO), (1_000, MAX_RTO)] {
        let rto = RttEstimate::first(ms(rtt)).rto();
        assert_eq!(rto, expected, "the timeout after one reply of {rtt} ms");
    }
}

#[test]
fn each_timeout_doubles_the_rto_up_to_the_maximum() {
    let lines = [0, 1, 2, 3, 1_000].map(|times| {
        let timeout = backed_off(INITIAL_RTO, times).as_millis();
        format!("after {times} timeouts: {timeout} ms\n")
    });
    insta::assert_snapshot!(lines.concat(), @r"
    after 0 timeouts: 400 ms
    after 1 timeouts: 800 ms
    after 2 timeouts: 1600 ms
    after 3 timeouts: 1600 ms
    after 1000 timeouts: 1600 ms
    ");
}

#[test]
fn half_of_a_time_is_left_after_its_half_life() {
    for (age, expected) in [(0, 100_000), (1, 50_000), (3, 12_500)] {
        let left = decayed(ms(100), HALF_LIFE * age);
        assert_eq!(
            left,
            Duration::from_micros(expected),
            "the rest of 100 ms after {age} half-lives"
        );
    }
}

/// A server that replied once, after the given number of milliseconds.
fn alive(milliseconds: u64, now: Instant) -> ServerState {
    let mut server = ServerState::default();
    server.handle_reply(Some(ms(milliseconds)), true, now);
    server
}

/// A server that timed out the given number of times.
fn timed_out(times: u32, now: Instant) -> ServerState {
    let mut server = ServerState::default();
    (0..times).for_each(|_| server.handle_timeout(true, now));
    server
}

#[test]
fn three_timeouts_in_a_row_make_a_server_dead_and_any_reply_revives_it() {
    let now = Instant::now();
    let mut server = timed_out(DEAD_AFTER - 1, now);
    let mut lines = format!("{} timeouts in a row: {server}\n", DEAD_AFTER - 1);
    server.handle_timeout(false, now);
    lines += &format!("one more: {server}\n");
    server.handle_reply(None, true, now);
    lines += &format!("a reply: {server}\n");
    server.handle_timeout(true, now);
    lines += &format!("a timeout: {server}\n");
    insta::assert_snapshot!(lines, @r"
    2 timeouts in a row: 2 timeouts
    one more: dead
    a reply: unknown
    a timeout: 1 timeout
    ");
}

#[test]
fn a_reply_without_an_rtt_leaves_the_estimate_alone() {
    let now = Instant::now();
    let mut server = ServerState::default();
    server.handle_reply(None, true, now);
    assert!(
        server.estimate.is_none(),
        "an estimate after a reply over TCP alone, whose time was not measured"
    );
    assert_eq!(server.rto(), INITIAL_RTO, "the timeout without an estimate");
    server.handle_reply(Some(ms(300)), true, now);
    assert_eq!(server.rto(), ms(900), "the timeout after a reply of 300 ms");
}

#[test]
fn a_probe_of_a_dead_server_is_due_once_a_minute() {
    let now = Instant::now();
    let mut server = timed_out(DEAD_AFTER, now);
    let later = now + PROBE_INTERVAL;
    assert!(!server.is_probe_due(now), "due just after the last timeout");
    assert!(server.is_probe_due(later), "not due a minute later");
    server.handle_probe(later);
    assert!(!server.is_probe_due(later), "one probe is enough");
    let next = later + PROBE_INTERVAL;
    assert!(server.is_probe_due(next), "not due a minute after a probe");
    assert!(
        !alive(10, now).is_probe_due(later),
        "a live server needs no probe"
    );
}

#[test]
fn the_next_query_after_a_timeout_goes_without_edns() {
    let now = Instant::now();
    let mut server = ServerState::default();
    let mut with_edns = Vec::new();
    for _ in 0..4 {
        with_edns.push(server.should_use_edns(now));
        server.handle_timeout(server.should_use_edns(now), now);
    }
    let shown = with_edns
        .iter()
        .map(|it| if *it { "with" } else { "without" });
    assert_eq!(
        shown.collect::<Vec<_>>().join(", "),
        "with, without, with, without",
        "four queries, each of which times out: with or without EDNS"
    );
}

#[test]
fn a_server_that_replies_only_without_edns_is_queried_without_it_for_a_while() {
    let now = Instant::now();
    let mut server = timed_out(1, now);
    server.handle_reply(Some(ms(10)), false, now);
    let mut refusing = ServerState::default();
    refusing.handle_edns_refusal(now);
    for (server, which) in [
        (
            server,
            "a server that timed out with EDNS and replied without",
        ),
        (refusing, "a server that refused EDNS"),
    ] {
        for (after, expected) in [
            (Duration::ZERO, false),
            (NO_EDNS_TTL - ms(1), false),
            (NO_EDNS_TTL, true),
        ] {
            let uses_edns = server.should_use_edns(now + after);
            assert_eq!(
                uses_edns, expected,
                "whether {which} is queried with EDNS after {after:?}"
            );
        }
    }
}

#[test]
fn edns_support_once_shown_is_doubtful_only_for_a_dead_server() {
    let now = Instant::now();
    let mut server = alive(10, now);
    for _ in 1..DEAD_AFTER {
        server.handle_timeout(true, now);
        assert!(
            server.should_use_edns(now),
            "a server that supports EDNS was queried without it"
        );
    }
    server.handle_timeout(true, now);
    assert!(
        !server.should_use_edns(now),
        "perhaps a firewall was put in front of the server"
    );
}

#[test]
fn the_expected_rtt_follows_estimate_timeouts_and_age() {
    let now = Instant::now();
    let (unknown, dead) = (ServerState::default(), timed_out(9, now));
    let mut unsteady = alive(80, now);
    unsteady.handle_timeout(true, now);
    let mut gone = alive(80, now);
    (0..5).for_each(|_| gone.handle_timeout(true, now));
    let later = now + HALF_LIFE;
    let mut lines = String::new();
    // A dead server's time is first backed off up to the maximum, then decayed.
    for (shown, expected) in [
        ("unknown", unknown.expected_rtt(true, now)),
        (
            "unknown, no time to explore",
            unknown.expected_rtt(false, now),
        ),
        (
            "replied after 80 ms",
            alive(80, now).expected_rtt(true, now),
        ),
        (
            "that, a half-life ago",
            alive(80, now).expected_rtt(true, later),
        ),
        ("80 ms, then a timeout", unsteady.expected_rtt(true, now)),
        ("80 ms, then five timeouts", gone.expected_rtt(true, now)),
        ("that, a half-life ago", gone.expected_rtt(true, later)),
        ("one timeout", timed_out(1, now).expected_rtt(true, now)),
        ("nine timeouts", dead.expected_rtt(true, now)),
        ("that, a half-life ago", dead.expected_rtt(true, later)),
    ] {
        lines += &format!("{shown}: {} ms\n", expected.as_millis());
    }
    insta::assert_snapshot!(lines, @r"
    unknown: 0 ms
    unknown, no time to explore: 400 ms
    replied after 80 ms: 80 ms
    that, a half-life ago: 40 ms
    80 ms, then a timeout: 160 ms
    80 ms, then five timeouts: 1600 ms
    that, a half-life ago: 800 ms
    one timeout: 800 ms
    nine timeouts: 1600 ms
    that, a half-life ago: 800 ms
    ");
}

fn address(n: u8) -> IpAddr {
    [192, 0, 2, n].into()
}

fn candidate(n: u8, state: ServerState, now: Instant) -> Candidate {
    Candidate::new(address(n), state, true, now)
}

/// The number of times that each of up to four candidates is picked, of a thousand.
fn pick_counts(candidates: &[Candidate], may_explore: bool) -> [u32; 4] {
    let mut random = StdRng::seed_from_u64(11);
    let mut counts = [0; 4];
    for _ in 0..1_000 {
        let picked = pick(candidates, may_explore, &mut random).unwrap();
        let index = candidates.iter().position(|one| one == picked).unwrap();
        counts[index] += 1;
    }
    counts
}

#[test]
fn one_search_in_twenty_explores() {
    let now = Instant::now();
    let servers = [(1, 100), (2, 20), (3, 50)];
    let candidates = servers.map(|(n, took)| candidate(n, alive(took, now), now));
    let [one, two, three, _] = pick_counts(&candidates, true);
    let expected = 1_000 / EXPLORE_ONE_IN;
    assert!(
        (expected / 2..expected * 2).contains(&(one + three)),
        "the others were picked {one} and {three} times"
    );
    assert!(
        one > 5 && three > 5 && two > 900,
        "picked {one}, {two} and {three} times: each of the others should be"
    );
    // It explores the others, and not all.
    let servers = [(1, 20), (2, 21), (3, 22), (4, 100)];
    let three_quick = servers.map(|(n, took)| candidate(n, alive(took, now), now));
    let [.., four] = pick_counts(&three_quick, true);
    assert!(
        (expected / 2..expected * 2).contains(&four),
        "of servers with 20, 21, 22 and 100 ms, the slow one was picked {four} times in 1,000: about \
         {expected} searches explore, and each of these queries it"
    );
    assert_eq!(
        pick_counts(&candidates, false),
        [0, 1_000, 0, 0],
        "1,000 picks after a timeout, of servers with 100, 20 and 50 ms: no exploration"
    );
}

#[test]
fn servers_within_the_rtt_band_share_the_queries() {
    let now = Instant::now();
    let within = 20 + u64::try_from(RTT_BAND.as_millis()).unwrap();
    let servers = [(1, 20), (2, within), (3, within + 1)];
    let candidates = servers.map(|(n, took)| candidate(n, alive(took, now), now));
    let [one, two, three, _] = pick_counts(&candidates, false);
    assert!(
        one > 400 && two > 400 && three == 0,
        "two within the band, and one outside, were picked {one}, {two} and {three} times"
    );
}

#[test]
fn no_server_is_queried_twice_before_each_was_queried_once() {
    let now = Instant::now();
    let quick = candidate(1, alive(10, now), now);
    let slow = candidate(2, alive(300, now), now);
    let lame = Candidate {
        is_lame: true,
        ..candidate(3, alive(5, now), now)
    };
    let dead = candidate(4, timed_out(DEAD_AFTER, now), now);
    let mut lines = String::new();
    let mut candidates = [quick, slow, lame, dead];
    for next in [0, 1, 3, 2] {
        lines += &shares(&candidates);
        candidates[next].timeouts = 1;
    }
    lines += &shares(&candidates);
    insta::assert_snapshot!(lines, @r"
    quick (0 timeouts) 1000   slow (0 timeouts)    0   lame (0 timeouts)    0   dead (0 timeouts)    0
    quick (1 timeouts)    0   slow (0 timeouts) 1000   lame (0 timeouts)    0   dead (0 timeouts)    0
    quick (1 timeouts)    0   slow (1 timeouts)    0   lame (0 timeouts)    0   dead (0 timeouts) 1000
    quick (1 timeouts)    0   slow (1 timeouts)    0   lame (0 timeouts) 1000   dead (1 timeouts)    0
    quick (1 timeouts) 1000   slow (1 timeouts)    0   lame (1 timeouts)    0   dead (1 timeouts)    0
    ");
}

/// Writes how many of a thousand picks each of a quick, a slow, a lame and a dead server gets.
fn shares(candidates: &[Candidate; 4]) -> String {
    let counts = pick_counts(candidates, false);
    let names = ["quick", "slow", "lame", "dead"];
    let mut line = String::new();
    for ((name, candidate), count) in names.iter().zip(candidates).zip(counts) {
        line += &format!("{name} ({} timeouts) {count:>4}   ", candidate.timeouts);
    }
    format!("{}\n", line.trim_end())
}

#[test]
fn a_probe_is_the_first_query_of_a_search() {
    let now = Instant::now();
    let later = now + PROBE_INTERVAL;
    let candidates = [
        candidate(1, alive(10, now), later),
        candidate(2, timed_out(DEAD_AFTER, now), later),
    ];
    let (at_first, later) = (
        pick_counts(&candidates, true),
        pick_counts(&candidates, false),
    );
    assert_eq!(
        (at_first[1], later[1]),
        (1_000, 0),
        "of 1,000 picks, those of a dead server whose probe is due: at the start of a search, and \
         after a timeout"
    );
}

#[test]
fn no_candidate_means_no_pick() {
    let picked = pick(&[], true, &mut StdRng::seed_from_u64(11));
    assert!(picked.is_none(), "a server was picked, of none");
}

#[test]
fn unroutable_addresses_are_not_queried() {
    let policy = AddressPolicy {
        has_ipv6: true,
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    for text in [
        "0.0.0.0",
        "0.1.2.3",
        "255.255.255.255",
        "224.0.0.251",
        "239.255.255.255",
        "169.254.1.1",
        "::",
        "ff02::fb",
        "fe80::1",
        "::ffff:192.0.2.1",
        "::ffff:127.0.0.1",
        "::192.0.2.1",
    ] {
        let address = text.parse().unwrap();
        assert!(
            policy.violation(address).is_some(),
            "{text} would be queried"
        );
    }
    for text in [
        "192.0.2.1",
        "10.0.0.1",
        "127.0.0.1",
        "2001:db8::1",
        "fd00::1",
        "::1",
    ] {
        let address = text.parse().unwrap();
        let violation = policy.violation(address);
        assert_eq!(violation, None, "{text} should be queried");
    }
}

#[test]
fn loopback_addresses_are_not_queried_unless_allowed() {
    let mut policy = AddressPolicy {
        has_ipv6: true,
        ..AddressPolicy::default()
    };
    for text in ["127.0.0.1", "127.1.2.3", "::1"] {
        let address: IpAddr = text.parse().unwrap();
        policy.allow_loopback = false;
        assert!(
            policy.violation(address).is_some(),
            "{text} would be queried"
        );
        policy.allow_loopback = true;
        let violation = policy.violation(address);
        assert_eq!(violation, None, "{text} should be queried");
        policy.own_addresses = vec![address];
        assert!(
            policy.violation(address).is_some(),
            "{text} is an own address"
        );
        policy.own_addresses.clear();
    }
}

/// A machine always has a route to itself.
#[test]
fn loopback_addresses_need_no_route() {
    let policy = AddressPolicy {
        has_ipv4: false,
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    for text in ["127.0.0.1", "::1"] {
        let violation = policy.violation(text.parse().unwrap());
        assert_eq!(violation, None, "{text} should be queried");
    }
}

#[test]
fn addresses_are_not_queried_without_a_route() {
    for (text, is_ipv6) in [("192.0.2.1", false), ("2001:db8::1", true)] {
        let address: IpAddr = text.parse().unwrap();
        for has_ipv6 in [false, true] {
            let policy = AddressPolicy {
                has_ipv4: !has_ipv6,
                has_ipv6,
                ..AddressPolicy::default()
            };
            let violation = policy.violation(address);
            let expected = match (is_ipv6 == has_ipv6, is_ipv6) {
                (true, _) => None,
                (false, true) => Some("is not queried: there is no route to IPv6 addresses"),
                (false, false) => Some("is not queried: there is no route to IPv4 addresses"),
            };
            let route = if has_ipv6 { "IPv6" } else { "IPv4" };
            assert_eq!(violation, expected, "{text}, with a route to {route} alone");
        }
    }
}
