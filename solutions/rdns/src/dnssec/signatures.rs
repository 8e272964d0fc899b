//! [`SignatureCache`]: the evidence of all replies lately.
//!
//! The evidence for an RRset is found by its *content*: owner, type, and a keyed hash of all RDATA.
//! So the signatures of one version of an RRset are never held against another version, whichever of
//! two servers replied last, and lesson 10's cache needs no link to this one.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache::cache::weight;
use cache::{Store, rrsets, ttl};
use chase::{ReceivedReply, SignatureKeeper};
use dnsparse::Record;
use referral::{Answer, ReplyKind};
use tokio::time::Instant;

use super::evidence::{self, Evidence, Received, Subject};
use super::recent::Recent;

/// The least time for which evidence is kept: longer than a search and its validation take, also
/// for records whose TTL is 0.
const LEAST_LIFETIME: Duration = Duration::from_secs(30);
/// The number of records that one entry weighs beside its own: it has a key.
const ENTRY_WEIGHT: usize = 1;

/// A bounded cache of evidence. Clones share it.
#[derive(Debug, Clone)]
pub struct SignatureCache {
    entries: Arc<Mutex<Entries>>,
    hasher: RandomState,
}

/// The cached evidence, and that of the last seconds.
#[derive(Debug)]
struct Entries {
    cached: Store<Subject, Arc<Received>>,
    recent: Recent,
}

impl SignatureCache {
    /// Creates an empty cache for evidence of the given number of records.
    pub fn new(capacity: usize) -> SignatureCache {
        SignatureCache {
            entries: Arc::new(Mutex::new(Entries {
                cached: Store::new(capacity),
                recent: Recent::default(),
            })),
            hasher: RandomState::new(),
        }
    }

    /// Returns the weight of all evidence, in records.
    pub fn records(&self) -> usize {
        self.entries().cached.weight()
    }

    /// Returns the subject that an RRset is; none if it has no record, or one that cannot be
    /// written.
    pub fn rrset(&self, rrset: &[Record]) -> Option<Subject> {
        let first = rrset.first()?;
        let octets = rrset.iter().map(|it| it.rdata.canonical_octets().ok());
        let mut octets = octets.collect::<Option<Vec<_>>>()?;
        octets.sort_unstable();
        octets.dedup();
        let hash = self.hasher.hash_one(&octets);
        Some(Subject::Rrset(first.owner.clone(), first.rtype(), hash))
    }

    /// Returns the evidence for a subject, as it came last.
    pub fn evidence(&self, subject: &Subject) -> Option<Arc<Received>> {
        let mut entries = self.entries();
        let now = Instant::now();
        let Entries { cached, recent } = &mut *entries;
        let cached = cached.get(subject, now).map(|(received, _)| received);
        cached.or_else(|| recent.get(subject, now)).cloned()
    }

    fn store(
        &self,
        subject: Subject,
        reply: &ReceivedReply<'_>,
        evidence: Evidence,
        lifetime: Duration,
    ) {
        let weight = entry_weight(&evidence);
        let received = Received {
            evidence,
            server: reply.server,
            zone: reply.zone.clone(),
            has_edns: reply.packet.edns.is_some(),
        };
        let lifetime = lifetime.max(LEAST_LIFETIME);
        let now = Instant::now();
        let received = Arc::new(received);
        let mut entries = self.entries();
        let (again, same) = (subject.clone(), Arc::clone(&received));
        entries.recent.put(again, same, weight, now);
        entries.cached.put(subject, received, weight, lifetime, now);
    }

    fn store_rrsets(&self, reply: &ReceivedReply<'_>, records: &[Record]) {
        for rrset in rrsets(records) {
            let Some(subject) = self.rrset(&rrset) else {
                continue;
            };
            let evidence = evidence::of_rrset(reply.packet, reply.zone, &rrset);
            self.store(subject, reply, evidence, ttl::lifetime(&rrset));
        }
    }

    fn store_absence(&self, reply: &ReceivedReply<'_>, subject: Subject) {
        let proof = evidence::proof(reply.packet, reply.zone);
        let lifetime = ttl::lifetime(&proof);
        let evidence = Evidence {
            proof,
            ..Evidence::default()
        };
        self.store(subject, reply, evidence, lifetime);
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SignatureKeeper for SignatureCache {
    fn keep(&self, reply: &ReceivedReply<'_>) {
        let (ReplyKind::Answer(answer) | ReplyKind::LastResort(answer)) = reply.kind else {
            if let ReplyKind::Referral(to) = reply.kind
                && let Some(evidence) = evidence::of_referral(reply.packet, reply.zone, &to.zone)
            {
                let records = match evidence.ds.is_empty() {
                    true => &evidence.proof,
                    false => &evidence.ds,
                };
                let lifetime = ttl::lifetime(records);
                self.store(
                    Subject::Delegation(to.zone.clone()),
                    reply,
                    evidence,
                    lifetime,
                );
            }
            return;
        };
        let qname = reply.question.qname.clone();
        match answer {
            Answer::Positive(records)
            | Answer::Alias { records, .. }
            | Answer::NameTooLong(records) => self.store_rrsets(reply, records),
            Answer::NoData(_) => {
                self.store_absence(reply, Subject::NoData(qname, reply.question.qtype));
            }
            Answer::NxDomain(_) => self.store_absence(reply, Subject::NxDomain(qname)),
        }
    }
}

fn entry_weight(evidence: &Evidence) -> usize {
    let Evidence {
        ds,
        signatures,
        proof,
    } = evidence;
    ENTRY_WEIGHT + weight(ds) + weight(signatures) + weight(proof)
}
