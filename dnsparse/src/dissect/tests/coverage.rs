//! What holds for all octets whatsoever: each is in one field, and the faults are those that the parser finds.

use proptest::prelude::*;

use super::*;
use crate::{DnsPacket, ParseError, Rdata};

/// What the parser says of a message: the rule that makes it refuse, or those that its malformed records break.
fn parser_says(message: &[u8]) -> Result<Vec<Broken>, ParseError> {
    let packet = DnsPacket::parse(message)?;
    let rule = |rdata: &Rdata| match rdata {
        Rdata::Malformed { error, .. } => Some(error.rule),
        _ => None,
    };
    Ok(packet
        .records()
        .filter_map(|record| rule(&record.rdata))
        .collect())
}

/// The parser and the dissection read names and fields each in its own way: they have to find the same faults. (Of each
/// record the parser tells the first.)
fn assert_agrees_with_parser(message: &[u8]) {
    let dissection = dissect(message);
    let mut fields = dissection.fields.clone();
    fields.retain(|field| field.fault.is_some());
    match parser_says(message) {
        Ok(rules) => {
            fields.dedup_by(|second, first| second.path[0] == first.path[0]);
            assert_eq!(fields.len(), rules.len(), "{rules:?}\n{dissection}");
            assert!(
                fields
                    .iter()
                    .zip(rules)
                    .all(|(field, rule)| agrees(field, rule)),
                "\n{dissection}"
            );
        }
        Err(error) => assert!(
            fields.iter().any(|field| agrees(field, error.rule)),
            "{error}\n{dissection}"
        ),
    }
}

/// A name may be too long and break another rule at once; which of the two is told is nobody's promise.
fn agrees(field: &Field, rule: Broken) -> bool {
    field
        .fault
        .is_some_and(|fault| fault == rule || [fault, rule].contains(&Broken::NameTooLong))
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

/// Fixtures with a few octets changed: nearly right, which is where readers go wrong.
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

/// Any octet, and often those that mean something where lengths, pointers and types stand.
fn interesting() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), 0..8u8, Just(41), Just(0xc0), 10..64u8]
}

proptest! {
    #[test]
    fn any_octets_are_covered(message in prop::collection::vec(any::<u8>(), 0..600)) {
        assert_covered(&dissect(&message), &message);
    }

    #[test]
    fn any_octets_behind_a_header_are_covered(tail in prop::collection::vec(interesting(), 0..300), counts: [u8; 4]) {
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
