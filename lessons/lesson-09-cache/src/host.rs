//! [`HostCache`]: what a host remembers of what its server told it.
//!
//! A host asks one recursive resolver about everything, and has chosen to trust it. So there is one kind of trust here, and AA does
//! not matter. (A resolver, which asks everybody, has more to think about: lesson 10.)

use dnsparse::{DnsPacket, Question, Rcode, Record};
use referral::chain;
use tokio::time::Instant;

use crate::cache::{Cache, Trust, rrsets};

/// The answers of one server, for as long as they live.
#[derive(Debug, Clone)]
pub struct HostCache {
    cache: Cache,
}

/// An answer that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAnswer {
    /// The aliases, and then the records asked for.
    pub records: Vec<Record>,
    /// For how many seconds all of it may still be kept.
    pub seconds: u32,
}

impl HostCache {
    /// An empty one, for so many records at the most.
    pub fn new(capacity: usize) -> HostCache {
        HostCache {
            cache: Cache::new(capacity),
        }
    }

    /// The answer to a question, if it was learned and still lives.
    pub fn lookup(&mut self, question: &Question, now: Instant) -> Option<CachedAnswer> {
        let records = self.cache.answer(question, now)?;
        let seconds = records.iter().map(|record| record.ttl).min()?;
        Some(CachedAnswer { records, seconds })
    }

    /// Learns the answer in a reply of the host's own server, if there is a whole one in it. What else the reply holds was not
    /// asked for, and is not kept.
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
