//! Tests of lesson 2: a query gets its own reply, and no other message ends the wait.
//!
//! Tests with `start_paused` run in the lab, where waiting takes no time: their text is the lab's
//! trace, and the result of the exchange below it. Beside this file: which messages match
//! (`matching`), truncated, damaged and malformed replies, and the tests over real `sockets`.
#![cfg(test)]

mod damaged;
mod malformed;
mod matching;
#[path = "sockets/mod.rs"]
mod sockets;
mod truncation;

use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};
use lab::{
    Lab, RESOLVER, Reaction, closed_port, closes, echo, never_opens, no_reply, octets, repeat,
    replies,
};
use network::Via;
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, exchange};

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

/// Returns the result of an exchange as text.
fn described(result: &Result<Reply, ExchangeError>) -> String {
    let Reply {
        packet,
        octets,
        via,
        ..
    } = match result {
        Ok(reply) => reply,
        Err(error) => return format!("error: {error}"),
    };
    let rcode = packet.header.rcode;
    let question = match packet.question() {
        Some(question) => format!("{} {}", question.qname, question.qtype),
        None => format!("{} questions", packet.questions.len()),
    };
    let kind = match (packet.header.qr, packet.header.tc) {
        (false, _) => "query (QR is clear)",
        (true, true) => "truncated reply",
        (true, false) => "reply",
    };
    let (id, answers) = (packet.header.id, packet.answers.len());
    let other = match DnsPacket::parse(octets).as_ref() == Ok(packet) {
        true => "",
        false => "; its octets are another message",
    };
    format!("{kind} over {via}, id {id:#06x}: {rcode}, {question}, answers: {answers}{other}")
}

/// Queries the lab's resolver for the address of yahoo.com, and describes the result.
async fn result_in(lab: &Lab, via: Via, policy: RetryPolicy) -> String {
    let query = query("yahoo.com", RecordType::A);
    described(&exchange(lab, RESOLVER, &query, via, policy).await)
}

/// Describes an exchange as `result_in` does, with the lab's trace before it and the time that it
/// took.
async fn trace_in(lab: &Lab, via: Via, policy: RetryPolicy) -> String {
    let start = Instant::now();
    let result = result_in(lab, via, policy).await;
    let ms = start.elapsed().as_millis();
    format!("{}after {ms} ms: {result}", lab.trace())
}

/// Returns what happens if the resolver reacts in this way to the first messages over UDP.
async fn trace_of(reactions: impl IntoIterator<Item = Reaction>) -> String {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, reactions);
    trace_in(&lab, Via::Udp, POLICY).await
}

#[tokio::test(start_paused = true)]
async fn a_query_gets_its_reply() {
    insta::assert_snapshot!(trace_of([]).await);
}

#[tokio::test(start_paused = true)]
async fn a_reply_with_a_wrong_id_is_discarded() {
    let both = replies()
        .with_wrong_id()
        .after_ms(2)
        .and(replies().after_ms(5));
    insta::assert_snapshot!(trace_of([both]).await);
}

#[tokio::test(start_paused = true)]
async fn a_reply_with_a_wrong_question_is_discarded() {
    let both = replies()
        .with_wrong_question()
        .after_ms(2)
        .and(replies().after_ms(5));
    insta::assert_snapshot!(trace_of([both]).await);
}

#[tokio::test(start_paused = true)]
async fn an_echoed_query_is_no_reply() {
    let both = echo().after_ms(2).and(replies().after_ms(5));
    insta::assert_snapshot!(trace_of([both]).await);
}

#[tokio::test(start_paused = true)]
async fn garbage_is_discarded() {
    let garbage = octets(b"\x12\x34\xff\xff\x00")
        .after_ms(1)
        .and(octets(b"").after_ms(2))
        .and(replies().cut_to(20).after_ms(3));
    insta::assert_snapshot!(trace_of([garbage.and(replies().after_ms(5))]).await);
}

