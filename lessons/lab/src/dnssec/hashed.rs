//! [`HashedNames`]: the NSEC3 records of a zone, in the order of their hashes (RFC 5155 section 7.1).

use std::collections::BTreeMap;

use data_encoding::BASE32HEX_NOPAD;
use dnsparse::{Name, Nsec3, Rdata, Record};
use sha1_smol::Sha1;

/// The NSEC3 records of a zone, each with its signatures, by the hash in its owner.
#[derive(Debug, Default)]
pub(crate) struct HashedNames {
    /// The iterations and the salt: the same in all records of a chain.
    parameters: Option<(u16, Vec<u8>)>,
    by_hash: BTreeMap<Vec<u8>, Vec<Record>>,
}

impl HashedNames {
    /// Takes the NSEC3 records of a zone and their signatures, in any order.
    pub(crate) fn new(records: Vec<Record>) -> HashedNames {
        let mut parameters = None;
        let mut by_hash = BTreeMap::<Vec<u8>, Vec<Record>>::new();
        for record in records {
            if let Rdata::Nsec3(nsec3) = &record.rdata {
                let Nsec3 {
                    iterations, salt, ..
                } = &**nsec3;
                parameters = Some((*iterations, salt.clone()));
            }
            if let Some(hash) = hash_in(&record.owner) {
                by_hash.entry(hash).or_default().push(record);
            }
        }
        // The record comes before its signatures.
        for records in by_hash.values_mut() {
            records.sort_by_key(|record| super::covered(record).is_some());
        }
        HashedNames {
            parameters,
            by_hash,
        }
    }

    /// Whether the zone has no NSEC3 records.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }

    /// Returns all records, in the order of their hashes.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.by_hash.values().flatten()
    }

    /// Returns the record whose owner is the hash of a name, with its signatures.
    pub(super) fn matching(&self, name: &Name) -> Vec<Record> {
        let hash = self.hash(name);
        let records = hash.and_then(|hash| self.by_hash.get(&hash));
        records.cloned().unwrap_or_default()
    }

    /// Returns the record in whose span the hash of a name is, with its signatures. The span after
    /// the last hash goes on at the first.
    pub(super) fn covering(&self, name: &Name) -> Vec<Record> {
        let Some(hash) = self.hash(name) else {
            return Vec::new();
        };
        let before = self.by_hash.range(..hash).next_back();
        let record = before.or_else(|| self.by_hash.last_key_value());
        record
            .map(|(_, records)| records.clone())
            .unwrap_or_default()
    }

    /// Hashes a name with the parameters of the zone (RFC 5155 section 5). The iterations are those
    /// of the zone's file: no client can raise them.
    fn hash(&self, name: &Name) -> Option<Vec<u8>> {
        let (iterations, salt) = self.parameters.as_ref()?;
        let once = |octets: &[u8]| Sha1::from([octets, salt].concat()).digest().bytes();
        let first = once(name.to_lowercase().wire());
        Some((0..*iterations).fold(first, |hash, _| once(&hash)).to_vec())
    }
}

/// Returns the hash in the first label of a name.
fn hash_in(owner: &Name) -> Option<Vec<u8>> {
    let label = owner.labels().next()?.to_ascii_uppercase();
    BASE32HEX_NOPAD.decode(&label).ok()
}
