//! [`Cache`]: RRsets by owner and type, ranked by trust (RFC 2181 section 5.4.1).
//!
//! An RRset reaches a resolver in the answer of a zone's own server, or in a referral by the zone
//! above, as the names of servers or as their addresses (glue). A referral helps to find the
//! servers, but the zone above is not authoritative for its records. So an answer may replace them,
//! they may not replace an answer, and only an answer is returned to a client. An answer without AA
//! ranks in between: it is a last resort for lessons 8 and 10, and this module does not return it
//! to a client either.

use std::collections::HashMap;
use std::net::IpAddr;

use dnsparse::{Class, Name, Question, Rdata, Record, RecordType};
use tokio::time::Instant;

use crate::store::Store;
use crate::ttl::{lifetime, remaining_ttl};

/// The largest number of aliases that an answer from the cache may have.
pub const MAX_ALIASES: usize = 16;

/// The octets of RDATA that weigh as much as one more record.
const OCTETS_PER_RECORD: usize = 256;

/// The rank of an RRset by its source, lowest first. RFC 2181 section 5.4.1 calls it
/// trustworthiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// An address of a name server, from the additional section of a referral.
    Glue,
    /// The NS records of a zone, from the authority section of a referral by the zone above.
    Referral,
    /// An answer from a server that does not claim to have the zone (without AA), since no server
    /// had a better one.
    LastResort,
    /// An answer from a server that has the zone.
    Answer,
}

/// An RRset from the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedRrset {
    /// The records, each with the remaining TTL: at least one second.
    pub records: Vec<Record>,
    /// The rank of the RRset.
    pub trust: Trust,
    /// The time at which the RRset expires.
    pub expires: Instant,
}

/// A bounded cache of RRsets of class IN, each kept for its TTL.
#[derive(Debug, Clone)]
pub struct Cache {
    store: Store<(Name, RecordType), StoredRrset>,
}

/// An RRset as it was received; its TTLs are counted down only in the copies that are returned.
#[derive(Debug, Clone)]
struct StoredRrset {
    records: Vec<Record>,
    trust: Trust,
}

impl Cache {
    /// Creates an empty cache for at most `capacity` records. A record with large RDATA counts as
    /// several, by [`weight`].
    pub fn new(capacity: usize) -> Cache {
        Cache {
            store: Store::new(capacity),
        }
    }

    /// Returns the number of cached records, including those that have expired but are not removed
    /// yet.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// Stores an RRset for as long as its TTL allows. An RRset with a TTL of 0 is not stored: it
    /// may be used for the current query only.
    ///
    /// The RRset replaces the cached one of its owner and type, unless that one has a higher trust.
    pub fn put(&mut self, rrset: &[Record], trust: Trust, now: Instant) {
        let Some(first) = rrset.first().filter(|first| first.class == Class::IN) else {
            return;
        };
        let (key, lifetime) = ((first.owner.clone(), first.rtype()), lifetime(rrset));
        let is_fresh = |(_, expires): &(&StoredRrset, Instant)| remaining_ttl(*expires, now) > 0;
        let existing = self.store.get(&key, now).filter(is_fresh);
        todo!(
            "Put the RRset into the store, with its `weight`, in place of the `existing` one, unless that has a higher trust. With a lifetime of zero, there is nothing to put."
        )
    }

    /// Returns the RRset of an owner and type, if its trust is at least `least`. The TTLs are
    /// counted down.
    pub fn get(
        &mut self,
        owner: &Name,
        rtype: RecordType,
        least: Trust,
        now: Instant,
    ) -> Option<CachedRrset> {
        let (stored, expires) = self.store.get(&(owner.clone(), rtype), now)?;
        let ttl = remaining_ttl(expires, now);
        todo!(
            "Return the RRset, each of its records with `ttl` as its TTL; or None if it may not be passed on, for its trust or for its TTL."
        )
    }

    /// Returns the addresses in the RRset of an owner and type, of any trust, without a copy of its
    /// records.
    pub fn addresses(
        &mut self,
        owner: &Name,
        rtype: RecordType,
        now: Instant,
    ) -> Option<Vec<IpAddr>> {
        let (stored, expires) = self.store.get(&(owner.clone(), rtype), now)?;
        let addresses = || stored.records.iter().filter_map(Record::address).collect();
        (remaining_ttl(expires, now) > 0).then(addresses)
    }

    /// Returns the owner and type of each RRset, in no order, also of those that have expired.
    pub fn keys(&self) -> impl Iterator<Item = &(Name, RecordType)> {
        self.store.keys()
    }

    /// Returns the RRset of an owner and type, of any trust, with its TTLs counted down. For
    /// inspection: it does not count as used.
    pub fn peek(&self, key: &(Name, RecordType), now: Instant) -> Option<CachedRrset> {
        let (stored, expires) = self.store.peek(key, now)?;
        let ttl = remaining_ttl(expires, now);
        let records = stored.records.iter().cloned();
        Some(CachedRrset {
            records: records.map(|record| Record { ttl, ..record }).collect(),
            trust: stored.trust,
            expires,
        })
    }

    /// Removes the RRset of an owner and type.
    pub fn remove(&mut self, owner: &Name, rtype: RecordType) {
        self.store.remove(&(owner.clone(), rtype));
    }

    /// Returns the answer to a question: the aliases, followed by the RRset that they lead to.
    /// Returns None unless all of them are cached.
    pub fn answer(&mut self, question: &Question, now: Instant) -> Option<Vec<Record>> {
        if question.qclass != Class::IN {
            return None;
        }
        let mut name = question.qname.clone();
        let mut records: Vec<Record> = Vec::new();
        todo!(
            "Follow the cached aliases from `name` to the RRset of the question's type, and return all of their records. None if something is missing on the way, or may not answer a question, or if there are more than MAX_ALIASES aliases."
        )
    }
}

/// Returns the target of an alias.
fn target(alias: &[Record]) -> Option<Name> {
    alias.iter().find_map(|record| match &record.rdata {
        Rdata::Cname(target) => Some(target.clone()),
        _ => None,
    })
}

/// Returns the weight of records: one for each, and one more for every 256 octets of its RDATA. So
/// the bound on the number of records bounds the octets too.
pub fn weight(records: &[Record]) -> usize {
    let octets = |record: &Record| record.rdata.octets().map_or(0, |octets| octets.len());
    records
        .iter()
        .map(|record| 1 + octets(record) / OCTETS_PER_RECORD)
        .sum()
}

/// Groups records into RRsets (RFC 2181 section 5). Each RRset, and each record in it, keeps its
/// place in the order of first appearance.
pub fn rrsets(records: &[Record]) -> Vec<Vec<Record>> {
    if let [_] = records {
        return vec![records.to_vec()];
    }
    let mut indexes = HashMap::new();
    let mut sets: Vec<Vec<Record>> = Vec::new();
    for record in records {
        let key = (&record.owner, record.class, record.rtype());
        let index = *indexes.entry(key).or_insert(sets.len());
        match sets.get_mut(index) {
            Some(set) => set.push(record.clone()),
            None => sets.push(vec![record.clone()]),
        }
    }
    sets
}
