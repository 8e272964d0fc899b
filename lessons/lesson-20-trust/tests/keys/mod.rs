//! The keys of a trust point, day by day, with real signatures (RFC 5011).

mod states;

use chain::SignedRrset;
use crypto::Ring;
use dnsparse::{Dnskey, Ds, Name, Rdata, Record, RecordType};
use trust::key_state::KeyState;
use trust::trust_point::{Look, ManagedKey, Sightings, TrustPoint};

use super::tree::signer::{INCEPTION, Key, record};

const DAY: u32 = 86_400;

/// Makes a key that its owner has withdrawn.
fn revoked(seed: u8) -> Key {
    let mut key = Key::new(seed);
    key.dnskey.flags |= 0x80;
    key
}

fn anchor(seed: u8) -> Ds {
    Key::new(seed).ds(&Name::ROOT)
}

/// Makes the root's DNSKEY RRset, with the signatures of some keys.
fn rrset(keys: &[&Key], signers: &[&Key]) -> SignedRrset {
    let dnskey = |key: &&Key| record(&Name::ROOT, Rdata::Dnskey(Box::new(key.dnskey.clone())));
    let keys: Vec<Record> = keys.iter().map(dnskey).collect();
    let signatures = signers.iter().map(|key| key.sign(&Name::ROOT, &keys));
    let section: Vec<Record> = keys.iter().cloned().chain(signatures).collect();
    SignedRrset::find(&section, &Name::ROOT, RecordType::DNSKEY).expect("the root has keys")
}

/// A trust point that starts with the key of seed 1, and writes down what becomes of its keys.
struct Years {
    point: TrustPoint,
    lines: String,
}

impl Years {
    fn new() -> Years {
        Years {
            point: TrustPoint::new(Name::ROOT, &[anchor(1)]),
            lines: String::new(),
        }
    }

    /// Looks at the keys on a day of 2026.
    fn look(&mut self, day: u32, keys: &[&Key], signers: &[&Key]) -> Look {
        let rrset = rrset(keys, signers);
        let look = self
            .point
            .handle_rrset(&rrset, INCEPTION + day * DAY, &Ring);
        let verified = match &look.verified {
            Ok(_) => "validated".to_string(),
            Err(reason) => format!("not validated, {reason}"),
        };
        self.lines.push_str(&format!("day {day}: {verified}"));
        for change in &look.changes {
            self.lines.push_str(&format!(
                "; key {} from {} to {}",
                seed_of(&change.ds),
                state(change.from),
                state(change.to)
            ));
        }
        let trusted = self.point.anchors();
        let mut trusted: Vec<String> = trusted.iter().map(seed_of).collect();
        if trusted.is_empty() {
            trusted.push("none".to_string());
        }
        self.lines
            .push_str(&format!("; trusted: {}\n", trusted.join(" ")));
        look
    }
}

/// Returns the seed of a key that was made from one.
fn seed_of(ds: &Ds) -> String {
    let seed = (1..=60).find(|seed| anchor(*seed) == *ds);
    seed.map_or("?".to_string(), |seed| seed.to_string())
}

