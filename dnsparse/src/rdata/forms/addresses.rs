//! Addresses and identifiers of a fixed length.

use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;

use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use super::super::layout::Kind;
use super::super::plain::Form;
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, array};

/// An IPv4 address.
pub(in crate::rdata) struct Ipv4;

impl Form for Ipv4 {
    type Value = Ipv4Addr;
    const KIND: Kind = Kind::Shown(4, |octets| {
        let octets = octets.try_into().unwrap_or([0; 4]);
        Ipv4Addr::from(octets).to_string()
    });

    fn parse<'m>(
        field: &'static str,
        _message: &'m [u8],
        input: &'m [u8],
    ) -> PResult<'m, Ipv4Addr> {
        context(field, map(array, |octets: [u8; 4]| octets.into())).parse(input)
    }

    fn write(
        _what: &'static str,
        value: &Ipv4Addr,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.octets(&value.octets());
        Ok(())
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<Ipv4Addr, TextFault> {
        fields.value(what, "192.0.2.1")
    }

    fn show(value: &Ipv4Addr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{value}")
    }
}

/// A hardware address of six or eight octets: `00-00-5e-00-53-2a` (RFC 7043).
pub(in crate::rdata) struct Eui<const OCTETS: usize>;

impl<const OCTETS: usize> Eui<OCTETS> {
    fn text(octets: &[u8]) -> String {
        let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        octets.join("-")
    }

    /// Undoes [`Eui::text`]; letters may be in upper case.
    fn octets(text: &str) -> Option<[u8; OCTETS]> {
        let mut octets = [0; OCTETS];
        hex::decode_to_slice(text.replace('-', ""), &mut octets).ok()?;
        text.eq_ignore_ascii_case(&Self::text(&octets))
            .then_some(octets)
    }
}

impl<const OCTETS: usize> Form for Eui<OCTETS> {
    type Value = [u8; OCTETS];
    const KIND: Kind = Kind::Shown(OCTETS, Self::text);

    fn parse<'m>(
        field: &'static str,
        _message: &'m [u8],
        input: &'m [u8],
    ) -> PResult<'m, [u8; OCTETS]> {
        context(field, array).parse(input)
    }

    fn write(
        _what: &'static str,
        value: &[u8; OCTETS],
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.octets(value);
        Ok(())
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<[u8; OCTETS], TextFault> {
        let example = match OCTETS {
            6 => "00-00-5e-00-53-2a",
            _ => "00-00-5e-ef-10-00-00-2a",
        };
        fields.value_by(Self::octets, what, example)
    }

    fn show(value: &[u8; OCTETS], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::text(value))
    }
}

/// An identifier or locator of eight octets: `14:4fff:ff20:ee64` (RFC 6742 section 2), without
/// zeros in front of a group, as dig shows it.
pub(in crate::rdata) struct Id64;

impl Id64 {
    fn text(octets: &[u8]) -> String {
        let (pairs, _) = octets.as_chunks();
        let groups: Vec<String> = pairs
            .iter()
            .map(|pair| format!("{:x}", u16::from_be_bytes(*pair)))
            .collect();
        groups.join(":")
    }

    /// Reads four groups of one to four digits.
    fn number(text: &str) -> Option<u64> {
        let groups = text.split(':').map(|group| {
            let is_hex = group.bytes().all(|octet| octet.is_ascii_hexdigit());
            let number = u16::from_str_radix(group, 16).ok()?;
            (is_hex && group.len() <= 4).then_some(u64::from(number))
        });
        let groups: [u64; 4] = groups.collect::<Option<Vec<_>>>()?.try_into().ok()?;
        Some(groups.iter().fold(0, |number, group| number << 16 | group))
    }
}

impl Form for Id64 {
    type Value = u64;
    const KIND: Kind = Kind::Shown(8, Self::text);

    fn parse<'m>(field: &'static str, _message: &'m [u8], input: &'m [u8]) -> PResult<'m, u64> {
        context(field, map(array, u64::from_be_bytes)).parse(input)
    }

    fn write(
        _what: &'static str,
        value: &u64,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.octets(&value.to_be_bytes());
        Ok(())
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<u64, TextFault> {
        fields.value_by(Self::number, what, "14:4fff:ff20:ee64")
    }

    fn show(value: &u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::text(&value.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_addresses_have_two_digits_for_each_octet() {
        assert_eq!(
            Eui::<6>::octets("00-00-5E-00-53-2a"),
            Some([0, 0, 0x5e, 0, 0x53, 0x2a])
        );
        for bad in [
            "",
            "00-00-5e-00-53",
            "00-00-5e-00-53-2",
            "0000-5e-00-53-2a",
            "00:00:5e:00:53:2a",
        ] {
            assert_eq!(Eui::<6>::octets(bad), None, "{bad}");
        }
    }

    #[test]
    fn identifiers_have_four_groups() {
        assert_eq!(
            Id64::number("0014:4FFF:ff20:ee64"),
            Some(0x0014_4fff_ff20_ee64)
        );
        assert_eq!(
            Id64::text(&0x0014_4fff_0000_ee64_u64.to_be_bytes()),
            "14:4fff:0:ee64"
        );
        for bad in [
            "",
            "1:2:3",
            "1:2:3:4:5",
            "1::3:4",
            "1:2:3:10000",
            "1:2:3:+4",
            "1:2:3:00004",
        ] {
            assert_eq!(Id64::number(bad), None, "{bad}");
        }
    }
}
