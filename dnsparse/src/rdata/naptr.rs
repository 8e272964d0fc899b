//! NAPTR: a rule that rewrites a string into a name or a URI (RFC 3403 section 4.1), used in
//! telephony.

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::escape::write_quoted;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u16, counted, name};

/// A rewriting rule: two `u16`, three character strings, a name (RFC 3403 section 4.1).
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                     ORDER                     |
///     |                   PREFERENCE                  |
///     /        FLAGS, SERVICES, REGEXP: strings       /
///     /                  REPLACEMENT: a name          /
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naptr {
    /// The rule with the lowest order is tried first, and no higher one once a rule has matched.
    pub order: u16,
    /// Among rules of equal order, the one with the lowest preference is tried first.
    pub preference: u16,
    /// The next step: `s` look up SRV records, `a` look up addresses, `u` the result is a URI. At
    /// most 255 octets.
    pub flags: Vec<u8>,
    /// The services offered there: `E2U+sip`. At most 255 octets.
    pub services: Vec<u8>,
    /// The substitution, or empty where `replacement` is used. At most 255 octets.
    pub regexp: Vec<u8>,
    /// The next name to look up; the root where `regexp` is used.
    pub replacement: Name,
}

impl RdataFormat for Naptr {
    type Value = Naptr;

    const LAYOUT: &'static [Row] = &[
        ("order", Kind::U16),
        ("preference", Kind::U16),
        ("flags", Kind::CharString),
        ("services", Kind::CharString),
        ("regexp", Kind::CharString),
        ("replacement", Kind::Name),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        r#"100 50 "s" "http+I2C" "" _http.example.com."#,
        r#"10 0 "u" "E2U+sip" "!^(.*)$!sip:\\1@x!" ."#,
    ];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Naptr> {
        let (input, order) = context("order", be_u16).parse(input)?;
        let (input, preference) = context("preference", be_u16).parse(input)?;
        let (input, flags) = counted("flags", input)?;
        let (input, services) = counted("services", input)?;
        let (input, regexp) = counted("regexp", input)?;
        let (input, replacement) = context("replacement", |i| name(message, i)).parse(input)?;
        Ok((
            input,
            Naptr {
                order,
                preference,
                flags,
                services,
                regexp,
                replacement,
            },
        ))
    }

    fn write(naptr: &Naptr, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.u16(naptr.order);
        out.u16(naptr.preference);
        out.counted("a NAPTR record's flags", &naptr.flags)?;
        out.counted("a NAPTR record's services", &naptr.services)?;
        out.counted("a NAPTR record's regexp", &naptr.regexp)?;
        out.name(&naptr.replacement);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Naptr, TextFault> {
        Ok(Naptr {
            order: fields.number("an order")?,
            preference: fields.number("a preference")?,
            flags: fields.char_string("a string of flags")?,
            services: fields.char_string("a string of services")?,
            regexp: fields.char_string("a substitution")?,
            replacement: fields.name("a replacement name")?,
        })
    }
}

impl fmt::Display for Naptr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.order, self.preference)?;
        for string in [&self.flags, &self.services, &self.regexp] {
            write_quoted(f, string)?;
            f.write_str(" ")?;
        }
        write!(f, "{}", self.replacement)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    /// A rule of RFC 3403 section 6.2's kind: the result is a name with SRV records.
    const OCTETS: &str = "0064 0032 01 73 08 687474702b493243 00 05 5f68747470 02 6e6c 00";

    #[test]
    fn a_rule_has_numbers_strings_and_a_name() {
        assert_same(
            RecordType::NAPTR,
            r#"100 50 "s" "http+I2C" "" _http.nl."#,
            OCTETS,
        );
        assert_same(
            RecordType::NAPTR,
            r#"10 0 "u" "E2U+sip" "!^(.*)$!sip:\\1@x!" ."#,
            "000a 0000 01 75 07 4532552b736970 11 215e282e2a2924217369703a5c31407821 00",
        );
    }

    #[test]
    fn no_field_can_be_left_out() {
        assert_needs(RecordType::NAPTR, OCTETS, 26);
        assert_eq!(
            read_line(RecordType::NAPTR, "10 0 u E2U+sip"),
            "NAPTR 10 0 u E2U+sip: a substitution is missing here"
        );
    }
}
