//! CERT: a certificate (RFC 4398 section 2).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use super::layout::Kind;
use super::plain::{Algorithm, Base64, Form, U16, plain_fields};
use crate::codes::algorithm_name;
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter};

/// A certificate, or the place of one (RFC 4398 section 2).
///
/// ```text
///     |  type (u16)  |  key tag (u16)  |  algorithm  |  certificate ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cert {
    /// The kind of certificate: 1 PKIX, 3 PGP, 253 a URI …
    pub cert_type: u16,
    /// The tag of the key in it: see [`Dnskey::key_tag`](crate::Dnskey::key_tag).
    pub key_tag: u16,
    /// That key's algorithm.
    pub algorithm: u8,
    /// The certificate, in its own form.
    pub certificate: Vec<u8>,
}

plain_fields! {
    Cert {
        cert_type: CertType = "a certificate's type",
        key_tag: U16 = "a key tag",
        algorithm: NamedAlgorithm = "an algorithm",
        certificate: Base64 = "a certificate",
    }
    examples ["PGP 0 0 AwEAAQ==", "PKIX 65535 RSASHA256 AA==", "9 1 255 AA=="]
}

/// RFC 4398 section 2.1.
const TYPES: [(u16, &str); 10] = [
    (1, "PKIX"),
    (2, "SPKI"),
    (3, "PGP"),
    (4, "IPKIX"),
    (5, "ISPKI"),
    (6, "IPGP"),
    (7, "ACPKIX"),
    (8, "IACPKIX"),
    (253, "URI"),
    (254, "OID"),
];

/// The kind of a certificate, by its mnemonic.
struct CertType;

impl CertType {
    fn text(code: u16) -> String {
        let named = TYPES.iter().find(|(number, _)| *number == code);
        named.map_or_else(|| code.to_string(), |(_, name)| (*name).to_owned())
    }

    fn number(text: &str) -> Option<u16> {
        let named = TYPES
            .iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(text));
        let is_number = text.bytes().all(|octet| octet.is_ascii_digit());
        let number = || is_number.then(|| text.parse().ok())?;
        named.map_or_else(number, |(number, _)| Some(*number))
    }
}

impl Form for CertType {
    type Value = u16;
    const KIND: Kind = Kind::Shown(2, |octets| {
        octets.try_into().map_or_else(
            |_| String::new(),
            |code| CertType::text(u16::from_be_bytes(code)),
        )
    });

    fn parse<'m>(field: &'static str, message: &'m [u8], input: &'m [u8]) -> PResult<'m, u16> {
        U16::parse(field, message, input)
    }

    fn write(what: &'static str, value: &u16, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        U16::write(what, value, out)
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<u16, TextFault> {
        fields.value_by(CertType::number, what, "PKIX")
    }

    fn show(value: &u16, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&CertType::text(*value))
    }
}

/// The algorithm of a key, by its mnemonic, as dig shows it in this type alone.
struct NamedAlgorithm;

impl Form for NamedAlgorithm {
    type Value = u8;
    const KIND: Kind = Algorithm::KIND;

    fn parse<'m>(field: &'static str, message: &'m [u8], input: &'m [u8]) -> PResult<'m, u8> {
        Algorithm::parse(field, message, input)
    }

    fn write(what: &'static str, value: &u8, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        Algorithm::write(what, value, out)
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<u8, TextFault> {
        Algorithm::read(what, fields)
    }

    fn show(value: &u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match algorithm_name(*value) {
            Some(name) => f.write_str(name),
            None => Algorithm::show(value, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    #[test]
    fn a_certificate_has_a_type_a_key_tag_and_an_algorithm() {
        let octets = "0003 0001 08 03010001";
        assert_same(RecordType::CERT, "PGP 1 RSASHA256 AwEAAQ==", octets);
        assert_needs(RecordType::CERT, octets, 6);
        assert_eq!(
            read_line(RecordType::CERT, "3 1 8 AwEAAQ=="),
            "CERT PGP 1 RSASHA256 AwEAAQ=="
        );
        assert_eq!(
            read_line(RecordType::CERT, "65536 1 8 AwEAAQ=="),
            "CERT 65536 1 8 AwEAAQ==: '65536' is not a certificate's type, such as PKIX"
        );
    }
}
