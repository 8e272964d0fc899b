//! NS: a server for the zone that begins at the owner (RFC 1035 section 3.3.11).

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, name};

/// The format of NS records, whose value is a [`Name`].
pub(super) struct Ns;

impl RdataFormat for Ns {
    type Value = Name;

    const LAYOUT: &'static [Row] = &[("nsdname", Kind::Name)];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["ns1.example.com.", "."];

    #[inline]
    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Name> {
        context("nsdname", |i| name(message, i)).parse(input)
    }

    #[inline]
    fn write(value: &Name, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.compressed_name(value);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Name, TextFault> {
        fields.name("a server's name")
    }
}
