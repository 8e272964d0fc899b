//! WKS: the well-known services of an address (RFC 1035 section 3.4.2); obsolete.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;

use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use super::text::write_generic;
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, array, be_u8, octets_left};

/// The well-known services of an address: four octets, an octet, and a bit for each port (RFC 1035
/// section 3.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wks {
    /// The address.
    pub address: Ipv4Addr,
    /// The protocol: 6 TCP, 17 UDP.
    pub protocol: u8,
    /// A bit for each port from 0 on, the top bit of an octet for the lowest; at most 8,192 octets
    /// have a meaning.
    pub bits: Vec<u8>,
}

/// The names of protocols that are read. (A name server looks them up in the files of its host.)
const PROTOCOLS: [(&str, u16); 3] = [("icmp", 1), ("tcp", 6), ("udp", 17)];
/// The names of ports that are read: those that the RFCs of that time use in examples, and some
/// others.
const PORTS: [(&str, u16); 12] = [
    ("echo", 7),
    ("discard", 9),
    ("daytime", 13),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("time", 37),
    ("domain", 53),
    ("tftp", 69),
    ("finger", 79),
    ("http", 80),
];

/// The number of ports that exist: 65,536.
const MAX_BITS: usize = 8_192;

impl Wks {
    /// Lists the ports whose bits are set.
    fn ports(&self) -> impl Iterator<Item = usize> {
        let octets = self.bits.iter().enumerate();
        octets.flat_map(|(at, octet)| {
            let set = (0..8).filter(move |bit| octet & 0x80 >> bit != 0);
            set.map(move |bit| 8 * at + bit)
        })
    }

    fn set(&mut self, port: u16) {
        let at = usize::from(port / 8);
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
        }
        if let Some(octet) = self.bits.get_mut(at) {
            *octet |= 0x80 >> (port % 8);
        }
    }

    /// Checks whether a list of ports has the same bits: there are not too many, and no zero octet
    /// is at their end.
    fn has_text(&self) -> bool {
        self.bits.len() <= MAX_BITS && self.bits.last() != Some(&0)
    }
}

impl RdataFormat for Wks {
    type Value = Wks;

    const LAYOUT: &'static [Row] = &[
        (
            "address",
            Kind::Shown(4, |octets| {
                let octets = octets.try_into().unwrap_or([0; 4]);
                Ipv4Addr::from(octets).to_string()
            }),
        ),
        ("protocol", Kind::U8),
        ("bits", Kind::Octets),
    ];
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] =
        &["10.0.0.1 6 21 23 25", "10.0.0.1 17 53", "10.0.0.1 6"];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Wks> {
        let (input, address) =
            context("address", map(array, |octets: [u8; 4]| octets.into())).parse(input)?;
        let (input, protocol) = context("protocol", be_u8).parse(input)?;
        let (input, bits) = octets_left("bits", input)?;
        let wks = Wks {
            address,
            protocol,
            bits,
        };
        Ok((input, wks))
    }

    fn write(wks: &Wks, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.octets(&wks.address.octets());
        out.octets(&[wks.protocol]);
        out.octets(&wks.bits);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Wks, TextFault> {
        let protocol = |text: &str| u8::try_from(named(&PROTOCOLS, text)?).ok();
        let mut wks = Wks {
            address: fields.value("an IPv4 address", "192.0.2.1")?,
            protocol: fields.value_by(protocol, "a protocol", "tcp or 6")?,
            bits: Vec::new(),
        };
        while !fields.is_empty() {
            wks.set(fields.value_by(|text| named(&PORTS, text), "a port", "smtp or 25")?);
        }
        Ok(wks)
    }
}

/// Reads a name of a list, or a number.
fn named(names: &[(&str, u16)], text: &str) -> Option<u16> {
    let found = names
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text));
    let is_number = text.bytes().all(|octet| octet.is_ascii_digit());
    let number = || is_number.then(|| text.parse().ok())?;
    found.map_or_else(number, |(_, number)| Some(*number))
}

/// Bits that no list of ports has are shown in the generic form.
impl fmt::Display for Wks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.has_text() {
            let octets = [&self.address.octets()[..], &[self.protocol], &self.bits].concat();
            return write_generic(f, &octets);
        }
        write!(f, "{} {}", self.address, self.protocol)?;
        self.ports().try_for_each(|port| write!(f, " {port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    /// The example of RFC 1035 section 3.4.2: SMTP is bit 25, the fourth octet's second.
    #[test]
    fn each_port_has_a_bit() {
        assert_same(RecordType::WKS, "10.0.0.1 6 25", "0a000001 06 00000040");
        assert_same(RecordType::WKS, "10.0.0.1 17 0 7", "0a000001 11 81");
        assert_same(RecordType::WKS, r"\# 6 0A0000011100", "0a000001 11 00");
        assert_needs(RecordType::WKS, "0a000001 06 00000040", 5);
        assert_eq!(
            read_line(RecordType::WKS, "10.0.0.1 TCP ( ftp smtp Telnet )"),
            "WKS 10.0.0.1 6 21 23 25"
        );
        assert!(read_line(RecordType::WKS, "10.0.0.1 256").contains("'256' is not a protocol"));
        assert!(read_line(RecordType::WKS, "10.0.0.1 6 65536").contains("'65536' is not a port"));
    }
}
