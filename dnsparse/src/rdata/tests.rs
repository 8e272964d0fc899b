//! Assertions for the tests of each type's file, and tests that go over all types.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::EXAMPLES;
use crate::{Class, Rdata, RecordType, parse};

/// Asserts that text and octets (in hex, blanks ignored) are two forms of the same RDATA.
#[track_caller]
pub(super) fn assert_same(rtype: RecordType, text: &str, octets: &str) {
    let octets = hex::decode(octets.replace([' ', '\n'], "")).unwrap();
    let from_text = Rdata::from_text(rtype, text).unwrap_or_else(|error| panic!("{error}"));
    let from_octets = parse::rdata_octets(rtype, Class::IN, &octets);
    assert_eq!(from_octets.to_string(), text);
    assert_eq!(from_octets, from_text);
    assert_eq!(
        hex::encode(from_text.octets().unwrap()),
        hex::encode(octets)
    );
}

/// Returns the error for octets that are malformed.
pub(super) fn fault(rtype: RecordType, octets: &str) -> String {
    let octets = hex::decode(octets.replace([' ', '\n'], "")).unwrap();
    match parse::rdata_octets(rtype, Class::IN, &octets) {
        Rdata::Malformed { error, .. } => error.to_string(),
        rdata => format!("nothing: {rdata}"),
    }
}

/// Asserts that RDATA cut to fewer than `least` octets is malformed.
pub(super) fn assert_needs(rtype: RecordType, octets: &str, least: usize) {
    let octets = hex::decode(octets.replace([' ', '\n'], "")).unwrap();
    for length in 0..octets.len() {
        let rdata = parse::rdata_octets(rtype, Class::IN, &octets[..length]);
        let is_malformed = matches!(rdata, Rdata::Malformed { .. });
        assert_eq!(is_malformed, length < least, "{rtype} of {length} octets");
    }
}

/// Reads text, and returns the RDATA or the error in one line.
pub(super) fn read_line(rtype: RecordType, text: &str) -> String {
    match Rdata::from_text(rtype, text) {
        Ok(rdata) => format!("{rtype} {rdata}"),
        Err(error) => format!("{rtype} {text}: {}", error.kind),
    }
}

#[test]
fn a_record_stays_small() {
    assert_eq!(size_of::<Rdata>(), 48);
    assert_eq!(size_of::<crate::Record>(), 88);
}

/// Parses RDATA of each example from its text.
pub(crate) fn examples() -> Vec<Rdata> {
    let texts = EXAMPLES
        .iter()
        .flat_map(|(rtype, texts)| texts.iter().map(|text| (*rtype, *text)));
    let read = |(rtype, text)| match Rdata::from_text(rtype, text) {
        Ok(rdata) => {
            assert_eq!(rdata.to_string(), text, "{rtype}");
            rdata
        }
        Err(error) => panic!("{rtype}: {error}"),
    };
    texts.map(read).collect()
}

#[test]
fn every_type_has_the_same_value_on_the_wire_and_in_text() {
    for (rtype, texts) in EXAMPLES {
        assert!(!texts.is_empty(), "{rtype} has no example");
    }
    for rdata in examples() {
        let octets = rdata.octets().unwrap();
        assert_eq!(
            parse::rdata_octets(rdata.rtype(), Class::IN, &octets),
            rdata
        );
        let generic = format!("\\# {} {}", octets.len(), hex::encode(&octets));
        assert_eq!(Rdata::from_text(rdata.rtype(), &generic).unwrap(), rdata);
    }
}

/// The zone that is served by nsd, named and knotd in the tests of `lessons/real-servers`.
#[test]
fn every_type_has_a_record_in_the_zone_of_every_type() {
    let zone = include_str!("../../tests/every.zone");
    let zone = crate::Zone::parse(zone, &"every.test.".parse().unwrap());
    let records = zone.unwrap_or_else(|error| panic!("{error}")).records;
    let has_record = |rtype| records.iter().any(|record| record.rtype() == rtype);
    for (rtype, _) in EXAMPLES {
        assert!(has_record(*rtype), "tests/every.zone has no {rtype} record");
    }
}

