//! ATMA: the address of an ATM end system (ATM Forum, AF-DANS-0152.000).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use super::text::write_generic;
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u8, octets_needed};

/// The format of an address whose octets are hexadecimal in text.
const AESA: u8 = 0;
/// The format of a telephone number.
const E164: u8 = 1;

/// The address of an ATM end system (ATM Forum, AF-DANS-0152.000).
///
/// ```text
///     |  format (u8)  |  address ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atma {
    /// 0: an AESA, the octets of an OSI address. 1: a telephone number of E.164.
    pub format: u8,
    /// The address: octets, or digits in ASCII.
    pub address: Vec<u8>,
}

impl RdataFormat for Atma {
    type Value = Atma;

    const LAYOUT: &'static [Row] = &[("format", Kind::U8), ("address", Kind::OctetsFrom(1))];
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "39246f000e7c9c03120001000100001234567800",
        "+61200300000",
        "\\# 2 0200",
    ];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Atma> {
        let (input, format) = context("format", be_u8).parse(input)?;
        let (input, address) = octets_needed("address", input)?;
        Ok((input, Atma { format, address }))
    }

    fn write(atma: &Atma, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.octets(&[atma.format]);
        out.needed("an ATM address", &atma.address)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Atma, TextFault> {
        fields.value_by(address, "an ATM address", "39.246f.000e or +61.200.300.000")
    }
}

/// Reads `+` and digits, or hexadecimal digits, with single dots among them, which mean nothing.
fn address(text: &str) -> Option<Atma> {
    let (format, text) = match text.strip_prefix('+') {
        Some(number) => (E164, number),
        None => (AESA, text),
    };
    if text.split('.').any(str::is_empty) {
        return None;
    }
    let digits = text.replace('.', "");
    let is_number = digits.bytes().all(|octet| octet.is_ascii_digit());
    let address = match format {
        AESA => hex::decode(digits).ok()?,
        _ => is_number.then(|| digits.into_bytes())?,
    };
    Some(Atma { format, address })
}

/// Addresses of other formats, and telephone numbers with other characters than digits, have only
/// the generic form.
impl fmt::Display for Atma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_number = self.address.iter().all(u8::is_ascii_digit);
        match (self.format, str::from_utf8(&self.address)) {
            (AESA, _) => f.write_str(&hex::encode(&self.address)),
            (E164, Ok(number)) if is_number => write!(f, "+{number}"),
            _ => write_generic(f, &[&[self.format], self.address.as_slice()].concat()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    #[test]
    fn an_address_is_octets_or_a_telephone_number() {
        assert_same(RecordType::ATMA, "39246f00", "00 39246f00");
        assert_same(RecordType::ATMA, "+612", "01 363132");
        assert_same(RecordType::ATMA, "\\# 3 016132", "01 6132");
        assert_needs(RecordType::ATMA, "00 39246f00", 2);
    }

    #[test]
    fn single_dots_among_the_digits_mean_nothing() {
        let texts = [
            "39.246f.00",
            "3.9",
            "+61.200.300.000",
            "39.",
            ".39",
            "39..24",
            "+",
            "+6a",
            "39.246",
        ];
        insta::assert_snapshot!(texts.map(|text| read_line(RecordType::ATMA, text)).join("\n"), @"
        ATMA 39246f00
        ATMA 39
        ATMA +61200300000
        ATMA 39.: '39.' is not an ATM address, such as 39.246f.000e or +61.200.300.000
        ATMA .39: '.39' is not an ATM address, such as 39.246f.000e or +61.200.300.000
        ATMA 39..24: '39..24' is not an ATM address, such as 39.246f.000e or +61.200.300.000
        ATMA +: '+' is not an ATM address, such as 39.246f.000e or +61.200.300.000
        ATMA +6a: '+6a' is not an ATM address, such as 39.246f.000e or +61.200.300.000
        ATMA 39.246: '39.246' is not an ATM address, such as 39.246f.000e or +61.200.300.000
        ");
    }
}
