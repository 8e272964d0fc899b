//! TLSA: the certificate of a TLS server, or its key (RFC 6698 section 2.1).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row, nth_name};
use crate::error::WriteError;
use crate::text::{Fields, TextFault, write_hex};
use crate::wire::{PResult, RdataWriter, be_u8, octets_needed};

/// The data that a TLS server's certificate must match: three octets, and data to the end (RFC 6698
/// section 2.1).
///
/// ```text
///     |  usage  |  selector  |  matching type  |  data ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tlsa {
    /// The owner of the certificate: 0 an authority, 1 the server, both in the usual chain; 2 an
    /// authority, 3 the server, trusted because of this record alone (RFC 7218 section 2.1).
    pub usage: u8,
    /// 0 for the whole certificate, 1 for its public key.
    pub selector: u8,
    /// 0 for `data` as it is, 1 for its SHA-256, 2 for its SHA-512.
    pub matching_type: u8,
    /// The certificate, the key, or the digest of either.
    pub data: Vec<u8>,
}

impl RdataFormat for Tlsa {
    type Value = Tlsa;

    const LAYOUT: &'static [Row] = &[
        ("usage", Kind::Code(usage_name)),
        ("selector", Kind::Code(selector_name)),
        ("matching_type", Kind::Code(matching_name)),
        ("data", Kind::OctetsFrom(1)),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["3 1 1 8D02536C", "255 0 2 00"];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Tlsa> {
        let (input, usage) = context("usage", be_u8).parse(input)?;
        let (input, selector) = context("selector", be_u8).parse(input)?;
        let (input, matching_type) = context("matching_type", be_u8).parse(input)?;
        let (input, data) = octets_needed("data", input)?;
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

    fn write(tlsa: &Tlsa, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.octets(&[tlsa.usage, tlsa.selector, tlsa.matching_type]);
        out.needed("certificate data", &tlsa.data)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Tlsa, TextFault> {
        Ok(Tlsa {
            usage: fields.number("a certificate usage")?,
            selector: fields.number("a selector")?,
            matching_type: fields.number("a matching type")?,
            data: fields.hex_to_end("certificate data")?,
        })
    }
}

/// RFC 7218 section 2.1.
fn usage_name(code: u8) -> Option<&'static str> {
    nth_name(&["PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"], 0, code)
}

/// RFC 7218 section 2.2.
fn selector_name(code: u8) -> Option<&'static str> {
    nth_name(&["Cert", "SPKI"], 0, code)
}

/// RFC 7218 section 2.3.
fn matching_name(code: u8) -> Option<&'static str> {
    nth_name(&["Full", "SHA2-256", "SHA2-512"], 0, code)
}

impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.usage, self.selector, self.matching_type)?;
        write_hex(f, &self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    #[test]
    fn three_numbers_come_before_the_data() {
        assert_same(RecordType::TLSA, "3 1 1 8D02536C", "030101 8d02536c");
        assert_same(RecordType::TLSA, "255 0 2 00", "ff000200");
        assert_needs(RecordType::TLSA, "030101 8d02536c", 4);
    }

    #[test]
    fn hexadecimal_digits_may_be_spread_in_any_way() {
        assert_eq!(
            read_line(RecordType::TLSA, "3 1 1 ( 8d0 253\n6c )"),
            "TLSA 3 1 1 8D02536C"
        );
        assert_eq!(
            read_line(RecordType::TLSA, "3 1 1 8d0 25"),
            "TLSA 3 1 1 8d0 25: '8d025' is not hexadecimal, with two digits for each octet"
        );
        assert_eq!(
            read_line(RecordType::TLSA, "3 1 1 8d 0x"),
            "TLSA 3 1 1 8d 0x: '8d0x' is not hexadecimal, with two digits for each octet"
        );
        assert_eq!(
            read_line(RecordType::TLSA, "256 1 1 8d"),
            "TLSA 256 1 1 8d: '256' is not a certificate usage: write a number from 0 to 255"
        );
    }
}
