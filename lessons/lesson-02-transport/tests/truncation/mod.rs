//! Truncated replies (TC): the query is sent again over TCP.

use dnsparse::Rcode;
use lab::{Lab, RESOLVER, closes, repeat, replies};
use network::Via;

use crate::{POLICY, result_in, trace_in, trace_of};

#[tokio::test(start_paused = true)]
async fn a_truncated_reply_is_followed_by_a_query_over_tcp() {
    insta::assert_snapshot!(trace_of([replies().truncated()]).await, @r"
        0 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
       10 ms      ← truncated
       10 ms  TCP → 192.0.2.53 the resolver               connect
       20 ms  TCP → 192.0.2.53 the resolver               yahoo.com. A
       30 ms      ← answer: 6 A
    after 30 ms: reply over TCP, id 0x1234: NOERROR, yahoo.com. A, answers: 6
    ");
}

/// Some servers send the records that fit. The others are missing, whatever the RCODE.
#[tokio::test(start_paused = true)]
async fn a_truncated_reply_is_never_the_result() {
    let with_answers = replies().edited(|packet| packet.header.tc = true);
    let nxdomain = replies().edited(|packet| {
        packet.header.tc = true;
        packet.header.rcode = Rcode::NXDOMAIN;
        packet.answers.clear();
    });
    let mut lines = String::new();
    for (case, reaction) in [
        ("TC, without records", replies().truncated()),
        ("TC, with records", with_answers),
        ("TC, with NXDOMAIN", nxdomain),
    ] {
        let lab = Lab::internet();
        lab.script(RESOLVER, Via::Udp, [reaction]);
        let result = result_in(&lab, Via::Udp, POLICY).await;
        lines.push_str(&format!("{case}: {result}\n"));
    }
    insta::assert_snapshot!(lines, @r"
    TC, without records: reply over TCP, id 0x1234: NOERROR, yahoo.com. A, answers: 6
    TC, with records: reply over TCP, id 0x1234: NOERROR, yahoo.com. A, answers: 6
    TC, with NXDOMAIN: reply over TCP, id 0x1234: NOERROR, yahoo.com. A, answers: 6
    ");
}

/// The truncated reply is unusable if TCP fails, and TCP has as many tries as UDP.
#[tokio::test(start_paused = true)]
async fn if_tcp_fails_after_a_truncated_reply_the_result_is_an_error() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(replies().truncated())]);
    lab.script(RESOLVER, Via::Tcp, [repeat(closes())]);
    insta::assert_snapshot!(trace_in(&lab, Via::Udp, POLICY).await, @r"
        0 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
       10 ms      ← truncated
       10 ms  TCP → 192.0.2.53 the resolver               connect
       20 ms  TCP → 192.0.2.53 the resolver               yahoo.com. A
       30 ms      × unexpected end of file
       30 ms  TCP → 192.0.2.53 the resolver               connect
       40 ms  TCP → 192.0.2.53 the resolver               yahoo.com. A
       50 ms      × unexpected end of file
       50 ms  TCP → 192.0.2.53 the resolver               connect
       60 ms  TCP → 192.0.2.53 the resolver               yahoo.com. A
       70 ms      × unexpected end of file
    after 70 ms: error: cannot reach 192.0.2.53:53 over TCP: the server closed the connection before its reply was complete
    ");
}

/// After TCP there is no further transport to turn to.
#[tokio::test(start_paused = true)]
async fn a_truncated_reply_over_tcp_is_returned() {
    let mut lines = String::new();
    for via in [Via::Udp, Via::Tcp] {
        let lab = Lab::internet();
        lab.script(RESOLVER, Via::Udp, [repeat(replies().truncated())]);
        lab.script(RESOLVER, Via::Tcp, [repeat(replies().truncated())]);
        let result = result_in(&lab, via, POLICY).await;
        let sent: Vec<_> = (lab.queries().iter())
            .map(|query| query.via.to_string())
            .collect();
        let sent = sent.join(", ");
        lines.push_str(&format!("{via} at first, sent over {sent}: {result}\n"));
    }
    insta::assert_snapshot!(lines, @r"
    UDP at first, sent over UDP, TCP: truncated reply over TCP, id 0x1234: NOERROR, yahoo.com. A, answers: 0
    TCP at first, sent over TCP: truncated reply over TCP, id 0x1234: NOERROR, yahoo.com. A, answers: 0
    ");
}
