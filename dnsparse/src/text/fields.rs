//! [`Fields`]: takes an entry's fields one by one, each as what it should be.

use std::str::FromStr;

use super::error::{Fault, ZoneErrorKind};
use super::escape::unescape;
use super::lexer::Field;
use crate::codes::UnknownMnemonic;
use crate::rdata::dnskey::algorithm_number;
use crate::rdata::rrsig::Time;
use crate::rdata::{base32, base64, hexadecimal};
use crate::types::{Name, RecordType};

/// How many characters of a field a complaint repeats.
const SHOWN: usize = 80;

/// The fields of an entry that are left to read.
#[derive(Debug)]
pub(crate) struct Fields<'f, 't> {
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

    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Where the next field stands, or should.
    pub(crate) fn next_at(&self) -> usize {
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
    pub(crate) fn name(&mut self, what: &'static str) -> Result<Name, Fault> {
        let field = self.word(what)?;
        match field.text {
            "@" => Ok(self.origin.clone()),
            text => Name::from_text(text, self.origin)
                .map_err(|error| field.fault(ZoneErrorKind::Name(error))),
        }
    }

    /// A number as large as its type can be.
    pub(crate) fn number<N: TryFrom<u32>>(&mut self, what: &'static str) -> Result<N, Fault> {
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
    pub(crate) fn period(&mut self, what: &'static str) -> Result<u32, Fault> {
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

    /// The octets of a character string that one octet of length can count.
    pub(crate) fn char_string(&mut self, what: &'static str) -> Result<Vec<u8>, Fault> {
        let (at, octets) = self.octets(what)?;
        let length = octets.len();
        match u8::try_from(length) {
            Ok(_) => Ok(octets),
            Err(_) => Err(Fault::new(at, ZoneErrorKind::StringTooLong { length })),
        }
    }

    /// A record type, by mnemonic or number.
    pub(crate) fn rtype(&mut self, what: &'static str) -> Result<RecordType, Fault> {
        self.word(what)?.rtype()
    }

    /// A DNSSEC algorithm, by number or mnemonic.
    pub(crate) fn algorithm(&mut self) -> Result<u8, Fault> {
        let field = self.word("an algorithm")?;
        let number = digits(field.text).and_then(|number| u8::try_from(number).ok());
        number
            .or_else(|| algorithm_number(field.text))
            .ok_or_else(|| {
                field.fault(ZoneErrorKind::Algorithm {
                    text: field.shown(),
                })
            })
    }

    /// A point in time, as seconds since 1970.
    pub(crate) fn time(&mut self, what: &'static str) -> Result<u32, Fault> {
        let field = self.word(what)?;
        let time = Time::from_text(field.text).ok_or_else(|| {
            field.fault(ZoneErrorKind::Time {
                text: field.shown(),
                what,
            })
        });
        time.map(|Time(seconds)| seconds)
    }

    /// Hexadecimal digits to the end of the entry, with blanks anywhere.
    pub(crate) fn hex_to_end(&mut self) -> Result<Vec<u8>, Fault> {
        self.encoded_to_end(hexadecimal, HEX)
    }

    /// Base64 to the end of the entry, with blanks anywhere.
    pub(crate) fn base64_to_end(&mut self) -> Result<Vec<u8>, Fault> {
        self.encoded_to_end(base64, "base64 (RFC 4648 section 4)")
    }

    fn encoded_to_end(&mut self, decode: Decode, form: &'static str) -> Result<Vec<u8>, Fault> {
        let start = self.next_at();
        let mut text = String::new();
        while !self.is_empty() {
            text.push_str(self.word("a digit")?.text);
        }
        decoded(decode, &text, form, start)
    }

    /// A salt: hexadecimal digits in one piece, or `-` for none (RFC 5155 section 3.3).
    pub(crate) fn salt(&mut self) -> Result<Vec<u8>, Fault> {
        match self.word("a salt, or - for none,")? {
            Field { text: "-", .. } => Ok(Vec::new()),
            field => decoded(hexadecimal, field.text, HEX, field.start()),
        }
    }

    /// A hash in base 32 (RFC 5155 section 3.3).
    pub(crate) fn hash(&mut self, what: &'static str) -> Result<Vec<u8>, Fault> {
        const FORM: &str = "base 32 with the digits 0-9 and A-V, unpadded (RFC 4648 section 7)";
        match self.word(what)? {
            Field { text: "-", .. } => Ok(Vec::new()),
            field => decoded(base32, field.text, FORM, field.start()),
        }
    }

    /// A parameter of an SVCB or HTTPS record: where it stands, its key, and its value as octets, empty if there is none.
    /// The lexer takes a quote for the start of a new field, so that `alpn="h2"` comes as two that touch.
    pub(crate) fn param(&mut self) -> Result<(usize, &'t str, Vec<u8>), Fault> {
        let field = self.word("a parameter")?;
        let (key, value) = field.text.split_once('=').unwrap_or((field.text, ""));
        let touches = |next: &&Field<'_>| next.quoted && next.start() == field.end();
        let quoted = self.left.first().filter(touches).copied();
        let value = match quoted {
            Some(quoted) if field.text.ends_with('=') && value.is_empty() => {
                self.take();
                quoted.text
            }
            _ => value,
        };
        let octets = unescape(value).map_err(|_| field.fault(ZoneErrorKind::BadEscape))?;
        Ok((field.start(), key, octets))
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

/// How complaints call hexadecimal digits.
const HEX: &str = "hexadecimal, with two digits for each octet";

/// Octets from their digits.
type Decode = fn(&[u8]) -> Option<Vec<u8>>;

fn decoded(decode: Decode, text: &str, form: &'static str, at: usize) -> Result<Vec<u8>, Fault> {
    decode(text.as_bytes()).ok_or_else(|| {
        let text = shortened(text);
        Fault::new(at, ZoneErrorKind::Encoded { text, form })
    })
}

/// Text for a complaint, which should stay readable when somebody feeds us a megabyte without a blank.
fn shortened(text: &str) -> String {
    let mut start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

impl Field<'_> {
    pub(super) fn fault(&self, kind: ZoneErrorKind) -> Fault {
        Fault::new(self.start(), kind)
    }

    /// The text for a complaint.
    pub(super) fn shown(&self) -> String {
        shortened(self.text)
    }

    /// The field as a record type.
    pub(super) fn rtype(&self) -> Result<RecordType, Fault> {
        self.text.parse().map_err(|error| {
            let text = self.shown();
            let error = UnknownMnemonic { text, ..error };
            self.fault(ZoneErrorKind::Type(Box::new(error)))
        })
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
