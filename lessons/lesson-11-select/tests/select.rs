//! Lesson 11: is the quickest server found, are the others not forgotten, and is there an answer in time, whoever fails?
//!
//! The whole resolver in small worlds; the single parts are in `parts`. The clock is paused: waiting takes no time.
#![cfg(test)]

mod parts;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chase::{Choice, DEADLINE, Resolution, Resolver, Trace};
use dnsparse::{Class, Question, Rcode, RecordType};
use lab::{Lab, Reaction, World, for_ever, octets, refuses, says, silence};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use referral::{Delegation, Server};
use select::{Places, Selector};
use tokio::time::Instant;

const SOA: &str = "$TTL 3600\n@ SOA ns.invalid. mail.invalid. 1 1800 900 604800 300\n";

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The n-th server of the zone `test`.
fn ns(n: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, 100 + n])
}

fn socket(server: IpAddr) -> SocketAddr {
    SocketAddr::new(server, 53)
}

/// A root server, and the zone `test`, which has `count` servers.
fn world(count: u8) -> Lab {
    let servers: Vec<String> = (1..=count)
        .map(|n| format!("ns{n}.test. A {}\n", ns(n)))
        .collect();
    let names: Vec<String> = (1..=count)
        .map(|n| format!("test. NS ns{n}.test.\n"))
        .collect();
    let both = format!("{}{}", names.concat(), servers.concat());
    let root = format!("{SOA}@ NS root.\nroot. A 192.0.2.1\n{both}");
    let test = format!(
        "{SOA}{both}www A 192.0.2.80\nbig TXT {}\n",
        "\"0123456789012345678901234567890123456789\" ".repeat(60)
    );
    World::new()
        .zone(".", &root)
        .zone("test.", &test)
        .build()
        .unwrap()
}

/// From now on the server does this.
fn always(lab: &Lab, server: IpAddr, reaction: Reaction) {
    for via in [Via::Udp, Via::Tcp] {
        lab.script(socket(server), via, [for_ever(reaction.clone())]);
    }
}

/// From now on the server tells the truth again.
fn heal(lab: &Lab, server: IpAddr) {
    for via in [Via::Udp, Via::Tcp] {
        lab.script(socket(server), via, []);
    }
}

/// A resolver in a lab, and how long its last answer took.
struct Asker {
    lab: Lab,
    resolver: Resolver<Lab, Delegation, Selector>,
    random: StdRng,
    trace: Trace,
    took: Duration,
}

impl Asker {
    fn new(lab: &Lab) -> Asker {
        Asker::at(lab, Places::default(), 11)
    }

    fn at(lab: &Lab, places: Places, seed: u64) -> Asker {
        let hints = Delegation {
            zone: ".".parse().unwrap(),
            ttl: 3_600,
            servers: vec![Server {
                name: "root".parse().unwrap(),
                addresses: vec![address("192.0.2.1")],
            }],
        };
        Asker {
            lab: lab.clone(),
            resolver: Resolver::new(lab.clone(), hints).with_choice(Selector::new(places)),
            random: StdRng::seed_from_u64(seed),
            trace: Trace::default(),
            took: Duration::ZERO,
        }
    }

    async fn resolve_type(&mut self, qname: &str, qtype: RecordType) -> Resolution {
        let question = Question {
            qname: qname.parse().unwrap(),
            qtype,
            qclass: Class::IN,
        };
        self.trace = Trace::default();
        let began = Instant::now();
        let resolution = self
            .resolver
            .resolve(&question, &mut self.random, &mut self.trace)
            .await;
        self.took = began.elapsed();
        resolution
    }

    async fn resolve(&mut self) -> Resolution {
        self.resolve_type("www.test", RecordType::A).await
    }

    /// Asks so many times, and says how often each server was asked meanwhile.
    async fn share(&mut self, questions: u32) -> BTreeMap<IpAddr, u32> {
        let before = self.lab.asked().len();
        for _ in 0..questions {
            self.resolve().await;
        }
        let mut share = BTreeMap::new();
        for asked in &self.lab.asked()[before..] {
            *share.entry(asked.server.ip()).or_default() += 1;
        }
        share
    }

