//! Servers that do not understand, do not fit, or do not reply: is there an answer all the same, and in time?

use std::net::IpAddr;
use std::time::Duration;

use chase::{AttemptOutcome, DEADLINE, ServerSelection, TimeoutCounts};
use dnsparse::{Rcode, RecordType};
use lab::{Lab, LabBuilder, Reaction, for_ever, octets, refuses, says, silence};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use select::{AddressPolicy, Selector};
use tokio::time::Instant;

use crate::world::{Asker, SOA, always, attempt, heal, ns, socket, world, zone};

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
    insta::assert_snapshot!(lab.trace(), @r"
        0 ms  UDP → 192.0.2.1 root                        www.test. A
       10 ms      ← referral: test. (1 NS, 1 glue)
       10 ms  UDP → 192.0.2.101 ns1.test                  www.test. A
       10 ms      × silence
      410 ms  UDP → 192.0.2.101 ns1.test                  www.test. A
      420 ms      ← answer: A 192.0.2.80
    ");
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
    let asked = lab.queries();
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
        for seed in 0..4 {
            let lab = world(7);
            for n in (1..=7).filter(|n| *n != alive) {
                always(&lab, ns(n), silence());
            }
            lab.set_latency(socket(ns(alive)), 300);
            let mut asker = Asker::at(&lab, AddressPolicy::default(), seed);
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
    asker.ask_until(ns(7), |server| server.is_dead()).await;
    heal(&lab, ns(7));
    for n in 1..=6 {
        always(&lab, ns(n), silence());
    }
    let resolution = asker.resolve().await;
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", asker.trace);
}

/// Each of the six took so long that it would be waited for to the cap; and now they are silent.
#[tokio::test(start_paused = true)]
async fn no_slow_server_takes_the_time_that_others_need() {
    let selector = Selector::new(AddressPolicy::default());
    let servers: Vec<IpAddr> = (1..=7).map(ns).collect();
    let slow = AttemptOutcome::Reply {
        took: Some(Duration::from_millis(700)),
        unusable: None,
    };
    for server in &servers[..6] {
        selector.handle_outcome(&zone("test"), &attempt(*server), &slow);
    }
    for _ in 0..3 {
        selector.handle_outcome(&zone("test"), &attempt(ns(7)), &AttemptOutcome::Timeout);
    }
    let mut random = StdRng::seed_from_u64(11);
    let (mut tries, mut left) = (TimeoutCounts::new(), DEADLINE);
    let mut timeouts = Vec::new();
    for _ in &servers {
        let attempt = selector.choose(&zone("test"), &servers, &tries, left, &mut random);
        let attempt = attempt.unwrap();
        timeouts.push(attempt.timeout.as_millis());
        left = left.saturating_sub(attempt.timeout);
        *tries.entry(attempt.server).or_default() += 1;
    }
    assert_eq!(tries.len(), 7, "everybody once");
    assert_eq!(timeouts, [1_600, 900, 400, 400, 400, 400, 400]);
}

/// Whatever time is left, and however often it was silent: a wait of no time at all is a question for nothing, and what is kept for
/// the others stays kept.
#[tokio::test(start_paused = true)]
async fn a_wait_is_cut_to_what_is_left_and_never_to_nothing() {
    let selector = Selector::new(AddressPolicy::default());
    let servers: Vec<IpAddr> = (1..=2).map(ns).collect();
    let mut random = StdRng::seed_from_u64(11);
    let both_silent: TimeoutCounts = servers.iter().map(|server| (*server, 2)).collect();
    let mut waits = |left| {
        let left = Duration::from_millis(left);
        let attempt = selector.choose(&zone("test"), &servers, &both_silent, left, &mut random);
        attempt.unwrap().timeout.as_millis()
    };
    assert_eq!(waits(4_500), 1_600, "400 ms, doubled twice");
    assert_eq!(waits(1_000), 600, "less the other one's 400 ms");
    assert_eq!(waits(100), 400, "START is the least");
}

/// To be out of reach says nothing about EDNS.
#[tokio::test(start_paused = true)]
async fn who_is_unreachable_is_not_thought_to_lack_edns() {
    let selector = Selector::new(AddressPolicy::default());
    selector.handle_outcome(&zone("test"), &attempt(ns(1)), &AttemptOutcome::Unreachable);
    let known = selector.known(ns(1)).unwrap();
    assert_eq!((known.silences, known.queries), (1, 1));
    assert!(
        known.with_edns(Instant::now()),
        "the next goes without EDNS"
    );
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
    let mut quickest = DEADLINE;
    for _ in 0..5 {
        asker.resolve().await;
        quickest = quickest.min(asker.took);
    }
    assert_eq!(quickest.as_millis(), 10 + 650);
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
    for (failure, reaction, limit) in troubles {
        for count in [1, 2, 6, 13] {
            let lab = world(count);
            (1..=count).for_each(|n| always(&lab, ns(n), reaction.clone()));
            let mut asker = Asker::new(&lab);
            let resolution = asker.resolve().await;
            assert_eq!(resolution.rcode, Rcode::SERVFAIL, "{failure}");
            assert!(
                asker.took.as_millis() <= limit,
                "{failure}: {:?}",
                asker.took
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_costs_one_wait_and_no_more() {
    let lab = world(2);
    let garbage = octets(b"\x00\x01\x02").after_ms(5);
    always(&lab, ns(1), garbage.and(octets(b"").after_ms(7)));
    let mut asker = Asker::new(&lab);
    for _ in 0..4 {
        let resolution = asker.resolve().await;
        assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", asker.trace);
        assert!(asker.took.as_millis() <= 10 + 400 + 10, "{:?}", asker.took);
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

/// Whoever says FORMERR to a query without EDNS, too, has something against the question.
#[tokio::test(start_paused = true)]
async fn who_understands_nothing_at_all_is_not_thought_to_lack_edns() {
    let lab = world(1);
    always(&lab, ns(1), says().with_rcode(Rcode::FORMERR));
    let mut asker = Asker::new(&lab);
    assert_eq!(asker.resolve().await.rcode, Rcode::SERVFAIL);
    assert!(asker.known(ns(1)).with_edns(Instant::now()));
}

/// It is alive, as its reply over UDP shows, and knows everything that fits into a datagram.
#[tokio::test(start_paused = true)]
async fn a_server_without_tcp_is_lame_and_not_dead() {
    let lab = world(2);
    lab.script(socket(ns(1)), Via::Tcp, [for_ever(silence())]);
    let mut asker = Asker::new(&lab);
    for _ in 0..4 {
        let resolution = asker.resolve_type("big.test", RecordType::TXT).await;
        assert_eq!(resolution.rcode, Rcode::NOERROR, "{}", asker.trace);
    }
    let known = asker.known(ns(1));
    assert_eq!((known.queries, known.silences), (1, 0), "once was enough");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_sent_to_this_machine() {
    let delegation = "test. NS ns1.test.\ntest. NS ns2.test.\nns1.test. A 127.0.0.1\nns2.test. AAAA ::ffff:127.0.0.1\n";
    let lab = LabBuilder::new()
        .zone(
            ".",
            &format!("{SOA}@ NS root.\nroot. A 192.0.2.1\n{delegation}"),
        )
        .build()
        .unwrap();
    let mut asker = Asker::new(&lab);
    assert_eq!(asker.resolve().await.rcode, Rcode::SERVFAIL);
    assert_eq!(lab.queries().len(), 1, "the root server alone");
    let here = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    Asker::at(&lab, here, 11).resolve().await;
    assert!(lab.query_count(socket([127, 0, 0, 1].into())) > 0);
}

/// `test`, whose two servers have one address of IPv6 each.
fn world_of_ipv6() -> Lab {
    let servers = "test. NS ns1.test.\ntest. NS ns2.test.\nns1.test. AAAA 2001:db8::1\nns2.test. AAAA 2001:db8::2\n";
    LabBuilder::new()
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
    insta::assert_snapshot!(asker.trace, @r"
    www.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  2001:db8::1 is not asked: there is no IPv6 here
      test.  2001:db8::2 is not asked: there is no IPv6 here
    SERVFAIL: no usable reply from the servers of test.: 2001:db8::1 is not asked: there is no IPv6 here; 2001:db8::2 is not asked: there is no IPv6 here
    ");
}

/// Nobody wants to read of thirteen addresses that are not asked, where others are.
#[tokio::test(start_paused = true)]
async fn addresses_that_are_not_asked_are_no_matter_where_others_are() {
    let servers = "test. NS ns1.test.\nns1.test. AAAA 2001:db8::1\nns1.test. A 192.0.2.101\n";
    let lab = LabBuilder::new()
        .zone(
            ".",
            &format!("{SOA}@ NS root.\nroot. A 192.0.2.1\n{servers}"),
        )
        .zone("test.", &format!("{SOA}{servers}www A 192.0.2.80\n"))
        .build()
        .unwrap();
    let mut asker = Asker::new(&lab);
    asker.resolve().await;
    insta::assert_snapshot!(asker.trace, @r"
    www.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.101 says: 192.0.2.80
    ");
}

#[tokio::test(start_paused = true)]
async fn servers_that_only_ipv6_reaches_are_asked_with_it() {
    let lab = world_of_ipv6();
    let places = AddressPolicy {
        has_ipv6: true,
        ..AddressPolicy::default()
    };
    let resolution = Asker::at(&lab, places, 11).resolve().await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
}

/// The truth, with its last A record one octet too short.
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
async fn a_reply_is_used_without_its_malformed_record() {
    let lab = world(1);
    always(&lab, ns(1), spoilt());
    let mut asker = Asker::new(&lab);
    let resolution = asker.resolve_type("two.test", RecordType::A).await;
    let records: Vec<String> = resolution.records.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(records.join("\n").replace('\t', " "), @"two.test. 3600 IN A 192.0.2.81");
    assert_eq!(
        asker.took.as_millis(),
        10 + 400,
        "after waiting for a better one"
    );
}

/// An answer of which nothing is left does not say that there is nothing.
#[tokio::test(start_paused = true)]
async fn an_answer_of_malformed_records_alone_is_of_no_use() {
    let lab = world(1);
    always(&lab, ns(1), spoilt());
    let mut asker = Asker::new(&lab);
    assert_eq!(asker.resolve().await.rcode, Rcode::SERVFAIL);
    insta::assert_snapshot!(asker.trace, @r"
    www.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.101 is lame: it sent neither an answer nor a referral
    SERVFAIL: no usable reply from the servers of test.: 192.0.2.101 is lame: it sent neither an answer nor a referral
    ");
}
