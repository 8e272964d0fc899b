//! [`diff`]: two messages, field by field.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::show::{hex, joined};
use super::{Dissection, Field, MAX_SHOWN, dissect};
use crate::error::PathStep;

/// Compares a message with the one that was expected: the first octet that differs, its field, and
/// all fields that differ. A field is compared with the one of the same name, wherever it stands:
/// one octet too many is one field that differs, not everything after it.
///
/// ```
/// let expected = hex::decode("1c8b01000001000000000000076578616d706c6503636f6d0000010001")?;
/// let mut got = expected.clone();
/// got[2] = 0;
/// let diff = dnsparse::diff(&expected, &got);
/// let first = diff.first().expect("one octet differs");
/// assert_eq!(first.offset, 2);
/// assert_eq!(first.to_string(), "octet 2, header.flags: expected 01 00 (rd), got 00 00");
/// assert!(dnsparse::diff(&got, &got).first().is_none());
/// # Ok::<(), hex::FromHexError>(())
/// ```
pub fn diff(expected: &[u8], got: &[u8]) -> Diff {
    let (expected, got) = (dissect(expected), dissect(got));
    let rows = align(&keys(&expected), &keys(&got));
    Diff {
        expected,
        got,
        rows,
    }
}

/// The differences of two messages: the result of [`diff`]. Its `Display` is the dissection of both
/// in one: a line with `-` was expected, one with `+` was received instead, `~` is the right name
/// in other octets. A part of the message without differences has one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    expected: Dissection,
    got: Dissection,
    /// The pairs of fields that belong together, by their indices in the two dissections.
    rows: Vec<Row>,
}

/// A field of either message or of both.
type Row = (Option<usize>, Option<usize>);

/// The first octet in which two messages differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its place, in octets from the start of both messages.
    pub offset: usize,
    /// Its field in the message that was expected, unless that message ends here.
    pub expected: Option<FieldValue>,
    /// Its field in the message that was received, unless that message ends here.
    pub got: Option<FieldValue>,
}

/// A field: its path, its octets, its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// The field from the outside in: `answer[2]`, `rdata`, `exchange`.
    pub path: Vec<PathStep>,
    /// Its octets.
    pub octets: Vec<u8>,
    /// Its value as text; empty where it has none.
    pub meaning: String,
}

/// The result of comparing two fields of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Same,
    /// The same name, compressed in another way or at another place.
    OtherOctets,
    Different,
}

impl Diff {
    /// Returns the first octet that differs, or `None` if the messages are the same.
    ///
    /// ```
    /// let first = dnsparse::diff(&[0xbe, 0xef], &[0xbe, 0xad]).first().expect("a difference");
    /// assert_eq!(first.offset, 1);
    /// let shown = "octet 1, header.id: expected be ef (0xbeef), got be ad (0xbead)";
    /// assert_eq!(first.to_string(), shown);
    /// ```
    pub fn first(&self) -> Option<Difference> {
        let (expected, got) = (&self.expected.octets, &self.got.octets);
        let mut pairs = expected.iter().zip(got);
        let shorter = expected.len().min(got.len());
        let offset = pairs.position(|(a, b)| a != b).unwrap_or(shorter);
        (expected != got).then(|| Difference {
            offset,
            expected: field_at(&self.expected, offset),
            got: field_at(&self.got, offset),
        })
    }

    fn compare(&self, row: Row) -> Comparison {
        let (expected, got) = self.fields(row);
        let (Some(expected), Some(got)) = (expected, got) else {
            return Comparison::Different;
        };
        let same_octets = self.expected.octets_of(expected) == self.got.octets_of(got);
        let same_meaning = (&expected.meaning, expected.fault) == (&got.meaning, got.fault);
        // A name that is too long to be shown as a whole could differ in the part that is not
        // shown.
        let is_whole_name =
            expected.is_name && expected.fault.is_none() && expected.meaning.len() < MAX_SHOWN;
        match (same_octets, same_meaning) {
            (true, true) => Comparison::Same,
            (false, true) if is_whole_name => Comparison::OtherOctets,
            _ => Comparison::Different,
        }
    }

