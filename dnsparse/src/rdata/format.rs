//! [`RdataFormat`]: the trait of each record type.

use alloc::string::{String, ToString};
use core::fmt;

use super::layout::Row;
use crate::error::{ParseErrorKind, WriteError};
use crate::text::{Fields, TextFault};
use crate::wire::{Fault, PResult, RdataWriter};

/// The forms of one record type's RDATA: on the wire, in text, and in dissections.
pub(crate) trait RdataFormat {
    /// The value in the type's arm of [`Rdata`](crate::Rdata), boxed or not: nearly always the
    /// struct that implements this trait.
    type Value: fmt::Display;

    /// The fields in the order of the wire, with the same names as in `parse`. A dissection finds a
    /// fault exactly where `parse` does.
    const LAYOUT: &'static [Row];

    /// Whether the form is defined for class IN alone. A Chaosnet address, for example, is no IPv4
    /// address.
    const IN_ONLY: bool = false;

    /// RDATA in the text that `show` prints, for the tests that go over all types.
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str];

    /// Parses RDATA: `input` is the whole of it. Names may be compressed, even in types whose RFC
    /// forbids writing them so (RFC 3597 section 4); `message` is there to follow their pointers.
    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Self::Value>;

    /// Appends RDATA without its length.
    ///
    /// # Errors
    /// If the value breaks a rule, so that the octets would not parse.
    fn write(value: &Self::Value, out: &mut RdataWriter<'_>) -> Result<(), WriteError>;

    /// Reads the fields of a zone file's line. The caller refuses fields that are left over.
    fn read(fields: &mut Fields<'_, '_>) -> Result<Self::Value, TextFault>;

    /// Prints the text that `read` reads.
    fn show(value: &Self::Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{value}")
    }

    /// Shows RDATA as a whole, for [`Kind::Rest`](super::layout::Kind::Rest) in a layout that has no
    /// other field. The type has no compressed names.
    fn show_octets(octets: &[u8]) -> Result<String, ParseErrorKind> {
        let no_message = octets.get(..0).unwrap_or_default();
        match Self::parse(no_message, octets) {
            Ok(([], value)) => Ok(value.to_string()),
            Ok((left, _)) => Err(ParseErrorKind::RdataLeftOver { count: left.len() }),
            Err(error) => Err(Fault::from(Fault::in_rdata(error)).into_error(octets).kind),
        }
    }
}
