//! [`Gathered`]: a name as it is put together from runs of labels, between the compression pointers of a message.

use super::{MAX_NAME, Name};
use crate::octets::{INLINE, Octets};

/// How many octets are copied at once.
const BLOCK: usize = 32;

/// A name as its runs of labels are put together: short ones beside where they go, long ones on the heap.
pub(crate) struct Gathered {
    /// Room for a short name, and for a block behind it: see [`Gathered::push`].
    octets: [u8; INLINE + BLOCK],
    length: usize,
    /// All of it, once it is longer than a short name; with room behind it from its second run on.
    long: Vec<u8>,
}

impl Gathered {
    /// No labels yet.
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

    /// The rest of [`Gathered::push`], for a name that does not fit into the room of a short one.
    fn push_long(&mut self, from: &[u8], count: usize) -> Option<()> {
        let end = self.length + count;
        if end > MAX_NAME {
            return None;
        }
        if self.long.is_empty() {
            // Mostly this run is the last.
            self.long.reserve_exact(end);
            self.long.extend_from_slice(self.octets.get(..self.length)?);
            self.long.extend_from_slice(from.get(..count)?);
        } else {
            // It was not: then there may be a hundred more, and room is made for them once.
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

    /// The name, whose last run must have ended with the root.
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

    /// A run of one label, and other octets behind it if there are to be any.
    fn run(length: usize, behind: usize) -> Vec<u8> {
        let label = [&[length as u8][..], &vec![b'x'; length]].concat();
        [label, vec![0xff; behind]].concat()
    }

    /// At the end of a message there is no whole block to copy, anywhere else there is.
    #[test]
    fn what_stands_behind_a_run_makes_no_difference() {
        for (first, second) in (1..40).flat_map(|first| (1..40).map(move |second| (first, second)))
        {
            let gather = |behind| {
                let mut gathered = Gathered::new();
                gathered.push(&run(first, behind), first + 1).unwrap();
                gathered.push(&run(second, behind), second + 1).unwrap();
                gathered.push(&[0], 1).unwrap();
                gathered.into_name()
            };
            let labels = ["x".repeat(first), "x".repeat(second)];
            assert_eq!(gather(0).wire(), Name::from_labels(&labels).unwrap().wire());
            assert_eq!(gather(BLOCK).wire(), gather(0).wire());
        }
    }

    #[test]
    fn a_name_ends_at_255_octets() {
        let mut gathered = Gathered::new();
        for length in [10, 63, 63, 63, 50] {
            gathered.push(&run(length, 0), length + 1).unwrap();
        }
        assert_eq!(gathered.push(&[1, b'x', 0], 3), None);
        assert_eq!(gathered.push(&[0], 1), Some(()));
        assert_eq!(gathered.into_name().wire().len(), 255);
    }
}
