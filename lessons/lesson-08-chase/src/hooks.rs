//! What the later lessons put into the resolver: [`Knowledge`] of names (lessons 9 and 10), and a [`ServerSelection`] of servers
//! (lesson 11).
//!
//! In this lesson there is little of either: the root hints are all that is known, and servers are asked in their order. Both
//! traits are called at the right places already, so that the driver in `resolver.rs` stays as it is from here on.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use dnsparse::{Name, Question};
use rand::Rng;
use referral::{Answer, Delegation, ReplyKind, Unusable};

use crate::chase::ResolutionFailure;

/// How long one server is waited for, as long as nothing is known about it. (Lesson 11 learns it from each server.)
const TIMEOUT: Duration = Duration::from_millis(800);

/// What a resolver knows before it asks anybody, and learns from what it hears.
///
/// Whoever knows nothing but where to start has to write [`closest_delegation`](Knowledge::closest_delegation) alone.
pub trait Knowledge: Send + Sync + 'static {
    /// The zone to start from, with its servers. The name asked for lies in it.
    fn closest_delegation(&self, question: &Question) -> Delegation;

    /// How a walk for this question would end, if that is known: then there is no walk.
    fn cached_answer(&self, _question: &Question) -> Option<Answer> {
        None
    }

    /// The addresses of a server, if anything is known about them. None at all means that it is known to have none.
    fn cached_addresses(&self, _server: &Name) -> Option<Vec<IpAddr>> {
        None
    }

    /// A server of `zone` was asked this question, and said that.
    fn store(&self, _zone: &Name, _question: &Question, _reading: &ReplyKind) {}

    /// Why this question had no answer a moment ago, if it had none: then it is not tried again yet (RFC 9520).
    fn cached_failure(&self, _question: &Question) -> Option<ResolutionFailure> {
        None
    }

    /// There is no answer to this question, for that reason.
    fn store_failure(&self, _question: &Question, _trouble: &ResolutionFailure) {}
}

/// The root hints: every walk starts there, and nothing is remembered.
impl Knowledge for Delegation {
    fn closest_delegation(&self, _question: &Question) -> Delegation {
        self.clone()
    }
}

/// How often each server was silent during the search for one answer. Who was never silent is not in it.
pub type TimeoutCounts = BTreeMap<IpAddr, u32>;

/// Which server is asked, and how; and what came of it.
pub trait ServerSelection: Send + Sync + 'static {
    /// Why this address is not asked at all, in words that read well after it; none if it may be asked.
    fn exclusion(&self, _server: IpAddr) -> Option<String> {
        None
    }

    /// Whether addresses of IPv6 are worth looking for.
    fn wants_ipv6(&self) -> bool {
        false
    }

    /// Chooses one of `servers`, which serve `zone`. There is at least one, and no [`exclusion`](ServerSelection::exclusion) to any. `left`
    /// is the time that the search for the answer may still take. Where it chooses none, none is asked.
    fn choose(
        &self,
        zone: &Name,
        servers: &[IpAddr],
        tries: &TimeoutCounts,
        left: Duration,
        random: &mut (impl Rng + Send),
    ) -> Option<Attempt>;

    /// What came of an attempt.
    fn handle_outcome(&self, _zone: &Name, _attempt: &Attempt, _came: &AttemptOutcome<'_>) {}
}

/// One question to one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Who is asked.
    pub server: IpAddr,
    /// How long to wait for the reply.
    pub timeout: Duration,
    /// Whether to speak EDNS.
    pub with_edns: bool,
    /// Whether silence now means that this server is not asked again for this answer.
    pub is_last: bool,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome<'r> {
    /// A reply; to a query with EDNS or without, as the attempt says.
    Reply {
        /// After how long; none if it took TCP as well, which says little about a single round trip.
        took: Option<Duration>,
        /// Why it was of no use, if it was not.
        unusable: Option<&'r Unusable>,
    },
    /// FORMERR or NOTIMP to a query with EDNS, and something better to the same query without. (The reply to that one is
    /// reported next.)
    NoEdns,
    /// Nothing, in all the time.
    Timeout,
    /// The system says that the server cannot be reached.
    Unreachable,
}

/// The first server of the list, once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InOrder;

impl ServerSelection for InOrder {
    fn choose(
        &self,
        _zone: &Name,
        servers: &[IpAddr],
        _tries: &TimeoutCounts,
        _left: Duration,
        _random: &mut (impl Rng + Send),
    ) -> Option<Attempt> {
        let server = servers.first().copied()?;
        Some(Attempt {
            server,
            timeout: TIMEOUT,
            with_edns: true,
            is_last: true,
        })
    }
}
