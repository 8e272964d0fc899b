//! The parts that know nothing of networks: estimates, what is remembered of a server, the pick, and forbidden places.

use std::net::IpAddr;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use select::estimate::{CAP, FLOOR, HALF_LIFE, START, doubled, faded};
use select::pick::{EXPLORE, NEAR};
use select::server_state::{DEAD_AFTER, EDNS_FOR, PROBE_EVERY};
use select::{AddressPolicy, Candidate, Estimate, ServerState, pick};
use tokio::time::Instant;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn an_estimate_moves_slowly_up_and_quickly_down() {
    let first = Estimate::first(ms(80));
    assert_eq!((first.smoothed, first.variation), (ms(80), ms(40)));
    let slower = first.after(ms(160));
    assert_eq!((slower.smoothed, slower.variation), (ms(90), ms(50)));
    let quicker = first.after(ms(40));
    assert_eq!((quicker.smoothed, quicker.variation), (ms(60), ms(40)));
}

#[test]
fn a_steady_server_is_waited_for_hardly_longer_than_it_takes() {
    let mut estimate = Estimate::first(ms(300));
    assert_eq!(
        estimate.timeout(),
        ms(900),
        "at first nobody knows how steady it is"
    );
    for _ in 0..20 {
        estimate = estimate.after(ms(300));
    }
    assert!(
        (ms(300)..ms(310)).contains(&estimate.timeout()),
        "{estimate:?}"
    );
}

#[test]
fn timeouts_have_a_floor_and_a_cap() {
    assert_eq!(Estimate::first(ms(1)).timeout(), FLOOR);
    assert_eq!(Estimate::first(ms(1_000)).timeout(), CAP);
}

#[test]
fn each_silence_doubles_the_wait_up_to_the_cap() {
    let waits: Vec<Duration> = (0..4).map(|times| doubled(START, times)).collect();
    assert_eq!(waits, [ms(400), ms(800), ms(1_600), ms(1_600)]);
    assert_eq!(doubled(START, 1_000), CAP, "and no further");
}

#[test]
fn half_of_a_time_has_faded_after_its_half_life() {
    assert_eq!(faded(ms(100), Duration::ZERO), ms(100));
    assert_eq!(faded(ms(100), HALF_LIFE), ms(50));
    assert_eq!(faded(ms(100), HALF_LIFE * 3), Duration::from_micros(12_500));
}

/// A server that replied after so many milliseconds.
fn heard(milliseconds: u64, now: Instant) -> ServerState {
    let mut server = ServerState::default();
    server.handle_reply(Some(ms(milliseconds)), true, now);
    server
}

/// A server that was silent so often.
fn silent(times: u32, now: Instant) -> ServerState {
    let mut server = ServerState::default();
    (0..times).for_each(|_| server.handle_timeout(true, now));
    server
}

#[test]
fn three_silences_in_a_row_are_death_and_any_reply_is_life() {
    let now = Instant::now();
    let mut server = silent(DEAD_AFTER - 1, now);
    assert!(!server.is_dead());
    server.handle_timeout(false, now);
    assert!(server.is_dead());
    server.handle_reply(None, true, now);
    assert_eq!((server.is_dead(), server.silences), (false, 0));
    server.handle_timeout(true, now);
    assert!(!server.is_dead(), "the count begins anew");
}

#[test]
fn what_took_more_than_a_round_trip_says_nothing_of_round_trips() {
    let now = Instant::now();
    let mut server = ServerState::default();
    server.handle_reply(None, true, now);
    assert_eq!((server.estimate, server.timeout()), (None, START));
    server.handle_reply(Some(ms(300)), true, now);
    assert_eq!(server.timeout(), ms(900));
}

#[test]
fn a_dead_server_is_due_for_a_probe_now_and_then() {
    let now = Instant::now();
    let mut server = silent(DEAD_AFTER, now);
    assert!(!server.is_due(now));
    let later = now + PROBE_EVERY;
    assert!(server.is_due(later));
    server.handle_probe(later);
    assert!(!server.is_due(later), "one probe is enough");
    assert!(server.is_due(later + PROBE_EVERY));
    assert!(!heard(10, now).is_due(later), "who is alive needs none");
}

