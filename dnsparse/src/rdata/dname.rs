//! DNAME: all names below the owner are aliases of names below another (RFC 6672 section 2.1).

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, name};

/// The format of DNAME records, whose value is a [`Name`].
pub(super) struct Dname;

impl RdataFormat for Dname {
    type Value = Name;

    const LAYOUT: &'static [Row] = &[("target", Kind::Name)];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["example.net.", "."];

    #[inline]
    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Name> {
        context("target", |i| name(message, i)).parse(input)
    }

    fn write(value: &Name, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.name(value);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Name, TextFault> {
        fields.name("a target name")
    }
}
