//! The guard, between lesson 2's exchange and a lab.

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, RecordType};
use lab::{Lab, Reaction, closed_port, repeat, replies};
use network::{Channel, Network, Via};
use spoof::{CaseTable, Settings, SpoofGuard};
use tokio::time::{Instant, advance, timeout};
use transport::{ExchangeError, Reply, RetryPolicy, exchange};

use crate::shop;

const SERVER: &str = "192.0.2.3:53";

fn server() -> SocketAddr {
    SERVER.parse().unwrap()
}

fn guard(lab: &Lab) -> SpoofGuard<Lab> {
    SpoofGuard::seeded(lab.clone(), Settings::default(), 4)
}

fn name(text: &str) -> Name {
    Name::from_labels(text.split('.').collect::<Vec<_>>()).unwrap()
}

/// Queries the server for the A record of a name.
async fn ask(guard: &SpoofGuard<Lab>, text: &str) -> Result<Reply, ExchangeError> {
    let query = DnsPacket::query(0x2a17, name(text), RecordType::A);
    let policy = RetryPolicy {
        tries: 1,
        ..RetryPolicy::default()
    };
    exchange(guard, server(), &query, Via::Udp, policy).await
}

/// Makes the names of the question lower-case, as some servers do.
fn lower_case() -> Reaction {
    repeat(replies().edited(|reply| {
        for question in &mut reply.questions {
            question.qname = question.qname.to_lowercase();
        }
    }))
}

