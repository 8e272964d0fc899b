//! [`Counters`]: the numbers of queries and replies since the start, which [`crate::stats`] prints.
//!
//! Each is one relaxed atomic number: it is read alone, so it needs no order with other memory.

use std::sync::atomic::{AtomicU64, Ordering};

use dnsparse::{Header, Rcode};

/// A number that never goes down: Prometheus takes a lower one for a restart of the server.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one more.
    pub fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Raises the number to another one, if it is lower. Returns the number.
    pub fn raise_to(&self, number: u64) -> u64 {
        self.0.fetch_max(number, Ordering::Relaxed).max(number)
    }
}

/// The counters of a service.
#[derive(Debug, Default)]
pub struct Counters {
    /// Queries that had no reply from the reply cache.
    pub searched: Counter,
    /// Replies from the reply cache, those about blocked names left out.
    pub hits: Counter,
    /// Replies about blocked names from the reply cache.
    pub blocked_hits: Counter,
    /// Other replies about blocked names.
    pub blocked: Counter,
    /// Replies with SERVFAIL, those about bogus answers included.
    pub servfail: Counter,
    /// Replies with SERVFAIL about bogus answers.
    pub bogus: Counter,
    /// Stale replies.
    pub stale: Counter,
    /// Answers that were fetched again before they expired.
    pub prefetches: Counter,
    /// Queries and connections that access control refuses.
    pub refused: Counter,
    /// Queries that got no place.
    pub overloaded: Counter,
    /// The number of hits that was last reported.
    pub reported_hits: Counter,
}

/// The kind of a reply, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// None of the others.
    Other,
    /// An answer whose TTLs have ended.
    Stale,
    /// The reply that a blocklist makes.
    Blocked,
    /// SERVFAIL, since validation has found the answer bogus.
    Bogus,
}

impl Counters {
    /// Counts a query that was not answered from the reply cache, and its reply.
    pub fn count_reply(&self, reply: &[u8], kind: Kind) {
        self.searched.add_one();
        match kind {
            Kind::Other => {}
            Kind::Stale => self.stale.add_one(),
            Kind::Blocked => self.blocked.add_one(),
            Kind::Bogus => self.bogus.add_one(),
        }
        if Header::parse(reply).is_ok_and(|header| header.rcode == Rcode::SERVFAIL) {
            self.servfail.add_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_does_not_go_down() {
        let counter = Counter::default();
        let reported = [5, 4, 6].map(|number| counter.raise_to(number));
        assert_eq!(reported, [5, 5, 6]);
    }
}
