//! RDATA of the rarer types, a file each: what it holds, octets → it, it → octets, it ↔ text.
//!
//! The common types are in [`types`](crate::types), and what is done with them in [`parse`](mod@crate::parse),
//! [`write`](mod@crate::write) and [`text`](crate::text). Those here came after RFC 1035, so that their names are never
//! written compressed (RFC 3597 section 4), though they are read where somebody did; and they lie behind a `Box`, so that the
//! records which a resolver meets all day stay small.
//!
//! Each type has the same verbs: `parse` takes octets, `write` appends them, `read` takes the fields of a zone file's line,
//! and `Display` is what dig shows. Digests, keys and signatures are shown without the blanks that dig puts into long ones
//! (`dig +nosplit` leaves them out too); read, they may have blanks anywhere.

pub(crate) mod bitmap;
pub(crate) mod dnskey;
mod ds;
mod hinfo;
mod hints;
mod naptr;
mod nsec;
pub(crate) mod nsec3;
pub(crate) mod rrsig;
mod sshfp;
pub(crate) mod svcb;
mod svckey;
pub(crate) mod svcparam;
mod tlsa;

use nom::Parser;
use nom::combinator::{map, rest};
use nom::error::context;

pub use self::bitmap::TypeBitmap;
pub use self::dnskey::Dnskey;
pub use self::ds::Ds;
pub use self::hinfo::Hinfo;
pub use self::hints::Hints;
pub use self::naptr::Naptr;
pub use self::nsec::Nsec;
pub use self::nsec3::{Nsec3, Nsec3Param};
pub use self::rrsig::Rrsig;
pub use self::sshfp::Sshfp;
pub use self::svcb::Svcb;
pub use self::svckey::{SvcParamKey, UnknownKey};
pub use self::svcparam::SvcParam;
pub use self::tlsa::Tlsa;
use crate::parse::{PResult, character_string};
use crate::types::{Class, RecordType};
use crate::write::WriteError;

/// Whether RDATA has the form of its type. A, AAAA and SRV are defined for class IN alone (RFC 1035 section 3.4, RFC 3596
/// section 2.1, RFC 2782), and so are SVCB and HTTPS (RFC 9460 sections 14.1 and 14.2); a Chaosnet address looks otherwise.
/// Updates use classes ANY and NONE to speak of what shall be gone: then records of any type may do without RDATA, or carry
/// it in the form of their zone's class (RFC 2136 section 2.5).
pub(crate) fn is_typed(rtype: RecordType, class: Class, is_empty: bool) -> bool {
    use RecordType as Type;
    match class {
        Class::IN => true,
        Class::ANY | Class::NONE => !is_empty,
        _ => !matches!(
            rtype,
            Type::A | Type::AAAA | Type::SRV | Type::SVCB | Type::HTTPS
        ),
    }
}

/// What is left of RDATA.
fn octets_left<'m>(field: &'static str, input: &'m [u8]) -> PResult<'m, Vec<u8>> {
    context(field, map(rest, <[u8]>::to_vec)).parse(input)
}

/// Octets behind an octet that counts them.
fn counted<'m>(field: &'static str, input: &'m [u8]) -> PResult<'m, Vec<u8>> {
    context(field, map(character_string, <[u8]>::to_vec)).parse(input)
}

/// Appends octets behind an octet that counts them.
fn write_counted(out: &mut Vec<u8>, what: &'static str, octets: &[u8]) -> Result<(), WriteError> {
    let length = octets.len();
    let count = u8::try_from(length).map_err(|_| WriteError::StringTooLong { what, length })?;
    out.push(count);
    out.extend_from_slice(octets);
    Ok(())
}

/// ` ABCD`, or nothing for no octets.
fn write_hex(f: &mut std::fmt::Formatter<'_>, octets: &[u8]) -> std::fmt::Result {
    match octets {
        [] => Ok(()),
        _ => write!(f, " {}", hex::encode_upper(octets)),
    }
}

/// ` q83v`, or nothing for no octets.
fn write_base64(f: &mut std::fmt::Formatter<'_>, octets: &[u8]) -> std::fmt::Result {
    match octets {
        [] => Ok(()),
        _ => write!(f, " {}", data_encoding::BASE64.encode(octets)),
    }
}

/// Octets from base64, padded as it should be: the crate alone would let padding stand between two pieces.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let octets = data_encoding::BASE64.decode(text).ok()?;
    (data_encoding::BASE64.encode(&octets).as_bytes() == text).then_some(octets)
}

/// Octets from hexadecimal digits, in either case.
pub(crate) fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    hex::decode(text).ok()
}

/// Octets from base 32 with the digits `0-9A-V`, in either case.
pub(crate) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    data_encoding::BASE32HEX_NOPAD
        .decode(&text.to_ascii_uppercase())
        .ok()
}

#[cfg(test)]
mod tests {
    //! What the tests of each type's file ask.

    use crate::{Class, Rdata, RecordType, parse};

    /// Text and octets (in hex, blanks ignored) are two forms of the same RDATA, whichever is read.
    #[track_caller]
    pub(super) fn assert_same(rtype: RecordType, text: &str, octets: &str) {
        let octets = hex::decode(octets.replace([' ', '\n'], "")).unwrap();
        let from_text = Rdata::from_text(rtype, text).unwrap_or_else(|error| panic!("{error}"));
        let from_octets = parse::rdata_octets(rtype, Class::IN, &octets);
        assert_eq!(from_octets.to_string(), text);
        assert_eq!(from_octets, from_text);
        assert_eq!(
            hex::encode(from_text.octets().unwrap()),
            hex::encode(octets)
        );
    }

    /// What is wrong with octets.
    pub(super) fn fault(rtype: RecordType, octets: &str) -> String {
        let octets = hex::decode(octets.replace([' ', '\n'], "")).unwrap();
        match parse::rdata_octets(rtype, Class::IN, &octets) {
            Rdata::Malformed { error, .. } => error.to_string(),
            rdata => format!("nothing: {rdata}"),
        }
    }

    /// Every beginning of RDATA that must not be cut is malformed.
    pub(super) fn assert_needs(rtype: RecordType, octets: &str, least: usize) {
        let octets = hex::decode(octets.replace([' ', '\n'], "")).unwrap();
        for length in 0..octets.len() {
            let rdata = parse::rdata_octets(rtype, Class::IN, &octets[..length]);
            let is_malformed = matches!(rdata, Rdata::Malformed { .. });
            assert_eq!(is_malformed, length < least, "{rtype} of {length} octets");
        }
    }

    /// What reading text says, in one line.
    pub(super) fn complaint(rtype: RecordType, text: &str) -> String {
        match Rdata::from_text(rtype, text) {
            Ok(rdata) => format!("{rtype} {rdata}"),
            Err(error) => format!("{rtype} {text}: {}", error.kind),
        }
    }

    #[test]
    fn a_record_stays_small_whatever_types_there_are() {
        assert_eq!(size_of::<Rdata>(), 48);
        assert_eq!(size_of::<crate::Record>(), 88);
    }
}