/// Writes a state, with its time in days of 2026.
fn state(state: KeyState) -> String {
    let day = |until: u32| (until - INCEPTION) / DAY;
    match state {
        KeyState::AddPending { until } => format!("AddPending until {}", day(until)),
        KeyState::Revoked { until } => format!("Revoked until {}", day(until)),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_new_key_is_trusted_after_thirty_days_and_a_look() {
    let mut years = Years::new();
    let (old, new) = (Key::new(1), Key::new(2));
    years.look(0, &[&old], &[&old]);
    for day in [1, 2, 15, 30, 31, 32] {
        years.look(day, &[&old, &new], &[&old]);
    }
    years.look(33, &[&new], &[&new]);
    insta::assert_snapshot!(years.lines, @r"
    day 0: validated; trusted: 1
    day 1: validated; key 2 from Start to AddPending until 31; trusted: 1
    day 2: validated; trusted: 1
    day 15: validated; trusted: 1
    day 30: validated; trusted: 1
    day 31: validated; key 2 from AddPending until 31 to Valid; trusted: 1 2
    day 32: validated; trusted: 1 2
    day 33: validated; key 1 from Valid to Missing; trusted: 1 2
    ");
}

#[test]
fn a_key_that_vanishes_before_its_time_waits_again() {
    let mut years = Years::new();
    let (old, new) = (Key::new(1), Key::new(2));
    let both = [&old, &new];
    years.look(1, &both, &both[..1]);
    years.look(20, &[&old], &[&old]);
    years.look(21, &both, &both[..1]);
    years.look(40, &both, &both[..1]);
    years.look(51, &both, &both[..1]);
    insta::assert_snapshot!(years.lines, @r"
    day 1: validated; key 2 from Start to AddPending until 31; trusted: 1
    day 20: validated; key 2 from AddPending until 31 to Start; trusted: 1
    day 21: validated; key 2 from Start to AddPending until 51; trusted: 1
    day 40: validated; trusted: 1
    day 51: validated; key 2 from AddPending until 51 to Valid; trusted: 1 2
    ");
}

/// An attacker with an old key, or with none.
#[test]
fn only_a_trusted_key_vouches_for_a_new_one() {
    let mut years = Years::new();
    let (old, new) = (Key::new(1), Key::new(2));
    let both = [&old, &new];
    years.look(0, &both, &[]);
    years.look(1, &both, &[&new]);
    // From here on, the new key is pending, and vouches for nothing yet.
    years.look(2, &both, &[&old]);
    years.look(3, &[&old, &new, &Key::new(3)], &[&new]);
    // A forged reply without the key is no sign that it has gone.
    years.look(10, &[&old], &[]);
    years.look(40, &both, &[&new]);
    years.look(41, &both, &[&old]);
    years.look(42, &[&old, &new, &Key::new(3)], &[&new]);
    insta::assert_snapshot!(years.lines, @r"
    day 0: not validated, it has no signature; trusted: 1
    day 1: not validated, no signature holds: the zone has no key with tag 40119; trusted: 1
    day 2: validated; key 2 from Start to AddPending until 32; trusted: 1
    day 3: not validated, no signature holds: the zone has no key with tag 40119; trusted: 1
    day 10: not validated, it has no signature; trusted: 1
    day 40: not validated, no signature holds: the zone has no key with tag 40119; trusted: 1
    day 41: validated; key 2 from AddPending until 32 to Valid; trusted: 1 2
    day 42: validated; key 3 from Start to AddPending until 72; trusted: 1 2
    ");
}

#[test]
fn a_key_revokes_itself_with_its_own_signature() {
    let (one, two) = (Key::new(1), Key::new(2));
    let mut years = Years::new();
    years.point.add_anchors(&[anchor(2)]);
    years.look(0, &[&one, &two], &[&one]);
    // The other key says that it is revoked: that may not be.
    years.look(1, &[&revoked(1), &two], &[&two]);
    years.look(2, &[&one, &two], &[&two]);
    years.look(3, &[&revoked(1), &two], &[&revoked(1), &two]);
    for day in [10, 33] {
        years.look(day, &[&revoked(1), &two], &[&revoked(1), &two]);
    }
    for day in [34, 62, 63] {
        years.look(day, &[&two], &[&two]);
    }
    // The key comes back, and is not trusted again.
    for day in [64, 100] {
        years.look(day, &[&Key::new(1), &two], &[&two]);
    }
    years.look(101, &[&Key::new(1), &two], &[&Key::new(1)]);
    insta::assert_snapshot!(years.lines, @r"
    day 0: validated; trusted: 1 2
    day 1: validated; key 1 from Valid to Missing; trusted: 1 2
    day 2: validated; key 1 from Missing to Valid; trusted: 1 2
    day 3: validated; key 1 from Valid to Revoked until 33; trusted: 2
    day 10: validated; trusted: 2
    day 33: validated; trusted: 2
    day 34: validated; trusted: 2
    day 62: validated; trusted: 2
    day 63: validated; key 1 from Revoked until 63 to Removed; trusted: 2
    day 64: validated; trusted: 2
    day 100: validated; trusted: 2
    day 101: not validated, no signature holds: the zone has no key with tag 60795; trusted: 2
    ");
}

#[test]
fn a_revoked_key_has_another_tag_and_signs_nothing_else() {
    let (plain, withdrawn) = (Key::new(1), revoked(1));
    let tags = [plain.dnskey.key_tag(), withdrawn.dnskey.key_tag()];
    assert_eq!(tags[1], tags[0] + 128, "key tags without and with REVOKE");
    // The only trusted key revokes itself, beside a new key: the new one is not trusted by that.
    let mut years = Years::new();
    years.look(1, &[&withdrawn, &Key::new(2)], &[&withdrawn]);
    years.look(40, &[&Key::new(2)], &[&Key::new(2)]);
    insta::assert_snapshot!(years.lines, @r"
    day 1: not validated, no key of the zone matches its DS records; key 1 from Valid to Revoked until 31; trusted: none
    day 40: not validated, no key of the zone matches its DS records; trusted: none
    ");
    assert!(
        years.point.anchors().is_empty(),
        "the zone is no trust point"
    );
}

/// Both forms of the only trusted key are there, with and without REVOKE.
#[test]
fn a_revoked_key_vouches_for_no_key_beside_it() {
    let mut years = Years::new();
    let (old, withdrawn) = (&Key::new(1), &revoked(1));
    years.look(1, &[withdrawn, old, &Key::new(2)], &[withdrawn, old]);
    years.look(40, &[withdrawn, old, &Key::new(2)], &[withdrawn, old]);
    insta::assert_snapshot!(years.lines, @r"
    day 1: not validated, no key of the zone matches its DS records; key 1 from Valid to Revoked until 31; trusted: none
    day 40: not validated, no key of the zone matches its DS records; trusted: none
    ");
}

#[test]
fn a_pending_key_that_is_revoked_starts_over() {
    let mut years = Years::new();
    let old = Key::new(1);
    years.look(1, &[&old, &Key::new(2)], &[&old]);
    years.look(5, &[&old, &revoked(2)], &[&old, &revoked(2)]);
    years.look(6, &[&old, &Key::new(2)], &[&old]);
    years.look(35, &[&old, &Key::new(2)], &[&old]);
    insta::assert_snapshot!(years.lines, @r"
    day 1: validated; key 2 from Start to AddPending until 31; trusted: 1
    day 5: validated; key 2 from AddPending until 31 to Start; trusted: 1
    day 6: validated; key 2 from Start to AddPending until 36; trusted: 1
    day 35: validated; trusted: 1
    ");
}

#[test]
fn keys_that_sign_records_alone_never_become_anchors() {
    let old = Key::new(1);
    let mut zone_signing = Key::new(2);
    zone_signing.dnskey.flags = 256;
    let mut no_zone_key = Key::new(3);
    no_zone_key.dnskey.flags = 1;
    let mut years = Years::new();
    for day in [1, 40] {
        let keys = [&old, &zone_signing, &no_zone_key];
        years.look(day, &keys, &[&old]);
    }
    insta::assert_snapshot!(years.lines, @r"
    day 1: validated; trusted: 1
    day 40: validated; trusted: 1
    ");
}

#[test]
fn an_anchor_of_the_operator_counts_at_once_unless_it_was_revoked() {
    let old = Key::new(1);
    let mut years = Years::new();
    years.look(1, &[&old, &Key::new(2)], &[&old]);
    years.point.add_anchors(&[anchor(2), anchor(3)]);
    years.look(2, &[&old, &Key::new(2)], &[&Key::new(2)]);
    years.look(
        3,
        &[&revoked(1), &Key::new(2)],
        &[&revoked(1), &Key::new(2)],
    );
    years.point.add_anchors(&[anchor(1)]);
    years.look(4, &[&Key::new(1), &Key::new(2)], &[&Key::new(1)]);
    insta::assert_snapshot!(years.lines, @r"
    day 1: validated; key 2 from Start to AddPending until 31; trusted: 1
    day 2: validated; key 3 from Valid to Missing; trusted: 1 2 3
    day 3: validated; key 1 from Valid to Revoked until 33; trusted: 2 3
    day 4: not validated, no signature holds: the zone has no key with tag 60795; trusted: 2 3
    ");
}

/// A zone's owner, or an attacker with its key, makes key after key.
#[test]
fn the_number_of_keys_has_a_bound() {
    let mut point = TrustPoint::new(Name::ROOT, &[anchor(1)]);
    for day in 0..10_u8 {
        let new = (0..20).map(|number| Key::new(2 + day * 20 + number));
        let keys: Vec<Key> = [Key::new(1)].into_iter().chain(new).collect();
        let keys: Vec<&Key> = keys.iter().collect();
        let now = INCEPTION + u32::from(day) * DAY;
        point.handle_rrset(&rrset(&keys, &keys[..1]), now, &Ring);
        let count = point.keys().len();
        assert!(count <= 64, "{count} keys on day {day}");
    }
    let pending = |key: &&ManagedKey| matches!(key.state, KeyState::AddPending { .. });
    let pending = point.keys().iter().filter(pending).count();
    assert_eq!(pending, 20, "the keys of the last day alone are pending");
    // More keys than any RRset is looked at for.
    let keys: Vec<Dnskey> = (1..200).map(|seed| Key::new(seed).dnskey).collect();
    let sightings = Sightings {
        validated: Some(&keys),
        revoked: &[],
    };
    point.handle_sightings(sightings, 3_600, INCEPTION + 10 * DAY, &Ring);
    assert_eq!(point.keys().len(), 64, "the keys that are kept account of");
}
