//! Octets as digits: hexadecimal, base64, base 32.

use alloc::vec::Vec;
use core::fmt;

/// Decodes hexadecimal digits, in either case.
pub(crate) fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    hex::decode(text).ok()
}

/// Decodes base64, padded as it should be. The crate alone would accept padding between two pieces.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let octets = data_encoding::BASE64.decode(text).ok()?;
    (data_encoding::BASE64.encode(&octets).as_bytes() == text).then_some(octets)
}

/// Decodes base 32 with the digits `0-9A-V`, in either case.
pub(crate) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    data_encoding::BASE32HEX_NOPAD
        .decode(&text.to_ascii_uppercase())
        .ok()
}

/// Writes ` ABCD`; no text for no octets.
pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    match octets {
        [] => Ok(()),
        _ => write!(f, " {}", hex::encode_upper(octets)),
    }
}

/// Writes ` q83v`; no text for no octets.
pub(crate) fn write_base64(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    match octets {
        [] => Ok(()),
        _ => write!(f, " {}", data_encoding::BASE64.encode(octets)),
    }
}
