//! Values as `Debug` prints them: texts of several lines, and numbers of two octets.

use std::fmt::Write;

/// Returns the two sides of an assertion as plain texts, if one has several lines. An assertion
/// prints texts as Rust literals.
pub(super) fn texts(expected: &str, got: &str) -> Option<(String, String)> {
    let (expected, got) = (unquoted(expected)?, unquoted(got)?);
    (expected.contains('\n') || got.contains('\n')).then_some((expected, got))
}

/// Returns the value of a string literal, if it has only the usual escapes.
fn unquoted(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::new();
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => return None,
            '\\' => text.push(match rest.next()? {
                'n' => '\n',
                't' => '\t',
                c @ ('"' | '\\' | '\'') => c,
                _ => return None,
            }),
            _ => text.push(c),
        }
    }
    Some(text)
}

/// Adds the hexadecimal form to numbers of two octets: `(4660 = 0x1234, Udp)`.
pub(super) fn with_hexadecimal(text: &str) -> String {
    if text.contains('"') {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() || matches!(c, '_' | '.' | '\'' | '-' | '#' | ':' | '/') {
            word.push(c);
            continue;
        }
        out.push_str(&word);
        if let Ok(number @ 256..) = word.parse::<u16>() {
            let _ = write!(out, " = {number:#06x}");
        }
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_stands_beside_numbers_of_two_octets() {
        for (text, with) in [
            ("(4660, Udp)", "(4660 = 0x1234, Udp)"),
            ("255", "255"),
            (
                "[256, 65535, 65536]",
                "[256 = 0x0100, 65535 = 0xffff, 65536]",
            ),
            ("1.5000", "1.5000"),
            ("1500ms", "1500ms"),
            ("192.0.2.1:5353", "192.0.2.1:5353"),
            ("\"the 300 of them\"", "\"the 300 of them\""),
        ] {
            assert_eq!(with_hexadecimal(text), with);
        }
    }

    #[test]
    fn only_texts_of_several_lines_are_texts() {
        assert_eq!(
            texts(r#""a\"b""#, r#""a\nb""#),
            Some(("a\"b".to_owned(), "a\nb".to_owned()))
        );
        for literal in [r#""a" or "b\n""#, r#""\u{1f}\n""#, "5"] {
            assert_eq!(texts(literal, r#""b\n""#), None, "{literal}");
        }
    }
}
