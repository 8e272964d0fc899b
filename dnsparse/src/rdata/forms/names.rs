//! Domain names, compressed or not, and sets of types.

use core::fmt;

use nom::Parser;
use nom::error::context;

use super::super::TypeBitmap;
use super::super::layout::Kind;
use super::super::plain::Form;
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, name};

/// A name that is never written compressed (RFC 3597 section 4).
pub(in crate::rdata) struct WholeName;

impl Form for WholeName {
    type Value = Name;
    const KIND: Kind = Kind::Name;

    fn parse<'m>(field: &'static str, message: &'m [u8], input: &'m [u8]) -> PResult<'m, Name> {
        context(field, |i| name(message, i)).parse(input)
    }

    fn write(
        _what: &'static str,
        value: &Name,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.name(value);
        Ok(())
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<Name, TextFault> {
        fields.name(what)
    }

    fn show(value: &Name, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{value}")
    }
}

/// A name in a type of RFC 1035, which is written compressed.
pub(in crate::rdata) struct CompressedName;

impl Form for CompressedName {
    type Value = Name;
    const KIND: Kind = Kind::Name;

    fn parse<'m>(field: &'static str, message: &'m [u8], input: &'m [u8]) -> PResult<'m, Name> {
        WholeName::parse(field, message, input)
    }

    fn write(
        _what: &'static str,
        value: &Name,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.compressed_name(value);
        Ok(())
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<Name, TextFault> {
        WholeName::read(what, fields)
    }

    fn show(value: &Name, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        WholeName::show(value, f)
    }
}

/// A set of types to the end of RDATA. It comes last, and may be empty.
pub(in crate::rdata) struct Types;

impl Form for Types {
    type Value = TypeBitmap;
    const KIND: Kind = Kind::Types;

    fn parse<'m>(
        _field: &'static str,
        _message: &'m [u8],
        input: &'m [u8],
    ) -> PResult<'m, TypeBitmap> {
        TypeBitmap::parse(input)
    }

    fn write(
        _what: &'static str,
        value: &TypeBitmap,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.octets(value.wire());
        Ok(())
    }

    fn read(_what: &'static str, fields: &mut Fields<'_, '_>) -> Result<TypeBitmap, TextFault> {
        TypeBitmap::read(fields)
    }

    fn is_absent(value: &TypeBitmap) -> bool {
        value.is_empty()
    }

    fn show(value: &TypeBitmap, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{value}")
    }
}
