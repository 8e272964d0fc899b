//! [`Recent`]: the evidence of the last seconds, however full the cache of evidence is.
//!
//! A search fetches one part of an answer after the other, and they are validated together at its
//! end. Meanwhile the replies for other searches may fill a cache that is small, or under attack: then
//! the evidence of the first part would be gone, the answer could not be validated, and fetching it
//! again would end the same way.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::evidence::{Received, Subject};

/// The time for which evidence is kept here: longer than a search may take (`chase::DEADLINE`).
const LIFETIME: Duration = Duration::from_secs(5);
/// The maximum weight of all evidence here, in records: that of some 10,000 replies.
const MOST: usize = 32_768;

/// The evidence that came last.
#[derive(Debug, Default)]
pub(super) struct Recent {
    newest: HashMap<Subject, Entry>,
    /// The oldest one first; with those that a newer one for the same subject has replaced.
    order: VecDeque<(Subject, Entry)>,
    weight: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    received: Arc<Received>,
    weight: usize,
    time: Instant,
}

impl Recent {
    /// Stores evidence of the given weight.
    pub(super) fn put(
        &mut self,
        subject: Subject,
        received: Arc<Received>,
        weight: usize,
        time: Instant,
    ) {
        let entry = Entry {
            received,
            weight,
            time,
        };
        self.newest.insert(subject.clone(), entry.clone());
        self.order.push_back((subject, entry));
        self.weight += weight;
        while let Some((_, oldest)) = self.order.front()
            && (self.weight > MOST || oldest.has_expired(time))
        {
            self.remove_oldest();
        }
    }

    /// Returns the evidence for a subject, as it came last.
    pub(super) fn get(&self, subject: &Subject, now: Instant) -> Option<&Arc<Received>> {
        let entry = self.newest.get(subject)?;
        (!entry.has_expired(now)).then_some(&entry.received)
    }

    fn remove_oldest(&mut self) {
        let Some((subject, oldest)) = self.order.pop_front() else {
            return;
        };
        self.weight = self.weight.saturating_sub(oldest.weight);
        let is_newest = |entry: &Entry| Arc::ptr_eq(&entry.received, &oldest.received);
        if self.newest.get(&subject).is_some_and(is_newest) {
            self.newest.remove(&subject);
        }
    }
}

impl Entry {
    fn has_expired(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.time) > LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dnssec::evidence::Evidence;

    fn subject(number: u32) -> Subject {
        Subject::NxDomain(format!("n{number}.test").parse().unwrap())
    }

    fn put(recent: &mut Recent, number: u32, weight: usize, time: Instant) {
        let received = Received {
            evidence: Evidence::default(),
            server: std::net::Ipv4Addr::LOCALHOST.into(),
            zone: dnsparse::Name::ROOT,
            has_edns: true,
        };
        recent.put(subject(number), Arc::new(received), weight, time);
    }

    #[test]
    fn evidence_is_kept_for_a_search_and_no_longer() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        put(&mut recent, 1, 2, start);
        let end = start + chase::DEADLINE;
        for number in 2..5_000 {
            put(&mut recent, number, 2, end);
        }
        assert!(
            recent.get(&subject(1), end).is_some(),
            "after 4.5 s and 5,000 others"
        );
        assert!(
            recent.get(&subject(1), start + 2 * LIFETIME).is_none(),
            "after 10 s"
        );
        put(&mut recent, 9, 2, start + 3 * LIFETIME);
        let left = (recent.newest.len(), recent.order.len(), recent.weight);
        assert_eq!(left, (1, 1, 2), "all others have expired");
    }

    #[test]
    fn a_replaced_entry_does_not_take_the_new_one_along() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        put(&mut recent, 1, 2, start);
        put(&mut recent, 1, 2, start + LIFETIME);
        put(&mut recent, 2, 2, start + 2 * LIFETIME);
        assert!(recent.get(&subject(1), start + 2 * LIFETIME).is_some());
    }

    #[test]
    fn the_weight_is_bounded() {
        let (mut recent, now) = (Recent::default(), Instant::now());
        for number in 0..1_000 {
            put(&mut recent, number, 300, now);
        }
        assert!(recent.weight <= MOST, "weight {}", recent.weight);
        assert!(
            recent.get(&subject(999), now).is_some(),
            "the newest is there"
        );
        assert!(recent.get(&subject(0), now).is_none(), "the oldest is not");
    }
}
