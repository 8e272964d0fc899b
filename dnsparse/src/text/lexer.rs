//! Text → entries and their fields (RFC 1035 section 5.1): what white space, quotes, comments and parentheses do.
//!
//! A field is a piece of the text as it stands there; its backslashes are undone by whoever knows what it should be.

use super::error::{Fault, ZoneErrorKind};

/// One entry of a file: a line, or several that parentheses hold together.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    /// Whether it starts with white space: then its first field is not an owner.
    pub(super) indented: bool,
    /// At least one.
    pub(super) fields: Vec<Field<'t>>,
}

/// What stands between white space, or in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'t> {
    /// Without the quotes, with the backslashes.
    pub(super) text: &'t str,
    /// Whether it stood in quotes: then it can only be a character string.
    pub(super) quoted: bool,
    /// Where the text starts: octets from the start of the file.
    pub(super) at: usize,
}

impl Entry<'_> {
    /// Where its first field starts.
    pub(super) fn start(&self) -> usize {
        self.fields.first().map_or(0, Field::start)
    }
}

impl Field<'_> {
    /// Where the field starts, with its opening quote.
    pub(super) fn start(&self) -> usize {
        self.at - usize::from(self.quoted)
    }

    /// Where it ends, with its closing quote.
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len() + usize::from(self.quoted)
    }
}

/// Goes through a file once, from start to end.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, at: 0 }
    }

    /// How far it has come: octets from the start of the file.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next entry that has any field; none at the end of the file.
    pub(super) fn entry(&mut self) -> Result<Option<Entry<'t>>, Fault> {
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

    /// The fields up to a line's end that is not within parentheses. Parentheses within parentheses mean nothing more
    /// (BIND takes them too).
    fn fields(&mut self) -> Result<Vec<Field<'t>>, Fault> {
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
                    None => return Err(Fault::new(at, ZoneErrorKind::CloseParenthesis)),
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
            Some(&at) => Err(Fault::new(at, ZoneErrorKind::OpenParenthesis)),
        }
    }

    /// A field without quotes: up to anything that a backslash would keep from ending it.
    fn bare(&mut self) -> Field<'t> {
        let at = self.at;
        self.skip_text(|octet| is_blank(octet) || b"\n\"();".contains(&octet));
        self.field(at, false)
    }

    /// A field in quotes: up to the next quote.
    fn quoted(&mut self) -> Result<Field<'t>, Fault> {
        let opening = self.advance(1);
        let start = self.at;
        self.skip_text(|octet| octet == b'"' || octet == b'\n');
        if self.octet() != Some(b'"') {
            return Err(Fault::new(opening, ZoneErrorKind::OpenQuotes));
        }
        let field = self.field(start, true);
        self.at += 1;
        Ok(field)
    }

    /// The field from there to here. Both are next to ASCII characters, so that no character is cut in two.
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

    /// Goes on, and tells where it was.
    fn advance(&mut self, octets: usize) -> usize {
        let before = self.at;
        self.at += octets;
        before
    }

    fn skip_while(&mut self, goes_on: impl Fn(u8) -> bool) {
        while self.octet().is_some_and(&goes_on) {
            self.at += 1;
        }
    }

    /// Skips to a character that `ends` the text and has no backslash before it. A backslash does not hide the end of a line.
    fn skip_text(&mut self, ends: impl Fn(u8) -> bool) {
        while let Some(octet) = self.octet().filter(|&octet| !ends(octet)) {
            self.at += 1;
            if octet == b'\\' && self.octet().is_some_and(|hidden| hidden != b'\n') {
                self.at += 1;
            }
        }
    }
}

/// A carriage return is one too, for files from Windows.
fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each entry on a line: `>` where it is indented, its fields between bars, those in quotes with a `"`.
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
    fn quotes_and_backslashes_hide_what_would_end_a_field() {
        insta::assert_snapshot!(entries(r#"a "b ;(c" d\ e\;\"\( "f\"g"h"" \\ i"#), @r#"|a|"b ;(c|d\ e\;\"\(|"f\"g|h|"|\\|i|"#);
    }

    #[test]
    fn a_backslash_does_not_hide_the_end_of_its_line() {
        insta::assert_snapshot!(entries("a\\\nb ; c\\\nd"), @r"
        |a\|
        |b|
        |d|
        ");
    }

    #[test]
    fn what_is_opened_and_not_closed_is_pointed_at() {
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
