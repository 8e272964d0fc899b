//! [`Fields`]: reads an entry's fields one by one, each in its form.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::FromStr;

use super::encoding::{base32, base64, hexadecimal};
use super::error::{TextFault, ZoneErrorKind};
use super::escape::unescape;
use super::lexer::Field;
use super::time::Time;
use crate::codes::{RecordType, UnknownMnemonic, algorithm_number};
use crate::name::Name;

/// The number of characters of a field that an error repeats.
const SHOWN: usize = 80;
/// The most octets that RDLENGTH can count.
const MAX_RDATA: usize = u16::MAX as usize;

/// The fields of an entry that are left to read.
#[derive(Debug)]
pub(crate) struct Fields<'f, 't> {
    left: &'f [Field<'t>],
    /// The end of the last field that was taken. An error about a missing field points here.
    end: usize,
    origin: &'f Name,
}

impl<'f, 't> Fields<'f, 't> {
    pub(crate) fn new(left: &'f [Field<'t>], origin: &'f Name) -> Self {
        Fields {
            left,
            end: 0,
            origin,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Returns the offset of the next field, or of the end if no field is left.
    pub(crate) fn next_at(&self) -> usize {
        self.left.first().map_or(self.end, |field| field.start())
    }

    /// Takes the next field if it is this word, in any case.
    pub(crate) fn skip_word(&mut self, word: &str) -> bool {
        let is_word = self
            .left
            .first()
            .is_some_and(|field| !field.quoted && field.text.eq_ignore_ascii_case(word));
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

    /// Takes any field. If none is left, the error names it: "a preference".
    fn any(&mut self, what: &'static str) -> Result<Field<'t>, TextFault> {
        self.take()
            .ok_or(TextFault::new(self.end, ZoneErrorKind::Missing { what }))
    }

    /// Takes a field that is not in quotes.
    pub(crate) fn word(&mut self, what: &'static str) -> Result<Field<'t>, TextFault> {
        let field = self.any(what)?;
        if field.quoted {
            Err(field.fault(ZoneErrorKind::Quoted { what }))
        } else {
            Ok(field)
        }
    }

    /// Reads a name, relative to the origin if there is no dot at its end; `@` is the origin.
    pub(crate) fn name(&mut self, what: &'static str) -> Result<Name, TextFault> {
        let field = self.word(what)?;
        match field.text {
            "@" => Ok(self.origin.clone()),
            text => Name::from_text(text, self.origin)
                .map_err(|error| field.fault(ZoneErrorKind::Name(error))),
        }
    }

    /// Reads a number that fits into its type.
    pub(crate) fn number<N: TryFrom<u32>>(&mut self, what: &'static str) -> Result<N, TextFault> {
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

    /// Reads seconds, or a time with units.
    pub(crate) fn period(&mut self, what: &'static str) -> Result<u32, TextFault> {
        self.word(what)?.period(what)
    }

    /// Reads a value such as the example.
    pub(crate) fn value<A: FromStr>(
        &mut self,
        what: &'static str,
        example: &'static str,
    ) -> Result<A, TextFault> {
        let field = self.word(what)?;
        let wrong = |_| {
            field.fault(ZoneErrorKind::Form {
                text: field.shown(),
                what,
                example,
            })
        };
        field.text.parse().map_err(wrong)
    }

    /// Reads a value such as the example by a function.
    pub(crate) fn value_by<T>(
        &mut self,
        read: impl FnOnce(&str) -> Option<T>,
        what: &'static str,
        example: &'static str,
    ) -> Result<T, TextFault> {
        let field = self.word(what)?;
        read(field.text).ok_or_else(|| {
            field.fault(ZoneErrorKind::Form {
                text: field.shown(),
                what,
                example,
            })
        })
    }

    /// Reads a character string of any length, in quotes or not; returns its offset and its octets.
    pub(crate) fn octets(&mut self, what: &'static str) -> Result<(usize, Vec<u8>), TextFault> {
        let field = self.any(what)?;
        let octets = unescape(field.text).map_err(|_| field.fault(ZoneErrorKind::BadEscape))?;
        Ok((field.start(), octets))
    }

    /// Reads a character string that one octet of length can count.
    pub(crate) fn char_string(&mut self, what: &'static str) -> Result<Vec<u8>, TextFault> {
        let (at, octets) = self.octets(what)?;
        let length = octets.len();
        match u8::try_from(length) {
            Ok(_) => Ok(octets),
            Err(_) => Err(TextFault::new(at, ZoneErrorKind::StringTooLong { length })),
        }
    }

    /// Reads a record type, by mnemonic or number.
    pub(crate) fn rtype(&mut self, what: &'static str) -> Result<RecordType, TextFault> {
        self.word(what)?.rtype()
    }

    /// Reads a DNSSEC algorithm, by number or mnemonic.
    pub(crate) fn algorithm(&mut self) -> Result<u8, TextFault> {
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

    /// Reads a point in time, as seconds since 1970.
    pub(crate) fn time(&mut self, what: &'static str) -> Result<u32, TextFault> {
        let field = self.word(what)?;
        let time = Time::from_text(field.text).ok_or_else(|| {
            field.fault(ZoneErrorKind::Time {
                text: field.shown(),
                what,
            })
        });
        time.map(|Time(seconds)| seconds)
    }

    /// Reads hexadecimal digits to the end of the entry, at least two, with blanks anywhere.
    pub(crate) fn hex_to_end(&mut self, what: &'static str) -> Result<Vec<u8>, TextFault> {
        self.encoded_to_end(what, hexadecimal, HEX)
    }

    /// Reads base64 to the end of the entry, at least one octet, with blanks anywhere.
    pub(crate) fn base64_to_end(&mut self, what: &'static str) -> Result<Vec<u8>, TextFault> {
        self.encoded_to_end(what, base64, "base64 (RFC 4648 section 4)")
    }

    fn encoded_to_end(
        &mut self,
        what: &'static str,
        decode: Decode,
        form: &'static str,
    ) -> Result<Vec<u8>, TextFault> {
        let start = self.next_at();
        let mut text = self.word(what)?.text.to_owned();
        while !self.is_empty() {
            text.push_str(self.word("a digit")?.text);
        }
        decoded(decode, &text, form, start)
    }

    /// Reads a salt: hexadecimal digits in one piece, or `-` for none (RFC 5155 section 3.3).
    pub(crate) fn salt(&mut self) -> Result<Vec<u8>, TextFault> {
        match self.word("a salt, or - for none,")? {
            Field { text: "-", .. } => Ok(Vec::new()),
            field => decoded(hexadecimal, field.text, HEX, field.start()),
        }
    }

    /// Reads a hash in base 32 (RFC 5155 section 3.3).
    pub(crate) fn hash(&mut self, what: &'static str) -> Result<Vec<u8>, TextFault> {
        const FORM: &str = "base 32 with the digits 0-9 and A-V, unpadded (RFC 4648 section 7)";
        match self.word(what)? {
            Field { text: "-", .. } => Ok(Vec::new()),
            field => decoded(base32, field.text, FORM, field.start()),
        }
    }

    /// Reads a parameter of an SVCB or HTTPS record: its offset, its key, and its value as octets,
    /// empty if there is none. To the lexer a quote is the start of a new field, so `alpn="h2"` is
    /// two fields that touch.
    pub(crate) fn param(&mut self) -> Result<(usize, &'t str, Vec<u8>), TextFault> {
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

    /// Checks that RDLENGTH can count RDATA of this length; `at` is the field that makes it so
    /// long.
    pub(crate) fn check_rdata_length(at: usize, length: usize) -> Result<(), TextFault> {
        match length {
            ..=MAX_RDATA => Ok(()),
            _ => Err(TextFault::new(at, ZoneErrorKind::RdataTooLong { length })),
        }
    }

    /// Checks that no field is left.
    pub(crate) fn end(&self) -> Result<(), TextFault> {
        match self.left.first() {
            None => Ok(()),
            Some(field) => Err(field.fault(ZoneErrorKind::LeftOver {
                text: field.shown(),
            })),
        }
    }
}

/// The name of hexadecimal digits in errors.
const HEX: &str = "hexadecimal, with two digits for each octet";

/// Decodes digits.
type Decode = fn(&[u8]) -> Option<Vec<u8>>;

fn decoded(
    decode: Decode,
    text: &str,
    form: &'static str,
    at: usize,
) -> Result<Vec<u8>, TextFault> {
    decode(text.as_bytes()).ok_or_else(|| {
        let text = shortened(text);
        TextFault::new(at, ZoneErrorKind::Encoded { text, form })
    })
}

/// Shortens text for an error, which should stay readable for a megabyte without a blank.
fn shortened(text: &str) -> String {
    let mut start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

impl Field<'_> {
    pub(crate) fn fault(&self, kind: ZoneErrorKind) -> TextFault {
        TextFault::new(self.start(), kind)
    }

    /// Returns the text for an error.
    pub(crate) fn shown(&self) -> String {
        shortened(self.text)
    }

    /// Reads the field as a record type.
    pub(crate) fn rtype(&self) -> Result<RecordType, TextFault> {
        self.text.parse().map_err(|error| {
            let text = self.shown();
            let error = UnknownMnemonic { text, ..error };
            self.fault(ZoneErrorKind::Type(Box::new(error)))
        })
    }

    pub(crate) fn starts_with_digit(&self) -> bool {
        !self.quoted
            && self
                .text
                .starts_with(|character: char| character.is_ascii_digit())
    }

    /// Reads the field as seconds: `90`, `1m30s`.
    pub(crate) fn period(&self, what: &'static str) -> Result<u32, TextFault> {
        seconds(self.text).ok_or_else(|| {
            self.fault(ZoneErrorKind::Period {
                text: self.shown(),
                what,
            })
        })
    }
}

/// Parses digits and nothing else: Rust alone would accept a `+` too.
fn digits(text: &str) -> Option<u32> {
    text.parse()
        .ok()
        .filter(|_| text.bytes().all(|octet| octet.is_ascii_digit()))
}

/// Parses seconds, or numbers that each have a unit, an extension of BIND that all servers have
/// now.
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

/// Returns the seconds in the unit at the start of the text.
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
    fn only_times_are_accepted() {
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
