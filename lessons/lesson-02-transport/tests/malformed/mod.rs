//! Replies with malformed records; and the timeout of TCP.

use std::time::Duration;

use dnsparse::{DnsPacket, Rdata, Record, RecordType};
use lab::{Lab, RESOLVER, Reaction, repeat, replies};
use network::Via;
use transport::{RetryPolicy, exchange};

use crate::{POLICY, described, query, trace_in};

/// Sends the reply with an MX record that ends within its preference, in place of the last answer.
fn malformed() -> Reaction {
    replies().edited(|reply| {
        reply.answers.pop();
        reply.answers.push(raw(RecordType::MX, &[0]));
    })
}

fn raw(rtype: RecordType, octets: &[u8]) -> Record {
    let octets = octets.to_vec();
    let rdata = Rdata::Unknown { rtype, octets };
    Record::new("yahoo.com".parse().unwrap(), 60, rdata)
}

/// Describes an exchange as `result_in` does, with the number of malformed records in the reply.
async fn result_in(lab: &Lab, policy: RetryPolicy) -> String {
    let query = query("yahoo.com", RecordType::MX);
    let result = exchange(lab, RESOLVER, &query, Via::Udp, policy).await;
    let records = result.iter().flat_map(|reply| reply.packet.records());
    let malformed = records.filter(|record| matches!(record.rdata, Rdata::Malformed { .. }));
    let malformed = malformed.count();
    format!(
        "{}{}, malformed records: {malformed}",
        lab.trace(),
        described(&result)
    )
}

/// The reply may be damaged, or a forgery that is not quite right: the true one may be a moment
/// behind it.
#[tokio::test(start_paused = true)]
async fn a_reply_with_a_malformed_answer_is_held_back_for_a_better_one() {
    let lab = Lab::internet();
    let both = malformed().after_ms(2).and(replies().after_ms(500));
    lab.script(RESOLVER, Via::Udp, [both]);
    insta::assert_snapshot!(result_in(&lab, POLICY).await, @r"
        0 ms  UDP → 192.0.2.53 the resolver               yahoo.com. MX
        2 ms      ← answer: 3 MX
      500 ms      ← answer: 3 MX
    reply over UDP, id 0x1234: NOERROR, yahoo.com. MX, answers: 3, malformed records: 0
    ");
}

/// The timeout of one try passes, and no other query is sent.
#[tokio::test(start_paused = true)]
async fn a_reply_with_a_malformed_answer_is_returned_if_no_better_one_arrives() {
    for tries in [1, 3] {
        let lab = Lab::internet();
        lab.script(RESOLVER, Via::Udp, [repeat(malformed())]);
        let start = tokio::time::Instant::now();
        let result = result_in(&lab, RetryPolicy { tries, ..POLICY }).await;
        let ms = start.elapsed().as_millis();
        insta::allow_duplicates! {
            insta::assert_snapshot!(format!("{result}, after {ms} ms"), @r"
                0 ms  UDP → 192.0.2.53 the resolver               yahoo.com. MX
               10 ms      ← answer: 3 MX
            reply over UDP, id 0x1234: NOERROR, yahoo.com. MX, answers: 3, malformed records: 1, after 1000 ms
            ");
        }
    }
}

type Edit = fn(&mut DnsPacket);

/// RDATA of a type without compressed names can be passed on unread (RFC 3597 section 3), and that
/// of other sections is not part of the answer: no better reply is needed.
#[tokio::test(start_paused = true)]
async fn other_malformed_records_do_not_delay_a_reply() {
    let edits: &[(&str, Edit)] = &[
        ("a TXT record without a string", |reply| {
            reply.answers.push(raw(RecordType::TXT, &[]));
        }),
        ("CAA with a tag that is too long", |reply| {
            reply.answers.push(raw(RecordType::CAA, &[0, 255, b'i']));
        }),
        ("NSEC with an empty window", |reply| {
            reply.authorities.push(raw(RecordType::NSEC, &[0, 0, 0]));
        }),
        ("an empty SOA record in the authority section", |reply| {
            reply.authorities.push(raw(RecordType::SOA, &[]));
        }),
        ("half an MX record in the additional section", |reply| {
            reply.additionals.push(raw(RecordType::MX, &[0]));
        }),
    ];
    for (fault, edit) in edits {
        let lab = Lab::internet();
        lab.script(RESOLVER, Via::Udp, [replies().edited(*edit).after_ms(7)]);
        let start = tokio::time::Instant::now();
        let result = result_in(&lab, POLICY).await;
        let is_whole = result.ends_with("malformed records: 1");
        let took = start.elapsed().as_millis();
        assert!(is_whole && took == 7, "{fault}, after {took} ms:\n{result}");
    }
}

/// The time of a reply that was held back says nothing about its server (lesson 11 needs to know).
/// Nothing holds back a reply over TCP, or a truncated one: the query is repeated at once.
#[tokio::test(start_paused = true)]
async fn a_reply_that_was_held_back_says_so() {
    // TC is a bit of the third octet.
    let truncated = malformed().edited_octets(|octets| octets[2] |= 0x02);
    let mut lines = String::new();
    for (sent, over_udp, over_tcp) in [
        ("malformed", malformed(), replies()),
        ("whole", replies(), replies()),
        (
            "truncated, then malformed",
            replies().truncated(),
            malformed(),
        ),
        ("truncated and malformed, then whole", truncated, replies()),
    ] {
        let lab = Lab::internet();
        lab.script(RESOLVER, Via::Udp, [over_udp]);
        lab.script(RESOLVER, Via::Tcp, [over_tcp]);
        let start = tokio::time::Instant::now();
        let query = query("yahoo.com", RecordType::MX);
        let result = exchange(&lab, RESOLVER, &query, Via::Udp, POLICY).await;
        let (was_held, ms) = (
            result.as_ref().map(|reply| reply.was_held()),
            start.elapsed().as_millis(),
        );
        let word = match was_held {
            Ok(true) => "held back",
            Ok(false) => "not held back",
            Err(_) => "no reply",
        };
        lines += &format!("{sent}: {word}, after {ms} ms\n");
    }
    insta::assert_snapshot!(lines, @r"
    malformed: held back, after 1000 ms
    whole: not held back, after 10 ms
    truncated, then malformed: not held back, after 30 ms
    truncated and malformed, then whole: not held back, after 30 ms
    ");
}

#[tokio::test(start_paused = true)]
async fn tcp_has_a_timeout_of_its_own() {
    let lab = Lab::internet();
    lab.set_latency(RESOLVER, 150);
    lab.script(RESOLVER, Via::Udp, [replies().truncated()]);
    // A connection and a reply take 300 ms.
    let policy = RetryPolicy {
        timeout: Duration::from_millis(200),
        ..POLICY
    };
    insta::assert_snapshot!(trace_in(&lab, Via::Udp, policy).await, @r"
        0 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
      150 ms      ← truncated
      150 ms  TCP → 192.0.2.53 the resolver               connect
      300 ms  TCP → 192.0.2.53 the resolver               yahoo.com. A
      450 ms      ← answer: 6 A
    after 450 ms: reply over TCP, id 0x1234: NOERROR, yahoo.com. A, answers: 6
    ");
}
