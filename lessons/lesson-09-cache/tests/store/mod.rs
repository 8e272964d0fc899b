//! The store: what stays, what goes, and that there is never too much of it.

use std::time::Duration;

use cache::Store;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn what_is_put_is_found_until_it_expires() {
    let now = Instant::now();
    let mut store = Store::new(10);
    store.put("key", 7, 1, MINUTE, now);
    assert_eq!(store.get(&"key", now), Some((&7, now + MINUTE)));
    let just_before = now + MINUTE - Duration::from_millis(1);
    assert!(store.get(&"key", just_before).is_some());
    assert_eq!(store.get(&"key", now + MINUTE), None);
    assert_eq!(store.weight(), 0, "what was seen to be gone takes no room");
}

#[test]
fn a_new_value_takes_the_place_of_the_old_one() {
    let now = Instant::now();
    let mut store = Store::new(10);
    store.put("key", 7, 4, MINUTE, now);
    store.put("key", 8, 3, 2 * MINUTE, now);
    assert_eq!(store.get(&"key", now), Some((&8, now + 2 * MINUTE)));
    assert_eq!(store.weight(), 3);
}

/// A working set stays, whatever else comes by once, and however much of it. (A million would do no more harm than these, and
/// take longer.)
#[test]
fn a_flood_of_one_off_names_does_not_empty_it() {
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

/// Whoever is put a second time was asked for a second time.
#[test]
fn what_was_put_anew_stays_in_a_flood() {
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

/// To have been popular once is not enough: who has settled is judged too, when its turn comes.
#[test]
fn what_is_never_asked_for_again_makes_room() {
    let now = Instant::now();
    let mut store = Store::new(100);
    for key in 0..1_000_u32 {
        store.put(key, (), 1, MINUTE, now);
        store.get(&key, now);
    }
    assert!(store.weight() <= 100);
    let newest = store.get(&999, now);
    assert!(newest.is_some(), "the newest was used, and has gone");
}

/// And who is used between one judgement and the next stays for good. (Once, in the beginning, all that is there was used, and the
/// oldest has to go.)
#[test]
fn what_is_used_again_and_again_stays() {
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
    assert!(missed <= 2, "it was missed {missed} times");
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
    assert!(store.weight() > 60, "{} is hardly anything", store.weight());
}

/// Else the one would drive out all others, and still not fit.
#[test]
fn what_would_not_fit_alone_is_not_taken() {
    let now = Instant::now();
    let mut store = Store::new(100);
    store.put("small", (), 1, MINUTE, now);
    store.put("huge", (), 101, MINUTE, now);
    assert!(store.get(&"huge", now).is_none() && store.get(&"small", now).is_some());
}

/// Whoever has expired is no reason to let others go, however often it was used.
#[test]
fn what_has_expired_goes_first() {
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

/// To have been used is no merit any more, once the time is over: those who are still good do not go in their place.
#[test]
fn what_was_used_and_has_expired_does_not_settle() {
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

/// A key that is put again and again leaves nothing behind.
#[test]
fn a_single_key_takes_a_single_place() {
    let now = Instant::now();
    let mut store = Store::new(10);
    for round in 0..10_000_u32 {
        store.put("key", round, 1, MINUTE, now);
    }
    assert_eq!((store.weight(), store.remove(&"key")), (1, Some(9_999)));
    assert_eq!(store.weight(), 0);
}
