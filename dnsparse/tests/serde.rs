//! The feature `serde`: any message survives JSON and a compact format unchanged.
#![cfg(test)]

mod any;

use any::packet;
use dnsparse::{
    Class, DnsPacket, EdnsOption, Name, Rcode, Rdata, Record, RecordType, Serial, Zone, parse,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| panic!("it is not serialized: {error}"))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn compact<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_else(|error| panic!("it is not serialized: {error}"))
}

/// Returns the value after a human-readable format and after a compact one.
fn after<T: Serialize + DeserializeOwned>(value: &T) -> [T; 2] {
    let text = json(value);
    let from_text = from_json(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let octets = compact(value);
    let from_octets =
        postcard::from_bytes(&octets).unwrap_or_else(|error| panic!("{error}: {octets:?}"));
    [from_text, from_octets]
}

proptest! {
    #[test]
    fn any_message_is_the_same_afterwards(packet in packet()) {
        for after in after(&packet) {
            prop_assert_eq!(after, packet.clone());
        }
    }
}

#[test]
fn records_of_every_type_are_the_same_afterwards() {
    let zone = Zone::parse(include_str!("every.zone"), &Name::ROOT).expect("a zone");
    for after in after(&zone) {
        assert_eq!(after, zone);
    }
}

/// JSON has the presentation format, a compact format the octets of the wire.
#[test]
fn json_has_presentation_format_and_a_compact_format_octets() {
    let record: Record = "example.com. 60 MX 10 mail.example.com."
        .parse()
        .expect("a record");
    insta::assert_snapshot!(json(&record), @r#"{"owner":"example.com.","class":"IN","ttl":60,"type":"MX","rdata":"10 mail.example.com."}"#);
    let octets = compact(&record);
    let owner = b"\x0d\x07example\x03com\x00";
    assert_eq!(octets.get(..owner.len()), Some(&owner[..]), "{octets:?}");
    let rdata = b"\x14\x00\x0a\x04mail\x07example\x03com\x00";
    assert!(octets.ends_with(rdata), "{octets:?}");
    assert_eq!(json(&RecordType(65_280)), r#""TYPE65280""#);
    assert_eq!(json(&Rcode::NXDOMAIN), r#""NXDOMAIN""#);
    assert_eq!(json(&Serial(7)), "7");
    assert_eq!(
        json(&EdnsOption::Nsid(b"lon".to_vec())),
        r#"{"code":3,"octets":"6c6f6e"}"#
    );
}

/// A message that a person writes may leave out fields that are usual.
#[test]
fn fields_that_are_left_out_are_empty() {
    let text = r#"{
        "header": { "id": 7, "rd": true },
        "questions": [{ "qname": "example.com", "qtype": "AAAA", "qclass": "IN" }]
    }"#;
    let mut query = DnsPacket::query(7, "example.com".parse().expect("a name"), RecordType::AAAA);
    query.header.rd = true;
    assert_eq!(from_json(text), Ok(query));
}

/// TSIG is no record of a zone file, an update deletes by records without RDATA, and Chaosnet's
/// addresses have another form.
#[test]
fn records_that_a_zone_file_cannot_have_are_the_same_afterwards() {
    for (rtype, class, octets) in [
        (RecordType::TSIG, Class::ANY, &[1, 2, 3][..]),
        (RecordType::ANY, Class::ANY, &[]),
        (RecordType::A, Class::NONE, &[]),
        (RecordType::A, Class(3), &[1, 2]),
        (RecordType::NULL, Class::IN, &[]),
    ] {
        let rdata = parse::rdata_octets(rtype, class, octets);
        let record = Record {
            owner: Name::ROOT,
            class,
            ttl: 0,
            rdata,
        };
        for after in after(&record) {
            assert_eq!(after, record);
        }
    }
}

#[test]
fn malformed_rdata_stays_malformed() {
    let malformed = parse::rdata_octets(RecordType::MX, Class::IN, &[0, 10, 0xc0, 12]);
    assert!(matches!(malformed, Rdata::Malformed { .. }));
    insta::assert_snapshot!(json(&malformed), @r#"{"type":"MX","rdata":"\\# 4 000AC00C"}"#);
    for after in after(&malformed) {
        assert_eq!(after, malformed);
    }
}

#[test]
fn text_of_another_form_is_an_error_of_one_line() {
    let errors = [
        from_json::<Name>(r#""a..b""#).map(|_| ()),
        from_json::<RecordType>(r#""AAAAA""#).map(|_| ()),
        from_json::<RecordType>("28").map(|_| ()),
        from_json::<Rdata>(r#"{"type":"MX","rdata":"mail.example.com."}"#).map(|_| ()),
        from_json::<Rdata>(r#"{"type":"AXFR","rdata":""}"#).map(|_| ()),
        from_json::<Rdata>(r#"{"type":"A","rdata":"192.0.2.1\nb A 192.0.2.2"}"#).map(|_| ()),
        from_json::<EdnsOption>(r#"{"code":3,"octets":"6c6"}"#).map(|_| ()),
    ];
    let errors = errors.map(|error| error.expect_err("an error"));
    insta::assert_snapshot!(errors.join("\n"), @r#"
    a label is empty: names have no dot in front and no two dots in a row
    'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1
    invalid type: integer `28`, expected a string at line 1 column 2
    MX "mail.example.com.": 'mail.example.com.' is not a preference: write a number from 0 to 65535
    AXFR "": AXFR is a pseudo-type, which no record in text has
    A "192.0.2.1\nb A 192.0.2.2": there is more here than one record
    Odd number of digits at line 1 column 25
    "#);
}

#[test]
fn octets_that_are_no_name_are_refused() {
    for octets in [&[][..], &[1, b'a'], &[1, b'a', 0, 0], &[0xc0, 0], &[64; 70]] {
        let encoded = [&[octets.len() as u8], octets].concat();
        let name: Result<Name, _> = postcard::from_bytes(&encoded);
        assert!(name.is_err(), "{octets:?} was read as {name:?}");
    }
}
