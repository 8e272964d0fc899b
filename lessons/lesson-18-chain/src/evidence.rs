//! The verified records of an authority section, from which [`crate::Proofs`] decides.

use dnsparse::{Name, Record, RecordType};
use sign::{Verified, ZoneKeys};

use crate::context::Context;
use crate::proofs::Evidence;
use crate::reason::Reason;
use crate::response::SignedRrset;
use crate::rrset::verify_rrset;

/// The largest number of RRsets of an authority section that are verified. A negative answer with
/// NSEC3 has four (RFC 5155 section 7.2.2), and each wildcard on the way to it one more.
pub(crate) const MAX_PROOF_RRSETS: usize = 12;

/// The largest number of RRsets of an authority section that are looked at. Those of other zones belong
/// to other aliases of the response.
const MAX_SEEN_RRSETS: usize = 48;

/// The records of an authority section whose signature holds, and the most telling reason of the
/// others.
#[derive(Debug, Default)]
pub(crate) struct VerifiedAuthority {
    records: Vec<(Record, Verified)>,
    reason: Option<Reason>,
    /// Whether an SOA record came whose signature does not hold.
    is_soa_unproved: bool,
}

impl VerifiedAuthority {
    /// Verifies the NSEC, NSEC3 and SOA records of an authority section with the keys of their zone.
    /// Records of other zones, which belong to other parts of the response, prove nothing here.
    pub(crate) fn new(
        authority: &[Record],
        keys: ZoneKeys<'_>,
        context: &Context<'_>,
    ) -> VerifiedAuthority {
        let mut verified = VerifiedAuthority::default();
        for rrset in proof_rrsets(authority, keys.zone) {
            match verify_rrset(&rrset, keys, context.now, context.crypto) {
                Ok(result) => {
                    let records = rrset.records.into_iter();
                    verified
                        .records
                        .extend(records.map(|record| (record, result.clone())));
                }
                Err(reason) => {
                    verified.is_soa_unproved |= rrset.rtype == RecordType::SOA;
                    verified.reason = Some(match verified.reason.take() {
                        Some(earlier) => earlier.more_telling(reason),
                        None => reason,
                    });
                }
            }
        }
        verified
    }

    pub(crate) fn evidence(&self) -> Vec<Evidence<'_>> {
        let evidence = |(record, verified)| Evidence { record, verified };
        let pairs = self.records.iter().map(|pair| (&pair.0, &pair.1));
        pairs.map(evidence).collect()
    }

    /// Returns each record's owner and type, with the seconds for which it may be cached.
    pub(crate) fn ttls(&self) -> Vec<(Name, RecordType, u32)> {
        let records = self.records.iter();
        let ttl = |(record, verified): &(Record, Verified)| {
            (record.owner.clone(), record.rtype(), verified.ttl)
        };
        records.map(ttl).collect()
    }

    /// Returns the lowest of these times; none, without a record.
    pub(crate) fn lowest_ttl(&self) -> u32 {
        let ttls = self.records.iter().map(|(_, verified)| verified.ttl);
        ttls.min().unwrap_or(0)
    }

    /// Returns the records that may prove an absence.
    pub(crate) fn proof(&self) -> Vec<Record> {
        let records = self.records.iter().map(|(record, _)| record);
        let proofs = records.filter(|record| record.rtype() != RecordType::SOA);
        proofs.cloned().collect()
    }

    /// Whether an SOA record came, which says how long the absence may be cached, and is not proved.
    pub(crate) fn is_soa_unproved(&self) -> bool {
        self.is_soa_unproved
    }

    /// Returns the reason why nothing is proved: that of a signature, if there is one.
    pub(crate) fn reason(self) -> Reason {
        self.reason.unwrap_or(Reason::NsecMissing)
    }
}

/// Selects the RRsets of an authority section that belong to the proof of an absence, those that a
/// zone signed and those without a signature.
fn proof_rrsets(authority: &[Record], zone: &Name) -> Vec<SignedRrset> {
    let mut seen: Vec<(&Name, RecordType)> = Vec::new();
    for record in authority {
        let (owner, rtype) = (&record.owner, record.rtype());
        let is_proof = PROOF_TYPES.contains(&rtype) && owner.is_at_or_below(zone);
        if is_proof && seen.len() < MAX_SEEN_RRSETS && !seen.contains(&(owner, rtype)) {
            seen.push((owner, rtype));
        }
    }
    let rrsets =
        (seen.into_iter()).filter_map(|(owner, rtype)| SignedRrset::find(authority, owner, rtype));
    let of_zone = rrsets.filter(|rrset| rrset.signer().is_none_or(|signer| signer == zone));
    of_zone.take(MAX_PROOF_RRSETS).collect()
}

/// The types of records that a negative answer has in its authority section.
pub(crate) const PROOF_TYPES: [RecordType; 3] =
    [RecordType::NSEC, RecordType::NSEC3, RecordType::SOA];
