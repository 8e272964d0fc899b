//! Offsets agree with parsing, for any message and for recorded ones.
#![cfg(test)]

mod any;
mod outside;

use std::fs;

use any::packet;
use dnsparse::offsets::{self, OptOffsets, RecordOffsets};
use dnsparse::{DnsPacket, Edns, RecordType};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// Asserts that [`offsets`] finds the question, the records and the OPT record that parsing finds.
#[track_caller]
fn assert_agrees(octets: &[u8], packet: &DnsPacket) {
    let (Some(question), Ok(found)) = (packet.question(), offsets::question(octets)) else {
        assert_ne!(packet.questions.len(), 1);
        return;
    };
    let qname = &octets[found.start..found.qname_end];
    assert_eq!(qname, question.qname.wire());
    assert_eq!(found.qtype, question.qtype);
    assert_eq!(found.qclass, question.qclass);

    let mut records = offsets::records(octets).expect("a question");
    let all: Vec<_> = records.by_ref().map(Result::unwrap).collect();
    assert_eq!(records.offset(), octets.len());
    let is_opt = |record: &RecordOffsets| record.rtype == RecordType::OPT;
    let (opts, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_opt);
    let expected = packet.records();
    let expected = expected.map(|record| (record.rtype(), record.class, record.ttl));
    let others = others
        .iter()
        .map(|record| (record.rtype, record.class, record.ttl));
    assert!(expected.eq(others));

    assert_eq!(opts.len(), usize::from(packet.edns.is_some()));
    for (record, edns) in opts.iter().zip(&packet.edns) {
        let opt = offsets::opt(octets, record.start).expect("an OPT record");
        assert_eq!(opt.options, record.rdata);
        assert_same_fields(&opt, edns);
    }
}

#[track_caller]
fn assert_same_fields(opt: &OptOffsets, edns: &Edns) {
    assert_eq!(opt.udp_size, edns.udp_size);
    assert_eq!(opt.extended_rcode, edns.extended_rcode);
    assert_eq!(opt.version, edns.version);
    assert_eq!(opt.do_bit, edns.do_bit);
    assert_eq!(opt.z, edns.z);
}

proptest! {
    #[test]
    fn offsets_agree_with_parsing(packet in packet(), changes in vec((any::<Index>(), any::<u8>()), 0..4)) {
        let mut octets = packet.write().unwrap();
        assert_agrees(&octets, &packet);
        for (place, octet) in changes {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        if let Ok(packet) = DnsPacket::parse(&octets) {
            assert_agrees(&octets, &packet);
        }
    }

    #[test]
    fn no_octets_make_the_search_panic(octets in vec(any::<u8>(), 0..600), start in 0..700usize) {
        let _ = offsets::question(&octets);
        let _ = offsets::name_end(&octets, start);
        let _ = offsets::opt(&octets, start);
        if let Ok(records) = offsets::records(&octets) {
            records.for_each(drop);
        }
    }
}

#[test]
fn offsets_agree_with_parsing_on_recorded_messages() {
    let Some(folder) = outside::packets() else {
        return;
    };
    let text = fs::read_to_string(folder.join("packets.tsv")).expect("packets.tsv");
    let mut count = 0;
    for line in text.lines().skip(1) {
        let octets = line.rsplit('\t').next().expect("a column of octets");
        let octets = hex::decode(octets).expect("hex");
        if let Ok(packet) = DnsPacket::parse(&octets) {
            assert_agrees(&octets, &packet);
            count += 1;
        }
    }
    assert!(count > 400, "{count} messages");
}
