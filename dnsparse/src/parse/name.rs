//! Names and their compression (RFC 1035 sections 3.1 and 4.1.4).
//!
//! Two bounds keep hostile pointers cheap. Each one must point to before the labels that it ends, so that the part of
//! the message in view only shrinks and a loop cannot exist; and a name follows at most 127 of them, since backwards
//! alone still lets a message of nothing but pointers take quadratic time.

use nom::bytes::complete::take;
use nom::combinator::map;
use nom::number::complete::be_u16;
use nom::{Offset, Parser};

use super::fault::{Fault, PResult};
use crate::error::Broken;
use crate::name::{MAX_LABEL, MAX_NAME, Name};

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
    let (after, (labels, end)) = run(input)?;
    match end {
        End::Root => Ok((after, Name::from_checked_wire(labels))),
        End::Pointer { target } => Ok((after, follow(message, input, labels, target)?)),
    }
}

/// Gathers a name that starts with `labels` and goes on at `target`, jump by jump.
fn follow<'m>(
    message: &'m [u8],
    input: &'m [u8],
    mut labels: &'m [u8],
    mut target: u16,
) -> Result<Name, nom::Err<Fault<'m>>> {
    let refuse = |rule| nom::Err::Failure(Fault::new(input, rule));
    let mut gathered = Gathered {
        octets: [0; MAX_NAME],
        length: 0,
    };
    let mut start = message.offset(input);
    for _ in 0..MAX_POINTERS {
        gathered
            .push(labels)
            .ok_or_else(|| refuse(Broken::NameTooLong))?;
        let place = message
            .get(usize::from(target)..)
            .filter(|_| usize::from(target) < start);
        let place = place.ok_or_else(|| refuse(Broken::PointerNotBackwards { target }))?;
        let (_, (more, end)) = run(place)?;
        match end {
            End::Root => {
                gathered
                    .push(more)
                    .ok_or_else(|| refuse(Broken::NameTooLong))?;
                return Ok(Name::from_checked_wire(gathered.wire()));
            }
            End::Pointer { target: next } => {
                start = usize::from(target);
                (labels, target) = (more, next);
            }
        }
    }
    Err(refuse(Broken::TooManyPointers {
        limit: MAX_POINTERS,
    }))
}

/// Labels as they stand, up to the root (whose zero octet is then part of the run) or a pointer (which is not).
fn run(input: &[u8]) -> PResult<'_, (&[u8], End)> {
    let mut length = 0;
    loop {
        let octet = *input.get(length).ok_or_else(|| truncated(input))?;
        match octet {
            0 => return map(take(length + 1), |labels| (labels, End::Root)).parse(input),
            1..=0b0011_1111 => length += 1 + usize::from(octet),
            0b0100_0000..POINTER => return Err(refuse_label(input, length, octet)),
            POINTER.. => return (take(length), map(be_u16, pointer)).parse(input),
        }
        if length >= MAX_NAME {
            return Err(nom::Err::Failure(Fault::new(input, Broken::NameTooLong)));
        }
    }
}

/// The lower 14 bits.
fn pointer(octets: u16) -> End {
    End::Pointer {
        target: octets & 0x3fff,
    }
}

fn truncated(input: &[u8]) -> nom::Err<Fault<'_>> {
    nom::Err::Error(Fault::new(input, Broken::Truncated))
}

fn refuse_label(input: &[u8], at: usize, octet: u8) -> nom::Err<Fault<'_>> {
    nom::Err::Failure(Fault::new(
        input.get(at..).unwrap_or(input),
        Broken::LabelType { octet },
    ))
}

/// The octets of a name as its runs are put together.
struct Gathered {
    octets: [u8; MAX_NAME],
    length: usize,
}

impl Gathered {
    /// Nothing where the name would get longer than 255 octets.
    fn push(&mut self, labels: &[u8]) -> Option<()> {
        let end = self.length + labels.len();
        self.octets
            .get_mut(self.length..end)?
            .copy_from_slice(labels);
        self.length = end;
        Some(())
    }

    fn wire(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or(&[])
    }
}

const _: () = assert!(MAX_LABEL == 0b0011_1111);
