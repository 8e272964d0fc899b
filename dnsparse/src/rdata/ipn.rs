//! IPN: the number of a node in the Bundle Protocol (draft-johnson-dns-ipn-cla-07).

use alloc::string::ToString;
use core::fmt;

use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use super::layout::Kind;
use super::plain::{Form, plain_fields};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, array};

/// The number of a node in the Bundle Protocol, which carries data through space: eight octets
/// (draft-johnson-dns-ipn-cla-07 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipn {
    /// The number: in the upper four octets that of the allocator, if it has one (RFC 9758).
    pub node: u64,
}

/// A number of 64 bits, or its two halves with a dot between them. It is shown as one number.
struct Node;

impl Node {
    fn number(text: &str) -> Option<u64> {
        match text.split_once('.') {
            None => digits(text),
            Some((upper, lower)) => {
                let half = |text| digits(text).and_then(|half: u64| u32::try_from(half).ok());
                Some(u64::from(half(upper)?) << 32 | u64::from(half(lower)?))
            }
        }
    }
}

/// Parses digits and nothing else: Rust alone would accept a `+` too.
fn digits(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

impl Form for Node {
    type Value = u64;
    const KIND: Kind = Kind::Shown(8, |octets| {
        u64::from_be_bytes(octets.try_into().unwrap_or_default()).to_string()
    });

    fn parse<'m>(field: &'static str, _message: &'m [u8], input: &'m [u8]) -> PResult<'m, u64> {
        context(field, map(array, u64::from_be_bytes)).parse(input)
    }

    fn write(
        _what: &'static str,
        value: &u64,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.octets(&value.to_be_bytes());
        Ok(())
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<u64, TextFault> {
        fields.value_by(Self::number, what, "977000.1")
    }

    fn show(value: &u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{value}")
    }
}

plain_fields! {
    Ipn {
        node: Node = "a node's number",
    }
    examples ["3", "4196183048192100"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    #[test]
    fn a_number_may_be_given_by_its_halves() {
        assert_same(RecordType::IPN, "4196183048192100", "000ee868 00000064");
        assert_needs(RecordType::IPN, "000ee868 00000064", 8);
        let texts = [
            "977000.100",
            "18446744073709551615",
            "18446744073709551616",
            "1.4294967296",
            "4294967296.1",
            "1.",
            ".1",
            "1.2.3",
            "+1",
        ];
        insta::assert_snapshot!(texts.map(|text| read_line(RecordType::IPN, text)).join("\n"), @"
        IPN 4196183048192100
        IPN 18446744073709551615
        IPN 18446744073709551616: '18446744073709551616' is not a node's number, such as 977000.1
        IPN 1.4294967296: '1.4294967296' is not a node's number, such as 977000.1
        IPN 4294967296.1: '4294967296.1' is not a node's number, such as 977000.1
        IPN 1.: '1.' is not a node's number, such as 977000.1
        IPN .1: '.1' is not a node's number, such as 977000.1
        IPN 1.2.3: '1.2.3' is not a node's number, such as 977000.1
        IPN +1: '+1' is not a node's number, such as 977000.1
        ");
    }
}
