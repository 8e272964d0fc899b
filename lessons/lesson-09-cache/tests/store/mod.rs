//! The store: expiry, eviction, and the bound on the weight.

use std::time::Duration;

use cache::Store;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// Reads a key, and writes its value with the number of seconds after which it expires; or
/// "nothing".
fn read(store: &mut Store<&str, u32>, key: &str, now: Instant) -> String {
    match store.get(key, now) {
        Some((value, expires)) => format!("{value} for {} s", (expires - now).as_secs_f64()),
        None => "nothing".to_owned(),
    }
}

#[test]
fn a_value_can_be_read_until_it_expires() {
    let now = Instant::now();
    let mut store = Store::new(10);
    store.put("key", 7, 1, MINUTE, now);
    assert_eq!(read(&mut store, "key", now), "7 for 60 s");
    assert_eq!(read(&mut store, "other", now), "nothing", "another key");
    let just_before = now + MINUTE - Duration::from_millis(500);
    assert_eq!(
        read(&mut store, "key", just_before),
        "7 for 0.5 s",
        "half a second before it expires"
    );
    assert_eq!(
        read(&mut store, "key", now + MINUTE),
        "nothing",
        "at the moment at which it expires"
    );
    assert_eq!(
        store.weight(),
        0,
        "the weight of the store: an expired entry that was looked up takes no room"
    );
}

#[test]
fn a_new_value_replaces_the_old_one() {
    let now = Instant::now();
    let mut store = Store::new(10);
    store.put("key", 7, 4, MINUTE, now);
    store.put("key", 8, 3, 2 * MINUTE, now);
    assert_eq!(read(&mut store, "key", now), "8 for 120 s");
    assert_eq!(store.weight(), 3, "the weight of the store");
    assert_eq!(store.remove("key"), Some(8), "the value that is removed");
    assert_eq!(read(&mut store, "key", now), "nothing", "after its removal");
    assert_eq!(store.weight(), 0, "the weight of the empty store");
}

#[test]
fn an_update_changes_a_value_in_its_place_and_prolongs_its_life() {
    let now = Instant::now();
    let mut store = Store::new(10);
    let is_updated = store.update("key", MINUTE, now, |value| *value += 1);
    assert!(!is_updated, "an update of a key without a value");
    store.put("key", 7, 1, MINUTE, now);
    let later = now + MINUTE / 2;
    let is_updated = store.update("key", MINUTE, later, |value| *value += 1);
    assert!(is_updated, "an update within the minute of a value");
    assert_eq!(
        read(&mut store, "key", later),
        "8 for 60 s",
        "after an update within the minute"
    );
    let is_updated = store.update("key", MINUTE, later + MINUTE, |value| *value += 1);
    assert!(!is_updated, "an update of a value that has expired");
}

#[test]
fn an_update_is_a_use() {
    let now = Instant::now();
    let mut store = Store::new(8);
    store.put("server", 1, 1, MINUTE, now);
    store.update("server", MINUTE, now, |value| *value += 1);
    for key in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
        store.put(key, 0, 1, MINUTE, now);
    }
    assert_eq!(
        read(&mut store, "server", now),
        "2 for 60 s",
        "the entry that was updated, after ten others in a store for eight"
    );
}

/// A store of numbers, each with the same weight, that counts those that are left.
struct Numbers {
    store: Store<u32, ()>,
    weight: usize,
    now: Instant,
}

impl Numbers {
    fn new(capacity: usize) -> Numbers {
        Numbers {
            store: Store::new(capacity),
            weight: 1,
            now: Instant::now(),
        }
    }

    fn put(&mut self, key: u32) {
        self.store.put(key, (), self.weight, MINUTE, self.now);
    }

    /// Puts a key, and uses it once.
    fn use_new(&mut self, key: u32) {
        self.put(key);
        self.store.get(&key, self.now);
    }

    fn left(&mut self, keys: std::ops::Range<u32>) -> usize {
        let is_left = |key: &u32| self.store.get(key, self.now).is_some();
        keys.filter(is_left).count()
    }
}

/// The working set survives any number of names that are queried only once. (A million of them
/// would evict no more than these, and take longer.)
#[test]
fn a_flood_of_one_off_names_does_not_evict_the_working_set() {
    let mut numbers = Numbers::new(1_000);
    (0..800).for_each(|key| numbers.use_new(key));
    (1_000..101_000).for_each(|key| numbers.put(key));
    assert_eq!(
        numbers.left(0..800),
        800,
        "the keys that are left of 800 that were used once, in a store for 1,000, after 100,000 \
         others were put and not used"
    );
    assert_eq!(numbers.store.weight(), 1_000, "the weight of that store");
}

/// The probation queue has an eighth of a full store, so that a new name has time to be used again.
#[test]
fn new_entries_have_an_eighth_of_a_full_store() {
    // Of heavy entries, an eighth of the weight is fewer entries than an eighth of the capacity.
    for weight in [1, 10] {
        let mut numbers = Numbers::new(800);
        numbers.weight = weight;
        let all = 800 / weight as u32;
        let eighth = all / 8;
        (0..all).for_each(|key| numbers.use_new(key));
        (1_000..3_000).for_each(|key| numbers.put(key));
        let newest = numbers.left(3_000 - eighth..3_000);
        let older = numbers.left(1_000..3_000 - eighth);
        assert_eq!(
            (newest, older, numbers.left(0..all)),
            (eighth as usize, 0, (all - eighth) as usize),
            "the keys that are left in a store for 800, after {all} that were used and 2,000 that \
             were not, each with a weight of {weight}: of the newest {eighth}, of those before \
             these, and of those that were used"
        );
    }
}