/// An attacker can send thousands of messages: a limit on their number would be another way to end
/// the wait.
#[tokio::test(start_paused = true)]
async fn any_number_of_messages_may_come_before_the_reply() {
    let lab = Lab::internet();
    let wrong = (1..=500).fold(no_reply(), |all, _| {
        all.and(replies().with_wrong_id().after_ms(2))
    });
    lab.script(RESOLVER, Via::Udp, [wrong.and(replies().after_ms(5))]);
    let result = result_in(&lab, Via::Udp, POLICY).await;
    insta::assert_snapshot!(format!("queries sent: {}\n{result}", lab.queries().len()), @r"
    queries sent: 1
    reply over UDP, id 0x1234: NOERROR, yahoo.com. A, answers: 6
    ");
}

#[tokio::test(start_paused = true)]
async fn a_query_is_sent_again_after_a_timeout() {
    insta::assert_snapshot!(trace_of([no_reply(), no_reply()]).await);
}

#[tokio::test(start_paused = true)]
async fn a_reply_after_the_timeout_is_not_received() {
    insta::assert_snapshot!(trace_of([replies().after_ms(1_500)]).await);
}

/// A number of 0 tries counts as one.
#[tokio::test(start_paused = true)]
async fn the_number_of_tries_is_limited() {
    let mut lines = String::new();
    for tries in [0, 1, 2, 3] {
        let lab = Lab::internet();
        lab.script(RESOLVER, Via::Udp, [repeat(no_reply())]);
        let result = result_in(&lab, Via::Udp, RetryPolicy { tries, ..POLICY }).await;
        let sent = lab.queries().len();
        lines.push_str(&format!("tries {tries}, queries sent {sent}: {result}\n"));
    }
    insta::assert_snapshot!(lines, @r"
    tries 0, queries sent 1: error: no reply from 192.0.2.53:53 over UDP: tried 1 times, 1s each
    tries 1, queries sent 1: error: no reply from 192.0.2.53:53 over UDP: tried 1 times, 1s each
    tries 2, queries sent 2: error: no reply from 192.0.2.53:53 over UDP: tried 2 times, 1s each
    tries 3, queries sent 3: error: no reply from 192.0.2.53:53 over UDP: tried 3 times, 1s each
    ");
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
    let result = result_in(&lab, Via::Udp, POLICY).await;
    let sent: String = (lab.queries().iter())
        .map(|query| format!("{:5} ms  query sent\n", query.at.as_millis()))
        .collect();
    let ms = start.elapsed().as_millis();
    let (result, _) = result.split_once("; messages").unwrap_or((&result, ""));
    insta::assert_snapshot!(format!("{sent}{ms:5} ms  {result}"), @r"
        0 ms  query sent
     1000 ms  query sent
     2000 ms  query sent
     3000 ms  error: no reply from 192.0.2.53:53 over UDP: tried 3 times, 1s each
    ");
}

#[tokio::test(start_paused = true)]
async fn a_closed_port_is_unreachable() {
    insta::assert_snapshot!(trace_of([repeat(closed_port())]).await);
}

/// The server may be a moment away from its restart. There is no reason to wait before the next
/// try.
#[tokio::test(start_paused = true)]
async fn a_query_is_sent_again_after_a_closed_connection() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Tcp, [closes()]);
    insta::assert_snapshot!(trace_in(&lab, Via::Tcp, POLICY).await);
}

#[tokio::test(start_paused = true)]
async fn a_query_is_sent_again_after_a_closed_port() {
    insta::assert_snapshot!(trace_of([closed_port()]).await);
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_is_the_error() {
    let lines = [
        (
            "closed port, then no reply",
            Via::Udp,
            [closed_port(), no_reply()],
        ),
        (
            "no reply, then closed port",
            Via::Udp,
            [no_reply(), closed_port()],
        ),
        (
            "closed connection, then no reply",
            Via::Tcp,
            [closes(), no_reply()],
        ),
        (
            "closed port, then closed connection",
            Via::Tcp,
            [closed_port(), closes()],
        ),
        (
            "closed connection, then closed port",
            Via::Tcp,
            [closes(), closed_port()],
        ),
    ];
    let mut text = String::new();
    for (case, via, reactions) in lines {
        let lab = Lab::internet();
        lab.script(RESOLVER, via, reactions);
        let result = result_in(&lab, via, RetryPolicy { tries: 2, ..POLICY }).await;
        text.push_str(&format!("{case}: {result}\n"));
    }
    insta::assert_snapshot!(text, @r"
    closed port, then no reply: error: no reply from 192.0.2.53:53 over UDP: tried 2 times, 1s each
    no reply, then closed port: error: cannot reach 192.0.2.53:53 over UDP: connection refused
    closed connection, then no reply: error: no reply from 192.0.2.53:53 over TCP: tried 2 times, 1s each
    closed port, then closed connection: error: cannot reach 192.0.2.53:53 over TCP: the server closed the connection before its reply was complete
    closed connection, then closed port: error: cannot reach 192.0.2.53:53 over TCP: connection refused
    ");
}

#[tokio::test(start_paused = true)]
async fn each_transport_has_a_timeout_of_its_own() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(no_reply())]);
    lab.script(RESOLVER, Via::Tcp, [repeat(never_opens())]);
    let policy = RetryPolicy {
        timeout: Duration::from_secs(1),
        tcp_timeout: Duration::from_secs(4),
        tries: 2,
    };
    let mut lines = String::new();
    for via in [Via::Udp, Via::Tcp] {
        let start = Instant::now();
        let result = result_in(&lab, via, policy).await;
        let ms = start.elapsed().as_millis();
        lines.push_str(&format!("{via}, after {ms} ms: {result}\n"));
    }
    insta::assert_snapshot!(lines, @r"
    UDP, after 2000 ms: error: no reply from 192.0.2.53:53 over UDP: tried 2 times, 1s each
    TCP, after 8000 ms: error: no reply from 192.0.2.53:53 over TCP: tried 2 times, 4s each
    ");
}

#[tokio::test(start_paused = true)]
async fn a_query_to_an_unused_address_times_out() {
    let mut lines = String::new();
    for via in [Via::Udp, Via::Tcp] {
        let query = query(".", RecordType::NS);
        let unused = "203.0.113.99:53".parse().unwrap();
        let result = exchange(&Lab::internet(), unused, &query, via, POLICY).await;
        lines.push_str(&format!("{}\n", described(&result)));
    }
    insta::assert_snapshot!(lines, @r"
    error: no reply from 203.0.113.99:53 over UDP: tried 3 times, 1s each
    error: no reply from 203.0.113.99:53 over TCP: tried 3 times, 1s each
    ");
}

/// "No reply" alone would not help to find the fault.
#[tokio::test(start_paused = true)]
async fn a_timeout_reports_the_discarded_messages() {
    let lab = Lab::internet();
    let cut = replies()
        .edited_octets(|octets| octets.truncate(octets.len() - 1))
        .after_ms(2);
    lab.script(
        RESOLVER,
        Via::Udp,
        [repeat(replies().with_wrong_id().after_ms(1).and(cut))],
    );
    let result = result_in(&lab, Via::Udp, POLICY).await;
    insta::assert_snapshot!(result.replace("; ", "\n"), @r"
    error: no reply from 192.0.2.53:53 over UDP: tried 3 times, 1s each
    messages discarded: 6, the last one because: answer[5].rdata at octet 119: the message ends within this field
    ");
}

#[tokio::test(start_paused = true)]
async fn a_connection_closed_in_each_try_is_unreachable() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Tcp, [repeat(closes())]);
    let result = result_in(&lab, Via::Tcp, POLICY).await;
    insta::assert_snapshot!(result, @"error: cannot reach 192.0.2.53:53 over TCP: the server closed the connection before its reply was complete");
}

/// Returns how each text is parsed as an address, a line each.
fn addresses(texts: &[&str]) -> String {
    let line = |text: &&str| match transport::address::parse(text) {
        Ok(address) => format!("'{text}' is {address}\n"),
        Err(_) => format!("'{text}' is an error\n"),
    };
    texts.iter().map(line).collect()
}

#[test]
fn an_address_may_have_a_port() {
    insta::assert_snapshot!(addresses(&[
        "192.0.2.1",
        "192.0.2.1:2053",
        "2001:db8::1",
        "[2001:db8::1]",
        "[2001:db8::1]:2053",
    ]), @r"
    '192.0.2.1' is 192.0.2.1:53
    '192.0.2.1:2053' is 192.0.2.1:2053
    '2001:db8::1' is [2001:db8::1]:53
    '[2001:db8::1]' is [2001:db8::1]:53
    '[2001:db8::1]:2053' is [2001:db8::1]:2053
    ");
}

#[test]
fn text_that_is_no_address_is_an_error() {
    insta::assert_snapshot!(addresses(&[
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
    ]), @r"
    '' is an error
    'dns.google' is an error
    '192.0.2.1:' is an error
    '192.0.2.1:70000' is an error
    '192.0.2.256' is an error
    '192.0.2.1:0' is an error
    '[192.0.2.1]' is an error
    '[[192.0.2.1' is an error
    '192.0.2.1]' is an error
    '[::1' is an error
    ");
}
