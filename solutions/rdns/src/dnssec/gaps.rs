//! [`Gaps`]: answers from NSEC records that were validated before, without a query (RFC 8198): lesson
//! 20's cache of gaps, where no other cache has an answer.
//!
//! Only answers that are secure fill it, whichever flags the client has set. So a query with CD gets an
//! answer from it as well, and with DO the records that prove it: it holds for every client.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chain::Response;
use chase::{Dnssec, Reason, Resolution, Security};
use dnsparse::{Class, Question, RecordType};
use tokio::time::Instant;
use trust::gap_cache::GapCache;
use trust::synthesis::Synthesis;

/// The INFO-CODE *Synthesized* of the registry for extended errors (RFC 8914 section 5.2), as Knot
/// Resolver sends it: the operator of a zone may wonder about an answer that no server has given.
const SYNTHESIZED: u16 = 29;

/// A cache of gaps that all searches share, or none.
#[derive(Debug)]
pub struct Gaps(Option<Mutex<GapCache>>);

impl Gaps {
    /// Creates an empty cache for the given number of records.
    pub fn new(capacity: usize) -> Gaps {
        Gaps(Some(Mutex::new(GapCache::new(capacity))))
    }

    /// Returns no cache: each name is looked up.
    pub fn off() -> Gaps {
        Gaps(None)
    }

    /// Stores the gaps, and the RRsets of wildcards, of a secure response.
    pub fn store(&self, secure: &Response) {
        if let Some(mut cache) = self.cache() {
            let now = Instant::now();
            cache.store_authority(&secure.authority, now);
            cache.store_wildcard(&secure.answer, now);
        }
    }

    /// Answers a question from the gaps.
    pub fn resolution(&self, question: &Question) -> Option<Resolution> {
        if question.qclass != Class::IN {
            return None;
        }
        let cache = self.cache()?;
        let synthesis = cache.synthesize(&question.qname, question.qtype, Instant::now())?;
        drop(cache);
        Some(resolution(synthesis))
    }

    /// Returns the number of records.
    pub fn records(&self) -> usize {
        self.cache().map_or(0, |cache| cache.records())
    }

    /// Removes all records.
    pub fn clear(&self) {
        if let Some(mut cache) = self.cache() {
            cache.clear();
        }
    }

    fn cache(&self) -> Option<MutexGuard<'_, GapCache>> {
        let cache = self.0.as_ref()?;
        Some(cache.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns an answer as the resolver would have found it, and the validator judged it.
fn resolution(synthesis: Synthesis) -> Resolution {
    let is_signature = |record: &dnsparse::Record| record.rtype() == RecordType::RRSIG;
    let (signatures, records) = synthesis.answer.into_iter().partition(is_signature);
    Resolution {
        rcode: synthesis.rcode,
        records,
        soa: synthesis.soa,
        failure: None,
        queries: 0,
        dnssec: Some(Box::new(Dnssec {
            security: Security::Secure,
            reason: Some(Reason {
                info_code: SYNTHESIZED,
                text: "from validated NSEC records".to_owned(),
            }),
            signatures,
            proofs: synthesis.proofs,
        })),
    }
}
