//! The chain of NSEC or NSEC3 records of a zone (RFC 4034 section 4, RFC 5155 section 7.1).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use data_encoding::BASE32HEX_NOPAD;
use dnsparse::{Name, Nsec, Nsec3, Nsec3Param, Rdata, Record, RecordType, TypeBitmap};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use zone::ZoneTree;

use crate::names::Names;

/// SHA-1, the only algorithm that hashes names (RFC 5155 section 11).
const SHA1: u8 = 1;
/// The flag of NSEC3 records whose span may have unsigned delegations (RFC 5155 section 3.1.2.1).
const OPT_OUT: u8 = 1;

/// How a zone denies that a name or a type exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denial {
    /// With NSEC records.
    Nsec,
    /// With an NSEC record for each name alone, as servers make them while they answer (RFC 9824).
    Compact {
        /// Names that do not exist, each with the record that denies it. They are relative to the zone.
        absent: &'static [&'static str],
    },
    /// With NSEC3 records.
    Nsec3 {
        /// Whether delegations without DS records have no NSEC3 record.
        opt_out: bool,
        /// The number of additional hashes of each name.
        iterations: u16,
        /// Octets that are appended to each name.
        salt: &'static [u8],
    },
}

impl Denial {
    /// Returns the NSEC3PARAM record of a zone, by which its other servers find the parameters.
    pub(crate) fn parameters(&self, apex: &Name) -> Option<Record> {
        match self {
            Denial::Nsec | Denial::Compact { .. } => None,
            Denial::Nsec3 {
                iterations, salt, ..
            } => {
                let parameters = Nsec3Param {
                    hash_algorithm: SHA1,
                    flags: 0,
                    iterations: *iterations,
                    salt: salt.to_vec(),
                };
                let rdata = Rdata::Nsec3Param(Box::new(parameters));
                Some(Record::new(apex.clone(), 0, rdata))
            }
        }
    }

    /// Makes the records for the names of a zone.
    pub(crate) fn records(&self, tree: &ZoneTree, names: &Names) -> Result<Vec<Record>> {
        // As long as a negative answer may be cached (RFC 9077 section 3).
        let ttl = tree.negative_soa().ttl;
        match self {
            Denial::Nsec => Ok(nsec(names, ttl)),
            Denial::Compact { absent } => compact(tree, names, absent, ttl),
            Denial::Nsec3 {
                opt_out,
                iterations,
                salt,
            } => {
                let template = Nsec3 {
                    hash_algorithm: SHA1,
                    flags: if *opt_out { OPT_OUT } else { 0 },
                    iterations: *iterations,
                    salt: salt.to_vec(),
                    next_hashed: Vec::new(),
                    types: TypeBitmap::new([]),
                };
                nsec3(tree, names, ttl, &template)
            }
        }
    }
}

/// Makes an NSEC record for each name with records, from one to the next, from the last to the first.
fn nsec(names: &Names, ttl: u32) -> Vec<Record> {
    let owners: Vec<_> = names
        .iter()
        .filter(|(_, types)| !types.is_empty())
        .collect();
    let next = owners.iter().cycle().skip(1);
    let chain = owners.iter().zip(next);
    let record = |((owner, types), (next, _)): (&(&Name, &BTreeSet<RecordType>), &(&Name, _))| {
        let own = [RecordType::RRSIG, RecordType::NSEC];
        let nsec = Nsec {
            next: (*next).clone(),
            types: TypeBitmap::new(types.iter().copied().chain(own)),
        };
        Record::new((*owner).clone(), ttl, Rdata::Nsec(Box::new(nsec)))
    };
    chain.map(record).collect()
}

/// Makes an NSEC record for each name, and for some that do not exist: from the name to the first one
/// that could come after it.
fn compact(tree: &ZoneTree, names: &Names, absent: &[&str], ttl: u32) -> Result<Vec<Record>> {
    let absent = absent.iter().map(|label| {
        let name = tree.apex().child(label.as_bytes());
        Ok((name?, BTreeSet::from([RecordType::NXNAME])))
    });
    let names = names
        .iter()
        .map(|(name, types)| Ok((name.clone(), types.clone())));
    let record = |name: Result<(Name, BTreeSet<RecordType>)>| {
        let (owner, types) = name?;
        let own = [RecordType::RRSIG, RecordType::NSEC];
        let nsec = Nsec {
            next: owner.child(b"\0")?,
            types: TypeBitmap::new(types.into_iter().chain(own)),
        };
        Ok(Record::new(owner, ttl, Rdata::Nsec(Box::new(nsec))))
    };
    names.chain(absent).map(record).collect()
}

/// Makes an NSEC3 record for each name, in the order of the hashes.
fn nsec3(tree: &ZoneTree, names: &Names, ttl: u32, template: &Nsec3) -> Result<Vec<Record>> {
    let mut by_hash = BTreeMap::new();
    for (name, types) in names {
        if template.flags & OPT_OUT == 0 || !is_opted_out(tree, names, name) {
            let (iterations, salt) = (template.iterations, &template.salt);
            by_hash.insert(hash(name, iterations, salt), types);
        }
    }
    let next = by_hash.keys().cycle().skip(1);
    let chain = by_hash.iter().zip(next);
    let record = |((hash, types), next): ((&Vec<u8>, &&BTreeSet<RecordType>), &Vec<u8>)| {
        let label = BASE32HEX_NOPAD.encode(hash).to_lowercase();
        let owner = tree.apex().child(label.as_bytes());
        let owner = owner.context("the zone's name is too long for hashed names")?;
        // A delegation to an unsigned zone has no record that is signed, nor has an empty
        // non-terminal.
        let has_signature = types.iter().any(|rtype| *rtype != RecordType::NS);
        let signatures = has_signature.then_some(RecordType::RRSIG);
        let nsec3 = Nsec3 {
            next_hashed: next.clone(),
            types: TypeBitmap::new(types.iter().copied().chain(signatures)),
            ..template.clone()
        };
        Ok(Record::new(owner, ttl, Rdata::Nsec3(Box::new(nsec3))))
    };
    chain.map(record).collect()
}

/// Whether opt-out leaves a name out: a delegation without DS, or an empty non-terminal above such
/// delegations alone.
fn is_opted_out(tree: &ZoneTree, names: &Names, name: &Name) -> bool {
    let is_unsigned_cut = |name: &Name, types: &BTreeSet<RecordType>| {
        tree.is_cut(name) && !types.contains(&RecordType::DS)
    };
    let mut with_records = names
        .range(name.clone()..)
        .take_while(|(below, _)| below.is_at_or_below(name))
        .filter(|(_, types)| !types.is_empty());
    with_records.all(|(below, types)| is_unsigned_cut(below, types))
}

/// Hashes a name (RFC 5155 section 5).
pub(crate) fn hash(name: &Name, iterations: u16, salt: &[u8]) -> Vec<u8> {
    let once = |octets: &[u8]| {
        let octets = [octets, salt].concat();
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &octets).as_ref().to_vec()
    };
    let first = once(name.to_lowercase().wire());
    (0..iterations).fold(first, |hash, _| once(&hash))
}
