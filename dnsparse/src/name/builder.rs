//! [`NameBuilder`]: puts a name together from the runs of labels between compression pointers.

use alloc::vec::Vec;

use super::{MAX_NAME, Name};
use crate::octets::{INLINE, Octets};

/// How many octets are copied at once.
const BLOCK: usize = 32;

/// The runs of labels so far: those of a short name inline, those of a long one on the heap.
pub(crate) struct NameBuilder {
    /// Room for a short name, and for a block after it: see [`NameBuilder::push`].
    octets: [u8; INLINE + BLOCK],
    length: usize,
    /// The whole name, once it is longer than a short one; with spare room from its second run on.
    long: Vec<u8>,
}

impl NameBuilder {
    /// Creates a builder without labels.
    pub(crate) fn new() -> NameBuilder {
        NameBuilder {
            octets: [0; INLINE + BLOCK],
            length: 0,
            long: Vec::new(),
        }
    }

    /// Returns the number of octets so far.
    #[inline]
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Appends the first `count` octets of `from`. Returns `None` if the name gets longer than 255.
    ///
    /// A whole block is copied where there is one. The next run overwrites the octets that do not
    /// belong to the name, or nothing ever reads them. That takes two instructions; a copy of any
    /// length takes a call.
    #[inline(always)]
    pub(crate) fn push(&mut self, from: &[u8], count: usize) -> Option<()> {
        let end = self.length + count;
        if end > INLINE {
            return self.push_long(from, count);
        }
        let room = self.octets.get_mut(self.length..)?;
        match (room.first_chunk_mut::<BLOCK>(), from.first_chunk::<BLOCK>()) {
            (Some(room), Some(block)) => *room = *block,
            _ => room.get_mut(..count)?.copy_from_slice(from.get(..count)?),
        }
        self.length = end;
        Some(())
    }

    /// Does the same as [`NameBuilder::push`] for a name that does not fit inline.
    fn push_long(&mut self, from: &[u8], count: usize) -> Option<()> {
        let end = self.length + count;
        if end > MAX_NAME {
            return None;
        }
        if self.long.is_empty() {
            // Usually this run is the last.
            self.long.reserve_exact(end);
            self.long.extend_from_slice(self.octets.get(..self.length)?);
            self.long.extend_from_slice(from.get(..count)?);
        } else {
            // It was not. There may be a hundred more, so make room for all of them at once.
            if self.long.len() < MAX_NAME + BLOCK {
                self.long.resize(MAX_NAME + BLOCK, 0);
            }
            let room = self.long.get_mut(self.length..)?;
            match (room.first_chunk_mut::<BLOCK>(), from.first_chunk::<BLOCK>()) {
                (Some(room), Some(block)) if count <= BLOCK => *room = *block,
                _ => room.get_mut(..count)?.copy_from_slice(from.get(..count)?),
            }
        }
        self.length = end;
        Some(())
    }

    /// Returns the name. The last run must have ended with the root.
    #[inline]
    pub(crate) fn into_name(mut self) -> Name {
        match self.octets.first_chunk() {
            Some(octets) if self.long.is_empty() => Name(Octets::Inline {
                length: self.length as u8,
                octets: *octets,
            }),
            _ => {
                self.long.truncate(self.length);
                Name(Octets::Heap(self.long.into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of one label, with `behind` other octets after it.
    fn run(length: usize, behind: usize) -> Vec<u8> {
        let label = [&[length as u8][..], &vec![b'x'; length]].concat();
        [label, vec![0xff; behind]].concat()
    }

    /// At the end of a message there is no whole block to copy; anywhere else there is.
    #[test]
    fn octets_after_a_run_make_no_difference() {
        for (first, second) in (1..40).flat_map(|first| (1..40).map(move |second| (first, second)))
        {
            let build = |behind| {
                let mut builder = NameBuilder::new();
                builder.push(&run(first, behind), first + 1).unwrap();
                builder.push(&run(second, behind), second + 1).unwrap();
                builder.push(&[0], 1).unwrap();
                builder.into_name()
            };
            let labels = ["x".repeat(first), "x".repeat(second)];
            assert_eq!(build(0).wire(), Name::from_labels(&labels).unwrap().wire());
            assert_eq!(build(BLOCK).wire(), build(0).wire());
        }
    }

    #[test]
    fn a_name_ends_at_255_octets() {
        let mut builder = NameBuilder::new();
        for length in [10, 63, 63, 63, 50] {
            builder.push(&run(length, 0), length + 1).unwrap();
        }
        assert_eq!(builder.push(&[1, b'x', 0], 3), None);
        assert_eq!(builder.push(&[0], 1), Some(()));
        assert_eq!(builder.into_name().wire().len(), 255);
    }
}
