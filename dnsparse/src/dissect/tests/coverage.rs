//! Properties of all octets: each is in one field, and the faults are those that the parser finds.

use proptest::prelude::*;

use super::*;
use crate::{DnsPacket, ParseError, Rdata};

/// Parses a message: returns the error that refuses it, or the rules that its malformed records
/// break.
fn parser_faults(message: &[u8]) -> Result<Vec<ParseErrorKind>, ParseError> {
    let packet = DnsPacket::parse(message)?;
    let kind = |rdata: &Rdata| match rdata {
        Rdata::Malformed { error, .. } => Some(error.kind),
        _ => None,
    };
    Ok(packet
        .records()
        .filter_map(|record| kind(&record.rdata))
        .collect())
}

/// Asserts that the parser and the dissection, which read names and fields each in its own way,
/// find the same faults. (The parser returns the first fault of each record.)
fn assert_agrees_with_parser(message: &[u8]) {
    let dissection = dissect(message);
    let mut fields = dissection.fields.clone();
    fields.retain(|field| field.fault.is_some());
    match parser_faults(message) {
        Ok(kinds) => {
            fields.dedup_by(|second, first| second.path[0] == first.path[0]);
            assert_eq!(fields.len(), kinds.len(), "{kinds:?}\n{dissection}");
            assert!(
                fields
                    .iter()
                    .zip(kinds)
                    .all(|(field, kind)| agrees(field, kind)),
                "\n{dissection}"
            );
        }
        Err(error) => assert!(
            fields.iter().any(|field| agrees(field, error.kind)),
            "{error}\n{dissection}"
        ),
    }
}

/// Compares a field's fault with the parser's.
fn agrees(field: &Field, kind: ParseErrorKind) -> bool {
    field.fault == Some(kind)
}

#[test]
fn every_beginning_of_every_fixture_is_covered_and_agrees_with_the_parser() {
    for message in messages() {
        for length in 0..=message.len() {
            assert_covered(&dissect(&message[..length]), &message[..length]);
            assert_agrees_with_parser(&message[..length]);
        }
    }
}

/// RDATA that ends early, in records whose RDLENGTH is right.
#[test]
fn every_beginning_of_every_types_rdata_agrees_with_the_parser() {
    for message in rdata::every_beginning() {
        assert_covered(&dissect(&message), &message);
        assert_agrees_with_parser(&message);
    }
}

/// Fixtures with a few octets changed: nearly right, where parsers go wrong.
pub(in crate::dissect) fn nearly_right() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), interesting()), 0..6);
    (prop::sample::select(messages()), changes).prop_map(|(mut message, changes)| {
        for (index, octet) in changes {
            let index = index.index(message.len());
            message[index] = octet;
        }
        message
    })
}

/// Any octet, often one with a meaning in the place of lengths, pointers and types.
fn interesting() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), 0..8u8, Just(41), Just(0xc0), 10..64u8]
}

proptest! {
    #[test]
    fn any_octets_are_covered(message in prop::collection::vec(any::<u8>(), 0..600)) {
        assert_covered(&dissect(&message), &message);
    }

    #[test]
    fn any_octets_after_a_header_are_covered(tail in prop::collection::vec(interesting(), 0..300), counts: [u8; 4]) {
        let mut message = vec![0x12, 0x34, 0x80, 0];
        message.extend(counts.iter().flat_map(|count| [0, count % 4]));
        message.extend(tail);
        assert_covered(&dissect(&message), &message);
        assert_agrees_with_parser(&message);
    }

    #[test]
    fn nearly_right_messages_are_covered_and_agree_with_the_parser(message in nearly_right()) {
        assert_covered(&dissect(&message), &message);
        assert_agrees_with_parser(&message);
    }
}
