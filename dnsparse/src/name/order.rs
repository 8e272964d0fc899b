//! Equality, hash and order of names, without regard to case (RFC 4343, RFC 4034 section 6.1).

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use super::{MAX_NAME, Name};

/// The most labels of a name: 255 octets, at least two for each label, one for the root.
const MAX_LABELS: usize = MAX_NAME / 2;
/// The number of octets that are put into lower case at once.
const BLOCK: usize = 32;

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        let (mine, theirs) = (self.wire(), other.wire());
        // Nearly all equal names have the same case too, and comparing octets is faster.
        mine == theirs || mine.eq_ignore_ascii_case(theirs)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for octets in self.wire().chunks(BLOCK) {
            let mut lower = [0; BLOCK];
            if let Some(start) = lower.get_mut(..octets.len()) {
                start.copy_from_slice(octets);
            }
            // The whole block, for its length is known to the compiler: some vector instructions.
            lower.make_ascii_lowercase();
            state.write(lower.get(..octets.len()).unwrap_or_default());
        }
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Name) -> Ordering {
        let (mut mine, mut theirs) = (self.labels_from_the_right(), other.labels_from_the_right());
        loop {
            let order = match (mine.next(), theirs.next()) {
                (Some((_, mine)), Some((_, theirs))) => label_order(mine, theirs),
                (mine, theirs) => return mine.is_some().cmp(&theirs.is_some()),
            };
            if order.is_ne() {
                return order;
            }
        }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares labels as octets, letters in lower case; a label that is the start of another comes
/// before it. The length before each label does not count.
fn label_order(mine: &[u8], theirs: &[u8]) -> Ordering {
    lower(mine).cmp(lower(theirs))
}

fn lower(label: &[u8]) -> impl Iterator<Item = u8> {
    label.iter().skip(1).map(u8::to_ascii_lowercase)
}

impl Name {
    /// Lists the labels from the right end: the start of each, and its octets with the length
    /// before them.
    #[inline]
    pub(crate) fn labels_from_the_right(&self) -> LabelsFromTheRight<'_> {
        let (mut starts, mut count, mut position) = ([0; MAX_LABELS], 0, 0);
        for (start, label) in starts.iter_mut().zip(self.labels()) {
            *start = position as u8;
            position += 1 + label.len();
            count += 1;
        }
        LabelsFromTheRight {
            wire: self.wire(),
            starts,
            count,
            end: position,
        }
    }
}

/// See [`Name::labels_from_the_right`].
pub(crate) struct LabelsFromTheRight<'n> {
    wire: &'n [u8],
    starts: [u8; MAX_LABELS],
    /// The number of labels that are left.
    count: usize,
    /// The end of those labels.
    end: usize,
}

impl<'n> Iterator for LabelsFromTheRight<'n> {
    type Item = (usize, &'n [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.count = self.count.checked_sub(1)?;
        let start = usize::from(*self.starts.get(self.count)?);
        let label = self.wire.get(start..self.end)?;
        self.end = start;
        Some((start, label))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn case_is_kept_and_makes_no_difference() {
        assert_eq!(name("WWW.example.COM").to_string(), "WWW.example.COM.");
        assert_eq!(name("WWW.example.COM"), name("www.EXAMPLE.com"));
        assert_eq!(HashSet::from([name("A.b"), name("a.B")]).len(), 1);
        assert_eq!(name("A.b").cmp(&name("a.B")), Ordering::Equal);
    }

    /// The example of RFC 4034 section 6.1.
    #[test]
    fn order_is_canonical() {
        let sorted = [
            "example",
            "a.example",
            "yljkjljk.a.example",
            "Z.a.example",
            "zABC.a.EXAMPLE",
            "z.example",
            "\\001.z.example",
            "*.z.example",
            "\\200.z.example",
        ];
        let mut names: Vec<_> = sorted.iter().rev().map(|text| name(text)).collect();
        names.sort();
        let texts: Vec<_> = names.iter().map(|n| n.to_string()).collect();
        assert_eq!(texts, sorted.map(|text| format!("{text}.")));
    }

    #[test]
    fn labels_from_the_right_are_those_from_the_left_reversed() {
        for text in [".", "com", "www.example.com", &"a.".repeat(127)] {
            let name = name(text);
            let mut labels: Vec<_> = name
                .labels_from_the_right()
                .map(|(_, label)| &label[1..])
                .collect();
            labels.reverse();
            assert_eq!(labels, name.labels().collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_hash_of_a_long_name_ignores_case_too() {
        let long = |letter: &str| name(&format!("{0}.{0}.{0}.com", letter.repeat(60)));
        let names = HashSet::from([long("a"), long("A"), long("b")]);
        assert_eq!(names.len(), 2);
    }
}
