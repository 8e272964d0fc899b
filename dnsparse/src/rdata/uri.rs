//! URI: the URI of a service (RFC 7553).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::escape::write_quoted;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u16, octets_left};

/// The URI of a service: two `u16`, then text to the end of RDATA (RFC 7553 section 4.5).
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                   PRIORITY                    |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                    WEIGHT                     |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     /                     TARGET                    /
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    /// The URI with the lowest priority is tried first.
    pub priority: u16,
    /// The URI's share of the clients, among URIs of equal priority.
    pub weight: u16,
    /// The URI, without a length before it. (RFC 7553 section 4.5 asks for at least one octet; a
    /// URI without any is passed on all the same.)
    pub target: Vec<u8>,
}

impl RdataFormat for Uri {
    type Value = Uri;

    const LAYOUT: &'static [Row] = &[
        ("priority", Kind::U16),
        ("weight", Kind::U16),
        ("target", Kind::Text),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        r#"10 1 "ftp://ftp1.example.com/public""#,
        r#"65535 0 "\"\\ \195\169""#,
    ];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Uri> {
        let (input, priority) = context("priority", be_u16).parse(input)?;
        let (input, weight) = context("weight", be_u16).parse(input)?;
        let (input, target) = octets_left("target", input)?;
        let uri = Uri {
            priority,
            weight,
            target,
        };
        Ok((input, uri))
    }

    fn write(uri: &Uri, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.u16(uri.priority);
        out.u16(uri.weight);
        out.octets(&uri.target);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Uri, TextFault> {
        let priority = fields.number("a priority")?;
        let weight = fields.number("a weight")?;
        let (at, target) = fields.octets("a URI")?;
        Fields::check_rdata_length(at, 4 + target.len())?;
        Ok(Uri {
            priority,
            weight,
            target,
        })
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.priority, self.weight)?;
        write_quoted(f, &self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::text::ZoneErrorKind;
    use crate::{Rdata, RecordType};

    /// An example of RFC 7553.
    #[test]
    fn the_uri_takes_the_rest() {
        let text = r#"10 1 "ftp://ftp1.example.com/public""#;
        let target = hex::encode("ftp://ftp1.example.com/public");
        assert_same(RecordType::URI, text, &format!("000a 0001 {target}"));
        assert_needs(RecordType::URI, "000a 0001 61", 4);
    }

    #[test]
    fn a_uri_may_be_longer_than_a_character_string() {
        let text = format!("0 0 \"{}\"", "x".repeat(300));
        assert_eq!(read_line(RecordType::URI, &text), format!("URI {text}"));
        let text = format!("0 0 {}", "x".repeat(65_532));
        let error = Rdata::from_text(RecordType::URI, &text).unwrap_err();
        assert_eq!(error.kind, ZoneErrorKind::RdataTooLong { length: 65_536 });
    }
}
