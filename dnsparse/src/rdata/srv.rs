//! SRV: the location of a service (RFC 2782).

use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u16, name};

/// The location of a service: three `u16`, then a name (RFC 2782).
///
/// ```text
///     |                   PRIORITY                    |
///     |                    WEIGHT                     |
///     |                     PORT                      |
///     /                 TARGET: a name                /
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// The host with the lowest priority is tried first.
    pub priority: u16,
    /// The host's share of the clients, among hosts of equal priority.
    pub weight: u16,
    /// The TCP or UDP port.
    pub port: u16,
    /// The host.
    pub target: Name,
}

impl RdataFormat for Srv {
    type Value = Srv;

    const LAYOUT: &'static [Row] = &[
        ("priority", Kind::U16),
        ("weight", Kind::U16),
        ("port", Kind::U16),
        ("target", Kind::Name),
    ];
    /// RFC 2782.
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["0 5 5060 sip.example.com.", "65535 0 1 ."];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Srv> {
        let (input, priority) = context("priority", be_u16).parse(input)?;
        let (input, weight) = context("weight", be_u16).parse(input)?;
        let (input, port) = context("port", be_u16).parse(input)?;
        let (input, target) = context("target", |i| name(message, i)).parse(input)?;
        let srv = Srv {
            priority,
            weight,
            port,
            target,
        };
        Ok((input, srv))
    }

    fn write(srv: &Srv, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        for number in [srv.priority, srv.weight, srv.port] {
            out.u16(number);
        }
        out.name(&srv.target);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Srv, TextFault> {
        Ok(Srv {
            priority: fields.number("a priority")?,
            weight: fields.number("a weight")?,
            port: fields.number("a port")?,
            target: fields.name("a target name")?,
        })
    }
}

impl fmt::Display for Srv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Srv {
            priority,
            weight,
            port,
            target,
        } = self;
        write!(f, "{priority} {weight} {port} {target}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn three_numbers_come_before_the_target() {
        let octets = "0000 0005 13c4 03 736970 00";
        assert_same(RecordType::SRV, "0 5 5060 sip.", octets);
        assert_needs(RecordType::SRV, octets, 11);
    }
}
