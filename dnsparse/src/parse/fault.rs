//! [`Fault`]: what goes wrong inside a parser, before offsets are known.
//!
//! nom's parsers see only the input that is left. A fault keeps that, and [`Fault::into_error`] turns it into an offset,
//! once, at the boundary. It is one pointer wide, so that results stay small and nothing is paid while all goes well; what
//! makes and extends it is marked cold, and thus kept out of the way of the parsers around it.

use nom::error::{ContextError, ErrorKind, ParseError as NomParseError};
use nom::{IResult, Needed, Offset};

use crate::error::{Broken, ParseError, Step};

/// What every parser here returns.
pub(crate) type PResult<'m, T> = IResult<&'m [u8], T, Fault<'m>>;

/// A broken rule, where it was broken, and the fields around it from the inside out.
#[derive(Debug)]
pub(crate) struct Fault<'m>(Box<Parts<'m>>);

#[derive(Debug)]
struct Parts<'m> {
    /// The input that is left where the field starts.
    input: &'m [u8],
    rule: Broken,
    path: Vec<Step>,
}

impl<'m> Fault<'m> {
    #[cold]
    pub(super) fn new(input: &'m [u8], rule: Broken) -> Self {
        Fault(Box::new(Parts {
            input,
            rule,
            path: Vec::new(),
        }))
    }

    /// The fault with one more field around it.
    #[cold]
    pub(super) fn at(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }

    /// [`Fault::at`], inside nom's own error.
    pub(crate) fn within(error: nom::Err<Self>, step: Step) -> nom::Err<Self> {
        error.map(|fault| fault.at(step))
    }

    /// Within RDATA, the end of the input is not the end of the message.
    pub(super) fn in_rdata(error: nom::Err<Self>) -> nom::Err<Self> {
        error.map(|mut fault| {
            if fault.0.rule == Broken::Truncated {
                fault.0.rule = Broken::RdataTruncated;
            }
            fault
        })
    }

    pub(super) fn into_error(self, message: &[u8]) -> ParseError {
        let Parts {
            input,
            rule,
            mut path,
        } = *self.0;
        path.reverse();
        ParseError {
            octet: message.offset(input),
            path,
            rule,
        }
    }
}

/// A rule that RDATA breaks, `at` so many octets behind `input`, in a field.
pub(crate) fn fault_at<'m>(
    input: &'m [u8],
    at: usize,
    field: &'static str,
    rule: Broken,
) -> nom::Err<Fault<'m>> {
    let place = input.get(at..).unwrap_or(input);
    nom::Err::Failure(Fault::new(place, rule).at(Step::Field(field)))
}

impl<'m> From<nom::Err<Fault<'m>>> for Fault<'m> {
    /// All three arms: no parser here asks for more input, but if one did, that is a truncated message, not a panic.
    fn from(error: nom::Err<Fault<'m>>) -> Self {
        match error {
            nom::Err::Error(fault) | nom::Err::Failure(fault) => fault,
            nom::Err::Incomplete(Needed::Unknown | Needed::Size(_)) => {
                Fault::new(&[], Broken::Truncated)
            }
        }
    }
}

impl<'m> NomParseError<&'m [u8]> for Fault<'m> {
    /// The only thing that nom's own parsers find wrong here is that the input ends.
    fn from_error_kind(input: &'m [u8], _kind: ErrorKind) -> Self {
        Fault::new(input, Broken::Truncated)
    }

    fn append(_input: &'m [u8], _kind: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<'m> ContextError<&'m [u8]> for Fault<'m> {
    fn add_context(_input: &'m [u8], field: &'static str, other: Self) -> Self {
        other.at(Step::Field(field))
    }
}