    fn fields(&self, (expected, got): Row) -> (Option<&Field>, Option<&Field>) {
        (
            expected.and_then(|index| self.expected.fields.get(index)),
            got.and_then(|index| self.got.fields.get(index)),
        )
    }

    /// Returns the heading that a row stands under.
    fn heading(&self, row: Row) -> Option<PathStep> {
        let (expected, got) = self.fields(row);
        expected.or(got)?.path.first().copied()
    }

    /// Returns the lines of a row without marks: those of the message that was expected, and those
    /// of the one that was received.
    fn lines(&self, row: Row) -> (Vec<String>, Vec<String>) {
        let (expected, got) = self.fields(row);
        (lines(&self.expected, expected), lines(&self.got, got))
    }
}

fn lines(dissection: &Dissection, field: Option<&Field>) -> Vec<String> {
    let mut text = String::new();
    if let Some(field) = field {
        // Writing to a String does not fail.
        let _ = dissection.write_field(&mut text, field);
    }
    text.lines().map(str::to_owned).collect()
}

fn field_at(dissection: &Dissection, offset: usize) -> Option<FieldValue> {
    let covers = |field: &&Field| (field.offset..field.offset + field.length).contains(&offset);
    let field = dissection.fields.iter().find(covers)?;
    Some(FieldValue {
        path: field.path.clone(),
        octets: dissection.octets_of(field).to_vec(),
        meaning: field.meaning.clone(),
    })
}

/// Lists the path of each field, and the number of fields up to it with the same path.
fn keys(dissection: &Dissection) -> Vec<(&[PathStep], usize)> {
    let mut seen = BTreeMap::new();
    let keys = dissection.fields.iter().map(|field| {
        let path = field.path.as_slice();
        let count = seen.entry(path).or_insert(0);
        *count += 1;
        (path, *count)
    });
    keys.collect()
}

/// Merges two lists of distinct keys into one, in which equal keys stand beside each other and each
/// list keeps its order.
fn align<K: Ord>(expected: &[K], got: &[K]) -> Vec<Row> {
    let places: BTreeMap<&K, usize> = got
        .iter()
        .enumerate()
        .map(|(place, key)| (key, place))
        .collect();
    let (mut rows, mut next) = (Vec::new(), 0);
    for (index, key) in expected.iter().enumerate() {
        // A key whose partner comes before the last pair stands alone.
        match places.get(key).filter(|place| **place >= next) {
            Some(&place) => {
                rows.extend((next..place).map(|extra| (None, Some(extra))));
                rows.push((Some(index), Some(place)));
                next = place + 1;
            }
            None => rows.push((Some(index), None)),
        }
    }
    rows.extend((next..got.len()).map(|extra| (None, Some(extra))));
    rows
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first() {
            Some(first) => writeln!(f, "first difference: {first}")?,
            None => return writeln!(f, "the messages are the same"),
        }
        for part in self
            .rows
            .chunk_by(|a, b| self.heading(*a) == self.heading(*b))
        {
            let heading = part.first().and_then(|row| self.heading(*row));
            let heading = joined(heading.as_slice());
            if part
                .iter()
                .all(|row| self.compare(*row) == Comparison::Same)
            {
                writeln!(f, "  {heading}: the same")?;
                continue;
            }
            writeln!(f, "  {heading}")?;
            part.iter().try_for_each(|row| self.write_row(f, *row))?;
        }
        Ok(())
    }
}

impl Diff {
    fn write_row(&self, f: &mut fmt::Formatter<'_>, row: Row) -> fmt::Result {
        let (expected, got) = self.lines(row);
        let mut write = |mark: char, line: &String| writeln!(f, "{mark} {line}");
        match self.compare(row) {
            Comparison::Same => got.iter().try_for_each(|line| write(' ', line)),
            Comparison::OtherOctets => got.iter().try_for_each(|line| write('~', line)),
            Comparison::Different if expected.len() == got.len() => {
                for (expected, got) in expected.iter().zip(&got) {
                    if expected == got {
                        write(' ', got)?;
                    } else {
                        write('-', expected)?;
                        write('+', got)?;
                    }
                }
                Ok(())
            }
            Comparison::Different => {
                expected.iter().try_for_each(|line| write('-', line))?;
                got.iter().try_for_each(|line| write('+', line))
            }
        }
    }
}

