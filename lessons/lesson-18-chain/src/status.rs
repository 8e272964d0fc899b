//! [`Status`]: the four results of a validation (RFC 4033 section 5, RFC 4035 section 4.3).

use std::fmt;
use std::sync::Arc;

use dnsparse::{Name, Record, RecordType};

use crate::reason::Reason;

/// The security status of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// A chain of signatures leads from a trust anchor to every record: AD.
    Secure,
    /// Nothing is proved, and it is proved that nothing has to be: an answer without AD.
    Insecure(Insecure),
    /// The records had to be proved, and are not: SERVFAIL.
    Bogus(Bogus),
    /// It could not be found out whether the records have to be proved.
    Indeterminate(Indeterminate),
}

/// The end of the chain of trust: the zone from which on nothing is signed, and the proof of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insecure {
    /// The name from which on nothing is signed.
    pub zone: Name,
    /// Why that is so.
    pub cause: Cause,
    /// The records that prove it: the DS RRset, or the records that prove its absence. They were
    /// signed by the parent zone.
    pub proof: Arc<[Record]>,
}

/// Why a zone is insecure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The parent proves that it has no DS record.
    #[error("it has no DS record")]
    NoDs,
    /// Its DS records have algorithms that prove nothing (lesson 15).
    #[error("no algorithm of its DS records is supported")]
    Algorithms,
    /// Its DS records have digests that prove nothing.
    #[error("no digest of its DS records is supported")]
    Digests,
    /// Its DS records vouch for keys of a size that the cryptography does not take.
    #[error("no size of its keys is supported")]
    KeySizes,
    /// The parent proves that there may be a delegation without DS record (RFC 5155 section 6).
    #[error("its parent has opted out")]
    OptOut,
    /// The parent's NSEC3 records cost more than they prove (RFC 9276 section 3.2).
    #[error("its NSEC3 records have too many iterations")]
    Iterations,
    /// Signatures are not signed: the question was for RRSIG records (RFC 4035 section 2.2).
    #[error("signatures are not signed")]
    Signatures,
}

/// The RRset that is not proved, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bogus {
    /// Its owner.
    pub owner: Name,
    /// Its type. The RRset is the one of the response, or a DS or DNSKEY RRset on the way to it.
    pub rtype: RecordType,
    /// Why it is not proved.
    pub reason: Reason,
}

/// Why the status could not be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Indeterminate {
    /// No trust anchor is at or above the name. (A resolver answers, without AD.)
    NoAnchor,
    /// A question on the way has no answer. (A resolver replies with SERVFAIL.)
    NoResponse {
        /// The question's name.
        name: Name,
        /// The question's type: DS or DNSKEY.
        rtype: RecordType,
    },
}

impl Status {
    /// Combines the status of two parts of a response: the worse one counts. Secure is better than
    /// Insecure, then comes Indeterminate, then Bogus.
    pub fn and(self, other: Status) -> Status {
        match other.rank() > self.rank() {
            true => other,
            false => self,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Status::Secure => 0,
            Status::Insecure(_) => 1,
            Status::Indeterminate(_) => 2,
            Status::Bogus(_) => 3,
        }
    }

    /// Returns the INFO-CODE of an extended DNS error (RFC 8914 section 4), if the status has one.
    pub fn info_code(&self) -> Option<u16> {
        match self {
            Status::Secure => None,
            Status::Insecure(insecure) => insecure.cause.info_code(),
            Status::Bogus(bogus) => Some(bogus.reason.info_code()),
            Status::Indeterminate(_) => Some(5),
        }
    }
}

impl Cause {
    /// Returns the INFO-CODE of an extended DNS error, if the cause has one.
    pub fn info_code(self) -> Option<u16> {
        match self {
            Cause::Algorithms | Cause::KeySizes => Some(1),
            Cause::Digests => Some(2),
            Cause::Iterations => Some(27),
            _ => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Secure => write!(f, "secure"),
            Status::Insecure(Insecure { zone, cause, .. }) => {
                write!(f, "insecure: {zone}: {cause}")
            }
            Status::Bogus(bogus) => write!(
                f,
                "bogus: {} {}: {}",
                bogus.owner, bogus.rtype, bogus.reason
            ),
            Status::Indeterminate(Indeterminate::NoAnchor) => {
                write!(f, "indeterminate: no trust anchor")
            }
            Status::Indeterminate(Indeterminate::NoResponse { name, rtype }) => {
                write!(f, "indeterminate: no response to {name} {rtype}")
            }
        }
    }
}
