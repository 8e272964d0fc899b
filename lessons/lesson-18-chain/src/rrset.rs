//! The verification of an RRset with all the signatures that came with it (RFC 4035 section 5.3.3).

use crypto::Crypto;
use sign::{Unverified, Verified, ZoneKeys, verify};

use crate::reason::Reason;
use crate::response::SignedRrset;
use crate::zone_status::Zone;

/// The largest number of signatures over one RRset that may fail in the cryptography before the rest
/// is ignored. Honest RRsets have one signature for each algorithm, and two while a key is replaced.
pub const MAX_FAILED_SIGNATURES: usize = 4;

/// Verifies an RRset of a secure zone.
///
/// # Errors
/// [`Reason::NotAZone`] if another name signed the RRset: the chain of trust to that name ended in
/// `zone`, so it is no zone. Otherwise as [`verify_rrset`].
pub(crate) fn verify_in_zone(
    rrset: &SignedRrset,
    zone: &Zone,
    now: u32,
    crypto: &dyn Crypto,
) -> Result<Verified, Reason> {
    todo!(
        "Verify the RRset as one of this zone. Neither a signature of another `signer` nor a missing one proves it."
    )
}

/// Verifies that one of an RRset's signatures was made with one of the zone's keys, and holds at the
/// time `now`, in seconds since 1970. One is enough: a zone with two algorithms is as secure as the
/// validator's weaker one (RFC 6840 section 5.11).
///
/// # Errors
/// [`Reason::RrsigsMissing`] without a signature, otherwise the most telling reason of those that the
/// signatures have.
pub fn verify_rrset(
    rrset: &SignedRrset,
    keys: ZoneKeys<'_>,
    now: u32,
    crypto: &dyn Crypto,
) -> Result<Verified, Reason> {
    todo!(
        "Verify the RRset by its signatures, however many there are: one that holds is enough. A signature that fails in the cryptography (`Unverified::Signature`) was costly, and MAX_FAILED_SIGNATURES of them are enough, too."
    )
}
