//! Dissections: annotated hexdumps, as dnsparse's `dissect` writes them, compared as the messages
//! they show.
//!
//! ```text
//! header
//!     0  ca fe                    id                0xcafe
//!     2  01 00                    flags             rd
//! ```

use dnsparse::dissect::Diff;
use dnsparse::{diff, dissect};

/// The column in which the octets of a line begin, and how many fit on it.
const OCTETS: usize = 7;
const PER_LINE: usize = 8;

/// Compares two dissections field by field; `None` if a text is not one, or if the messages are
/// equal.
pub(crate) fn compare(expected: &str, got: &str) -> Option<Diff> {
    let diff = diff(&octets(expected)?, &octets(got)?);
    diff.first().is_some().then_some(diff)
}

/// Reads the octets of a dissection, and checks them: dissecting them must give the same text
/// again.
fn octets(text: &str) -> Option<Vec<u8>> {
    let octets: Vec<u8> = text.lines().flat_map(hexdump).collect();
    let again = dissect(&octets).to_string();
    (again.trim_end() == text.trim_end()).then_some(octets)
}

/// Reads the octets of a line that begins with an offset.
fn hexdump(line: &str) -> Vec<u8> {
    let has_offset = line
        .get(..5)
        .is_some_and(|offset| offset.trim_start().parse::<usize>().is_ok());
    let words = line.get(OCTETS..).unwrap_or_default().split(' ');
    let octets = words.map_while(|word| match word.len() {
        2 => u8::from_str_radix(word, 16).ok(),
        _ => None,
    });
    octets.take(if has_offset { PER_LINE } else { 0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &[u8] = b"\xca\xfe\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01";

    /// The first difference of a query after a change of one octet.
    fn first(place: usize, octet: u8) -> Option<String> {
        let mut other = QUERY.to_vec();
        other[place] = octet;
        let (expected, got) = (dissect(QUERY).to_string(), dissect(&other).to_string());
        Some(compare(&expected, &got)?.first()?.to_string())
    }

    #[test]
    fn the_octet_and_its_field_are_named() {
        let difference = first(2, 0).unwrap();
        assert_eq!(
            difference,
            "octet 2, header.flags: expected 01 00 (rd), got 00 00"
        );
        assert!(first(1, 0).unwrap().starts_with("octet 1, header.id: "));
        assert!(
            first(23, 0x67)
                .unwrap()
                .starts_with("octet 23, question[0].qname: ")
        );
    }

    #[test]
    fn a_message_is_read_back_from_its_dissection() {
        for length in [0, 5, 12, 20, QUERY.len()] {
            let text = dissect(&QUERY[..length]).to_string();
            assert_eq!(octets(&text).as_deref(), Some(&QUERY[..length]), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_compared_as_messages() {
        assert!(first(0, 0xca).is_none(), "nothing differs");
        for text in ["one\ntwo", "   12  hours", "é    é  é", "    0  ca fe   id"] {
            assert!(compare(text, "   12  minutes").is_none(), "{text}");
        }
    }
}
