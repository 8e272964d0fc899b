//! One NSEC record: a name, the next one, and the gap between them (RFC 4034 section 4).

use dnsparse::{Name, Rdata, Record, RecordType, TypeBitmap};
use sign::Verified;

/// An NSEC record whose signature was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap<'r> {
    /// A name that exists.
    pub owner: &'r Name,
    /// The next name that exists; after the zone's last name, its apex.
    pub next: &'r Name,
    /// The types at the owner.
    pub types: &'r TypeBitmap,
}

impl<'r> Gap<'r> {
    /// Returns the gap of a verified NSEC record; `None` for any other record, and for one that was
    /// made from a wildcard: its signature holds under every name below the wildcard's parent, so
    /// that its owner proves nothing.
    pub fn new(record: &'r Record, verified: &Verified) -> Option<Gap<'r>> {
        match &record.rdata {
            Rdata::Nsec(nsec) if verified.wildcard.is_none() => Some(Gap {
                owner: &record.owner,
                next: &nsec.next,
                types: &nsec.types,
            }),
            _ => None,
        }
    }

    /// Whether a name of `zone` lies in the gap, and so does not exist.
    ///
    /// The order of names is canonical: by their labels from the right, the owner of a zone first
    /// (RFC 4034 section 6.1). `Name` compares in this order.
    pub fn covers(&self, name: &Name, zone: &Name) -> bool {
        todo!(
            "Return whether the name lies in the gap. Neither end does. The last gap of the zone leads back to the apex. A record whose next name is outside `zone` covers nothing, and a name outside it is not covered."
        )
    }

    /// Whether the record may deny names below its owner.
    ///
    /// It may not if these are not in its zone: at a delegation, the child zone has them; below a
    /// DNAME record, another name (RFC 6840 section 4.1).
    pub fn may_deny(&self, name: &Name) -> bool {
        let is_below = name != self.owner && name.is_at_or_below(self.owner);
        todo!(
            "Return whether the record may deny the name. By the types at its owner you can tell whose the names below it are."
        )
    }

    /// Whether the record is of the parent's side of a zone cut: NS without SOA.
    pub fn is_delegation(&self) -> bool {
        self.types.contains(RecordType::NS) && !self.types.contains(RecordType::SOA)
    }

    /// Whether the record proves that its owner has no records of a type, nor an alias. (It never
    /// proves that there is nothing at all, which is the question of ANY.)
    pub fn denies_type(&self, rtype: RecordType) -> bool {
        let has = |rtype| self.types.contains(rtype);
        if has(rtype) || has(RecordType::CNAME) || rtype == RecordType::ANY {
            return false;
        }
        if rtype == RecordType::DS && self.owner.is_root() {
            return true; // the root has no parent
        }
        todo!(
            "Return whether this record may speak about the type. At a zone cut, each of the two zones has an NSEC record for the same name, and only one of them knows about DS records, the other one about all else."
        )
    }
}
