//! Name compression (RFC 1035 section 4.1.4) in time linear in what is written.
//!
//! Every tail of every name (`www.example.com`, `example.com`, `com`) is remembered with the offset where it first
//! stands. A name is looked up from its right end: `com`, then `example.com`, for as long as the tail is known. So to
//! compare a tail with what stands at an offset, it is enough to compare its first label, and whether the message goes
//! on from there at the offset of the shorter tail, which was found just before.
//!
//! A label is handled as it stands on the wire, its length before it.

use crate::name::{Name, POINTERS_IN_ANY_MESSAGE};

/// Pointers have 14 bits.
const FARTHEST: usize = 0x3fff;
/// No tail is pointed to that is behind more pointers than this, the one to it included, so that every name can be read: one
/// more may go to the whole of it, where its owner comes again.
const MAX_POINTERS: usize = POINTERS_IN_ANY_MESSAGE - 1;
/// The two top bits of a pointer.
const POINTER: u16 = 0xc000;
/// Slots at the start: enough for most messages.
const FIRST_SLOTS: usize = 64;
/// So many slots are looked at for one tail. Tails that collide oftener than chance has it were made to: they go
/// without compression, and cost no more than others.
const MAX_PROBES: usize = 64;

/// Where the tails of names stand: a hash table with open addressing, whose slots are a power of two and at most half
/// full.
pub(super) struct Compressor {
    /// The slots at the start, which need no allocation.
    first: [Slot; FIRST_SLOTS],
    /// All slots, once those were not enough.
    more: Vec<Slot>,
    used: usize,
}

/// A tail's hash and offset. No name stands at offset 0, so that it marks an empty slot.
#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u16,
    offset: u16,
}

impl Default for Compressor {
    fn default() -> Self {
        Compressor {
            first: [Slot::default(); FIRST_SLOTS],
            more: Vec::new(),
            used: 0,
        }
    }
}

impl Compressor {
    /// Appends a name to the message `out`: as much as is not there yet, and a pointer to the rest. Gives the pointer to
    /// the whole of it, if there can be one.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, name: &Name) -> Option<[u8; 2]> {
        let (place, wire) = (out.len(), name.wire());
        let (mut hash, mut tail, mut end) = (0, 0, wire.len() - 1);
        let (mut known, mut pointers) = (true, 1);
        for (start, label) in name.labels_from_the_right() {
            hash = mix(hash, label);
            match known.then(|| self.find(out, hash, label, tail)).flatten() {
                Some((offset, between)) if pointers + between <= MAX_POINTERS => {
                    (tail, end) = (offset, start);
                    pointers += between;
                }
                _ => {
                    known = false;
                    self.remember(hash, place + start);
                }
            }
        }
        out.extend_from_slice(wire.get(..end).unwrap_or_default());
        match tail {
            0 => out.push(0),
            offset => out.extend_from_slice(&pointer(offset)),
        }
        match end {
            0 => (tail > 0).then(|| pointer(tail)),
            _ => (place <= FARTHEST).then(|| pointer(place as u16)),
        }
    }

    /// The offset of the tail that starts with `label` and goes on at the offset `tail` (0: with the root); and how many
    /// pointers are between: one or none.
    fn find(&self, out: &[u8], hash: u64, label: &[u8], tail: u16) -> Option<(u16, usize)> {
        let slots = if self.more.is_empty() {
            self.first.as_slice()
        } else {
            &self.more
        };
        let tag = tag(hash);
        for place in probes(slots.len(), tag) {
            let slot = slots.get(place).filter(|slot| slot.offset != 0)?;
            if slot.hash == tag
                && let Some(between) = stands_at(out, slot.offset, label, tail)
            {
                return Some((slot.offset, between));
            }
        }
        None
    }

    /// Notes where a tail is about to be written, and makes sure that half of the slots stay empty.
    fn remember(&mut self, hash: u64, offset: usize) {
        if offset > FARTHEST {
            return;
        }
        let entry = Slot {
            hash: tag(hash),
            offset: offset as u16,
        };
        let slots = if self.more.is_empty() {
            self.first.as_mut_slice()
        } else {
            &mut self.more
        };
        insert(slots, entry);
        self.used += 1;
        if self.used * 2 > slots.len() {
            let mut more = vec![Slot::default(); slots.len() * 4];
            for slot in slots.iter().filter(|slot| slot.offset != 0) {
                insert(&mut more, *slot);
            }
            self.more = more;
        }
    }
}

/// Puts an entry into the first empty slot from its hash on, where there is one within reach.
fn insert(slots: &mut [Slot], entry: Slot) {
    for place in probes(slots.len(), entry.hash) {
        if let Some(slot) = slots.get_mut(place).filter(|slot| slot.offset == 0) {
            *slot = entry;
            return;
        }
    }
}

/// The slots for a hash, in their order. There are `slots` of them, a power of two.
fn probes(slots: usize, hash: u16) -> impl Iterator<Item = usize> {
    let start = usize::from(hash);
    (start..start + MAX_PROBES).map(move |place| place & slots.wrapping_sub(1))
}

/// Whether the message has `label` at `offset`, and goes on from there at `tail`: behind one pointer, or behind none.
fn stands_at(out: &[u8], offset: u16, label: &[u8], tail: u16) -> Option<usize> {
    let start = usize::from(offset);
    let next = start + label.len();
    let stands = out.get(start..next) == Some(label);
    let (goes_on, between) = match (out.get(next), out.get(next + 1)) {
        (Some(0), _) => (tail == 0, 0),
        (Some(high @ 0xc0..), Some(low)) => ([*high, *low] == pointer(tail), 1),
        _ => (next == usize::from(tail), 0),
    };
    (stands && goes_on).then_some(between)
}

fn pointer(offset: u16) -> [u8; 2] {
    (POINTER | offset).to_be_bytes()
}

/// The hash of a tail from that of the shorter one and the label before it: eight octets at a time, so that a usual
/// label takes two steps.
fn mix(hash: u64, label: &[u8]) -> u64 {
    let (words, rest) = label.as_chunks();
    let words = words.iter().map(|word| u64::from_be_bytes(*word));
    let rest = rest
        .iter()
        .fold(0, |word, octet| word << 8 | u64::from(*octet));
    words.chain([rest]).fold(hash, |hash, word| {
        // Any odd number with as many ones as zeros, well spread, would do; this one is 2^64 over the golden ratio.
        let product = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        product ^ product >> 32
    })
}

/// What a slot keeps of a hash: the bits that depend on all octets.
fn tag(hash: u64) -> u16 {
    (hash >> 16) as u16
}
