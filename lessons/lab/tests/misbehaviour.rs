//! What can be scripted, and that it is what happens.
#![cfg(test)]

use std::io::ErrorKind;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, Rdata, RecordType};
use lab::{
    Lab, LabChannel, RESOLVER, Reaction, closed_port, closes, echo, never_opens, no_reply, octets,
    repeat, replies,
};
use network::{Channel, Network, Via};
use tokio::time::{Instant, timeout};

const ID: u16 = 0x1234;

fn query() -> Vec<u8> {
    let mut query = DnsPacket::query(ID, "yahoo.com".parse().unwrap(), RecordType::A);
    query.header.rd = true;
    query.write().unwrap()
}

/// Creates a lab whose resolver reacts in these ways, and opens a channel to it.
async fn scripted(via: Via, reactions: impl IntoIterator<Item = Reaction>) -> (Lab, LabChannel) {
    let lab = Lab::internet();
    lab.script(RESOLVER, via, reactions);
    let channel = lab.open(RESOLVER, via).await.unwrap();
    (lab, channel)
}

/// Sends the query once, and receives the message that comes back.
async fn reply(reaction: Reaction) -> Vec<u8> {
    let (_, mut channel) = scripted(Via::Udp, [reaction]).await;
    channel.send(&query()).await.unwrap();
    channel.receive().await.unwrap()
}

async fn packet(reaction: Reaction) -> DnsPacket {
    DnsPacket::parse(&reply(reaction).await).unwrap()
}

/// Whether nothing comes for a minute.
async fn has_timed_out(channel: &mut LabChannel) -> bool {
    timeout(Duration::from_secs(60), channel.receive())
        .await
        .is_err()
}

