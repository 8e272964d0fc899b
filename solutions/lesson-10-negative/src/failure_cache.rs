//! [`FailureCache`]: questions that could not be answered, for a moment (RFC 9520).
//!
//! The servers of a zone are dead, and a million hosts ask for a name in it, again and again. Each time it takes seconds to find
//! that out; so whoever asks next is told at once. But not for long, since the servers may be back: and the longer they have been
//! gone, the less often it is tried.

use std::time::Duration;

use cache::Store;
use chase::ResolutionFailure;
use dnsparse::{Name, Question, RecordType};
use tokio::time::Instant;

/// For how long a failure is repeated the first time. (RFC 9520 section 3.2: at least one second.)
pub const FIRST: Duration = Duration::from_secs(5);
/// And for how long at the most, however often it has failed. (RFC 9520 section 3.2: five minutes.)
pub const LONGEST: Duration = Duration::from_secs(300);

/// Questions that could not be answered, and why.
#[derive(Debug, Clone)]
pub struct FailureCache {
    store: Store<(Name, RecordType), CachedFailure>,
}

#[derive(Debug, Clone)]
struct CachedFailure {
    failure: ResolutionFailure,
    /// For how long it is repeated, and until when.
    pause: Duration,
    until: Instant,
}

impl FailureCache {
    /// Nothing has failed yet. Each failure counts as a record.
    pub fn new(capacity: usize) -> FailureCache {
        FailureCache {
            store: Store::new(capacity),
        }
    }

    /// How many there are.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// A question could not be answered, for this reason.
    pub fn put(&mut self, question: &Question, failure: &ResolutionFailure, now: Instant) {
        let key = (question.qname.clone(), question.qtype);
        let last = self
            .store
            .get(&key, now)
            .map(|(last, _)| (last.pause, last.until));
        let pause = pause_after(last, now);
        let failure = CachedFailure {
            failure: failure.clone(),
            pause,
            until: now + pause,
        };
        // It is remembered for longer than it is repeated, so that the next time is known not to be the first.
        self.store.put(key, failure, 1, pause + LONGEST, now);
    }

    /// It can be answered after all.
    pub fn forget(&mut self, question: &Question) {
        self.store.remove(&(question.qname.clone(), question.qtype));
    }

    /// Why a question is not to be tried now.
    pub fn get(&mut self, question: &Question, now: Instant) -> Option<ResolutionFailure> {
        let key = (question.qname.clone(), question.qtype);
        let (failure, _) = self.store.get(&key, now)?;
        let left = failure.until.saturating_duration_since(now);
        (!left.is_zero()).then(|| ResolutionFailure::Cached {
            failure: Box::new(failure.failure.clone()),
            seconds: left.as_secs_f64().ceil() as u64,
        })
    }
}

/// For how long a failure is repeated, after an earlier one of the same question: for how long that one was, and until when.
fn pause_after(last: Option<(Duration, Instant)>, now: Instant) -> Duration {
    // todo: FIRST for the first failure; twice the `last` pause, but no more than LONGEST, for a later one; and the `last` pause
    // as it is, if that is not over yet (two who asked at the same time have failed together).
    match last {
        None => FIRST,
        Some((pause, until)) if now < until => pause,
        Some((pause, _)) => (2 * pause).min(LONGEST),
    }
    // end todo
}
