//! From all DS records of a zone to its secure entry points (RFC 4035 section 5.2, RFC 4509 section
//! 3, RFC 6840 section 5.2).

use crypto::{Crypto, SHA1};
use dnsparse::{Dnskey, Ds, Name};

use crate::algorithms::{is_supported_algorithm, is_supported_digest};
use crate::ds::matches;

/// The largest number of keys of a zone that are compared with DS records. The root has three to
/// five; a server that sends hundreds wants the validator to work.
pub const MAX_KEYS: usize = 32;
/// The largest number of a zone's DS records that are compared with its keys.
pub const MAX_DS: usize = 32;

/// The keys with which the chain of trust goes on in a zone, or the reason why it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryPoints<'k> {
    /// Keys that match a DS record of the parent. One of them has to sign the zone's DNSKEY RRset.
    Keys(Vec<&'k Dnskey>),
    /// No DS record is usable, so the zone counts as unsigned.
    Insecure,
    /// DS records are usable, and no key matches them: an attacker's keys, or an operator's mistake. Or
    /// there is no DS record at all, so that nothing vouches for the keys.
    Bogus,
}

/// Finds the keys of `zone` that match its DS records. `ds_set` was validated with the parent's keys.
pub fn secure_entry_points<'k>(
    zone: &Name,
    ds_set: &[Ds],
    keys: &'k [Dnskey],
    crypto: &dyn Crypto,
) -> EntryPoints<'k> {
    // todo: Decide between the three outcomes, as they are described above. However many records
    // there are, no more than MAX_KEYS keys are compared, with no more than MAX_DS `usable` DS
    // records.
    if ds_set.is_empty() {
        // Without DS records the zone may be unsigned. That has to be proved: lesson 17.
        return EntryPoints::Bogus;
    }
    let usable = usable(ds_set);
    if usable.is_empty() {
        return EntryPoints::Insecure;
    }
    let is_entry_point = |key: &&Dnskey| {
        let mut candidates = usable.iter().take(MAX_DS);
        candidates.any(|ds| matches(ds, zone, key, crypto))
    };
    let entry_points: Vec<_> = keys.iter().take(MAX_KEYS).filter(is_entry_point).collect();
    match entry_points.is_empty() {
        true => EntryPoints::Bogus,
        false => EntryPoints::Keys(entry_points),
    }
    // end todo
}

/// Selects the DS records that prove something: those of supported algorithms and digests; and among
/// these, not the ones with SHA-1 if there are others (RFC 4509 section 3).
fn usable(ds_set: &[Ds]) -> Vec<&Ds> {
    // todo: Select the DS records that prove something. None of them is left out, and no attacker
    // gets to choose the weakest one.
    let is_supported =
        |ds: &&Ds| is_supported_algorithm(ds.algorithm) && is_supported_digest(ds.digest_type);
    let mut usable: Vec<&Ds> = ds_set.iter().filter(is_supported).collect();
    if usable.iter().any(|ds| ds.digest_type != SHA1) {
        usable.retain(|ds| ds.digest_type != SHA1);
    }
    usable
    // end todo
}
