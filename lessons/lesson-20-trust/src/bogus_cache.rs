//! [`BogusCache`]: the questions whose answers were bogus a moment ago (RFC 9520 section 2.5).
//!
//! A zone whose signatures have expired stays as it is for hours, and its clients ask again and
//! again. Each time, a search at other servers and a chain of signatures would follow, for the same
//! result. So it is kept: for five seconds, and twice as long each time that it comes again. The rule
//! is that of lesson 10 for searches that fail.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cache::Store;
use chase::Resolution;
use dnsparse::{Name, Question, RecordType};
use negative::failure_cache::{LONGEST, pause_after};
use tokio::time::Instant;

/// A bounded cache of bogus resolutions.
#[derive(Debug)]
pub struct BogusCache {
    entries: Mutex<Store<(Name, RecordType), Entry>>,
    capacity: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    /// The resolution, for clients that take bogus data; none for a DS or DNSKEY RRset on the way.
    resolution: Option<Resolution>,
    pause: Duration,
    until: Instant,
}

impl BogusCache {
    /// Creates an empty cache for the given number of records.
    pub fn new(capacity: usize) -> BogusCache {
        BogusCache {
            entries: Mutex::new(Store::new(capacity)),
            capacity,
        }
    }

    /// Returns the bogus resolution of a question.
    pub fn resolution(&self, question: &Question) -> Option<Resolution> {
        let entry = self.entry(&question.qname, question.qtype)?;
        Some(Resolution {
            queries: 0,
            ..entry.resolution?
        })
    }

    /// Whether an RRset was bogus a moment ago, also those from other servers.
    pub fn contains(&self, owner: &Name, rtype: RecordType) -> bool {
        self.entry(owner, rtype).is_some()
    }

    /// Removes all entries.
    pub fn clear(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        *entries = Store::new(self.capacity);
    }

    fn entry(&self, owner: &Name, rtype: RecordType) -> Option<Entry> {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (entry, _) = entries.get(&(owner.clone(), rtype), now)?;
        (now < entry.until).then(|| entry.clone())
    }

    /// Stores that an RRset is bogus, and the resolution, if it is that of a question.
    pub fn store(&self, owner: &Name, rtype: RecordType, resolution: Option<&Resolution>) {
        let (key, now) = ((owner.clone(), rtype), Instant::now());
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let last = entries.get(&key, now).map(|(last, _)| last.clone());
        let pause = pause_after(last.as_ref().map(|last| (last.pause, last.until)), now);
        let resolution = resolution.cloned();
        let records = resolution.as_ref().map_or(0, |it| it.records.len());
        let entry = Entry {
            resolution: resolution.or(last.and_then(|last| last.resolution)),
            pause,
            until: now + pause,
        };
        // The entry outlives the pause: after it, the next failure is known not to be the first.
        entries.put(key, entry, 1 + records, pause + LONGEST, now);
    }
}
