//! Replies with a malformed record; and the timeout of TCP.

use std::time::Duration;

use dnsparse::{Rdata, RecordType};
use lab::{Lab, RESOLVER, Reaction, repeat, replies};
use network::Via;
use tokio::time::Instant;
use transport::{Reply, RetryPolicy, exchange};

use crate::{POLICY, query, query_yahoo};

/// Sends the reply with its last A record one octet too short.
fn malformed() -> Reaction {
    replies().edited_octets(|octets| {
        let rdlength = octets.len() - 5;
        octets[rdlength] = 3;
        octets.pop();
    })
}

fn has_malformed_record(reply: &Reply) -> bool {
    let mut records = reply.packet.records();
    records.any(|record| matches!(record.rdata, Rdata::Malformed { .. }))
}

/// The reply may be damaged, or a forgery that is not quite right: the true one may be a moment
/// behind it.
#[tokio::test(start_paused = true)]
async fn a_reply_with_a_malformed_record_is_held_back_for_a_better_one() {
    let lab = Lab::internet();
    let both = malformed().after_ms(2).and(replies().after_ms(500));
    lab.script(RESOLVER, Via::Udp, [both]);
    let reply = query_yahoo(&lab).await.unwrap();
    assert!(!has_malformed_record(&reply), "{:?}", reply.packet);
    assert_eq!(lab.queries().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reply_with_a_malformed_record_is_returned_if_no_better_one_arrives() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(malformed())]);
    for tries in [1, 3] {
        let (before, start) = (lab.queries().len(), Instant::now());
        let query = query("yahoo.com", RecordType::A);
        let policy = RetryPolicy { tries, ..POLICY };
        let reply = exchange(&lab, RESOLVER, &query, Via::Udp, policy).await;
        assert!(has_malformed_record(&reply.unwrap()));
        assert_eq!(start.elapsed().as_secs(), 1, "the timeout of one try");
        assert_eq!(lab.queries().len() - before, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn tcp_has_a_timeout_of_its_own() {
    let lab = Lab::internet();
    lab.set_latency(RESOLVER, 150);
    lab.script(RESOLVER, Via::Udp, [replies().truncated()]);
    let policy = RetryPolicy {
        timeout: Duration::from_millis(200),
        ..POLICY
    };
    let query = query("yahoo.com", RecordType::A);
    let reply = exchange(&lab, RESOLVER, &query, Via::Udp, policy).await;
    assert_eq!(
        reply.unwrap().via,
        Via::Tcp,
        "a connection and a reply: 300 ms"
    );
}
