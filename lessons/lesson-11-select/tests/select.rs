//! Lesson 11: is the quickest server found, and are the others not forgotten?
//!
//! The whole resolver in small worlds. What happens where servers fail is in `trouble`; the single parts are in `parts`. The clock is
//! paused: waiting takes no time.
#![cfg(test)]

mod failures;
mod parts;
mod world;

use std::net::IpAddr;
use std::time::Duration;

use chase::{AttemptOutcome, DEADLINE, ServerSelection, TimeoutCounts};
use dnsparse::Rcode;
use lab::{says, silence};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use select::selector::MAX_SERVERS;
use select::{AddressPolicy, Selector};

use crate::world::{Asker, always, attempt, heal, ns, socket, world, zone};

#[tokio::test(start_paused = true)]
async fn unknown_servers_are_tried_early() {
    let lab = world(4);
    let share = Asker::new(&lab).share(8).await;
    let missed: Vec<u8> = (1..=4).filter(|n| !share.contains_key(&ns(*n))).collect();
    assert!(missed.is_empty(), "not asked: {missed:?}");
}

#[tokio::test(start_paused = true)]
async fn the_quickest_server_gets_most_of_the_questions() {
    let lab = world(3);
    for (n, milliseconds) in [(1, 180), (2, 20), (3, 90)] {
        lab.set_latency(socket(ns(n)), milliseconds);
    }
    let mut asker = Asker::new(&lab);
    let share = asker.share(300).await;
    assert!(share[&ns(2)] > 260, "{share:?}");
    assert!(
        share[&ns(1)] >= 2 && share[&ns(3)] >= 2,
        "the others are not forgotten: {share:?}"
    );
    assert_eq!(
        asker.known(ns(2)).estimate.unwrap().smoothed.as_millis(),
        20
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_got_better_is_found_again() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 30);
    lab.set_latency(socket(ns(2)), 300);
    let mut asker = Asker::new(&lab);
    asker.share(50).await;
    lab.set_latency(socket(ns(2)), 5);
    let is_found = |server: select::ServerState| server.estimate.unwrap().smoothed.as_millis() < 25;
    asker.ask_until(ns(2), is_found).await;
    let share = asker.share(50).await;
    assert!(share[&ns(2)] > 40, "{share:?}");
}

