//! A server of several zones: which of them answers.

use dnsparse::{DnsPacket, RecordType};
use network::Via;
use serve::{Authority, respond};
use zone::ZoneTree;

use crate::{BACK, BENCH, SHOP, octets, query, replies, tree};

/// Returns the sections of the replies to some questions, from zones in the given order.
async fn sections(zones: &[ZoneTree], questions: &[(&str, RecordType)]) -> String {
    let authority = Authority::new(zones.to_vec());
    let mut lines = String::new();
    for (name, rtype) in questions {
        let reply = respond(&authority, &octets(&query(name, *rtype)), Via::Udp).await;
        let Some(Ok(reply)) = reply.map(|octets| DnsPacket::parse(&octets)) else {
            lines.push_str(&format!("{name} {rtype} → no reply that parses\n"));
            continue;
        };
        let records = reply.answers.iter().chain(&reply.authorities);
        let records: Vec<_> = records
            .map(|record| format!("{} {}", record.owner, record.rtype()))
            .collect();
        let rcode = reply.header.rcode;
        let line = format!("{name} {rtype} → {rcode} {}", records.join(", "));
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}

/// The order of the zones has no influence on the answer. The DS records of a zone are in its
/// parent.
#[tokio::test]
async fn the_deepest_zone_answers() {
    let zones = [
        tree("shop.example", SHOP),
        tree("back.shop.example", BACK),
        tree("bench.back.shop.example", BENCH),
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let zones = order.map(|index: usize| zones[index].clone());
        let questions = [
            ("www.shop.example", RecordType::A),
            ("room.back.shop.example", RecordType::TXT),
            ("leg.bench.back.shop.example", RecordType::TXT),
            ("nosuch.back.shop.example", RecordType::A),
            ("back.shop.example", RecordType::SOA),
            ("back.shop.example", RecordType::DS),
            ("shop.example", RecordType::DS),
        ];
        let apexes = zones.each_ref().map(|zone| zone.apex().to_string());
        let apexes = format!("zones: {}\n", apexes.join(" "));
        let result = sections(&zones, &questions).await;
        let expected = "\
www.shop.example A → NOERROR www.shop.example. A
room.back.shop.example TXT → NOERROR room.back.shop.example. TXT
leg.bench.back.shop.example TXT → NOERROR leg.bench.back.shop.example. TXT
nosuch.back.shop.example A → NXDOMAIN back.shop.example. SOA
back.shop.example SOA → NOERROR back.shop.example. SOA
back.shop.example DS → NOERROR back.shop.example. DS
shop.example DS → REFUSED\n";
        assert_eq!(format!("{apexes}{result}"), format!("{apexes}{expected}"));
    }
}

#[tokio::test]
async fn names_outside_the_zones_are_refused() {
    insta::assert_snapshot!(replies(&[
        ("www.example", octets(&query("www.example", RecordType::A))),
        ("notshop.example", octets(&query("notshop.example", RecordType::A))),
        ("the root", octets(&query(".", RecordType::NS))),
    ]).await, @r"
    www.example: REFUSED, id 0x1234, qr, questions 1
    notshop.example: REFUSED, id 0x1234, qr, questions 1
    the root: REFUSED, id 0x1234, qr, questions 1
    ");
}
