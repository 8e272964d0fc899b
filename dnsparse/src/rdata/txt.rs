//! TXT: text, as one or more character strings (RFC 1035 section 3.3.14).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::octets::Octets;
use crate::text::escape::write_quoted;
use crate::text::{Fields, TextFault, ZoneErrorKind};
use crate::wire::{PResult, RdataWriter, char_string};

/// Text in character strings of up to 255 octets each (RFC 1035 section 3.3.14): make one with
/// [`Txt::new`], read it with [`Txt::strings`].
///
/// ```text
///     length, that many octets, length, that many octets ... to the end of RDATA
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Txt {
    /// The strings in wire form. Every length in it is right: each constructor checks that.
    pub(super) wire: Octets,
}

/// The reason why strings do not make a TXT record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TxtError {
    /// No string: a record has at least one, if only an empty one.
    #[error("a TXT record has at least one string (RFC 1035 section 3.3.14)")]
    NoStrings,
    /// A string of more than 255 octets, which has to be split.
    #[error("a string has {length} octets, the limit is 255 (RFC 1035 section 3.3)")]
    StringTooLong {
        /// Octets in the string.
        length: usize,
    },
}

impl Txt {
    /// Makes text from its strings of up to 255 octets each.
    ///
    /// # Errors
    /// If there is no string, or one is too long.
    ///
    /// ```
    /// use dnsparse::Txt;
    ///
    /// let txt = Txt::new(["v=spf1 -all", ""])?;
    /// assert_eq!(txt.strings().collect::<Vec<_>>(), [b"v=spf1 -all".as_slice(), b""]);
    /// # Ok::<(), dnsparse::rdata::TxtError>(())
    /// ```
    pub fn new<S: AsRef<[u8]>>(strings: impl IntoIterator<Item = S>) -> Result<Txt, TxtError> {
        let mut wire = Vec::new();
        for string in strings {
            let string = string.as_ref();
            let length = string.len();
            wire.push(u8::try_from(length).map_err(|_| TxtError::StringTooLong { length })?);
            wire.extend_from_slice(string);
        }
        if wire.is_empty() {
            return Err(TxtError::NoStrings);
        }
        Ok(Txt {
            wire: wire.as_slice().into(),
        })
    }

    /// Returns the strings in their order.
    ///
    /// ```
    /// let txt = dnsparse::Txt::new(["one", "two"])?;
    /// assert_eq!(txt.strings().last(), Some(b"two".as_slice()));
    /// # Ok::<(), dnsparse::rdata::TxtError>(())
    /// ```
    pub fn strings(&self) -> impl Iterator<Item = &[u8]> {
        let mut left: &[u8] = &self.wire;
        core::iter::from_fn(move || {
            let (length, rest) = left.split_first()?;
            let (string, rest) = rest.split_at_checked(usize::from(*length))?;
            left = rest;
            Some(string)
        })
    }
}

impl RdataFormat for Txt {
    type Value = Txt;

    const LAYOUT: &'static [Row] = &[("string", Kind::CharStrings)];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] =
        &[r#""v=spf1 -all""#, r#""say \"hi\"; \\o/" "" "\195\169""#];

    #[inline]
    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Txt> {
        strings(input)
    }

    fn write(txt: &Txt, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.octets(&txt.wire);
        Ok(())
    }

    /// Reads at least one character string, to the end of the entry.
    fn read(fields: &mut Fields<'_, '_>) -> Result<Txt, TextFault> {
        let mut wire = Vec::new();
        loop {
            let (at, octets) = fields.octets("a character string")?;
            let length = octets.len();
            let too_long = |_| TextFault::new(at, ZoneErrorKind::StringTooLong { length });
            wire.push(u8::try_from(length).map_err(too_long)?);
            wire.extend_from_slice(&octets);
            Fields::check_rdata_length(at, wire.len())?;
            if fields.is_empty() {
                return Ok(Txt {
                    wire: wire.as_slice().into(),
                });
            }
        }
    }
}

/// Parses at least one character string, to the end of RDATA.
#[inline]
pub(super) fn strings(input: &[u8]) -> PResult<'_, Txt> {
    let mut left = input;
    while let Some(rest) = after_string(left) {
        if rest.is_empty() {
            return Ok((rest, Txt { wire: input.into() }));
        }
        left = rest;
    }
    // It is cut short: its parser finds out where.
    let (rest, _) = context("string", char_string).parse(left)?;
    Ok((rest, Txt { wire: input.into() }))
}

/// Returns the octets after the first character string.
#[inline]
fn after_string(input: &[u8]) -> Option<&[u8]> {
    let (length, rest) = input.split_first()?;
    rest.get(usize::from(*length)..)
}

/// Each character string in quotes.
impl fmt::Display for Txt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, string) in self.strings().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write_quoted(f, string)?;
        }
        Ok(())
    }
}

/// The same as `Display`: it shows every octet.
impl fmt::Debug for Txt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Txt({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, fault};
    use super::*;
    use crate::RecordType;

    #[test]
    fn strings_fill_rdata() {
        assert_same(RecordType::TXT, r#""a" "" "bc""#, "01 61 00 02 6263");
        let truncated =
            "rdata.string at octet 3: RDATA ends within this field, RDLENGTH is too small";
        assert_eq!(fault(RecordType::TXT, "01 61 02 62"), truncated);
        let empty = "rdata.string at octet 0: RDATA ends within this field, RDLENGTH is too small";
        assert_eq!(fault(RecordType::TXT, ""), empty);
    }

    #[test]
    fn only_strings_that_one_octet_can_count_make_a_text() {
        assert!(Txt::new(["x".repeat(255)]).is_ok());
        let length = 256;
        assert_eq!(
            Txt::new(["x".repeat(length)]),
            Err(TxtError::StringTooLong { length })
        );
        assert_eq!(Txt::new::<&str>([]), Err(TxtError::NoStrings));
    }
}
