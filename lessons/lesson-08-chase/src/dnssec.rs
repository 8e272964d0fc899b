//! Signatures and proofs (given): a resolver that validates asks for them, and keeps them.
//!
//! RRSIG, NSEC and NSEC3 records prove others, and no step of a walk depends on them. So a search
//! goes the same way with and without them. Two things differ, and only in a resolver with a
//! [`SignatureKeeper`]: its queries have DO set (RFC 4035 section 3.2.1), and the keeper receives
//! each reply as it came, before the walk handles it. After the search, validation (lesson 20) finds
//! there the signatures of the records that the search returned.

use std::fmt;
use std::net::IpAddr;

use dnsparse::{DnsPacket, Name, Question, Record};
use referral::ReplyKind;

/// A reply with everything that validation may need of it.
#[derive(Debug, Clone, Copy)]
pub struct ReceivedReply<'r> {
    /// The server that sent it.
    pub server: IpAddr,
    /// The zone that the server was queried for.
    pub zone: &'r Name,
    /// The question that the server received.
    pub question: &'r Question,
    /// The reply, classified by lesson 6.
    pub kind: &'r ReplyKind,
    /// The reply itself, with the records of all sections, not scrubbed.
    pub packet: &'r DnsPacket,
}

/// Keeps the signatures and proofs of replies, for the validation that comes after the search.
pub trait SignatureKeeper: fmt::Debug + Send + Sync + 'static {
    /// Takes a reply, before any search uses it.
    fn keep(&self, reply: &ReceivedReply<'_>);
}

/// The part of a resolution that validation adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dnssec {
    /// The security status of the whole resolution: the worst of its parts.
    pub security: Security,
    /// The reason for a status other than secure.
    pub reason: Option<Reason>,
    /// The RRSIG records of the answer section.
    pub signatures: Vec<Record>,
    /// The records of the authority section, beside the SOA: its signature, and NSEC or NSEC3
    /// records with theirs.
    pub proofs: Vec<Record>,
}

/// The security status of records (RFC 4035 section 4.3), the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Security {
    /// A chain of signatures leads from a trust anchor to the records, or to the proof of their
    /// absence.
    Secure,
    /// It is proved that a zone on the way is unsigned, or signed with algorithms that do not count.
    Insecure,
    /// No trust anchor covers the name.
    Indeterminate,
    /// There should be a chain of signatures, and there is none.
    Bogus,
}

/// The reason for a security status, as an extended DNS error has it (RFC 8914).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The INFO-CODE.
    pub info_code: u16,
    /// The EXTRA-TEXT.
    pub text: String,
}
