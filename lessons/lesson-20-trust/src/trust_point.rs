//! [`TrustPoint`]: a zone whose trust anchors the resolver keeps up to date by itself (RFC 5011).
//!
//! The zone's DNSKEY RRset is its only source. A trusted key that signs it vouches for new keys in it,
//! which are trusted after a month; and each key can withdraw itself.

use std::mem::discriminant;

use chain::{Reason, SignedRrset, dnskeys, verify_rrset};
use crypto::{Crypto, SHA256};
use digest::{EntryPoints, is_zone_key, key_tag, matches, secure_entry_points};
use dnsparse::{Dnskey, Ds, Name};
use sign::{MAX_CANDIDATES, Verified, ZoneKeys, signed_octets, unmet_condition};

use crate::key_state::{HOLD_DOWN, KeyState, Sighting};

/// The flag of a key that its owner has withdrawn (RFC 5011 section 2.1).
pub const REVOKE: u16 = 0x0080;
/// The flag of a key that is meant to be a trust anchor (RFC 4034 section 2.1.1).
const SECURE_ENTRY_POINT: u16 = 0x0001;

/// The largest number of keys of a trust point that are kept account of. The root has had four in
/// fifteen years. Beyond it, new keys are ignored.
pub const MAX_MANAGED_KEYS: usize = 64;

/// A key of a trust point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedKey {
    /// The key, as a DS record of the key without the flag REVOKE.
    pub ds: Ds,
    /// Its state.
    pub state: KeyState,
}

/// A zone with the keys that its trust anchors were, are, or may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPoint {
    /// The zone.
    pub zone: Name,
    keys: Vec<ManagedKey>,
}

/// A key whose state has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub ds: Ds,
    /// Its state before.
    pub from: KeyState,
    /// Its state now.
    pub to: KeyState,
}

/// The keys of a DNSKEY RRset, as far as signatures prove them.
#[derive(Debug, Clone, Copy)]
pub struct Sightings<'k> {
    /// All keys, if a trusted key has signed them.
    pub validated: Option<&'k [Dnskey]>,
    /// The keys with the flag REVOKE that have signed the RRset themselves.
    pub revoked: &'k [Dnskey],
}

/// What a look at the zone's keys has brought.
#[derive(Debug, Clone)]
pub struct Look {
    /// The keys whose state has changed.
    pub changes: Vec<Change>,
    /// The result of the validation, or the reason why no trusted key has signed the RRset.
    pub verified: Result<Verified, Reason>,
}

impl TrustPoint {
    /// Creates a trust point whose anchors the operator, or the program, vouches for.
    pub fn new(zone: Name, anchors: &[Ds]) -> TrustPoint {
        let mut trust_point = TrustPoint::with_keys(zone, Vec::new());
        trust_point.add_anchors(anchors);
        trust_point
    }

    /// Creates a trust point with keys in any state, as they were kept in a file.
    pub fn with_keys(zone: Name, keys: Vec<ManagedKey>) -> TrustPoint {
        TrustPoint { zone, keys }
    }

    /// Adds anchors that the operator, or a new version of the program, vouches for: they are trusted at
    /// once. But a key that was revoked stays so: its owner knows better.
    pub fn add_anchors(&mut self, anchors: &[Ds]) {
        for ds in anchors {
            let valid = KeyState::Valid;
            match self.keys.iter_mut().find(|key| key.ds == *ds) {
                Some(key) if matches!(key.state, KeyState::AddPending { .. }) => key.state = valid,
                Some(_) => {}
                None => self.keys.push(ManagedKey {
                    ds: ds.clone(),
                    state: valid,
                }),
            }
        }
    }

    /// Returns all keys.
    pub fn keys(&self) -> &[ManagedKey] {
        &self.keys
    }

    /// Returns the trust anchors. Without one, the zone is no trust point any more (RFC 5011 section 5).
    pub fn anchors(&self) -> Vec<Ds> {
        let trusted = self.keys.iter().filter(|key| key.state.is_trusted());
        trusted.map(|key| key.ds.clone()).collect()
    }

    /// Handles a DNSKEY RRset of the zone that was received at the time `now`.
    ///
    /// Revoked keys come first: from that moment on, such a key vouches for nothing else, not even for
    /// the RRset in which it is revoked (RFC 5011 section 2.1).
    pub fn handle_rrset(&mut self, rrset: &SignedRrset, now: u32, crypto: &dyn Crypto) -> Look {
        let keys = dnskeys(rrset);
        let is_revoked = |key: &&Dnskey| {
            key.flags & REVOKE != 0
                && self.is_managed(&without_revoke(key), crypto)
                && has_signed(key, rrset, now, crypto)
        };
        let revoked: Vec<Dnskey> = keys.iter().filter(is_revoked).cloned().collect();
        let anchors = self.anchors();
        let is_revoked = |ds: &Ds| {
            let mut revoked = revoked.iter();
            revoked.any(|key| matches(ds, &self.zone, &without_revoke(key), crypto))
        };
        let trusted: Vec<Ds> = anchors.into_iter().filter(|ds| !is_revoked(ds)).collect();
        let verified = self.verify(&trusted, rrset, &keys, now, crypto);
        let sightings = Sightings {
            validated: verified.is_ok().then_some(keys.as_slice()),
            revoked: &revoked,
        };
        let ttl = rrset.records.first().map_or(0, |record| record.ttl);
        let changes = self.handle_sightings(sightings, ttl, now, crypto);
        Look { changes, verified }
    }

