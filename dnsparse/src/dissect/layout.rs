//! What the RDATA of each type is made of: one row a type, read by `walk`.
//!
//! The types are those that the parser spells out: a dissection should find no fault where the parser finds none.

use crate::rdata::is_typed;
use crate::types::{Class, RecordType};

/// How a field of RDATA is read and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One octet, a number.
    U8,
    /// Two octets, a number.
    U16,
    /// Four octets, a number.
    U32,
    /// Four octets, a duration.
    Seconds,
    /// A domain name, compressed or not.
    Name,
    /// Four octets, an address.
    Ipv4,
    /// Sixteen octets, an address.
    Ipv6,
    /// Character strings, one or more, to the end of RDATA.
    CharStrings,
    /// A character string of letters and digits.
    Tag,
    /// Text to the end of RDATA.
    Text,
    /// Octets to the end of RDATA.
    Octets,
    /// EDNS options to the end of RDATA.
    Options,
}

/// A field's name and its kind.
pub(super) type Row = (&'static str, Kind);

/// The fields of RDATA of `length` octets, from first to last.
pub(super) fn layout(rtype: RecordType, class: Class, length: usize) -> &'static [Row] {
    if rtype == RecordType::OPT || is_typed(rtype, class, length == 0) {
        rows(rtype)
    } else {
        OPAQUE
    }
}

/// Nothing is known of it.
const OPAQUE: &[Row] = &[("octets", Kind::Octets)];

fn rows(rtype: RecordType) -> &'static [Row] {
    use Kind::*;
    match rtype {
        RecordType::OPT => &[("option", Options)],
        RecordType::A => &[("address", Ipv4)],
        RecordType::AAAA => &[("address", Ipv6)],
        RecordType::NS => &[("nsdname", Name)],
        RecordType::CNAME => &[("cname", Name)],
        RecordType::DNAME => &[("target", Name)],
        RecordType::PTR => &[("ptrdname", Name)],
        RecordType::SOA => &[
            ("mname", Name),
            ("rname", Name),
            ("serial", U32),
            ("refresh", Seconds),
            ("retry", Seconds),
            ("expire", Seconds),
            ("minimum", Seconds),
        ],
        RecordType::MX => &[("preference", U16), ("exchange", Name)],
        RecordType::TXT => &[("string", CharStrings)],
        RecordType::SRV => &[
            ("priority", U16),
            ("weight", U16),
            ("port", U16),
            ("target", Name),
        ],
        RecordType::CAA => &[("flags", U8), ("tag", Tag), ("value", Text)],
        _ => OPAQUE,
    }
}

/// The names of EDNS options (IANA's "DNS EDNS0 Option Codes").
pub(super) fn option_name(code: u16) -> Option<&'static str> {
    Some(match code {
        1 => "LLQ",
        2 => "UPDATE-LEASE",
        3 => "NSID",
        5 => "DAU",
        6 => "DHU",
        7 => "N3U",
        8 => "CLIENT-SUBNET",
        9 => "EXPIRE",
        10 => "COOKIE",
        11 => "TCP-KEEPALIVE",
        12 => "PADDING",
        13 => "CHAIN",
        14 => "KEY-TAG",
        15 => "EXTENDED-ERROR",
        18 => "REPORT-CHANNEL",
        19 => "ZONEVERSION",
        _ => return None,
    })
}
