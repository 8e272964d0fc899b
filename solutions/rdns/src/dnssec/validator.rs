//! [`Validator`]: validates what lesson 8's resolver finds, with lesson 18's chain of trust.
//!
//! The state machine of lesson 18 asks for DS and DNSKEY records, and here is where they come from:
//! ordinary searches, or the evidence that came with a referral. All of them together have the
//! budget and the deadline of one search.
//!
//! | module | does |
//! | --- | --- |
//! | `local_parts` | validates the public parts of an answer that is local in part |

mod local_parts;

use std::fmt;
use std::sync::Arc;

use chain::{
    Bogus, Indeterminate, KnownZones, Response, Status, Step, TracedLink, Validation, Verdict,
    ZoneStatus,
};
use chase::{
    BUDGET, DEADLINE, Dnssec, Knowledge, Reason, Resolution, ResolutionFailure, Resolver, Security,
    ServerSelection, Trace,
};
use dnsparse::{Class, DnsPacket, Question, Record, RecordType};
use hashed::{Limits, Meter};
use network::Network;
use recursive::ThreadRandom;
use recursive::validation::FutureResolution;
use tokio::time::{Instant, timeout_at};
use trust::reply::{reason, security};

use self::local_parts::public_parts;
use super::assemble::{assemble, of_referral};
use super::reply::complete;
use super::trust_state::TrustState;
use super::verdicts::limit_ttls;
use super::work::Work;

/// The maximum number of searches for DS and DNSKEY records in the validation of one answer: a name
/// of sixteen labels, each a signed zone, needs that many.
const MAX_LOOKUPS: usize = 32;

/// A validator over a resolver.
pub struct Validator<N, K, S> {
    resolver: Arc<Resolver<N, K, S>>,
    state: Arc<TrustState>,
}

/// What a validation has found, to be shown.
#[derive(Debug, Default)]
pub struct Explanation {
    /// Whether an answer is validated even if the verdict on its content is known.
    pub anew: bool,
    /// The steps of the search for the answer, without those for keys.
    pub search: Trace,
    /// The links of the chains of trust, each once.
    pub links: Vec<TracedLink>,
    /// The status; none if the search has failed, so that there is nothing to validate.
    pub status: Option<Status>,
}

impl<N: Network, K: Knowledge, S: ServerSelection> Validator<N, K, S> {
    /// Creates a validator over a resolver that has the keeper of the same state.
    pub fn new(resolver: Arc<Resolver<N, K, S>>, state: Arc<TrustState>) -> Validator<N, K, S> {
        Validator { resolver, state }
    }

    /// Finds the answer to a question, and validates it.
    pub async fn resolve(&self, question: &Question, trace: &mut Trace) -> Resolution {
        let mut explanation = Explanation::default();
        self.explain(question, trace, &mut explanation).await
    }

    /// Finds the answer to a question, validates it, and says what was validated.
    pub async fn explain(
        &self,
        question: &Question,
        trace: &mut Trace,
        explanation: &mut Explanation,
    ) -> Resolution {
        if let Some(bogus) = self.state.bogus.resolution(question) {
            trace.add(
                0,
                format_args!("{} {}: bogus a moment ago", question.qname, question.qtype),
            );
            return bogus;
        }
        if let Some(resolution) = self.synthesized(question) {
            trace.add(
                0,
                format_args!(
                    "{} {}: follows from NSEC records that were validated before",
                    question.qname, question.qtype
                ),
            );
            return resolution;
        }
        let deadline = Instant::now() + DEADLINE;
        let random = &mut ThreadRandom;
        let resolution = self.resolver.resolve(question, random, trace).await;
        explanation.search = trace.clone();
        if resolution.failure.is_some() {
            return resolution;
        }
        let queries = resolution.queries;
        // Boxed: a search that is still waiting for its answer needs no room for this.
        let validated = Box::pin(self.validate(question, resolution, trace, explanation));
        timeout_at(deadline, validated)
            .await
            .unwrap_or_else(|_| Resolution {
                queries,
                ..Resolution::failed(ResolutionFailure::Unfinished { limit: DEADLINE })
            })
    }

