//! [`SharedCache`]: what a resolver knows, shared by all that it does at the same time.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chase::{Chase, Knowledge, Next, Resolution, ResolutionFailure};
use dnsparse::{Name, Question};
use referral::{Answer, Delegation, ReplyKind};
use tokio::time::Instant;

use crate::resolver_cache::ResolverCache;

/// [`ResolverCache`] behind a lock, with tokio's clock. Cloning it gives another handle on the same memory.
///
/// Each call takes the lock for as long as it takes to look something up, and never while anybody waits for a server. (A server
/// with many threads has several, each for a part of all names.)
#[derive(Debug, Clone)]
pub struct SharedCache {
    inner: Arc<Mutex<ResolverCache>>,
}

impl SharedCache {
    /// Knows the root's servers from the hints, and nothing else. It has room for so many records.
    pub fn new(hints: Delegation, capacity: usize) -> SharedCache {
        SharedCache {
            inner: Arc::new(Mutex::new(ResolverCache::new(hints, capacity))),
        }
    }

    /// The root's servers say who they are (RFC 9609): for as long as the TTL allows, that counts more than the hints.
    pub fn set_root(&self, root: Delegation) {
        self.inner().delegations.set_root(root, Instant::now());
    }

    /// How many records are held, those that have expired and were not noticed yet included.
    pub fn records(&self) -> usize {
        self.inner().records()
    }

    /// The answer to a question, if it is known already, with all the aliases that lead to it: also that there is nothing, and
    /// that it failed a moment ago.
    pub fn peek(&self, question: &Question) -> Option<Resolution> {
        let (mut cache, now) = (self.inner(), Instant::now());
        if let Some(failure) = cache.cached_failure(question, now) {
            return Some(Resolution::failed(failure));
        }
        let mut chase = Chase::new(question.clone());
        let mut question = question.clone();
        loop {
            let outcome = cache.cached_answer(&question, now)?;
            match chase.handle_answer(Ok(outcome)) {
                Next::Walk(next) => question = next,
                Next::End(resolution) => return Some(resolution),
            }
        }
    }

    /// Who panics while holding the lock leaves nothing half done that could not be used.
    fn inner(&self) -> MutexGuard<'_, ResolverCache> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Knowledge for SharedCache {
    fn closest_delegation(&self, question: &Question) -> Delegation {
        self.inner().closest_delegation(question, Instant::now())
    }

    fn cached_answer(&self, question: &Question) -> Option<Answer> {
        self.inner().cached_answer(question, Instant::now())
    }

    fn cached_addresses(&self, server: &Name) -> Option<Vec<IpAddr>> {
        self.inner().cached_addresses(server, Instant::now())
    }

    fn store(&self, zone: &Name, question: &Question, reading: &ReplyKind) {
        self.inner().store(zone, question, reading, Instant::now());
    }

    fn cached_failure(&self, question: &Question) -> Option<ResolutionFailure> {
        self.inner().cached_failure(question, Instant::now())
    }

    fn store_failure(&self, question: &Question, failure: &ResolutionFailure) {
        self.inner()
            .store_failure(question, failure, Instant::now());
    }
}
