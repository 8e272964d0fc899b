//! [`Octets`]: octets that lie in their struct while they are few, for names and short texts.

use std::ops::Deref;

/// What fits beside the tag and the length in 32 octets.
pub(crate) const INLINE: usize = 30;

/// Octets, up to 30 of them inside the 32 of the struct, more on the heap: most names are that short, and so are the
/// texts of most TXT records and lists of protocols. Reading them asks nothing of the allocator.
#[derive(Clone)]
pub(crate) enum Octets {
    /// The first `length` of these; which others stand behind them means nothing.
    Inline { length: u8, octets: [u8; INLINE] },
    /// More than fit.
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
    fn as_many_come_back_as_went_in() {
        for length in 0..2 * INLINE {
            let from = vec![7; length];
            let octets = Octets::from(from.as_slice());
            assert_eq!(*octets, *from);
            assert_eq!(matches!(octets, Octets::Inline { .. }), length <= INLINE);
        }
    }

    #[test]
    fn what_stands_behind_the_length_makes_no_difference() {
        let octets = |behind| Octets::Inline {
            length: 1,
            octets: std::array::from_fn(|at| if at == 0 { 1 } else { behind }),
        };
        assert!(octets(2) == octets(3));
    }
}
