//! [`Name`]: a domain name that owns its octets (RFC 1035 section 3.1).
//!
//! A name is kept in its uncompressed wire form, case and all. Names of up to 30 octets, which is most of them, lie
//! inside the 32 octets of the struct; longer ones are on the heap. How names look as text is in [`crate::text`].

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The longest name in its wire form, lengths and final zero included (RFC 1035 section 2.3.4).
pub const MAX_NAME: usize = 255;
/// The longest label (RFC 1035 section 2.3.4): its length has six bits.
pub const MAX_LABEL: usize = 63;
/// What fits beside the tag and the length in 32 octets.
const INLINE: usize = 30;

/// A domain name: absolute, at most 255 octets, labels of at most 63.
///
/// Case is kept and shown, and makes no difference to `==`, hashing and order (RFC 4343). The order is DNSSEC's
/// canonical one (RFC 4034 section 6.1): by the last label first, so that a zone's names stand together.
///
/// ```
/// use dnsparse::Name;
///
/// let name: Name = "www.Example.com".parse()?;
/// assert_eq!(name.to_string(), "www.Example.com.");
/// assert_eq!(name, "WWW.EXAMPLE.COM.".parse()?);
/// assert_eq!(name.wire(), b"\x03www\x07Example\x03com\x00");
/// assert!(name.is_at_or_below(&"example.com".parse()?));
/// # Ok::<(), dnsparse::NameError>(())
/// ```
#[derive(Clone)]
pub struct Name(Octets);

#[derive(Clone)]
enum Octets {
    Inline { length: u8, octets: [u8; INLINE] },
    Heap(Box<[u8]>),
}

/// Why labels do not make a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No text at all.
    #[error("there is no name here: write . for the root")]
    NoText,
    /// Two dots in a row, or a dot in front.
    #[error("a label is empty: names have no dot in front and no two dots in a row")]
    EmptyLabel,
    /// A label of more than 63 octets.
    #[error("a label has {length} octets, the limit is {MAX_LABEL} (RFC 1035 section 2.3.4)")]
    LabelTooLong {
        /// Octets in the label.
        length: usize,
    },
    /// A name of more than 255 octets.
    #[error(
        "the name has {length} octets in its wire form, the limit is {MAX_NAME} (RFC 1035 section 2.3.4)"
    )]
    NameTooLong {
        /// Octets of the wire form.
        length: usize,
    },
    /// A backslash that is not followed by a character or by three digits up to 255.
    #[error(
        "a backslash at character {at} needs a character or three digits up to 255 after it, such as \\. or \\032"
    )]
    BadEscape {
        /// The backslash's position, counted from 0.
        at: usize,
    },
    /// A character outside ASCII.
    #[error(
        "'{character}' is not ASCII: write an internationalized name in its xn-- form (RFC 5890)"
    )]
    NotAscii {
        /// The character.
        character: char,
    },
    /// White space or a control character that is not escaped.
    #[error("{character:?} cannot stand in a name as it is: write it as \\{:03}", *character as u32)]
    Blank {
        /// The character.
        character: char,
    },
}

impl Name {
    /// The root, `.`: no labels.
    pub const ROOT: Name = Name(Octets::Inline {
        length: 1,
        octets: [0; INLINE],
    });

    /// A name from its labels, the leftmost first.
    ///
    /// # Errors
    /// If a label is empty or longer than 63 octets, or the whole longer than 255.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// assert_eq!(Name::from_labels([b"example".as_slice(), b"com"])?.to_string(), "example.com.");
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn from_labels<L: AsRef<[u8]>>(
        labels: impl IntoIterator<Item = L>,
    ) -> Result<Name, NameError> {
        let mut wire = Vec::with_capacity(INLINE);
        for label in labels {
            let label = label.as_ref();
            match label.len() {
                0 => return Err(NameError::EmptyLabel),
                length @ 1..=MAX_LABEL => wire.push(length as u8),
                length => return Err(NameError::LabelTooLong { length }),
            }
            wire.extend_from_slice(label);
        }
        wire.push(0);
        match wire.len() {
            ..=MAX_NAME => Ok(Name::from_checked_wire(&wire)),
            length => Err(NameError::NameTooLong { length }),
        }
    }

