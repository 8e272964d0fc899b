//! Text → entries and their fields (RFC 1035 section 5.1): white space, quotes, comments and
//! parentheses.
//!
//! A field is a piece of the text with its escapes; the reader of the field undoes them.

use alloc::vec::Vec;

use super::error::{TextFault, ZoneErrorKind};

/// One entry of a file: a line, or several that parentheses hold together.
#[derive(Debug)]
pub(crate) struct Entry<'t> {
    /// Whether it starts with white space. Then its first field is not an owner.
    pub(crate) indented: bool,
    /// The fields, at least one.
    pub(crate) fields: Vec<Field<'t>>,
}

/// A piece of text between white space, or in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'t> {
    /// The text without the quotes, with its escapes.
    pub(crate) text: &'t str,
    /// Whether it stood in quotes. Then it can only be a character string.
    pub(crate) quoted: bool,
    /// The start of the text: octets from the start of the file.
    pub(crate) at: usize,
}

impl Entry<'_> {
    /// Returns the offset of its first field.
    pub(crate) fn start(&self) -> usize {
        self.fields.first().map_or(0, Field::start)
    }
}

impl Field<'_> {
    /// Returns the offset of the field, its opening quote included.
    pub(crate) fn start(&self) -> usize {
        self.at - usize::from(self.quoted)
    }

    /// Returns the offset after the field, its closing quote included.
    pub(crate) fn end(&self) -> usize {
        self.at + self.text.len() + usize::from(self.quoted)
    }
}

/// Goes through a file once, from start to end.
#[derive(Debug)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, at: 0 }
    }

    /// Returns the offset that the lexer has reached.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Returns the next entry that has a field, or `None` at the end of the file.
    pub(crate) fn entry(&mut self) -> Result<Option<Entry<'t>>, TextFault> {
        while let Some(first) = self.octet() {
            let fields = self.fields()?;
            if !fields.is_empty() {
                return Ok(Some(Entry {
                    indented: is_blank(first),
                    fields,
                }));
            }
        }
        Ok(None)
    }

    /// Takes the fields up to a line's end outside of parentheses. Nested parentheses are allowed
    /// and mean nothing more, as in BIND.
    fn fields(&mut self) -> Result<Vec<Field<'t>>, TextFault> {
        let mut fields = Vec::new();
        let mut open = Vec::new();
        while let Some(octet) = self.octet() {
            let at = self.at;
            match octet {
                b'"' => fields.push(self.quoted()?),
                b';' => self.skip_while(|octet| octet != b'\n'),
                b'(' => open.push(self.advance(1)),
                b')' => match open.pop() {
                    Some(_) => self.at += 1,
                    None => return Err(TextFault::new(at, ZoneErrorKind::CloseParenthesis)),
                },
                b'\n' if open.is_empty() => {
                    self.at += 1;
                    return Ok(fields);
                }
                b'\n' => self.at += 1,
                _ if is_blank(octet) => self.at += 1,
                _ => fields.push(self.bare()),
            }
        }
        match open.first() {
            None => Ok(fields),
            Some(&at) => Err(TextFault::new(at, ZoneErrorKind::OpenParenthesis)),
        }
    }

    /// Takes a field without quotes, up to a character that ends it and is not escaped.
    fn bare(&mut self) -> Field<'t> {
        let at = self.at;
        self.skip_text(|octet| is_blank(octet) || b"\n\"();".contains(&octet));
        self.field(at, false)
    }

    /// Takes a field in quotes, up to the next quote.
    fn quoted(&mut self) -> Result<Field<'t>, TextFault> {
        let opening = self.advance(1);
        let start = self.at;
        self.skip_text(|octet| octet == b'"' || octet == b'\n');
        if self.octet() != Some(b'"') {
            return Err(TextFault::new(opening, ZoneErrorKind::OpenQuotes));
        }
        let field = self.field(start, true);
        self.at += 1;
        Ok(field)
    }

    /// Makes the field from `at` to here. Both are next to ASCII characters, so that no character
    /// is cut in two.
    fn field(&self, at: usize, quoted: bool) -> Field<'t> {
        Field {
            text: self.text.get(at..self.at).unwrap_or_default(),
            quoted,
            at,
        }
    }

    fn octet(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Advances, and returns the offset before that.
    fn advance(&mut self, octets: usize) -> usize {
        let before = self.at;
        self.at += octets;
        before
    }

    fn skip_while(&mut self, is_skipped: impl Fn(u8) -> bool) {
        while self.octet().is_some_and(&is_skipped) {
            self.at += 1;
        }
    }

    /// Skips to a character that `ends` the text and is not escaped. The end of a line cannot be
    /// escaped.
    fn skip_text(&mut self, ends: impl Fn(u8) -> bool) {
        while let Some(octet) = self.octet().filter(|&octet| !ends(octet)) {
            self.at += 1;
            if octet == b'\\' && self.octet().is_some_and(|escaped| escaped != b'\n') {
                self.at += 1;
            }
        }
    }
}

/// Checks for a blank. A carriage return is one too, for files from Windows.
fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each entry on a line: `>` where it is indented, its fields between bars, those in quotes
    /// with a `"`.
    fn entries(text: &str) -> String {
        let mut lexer = Lexer::new(text);
        let mut shown = String::new();
        while let Some(entry) = lexer.entry().unwrap() {
            shown.push_str(if entry.indented { ">" } else { "" });
            for field in entry.fields {
                let mark = if field.quoted { "\"" } else { "" };
                shown.push_str(&format!("|{mark}{}", field.text));
            }
            shown.push_str("|\n");
        }
        shown
    }

    fn fault(text: &str) -> String {
        Lexer::new(text)
            .entry()
            .unwrap_err()
            .into_error(text)
            .to_string()
    }

    #[test]
    fn entries_are_lines_and_fields_stand_between_blanks() {
        insta::assert_snapshot!(entries("a  b\tc\r\n\n   \n; nothing\n d ;e\n\tf"), @r"
        |a|b|c|
        >|d|
        >|f|
        ");
    }

    #[test]
    fn parentheses_hold_lines_together() {
        insta::assert_snapshot!(entries("a ( b ; one\n  c)d\n(e\n(f)\n) g\nh"), @r"
        |a|b|c|d|
        |e|f|g|
        |h|
        ");
    }

    #[test]
    fn quotes_and_escapes_keep_a_field_from_ending() {
        insta::assert_snapshot!(entries(r#"a "b ;(c" d\ e\;\"\( "f\"g"h"" \\ i"#), @r#"|a|"b ;(c|d\ e\;\"\(|"f\"g|h|"|\\|i|"#);
    }

    #[test]
    fn the_end_of_a_line_cannot_be_escaped() {
        insta::assert_snapshot!(entries("a\\\nb ; c\\\nd"), @r"
        |a\|
        |b|
        |d|
        ");
    }

    #[test]
    fn errors_point_at_unclosed_parentheses_and_quotes() {
        insta::assert_snapshot!([fault("a (b\nc\n"), fault("a (b))\n"), fault("a \"b\nc\" \n")].join("\n"), @r#"
        line 1, column 3: this parenthesis is never closed
          a (b
            ^
        line 1, column 6: no parenthesis was opened before this one
          a (b))
               ^
        line 1, column 3: these quotes are not closed on this line: write a line break within them as \010
          a "b
            ^
        "#);
    }
}
