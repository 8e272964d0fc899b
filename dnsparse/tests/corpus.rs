//! Recorded messages, compared with the values that another parser found in them.
//!
//! The folder that `DNS_CORPUS` names holds `packets.tsv` (id, verdict of three parsers, octets in
//! hex) and `expected.jsonl` (one parser's values for the messages that all three accept). It is
//! not part of this repository: if the variable is unset, the tests are skipped.
#![cfg(test)]

mod outside;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dnsparse::{
    Class, DnsPacket, Edns, ParseErrorKind, Question, Rdata, Record, RecordType, SvcParamKey,
};
use serde::Deserialize;

/// One message, as another parser read it. Its records have uncompressed RDATA.
#[derive(Deserialize)]
struct ExpectedMessage {
    id: u16,
    flags: u16,
    opcode: u8,
    rcode: u16,
    counts: [usize; 4],
    qd: Vec<ExpectedQuestion>,
    an: Vec<ExpectedRecord>,
    ns: Vec<ExpectedRecord>,
    ar: Vec<ExpectedRecord>,
    opt: Option<ExpectedOpt>,
}

#[derive(Deserialize)]
struct ExpectedQuestion {
    name: String,
    r#type: u16,
    cls: u16,
}

#[derive(Deserialize)]
struct ExpectedRecord {
    name: String,
    r#type: u16,
    cls: u16,
    ttl: u32,
    rdata_wire: String,
}

#[derive(Deserialize)]
struct ExpectedOpt {
    version: u8,
    payload: u16,
    ext_rcode: u8,
    flags: u16,
    options: Vec<(u16, String)>,
}

/// Lists id and octets of the messages with one verdict.
fn packets(folder: &Path, wanted: &str) -> Vec<(String, Vec<u8>)> {
    let text = fs::read_to_string(folder.join("packets.tsv")).expect("DNS_CORPUS has packets.tsv");
    let rows = text.lines().skip(1).filter_map(|line| {
        let [id, verdict, octets] = line
            .split('\t')
            .collect::<Vec<_>>()
            .try_into()
            .expect("three columns");
        (verdict == wanted).then(|| (id.to_owned(), hex::decode(octets).expect("hex")))
    });
    rows.collect()
}

fn expected_messages(folder: &Path) -> BTreeMap<String, ExpectedMessage> {
    #[derive(Deserialize)]
    struct Line {
        id: String,
        message: ExpectedMessage,
    }
    let text =
        fs::read_to_string(folder.join("expected.jsonl")).expect("DNS_CORPUS has expected.jsonl");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Line>(line).expect("an expected message"));
    lines.map(|line| (line.id, line.message)).collect()
}

