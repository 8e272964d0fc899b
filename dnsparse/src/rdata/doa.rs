//! DOA: a digital object (draft-durand-doa-over-dns).

use alloc::vec::Vec;
use core::fmt;

use super::layout::Kind;
use super::plain::{CharString, Form, U8, U32, plain_fields};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, octets_left};

/// A digital object, or the place of one (draft-durand-doa-over-dns-03 section 3).
///
/// ```text
///     |  enterprise (u32)  |  type (u32)  |  location  |  length  |  media type ...  |  data ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doa {
    /// The enterprise that defines the type.
    pub enterprise: u32,
    /// The type of object.
    pub doa_type: u32,
    /// 1 for the object itself, 2 for a URI, 3 for a handle.
    pub location: u8,
    /// The media type of the object.
    pub media_type: Vec<u8>,
    /// The object or its place; may be empty.
    pub data: Vec<u8>,
}

plain_fields! {
    Doa {
        enterprise: U32 = "an enterprise",
        doa_type: U32 = "a type of object",
        location: U8 = "a location",
        media_type: CharString = "a media type",
        data: Data = "data",
    }
    examples [r#"1234567890 1234567890 1 "image/gif" R0lGODlhKAAZ"#, r#"0 1 2 "" -"#]
}

/// Octets to the end of RDATA in base64, or `-` for none.
struct Data;

impl Form for Data {
    type Value = Vec<u8>;
    const KIND: Kind = Kind::Octets;

    fn parse<'m>(field: &'static str, _message: &'m [u8], input: &'m [u8]) -> PResult<'m, Vec<u8>> {
        octets_left(field, input)
    }

    fn write(
        _what: &'static str,
        value: &Vec<u8>,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.octets(value);
        Ok(())
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<Vec<u8>, TextFault> {
        match fields.skip_word("-") {
            true => Ok(Vec::new()),
            false => fields.base64_to_end(what),
        }
    }

    fn show(value: &Vec<u8>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match value.as_slice() {
            [] => f.write_str("-"),
            data => f.write_str(&data_encoding::BASE64.encode(data)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn data_may_be_missing() {
        let octets = "00000001 00000002 03 01 61 ff";
        assert_same(RecordType::DOA, r#"1 2 3 "a" /w=="#, octets);
        assert_needs(RecordType::DOA, octets, 11);
        assert_same(
            RecordType::DOA,
            r#"1 2 3 "a" -"#,
            "00000001 00000002 03 01 61",
        );
    }
}
