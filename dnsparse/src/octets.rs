//! [`Octets`]: octets that lie inside their struct if they are few, for names and short texts.

use alloc::boxed::Box;
use core::ops::Deref;

/// The most octets that fit into the struct: 32, less the tag and the length.
pub(crate) const INLINE: usize = 30;

/// Octets, up to 30 of them inside the 32 of the struct, more on the heap. Most names are that
/// short, and so are most TXT records and lists of protocols. Parsing them needs no allocation.
#[derive(Clone)]
pub(crate) enum Octets {
    /// The first `length` of these; the others have no meaning.
    Inline { length: u8, octets: [u8; INLINE] },
    /// More octets than fit.
    Heap(Box<[u8]>),
}

impl From<&[u8]> for Octets {
    #[inline]
    fn from(from: &[u8]) -> Octets {
        let mut octets = [0; INLINE];
        match octets.get_mut(..from.len()) {
            Some(room) => {
                room.copy_from_slice(from);
                Octets::Inline {
                    length: from.len() as u8,
                    octets,
                }
            }
            None => Octets::Heap(from.into()),
        }
    }
}

impl Deref for Octets {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Octets::Inline { length, octets } => {
                octets.get(..usize::from(*length)).unwrap_or(octets)
            }
            Octets::Heap(octets) => octets,
        }
    }
}

impl PartialEq for Octets {
    fn eq(&self, other: &Octets) -> bool {
        **self == **other
    }
}

impl Eq for Octets {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_kept_inline_or_on_the_heap() {
        for length in 0..2 * INLINE {
            let from = vec![7; length];
            let octets = Octets::from(from.as_slice());
            assert_eq!(*octets, *from);
            assert_eq!(matches!(octets, Octets::Inline { .. }), length <= INLINE);
        }
    }

    #[test]
    fn octets_after_the_length_make_no_difference() {
        let octets = |unused| Octets::Inline {
            length: 1,
            octets: std::array::from_fn(|at| if at == 0 { 1 } else { unused }),
        };
        assert!(octets(2) == octets(3));
    }
}
