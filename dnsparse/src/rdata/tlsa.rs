//! TLSA: which certificate a TLS server will show (RFC 6698 section 2.1).

use std::fmt;

use crate::parse::number::be_u8;
use nom::Parser;
use nom::error::context;

use super::{octets_left, write_hex};
use crate::parse::PResult;
use crate::text::{Fault, Fields};

/// What a TLS server's certificate must match: three octets, and data to the end (RFC 6698 section 2.1).
///
/// ```text
///     |  usage  |  selector  |  matching type  |  data ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tlsa {
    /// Whose certificate is meant: 0 an authority's, 1 the server's, both in the usual chain; 2 an authority's, 3 the
    /// server's, trusted for this record's sake alone (RFC 7218 section 2.1).
    pub usage: u8,
    /// 0 for the whole certificate, 1 for its public key.
    pub selector: u8,
    /// 0 for `data` as it is, 1 for its SHA-256, 2 for its SHA-512.
    pub matching_type: u8,
    /// The certificate, the key, or the digest of either.
    pub data: Vec<u8>,
}

impl Tlsa {
    pub(crate) fn parse(input: &[u8]) -> PResult<'_, Tlsa> {
        let (input, usage) = context("usage", be_u8).parse(input)?;
        let (input, selector) = context("selector", be_u8).parse(input)?;
        let (input, matching_type) = context("matching_type", be_u8).parse(input)?;
        let (input, data) = octets_left("data", input)?;
        Ok((
            input,
            Tlsa {
                usage,
                selector,
                matching_type,
                data,
            },
        ))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.usage, self.selector, self.matching_type]);
        out.extend_from_slice(&self.data);
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<Tlsa, Fault> {
        Ok(Tlsa {
            usage: fields.number("a certificate usage")?,
            selector: fields.number("a selector")?,
            matching_type: fields.number("a matching type")?,
            data: fields.hex_to_end()?,
        })
    }
}

impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.usage, self.selector, self.matching_type)?;
        write_hex(f, &self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, complaint};
    use crate::RecordType;

    #[test]
    fn three_numbers_come_before_the_data() {
        assert_same(RecordType::TLSA, "3 1 1 8D02536C", "030101 8d02536c");
        assert_same(RecordType::TLSA, "255 0 2", "ff0002");
        assert_needs(RecordType::TLSA, "030101 8d02536c", 3);
    }

    #[test]
    fn hexadecimal_digits_may_be_spread_in_any_way() {
        assert_eq!(
            complaint(RecordType::TLSA, "3 1 1 ( 8d0 253\n6c )"),
            "TLSA 3 1 1 8D02536C"
        );
        assert_eq!(
            complaint(RecordType::TLSA, "3 1 1 8d0 25"),
            "TLSA 3 1 1 8d0 25: '8d025' is not hexadecimal, with two digits for each octet"
        );
        assert_eq!(
            complaint(RecordType::TLSA, "3 1 1 8d 0x"),
            "TLSA 3 1 1 8d 0x: '8d0x' is not hexadecimal, with two digits for each octet"
        );
        assert_eq!(
            complaint(RecordType::TLSA, "256 1 1 8d"),
            "TLSA 256 1 1 8d: '256' is not a certificate usage: write a number from 0 to 255"
        );
    }
}
