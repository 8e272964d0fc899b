//! Lesson 9: does it remember, for as long as it may, and never too much?
#![cfg(test)]

use std::time::Duration;

use cache::Store;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// A working set stays, whatever else comes by once.
#[test]
fn a_scan_of_a_million_names_does_not_empty_it() {
    let now = Instant::now();
    let mut store = Store::new(1_000);
    for key in 0..800_u32 {
        store.put(key, (), 1, MINUTE, now);
        store.get(&key, now);
    }
    for key in 1_000..1_001_000_u32 {
        store.put(key, (), 1, MINUTE, now);
    }
    let left = (0..800).filter(|key| store.get(key, now).is_some()).count();
    assert_eq!(left, 800);
    assert!(store.weight() <= 1_000);
}

#[test]
fn what_is_never_asked_for_again_makes_room() {
    let now = Instant::now();
    let mut store = Store::new(100);
    for key in 0..1_000_u32 {
        store.put(key, (), 1, MINUTE, now);
        store.get(&key, now);
    }
    assert!(store.weight() <= 100);
    assert!(store.get(&999, now).is_some());
}
