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
    assert_eq!((first.srtt, first.rttvar), (ms(80), ms(40)));
    let slower = first.updated(ms(160));
    assert_eq!((slower.srtt, slower.rttvar), (ms(90), ms(50)));
    let quicker = first.updated(ms(40));
    assert_eq!((quicker.srtt, quicker.rttvar), (ms(60), ms(40)));
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
    assert!((ms(300)..ms(310)).contains(&estimate.rto()), "{estimate:?}");
}

#[test]
fn an_rto_has_a_minimum_and_a_maximum() {
    assert_eq!(RttEstimate::first(ms(1)).rto(), MIN_RTO);
    assert_eq!(RttEstimate::first(ms(1_000)).rto(), MAX_RTO);
}

#[test]
fn each_timeout_doubles_the_rto_up_to_the_maximum() {
    let timeouts: Vec<Duration> = (0..4).map(|times| backed_off(INITIAL_RTO, times)).collect();
    assert_eq!(timeouts, [ms(400), ms(800), ms(1_600), ms(1_600)]);
    assert_eq!(backed_off(INITIAL_RTO, 1_000), MAX_RTO, "no more than that");
}

#[test]
fn half_of_a_time_is_left_after_its_half_life() {
    assert_eq!(decayed(ms(100), Duration::ZERO), ms(100));
    assert_eq!(decayed(ms(100), HALF_LIFE), ms(50));
    assert_eq!(
        decayed(ms(100), HALF_LIFE * 3),
        Duration::from_micros(12_500)
    );
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
    assert!(!server.is_dead());
    server.handle_timeout(false, now);
    assert!(server.is_dead());
    server.handle_reply(None, true, now);
    assert_eq!((server.is_dead(), server.consecutive_timeouts), (false, 0));
    server.handle_timeout(true, now);
    assert!(!server.is_dead(), "the count starts again from zero");
}

#[test]
fn a_reply_without_an_rtt_leaves_the_estimate_alone() {
    let now = Instant::now();
    let mut server = ServerState::default();
    server.handle_reply(None, true, now);
    assert_eq!((server.estimate, server.rto()), (None, INITIAL_RTO));
    server.handle_reply(Some(ms(300)), true, now);
    assert_eq!(server.rto(), ms(900));
}

#[test]
fn a_probe_of_a_dead_server_is_due_once_a_minute() {
    let now = Instant::now();
    let mut server = timed_out(DEAD_AFTER, now);
    assert!(!server.is_probe_due(now));
    let later = now + PROBE_INTERVAL;
    assert!(server.is_probe_due(later));
    server.handle_probe(later);
    assert!(!server.is_probe_due(later), "one probe is enough");
    assert!(server.is_probe_due(later + PROBE_INTERVAL));
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
    assert_eq!(
        with_edns,
        [true, false, true, false],
        "with and without EDNS, in turn"
    );
}

#[test]
fn a_server_that_replies_only_without_edns_is_queried_without_it_for_a_while() {
    let now = Instant::now();
    let mut server = timed_out(1, now);
    server.handle_reply(Some(ms(10)), false, now);
    assert!(!server.should_use_edns(now));
    assert!(!server.should_use_edns(now + NO_EDNS_TTL - ms(1)));
    assert!(server.should_use_edns(now + NO_EDNS_TTL));
    let mut refusing = ServerState::default();
    refusing.handle_edns_refusal(now);
    assert!(!refusing.should_use_edns(now) && refusing.should_use_edns(now + NO_EDNS_TTL));
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
    let unknown = ServerState::default();
    assert_eq!(unknown.expected_rtt(true, now), Duration::ZERO);
    assert_eq!(
        unknown.expected_rtt(false, now),
        INITIAL_RTO,
        "no time to explore"
    );
    assert_eq!(alive(80, now).expected_rtt(true, now), ms(80));
    assert_eq!(alive(80, now).expected_rtt(true, now + HALF_LIFE), ms(40));
    assert_eq!(timed_out(1, now).expected_rtt(true, now), ms(800));
    let mut unsteady = alive(80, now);
    unsteady.handle_timeout(true, now);
    assert_eq!(unsteady.expected_rtt(true, now), ms(160));
    let dead = timed_out(9, now);
    assert_eq!(dead.expected_rtt(true, now), MAX_RTO);
    assert_eq!(
        dead.expected_rtt(true, now + HALF_LIFE),
        MAX_RTO / 2,
        "first backed off up to the maximum, then decayed"
    );
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
    assert_eq!(
        pick_counts(&candidates, false),
        [0, 1_000, 0, 0],
        "but not after a timeout"
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
    let mut quick = candidate(1, alive(10, now), now);
    let mut slow = candidate(2, alive(300, now), now);
    let lame = Candidate {
        is_lame: true,
        ..candidate(3, alive(5, now), now)
    };
    let dead = candidate(4, timed_out(DEAD_AFTER, now), now);
    assert_eq!(
        pick_counts(&[quick, slow, lame, dead], false),
        [1_000, 0, 0, 0]
    );
    quick.timeouts = 1;
    assert_eq!(
        pick_counts(&[quick, slow, lame, dead], false),
        [0, 1_000, 0, 0]
    );
    slow.timeouts = 1;
    assert_eq!(
        pick_counts(&[quick, slow, lame, dead], false),
        [0, 0, 0, 1_000]
    );
    let tried_dead = Candidate {
        timeouts: 1,
        ..dead
    };
    assert_eq!(
        pick_counts(&[quick, slow, lame, tried_dead], false),
        [0, 0, 1_000, 0]
    );
    let tried_lame = Candidate {
        timeouts: 1,
        ..lame
    };
    assert_eq!(
        pick_counts(&[quick, slow, tried_lame, tried_dead], false),
        [1_000, 0, 0, 0]
    );
}

#[test]
fn a_probe_is_the_first_query_of_a_search() {
    let now = Instant::now();
    let later = now + PROBE_INTERVAL;
    let candidates = [
        candidate(1, alive(10, now), later),
        candidate(2, timed_out(DEAD_AFTER, now), later),
    ];
    assert_eq!(pick_counts(&candidates, true), [0, 1_000, 0, 0]);
    assert_eq!(pick_counts(&candidates, false), [1_000, 0, 0, 0]);
}

#[test]
fn no_candidate_means_no_pick() {
    assert_eq!(pick(&[], true, &mut StdRng::seed_from_u64(11)), None);
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
        assert_eq!(policy.violation(address), None, "{text}");
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
        assert_eq!(policy.violation(address), None, "{text}");
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
        assert_eq!(policy.violation(text.parse().unwrap()), None, "{text}");
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
            assert_eq!(violation, expected, "{text}, and {policy:?}");
        }
    }
}
