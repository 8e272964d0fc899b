//! Lesson 2: does the query get its own reply, whatever else happens?
//!
//! Tests with `start_paused` run in the lab, where waiting takes no time. Those with a real socket are in `sockets.rs`.
#![cfg(test)]

#[path = "sockets/mod.rs"]
mod sockets;
mod spoilt;

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, RecordType};
use lab::{Lab, RESOLVER, closed_port, closes, echo, no_reply, octets, repeat, replies};
use network::Via;
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, exchange, is_reply};

/// Three tries of one second.
const PATIENCE: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(1),
    tcp_timeout: Duration::from_secs(1),
    tries: 3,
};

fn query(name: &str, rtype: RecordType) -> DnsPacket {
    let mut query = DnsPacket::query(0x1234, name.parse().unwrap(), rtype);
    query.header.rd = true;
    query
}

/// Asks the lab's resolver for the address of yahoo.com.
async fn ask(lab: &Lab) -> Result<Reply, ExchangeError> {
    exchange(
        lab,
        RESOLVER,
        &query("yahoo.com", RecordType::A),
        Via::Udp,
        PATIENCE,
    )
    .await
}

#[tokio::test(start_paused = true)]
async fn a_query_gets_its_reply() {
    let lab = Lab::internet();
    let reply = ask(&lab).await.unwrap();
    assert_eq!((reply.packet.header.id, reply.via), (0x1234, Via::Udp));
    assert_eq!(
        DnsPacket::parse(&reply.octets).unwrap(),
        reply.packet,
        "octets and packet are of one message"
    );
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_id_is_passed_over() {
    let lab = Lab::internet();
    lab.script(
        RESOLVER,
        Via::Udp,
        [replies()
            .with_wrong_id()
            .after_ms(2)
            .and(replies().after_ms(5))],
    );
    assert_eq!(ask(&lab).await.unwrap().packet.header.id, 0x1234);
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_question_is_passed_over() {
    let lab = Lab::internet();
    lab.script(
        RESOLVER,
        Via::Udp,
        [replies()
            .with_wrong_question()
            .after_ms(2)
            .and(replies().after_ms(5))],
    );
    let reply = ask(&lab).await.unwrap();
    assert_eq!(
        reply.packet.questions[0].qname,
        "yahoo.com".parse().unwrap()
    );
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn ones_own_query_coming_back_is_no_reply() {
    let lab = Lab::internet();
    lab.script(
        RESOLVER,
        Via::Udp,
        [echo().after_ms(2).and(replies().after_ms(5))],
    );
    assert!(
        ask(&lab).await.unwrap().packet.header.qr,
        "QR tells a response from a query"
    );
}

#[tokio::test(start_paused = true)]
async fn garbage_is_passed_over() {
    let lab = Lab::internet();
    let garbage = octets(b"\x12\x34\xff\xff\x00")
        .after_ms(1)
        .and(octets(b"").after_ms(2));
    lab.script(
        RESOLVER,
        Via::Udp,
        [garbage
            .and(replies().cut_to(20).after_ms(3))
            .and(replies().after_ms(5))],
    );
    assert_eq!(ask(&lab).await.unwrap().packet.header.rcode, Rcode::NOERROR);
    assert_eq!(lab.queries().len(), 1, "garbage is no reason to ask again");
}

#[tokio::test(start_paused = true)]
async fn silence_is_asked_again() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [no_reply(), no_reply()]);
    ask(&lab).await.unwrap();
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_comes_too_late_is_not_waited_for() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [replies().after_ms(1_500)]);
    ask(&lab).await.unwrap();
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn patience_ends() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(no_reply())]);
    let start = Instant::now();
    let error = ask(&lab).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 3, "three tries of a second each");
    insta::assert_snapshot!(error, @"no reply from 192.0.2.53:53 over UDP: tried 3 times, 1s each");
}

/// If each stray packet started the wait anew, one packet a second would make us wait for ever.
#[tokio::test(start_paused = true)]
async fn stray_packets_do_not_lengthen_the_wait() {
    let lab = Lab::internet();
    let strays = (1..20).fold(no_reply(), |all, n| {
        all.and(replies().with_wrong_id().after_ms(n * 300))
    });
    lab.script(RESOLVER, Via::Udp, [repeat(strays)]);
    let start = Instant::now();
    assert!(matches!(
        ask(&lab).await,
        Err(ExchangeError::Timeout { tries: 3, .. })
    ));
    assert_eq!(start.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_truncated_reply_is_fetched_over_tcp() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [replies().truncated()]);
    let reply = ask(&lab).await.unwrap();
    assert!(reply.via == Via::Tcp && !reply.packet.header.tc && !reply.packet.answers.is_empty());
    insta::assert_snapshot!(lab.trace());
}

/// What TCP cannot do, nothing can: no third way, and no loop.
#[tokio::test(start_paused = true)]
async fn truncated_over_tcp_is_the_end_of_it() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(replies().truncated())]);
    lab.script(RESOLVER, Via::Tcp, [repeat(replies().truncated())]);
    assert!(ask(&lab).await.unwrap().packet.header.tc);
    assert_eq!(lab.queries().len(), 2, "once over UDP, once over TCP");

    let query = query("yahoo.com", RecordType::A);
    exchange(&lab, RESOLVER, &query, Via::Tcp, PATIENCE)
        .await
        .unwrap();
    assert_eq!(
        lab.queries().len(),
        3,
        "an exchange over TCP from the start sends one query"
    );
}

