//! Name compression (RFC 1035 section 4.1.4) in time linear in what is written.
//!
//! Every tail of every name (`www.example.com`, `example.com`, `com`) is remembered with the offset where it first
//! stands. A name is looked up from its right end: `com`, then `example.com`, for as long as the tail is known. So to
//! compare a tail with what stands at an offset, it is enough to compare its first label, and whether the message goes
//! on from there at the offset of the shorter tail, which was found just before.

use crate::name::Name;

/// Pointers have 14 bits.
const FARTHEST: usize = 0x3fff;
/// The two top bits of a pointer.
const POINTER: u16 = 0xc000;
/// A name has at most this many labels: 255 octets, at least two for each, one for the root.
const MAX_LABELS: usize = 127;
/// Slots at the start: enough for most messages.
const FIRST_SLOTS: usize = 64;

/// Where the tails of names stand: a hash table with open addressing, whose slots are a power of two and at most half
/// full.
#[derive(Default)]
pub(super) struct Compressor {
    slots: Vec<Slot>,
    used: usize,
}

/// A tail's hash and offset. No name stands at offset 0, so that it marks an empty slot.
#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u32,
    offset: u16,
}

impl Compressor {
    /// Appends a name to the message `out`: as much as is not there yet, and a pointer to the rest.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, name: &Name) {
        let mut labels = [[].as_slice(); MAX_LABELS];
        let mut count = 0;
        for (place, label) in labels.iter_mut().zip(name.labels()) {
            *place = label;
            count += 1;
        }
        let mut labels = labels.get(..count).unwrap_or(&[]);
        let (mut hash, mut tail) = (0, 0);
        while let Some((label, shorter)) = labels.split_last() {
            let longer = mix(hash, label);
            let Some(offset) = self.find(out, longer, label, tail) else {
                break;
            };
            (hash, tail, labels) = (longer, offset, shorter);
        }
        self.remember(out.len(), hash, labels);
        for label in labels {
            out.push(label.len() as u8);
            out.extend_from_slice(label);
        }
        match tail {
            0 => out.push(0),
            offset => out.extend_from_slice(&(POINTER | offset).to_be_bytes()),
        }
    }

    /// The offset of the tail that starts with `label` and goes on at the offset `tail` (0: with the root).
    fn find(&self, out: &[u8], hash: u32, label: &[u8], tail: u16) -> Option<u16> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut place = hash as usize;
        loop {
            let slot = self
                .slots
                .get(place & mask)
                .filter(|slot| slot.offset != 0)?;
            if slot.hash == hash && stands_at(out, slot.offset, label, tail) {
                return Some(slot.offset);
            }
            place += 1;
        }
    }

    /// Notes the tails that begin with each of `labels`, which are about to be written at `start`. `hash` is that of what
    /// follows them.
    fn remember(&mut self, start: usize, mut hash: u32, labels: &[&[u8]]) {
        let mut position = start + labels.iter().map(|label| 1 + label.len()).sum::<usize>();
        for label in labels.iter().rev() {
            hash = mix(hash, label);
            position -= 1 + label.len();
            if position <= FARTHEST {
                self.grow();
                self.used += 1;
                insert(
                    &mut self.slots,
                    Slot {
                        hash,
                        offset: position as u16,
                    },
                );
            }
        }
    }

    /// Makes sure that one more entry leaves half of the slots empty.
    fn grow(&mut self) {
        if self.used * 2 < self.slots.len() {
            return;
        }
        let mut slots = vec![Slot::default(); (self.slots.len() * 2).max(FIRST_SLOTS)];
        for slot in self.slots.iter().filter(|slot| slot.offset != 0) {
            insert(&mut slots, *slot);
        }
        self.slots = slots;
    }
}

/// Puts an entry into the first empty slot from its hash on. There must be one.
fn insert(slots: &mut [Slot], entry: Slot) {
    let start = entry.hash as usize & slots.len().wrapping_sub(1);
    let (before, after) = slots.split_at_mut_checked(start).unwrap_or_default();
    if let Some(slot) = after.iter_mut().chain(before).find(|slot| slot.offset == 0) {
        *slot = entry;
    }
}

/// Whether the message has `label` at `offset`, and goes on from there at `tail`.
fn stands_at(out: &[u8], offset: u16, label: &[u8], tail: u16) -> bool {
    let start = usize::from(offset);
    let next = start + 1 + label.len();
    let is_label = out
        .get(start)
        .is_some_and(|length| usize::from(*length) == label.len())
        && out.get(start + 1..next) == Some(label);
    is_label
        && match (out.get(next), out.get(next + 1)) {
            (Some(0), _) => tail == 0,
            (Some(high @ 0xc0..), Some(low)) => u16::from_be_bytes([*high, *low]) == POINTER | tail,
            _ => next == usize::from(tail),
        }
}

/// The hash of a tail from that of the shorter one and the label before it (FNV-1a, finished so that low bits depend on
/// high ones). A peer who makes names collide gains little: there are at most 8,192 tails within reach of a pointer.
fn mix(hash: u32, label: &[u8]) -> u32 {
    let mut hash = hash ^ 0x811c_9dc5 ^ label.len() as u32;
    for octet in label {
        hash = (hash ^ u32::from(*octet)).wrapping_mul(0x0100_0193);
    }
    hash ^ hash >> 15
}
