//! [`Hints`]: the addresses of a service in an SVCB or HTTPS record (RFC 9460 section 7.3).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

/// Addresses of one family: read as a slice, made from a `Vec` or an iterator.
///
/// Up to `N` addresses lie in the struct, as the octets of short names do. Few services have more,
/// and parsing them then needs no allocation.
///
/// ```
/// use std::net::Ipv4Addr;
///
/// use dnsparse::SvcParam;
///
/// let addresses = vec![Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2)];
/// let param = SvcParam::Ipv4Hint(addresses.into());
/// assert_eq!(param.to_string(), "ipv4hint=192.0.2.1,192.0.2.2");
/// let SvcParam::Ipv4Hint(hints) = param else { unreachable!() };
/// assert_eq!((hints.len(), hints[1]), (2, Ipv4Addr::new(192, 0, 2, 2)));
/// ```
#[derive(Clone)]
pub struct Hints<A, const N: usize>(Storage<A, N>);

#[derive(Clone)]
enum Storage<A, const N: usize> {
    /// The first `length` of these; the others have no meaning.
    Inline { length: u8, hints: [A; N] },
    /// No address, or more than fit.
    Heap(Box<[A]>),
}

impl<A: Copy, const N: usize> FromIterator<A> for Hints<A, N> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = A>>(hints: I) -> Self {
        const { assert!(0 < N && N < 256, "the length is one octet") };
        let mut left = hints.into_iter().fuse();
        let Some(first) = left.next() else {
            return Hints(Storage::Heap(Box::default()));
        };
        let (mut hints, mut length) = ([first; N], 1);
        for (place, hint) in hints.iter_mut().skip(1).zip(&mut left) {
            *place = hint;
            length += 1;
        }
        Hints(match left.next() {
            None => Storage::Inline { length, hints },
            Some(next) => Storage::Heap(hints.into_iter().chain([next]).chain(left).collect()),
        })
    }
}

impl<A: Copy, const N: usize> From<Vec<A>> for Hints<A, N> {
    fn from(hints: Vec<A>) -> Self {
        hints.into_iter().collect()
    }
}

impl<A, const N: usize> Deref for Hints<A, N> {
    type Target = [A];

    fn deref(&self) -> &[A] {
        match &self.0 {
            Storage::Inline { length, hints } => hints.get(..usize::from(*length)).unwrap_or(hints),
            Storage::Heap(hints) => hints,
        }
    }
}

impl<A: PartialEq, const N: usize> PartialEq for Hints<A, N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<A: Eq, const N: usize> Eq for Hints<A, N> {}

impl<A: fmt::Debug, const N: usize> fmt::Debug for Hints<A, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_give_back_their_addresses() {
        for length in 0..9 {
            let from: Vec<u8> = (0..length).collect();
            let hints = Hints::<_, 4>::from(from.clone());
            assert_eq!(*hints, *from);
            let is_inline = matches!(hints.0, Storage::Inline { .. });
            assert_eq!(is_inline, (1..=4).contains(&length));
            assert_eq!(format!("{hints:?}"), format!("{from:?}"));
        }
    }

    #[test]
    fn addresses_after_the_length_make_no_difference() {
        let hints = |unused| {
            Hints(Storage::Inline {
                length: 1,
                hints: [1, unused],
            })
        };
        assert_eq!(hints(2), hints(3));
        assert_ne!(hints(2), Hints::from(vec![1, 2]));
    }
}
