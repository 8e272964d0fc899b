//! Properties of every message, not only of those that were thought of.
#![cfg(test)]

mod any;
mod same;

use any::{packet, record};
use dnsparse::{DnsPacket, Record, dissect};
use proptest::collection::vec;
use proptest::prelude::*;
use same::assert_comes_back;

/// Shows questions and records as text, which unlike `==` distinguishes case.
fn text(packet: &DnsPacket) -> Vec<String> {
    let questions = packet.questions.iter().map(ToString::to_string);
    questions
        .chain(packet.records().map(ToString::to_string))
        .collect()
}

proptest! {
    #[test]
    fn written_messages_parse_back_the_same(packet in packet()) {
        let octets = packet.write().unwrap();
        let again = DnsPacket::parse(&octets).unwrap();
        prop_assert_eq!(&again, &packet);
        prop_assert_eq!(text(&again), text(&packet));
        prop_assert_eq!(again.write().unwrap(), octets);
    }

    #[test]
    fn messages_written_within_a_limit_are_no_longer_and_have_no_other_records(packet in packet(), limit in 0..1_500usize) {
        if let Ok(octets) = packet.write_within(limit) {
            prop_assert!(octets.len() <= limit);
            let short = DnsPacket::parse(&octets).unwrap();
            prop_assert_eq!(&short.edns, &packet.edns);
            prop_assert!(packet.answers.starts_with(&short.answers));
            prop_assert!(packet.authorities.starts_with(&short.authorities));
            prop_assert!(packet.additionals.starts_with(&short.additionals));
            let cut = short.answers.len() < packet.answers.len() || short.authorities.len() < packet.authorities.len();
            prop_assert!(!cut || short.header.tc);
        }
    }

    #[test]
    fn a_record_parses_back_from_its_text(record in record()) {
        let again: Record = record.to_string().parse().unwrap();
        prop_assert_eq!(again.to_string(), record.to_string());
        prop_assert_eq!(again, record);
    }

    #[test]
    fn no_octets_make_parsing_panic(octets in vec(any::<u8>(), 0..600)) {
        let _ = DnsPacket::parse(&octets);
        let _ = dissect(&octets).to_string();
    }

    /// Octets that are nearly a message reach further into the parser than random ones.
    #[test]
    fn no_mutation_makes_parsing_panic(packet in packet(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut octets = packet.write().unwrap();
        for (place, octet) in changes {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        if let Ok(packet) = DnsPacket::parse(&octets) {
            for record in packet.records() {
                let _ = record.to_string();
            }
            if let Ok(written) = packet.write() {
                assert_comes_back(DnsPacket::parse(&written).unwrap(), &packet);
            }
        }
        let _ = dissect(&octets).to_string();
    }
}
