//! Tests of lesson 1: a query has the question and the flags that the caller wants, and nothing
//! else.
#![cfg(test)]

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;

use dnsparse::{DnsPacket, Header, Question, Record, RecordType, dissect};
use query::{header, query, question, random_id, reverse_name, with_edns};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn parsed(name: &str, rtype: &str) -> Question {
    question(name, rtype)
        .unwrap_or_else(|error| panic!("question({name:?}, {rtype:?}) returns an error: {error}"))
}

/// Explains the packet's octets.
fn explained(packet: &DnsPacket) -> String {
    match packet.write() {
        Ok(octets) => dissect(&octets).to_string(),
        Err(error) => panic!("the packet cannot be written: {error}"),
    }
}

fn explained_header(header: Header) -> String {
    explained(&DnsPacket {
        header,
        ..DnsPacket::default()
    })
}

/// Returns the results of `question`, a line for each name and type.
fn questions(typed: &[(&str, &str)]) -> String {
    let line = |(name, rtype): &(&str, &str)| {
        let result: Box<dyn fmt::Display> = match question(name, rtype) {
            Ok(question) => Box::new(question.to_string().replace('\t', " ")),
            Err(error) => Box::new(format!("error: {error}")),
        };
        let shown = if name.is_empty() { "(nothing)" } else { name };
        format!("{shown} {rtype} → {result}\n")
    };
    typed.iter().map(line).collect()
}

