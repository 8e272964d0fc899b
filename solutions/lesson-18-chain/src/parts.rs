//! The parts of a response, each of which has to be proved: the RRsets of the answer, alias by alias,
//! and the absence at their end.

use dnsparse::{Name, Question, Rcode, Rdata, Record, RecordType};
use zone::substitute;

use crate::evidence::PROOF_TYPES;
use crate::reason::Reason;
use crate::response::{Response, SignedRrset, dname_above, may_sign};

/// The largest number of aliases in a response.
pub const MAX_ALIASES: usize = 16;

/// The largest number of types at one name that an answer to ANY may have. The rest is no part of the
/// answer (RFC 8482 section 4.1: a part is enough).
const MAX_TYPES: usize = 32;

/// One part of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// An RRset of the answer.
    Rrset(SignedRrset),
    /// A name without records of a type.
    Denial(Absence),
}

impl Part {
    /// Returns the owner and the type, with the zone that signed the part, if there is one.
    pub(crate) fn origin(&self) -> (&Name, RecordType, Option<&Name>) {
        match self {
            Part::Rrset(rrset) => (&rrset.owner, rrset.rtype, rrset.signer()),
            Part::Denial(absence) => (&absence.name, absence.rtype, absence.signer.as_ref()),
        }
    }
}

/// The claim that a name has no records of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Absence {
    pub(crate) name: Name,
    pub(crate) rtype: RecordType,
    /// Whether the name does not even exist.
    pub(crate) is_nxdomain: bool,
    /// The zone that denies it, as the signatures say.
    pub(crate) signer: Option<Name>,
}

/// All parts of a response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) parts: Vec<Part>,
    /// The CNAME records that follow from a DNAME record: the owner of each, and that of the DNAME
    /// record. They are not signed.
    pub(crate) synthesized: Vec<(Name, Name)>,
    /// The owner of the RRSIG records that are the answer to a question for them. They are not signed, so
    /// that no chain of trust leads to them.
    pub(crate) signatures: Option<Name>,
}

/// The source of a response, which decides what it means that its last alias has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// One server: without an SOA record, the target of the alias is for another server to answer.
    Server,
    /// A resolver, which has followed all aliases: the target has no records.
    Resolver,
}

/// Takes a response apart.
///
/// # Errors
/// The owner of an alias that cannot be right, with the reason.
pub(crate) fn parts(
    question: &Question,
    response: &Response,
    source: Source,
) -> Result<Parts, (Name, Reason)> {
    let mut parts = Parts::default();
    let mut name = question.qname.clone();
    let mut aliases = 0;
    // With NXDOMAIN the last name does not exist, even if the response has an answer: then it
    // contradicts itself, and cannot be proved.
    let mut is_denied = response.rcode == Rcode::NXDOMAIN;
    loop {
        match at_name(&name, question.qtype, &response.answer) {
            Found::Dname(rrset) => {
                let target = synthesized_target(&name, &rrset, &response.answer);
                let target = target.map_err(|reason| (name.clone(), reason))?;
                parts.synthesized.push((name.clone(), rrset.owner.clone()));
                parts.parts.push(Part::Rrset(rrset));
                let is_answer = [RecordType::CNAME, RecordType::ANY].contains(&question.qtype);
                match target {
                    Some(target) if !is_answer => name = target,
                    _ => break,
                }
            }
            Found::Cname(rrset, target) => {
                parts.parts.push(Part::Rrset(rrset));
                name = target;
            }
            Found::Answer(answer) => {
                parts.parts.extend(answer);
                break;
            }
            Found::Signatures => {
                parts.signatures = Some(name.clone());
                break;
            }
            Found::Nothing => {
                is_denied |=
                    parts.parts.is_empty() || has_soa(response) || source == Source::Resolver;
                break;
            }
        }
        aliases += 1;
        if aliases > MAX_ALIASES {
            return Err((name, Reason::TooManyAliases));
        }
    }
    if is_denied {
        let absence = absence(name, question.qtype, response);
        parts.parts.push(Part::Denial(absence));
    }
    Ok(parts)
}

