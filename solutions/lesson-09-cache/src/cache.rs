//! [`Cache`]: RRsets by owner and type, with who said so (RFC 2181 section 5.4.1).
//!
//! What is in it may have come in three ways. A zone's own servers answered. Or the servers of the zone above referred to them:
//! then there are names of servers, and addresses to find these by, which are worth something, but nobody in charge has said
//! them. An answer may take the place of those, and never the other way round; and only an answer is passed on.

use std::collections::HashMap;

use dnsparse::{Class, Name, Question, Rdata, Record, RecordType};
use tokio::time::Instant;

use crate::store::Store;
use crate::ttl::{lifetime, seconds_left};

/// How many aliases are followed within the cache.
pub const MAX_ALIASES: usize = 16;

/// RDATA of so many octets weighs as much as a record more.
const HEAVY: usize = 256;

/// Who said something, and so how far it is believed: the later ones in this list more than those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The address of a server, in the additional section of a referral.
    Glue,
    /// The names of a zone's servers, in the authority section of a referral: the zone above says so.
    Referral,
    /// The answer of a server that has the zone.
    Answer,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedRrset {
    /// The RRset. Its TTLs say for how many seconds it may still be kept; at least one.
    pub records: Vec<Record>,
    /// Who said so.
    pub trust: Trust,
    /// When it is gone.
    pub expires: Instant,
}

/// RRsets of class IN, each for its time, and so many of them.
#[derive(Debug, Clone)]
pub struct Cache {
    store: Store<(Name, RecordType), Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    records: Vec<Record>,
    trust: Trust,
}

impl Cache {
    /// An empty one, for so many records at the most. (Those with very much RDATA count as several.)
    pub fn new(capacity: usize) -> Cache {
        Cache {
            store: Store::new(capacity),
        }
    }

    /// How many records it holds, those that have expired and were not noticed yet included.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// Keeps an RRset for as long as its TTL allows: not at all for a TTL of 0, which is good for whoever asked and nobody else.
    ///
    /// It takes the place of what was there, unless that is more to be trusted.
    pub fn put(&mut self, rrset: &[Record], trust: Trust, now: Instant) {
        let Some(first) = rrset.first().filter(|first| first.class == Class::IN) else {
            return;
        };
        let (key, lifetime) = ((first.owner.clone(), first.rtype()), lifetime(rrset));
        let is_alive = |(_, expires): &(&Kept, Instant)| seconds_left(*expires, now) > 0;
        let there = self.store.get(&key, now).filter(is_alive);
        // todo: Leave what is `there` if its trust is higher. Else `remove` it from the store, and unless the lifetime is zero,
        // `put` the records there, with their `weight`.
        if there.is_some_and(|(kept, _)| kept.trust > trust) {
            return;
        }
        self.store.remove(&key);
        if !lifetime.is_zero() {
            let weight = weight(rrset);
            let records = rrset.to_vec();
            self.store
                .put(key, Kept { records, trust }, weight, lifetime, now);
        }
        // end todo
    }

    /// The RRset of a name and type, if somebody said it who is trusted at least so much.
    pub fn get(
        &mut self,
        owner: &Name,
        rtype: RecordType,
        least: Trust,
        now: Instant,
    ) -> Option<CachedRrset> {
        let (kept, expires) = self.store.get(&(owner.clone(), rtype), now)?;
        let ttl = seconds_left(expires, now);
        // todo: Return None if it is trusted less than `least`, or if no whole second is left. Else return it, with that TTL on
        // each of its records.
        if kept.trust < least || ttl == 0 {
            return None;
        }
        let counted_down = |record: &Record| Record {
            ttl,
            ..record.clone()
        };
        Some(CachedRrset {
            records: kept.records.iter().map(counted_down).collect(),
            trust: kept.trust,
            expires,
        })
        // end todo
    }

    /// The answer to a question: the RRset asked for, and before it the aliases that lead to it, if all of them are known.
    pub fn answer(&mut self, question: &Question, now: Instant) -> Option<Vec<Record>> {
        if question.qclass != Class::IN {
            return None;
        }
        let mut name = question.qname.clone();
        let mut records: Vec<Record> = Vec::new();
        // todo: Up to MAX_ALIASES + 1 times: if there is an answer of the type asked for at `name`, add it and return all. Else add
        // the alias that is there, and go on at its `target`; without one, the answer is not known.
        for _ in 0..=MAX_ALIASES {
            if let Some(found) = self.get(&name, question.qtype, Trust::Answer, now) {
                records.extend(found.records);
                return Some(records);
            }
            let alias = self.get(&name, RecordType::CNAME, Trust::Answer, now)?;
            name = target(&alias.records)?;
            records.extend(alias.records);
        }
        None
        // end todo
    }
}

/// Where an alias leads.
fn target(alias: &[Record]) -> Option<Name> {
    alias.iter().find_map(|record| match &record.rdata {
        Rdata::Cname(target) => Some(target.clone()),
        _ => None,
    })
}

/// How much of the capacity records take: one each, and more where they are very large, so that a bound in records is one in
/// octets too.
pub fn weight(records: &[Record]) -> usize {
    let octets = |record: &Record| record.rdata.octets().map_or(0, |octets| octets.len());
    records
        .iter()
        .map(|record| 1 + octets(record) / HEAVY)
        .sum()
}

/// Records by RRset (RFC 2181 section 5), in the order in which they come.
pub fn rrsets(records: &[Record]) -> Vec<Vec<Record>> {
    let mut places = HashMap::new();
    let mut sets: Vec<Vec<Record>> = Vec::new();
    for record in records {
        let key = (&record.owner, record.class, record.rtype());
        let place = *places.entry(key).or_insert(sets.len());
        match sets.get_mut(place) {
            Some(set) => set.push(record.clone()),
            None => sets.push(vec![record.clone()]),
        }
    }
    sets
}
