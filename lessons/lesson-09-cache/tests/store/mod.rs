//! The store: expiry, eviction, and the bound on the weight.

use std::time::Duration;

use cache::Store;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_value_can_be_read_until_it_expires() {
    let now = Instant::now();
    let mut store = Store::new(10);
    store.put("key", 7, 1, MINUTE, now);
    assert_eq!(store.get(&"key", now), Some((&7, now + MINUTE)));
    let just_before = now + MINUTE - Duration::from_millis(1);
    assert!(store.get(&"key", just_before).is_some());
    assert_eq!(store.get(&"key", now + MINUTE), None);
    assert_eq!(
        store.weight(),
        0,
        "an expired entry that was looked up takes no room"
    );
}

#[test]
fn a_new_value_replaces_the_old_one() {
    let now = Instant::now();
    let mut store = Store::new(10);
    store.put("key", 7, 4, MINUTE, now);
    store.put("key", 8, 3, 2 * MINUTE, now);
    assert_eq!(store.get(&"key", now), Some((&8, now + 2 * MINUTE)));
    assert_eq!(store.weight(), 3);
}

/// The working set survives any number of names that are asked for only once. (A million of them
/// would evict no more than these, and take longer.)
#[test]
fn a_flood_of_one_off_names_does_not_evict_the_working_set() {
    let now = Instant::now();
    let mut store = Store::new(1_000);
    for key in 0..800_u32 {
        store.put(key, (), 1, MINUTE, now);
        store.get(&key, now);
    }
    for key in 1_000..101_000_u32 {
        store.put(key, (), 1, MINUTE, now);
    }
    let left = (0..800).filter(|key| store.get(key, now).is_some()).count();
    assert_eq!(left, 800);
    assert!(store.weight() <= 1_000);
}

/// To put a key a second time counts as a use.
#[test]
fn entries_that_were_put_twice_survive_a_flood() {
    let now = Instant::now();
    let mut store = Store::new(100);
    for key in (0..80_u32).chain(0..80) {
        store.put(key, (), 1, MINUTE, now);
    }
    for key in 1_000..2_000 {
        store.put(key, (), 1, MINUTE, now);
    }
    let left = (0..80).filter(|key| store.get(key, now).is_some());
    assert_eq!(left.count(), 80);
}

/// The protected queue is evicted from too: an entry that is not used again goes.
#[test]
fn protected_entries_without_further_use_are_evicted() {
    let now = Instant::now();
    let mut store = Store::new(100);
    for key in 0..1_000_u32 {
        store.put(key, (), 1, MINUTE, now);
        store.get(&key, now);
    }
    assert!(store.weight() <= 100);
    let newest = store.get(&999, now);
    assert!(
        newest.is_some(),
        "the newest entry was used, and yet evicted"
    );
}

/// An entry that is used each time before its turn comes stays. (Once, in the beginning, all
/// entries have been used, and the oldest is evicted.)
#[test]
fn an_entry_in_constant_use_stays() {
    let now = Instant::now();
    let mut store = Store::new(100);
    let mut missed = 0;
    for key in 1..10_000_u32 {
        store.put(key, (), 1, MINUTE, now);
        store.get(&key, now);
        if store.get(&0, now).is_none() {
            store.put(0, (), 1, MINUTE, now);
            missed += 1;
        }
    }
    assert!(missed <= 2, "there were {missed} misses");
}

#[test]
fn the_bound_is_on_the_weight() {
    let now = Instant::now();
    let mut store = Store::new(100);
    for key in 0..1_000_u32 {
        store.put(key, (), 1 + key as usize % 30, MINUTE, now);
        if key % 3 == 0 {
            store.get(&key, now);
        }
        assert!(store.weight() <= 100, "{} after {key}", store.weight());
    }
    assert!(store.weight() > 60, "a weight of only {}", store.weight());
}

/// Otherwise it would evict all other entries, and still not fit.
#[test]
fn a_value_heavier_than_the_capacity_is_not_stored() {
    let now = Instant::now();
    let mut store = Store::new(100);
    store.put("small", (), 1, MINUTE, now);
    store.put("huge", (), 101, MINUTE, now);
    assert!(store.get(&"huge", now).is_none() && store.get(&"small", now).is_some());
}

/// Expired entries are evicted before fresh ones, even if they have been used.
#[test]
fn expired_entries_are_evicted_first() {
    let now = Instant::now();
    let mut store = Store::new(100);
    for key in 0..100_u32 {
        let lifetime = if key < 50 { MINUTE } else { 60 * MINUTE };
        store.put(key, (), 1, lifetime, now);
        store.get(&key, now);
    }
    let later = now + MINUTE;
    for key in 100..150_u32 {
        store.put(key, (), 1, MINUTE, later);
        store.get(&key, later);
    }
    let left = (50..150).filter(|key| store.get(key, later).is_some());
    assert_eq!(left.count(), 100);
}

/// An expired entry gets no second chance: no fresh entry is evicted in its place.
#[test]
fn a_used_entry_that_has_expired_is_not_protected() {
    let now = Instant::now();
    let mut store = Store::new(100);
    for key in 0..50_u32 {
        store.put(key, (), 1, MINUTE, now);
        store.get(&key, now);
    }
    for key in 50..100 {
        store.put(key, (), 1, 60 * MINUTE, now);
    }
    let later = now + MINUTE;
    for key in 100..150 {
        store.put(key, (), 1, MINUTE, later);
    }
    let left = (50..150).filter(|key| store.get(key, later).is_some());
    assert_eq!(left.count(), 100);
}

/// A key that is put many times weighs no more than its last value.
#[test]
fn a_key_has_only_one_entry() {
    let now = Instant::now();
    let mut store = Store::new(10);
    for round in 0..10_000_u32 {
        store.put("key", round, 1, MINUTE, now);
    }
    assert_eq!((store.weight(), store.remove(&"key")), (1, Some(9_999)));
    assert_eq!(store.weight(), 0);
}