    /// Answers a question from validated gaps (RFC 8198), unless it is answered locally, is not to be
    /// validated, or has a cached answer: that comes from the name's own servers.
    fn synthesized(&self, question: &Question) -> Option<Resolution> {
        let resolution = self.state.gaps.resolution(question)?;
        let exceptions = self.state.zones.exceptions();
        let is_excepted = || {
            let now = self.state.clock.now();
            exceptions.closest(&question.qname, now).is_some()
        };
        let is_known = || self.resolver.knowledge().cached_answer(question).is_some();
        let is_local = || self.resolver.local_answer(question).is_some();
        (!is_local() && !is_excepted() && !is_known()).then_some(resolution)
    }

    /// Validates a resolution. The parts of it that are local have no signatures.
    async fn validate(
        &self,
        question: &Question,
        resolution: Resolution,
        trace: &mut Trace,
        explanation: &mut Explanation,
    ) -> Resolution {
        let is_local = |part: &Question| self.resolver.local_answer(part).is_some();
        match public_parts(question, &resolution.records, is_local) {
            None => {
                self.validate_public(question, resolution, trace, explanation)
                    .await
            }
            // Boxed, since it is rare.
            Some(parts) => Box::pin(self.validate_parts(&parts, resolution, trace)).await,
        }
    }

    /// Validates a resolution without local parts: with the verdict of last time if its content is the
    /// same, and otherwise by its signatures. If it is bogus, other servers are tried once.
    async fn validate_public(
        &self,
        question: &Question,
        resolution: Resolution,
        trace: &mut Trace,
        explanation: &mut Explanation,
    ) -> Resolution {
        let mut resolution = resolution;
        if explanation.anew {
            self.trace_start(question, trace);
        } else if self.state.verdicts.apply(question, &mut resolution) {
            return resolution;
        }
        let generation = self.state.generation();
        let mut work = Work::new(resolution.queries);
        let meter = &Meter::new(&*self.state.crypto, Limits::default());
        let mut verdict = self
            .verdict(question, &mut resolution, meter, &mut work, trace)
            .await;
        while let Some(reason) = self.ask_again(question, &verdict.status, &mut work) {
            trace.add(1, reason);
            verdict = self
                .verdict(question, &mut resolution, meter, &mut work, trace)
                .await;
        }
        resolution.queries = work.queries;
        for link in work.links {
            if !explanation.links.contains(&link) {
                explanation.links.push(link);
            }
        }
        explanation.status = Some(verdict.status.clone());
        let is_current = generation == self.state.generation();
        self.conclude(question, resolution, verdict, is_current)
    }

    /// Has a part of the answer asked for again, if that may better its status. Returns a line for
    /// the trace; none if the status stays.
    fn ask_again(&self, question: &Question, status: &Status, work: &mut Work) -> Option<String> {
        let end = match status {
            Status::Insecure(insecure) => &insecure.zone,
            Status::Bogus(bogus) => &bogus.owner,
            Status::Secure | Status::Indeterminate(_) => return None,
        };
        if work.ask_with_edns(question, end) {
            let Question { qname, qtype, .. } = question;
            return Some(format!("{qname} {qtype} is asked for again, with EDNS"));
        }
        let Status::Bogus(bogus) = status else {
            return None;
        };
        let Bogus { owner, rtype, .. } = bogus;
        let is_known = self.state.bogus.contains(owner, *rtype);
        let is_again = work.ask_again(question, bogus, is_known);
        is_again.then(|| format!("{owner} {rtype} is asked for at another server"))
    }

    /// Adds a line about the zone at which the chain starts, if that is cached.
    fn trace_start(&self, question: &Question, trace: &mut Trace) {
        let (zones, now) = (&self.state.zones, self.state.now());
        let exception = zones.exception(&question.qname, now);
        let Some(zone) = exception.or_else(|| zones.closest(&question.qname, now)) else {
            return;
        };
        let (mark, status) = match zone.status {
            ZoneStatus::Secure(_) => ('+', "secure"),
            ZoneStatus::Insecure(_) => ('-', "insecure"),
        };
        trace.add(
            1,
            format_args!("{mark} {}: {status}, as found before", zone.name),
        );
    }

