//! CAA: the certification authorities that may issue for a name (RFC 8659 section 4.1).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::{ParseErrorKind, WriteError};
use crate::text::escape::write_quoted;
use crate::text::{Fields, TextFault, ZoneErrorKind};
use crate::wire::{Fault, PResult, RdataWriter, be_u8, char_string, octets_left};

/// A certification authority's permission: an octet, a character string, and the rest of RDATA (RFC
/// 8659 section 4.1).
///
/// ```text
///     |  flags  |  tag length  |  tag ...  |  value ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caa {
    /// 128 ("critical"): an authority that does not understand the tag must not issue.
    pub flags: u8,
    /// `issue`, `issuewild`, `iodef` …: letters and digits.
    pub tag: String,
    /// The value of the tag.
    pub value: Vec<u8>,
}

impl RdataFormat for Caa {
    type Value = Caa;

    const LAYOUT: &'static [Row] = &[
        ("flags", Kind::U8),
        ("tag", Kind::CheckedString(check_tag)),
        ("value", Kind::Text),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        r#"0 issue "ca.test""#,
        r#"128 issuewild "ca.test; a=\"b\"""#,
    ];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Caa> {
        let (input, flags) = context("flags", be_u8).parse(input)?;
        let (input, tag) = context("tag", tag).parse(input)?;
        let (input, value) = octets_left("value", input)?;
        Ok((input, Caa { flags, tag, value }))
    }

    fn write(caa: &Caa, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        let length = u8::try_from(caa.tag.len()).ok();
        let length = length.filter(|_| is_tag(&caa.tag));
        let length = length.ok_or_else(|| WriteError::BadTag {
            tag: caa.tag.clone(),
        })?;
        out.octets(&[caa.flags, length]);
        out.octets(caa.tag.as_bytes());
        out.octets(&caa.value);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Caa, TextFault> {
        let flags = fields.number("flags")?;
        let field = fields.word("a tag")?;
        if !is_tag(field.text) || field.text.len() > usize::from(u8::MAX) {
            return Err(field.fault(ZoneErrorKind::Tag {
                text: field.shown(),
            }));
        }
        let tag = field.text.to_owned();
        let (at, value) = fields.octets("a value")?;
        Fields::check_rdata_length(at, 2 + tag.len() + value.len())?;
        Ok(Caa { flags, tag, value })
    }
}

/// The rule for tags.
pub(crate) const BAD_TAG: ParseErrorKind = ParseErrorKind::BadValue {
    rule: "a tag is one or more ASCII letters and digits (RFC 8659 section 4.1)",
};

fn tag(input: &[u8]) -> PResult<'_, String> {
    let (left, octets) = char_string(input)?;
    let tag = str::from_utf8(octets).ok().filter(|tag| is_tag(tag));
    let tag = tag.ok_or_else(|| nom::Err::Failure(Fault::new(input, BAD_TAG)))?;
    Ok((left, tag.to_owned()))
}

fn check_tag(octets: &[u8]) -> Result<(), ParseErrorKind> {
    match str::from_utf8(octets) {
        Ok(tag) if is_tag(tag) => Ok(()),
        _ => Err(BAD_TAG),
    }
}

/// Checks that a tag is made of letters and digits, one at least.
fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.bytes().all(|octet| octet.is_ascii_alphanumeric())
}

impl fmt::Display for Caa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.flags, self.tag)?;
        write_quoted(f, &self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, fault};
    use crate::RecordType;

    #[test]
    fn the_value_takes_the_rest() {
        let octets = "80 05 6973737565 63 61";
        assert_same(RecordType::CAA, r#"128 issue "ca""#, octets);
        assert_needs(RecordType::CAA, octets, 7);
    }

    #[test]
    fn a_tag_has_letters_and_digits() {
        assert_eq!(
            fault(RecordType::CAA, "00 01 2d"),
            "rdata.tag at octet 1: a tag is one or more ASCII letters and digits (RFC 8659 section 4.1)"
        );
    }
}
