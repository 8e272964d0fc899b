//! The verification of one RRset with one RRSIG record and the keys of its zone (RFC 4035 section
//! 5.3).

use crypto::Crypto;
use digest::{is_zone_key, key_tag};
use dnsparse::{Dnskey, Name, Rdata, Record, Rrsig, WriteError};

use crate::canonical::canonical_rrset;
use crate::conditions::{Unverified, unmet_condition};
use crate::signed_owner::signed_owner;
use crate::time::remaining;

/// The largest number of keys with one algorithm and tag that a signature is verified with. Honest
/// zones have one; KeyTrap (CVE-2023-50387) had hundreds.
pub const MAX_CANDIDATES: usize = 4;

/// The validated keys of a zone.
#[derive(Debug, Clone, Copy)]
pub struct ZoneKeys<'k> {
    /// The zone.
    pub zone: &'k Name,
    /// Its keys, which the chain of trust vouches for.
    pub keys: &'k [Dnskey],
}

/// An RRset that a signature proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The number of seconds for which the records may be cached (RFC 4035 section 5.3.3).
    pub ttl: u32,
    /// The wildcard from which the server made the records. It may do that only if the name itself
    /// does not exist, so that has to be proved as well: lesson 17.
    pub wildcard: Option<Name>,
}

/// Verifies that `rrsig` is a signature of `keys` over `rrset`, and holds at the time `now`, in
/// seconds since 1970.
///
/// # Errors
/// The first reason why it does not: see [`Unverified`].
pub fn verify(
    rrset: &[Record],
    rrsig: &Rrsig,
    keys: ZoneKeys<'_>,
    now: u32,
    crypto: &dyn Crypto,
) -> Result<Verified, Unverified> {
    if let Some(unmet) = unmet_condition(rrset, rrsig, keys.zone, now) {
        return Err(unmet);
    }
    let first = rrset.first().ok_or(Unverified::NoRrset)?;
    let signed = signed_owner(&first.owner, rrsig.labels);
    let signed = signed.ok_or(Unverified::Labels(rrsig.labels))?;
    let candidates = candidates(rrsig, keys);
    if candidates.is_empty() {
        return Err(Unverified::NoKey(rrsig.key_tag)); // before an RRset of 64 KB is sorted
    }
    let octets = signed_octets(rrset, rrsig, &signed)?;
    verify_with_candidates(&octets, rrsig, &candidates, crypto)?;
    Ok(Verified {
        ttl: validated_ttl(lowest_ttl(rrset), rrsig, now),
        wildcard: (signed != first.owner).then_some(signed),
    })
}

/// Returns the octets that were signed: RDATA of the RRSIG record up to the signature, then the RRset
/// in canonical form, under the owner that was signed (RFC 4034 section 3.1.8.1).
///
/// # Errors
/// If a record cannot be written.
pub fn signed_octets(
    rrset: &[Record],
    rrsig: &Rrsig,
    signed_owner: &Name,
) -> Result<Vec<u8>, WriteError> {
    let mut octets = fields(rrsig)?;
    // todo: Append the RRset (`canonical_rrset`) as it was signed, and return the octets.
    octets.extend(canonical_rrset(rrset, signed_owner, rrsig.original_ttl)?);
    Ok(octets)
    // end todo
}

/// Returns RDATA of an RRSIG record without the signature, in canonical form.
fn fields(rrsig: &Rrsig) -> Result<Vec<u8>, WriteError> {
    let rdata = Rdata::Rrsig(Box::new(rrsig.clone()));
    let mut octets = rdata.canonical_octets()?;
    octets.truncate(octets.len().saturating_sub(rrsig.signature.len()));
    Ok(octets)
}

/// Selects the keys that may have made a signature.
fn candidates<'k>(rrsig: &Rrsig, keys: ZoneKeys<'k>) -> Vec<&'k Dnskey> {
    // todo: Select the keys that may have made the signature, and no more than MAX_CANDIDATES: it
    // names its key, though not beyond doubt.
    let is_candidate = |key: &&Dnskey| {
        is_zone_key(key) && key.algorithm == rrsig.algorithm && key_tag(key) == rrsig.key_tag
    };
    let candidates = keys.keys.iter().filter(is_candidate).take(MAX_CANDIDATES);
    candidates.collect()
    // end todo
}

/// Verifies a signature with each key that may have made it.
fn verify_with_candidates(
    octets: &[u8],
    rrsig: &Rrsig,
    candidates: &[&Dnskey],
    crypto: &dyn Crypto,
) -> Result<(), Unverified> {
    let mut result: Result<(), Unverified> = Err(Unverified::NoKey(rrsig.key_tag));
    // todo: Return Ok if one of the candidates made the signature; otherwise the error of the last
    // one.
    for key in candidates {
        match crypto.verify(key, octets, &rrsig.signature) {
            Ok(()) => return Ok(()),
            Err(error) => result = Err(Unverified::Signature(error)),
        }
    }
    result
    // end todo
}

/// Returns the lowest TTL of an RRset. Its records have the same one, unless a server sends others
/// (RFC 2181 section 5.2).
fn lowest_ttl(rrset: &[Record]) -> u32 {
    let ttls = rrset.iter().map(|record| record.ttl);
    ttls.min().unwrap_or(0)
}

/// Returns the number of seconds for which an RRset may be cached. `ttl` is its own.
fn validated_ttl(ttl: u32, rrsig: &Rrsig, now: u32) -> u32 {
    // todo: Return for how long the RRset may be cached: it outlives neither its own TTL, nor the
    // one that was signed, nor the signature (RFC 4035 section 5.3.3; the RRSIG record's own TTL is
    // that of the RRset).
    ttl.min(rrsig.original_ttl).min(remaining(rrsig, now))
    // end todo
}