    /// Runs a validation to its end.
    async fn verdict(
        &self,
        question: &Question,
        resolution: &mut Resolution,
        meter: &Meter<'_>,
        work: &mut Work,
        trace: &mut Trace,
    ) -> Verdict {
        let Some(response) = self.response(question, resolution, work, trace).await else {
            return no_response(question);
        };
        let anchors = &*self.state.anchors();
        let mut validation = Validation::of_resolution(question, response);
        let mut shown = 0;
        loop {
            let step = validation.step(&self.state.context(anchors, meter));
            for link in validation.trace().skip(shown) {
                trace.add(1, link);
                work.links.push(link.clone());
                shown += 1;
            }
            for zone in validation.take_zones() {
                self.state.zones.store(zone);
            }
            let (qname, qtype) = match step {
                Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
                Step::Ds(name) => (name, RecordType::DS),
                Step::Done(verdict) => return verdict,
            };
            let qclass = Class::IN;
            let needed = Question {
                qname,
                qtype,
                qclass,
            };
            match self.look_up(&needed, work, trace).await {
                Some(response) => {
                    let context = self.state.context(anchors, meter);
                    validation.handle_response(&response, &context);
                }
                None => validation.handle_failure(),
            }
        }
    }

    /// Returns the response to validate. If evidence is missing, or validation has rejected it, the
    /// search is repeated, past the cache.
    async fn response(
        &self,
        question: &Question,
        resolution: &mut Resolution,
        work: &mut Work,
        trace: &mut Trace,
    ) -> Option<Response> {
        let key = (question.qname.clone(), question.qtype);
        let assembled = match work.again.remove(&key) {
            false => assemble(question, resolution, &self.state.signatures),
            true => None,
        };
        let assembled = match assembled {
            Some(assembled) => assembled,
            None => {
                let again = self.search_again(question, work, trace).await;
                // Without a better answer, the rejected one stays: some clients want it all the same.
                *resolution = again.unwrap_or_else(|| resolution.clone());
                assemble(question, resolution, &self.state.signatures)?
            }
        };
        Some(work.note(key, assembled))
    }

    /// Looks up DS or DNSKEY records. Returns none if no server has them, or if the work for one
    /// answer is used up.
    async fn look_up(
        &self,
        needed: &Question,
        work: &mut Work,
        trace: &mut Trace,
    ) -> Option<Response> {
        let key = (needed.qname.clone(), needed.qtype);
        if work.retries.rejected().is_empty()
            && needed.qtype == RecordType::DS
            && let Some(assembled) = of_referral(&needed.qname, &self.state.signatures)
        {
            return Some(work.note(key, assembled));
        }
        work.lookups += 1;
        if work.lookups > MAX_LOOKUPS || work.queries >= BUDGET {
            return None;
        }
        if !work.retries.rejected().is_empty() {
            work.again.insert(key);
            let mut none = Resolution::failed(ResolutionFailure::NoRoute);
            return self.response(needed, &mut none, work, trace).await;
        }
        let random = &mut ThreadRandom;
        let mut resolution = Box::pin(self.resolver.resolve(needed, random, trace)).await;
        work.queries += resolution.queries;
        match resolution.failure {
            Some(_) => None,
            None => self.response(needed, &mut resolution, work, trace).await,
        }
    }

    /// Searches once more, past the cache; none if the search fails.
    async fn search_again(
        &self,
        question: &Question,
        work: &mut Work,
        trace: &mut Trace,
    ) -> Option<Resolution> {
        if work.queries >= BUDGET {
            return None;
        }
        let random = &mut ThreadRandom;
        let search =
            (self.resolver).resolve_again(question, work.retries.rejected(), random, trace);
        let resolution = Box::pin(search).await;
        work.queries += resolution.queries;
        resolution.failure.is_none().then_some(resolution)
    }

