//! NSEC: the next name of a signed zone, which proves that no name lies between (RFC 4034 section
//! 4).

use core::fmt;

use nom::Parser;
use nom::error::context;

use super::TypeBitmap;
use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, name};

/// The next name in the zone, in canonical order, and the types at the owner: a name and a bitmap
/// (RFC 4034 section 4.1). Signed, it proves that no name lies between the two, and that the owner
/// has no other types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nsec {
    /// The next name that exists. After the last name, it is the apex.
    pub next: Name,
    /// The types at the owner.
    pub types: TypeBitmap,
}

impl RdataFormat for Nsec {
    type Value = Nsec;

    const LAYOUT: &'static [Row] = &[("next", Kind::Name), ("types", Kind::Types)];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["host.example.com. A MX RRSIG NSEC TYPE1234", "."];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Nsec> {
        let (input, next) = context("next", |i| name(message, i)).parse(input)?;
        let (input, types) = TypeBitmap::parse(input)?;
        Ok((input, Nsec { next, types }))
    }

    fn write(nsec: &Nsec, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.name(&nsec.next);
        out.octets(nsec.types.wire());
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Nsec, TextFault> {
        Ok(Nsec {
            next: fields.name("the next name")?,
            types: TypeBitmap::read(fields)?,
        })
    }
}

impl fmt::Display for Nsec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.next)?;
        self.types
            .types()
            .try_for_each(|rtype| write!(f, " {rtype}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, read_line};
    use crate::RecordType;

    /// The example of RFC 4034 section 4.3, with a shorter name.
    #[test]
    fn the_next_name_comes_before_the_types() {
        let octets = "04 686f7374 00 0006 400100000003 041b 000000000000000000000000000000000000000000000000000020";
        assert_same(RecordType::NSEC, "host. A MX RRSIG NSEC TYPE1234", octets);
        assert_same(RecordType::NSEC, ".", "00");
    }

    #[test]
    fn types_are_read_in_any_order_and_sorted() {
        assert_eq!(
            read_line(RecordType::NSEC, "x. nsec A mx A TYPE1"),
            "NSEC x. A MX NSEC"
        );
        assert_eq!(
            read_line(RecordType::NSEC, "x. A AAAAA"),
            "NSEC x. A AAAAA: 'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1"
        );
    }
}
