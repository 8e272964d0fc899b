//! AAAA: an IPv6 address (RFC 3596 section 2.2).

use alloc::string::String;
use alloc::string::ToString;
use core::fmt;
use core::net::Ipv6Addr;

use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::{Fields, Ipv6Text, TextFault};
use crate::wire::{PResult, RdataWriter, be_u128};

/// The format of AAAA records, whose value is an address.
pub(super) struct Aaaa;

impl RdataFormat for Aaaa {
    type Value = Ipv6Addr;

    const LAYOUT: &'static [Row] = &[("address", Kind::Shown(16, shown))];
    /// RFC 3596 section 2.1.
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["2001:db8::1", "::", "::192.0.2.1"];

    #[inline]
    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Ipv6Addr> {
        context("address", map(be_u128, Ipv6Addr::from_bits)).parse(input)
    }

    #[inline]
    fn write(address: &Ipv6Addr, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.octets(&address.octets());
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Ipv6Addr, TextFault> {
        fields.value("an IPv6 address", "2001:db8::1")
    }

    fn show(address: &Ipv6Addr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Ipv6Text(*address))
    }
}

fn shown(octets: &[u8]) -> String {
    let address = <[u8; 16]>::try_from(octets).map(|octets| Ipv6Text(octets.into()));
    address.map_or_else(|_| String::new(), |address| address.to_string())
}
