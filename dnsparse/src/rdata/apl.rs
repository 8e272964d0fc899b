//! APL: lists of address prefixes (RFC 3123).

use alloc::vec::Vec;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use nom::Parser;
use nom::bytes::complete::take;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use super::text::write_generic;
use crate::codes::RecordType;
use crate::error::{ParseErrorKind, PathStep, WriteError};
use crate::text::{Fields, Ipv6Text, TextFault};
use crate::wire::{Fault, PResult, RdataWriter, be_u8, be_u16, failure};

/// A list of address prefixes (RFC 3123 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apl {
    /// The prefixes in their order.
    pub items: Vec<AplItem>,
}

/// A prefix in an APL record (RFC 3123 section 4).
///
/// ```text
///     |  family (u16)  |  prefix length  |N|  length (7 bits)  |  address, without zeros at its end
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AplItem {
    /// The address family: 1 IPv4, 2 IPv6.
    pub family: u16,
    /// The number of bits that count: at most 32 in IPv4, 128 in IPv6.
    pub prefix: u8,
    /// Whether addresses of this prefix are excluded.
    pub is_negated: bool,
    /// The address without zero octets at its end: at most 127 octets, of IPv4 at most 4, of IPv6
    /// at most 16.
    pub address: Vec<u8>,
}

/// The bit of the fourth octet that is no part of the length.
const NEGATED: u8 = 0x80;
/// The rule of an item.
const BAD_ITEM: ParseErrorKind = ParseErrorKind::BadValue {
    rule: "an address prefix has no more octets and bits than its family, and no zero octet at its end (RFC 3123 section 4)",
};

impl AplItem {
    /// Returns the octets of an address of the family, if its text has a form of its own.
    fn address_length(&self) -> Option<usize> {
        match self.family {
            1 => Some(4),
            2 => Some(16),
            _ => None,
        }
    }

    fn check(&self) -> Result<(), ParseErrorKind> {
        let most = self.address_length().unwrap_or((!NEGATED).into());
        let bits = self
            .address_length()
            .map_or(usize::MAX, |length| 8 * length);
        let fits = self.address.len() <= most && usize::from(self.prefix) <= bits;
        if fits && self.address.last() != Some(&0) {
            Ok(())
        } else {
            Err(BAD_ITEM)
        }
    }

    /// Returns the whole address with its zeros.
    fn whole<const N: usize>(&self) -> [u8; N] {
        let mut whole = [0; N];
        for (octet, from) in whole.iter_mut().zip(&self.address) {
            *octet = *from;
        }
        whole
    }

    fn parse(input: &[u8]) -> PResult<'_, AplItem> {
        let (rest, family) = context("family", be_u16).parse(input)?;
        let (rest, prefix) = context("prefix", be_u8).parse(rest)?;
        let (rest, length) = context("length", be_u8).parse(rest)?;
        let (rest, address) = context("address", take(length & !NEGATED)).parse(rest)?;
        let item = AplItem {
            family,
            prefix,
            is_negated: length & NEGATED != 0,
            address: address.to_vec(),
        };
        item.check()
            .map_err(|kind| failure(input, 0, "address", kind))?;
        Ok((rest, item))
    }

    /// Reads `1:192.0.2.0/24`, or `!1:192.0.2.0/24` (RFC 3123 section 5).
    fn from_text(text: &str) -> Option<AplItem> {
        let (is_negated, text) = match text.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (family, text) = text.split_once(':')?;
        let (address, prefix) = text.split_once('/')?;
        let is_number = prefix.bytes().all(|octet| octet.is_ascii_digit());
        let (family, mut address) = match family {
            "1" => (1, address.parse::<Ipv4Addr>().ok()?.octets().to_vec()),
            "2" => (2, address.parse::<Ipv6Addr>().ok()?.octets().to_vec()),
            _ => return None,
        };
        let used = address.iter().rposition(|octet| *octet != 0);
        address.truncate(used.map_or(0, |last| last + 1));
        let item = AplItem {
            family,
            prefix: is_number.then(|| prefix.parse().ok())??,
            is_negated,
            address,
        };
        item.check().is_ok().then_some(item)
    }
}

impl RdataFormat for Apl {
    type Value = Apl;

