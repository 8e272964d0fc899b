//! [`NegativeCache`]: names that do not exist, and names that do but have no such records (RFC 2308).
//!
//! For how long that may be repeated, nothing tells by itself: there is no record that could have a TTL. So the zone's SOA comes
//! along, and its TTL and its last field say it together.

use cache::Store;
use cache::cache::weight;
use cache::ttl::{self, seconds_left};
use dnsparse::{Name, Question, Rdata, Record, RecordType};
use referral::{Answer, Negative};
use std::time::Duration;
use tokio::time::Instant;

/// "There is nothing" is repeated for three hours at the most (RFC 2308 section 5): who sets a name up wants it to be seen.
pub const MAX_TTL: u32 = 3 * 3_600;

/// What is known not to exist.
#[derive(Debug, Clone)]
pub struct NegativeCache {
    /// The SOA that says so, by name and type; without a type, there is no such name at all.
    store: Store<(Name, Option<RecordType>), Record>,
}

/// For how many seconds "there is nothing" may be repeated, by the SOA that came with it.
pub fn seconds(soa: &Record) -> u32 {
    let Rdata::Soa(fields) = &soa.rdata else {
        return 0;
    };
    // todo: The lesser of the SOA's TTL and its `minimum`, both as lesson 9's `ttl::seconds` reads them; and no more than MAX_TTL.
    let least = ttl::seconds(soa.ttl).min(ttl::seconds(fields.minimum));
    least.min(MAX_TTL)
    // end todo
}

impl NegativeCache {
    /// Nothing is known not to exist yet. Each absence counts as a record.
    pub fn new(capacity: usize) -> NegativeCache {
        NegativeCache {
            store: Store::new(capacity),
        }
    }

    /// How many there are.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// A name has no records of a type; or, without a type, does not exist.
    pub fn put(&mut self, name: &Name, rtype: Option<RecordType>, soa: &Record, now: Instant) {
        let lifetime = Duration::from_secs(seconds(soa).into());
        if !lifetime.is_zero() {
            let (key, weight) = ((name.clone(), rtype), weight(std::slice::from_ref(soa)));
            self.store.put(key, soa.clone(), weight, lifetime, now);
        }
    }

    /// Something is there after all.
    pub fn forget(&mut self, name: &Name, rtype: RecordType) {
        self.store.remove(&(name.clone(), None));
        self.store.remove(&(name.clone(), Some(rtype)));
    }

    /// Whether what a question asks for is known not to exist.
    pub fn get(&mut self, question: &Question, now: Instant) -> Option<Answer> {
        let Question { qname, qtype, .. } = question;
        // todo: Return NoData if an SOA is cached (`soa_for`) for the name and this type; else NxDomain if one is cached for the
        // name itself, or for any of its `ancestors`, and no type (RFC 8020: below a name that does not exist, none does).
        if let Some(soa) = self.soa_for(qname, Some(*qtype), now) {
            return Some(Answer::NoData(without_aliases(soa)));
        }
        qname
            .ancestors()
            .find_map(|name| self.soa_for(&name, None, now))
            .map(|soa| Answer::NxDomain(without_aliases(soa)))
        // end todo
    }

    /// The SOA that says so, its TTL counted down.
    fn soa_for(&mut self, name: &Name, rtype: Option<RecordType>, now: Instant) -> Option<Record> {
        let (soa, expires) = self.store.get(&(name.clone(), rtype), now)?;
        let ttl = seconds_left(expires, now);
        (ttl > 0).then(|| Record { ttl, ..soa.clone() })
    }
}

/// A negative answer from the cache: aliases are cached by themselves.
fn without_aliases(soa: Record) -> Negative {
    Negative {
        records: Vec::new(),
        soa: Some(soa),
    }
}
