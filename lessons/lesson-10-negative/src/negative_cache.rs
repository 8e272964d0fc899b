//! [`NegativeCache`]: names that do not exist (NXDOMAIN), and names without records of a type
//! (NODATA). This is negative caching (RFC 2308).
//!
//! A negative answer has no record, hence no TTL of its own. So the zone's SOA comes along, and two
//! of its numbers limit how long the answer may be cached: its TTL and its last field, the minimum.

use std::time::Duration;

use cache::Store;
use cache::cache::weight;
use cache::ttl::{self, remaining_ttl};
use dnsparse::{Name, Question, Rdata, Record, RecordType};
use referral::{Answer, Negative};
use tokio::time::Instant;

/// The longest TTL of a negative answer, in seconds: three hours (RFC 2308 section 5). A new name
/// is to be seen soon after its owner has set it up.
pub const MAX_TTL: u32 = 3 * 3_600;

/// A bounded cache of negative answers.
#[derive(Debug, Clone)]
pub struct NegativeCache {
    /// The SOA of each negative answer, by name and type; without a type, the name does not exist.
    pub(crate) store: Store<(Name, Option<RecordType>), Record>,
}

/// Returns the TTL of a negative answer in seconds, by the SOA that came with it.
pub fn seconds(soa: &Record) -> u32 {
    let Rdata::Soa(fields) = &soa.rdata else {
        return 0;
    };
    todo!(
        "Return how long the negative answer may be cached: by the two numbers of the SOA, as lesson 9's `ttl::clamp_ttl` reads them, and by MAX_TTL."
    )
}

impl NegativeCache {
    /// Creates an empty cache. Each negative answer counts as a record.
    pub fn new(capacity: usize) -> NegativeCache {
        NegativeCache {
            store: Store::new(capacity),
        }
    }

    /// Returns the weight of all negative answers, in records.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// Stores that a name has no records of a type, or, without a type, that it does not exist.
    pub fn put(&mut self, name: &Name, rtype: Option<RecordType>, soa: &Record, now: Instant) {
        let lifetime = Duration::from_secs(seconds(soa).into());
        if !lifetime.is_zero() {
            let (key, weight) = ((name.clone(), rtype), weight(std::slice::from_ref(soa)));
            self.store.put(key, soa.clone(), weight, lifetime, now);
        }
    }

    /// Removes the negative answers that a record at a name disproves: NODATA for the name and this
    /// type, and NXDOMAIN for the name and for the names above it.
    pub fn forget(&mut self, name: &Name, rtype: RecordType) {
        self.store.remove(&(name.clone(), Some(rtype)));
        for name in name.ancestors() {
            self.store.remove(&(name, None));
        }
    }

    /// Returns the cached negative answer to a question whose name is in `zone`, the deepest zone
    /// that is known to be delegated.
    ///
    /// Below a name that does not exist, no name exists (RFC 8020). But some servers deny a name
    /// although names below it exist. So an NXDOMAIN reaches down to the next known zone cut, and
    /// no further: the delegation proves it wrong.
    pub fn get(&mut self, question: &Question, zone: &Name, now: Instant) -> Option<Answer> {
        let Question { qname, qtype, .. } = question;
        todo!(
            "Return NoData or NxDomain with the SOA that is cached for it (`soa_for`), if one of them holds for this question. NODATA is about one type of one name, and comes first; NXDOMAIN is about more."
        )
    }

    /// Returns the SOA of a negative answer, with the seconds until the answer expires as its TTL.
    fn soa_for(&mut self, name: &Name, rtype: Option<RecordType>, now: Instant) -> Option<Record> {
        let (soa, expires) = self.store.get(&(name.clone(), rtype), now)?;
        let ttl = remaining_ttl(expires, now);
        (ttl > 0).then(|| Record { ttl, ..soa.clone() })
    }
}