/// Where hardly anything is asked, exploring would take weeks.
#[tokio::test(start_paused = true)]
async fn an_old_estimate_loses_its_weight() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 30);
    lab.set_latency(socket(ns(2)), 120);
    let mut asker = Asker::new(&lab);
    asker.share(2).await;
    let share = asker.share(40).await;
    let slow = share.get(&ns(2)).copied().unwrap_or(0);
    assert!(slow < 10, "120 ms is slower than 30 ms: {share:?}");
    tokio::time::advance(Duration::from_secs(25 * 60)).await;
    let share = asker.share(3).await;
    assert!(
        share.contains_key(&ns(2)),
        "120 ms of 25 minutes ago count less than 30: {share:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_got_worse_is_left() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 20);
    lab.set_latency(socket(ns(2)), 50);
    let mut asker = Asker::new(&lab);
    asker.share(20).await;
    lab.set_latency(socket(ns(1)), 150);
    asker.share(10).await;
    let share = asker.share(100).await;
    assert!(share[&ns(2)] >= 85, "{share:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_packet_costs_one_wait_and_no_answer() {
    let lab = world(1);
    lab.script(socket(ns(1)), Via::Udp, [silence()]);
    let mut asker = Asker::new(&lab);
    assert_eq!(asker.resolve().await.rcode, Rcode::NOERROR);
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_waited_for_longer_with_each_silence() {
    let lab = world(1);
    lab.set_latency(socket(ns(1)), 1_300);
    let mut asker = Asker::new(&lab);
    assert_eq!(asker.resolve().await.rcode, Rcode::NOERROR);
    let (first, took) = (asker.took, asker.known(ns(1)).estimate.unwrap());
    assert_eq!(
        (first.as_millis(), took.smoothed.as_millis()),
        (10 + 400 + 800 + 1_300, 1_300)
    );
    asker.resolve().await;
    assert_eq!(
        asker.took.as_millis(),
        10 + 1_300,
        "the next time it is waited for at once"
    );
}

#[tokio::test(start_paused = true)]
async fn dead_servers_are_not_asked_while_another_is_alive() {
    let lab = world(3);
    always(&lab, ns(1), silence());
    always(&lab, ns(3), silence());
    let mut asker = Asker::new(&lab);
    for server in [ns(1), ns(3)] {
        asker.ask_until(server, |server| server.is_dead()).await;
    }
    let share = asker.share(100).await;
    assert!(
        !share.contains_key(&ns(1)) && !share.contains_key(&ns(3)),
        "{share:?}"
    );
    assert_eq!(share[&ns(2)], 100);
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_probed_now_and_then_and_any_reply_revives_it() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 5);
    lab.set_latency(socket(ns(2)), 100);
    always(&lab, ns(1), silence());
    let mut asker = Asker::new(&lab);
    asker.ask_until(ns(1), |server| server.is_dead()).await;
    tokio::time::advance(Duration::from_secs(61)).await;
    let probed = asker.share(20).await;
    assert_eq!(probed[&ns(1)], 1, "one probe, and it failed");
    heal(&lab, ns(1));
    tokio::time::advance(Duration::from_secs(61)).await;
    let revived = asker.share(20).await;
    assert!(
        revived[&ns(1)] > 12,
        "{} is back, and the quickest: {revived:?}",
        ns(1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lame_server_is_asked_last_for_a_while() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 5);
    lab.set_latency(socket(ns(2)), 100);
    always(&lab, ns(1), says().with_rcode(Rcode::REFUSED));
    let mut asker = Asker::new(&lab);
    asker.share(2).await;
    let share = asker.share(50).await;
    assert!(!share.contains_key(&ns(1)), "{share:?}");
    heal(&lab, ns(1));
    tokio::time::advance(Duration::from_secs(601)).await;
    let share = asker.share(20).await;
    assert!(share[&ns(1)] > 10, "{share:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_is_lame_for_one_zone_and_not_for_others() {
    let selector = Selector::new(AddressPolicy::default());
    let mut random = StdRng::seed_from_u64(11);
    let servers = [ns(1), ns(2)];
    let mut chosen = |of: &str| {
        let tries = TimeoutCounts::new();
        let attempt = selector.choose(&zone(of), &servers, &tries, DEADLINE, &mut random);
        attempt.unwrap().server
    };
    let took = |milliseconds| Some(Duration::from_millis(milliseconds));
    let lame = referral::Unusable::Lame(referral::Lame::Empty);
    let of_no_use = AttemptOutcome::Reply {
        took: took(1),
        unusable: Some(&lame),
    };
    let of_use = AttemptOutcome::Reply {
        took: took(100),
        unusable: None,
    };
    selector.handle_outcome(&zone("one.test"), &attempt(ns(1)), &of_no_use);
    selector.handle_outcome(&zone("one.test"), &attempt(ns(2)), &of_use);
    let mut count = |of: &str, wanted| (0..50).filter(|_| chosen(of) == wanted).count();
    let (for_one, for_two) = (count("one.test", ns(2)), count("two.test", ns(1)));
    assert_eq!(for_one, 50);
    assert!(for_two > 40, "{for_two} of 50");
}

#[tokio::test(start_paused = true)]
async fn who_is_of_use_again_is_lame_no_longer() {
    let selector = Selector::new(AddressPolicy::default());
    let mut random = StdRng::seed_from_u64(11);
    let (zone, servers) = (zone("one.test"), [ns(1), ns(2)]);
    let lame = referral::Unusable::Lame(referral::Lame::Empty);
    let took = |milliseconds| Some(Duration::from_millis(milliseconds));
    for (n, milliseconds, lame) in [(1, 1, Some(&lame)), (2, 100, None), (1, 1, None)] {
        let took = took(milliseconds);
        selector.handle_outcome(
            &zone,
            &attempt(ns(n)),
            &AttemptOutcome::Reply {
                took,
                unusable: lame,
            },
        );
    }
    let mut choose = || {
        selector.choose(
            &zone,
            &servers,
            &TimeoutCounts::new(),
            DEADLINE,
            &mut random,
        )
    };
    let chosen = (0..50).filter(|_| choose().unwrap().server == ns(1));
    assert!(chosen.count() > 40);
}

/// Whoever asks for many names makes a resolver meet many servers.
#[tokio::test(start_paused = true)]
async fn no_more_servers_are_remembered_than_there_is_room_for() {
    let selector = Selector::new(AddressPolicy::default());
    let servers = (0..20_000_u32).map(|n| IpAddr::from((0x0a00_0000 + n).to_be_bytes()));
    let servers: Vec<IpAddr> = servers.collect();
    for server in &servers {
        selector.handle_outcome(&zone("test"), &attempt(*server), &AttemptOutcome::Timeout);
    }
    let is_known = |server: &&IpAddr| selector.known(**server).is_some();
    assert_eq!(servers.iter().filter(is_known).count(), MAX_SERVERS);
}
