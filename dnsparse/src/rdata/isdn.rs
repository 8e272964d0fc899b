//! ISDN: an ISDN number (RFC 1183 section 3.2).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::combinator::cond;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::escape::write_quoted;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, counted};

/// An ISDN number: one or two character strings (RFC 1183 section 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Isdn {
    /// The number, and the digits for direct dial in.
    pub address: Vec<u8>,
    /// The subaddress, in hexadecimal digits.
    pub subaddress: Option<Vec<u8>>,
}

impl RdataFormat for Isdn {
    type Value = Isdn;

    const LAYOUT: &'static [Row] = &[("isdn", Kind::Rest(Isdn::show_octets))];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[r#""150862028003217" "004""#, r#""1""#, r#""" """#];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Isdn> {
        let (input, address) = counted("address", input)?;
        let second = |input| counted("subaddress", input);
        let (input, subaddress) = cond(!input.is_empty(), second).parse(input)?;
        Ok((
            input,
            Isdn {
                address,
                subaddress,
            },
        ))
    }

    fn write(isdn: &Isdn, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.counted("an ISDN number", &isdn.address)?;
        let mut subaddress = isdn.subaddress.iter();
        subaddress.try_for_each(|it| out.counted("a subaddress", it))
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Isdn, TextFault> {
        let address = fields.char_string("an ISDN number")?;
        let subaddress = match fields.is_empty() {
            true => None,
            false => Some(fields.char_string("a subaddress")?),
        };
        Ok(Isdn {
            address,
            subaddress,
        })
    }
}

impl fmt::Display for Isdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(f, &self.address)?;
        let Some(subaddress) = &self.subaddress else {
            return Ok(());
        };
        f.write_str(" ")?;
        write_quoted(f, subaddress)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, fault};
    use crate::RecordType;

    #[test]
    fn there_are_one_or_two_strings() {
        assert_same(RecordType::ISDN, r#""15" "004""#, "02 3135 03 303034");
        assert_same(RecordType::ISDN, r#""15""#, "02 3135");
        assert!(fault(RecordType::ISDN, "").contains("RDATA ends"));
        assert!(fault(RecordType::ISDN, "00 01").contains("RDATA ends"));
        assert!(fault(RecordType::ISDN, "00 00 00").contains("octets left over in RDATA: 1"));
    }
}
