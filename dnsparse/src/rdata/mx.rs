//! MX: a host that takes mail (RFC 1035 section 3.3.9).

use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u16, name};

/// A mail exchange: `u16`, then a name (RFC 1035 section 3.3.9).
///
/// ```text
///     |                  PREFERENCE                   |
///     /                EXCHANGE: a name               /
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mx {
    /// The host with the lowest preference is tried first.
    pub preference: u16,
    /// The host.
    pub exchange: Name,
}

impl RdataFormat for Mx {
    type Value = Mx;

    const LAYOUT: &'static [Row] = &[("preference", Kind::U16), ("exchange", Kind::Name)];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["10 mail.example.com.", "0 ."];

    #[inline]
    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Mx> {
        let (input, preference) = context("preference", be_u16).parse(input)?;
        let (input, exchange) = context("exchange", |i| name(message, i)).parse(input)?;
        let mx = Mx {
            preference,
            exchange,
        };
        Ok((input, mx))
    }

    #[inline]
    fn write(mx: &Mx, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.u16(mx.preference);
        out.compressed_name(&mx.exchange);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Mx, TextFault> {
        Ok(Mx {
            preference: fields.number("a preference")?,
            exchange: fields.name("a mail exchange's name")?,
        })
    }
}

impl fmt::Display for Mx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.preference, self.exchange)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn the_preference_comes_before_the_name() {
        let octets = "000a 04 6d61696c 00";
        assert_same(RecordType::MX, "10 mail.", octets);
        assert_needs(RecordType::MX, octets, 8);
    }
}