/// Class ANY is a class of its own: a query for all types of a name is of class IN too.
#[test]
fn a_question_is_a_name_a_type_and_a_class() {
    insta::assert_snapshot!(questions(&[
        ("yahoo.com", "A"),
        ("Example.COM.", "mx"),
        (".", "TYPE65280"),
        ("example.com", "ANY"),
    ]), @r"
    yahoo.com A → yahoo.com. IN A
    Example.COM. mx → Example.COM. IN MX
    . TYPE65280 → . IN TYPE65280
    example.com ANY → example.com. IN ANY
    ");
}

/// RFC 1035 section 5.1: after a backslash, a dot is part of the label, and three digits are an
/// octet.
#[test]
fn an_escaped_dot_ends_no_label() {
    insta::assert_snapshot!(questions(&[
        (r"a\.b.example", "A"),
        (r"a\046b.example", "A"),
    ]), @r"
    a\.b.example A → a\.b.example. IN A
    a\046b.example A → a\.b.example. IN A
    ");
}

#[test]
fn a_typo_has_an_error_message_that_names_the_rule() {
    let long = "x".repeat(64);
    let errors = questions(&[
        ("yahoo..com", "A"),
        ("Yahoo..COM.", "A"),
        (&long, "A"),
        ("yahoo.com", "AAAAA"),
        ("", "A"),
    ]);
    insta::assert_snapshot!(errors.replace(&long, "LONG"), @r"
    yahoo..com A → error: 'yahoo..com' is not a domain name: a label is empty: names have no dot in front and no two dots in a row
    Yahoo..COM. A → error: 'Yahoo..COM.' is not a domain name: a label is empty: names have no dot in front and no two dots in a row
    LONG A → error: 'LONG' is not a domain name: a label has 64 octets, the limit is 63 (RFC 1035 section 2.3.4)
    yahoo.com AAAAA → error: 'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1
    (nothing) A → error: '' is not a domain name: there is no name here: write . for the root
    ");
}

#[test]
fn the_header_has_the_id_and_asks_for_recursion() {
    insta::assert_snapshot!(explained_header(header(0xbeef, true)));
}

/// Without recursion, only the id differs from the default.
#[test]
fn recursion_can_be_left_out() {
    insta::assert_snapshot!(explained_header(header(0x8040, false)));
}

/// The header is the one that was passed in, with all of its flags.
#[test]
fn a_query_is_a_header_and_one_question() {
    let packet = query(
        Header {
            id: 0x1234,
            cd: true,
            ..Header::default()
        },
        parsed("www.yahoo.com", "AAAA"),
    );
    insta::assert_snapshot!(explained(&packet));
}

#[test]
fn edns_has_the_udp_size() {
    let packet = DnsPacket {
        edns: None,
        ..DnsPacket::query(1, "a.example".parse().unwrap(), RecordType::TXT)
    };
    insta::assert_snapshot!(explained(&with_edns(packet)));
}

/// Every field differs from its default, so that none can be lost unnoticed.
#[test]
fn edns_leaves_the_rest_of_the_packet_as_it_was() {
    let record = |text: &str| -> Vec<Record> { vec![text.parse().unwrap()] };
    let packet = DnsPacket {
        header: Header {
            id: 0x4321,
            qr: true,
            aa: true,
            tc: true,
            rd: true,
            ra: true,
            ad: true,
            cd: true,
            ..Header::default()
        },
        answers: record("example.com. 1 IN TXT \"answer\""),
        authorities: record("example.com. 2 IN NS ns.example.com."),
        additionals: record("ns.example.com. 3 IN A 192.0.2.1"),
        ..DnsPacket::query(0, "example.com".parse().unwrap(), RecordType::TXT)
    };
    let with = with_edns(packet.clone());
    assert_eq!(
        explained(&DnsPacket { edns: None, ..with }),
        explained(&packet),
        "the packet without its EDNS, after `with_edns` and before"
    );
}

/// Returns in how many of the ids each bit is set, as a bar for each bit.
fn bars(ids: &[u16]) -> String {
    let bar = |bit: u32| {
        let set = ids.iter().filter(|id| *id >> bit & 1 == 1).count();
        format!("    bit {bit:2} {set:5} {}\n", "#".repeat(set / 20))
    };
    (0..16).rev().map(bar).collect()
}

fn hexadecimal(ids: &[u16]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| format!("{id:#06x}")).collect();
    ids.join(" ")
}

#[test]
fn ids_are_unpredictable() {
    let mut random = StdRng::seed_from_u64(1);
    let ids: Vec<u16> = (0..1_000).map(|_| random_id(&mut random)).collect();
    let distinct = ids.iter().collect::<HashSet<_>>().len();
    assert!(
        distinct > 950,
        "of 1,000 ids only {distinct} are different; they begin with {}",
        hexadecimal(&ids[..8])
    );
    let is_random = |bit: u32| {
        let set = ids.iter().filter(|id| *id >> bit & 1 == 1).count();
        (400..600).contains(&set)
    };
    assert!(
        (0..16).all(is_random),
        "each bit should be set in about half of 1,000 ids, but is set in\n{}",
        bars(&ids)
    );
}

#[test]
fn ids_come_from_the_generator_that_was_passed_in() {
    let ids = || {
        let mut random = StdRng::seed_from_u64(1);
        hexadecimal(&[(); 4].map(|()| random_id(&mut random)))
    };
    let first = ids();
    assert_eq!(
        ids(),
        first,
        "the generator was started twice with the same seed, so the ids should be the same"
    );
}

/// Returns the reverse names of some addresses, a line for each. (A hexadecimal digit is the same
/// in upper and in lower case.)
fn reverse_names(addresses: &[&str]) -> String {
    let line = |text: &&str| {
        let address: IpAddr = text.parse().unwrap();
        let name = reverse_name(address).to_string().to_lowercase();
        format!("{text} → {name}\n")
    };
    addresses.iter().map(line).collect()
}

#[test]
fn the_reverse_name_of_an_ipv4_address_has_its_octets_reversed() {
    insta::assert_snapshot!(reverse_names(&["192.0.2.7", "255.254.100.105", "10.20.30.99"]), @r"
    192.0.2.7 → 7.2.0.192.in-addr.arpa.
    255.254.100.105 → 105.100.254.255.in-addr.arpa.
    10.20.30.99 → 99.30.20.10.in-addr.arpa.
    ");
}

#[test]
fn the_reverse_name_of_an_ipv6_address_has_32_nibbles() {
    insta::assert_snapshot!(reverse_names(&["2001:db8::567:89ab", "123:4567:89ab:cdef:fedc:ba98:7654:3210"]), @r"
    2001:db8::567:89ab → b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.
    123:4567:89ab:cdef:fedc:ba98:7654:3210 → 0.1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.f.e.d.c.b.a.9.8.7.6.5.4.3.2.1.0.ip6.arpa.
    ");
}

#[test]
fn an_address_becomes_a_whole_ptr_query() {
    let mut random = StdRng::seed_from_u64(3);
    let mut packet = query::build("192.0.2.7", None, true, &mut random)
        .unwrap_or_else(|error| panic!("192.0.2.7 makes no query: {error}"));
    packet.header.id = 0xcafe; // how many octets `random_id` draws is your choice
    insta::assert_snapshot!(explained(&packet));
}
