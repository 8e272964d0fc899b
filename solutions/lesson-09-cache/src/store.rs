//! [`Store`]: things that are kept for a while, and never too many of them.
//!
//! What a cache holds is chosen by those who ask. Whoever asks for a million names once each fills any cache; so the question is
//! not only how much is kept, but what has to go. Here it is what nobody came back for:
//!
//! ```text
//!              put                        was it used?
//!     -------------------> [ on trial ] ----------------> yes: [ settled ] <-+
//!                           |                                  |     |       | yes: once more round
//!                           no: gone                           |     +-------+
//!                                                              no: gone
//! ```
//!
//! A newcomer is on trial. When room is needed, the oldest one on trial has to show that it was used meanwhile: then it settles,
//! else it goes. A flood of names that nobody asks for twice drives out nobody but itself.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// What part of the capacity newcomers may take before they are judged, when it is full: one in so many.
const TRIAL_SHARE: usize = 8;
/// How many places of things that are gone a queue may hold, before it is swept.
const STALE: usize = 64;

/// A bounded map whose entries expire. Each entry has a weight, which is what is bounded.
#[derive(Debug, Clone)]
pub struct Store<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// The most that all entries may weigh together, and what they do weigh.
    capacity: usize,
    weight: usize,
    trial: Queue<K>,
    settled: Queue<K>,
    /// The number of the next newcomer.
    next: u64,
}

#[derive(Debug, Clone)]
struct Entry<V> {
    value: V,
    weight: usize,
    expires: Instant,
    /// Its number tells it from an earlier entry of the same key, whose place in a queue may still be there.
    number: u64,
    is_used: bool,
    is_settled: bool,
}

/// Keys in the order in which they will be judged.
#[derive(Debug, Clone)]
struct Queue<K> {
    places: VecDeque<(K, u64)>,
    weight: usize,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Queue {
            places: VecDeque::new(),
            weight: 0,
        }
    }
}

impl<K: Hash + Eq + Clone, V> Store<K, V> {
    /// An empty one, for entries that weigh so much together at the most.
    pub fn new(capacity: usize) -> Store<K, V> {
        Store {
            entries: HashMap::new(),
            capacity,
            weight: 0,
            trial: Queue::default(),
            settled: Queue::default(),
            next: 0,
        }
    }

    /// What all entries weigh together, those that have expired and were not noticed yet included.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// The value of a key, and when it expires; none if it has. Whoever is looked up counts as used.
    pub fn get<Q>(&mut self, key: &Q, now: Instant) -> Option<(&V, Instant)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // todo: Look the entry up. If it expires now or did before, `remove` it and return None; else it is used: return its value,
        // and when it expires.
        if self.entries.get(key)?.expires <= now {
            self.remove(key);
            return None;
        }
        let entry = self.entries.get_mut(key)?;
        entry.is_used = true;
        Some((&entry.value, entry.expires))
        // end todo
    }

    /// Keeps a value for a lifetime, or until there is no more room. It takes the place of what was there.
    pub fn put(&mut self, key: K, value: V, weight: usize, lifetime: Duration, now: Instant) {
        let (was_used, number) = (self.remove(&key).is_some(), self.next);
        if weight > self.capacity {
            return;
        }
        self.next += 1;
        let entry = Entry {
            value,
            weight,
            expires: now + lifetime,
            number,
            // Who is put anew was wanted anew.
            is_used: was_used,
            is_settled: false,
        };
        self.entries.insert(key.clone(), entry);
        self.trial.push(key, number, weight);
        self.weight += weight;
        self.make_room(now);
        self.sweep();
    }

    /// Takes an entry out, and returns its value.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let entry = self.entries.remove(key)?;
        self.weight -= entry.weight;
        let queue = match entry.is_settled {
            true => &mut self.settled,
            false => &mut self.trial,
        };
        queue.weight -= entry.weight;
        Some(entry.value)
    }

    /// Makes room until all entries fit: somebody has to be judged.
    fn make_room(&mut self, now: Instant) {
        // todo: While the entries weigh more than the capacity, `judge` the oldest newcomer, if the newcomers weigh more than a
        // TRIAL_SHARE of the capacity or nobody is settled; else the one that has been settled for longest.
        while self.weight > self.capacity {
            let is_crowded = self.trial.weight > self.capacity / TRIAL_SHARE;
            self.judge(is_crowded || self.settled.weight == 0, now);
        }
        // end todo
    }

    /// The first of a queue stays if it was used since it was last judged, and goes if not.
    fn judge(&mut self, on_trial: bool, now: Instant) {
        let queue = match on_trial {
            true => &mut self.trial,
            false => &mut self.settled,
        };
        let Some((key, number)) = queue.places.pop_front() else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        if entry.number != number {
            return;
        }
        // todo: If it was not used, or has expired, `remove` it. Else take its weight from the queue it was in, mark it as
        // settled and not used, and push it to the settled ones.
        if !entry.is_used || entry.expires <= now {
            self.remove(&key);
            return;
        }
        queue.weight -= entry.weight;
        entry.is_used = false;
        entry.is_settled = true;
        self.settled.push(key, number, entry.weight);
        // end todo
    }

    /// Forgets the places of entries that are gone, when there are many of them.
    fn sweep(&mut self) {
        let places = self.trial.places.len() + self.settled.places.len();
        if places > 2 * self.entries.len() + STALE {
            let entries = &self.entries;
            let is_there = |(key, number): &(K, u64)| {
                entries
                    .get(key)
                    .is_some_and(|entry| entry.number == *number)
            };
            self.trial.places.retain(is_there);
            self.settled.places.retain(is_there);
        }
    }
}

impl<K> Queue<K> {
    fn push(&mut self, key: K, number: u64, weight: usize) {
        self.places.push_back((key, number));
        self.weight += weight;
    }
}
