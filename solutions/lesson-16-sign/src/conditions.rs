//! The conditions under which a signature holds, apart from the cryptography (RFC 4035 section
//! 5.3.1).

use crypto::SignatureError;
use digest::is_supported_algorithm;
use dnsparse::{Name, Record, RecordType, Rrsig, WriteError};

use crate::signed_owner::signed_owner;
use crate::time::is_at_or_before;

/// The reason why a signature does not prove an RRset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unverified {
    /// There is no record, or the records are not of one RRset.
    #[error("the records are not one RRset")]
    NoRrset,
    /// The signature covers another type.
    #[error("it covers type {0}")]
    OtherType(RecordType),
    /// The signer is not the zone whose keys are known.
    #[error("{0} signed it, which is not this zone")]
    OtherSigner(Name),
    /// The owner is not in the signer's zone.
    #[error("{0} is outside the signer's zone")]
    OutsideZone(Name),
    /// The signature counts more labels than the owner has, or fewer than the zone's name.
    #[error("the owner cannot have {0} labels")]
    Labels(u8),
    /// Its validity has not begun.
    #[error("it is not valid yet")]
    NotYetValid,
    /// Its validity has ended.
    #[error("it has expired")]
    Expired,
    /// Its algorithm proves nothing: see lesson 15.
    #[error("algorithm {0} is not supported")]
    Algorithm(u8),
    /// No key of the zone has the signature's algorithm and key tag.
    #[error("the zone has no key with tag {0}")]
    NoKey(u16),
    /// No key that has them made the signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// RDATA of a record cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Returns the first condition that a signature does not meet, if there is one. `zone` is the zone
/// whose keys are known.
pub fn unmet_condition(
    rrset: &[Record],
    rrsig: &Rrsig,
    zone: &Name,
    now: u32,
) -> Option<Unverified> {
    let Some(first) = rrset.first() else {
        return Some(Unverified::NoRrset);
    };
    if rrset.iter().any(|record| !record.is_same_rrset(first)) {
        return Some(Unverified::NoRrset);
    }
    if !is_supported_algorithm(rrsig.algorithm) {
        return Some(Unverified::Algorithm(rrsig.algorithm));
    }
    unmet_condition_of_names(first, rrsig, zone).or_else(|| unmet_condition_of_time(rrsig, now))
}

/// Returns the first condition on types and names that a signature does not meet.
fn unmet_condition_of_names(record: &Record, rrsig: &Rrsig, zone: &Name) -> Option<Unverified> {
    // todo: Check the type that is covered, the signer, the zone of the owner, and the number of
    // labels, in this order: `Unverified` has a variant for each. Neither the owner in the reply
    // nor the one that was signed may be outside `zone`.
    if rrsig.type_covered != record.rtype() {
        return Some(Unverified::OtherType(rrsig.type_covered));
    }
    if rrsig.signer != *zone {
        return Some(Unverified::OtherSigner(rrsig.signer.clone()));
    }
    if !record.owner.is_at_or_below(zone) {
        return Some(Unverified::OutsideZone(record.owner.clone()));
    }
    let signed = signed_owner(&record.owner, rrsig.labels);
    let is_in_zone = signed.is_some_and(|signed| signed.is_at_or_below(zone));
    (!is_in_zone).then_some(Unverified::Labels(rrsig.labels))
    // end todo
}

/// Returns the condition on the time that a signature does not meet.
fn unmet_condition_of_time(rrsig: &Rrsig, now: u32) -> Option<Unverified> {
    // todo: Check both ends of the validity: `Unverified` has a variant for each. At the ends
    // themselves, the signature is valid.
    if !is_at_or_before(rrsig.inception, now) {
        return Some(Unverified::NotYetValid);
    }
    (!is_at_or_before(now, rrsig.expiration)).then_some(Unverified::Expired)
    // end todo
}