    fn known(&self, server: IpAddr) -> select::Server {
        self.resolver.choice().known(server).unwrap_or_default()
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_servers_are_tried_early() {
    let lab = world(4);
    let share = Asker::new(&lab).share(4).await;
    let asked: Vec<u32> = (1..=4).map(|n| share[&ns(n)]).collect();
    assert_eq!(asked, [1, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_quickest_server_gets_most_of_the_questions() {
    let lab = world(3);
    for (n, milliseconds) in [(1, 180), (2, 20), (3, 90)] {
        lab.set_latency(socket(ns(n)), milliseconds);
    }
    let mut asker = Asker::new(&lab);
    let share = asker.share(200).await;
    assert!(share[&ns(2)] > 180, "{share:?}");
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
    asker.share(200).await;
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
    let share = asker.share(3).await;
    assert!(
        !share.contains_key(&ns(2)),
        "120 ms is slower than 30 ms: {share:?}"
    );
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
    let share = asker.share(20).await;
    assert!(share[&ns(2)] >= 18, "{share:?}");
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
    lab.set_latency(socket(ns(1)), 1_200);
    let mut asker = Asker::new(&lab);
    assert_eq!(asker.resolve().await.rcode, Rcode::NOERROR);
    let (first, took) = (asker.took, asker.known(ns(1)).estimate.unwrap());
    assert_eq!(
        (first.as_millis(), took.smoothed.as_millis()),
        (10 + 400 + 800 + 1_200, 1_200)
    );
    asker.resolve().await;
    assert_eq!(
        asker.took.as_millis(),
        10 + 1_200,
        "the next time it is waited for at once"
    );
}

#[tokio::test(start_paused = true)]
async fn dead_servers_are_not_asked_while_another_is_alive() {
    let lab = world(3);
    always(&lab, ns(1), silence());
    always(&lab, ns(3), silence());
    let mut asker = Asker::new(&lab);
    asker.share(200).await;
    assert!(asker.known(ns(1)).is_dead() && asker.known(ns(3)).is_dead());
    let share = asker.share(200).await;
    assert!(
        !share.contains_key(&ns(1)) && !share.contains_key(&ns(3)),
        "{share:?}"
    );
    assert_eq!(share[&ns(2)], 200);
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_probed_now_and_then_and_any_reply_revives_it() {
    let lab = world(2);
    lab.set_latency(socket(ns(1)), 5);
    lab.set_latency(socket(ns(2)), 100);
    always(&lab, ns(1), silence());
    let mut asker = Asker::new(&lab);
    asker.share(100).await;
    assert!(asker.known(ns(1)).is_dead());
    tokio::time::advance(Duration::from_secs(61)).await;
    let probed = asker.share(20).await;
    assert_eq!(probed[&ns(1)], 1, "one probe, and it failed");
    heal(&lab, ns(1));
    tokio::time::advance(Duration::from_secs(61)).await;
    let revived = asker.share(20).await;
    assert!(revived[&ns(1)] > 15, "{revived:?}");
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

/// Lame for one zone is not lame for another.
#[tokio::test(start_paused = true)]
async fn a_server_is_lame_for_one_zone_and_not_for_others() {
    let zone = |name: &str| name.parse().unwrap();
    let selector = Selector::new(Places::default());
    let mut random = StdRng::seed_from_u64(11);
    let servers = [ns(1), ns(2)];
    let mut chosen = |zone_name: &str| {
        let (zone, tries) = (zone(zone_name), chase::Tries::new());
        selector.choose(&zone, &servers, &tries, DEADLINE, &mut random)
    };
    let attempt = |server: IpAddr| chase::Attempt {
        server,
        timeout: DEADLINE,
        with_edns: true,
        is_last: false,
    };
    let took = |milliseconds| Some(Duration::from_millis(milliseconds));
    let lame = referral::Lame::Empty;
    let of_no_use = chase::Came::Reply {
        took: took(1),
        lame: Some(&lame),
    };
    let of_use = chase::Came::Reply {
        took: took(100),
        lame: None,
    };
    selector.report(&zone("one.test"), &attempt(ns(1)), &of_no_use);
    selector.report(&zone("one.test"), &attempt(ns(2)), &of_use);
    let count = |wanted: IpAddr, chosen: &mut dyn FnMut() -> IpAddr| {
        (0..50).filter(|_| chosen() == wanted).count()
    };
    let for_one = count(ns(2), &mut || chosen("one.test").unwrap().server);
    let for_two = count(ns(1), &mut || chosen("two.test").unwrap().server);
    assert_eq!(for_one, 50);
    assert!(for_two > 40, "{for_two}");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_understand_edns_is_not_troubled_with_it_again() {
    for rcode in [Rcode::FORMERR, Rcode::NOTIMP] {
        let lab = world(1);
        let unreadable = says().edited(move |packet| {
            if packet.edns.take().is_some() {
                packet.header.rcode = rcode;
                packet.answers.clear();
            }
        });
        always(&lab, ns(1), unreadable);
        let mut asker = Asker::new(&lab);
        let share = asker.share(3).await;
        assert_eq!(share[&ns(1)], 4, "twice the first time, once from then on");
        tokio::time::advance(Duration::from_secs(601)).await;
        assert_eq!(
            asker.share(1).await[&ns(1)],
            2,
            "it may have learnt it meanwhile"
        );
    }
}

/// Some firewalls throw away what they do not know.
#[tokio::test(start_paused = true)]
async fn who_is_silent_to_edns_is_asked_without() {
    let lab = world(1);
    always(&lab, ns(1), says().only_to(|query| query.edns.is_none()));
    let mut asker = Asker::new(&lab);
    assert_eq!(asker.resolve().await.rcode, Rcode::NOERROR);
    insta::assert_snapshot!(lab.trace());
    asker.resolve().await;
    assert_eq!(asker.took.as_millis(), 20, "the second time nobody waits");
}

/// It loses packets, as everybody does; that says nothing about EDNS.
#[tokio::test(start_paused = true)]
async fn who_spoke_edns_before_is_not_thought_to_have_forgotten_it() {
    let lab = world(1);
    let mut asker = Asker::new(&lab);
    asker.resolve().await;
    lab.script(socket(ns(1)), Via::Udp, [silence()]);
    asker.resolve().await;
    let asked = lab.asked();
    assert!(
        asked
            .iter()
            .all(|asked| asked.packet().unwrap().edns.is_some())
    );
}

#[tokio::test(start_paused = true)]
async fn a_quick_server_is_given_time_for_tcp() {
    let lab = world(1);
    let mut asker = Asker::new(&lab);
    asker.share(20).await;
    lab.set_latency(socket(ns(1)), 150);
    let resolution = asker.resolve_type("big.test", RecordType::TXT).await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", asker.trace);
    assert_eq!(
        asker.took.as_millis(),
        10 + 3 * 150,
        "UDP, the connection, and TCP"
    );
}

/// The one that is alive comes first, last, or in between.
#[tokio::test(start_paused = true)]
async fn one_live_server_among_six_dead_ones_is_found_in_time() {
    for alive in 1..=7 {
        for seed in 0..10 {
            let lab = world(7);
            for n in (1..=7).filter(|n| *n != alive) {
                always(&lab, ns(n), silence());
            }
            lab.set_latency(socket(ns(alive)), 300);
            let mut asker = Asker::at(&lab, Places::default(), seed);
            for _ in 0..5 {
                let resolution = asker.resolve().await;
                assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", asker.trace);
            }
        }
    }
}

/// What was learned once is wrong now: the quick ones are gone, and the one that was dead is back.
#[tokio::test(start_paused = true)]
async fn it_is_found_in_time_even_if_it_was_the_least_hopeful() {
    let lab = world(7);
    always(&lab, ns(7), silence());
    for n in 1..=6 {
        lab.set_latency(socket(ns(n)), 390);
    }
    let mut asker = Asker::new(&lab);
    asker.share(400).await;
    assert!(asker.known(ns(7)).is_dead());
    heal(&lab, ns(7));
    for n in 1..=6 {
        always(&lab, ns(n), silence());
    }
    let resolution = asker.resolve().await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", asker.trace);
}

/// Thirteen servers, and all of them beyond a satellite.
#[tokio::test(start_paused = true)]
async fn whoever_is_far_from_everybody_learns_to_wait() {
    let lab = world(13);
    for n in 1..=13 {
        lab.set_latency(socket(ns(n)), 650);
    }
    let mut asker = Asker::new(&lab);
    assert_eq!(
        asker.resolve().await.rcode,
        Rcode::NOERROR,
        "{}",
        asker.trace
    );
    asker.share(13).await;
    asker.resolve().await;
    assert_eq!(asker.took.as_millis(), 10 + 650);
}

/// Each of these in a world where all servers do it.
#[tokio::test(start_paused = true)]
async fn where_nobody_is_of_use_there_is_a_failure_in_time() {
    let garbage = || {
        octets(b"\x00\x01\x02")
            .after_ms(5)
            .and(octets(b"").after_ms(7))
    };
    let troubles: [(&str, Reaction, u128); 5] = [
        ("dead", silence(), 4_500),
        ("closed", refuses(), 200),
        ("garbage", garbage(), 4_500),
        ("refusing", says().with_rcode(Rcode::REFUSED), 200),
        ("wrong ids", says().with_wrong_id(), 4_500),
    ];
    for (trouble, reaction, limit) in troubles {
        for count in [1, 2, 6, 13] {
            let lab = world(count);
            (1..=count).for_each(|n| always(&lab, ns(n), reaction.clone()));
            let mut asker = Asker::new(&lab);
            let resolution = asker.resolve().await;
            assert_eq!(resolution.rcode, Rcode::SERVFAIL, "{trouble}");
            assert!(
                asker.took.as_millis() <= limit,
                "{trouble}: {:?}",
                asker.took
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn all_silent_to_edns_is_no_failure() {
    for count in [1, 2, 6] {
        let lab = world(count);
        (1..=count).for_each(|n| {
            always(&lab, ns(n), says().only_to(|query| query.edns.is_none()));
        });
        let mut asker = Asker::new(&lab);
        let resolution = asker.resolve().await;
        assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", asker.trace);
    }
}

/// `test`, whose two servers have one address of IPv6 each.
fn world_of_ipv6() -> Lab {
    let servers = "test. NS ns1.test.\ntest. NS ns2.test.\nns1.test. AAAA 2001:db8::1\nns2.test. AAAA 2001:db8::2\n";
    World::new()
        .zone(
            ".",
            &format!("{SOA}@ NS root.\nroot. A 192.0.2.1\n{servers}"),
        )
        .zone("test.", &format!("{SOA}{servers}www A 192.0.2.80\n"))
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn servers_that_only_ipv6_reaches_are_left_out_without_it() {
    let lab = world_of_ipv6();
    let mut asker = Asker::new(&lab);
    assert_eq!(asker.resolve().await.rcode, Rcode::SERVFAIL);
    assert_eq!(asker.took.as_millis(), 10, "nobody waits for them");
    insta::assert_snapshot!(asker.trace);
}

#[tokio::test(start_paused = true)]
async fn servers_that_only_ipv6_reaches_are_asked_with_it() {
    let lab = world_of_ipv6();
    let places = Places {
        has_ipv6: true,
        ..Places::default()
    };
    let resolution = Asker::at(&lab, places, 11).resolve().await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
}

/// A reply is used without the record that is malformed; and only if nothing better comes.
fn spoilt() -> Reaction {
    says().edited_octets(|octets| {
        let length = octets.len();
        // The last record of an answer to a query with EDNS is OPT: 11 octets, before which come four of the address.
        if let Some(rdlength) = octets.get_mut(length - 11 - 5) {
            *rdlength = 3;
            octets.remove(length - 11 - 1);
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_malformed_record_decides_nothing() {
    let lab = world(1);
    lab.script(
        socket(ns(1)),
        Via::Udp,
        [spoilt().after_ms(2).and(says().after_ms(30))],
    );
    let mut asker = Asker::new(&lab);
    let resolution = asker.resolve().await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", asker.trace);
    assert_eq!(asker.took.as_millis(), 40);
}

#[tokio::test(start_paused = true)]
async fn where_there_is_nothing_else_a_malformed_record_is_left_out() {
    let lab = world(1);
    always(&lab, ns(1), spoilt());
    let mut asker = Asker::new(&lab);
    let resolution = asker.resolve().await;
    assert_eq!(
        (resolution.rcode, resolution.records.len()),
        (Rcode::SERVFAIL, 0)
    );
    insta::assert_snapshot!(asker.trace);
}