    /// Verifies that one of the trusted keys has signed the zone's keys.
    fn verify(
        &self,
        trusted: &[Ds],
        rrset: &SignedRrset,
        keys: &[Dnskey],
        now: u32,
        crypto: &dyn Crypto,
    ) -> Result<Verified, Reason> {
        let EntryPoints::Keys(trusted) = secure_entry_points(&self.zone, trusted, keys, crypto)
        else {
            return Err(Reason::DnskeyMissing);
        };
        let keys: Vec<Dnskey> = trusted.into_iter().cloned().collect();
        let keys = ZoneKeys {
            zone: &self.zone,
            keys: &keys,
        };
        verify_rrset(rrset, keys, now, crypto)
    }

    /// Handles the keys of a DNSKEY RRset with a TTL, of which signatures were verified. Returns the
    /// keys whose state has changed.
    pub fn handle_sightings(
        &mut self,
        sightings: Sightings<'_>,
        ttl: u32,
        now: u32,
        crypto: &dyn Crypto,
    ) -> Vec<Change> {
        let zone = &self.zone;
        let hold_down = HOLD_DOWN.max(ttl);
        let mut changes = Vec::new();
        for key in &mut self.keys {
            let is_it = |other: &Dnskey| matches(&key.ds, zone, other, crypto);
            let mut revoked = sightings.revoked.iter();
            let sighting = match sightings.validated {
                _ if revoked.any(|key| is_it(&without_revoke(key))) => Sighting::Revoked,
                Some(keys) if keys.iter().any(is_it) => Sighting::Present,
                Some(_) => Sighting::Absent,
                None => continue,
            };
            let (from, to) = (key.state, key.state.after(sighting, now, hold_down));
            key.state = to;
            let ds = key.ds.clone();
            // The time of a state alone may change at each look.
            let is_changed = discriminant(&from) != discriminant(&to);
            changes.extend(is_changed.then_some(Change { ds, from, to }));
        }
        self.keys.retain(|key| key.state != KeyState::Start);
        for key in sightings.validated.unwrap_or_default() {
            let is_new = is_zone_key(key)
                && key.flags & SECURE_ENTRY_POINT != 0
                && self.keys.len() < MAX_MANAGED_KEYS
                && !self.is_managed(key, crypto);
            let Some(ds) = is_new.then(|| ds(&self.zone, key, crypto)).flatten() else {
                continue;
            };
            let from = KeyState::Start;
            let to = from.after(Sighting::Present, now, hold_down);
            self.keys.push(ManagedKey {
                ds: ds.clone(),
                state: to,
            });
            changes.push(Change { ds, from, to });
        }
        changes
    }

    fn is_managed(&self, key: &Dnskey, crypto: &dyn Crypto) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|managed| matches(&managed.ds, &self.zone, key, crypto))
    }
}

/// Returns the key as it was before its owner withdrew it: with another key tag.
pub fn without_revoke(key: &Dnskey) -> Dnskey {
    Dnskey {
        flags: key.flags & !REVOKE,
        ..key.clone()
    }
}

/// Whether a key has signed an RRset. Lesson 16 takes no revoked key; here one proves that its owner has
/// withdrawn it, and nothing else.
fn has_signed(key: &Dnskey, rrset: &SignedRrset, now: u32, crypto: &dyn Crypto) -> bool {
    let tag = key_tag(key);
    let is_of_key = |rrsig: &&dnsparse::Rrsig| {
        rrsig.algorithm == key.algorithm
            && rrsig.key_tag == tag
            && unmet_condition(&rrset.records, rrsig, &rrset.owner, now).is_none()
    };
    let signatures = rrset.signatures.iter().filter(is_of_key);
    signatures.take(MAX_CANDIDATES).any(|rrsig| {
        let octets = signed_octets(&rrset.records, rrsig, &rrset.owner);
        octets.is_ok_and(|octets| crypto.verify(key, &octets, &rrsig.signature).is_ok())
    })
}

/// Returns the DS record of a key, with SHA-256.
pub fn ds(zone: &Name, key: &Dnskey, crypto: &dyn Crypto) -> Option<Ds> {
    Some(Ds {
        key_tag: key_tag(key),
        algorithm: key.algorithm,
        digest_type: SHA256,
        digest: crypto.digest(SHA256, &key.digest_input(zone))?,
    })
}
