//! SSHFP: the fingerprint of a host's SSH key (RFC 4255 section 3.1).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row, nth_name};
use crate::error::WriteError;
use crate::text::{Fields, TextFault, write_hex};
use crate::wire::{PResult, RdataWriter, be_u8, octets_needed};

/// The fingerprint of a host's SSH key: two octets, and the fingerprint to the end (RFC 4255
/// section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sshfp {
    /// The key's algorithm: 1 RSA, 2 DSA, 3 ECDSA, 4 Ed25519.
    pub algorithm: u8,
    /// The algorithm of the fingerprint: 1 SHA-1, 2 SHA-256.
    pub fingerprint_type: u8,
    /// The digest of the public key.
    pub fingerprint: Vec<u8>,
}

impl RdataFormat for Sshfp {
    type Value = Sshfp;

    const LAYOUT: &'static [Row] = &[
        ("algorithm", Kind::Code(algorithm_name)),
        ("fingerprint_type", Kind::Code(fingerprint_name)),
        ("fingerprint", Kind::OctetsFrom(1)),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["2 1 123456789ABCDEF67890123456789ABCDEF67890"];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Sshfp> {
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, fingerprint_type) = context("fingerprint_type", be_u8).parse(input)?;
        let (input, fingerprint) = octets_needed("fingerprint", input)?;
        Ok((
            input,
            Sshfp {
                algorithm,
                fingerprint_type,
                fingerprint,
            },
        ))
    }

    fn write(sshfp: &Sshfp, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.octets(&[sshfp.algorithm, sshfp.fingerprint_type]);
        out.needed("a fingerprint", &sshfp.fingerprint)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Sshfp, TextFault> {
        Ok(Sshfp {
            algorithm: fields.number("a key's algorithm")?,
            fingerprint_type: fields.number("a fingerprint type")?,
            fingerprint: fields.hex_to_end("a fingerprint")?,
        })
    }
}

/// RFC 4255 section 3.1.1, RFC 6594, RFC 7479.
fn algorithm_name(code: u8) -> Option<&'static str> {
    nth_name(&["RSA", "DSA", "ECDSA", "Ed25519"], 1, code)
}

/// RFC 4255 section 3.1.2, RFC 6594.
fn fingerprint_name(code: u8) -> Option<&'static str> {
    nth_name(&["SHA-1", "SHA-256"], 1, code)
}

impl fmt::Display for Sshfp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm, self.fingerprint_type)?;
        write_hex(f, &self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    /// The example of RFC 4255 section 3.2.
    #[test]
    fn two_numbers_come_before_the_fingerprint() {
        let octets = "02 01 123456789abcdef67890123456789abcdef67890";
        assert_same(
            RecordType::SSHFP,
            "2 1 123456789ABCDEF67890123456789ABCDEF67890",
            octets,
        );
        assert_needs(RecordType::SSHFP, octets, 3);
    }
}