/// The records of an answer section that stand for a name.
enum Found {
    Answer(Vec<Part>),
    Cname(SignedRrset, Name),
    Dname(SignedRrset),
    Signatures,
    Nothing,
}

fn at_name(name: &Name, qtype: RecordType, answer: &[Record]) -> Found {
    if let Some(dname) = dname_above(answer, name) {
        return Found::Dname(dname);
    }
    let has_rrsig = |record: &Record| record.owner == *name && record.rtype() == qtype;
    if qtype == RecordType::RRSIG && answer.iter().any(has_rrsig) {
        return Found::Signatures;
    }
    let rrsets = answers(name, qtype, answer);
    if !rrsets.is_empty() {
        return Found::Answer(rrsets);
    }
    let alias = SignedRrset::find(answer, name, RecordType::CNAME);
    let target = alias.as_ref().and_then(|rrset| rrset.records.first());
    match (target.map(|record| &record.rdata), &alias) {
        (Some(Rdata::Cname(target)), Some(alias)) => Found::Cname(alias.clone(), target.clone()),
        _ => Found::Nothing,
    }
}

/// Returns the RRsets that answer a question for a type at a name: for ANY, all that there are.
fn answers(name: &Name, qtype: RecordType, answer: &[Record]) -> Vec<Part> {
    let at_name = answer.iter().filter(|record| record.owner == *name);
    let mut rtypes: Vec<RecordType> = at_name.map(Record::rtype).collect();
    rtypes.sort_unstable();
    rtypes.dedup();
    rtypes.truncate(MAX_TYPES);
    match qtype {
        RecordType::ANY => rtypes.retain(|rtype| *rtype != RecordType::RRSIG),
        qtype => rtypes.retain(|rtype| *rtype == qtype),
    }
    let part = |rtype| SignedRrset::find(answer, name, rtype).map(Part::Rrset);
    rtypes.into_iter().filter_map(part).collect()
}

/// Returns the target of the alias that a DNAME record makes of a name; none, if it is too long for a
/// name (RFC 6672 section 2.2). The server sends the alias as a CNAME record, without a signature.
fn synthesized_target(
    name: &Name,
    dname: &SignedRrset,
    answer: &[Record],
) -> Result<Option<Name>, Reason> {
    let Some(Rdata::Dname(to)) = dname.records.first().map(|record| &record.rdata) else {
        return Err(Reason::WrongSynthesis);
    };
    let target = substitute(name, &dname.owner, to);
    let cname = SignedRrset::find(answer, name, RecordType::CNAME);
    let cname = cname.as_ref().and_then(|rrset| rrset.records.first());
    match (cname.map(|record| &record.rdata), &target) {
        (None, _) => Ok(target),
        (Some(Rdata::Cname(sent)), Some(made)) if sent == made => Ok(target),
        _ => Err(Reason::WrongSynthesis),
    }
}

/// Whether a response has the SOA record of a negative answer: the last of its aliases leads to nothing.
/// Otherwise it ends with that alias, and its target is another question.
fn has_soa(response: &Response) -> bool {
    let mut authority = response.authority.iter();
    authority.any(|record| record.rtype() == RecordType::SOA)
}

fn absence(name: Name, rtype: RecordType, response: &Response) -> Absence {
    let rrsigs = (response.authority.iter()).filter_map(|record| match &record.rdata {
        Rdata::Rrsig(rrsig) if PROOF_TYPES.contains(&rrsig.type_covered) => Some(&rrsig.signer),
        _ => None,
    });
    let may_deny = |signer: &&Name| may_sign(signer, &name, rtype);
    let signer = rrsigs
        .filter(may_deny)
        .max_by_key(|signer| signer.label_count())
        .cloned();
    Absence {
        is_nxdomain: response.rcode == Rcode::NXDOMAIN,
        signer,
        name,
        rtype,
    }
}
