//! Tests of lesson 2: a query gets its own reply, and no other message ends the wait.
//!
//! Tests with `start_paused` run in the lab, where waiting takes no time. The tests over real
//! sockets are in `sockets/mod.rs`.
#![cfg(test)]

mod malformed;
#[path = "sockets/mod.rs"]
mod sockets;

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, RecordType};
use lab::{Lab, RESOLVER, closed_port, closes, echo, no_reply, octets, repeat, replies};
use network::Via;
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, exchange, reply_matches};

/// Three tries of one second.
const POLICY: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(1),
    tcp_timeout: Duration::from_secs(1),
    tries: 3,
};

fn query(name: &str, rtype: RecordType) -> DnsPacket {
    let mut query = DnsPacket::query(0x1234, name.parse().unwrap(), rtype);
    query.header.rd = true;
    query
}

/// Queries the lab's resolver for the address of yahoo.com.
async fn query_yahoo(lab: &Lab) -> Result<Reply, ExchangeError> {
    exchange(
        lab,
        RESOLVER,
        &query("yahoo.com", RecordType::A),
        Via::Udp,
        POLICY,
    )
    .await
}

#[tokio::test(start_paused = true)]
async fn a_query_gets_its_reply() {
    let lab = Lab::internet();
    let reply = query_yahoo(&lab).await.unwrap();
    assert_eq!((reply.packet.header.id, reply.via), (0x1234, Via::Udp));
    assert_eq!(
        DnsPacket::parse(&reply.octets).unwrap(),
        reply.packet,
        "octets and packet are the same message"
    );
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_reply_with_a_wrong_id_is_discarded() {
    let lab = Lab::internet();
    lab.script(
        RESOLVER,
        Via::Udp,
        [replies()
            .with_wrong_id()
            .after_ms(2)
            .and(replies().after_ms(5))],
    );
    assert_eq!(query_yahoo(&lab).await.unwrap().packet.header.id, 0x1234);
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_reply_with_a_wrong_question_is_discarded() {
    let lab = Lab::internet();
    lab.script(
        RESOLVER,
        Via::Udp,
        [replies()
            .with_wrong_question()
            .after_ms(2)
            .and(replies().after_ms(5))],
    );
    let reply = query_yahoo(&lab).await.unwrap();
    assert_eq!(
        reply.packet.questions[0].qname,
        "yahoo.com".parse().unwrap()
    );
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn an_echoed_query_is_no_reply() {
    let lab = Lab::internet();
    lab.script(
        RESOLVER,
        Via::Udp,
        [echo().after_ms(2).and(replies().after_ms(5))],
    );
    assert!(
        query_yahoo(&lab).await.unwrap().packet.header.qr,
        "the response has QR set"
    );
}

#[tokio::test(start_paused = true)]
async fn garbage_is_discarded() {
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
    assert_eq!(
        query_yahoo(&lab).await.unwrap().packet.header.rcode,
        Rcode::NOERROR
    );
    assert_eq!(
        lab.queries().len(),
        1,
        "garbage is no reason for another query"
    );
}

#[tokio::test(start_paused = true)]
async fn a_query_is_sent_again_after_a_timeout() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [no_reply(), no_reply()]);
    query_yahoo(&lab).await.unwrap();
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_reply_after_the_timeout_is_not_received() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [replies().after_ms(1_500)]);
    query_yahoo(&lab).await.unwrap();
    insta::assert_snapshot!(lab.trace());
}

#[tokio::test(start_paused = true)]
async fn the_number_of_tries_is_limited() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(no_reply())]);
    let start = Instant::now();
    let error = query_yahoo(&lab).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 3, "three tries of a second each");
    insta::assert_snapshot!(error, @"no reply from 192.0.2.53:53 over UDP: tried 3 times, 1s each");
}

/// If each discarded message restarted the timeout, one packet a second would keep the client
/// waiting without end.
#[tokio::test(start_paused = true)]
async fn discarded_messages_do_not_extend_the_timeout() {
    let lab = Lab::internet();
    let discarded = (1..20).fold(no_reply(), |all, n| {
        all.and(replies().with_wrong_id().after_ms(n * 300))
    });
    lab.script(RESOLVER, Via::Udp, [repeat(discarded)]);
    let start = Instant::now();
    assert!(matches!(
        query_yahoo(&lab).await,
        Err(ExchangeError::Timeout { tries: 3, .. })
    ));
    assert_eq!(start.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_truncated_reply_is_followed_by_a_query_over_tcp() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [replies().truncated()]);
    let reply = query_yahoo(&lab).await.unwrap();
    assert!(reply.via == Via::Tcp && !reply.packet.header.tc && !reply.packet.answers.is_empty());
    insta::assert_snapshot!(lab.trace());
}

