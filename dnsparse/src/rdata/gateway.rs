//! [`Gateway`]: the address or name of a gateway or relay, in IPSECKEY and AMTRELAY records.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use crate::error::ParseErrorKind;
use crate::name::Name;
use crate::text::{Fields, Ipv6Text, TextFault, ZoneErrorKind};
use crate::wire::{PResult, RdataWriter, array, failure, whole_name};

/// A gateway or relay, whose form is given by another field of the record (RFC 4025 section 2.5,
/// RFC 8777 section 4.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gateway {
    /// 0: none.
    None,
    /// 1: an IPv4 address.
    Ipv4(Ipv4Addr),
    /// 2: an IPv6 address.
    Ipv6(Ipv6Addr),
    /// 3: a name, never compressed.
    Name(Name),
}

/// The rule that a type of gateway above 3 breaks.
const BAD_FORM: ParseErrorKind = ParseErrorKind::BadValue {
    rule: "the type of a gateway or relay is 0 to 3 (RFC 4025 section 2.3, RFC 8777 section 4.2.3)",
};

impl Gateway {
    /// Returns the number of its form.
    pub(super) fn form(&self) -> u8 {
        match self {
            Gateway::None => 0,
            Gateway::Ipv4(_) => 1,
            Gateway::Ipv6(_) => 2,
            Gateway::Name(_) => 3,
        }
    }

    pub(super) fn parse<'m>(
        field: &'static str,
        form: u8,
        input: &'m [u8],
    ) -> PResult<'m, Gateway> {
        match form {
            0 => Ok((input, Gateway::None)),
            1 => context(
                field,
                map(array, |octets: [u8; 4]| Gateway::Ipv4(octets.into())),
            )
            .parse(input),
            2 => context(
                field,
                map(array, |octets: [u8; 16]| Gateway::Ipv6(octets.into())),
            )
            .parse(input),
            3 => context(field, map(whole_name, Gateway::Name)).parse(input),
            _ => Err(failure(input, 0, field, BAD_FORM)),
        }
    }

    pub(super) fn write(&self, out: &mut RdataWriter<'_>) {
        match self {
            Gateway::None => {}
            Gateway::Ipv4(address) => out.octets(&address.octets()),
            Gateway::Ipv6(address) => out.octets(&address.octets()),
            Gateway::Name(name) => out.name(name),
        }
    }

    /// Reads a gateway of this form; none is `.`.
    pub(super) fn read(form: u8, fields: &mut Fields<'_, '_>) -> Result<Gateway, TextFault> {
        let start = fields.next_at();
        match form {
            0 if fields.skip_word(".") => Ok(Gateway::None),
            0 => fields.value_by(|_| None, "the lack of a gateway", "."),
            1 => fields
                .value("an IPv4 address", "192.0.2.1")
                .map(Gateway::Ipv4),
            2 => fields
                .value("an IPv6 address", "2001:db8::1")
                .map(Gateway::Ipv6),
            3 => fields.name("a gateway's name").map(Gateway::Name),
            _ => Err(TextFault::new(
                start,
                ZoneErrorKind::BadValue { kind: BAD_FORM },
            )),
        }
    }
}

impl fmt::Display for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gateway::None => f.write_str("."),
            Gateway::Ipv4(address) => write!(f, "{address}"),
            Gateway::Ipv6(address) => write!(f, "{}", Ipv6Text(*address)),
            Gateway::Name(name) => write!(f, "{name}"),
        }
    }
}
