//! [`classify`]: which of six things a reply says.

use std::fmt;

use dnsparse::{DnsPacket, Name, Question, Rcode, Record, RecordType};

use crate::bailiwick::scrub;
use crate::chain::{Chain, chain, leads_on};
use crate::delegation::{Delegation, delegation};

/// The kind of a reply: an answer, a referral, or neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKind {
    /// The zone's own answer to the question, positive or negative.
    Answer(Answer),
    /// A delegation to a zone further down: its servers have to be asked.
    Referral(Delegation),
    /// The reply answers nothing and leads nowhere.
    Unusable(Unusable),
}

/// The answer to one question, from a server that has the zone, or from a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The records asked for, after the aliases that lead to them.
    Positive(Vec<Record>),
    /// Aliases to a name that the reply has no records of: that name is the next question.
    Alias {
        /// The CNAME records (and DNAME records), in the order in which they lead on.
        records: Vec<Record>,
        /// The name that the last of them points to.
        target: Name,
    },
    /// The name exists, but has no records of the type asked for.
    NoData(Negative),
    /// The name does not exist.
    NxDomain(Negative),
}

/// A negative answer, and the SOA that limits its TTL (RFC 2308).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negative {
    /// The aliases that lead to the name with the negative answer.
    pub records: Vec<Record>,
    /// The SOA of the zone: the lesser of its TTL and its minimum field limits how long the answer may be cached (RFC 2308
    /// section 5). Some servers leave it out.
    pub soa: Option<Record>,
}

/// The reason why a reply is unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// The RCODE is neither NOERROR nor NXDOMAIN: REFUSED, SERVFAIL, NOTIMP, FORMERR …
    Rcode(Rcode),
    /// TC is set, although the query went over TCP: records are missing, and perhaps those that matter.
    Truncated,
    /// The question section holds another question.
    WrongQuestion,
    /// The server is lame for the zone (RFC 9499): listed in its NS records, but not serving it.
    Lame(Lame),
}

/// The sign by which a lame server is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lame {
    /// The answer lacks AA: it comes from a cache, perhaps.
    NotAuthoritative,
    /// The referral leads to a zone that is not below the server's own, on the way to the name: up, sideways, or back to itself.
    WrongReferral(Name),
    /// The reply has neither an answer nor a referral.
    Empty,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::Rcode(rcode) => write!(f, "replied {rcode}"),
            Unusable::Truncated => write!(f, "truncated its reply"),
            Unusable::WrongQuestion => write!(f, "answered another question"),
            Unusable::Lame(lame) => write!(f, "is lame: {lame}"),
        }
    }
}

impl fmt::Display for Lame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lame::NotAuthoritative => write!(f, "its answer lacks AA"),
            Lame::WrongReferral(zone) => {
                write!(f, "its referral to {zone} leads no closer to the name")
            }
            Lame::Empty => write!(f, "it sent neither an answer nor a referral"),
        }
    }
}

/// Reads a reply to `question` from a server that was asked as a server of `zone`, which the name asked for lies in.
pub fn classify(reply: &DnsPacket, question: &Question, zone: &Name) -> ReplyKind {
    if let Some(unusable) = failure(reply, question) {
        return ReplyKind::Unusable(unusable);
    }
    let reply = scrub(reply, zone);
    let chain = chain(question, &reply.answers);
    // todo: In this order: an answer, if the chain has one; else, if the chain ends in the zone and the reply `is_negative`
    // there, that; else an alias, if the chain has any; else a referral, if there is a `delegation`; else it is lame, since it
    // is empty. (The functions below make a ReplyKind of each.)
    if !chain.answer.is_empty() {
        return answer(&reply, chain);
    }
    if chain.end.is_at_or_below(zone) && is_negative(&reply, &chain, zone) {
        return negative(&reply, chain);
    }
    if !chain.aliases.is_empty() {
        return alias(&reply, chain);
    }
    match delegation(&reply) {
        Some(delegation) => referral(delegation, question, zone),
        None => ReplyKind::Unusable(Unusable::Lame(Lame::Empty)),
    }
    // end todo
}

