//! [`NameTable`]: millions of names, each with what to do about it, in 8 octets a name.
//!
//! The table has a hash of each name, and not the name: a sorted list of numbers, in which a name is
//! found by halving. The hash is keyed by a random number for each table, so that no name can be
//! made to collide with another. With a million names, one lookup in 2^41 finds a name that is not
//! there.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use dnsparse::Name;

/// The number of low bits that say what to do about a name.
const KIND_BITS: u32 = 3;
/// The longest name on the wire.
const MAX_NAME: usize = 255;

/// The action of a list for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// There is no such name.
    Block,
    /// The name has no records.
    NoData,
    /// The name is looked up as usual, whatever other entries say.
    Pass,
}

/// The names that an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The name itself.
    Exact,
    /// All names below it.
    Below,
}

/// A set of names.
#[derive(Debug, Default)]
pub struct NameTable {
    /// The hash of each name; its lowest bits are action and reach.
    entries: Vec<u64>,
    hasher: RandomState,
}

impl NameTable {
    /// Adds an entry. [`NameTable::finish`] has to follow before a lookup.
    pub fn add(&mut self, name: &Name, action: Action, reach: Reach) {
        let mut wire = [0; MAX_NAME];
        let wire = lowercase(name, &mut wire);
        self.entries.push(self.hash(wire) | kind(action, reach));
    }

    /// Sorts the entries.
    pub fn finish(&mut self) {
        self.entries.sort_unstable();
        self.entries.dedup();
        self.entries.shrink_to_fit();
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns what to do about a name: what the entry for it says, or else the entry with the
    /// longest name above it.
    pub fn find(&self, name: &Name) -> Option<Action> {
        if self.is_empty() {
            return None;
        }
        let mut wire = [0; MAX_NAME];
        let mut rest: &[u8] = lowercase(name, &mut wire);
        let mut reach = Reach::Exact;
        loop {
            if let Some(action) = self.action(rest, reach) {
                return Some(action);
            }
            let (length, more) = rest.split_first().filter(|(length, _)| **length > 0)?;
            rest = more.get(usize::from(*length)..)?;
            reach = Reach::Below;
        }
    }

    /// Returns what to do about names by the entries for one of them.
    fn action(&self, wire: &[u8], reach: Reach) -> Option<Action> {
        let hash = self.hash(wire);
        let start = self.entries.partition_point(|entry| *entry < hash);
        let entries = self.entries.get(start..).unwrap_or_default();
        let mut entries = entries
            .iter()
            .take_while(|entry| **entry >> KIND_BITS == hash >> KIND_BITS);
        let actions = [Action::Pass, Action::NoData, Action::Block];
        entries.find_map(|entry| {
            let is_it = |action: &Action| *entry == hash | kind(*action, reach);
            actions.into_iter().find(is_it)
        })
    }

    /// Returns the hash of a name in lower case; its lowest bits are clear.
    fn hash(&self, wire: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(wire);
        hasher.finish() >> KIND_BITS << KIND_BITS
    }
}

/// Returns the lowest bits of an entry. `Pass` is the least: it is found first.
fn kind(action: Action, reach: Reach) -> u64 {
    let action = match action {
        Action::Pass => 0,
        Action::NoData => 2,
        Action::Block => 4,
    };
    action + u64::from(reach == Reach::Below)
}

/// Writes a name in lower case into a buffer.
fn lowercase<'b>(name: &Name, buffer: &'b mut [u8; MAX_NAME]) -> &'b [u8] {
    let wire = name.wire();
    let lower = buffer.get_mut(..wire.len()).unwrap_or_default();
    lower.copy_from_slice(wire.get(..lower.len()).unwrap_or_default());
    // A length is at most 63, and no letter's code is that low.
    lower.make_ascii_lowercase();
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn the_entry_with_the_longest_name_counts() {
        let mut table = NameTable::default();
        for (text, action, reach) in [
            ("ads.example", Action::Block, Reach::Exact),
            ("ads.example", Action::Block, Reach::Below),
            ("good.ads.example", Action::Pass, Reach::Exact),
            ("both.example", Action::Block, Reach::Exact),
            ("both.example", Action::Pass, Reach::Exact),
            ("empty.example", Action::NoData, Reach::Below),
            ("Host.example", Action::Block, Reach::Exact),
        ] {
            table.add(&name(text), action, reach);
        }
        table.finish();
        for (text, expected) in [
            ("ADS.example", Some(Action::Block)),
            ("a.b.ads.example", Some(Action::Block)),
            ("good.ads.example", Some(Action::Pass)),
            ("x.good.ads.example", Some(Action::Block)),
            ("both.example", Some(Action::Pass)),
            ("empty.example", None),
            ("x.empty.example", Some(Action::NoData)),
            ("host.EXAMPLE", Some(Action::Block)),
            ("x.host.example", None),
            ("badads.example", None),
            ("example", None),
            (".", None),
        ] {
            assert_eq!(table.find(&name(text)), expected, "{text}");
        }
    }

    #[test]
    fn the_root_and_the_longest_name_can_be_entries() {
        let long = [[b'a'; 63].as_slice(), &[b'b'; 63], &[b'c'; 63], &[b'd'; 61]];
        let long = Name::from_labels(long).unwrap();
        let mut table = NameTable::default();
        table.add(&long, Action::Block, Reach::Exact);
        table.finish();
        assert_eq!(table.find(&long), Some(Action::Block));
        assert_eq!(table.find(&name("example")), None);
        table.add(&Name::ROOT, Action::NoData, Reach::Below);
        table.finish();
        assert_eq!(table.find(&name("example")), Some(Action::NoData));
    }
}
