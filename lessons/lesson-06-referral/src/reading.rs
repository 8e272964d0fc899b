//! [`read`]: which of six things a reply says.

use std::fmt;

use dnsparse::{DnsPacket, Name, Question, Rcode, Record, RecordType};

use crate::bailiwick::scrub;
use crate::chain::{Chain, chain, leads_on};
use crate::delegation::{Delegation, delegation};

/// What a reply says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The records asked for, with the aliases that led to them before them.
    Answer(Vec<Record>),
    /// Aliases that lead to a name which this reply has nothing about: ask again, for that one.
    Alias {
        /// The CNAME records, in the order in which they lead on.
        records: Vec<Record>,
        /// Where they lead.
        target: Name,
    },
    /// Others know.
    Referral(Delegation),
    /// The name exists, without such records.
    NoData(Negative),
    /// There is no such name.
    NxDomain(Negative),
    /// This server is of no use for this question.
    Lame(Lame),
}

/// Nothing, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negative {
    /// The aliases that led to the name which has nothing.
    pub records: Vec<Record>,
    /// The SOA of the zone that says so: its TTL and minimum say for how long (RFC 2308 section 5). Some servers forget it.
    pub soa: Option<Record>,
}

/// Why a server is of no use (RFC 9499: *lame*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lame {
    /// It says so itself, by its RCODE: REFUSED, SERVFAIL, NOTIMP, FORMERR …
    Rcode(Rcode),
    /// It leaves something out (TC), though it was asked over TCP: what is missing may be just what matters.
    Truncated,
    /// It answers something that was not asked.
    WrongQuestion,
    /// It answers without authority: from a cache, perhaps, where it should have the zone.
    NotAuthoritative,
    /// It refers to a zone that is not below its own, on the way to the name: up, sideways, or to itself.
    WrongWay(Name),
    /// It says nothing at all.
    Empty,
}

impl fmt::Display for Lame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lame::Rcode(rcode) => write!(f, "it says {rcode}"),
            Lame::Truncated => write!(f, "it leaves something out"),
            Lame::WrongQuestion => write!(f, "it answers another question"),
            Lame::NotAuthoritative => write!(f, "it answers without authority"),
            Lame::WrongWay(zone) => write!(f, "it refers to {zone}, which is not on the way"),
            Lame::Empty => write!(f, "it says nothing"),
        }
    }
}

/// Reads a reply to `question` from a server that was asked as a server of `zone`, which the name asked for lies in.
pub fn read(reply: &DnsPacket, question: &Question, zone: &Name) -> Reading {
    if let Some(lame) = failure(reply, question) {
        return Reading::Lame(lame);
    }
    let reply = scrub(reply, zone);
    let chain = chain(question, &reply.answers);
    todo!(
        "In this order: an answer, if the chain has one; else, if the chain ends in the zone and the reply `is_negative` there, that; else an alias, if the chain has any; else a referral, if there is a `delegation`; else it is lame, since it is empty. (The functions below make a Reading of each.)"
    )
}

/// What makes a reply useless at first sight.
fn failure(reply: &DnsPacket, question: &Question) -> Option<Lame> {
    todo!(
        "Lame::Rcode unless the RCODE is NOERROR or NXDOMAIN; Lame::Truncated if TC is set; Lame::WrongQuestion unless it has this very question."
    )
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
    todo!(
        "NXDOMAIN is negative; so is a reply that `has_soa`; and one that `is_empty`, unless it `refers_on`."
    )
}

fn answer(reply: &DnsPacket, chain: Chain) -> Reading {
    let Chain {
        mut aliases,
        answer,
        ..
    } = chain;
    aliases.extend(answer);
    with_authority(reply, Reading::Answer(aliases))
}

fn alias(reply: &DnsPacket, chain: Chain) -> Reading {
    let Chain { aliases, end, .. } = chain;
    with_authority(
        reply,
        Reading::Alias {
            records: aliases,
            target: end,
        },
    )
}

/// "There is nothing", with the SOA that says so: one of a zone that the name lies in.
fn negative(reply: &DnsPacket, chain: Chain) -> Reading {
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
        Rcode::NXDOMAIN => Reading::NxDomain(negative),
        _ => Reading::NoData(negative),
    };
    with_authority(reply, reading)
}

/// Only who has the zone may say what is in it, and what is not: AA has to be set. (A referral comes without it.)
///
/// Some servers answer without: those behind a cache or a load balancer that clears AA, and recursive servers that somebody has put
/// into an NS record. Their zones fail here. That is a decision: such a server cannot say that it has the zone, its negative answers
/// and TTLs are those of a cache. Resolvers that have to please everybody take such an answer as a last resort, when no other server
/// of the zone is left.
fn with_authority(reply: &DnsPacket, reading: Reading) -> Reading {
    todo!("Return the reading if the reply is authoritative, and Lame::NotAuthoritative if not.")
}

/// A referral has to lead on: to a zone below the one that was asked, and towards the name. Every other way leads in circles.
fn referral(delegation: Delegation, question: &Question, zone: &Name) -> Reading {
    let to = &delegation.zone;
    todo!(
        "Return the referral if `to` is strictly below the zone, and the name asked for is at or below `to`; else Lame::WrongWay."
    )
}
