//! What the RDATA of each type is made of: one row a type, read by `walk`.
//!
//! The types are those that the parser spells out: a dissection should find no fault where the parser finds none.

use std::net::Ipv4Addr;

use super::read::coded;
use crate::edns::{EdnsOption, ExtendedError};
use crate::rdata::dnskey::algorithm_name;
use crate::rdata::is_typed;
use crate::rdata::nsec3::{hash_text, salt_text};
use crate::rdata::rrsig::Time;
use crate::types::{Class, Rdata, RecordType};

/// How a field of RDATA is read and shown.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// One octet, a number.
    U8,
    /// One octet, a number that may have a name.
    Code(fn(u8) -> Option<&'static str>),
    /// Two octets, a number.
    U16,
    /// Four octets, a number.
    U32,
    /// Four octets, a duration.
    Seconds,
    /// A domain name, compressed or not.
    Name,
    /// That many octets, and what they say.
    Shown(usize, fn(&[u8]) -> String),
    /// A character string.
    CharString,
    /// Octets with an octet of length before them, and how they look in text.
    Counted(fn(&[u8]) -> String),
    /// Character strings, one or more, to the end of RDATA.
    CharStrings,
    /// A character string of letters and digits.
    Tag,
    /// Text to the end of RDATA.
    Text,
    /// Octets to the end of RDATA.
    Octets,
    /// A bitmap of types to the end of RDATA.
    Types,
    /// Parameters of a service to the end of RDATA.
    Params,
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
        RecordType::A => &[("address", Shown(4, ipv4))],
        RecordType::AAAA => &[("address", Shown(16, ipv6))],
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
        RecordType::HINFO => &[("cpu", CharString), ("os", CharString)],
        RecordType::NAPTR => &[
            ("order", U16),
            ("preference", U16),
            ("flags", CharString),
            ("services", CharString),
            ("regexp", CharString),
            ("replacement", Name),
        ],
        RecordType::DS => &[
            ("key_tag", U16),
            ("algorithm", Code(algorithm_name)),
            ("digest_type", Code(digest_name)),
            ("digest", Octets),
        ],
        RecordType::SSHFP => &[
            ("algorithm", Code(ssh_algorithm_name)),
            ("fingerprint_type", Code(fingerprint_name)),
            ("fingerprint", Octets),
        ],
        RecordType::RRSIG => &[
            ("type_covered", Shown(2, type_name)),
            ("algorithm", Code(algorithm_name)),
            ("labels", U8),
            ("original_ttl", Seconds),
            ("expiration", Shown(4, time)),
            ("inception", Shown(4, time)),
            ("key_tag", U16),
            ("signer", Name),
            ("signature", Octets),
        ],
        RecordType::NSEC => &[("next", Name), ("types", Types)],
        RecordType::DNSKEY => &[
            ("flags", Shown(2, key_flags)),
            ("protocol", U8),
            ("algorithm", Code(algorithm_name)),
            ("public_key", Octets),
        ],
        RecordType::NSEC3 => &[
            ("hash_algorithm", Code(hash_name)),
            ("flags", U8),
            ("iterations", U16),
            ("salt", Counted(salt_text)),
            ("next_hashed", Counted(hash_text)),
            ("types", Types),
        ],
        RecordType::NSEC3PARAM => &[
            ("hash_algorithm", Code(hash_name)),
            ("flags", U8),
            ("iterations", U16),
            ("salt", Counted(salt_text)),
        ],
        RecordType::TLSA => &[
            ("usage", Code(usage_name)),
            ("selector", Code(selector_name)),
            ("matching_type", Code(matching_name)),
            ("data", Octets),
        ],
        RecordType::SVCB | RecordType::HTTPS => {
            &[("priority", U16), ("target", Name), ("params", Params)]
        }
        _ => OPAQUE,
    }
}

/// A number of any length that Rust has; 0 for others.
fn number(octets: &[u8]) -> u32 {
    octets
        .iter()
        .fold(0, |number, octet| number << 8 | u32::from(*octet))
}