    const LAYOUT: &'static [Row] = &[("prefixes", Kind::Rest(Apl::show_octets))];
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "1:192.168.32.0/21 !1:192.168.38.0/28",
        "1:224.0.0.0/4 2:ff00::/8",
        "1:0.0.0.0/0",
    ];

    fn parse<'m>(_message: &'m [u8], mut input: &'m [u8]) -> PResult<'m, Apl> {
        let mut items = Vec::new();
        while !input.is_empty() {
            let here = PathStep::Entry("prefix", items.len());
            let (rest, item) = AplItem::parse(input).map_err(|e| Fault::within(e, here))?;
            items.push(item);
            input = rest;
        }
        Ok((input, Apl { items }))
    }

    fn write(apl: &Apl, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        for item in &apl.items {
            item.check().map_err(|kind| {
                let rtype = RecordType::APL;
                WriteError::BadRdata { rtype, kind }
            })?;
            out.u16(item.family);
            let negated = if item.is_negated { NEGATED } else { 0 };
            out.octets(&[item.prefix, negated | item.address.len() as u8]);
            out.octets(&item.address);
        }
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Apl, TextFault> {
        let mut items = Vec::new();
        while !fields.is_empty() {
            items.push(fields.value_by(
                AplItem::from_text,
                "an address prefix",
                "1:192.0.2.0/24",
            )?);
        }
        Ok(Apl { items })
    }
}

/// Families other than IPv4 and IPv6 have no text: then the whole RDATA has the generic form.
impl fmt::Display for Apl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self
            .items
            .iter()
            .any(|item| item.address_length().is_none())
        {
            let mut octets = Vec::new();
            let written = Apl::write(self, &mut RdataWriter::uncompressed(&mut octets));
            return written.map_or(Err(fmt::Error), |()| write_generic(f, &octets));
        }
        for (index, item) in self.items.iter().enumerate() {
            let blank = if index == 0 { "" } else { " " };
            write!(f, "{blank}{item}")?;
        }
        Ok(())
    }
}

/// `!1:192.0.2.0/24`; only for IPv4 and IPv6.
impl fmt::Display for AplItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (negation, prefix) = (if self.is_negated { "!" } else { "" }, self.prefix);
        match self.family {
            2 => {
                let address = Ipv6Text(self.whole::<16>().into());
                write!(f, "{negation}2:{address}/{prefix}")
            }
            family => {
                let address = Ipv4Addr::from(self.whole::<4>());
                write!(f, "{negation}{family}:{address}/{prefix}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, fault, read_line};
    use super::*;
    use crate::Rdata;

    #[test]
    fn zeros_at_the_end_of_an_address_are_left_out() {
        let octets = "0001 15 03 c0a820 0001 1c 83 c0a826 0002 08 01 ff";
        let text = "1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8";
        assert_same(RecordType::APL, text, octets);
        assert_same(RecordType::APL, "1:0.0.0.0/0", "0001 00 00");
        assert_same(RecordType::APL, "", "");
        for cut in ["00", "0001", "000115", "00011503", "00011503c0a8"] {
            assert!(fault(RecordType::APL, cut).contains("RDATA ends"), "{cut}");
        }
    }

    #[test]
    fn a_prefix_fits_its_family() {
        for octets in [
            "0001 21 00",
            "0002 81 00",
            "0001 08 05 0102030405",
            "0001 08 02 0100",
            "0003 00 01 00",
        ] {
            assert!(
                fault(RecordType::APL, octets).contains("an address prefix has no more"),
                "{octets}"
            );
        }
        assert_same(RecordType::APL, r"\# 5 0003000101", "0003 00 01 01");
        for text in [
            "192.0.2.0/24",
            "1:192.0.2.0",
            "1:192.0.2.0/33",
            "2:192.0.2.0/24",
            "3:0/0",
            "1:192.0.2.0/+1",
        ] {
            assert!(
                read_line(RecordType::APL, text).contains("is not an address prefix"),
                "{text}"
            );
        }
        let item = AplItem {
            family: 1,
            prefix: 8,
            is_negated: false,
            address: vec![0],
        };
        assert!(
            Rdata::Apl(Box::new(Apl { items: vec![item] }))
                .octets()
                .is_err()
        );
    }
}
