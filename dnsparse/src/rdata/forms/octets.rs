//! Character strings, and octets to the end of RDATA.

use alloc::vec::Vec;
use core::fmt;

use super::super::layout::Kind;
use super::super::plain::Form;
use crate::error::WriteError;
use crate::text::escape::write_quoted;
use crate::text::{Fields, TextFault, ZoneErrorKind};
use crate::wire::{PResult, RdataWriter, counted, octets_from, octets_left, octets_needed};

/// A character string, in quotes.
pub(in crate::rdata) struct CharString;

impl Form for CharString {
    type Value = Vec<u8>;
    const KIND: Kind = Kind::CharString;

    fn parse<'m>(field: &'static str, _message: &'m [u8], input: &'m [u8]) -> PResult<'m, Vec<u8>> {
        counted(field, input)
    }

    fn write(
        what: &'static str,
        value: &Vec<u8>,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.counted(what, value)
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<Vec<u8>, TextFault> {
        fields.char_string(what)
    }

    fn show(value: &Vec<u8>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(f, value)
    }
}

/// Octets to the end of RDATA in hexadecimal, at least `LEAST`.
pub(in crate::rdata) struct HexFrom<const LEAST: usize>;

/// Octets to the end of RDATA in hexadecimal, at least one.
pub(in crate::rdata) type Hex = HexFrom<1>;

impl<const LEAST: usize> Form for HexFrom<LEAST> {
    type Value = Vec<u8>;
    const KIND: Kind = Kind::OctetsFrom(LEAST);

    fn parse<'m>(field: &'static str, _message: &'m [u8], input: &'m [u8]) -> PResult<'m, Vec<u8>> {
        octets_from(LEAST, field, input)
    }

    fn write(
        what: &'static str,
        value: &Vec<u8>,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.octets_from(LEAST, what, value)
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<Vec<u8>, TextFault> {
        let start = fields.next_at();
        let octets = fields.hex_to_end(what)?;
        let (length, least) = (octets.len(), LEAST);
        if length < least {
            let kind = ZoneErrorKind::TooShort {
                what,
                length,
                least,
            };
            return Err(TextFault::new(start, kind));
        }
        Ok(octets)
    }

    fn show(value: &Vec<u8>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(value))
    }
}

/// Octets to the end of RDATA in base64, at least one.
pub(in crate::rdata) struct Base64;

impl Form for Base64 {
    type Value = Vec<u8>;
    const KIND: Kind = Kind::OctetsFrom(1);

    fn parse<'m>(field: &'static str, _message: &'m [u8], input: &'m [u8]) -> PResult<'m, Vec<u8>> {
        octets_needed(field, input)
    }

    fn write(
        what: &'static str,
        value: &Vec<u8>,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.needed(what, value)
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<Vec<u8>, TextFault> {
        fields.base64_to_end(what)
    }

    fn show(value: &Vec<u8>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::BASE64.encode(value))
    }
}

/// Octets to the end of RDATA in base64, or none.
pub(in crate::rdata) struct OptionalBase64;

impl Form for OptionalBase64 {
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
        match fields.is_empty() {
            true => Ok(Vec::new()),
            false => Base64::read(what, fields),
        }
    }

    fn is_absent(value: &Vec<u8>) -> bool {
        value.is_empty()
    }

    fn show(value: &Vec<u8>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64::show(value, f)
    }
}
