//! AMTRELAY: a relay for multicast (RFC 8777).

use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::gateway::Gateway;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u8};

/// The bit of the second octet that is no part of the relay's type.
const DISCOVERY: u8 = 0x80;

/// A relay that forwards multicast to networks without it (RFC 8777 section 4.2).
///
/// ```text
///     |  precedence  |D|  type (7 bits)  |  relay ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amtrelay {
    /// The relay with the lowest precedence is tried first.
    pub precedence: u8,
    /// The D bit: discovery may be left out.
    pub discovery_optional: bool,
    /// The relay.
    pub relay: Gateway,
}

impl RdataFormat for Amtrelay {
    type Value = Amtrelay;

    const LAYOUT: &'static [Row] = &[("amtrelay", Kind::Rest(Amtrelay::show_octets))];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "10 0 1 203.0.113.15",
        "10 0 2 2001:db8::15",
        "128 1 3 amtrelays.example.com.",
        "0 1 0 .",
    ];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Amtrelay> {
        let (input, precedence) = context("precedence", be_u8).parse(input)?;
        let (input, octet) = context("type", be_u8).parse(input)?;
        let (input, relay) = Gateway::parse("relay", octet & !DISCOVERY, input)?;
        let relay = Amtrelay {
            precedence,
            discovery_optional: octet & DISCOVERY != 0,
            relay,
        };
        Ok((input, relay))
    }

    fn write(relay: &Amtrelay, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        let discovery = if relay.discovery_optional {
            DISCOVERY
        } else {
            0
        };
        out.octets(&[relay.precedence, discovery | relay.relay.form()]);
        relay.relay.write(out);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Amtrelay, TextFault> {
        let bit = |text: &str| match text {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        };
        let precedence = fields.number("a precedence")?;
        let discovery_optional = fields.value_by(bit, "the D bit", "0")?;
        let form = fields.number("a relay's type")?;
        Ok(Amtrelay {
            precedence,
            discovery_optional,
            relay: Gateway::read(form, fields)?,
        })
    }
}

impl fmt::Display for Amtrelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (discovery, form) = (u8::from(self.discovery_optional), self.relay.form());
        write!(f, "{} {discovery} {form} {}", self.precedence, self.relay)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, fault, read_line};
    use crate::RecordType;

    #[test]
    fn the_top_bit_of_the_type_is_the_d_bit() {
        assert_same(
            RecordType::AMTRELAY,
            "10 0 1 203.0.113.15",
            "0a 01 cb00710f",
        );
        assert_same(RecordType::AMTRELAY, "10 1 3 a.", "0a 83 016100");
        assert_needs(RecordType::AMTRELAY, "0a 01 cb00710f", 6);
        assert!(
            fault(RecordType::AMTRELAY, "0a 84")
                .contains("the type of a gateway or relay is 0 to 3")
        );
        assert!(
            read_line(RecordType::AMTRELAY, "10 2 0 .").contains("'2' is not the D bit, such as 0")
        );
    }
}