/// After TCP there is no further transport to turn to.
#[tokio::test(start_paused = true)]
async fn a_truncated_reply_over_tcp_is_returned() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(replies().truncated())]);
    lab.script(RESOLVER, Via::Tcp, [repeat(replies().truncated())]);
    assert!(query_yahoo(&lab).await.unwrap().packet.header.tc);
    assert_eq!(lab.queries().len(), 2, "once over UDP, once over TCP");

    let query = query("yahoo.com", RecordType::A);
    exchange(&lab, RESOLVER, &query, Via::Tcp, POLICY)
        .await
        .unwrap();
    assert_eq!(
        lab.queries().len(),
        3,
        "a query over TCP from the start is sent once"
    );
}

#[tokio::test(start_paused = true)]
async fn a_closed_port_is_unreachable() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(closed_port())]);
    let error = query_yahoo(&lab).await.unwrap_err().to_string();
    assert!(
        error.starts_with("cannot reach 192.0.2.53:53 over UDP: "),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_query_is_sent_again_after_a_closed_connection() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Tcp, [closes()]);
    let query = query("yahoo.com", RecordType::A);
    let reply = exchange(&lab, RESOLVER, &query, Via::Tcp, POLICY)
        .await
        .unwrap();
    assert_eq!(reply.packet.header.rcode, Rcode::NOERROR);
}

#[tokio::test(start_paused = true)]
async fn a_query_to_an_unused_address_times_out() {
    let unused: SocketAddr = "203.0.113.99:53".parse().unwrap();
    for via in [Via::Udp, Via::Tcp] {
        let error = exchange(
            &Lab::internet(),
            unused,
            &query(".", RecordType::NS),
            via,
            POLICY,
        )
        .await;
        assert!(
            matches!(error, Err(ExchangeError::Timeout { .. })),
            "over {via}: {error:?}"
        );
    }
}

#[test]
fn a_reply_matches_in_every_field() {
    let query = query("yahoo.com", RecordType::A);
    let reply = DnsPacket::reply_to(&query);
    let matches_after = |change: fn(&mut DnsPacket)| {
        let mut packet = reply.clone();
        change(&mut packet);
        reply_matches(&query, &packet)
    };
    assert!(matches_after(|_| {}), "the reply itself");
    assert!(
        matches_after(|p| p.questions[0].qname = "YAHOO.com".parse().unwrap()),
        "names match without regard to case"
    );
    assert!(!matches_after(|p| p.header.qr = false), "QR is not set");
    assert!(!matches_after(|p| p.header.id ^= 0x100), "the id differs");
    assert!(
        !matches_after(|p| p.header.opcode = dnsparse::Opcode::NOTIFY),
        "the opcode differs"
    );
    assert!(
        !matches_after(|p| p.questions[0].qname = "yahoo.net".parse().unwrap()),
        "the name differs"
    );
    assert!(
        !matches_after(|p| p.questions[0].qtype = RecordType::AAAA),
        "the type differs"
    );
    assert!(
        !matches_after(|p| p.questions[0].qclass = dnsparse::Class::CH),
        "the class differs"
    );
    assert!(
        !matches_after(|p| p.questions.push(p.questions[0].clone())),
        "the reply has the question twice"
    );
    assert!(
        !matches_after(|p| p.questions.clear()),
        "the question is missing from an answer"
    );
}

#[test]
fn only_an_error_may_lack_the_question() {
    let query = query("yahoo.com", RecordType::A);
    let mut reply = DnsPacket::reply_to(&query);
    reply.questions.clear();
    reply.header.rcode = Rcode::FORMERR;
    assert!(reply_matches(&query, &reply));
    reply.header.rcode = Rcode::NXDOMAIN;
    assert!(!reply_matches(&query, &reply));
    // A reply with records answers a question, so it has to have one.
    reply.header.rcode = Rcode::SERVFAIL;
    reply.answers = vec!["yahoo.com. 60 A 192.0.2.66".parse().unwrap()];
    assert!(!reply_matches(&query, &reply));
}

/// "No reply" alone would not help to find the fault.
#[tokio::test(start_paused = true)]
async fn a_timeout_reports_the_discarded_messages() {
    let lab = Lab::internet();
    let trailing = replies().edited_octets(|octets| octets.push(0)).after_ms(2);
    lab.script(
        RESOLVER,
        Via::Udp,
        [repeat(replies().with_wrong_id().after_ms(1).and(trailing))],
    );
    let error = query_yahoo(&lab).await.unwrap_err();
    insta::assert_snapshot!(error, @"no reply from 192.0.2.53:53 over UDP: tried 3 times, 1s each; messages discarded: 6, the last one because: message at octet 123: octets left after the last section: 1");
}

#[tokio::test(start_paused = true)]
async fn a_connection_closed_in_each_try_is_unreachable() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Tcp, [repeat(closes())]);
    let query = query("yahoo.com", RecordType::A);
    let error = exchange(&lab, RESOLVER, &query, Via::Tcp, POLICY)
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"cannot reach 192.0.2.53:53 over TCP: the server closed the connection before its reply was complete");
}

#[test]
fn an_address_may_have_a_port() {
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
fn text_that_is_no_address_is_an_error() {
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