#[tokio::test(start_paused = true)]
async fn a_closed_port_is_told_in_a_sentence() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(closed_port())]);
    let error = ask(&lab).await.unwrap_err().to_string();
    assert!(
        error.starts_with("cannot talk to 192.0.2.53:53 over UDP: "),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_early_is_tried_again() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Tcp, [closes()]);
    let query = query("yahoo.com", RecordType::A);
    let reply = exchange(&lab, RESOLVER, &query, Via::Tcp, PATIENCE)
        .await
        .unwrap();
    assert_eq!(reply.packet.header.rcode, Rcode::NOERROR);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_is_silent() {
    let unused: SocketAddr = "203.0.113.99:53".parse().unwrap();
    for via in [Via::Udp, Via::Tcp] {
        let error = exchange(
            &Lab::internet(),
            unused,
            &query(".", RecordType::NS),
            via,
            PATIENCE,
        )
        .await;
        assert!(
            matches!(error, Err(ExchangeError::Timeout { .. })),
            "over {via}: {error:?}"
        );
    }
}

#[test]
fn every_part_of_a_reply_has_to_fit() {
    let query = query("yahoo.com", RecordType::A);
    let reply = DnsPacket::reply_to(&query);
    let judged = |change: fn(&mut DnsPacket)| {
        let mut packet = reply.clone();
        change(&mut packet);
        is_reply(&query, &packet)
    };
    assert!(judged(|_| {}), "the reply itself");
    assert!(
        judged(|p| p.questions[0].qname = "YAHOO.com".parse().unwrap()),
        "case makes no difference here"
    );
    assert!(!judged(|p| p.header.qr = false), "QR is not set");
    assert!(!judged(|p| p.header.id ^= 0x100), "the id differs");
    assert!(
        !judged(|p| p.header.opcode = dnsparse::Opcode::NOTIFY),
        "the opcode differs"
    );
    assert!(
        !judged(|p| p.questions[0].qname = "yahoo.net".parse().unwrap()),
        "the name differs"
    );
    assert!(
        !judged(|p| p.questions[0].qtype = RecordType::AAAA),
        "the type differs"
    );
    assert!(
        !judged(|p| p.questions[0].qclass = dnsparse::Class::CH),
        "the class differs"
    );
    assert!(
        !judged(|p| p.questions.push(p.questions[0].clone())),
        "the question stands there twice"
    );
    assert!(
        !judged(|p| p.questions.clear()),
        "the question is missing from an answer"
    );
}

#[test]
fn who_cannot_read_the_question_need_not_repeat_it() {
    let query = query("yahoo.com", RecordType::A);
    let mut reply = DnsPacket::reply_to(&query);
    reply.questions.clear();
    reply.header.rcode = Rcode::FORMERR;
    assert!(is_reply(&query, &reply));
    reply.header.rcode = Rcode::NXDOMAIN;
    assert!(!is_reply(&query, &reply));
    // A check that rejects the packet has read it.
    reply.header.rcode = Rcode::SERVFAIL;
    reply.answers = vec!["yahoo.com. 60 A 192.0.2.66".parse().unwrap()];
    assert!(!is_reply(&query, &reply));
}

/// "No reply" would be half the truth.
#[tokio::test(start_paused = true)]
async fn what_was_passed_over_is_told_at_the_end() {
    let lab = Lab::internet();
    let trailing = replies().edited_octets(|octets| octets.push(0)).after_ms(2);
    lab.script(
        RESOLVER,
        Via::Udp,
        [repeat(replies().with_wrong_id().after_ms(1).and(trailing))],
    );
    let error = ask(&lab).await.unwrap_err();
    insta::assert_snapshot!(error, @"no reply from 192.0.2.53:53 over UDP: tried 3 times, 1s each; messages that came and were not the reply: 6, the last because: message at octet 123: octets left after the last section: 1");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_always_ends_early_is_told_in_a_sentence() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Tcp, [repeat(closes())]);
    let query = query("yahoo.com", RecordType::A);
    let error = exchange(&lab, RESOLVER, &query, Via::Tcp, PATIENCE)
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"cannot talk to 192.0.2.53:53 over TCP: it closed the connection before its reply was complete");
}

#[test]
fn an_address_comes_with_or_without_a_port() {
    for (text, expected) in [
        ("192.0.2.1", "192.0.2.1:53"),
        ("192.0.2.1:2053", "192.0.2.1:2053"),
        ("2001:db8::1", "[2001:db8::1]:53"),
        ("[2001:db8::1]", "[2001:db8::1]:53"),
        ("[2001:db8::1]:2053", "[2001:db8::1]:2053"),
    ] {
        assert_eq!(
            transport::address::parse(text).unwrap().to_string(),
            expected
        );
    }
}

#[test]
fn what_is_no_address_is_told_what_would_be() {
    for text in [
        "",
        "dns.google",
        "192.0.2.1:",
        "192.0.2.1:70000",
        "192.0.2.256",
        "192.0.2.1:0",
        "[192.0.2.1]",
        "[[192.0.2.1",
        "192.0.2.1]",
        "[::1",
    ] {
        assert!(
            transport::address::parse(text).is_err(),
            "{text} was taken for an address"
        );
    }
}
