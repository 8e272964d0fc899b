//! Lesson 12: does it serve everybody who may ask, and nobody else, whatever happens behind it?
//!
//! All of this happens in a small world. The clock is paused: waiting takes no time. (The sockets in `sockets/mod.rs` are real.)
#![cfg(test)]

mod parts;
mod sockets;
mod world;

use std::sync::Arc;
use std::time::Duration;

use chase::DEADLINE;
use dnsparse::{Class, Rcode, RecordType};
use rdns::AccessControl;
use tokio::time::{Instant, sleep};
use world::{ELSEWHERE, HERE, SHOP, ask, ask_from, query, server, server_for, tell, why, world};

#[tokio::test(start_paused = true)]
async fn an_answer_is_found_and_told_with_nothing_beside_it() {
    let reply = ask(&server(&world()), "www.shop.example", RecordType::A).await;
    insta::assert_snapshot!(tell(&reply), @r"
    NOERROR
    www.shop.example. 3600 IN A 192.0.2.80
    ");
    assert!(reply.additionals.is_empty());
}

#[tokio::test(start_paused = true)]
async fn flags_are_as_they_should_be() {
    let mut asked = query("www.shop.example", RecordType::A);
    (asked.header.cd, asked.header.ad) = (true, true);
    let told = ask_from(&server(&world()), HERE, &asked).await.header;
    assert!(told.ra, "it can recurse");
    assert!(!told.aa, "others are in charge of what it tells");
    assert!(!told.ad, "it validates nothing");
    assert!(
        told.cd,
        "comes back as it was sent (RFC 4035 section 3.2.2)"
    );
}

#[tokio::test(start_paused = true)]
async fn where_there_is_nothing_the_soa_says_for_how_long() {
    let server = server(&world());
    let no_name = ask(&server, "nosuch.shop.example", RecordType::A).await;
    insta::assert_snapshot!(tell(&no_name), @r"
    NXDOMAIN
    authority: shop.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
    let no_data = ask(&server, "www.shop.example", RecordType::TXT).await;
    insta::assert_snapshot!(tell(&no_data), @r"
    NOERROR
    authority: shop.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
}

#[tokio::test(start_paused = true)]
async fn nothing_lives_for_more_than_a_day() {
    let server = server(&world());
    for _ in 0..2 {
        let reply = ask(&server, "long.shop.example", RecordType::A).await;
        assert_eq!(
            reply.answers[0].ttl, 86_400,
            "also when it comes straight from its server"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_found_is_not_looked_for_again() {
    let lab = world();
    let server = server(&lab);
    ask(&server, "www.shop.example", RecordType::A).await;
    assert_eq!(lab.queries().len(), 3);
    sleep(Duration::from_secs(100)).await;
    let again = ask(&server, "www.shop.example", RecordType::A).await;
    assert_eq!((lab.queries().len(), again.answers[0].ttl), (3, 3_500));
    let figures = server.counters();
    assert_eq!(
        (figures.questions, figures.hits, figures.upstream),
        (2, 1, 3)
    );
}

#[tokio::test(start_paused = true)]
async fn a_name_comes_back_as_it_was_spelled() {
    let server = server(&world());
    for qname in ["www.shop.example.", "WWW.shop.EXAMPLE."] {
        let reply = ask(&server, qname, RecordType::A).await;
        assert_eq!(reply.questions[0].qname.to_string(), qname);
        assert_eq!(reply.answers[0].owner.to_string(), qname);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_equal_questions_are_one_search() {
    let lab = world();
    let server = server(&lab);
    let ask_once = |number: usize| {
        let server = Arc::clone(&server);
        // How a name is spelled makes no difference.
        let qname = ["www.shop.example", "WWW.shop.EXAMPLE"][number % 2];
        async move { ask(&server, qname, RecordType::A).await }
    };
    let clients: Vec<_> = (0..100)
        .map(|number| tokio::spawn(ask_once(number)))
        .collect();
    for client in clients {
        assert_eq!(client.await.unwrap().answers.len(), 1);
    }
    assert_eq!(lab.queries().len(), 3, "one search is three questions");
}

/// Who gave up after half a second asks again after a second.
#[tokio::test(start_paused = true)]
async fn a_search_goes_on_when_nobody_waits_for_it() {
    let lab = world();
    lab.set_latency(SHOP.parse().unwrap(), 300);
    let server = server(&lab);
    let hasty = {
        let server = Arc::clone(&server);
        tokio::spawn(async move { ask(&server, "www.shop.example", RecordType::A).await })
    };
    sleep(Duration::from_millis(100)).await;
    hasty.abort();
    sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    let reply = ask(&server, "www.shop.example", RecordType::A).await;
    assert_eq!((reply.answers.len(), start.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_failure_comes_in_time_and_says_why() {
    let server = server(&world());
    let start = Instant::now();
    let reply = ask(&server, "www.dead.example", RecordType::A).await;
    assert_eq!(reply.rcode(), Rcode::SERVFAIL);
    assert!(start.elapsed() <= DEADLINE, "{:?}", start.elapsed());
    let error = why(&reply).unwrap();
    assert_eq!(error.info_code, 22);
    assert!(error.extra_text.contains("192.0.2.9"), "{error}");

    let start = Instant::now();
    let again = ask(&server, "www.dead.example", RecordType::A).await;
    assert_eq!(
        (again.rcode(), start.elapsed()),
        (Rcode::SERVFAIL, Duration::ZERO)
    );
    assert_eq!(why(&again).unwrap().info_code, 13, "a cached error");
}

#[tokio::test(start_paused = true)]
async fn aliases_that_lead_nowhere_are_a_failure_with_a_reason() {
    let reply = ask(&server(&world()), "bad.shop.example", RecordType::A).await;
    assert_eq!((reply.rcode(), reply.answers.len()), (Rcode::SERVFAIL, 0));
    assert_eq!(why(&reply).unwrap().info_code, 24);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_speak_edns_is_told_no_reason() {
    let mut asked = query("bad.shop.example", RecordType::A);
    asked.edns = None;
    let reply = ask_from(&server(&world()), HERE, &asked).await;
    assert_eq!((reply.rcode(), reply.edns), (Rcode::SERVFAIL, None));
}

#[tokio::test(start_paused = true)]
async fn others_are_refused_whatever_they_ask() {
    let lab = world();
    let server = server(&lab);
    for qname in ["www.shop.example", "localhost"] {
        let reply = ask_from(&server, ELSEWHERE, &query(qname, RecordType::A)).await;
        assert_eq!(
            (reply.rcode(), reply.answers.len()),
            (Rcode::REFUSED, 0),
            "{qname}"
        );
        assert_eq!(why(&reply).unwrap().info_code, 18);
    }
    assert_eq!(lab.queries().len(), 0);
    let access = AccessControl::to(["198.51.100.0/24".parse().unwrap()]);
    let open = server_for(&lab, access, 100);
    let reply = ask_from(&open, ELSEWHERE, &query("www.shop.example", RecordType::A)).await;
    assert_eq!(reply.answers.len(), 1);
}

/// They are answered here, with authority, and nobody is asked.
#[tokio::test(start_paused = true)]
async fn special_names_stay_here() {
    let lab = world();
    let server = server(&lab);
    for (qname, qtype, told) in [
        ("localhost", RecordType::A, "127.0.0.1"),
        ("www.localhost", RecordType::AAAA, "::1"),
        ("1.0.0.127.in-addr.arpa", RecordType::PTR, "localhost."),
    ] {
        let reply = ask(&server, qname, qtype).await;
        assert_eq!(reply.answers[0].rdata.to_string(), told, "{qname}");
        assert!(reply.header.aa);
    }
    for qname in [
        "www.invalid",
        "printer.local",
        "1.0.0.10.in-addr.arpa",
        "1.1.168.192.in-addr.arpa",
        "1.0.31.172.in-addr.arpa",
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
    ] {
        let reply = ask(&server, qname, RecordType::PTR).await;
        assert_eq!(reply.rcode(), Rcode::NXDOMAIN, "{qname}");
        assert_eq!(reply.authorities[0].rtype(), RecordType::SOA);
    }
    let reply = ask(&server, "www.invalid", RecordType::ANY).await;
    assert_eq!(reply.rcode(), Rcode::NXDOMAIN, "asked for ANY, too");
    assert_eq!(lab.queries().len(), 0, "{}", lab.trace());
    // 172.32 is somebody's, and so is a name that only ends in the same letters.
    for qname in ["1.0.32.172.in-addr.arpa", "www.notlocalhost"] {
        let before = lab.queries().len();
        ask(&server, qname, RecordType::PTR).await;
        assert!(lab.queries().len() > before, "{qname}");
    }
}

#[tokio::test(start_paused = true)]
async fn any_is_not_everything() {
    let lab = world();
    let reply = ask(&server(&lab), "www.shop.example", RecordType::ANY).await;
    insta::assert_snapshot!(tell(&reply), @r#"
    NOERROR
    www.shop.example. 3600 IN HINFO "RFC8482" ""
    "#);
    assert_eq!(lab.queries().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_others_asked_for_is_not_told_to_the_curious() {
    let server = server(&world());
    ask(&server, "www.shop.example", RecordType::A).await;
    let mut asked = query("www.shop.example", RecordType::A);
    asked.header.rd = false;
    let reply = ask_from(&server, HERE, &asked).await;
    assert_eq!((reply.rcode(), reply.answers.len()), (Rcode::REFUSED, 0));
}

/// `version.bind` in class CHAOS tells attackers which holes to try: it is refused on purpose.
#[tokio::test(start_paused = true)]
async fn what_it_is_it_does_not_say() {
    for qname in ["version.bind", "id.server"] {
        let mut asked = query(qname, RecordType::TXT);
        asked.questions[0].qclass = Class::CH;
        let reply = ask_from(&server(&world()), HERE, &asked).await;
        assert_eq!(reply.rcode(), Rcode::REFUSED);
    }
}

#[tokio::test(start_paused = true)]
async fn types_that_no_zone_has_are_not_looked_for() {
    let lab = world();
    for qtype in [RecordType::OPT, RecordType(250)] {
        let reply = ask(&server(&lab), "www.shop.example", qtype).await;
        assert_eq!(reply.rcode(), Rcode::NOTIMP);
    }
    assert_eq!(lab.queries().len(), 0);
}

/// With room for ten questions, a hundred that nobody answers cost the oldest ninety their place, and the server goes on.
#[tokio::test(start_paused = true)]
async fn a_flood_of_dead_names_costs_the_oldest_their_place() {
    let server = server_for(&world(), AccessControl::default(), 10);
    let flood: Vec<_> = (0..100)
        .map(|number| {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                ask(&server, &format!("n{number}.dead.example"), RecordType::A).await
            })
        })
        .collect();
    sleep(Duration::from_millis(1)).await;
    assert!(server.counters().in_flight <= 10);
    let reply = ask(&server, "www.shop.example", RecordType::A).await;
    assert_eq!(reply.answers.len(), 1, "the youngest have their chance");
    for lost in flood {
        assert_eq!(lost.await.unwrap().rcode(), Rcode::SERVFAIL);
    }
    assert_eq!(server.counters().in_flight, 0);
}
