//! SSHFP: the fingerprint of a host's SSH key (RFC 4255 section 3.1).

use std::fmt;

use crate::parse::number::be_u8;
use nom::Parser;
use nom::error::context;

use super::{octets_left, write_hex};
use crate::parse::PResult;
use crate::text::{Fault, Fields};

/// The fingerprint of a host's SSH key: two octets, and the fingerprint to the end (RFC 4255 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sshfp {
    /// The key's: 1 RSA, 2 DSA, 3 ECDSA, 4 Ed25519.
    pub algorithm: u8,
    /// How the fingerprint is made: 1 SHA-1, 2 SHA-256.
    pub fingerprint_type: u8,
    /// The digest of the public key.
    pub fingerprint: Vec<u8>,
}

impl Sshfp {
    pub(crate) fn parse(input: &[u8]) -> PResult<'_, Sshfp> {
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, fingerprint_type) = context("fingerprint_type", be_u8).parse(input)?;
        let (input, fingerprint) = octets_left("fingerprint", input)?;
        Ok((
            input,
            Sshfp {
                algorithm,
                fingerprint_type,
                fingerprint,
            },
        ))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.algorithm, self.fingerprint_type]);
        out.extend_from_slice(&self.fingerprint);
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<Sshfp, Fault> {
        Ok(Sshfp {
            algorithm: fields.number("a key's algorithm")?,
            fingerprint_type: fields.number("a fingerprint type")?,
            fingerprint: fields.hex_to_end()?,
        })
    }
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
        assert_needs(RecordType::SSHFP, octets, 2);
    }
}
