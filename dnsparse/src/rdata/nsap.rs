//! NSAP: an OSI address (RFC 1706 section 5).

use alloc::vec::Vec;
use core::fmt;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, octets_needed};

/// An OSI address: octets to the end of RDATA (RFC 1706 section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nsap {
    /// The address.
    pub address: Vec<u8>,
}

impl RdataFormat for Nsap {
    type Value = Nsap;

    const LAYOUT: &'static [Row] = &[("address", Kind::OctetsFrom(1))];
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["0x47000580005a0000000001e133ffffff00016100"];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Nsap> {
        let (input, address) = octets_needed("address", input)?;
        Ok((input, Nsap { address }))
    }

    fn write(nsap: &Nsap, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.needed("an OSI address", &nsap.address)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Nsap, TextFault> {
        let address = fields.value_by(address, "an OSI address", "0x47.0005.80.005a00")?;
        Ok(Nsap { address })
    }
}

/// Reads `0x` and hexadecimal digits, in which dots mean nothing (RFC 1706 section 7).
fn address(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    let address = hex::decode(digits.replace('.', "")).ok()?;
    (!address.is_empty()).then_some(address)
}

impl fmt::Display for Nsap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(&self.address))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    /// An example of RFC 1706 section 8.
    #[test]
    fn dots_among_the_digits_mean_nothing() {
        let octets = "47000580005a0000000001e133ffffff00016200";
        assert_same(RecordType::NSAP, &format!("0x{octets}"), octets);
        assert_needs(RecordType::NSAP, "47", 1);
        let text = "0x47.0005.80.005a00.0000.0001.e133.ffffff000162.00";
        assert_eq!(
            read_line(RecordType::NSAP, text),
            format!("NSAP 0x{octets}")
        );
        assert_eq!(
            read_line(RecordType::NSAP, "47.00"),
            "NSAP 47.00: '47.00' is not an OSI address, such as 0x47.0005.80.005a00"
        );
    }
}
