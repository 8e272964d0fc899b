//! [`Fields`]: takes an entry's fields one by one, each as what it should be.

use std::str::FromStr;

use super::error::{Fault, ZoneErrorKind};
use super::escape::unescape;
use super::lexer::Field;
use crate::types::Name;

/// How many characters of a field a complaint repeats.
const SHOWN: usize = 80;

/// The fields of an entry that are left to read.
#[derive(Debug)]
pub(super) struct Fields<'f, 't> {
    left: &'f [Field<'t>],
    /// Where the last field that was taken ends: here one is missed, if there is none left.
    end: usize,
    origin: &'f Name,
}

impl<'f, 't> Fields<'f, 't> {
    pub(super) fn new(left: &'f [Field<'t>], origin: &'f Name) -> Self {
        Fields {
            left,
            end: 0,
            origin,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Where the next field stands, or should.
    pub(super) fn next_at(&self) -> usize {
        self.left.first().map_or(self.end, |field| field.start())
    }

    /// Takes the next field if it is this word.
    pub(super) fn skip_word(&mut self, word: &str) -> bool {
        let is_word = self
            .left
            .first()
            .is_some_and(|field| !field.quoted && field.text == word);
        if is_word {
            self.take();
        }
        is_word
    }

    fn take(&mut self) -> Option<Field<'t>> {
        let (field, left) = self.left.split_first()?;
        self.left = left;
        self.end = field.end();
        Some(*field)
    }

    /// Any field. `what` is named when there is none: "a preference".
    fn any(&mut self, what: &'static str) -> Result<Field<'t>, Fault> {
        self.take()
            .ok_or(Fault::new(self.end, ZoneErrorKind::Missing { what }))
    }

    /// A field that is not in quotes.
    pub(super) fn word(&mut self, what: &'static str) -> Result<Field<'t>, Fault> {
        let field = self.any(what)?;
        if field.quoted {
            Err(field.fault(ZoneErrorKind::Quoted { what }))
        } else {
            Ok(field)
        }
    }

    /// A name, relative to the origin if there is no dot at its end; `@` is the origin.
    pub(super) fn name(&mut self, what: &'static str) -> Result<Name, Fault> {
        let field = self.word(what)?;
        match field.text {
            "@" => Ok(self.origin.clone()),
            text => Name::from_text(text, self.origin)
                .map_err(|error| field.fault(ZoneErrorKind::Name(error))),
        }
    }

    /// A number as large as its type can be.
    pub(super) fn number<N: TryFrom<u32>>(&mut self, what: &'static str) -> Result<N, Fault> {
        let field = self.word(what)?;
        digits(field.text)
            .and_then(|number| N::try_from(number).ok())
            .ok_or_else(|| {
                let max = u32::MAX >> (u32::BITS as usize - 8 * size_of::<N>());
                field.fault(ZoneErrorKind::Number {
                    text: field.shown(),
                    what,
                    max,
                })
            })
    }

    /// Seconds, or a time with units.
    pub(super) fn period(&mut self, what: &'static str) -> Result<u32, Fault> {
        self.word(what)?.period(what)
    }

    /// An address, such as the example.
    pub(super) fn address<A: FromStr>(
        &mut self,
        what: &'static str,
        example: &'static str,
    ) -> Result<A, Fault> {
        let field = self.word(what)?;
        let refused = |_| {
            field.fault(ZoneErrorKind::Address {
                text: field.shown(),
                what,
                example,
            })
        };
        field.text.parse().map_err(refused)
    }

    /// The octets of a character string, in quotes or not, however long; and where it stands.
    pub(super) fn octets(&mut self, what: &'static str) -> Result<(usize, Vec<u8>), Fault> {
        let field = self.any(what)?;
        let octets = unescape(field.text).map_err(|_| field.fault(ZoneErrorKind::BadEscape))?;
        Ok((field.start(), octets))
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), Fault> {
        match self.left.first() {
            None => Ok(()),
            Some(field) => Err(field.fault(ZoneErrorKind::LeftOver {
                text: field.shown(),
            })),
        }
    }
}

impl Field<'_> {
    pub(super) fn fault(&self, kind: ZoneErrorKind) -> Fault {
        Fault::new(self.start(), kind)
    }

    /// The text for a complaint, which should stay readable when somebody feeds us a megabyte without a blank.
    pub(super) fn shown(&self) -> String {
        let mut start: String = self.text.chars().take(SHOWN).collect();
        if start.len() < self.text.len() {
            start.push('…');
        }
        start
    }

    pub(super) fn starts_with_digit(&self) -> bool {
        !self.quoted
            && self
                .text
                .starts_with(|character: char| character.is_ascii_digit())
    }

    /// The field as seconds: `90`, `1m30s`.
    pub(super) fn period(&self, what: &'static str) -> Result<u32, Fault> {
        seconds(self.text).ok_or_else(|| {
            self.fault(ZoneErrorKind::Period {
                text: self.shown(),
                what,
            })
        })
    }
}

/// Digits and nothing else: Rust alone would take a `+` too.
fn digits(text: &str) -> Option<u32> {
    text.parse()
        .ok()
        .filter(|_| text.bytes().all(|octet| octet.is_ascii_digit()))
}

/// Seconds, or numbers that each have a unit: BIND's custom, and everybody's by now.
fn seconds(text: &str) -> Option<u32> {
    if let Some(plain) = digits(text) {
        return Some(plain);
    }
    let mut total = 0_u32;
    let mut left = text;
    while !left.is_empty() {
        let unit = left.find(|character: char| !character.is_ascii_digit())?;
        let (number, rest) = left.split_at_checked(unit)?;
        let seconds = digits(number)?.checked_mul(unit_seconds(rest)?)?;
        total = total.checked_add(seconds)?;
        left = rest.get(1..)?;
    }
    (!text.is_empty()).then_some(total)
}

/// Seconds in the unit at the start of the text.
fn unit_seconds(text: &str) -> Option<u32> {
    match text.bytes().next()?.to_ascii_lowercase() {
        b's' => Some(1),
        b'm' => Some(60),
        b'h' => Some(60 * 60),
        b'd' => Some(24 * 60 * 60),
        b'w' => Some(7 * 24 * 60 * 60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_add_up() {
        for (text, expected) in [
            ("0", 0),
            ("90", 90),
            ("1h30m", 5400),
            ("1w2d", 777_600),
            ("1W1D1H1M1S", 694_861),
            ("4294967295", u32::MAX),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "h",
            "1h30",
            "1x",
            "1 h",
            "+1",
            "-1",
            "1.5h",
            "4294967296",
            "7102w",
            "1é",
            "4294967295s1s",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
