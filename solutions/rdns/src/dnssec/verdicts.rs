//! [`VerdictCache`]: the results of validations, each for the content that was validated.
//!
//! A resolution that comes from lesson 10's cache once more is hashed, and not validated again. A
//! change of one octet makes another hash, and another validation.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cache::Store;
use cache::cache::weight;
use cache::ttl::remaining_ttl;
use chase::{Dnssec, Resolution};
use dnsparse::{Question, Record};
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
}

/// A keyed hash of everything that a verdict is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content(u64);

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
        for record in resolution.records.iter().chain(&resolution.soa) {
            record.owner.hash(&mut hasher);
            record.rtype().hash(&mut hasher);
            record.rdata.canonical_octets().ok()?.hash(&mut hasher);
        }
        Some(Content(hasher.finish()))
    }

    /// Returns the verdict on this content as the answer to a question, with the seconds for which
    /// it holds. No TTL of its records is higher than that.
    pub fn verdict(&self, question: &Question, content: Content) -> Option<(Dnssec, u32)> {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (entry, expires) = entries.get(question, now)?;
        let left = remaining_ttl(expires, now);
        if entry.content != content || left == 0 {
            return None;
        }
        let mut dnssec = entry.dnssec.clone();
        drop(entries);
        limit_ttls(&mut dnssec.signatures, left);
        limit_ttls(&mut dnssec.proofs, left);
        Some((dnssec, left))
    }

    /// Stores a verdict that holds for a number of seconds.
    pub fn store(&self, question: &Question, content: Content, dnssec: &Dnssec, seconds: u32) {
        let lifetime = Duration::from_secs(seconds.into());
        if lifetime.is_zero() {
            return;
        }
        let weight = 1 + weight(&dnssec.signatures) + weight(&dnssec.proofs);
        let entry = Entry {
            content,
            dnssec: dnssec.clone(),
        };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.put(question.clone(), entry, weight, lifetime, Instant::now());
    }
}

/// Lowers the TTLs of records to a number of seconds.
pub fn limit_ttls<'r>(records: impl IntoIterator<Item = &'r mut Record>, seconds: u32) {
    for record in records {
        record.ttl = record.ttl.min(seconds);
    }
}
