//! The lab's off-path attacker: a forged reply arrives only at the port that it was sent to.
#![cfg(test)]

use std::collections::BTreeSet;
use std::net::SocketAddr;

use dnsparse::{DnsPacket, Record, RecordType};
use lab::{Forger, LEAST_PORT, Lab, LabBuilder, SourcePorts};
use network::{Channel, Network, Via};

const PORT: u16 = 5_353;

fn server() -> SocketAddr {
    "192.0.2.1:53".parse().unwrap()
}

fn lab() -> Lab {
    let zone = "@ 60 SOA ns mail 1 1d 2h 4w 5m\n@ 60 NS ns\nns 60 A 192.0.2.1\nwww 60 A 192.0.2.80";
    LabBuilder::new().zone("test.", zone).build().unwrap()
}

fn query() -> DnsPacket {
    DnsPacket::query(7, "www.test".parse().unwrap(), RecordType::A)
}

/// Sends forged replies with the right id to the ports from 5,350 on.
struct Scan;

impl Forger for Scan {
    fn port(&self, number: u64) -> u16 {
        5_350 + u16::try_from(number).unwrap()
    }

    fn message(&self, _number: u64) -> Vec<u8> {
        let mut forged = DnsPacket::reply_to(&query());
        forged.answers = "www.test. 60 A 192.0.2.66"
            .parse::<Record>()
            .into_iter()
            .collect();
        forged.write().unwrap()
    }
}

/// Returns the address in the first message that a query from a channel of this lab gets.
async fn first_address(lab: &Lab, via: Via) -> String {
    let mut channel = lab.open(server(), via).await.unwrap();
    channel.send(&query().write().unwrap()).await.unwrap();
    let reply = DnsPacket::parse(&channel.receive().await.unwrap()).unwrap();
    reply.answers[0].rdata.to_string()
}

#[tokio::test(start_paused = true)]
async fn a_forged_reply_to_the_port_of_the_query_comes_first() {
    let lab = lab().with_source_ports(SourcePorts::Fixed(PORT));
    lab.attack(server(), 1_000, 8, Scan);
    assert_eq!(first_address(&lab, Via::Udp).await, "192.0.2.66");
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    insta::assert_snapshot!(lab.trace(), @r"
     0 ms  UDP → 192.0.2.1 ns.test                     www.test. A
     4 ms      ← forged: answer: A 192.0.2.66
    10 ms      ← answer: A 192.0.2.80, not received
    10 ms      · 7 forged replies to other ports
    ");
}

#[tokio::test(start_paused = true)]
async fn other_ports_other_servers_and_tcp_are_not_hit() {
    let fixed = lab().with_source_ports(SourcePorts::Fixed(PORT + 100));
    fixed.attack(server(), 1_000, 8, Scan);
    assert_eq!(first_address(&fixed, Via::Udp).await, "192.0.2.80");

    let fixed = lab().with_source_ports(SourcePorts::Fixed(PORT));
    fixed.attack("192.0.2.2:53".parse().unwrap(), 1_000, 8, Scan);
    assert_eq!(first_address(&fixed, Via::Udp).await, "192.0.2.80");

    let fixed = lab().with_source_ports(SourcePorts::Fixed(PORT));
    fixed.attack(server(), 1_000, 8, Scan);
    assert_eq!(first_address(&fixed, Via::Tcp).await, "192.0.2.80");
}

/// An attack that is over, or a reply that comes before it, is no danger.
#[tokio::test(start_paused = true)]
async fn only_forged_replies_within_the_window_arrive() {
    let lab = lab().with_source_ports(SourcePorts::Fixed(PORT));
    lab.attack(server(), 1_000, 8, Scan);
    tokio::time::advance(std::time::Duration::from_millis(50)).await;
    assert_eq!(first_address(&lab, Via::Udp).await, "192.0.2.80");

    // The fourth packet, that to the port, arrives 30 seconds after the first.
    lab.attack(server(), 0, 8, Scan);
    assert_eq!(first_address(&lab, Via::Udp).await, "192.0.2.80");
}

#[tokio::test(start_paused = true)]
async fn each_channel_has_a_port_of_its_own_unless_it_is_fixed() {
    let lab = lab();
    for _ in 0..200 {
        first_address(&lab, Via::Udp).await;
    }
    let ports: BTreeSet<u16> = lab.queries().iter().map(|it| it.source_port).collect();
    assert!(ports.len() >= 198, "{} ports of 200", ports.len());
    assert!(*ports.first().unwrap() >= LEAST_PORT, "{ports:?}");
    assert!(*ports.last().unwrap() > 60_000, "{ports:?}");

    let fixed = lab.with_source_ports(SourcePorts::Fixed(PORT));
    first_address(&fixed, Via::Udp).await;
    assert_eq!(lab.queries().last().unwrap().source_port, PORT);
}
