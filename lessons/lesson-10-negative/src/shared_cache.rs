//! [`SharedCache`]: the resolver's cache, shared by all searches that run at the same time.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache::cache::CachedRrset;
use chase::{Chase, Knowledge, Next, Resolution, ResolutionFailure};
use dnsparse::{Name, Question, RecordType};
use referral::{Answer, Delegation, NameServer, ReplyKind};
use tokio::time::Instant;

use crate::resolver_cache::ResolverCache;

/// A [`ResolverCache`] behind a lock, with tokio's clock. Cloning it gives another handle on the
/// same cache.
///
/// Each call holds the lock for one lookup or one reply, and never while a search waits for a
/// server. (A resolver for many threads splits its cache into several, each for a part of all
/// names.)
#[derive(Debug, Clone)]
pub struct SharedCache {
    cache: Arc<Mutex<ResolverCache>>,
}

impl SharedCache {
    /// Creates a cache with room for the given number of records, which knows the root hints.
    pub fn new(hints: Delegation, capacity: usize) -> SharedCache {
        SharedCache {
            cache: Arc::new(Mutex::new(ResolverCache::new(hints, capacity))),
        }
    }

    /// Stores the root servers as one of them lists them (RFC 9609): until their TTL ends, they
    /// replace the hints.
    pub fn set_root(&self, root: Delegation) {
        self.lock().delegations.set_root(root, Instant::now());
    }

    /// Returns the number of records in the cache, expired ones that were not removed yet included.
    pub fn records(&self) -> usize {
        self.lock().records()
    }

    /// Returns the owner and type of each cached RRset, in no order.
    pub fn keys(&self) -> Vec<(Name, RecordType)> {
        self.lock().rrsets.keys().cloned().collect()
    }

    /// Returns the RRsets with these keys, as far as they are cached.
    pub fn rrsets(&self, keys: &[(Name, RecordType)]) -> Vec<CachedRrset> {
        let (cache, now) = (self.lock(), Instant::now());
        let rrsets = keys.iter().filter_map(|key| cache.rrsets.peek(key, now));
        rrsets.collect()
    }

    /// Removes all that is cached about a name, and with `below` also about the names below it.
    /// Returns the number of entries removed.
    pub fn flush(&self, name: &Name, below: bool) -> usize {
        self.lock().flush(name, below)
    }

    /// Removes all failures: what a search needs can be reached again.
    pub fn forget_failures(&self) {
        self.lock().failures.clear();
    }

    /// Returns the resolution of a question from the cache alone, with all aliases that lead to it:
    /// an answer, a negative answer, or a failure.
    pub fn peek(&self, question: &Question) -> Option<Resolution> {
        let (mut cache, now) = (self.lock(), Instant::now());
        if let Some(failure) = cache.cached_failure(question, now) {
            return Some(Resolution::failed(failure));
        }
        let mut chase = Chase::new(question.clone());
        let mut question = question.clone();
        loop {
            let answer = cache.cached_answer(&question, now)?;
            match chase.handle_answer(Ok(answer)) {
                Next::Walk(next) => question = next,
                Next::End(resolution) => return Some(resolution),
            }
        }
    }

    /// A thread that panicked with the lock leaves the cache usable: each change is whole.
    fn lock(&self) -> MutexGuard<'_, ResolverCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Knowledge for SharedCache {
    fn closest_delegation(&self, question: &Question) -> Delegation {
        self.lock().closest_delegation(question, Instant::now())
    }

    fn cached_answer(&self, question: &Question) -> Option<Answer> {
        self.lock().cached_answer(question, Instant::now())
    }

    fn cached_addresses(&self, server: &Name) -> Option<Vec<IpAddr>> {
        self.lock().cached_addresses(server, Instant::now())
    }

    fn glue(&self, server: &Name) -> Vec<IpAddr> {
        self.lock().glue(server, Instant::now())
    }

    fn parent_side(&self, zone: &Name) -> Vec<NameServer> {
        self.lock().delegations.parent_side(zone, Instant::now())
    }

    fn store(&self, zone: &Name, question: &Question, kind: &ReplyKind) {
        self.lock().store(zone, question, kind, Instant::now());
    }

    fn cached_failure(&self, question: &Question) -> Option<ResolutionFailure> {
        self.lock().cached_failure(question, Instant::now())
    }

    fn store_failure(&self, question: &Question, failure: &ResolutionFailure) {
        self.lock().store_failure(question, failure, Instant::now());
    }
}
