//! [`HostCache`]: the answers that a host has received from its server.
//!
//! A host sends each of its queries to one recursive resolver, which it has chosen to trust. So
//! there is only one level of trust here, and AA does not matter. (A resolver queries many servers,
//! and has to tell them apart: lesson 10.)

use dnsparse::{DnsPacket, Question, Rcode, Record};
use referral::chain;
use tokio::time::Instant;

use crate::cache::{Cache, Trust, rrsets};

/// A cache of one server's answers, each kept for its TTL.
#[derive(Debug, Clone)]
pub struct HostCache {
    cache: Cache,
}

/// An answer from the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAnswer {
    /// The aliases, followed by the records of the question's type.
    pub records: Vec<Record>,
    /// The least TTL of the records: the number of seconds for which the whole answer may still be
    /// kept.
    pub ttl: u32,
}

impl HostCache {
    /// Creates an empty cache for at most `capacity` records.
    pub fn new(capacity: usize) -> HostCache {
        HostCache {
            cache: Cache::new(capacity),
        }
    }

    /// Returns the answer to a question, unless part of it is missing or has expired.
    pub fn lookup(&mut self, question: &Question, now: Instant) -> Option<CachedAnswer> {
        let records = self.cache.answer(question, now)?;
        let ttl = records.iter().map(|record| record.ttl).min()?;
        Some(CachedAnswer { records, ttl })
    }

    /// Stores the answer from a reply of the host's own server, if the reply holds a complete one.
    /// Records that do not belong to the answer are not stored.
    pub fn store(&mut self, reply: &DnsPacket, now: Instant) {
        let Some(question) = reply.question() else {
            return;
        };
        if reply.rcode() != Rcode::NOERROR || reply.header.tc {
            return;
        }
        let chain = chain(question, &reply.answers);
        if chain.answer.is_empty() {
            return;
        }
        for rrset in rrsets(&[chain.aliases, chain.answer].concat()) {
            self.cache.put(&rrset, Trust::Answer, now);
        }
    }
}