/// What makes a reply useless at first sight.
fn failure(reply: &DnsPacket, question: &Question) -> Option<Unusable> {
    // todo: Unusable::Rcode unless the RCODE is NOERROR or NXDOMAIN; Unusable::Truncated if TC is set; Unusable::WrongQuestion unless it
    // has this very question.
    let rcode = reply.rcode();
    if !matches!(rcode, Rcode::NOERROR | Rcode::NXDOMAIN) {
        return Some(Unusable::Rcode(rcode));
    }
    if reply.header.tc {
        return Some(Unusable::Truncated);
    }
    (reply.question() != Some(question)).then_some(Unusable::WrongQuestion)
    // end todo
}

/// Whether a reply without the records asked for says that there are none: by NXDOMAIN; by an SOA in its authority section; or,
/// as some servers do, by nothing at all, but with authority (RFC 2308 section 2.2). NS records beside an SOA are only those of
/// the zone; NS records alone are a referral, unless they are those of the very zone that was asked, which some servers put where the
/// SOA belongs. And aliases that go round in a circle, or on and on, end nowhere: nothing is known of what they lead to.
fn is_negative(reply: &DnsPacket, chain: &Chain, zone: &Name) -> bool {
    if leads_on(&chain.end, &reply.answers) {
        return false;
    }
    let has_soa = (reply.authorities.iter()).any(|record| record.rtype() == RecordType::SOA);
    let is_elsewhere = |record: &Record| record.rtype() == RecordType::NS && record.owner != *zone;
    let refers_on = reply.authorities.iter().any(is_elsewhere);
    let is_empty = chain.aliases.is_empty() && reply.header.aa;
    // todo: NXDOMAIN is negative; so is a reply that `has_soa`; and one that `is_empty`, unless it `refers_on`.
    reply.header.rcode == Rcode::NXDOMAIN || has_soa || is_empty && !refers_on
    // end todo
}

fn answer(reply: &DnsPacket, chain: Chain) -> ReplyKind {
    let Chain {
        mut aliases,
        answer,
        ..
    } = chain;
    aliases.extend(answer);
    with_authority(reply, ReplyKind::Answer(Answer::Positive(aliases)))
}

fn alias(reply: &DnsPacket, chain: Chain) -> ReplyKind {
    let Chain { aliases, end, .. } = chain;
    with_authority(
        reply,
        ReplyKind::Answer(Answer::Alias {
            records: aliases,
            target: end,
        }),
    )
}

/// "There is nothing", with the SOA that says so: one of a zone that the name lies in.
fn negative(reply: &DnsPacket, chain: Chain) -> ReplyKind {
    let Chain {
        aliases: records,
        end,
        ..
    } = chain;
    let is_soa =
        |record: &&Record| record.rtype() == RecordType::SOA && end.is_at_or_below(&record.owner);
    let soa = reply.authorities.iter().find(is_soa).cloned();
    let negative = Negative { records, soa };
    let reading = match reply.header.rcode {
        Rcode::NXDOMAIN => ReplyKind::Answer(Answer::NxDomain(negative)),
        _ => ReplyKind::Answer(Answer::NoData(negative)),
    };
    with_authority(reply, reading)
}

/// Only who has the zone may say what is in it, and what is not: AA has to be set. (A referral comes without it.)
///
/// Some servers answer without: those behind a cache or a load balancer that clears AA, and recursive servers that somebody has put
/// into an NS record. Their zones fail here. That is a decision: such a server cannot say that it has the zone, its negative answers
/// and TTLs are those of a cache. Resolvers that have to please everybody take such an answer as a last resort, when no other server
/// of the zone is left.
fn with_authority(reply: &DnsPacket, reading: ReplyKind) -> ReplyKind {
    // todo: Return the reading if the reply is authoritative, and Unusable::Lame(Lame::NotAuthoritative) if not.
    if reply.header.aa {
        reading
    } else {
        ReplyKind::Unusable(Unusable::Lame(Lame::NotAuthoritative))
    }
    // end todo
}

/// A referral has to lead on: to a zone below the one that was asked, and towards the name. Every other way leads in circles.
fn referral(delegation: Delegation, question: &Question, zone: &Name) -> ReplyKind {
    let to = &delegation.zone;
    // todo: Return the referral if `to` is strictly below the zone, and the name asked for is at or below `to`; else
    // Lame::WrongReferral.
    let is_deeper = to.is_at_or_below(zone) && to != zone;
    if is_deeper && question.qname.is_at_or_below(to) {
        return ReplyKind::Referral(delegation);
    }
    ReplyKind::Unusable(Unusable::Lame(Lame::WrongReferral(delegation.zone)))
    // end todo
}
