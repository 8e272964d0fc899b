//! [`Host`]: the cache of a host that sends all its queries to one resolver.
//!
//! It is lesson 10's cache, put to another use. A resolver trusts each server for that server's own
//! zone. A host has chosen to trust one resolver for all names, as if it were authoritative for
//! every zone.

use std::fmt;

use chase::{Knowledge, Resolution};
use dnsparse::{DnsPacket, Name, Question, Record};
use negative::SharedCache;
use recursive::reply::fill;
use referral::{Delegation, ReplyKind, classify};

/// The capacity in records.
const RECORDS: usize = 10_000;

/// The cache of a host.
#[derive(Debug)]
pub struct Host {
    cache: SharedCache,
}

/// An answer from the cache, positive or negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAnswer {
    question: Question,
    resolution: Resolution,
}

impl Host {
    /// Creates an empty cache.
    pub fn new() -> Host {
        let no_hints = Delegation {
            zone: Name::ROOT,
            ttl: 0,
            servers: Vec::new(),
        };
        Host {
            cache: SharedCache::new(no_hints, RECORDS),
        }
    }

    /// Returns the answer to a question, positive or negative, if it is cached and has not expired.
    pub fn lookup(&self, question: &Question) -> Option<CachedAnswer> {
        let resolution = self.cache.peek(question)?;
        Some(CachedAnswer {
            question: question.clone(),
            resolution,
        })
    }

    /// Caches the answer in a reply of the host's resolver, positive or negative.
    pub fn store(&self, reply: &DnsPacket) {
        let Some(question) = reply.question() else {
            return;
        };
        // A recursive resolver does not set AA, but this host trusts it as if it had the zone.
        let mut trusted = reply.clone();
        trusted.header.aa = true;
        match classify(&trusted, question, &Name::ROOT) {
            ReplyKind::Referral(_) => {}
            kind => self.cache.store(&Name::ROOT, question, &kind),
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        Host::new()
    }
}

impl CachedAnswer {
    /// Returns the least TTL of the answer: the number of seconds until it expires.
    pub fn seconds(&self) -> u32 {
        let Resolution { records, soa, .. } = &self.resolution;
        let ttls = records.iter().chain(soa).map(|record| record.ttl);
        ttls.min().unwrap_or(0)
    }

    /// Returns the answer as the reply to a query.
    pub fn reply_to(&self, query: &DnsPacket) -> DnsPacket {
        let mut reply = DnsPacket::reply_to(query);
        fill(&mut reply, &self.resolution);
        reply
    }

    /// Returns the RDATA of the answer's records, a line each.
    pub fn short(&self) -> String {
        let rdata = |record: &Record| record.rdata.to_string();
        let lines: Vec<_> = self.resolution.records.iter().map(rdata).collect();
        lines.join("\n")
    }
}

impl fmt::Display for CachedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Resolution {
            rcode,
            records,
            soa,
            ..
        } = &self.resolution;
        let mut blocks = vec![format!(
            ";; From the cache, status: {rcode}, expires in {} s",
            self.seconds()
        )];
        blocks.extend(show::question_section(std::slice::from_ref(&self.question)));
        blocks.extend(show::section("ANSWER", records));
        blocks.extend(show::section("AUTHORITY", soa.as_slice()));
        f.write_str(&blocks.join("\n\n"))
    }
}
