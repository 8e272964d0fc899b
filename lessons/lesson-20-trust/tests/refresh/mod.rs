//! The interval at which a resolver looks at the keys of a trust point.

use chain::SignedRrset;
use dnsparse::{Name, Rdata, RecordType};
use trust::refresh::{KeyTimes, LastLook};

use super::tree::signer::{EXPIRATION, INCEPTION, Key, record};

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

#[test]
fn the_interval_follows_the_ttl_and_the_signature() {
    let cases = [
        ("the root", 2 * DAY, 20 * DAY),
        ("a short TTL", HOUR, 20 * DAY),
        ("a TTL of three hours", 3 * HOUR, 20 * DAY),
        ("a signature that ends soon", 2 * DAY, 10 * HOUR),
        ("a signature that ends at once", 2 * DAY, 1),
        ("a long TTL", 60 * DAY, 365 * DAY),
        ("no look before", 0, 0),
    ];
    let lines = cases.map(|(case, original_ttl, validity)| {
        let times = KeyTimes {
            original_ttl,
            validity,
        };
        let interval = |last_look| times.interval(last_look) as f32 / HOUR as f32;
        format!(
            "{case}: {} h after a success, {} h after a failure\n",
            interval(LastLook::Validated),
            interval(LastLook::Failed)
        )
    });
    insta::assert_snapshot!(lines.concat(), @r"
    the root: 24 h after a success, 4.8 h after a failure
    a short TTL: 1 h after a success, 1 h after a failure
    a TTL of three hours: 1.5 h after a success, 1 h after a failure
    a signature that ends soon: 5 h after a success, 1 h after a failure
    a signature that ends at once: 1 h after a success, 1 h after a failure
    a long TTL: 360 h after a success, 24 h after a failure
    no look before: 1 h after a success, 1 h after a failure
    ");
}

#[test]
fn the_times_are_those_of_the_signature_that_ends_first() {
    let zone = Name::ROOT;
    let key = Key::new(1);
    let mut section = vec![record(&zone, Rdata::Dnskey(Box::new(key.dnskey.clone())))];
    let now = INCEPTION + DAY;
    for expiration in [EXPIRATION, now + 3 * DAY, now + 5 * DAY, now - 1] {
        let rrsig = key.sign_from_to(&zone, &section[..1], INCEPTION, expiration);
        section.push(rrsig);
    }
    let rrset = SignedRrset::find(&section, &zone, RecordType::DNSKEY).expect("it has a key");
    let KeyTimes {
        original_ttl,
        validity,
    } = KeyTimes::of(&rrset, now);
    assert_eq!(
        (original_ttl, validity),
        (HOUR, 3 * DAY),
        "the original TTL, and the validity of the signature that ends first and has not ended"
    );
}
