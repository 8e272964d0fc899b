//! Replies with a malformed record; and the timeout of TCP.

use std::time::Duration;

use dnsparse::{Rdata, RecordType};
use lab::{Lab, RESOLVER, Reaction, repeat, replies};
use network::Via;
use transport::{RetryPolicy, exchange};

use crate::{POLICY, described, query, trace_in};

/// Sends the reply with its last A record one octet too short.
fn malformed() -> Reaction {
    replies().edited_octets(|octets| {
        let rdlength = octets.len() - 5;
        octets[rdlength] = 3;
        octets.pop();
    })
}

/// As `result_in`, with the number of malformed records in the reply.
async fn result_in(lab: &Lab, policy: RetryPolicy) -> String {
    let query = query("yahoo.com", RecordType::A);
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
async fn a_reply_with_a_malformed_record_is_held_back_for_a_better_one() {
    let lab = Lab::internet();
    let both = malformed().after_ms(2).and(replies().after_ms(500));
    lab.script(RESOLVER, Via::Udp, [both]);
    insta::assert_snapshot!(result_in(&lab, POLICY).await, @r"
        0 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
        2 ms      ← answer: 6 A
      500 ms      ← answer: 6 A
    reply over UDP, id 0x1234: NOERROR, yahoo.com. A, answers: 6, malformed records: 0
    ");
}

/// The timeout of one try passes, and no other query is sent.
#[tokio::test(start_paused = true)]
async fn a_reply_with_a_malformed_record_is_returned_if_no_better_one_arrives() {
    for tries in [1, 3] {
        let lab = Lab::internet();
        lab.script(RESOLVER, Via::Udp, [repeat(malformed())]);
        let start = tokio::time::Instant::now();
        let result = result_in(&lab, RetryPolicy { tries, ..POLICY }).await;
        let ms = start.elapsed().as_millis();
        insta::allow_duplicates! {
            insta::assert_snapshot!(format!("{result}, after {ms} ms"), @r"
                0 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
               10 ms      ← answer: 6 A
            reply over UDP, id 0x1234: NOERROR, yahoo.com. A, answers: 6, malformed records: 1, after 1000 ms
            ");
        }
    }
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
