//! [`VerdictCache`]: the results of validations, each for the content that was validated.
//!
//! A resolution that comes from lesson 10's cache once more is hashed, and not validated again. A
//! change of one octet makes another hash, and another validation. So does a TTL that is higher than
//! time allows: the records were fetched again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cache::Store;
use cache::cache::weight;
use cache::ttl::remaining_ttl;
use chase::{Dnssec, Resolution};
use dnsparse::{Name, Question, Record, RecordType};
use tokio::time::Instant;

/// A bounded cache of verdicts.
#[derive(Debug)]
pub struct VerdictCache {
    entries: Mutex<Store<Question, Entry>>,
    hasher: RandomState,
    capacity: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    content: Content,
    dnssec: Dnssec,
    /// The validated RRsets in order, each with its TTL, which its signature may have lowered.
    ttls: Vec<(Name, RecordType, u32)>,
    stored: Instant,
}

/// Everything that a verdict is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// A keyed hash of all but the TTLs.
    hash: u64,
    /// The TTL of each record.
    ttls: Vec<u32>,
}

impl VerdictCache {
    /// Creates an empty cache for verdicts with the given number of records.
    pub fn new(capacity: usize) -> VerdictCache {
        VerdictCache {
            entries: Mutex::new(Store::new(capacity)),
            hasher: RandomState::new(),
            capacity,
        }
    }

    /// Removes all verdicts.
    pub fn clear(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        *entries = Store::new(self.capacity);
    }

    /// Returns the content of a resolution; none if it has a record that cannot be written.
    pub fn content(&self, resolution: &Resolution) -> Option<Content> {
        let mut hasher = self.hasher.build_hasher();
        resolution.rcode.hash(&mut hasher);
        let records = || resolution.records.iter().chain(&resolution.soa);
        for record in records() {
            record.owner.hash(&mut hasher);
            record.rtype().hash(&mut hasher);
            record.rdata.canonical_octets().ok()?.hash(&mut hasher);
        }
        Some(Content {
            hash: hasher.finish(),
            ttls: records().map(|record| record.ttl).collect(),
        })
    }

    /// Adds the verdict on a resolution with the same content, as the answer to a question, and limits
    /// the TTLs to those that were validated. Returns false without such a verdict.
    ///
    /// Records that were fetched again since then may live longer than the verdict, and may have come
    /// with other signatures: they are validated again.
    pub fn apply(&self, question: &Question, resolution: &mut Resolution) -> bool {
        let Some(content) = self.content(resolution) else {
            return false;
        };
        let now = Instant::now();
        let Some(entry) = self.entry(question, &content, now) else {
            return false;
        };
        let mut dnssec = entry.dnssec.clone();
        for record in dnssec.signatures.iter_mut().chain(&mut dnssec.proofs) {
            record.ttl = entry.left(record.ttl, now);
        }
        resolution.dnssec = Some(Box::new(dnssec));
        // A record that is not among the validated ones is no part of the answer.
        (resolution.records).retain_mut(|record| entry.limit(record, now));
        resolution.soa =
            (resolution.soa.take()).and_then(|mut soa| entry.limit(&mut soa, now).then_some(soa));
        true
    }

    /// Returns the verdict on this content, or on the same that was younger.
    fn entry(&self, question: &Question, content: &Content, now: Instant) -> Option<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (entry, expires) = entries.get(question, now)?;
        let is_of_content = entry.content.hash == content.hash && remaining_ttl(expires, now) > 0;
        let mut ttls = entry.content.ttls.iter().zip(&content.ttls);
        // Both are whole seconds: one may be lost in between.
        let is_as_old = ttls.all(|(then, ttl)| *ttl <= entry.left(*then, now) + 1);
        (is_of_content && is_as_old).then(|| entry.clone())
    }

    /// Stores the verdict on a content: that of a resolution, whose records are as they were validated.
    pub fn store(&self, question: &Question, content: Content, resolution: &Resolution) {
        let Some(dnssec) = &resolution.dnssec else {
            return;
        };
        let records = resolution.records.iter().chain(&resolution.soa);
        let ttls = records.map(|it| (it.owner.clone(), it.rtype(), it.ttl));
        let mut ttls: Vec<_> = ttls.collect();
        ttls.sort_unstable();
        ttls.dedup();
        let seconds = ttls.iter().map(|(_, _, ttl)| *ttl).min().unwrap_or(0);
        if seconds == 0 {
            return;
        }
        let stored = Instant::now();
        let entry = Entry {
            content,
            dnssec: (**dnssec).clone(),
            ttls,
            stored,
        };
        let weight = 1 + weight(&dnssec.signatures) + weight(&dnssec.proofs);
        let lifetime = Duration::from_secs(seconds.into());
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.put(question.clone(), entry, weight, lifetime, stored);
    }
}

impl Entry {
    /// Returns how much of a TTL is left that a record had when the verdict was stored.
    fn left(&self, ttl: u32, now: Instant) -> u32 {
        let lifetime = Duration::from_secs(ttl.into());
        remaining_ttl(self.stored + lifetime, now)
    }

    /// Lowers the TTL of a record to that of its validated RRset. Returns false if there is none.
    fn limit(&self, record: &mut Record, now: Instant) -> bool {
        let of_rrset = (&record.owner, record.rtype());
        let place = self
            .ttls
            .partition_point(|(owner, rtype, _)| (owner, *rtype) < of_rrset);
        match self.ttls.get(place) {
            Some((owner, rtype, ttl)) if (owner, *rtype) == of_rrset => {
                record.ttl = record.ttl.min(self.left(*ttl, now));
                true
            }
            _ => false,
        }
    }
}

/// Lowers the TTLs of records to a number of seconds.
pub fn limit_ttls<'r>(records: impl IntoIterator<Item = &'r mut Record>, seconds: u32) {
    for record in records {
        record.ttl = record.ttl.min(seconds);
    }
}
