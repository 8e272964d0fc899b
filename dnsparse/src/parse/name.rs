//! Names and their compression (RFC 1035 sections 3.1 and 4.1.4).
//!
//! Two bounds keep hostile pointers cheap. Each one must point to before the labels that it ends, so that the part of
//! the message in view only shrinks and a loop cannot exist; and a name follows at most 127 of them, since backwards
//! alone still lets a message of nothing but pointers take quadratic time.

use nom::bytes::complete::take;
use nom::combinator::map;
use nom::sequence::preceded;
use nom::{Offset, Parser};

use super::fault::{Fault, PResult};
use super::number::be_u16;
use crate::error::Broken;
use crate::name::{Gathered, MAX_LABEL, MAX_NAME, Name};

/// As many as a name can have labels: a pointer without a label before it gains nothing.
const MAX_POINTERS: usize = 127;
/// The two top bits of a pointer (RFC 1035 section 4.1.4).
const POINTER: u8 = 0b1100_0000;

/// What a run of labels ends with.
enum End {
    Root,
    Pointer { target: u16 },
}

/// A name that starts at `input`, which is a part of `message`.
pub(crate) fn name<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Name> {
    if let [0, after @ ..] = input {
        return Ok((after, Name::ROOT));
    }
    let (after, (length, end)) = run(input)?;
    let mut gathered = Gathered::new();
    gathered
        .push(input, length)
        .ok_or_else(|| too_long(input))?;
    if let End::Pointer { target } = end {
        follow(message, input, &mut gathered, target)?;
    }
    Ok((after, gathered.into_name()))
}

/// Gathers the rest of a name that starts at `input` and goes on at `target`, jump by jump.
fn follow<'m>(
    message: &'m [u8],
    input: &'m [u8],
    gathered: &mut Gathered,
    mut target: u16,
) -> Result<(), nom::Err<Fault<'m>>> {
    let refuse = |rule| nom::Err::Failure(Fault::new(input, rule));
    let mut start = message.offset(input);
    for _ in 0..MAX_POINTERS {
        let place = message
            .get(usize::from(target)..)
            .filter(|_| usize::from(target) < start);
        let place = place.ok_or_else(|| refuse(Broken::PointerNotBackwards { target }))?;
        if let [high, low, ..] = place
            && *high >= POINTER
        {
            // A pointer to a pointer: there is nothing to gather, and a hostile message is full of them.
            let next = u16::from_be_bytes([high & !POINTER, *low]);
            (start, target) = (usize::from(target), next);
            continue;
        }
        let (_, (length, end)) = run(place)?;
        gathered
            .push(place, length)
            .ok_or_else(|| too_long(input))?;
        match end {
            End::Root => return Ok(()),
            End::Pointer { target: next } => (start, target) = (usize::from(target), next),
        }
    }
    Err(refuse(Broken::TooManyPointers {
        limit: MAX_POINTERS,
    }))
}

/// The length of the labels up to the root (whose zero octet then counts too) or a pointer (which does not).
#[inline(always)]
fn run(input: &[u8]) -> PResult<'_, (usize, End)> {
    let mut length = 0;
    loop {
        let octet = *input.get(length).ok_or_else(|| truncated(input))?;
        match octet {
            0 => return map(take(length + 1), |_| (length + 1, End::Root)).parse(input),
            1..=0b0011_1111 => length += 1 + usize::from(octet),
            0b0100_0000..POINTER => return Err(refuse_label(input, length, octet)),
            POINTER.. => {
                let pointer = preceded(take(length), be_u16);
                return map(pointer, |octets| {
                    (
                        length,
                        End::Pointer {
                            target: octets & 0x3fff,
                        },
                    )
                })
                .parse(input);
            }
        }
        if length >= MAX_NAME {
            return Err(too_long(input));
        }
    }
}

#[cold]
fn truncated(input: &[u8]) -> nom::Err<Fault<'_>> {
    nom::Err::Error(Fault::new(input, Broken::Truncated))
}

#[cold]
fn too_long(input: &[u8]) -> nom::Err<Fault<'_>> {
    nom::Err::Failure(Fault::new(input, Broken::NameTooLong))
}

#[cold]
fn refuse_label(input: &[u8], at: usize, octet: u8) -> nom::Err<Fault<'_>> {
    nom::Err::Failure(Fault::new(
        input.get(at..).unwrap_or(input),
        Broken::LabelType { octet },
    ))
}

const _: () = assert!(MAX_LABEL == 0b0011_1111);