#[tokio::test(start_paused = true)]
async fn each_message_gets_the_next_reaction_of_the_script() {
    let (lab, mut channel) = scripted(
        Via::Udp,
        [
            // To the first message.
            replies()
                .with_wrong_id()
                .after_ms(2)
                .and(replies().after_ms(5)),
            // To the second. From the third on, it replies from its zones.
            no_reply(),
        ],
    )
    .await;
    for limit in [4, 3, 7, 20] {
        channel.send(&query()).await.unwrap();
        while timeout(Duration::from_millis(limit), channel.receive())
            .await
            .is_ok()
        {}
    }
    insta::assert_snapshot!(lab.trace(), @r"
        0 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
        2 ms      ← wrong id, answer: 6 A
        5 ms      ← answer: 6 A
        9 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
        9 ms      × no reply
       12 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
       19 ms  UDP → 192.0.2.53 the resolver               yahoo.com. A
       22 ms      ← answer: 6 A
       29 ms      ← answer: 6 A
    ");
    assert_eq!(lab.query_count(RESOLVER), 4);
}

#[tokio::test(start_paused = true)]
async fn a_reply_can_have_another_id_or_question() {
    assert_eq!(packet(replies()).await.header.id, ID);
    assert_eq!(packet(replies().with_wrong_id()).await.header.id, ID + 1);
    assert_eq!(
        packet(replies().with_id_plus(0xffff)).await.header.id,
        ID - 1
    );
    let wrong = packet(replies().with_wrong_question()).await;
    assert_eq!(
        wrong.questions[0].to_string(),
        "wrong.question.example.\tIN\tA"
    );
    assert_eq!(wrong.answers.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_reply_can_be_no_reply() {
    assert_eq!(reply(octets([1, 2, 3])).await, [1, 2, 3]);
    assert_eq!(reply(echo()).await, query());
    assert_eq!(reply(replies().cut_to(7)).await.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_reply_can_be_a_failure_or_a_part() {
    let failed = packet(replies().with_rcode(Rcode::SERVFAIL)).await;
    assert_eq!(
        (failed.header.rcode, failed.answers.len()),
        (Rcode::SERVFAIL, 0)
    );
    let short = packet(replies().truncated()).await;
    assert!(short.header.tc && short.answers.is_empty() && short.questions.len() == 1);
}

#[tokio::test(start_paused = true)]
async fn a_reply_can_be_edited_in_any_way() {
    let forged = Rdata::A([203, 0, 113, 66].into());
    let lie = forged.clone();
    let edited =
        packet(replies().edited(move |packet| packet.answers[0].rdata = lie.clone())).await;
    assert_eq!(edited.answers[0].rdata, forged);
    assert_eq!(
        reply(replies().edited_octets(|octets| octets.push(0)))
            .await
            .last(),
        Some(&0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_reply_takes_a_millisecond_at_least() {
    for (reaction, milliseconds) in [
        (replies(), 10),
        (replies().after_ms(0), 1),
        (replies().after_ms(3000), 3000),
    ] {
        let start = Instant::now();
        reply(reaction).await;
        assert_eq!(start.elapsed(), Duration::from_millis(milliseconds));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_can_be_slow_from_the_beginning_and_be_made_quick() {
    let lab = Lab::internet();
    let (slow, quick) = ("ns1.slow.test", "ns2.slow.test");
    let [slow, quick] = [slow, quick].map(|name| lab.server(name).unwrap());
    let latencies = |lab: &Lab| [slow, quick].map(|server| lab.latency(server).as_millis());
    assert_eq!(latencies(&lab), [600, 10]);
    let start = Instant::now();
    let mut channel = lab.open(slow, Via::Udp).await.unwrap();
    channel.send(&query()).await.unwrap();
    channel.receive().await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_millis(600));
    lab.set_latency(slow, 20);
    assert_eq!(latencies(&lab), [20, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_slow_over_udp_and_tcp() {
    let lab = Lab::internet();
    lab.set_latency(RESOLVER, 250);
    let start = Instant::now();
    for via in [Via::Udp, Via::Tcp] {
        let mut channel = lab.open(RESOLVER, via).await.unwrap();
        channel.send(&query()).await.unwrap();
        channel.receive().await.unwrap();
    }
    // Once over UDP; over TCP for the connection and for the reply.
    assert_eq!(start.elapsed(), Duration::from_millis(750));
}

#[tokio::test(start_paused = true)]
async fn dropping_a_receive_loses_no_message() {
    let (_, mut channel) = scripted(Via::Udp, [replies().after_ms(100)]).await;
    channel.send(&query()).await.unwrap();
    assert!(
        timeout(Duration::from_millis(99), channel.receive())
            .await
            .is_err()
    );
    assert!(
        timeout(Duration::from_millis(2), channel.receive())
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn a_port_can_be_unreachable_and_then_be_back() {
    let (_, mut channel) = scripted(Via::Udp, [closed_port()]).await;
    channel.send(&query()).await.unwrap();
    assert_eq!(
        channel.receive().await.unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
    channel.send(&query()).await.unwrap();
    assert!(channel.receive().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_reaction_can_be_repeated() {
    let (lab, mut channel) = scripted(Via::Udp, [replies(), repeat(no_reply())]).await;
    channel.send(&query()).await.unwrap();
    assert!(channel.receive().await.is_ok());
    for _ in 0..10 {
        channel.send(&query()).await.unwrap();
    }
    assert!(has_timed_out(&mut channel).await);
    assert_eq!(lab.query_count(RESOLVER), 11);
}

#[tokio::test(start_paused = true)]
async fn a_connection_can_be_refused_or_never_be_made() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Tcp, [closed_port(), never_opens()]);
    assert_eq!(
        lab.open(RESOLVER, Via::Tcp).await.unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
    let hour = Duration::from_secs(3600);
    assert!(timeout(hour, lab.open(RESOLVER, Via::Tcp)).await.is_err());
    assert!(timeout(hour, lab.open(RESOLVER, Via::Tcp)).await.is_ok());
    insta::assert_snapshot!(lab.trace(), @r"
        0 ms  TCP → 192.0.2.53 the resolver               connect
       10 ms      × connection refused
       10 ms  TCP → 192.0.2.53 the resolver               connect
       10 ms      × no reply
    3600010 ms  TCP → 192.0.2.53 the resolver               connect
    ");
}

#[tokio::test(start_paused = true)]
async fn a_connection_can_end_before_or_after_a_reply() {
    let (_, mut channel) = scripted(Via::Tcp, [replies().and(closes())]).await;
    channel.send(&query()).await.unwrap();
    assert!(channel.receive().await.is_ok());
    for _ in 0..2 {
        assert_eq!(
            channel.receive().await.unwrap_err().kind(),
            ErrorKind::UnexpectedEof
        );
    }
    assert_eq!(
        channel.send(&query()).await.unwrap_err().kind(),
        ErrorKind::BrokenPipe
    );

    let (_, mut channel) = scripted(Via::Tcp, [closes()]).await;
    channel.send(&query()).await.unwrap();
    assert_eq!(
        channel.receive().await.unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
}

#[tokio::test(start_paused = true)]
async fn one_connection_takes_several_queries_and_replies_come_as_they_are_ready() {
    let (_, mut channel) = scripted(
        Via::Tcp,
        [
            replies().after_ms(50),
            replies().with_wrong_id().after_ms(5),
        ],
    )
    .await;
    channel.send(&query()).await.unwrap();
    channel.send(&query()).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(
            DnsPacket::parse(&channel.receive().await.unwrap())
                .unwrap()
                .header
                .id,
        );
    }
    assert_eq!(ids, [ID + 1, ID]);
}

#[tokio::test(start_paused = true)]
async fn a_query_to_an_address_without_a_server_times_out() {
    let lab = Lab::internet();
    let unused = "192.0.2.200:53".parse().unwrap();
    let mut channel = lab.open(unused, Via::Udp).await.unwrap();
    channel.send(&query()).await.unwrap();
    assert!(has_timed_out(&mut channel).await);
    assert!(
        timeout(Duration::from_secs(60), lab.open(unused, Via::Tcp))
            .await
            .is_err()
    );
    // Nor at another port of a server.
    let mut elsewhere = lab.server("ns1.yahoo.com").unwrap();
    elsewhere.set_port(54);
    let mut channel = lab.open(elsewhere, Via::Udp).await.unwrap();
    channel.send(&query()).await.unwrap();
    assert!(has_timed_out(&mut channel).await);
}

#[tokio::test(start_paused = true)]
async fn a_clone_has_the_same_trace_and_another_lab_its_own() {
    let (lab, mut channel) = scripted(Via::Udp, []).await;
    channel.send(&query()).await.unwrap();
    assert_eq!(lab.clone().queries().len(), 1);
    assert_eq!(
        lab.queries()[0].packet().unwrap().questions[0].to_string(),
        "yahoo.com.\tIN\tA"
    );
    assert!(Lab::internet().queries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_trace_names_the_server_where_that_is_not_clear_and_marks_replies_not_received() {
    let lab = Lab::internet();
    let servers = ["ns1.yahoo.com", "ns2.yahoo.com"].map(|name| lab.server(name).unwrap());
    lab.set_latency(servers[0], 30);
    let mut slow = lab.open(servers[0], Via::Udp).await.unwrap();
    let mut quick = lab.open(servers[1], Via::Udp).await.unwrap();
    slow.send(&query()).await.unwrap();
    quick.send(&query()).await.unwrap();
    assert!(quick.receive().await.is_ok());
    drop(slow);
    let before = lab.trace();
    tokio::time::advance(Duration::from_secs(1)).await;
    insta::assert_snapshot!(lab.trace(), @r"
        0 ms  UDP → 68.180.131.16 ns1.yahoo.com           yahoo.com. A
        0 ms  UDP → 68.142.255.16 ns2.yahoo.com           yahoo.com. A
       10 ms      ← answer: 6 A
       30 ms      ← answer: 6 A (from 68.180.131.16 ns1.yahoo.com), not received
    ");
    assert_eq!(
        before.lines().count(),
        3,
        "a reply that has not arrived is not in the trace: {before}"
    );
}