    /// A name from octets that are known to be an uncompressed name of at most 255 octets, final zero included.
    pub(crate) fn from_checked_wire(wire: &[u8]) -> Name {
        debug_assert!(wire.len() <= MAX_NAME && wire.last() == Some(&0));
        let mut octets = [0; INLINE];
        match octets.get_mut(..wire.len()) {
            Some(room) => {
                room.copy_from_slice(wire);
                Name(Octets::Inline {
                    length: wire.len() as u8,
                    octets,
                })
            }
            None => Name(Octets::Heap(wire.into())),
        }
    }

    /// The uncompressed wire form: each label with its length before it, then a zero octet.
    pub fn wire(&self) -> &[u8] {
        match &self.0 {
            Octets::Inline { length, octets } => {
                octets.get(..usize::from(*length)).unwrap_or(octets)
            }
            Octets::Heap(octets) => octets,
        }
    }

    /// The labels without the empty one of the root, the leftmost first.
    pub fn labels(&self) -> Labels<'_> {
        Labels { wire: self.wire() }
    }

    /// How many labels: 0 for the root, 3 for `www.example.com`.
    pub fn label_count(&self) -> usize {
        self.labels().count()
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.wire().len() == 1
    }

    /// The name without its leftmost label; none for the root.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// let com: Name = "com".parse()?;
    /// assert_eq!("example.com".parse::<Name>()?.parent(), Some(com));
    /// assert_eq!(Name::ROOT.parent(), None);
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn parent(&self) -> Option<Name> {
        let mut labels = self.labels();
        labels.next()?;
        Some(Name::from_checked_wire(labels.wire))
    }

    /// This name, its parent, and so on up to the root.
    pub fn ancestors(&self) -> impl Iterator<Item = Name> {
        std::iter::successors(Some(self.clone()), Name::parent)
    }

    /// The name with one more label on its left.
    ///
    /// # Errors
    /// If the label is empty or too long, or the name gets too long.
    pub fn child(&self, label: &[u8]) -> Result<Name, NameError> {
        Name::from_labels(std::iter::once(label).chain(self.labels()))
    }

    /// Whether this name is `ancestor` or lies anywhere below it. Everything is at or below the root.
    pub fn is_at_or_below(&self, ancestor: &Name) -> bool {
        let (wire, tail) = (self.wire(), ancestor.wire());
        let mut labels = self.labels();
        while labels.wire.len() > tail.len() {
            labels.next();
        }
        debug_assert!(labels.wire.len() <= wire.len());
        labels.wire.eq_ignore_ascii_case(tail)
    }

    /// The same name in lower case.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// assert_eq!("Example.COM".parse::<Name>()?.to_lowercase().to_string(), "example.com.");
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn to_lowercase(&self) -> Name {
        // Lengths are at most 63 and no letter's code is below 65, so lengths pass through.
        Name::from_checked_wire(&self.wire().to_ascii_lowercase())
    }
}

/// A name as its runs of labels are put together: short ones beside where they go, long ones on the heap.
pub(crate) struct Gathered {
    /// Room for a short name, and for a block behind it: see [`Gathered::push`].
    octets: [u8; INLINE + BLOCK],
    length: usize,
    /// All of it, once it is longer than a short name.
    long: Vec<u8>,
}

/// How many octets are copied at once.
const BLOCK: usize = 32;

impl Gathered {
    pub(crate) fn new() -> Gathered {
        Gathered {
            octets: [0; INLINE + BLOCK],
            length: 0,
            long: Vec::new(),
        }
    }

    /// Appends the first `count` octets of `from`; nothing where the name would get longer than 255.
    ///
    /// A whole block is copied where there is one, and what does not belong to the name is overwritten by the next run
    /// or never looked at: that takes two instructions, a copy of any length takes a call.
    #[inline]
    pub(crate) fn push(&mut self, from: &[u8], count: usize) -> Option<()> {
        let end = self.length + count;
        if end > INLINE {
            return self.push_long(from.get(..count)?);
        }
        let room = self.octets.get_mut(self.length..)?;
        match (room.first_chunk_mut::<BLOCK>(), from.first_chunk::<BLOCK>()) {
            (Some(room), Some(block)) => *room = *block,
            _ => room.get_mut(..count)?.copy_from_slice(from.get(..count)?),
        }
        self.length = end;
        Some(())
    }

    fn push_long(&mut self, labels: &[u8]) -> Option<()> {
        if self.length + labels.len() > MAX_NAME {
            return None;
        }
        if self.long.is_empty() {
            self.long.extend_from_slice(self.octets.get(..self.length)?);
        }
        self.long.extend_from_slice(labels);
        self.length += labels.len();
        Some(())
    }

