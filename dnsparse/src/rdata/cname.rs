//! CNAME: the owner is an alias of another name (RFC 1035 section 3.3.1).

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, name};

/// The format of CNAME records, whose value is a [`Name`].
pub(super) struct Cname;

impl RdataFormat for Cname {
    type Value = Name;

    const LAYOUT: &'static [Row] = &[("cname", Kind::Name)];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["www.example.com.", "."];

    #[inline]
    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Name> {
        context("cname", |i| name(message, i)).parse(input)
    }

    #[inline]
    fn write(value: &Name, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.compressed_name(value);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Name, TextFault> {
        fields.name("the name that this is an alias of")
    }
}
