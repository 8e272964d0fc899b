//! Numbers: the most significant octet first (RFC 1035 section 2.3.2).
//!
//! nom has parsers of the same names, which put a number together octet by octet from any kind of
//! input. From a slice, all octets can be taken at once, which makes parsing a message a good part
//! faster.

use nom::Parser;
use nom::combinator::map;

use super::fault::{Fault, PResult};
use crate::error::ParseErrorKind;

#[inline]
pub(crate) fn be_u8(input: &[u8]) -> PResult<'_, u8> {
    map(array, u8::from_be_bytes).parse(input)
}

#[inline]
pub(crate) fn be_u16(input: &[u8]) -> PResult<'_, u16> {
    map(array, u16::from_be_bytes).parse(input)
}

#[inline]
pub(crate) fn be_u32(input: &[u8]) -> PResult<'_, u32> {
    map(array, u32::from_be_bytes).parse(input)
}

#[inline]
pub(crate) fn be_u128(input: &[u8]) -> PResult<'_, u128> {
    map(array, u128::from_be_bytes).parse(input)
}

/// Takes as many octets as the array has.
#[inline]
pub(crate) fn array<const N: usize>(input: &[u8]) -> PResult<'_, [u8; N]> {
    match input.split_first_chunk() {
        Some((octets, rest)) => Ok((rest, *octets)),
        None => Err(nom::Err::Error(Fault::new(
            input,
            ParseErrorKind::Truncated,
        ))),
    }
}
