//! A6: a part of an IPv6 address, and the name with the rest (RFC 2874; historic, RFC 6563).

use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv6Addr;

use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::map;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use super::text::write_generic;
use crate::codes::RecordType;
use crate::error::{ParseErrorKind, WriteError};
use crate::name::Name;
use crate::text::{Fields, Ipv6Text, TextFault, ZoneErrorKind};
use crate::wire::{PResult, RdataWriter, be_u8, failure, whole_name};

/// The last bits of an IPv6 address, and the name whose A6 records have its first bits (RFC 2874
/// section 3.1).
///
/// ```text
///     |  prefix length (u8)  |  suffix: 16 octets at most  |  name, never compressed  |
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct A6 {
    /// The number of bits that are elsewhere: at most 128.
    pub prefix: u8,
    /// The address without these bits. Only those that fill up an octet may be set.
    pub suffix: Ipv6Addr,
    /// The name of the records that have the first bits; only if there are any.
    pub name: Option<Name>,
}

/// The number of bits of an address.
const MAX_PREFIX: u8 = 128;
/// The rule of all fields.
const BAD_A6: ParseErrorKind = ParseErrorKind::BadValue {
    rule: "an A6 record has a prefix of at most 128 bits, an address without them, and a name if there are any (RFC 2874 section 3.1)",
};

impl A6 {
    /// Returns the number of octets of the address that are not sent.
    fn left_out(&self) -> usize {
        usize::from(self.prefix / 8)
    }

    /// Returns the address without the bits of the prefix, which a zone file cannot have.
    fn masked(prefix: u8, suffix: Ipv6Addr) -> Ipv6Addr {
        let mask = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
        (u128::from(suffix) & mask).into()
    }

    fn check(&self) -> Result<(), ParseErrorKind> {
        let octets = self.suffix.octets();
        let is_free = octets.iter().take(self.left_out()).all(|octet| *octet == 0);
        match self.prefix {
            0..=MAX_PREFIX if is_free && self.name.is_some() == (self.prefix > 0) => Ok(()),
            _ => Err(BAD_A6),
        }
    }
}

impl RdataFormat for A6 {
    type Value = A6;

    const LAYOUT: &'static [Row] = &[("a6", Kind::Rest(A6::show_octets))];
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "0 2345:c1:ca11:1:1234:5678:9abc:def0",
        "64 ::1234:5678:1:2 subnet-1.ip6.example.com.",
        "125 ::7 .",
        "128 ip6.example.com.",
    ];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, A6> {
        let (rest, prefix) = context("prefix", be_u8).parse(input)?;
        if prefix > MAX_PREFIX {
            return Err(failure(input, 0, "prefix", BAD_A6));
        }
        let length = usize::from((MAX_PREFIX - prefix).div_ceil(8));
        let (rest, sent) = context("suffix", take(length)).parse(rest)?;
        let mut octets = [0; 16];
        for (octet, sent) in octets.iter_mut().rev().zip(sent.iter().rev()) {
            *octet = *sent;
        }
        let (rest, name) = match prefix {
            0 => (rest, None),
            _ => context("name", map(whole_name, Some)).parse(rest)?,
        };
        let suffix = octets.into();
        Ok((
            rest,
            A6 {
                prefix,
                suffix,
                name,
            },
        ))
    }

    fn write(a6: &A6, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        a6.check().map_err(|kind| WriteError::BadRdata {
            rtype: RecordType::A6,
            kind,
        })?;
        let octets = a6.suffix.octets();
        out.octets(&[a6.prefix]);
        out.octets(octets.get(a6.left_out()..).unwrap_or_default());
        if let Some(name) = &a6.name {
            out.name(name);
        }
        Ok(())
    }

    /// Reads a prefix length, then an address if not all bits are elsewhere, then a name if some
    /// are. Bits of the prefix mean nothing in the address.
    fn read(fields: &mut Fields<'_, '_>) -> Result<A6, TextFault> {
        let start = fields.next_at();
        let prefix = fields.number("a prefix length")?;
        let suffix = match prefix {
            0..MAX_PREFIX => fields.value("an IPv6 address", "::1234:5678:1:2")?,
            MAX_PREFIX => Ipv6Addr::UNSPECIFIED,
            _ => {
                let kind = ZoneErrorKind::BadValue { kind: BAD_A6 };
                return Err(TextFault::new(start, kind));
            }
        };
        let name = match prefix {
            0 => None,
            _ => Some(fields.name("the name with the prefix")?),
        };
        Ok(A6 {
            prefix,
            suffix: A6::masked(prefix, suffix),
            name,
        })
    }
}

