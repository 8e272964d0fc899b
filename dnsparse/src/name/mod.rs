//! [`Name`]: a domain name that owns its octets (RFC 1035 section 3.1).
//!
//! A name is kept in its uncompressed wire form, case included. Names of up to 30 octets, which is
//! most of them, lie inside the 32 octets of the struct; longer ones are on the heap. The text of
//! names is in [`crate::text`].

use alloc::vec::Vec;

mod builder;
mod order;

use core::fmt;

pub(crate) use self::builder::NameBuilder;
use crate::octets::{INLINE, Octets};

/// The longest name in its wire form, lengths and final zero included (RFC 1035 section 2.3.4).
pub const MAX_NAME: usize = 255;
/// The longest label (RFC 1035 section 2.3.4): its length has six bits.
pub const MAX_LABEL: usize = 63;

/// A domain name: absolute, at most 255 octets, labels of at most 63.
///
/// Case is kept and shown, and makes no difference to `==`, hashing and order (RFC 4343). The order
/// is DNSSEC's canonical one (RFC 4034 section 6.1): by the last label first, so that a zone's
/// names stand together.
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

/// The reason why labels do not make a name.
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

    /// Makes a name from its labels, the leftmost first.
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

    /// Makes a name from octets that the caller has checked: an uncompressed name of at most 255
    /// octets, final zero included.
    pub(crate) fn from_checked_wire(wire: &[u8]) -> Name {
        debug_assert!(wire.len() <= MAX_NAME && wire.last() == Some(&0));
        Name(wire.into())
    }

    /// Returns the uncompressed wire form: each label with its length before it, then a zero octet.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// assert_eq!("a.bc".parse::<Name>()?.wire(), b"\x01a\x02bc\x00");
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    #[inline]
    pub fn wire(&self) -> &[u8] {
        &self.0
    }

    /// Lists the labels without the empty one of the root, the leftmost first.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// let name: Name = "www.example.com".parse()?;
    /// assert_eq!(name.labels().collect::<Vec<_>>(), [b"www".as_slice(), b"example", b"com"]);
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    #[inline]
    pub fn labels(&self) -> Labels<'_> {
        Labels { wire: self.wire() }
    }

    /// Counts the labels: 0 for the root, 3 for `www.example.com`.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// assert_eq!("www.example.com".parse::<Name>()?.label_count(), 3);
    /// assert_eq!(Name::ROOT.label_count(), 0);
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn label_count(&self) -> usize {
        self.labels().count()
    }

    /// Checks whether this is the root.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// assert!(Name::ROOT.is_root() && !"com".parse::<Name>()?.is_root());
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn is_root(&self) -> bool {
        self.wire().len() == 1
    }

    /// Returns the name without its leftmost label, or `None` for the root.
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

    /// Lists this name, its parent, and so on up to the root.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// let name: Name = "example.com".parse()?;
    /// let names: Vec<_> = name.ancestors().map(|name| name.to_string()).collect();
    /// assert_eq!(names, ["example.com.", "com.", "."]);
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn ancestors(&self) -> impl Iterator<Item = Name> {
        core::iter::successors(Some(self.clone()), Name::parent)
    }

    /// Makes the name with one more label on its left.
    ///
    /// # Errors
    /// If the label is empty or too long, or the name gets too long.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// let name = "example.com".parse::<Name>()?.child(b"www")?;
    /// assert_eq!(name.to_string(), "www.example.com.");
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn child(&self, label: &[u8]) -> Result<Name, NameError> {
        Name::from_labels(core::iter::once(label).chain(self.labels()))
    }

    /// Checks whether this name is `ancestor` or lies anywhere below it. Every name is at or below
    /// the root.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// let zone: Name = "example.com".parse()?;
    /// assert!("www.Example.com".parse::<Name>()?.is_at_or_below(&zone));
    /// assert!(!"badexample.com".parse::<Name>()?.is_at_or_below(&zone));
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn is_at_or_below(&self, ancestor: &Name) -> bool {
        let (wire, tail) = (self.wire(), ancestor.wire());
        let mut labels = self.labels();
        while labels.wire.len() > tail.len() {
            labels.next();
        }
        debug_assert!(labels.wire.len() <= wire.len());
        labels.wire.eq_ignore_ascii_case(tail)
    }

    /// Returns the same name in lower case.
    ///
    /// ```
    /// # use dnsparse::Name;
    /// assert_eq!("Example.COM".parse::<Name>()?.to_lowercase().to_string(), "example.com.");
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn to_lowercase(&self) -> Name {
        // Lengths are at most 63 and no letter's code is below 65, so lengths stay the same.
        Name::from_checked_wire(&self.wire().to_ascii_lowercase())
    }
}

/// The labels of a name, from left to right: see [`Name::labels`].
#[derive(Debug, Clone)]
pub struct Labels<'n> {
    /// The labels that are left, with the final zero.
    wire: &'n [u8],
}

impl<'n> Iterator for Labels<'n> {
    type Item = &'n [u8];

    #[inline]
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
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_takes_32_octets() {
        assert_eq!(size_of::<Name>(), 32);
    }

    #[test]
    fn a_name_is_the_same_inline_and_on_the_heap() {
        for length in 1..=63 {
            let label = "x".repeat(length);
            let made = name(&label);
            assert_eq!(made.to_string(), format!("{label}."));
            assert_eq!(made.wire().len(), length + 2);
        }
    }

    #[test]
    fn labels_and_names_have_limits() {
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
    fn at_or_below_compares_labels_not_octets() {
        assert!(name("www.example.com").is_at_or_below(&name("EXAMPLE.com")));
        assert!(name("example.com").is_at_or_below(&name("example.com")));
        assert!(name("example.com").is_at_or_below(&Name::ROOT));
        assert!(!name("badexample.com").is_at_or_below(&name("example.com")));
        assert!(!name("com").is_at_or_below(&name("example.com")));
        // The octets of `\003com` as one label look like the end of a name.
        assert!(!name("a\\003com").is_at_or_below(&name("com")));
    }

    #[test]
    fn ancestors_end_at_the_root() {
        let texts: Vec<_> = name("a.b.c").ancestors().map(|n| n.to_string()).collect();
        assert_eq!(texts, ["a.b.c.", "b.c.", "c.", "."]);
    }
}