/// Each entry that leaves a queue takes its weight along. Otherwise an empty queue would seem to be
/// full, and the store would evict from the wrong one.
#[test]
fn removed_entries_leave_no_weight_behind() {
    let mut numbers = Numbers::new(800);
    for key in 10_000..20_000 {
        numbers.put(key);
        numbers.store.remove(&key);
    }
    (0..800).for_each(|key| numbers.use_new(key));
    (1_000..1_100).for_each(|key| numbers.put(key));
    // These were protected by now.
    (100..200).for_each(|key| {
        numbers.store.remove(&key);
    });
    (2_000..3_000).for_each(|key| numbers.put(key));
    assert_eq!(
        (numbers.left(2_000..3_000), numbers.left(200..800)),
        (200, 600),
        "the keys that are left in a store for 800, of 1,000 new ones and of 600 that were used"
    );
}

/// To put a key a second time counts as a use.
#[test]
fn entries_that_were_put_twice_survive_a_flood() {
    let mut numbers = Numbers::new(100);
    (0..80).chain(0..80).for_each(|key| numbers.put(key));
    (1_000..2_000).for_each(|key| numbers.put(key));
    assert_eq!(
        numbers.left(0..80),
        80,
        "the keys that are left of 80 that were put twice, in a store for 100"
    );
}

/// The protected queue is evicted from too: an entry that is not used again goes.
#[test]
fn protected_entries_without_further_use_are_evicted() {
    let mut numbers = Numbers::new(100);
    (0..1_000).for_each(|key| numbers.use_new(key));
    assert_eq!(numbers.store.weight(), 100, "the weight of a store for 100");
    assert_eq!(
        numbers.left(900..1_000),
        100,
        "the keys that are left of the newest 100 of 1,000, each used once"
    );
}

/// An entry that is used each time before its turn comes stays. (Once, in the beginning, all
/// entries have been used, and the oldest is evicted.)
#[test]
fn an_entry_in_constant_use_stays() {
    let mut numbers = Numbers::new(100);
    let mut misses = 0;
    for key in 1..10_000 {
        numbers.use_new(key);
        if numbers.left(0..1) == 0 {
            numbers.put(0);
            misses += 1;
        }
    }
    assert!(
        misses <= 2,
        "a key that was looked up after each of 10,000 others, in a store for 100, was evicted \
         {misses} times"
    );
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
        let weight = store.weight();
        assert!(weight <= 100, "the weight of a store for 100: {weight}");
    }
    let weight = store.weight();
    assert!(weight > 60, "the weight of a full store for 100: {weight}");
}

/// Storing such a value would evict all other entries, and still not fit it in.
#[test]
fn a_value_heavier_than_the_capacity_is_not_stored() {
    let now = Instant::now();
    let mut store = Store::new(100);
    store.put("small", 1, 1, MINUTE, now);
    store.put("huge", 2, 101, MINUTE, now);
    assert_eq!(read(&mut store, "huge", now), "nothing", "a weight of 101");
    assert_eq!(read(&mut store, "small", now), "1 for 60 s", "beside that");
    let mut store = Store::new(100);
    store.put("whole", 3, 100, MINUTE, now);
    let whole = read(&mut store, "whole", now);
    assert_eq!(whole, "3 for 60 s", "a weight of 100, in an empty store");
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
    assert_eq!(
        left.count(),
        100,
        "the fresh keys in a store for 100: 50 were put before the 50 others expired, 50 after that"
    );
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
    assert_eq!(
        left.count(),
        100,
        "the fresh keys in a store for 100, where 50 others were used and have expired"
    );
}

/// A key that was put many times has one slot in the queues, and that slot leads to its end.
#[test]
fn a_key_that_was_put_many_times_is_evicted_like_any_other() {
    let mut numbers = Numbers::new(100);
    (0..200).for_each(|_| numbers.put(0));
    (1..1_000).for_each(|key| numbers.use_new(key));
    assert_eq!(
        numbers.left(0..1),
        0,
        "the keys that are left of one that was put 200 times, in a store for 100, after 999 others \
         were put and used"
    );
}

/// Stale slots are dropped also while there are many entries, and after many were removed.
#[test]
fn the_queues_stay_short() {
    let mut numbers = Numbers::new(1_000);
    (0..300).for_each(|key| numbers.put(key));
    (0..200).for_each(|key| {
        numbers.store.remove(&key);
    });
    // Each slot prints one parenthesis, and so does the value of each entry.
    let slots = |numbers: &Numbers| {
        let parentheses = format!("{:?}", numbers.store).matches('(').count();
        parentheses - numbers.store.weight()
    };
    for keys in [1, 100] {
        (0..20_000).for_each(|number| numbers.put(200 + number % keys));
        let slots = slots(&numbers);
        assert!(
            slots <= 300,
            "a store with {} entries, into which {keys} keys were put 20,000 times, has {slots} \
             slots, of at most 300",
            numbers.store.weight()
        );
    }
}

/// A key that is put many times weighs no more than its last value, and leaves no list of its
/// earlier ones behind: a client that asks for one name without end must not fill the memory.
#[test]
fn a_key_has_only_one_entry() {
    let now = Instant::now();
    let mut store = Store::new(10);
    for round in 0..10_000_u32 {
        store.put("key", round, 1, MINUTE, now);
    }
    assert_eq!(
        store.weight(),
        1,
        "the weight after 10,000 times of one key"
    );
    let size = format!("{store:?}").len();
    assert!(
        size < 10_000,
        "a store in which one key was put 10,000 times takes {size} characters to print: its queues \
         are full of stale slots"
    );
    assert_eq!(store.remove("key"), Some(9_999), "its value");
    assert_eq!(store.weight(), 0, "the weight after it was removed");
}
