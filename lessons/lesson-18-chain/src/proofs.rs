//! [`Proofs`]: the records that prove an absence, behind one trait, since there are two kinds of them:
//! NSEC (lesson 17) and NSEC3 (lesson 19).

use crypto::Crypto;
use deny::{Denial, Gap, denial, is_closest_match, is_insecure_delegation};
use dnsparse::{Name, Record, RecordType};
use sign::Verified;

use crate::status::Cause;

/// A record of the authority section whose signature holds.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'r> {
    /// The record.
    pub record: &'r Record,
    /// The result of its signature.
    pub verified: &'r Verified,
}

/// The result of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proved<T> {
    /// This is proved.
    Yes(T),
    /// It is proved that it need not be proved.
    Insecure(Cause),
    /// Nothing is proved.
    No,
}

/// What the absence of a DS record says about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It is delegated, and its zone is unsigned.
    Unsigned,
    /// It exists, and is in the same zone.
    None,
    /// It does not exist, and so there is no zone at or below it.
    NoName,
}

/// Decides what records prove. All records are of one zone, and all names in it.
pub trait Proofs: Send + Sync {
    /// Whether records prove that a name does not exist, or has no records of a type.
    fn denial(
        &self,
        zone: &Name,
        name: &Name,
        rtype: RecordType,
        evidence: &[Evidence<'_>],
        crypto: &dyn Crypto,
    ) -> Proved<Denial>;

    /// What records prove about a name that has no DS record.
    fn cut(
        &self,
        zone: &Name,
        name: &Name,
        evidence: &[Evidence<'_>],
        crypto: &dyn Crypto,
    ) -> Proved<Cut>;

    /// Whether records prove that no name is closer to `name` than `wildcard`, from which the server
    /// made an answer.
    fn closest_match(
        &self,
        zone: &Name,
        name: &Name,
        wildcard: &Name,
        evidence: &[Evidence<'_>],
        crypto: &dyn Crypto,
    ) -> Proved<()>;
}

/// Proofs with NSEC records (lesson 17). NSEC3 records prove nothing here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nsec;

impl Proofs for Nsec {
    fn denial(
        &self,
        zone: &Name,
        name: &Name,
        rtype: RecordType,
        evidence: &[Evidence<'_>],
        _crypto: &dyn Crypto,
    ) -> Proved<Denial> {
        match denial(zone, name, rtype, &gaps(evidence)) {
            Some(denial) => Proved::Yes(denial),
            None => Proved::No,
        }
    }

    fn cut(
        &self,
        zone: &Name,
        name: &Name,
        evidence: &[Evidence<'_>],
        _crypto: &dyn Crypto,
    ) -> Proved<Cut> {
        let gaps = gaps(evidence);
        todo!(
            "Decide what the records say about the name, with lesson 17's `is_insecure_delegation`, and its `denial` of the type DS."
        )
    }

    fn closest_match(
        &self,
        zone: &Name,
        name: &Name,
        wildcard: &Name,
        evidence: &[Evidence<'_>],
        _crypto: &dyn Crypto,
    ) -> Proved<()> {
        match is_closest_match(zone, name, wildcard, &gaps(evidence)) {
            true => Proved::Yes(()),
            false => Proved::No,
        }
    }
}

fn gaps<'r>(evidence: &[Evidence<'r>]) -> Vec<Gap<'r>> {
    let gap = |evidence: &Evidence<'r>| Gap::new(evidence.record, evidence.verified);
    evidence.iter().filter_map(gap).collect()
}
