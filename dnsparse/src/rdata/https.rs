//! HTTPS: SVCB for web servers (RFC 9460 section 9). The format is SVCB's.

use super::format::RdataFormat;
use super::layout::Row;
use super::svcb::{Svcb, write_svcb};
use crate::codes::RecordType;
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter};

/// The format of HTTPS records, whose value is an [`Svcb`].
pub(super) struct Https;

impl RdataFormat for Https {
    type Value = Svcb;

    const LAYOUT: &'static [Row] = Svcb::LAYOUT;
    const IN_ONLY: bool = Svcb::IN_ONLY;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = Svcb::EXAMPLES;

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Svcb> {
        Svcb::parse(message, input)
    }

    fn write(svcb: &Svcb, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        write_svcb(svcb, RecordType::HTTPS, out)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Svcb, TextFault> {
        Svcb::read(fields)
    }
}
