//! Name compression (RFC 1035 section 4.1.4) in time linear in what is written.
//!
//! Every tail of every name (`www.example.com`, `example.com`, `com`) is remembered with the offset where it first
//! stands. A name is looked up from its right end: `com`, then `example.com`, for as long as the tail is known. So to
//! compare a tail with what stands at an offset, it is enough to compare its first label, and whether the message goes
//! on from there at the offset of the shorter tail, which was found just before.
//!
//! A label is handled as it stands on the wire, its length before it.

use crate::name::{MAX_NAME, Name};

/// Pointers have 14 bits.
const FARTHEST: usize = 0x3fff;
/// The two top bits of a pointer.
const POINTER: u16 = 0xc000;
/// A name has at most this many labels: 255 octets, at least two for each, one for the root.
const MAX_LABELS: usize = MAX_NAME / 2;
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
        let wire = name.wire();
        let mut starts = [0; MAX_LABELS];
        let mut starts = label_starts(name, &mut starts);
        let (mut hash, mut tail, mut end) = (0, 0, wire.len() - 1);
        while let Some((start, shorter)) = starts.split_last() {
            let label = wire.get(usize::from(*start)..end).unwrap_or_default();
            let longer = mix(hash, label);
            let Some(offset) = self.find(out, longer, label, tail) else {
                break;
            };
            (hash, tail, end, starts) = (longer, offset, usize::from(*start), shorter);
        }
        let place = out.len();
        self.remember(place, hash, wire.get(..end).unwrap_or_default(), starts);
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

    /// The offset of the tail that starts with `label` and goes on at the offset `tail` (0: with the root).
    fn find(&self, out: &[u8], hash: u64, label: &[u8], tail: u16) -> Option<u16> {
        let slots = if self.more.is_empty() {
            self.first.as_slice()
        } else {
            &self.more
        };
        let tag = tag(hash);
        let probes = probes(slots.len(), tag)
            .map_while(|place| slots.get(place).filter(|slot| slot.offset != 0));
        let mut found =
            probes.filter(|slot| slot.hash == tag && stands_at(out, slot.offset, label, tail));
        found.next().map(|slot| slot.offset)
    }

    /// Notes the tails that begin at each of `starts` in `labels`, which are about to be written at `place`. `hash` is
    /// that of what follows them.
    fn remember(&mut self, place: usize, mut hash: u64, labels: &[u8], starts: &[u8]) {
        let mut end = labels.len();
        for start in starts.iter().rev().map(|start| usize::from(*start)) {
            hash = mix(hash, labels.get(start..end).unwrap_or_default());
            end = start;
            if place + start <= FARTHEST {
                self.insert(Slot {
                    hash: tag(hash),
                    offset: (place + start) as u16,
                });
            }
        }
    }

    /// Notes one tail, and makes sure that half of the slots stay empty.
    fn insert(&mut self, entry: Slot) {
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

/// Where each label starts, the root's not counted.
fn label_starts<'s>(name: &Name, starts: &'s mut [u8; MAX_LABELS]) -> &'s [u8] {
    let (mut count, mut position) = (0, 0);
    for (start, label) in starts.iter_mut().zip(name.labels()) {
        *start = position;
        position = position.wrapping_add(1 + label.len() as u8);
        count += 1;
    }
    starts.get(..count).unwrap_or_default()
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

/// Whether the message has `label` at `offset`, and goes on from there at `tail`.
fn stands_at(out: &[u8], offset: u16, label: &[u8], tail: u16) -> bool {
    let start = usize::from(offset);
    let next = start + label.len();
    out.get(start..next) == Some(label)
        && match (out.get(next), out.get(next + 1)) {
            (Some(0), _) => tail == 0,
            (Some(high @ 0xc0..), Some(low)) => [*high, *low] == pointer(tail),
            _ => next == usize::from(tail),
        }
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
