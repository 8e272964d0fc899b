//! Octets with a length before them, and octets to the end of RDATA.

use alloc::vec::Vec;

use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::{map, rest};
use nom::error::context;

use super::fault::PResult;
use super::number::be_u8;

/// Parses a character string: an octet of length, then that many octets (RFC 1035 section 3.3).
pub(crate) fn char_string(input: &[u8]) -> PResult<'_, &[u8]> {
    be_u8.flat_map(take).parse(input)
}

/// Parses a field with an octet of length before it, as [`char_string`], into octets of its own.
pub(crate) fn counted<'m>(field: &'static str, input: &'m [u8]) -> PResult<'m, Vec<u8>> {
    context(field, map(char_string, <[u8]>::to_vec)).parse(input)
}

/// Parses a field that takes all of RDATA that is left, at least one octet.
pub(crate) fn octets_needed<'m>(field: &'static str, input: &'m [u8]) -> PResult<'m, Vec<u8>> {
    octets_from(1, field, input)
}

/// Parses a field that takes all of RDATA that is left, at least `least` octets.
pub(crate) fn octets_from<'m>(
    least: usize,
    field: &'static str,
    input: &'m [u8],
) -> PResult<'m, Vec<u8>> {
    context(field, map(take(input.len().max(least)), <[u8]>::to_vec)).parse(input)
}

/// Parses a field that takes all of RDATA that is left.
pub(crate) fn octets_left<'m>(field: &'static str, input: &'m [u8]) -> PResult<'m, Vec<u8>> {
    context(field, map(rest, <[u8]>::to_vec)).parse(input)
}
