//! [`FailureCache`]: questions that could not be resolved a moment ago (RFC 9520).
//!
//! The servers of a zone are dead, and a million hosts ask for a name in it, again and again. Each
//! search takes seconds to fail; so the failure is cached, and the next client gets it at once. But
//! not for long, since the servers may be back; and the longer they have been gone, the less often
//! they are tried.

use std::time::Duration;

use cache::Store;
use chase::ResolutionFailure;
use dnsparse::{Name, Question, RecordType};
use tokio::time::Instant;

/// The time for which the first failure is cached. (RFC 9520 section 3.2: at least one second.)
pub const FIRST: Duration = Duration::from_secs(5);
/// The longest time for which a failure is cached, however often it was repeated. (RFC 9520 section
/// 3.2: five minutes.)
pub const LONGEST: Duration = Duration::from_secs(300);

/// The time for which the failure of a search is cached that was making progress when it ran out of
/// time. The next search starts where this one ended. (RFC 9520 section 3.2: at least one second.)
pub const UNFINISHED: Duration = Duration::from_secs(1);

/// A bounded cache of resolution failures.
#[derive(Debug, Clone)]
pub struct FailureCache {
    pub(crate) store: Store<(Name, RecordType), CachedFailure>,
}

#[derive(Debug, Clone)]
pub(crate) struct CachedFailure {
    failure: ResolutionFailure,
    /// The time for which it is cached.
    pause: Duration,
    /// The end of that time.
    until: Instant,
}

impl FailureCache {
    /// Creates an empty cache. Each failure counts as a record.
    pub fn new(capacity: usize) -> FailureCache {
        FailureCache {
            store: Store::new(capacity),
        }
    }

    /// Returns the weight of all failures, in records.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// Stores the failure of a search for a question.
    pub fn put(&mut self, question: &Question, failure: &ResolutionFailure, now: Instant) {
        let key = (question.qname.clone(), question.qtype);
        let last = self.store.get(&key, now);
        let last = last.map(|(last, _)| (last.pause, last.until));
        let pause = match failure {
            ResolutionFailure::Unfinished { .. } => UNFINISHED,
            _ => pause_after(last, now),
        };
        let failure = CachedFailure {
            failure: failure.clone(),
            pause,
            until: now + pause,
        };
        // The entry outlives the pause: after it, the next failure is known not to be the first.
        self.store.put(key, failure, 1, pause + LONGEST, now);
    }

    /// Removes the failures of a question that was answered.
    pub fn forget(&mut self, question: &Question) {
        self.store.remove(&(question.qname.clone(), question.qtype));
    }

    /// Removes all failures.
    pub fn clear(&mut self) {
        let keys: Vec<_> = self.store.keys().cloned().collect();
        for key in keys {
            self.store.remove(&key);
        }
    }

    /// Returns the failure of a question that is not to be tried again yet.
    pub fn get(&mut self, question: &Question, now: Instant) -> Option<ResolutionFailure> {
        let key = (question.qname.clone(), question.qtype);
        let (cached, _) = self.store.get(&key, now)?;
        let left = cached.until.saturating_duration_since(now);
        (!left.is_zero()).then(|| ResolutionFailure::Cached {
            failure: Box::new(cached.failure.clone()),
            seconds: left.as_secs_f64().ceil() as u64,
        })
    }
}

/// Returns the time for which a failure is cached, given that time for the last failure of the same
/// question, and its end.
pub fn pause_after(last: Option<(Duration, Instant)>, now: Instant) -> Duration {
    // todo: Return FIRST for the first failure, and twice as long for each one after it, up to
    // LONGEST. Searches that ran at the same time have failed together: that is one failure.
    match last {
        None => FIRST,
        Some((pause, until)) if now < until => pause,
        Some((pause, _)) => (2 * pause).min(LONGEST),
    }
    // end todo
}
