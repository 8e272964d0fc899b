//! [`Gathered`]: a name as it is put together from runs of labels.

use super::{INLINE, MAX_NAME, Name, Octets};

/// How many octets are copied at once.
const BLOCK: usize = 32;

/// A name as its runs of labels are put together: short ones beside where they go, long ones on the heap.
pub(crate) struct Gathered {
    /// Room for a short name, and for a block behind it: see [`Gathered::push`].
    octets: [u8; INLINE + BLOCK],
    length: usize,
    /// All of it, once it is longer than a short name.
    long: Vec<u8>,
}

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
