//! [`NsecAndNsec3`]: proofs with either kind of record, for a validator of lesson 18.

use chain::{Cause, Cut, Evidence, Nsec, Proofs, Proved};
use crypto::Crypto;
use deny::Denial;
use dnsparse::{Name, RecordType};

use crate::hashed_zone::{HashedZone, Unusable};

/// Proofs with NSEC or NSEC3 records. A zone has one kind; while it changes from one to the other, a
/// response has records of one kind (RFC 5155 section 10.4).
#[derive(Debug, Clone, Copy, Default)]
pub struct NsecAndNsec3;

impl Proofs for NsecAndNsec3 {
    fn denial(
        &self,
        zone: &Name,
        name: &Name,
        rtype: RecordType,
        evidence: &[Evidence<'_>],
        crypto: &dyn Crypto,
    ) -> Proved<Denial> {
        match hashed(zone, evidence) {
            Kind::Nsec => Nsec.denial(zone, name, rtype, evidence, crypto),
            Kind::Nsec3(zone) => crate::denial(&zone, name, rtype, crypto),
            Kind::Insecure => Proved::Insecure(Cause::Iterations),
        }
    }

    fn cut(
        &self,
        zone: &Name,
        name: &Name,
        evidence: &[Evidence<'_>],
        crypto: &dyn Crypto,
    ) -> Proved<Cut> {
        match hashed(zone, evidence) {
            Kind::Nsec => Nsec.cut(zone, name, evidence, crypto),
            Kind::Nsec3(zone) => crate::cut(&zone, name, crypto),
            Kind::Insecure => Proved::Insecure(Cause::Iterations),
        }
    }

    fn closest_match(
        &self,
        zone: &Name,
        name: &Name,
        wildcard: &Name,
        evidence: &[Evidence<'_>],
        crypto: &dyn Crypto,
    ) -> Proved<()> {
        match hashed(zone, evidence) {
            Kind::Nsec => Nsec.closest_match(zone, name, wildcard, evidence, crypto),
            Kind::Nsec3(zone) => crate::closest_match(&zone, name, wildcard, crypto),
            Kind::Insecure => Proved::Insecure(Cause::Iterations),
        }
    }
}

/// The kind of records that prove something.
enum Kind<'r> {
    Nsec,
    Nsec3(HashedZone<'r>),
    /// NSEC3 records with too many iterations.
    Insecure,
}

fn hashed<'r>(zone: &'r Name, evidence: &[Evidence<'r>]) -> Kind<'r> {
    let is_nsec = |it: &Evidence<'_>| it.record.rtype() == RecordType::NSEC;
    if evidence.iter().any(is_nsec) {
        return Kind::Nsec;
    }
    match HashedZone::new(zone, evidence) {
        Ok(zone) => Kind::Nsec3(zone),
        Err(Unusable::Iterations) => Kind::Insecure,
        Err(Unusable::NoRecords) => Kind::Nsec, // and that proves nothing
    }
}
