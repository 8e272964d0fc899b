//! [`Context`]: everything that a validation needs besides the response.

use crypto::Crypto;

use crate::anchors::TrustAnchors;
use crate::proofs::Proofs;
use crate::zone_status::KnownZones;

/// The surroundings of a validation: borrowed for one call at a time, so that a validation may wait
/// for replies between two calls without holding on to a cache.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The keys that are trusted without proof.
    pub anchors: &'c TrustAnchors,
    /// Zones from earlier validations, for which nothing has to be looked up again.
    pub known: &'c dyn KnownZones,
    /// The records that may prove an absence: NSEC ([`crate::Nsec`]), or NSEC3 as well (lesson 19).
    pub proofs: &'c dyn Proofs,
    /// The time, in seconds since 1970.
    pub now: u32,
    /// Digests and signatures.
    pub crypto: &'c dyn Crypto,
}
