//! [`Validation`]: a response, part by part, each with the chain of trust to its zone.

use std::sync::Arc;

use deny::Denial;
use dnsparse::{Name, Question, Rcode, Rdata, Record, RecordType};

use crate::chain::{Chain, ChainStep, Ending};
use crate::context::Context;
use crate::decide::{decide_absence, decide_rrset};
use crate::parts::{Part, Parts, Source, parts};
use crate::response::Response;
use crate::status::{Bogus, Cause, Insecure, Status};
use crate::trace::{LinkResult, TracedLink};
use crate::zone_status::{KnownZones, Zone, ZoneStatus};

pub use crate::parts::MAX_ALIASES;

/// The validation of one response, as a state machine.
///
/// A response may hold several aliases, each from another zone. It may as well end with an alias
/// whose target is not answered: then that is validated, and the target is the caller's next question.
#[derive(Debug, Clone)]
pub struct Validation {
    response: Response,
    /// The parts that are left, the next one last.
    parts: Vec<Part>,
    synthesized: Vec<(Name, Name)>,
    /// The chain to the zone of the next part.
    chain: Option<Chain>,
    status: Status,
    denial: Option<Denial>,
    /// What was verified: owner, type, and the seconds for which it may be cached.
    verified: Vec<(Name, RecordType, u32)>,
    /// The zones whose status was found.
    zones: Vec<Zone>,
    /// The number of these that the caller has taken.
    taken: usize,
    trace: Vec<TracedLink>,
}

/// The next step of a validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Resolve the DNSKEY records of this zone, and call [`Validation::handle_response`] or
    /// [`Validation::handle_failure`].
    Dnskey(Name),
    /// Resolve the DS records of this name, at the servers of the zone above it, and call the same.
    Ds(Name),
    /// The validation has ended.
    Done(Verdict),
}

/// The result of a validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The status of the whole response: that of its worst part.
    pub status: Status,
    /// The absence that was proved, if the response has no answer, or only aliases. A server that makes
    /// its proofs while it answers replies with NOERROR to a question for a name that does not exist:
    /// here it is [`Denial::NxDomain`] (RFC 9824).
    pub denial: Option<Denial>,
    /// The response, without the records that are no part of the answer or its proof, and with each
    /// TTL lowered to that of the signature (RFC 4035 section 5.3.3). If the status is not secure, the
    /// authority section is as it came.
    pub response: Response,
}

/// The zones that this validation has found, and those that the caller knows.
struct Both<'b> {
    found: &'b [Zone],
    known: &'b dyn KnownZones,
}

impl KnownZones for Both<'_> {
    fn closest(&self, name: &Name, now: u32) -> Option<Zone> {
        let found = self.found.iter();
        let found = found.filter(|zone| name.is_at_or_below(&zone.name));
        let found = found.max_by_key(|zone| zone.name.label_count()).cloned();
        let known = self.known.closest(name, now);
        found
            .into_iter()
            .chain(known)
            .max_by_key(|zone| zone.name.label_count())
    }
}

impl Validation {
    /// Starts the validation of one server's response to a question.
    pub fn new(question: &Question, response: Response) -> Validation {
        Validation::of(question, response, Source::Server)
    }

    /// Starts the validation of a response that a resolver has put together from those of several
    /// servers. If its last alias leads to no record, that has to be proved: an attacker can leave out
    /// the SOA record of a denial.
    pub fn of_resolution(question: &Question, response: Response) -> Validation {
        Validation::of(question, response, Source::Resolver)
    }

    fn of(question: &Question, response: Response, source: Source) -> Validation {
        let (parts, status) = match parts(question, &response, source) {
            Ok(parts) => {
                let status = parts.signatures.as_ref().map(signatures_status);
                (parts, status.unwrap_or(Status::Secure))
            }
            Err((owner, reason)) => {
                let rtype = RecordType::CNAME;
                let bogus = Bogus {
                    owner,
                    rtype,
                    reason,
                };
                (Parts::default(), Status::Bogus(bogus))
            }
        };
        Validation {
            response,
            parts: parts.parts.into_iter().rev().collect(),
            synthesized: parts.synthesized,
            chain: None,
            status,
            denial: None,
            verified: Vec::new(),
            zones: Vec::new(),
            taken: 0,
            trace: Vec::new(),
        }
    }

