//! The root's true keys.

use chain::TrustAnchors;
use crypto::Ring;
use dnsparse::{Dnskey, Name};
use trust::key_state::KeyState;
use trust::root_history::root_keys;
use trust::trust_point::{Sightings, TrustPoint, ds};

const DAY: u32 = 86_400;
/// 11 January 2025, when the root showed its key of 2024 for the first time.
const NOW: u32 = 1_736_553_600;

fn keys() -> Vec<Dnskey> {
    root_keys().expect("the keys parse")
}

#[test]
fn the_keys_of_2017_and_2024_are_those_that_iana_publishes() {
    let published = TrustAnchors::iana();
    let keys = keys();
    let tags: Vec<u16> = keys.iter().map(Dnskey::key_tag).collect();
    assert_eq!(tags, [19036, 20326, 38696], "the key tags");
    let own = keys[1..]
        .iter()
        .filter_map(|key| ds(&Name::ROOT, key, &Ring));
    assert_eq!(own.collect::<Vec<_>>(), published.of(&Name::ROOT));
}

/// The program of 2020 knows the key of 2017 alone, and runs for years without an update.
#[test]
fn a_resolver_of_2020_trusts_the_key_of_2024_a_month_after_it_is_published() {
    let keys = keys();
    let keys = &keys[1..];
    let anchor = ds(&Name::ROOT, &keys[0], &Ring).expect("ring has SHA-256");
    let mut point = TrustPoint::new(Name::ROOT, &[anchor]);
    let mut trusted_on = None;
    for day in 0..=40 {
        let sightings = Sightings {
            validated: Some(keys),
            revoked: &[],
        };
        point.handle_sightings(sightings, 2 * DAY, NOW + day * DAY, &Ring);
        if point.anchors().len() == 2 {
            trusted_on.get_or_insert(day);
        }
    }
    assert_eq!(
        trusted_on,
        Some(30),
        "the day on which both keys are trusted"
    );
    let states: Vec<_> = point
        .keys()
        .iter()
        .map(|key| (key.ds.key_tag, key.state))
        .collect();
    assert_eq!(
        states,
        [(20326, KeyState::Valid), (38696, KeyState::Valid)],
        "the states afterwards"
    );
}
