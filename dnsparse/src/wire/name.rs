//! Names and their compression (RFC 1035 sections 3.1 and 4.1.4).
//!
//! A pointer leads to a name before it, and after the header: no name can start in it. Where RDATA
//! stands alone, `message` is empty, and every pointer is refused.
//!
//! Two bounds keep hostile pointers cheap. Each pointer must point to before the labels that it
//! ends, so that the part of the message in view only shrinks and a loop cannot exist. And a name
//! follows at most [`pointer_limit`] of them, since backwards alone still lets a message of nothing
//! but pointers take quadratic time.

use nom::bytes::complete::take;
use nom::{Offset, Parser};

use super::fault::{Fault, PResult};
use super::pointers::pointer_limit;
use crate::error::ParseErrorKind;
use crate::name::{MAX_LABEL, MAX_NAME, Name, NameBuilder};
use crate::offsets::HEADER;

/// The two top bits of a pointer (RFC 1035 section 4.1.4).
const POINTER: u8 = 0b1100_0000;

/// Parses the name that starts at `input`, which is a part of `message`.
pub(crate) fn name<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Name> {
    if let [0, after @ ..] = input {
        return Ok((after, Name::ROOT));
    }
    let (length, pointer) = run(input, MAX_NAME)?;
    let mut builder = NameBuilder::new();
    builder.push(input, length).ok_or_else(|| too_long(input))?;
    if let Some(target) = pointer {
        follow(message, input, &mut builder, target)?;
    }
    let (after, _) = take(length + pointer.map_or(0, |_| 2)).parse(input)?;
    Ok((after, builder.into_name()))
}

/// Parses a name that cannot be compressed.
pub(crate) fn whole_name(input: &[u8]) -> PResult<'_, Name> {
    name(input.get(..0).unwrap_or_default(), input)
}

/// Adds the rest of a name that starts at `input` and goes on at `target`, jump by jump.
fn follow<'m>(
    message: &'m [u8],
    input: &'m [u8],
    builder: &mut NameBuilder,
    mut target: u16,
) -> Result<(), nom::Err<Fault<'m>>> {
    let refuse = |kind| nom::Err::Failure(Fault::new(input, kind));
    let mut start = message.offset(input);
    let limit = pointer_limit(message.len());
    for _ in 0..limit {
        let place = message
            .get(usize::from(target)..)
            .filter(|_| (HEADER..start).contains(&usize::from(target)))
            .ok_or_else(|| refuse(pointer_fault(message, start, target)))?;
        let (length, pointer) = run(place, MAX_NAME - builder.length())?;
        builder.push(place, length).ok_or_else(|| too_long(input))?;
        match pointer {
            None => return Ok(()),
            Some(next) => (start, target) = (usize::from(target), next),
        }
    }
    Err(refuse(ParseErrorKind::TooManyPointers { limit }))
}

/// Returns the rule that a pointer to `target` breaks, after labels that begin at `start`.
#[cold]
pub(crate) fn pointer_fault(message: &[u8], start: usize, target: u16) -> ParseErrorKind {
    if message.is_empty() {
        ParseErrorKind::PointerNotAllowed { target }
    } else if usize::from(target) >= start {
        ParseErrorKind::PointerNotBackwards { target }
    } else {
        ParseErrorKind::PointerIntoHeader { target }
    }
}

/// Measures a run of labels: its length up to the root (whose zero octet counts too) or up to a
/// pointer (which does not), and the pointer's target. Its labels must be shorter than
/// `room`: the first rule that is broken, label by label, is the fault.
#[inline(always)]
fn run(input: &[u8], room: usize) -> Result<(usize, Option<u16>), nom::Err<Fault<'_>>> {
    let mut length = 0;
    loop {
        let octet = *input.get(length).ok_or_else(|| truncated(input))?;
        match octet {
            0 => return Ok((length + 1, None)),
            1..=0b0011_1111 => length += 1 + usize::from(octet),
            0b0100_0000..POINTER => return Err(refuse_label(input, length, octet)),
            POINTER.. => {
                let low = *input.get(length + 1).ok_or_else(|| truncated(input))?;
                return Ok((length, Some(u16::from_be_bytes([octet & !POINTER, low]))));
            }
        }
        if length >= room {
            return Err(too_long_or_truncated(input, length));
        }
    }
}

#[cold]
fn truncated(input: &[u8]) -> nom::Err<Fault<'_>> {
    nom::Err::Error(Fault::new(input, ParseErrorKind::Truncated))
}

#[cold]
fn too_long(input: &[u8]) -> nom::Err<Fault<'_>> {
    nom::Err::Failure(Fault::new(input, ParseErrorKind::NameTooLong))
}

/// The last label may make the name too long, and not be there as a whole.
#[cold]
fn too_long_or_truncated(input: &[u8], length: usize) -> nom::Err<Fault<'_>> {
    match input.len() < length {
        true => truncated(input),
        false => too_long(input),
    }
}

#[cold]
fn refuse_label(input: &[u8], at: usize, octet: u8) -> nom::Err<Fault<'_>> {
    nom::Err::Failure(Fault::new(
        input.get(at..).unwrap_or(input),
        ParseErrorKind::LabelType { octet },
    ))
}

const _: () = assert!(MAX_LABEL == 0b0011_1111);
