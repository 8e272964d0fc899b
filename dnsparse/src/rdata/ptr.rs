//! PTR: the name that belongs to an address (RFC 1035 section 3.3.12).

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, name};

/// The format of PTR records, whose value is a [`Name`].
pub(super) struct Ptr;

impl RdataFormat for Ptr {
    type Value = Name;

    const LAYOUT: &'static [Row] = &[("ptrdname", Kind::Name)];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["host.example.com.", "."];

    #[inline]
    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Name> {
        context("ptrdname", |i| name(message, i)).parse(input)
    }

    fn write(value: &Name, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.compressed_name(value);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Name, TextFault> {
        fields.name("a name")
    }
}
