//! [`Fault`]: an error inside a parser, before offsets are known.
//!
//! nom's parsers see only the input that is left. A fault keeps that input, and
//! [`Fault::into_error`] turns it into an offset, once, at the boundary. It is one pointer wide, so
//! that results stay small and nothing is paid while all goes well; the functions that make and
//! extend it are marked cold, which keeps them out of the way of the parsers around them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use nom::error::{ContextError, ErrorKind, ParseError as NomParseError};
use nom::{IResult, Needed, Offset};

use crate::error::{ParseError, ParseErrorKind, PathStep};

/// The result of every parser here.
pub(crate) type PResult<'m, T> = IResult<&'m [u8], T, Fault<'m>>;

/// The broken rule, the input at which it was broken, and the fields around it from the inside out.
#[derive(Debug)]
pub(crate) struct Fault<'m>(Box<Parts<'m>>);

#[derive(Debug)]
struct Parts<'m> {
    /// The input that is left where the field starts.
    input: &'m [u8],
    kind: ParseErrorKind,
    path: Vec<PathStep>,
}

impl<'m> Fault<'m> {
    #[cold]
    pub(crate) fn new(input: &'m [u8], kind: ParseErrorKind) -> Self {
        Fault(Box::new(Parts {
            input,
            kind,
            path: Vec::new(),
        }))
    }

    /// Adds one more field around the path.
    #[cold]
    pub(crate) fn at(mut self, step: PathStep) -> Self {
        self.0.path.push(step);
        self
    }

    /// Does the same as [`Fault::at`], inside nom's own error.
    pub(crate) fn within(error: nom::Err<Self>, step: PathStep) -> nom::Err<Self> {
        error.map(|fault| fault.at(step))
    }

    /// Turns the end of the message into the end of RDATA, which it is for parsers of RDATA.
    pub(crate) fn in_rdata(error: nom::Err<Self>) -> nom::Err<Self> {
        error.map(|mut fault| {
            if fault.0.kind == ParseErrorKind::Truncated {
                fault.0.kind = ParseErrorKind::RdataTruncated;
            }
            fault
        })
    }

    pub(crate) fn into_error(self, message: &[u8]) -> ParseError {
        let Parts {
            input,
            kind,
            mut path,
        } = *self.0;
        path.reverse();
        ParseError {
            octet: message.offset(input),
            path,
            kind,
        }
    }
}

/// Fails because a field within RDATA breaks a rule, `at` octets after the start of `input`.
pub(crate) fn failure<'m>(
    input: &'m [u8],
    at: usize,
    field: &'static str,
    kind: ParseErrorKind,
) -> nom::Err<Fault<'m>> {
    let place = input.get(at..).unwrap_or(input);
    nom::Err::Failure(Fault::new(place, kind).at(PathStep::Field(field)))
}

/// Fails because the input ends within fields of fixed lengths, which are otherwise taken at once:
/// finds the field in which it ends.
#[cold]
pub(crate) fn cut_short<'m>(
    input: &'m [u8],
    fields: &[(&'static str, usize)],
) -> nom::Err<Fault<'m>> {
    let mut end = 0;
    let is_cut = |(_, length): &&(&'static str, usize)| {
        end += length;
        end > input.len()
    };
    match fields.iter().find(is_cut) {
        Some((field, length)) => failure(input, end - length, field, ParseErrorKind::Truncated),
        None => nom::Err::Failure(Fault::new(input, ParseErrorKind::Truncated)),
    }
}

impl<'m> From<nom::Err<Fault<'m>>> for Fault<'m> {
    /// Converts all three arms. No parser here asks for more input; if one did, that would be a
    /// truncated message, not a panic.
    fn from(error: nom::Err<Fault<'m>>) -> Self {
        match error {
            nom::Err::Error(fault) | nom::Err::Failure(fault) => fault,
            nom::Err::Incomplete(Needed::Unknown | Needed::Size(_)) => {
                Fault::new(&[], ParseErrorKind::Truncated)
            }
        }
    }
}

impl<'m> NomParseError<&'m [u8]> for Fault<'m> {
    /// The only thing that nom's own parsers find wrong here is that the input ends.
    fn from_error_kind(input: &'m [u8], _kind: ErrorKind) -> Self {
        Fault::new(input, ParseErrorKind::Truncated)
    }

    fn append(_input: &'m [u8], _kind: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<'m> ContextError<&'m [u8]> for Fault<'m> {
    fn add_context(_input: &'m [u8], field: &'static str, other: Self) -> Self {
        other.at(PathStep::Field(field))
    }
}
