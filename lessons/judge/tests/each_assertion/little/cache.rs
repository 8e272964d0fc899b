//! The cache of the little server.

use std::time::{Duration, Instant};

use dnsparse::{Name, RecordType};

use super::resolver::{Found, Resolver};
use super::server::Fault;

/// What was found, and when.
pub(super) struct Kept {
    found: Found,
    since: Instant,
    lives: Duration,
}

impl Resolver {
    fn key(&self, name: &Name, qtype: RecordType) -> (String, RecordType) {
        let text = name.to_string();
        let text = if self.is(Fault::CacheMindsCase) {
            text
        } else {
            text.to_lowercase()
        };
        (text, qtype)
    }

    /// What is kept for a question, its TTLs counted down.
    pub(super) fn cached(&self, name: &Name, qtype: RecordType) -> Option<Found> {
        let cache = self.cache.lock().unwrap();
        let any = self
            .is(Fault::NothingForAllTypes)
            .then(|| self.key(name, RecordType::ANY));
        let kept = cache
            .get(&self.key(name, qtype))
            .or_else(|| cache.get(&any?))?;
        let age = kept.since.elapsed();
        let positive = !kept.found.records.is_empty();
        let for_ever =
            self.is(Fault::KeepsForEver) && positive || self.is(Fault::NothingForEver) && !positive;
        if age >= kept.lives && !for_ever {
            return None;
        }
        let mut found = kept.found.clone();
        let frozen =
            self.is(Fault::TtlFrozen) && positive || self.is(Fault::SoaTtlFrozen) && !positive;
        for record in found.records.iter_mut().chain(&mut found.soa) {
            let aged = record.ttl.saturating_sub(age.as_secs() as u32);
            record.ttl = if frozen { record.ttl } else { aged };
        }
        Some(found)
    }

    /// Keeps what was found, for as long as it may be.
    pub(super) fn keep(&self, name: &Name, qtype: RecordType, found: &Found) {
        let positive = !found.records.is_empty();
        let is_alias = positive && found.records.iter().all(|record| record.rtype() != qtype);
        let not_kept = self.is(Fault::NoCache)
            || self.is(Fault::GoesInCircles)
            || self.is(Fault::NoNegativeCache) && !positive
            || self.is(Fault::AliasesNotKept) && is_alias;
        if not_kept {
            return;
        }
        let seconds = found
            .records
            .iter()
            .chain(&found.soa)
            .map(|record| record.ttl)
            .min();
        let mut lives = Duration::from_secs(u64::from(seconds.unwrap_or(0)));
        if self.is(Fault::KeepsZero) && lives.is_zero() {
            lives = Duration::from_secs(60);
        }
        let kept_as = match (is_alias, self.is(Fault::NothingForAllTypes) && !positive) {
            (_, true) => RecordType::ANY,
            (true, _) => RecordType::CNAME,
            _ => qtype,
        };
        let kept = Kept {
            found: found.clone(),
            since: Instant::now(),
            lives,
        };
        self.cache
            .lock()
            .unwrap()
            .insert(self.key(name, kept_as), kept);
    }
}
