//! The header, and the fields that OPT has in the place of a TTL: flags, each with a line of its
//! own.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use super::Part;
use super::cursor::{Cursor, coded};
use crate::codes::{Opcode, Rcode};
use crate::wire::flags::{AA, AD, CD, DO, OPCODE, OPCODE_SHIFT, QR, RA, RCODE, RD, TC, Z};

/// A flag of one bit: its mask, its name, and its meaning when clear and when set.
type Flag = (u16, &'static str, &'static str, &'static str);

const RESPONSE: Flag = (QR, "qr", "query", "response");

const FLAGS: [Flag; 7] = [
    (AA, "aa", "not authoritative", "authoritative answer"),
    (TC, "tc", "not truncated", "truncated"),
    (RD, "rd", "recursion not desired", "recursion desired"),
    (RA, "ra", "recursion not available", "recursion available"),
    (Z, "z", "reserved", "reserved, should be 0"),
    (
        AD,
        "ad",
        "not checked by DNSSEC",
        "authentic data, checked by DNSSEC",
    ),
    (CD, "cd", "checking not disabled", "checking disabled"),
];

const DNSSEC_OK: Flag = (
    DO,
    "do",
    "no signatures wanted",
    "DNSSEC OK, signatures wanted",
);

/// Takes the header and returns its four counts (RFC 1035 section 4.1.1).
pub(super) fn header(cursor: &mut Cursor<'_>) -> Option<[u16; 4]> {
    cursor.u16("id", |id| format!("{id:#06x}"))?;
    let flags = cursor.u16("flags", set_flags)?;
    cursor.parts(flag_parts(flags));
    let mut counts = [0; 4];
    for (count, name) in counts
        .iter_mut()
        .zip(["qdcount", "ancount", "nscount", "arcount"])
    {
        *count = cursor.u16(name, |count| count.to_string())?;
    }
    Some(counts)
}

/// Lists the names of the flags that are set, as dig does: `qr rd ra`.
fn set_flags(flags: u16) -> String {
    let all = core::iter::once(RESPONSE).chain(FLAGS);
    let set: Vec<_> = all
        .filter(|(mask, ..)| flags & mask != 0)
        .map(|(_, name, ..)| name)
        .collect();
    set.join(" ")
}

fn flag_parts(flags: u16) -> Vec<Part> {
    let opcode = Opcode(((flags & OPCODE) >> OPCODE_SHIFT) as u8);
    let rcode = Rcode(flags & RCODE);
    let mut parts = vec![Part::Octets(2, set_flags(flags)), flag(flags, RESPONSE)];
    parts.push(bits(
        flags,
        OPCODE,
        "opcode",
        coded(opcode.mnemonic(), opcode, opcode.0),
    ));
    parts.extend(FLAGS.map(|each| flag(flags, each)));
    parts.push(bits(
        flags,
        RCODE,
        "rcode",
        coded(rcode.mnemonic(), rcode, rcode.0),
    ));
    parts
}

/// Takes the rest of the response code, the version and the flags of EDNS (RFC 6891 section 6.1.3).
pub(super) fn edns(cursor: &mut Cursor<'_>) -> Option<()> {
    let low = cursor.octet(3).map_or(0, |octet| u16::from(octet) & RCODE);
    cursor.number::<1>("extended_rcode", |upper| match upper as u16 {
        0 => "0".to_owned(),
        upper => {
            let rcode = Rcode(upper << 4 | low);
            format!(
                "{upper}, with the header's rcode {}",
                coded(rcode.mnemonic(), rcode, rcode.0)
            )
        }
    })?;
    cursor.number::<1>("version", |version| version.to_string())?;
    let name = |flags| {
        if flags & DO == 0 {
            String::new()
        } else {
            "do".to_owned()
        }
    };
    let flags = cursor.u16("flags", name)?;
    cursor.parts(vec![
        Part::Octets(2, name(flags)),
        flag(flags, DNSSEC_OK),
        bits(
            flags,
            !DO,
            "z",
            if flags & !DO == 0 {
                "reserved"
            } else {
                "reserved, should be 0"
            }
            .to_owned(),
        ),
    ]);
    Some(())
}

fn flag(octets: u16, (mask, name, clear, set): Flag) -> Part {
    bits(
        octets,
        mask,
        name,
        if octets & mask == 0 { clear } else { set }.to_owned(),
    )
}

fn bits(octets: u16, mask: u16, name: &'static str, meaning: String) -> Part {
    Part::Bits {
        octets,
        mask,
        name,
        meaning,
    }
}
