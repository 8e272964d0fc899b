//! NSEC3 and NSEC3PARAM: as NSEC, with names hashed, so that a zone cannot be listed (RFC 5155 sections 3 and 4).

use std::fmt;

use crate::parse::number::{be_u8, be_u16};
use nom::Parser;
use nom::error::context;

use super::{TypeBitmap, counted, write_counted};
use crate::parse::PResult;
use crate::text::{Fault, Fields};
use crate::write::WriteError;

/// The next hash in the zone, and the types at the name whose hash the owner is (RFC 5155 section 3.2).
///
/// ```text
///     |  hash algorithm  |  flags  |  iterations (u16)  |
///     |  length  |  salt ...
///     |  length  |  next hashed owner ...
///     |  type bitmap ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nsec3 {
    /// 1 for SHA-1, the only one there is.
    pub hash_algorithm: u8,
    /// 1: there may be delegations without a record of their own ("opt-out").
    pub flags: u8,
    /// How often more than once a name is hashed; 0 is best (RFC 9276 section 3.1).
    pub iterations: u16,
    /// What is appended to a name before it is hashed; at most 255 octets, none is best.
    pub salt: Vec<u8>,
    /// The next hash, in binary; at most 255 octets. The owner's first label has its own in base 32.
    pub next_hashed: Vec<u8>,
    /// The types at the name.
    pub types: TypeBitmap,
}

/// How a zone hashes its names: the first four fields of its NSEC3 records (RFC 5155 section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nsec3Param {
    /// 1 for SHA-1, the only one there is.
    pub hash_algorithm: u8,
    /// 0.
    pub flags: u8,
    /// How often more than once a name is hashed.
    pub iterations: u16,
    /// What is appended to a name before it is hashed; at most 255 octets.
    pub salt: Vec<u8>,
}

impl Nsec3 {
    pub(crate) fn parse(input: &[u8]) -> PResult<'_, Nsec3> {
        let (
            input,
            Nsec3Param {
                hash_algorithm,
                flags,
                iterations,
                salt,
            },
        ) = Nsec3Param::parse(input)?;
        let (input, next_hashed) = counted("next_hashed", input)?;
        let (input, types) = TypeBitmap::parse(input)?;
        Ok((
            input,
            Nsec3 {
                hash_algorithm,
                flags,
                iterations,
                salt,
                next_hashed,
                types,
            },
        ))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        write_param(
            out,
            self.hash_algorithm,
            self.flags,
            self.iterations,
            &self.salt,
        )?;
        write_counted(out, "an NSEC3 record's next hash", &self.next_hashed)?;
        out.extend_from_slice(self.types.wire());
        Ok(())
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<Nsec3, Fault> {
        let Nsec3Param {
            hash_algorithm,
            flags,
            iterations,
            salt,
        } = Nsec3Param::read(fields)?;
        let next_hashed = fields.hash("the next hash")?;
        let types = TypeBitmap::read(fields)?;
        Ok(Nsec3 {
            hash_algorithm,
            flags,
            iterations,
            salt,
            next_hashed,
            types,
        })
    }
}

impl Nsec3Param {
    pub(crate) fn parse(input: &[u8]) -> PResult<'_, Nsec3Param> {
        let (input, hash_algorithm) = context("hash_algorithm", be_u8).parse(input)?;
        let (input, flags) = context("flags", be_u8).parse(input)?;
        let (input, iterations) = context("iterations", be_u16).parse(input)?;
        let (input, salt) = counted("salt", input)?;
        Ok((
            input,
            Nsec3Param {
                hash_algorithm,
                flags,
                iterations,
                salt,
            },
        ))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        write_param(
            out,
            self.hash_algorithm,
            self.flags,
            self.iterations,
            &self.salt,
        )
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<Nsec3Param, Fault> {
        Ok(Nsec3Param {
            hash_algorithm: fields.number("a hash algorithm")?,
            flags: fields.number("flags")?,
            iterations: fields.number("a number of iterations")?,
            salt: fields.salt()?,
        })
    }
}

fn write_param(
    out: &mut Vec<u8>,
    hash_algorithm: u8,
    flags: u8,
    iterations: u16,
    salt: &[u8],
) -> Result<(), WriteError> {
    out.extend_from_slice(&[hash_algorithm, flags]);
    out.extend_from_slice(&iterations.to_be_bytes());
    write_counted(out, "a salt", salt)
}

/// A salt in text: `-` where there is none.
pub(crate) fn salt_text(salt: &[u8]) -> String {
    match salt {
        [] => "-".to_owned(),
        _ => hex::encode_upper(salt),
    }
}

/// A hash in text: base 32 with the digits `0-9A-V`, so that hashes sort as their text does. An empty one, which nobody
/// has a use for, is `-`.
pub(crate) fn hash_text(hash: &[u8]) -> String {
    match hash {
        [] => "-".to_owned(),
        _ => data_encoding::BASE32HEX_NOPAD.encode(hash),
    }
}

impl fmt::Display for Nsec3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (salt, next) = (salt_text(&self.salt), hash_text(&self.next_hashed));
        write!(
            f,
            "{} {} {} {salt} {next}",
            self.hash_algorithm, self.flags, self.iterations
        )?;
        self.types
            .types()
            .try_for_each(|rtype| write!(f, " {rtype}"))
    }
}

impl fmt::Display for Nsec3Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let salt = salt_text(&self.salt);
        write!(
            f,
            "{} {} {} {salt}",
            self.hash_algorithm, self.flags, self.iterations
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, complaint};
    use crate::RecordType;

    /// From the example zone of RFC 5155 appendix A.
    #[test]
    fn hashes_are_shown_in_base_32_and_salts_in_hexadecimal() {
        let octets = "01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 22010000000290";
        let text =
            "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM";
        assert_same(RecordType::NSEC3, text, octets);
        assert_same(RecordType::NSEC3, "1 0 0 - VS", "01 00 0000 00 01 ff");
    }

    #[test]
    fn parameters_are_the_first_four_fields() {
        let octets = "01 00 000a 02 abcd";
        assert_same(RecordType::NSEC3PARAM, "1 0 10 ABCD", octets);
        assert_same(RecordType::NSEC3PARAM, "1 0 0 -", "01 00 0000 00");
        assert_needs(RecordType::NSEC3PARAM, octets, 7);
    }

    #[test]
    fn what_is_neither_salt_nor_hash_is_refused() {
        let texts = [
            "1 0 0 ab0 00",
            "1 0 0 - 0w",
            "1 0 0 - 0",
            "1 0 0 -",
            "1 0 0 - - A",
        ];
        let texts = texts.map(|text| complaint(RecordType::NSEC3, text));
        insta::assert_snapshot!(texts.join("\n"), @r"
        NSEC3 1 0 0 ab0 00: 'ab0' is not hexadecimal, with two digits for each octet
        NSEC3 1 0 0 - 0w: '0w' is not base 32 with the digits 0-9 and A-V, unpadded (RFC 4648 section 7)
        NSEC3 1 0 0 - 0: '0' is not base 32 with the digits 0-9 and A-V, unpadded (RFC 4648 section 7)
        NSEC3 1 0 0 -: the next hash is missing here
        NSEC3 1 0 0 - - A
        ");
    }
}
