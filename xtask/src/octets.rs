//! Which octet is the first wrong one, where both texts are annotated hexdumps as dnsparse's `dissect` writes them.
//!
//! ```text
//! header
//!     0  ca fe                    id                0xcafe
//!     2  01 00                    flags             rd
//! ```

use std::fmt;

/// Where a field's name stands: five columns of offset, eight octets, and what parts them.
const FIELD: usize = 32;

/// The first octet that differs, and what it belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Octet {
    number: usize,
    section: String,
    field: String,
}

impl fmt::Display for Octet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "octet {} ({}: {})",
            self.number, self.section, self.field
        )
    }
}

/// Compares two dissections; `None` if that is not what they are.
pub(crate) fn first_difference(expected: &str, got: &str) -> Option<Octet> {
    let (mut section, mut field) = ("", "");
    let mut got = got.lines();
    for line in expected.lines() {
        let other = got.next().unwrap_or("");
        if !line.starts_with(' ') {
            section = line;
        }
        if let Some(name) = name(line) {
            field = name;
        }
        if line != other {
            let number = first_octet(line, other)?;
            return Some(Octet {
                number,
                section: section.to_owned(),
                field: field.to_owned(),
            });
        }
    }
    None
}

fn first_octet(line: &str, other: &str) -> Option<usize> {
    let (offset, octets) = hexdump(line)?;
    let other = hexdump(other).map(|(_, octets)| octets).unwrap_or_default();
    let alike = octets
        .iter()
        .zip(&other)
        .take_while(|(octet, other)| octet == other)
        .count();
    (alike < octets.len().max(other.len())).then_some(offset + alike)
}

/// The offset and the octets of a line that has some.
fn hexdump(line: &str) -> Option<(usize, Vec<&str>)> {
    let offset = line.get(..5)?.trim_start().parse().ok()?;
    let octets = line
        .get(7..)?
        .split(' ')
        .take_while(|word| is_octet(word))
        .collect();
    Some((offset, octets))
}

fn is_octet(word: &str) -> bool {
    word.len() == 2 && word.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// The field that begins on this line.
fn name(line: &str) -> Option<&str> {
    hexdump(line)?;
    let name = line.get(FIELD..)?.split("  ").next()?;
    (!name.is_empty() && !name.starts_with(' ')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "\
header
    0  ca fe                    id                0xcafe
    2  01 00                    flags             rd
       0... .... .... ....        qr              query
question[0]
   12  07 65 78 61 6d 70 6c 65  qname             example
   20  03 63 6f 6d                                com
   24  00                                         = example.com.
   25  00 01                    qtype             A (1)
";

    fn named(from: &str, to: &str) -> Option<String> {
        assert!(QUERY.contains(from));
        first_difference(QUERY, &QUERY.replace(from, to)).map(|octet| octet.to_string())
    }

    #[test]
    fn the_octet_and_its_field_are_named() {
        assert_eq!(
            named("ca fe", "ca ff").as_deref(),
            Some("octet 1 (header: id)")
        );
        assert_eq!(
            named("01 00 ", "00 00 ").as_deref(),
            Some("octet 2 (header: flags)")
        );
        assert_eq!(
            named("03 63 6f 6d", "03 63 6f 67").as_deref(),
            Some("octet 23 (question[0]: qname)")
        );
        assert_eq!(
            named(
                "   25  00 01                    qtype             A (1)\n",
                ""
            )
            .as_deref(),
            Some("octet 25 (question[0]: qtype)")
        );
    }

    #[test]
    fn other_texts_have_no_octets() {
        assert_eq!(named("header", "Header"), None);
        assert_eq!(first_difference("one\ntwo", "one\nthree"), None);
        assert_eq!(first_difference("   12  hours", "   12  minutes"), None);
        assert_eq!(first_difference("é    é  é", "x"), None);
    }
}
