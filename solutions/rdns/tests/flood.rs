//! The store's hit rate while a client asks for a million names, once each.
#![cfg(test)]

use std::time::Duration;

use cache::Store;
use tokio::time::Instant;

/// Lesson 9 has the same test with fewer names.
#[test]
fn a_scan_of_a_million_one_off_names_does_not_empty_the_store() {
    let (now, hour) = (Instant::now(), Duration::from_secs(3_600));
    let mut store = Store::new(10_000);
    for key in 0..8_000_u32 {
        store.put(key, (), 1, hour, now);
        store.get(&key, now);
    }
    for key in 1_000_000..2_000_000_u32 {
        store.put(key, (), 1, hour, now);
        assert!(store.weight() <= 10_000);
    }
    let left = (0..8_000).filter(|key| store.get(key, now).is_some());
    assert_eq!(left.count(), 8_000);
}
