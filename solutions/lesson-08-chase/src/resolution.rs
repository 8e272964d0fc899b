//! [`Resolution`]: the result of a search for an answer, and [`ResolutionFailure`], the reason why
//! there is none (RFC 9520 section 2).

use std::net::IpAddr;
use std::time::Duration;

use dnsparse::{Name, Rcode, Record};
use iterate::WalkFailure;

use crate::dnssec::Dnssec;

/// The most aliases that may lead to an answer.
pub const MAX_ALIASES: usize = 16;

/// The result of a search: the parts of a reply to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// NOERROR, NXDOMAIN, YXDOMAIN or SERVFAIL.
    pub rcode: Rcode,
    /// The whole answer section: the aliases in their order, then the records of the type asked
    /// for, if there are any.
    pub records: Vec<Record>,
    /// The SOA of a negative answer, if the server sent one.
    pub soa: Option<Record>,
    /// The reason for SERVFAIL.
    pub failure: Option<ResolutionFailure>,
    /// The number of upstream queries that the search took.
    pub queries: usize,
    /// What validation found (lesson 20); none if the resolver does not validate.
    pub dnssec: Option<Box<Dnssec>>,
}

/// The reason why a search ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolutionFailure {
    /// No server of a zone gave a usable reply.
    #[error(transparent)]
    NoServer(#[from] WalkFailure),
    /// The chain of aliases is longer than [`MAX_ALIASES`].
    #[error("more than {MAX_ALIASES} aliases; the last leads to {last}")]
    TooManyAliases {
        /// The target of the last alias.
        last: Name,
    },
    /// An alias leads back to a name whose alias was followed before.
    #[error("the aliases loop back to {name}")]
    AliasLoop {
        /// The name at which the loop closes.
        name: Name,
    },
    /// A CNAME that came with a DNAME is not the one that follows from it.
    #[error(
        "the CNAME of {owner} does not follow from the DNAME that came with it (RFC 6672 section 3.1)"
    )]
    WrongSynthesis {
        /// The owner of the CNAME.
        owner: Name,
    },
    /// The search has sent as many upstream queries as one answer may cost.
    #[error("no answer after {queries} upstream queries")]
    OverBudget {
        /// The number of queries sent.
        queries: usize,
    },
    /// The search took too long: at its end, no server had replied for a while.
    #[error("no answer within {limit:?}{}", silent_text(silent))]
    DeadlineExceeded {
        /// The time that a search may take.
        limit: Duration,
        /// The servers that timed out, at most [`MAX_LISTED`](iterate::MAX_LISTED) of them.
        silent: Vec<IpAddr>,
    },
    /// The search took too long, although the servers replied: they are far away, and many of them
    /// were needed. The next search finds part of it in the cache.
    #[error("no answer yet after {limit:?}: the servers reply slowly")]
    Unfinished {
        /// The time that a search may take.
        limit: Duration,
    },
    /// This machine has no route to any server: its own network is down.
    #[error("this machine has no route to any name server")]
    NoRoute,
    /// The same question failed a moment ago and is not tried again yet (RFC 9520; RFC 8914 calls
    /// it a cached error). Failures are cached from lesson 10 on.
    #[error("not tried again for {seconds} s: {failure}")]
    Cached {
        /// The failure that is cached.
        failure: Box<ResolutionFailure>,
        /// The number of seconds until the question is tried again, at least one.
        seconds: u64,
    },
}

/// Names the servers that timed out.
fn silent_text(servers: &[IpAddr]) -> String {
    let texts: Vec<_> = servers.iter().map(IpAddr::to_string).collect();
    match texts.is_empty() {
        true => String::new(),
        false => format!(": timed out: {}", texts.join(", ")),
    }
}

impl Resolution {
    /// Creates the resolution of a failed search: SERVFAIL, without records.
    pub fn failed(failure: impl Into<ResolutionFailure>) -> Resolution {
        let failure = Some(failure.into());
        Resolution {
            rcode: Rcode::SERVFAIL,
            records: Vec::new(),
            soa: None,
            failure,
            queries: 0,
            dnssec: None,
        }
    }
}
