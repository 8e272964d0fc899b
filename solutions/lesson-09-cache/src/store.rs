//! [`Store`]: a bounded map whose entries expire.
//!
//! A resolver's clients decide which names it caches, and one client that asks for a million names
//! once each fills any cache. So the size is not the only question: the other is which entry to
//! evict. This store evicts the entries that have not been used again:
//!
//! ```text
//!              put                          was it used?
//!     -------------------> [ probation ] -----------------> yes: [ protected ] <-+
//!                                |                                 |     |       | yes: once more
//!                                no: evicted                       |     +-------+
//!                                                                  no: evicted
//! ```
//!
//! The algorithm is a two-queue FIFO with second chance. A new entry begins in the *probation*
//! queue. When room is needed, the oldest entry there moves to the *protected* queue if it has been
//! used since it was put, and is evicted otherwise. So a flood of names that are asked for once
//! evicts only itself.
//!
//! The algorithm is close to S3-FIFO (Yang et al., SOSP 2023). It differs in that it has no *ghost
//! queue*, which lists the keys that were evicted lately; in that it keeps one bit for each entry
//! (the *reference bit* of the CLOCK algorithm) in place of a counter; and in that its entries have
//! weights, and expire.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// The divisor of the capacity for the share of the probation queue: an eighth. In a full store, a
/// larger probation queue gives up its entries before the protected queue does.
const PROBATION_SHARE: usize = 8;
/// The number of stale slots that the queues may hold, beyond one for each entry, before they are
/// compacted.
const MAX_STALE: usize = 64;

/// A bounded map whose entries expire. Each entry has a weight; the bound is on their sum.
#[derive(Debug, Clone)]
pub struct Store<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// The limit on the weight of all entries together.
    capacity: usize,
    /// The weight of all entries together.
    weight: usize,
    probation: Queue<K>,
    protected: Queue<K>,
    /// The generation of the next entry.
    next_generation: u64,
}

#[derive(Debug, Clone)]
struct Entry<V> {
    value: V,
    weight: usize,
    expires: Instant,
    /// A number that no other entry has. It tells the entry from an earlier one with the same key,
    /// whose slot may still be in a queue.
    generation: u64,
    /// The reference bit: the entry has been used since it entered its queue.
    is_used: bool,
    is_protected: bool,
}

/// The keys of entries, the oldest first.
#[derive(Debug, Clone)]
struct Queue<K> {
    /// The key and the generation of each entry. A slot is *stale* once its entry has been removed.
    slots: VecDeque<(K, u64)>,
    /// The weight of the queue's entries together, without the stale slots.
    weight: usize,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Queue {
            slots: VecDeque::new(),
            weight: 0,
        }
    }
}

impl<K: Hash + Eq + Clone, V> Store<K, V> {
    /// Creates an empty store for entries that together weigh at most `capacity`.
    pub fn new(capacity: usize) -> Store<K, V> {
        Store {
            entries: HashMap::new(),
            capacity,
            weight: 0,
            probation: Queue::default(),
            protected: Queue::default(),
            next_generation: 0,
        }
    }

