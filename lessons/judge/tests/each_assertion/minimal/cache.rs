//! The cache of the minimal server.

use std::time::{Duration, Instant};

use dnsparse::{Name, RecordType};

use super::resolver::{Answer, Resolver};
use super::server::ServerFault;

/// A cached answer.
pub(super) struct CacheEntry {
    answer: Answer,
    stored: Instant,
    ttl: Duration,
}

impl Resolver {
    fn key(&self, name: &Name, qtype: RecordType) -> (String, RecordType) {
        let text = name.to_string();
        let text = if self.has(ServerFault::CacheIsCaseSensitive) {
            text
        } else {
            text.to_lowercase()
        };
        (text, qtype)
    }

    /// Returns the cached answer to a question, with its TTLs reduced by its age.
    pub(super) fn cached(&self, name: &Name, qtype: RecordType) -> Option<Answer> {
        let cache = self.cache.lock().unwrap();
        let any = self
            .has(ServerFault::NodataForAllTypes)
            .then(|| self.key(name, RecordType::ANY));
        let entry = cache
            .get(&self.key(name, qtype))
            .or_else(|| cache.get(&any?))?;
        let age = entry.stored.elapsed();
        let positive = !entry.answer.records.is_empty();
        let never_expires = self.has(ServerFault::NeverExpires) && positive
            || self.has(ServerFault::NegativeNeverExpires) && !positive;
        if age >= entry.ttl && !never_expires {
            return None;
        }
        let mut answer = entry.answer.clone();
        let is_frozen = self.has(ServerFault::TtlFrozen) && positive
            || self.has(ServerFault::SoaTtlFrozen) && !positive;
        for record in answer.records.iter_mut().chain(&mut answer.soa) {
            let aged = record.ttl.saturating_sub(age.as_secs() as u32);
            record.ttl = if is_frozen { record.ttl } else { aged };
        }
        Some(answer)
    }

    /// Stores an answer for its TTL.
    pub(super) fn store(&self, name: &Name, qtype: RecordType, answer: &Answer) {
        let positive = !answer.records.is_empty();
        let is_alias = positive && answer.records.iter().all(|record| record.rtype() != qtype);
        let is_skipped = self.has(ServerFault::NoCache)
            || self.has(ServerFault::FollowsLoops)
            || self.has(ServerFault::NoNegativeCache) && !positive
            || self.has(ServerFault::NoAliasCache) && is_alias;
        if is_skipped {
            return;
        }
        let seconds = answer
            .records
            .iter()
            .chain(&answer.soa)
            .map(|record| record.ttl)
            .min();
        let mut ttl = Duration::from_secs(u64::from(seconds.unwrap_or(0)));
        if self.has(ServerFault::CachesTtlZero) && ttl.is_zero() {
            ttl = Duration::from_secs(60);
        }
        let cached_type = match (
            is_alias,
            self.has(ServerFault::NodataForAllTypes) && !positive,
        ) {
            (_, true) => RecordType::ANY,
            (true, _) => RecordType::CNAME,
            _ => qtype,
        };
        let entry = CacheEntry {
            answer: answer.clone(),
            stored: Instant::now(),
            ttl,
        };
        self.cache
            .lock()
            .unwrap()
            .insert(self.key(name, cached_type), entry);
    }
}
