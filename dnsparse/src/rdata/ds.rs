//! DS: the digest of a child zone's key, in its parent (RFC 4034 section 5).

use std::fmt;

use crate::parse::number::{be_u8, be_u16};
use nom::Parser;
use nom::error::context;

use super::{octets_left, write_hex};
use crate::parse::PResult;
use crate::text::{Fault, Fields};

/// The digest of a child zone's key: what links the child's signatures to the parent's (RFC 4034 section 5.1).
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
    /// Which of the child's keys is meant: see [`Dnskey::key_tag`](crate::Dnskey::key_tag).
    pub key_tag: u16,
    /// That key's algorithm.
    pub algorithm: u8,
    /// How the digest is made: 1 SHA-1, 2 SHA-256, 4 SHA-384.
    pub digest_type: u8,
    /// The digest of the child's name and key.
    pub digest: Vec<u8>,
}

impl Ds {
    pub(crate) fn parse(input: &[u8]) -> PResult<'_, Ds> {
        let (input, key_tag) = context("key_tag", be_u16).parse(input)?;
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, digest_type) = context("digest_type", be_u8).parse(input)?;
        let (input, digest) = octets_left("digest", input)?;
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

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key_tag.to_be_bytes());
        out.extend_from_slice(&[self.algorithm, self.digest_type]);
        out.extend_from_slice(&self.digest);
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<Ds, Fault> {
        Ok(Ds {
            key_tag: fields.number("a key tag")?,
            algorithm: fields.algorithm()?,
            digest_type: fields.number("a digest type")?,
            digest: fields.hex_to_end()?,
        })
    }
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
    use super::super::tests::{assert_needs, assert_same, complaint};
    use crate::RecordType;

    /// The example of RFC 4034 section 5.4.
    const OCTETS: &str = "ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118";

    #[test]
    fn a_digest_comes_after_the_key_that_it_is_of() {
        let text = "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118";
        assert_same(RecordType::DS, text, OCTETS);
        assert_needs(RecordType::DS, OCTETS, 4);
    }

    #[test]
    fn an_algorithm_may_be_given_by_its_mnemonic() {
        assert_eq!(
            complaint(RecordType::DS, "1 ecdsap256sha256 2 ab"),
            "DS 1 13 2 AB"
        );
        assert_eq!(
            complaint(RecordType::DS, "1 ROT13 2 ab"),
            "DS 1 ROT13 2 ab: 'ROT13' is not an algorithm: write its number from 0 to 255, or its mnemonic, such as ECDSAP256SHA256"
        );
    }
}
