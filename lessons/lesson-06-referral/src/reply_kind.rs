//! [`ReplyKind`]: the kinds of a reply, and the answers that have one.

use std::fmt;

use dnsparse::{Name, Rcode, Record, RecordType};

use crate::delegation::Delegation;

/// The kind of a reply: an answer of first or of last choice, a referral, or none of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKind {
    /// The zone's own answer to the question, positive or negative.
    Answer(Answer),
    /// A delegation to a zone further down: its servers are to be queried next.
    Referral(Delegation),
    /// An answer without AA: the server does not claim to have the zone. It is used only when no
    /// server of the zone sent anything better.
    LastResort(Answer),
    /// The reply answers nothing and leads nowhere.
    Unusable(Unusable),
}

/// The answer to one question, from a server that has the zone, or from a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The records of the question's type.
    Positive(Vec<Record>),
    /// Aliases to another name, which is to be resolved next, whatever records of it the reply has.
    Alias {
        /// The CNAME records (and DNAME records), each after the one that points to it.
        records: Vec<Record>,
        /// The name that the last of them points to.
        target: Name,
    },
    /// The name exists, but has no records of the question's type.
    NoData(Negative),
    /// The name does not exist.
    NxDomain(Negative),
    /// The last of these records is a DNAME that makes the name, or the target of the alias before
    /// it, longer than a name can be (RFC 6672 section 2.2).
    NameTooLong(Vec<Record>),
}

/// The longest TTL of an answer without AA, in seconds: an authoritative server may be back soon.
pub const LAST_RESORT_TTL: u32 = 30;

impl Answer {
    /// Lowers the TTL of each record to [`LAST_RESORT_TTL`].
    pub(crate) fn with_short_ttls(mut self) -> Answer {
        let records = match &mut self {
            Answer::Positive(records)
            | Answer::Alias { records, .. }
            | Answer::NameTooLong(records) => records.as_mut_slice(),
            Answer::NoData(negative) | Answer::NxDomain(negative) => negative.soa.as_mut_slice(),
        };
        for record in records {
            record.ttl = record.ttl.min(LAST_RESORT_TTL);
        }
        self
    }
}

/// A negative answer, and the SOA that limits its TTL (RFC 2308).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negative {
    /// The SOA of the zone: the lesser of its TTL and its minimum field limits how long the answer
    /// may be cached (RFC 2308 section 5). Some servers leave it out.
    pub soa: Option<Record>,
}

/// The reason why a reply is unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// The RCODE is neither NOERROR nor NXDOMAIN: REFUSED, SERVFAIL, NOTIMP, FORMERR …
    Rcode(Rcode),
    /// TC is set, although the query went over TCP: records are missing, and perhaps those that
    /// matter.
    Truncated,
    /// The question section holds another question.
    WrongQuestion,
    /// A record that the answer needs has malformed RDATA.
    Malformed {
        /// The record's owner.
        owner: Name,
        /// Its type.
        rtype: RecordType,
    },
    /// The server is lame for the zone (RFC 9499): listed in its NS records, but not serving it.
    Lame(Lame),
}

/// The sign by which a lame server is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lame {
    /// The referral leads no closer to the name: up, sideways, or back to the server's own zone.
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
            Unusable::Malformed { owner, rtype } => {
                write!(f, "sent a malformed {rtype} record of {owner}")
            }
            Unusable::Lame(lame) => write!(f, "is lame: {lame}"),
        }
    }
}

impl fmt::Display for Lame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lame::WrongReferral(zone) => {
                write!(f, "its referral to {zone} leads no closer to the name")
            }
            Lame::Empty => write!(f, "it sent neither an answer nor a referral"),
        }
    }
}
