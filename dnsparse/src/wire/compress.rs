//! Name compression (RFC 1035 section 4.1.4) in time linear in the octets written.
//!
//! A table keeps every tail of every name (`www.example.com`, `example.com`, `com`) with the offset
//! where it first stands. A name is looked up from its right end: `com`, then `example.com`, as
//! long as the tail is in the table. So to compare a tail with the octets at an offset, two checks
//! are enough: whether its first label stands there, and whether the message goes on from there at
//! the offset of the shorter tail, which was found just before.
//!
//! A label is handled as it stands on the wire, with its length before it.

use alloc::vec;
use alloc::vec::Vec;

use super::pointers::MIN_LIMIT;
use crate::name::Name;

/// The largest offset that a pointer's 14 bits can hold.
const MAX_OFFSET: usize = 0x3fff;
/// The most pointers that a written name leads through, so that every message can be parsed. It is
/// one less than parsers follow, since one more pointer may lead to the whole name, where the same
/// owner comes again.
const MAX_POINTERS: usize = MIN_LIMIT - 1;
/// The two top bits of a pointer.
const POINTER: u16 = 0xc000;
/// The slots of an empty table: enough for most messages.
const FIRST_SLOTS: usize = 64;
/// The most slots that are probed for one tail. Tails that collide more often than by chance were
/// chosen to collide; they stay uncompressed, and cost no more than others.
const MAX_PROBES: usize = 64;

/// Where the tails of names stand: a hash table with open addressing. The number of its slots is a
/// power of two, and at most half of them are used.
pub(crate) struct Compressor {
    /// The first slots, which need no allocation.
    first: [Slot; FIRST_SLOTS],
    /// All slots, once the first were not enough.
    more: Vec<Slot>,
    used: usize,
}

/// A tail's hash and offset. No name stands at offset 0, so 0 marks an empty slot.
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
    /// Appends a name to the message `out`: the labels that are not there yet, then a pointer to
    /// the rest. Returns the pointer to the whole name, if there can be one.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, name: &Name) -> Option<[u8; 2]> {
        let (start_of_name, wire) = (out.len(), name.wire());
        let (mut hash, mut tail, mut end) = (0, 0, wire.len() - 1);
        let (mut in_table, mut pointers) = (true, 1);
        for (start, label) in name.labels_from_the_right() {
            hash = mix(hash, label);
            match in_table
                .then(|| self.find(out, hash, label, tail))
                .flatten()
            {
                Some((offset, between)) if pointers + between <= MAX_POINTERS => {
                    (tail, end) = (offset, start);
                    pointers += between;
                }
                _ => {
                    in_table = false;
                    self.insert(hash, start_of_name + start);
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
            _ => (start_of_name <= MAX_OFFSET).then(|| pointer(start_of_name as u16)),
        }
    }

    /// Finds the offset of the tail that starts with `label` and goes on at the offset `tail` (0:
    /// with the root); and the number of pointers in between, one or none.
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

    /// Inserts a tail that is about to be written, and keeps half of the slots empty.
    fn insert(&mut self, hash: u64, offset: usize) {
        if offset > MAX_OFFSET {
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
        insert_into(slots, entry);
        self.used += 1;
        if self.used * 2 > slots.len() {
            let mut more = vec![Slot::default(); slots.len() * 4];
            for slot in slots.iter().filter(|slot| slot.offset != 0) {
                insert_into(&mut more, *slot);
            }
            self.more = more;
        }
    }
}

/// Puts an entry into the first empty slot from its hash on, if one of those probed is empty.
fn insert_into(slots: &mut [Slot], entry: Slot) {
    for place in probes(slots.len(), entry.hash) {
        if let Some(slot) = slots.get_mut(place).filter(|slot| slot.offset == 0) {
            *slot = entry;
            return;
        }
    }
}

/// Lists the slots to probe for a hash. `slots`, their number, is a power of two.
fn probes(slots: usize, hash: u16) -> impl Iterator<Item = usize> {
    let start = usize::from(hash);
    (start..start + MAX_PROBES).map(move |place| place & slots.wrapping_sub(1))
}

/// Checks whether the message has `label` at `offset` and goes on from there at `tail`. Returns the
/// number of pointers in between, one or none.
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

/// Hashes a tail from the hash of the shorter tail and the label before it: eight octets at a time,
/// so that a usual label takes two steps.
fn mix(hash: u64, label: &[u8]) -> u64 {
    let (words, rest) = label.as_chunks();
    let words = words.iter().map(|word| u64::from_be_bytes(*word));
    let rest = rest
        .iter()
        .fold(0, |word, octet| word << 8 | u64::from(*octet));
    words.chain([rest]).fold(hash, |hash, word| {
        // Any odd number with about as many ones as zeros, well spread, would do. This one is 2^64
        // divided by the golden ratio.
        let product = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        product ^ product >> 32
    })
}

/// Returns the part of a hash that a slot keeps: bits that depend on all octets.
fn tag(hash: u64) -> u16 {
    (hash >> 16) as u16
}
