//! Messages that nobody here wrote, read as others read them.
//!
//! The folder that `DNS_CORPUS` names holds `packets.tsv` (id, verdict of three parsers, octets in hex) and
//! `expected.jsonl` (one parser's reading of those that all three accept). It is not part of this repository: where the
//! variable is unset, there is nothing to check against.
#![cfg(test)]

mod outside;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dnsparse::{
    Class, DnsPacket, Edns, ParseErrorKind, Question, Rdata, Record, RecordType, SvcParamKey,
};
use serde::Deserialize;

/// One message, as another parser read it. Records come with their RDATA uncompressed.
#[derive(Deserialize)]
struct Reading {
    id: u16,
    flags: u16,
    opcode: u8,
    rcode: u16,
    counts: [usize; 4],
    qd: Vec<Asked>,
    an: Vec<Told>,
    ns: Vec<Told>,
    ar: Vec<Told>,
    opt: Option<Opt>,
}

#[derive(Deserialize)]
struct Asked {
    name: String,
    r#type: u16,
    cls: u16,
}

#[derive(Deserialize)]
struct Told {
    name: String,
    r#type: u16,
    cls: u16,
    ttl: u32,
    rdata_wire: String,
}

#[derive(Deserialize)]
struct Opt {
    version: u8,
    payload: u16,
    ext_rcode: u8,
    flags: u16,
    options: Vec<(u16, String)>,
}

/// Id and octets of the messages with one verdict.
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

fn readings(folder: &Path) -> BTreeMap<String, Reading> {
    #[derive(Deserialize)]
    struct Line {
        id: String,
        message: Reading,
    }
    let text =
        fs::read_to_string(folder.join("expected.jsonl")).expect("DNS_CORPUS has expected.jsonl");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Line>(line).expect("a reading"));
    lines.map(|line| (line.id, line.message)).collect()
}

fn check_question(question: &Question, expected: &Asked) {
    assert_eq!(question.qname, expected.name.parse().expect("a name"));
    assert_eq!(
        (question.qtype.0, question.qclass.0),
        (expected.r#type, expected.cls)
    );
}

/// The TTL as the readings have it: 0 where its top bit is set (RFC 2181 section 8), and where a record of an update
/// stands for an absence (RFC 2136 section 2.5).
fn ttl(record: &Record) -> u32 {
    let is_absence = matches!(record.class, Class::NONE | Class::ANY);
    if record.ttl >> 31 == 1 || is_absence {
        0
    } else {
        record.ttl
    }
}

/// The readings have TSIG apart from the records, as this library has OPT.
fn check_records(records: &[Record], expected: &[Told]) {
    let records: Vec<_> = records
        .iter()
        .filter(|record| record.rtype() != RecordType::TSIG)
        .collect();
    assert_eq!(records.len(), expected.len());
    for (record, expected) in records.into_iter().zip(expected) {
        assert_eq!(record.owner, expected.name.parse().expect("a name"));
        assert_eq!(record.rtype().0, expected.r#type);
        // Where an update deletes one record (RFC 2136 section 2.5.4), the reading has the class of its zone.
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
        let got = record.rdata.octets().expect("RDATA that was read");
        let wanted = expected.rdata_wire.to_lowercase();
        assert_eq!(hex::encode(got), wanted, "{record}");
    }
}

/// Nothing is left as octets that has a form here, and every record's line reads back as that record.
fn check_typed(packet: &DnsPacket) {
    for record in packet.records() {
        let is_plain = matches!(record.rdata, Rdata::Unknown { .. });
        let has_form = "A AAAA NS CNAME DNAME SOA PTR MX TXT SRV CAA NAPTR HINFO SVCB HTTPS TLSA SSHFP DS DNSKEY RRSIG \
                        NSEC NSEC3 NSEC3PARAM";
        let has_form = has_form
            .split(' ')
            .any(|known| known == record.rtype().to_string());
        assert!(
            !(is_plain && has_form && record.class == Class::IN),
            "{record}"
        );
        if record.class == Class::IN {
            assert_eq!(
                record.to_string().parse().as_ref(),
                Ok(record),
                "{record} read again"
            );
        }
    }
}

fn check_edns(edns: Option<&Edns>, expected: Option<&Opt>) {
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

/// Everything that the reading tells, and that what is written reads the same again.
fn check(packet: &DnsPacket, octets: &[u8], expected: &Reading) {
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
        "written and read again"
    );
}

#[test]
fn what_all_accept_reads_the_same_here() {
    let Some(folder) = outside::packets() else {
        return;
    };
    let readings = readings(&folder);
    for (id, octets) in packets(&folder, "accept") {
        eprintln!("{id}");
        let packet = DnsPacket::parse(&octets).unwrap_or_else(|error| panic!("{error}"));
        check(&packet, &octets, &readings[&id]);
    }
}

fn has_malformed(packet: &DnsPacket) -> bool {
    packet
        .records()
        .any(|record| matches!(record.rdata, Rdata::Malformed { .. }))
}

#[test]
fn what_all_reject_is_refused_or_has_a_malformed_record() {
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

/// Of what they disagree about, one record is malformed: an HTTPS record whose port has three octets (RFC 9460 section 7.2).
fn check_malformed(packet: &DnsPacket) {
    for record in packet.records() {
        if let Rdata::Malformed { error, .. } = &record.rdata {
            let key = SvcParamKey::PORT;
            assert_eq!(
                error.kind,
                ParseErrorKind::SvcParamValue { key },
                "{record}"
            );
        }
    }
}

/// Where the three parsers disagree, this one takes what a receiver can make sense of (records of type 0, updates without
/// RDATA, empty RDATA of private types, EDNS options with odd contents) and refuses two things: octets after the last
/// section, of which nobody can say what they mean, and a second OPT record (RFC 6891 section 6.1.1).
#[test]
fn where_they_disagree_only_trailing_octets_and_a_second_opt_are_refused() {
    let Some(folder) = outside::packets() else {
        return;
    };
    let readings = readings(&folder);
    for (id, octets) in packets(&folder, "disagree") {
        eprintln!("{id}");
        match (DnsPacket::parse(&octets), readings.get(&id)) {
            (Ok(packet), Some(reading)) => check(&packet, &octets, reading),
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
