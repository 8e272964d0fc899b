//! Lesson 10: are only records queried for that are not cached, and is no reply trusted for longer, or for more, than it should be?
//!
//! All of this happens in a small world, over days. The clock is paused: waiting takes no time. How many questions something took
//! is counted at the servers.
#![cfg(test)]

mod parts;
mod trust;
mod world;

use std::time::Duration;

use chase::ResolutionFailure;
use dnsparse::{Rcode, RecordType};
use lab::{no_reply, repeat, replies};
use tokio::time::{Instant, advance};
use world::{Desk, SHOP, TEST, desk, tell, udp};

const DAY: Duration = Duration::from_secs(86_400);

async fn wait(seconds: u64) {
    advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_repeated_question_costs_nothing() {
    let desk = desk();
    let (first, cost) = desk.ask("www.shop.test").await;
    assert_eq!((first.rcode, cost), (Rcode::NOERROR, 3));
    wait(10).await;
    let (again, cost) = desk.ask("WWW.shop.test").await;
    assert_eq!(cost, 0);
    assert_eq!(tell(&again), "NOERROR\nwww.shop.test. 290 IN A 192.0.2.80");
}

#[tokio::test(start_paused = true)]
async fn a_second_name_in_a_known_zone_costs_one_question() {
    let desk = desk();
    desk.ask("www.shop.test").await;
    let (mail, trace) = desk.trace("mail.shop.test", RecordType::A).await;
    assert_eq!(mail.rcode, Rcode::NOERROR);
    insta::assert_snapshot!(trace, @r"
    mail.shop.test. A
      shop.test.  192.0.2.4 says: 192.0.2.25
    ");
}

#[tokio::test(start_paused = true)]
async fn after_its_ttl_a_name_costs_one_question() {
    let desk = desk();
    desk.ask("www.shop.test").await;
    wait(298).await;
    assert_eq!(desk.cost("www.shop.test").await, 0);
    wait(2).await;
    assert_eq!(desk.cost("www.shop.test").await, 1);
}

/// The delegations have gone as well, and all that is left is the hints.
#[tokio::test(start_paused = true)]
async fn after_a_day_it_starts_from_the_root_again() {
    let desk = desk();
    desk.ask("www.shop.test").await;
    advance(DAY).await;
    assert_eq!(desk.cost("www.shop.test").await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_ttl_of_zero_is_for_who_asked_and_nobody_else() {
    let desk = desk();
    let (first, _) = desk.ask("brief.shop.test").await;
    assert_eq!(first.records.len(), 1, "the query gets it");
    assert_eq!(desk.cost("brief.shop.test").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_does_not_exist_is_queried_once() {
    let desk = desk();
    let (first, cost) = desk.ask("nosuch.shop.test").await;
    assert_eq!((first.rcode, cost), (Rcode::NXDOMAIN, 3));
    wait(100).await;
    let (again, cost) = desk.ask("nosuch.shop.test").await;
    assert_eq!(cost, 0);
    // The SOA's TTL is 3600 and its minimum 300: the lesser counts, and counts down.
    assert_eq!(
        tell(&again),
        "NXDOMAIN\nshop.test. 200 IN SOA ns.shop.test. mail.shop.test. 1 1800 900 604800 300"
    );
    let (other_type, cost) = desk.ask_type("nosuch.shop.test", RecordType::TXT).await;
    assert_eq!((other_type.rcode, cost), (Rcode::NXDOMAIN, 0));
    wait(200).await;
    assert_eq!(desk.cost("nosuch.shop.test").await, 1);
}

/// RFC 8020: below nothing there is nothing.
#[tokio::test(start_paused = true)]
async fn no_name_exists_below_one_that_does_not_exist() {
    let desk = desk();
    desk.ask("nosuch.shop.test").await;
    for name in ["www.nosuch.shop.test", "a.b.c.nosuch.shop.test"] {
        let (below, cost) = desk.ask(name).await;
        assert_eq!((below.rcode, cost), (Rcode::NXDOMAIN, 0), "{name}");
    }
    assert_eq!(desk.cost("other.shop.test").await, 1, "it is not below");
}

/// The name is there, so another type, or a name below, may be there too.
#[tokio::test(start_paused = true)]
async fn no_data_is_about_one_name_and_one_type() {
    let desk = desk();
    let (first, _) = desk.ask_type("www.shop.test", RecordType::MX).await;
    assert_eq!((first.rcode, first.records.len()), (Rcode::NOERROR, 0));
    let (again, cost) = desk.ask_type("www.shop.test", RecordType::MX).await;
    assert_eq!(cost, 0);
    assert!(again.soa.is_some() && again.records.is_empty());
    for (name, rtype) in [
        ("www.shop.test", RecordType::A),
        ("www.shop.test", RecordType::TXT),
        ("sub.www.shop.test", RecordType::MX),
    ] {
        let (_, cost) = desk.ask_type(name, rtype).await;
        assert_eq!(cost, 1, "{name} {rtype}");
    }
}

/// The reply gives no lifetime.
#[tokio::test(start_paused = true)]
async fn nothing_without_an_soa_is_not_kept() {
    let desk = desk();
    let forgetful = replies().edited(|packet| packet.authorities.clear());
    desk.lab.script(SHOP, udp(), [repeat(forgetful)]);
    let (first, _) = desk.ask("nosuch.shop.test").await;
    assert_eq!(first.rcode, Rcode::NXDOMAIN);
    assert_eq!(desk.cost("nosuch.shop.test").await, 1);
}

/// The alias exists; what does not is the name that it leads to.
#[tokio::test(start_paused = true)]
async fn a_negative_answer_is_at_the_end_of_the_chain() {
    let desk = desk();
    let (first, _) = desk.ask("lost.shop.test").await;
    assert_eq!((first.rcode, first.records.len()), (Rcode::NXDOMAIN, 1));
    assert_eq!(desk.cost("nowhere.shop.test").await, 0);
    let (again, cost) = desk.ask("lost.shop.test").await;
    assert_eq!((tell(&again), cost), (tell(&first), 0));
    let (alias, cost) = desk.ask_type("lost.shop.test", RecordType::CNAME).await;
    assert_eq!(
        (alias.rcode, cost),
        (Rcode::NOERROR, 0),
        "the alias is there"
    );
}

/// An alias that is known leads on from where it is known, whatever zone its target is in.
#[tokio::test(start_paused = true)]
async fn of_an_alias_only_the_unknown_end_is_asked_for() {
    let desk = desk();
    desk.ask("far.shop.test").await;
    wait(300).await;
    let (resolution, trace) = desk.trace("far.shop.test", RecordType::A).await;
    assert_eq!(resolution.records.len(), 2);
    insta::assert_snapshot!(trace, @r"
    far.shop.test. A
      answered from the cache
    www.bank.test. A
      bank.test.  192.0.2.5 says: 192.0.2.81
    ");
}

#[tokio::test(start_paused = true)]
async fn what_follows_from_a_known_dname_is_not_asked_for() {
    let desk = desk();
    desk.ask("www.old.shop.test").await;
    desk.ask("mail.shop.test").await;
    let (resolution, cost) = desk.ask("mail.old.shop.test").await;
    assert_eq!(cost, 0);
    insta::assert_snapshot!(tell(&resolution), @r"
    NOERROR
    old.shop.test. 3599 IN DNAME shop.test.
    mail.old.shop.test. 3599 IN CNAME mail.shop.test.
    mail.shop.test. 300 IN A 192.0.2.25
    ");
    let (again, _) = desk.ask("www.old.shop.test").await;
    assert_eq!(again.records.len(), 3, "with the DNAME, as the first time");
}

#[tokio::test(start_paused = true)]
async fn the_second_asker_is_told_of_a_failure_at_once() {
    let desk = desk();
    let (first, cost) = desk.ask("www.dead.test").await;
    assert_eq!((first.rcode, cost), (Rcode::SERVFAIL, 3));
    let asked = Instant::now();
    let (again, cost) = desk.ask("www.dead.test").await;
    assert_eq!((cost, asked.elapsed()), (0, Duration::ZERO));
    insta::assert_snapshot!(tell(&again), @r"
    SERVFAIL
    not tried again for 5 s: no usable reply from the servers of dead.test.: 192.0.2.99 timed out
    ");
    assert!(matches!(
        again.failure,
        Some(ResolutionFailure::Cached { .. })
    ));
    let (_, cost) = desk.ask_type("www.dead.test", RecordType::TXT).await;
    assert!(cost > 0, "that is another question");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_tried_again_soon_and_then_less_often() {
    let desk = desk();
    let mut tries = Vec::new();
    let begin = Instant::now();
    for second in 0..1_000 {
        advance(begin + Duration::from_secs(second) - Instant::now()).await;
        if desk.cost("www.dead.test").await > 0 {
            tries.push(second);
        }
    }
    // Each try takes a little until it has failed, so the pauses seem one second longer than they are.
    insta::assert_snapshot!(format!("{tries:?}"), @"[0, 6, 17, 38, 79, 160, 321, 622, 923]");
}

/// A server that is back is found, and the failure is forgotten with all that it had grown to.
#[tokio::test(start_paused = true)]
async fn a_success_ends_the_failure() {
    let desk = desk();
    let fail_twice = [no_reply(), no_reply()];
    desk.lab.script(SHOP, udp(), fail_twice);
    assert_eq!(desk.rcode("brief.shop.test").await, Rcode::SERVFAIL);
    wait(6).await;
    assert_eq!(desk.rcode("brief.shop.test").await, Rcode::SERVFAIL);
    wait(11).await;
    assert_eq!(desk.rcode("brief.shop.test").await, Rcode::NOERROR);
    desk.lab.script(SHOP, udp(), [no_reply()]);
    assert_eq!(desk.rcode("brief.shop.test").await, Rcode::SERVFAIL);
    wait(6).await;
    assert_eq!(
        desk.rcode("brief.shop.test").await,
        Rcode::NOERROR,
        "five seconds again, not twenty"
    );
}

/// What could not be found out for one question may come with the answer to another.
#[tokio::test(start_paused = true)]
async fn an_answer_counts_more_than_a_failure_before_it() {
    let desk = desk();
    desk.lab.script(SHOP, udp(), [no_reply()]);
    assert_eq!(desk.rcode("www.shop.test").await, Rcode::SERVFAIL);
    assert_eq!(desk.rcode("alias.shop.test").await, Rcode::NOERROR);
    let (www, cost) = desk.ask("www.shop.test").await;
    assert_eq!((www.rcode, cost), (Rcode::NOERROR, 0));
}

/// The zone has moved to another server, long before the delegation that is remembered expires.
#[tokio::test(start_paused = true)]
async fn where_no_server_helps_the_zone_above_is_asked_anew() {
    let desk = desk();
    desk.ask("www.shop.test").await;
    desk.lab.script(SHOP, udp(), [repeat(no_reply())]);
    let moved = replies().edited(|packet| {
        for record in &mut packet.additionals {
            *record = "ns.shop.test. 3600 A 192.0.2.14".parse().unwrap();
        }
    });
    desk.lab.script(TEST, udp(), [repeat(moved)]);
    assert_eq!(desk.rcode("mail.shop.test").await, Rcode::SERVFAIL);
    let (resolution, trace) = desk.trace("text.shop.test", RecordType::TXT).await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
    insta::assert_snapshot!(trace, @r#"
    text.shop.test. TXT
      test.  192.0.2.2 says: ask the servers of shop.test.
      shop.test.  192.0.2.14 says: "hello"
    "#);
}

/// What a server answers without asking anybody, also where there is nothing, or was failure. (An alias has grown older by the time
/// that its end is found.)
#[tokio::test(start_paused = true)]
async fn a_peek_sends_no_query() {
    let desk = desk();
    for (name, text) in [
        (
            "far.shop.test",
            "NOERROR\nfar.shop.test. 3599 IN CNAME www.bank.test.\nwww.bank.test. 300 IN A 192.0.2.81",
        ),
        (
            "nosuch.shop.test",
            "NXDOMAIN\nshop.test. 300 IN SOA ns.shop.test. mail.shop.test. 1 1800 900 604800 300",
        ),
        (
            "www.dead.test",
            "SERVFAIL\nno usable reply from the servers of dead.test.: 192.0.2.99 timed out",
        ),
    ] {
        assert_eq!(desk.peek(name), None, "{name}");
        let (resolution, _) = desk.ask(name).await;
        assert_eq!(tell(&resolution), text);
        let before = desk.lab.queries().len();
        let Some(peeked) = desk.peek(name) else {
            panic!("{name} is not remembered")
        };
        assert_eq!(
            (peeked.rcode, desk.lab.queries().len()),
            (resolution.rcode, before)
        );
        assert_eq!(peeked.records.len(), resolution.records.len());
    }
    wait(300).await;
    assert_eq!(desk.peek("far.shop.test"), None, "half of it is not enough");
}

/// A flood of names that do not exist takes its own share of the room, and no more.
#[tokio::test(start_paused = true)]
async fn the_memory_is_bounded_and_a_flood_drives_nobody_out() {
    let desk = Desk::with_room(200);
    desk.ask("www.shop.test").await;
    for n in 0..500 {
        desk.ask(&format!("n{n}.shop.test")).await;
        assert!(
            desk.memory.records() <= 200,
            "{} records",
            desk.memory.records()
        );
    }
    assert_eq!(desk.cost("www.shop.test").await, 0);
}
