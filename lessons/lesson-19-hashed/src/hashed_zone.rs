//! The NSEC3 records of one response, which belong to one chain of hashes.

use chain::Evidence;
use crypto::Crypto;
use dnsparse::{Name, Nsec3, Rdata};

use crate::hash::{Hash, MAX_ITERATIONS, Params, hash_name};
use crate::hashed_gap::HashedGap;

/// The NSEC3 records of a zone, as far as a response has them.
#[derive(Debug, Clone)]
pub struct HashedZone<'r> {
    /// The zone's name.
    pub name: &'r Name,
    /// The parameters of its hashes.
    pub params: Params<'r>,
    /// Its gaps.
    pub gaps: Vec<HashedGap<'r>>,
}

/// Why NSEC3 records are not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// There is none that means anything: nothing is proved (RFC 5155 section 8.1).
    NoRecords,
    /// Their number of iterations is above [`MAX_ITERATIONS`]: the zone is insecure.
    Iterations,
}

impl<'r> HashedZone<'r> {
    /// Selects the NSEC3 records of a zone. Those with other parameters than the first one belong to
    /// another chain, and are left out (RFC 5155 section 8.2).
    ///
    /// # Errors
    /// See [`Unusable`].
    pub fn new(zone: &'r Name, evidence: &[Evidence<'r>]) -> Result<HashedZone<'r>, Unusable> {
        let usable = |it: &Evidence<'r>| {
            let gap = HashedGap::new(it.record, it.verified, zone)?;
            match &it.record.rdata {
                Rdata::Nsec3(nsec3) => Some((params(nsec3), gap)),
                _ => None,
            }
        };
        let usable: Vec<_> = evidence.iter().filter_map(usable).collect();
        let (params, _) = *usable.first().ok_or(Unusable::NoRecords)?;
        if params.iterations > MAX_ITERATIONS {
            return Err(Unusable::Iterations);
        }
        let of_chain = usable.into_iter().filter(|(others, _)| *others == params);
        Ok(HashedZone {
            name: zone,
            params,
            gaps: of_chain.map(|(_, gap)| gap).collect(),
        })
    }

    /// Hashes a name of the zone.
    pub fn hash(&self, name: &Name, crypto: &dyn Crypto) -> Option<Hash> {
        hash_name(name, self.params, crypto)
    }

    /// Returns the record of a name: the name exists.
    pub fn matching(&self, hash: Hash) -> Option<&HashedGap<'r>> {
        self.gaps.iter().find(|gap| gap.owner == hash)
    }

    /// Returns a record in whose gap a hash lies: the name does not exist.
    pub fn covering(&self, hash: Hash) -> Option<&HashedGap<'r>> {
        self.gaps.iter().find(|gap| gap.covers(hash))
    }
}

fn params(nsec3: &Nsec3) -> Params<'_> {
    Params {
        iterations: nsec3.iterations,
        salt: &nsec3.salt,
    }
}
