//! NSEC3PARAM: the parameters by which a zone hashes its names (RFC 5155 section 4).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u8, be_u16, counted};

/// The parameters by which a zone hashes its names: the first four fields of its NSEC3 records (RFC
/// 5155 section 4.2).
///
/// ```text
///     |  hash algorithm  |  flags  |  iterations (u16)  |
///     |  length  |  salt ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nsec3Param {
    /// 1 for SHA-1, the only algorithm so far.
    pub hash_algorithm: u8,
    /// 0.
    pub flags: u8,
    /// The number of additional times that a name is hashed.
    pub iterations: u16,
    /// Octets appended to a name before it is hashed; at most 255.
    pub salt: Vec<u8>,
}

impl RdataFormat for Nsec3Param {
    type Value = Nsec3Param;

    const LAYOUT: &'static [Row] = &[
        ("hash_algorithm", Kind::Code(hash_name)),
        ("flags", Kind::U8),
        ("iterations", Kind::U16),
        ("salt", Kind::Counted(salt_text)),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["1 0 10 ABCD", "1 0 0 -"];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Nsec3Param> {
        let (input, hash_algorithm) = context("hash_algorithm", be_u8).parse(input)?;
        let (input, flags) = context("flags", be_u8).parse(input)?;
        let (input, iterations) = context("iterations", be_u16).parse(input)?;
        let (input, salt) = counted("salt", input)?;
        let param = Nsec3Param {
            hash_algorithm,
            flags,
            iterations,
            salt,
        };
        Ok((input, param))
    }

    fn write(param: &Nsec3Param, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        let octets = [param.hash_algorithm, param.flags];
        write_param(out, octets, param.iterations, &param.salt)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Nsec3Param, TextFault> {
        Ok(Nsec3Param {
            hash_algorithm: fields.number("a hash algorithm")?,
            flags: fields.number("flags")?,
            iterations: fields.number("a number of iterations")?,
            salt: fields.salt()?,
        })
    }
}

/// Appends the four fields, which begin an NSEC3 record too. `octets`: hash algorithm and flags.
pub(super) fn write_param(
    out: &mut RdataWriter<'_>,
    octets: [u8; 2],
    iterations: u16,
    salt: &[u8],
) -> Result<(), WriteError> {
    out.octets(&octets);
    out.u16(iterations);
    out.counted("a salt", salt)
}

/// RFC 5155 section 11.
pub(super) fn hash_name(code: u8) -> Option<&'static str> {
    (code == 1).then_some("SHA-1")
}

/// Shows a salt: hexadecimal digits, or `-` for none.
pub(super) fn salt_text(salt: &[u8]) -> String {
    match salt {
        [] => "-".to_owned(),
        _ => hex::encode_upper(salt),
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
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn parameters_are_the_first_four_fields() {
        let octets = "01 00 000a 02 abcd";
        assert_same(RecordType::NSEC3PARAM, "1 0 10 ABCD", octets);
        assert_same(RecordType::NSEC3PARAM, "1 0 0 -", "01 00 0000 00");
        assert_needs(RecordType::NSEC3PARAM, octets, 7);
    }
}
