//! Tests of lesson 1: a query has the question and the flags that the caller wants, and nothing
//! else.
#![cfg(test)]

use std::collections::HashSet;

use dnsparse::{DnsPacket, Header, Question, dissect};
use query::{header, query, question, random_id, reverse_name, with_edns};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn parsed(name: &str, rtype: &str) -> Question {
    question(name, rtype).unwrap()
}

/// Explains the packet's octets.
fn explained(packet: &DnsPacket) -> String {
    dissect(&packet.write().unwrap()).to_string()
}

#[test]
fn a_question_is_a_name_a_type_and_a_class() {
    insta::assert_snapshot!(parsed("yahoo.com", "A"), @"yahoo.com.\tIN\tA");
    insta::assert_snapshot!(parsed("Example.COM.", "mx"), @"Example.COM.\tIN\tMX");
    insta::assert_snapshot!(parsed(".", "TYPE65280"), @".\tIN\tTYPE65280");
}

#[test]
fn a_typo_has_an_error_message_that_names_the_rule() {
    let typo = |name, rtype| question(name, rtype).unwrap_err().to_string();
    insta::assert_snapshot!(typo("yahoo..com", "A"), @"'yahoo..com' is not a domain name: a label is empty: names have no dot in front and no two dots in a row");
    insta::assert_snapshot!(typo("yahoo.com", "AAAAA"), @"'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1");
}

#[test]
fn the_header_has_the_id_and_asks_for_recursion() {
    insta::assert_snapshot!(explained(&DnsPacket {
        header: header(0xbeef, true),
        ..DnsPacket::default()
    }));
}

#[test]
fn recursion_can_be_left_out() {
    let expected = Header {
        id: 7,
        ..Header::default()
    };
    assert_eq!(
        header(7, false),
        expected,
        "without recursion only the id differs from the default"
    );
}

#[test]
fn a_query_is_a_header_and_one_question() {
    let packet = query(
        Header {
            id: 0x1234,
            rd: true,
            ..Header::default()
        },
        parsed("www.yahoo.com", "AAAA"),
    );
    insta::assert_snapshot!(explained(&packet));
}

#[test]
fn edns_has_the_udp_size() {
    let packet = DnsPacket {
        header: Header {
            id: 1,
            ..Header::default()
        },
        ..DnsPacket::default()
    };
    insta::assert_snapshot!(explained(&with_edns(packet)));
}

#[test]
fn edns_leaves_the_rest_of_the_packet_as_it_was() {
    let mut packet = DnsPacket::query(
        0x4321,
        "example.com".parse().unwrap(),
        dnsparse::RecordType::TXT,
    );
    packet.edns = None;
    let with = with_edns(packet.clone());
    assert_eq!(
        DnsPacket { edns: None, ..with },
        packet,
        "only the EDNS part may change"
    );
}

#[test]
fn ids_are_unpredictable() {
    let mut random = StdRng::seed_from_u64(1);
    let ids: Vec<u16> = (0..1_000).map(|_| random_id(&mut random)).collect();
    let distinct: HashSet<_> = ids.iter().collect();
    assert!(
        distinct.len() > 950,
        "of 1,000 ids only {} are different",
        distinct.len()
    );
    for bit in 0..16 {
        let set = ids.iter().filter(|id| *id >> bit & 1 == 1).count();
        assert!(
            (400..600).contains(&set),
            "bit {bit} is set in {set} of 1,000 ids: about half are expected"
        );
    }
    let again = random_id(&mut StdRng::seed_from_u64(1));
    assert_eq!(
        again, ids[0],
        "the id has to come from the generator that was passed in"
    );
}

#[test]
fn the_reverse_name_of_an_ipv4_address_has_its_octets_reversed() {
    insta::assert_snapshot!(reverse_name("192.0.2.7".parse().unwrap()), @"7.2.0.192.in-addr.arpa.");
}

#[test]
fn the_reverse_name_of_an_ipv6_address_has_32_nibbles() {
    let name = reverse_name("2001:db8::567:89ab".parse().unwrap());
    insta::assert_snapshot!(name, @"b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.");
}

#[test]
fn an_address_becomes_a_whole_ptr_query() {
    let mut random = StdRng::seed_from_u64(3);
    let mut packet = query::build("192.0.2.7", None, true, &mut random).unwrap();
    packet.header.id = 0xcafe; // how many octets `random_id` draws is your choice
    insta::assert_snapshot!(explained(&packet));
}
