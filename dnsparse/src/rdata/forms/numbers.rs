//! Numbers, and numbers that have names.

use core::fmt;

use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use super::super::layout::Kind;
use super::super::plain::Form;
use crate::codes::{RecordType, algorithm_name};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u8, be_u16, be_u32};

/// Defines the form of a number.
macro_rules! number {
    ($Form:ident, $number:ty, $kind:expr, $parse:ident) => {
        #[doc = concat!("A `", stringify!($number), "` in decimal.")]
        pub(in crate::rdata) struct $Form;

        impl Form for $Form {
            type Value = $number;
            const KIND: Kind = $kind;

            fn parse<'m>(
                field: &'static str,
                _message: &'m [u8],
                input: &'m [u8],
            ) -> PResult<'m, $number> {
                context(field, $parse).parse(input)
            }

            fn write(
                _what: &'static str,
                value: &$number,
                out: &mut RdataWriter<'_>,
            ) -> Result<(), WriteError> {
                out.octets(&value.to_be_bytes());
                Ok(())
            }

            fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<$number, TextFault> {
                fields.number(what)
            }

            fn show(value: &$number, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{value}")
            }
        }
    };
}

number!(U8, u8, Kind::U8, be_u8);
number!(U16, u16, Kind::U16, be_u16);
number!(U32, u32, Kind::U32, be_u32);

/// A DNSSEC algorithm: its number, read from its mnemonic too.
pub(in crate::rdata) struct Algorithm;

impl Form for Algorithm {
    type Value = u8;
    const KIND: Kind = Kind::Code(algorithm_name);

    fn parse<'m>(field: &'static str, message: &'m [u8], input: &'m [u8]) -> PResult<'m, u8> {
        U8::parse(field, message, input)
    }

    fn write(what: &'static str, value: &u8, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        U8::write(what, value, out)
    }

    fn read(_what: &'static str, fields: &mut Fields<'_, '_>) -> Result<u8, TextFault> {
        fields.algorithm()
    }

    fn show(value: &u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        U8::show(value, f)
    }
}

/// A record type, by its mnemonic.
pub(in crate::rdata) struct Rtype;

impl Form for Rtype {
    type Value = RecordType;
    const KIND: Kind = Kind::RecordType;

    fn parse<'m>(
        field: &'static str,
        _message: &'m [u8],
        input: &'m [u8],
    ) -> PResult<'m, RecordType> {
        context(field, map(be_u16, RecordType)).parse(input)
    }

    fn write(
        _what: &'static str,
        value: &RecordType,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError> {
        out.u16(value.0);
        Ok(())
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<RecordType, TextFault> {
        fields.rtype(what)
    }

    fn show(value: &RecordType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{value}")
    }
}
