//! DS: the digest of a child zone's key, in its parent (RFC 4034 section 5).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row, nth_name};
use crate::codes::algorithm_name;
use crate::error::WriteError;
use crate::text::{Fields, TextFault, write_hex};
use crate::wire::{PResult, RdataWriter, be_u8, be_u16, octets_needed};

/// The digest of a child zone's key, which links the child's signatures to the parent's (RFC 4034
/// section 5.1).
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                    KEY TAG                    |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |       ALGORITHM       |      DIGEST TYPE      |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     /                     DIGEST                    /
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ds {
    /// The tag of the child's key: see [`Dnskey::key_tag`](crate::Dnskey::key_tag).
    pub key_tag: u16,
    /// That key's algorithm.
    pub algorithm: u8,
    /// The algorithm of the digest: 1 SHA-1, 2 SHA-256, 4 SHA-384.
    pub digest_type: u8,
    /// The digest of the child's name and key.
    pub digest: Vec<u8>,
}

impl RdataFormat for Ds {
    type Value = Ds;

    const LAYOUT: &'static [Row] = &[
        ("key_tag", Kind::U16),
        ("algorithm", Kind::Code(algorithm_name)),
        ("digest_type", Kind::Code(digest_name)),
        ("digest", Kind::OctetsFrom(1)),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] =
        &["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Ds> {
        let (input, key_tag) = context("key_tag", be_u16).parse(input)?;
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, digest_type) = context("digest_type", be_u8).parse(input)?;
        let (input, digest) = octets_needed("digest", input)?;
        Ok((
            input,
            Ds {
                key_tag,
                algorithm,
                digest_type,
                digest,
            },
        ))
    }

    fn write(ds: &Ds, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.u16(ds.key_tag);
        out.octets(&[ds.algorithm, ds.digest_type]);
        out.needed("a digest", &ds.digest)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Ds, TextFault> {
        Ok(Ds {
            key_tag: fields.number("a key tag")?,
            algorithm: fields.algorithm()?,
            digest_type: fields.number("a digest type")?,
            digest: fields.hex_to_end("a digest")?,
        })
    }
}

/// IANA's "DNSSEC Delegation Signer (DS) Digest Algorithms".
fn digest_name(code: u8) -> Option<&'static str> {
    nth_name(&["SHA-1", "SHA-256", "GOST", "SHA-384"], 1, code)
}

impl fmt::Display for Ds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}",
            self.key_tag, self.algorithm, self.digest_type
        )?;
        write_hex(f, &self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    /// The example of RFC 4034 section 5.4.
    const OCTETS: &str = "ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118";

    #[test]
    fn the_digest_comes_after_the_numbers_of_its_key() {
        let text = "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118";
        assert_same(RecordType::DS, text, OCTETS);
        assert_needs(RecordType::DS, OCTETS, 5);
    }

    #[test]
    fn an_algorithm_may_be_given_by_its_mnemonic() {
        assert_eq!(
            read_line(RecordType::DS, "1 ecdsap256sha256 2 ab"),
            "DS 1 13 2 AB"
        );
        assert_eq!(
            read_line(RecordType::DS, "1 ROT13 2 ab"),
            "DS 1 ROT13 2 ab: 'ROT13' is not an algorithm: write its number from 0 to 255, or its mnemonic, such as ECDSAP256SHA256"
        );
    }
}