fn ipv4(octets: &[u8]) -> String {
    Rdata::A(Ipv4Addr::from_bits(number(octets))).to_string()
}

fn ipv6(octets: &[u8]) -> String {
    let address = <[u8; 16]>::try_from(octets).map(|octets| Rdata::Aaaa(octets.into()));
    address.map_or_else(|_| String::new(), |address| address.to_string())
}

fn type_name(octets: &[u8]) -> String {
    let rtype = RecordType(number(octets) as u16);
    coded(rtype.mnemonic(), rtype, rtype.0)
}

fn time(octets: &[u8]) -> String {
    Time(number(octets)).to_string()
}

/// The flags of a key (RFC 4034 section 2.1.1, RFC 5011 section 3).
fn key_flags(octets: &[u8]) -> String {
    let flags = number(octets);
    let names = [
        (0x0100, "zone key"),
        (0x0080, "revoked"),
        (0x0001, "secure entry point"),
    ];
    let mut shown = flags.to_string();
    for (mask, name) in names {
        if flags & mask != 0 {
            shown.push_str(", ");
            shown.push_str(name);
        }
    }
    shown
}

/// RFC 7828 section 3.1.
fn tenths(octets: &[u8]) -> String {
    let tenths = number(octets);
    format!("{}.{} seconds", tenths / 10, tenths % 10)
}

/// RFC 8914 section 4.
fn reason(octets: &[u8]) -> String {
    let info_code = number(octets) as u16;
    let error = ExtendedError {
        info_code,
        extra_text: String::new(),
    };
    coded(error.name(), info_code, info_code)
}

fn nothing(_: &[u8]) -> String {
    String::new()
}

/// IANA's "DNSSEC Delegation Signer (DS) Digest Algorithms".
fn digest_name(code: u8) -> Option<&'static str> {
    ["SHA-1", "SHA-256", "GOST", "SHA-384"]
        .get(usize::from(code).checked_sub(1)?)
        .copied()
}

/// RFC 4255 section 3.1.1, RFC 6594, RFC 7479.
fn ssh_algorithm_name(code: u8) -> Option<&'static str> {
    ["RSA", "DSA", "ECDSA", "Ed25519"]
        .get(usize::from(code).checked_sub(1)?)
        .copied()
}

/// RFC 4255 section 3.1.2, RFC 6594.
fn fingerprint_name(code: u8) -> Option<&'static str> {
    ["SHA-1", "SHA-256"]
        .get(usize::from(code).checked_sub(1)?)
        .copied()
}

/// RFC 5155 section 11.
fn hash_name(code: u8) -> Option<&'static str> {
    (code == 1).then_some("SHA-1")
}

/// RFC 7218 section 2.1.
fn usage_name(code: u8) -> Option<&'static str> {
    ["PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"]
        .get(usize::from(code))
        .copied()
}

/// RFC 7218 section 2.2.
fn selector_name(code: u8) -> Option<&'static str> {
    ["Cert", "SPKI"].get(usize::from(code)).copied()
}

/// RFC 7218 section 2.3.
fn matching_name(code: u8) -> Option<&'static str> {
    ["Full", "SHA2-256", "SHA2-512"]
        .get(usize::from(code))
        .copied()
}

/// The fields of an EDNS option, whose octets have the form of its code.
pub(super) fn option_rows(option: &EdnsOption) -> &'static [Row] {
    use Kind::*;
    match option {
        EdnsOption::Nsid(_) => &[("nsid", Text)],
        EdnsOption::ClientSubnet(_) => &[
            ("family", U16),
            ("source_prefix", U8),
            ("scope_prefix", U8),
            ("address", Octets),
        ],
        EdnsOption::Cookie(_) => &[("client", Shown(8, nothing)), ("server", Octets)],
        EdnsOption::Keepalive(None) => &[],
        EdnsOption::Keepalive(Some(_)) => &[("timeout", Shown(2, tenths))],
        EdnsOption::ExtendedError(_) => &[("info_code", Shown(2, reason)), ("extra_text", Text)],
        EdnsOption::Padding(_) => &[("padding", Octets)],
        _ => OPAQUE,
    }
}