#[test]
fn the_next_query_after_silence_goes_without_edns() {
    let now = Instant::now();
    let mut server = ServerState::default();
    let mut spoke = Vec::new();
    for _ in 0..4 {
        spoke.push(server.with_edns(now));
        server.handle_timeout(server.with_edns(now), now);
    }
    assert_eq!(
        spoke,
        [true, false, true, false],
        "with and without, by turns"
    );
}

#[test]
fn a_reply_without_edns_after_silence_with_it_is_remembered_for_a_while() {
    let now = Instant::now();
    let mut server = silent(1, now);
    server.handle_reply(Some(ms(10)), false, now);
    assert!(!server.with_edns(now));
    assert!(!server.with_edns(now + EDNS_FOR - ms(1)));
    assert!(server.with_edns(now + EDNS_FOR));
    let mut refusing = ServerState::default();
    refusing.handle_edns_refusal(now);
    assert!(!refusing.with_edns(now) && refusing.with_edns(now + EDNS_FOR));
}

#[test]
fn who_spoke_edns_is_doubted_only_when_it_seems_dead() {
    let now = Instant::now();
    let mut server = heard(10, now);
    for _ in 1..DEAD_AFTER {
        server.handle_timeout(true, now);
        assert!(server.with_edns(now), "one who speaks it was doubted");
    }
    server.handle_timeout(true, now);
    assert!(
        !server.with_edns(now),
        "perhaps somebody put a firewall before it"
    );
}

#[test]
fn servers_are_ranked_by_what_is_to_be_expected() {
    let now = Instant::now();
    let unknown = ServerState::default();
    assert_eq!(unknown.rank(false, now), Duration::ZERO);
    assert_eq!(unknown.rank(true, now), START, "no time for experiments");
    assert_eq!(heard(80, now).rank(false, now), ms(80));
    assert_eq!(heard(80, now).rank(false, now + HALF_LIFE), ms(40));
    assert_eq!(silent(1, now).rank(false, now), ms(800));
    let mut wavering = heard(80, now);
    wavering.handle_timeout(true, now);
    assert_eq!(wavering.rank(false, now), ms(160));
    let dead = silent(9, now);
    assert_eq!(dead.rank(false, now), CAP);
    assert_eq!(
        dead.rank(false, now + HALF_LIFE),
        CAP / 2,
        "first doubled up to the cap, then faded"
    );
}

fn at(n: u8) -> IpAddr {
    [192, 0, 2, n].into()
}

fn candidate(n: u8, server: ServerState, now: Instant) -> Candidate {
    Candidate::new(at(n), server, false, now)
}

/// How often each of four servers is picked, of a thousand times.
fn picked(candidates: &[Candidate], is_first: bool) -> [u32; 4] {
    let mut random = StdRng::seed_from_u64(11);
    let mut counts = [0; 4];
    for _ in 0..1_000 {
        let chosen = pick(candidates, is_first, &mut random).unwrap();
        let place = candidates.iter().position(|one| one == chosen).unwrap();
        counts[place] += 1;
    }
    counts
}

#[test]
fn one_question_in_twenty_looks_around() {
    let now = Instant::now();
    let servers = [(1, 100), (2, 20), (3, 50)];
    let candidates = servers.map(|(n, took)| candidate(n, heard(took, now), now));
    let [one, two, three, _] = picked(&candidates, true);
    let expected = 1_000 / EXPLORE;
    assert!(
        (expected / 2..expected * 2).contains(&(one + three)),
        "the others were picked {one} and {three} times"
    );
    assert!(
        one > 5 && three > 5 && two > 900,
        "they were picked {one}, {two} and {three} times: all the others should be"
    );
    assert_eq!(
        picked(&candidates, false),
        [0, 1_000, 0, 0],
        "but not when time is short"
    );
}