    /// Returns the next step, and goes on as far as that is possible without a response. It is the same
    /// step until a response has been handled.
    pub fn step(&mut self, context: &Context<'_>) -> Step {
        while let Some(part) = self.parts.pop() {
            let mut chain = match self.chain.take() {
                Some(chain) => chain,
                None => self.chain_to(&part, context),
            };
            let ending = match chain.step() {
                ChainStep::Dnskey(zone) => {
                    self.wait(part, chain);
                    return Step::Dnskey(zone);
                }
                ChainStep::Ds(name) => {
                    self.wait(part, chain);
                    return Step::Ds(name);
                }
                ChainStep::Ended(ending) => ending,
            };
            self.zones.extend(chain.take_zones());
            self.trace.extend_from_slice(chain.trace());
            let status = self.finish(&part, ending, context);
            self.status = std::mem::replace(&mut self.status, Status::Secure).and(status);
            if matches!(self.status, Status::Bogus(_)) {
                self.parts.clear(); // it cannot become worse
            }
        }
        Step::Done(self.verdict())
    }

    /// Keeps a part whose chain needs a response.
    fn wait(&mut self, part: Part, chain: Chain) {
        self.parts.push(part);
        self.chain = Some(chain);
    }

    /// Handles the response to the question of the last step.
    pub fn handle_response(&mut self, response: &Response, context: &Context<'_>) {
        if let Some(chain) = &mut self.chain {
            chain.handle_response(response, context);
        }
    }

    /// Handles the absence of a response to the question of the last step: the servers have failed.
    pub fn handle_failure(&mut self) {
        if let Some(chain) = &mut self.chain {
            chain.handle_failure();
        }
    }

    /// Returns the zones whose status was found since the last call, to be stored for the next
    /// validation.
    pub fn take_zones(&mut self) -> Vec<Zone> {
        if let Some(chain) = &mut self.chain {
            self.zones.extend(chain.take_zones());
        }
        let zones = self.zones.get(self.taken..).unwrap_or_default().to_vec();
        self.taken = self.zones.len();
        zones
    }

    /// Returns the links that were validated so far.
    pub fn trace(&self) -> impl Iterator<Item = &TracedLink> {
        let chain = self.chain.iter().flat_map(Chain::trace);
        self.trace.iter().chain(chain)
    }

    /// Starts the chain to the zone of a part: the one that signed it. A part without a signature may be
    /// in any zone at or above its owner, and the chain has to find out in which. A part whose name is
    /// an exception needs no chain, even if the zone that signed it is none.
    fn chain_to(&self, part: &Part, context: &Context<'_>) -> Chain {
        if let Some(zone) = self.exception(part, context) {
            return Chain::ended(zone);
        }
        let (owner, rtype, signer) = part.origin();
        let known = Both {
            found: &self.zones,
            known: context.known,
        };
        let known = &known;
        Chain::new(
            zone_of(owner, rtype, signer),
            &Context { known, ..*context },
        )
    }

    /// Returns the exception for the name that a part stands for: a DNAME record stands for the aliases
    /// that it makes.
    fn exception(&self, part: &Part, context: &Context<'_>) -> Option<Zone> {
        let (owner, rtype, _) = part.origin();
        let exception = |name: &Name| {
            let zone = context.known.exception(name, context.now)?;
            let anchor = context.anchors.closest(name);
            // A trust anchor below the exception is the closer one, and counts.
            let is_closer = anchor.is_none_or(|(anchor, _)| zone.name.is_at_or_below(&anchor));
            is_closer.then_some(zone)
        };
        let is_made_by_it = |dname: &Name| rtype == RecordType::DNAME && dname == owner;
        let mut synthesized = self.synthesized.iter();
        exception(&zone_of(owner, rtype, None)).or_else(|| {
            synthesized.find_map(|(alias, dname)| exception(alias).filter(|_| is_made_by_it(dname)))
        })
    }

