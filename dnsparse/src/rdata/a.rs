//! A: an IPv4 address (RFC 1035 section 3.4.1).

use alloc::string::String;
use alloc::string::ToString;
use core::net::Ipv4Addr;

use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row, number};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u32};

/// The format of A records, whose value is an address.
pub(super) struct A;

impl RdataFormat for A {
    type Value = Ipv4Addr;

    const LAYOUT: &'static [Row] = &[("address", Kind::Shown(4, shown))];
    /// RFC 1035 section 3.4.
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["192.0.2.1", "0.0.0.0"];

    #[inline]
    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Ipv4Addr> {
        context("address", map(be_u32, Ipv4Addr::from_bits)).parse(input)
    }

    #[inline]
    fn write(address: &Ipv4Addr, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.octets(&address.octets());
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Ipv4Addr, TextFault> {
        fields.value("an IPv4 address", "192.0.2.1")
    }
}

fn shown(octets: &[u8]) -> String {
    Ipv4Addr::from_bits(number(octets)).to_string()
}