#[test]
fn those_near_the_quickest_share_the_work() {
    let now = Instant::now();
    let near = 20 + u64::try_from(NEAR.as_millis()).unwrap();
    let servers = [(1, 20), (2, near), (3, near + 1)];
    let candidates = servers.map(|(n, took)| candidate(n, heard(took, now), now));
    let [one, two, three, _] = picked(&candidates, false);
    assert!(
        one > 400 && two > 400 && three == 0,
        "the two near ones, and one too far, were picked {one}, {two} and {three} times"
    );
}

#[test]
fn nobody_is_asked_twice_before_everybody_was_asked_once() {
    let now = Instant::now();
    let mut quick = candidate(1, heard(10, now), now);
    let mut slow = candidate(2, heard(300, now), now);
    let lame = Candidate {
        is_lame: true,
        ..candidate(3, heard(5, now), now)
    };
    let dead = candidate(4, silent(DEAD_AFTER, now), now);
    assert_eq!(picked(&[quick, slow, lame, dead], false), [1_000, 0, 0, 0]);
    quick.tries = 1;
    assert_eq!(picked(&[quick, slow, lame, dead], false), [0, 1_000, 0, 0]);
    slow.tries = 1;
    assert_eq!(picked(&[quick, slow, lame, dead], false), [0, 0, 0, 1_000]);
    let asked_dead = Candidate { tries: 1, ..dead };
    assert_eq!(
        picked(&[quick, slow, lame, asked_dead], false),
        [0, 0, 1_000, 0]
    );
    let asked_lame = Candidate { tries: 1, ..lame };
    assert_eq!(
        picked(&[quick, slow, asked_lame, asked_dead], false),
        [1_000, 0, 0, 0]
    );
}

#[test]
fn a_probe_is_for_the_first_question_of_a_search() {
    let now = Instant::now();
    let later = now + PROBE_EVERY;
    let candidates = [
        candidate(1, heard(10, now), later),
        candidate(2, silent(DEAD_AFTER, now), later),
    ];
    assert_eq!(picked(&candidates, true), [0, 1_000, 0, 0]);
    assert_eq!(picked(&candidates, false), [1_000, 0, 0, 0]);
}

#[test]
fn where_nobody_is_nobody_is_picked() {
    assert_eq!(pick(&[], true, &mut StdRng::seed_from_u64(11)), None);
}

#[test]
fn addresses_of_no_server_are_not_asked() {
    let places = AddressPolicy {
        has_ipv6: true,
        allow_loopback: true,
        own_addresses: Vec::new(),
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
        assert!(places.violation(address).is_some(), "{text} would be asked");
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
        assert_eq!(places.violation(address), None, "{text}");
    }
}

#[test]
fn this_machine_is_not_asked_unless_the_root_servers_are_on_it() {
    let mut places = AddressPolicy {
        has_ipv6: true,
        ..AddressPolicy::default()
    };
    for text in ["127.0.0.1", "127.1.2.3", "::1"] {
        let address: IpAddr = text.parse().unwrap();
        places.allow_loopback = false;
        assert!(places.violation(address).is_some(), "{text} would be asked");
        places.allow_loopback = true;
        assert_eq!(places.violation(address), None, "{text}");
        places.own_addresses = vec![address];
        assert!(
            places.violation(address).is_some(),
            "{text} is its own address"
        );
        places.own_addresses.clear();
    }
}

/// The way to this machine itself is always there.
#[test]
fn loopback_needs_no_ipv6() {
    let places = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    assert_eq!(places.violation("::1".parse().unwrap()), None);
}

#[test]
fn ipv6_is_left_out_where_there_is_none() {
    let mut places = AddressPolicy::default();
    let address = "2001:db8::1".parse().unwrap();
    assert!(places.violation(address).is_some());
    places.has_ipv6 = true;
    assert_eq!(places.violation(address), None);
}
