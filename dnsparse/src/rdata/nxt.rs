//! NXT: the obsolete forerunner of NSEC (RFC 2535 section 5).

use alloc::string::ToString;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::TypeBitmap;
use super::bitmap::window_types;
use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::codes::RecordType;
use crate::error::{ParseErrorKind, WriteError};
use crate::name::Name;
use crate::text::{Fields, TextFault, ZoneErrorKind};
use crate::wire::{PResult, RdataWriter, failure, name};

/// The next name in the zone, and the types at the owner: a name, and a bit for each type up to 127
/// (RFC 2535 section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nxt {
    /// The next name that exists.
    pub next: Name,
    /// The types at the owner, none of them over 127.
    pub types: TypeBitmap,
}

/// The most octets of the bitmap.
const MAX_BITS: usize = 16;
/// The rule of the bitmap.
const BAD_BITMAP: ParseErrorKind = ParseErrorKind::BadValue {
    rule: "the bitmap of an NXT record has the types 1 to 127, and no zero octet at its end (RFC 2535 section 5.2)",
};

impl RdataFormat for Nxt {
    type Value = Nxt;

    const LAYOUT: &'static [Row] = &[
        ("next", Kind::Name),
        (
            "types",
            Kind::Rest(|bits| types(bits).map(|types| types.to_string())),
        ),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["medium.foo.nil. A MX SIG NXT", "x."];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Nxt> {
        let (input, next) = context("next", |i| name(message, i)).parse(input)?;
        let types = types(input).map_err(|kind| failure(input, 0, "types", kind))?;
        Ok((&[], Nxt { next, types }))
    }

    fn write(nxt: &Nxt, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        check(&nxt.types).map_err(|kind| {
            let rtype = RecordType::NXT;
            WriteError::BadRdata { rtype, kind }
        })?;
        out.name(&nxt.next);
        // The only window, without its number and its length.
        out.octets(nxt.types.wire().get(2..).unwrap_or_default());
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Nxt, TextFault> {
        let next = fields.name("the next name")?;
        let start = fields.next_at();
        let types = TypeBitmap::read(fields)?;
        check(&types).map_err(|kind| TextFault::new(start, ZoneErrorKind::BadValue { kind }))?;
        Ok(Nxt { next, types })
    }
}

fn types(bits: &[u8]) -> Result<TypeBitmap, ParseErrorKind> {
    let is_bad = bits.len() > MAX_BITS || bits.last() == Some(&0);
    let types: TypeBitmap = window_types(0, bits).collect();
    if is_bad {
        Err(BAD_BITMAP)
    } else {
        check(&types).map(|()| types)
    }
}

fn check(types: &TypeBitmap) -> Result<(), ParseErrorKind> {
    match types.types().all(|rtype| (1..=127).contains(&rtype.0)) {
        true => Ok(()),
        false => Err(BAD_BITMAP),
    }
}

impl fmt::Display for Nxt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.next)?;
        self.types
            .types()
            .try_for_each(|rtype| write!(f, " {rtype}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, fault, read_line};
    use super::*;
    use crate::Rdata;

    /// The types of the example in RFC 2535 section 5.3.
    #[test]
    fn each_type_up_to_127_has_a_bit() {
        assert_same(
            RecordType::NXT,
            "medium. A MX SIG NXT",
            "06 6d656469756d 00 40010082",
        );
        assert_same(
            RecordType::NXT,
            ". TYPE127",
            &format!("00 {}01", "00".repeat(15)),
        );
        assert_same(RecordType::NXT, ".", "00");
        for bits in ["00", "4000", "80", &format!("{}01", "00".repeat(16))] {
            assert!(fault(RecordType::NXT, &format!("00 {bits}")).contains("the bitmap of an NXT"));
        }
        assert!(read_line(RecordType::NXT, ". TYPE128").contains("the bitmap of an NXT"));
        let types = TypeBitmap::new([RecordType::URI]);
        let nxt = Nxt {
            next: Name::ROOT,
            types,
        };
        assert!(Rdata::Nxt(Box::new(nxt)).octets().is_err());
    }
}