    #[inline]
    pub(crate) fn into_name(self) -> Name {
        match self.octets.first_chunk() {
            Some(octets) if self.long.is_empty() => Name(Octets::Inline {
                length: self.length as u8,
                octets: *octets,
            }),
            _ => Name(Octets::Heap(self.long.into())),
        }
    }
}

/// The labels of a name, from left to right: see [`Name::labels`].
#[derive(Debug, Clone)]
pub struct Labels<'n> {
    /// What is left, with the final zero.
    wire: &'n [u8],
}

impl<'n> Iterator for Labels<'n> {
    type Item = &'n [u8];

    fn next(&mut self) -> Option<&'n [u8]> {
        let (length, rest) = self.wire.split_first()?;
        let (label, rest) = rest.split_at_checked(usize::from(*length))?;
        if label.is_empty() {
            return None;
        }
        self.wire = rest;
        Some(label)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        let (mine, theirs) = (self.wire(), other.wire());
        // Nearly all that are equal are so case and all, and that is quicker to see.
        mine == theirs || mine.eq_ignore_ascii_case(theirs)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut lower = [0; MAX_NAME];
        let wire = self.wire();
        if let Some(lower) = lower.get_mut(..wire.len()) {
            lower.copy_from_slice(wire);
            lower.make_ascii_lowercase();
            state.write(lower);
        }
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Name) -> Ordering {
        let (mine, theirs): (Vec<_>, Vec<_>) = (self.labels().collect(), other.labels().collect());
        let from_the_right = mine.iter().rev().zip(theirs.iter().rev());
        let mut orders = from_the_right.map(|(mine, theirs)| label_order(mine, theirs));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(mine.len().cmp(&theirs.len()))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As octets, letters in lower case; a label that another begins with comes before it.
fn label_order(mine: &[u8], theirs: &[u8]) -> Ordering {
    if mine.eq_ignore_ascii_case(theirs) {
        return Ordering::Equal;
    }
    mine.iter()
        .map(u8::to_ascii_lowercase)
        .cmp(theirs.iter().map(u8::to_ascii_lowercase))
}

impl Default for Name {
    fn default() -> Name {
        Name::ROOT
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
    fn takes_32_octets() {
        assert_eq!(size_of::<Name>(), 32);
    }

    #[test]
    fn is_the_same_inline_and_on_the_heap() {
        for length in 1..=63 {
            let label = "x".repeat(length);
            let made = name(&label);
            assert_eq!(made.to_string(), format!("{label}."));
            assert_eq!(made.wire().len(), length + 2);
        }
    }

    #[test]
    fn case_is_kept_and_makes_no_difference() {
        assert_eq!(name("WWW.example.COM").to_string(), "WWW.example.COM.");
        assert_eq!(name("WWW.example.COM"), name("www.EXAMPLE.com"));
        assert_eq!(HashSet::from([name("A.b"), name("a.B")]).len(), 1);
        assert_eq!(name("A.b").cmp(&name("a.B")), Ordering::Equal);
    }

    #[test]
    fn limits_are_kept() {
        let label = [b'x'; 64];
        assert_eq!(
            Name::from_labels([label]),
            Err(NameError::LabelTooLong { length: 64 })
        );
        assert!(
            Name::from_labels([&label[..63], &label[..63], &label[..63], &label[..61]]).is_ok()
        );
        assert_eq!(
            Name::from_labels([&label[..63], &label[..63], &label[..63], &label[..62]]),
            Err(NameError::NameTooLong { length: 256 })
        );
        assert_eq!(Name::from_labels([b""]), Err(NameError::EmptyLabel));
    }

    #[test]
    fn below_goes_by_labels_not_by_octets() {
        assert!(name("www.example.com").is_at_or_below(&name("EXAMPLE.com")));
        assert!(name("example.com").is_at_or_below(&name("example.com")));
        assert!(name("example.com").is_at_or_below(&Name::ROOT));
        assert!(!name("badexample.com").is_at_or_below(&name("example.com")));
        assert!(!name("com").is_at_or_below(&name("example.com")));
        // The octets of `\003com` as one label look like the end of a name.
        assert!(!name("a\\003com").is_at_or_below(&name("com")));
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
    fn ancestors_end_at_the_root() {
        let texts: Vec<_> = name("a.b.c").ancestors().map(|n| n.to_string()).collect();
        assert_eq!(texts, ["a.b.c.", "b.c.", "c.", "."]);
    }
}
