//! [`Host`]: what a host remembers of what its server told it.
//!
//! This is lesson 10's memory, put to another use. A resolver believes each server about its own zone. A host asks one server
//! about everything, and has chosen to trust it: as if that server had every zone there is.

use std::fmt;

use chase::{Knowledge, Resolution};
use dnsparse::{DnsPacket, Name, Question, Record};
use negative::SharedCache;
use referral::{Delegation, ReplyKind, classify};

/// How many records are remembered.
const RECORDS: usize = 10_000;

/// The cache of a host.
#[derive(Debug)]
pub struct Host {
    memory: SharedCache,
}

/// What is known without asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    question: Question,
    resolution: Resolution,
}

impl Host {
    /// Nothing is known yet.
    pub fn new() -> Host {
        let nobody = Delegation {
            zone: Name::ROOT,
            ttl: 0,
            servers: Vec::new(),
        };
        Host {
            memory: SharedCache::new(nobody, RECORDS),
        }
    }

    /// The answer to a question, or that there is none, if it was learned and still lives.
    pub fn lookup(&self, question: &Question) -> Option<Remembered> {
        let resolution = self.memory.peek(question)?;
        Some(Remembered {
            question: question.clone(),
            resolution,
        })
    }

    /// Learns the answer in a reply of the host's own server, or that there is none.
    pub fn store(&self, reply: &DnsPacket) {
        let Some(question) = reply.question() else {
            return;
        };
        // A recursive resolver does not set AA. To its host it is the authority all the same.
        let mut trusted = reply.clone();
        trusted.header.aa = true;
        match classify(&trusted, question, &Name::ROOT) {
            ReplyKind::Referral(_) => {}
            reading => self.memory.store(&Name::ROOT, question, &reading),
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        Host::new()
    }
}

impl Remembered {
    /// For how many seconds all of it may still be kept.
    pub fn seconds(&self) -> u32 {
        let Resolution { records, soa, .. } = &self.resolution;
        let ttls = records.iter().chain(soa).map(|record| record.ttl);
        ttls.min().unwrap_or(0)
    }

    /// What the answer's records say, a line each.
    pub fn short(&self) -> String {
        let rdata = |record: &Record| record.rdata.to_string();
        let lines: Vec<_> = self.resolution.records.iter().map(rdata).collect();
        lines.join("\n")
    }
}

impl fmt::Display for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Resolution {
            rcode,
            records,
            soa,
            ..
        } = &self.resolution;
        let mut blocks = vec![format!(
            ";; From the cache, status: {rcode}, lives for another {} s",
            self.seconds()
        )];
        blocks.extend(show::question_section(std::slice::from_ref(&self.question)));
        blocks.extend(show::section("ANSWER", records));
        blocks.extend(show::section("AUTHORITY", soa.as_slice()));
        f.write_str(&blocks.join("\n\n"))
    }
}
