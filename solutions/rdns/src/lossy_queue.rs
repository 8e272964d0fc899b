//! [`LossyQueue`]: a bounded queue to a thread that writes, for outputs that may block.
//!
//! The sender never waits: what finds no room is lost, and the sender is told so. The log and dnstap
//! write through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// The interval at which [`LossyQueue::finish`] looks whether all items are written.
const FINISH_POLL: Duration = Duration::from_millis(5);

/// The end of the queue for senders.
#[derive(Debug, Clone)]
pub struct LossyQueue {
    items: SyncSender<Vec<u8>>,
    counts: Arc<Counts>,
    max_octets: usize,
}

/// The end of the queue for the thread that writes.
#[derive(Debug)]
pub struct Items {
    items: Receiver<Vec<u8>>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// The number of items in the queue and with the thread that writes.
    waiting: AtomicU64,
    /// The number of octets in the same items.
    octets: AtomicUsize,
}

impl Counts {
    /// Removes items that were written, or lost.
    fn remove(&self, items: u64, octets: usize) {
        self.octets.fetch_sub(octets, Ordering::AcqRel);
        self.waiting.fetch_sub(items, Ordering::AcqRel);
    }
}

impl LossyQueue {
    /// Creates a queue for at most this many items, and at most this many octets in all of them.
    pub fn new(max_items: usize, max_octets: usize) -> (LossyQueue, Items) {
        let (sender, receiver) = sync_channel(max_items);
        let counts = Arc::new(Counts::default());
        let queue = LossyQueue {
            items: sender,
            counts: Arc::clone(&counts),
            max_octets,
        };
        let items = Items {
            items: receiver,
            counts,
        };
        (queue, items)
    }

    /// Puts an item into the queue, if it has room. Returns whether it had.
    pub fn send(&self, item: Vec<u8>) -> bool {
        let length = item.len();
        self.counts.waiting.fetch_add(1, Ordering::AcqRel);
        let before = self.counts.octets.fetch_add(length, Ordering::AcqRel);
        let has_room = before.saturating_add(length) <= self.max_octets;
        let is_sent = has_room && self.items.try_send(item).is_ok();
        if !is_sent {
            self.counts.remove(1, length);
        }
        is_sent
    }

    /// Waits until all items are written, but no longer than `limit`.
    pub fn finish(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while self.counts.waiting.load(Ordering::Acquire) > 0 && Instant::now() < end {
            thread::sleep(FINISH_POLL);
        }
    }
}

impl Items {
    /// Waits for the next item; none once all senders are dropped.
    pub fn next(&self) -> Option<Vec<u8>> {
        self.items.recv().ok()
    }

    /// Returns the next item, if one is there already.
    pub fn next_if_ready(&self) -> Option<Vec<u8>> {
        self.items.try_recv().ok()
    }

    /// Makes room in the queue for as many items and octets: they were written, or lost.
    pub fn remove(&self, items: u64, octets: usize) {
        self.counts.remove(items, octets);
    }
}
