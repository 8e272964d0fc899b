//! NSEC3: NSEC with hashed names, so that a zone cannot be listed (RFC 5155 section 3).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::TypeBitmap;
use super::format::RdataFormat;
use super::layout::{Kind, Row};
use super::nsec3param::{Nsec3Param, hash_name, salt_text, write_param};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, counted};

/// The next hash in the zone, and the types at the name whose hash the owner is (RFC 5155 section
/// 3.2).
///
/// ```text
///     |  hash algorithm  |  flags  |  iterations (u16)  |
///     |  length  |  salt ...
///     |  length  |  next hashed owner ...
///     |  type bitmap ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nsec3 {
    /// 1 for SHA-1, the only algorithm so far.
    pub hash_algorithm: u8,
    /// 1: there may be delegations without a record of their own ("opt-out").
    pub flags: u8,
    /// The number of additional times that a name is hashed; 0 is best (RFC 9276 section 3.1).
    pub iterations: u16,
    /// Octets appended to a name before it is hashed; at most 255, none is best.
    pub salt: Vec<u8>,
    /// The next hash, in binary; at most 255 octets. The owner's first label is a hash too, in base
    /// 32.
    pub next_hashed: Vec<u8>,
    /// The types at the name.
    pub types: TypeBitmap,
}

impl RdataFormat for Nsec3 {
    type Value = Nsec3;

    const LAYOUT: &'static [Row] = &[
        ("hash_algorithm", Kind::Code(hash_name)),
        ("flags", Kind::U8),
        ("iterations", Kind::U16),
        ("salt", Kind::Counted(salt_text)),
        ("next_hashed", Kind::Counted(hash_text)),
        ("types", Kind::Types),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM",
        "1 0 0 - VS",
    ];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Nsec3> {
        let (input, param) = Nsec3Param::parse(message, input)?;
        let Nsec3Param {
            hash_algorithm,
            flags,
            iterations,
            salt,
        } = param;
        let (input, next_hashed) = counted("next_hashed", input)?;
        let (input, types) = TypeBitmap::parse(input)?;
        let nsec3 = Nsec3 {
            hash_algorithm,
            flags,
            iterations,
            salt,
            next_hashed,
            types,
        };
        Ok((input, nsec3))
    }

    fn write(nsec3: &Nsec3, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        let Nsec3 {
            hash_algorithm,
            flags,
            iterations,
            salt,
            next_hashed,
            types,
        } = nsec3;
        write_param(out, [*hash_algorithm, *flags], *iterations, salt)?;
        out.counted("an NSEC3 record's next hash", next_hashed)?;
        out.octets(types.wire());
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Nsec3, TextFault> {
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

/// Shows a hash: base 32 with the digits `0-9A-V`, so that hashes sort as their text does. An empty
/// hash, which is useless, is `-`.
fn hash_text(hash: &[u8]) -> String {
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

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, read_line};
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
    fn salts_and_hashes_have_their_digits() {
        let texts = [
            "1 0 0 ab0 00",
            "1 0 0 - 0w",
            "1 0 0 - 0",
            "1 0 0 -",
            "1 0 0 - - A",
        ];
        let texts = texts.map(|text| read_line(RecordType::NSEC3, text));
        insta::assert_snapshot!(texts.join("\n"), @r"
        NSEC3 1 0 0 ab0 00: 'ab0' is not hexadecimal, with two digits for each octet
        NSEC3 1 0 0 - 0w: '0w' is not base 32 with the digits 0-9 and A-V, unpadded (RFC 4648 section 7)
        NSEC3 1 0 0 - 0: '0' is not base 32 with the digits 0-9 and A-V, unpadded (RFC 4648 section 7)
        NSEC3 1 0 0 -: the next hash is missing here
        NSEC3 1 0 0 - - A
        ");
    }
}
