//! Lesson 12: does the resolver answer each client that may ask, and no other, whatever its
//! servers do?
//!
//! These tests run in a small lab. The clock is paused: waiting takes no time. (The sockets in
//! `sockets/mod.rs` are real.)
#![cfg(test)]

mod flights;
mod reasons;
mod sockets;
mod special;
mod udp;
mod units;
mod validation;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chase::DEADLINE;
use dnsparse::{Class, DnsPacket, Name, Rcode, RecordType};
use lab::Lab;
use rdns::AccessControl;
use tokio::time::{Instant, sleep};
use world::{
    LOCAL, REMOTE, SHOP, ask, ask_from, extended_error, query, server, server_for, text_of,
    with_question, world,
};

/// Writes the INFO-CODE of a reply.
fn info_code(reply: &DnsPacket) -> String {
    match extended_error(reply) {
        Some(error) => format!("INFO-CODE {}", error.info_code),
        None => "no extended error".to_owned(),
    }
}

/// Asserts that no query was sent to another server.
fn assert_no_upstream_query(lab: &Lab, because: &str) {
    let sent = lab.queries().len();
    assert_eq!(sent, 0, "upstream queries: {because}\n{}", lab.trace());
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_its_records_and_nothing_else() {
    let reply = ask(&server(&world()), "www.shop.example", RecordType::A).await;
    insta::assert_snapshot!(text_of(&reply), @r"
    NOERROR
    www.shop.example. 3600 IN A 192.0.2.80
    ");
    assert_eq!(
        reply.additionals.len(),
        0,
        "records in the additional section of the reply to {}",
        with_question(&reply)
    );
}

#[tokio::test(start_paused = true)]
async fn flags_are_those_of_a_recursive_resolver() {
    let mut query = query("www.shop.example", RecordType::A);
    (query.header.cd, query.header.ad) = (true, true);
    let header = ask_from(&server(&world()), LOCAL, &query).await.header;
    let mut flags = String::new();
    for (flag, is_set) in [
        ("RA", header.ra),
        ("AA", header.aa),
        ("AD", header.ad),
        ("CD", header.cd),
    ] {
        flags += &format!("{flag} {}\n", if is_set { "set" } else { "clear" });
    }
    // Recursion is available; other servers are authoritative; nothing was validated; CD is copied
    // from the query (RFC 4035 section 3.2.2).
    insta::assert_snapshot!(flags, @r"
    RA set
    AA clear
    AD clear
    CD set
    ");
}

#[tokio::test(start_paused = true)]
async fn a_negative_reply_has_the_soa_with_its_ttl() {
    let server = server(&world());
    let no_name = ask(&server, "nosuch.shop.example", RecordType::A).await;
    insta::assert_snapshot!(text_of(&no_name), @r"
    NXDOMAIN
    authority: shop.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
    let no_data = ask(&server, "www.shop.example", RecordType::TXT).await;
    insta::assert_snapshot!(text_of(&no_data), @r"
    NOERROR
    authority: shop.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
}

/// The answer section has the alias; the name at its end has no such records (RFC 2308 section 2.2).
#[tokio::test(start_paused = true)]
async fn a_negative_reply_after_an_alias_has_the_soa_too() {
    let reply = ask(&server(&world()), "old.shop.example", RecordType::TXT).await;
    // The alias is a moment old by the time that its target is found, and TTLs are rounded down.
    insta::assert_snapshot!(text_of(&reply), @r"
    NOERROR
    old.shop.example. 3599 IN CNAME www.shop.example.
    authority: shop.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
    let reply = ask(&server(&world()), "gone.shop.example", RecordType::A).await;
    insta::assert_snapshot!(text_of(&reply), @r"
    NXDOMAIN
    gone.shop.example. 3599 IN CNAME nosuch.shop.example.
    authority: shop.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
}

#[tokio::test(start_paused = true)]
async fn no_ttl_is_longer_than_a_day() {
    let server = server(&world());
    for _ in 0..2 {
        let reply = ask(&server, "long.shop.example", RecordType::A).await;
        assert_eq!(
            text_of(&reply),
            "NOERROR\nlong.shop.example. 86400 IN A 192.0.2.81",
            "long.shop.example A, whose TTL is a week in its zone: from its server, then from the cache"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_cached_answer_needs_no_upstream_query() {
    let lab = world();
    let server = server(&lab);
    ask(&server, "www.shop.example", RecordType::A).await;
    let first = lab.queries().len();
    assert_eq!(first, 3, "upstream queries at first\n{}", lab.trace());
    sleep(Duration::from_secs(100)).await;
    let again = ask(&server, "www.shop.example", RecordType::A).await;
    assert_eq!(
        text_of(&again),
        "NOERROR\nwww.shop.example. 3500 IN A 192.0.2.80",
        "the same question 100 s later"
    );
    ask(&server, "www.shop.example", RecordType::A).await;
    let sent = lab.queries().len();
    assert_eq!(sent, 3, "upstream queries for all three\n{}", lab.trace());
    let counters = server.counters();
    let shown = format!(
        "questions: {}, cache hits: {}, upstream queries: {}",
        counters.questions, counters.hits, counters.upstream
    );
    assert_eq!(shown, "questions: 3, cache hits: 2, upstream queries: 3");
}

#[tokio::test(start_paused = true)]
async fn a_name_comes_back_in_the_case_of_the_query() {
    let server = server(&world());
    for qname in ["www.shop.example.", "WWW.shop.EXAMPLE."] {
        let reply = ask(&server, qname, RecordType::A).await;
        let questions = reply.questions.iter().map(|question| &question.qname);
        let owners = reply.answers.iter().map(|record| &record.owner);
        let names: Vec<String> = questions.chain(owners).map(Name::to_string).collect();
        assert_eq!(
            names,
            [qname, qname],
            "the qname, and the owner of the answer"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_equal_questions_are_one_search() {
    let lab = world();
    let server = server(&lab);
    let ask_once = |number: usize| {
        let server = Arc::clone(&server);
        // The case of the letters makes no difference.
        let qname = ["www.shop.example", "WWW.shop.EXAMPLE"][number % 2];
        async move { ask(&server, qname, RecordType::A).await }
    };
    let clients: Vec<_> = (0..100)
        .map(|number| tokio::spawn(ask_once(number)))
        .collect();
    for (number, client) in clients.into_iter().enumerate() {
        let reply = client.await.unwrap();
        let records = reply.answers.len();
        let reply = with_question(&reply);
        assert_eq!(records, 1, "records for client {number} of 100: {reply}");
    }
    let sent = lab.queries().len();
    assert_eq!(sent, 3, "upstream queries for all\n{}", lab.trace());
}

/// An id that can be guessed lets any host forge the reply (RFC 5452 section 4.3).
#[tokio::test(start_paused = true)]
async fn the_ids_of_upstream_queries_are_random() {
    let lab = world();
    let server = server(&lab);
    for number in 0..20 {
        ask(&server, &format!("n{number}.shop.example"), RecordType::A).await;
    }
    let queries = lab.queries();
    let packets = queries.iter().filter_map(|query| query.packet());
    let ids: BTreeSet<u16> = packets.map(|query| query.header.id).collect();
    let shown: Vec<String> = ids.iter().map(ToString::to_string).collect();
    // Of 22 random ids, three are hardly ever equal to others.
    assert!(
        ids.len() + 3 > queries.len(),
        "{} upstream queries had only {} different ids: {}",
        queries.len(),
        ids.len(),
        shown.join(", ")
    );
}

/// A client that gave up after half a second asks again after a second.
#[tokio::test(start_paused = true)]
async fn a_search_goes_on_when_its_client_is_gone() {
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
    assert_eq!(
        format!("{} after {:?}", text_of(&reply), start.elapsed()),
        "NOERROR\nwww.shop.example. 3599 IN A 192.0.2.80 after 0ns",
        "the second client, 1 s after the first had left, since the search went on without it\n{}",
        lab.trace()
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_comes_in_time_with_an_extended_error() {
    let server = server(&world());
    let start = Instant::now();
    let reply = ask(&server, "www.dead.example", RecordType::A).await;
    assert_eq!(text_of(&reply), "SERVFAIL", "www.dead.example A");
    assert!(
        start.elapsed() <= DEADLINE,
        "the reply took {:?}, of at most {DEADLINE:?}",
        start.elapsed()
    );
    let error =
        extended_error(&reply).expect("an extended error in the reply for www.dead.example");
    assert_eq!(
        error.info_code, 22,
        "the INFO-CODE for a dead server: {error}"
    );
    assert!(
        error.extra_text.contains("192.0.2.9"),
        "the text should name the server that timed out: {error}"
    );

    let start = Instant::now();
    let again = ask(&server, "www.dead.example", RecordType::A).await;
    assert_eq!(
        format!("{} after {:?}", again.rcode(), start.elapsed()),
        "SERVFAIL after 0ns",
        "www.dead.example A again: the failure is cached"
    );
    assert_eq!(
        info_code(&again),
        "INFO-CODE 13",
        "13 is the code of a cached error"
    );
}

#[tokio::test(start_paused = true)]
async fn an_alias_loop_is_a_failure_with_an_extended_error() {
    let reply = ask(&server(&world()), "bad.shop.example", RecordType::A).await;
    assert_eq!(text_of(&reply), "SERVFAIL", "an alias of itself");
    assert_eq!(
        info_code(&reply),
        "INFO-CODE 24",
        "24 is the code of invalid data, such as an alias loop"
    );
}

#[tokio::test(start_paused = true)]
async fn a_query_without_edns_gets_no_extended_error() {
    let mut query = query("bad.shop.example", RecordType::A);
    query.edns = None;
    let reply = ask_from(&server(&world()), LOCAL, &query).await;
    assert_eq!(text_of(&reply), "SERVFAIL", "an alias of itself");
    assert!(
        reply.edns.is_none(),
        "the query had no EDNS, and the reply has: {}",
        info_code(&reply)
    );
}

#[tokio::test(start_paused = true)]
async fn other_clients_are_refused_whatever_they_ask() {
    let lab = world();
    let server = server(&lab);
    for qname in ["www.shop.example", "localhost"] {
        let reply = ask_from(&server, REMOTE, &query(qname, RecordType::A)).await;
        assert_eq!(text_of(&reply), "REFUSED", "{qname} A from {REMOTE}");
        let code = info_code(&reply);
        assert_eq!(
            code, "INFO-CODE 18",
            "{qname} A from {REMOTE}: 18 is the code of a client that may not ask"
        );
    }
    assert_no_upstream_query(&lab, "the client is not allowed");
    let access = AccessControl::new(["198.51.100.0/24".parse().unwrap()]);
    let open = server_for(&lab, access, 100);
    let reply = ask_from(&open, REMOTE, &query("www.shop.example", RecordType::A)).await;
    assert_eq!(
        text_of(&reply),
        "NOERROR\nwww.shop.example. 3600 IN A 192.0.2.80",
        "www.shop.example A from {REMOTE}, with 198.51.100.0/24 allowed"
    );
}

/// The local answers are authoritative, and cost no upstream query.
#[tokio::test(start_paused = true)]
async fn special_use_names_are_answered_locally() {
    let lab = world();
    let server = server(&lab);
    for (qname, qtype, rdata) in [
        ("localhost", RecordType::A, "127.0.0.1"),
        ("www.localhost", RecordType::AAAA, "::1"),
        ("1.0.0.127.in-addr.arpa", RecordType::PTR, "localhost."),
        (
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
            RecordType::PTR,
            "localhost.",
        ),
    ] {
        let reply = ask(&server, qname, qtype).await;
        let answers = reply.answers.iter().map(|record| record.rdata.to_string());
        let answers: Vec<String> = answers.collect();
        assert_eq!(answers, [rdata], "the answers to {qname} {qtype}");
        assert!(reply.header.aa, "{qname}: a local answer is authoritative");
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
        let rcode = reply.rcode();
        assert_eq!(rcode, Rcode::NXDOMAIN, "the RCODE of {qname} PTR");
        let types = reply.authorities.iter().map(|record| record.rtype());
        let types: Vec<RecordType> = types.collect();
        assert_eq!(types, [RecordType::SOA], "{qname}: authority section");
    }
    let reply = ask(&server, "www.invalid", RecordType::ANY).await;
    let rcode = reply.rcode();
    assert_eq!(rcode, Rcode::NXDOMAIN, "www.invalid: also for ANY");
    assert!(
        reply.answers.is_empty(),
        "a name that does not exist has records, for ANY: {}",
        with_question(&reply)
    );
    assert_no_upstream_query(&lab, "all of these names are answered locally");
    // 172.32 is public, and so is a name that only ends in the same letters.
    for qname in ["1.0.32.172.in-addr.arpa", "www.notlocalhost"] {
        let before = lab.queries().len();
        let reply = ask(&server, qname, RecordType::PTR).await;
        assert!(
            lab.queries().len() > before,
            "no upstream query, though the name is no special-use name: {}",
            with_question(&reply)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn any_is_answered_with_hinfo() {
    let lab = world();
    let reply = ask(&server(&lab), "www.shop.example", RecordType::ANY).await;
    insta::assert_snapshot!(text_of(&reply), @r#"
    NOERROR
    www.shop.example. 3600 IN HINFO "RFC8482" ""
    "#);
    assert_no_upstream_query(&lab, "ANY is answered with one HINFO record");
}

#[tokio::test(start_paused = true)]
async fn a_query_without_rd_is_refused() {
    let server = server(&world());
    ask(&server, "www.shop.example", RecordType::A).await;
    let mut query = query("www.shop.example", RecordType::A);
    query.header.rd = false;
    let reply = ask_from(&server, LOCAL, &query).await;
    assert_eq!(
        text_of(&reply),
        "REFUSED",
        "www.shop.example A, which is cached, with RD clear"
    );
}

/// `version.bind` in class CHAOS tells attackers which vulnerabilities to try: it is refused on
/// purpose. So are all other classes, and zone transfers.
#[tokio::test(start_paused = true)]
async fn other_classes_and_zone_transfers_are_refused_with_an_extended_error() {
    let lab = world();
    let server = server(&lab);
    for (qname, qtype, qclass) in [
        ("version.bind", RecordType::TXT, Class::CH),
        ("id.server", RecordType::TXT, Class::CH),
        ("www.shop.example", RecordType::A, Class::CH),
        ("localhost", RecordType::A, Class::HS),
        ("www.shop.example", RecordType::A, Class::ANY),
        ("www.shop.example", RecordType::A, Class::NONE),
        ("www.shop.example", RecordType::A, Class(4_711)),
        ("shop.example", RecordType::AXFR, Class::IN),
        ("shop.example", RecordType::IXFR, Class::IN),
    ] {
        let mut query = query(qname, qtype);
        query.questions[0].qclass = qclass;
        let reason = match qclass {
            Class::IN => "INFO-CODE 21: zone transfers are not supported",
            _ => "INFO-CODE 21: no class but IN is supported",
        };
        for (client, reason) in [
            (LOCAL, reason),
            (
                REMOTE,
                "INFO-CODE 18: this server does not answer your network",
            ),
        ] {
            let asked = format!("{qname} {qclass} {qtype} from {client}");
            let reply = ask_from(&server, client, &query).await;
            assert_eq!(text_of(&reply), "REFUSED", "{asked}");
            let is_available = client == LOCAL;
            assert_eq!(reply.header.ra, is_available, "RA in the reply to {asked}");
            let text = extended_error(&reply).map_or("", |error| &error.extra_text);
            let got = format!("{}: {text}", info_code(&reply));
            assert_eq!(got, reason, "{asked}");
        }
    }
    assert_no_upstream_query(&lab, "all of these questions are refused");
}

#[tokio::test(start_paused = true)]
async fn meta_types_are_not_looked_up() {
    let lab = world();
    for qtype in [RecordType::OPT, RecordType(250)] {
        let reply = ask(&server(&lab), "www.shop.example", qtype).await;
        assert_eq!(text_of(&reply), "NOTIMP", "www.shop.example {qtype}");
    }
    assert_no_upstream_query(&lab, "no server has records of these types");
}

/// With at most ten searches in flight, a hundred for names without a live server abort the oldest
/// ninety, and the resolver still answers.
#[tokio::test(start_paused = true)]
async fn a_flood_of_searches_aborts_the_oldest() {
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
    let in_flight = server.counters().in_flight;
    assert!(
        in_flight <= 10,
        "{in_flight} searches in flight, of at most 10"
    );
    let reply = ask(&server, "www.shop.example", RecordType::A).await;
    assert_eq!(
        text_of(&reply),
        "NOERROR\nwww.shop.example. 3600 IN A 192.0.2.80",
        "the newest search, www.shop.example A"
    );
    for (number, client) in flood.into_iter().enumerate() {
        let reply = client.await.unwrap();
        assert_eq!(text_of(&reply), "SERVFAIL", "n{number}.dead.example A");
    }
    let left = server.counters().in_flight;
    assert_eq!(left, 0, "searches in flight after all have ended");
}
