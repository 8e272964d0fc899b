//! Escapes: the octets that text cannot show as they are (RFC 1035 section 5.1).
//!
//! Two forms carry octets: a label of a name, and a character string in quotes. They differ in the
//! characters that would end or change them. Both write anything else that is not printable ASCII
//! as `\DDD`, in decimal. One function reads both, [`symbols`].

use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::str::Chars;

/// Writes the octets of one label as dig does: no dot in it looks like the end of the label, and no
/// character like a comment, a parenthesis, a directive or the origin.
pub(crate) fn write_label(f: &mut impl Write, octets: &[u8]) -> fmt::Result {
    write_escaped(f, octets, |octet| b"\"().;\\@$".contains(&octet), 0x21)
}

/// Writes a character string between quotes.
pub(crate) fn write_quoted(f: &mut impl Write, octets: &[u8]) -> fmt::Result {
    f.write_char('"')?;
    write_escaped(f, octets, |octet| b"\"\\".contains(&octet), 0x20)?;
    f.write_char('"')
}

fn write_escaped(
    f: &mut impl Write,
    octets: &[u8],
    special: impl Fn(u8) -> bool,
    first_plain: u8,
) -> fmt::Result {
    for &octet in octets {
        match octet {
            _ if special(octet) => write!(f, "\\{}", char::from(octet))?,
            _ if (first_plain..=b'~').contains(&octet) => f.write_char(char::from(octet))?,
            _ => write!(f, "\\{octet:03}")?,
        }
    }
    Ok(())
}

/// A character of text, its escape undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// Not escaped: a `.` of this kind ends a label.
    Plain(char),
    /// Escaped: a `.` of this kind is part of the label.
    Escaped(u8),
}

/// A backslash without the character or digits after it, at this character of the text (counted
/// from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadEscape {
    pub(crate) at: usize,
}

/// Reads text character by character, undoing `\X` and `\DDD`. The items after an error mean
/// nothing.
pub(crate) fn symbols(text: &str) -> impl Iterator<Item = Result<Symbol, BadEscape>> {
    let (mut rest, mut at) = (text.chars(), 0);
    core::iter::from_fn(move || {
        let start = at;
        at += 1;
        match rest.next()? {
            '\\' => Some(escaped(&mut rest, &mut at).ok_or(BadEscape { at: start })),
            plain => Some(Ok(Symbol::Plain(plain))),
        }
    })
}

/// Reads the rest of an escape: three digits, or any one character that is not a digit.
fn escaped(rest: &mut Chars<'_>, at: &mut usize) -> Option<Symbol> {
    let first = rest.next()?;
    *at += 1;
    let Some(mut number) = first.to_digit(10) else {
        return Some(
            u8::try_from(first)
                .ok()
                .filter(u8::is_ascii)
                .map_or(Symbol::Plain(first), Symbol::Escaped),
        );
    };
    for _ in 0..2 {
        number = number * 10 + rest.next()?.to_digit(10)?;
        *at += 1;
    }
    u8::try_from(number).ok().map(Symbol::Escaped)
}

/// Reads the octets of a character string from its text without the quotes. Characters outside
/// ASCII stand for their UTF-8 octets.
pub(crate) fn unescape(text: &str) -> Result<Vec<u8>, BadEscape> {
    let mut octets = Vec::with_capacity(text.len());
    for symbol in symbols(text) {
        match symbol? {
            Symbol::Escaped(octet) => octets.push(octet),
            Symbol::Plain(plain) => {
                octets.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes())
            }
        }
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(octets: &[u8]) -> String {
        let mut text = String::new();
        write_label(&mut text, octets).unwrap();
        text
    }

    fn quoted(octets: &[u8]) -> String {
        let mut text = String::new();
        write_quoted(&mut text, octets).unwrap();
        text
    }

    #[test]
    fn a_label_escapes_all_that_is_not_plain() {
        assert_eq!(label(b"_a-Z09*~!#'"), "_a-Z09*~!#'");
        assert_eq!(label(b"\"().;\\@$"), r#"\"\(\)\.\;\\\@\$"#);
        assert_eq!(label(b" \x00\x7f\xff"), r"\032\000\127\255");
    }

    #[test]
    fn a_character_string_keeps_its_spaces_and_semicolons() {
        assert_eq!(quoted(b"v=1; (a.b) @$"), r#""v=1; (a.b) @$""#);
        assert_eq!(quoted(b"\"\\\t\x7f\xc3"), r#""\"\\\009\127\195""#);
        assert_eq!(quoted(b""), r#""""#);
    }

    #[test]
    fn every_octet_reads_back_in_both_forms() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&label(&all)), Ok(all.clone()));
        assert_eq!(unescape(quoted(&all).trim_matches('"')), Ok(all));
    }

    #[test]
    fn the_position_of_a_bad_escape_is_known() {
        for (text, at) in [
            ("ab\\", 2),
            ("\\25", 0),
            ("é\\256", 1),
            ("\\065\\0a5", 4),
            ("\\12é", 0),
        ] {
            assert_eq!(unescape(text), Err(BadEscape { at }), "{text}");
        }
    }

    #[test]
    fn only_ascii_digits_make_a_number() {
        assert_eq!(unescape("\\٣٤٥"), Ok("٣٤٥".into()));
    }
}
