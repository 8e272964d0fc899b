//! [`NonTerminals`]: names that exist because a name below them has records (given).
//!
//! Such a name may have no records of its own: an *empty non-terminal* (RFC 8020 section 2). Some
//! servers deny it by NXDOMAIN all the same. That must not hide the names below it.

use std::time::Duration;

use cache::Store;
use cache::ttl::clamp_ttl;
use dnsparse::{Name, Record};
use tokio::time::Instant;

/// The most names that one RRset proves to exist. Denied names are close above those with records,
/// and a name may have 127 labels.
const MAX_ABOVE: usize = 8;

/// A bounded cache of names that have names below them.
#[derive(Debug, Clone)]
pub struct NonTerminals {
    pub(crate) store: Store<Name, ()>,
}

impl NonTerminals {
    /// Creates an empty cache for at most `capacity` names.
    pub fn new(capacity: usize) -> NonTerminals {
        NonTerminals {
            store: Store::new(capacity),
        }
    }

    /// Returns the number of names.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// Stores that the names between a record and the apex of its zone exist, for as long as the
    /// record may be cached.
    pub fn store(&mut self, record: &Record, zone: &Name, now: Instant) {
        let lifetime = Duration::from_secs(clamp_ttl(record.ttl).into());
        let names = record.owner.ancestors().skip(1);
        let above = names.take_while(|name| name != zone);
        for name in above.take(MAX_ABOVE) {
            self.store.put(name, (), 1, lifetime, now);
        }
    }

    /// Returns whether a name is known to have names below it.
    pub fn contains(&mut self, name: &Name, now: Instant) -> bool {
        self.store.get(name, now).is_some()
    }
}
