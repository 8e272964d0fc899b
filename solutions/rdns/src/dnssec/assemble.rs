//! From a resolution, which the search made, to the response that is validated: with the signatures
//! and proofs that came beside its records.

use std::collections::BTreeSet;
use std::net::IpAddr;

use cache::rrsets;
use chain::Response;
use chase::Resolution;
use dnsparse::{Name, Question, Rcode, Record, RecordType};

use super::evidence::{Received, Subject};
use super::signatures::SignatureCache;
use super::verdicts::limit_ttls;
use crate::aliases::targets;

/// A response, and where it came from.
#[derive(Debug, Clone, Default)]
pub struct Assembled {
    /// The response.
    pub response: Response,
    /// The servers.
    pub servers: BTreeSet<IpAddr>,
    /// The zones of those servers whose replies carried no EDNS.
    pub without_edns: BTreeSet<Name>,
}

/// Puts a resolution together with the evidence for it. Returns none if evidence is missing, since
/// its time has ended or others have taken its place: the records have to be fetched again.
pub fn assemble(
    question: &Question,
    resolution: &Resolution,
    signatures: &SignatureCache,
) -> Option<Assembled> {
    let mut assembled = Assembled::default();
    assembled.response.rcode = resolution.rcode;
    for rrset in rrsets(&resolution.records) {
        if !is_synthesized(&rrset, &resolution.records) {
            let subject = signatures.rrset(&rrset)?;
            let received = signatures.evidence(&subject)?;
            assembled.add(&received, rrset.first().map_or(0, |record| record.ttl));
        }
        assembled.response.answer.extend(rrset);
    }
    if let Some(name) = denied_name(question, resolution) {
        let received = absence(&name, question.qtype, resolution.rcode, signatures)?;
        assembled.response.authority.extend(resolution.soa.clone());
        let ttl = resolution.soa.as_ref().map_or(u32::MAX, |soa| soa.ttl);
        assembled.add(&received, ttl);
    }
    Some(assembled)
}

/// Returns the response to a question for DS records that a referral has answered already.
pub fn of_referral(zone: &Name, signatures: &SignatureCache) -> Option<Assembled> {
    let received = signatures.evidence(&Subject::Delegation(zone.clone()))?;
    let mut assembled = Assembled::default();
    assembled.response.answer = received.evidence.ds.clone();
    assembled.add(&received, u32::MAX);
    Some(assembled)
}

impl Assembled {
    /// Adds evidence, with TTLs that are no higher than that of what it proves.
    fn add(&mut self, received: &Received, ttl: u32) {
        let mut signatures = received.evidence.signatures.clone();
        let mut proof = received.evidence.proof.clone();
        limit_ttls(&mut signatures, ttl);
        limit_ttls(&mut proof, ttl);
        self.response.answer.extend(signatures);
        self.response.authority.extend(proof);
        self.servers.insert(received.server);
        if !received.has_edns {
            self.without_edns.insert(received.zone.clone());
        }
    }
}

/// Whether an RRset is the CNAME that follows from a DNAME before it: it is not signed.
fn is_synthesized(rrset: &[Record], records: &[Record]) -> bool {
    let Some(cname) = rrset.first().filter(|it| it.rtype() == RecordType::CNAME) else {
        return false;
    };
    let makes_it = |record: &Record| {
        record.rtype() == RecordType::DNAME
            && cname.owner.is_at_or_below(&record.owner)
            && cname.owner != record.owner
    };
    records.iter().any(makes_it)
}

/// Returns the name that a resolution says has no records: the one that its aliases lead to.
fn denied_name(question: &Question, resolution: &Resolution) -> Option<Name> {
    let records = &resolution.records;
    let follows_aliases = !matches!(question.qtype, RecordType::CNAME | RecordType::ANY);
    let last = targets(records).next_back().filter(|_| follows_aliases);
    let name = last.unwrap_or(&question.qname);
    let is_answer = |record: &Record| {
        record.owner == *name
            && (record.rtype() == question.qtype || question.qtype == RecordType::ANY)
    };
    let is_denied = match resolution.rcode {
        Rcode::NXDOMAIN => true,
        Rcode::NOERROR => !records.iter().any(is_answer),
        _ => false,
    };
    is_denied.then(|| name.clone())
}

/// Returns the evidence for an absence. That of a name is also for the names below it (RFC 8020),
/// and for each of its types.
fn absence(
    name: &Name,
    rtype: RecordType,
    rcode: Rcode,
    signatures: &SignatureCache,
) -> Option<std::sync::Arc<Received>> {
    let no_data = match rcode {
        Rcode::NXDOMAIN => None,
        _ => signatures.evidence(&Subject::NoData(name.clone(), rtype)),
    };
    no_data.or_else(|| {
        let mut names = name.ancestors();
        names.find_map(|name| signatures.evidence(&Subject::NxDomain(name)))
    })
}
