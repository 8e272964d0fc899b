//! [`BogusCache`]: the questions whose answers were bogus a moment ago (RFC 9520 section 2.5).
//!
//! A zone whose signatures have expired stays as it is for hours, and its clients ask again and
//! again. Each time, a search at other servers and a chain of signatures would follow, for the same
//! result. So it is kept: for five seconds, and twice as long each time that it comes again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cache::Store;
use chase::Resolution;
use dnsparse::{Name, Question, RecordType};
use negative::failure_cache::{FIRST, LONGEST};
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
        let pause = match &last {
            None => FIRST,
            Some(last) if now < last.until => last.pause,
            Some(last) => (2 * last.pause).min(LONGEST),
        };
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

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bogus_rrset_is_remembered_for_longer_each_time() {
        let cache = BogusCache::new(10);
        let name: Name = "www.example.com".parse().unwrap();
        let mut pauses = Vec::new();
        for _ in 0..9 {
            cache.store(&name, RecordType::A, None);
            let mut seconds = 0;
            while cache.contains(&name, RecordType::A) {
                advance(Duration::from_secs(1)).await;
                seconds += 1;
            }
            pauses.push(seconds);
        }
        assert_eq!(
            pauses,
            [5, 10, 20, 40, 80, 160, 300, 300, 300],
            "the seconds for which each result is remembered"
        );
        assert!(!cache.contains(&name, RecordType::AAAA), "another type");
    }

    #[tokio::test(start_paused = true)]
    async fn results_at_the_same_time_count_once() {
        let cache = BogusCache::new(10);
        let name = Name::ROOT;
        for _ in 0..5 {
            cache.store(&name, RecordType::DNSKEY, None);
        }
        advance(FIRST).await;
        assert!(
            !cache.contains(&name, RecordType::DNSKEY),
            "after {FIRST:?}"
        );
    }
}