fn check_question(question: &Question, expected: &ExpectedQuestion) {
    assert_eq!(question.qname, expected.name.parse().expect("a name"));
    assert_eq!(
        (question.qtype.0, question.qclass.0),
        (expected.r#type, expected.cls)
    );
}

/// Returns the TTL in the form of the expected messages: 0 if its top bit is set (RFC 2181 section
/// 8), and if a record of an update stands for an absence (RFC 2136 section 2.5).
fn ttl(record: &Record) -> u32 {
    let is_absence = matches!(record.class, Class::NONE | Class::ANY);
    if record.ttl >> 31 == 1 || is_absence {
        0
    } else {
        record.ttl
    }
}

/// Compares records. The expected ones are without TSIG, as the records of this library are without
/// OPT.
fn check_records(records: &[Record], expected: &[ExpectedRecord]) {
    let records: Vec<_> = records
        .iter()
        .filter(|record| record.rtype() != RecordType::TSIG)
        .collect();
    assert_eq!(records.len(), expected.len());
    for (record, expected) in records.into_iter().zip(expected) {
        assert_eq!(record.owner, expected.name.parse().expect("a name"));
        assert_eq!(record.rtype().0, expected.r#type);
        // If an update deletes one record (RFC 2136 section 2.5.4), the expected class is that of
        // the zone.
        let zone_class = if record.class == Class::NONE {
            expected.cls
        } else {
            record.class.0
        };
        assert!(
            [record.class.0, zone_class].contains(&expected.cls),
            "{record}"
        );
        assert_eq!(ttl(record), expected.ttl);
        let got = record.rdata.octets().expect("RDATA that was parsed");
        let wanted = expected.rdata_wire.to_lowercase();
        assert_eq!(hex::encode(got), wanted, "{record}");
    }
}

/// Asserts that RDATA with a form here is not left as octets, and that every record's line parses
/// back to that record.
fn check_typed(packet: &DnsPacket) {
    for record in packet.records() {
        let is_plain = matches!(record.rdata, Rdata::Unknown { .. });
        let has_form = "A AAAA NS CNAME DNAME SOA PTR MX TXT SRV CAA NAPTR HINFO SVCB HTTPS TLSA SSHFP DS DNSKEY RRSIG \
                        NSEC NSEC3 NSEC3PARAM";
        let has_form = has_form
            .split(' ')
            .any(|name| name == record.rtype().to_string());
        assert!(
            !(is_plain && has_form && record.class == Class::IN),
            "{record}"
        );
        if record.class == Class::IN {
            assert_eq!(
                record.to_string().parse().as_ref(),
                Ok(record),
                "{record} parsed back"
            );
        }
    }
}

fn check_edns(edns: Option<&Edns>, expected: Option<&ExpectedOpt>) {
    let got = edns.map(|edns| {
        let flags = edns.z | u16::from(edns.do_bit) << 15;
        let options = edns
            .options
            .iter()
            .map(|option| (option.code(), hex::encode(option.octets())));
        (
            edns.version,
            edns.udp_size,
            edns.extended_rcode,
            flags,
            options.collect::<Vec<_>>(),
        )
    });
    let wanted = expected.map(|opt| {
        (
            opt.version,
            opt.payload,
            opt.ext_rcode,
            opt.flags,
            opt.options.clone(),
        )
    });
    assert_eq!(got, wanted);
}

/// Compares a message with the expected one, and asserts that it is the same after writing and
/// parsing it again.
fn check(packet: &DnsPacket, octets: &[u8], expected: &ExpectedMessage) {
    let header = packet.header;
    assert_eq!((header.id, header.opcode.0), (expected.id, expected.opcode));
    assert_eq!(u16::from_be_bytes([octets[2], octets[3]]), expected.flags);
    assert_eq!(header.rcode.0, expected.rcode);
    let additionals = packet.additionals.len() + usize::from(packet.edns.is_some());
    let counts = [
        packet.questions.len(),
        packet.answers.len(),
        packet.authorities.len(),
        additionals,
    ];
    assert_eq!(counts, expected.counts);
    for (question, expected) in packet.questions.iter().zip(&expected.qd) {
        check_question(question, expected);
    }
    check_typed(packet);
    check_records(&packet.answers, &expected.an);
    check_records(&packet.authorities, &expected.ns);
    check_records(&packet.additionals, &expected.ar);
    check_edns(packet.edns.as_ref(), expected.opt.as_ref());
    check_written(packet);
}

fn check_written(packet: &DnsPacket) {
    let written = packet.write().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        DnsPacket::parse(&written).as_ref(),
        Ok(packet),
        "written and parsed again"
    );
}

#[test]
fn messages_that_all_parsers_accept_have_the_expected_values() {
    let Some(folder) = outside::packets() else {
        return;
    };
    let expected = expected_messages(&folder);
    for (id, octets) in packets(&folder, "accept") {
        eprintln!("{id}");
        let packet = DnsPacket::parse(&octets).unwrap_or_else(|error| panic!("{error}"));
        check(&packet, &octets, &expected[&id]);
    }
}

fn has_malformed(packet: &DnsPacket) -> bool {
    packet
        .records()
        .any(|record| matches!(record.rdata, Rdata::Malformed { .. }))
}

#[test]
fn messages_that_all_parsers_reject_are_refused_or_have_a_malformed_record() {
    let Some(folder) = outside::packets() else {
        return;
    };
    for (id, octets) in packets(&folder, "reject") {
        let Ok(packet) = DnsPacket::parse(&octets) else {
            continue;
        };
        assert!(has_malformed(&packet), "{id} was accepted");
    }
}

/// Asserts that the only malformed records are an HTTPS record whose port has three octets (RFC
/// 9460 section 7.2), and a LOC record whose place is not on Earth (RFC 1876 section 2).
fn check_malformed(packet: &DnsPacket) {
    for record in packet.records() {
        if let Rdata::Malformed { error, .. } = &record.rdata {
            let key = SvcParamKey::PORT;
            let is_expected = match record.rtype() {
                RecordType::LOC => matches!(error.kind, ParseErrorKind::BadValue { .. }),
                _ => error.kind == ParseErrorKind::SvcParamValue { key },
            };
            assert!(is_expected, "{record}");
        }
    }
}

/// If the three parsers disagree, this one accepts a message that a receiver can use (records of
/// type 0, updates without RDATA, empty RDATA of private types, badly formed EDNS options), and
/// refuses two things: octets after the last section, which have no meaning, and a second OPT
/// record (RFC 6891 section 6.1.1).
#[test]
fn of_disputed_messages_only_trailing_octets_and_a_second_opt_are_refused() {
    let Some(folder) = outside::packets() else {
        return;
    };
    let expected = expected_messages(&folder);
    for (id, octets) in packets(&folder, "disagree") {
        eprintln!("{id}");
        match (DnsPacket::parse(&octets), expected.get(&id)) {
            (Ok(packet), Some(expected)) => check(&packet, &octets, expected),
            (Ok(packet), None) if has_malformed(&packet) => check_malformed(&packet),
            (Ok(packet), None) => check_written(&packet),
            (Err(error), _) => {
                let refused = matches!(
                    error.kind,
                    ParseErrorKind::TrailingOctets { .. } | ParseErrorKind::SecondOpt
                );
                assert!(refused, "{error}");
            }
        }
    }
}