#[test]
fn a_line_that_is_cut_short_is_refused() {
    use RecordType as T;
    let lines = [
        (T::DS, "60485 5 1"),
        (T::SSHFP, "4 2"),
        (T::TLSA, "3 1 1"),
        (T::DNSKEY, "257 3 13"),
        (
            T::RRSIG,
            "A 5 3 86400 20030322104703 20030220104535 2642 example.",
        ),
    ];
    insta::assert_snapshot!(lines.map(|(rtype, text)| read_line(rtype, text)).join("\n"), @"
    DS 60485 5 1: a digest is missing here
    SSHFP 4 2: a fingerprint is missing here
    TLSA 3 1 1: certificate data is missing here
    DNSKEY 257 3 13: a public key is missing here
    RRSIG A 5 3 86400 20030322104703 20030220104535 2642 example.: a signature is missing here
    ");
}

#[test]
fn pseudo_types_are_not_read_from_text() {
    use RecordType as T;
    for rtype in [
        T::OPT,
        T::NXNAME,
        T::TKEY,
        T::TSIG,
        T::IXFR,
        T::AXFR,
        T::MAILB,
        T::MAILA,
        T::ANY,
    ] {
        let shown = format!("{rtype} \\# 0: {rtype} is a pseudo-type, which no record in text has");
        assert_eq!(read_line(rtype, "\\# 0"), shown);
    }
}

/// RFC 3597 section 4: only types of RFC 1035 are written with compressed names.
#[test]
fn names_are_written_compressed_only_in_the_types_of_rfc_1035() {
    use RecordType as T;
    let old = [
        T::NS,
        T::MD,
        T::MF,
        T::CNAME,
        T::SOA,
        T::MB,
        T::MG,
        T::MR,
        T::PTR,
        T::MINFO,
        T::MX,
    ];
    for rdata in examples() {
        let packet = crate::DnsPacket {
            answers: vec![crate::Record::new(crate::Name::ROOT, 0, rdata.clone()); 2],
            ..crate::DnsPacket::default()
        };
        let message = packet.write().unwrap();
        let alone = rdata.octets().unwrap();
        let is_compressed = !message.ends_with(&alone);
        let has_name = alone.len() > 4 && rdata.to_string() != ". .";
        let expected = old.contains(&rdata.rtype()) && has_name;
        assert_eq!(is_compressed, expected, "{} {rdata}", rdata.rtype());
        assert_eq!(crate::DnsPacket::parse(&message), Ok(packet));
    }
}

/// RFC 3597 section 4: compressed names are read in the types of which some servers compressed
/// them.
#[test]
fn compressed_names_are_read_in_the_types_of_rfc_3597() {
    let question = b"\x00\x00\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01";
    for rtype in (0..300)
        .map(RecordType)
        .filter(|rtype| rtype.may_have_compressed_names())
    {
        let example = examples().into_iter().find(|rdata| rdata.rtype() == rtype);
        let octets = example.unwrap().octets().unwrap();
        // The last root is replaced by a pointer to the name of the question.
        let Some(root) = octets.iter().rposition(|octet| *octet == 0) else {
            continue;
        };
        let is_at_end = root + 1 == octets.len();
        if !is_at_end {
            continue;
        }
        let octets = [&octets[..root], &[0xc0, 12]].concat();
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        let fields = [
            &[0][..],
            &rtype.0.to_be_bytes(),
            &[0, 1, 0, 0, 0, 0],
            &length,
        ]
        .concat();
        let message = [&question[..], &fields, &octets].concat();
        let packet = crate::DnsPacket::parse(&message).unwrap();
        assert!(
            packet.answers[0].rdata.to_string().ends_with("a."),
            "{}",
            packet.answers[0]
        );
    }
}

#[test]
fn octets_after_the_last_field_are_refused_or_belong_to_it() {
    for rdata in examples() {
        let longer = [&rdata.octets().unwrap()[..], &[0xff]].concat();
        let longer = parse::rdata_octets(rdata.rtype(), Class::IN, &longer);
        assert_ne!(longer, rdata);
    }
}

proptest! {
    /// Octets that are nearly RDATA of a type, cut or changed, parse to RDATA with the same octets
    /// and the same text, or are malformed.
    #[test]
    fn rdata_that_parses_is_the_same_in_octets_and_in_text(
        rdata in select(examples()),
        length: Index,
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 0..4),
    ) {
        let mut octets = rdata.octets().unwrap();
        octets.truncate(octets.len() - length.index(octets.len().max(2)) / 2);
        for (place, octet) in changes {
            if !octets.is_empty() {
                let place = place.index(octets.len());
                octets[place] = octet;
            }
        }
        let parsed = parse::rdata_octets(rdata.rtype(), Class::IN, &octets);
        if !matches!(parsed, Rdata::Malformed { .. }) {
            prop_assert_eq!(parse::rdata_octets(rdata.rtype(), Class::IN, &parsed.octets().unwrap()), parsed.clone());
            let text = parsed.to_string();
            prop_assert_eq!(text.trim(), &text, "a blank at an end");
            prop_assert_eq!(Rdata::from_text(rdata.rtype(), &text).unwrap(), parsed, "{}", text);
        }
    }
}