/// Bits of the prefix that fill up an octet are kept, but have only the generic form in text.
impl fmt::Display for A6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut octets = Vec::new();
        if self.suffix != A6::masked(self.prefix, self.suffix)
            && A6::write(self, &mut RdataWriter::uncompressed(&mut octets)).is_ok()
        {
            return write_generic(f, &octets);
        }
        write!(f, "{}", self.prefix)?;
        if self.prefix < MAX_PREFIX {
            write!(f, " {}", Ipv6Text(self.suffix))?;
        }
        match &self.name {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, fault, read_line};
    use super::*;
    use crate::Rdata;

    /// The examples of RFC 2874 section 3.1.2 and 5.1.
    #[test]
    fn the_prefix_decides_which_fields_there_are() {
        let whole = "00 234500c1ca110001123456789abcdef0";
        assert_same(
            RecordType::A6,
            "0 2345:c1:ca11:1:1234:5678:9abc:def0",
            whole,
        );
        assert_needs(RecordType::A6, whole, 17);
        let half = "40 1234567800010002 03 697036 00";
        assert_same(RecordType::A6, "64 ::1234:5678:1:2 ip6.", half);
        assert_needs(RecordType::A6, half, 14);
        assert_same(RecordType::A6, "128 ip6.", "80 03 697036 00");
        assert_same(
            RecordType::A6,
            "61 ::7:0:0:0:1 .",
            "3d 07 0000000000000001 00",
        );
        assert!(fault(RecordType::A6, "81 00").contains("at most 128 bits"));
    }

    #[test]
    fn bits_of_the_prefix_are_kept_on_the_wire_and_dropped_in_text() {
        let octets = "3d ff 0000000000000001 00";
        assert_same(RecordType::A6, "\\# 11 3DFF000000000000000100", octets);
        let texts = [
            "60 ::1f:2:3:4:5 foo.",
            "0 ::1 foo.",
            "64 ::1",
            "128 ::1",
            "129 foo.",
        ];
        insta::assert_snapshot!(texts.map(|text| read_line(RecordType::A6, text)).join("\n"), @"
        A6 60 ::f:2:3:4:5 foo.
        A6 0 ::1 foo.: 'foo.' is one field too many: the line is complete without it
        A6 64 ::1: the name with the prefix is missing here
        A6 128 ::1.
        A6 129 foo.: an A6 record has a prefix of at most 128 bits, an address without them, and a name if there are any (RFC 2874 section 3.1)
        ");
    }

    #[test]
    fn fields_that_do_not_go_together_are_not_written() {
        let (one, name) = (Ipv6Addr::LOCALHOST, Some(Name::ROOT));
        for (prefix, suffix, name) in [
            (0, one, name.clone()),
            (64, one, None),
            (129, Ipv6Addr::UNSPECIFIED, name.clone()),
            (128, one, name),
        ] {
            let a6 = A6 {
                prefix,
                suffix,
                name,
            };
            let written = Rdata::A6(Box::new(a6.clone())).octets();
            assert!(
                matches!(written, Err(WriteError::BadRdata { .. })),
                "{a6:?} was written: {written:?}"
            );
        }
    }
}