    /// Adds the verdict to the resolution, and stores it if it is current.
    fn conclude(
        &self,
        question: &Question,
        mut resolution: Resolution,
        verdict: Verdict,
        is_current: bool,
    ) -> Resolution {
        let security = security(&verdict.status);
        let exception = self.by_exception(&verdict.status);
        // A negative trust anchor may end before the TTLs do.
        let left = exception.as_ref().map_or(u32::MAX, |(_, left)| *left);
        let reason = exception
            .map(|(reason, _)| reason)
            .or_else(|| reason(&verdict.status));
        if security == Security::Secure && is_current {
            self.state.gaps.store(&verdict.response);
        }
        let content = self.state.verdicts.content(&resolution);
        let mut content = content.filter(|_| is_current);
        let is_signature = |record: &Record| record.rtype() == RecordType::RRSIG;
        let (signatures, records) = match question.qtype {
            RecordType::RRSIG => (Vec::new(), verdict.response.answer),
            _ => (verdict.response.answer.into_iter()).partition(is_signature),
        };
        let (soa, proofs): (Vec<Record>, Vec<Record>) = (verdict.response.authority.into_iter())
            .partition(|record| record.rtype() == RecordType::SOA);
        if security != Security::Bogus {
            if resolution.rcode != verdict.response.rcode {
                // The records prove NODATA for an NXDOMAIN. Next time they have to prove it again.
                resolution.rcode = verdict.response.rcode;
                content = None;
            }
            resolution.records = records;
            resolution.soa = soa.into_iter().next();
        }
        let dnssec = Dnssec {
            security,
            reason,
            signatures,
            proofs,
        };
        if security == Security::Bogus {
            resolution.dnssec = Some(Box::new(dnssec));
            if is_current {
                self.store_bogus(question, &verdict.status, &resolution);
            }
            return resolution;
        }
        let resolution = with_dnssec(resolution, dnssec, left);
        if let Some(content) = content {
            self.state.verdicts.store(question, content, &resolution);
        }
        resolution
    }

    /// Stores a bogus resolution, and which RRset is bogus.
    fn store_bogus(&self, question: &Question, status: &Status, resolution: &Resolution) {
        if let Status::Bogus(Bogus { owner, rtype, .. }) = status {
            self.state.bogus.store(owner, *rtype, None);
        }
        let Question { qname, qtype, .. } = question;
        self.state.bogus.store(qname, *qtype, Some(resolution));
    }

    /// Returns the reason for an insecure status that the operator has set, and the seconds for which it
    /// holds.
    fn by_exception(&self, status: &Status) -> Option<(Reason, u32)> {
        let Status::Insecure(insecure) = status else {
            return None;
        };
        let now = self.state.clock.now();
        let exceptions = self.state.zones.exceptions();
        let (zone, mut left) = exceptions.closest(&insecure.zone, now)?;
        if exceptions.is_own(&zone) {
            left = u32::MAX;
        }
        let reason = Reason {
            info_code: 0,
            text: format!("{zone} is not validated: its operator, or this server's, has said so"),
        };
        Some((reason, left))
    }
}

/// Returns the verdict where the search has brought nothing that can be validated.
fn no_response(question: &Question) -> Verdict {
    let Question { qname, qtype, .. } = question.clone();
    Verdict {
        status: Status::Indeterminate(Indeterminate::NoResponse {
            name: qname,
            rtype: qtype,
        }),
        denial: None,
        response: Response::default(),
    }
}

impl<N, K, S> fmt::Debug for Validator<N, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Validator").field(&self.state).finish()
    }
}

/// Adds a verdict to a resolution, whose TTLs are limited to the seconds for which it holds.
fn with_dnssec(mut resolution: Resolution, dnssec: Dnssec, seconds: u32) -> Resolution {
    limit_ttls(&mut resolution.records, seconds);
    limit_ttls(&mut resolution.soa, seconds);
    resolution.dnssec = Some(Box::new(dnssec));
    resolution
}

impl<N, K, S> recursive::Validation for Validator<N, K, S>
where
    N: Network,
    K: Knowledge,
    S: ServerSelection,
{
    fn resolve<'v>(&'v self, question: &'v Question, trace: &'v mut Trace) -> FutureResolution<'v> {
        Box::pin(Validator::resolve(self, question, trace))
    }

    fn complete(&self, query: &DnsPacket, reply: &mut DnsPacket, resolution: &Resolution) {
        complete(query, reply, resolution);
    }
}
