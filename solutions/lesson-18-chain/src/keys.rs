//! The keys of a zone: from its DS records to a DNSKEY RRset that may be trusted (RFC 4035 section
//! 5.2).

use crypto::Crypto;
use digest::{
    EntryPoints, is_supported_algorithm, is_zone_key, key_tag, matches, secure_entry_points,
};
use dnsparse::{Dnskey, Ds, Name, Rdata};
use sign::ZoneKeys;

use crate::reason::Reason;
use crate::response::SignedRrset;
use crate::rrset::verify_rrset;
use crate::status::Cause;

/// What a zone's DNSKEY RRset proves, if it proves anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValidatedKeys {
    /// The zone's keys, and the number of seconds for which they may be cached.
    Keys(Vec<Dnskey>, u32),
    /// The zone counts as unsigned.
    Insecure(Cause),
}

/// Validates the DNSKEY RRset of a zone. `ds_set` is trusted: the parent signed it, or it holds trust
/// anchors.
pub(crate) fn validated_keys(
    ds_set: &[Ds],
    rrset: &SignedRrset,
    now: u32,
    crypto: &dyn Crypto,
) -> Result<ValidatedKeys, Reason> {
    // todo: Decide by the `entry_points` among the `dnskeys` of the RRset: the zone counts as
    // unsigned, or no key of it can be trusted, or it has all the keys of the RRset. An attacker
    // can add a key and a signature to the RRset.
    let zone = &rrset.owner;
    let keys = dnskeys(rrset);
    let entry_points = entry_points(zone, ds_set, &keys, crypto);
    let entry_points: Vec<Dnskey> = match entry_points {
        EntryPoints::Insecure => {
            return Ok(ValidatedKeys::Insecure(insecure_cause(ds_set)));
        }
        EntryPoints::Bogus => return Err(missing_key(zone, ds_set, &keys, crypto)),
        EntryPoints::Keys(entry_points) => entry_points.into_iter().cloned().collect(),
    };
    let trusted = ZoneKeys {
        zone,
        keys: &entry_points,
    };
    let verified = verify_rrset(rrset, trusted, now, crypto)?;
    Ok(ValidatedKeys::Keys(keys, verified.ttl))
    // end todo
}

/// Returns the zone's status as far as its DS records decide it, before its keys are known: insecure
/// if none of them is usable.
pub(crate) fn insecure_by_ds(zone: &Name, ds_set: &[Ds], crypto: &dyn Crypto) -> Option<Cause> {
    match secure_entry_points(zone, ds_set, &[], crypto) {
        EntryPoints::Insecure => Some(insecure_cause(ds_set)),
        _ => None,
    }
}

/// Finds the entry points, without the keys of a size that the cryptography does not take. A DS record
/// of such a key proves as little as one of an unknown algorithm: if all usable ones are like that,
/// the zone is insecure. The DS records decide, and not the keys, since an attacker can leave keys out
/// of the DNSKEY RRset.
fn entry_points<'k>(
    zone: &Name,
    ds_set: &[Ds],
    keys: &'k [Dnskey],
    crypto: &dyn Crypto,
) -> EntryPoints<'k> {
    let found = secure_entry_points(zone, ds_set, keys, crypto);
    let EntryPoints::Keys(entry_points) = &found else {
        return found;
    };
    let is_unsupported = |key: &&&Dnskey| !crypto.supports(key);
    let unsupported: Vec<_> = entry_points.iter().filter(is_unsupported).collect();
    if unsupported.is_empty() {
        return found;
    }
    let proves = |ds: &&Ds| {
        let mut unsupported = unsupported.iter();
        !unsupported.any(|key| matches(ds, zone, key, crypto))
    };
    let ds_set: Vec<Ds> = ds_set.iter().filter(proves).cloned().collect();
    match ds_set.is_empty() {
        true => EntryPoints::Insecure,
        false => secure_entry_points(zone, &ds_set, keys, crypto),
    }
}

/// Returns the reason why no DS record is usable.
fn insecure_cause(ds_set: &[Ds]) -> Cause {
    let mut supported = ds_set
        .iter()
        .filter(|ds| is_supported_algorithm(ds.algorithm));
    match supported.next() {
        None => Cause::Algorithms,
        Some(_) if supported_digests(ds_set) => Cause::KeySizes,
        Some(_) => Cause::Digests,
    }
}

fn supported_digests(ds_set: &[Ds]) -> bool {
    let is_usable = |ds: &Ds| {
        is_supported_algorithm(ds.algorithm) && digest::is_supported_digest(ds.digest_type)
    };
    ds_set.iter().any(is_usable)
}

/// Returns the reason why no key matches a DS record: there is none, or it may not sign.
fn missing_key(zone: &Name, ds_set: &[Ds], keys: &[Dnskey], crypto: &dyn Crypto) -> Reason {
    let may_not_sign = |key: &&Dnskey| !is_zone_key(key);
    let is_vouched_for = |key: &Dnskey| {
        ds_set.iter().take(digest::MAX_DS).any(|ds| {
            let has_numbers = ds.algorithm == key.algorithm && ds.key_tag == key_tag(key);
            let digest = || crypto.digest(ds.digest_type, &key.digest_input(zone));
            has_numbers && digest().is_some_and(|digest| digest == ds.digest)
        })
    };
    let mut not_zone_keys = keys.iter().take(digest::MAX_KEYS).filter(may_not_sign);
    match not_zone_keys.any(is_vouched_for) {
        true => Reason::NotZoneKey,
        false => Reason::DnskeyMissing,
    }
}

/// Returns the keys of a DNSKEY RRset, as many as lesson 15 compares with DS records: each signature of
/// the zone is compared with each of them.
pub fn dnskeys(rrset: &SignedRrset) -> Vec<Dnskey> {
    let keys = rrset
        .records
        .iter()
        .filter_map(|record| match &record.rdata {
            Rdata::Dnskey(key) => Some((**key).clone()),
            _ => None,
        });
    keys.take(digest::MAX_KEYS).collect()
}
