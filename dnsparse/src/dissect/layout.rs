//! What the RDATA of each type is made of: one row a type, read by `walk`.

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
    /// An octet of length and that many octets of text.
    CharString,
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

/// The fields of RDATA of `length` octets, from first to last. A type that has no row is octets, as far as anyone knows.
///
/// Updates use records of any type without RDATA, with class ANY or NONE (RFC 2136 sections 2.4 and 2.5), and a
/// Chaosnet address has another form than the Internet's.
pub(super) fn layout(rtype: RecordType, class: Class, length: usize) -> &'static [Row] {
    use Kind::*;
    match (rtype, class) {
        (RecordType::OPT, _) => &[("option", Options)],
        (_, Class::ANY | Class::NONE) if length == 0 => &[],
        (RecordType::A, Class::CH) => &[("octets", Octets)],
        (RecordType::A, _) => &[("address", Ipv4)],
        (RecordType::AAAA, _) => &[("address", Ipv6)],
        (RecordType::NS, _) => &[("nsdname", Name)],
        (RecordType::CNAME, _) => &[("cname", Name)],
        (RecordType::DNAME, _) => &[("target", Name)],
        (RecordType::PTR, _) => &[("ptrdname", Name)],
        (RecordType::SOA, _) => &[
            ("mname", Name),
            ("rname", Name),
            ("serial", U32),
            ("refresh", Seconds),
            ("retry", Seconds),
            ("expire", Seconds),
            ("minimum", Seconds),
        ],
        (RecordType::MX, _) => &[("preference", U16), ("exchange", Name)],
        (RecordType::TXT, _) => &[("string", CharStrings)],
        (RecordType::SRV, _) => &[("priority", U16), ("weight", U16), ("port", U16), ("target", Name)],
        (RecordType::CAA, _) => &[("flags", U8), ("tag", Tag), ("value", Text)],
        _ => &[("octets", Octets)],
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
