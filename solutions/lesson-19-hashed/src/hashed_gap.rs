//! One NSEC3 record: a hash, the next one, and the gap between them (RFC 5155 section 3).

use dnsparse::{Name, Rdata, Record, RecordType, TypeBitmap};
use sign::Verified;

use crate::hash::Hash;

/// The flag of a gap that may have delegations without DS records in it (RFC 5155 section 6).
const OPT_OUT: u8 = 1;
/// The only hash algorithm: SHA-1 (RFC 5155 section 11).
const HASH_SHA1: u8 = 1;

/// An NSEC3 record whose signature was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashedGap<'r> {
    /// The hash of a name that exists.
    pub owner: Hash,
    /// The next hash of a name that exists; after the last one, the first.
    pub next: Hash,
    /// The types at the name whose hash the owner is.
    pub types: &'r TypeBitmap,
    /// Whether delegations without DS records have been left out.
    pub is_opt_out: bool,
}

impl<'r> HashedGap<'r> {
    /// Returns the gap of a verified NSEC3 record of `zone`. `None` for any other record; for one that
    /// was made from a wildcard, with another hash algorithm, or with flags that mean something that is
    /// not known (RFC 5155 sections 8.1 and 8.2); and for one whose hashes have another length.
    pub fn new(record: &'r Record, verified: &Verified, zone: &Name) -> Option<HashedGap<'r>> {
        let Rdata::Nsec3(nsec3) = &record.rdata else {
            return None;
        };
        let is_known = nsec3.hash_algorithm == HASH_SHA1 && nsec3.flags & !OPT_OUT == 0;
        let is_in_zone = record.owner.parent().as_ref() == Some(zone);
        if !is_known || !is_in_zone || verified.wildcard.is_some() {
            return None;
        }
        Some(HashedGap {
            owner: Hash::from_label(record.owner.labels().next()?)?,
            next: Hash::from_octets(&nsec3.next_hashed)?,
            types: &nsec3.types,
            is_opt_out: nsec3.flags & OPT_OUT != 0,
        })
    }

    /// Whether a hash lies in the gap, so that the zone has no name with it.
    pub fn covers(&self, hash: Hash) -> bool {
        // todo: Return whether the hash lies in the gap. Hashes form a ring: the last gap of a zone
        // leads back to the first hash. A zone with one name has one gap, with every hash in it but
        // that name's.
        match self.owner < self.next {
            true => self.owner < hash && hash < self.next,
            false => self.owner < hash || hash < self.next,
        }
        // end todo
    }

    /// Whether the name whose hash the owner is has names below it in this zone: at a delegation the
    /// child zone has them, and below a DNAME record there are none (RFC 5155 section 8.3).
    pub fn may_be_encloser(&self) -> bool {
        let has = |rtype| self.types.contains(rtype);
        !has(RecordType::DNAME) && (!has(RecordType::NS) || has(RecordType::SOA))
    }
}