/// `octet 2, header.flags: expected 01 20 (rd ad), got 00 20 (ad)`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            offset,
            expected,
            got,
        } = self;
        let path = expected
            .as_ref()
            .or(got.as_ref())
            .map(|place| place.path.as_slice());
        write!(
            f,
            "octet {offset}, {}: expected ",
            joined(path.unwrap_or_default())
        )?;
        match expected {
            Some(place) => write!(f, "{place}")?,
            None => f.write_str("the message to end")?,
        }
        f.write_str(", got ")?;
        match got {
            Some(place) if Some(place.path.as_slice()) != path => {
                write!(f, "{} {place}", joined(&place.path))
            }
            Some(place) => write!(f, "{place}"),
            None => f.write_str("the end of the message"),
        }
    }
}

/// The most octets of a field that an error repeats.
const FEW: usize = 8;

/// `01 20 (rd ad)`.
impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.octets.get(..FEW).unwrap_or(&self.octets)))?;
        if self.octets.len() > FEW {
            f.write_str(" …")?;
        }
        match self.meaning.as_str() {
            "" => Ok(()),
            meaning => write!(f, " ({meaning})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{REFERRAL, nearly_right, octets};
    use super::*;

    #[test]
    fn one_forgotten_flag_is_one_field() {
        let (expected, mut got) = (octets(REFERRAL), octets(REFERRAL));
        got[2] = 0;
        insta::assert_snapshot!(diff(&expected, &got), @"
        first difference: octet 2, header.flags: expected 80 00 (qr), got 00 00
          header
              0  12 34                    id                0x1234
        -     2  80 00                    flags             qr
        +     2  00 00                    flags
        -        1... .... .... ....        qr              response
        +        0... .... .... ....        qr              query
                 .000 0... .... ....        opcode          QUERY (0)
                 .... .0.. .... ....        aa              not authoritative
                 .... ..0. .... ....        tc              not truncated
                 .... ...0 .... ....        rd              recursion not desired
                 .... .... 0... ....        ra              recursion not available
                 .... .... .0.. ....        z               reserved
                 .... .... ..0. ....        ad              not checked by DNSSEC
                 .... .... ...0 ....        cd              checking not disabled
                 .... .... .... 0000        rcode           NOERROR (0)
              4  00 01                    qdcount           1
              6  00 00                    ancount           0
              8  00 01                    nscount           1
             10  00 02                    arcount           2
          question[0]: the same
          authority[0]: the same
          additional[0]: the same
          additional[1]: the same
        ");
    }

    /// One label less in the question moves all that follows.
    #[test]
    fn fields_that_only_move_are_not_marked() {
        let expected = octets(REFERRAL);
        let text = "1234 8000 0001 0000 0001 0002 07 6578616d706c65 03 636f6d 00  001c 0001
            c00c 0002 0001 0002a300 0006 03 6e7331 c00c
            c029 0001 0001 0002a300 0004 c0000235
            c029 001c 0001 0002a300 0010 20010db8000000000000000000000053";
        let text = diff(&expected, &octets(text)).to_string();
        insta::assert_snapshot!(text.split("additional[0]").next().unwrap(), @"
        first difference: octet 12, question[0].qname: expected 03 77 77 77 07 65 78 61 … (www.example.com.), got 07 65 78 61 6d 70 6c 65 … (example.com.)
          header: the same
          question[0]
        -    12  03 77 77 77              qname             www
        -    16  07 65 78 61 6d 70 6c 65                    example
        -    24  03 63 6f 6d                                com
        -    28  00                                         = www.example.com.
        +    12  07 65 78 61 6d 70 6c 65  qname             example
        +    20  03 63 6f 6d                                com
        +    24  00                                         = example.com.
             25  00 1c                    qtype             AAAA (28)
             27  00 01                    qclass            IN (1)
          authority[0]
        ~    29  c0 0c                    owner             → 12 = example.com.
             31  00 02                    type              NS (2)
             33  00 01                    class             IN (1)
             35  00 02 a3 00              ttl               172800 seconds = 2d
             39  00 06                    rdlength          6 octets
        ~    41  03 6e 73 31              nsdname           ns1
        ~    45  c0 0c                                      → 12 example.com. = ns1.example.com.
        ");
    }

    #[test]
    fn a_record_that_is_missing_is_shown_as_expected() {
        let expected = octets(REFERRAL);
        let mut got = expected[..expected.len() - 28].to_vec();
        got[11] = 1;
        insta::assert_snapshot!(diff(&expected, &got), @"
        first difference: octet 11, header.arcount: expected 00 02 (2), got 00 01 (1)
          header
              0  12 34                    id                0x1234
              2  80 00                    flags             qr
                 1... .... .... ....        qr              response
                 .000 0... .... ....        opcode          QUERY (0)
                 .... .0.. .... ....        aa              not authoritative
                 .... ..0. .... ....        tc              not truncated
                 .... ...0 .... ....        rd              recursion not desired
                 .... .... 0... ....        ra              recursion not available
                 .... .... .0.. ....        z               reserved
                 .... .... ..0. ....        ad              not checked by DNSSEC
                 .... .... ...0 ....        cd              checking not disabled
                 .... .... .... 0000        rcode           NOERROR (0)
              4  00 01                    qdcount           1
              6  00 00                    ancount           0
              8  00 01                    nscount           1
        -    10  00 02                    arcount           2
        +    10  00 01                    arcount           1
          question[0]: the same
          authority[0]: the same
          additional[0]: the same
          additional[1]
        -    67  c0 2d                    owner             → 45 = ns1.example.com.
        -    69  00 1c                    type              AAAA (28)
        -    71  00 01                    class             IN (1)
        -    73  00 02 a3 00              ttl               172800 seconds = 2d
        -    77  00 10                    rdlength          16 octets
        -    79  20 01 0d b8 00 00 00 00  address           2001:db8::53
        -    87  00 00 00 00 00 00 00 53
        ");
    }

    #[test]
    fn a_message_that_ends_early_differs_where_it_ends() {
        let message = octets(REFERRAL);
        let first = |expected: &[u8], got: &[u8]| diff(expected, got).first().unwrap().to_string();
        let differences = [
            first(&message, &message[..40]),
            first(&message, &[]),
            first(&message[..12], &message),
            first(&message, &[&message[..], &[0]].concat()),
        ];
        insta::assert_snapshot!(differences.join("\n"), @"
        octet 40, authority[0].ttl: expected 00 02 a3 00 (172800 seconds = 2d), got the end of the message
        octet 0, header.id: expected 12 34 (0x1234), got the end of the message
        octet 12, question[0].qname: expected the message to end, got 03 77 77 77 07 65 78 61 … (www.example.com.)
        octet 95, trailing.octets: expected the message to end, got 00 (1 octet)
        ");
    }

    proptest! {
        #[test]
        fn a_message_is_the_same_as_itself(message in nearly_right()) {
            let diff = diff(&message, &message);
            prop_assert_eq!(diff.first(), None);
            prop_assert_eq!(diff.to_string(), "the messages are the same\n");
        }

        #[test]
        fn every_field_of_both_messages_is_shown_once(expected in nearly_right(), got in nearly_right()) {
            let diff = diff(&expected, &got);
            let ours: Vec<_> = diff.rows.iter().filter_map(|row| row.0).collect();
            let theirs: Vec<_> = diff.rows.iter().filter_map(|row| row.1).collect();
            prop_assert_eq!(ours, (0..diff.expected.fields.len()).collect::<Vec<_>>());
            prop_assert_eq!(theirs, (0..diff.got.fields.len()).collect::<Vec<_>>());
            prop_assert_eq!(diff.first().is_none(), expected == got);
            if let Some(first) = diff.first() {
                prop_assert_eq!(&expected[..first.offset], &got[..first.offset]);
                prop_assert_ne!(expected.get(first.offset), got.get(first.offset));
                prop_assert!(diff.to_string().contains("\n- ") || diff.to_string().contains("\n+ ") || diff.to_string().contains("\n~ "));
            }
        }
    }
}
