//! Names as text: `Display`, `FromStr`, and names relative to an origin (RFC 1035 section 5.1).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::escape::{Symbol, symbols, write_label};
use crate::name::{MAX_LABEL, MAX_NAME, Name, NameError};

/// The form of dig: each label with a dot after it, the root as `.`, and escapes for characters
/// that would not read back. Width and alignment work.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(self.wire().len());
        for label in self.labels() {
            write_label(&mut text, label)?;
            text.push('.');
        }
        f.pad(if text.is_empty() { "." } else { &text })
    }
}

impl FromStr for Name {
    type Err = NameError;

    /// Parses an absolute name; the final dot may be left out.
    fn from_str(text: &str) -> Result<Name, NameError> {
        Name::from_text(text, &Name::ROOT)
    }
}

impl Name {
    /// Parses a name as it stands in a zone file: `origin` is appended if there is no final dot. (A
    /// lone `@` is a label here. That it means the origin is a rule of zone files.)
    ///
    /// # Errors
    /// If there is no text, a label or the name is too long, or a character cannot be part of a
    /// name.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// let origin: Name = "example.com".parse()?;
    /// assert_eq!(Name::from_text("www", &origin)?.to_string(), "www.example.com.");
    /// assert_eq!(Name::from_text("www.example.org.", &origin)?.to_string(), "www.example.org.");
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn from_text(text: &str, origin: &Name) -> Result<Name, NameError> {
        match text {
            "" => return Err(NameError::NoText),
            "." => return Ok(Name::ROOT),
            _ => {}
        }
        let mut labels = Labels::default();
        for symbol in symbols(text) {
            match symbol.map_err(|bad| NameError::BadEscape { at: bad.at })? {
                Symbol::Plain('.') => labels.end_label()?,
                Symbol::Plain(character) => labels.label.push(plain(character)?),
                Symbol::Escaped(octet) => labels.label.push(octet),
            }
        }
        if labels.label.is_empty() {
            return labels.end_name(&Name::ROOT);
        }
        labels.end_label()?;
        labels.end_name(origin)
    }
}

/// Returns the octet of a character that stands in a name without a backslash.
fn plain(character: char) -> Result<u8, NameError> {
    match character {
        '!'..='~' => Ok(character as u8),
        _ if character.is_ascii() => Err(NameError::Blank { character }),
        _ => Err(NameError::NotAscii { character }),
    }
}

/// The labels of a name, read one by one.
#[derive(Default)]
struct Labels {
    /// The complete labels, each with its length before it.
    wire: Vec<u8>,
    /// The label that is being read.
    label: Vec<u8>,
}

impl Labels {
    fn end_label(&mut self) -> Result<(), NameError> {
        match self.label.len() {
            0 => return Err(NameError::EmptyLabel),
            length @ 1..=MAX_LABEL => self.wire.push(length as u8),
            length => return Err(NameError::LabelTooLong { length }),
        }
        self.wire.append(&mut self.label);
        Ok(())
    }

    fn end_name(mut self, origin: &Name) -> Result<Name, NameError> {
        self.wire.extend_from_slice(origin.wire());
        match self.wire.len() {
            ..=MAX_NAME => Ok(Name::from_checked_wire(&self.wire)),
            length => Err(NameError::NameTooLong { length }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn refusal(text: &str) -> String {
        text.parse::<Name>().unwrap_err().to_string()
    }

    #[test]
    fn the_final_dot_may_be_left_out() {
        assert_eq!(name("www.example.com"), name("www.example.com."));
        assert_eq!(name(".").to_string(), ".");
        assert_eq!(name(".").wire(), [0]);
    }

    #[test]
    fn escapes_are_undone_and_made_again_only_where_needed() {
        assert_eq!(name(r"a\.b.c").wire(), b"\x03a.b\x01c\x00");
        assert_eq!(name(r"\097\b\032").to_string(), r"ab\032.");
        assert_eq!(
            name("first.last@example;(com)$").to_string(),
            r"first.last\@example\;\(com\)\$."
        );
        assert_eq!(name(r"\..").wire(), b"\x01.\x00");
    }

    #[test]
    fn each_error_names_the_broken_rule() {
        insta::assert_snapshot!(
            ["", "a..b", ".a", "..", "a b", "a\n", "é.com", r"\é.com", r"ab\", r"\300", &"x".repeat(64)].map(refusal).join("\n"),
            @r"
        there is no name here: write . for the root
        a label is empty: names have no dot in front and no two dots in a row
        a label is empty: names have no dot in front and no two dots in a row
        a label is empty: names have no dot in front and no two dots in a row
        ' ' cannot stand in a name as it is: write it as \032
        '\n' cannot stand in a name as it is: write it as \010
        'é' is not ASCII: write an internationalized name in its xn-- form (RFC 5890)
        'é' is not ASCII: write an internationalized name in its xn-- form (RFC 5890)
        a backslash at character 2 needs a character or three digits up to 255 after it, such as \. or \032
        a backslash at character 0 needs a character or three digits up to 255 after it, such as \. or \032
        a label has 64 octets, the limit is 63 (RFC 1035 section 2.3.4)
        "
        );
    }

    #[test]
    fn the_limit_of_255_counts_the_origin() {
        let origin = name(&format!("{0}.{0}.{0}", "x".repeat(63)));
        assert!(Name::from_text(&"y".repeat(61), &origin).is_ok());
        let refused = Name::from_text(&"y".repeat(62), &origin);
        assert_eq!(refused, Err(NameError::NameTooLong { length: 256 }));
        assert!(Name::from_text(&format!("{}.", "y".repeat(62)), &origin).is_ok());
    }

    #[test]
    fn columns_line_up() {
        assert_eq!(format!("{:<10}|", name("a.b")), "a.b.      |");
        assert_eq!(format!("{:>4}|", Name::ROOT), "   .|");
    }

    proptest! {
        #[test]
        fn the_text_of_any_name_parses_to_the_same_name(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6)) {
            let made = Name::from_labels(&labels).unwrap();
            let read: Name = made.to_string().parse().unwrap();
            prop_assert_eq!(read.wire(), made.wire());
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            let _ = text.parse::<Name>();
        }
    }
}
