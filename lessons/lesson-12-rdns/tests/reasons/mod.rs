//! The reasons of failures: extended DNS errors, as dig shows them.

use std::sync::Arc;
use std::time::Duration;

use chase::{Resolution, ResolutionFailure};
use dnsparse::{DnsPacket, Edns, RecordType};
use rdns::AccessControl;
use rdns::reply::{add_extended_error, fill, info_code};
use tokio::time::sleep;

use crate::world::{ask, extended_error, server_for, text_of, world};

/// Writes the RCODE and records of a reply, and its extended error.
fn with_reason(reply: &DnsPacket) -> String {
    let reason = match extended_error(reply) {
        Some(error) => format!("{} ({})", error.info_code, error.extra_text),
        None => "none".to_owned(),
    };
    format!("{}, extended error: {reason}", text_of(reply))
}

/// "Ask again" is worth more to a client than "server failure" alone.
#[tokio::test(start_paused = true)]
async fn an_aborted_search_has_a_reason() {
    let server = server_for(&world(), AccessControl::default(), 1);
    let older = {
        let server = Arc::clone(&server);
        tokio::spawn(async move { ask(&server, "www.dead.example", RecordType::A).await })
    };
    sleep(Duration::from_millis(1)).await;
    let younger = ask(&server, "www.shop.example", RecordType::A).await;
    assert_eq!(
        with_reason(&younger),
        "NOERROR\nwww.shop.example. 3600 IN A 192.0.2.80, extended error: none"
    );
    let older = older.await.unwrap();
    assert_eq!(
        with_reason(&older),
        "SERVFAIL, extended error: 0 (too many queries at the same time: ask again)",
        "the older of two searches, of which one at a time is allowed"
    );
}

/// The text is the failure's own, as lesson 8 writes it for people.
#[test]
fn a_failure_is_described_in_its_own_words() {
    let failure = ResolutionFailure::AliasLoop {
        name: "bad.example.".parse().unwrap(),
    };
    let mut reply = DnsPacket {
        edns: Some(Edns::default()),
        ..DnsPacket::default()
    };
    fill(&mut reply, &Resolution::failed(failure));
    assert_eq!(
        with_reason(&reply),
        "SERVFAIL, extended error: 24 (the aliases loop back to bad.example.)"
    );
}

/// A client that gets this code can tell its user to look at the network, not at the zone.
#[test]
fn a_machine_without_a_route_reports_a_network_error() {
    let mut reply = DnsPacket {
        edns: Some(Edns::default()),
        ..DnsPacket::default()
    };
    fill(&mut reply, &Resolution::failed(ResolutionFailure::NoRoute));
    let code = extended_error(&reply).map(|error| error.info_code);
    assert_eq!(
        code,
        Some(23),
        "the INFO-CODE, of which 23 is a network error: {}",
        with_reason(&reply)
    );
}

/// Beside the question, a reason has to fit into the smallest reply. It is cut between two
/// characters.
#[test]
fn a_reason_has_at_most_160_octets() {
    let mut lines = String::new();
    for text in [
        "x".repeat(160),
        "x".repeat(161),
        "é".repeat(100),
        format!("x{}", "é".repeat(100)),
    ] {
        let mut reply = DnsPacket {
            edns: Some(Edns::default()),
            ..DnsPacket::default()
        };
        add_extended_error(&mut reply, info_code::OTHER, &text);
        let kept = extended_error(&reply).map_or("", |error| &error.extra_text);
        lines += &format!(
            "{} octets: {} are kept, {}\n",
            text.len(),
            kept.len(),
            if text.starts_with(kept) {
                "from the beginning"
            } else {
                "others"
            }
        );
    }
    insta::assert_snapshot!(lines, @r"
    160 octets: 160 are kept, from the beginning
    161 octets: 160 are kept, from the beginning
    200 octets: 160 are kept, from the beginning
    201 octets: 159 are kept, from the beginning
    ");
}