    /// Decides on a part, once its chain has ended.
    fn finish(&mut self, part: &Part, ending: Ending, context: &Context<'_>) -> Status {
        let zone = match ending {
            Ending::Zone(zone) => zone,
            Ending::Bogus(bogus) => return Status::Bogus(bogus),
            Ending::Indeterminate(indeterminate) => return Status::Indeterminate(indeterminate),
        };
        if let ZoneStatus::Insecure(insecure) = zone.status {
            return Status::Insecure(insecure);
        }
        let authority = &self.response.authority;
        let (owner, rtype, decided) = match part {
            Part::Rrset(rrset) => {
                let decided = decide_rrset(rrset, &zone, authority, context);
                (rrset.owner.clone(), rrset.rtype, decided)
            }
            Part::Denial(absence) => {
                let decided = decide_absence(absence, &zone, authority, context);
                (absence.name.clone(), absence.rtype, decided)
            }
        };
        let (result, status) = match decided {
            Ok(decision) => {
                self.verified.extend(decision.verified);
                self.denial = decision.denial;
                (decision.result, decision.status)
            }
            Err(reason) => {
                let reason = reason.unless_exhausted(context.crypto);
                let bogus = Bogus {
                    owner: owner.clone(),
                    rtype,
                    reason,
                };
                (LinkResult::Bogus(bogus.clone()), Status::Bogus(bogus))
            }
        };
        self.trace.push(TracedLink {
            name: owner,
            rtype,
            result,
        });
        status
    }

    fn verdict(&self) -> Verdict {
        let is_secure = self.status == Status::Secure;
        let answer = self.response.answer.iter().filter_map(|record| {
            let ttl = self.ttl_in_answer(record, is_secure)?;
            Some(with_ttl(record, ttl))
        });
        let authority = self.response.authority.iter().filter_map(|record| {
            match self.verified_ttl(&record.owner, covered_type(record)) {
                Some(ttl) => Some(with_ttl(record, ttl)),
                None => (!is_secure).then(|| record.clone()),
            }
        });
        Verdict {
            status: self.status.clone(),
            denial: self.denial,
            response: Response {
                rcode: self.rcode(),
                answer: answer.collect(),
                authority: authority.collect(),
            },
        }
    }

    /// Returns the RCODE: NOERROR, if the response claims NXDOMAIN and its records prove NODATA.
    fn rcode(&self) -> Rcode {
        match (self.response.rcode, self.denial) {
            (Rcode::NXDOMAIN, Some(Denial::NoData)) => Rcode::NOERROR,
            (rcode, _) => rcode,
        }
    }

    /// Returns the TTL of a record of the answer section; none, if it is no part of the answer.
    fn ttl_in_answer(&self, record: &Record, is_secure: bool) -> Option<u32> {
        if let Some(ttl) = self.verified_ttl(&record.owner, covered_type(record)) {
            return Some(ttl);
        }
        let is_cname = record.rtype() == RecordType::CNAME;
        let mut synthesized = self.synthesized.iter();
        let dname = synthesized.find(|(alias, _)| is_cname && *alias == record.owner);
        match dname {
            Some((_, dname)) if is_secure => self.verified_ttl(dname, RecordType::DNAME),
            _ => (!is_secure).then_some(record.ttl),
        }
    }

    fn verified_ttl(&self, owner: &Name, rtype: RecordType) -> Option<u32> {
        let mut verified = self.verified.iter();
        let found = verified.find(|(name, of_type, _)| name == owner && *of_type == rtype);
        found.map(|(_, _, ttl)| *ttl)
    }
}

/// Returns the name at which the chain of a part ends: the signer, or without one the longest name
/// that may be its zone.
fn zone_of(owner: &Name, rtype: RecordType, signer: Option<&Name>) -> Name {
    match signer {
        Some(signer) => signer.clone(),
        None if rtype == RecordType::DS => owner.parent().unwrap_or(Name::ROOT),
        None => owner.clone(),
    }
}

/// RRSIG records of a secure zone prove nothing about themselves.
fn signatures_status(owner: &Name) -> Status {
    Status::Insecure(Insecure {
        zone: owner.clone(),
        cause: Cause::Signatures,
        proof: Arc::new([]),
    })
}

/// Returns the type of the RRset that a record belongs to: a signature to that which it covers.
fn covered_type(record: &Record) -> RecordType {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.type_covered,
        _ => record.rtype(),
    }
}

fn with_ttl(record: &Record, ttl: u32) -> Record {
    Record {
        ttl: ttl.min(record.ttl),
        ..record.clone()
    }
}