/// Returns the qnames that the server received, as they were written, with the transport.
fn received(lab: &Lab) -> Vec<(Via, String)> {
    let queries = lab.queries().into_iter();
    let text = |query: &lab::LoggedQuery| {
        let packet = query.packet().unwrap();
        (query.via, packet.question().unwrap().qname.to_string())
    };
    queries.map(|query| text(&query)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_server_receives_a_mixed_case_and_the_resolver_its_own() {
    let lab = shop().build().unwrap();
    // As from a server that writes the qname again, instead of a pointer to the question.
    let copied = replies().edited(|reply| {
        let qname = reply.questions[0].qname.clone();
        reply.answers[0].owner = qname;
    });
    lab.script(server(), Via::Udp, [copied]);
    let reply = ask(&guard(&lab), "www.SHOP.example").await.unwrap();
    let sent = received(&lab);
    assert_eq!(sent.len(), 1, "{}", lab.trace());
    assert_ne!(sent[0].1, "www.SHOP.example.", "it was not mixed");
    assert!(sent[0].1.eq_ignore_ascii_case("www.shop.example."));
    let packet = &reply.packet;
    for name in [&packet.questions[0].qname, &packet.answers[0].owner] {
        assert_eq!(name.to_string(), "www.SHOP.example.", "{}", lab.trace());
    }
}

/// No two queries have the same case, except by chance.
#[tokio::test(start_paused = true)]
async fn each_query_has_a_case_of_its_own() {
    let lab = shop().build().unwrap();
    let guard = guard(&lab);
    for _ in 0..8 {
        ask(&guard, "www.shop.example").await.unwrap();
    }
    let mut names: Vec<String> = received(&lab).into_iter().map(|(_, name)| name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 8, "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn a_near_miss_sends_the_query_over_tcp() {
    let lab = shop().build().unwrap();
    let forged = replies().with_wrong_id().after_ms(2);
    lab.script(server(), Via::Udp, [forged.and(replies().after_ms(20))]);
    let guard = guard(&lab);
    let reply = ask(&guard, "www.shop.example").await.unwrap();
    assert_eq!(reply.via, Via::Tcp, "{}", lab.trace());
    assert_eq!(guard.near_misses(), 1);
    assert_eq!(reply.packet.answers.len(), 1, "{}", lab.trace());
}

/// The resolver must not notice the guard: neither its case, nor that there was no such reply.
#[tokio::test(start_paused = true)]
async fn a_near_miss_arrives_as_a_truncated_reply_in_the_original_case() {
    let lab = shop().build().unwrap();
    lab.script(server(), Via::Udp, [replies().with_wrong_id()]);
    let query = DnsPacket::query(0x2a17, name("www.SHOP.example"), RecordType::A);
    let mut channel = guard(&lab).open(server(), Via::Udp).await.unwrap();
    channel.send(&query.write().unwrap()).await.unwrap();
    let received = timeout(Duration::from_secs(5), channel.receive()).await;
    let octets = received
        .expect("nothing arrives after a near miss")
        .unwrap();
    let reply = DnsPacket::parse(&octets).unwrap();
    let header = reply.header;
    assert_eq!(
        (header.id, header.qr, header.tc),
        (0x2a17, true, true),
        "id, QR and TC"
    );
    let question = reply.questions[0].qname.to_string();
    assert_eq!(question, "www.SHOP.example.");
    assert_eq!(reply.records().count(), 0, "records in a truncated reply");
}

/// The attacker has everything right except for the case, and still loses.
#[tokio::test(start_paused = true)]
async fn a_forged_reply_in_the_wrong_case_is_not_used() {
    let lab = shop().build().unwrap();
    let forged = lower_case()
        .edited(|reply| {
            reply.answers = "www.shop.example. 60 A 192.0.2.66"
                .parse()
                .into_iter()
                .collect();
        })
        .after_ms(2);
    lab.script(server(), Via::Udp, [forged.and(replies().after_ms(20))]);
    let reply = ask(&guard(&lab), "www.shop.example").await.unwrap();
    let address = reply.packet.answers[0].address();
    assert_eq!(address, Some([192, 0, 2, 80].into()), "{}", lab.trace());
    assert_eq!(reply.via, Via::Tcp);
}

/// Its first reply costs a query over TCP, and the next ones nothing.
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_keep_the_case_gets_no_more_of_it() {
    let lab = shop().build().unwrap();
    for via in [Via::Udp, Via::Tcp] {
        lab.script(server(), via, [lower_case()]);
    }
    let guard = guard(&lab);
    assert_eq!(ask(&guard, "www.shop.example").await.unwrap().via, Via::Tcp);
    for _ in 0..3 {
        let reply = ask(&guard, "www.shop.example").await.unwrap();
        assert_eq!(reply.via, Via::Udp, "{}", lab.trace());
    }
    let sent = received(&lab);
    let unmixed = (Via::Udp, "www.shop.example.".to_owned());
    assert_eq!(sent[2..], vec![unmixed; 3], "{}", lab.trace());
}

/// A datagram in lower case is no proof: an attacker could send one.
#[tokio::test(start_paused = true)]
async fn a_forged_reply_in_lower_case_does_not_switch_the_defence_off() {
    let lab = shop().build().unwrap();
    let forged = lower_case().after_ms(2);
    lab.script(server(), Via::Udp, [forged]);
    let guard = guard(&lab);
    for _ in 0..3 {
        // Over TCP, the true server keeps the case.
        assert_eq!(ask(&guard, "www.shop.example").await.unwrap().via, Via::Tcp);
    }
    let mixed = received(&lab)
        .into_iter()
        .filter(|(_, it)| it != "www.shop.example.");
    assert_eq!(mixed.count(), 6, "{}", lab.trace());
}

/// Neither the case nor TCP: the server's zones must not be lost.
#[tokio::test(start_paused = true)]
async fn a_server_in_lower_case_without_tcp_is_queried_without_the_case() {
    let lab = shop().build().unwrap();
    lab.script(server(), Via::Udp, [lower_case()]);
    lab.script(server(), Via::Tcp, [repeat(closed_port())]);
    let guard = guard(&lab);
    assert!(ask(&guard, "www.shop.example").await.is_err());
    let reply = ask(&guard, "www.shop.example").await;
    let reply = reply.unwrap_or_else(|error| panic!("{error}\n{}", lab.trace()));
    assert_eq!(reply.via, Via::Udp);
}

/// A near miss by an attacker, and no TCP: the server has done nothing wrong.
#[tokio::test(start_paused = true)]
async fn a_server_without_tcp_is_no_reason_to_doubt_its_case() {
    let lab = shop().build().unwrap();
    lab.script(server(), Via::Udp, [replies().with_wrong_id()]);
    lab.script(server(), Via::Tcp, [repeat(closed_port())]);
    let guard = guard(&lab);
    assert!(ask(&guard, "www.shop.example").await.is_err());
    ask(&guard, "www.shop.example").await.unwrap();
    let sent = received(&lab);
    let last = &sent.last().unwrap().1;
    assert_ne!(last, "www.shop.example.", "not mixed:\n{}", lab.trace());
}

#[tokio::test(start_paused = true)]
async fn the_proof_expires_after_an_hour_and_another_proof_ends_it() {
    let (mut table, server) = (CaseTable::default(), server().ip());
    assert!(table.is_mixed(server, Instant::now()), "at the beginning");
    table.handle_tcp_reply(server, false, Instant::now());
    advance(Duration::from_secs(3_599)).await;
    assert!(!table.is_mixed(server, Instant::now()), "for an hour");
    advance(Duration::from_secs(2)).await;
    assert!(table.is_mixed(server, Instant::now()), "after an hour");
    table.handle_tcp_reply(server, false, Instant::now());
    table.handle_tcp_reply(server, true, Instant::now());
    assert!(
        table.is_mixed(server, Instant::now()),
        "it keeps the case now"
    );
}

#[tokio::test(start_paused = true)]
async fn without_tcp_a_doubt_counts_for_ten_minutes() {
    let (mut table, server) = (CaseTable::default(), server().ip());
    table.handle_wrong_case(server, Instant::now());
    assert!(table.is_mixed(server, Instant::now()), "a doubt alone");
    table.handle_tcp_failure(server, Instant::now());
    advance(Duration::from_secs(599)).await;
    assert!(!table.is_mixed(server, Instant::now()), "for ten minutes");
    advance(Duration::from_secs(2)).await;
    assert!(table.is_mixed(server, Instant::now()), "after ten minutes");
}

/// The other settings: a toy without TCP waits for the true reply.
#[tokio::test(start_paused = true)]
async fn without_tcp_after_a_near_miss_the_wait_goes_on() {
    let lab = shop().build().unwrap();
    let forged = replies().with_wrong_id().after_ms(2);
    lab.script(server(), Via::Udp, [forged.and(replies().after_ms(20))]);
    let settings = Settings {
        tcp_after_near_miss: false,
        ..Settings::default()
    };
    let guard = SpoofGuard::seeded(lab.clone(), settings, 4);
    let reply = ask(&guard, "www.shop.example").await.unwrap();
    assert_eq!(reply.via, Via::Udp, "{}", lab.trace());
}