    /// Returns the weight of all entries together, including those that have expired but are not
    /// removed yet.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Returns the value of a key and the time at which it expires, and marks the entry as used.
    /// An expired entry is removed instead.
    pub fn get<Q>(&mut self, key: &Q, now: Instant) -> Option<(&V, Instant)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // todo: Return the value of the entry and the time at which it expires, and mark the entry.
        // One that has expired is removed.
        if self.entries.get(key)?.expires <= now {
            self.remove(key);
            return None;
        }
        let entry = self.entries.get_mut(key)?;
        entry.is_used = true;
        Some((&entry.value, entry.expires))
        // end todo
    }

    /// Stores a value until its lifetime ends or its room is needed. It replaces the key's earlier
    /// value. A value that weighs more than the capacity is not stored.
    pub fn put(&mut self, key: K, value: V, weight: usize, lifetime: Duration, now: Instant) {
        let is_replacement = self.remove(&key).is_some();
        if weight > self.capacity {
            return;
        }
        let generation = self.next_generation;
        self.next_generation += 1;
        let entry = Entry {
            value,
            weight,
            expires: now + lifetime,
            generation,
            // A resolver stores a key again because a client has asked for it again: that is a use.
            is_used: is_replacement,
            is_protected: false,
        };
        self.entries.insert(key.clone(), entry);
        self.probation.push(key, generation, weight);
        self.weight += weight;
        self.make_room(now);
        self.compact();
    }

    /// Changes the value of a key in its place, and lets the entry live for `lifetime` from now on.
    /// Returns whether there was one that has not expired.
    pub fn update<Q>(
        &mut self,
        key: &Q,
        lifetime: Duration,
        now: Instant,
        change: impl FnOnce(&mut V),
    ) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let entry = self.entries.get_mut(key);
        let Some(entry) = entry.filter(|entry| entry.expires > now) else {
            return false;
        };
        change(&mut entry.value);
        (entry.expires, entry.is_used) = (now + lifetime, true);
        true
    }

    /// Removes an entry and returns its value.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let entry = self.entries.remove(key)?;
        self.weight -= entry.weight;
        let queue = match entry.is_protected {
            true => &mut self.protected,
            false => &mut self.probation,
        };
        queue.weight -= entry.weight;
        Some(entry.value)
    }

    /// Returns the value of a key that has not expired, and the time at which it expires. The entry
    /// is not marked as used.
    pub fn peek(&self, key: &K, now: Instant) -> Option<(&V, Instant)> {
        let entry = self.entries.get(key).filter(|entry| entry.expires > now)?;
        Some((&entry.value, entry.expires))
    }

    /// Returns the keys of all entries, in no order, also of those that have expired.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.keys()
    }

    /// Evicts entries until the rest weigh no more than the capacity.
    fn make_room(&mut self, now: Instant) {
        // todo: Have queues `evict_or_protect` entries until all weigh no more than the capacity.
        // PROBATION_SHARE says which queue gives up entries first; and an empty queue has none to
        // give.
        while self.weight > self.capacity {
            let is_over_share = self.probation.weight > self.capacity / PROBATION_SHARE;
            self.evict_or_protect(is_over_share || self.protected.weight == 0, now);
        }
        // end todo
    }

    /// Takes the first slot of a queue: the probation queue, or else the protected one. Its entry
    /// moves to the end of the protected queue if it has been used, and is evicted otherwise. A
    /// stale slot is dropped.
    fn evict_or_protect(&mut self, from_probation: bool, now: Instant) {
        let queue = match from_probation {
            true => &mut self.probation,
            false => &mut self.protected,
        };
        let Some((key, generation)) = queue.slots.pop_front() else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        if entry.generation != generation {
            return;
        }
        // todo: Evict the entry (`remove`), unless it has earned a place in the protected queue.
        // There, it has to be used again. Each queue has the weight of its entries.
        if !entry.is_used || entry.expires <= now {
            self.remove(&key);
            return;
        }
        queue.weight -= entry.weight;
        entry.is_used = false;
        entry.is_protected = true;
        self.protected.push(key, generation, entry.weight);
        // end todo
    }

    /// Drops the stale slots of both queues, once there are many of them.
    fn compact(&mut self) {
        let slots = self.probation.slots.len() + self.protected.slots.len();
        if slots > 2 * self.entries.len() + MAX_STALE {
            let entries = &self.entries;
            let is_current = |(key, generation): &(K, u64)| {
                entries
                    .get(key)
                    .is_some_and(|entry| entry.generation == *generation)
            };
            self.probation.slots.retain(is_current);
            self.protected.slots.retain(is_current);
        }
    }
}

impl<K> Queue<K> {
    fn push(&mut self, key: K, generation: u64, weight: usize) {
        self.slots.push_back((key, generation));
        self.weight += weight;
    }
}
