//! The hooks for later lessons: [`Knowledge`] is where lessons 9 and 10 put the cache, and
//! [`ServerSelection`] where lesson 11 puts the choice of servers.
//!
//! In this lesson, the knowledge is the root hints, and servers are queried in the order of the
//! referral. Both traits are called at the right places already, so that the resolver stays as it
//! is from here on.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use dnsparse::{Name, Question, RecordType};
use rand::Rng;
use referral::{Answer, Delegation, NameServer, ReplyKind};

use crate::resolution::ResolutionFailure;

/// The time to wait for a server's reply, as long as nothing is known about the server. (Lesson 11
/// measures it for each server.)
const TIMEOUT: Duration = Duration::from_millis(800);

/// A resolver's stored data: consulted before each query, and extended by each reply.
///
/// An implementation without a cache needs only
/// [`closest_delegation`](Knowledge::closest_delegation).
pub trait Knowledge: Send + Sync + 'static {
    /// Returns the zone to start from, with its servers. The name of the question is in that zone.
    fn closest_delegation(&self, question: &Question) -> Delegation;

    /// Returns the cached answer to this question, if there is one: it saves the walk.
    fn cached_answer(&self, _question: &Question) -> Option<Answer> {
        None
    }

    /// Returns the cached addresses of a server. An empty list means that the server is known to
    /// have none.
    fn cached_addresses(&self, _server: &Name) -> Option<Vec<IpAddr>> {
        None
    }

    /// Returns the glue of a server: its addresses as the zone above the server's own has them.
    fn glue(&self, _server: &Name) -> Vec<IpAddr> {
        Vec::new()
    }

    /// Returns the servers of a zone as its parent lists them, with their glue: the zone itself may
    /// list others.
    fn parent_side(&self, _zone: &Name) -> Vec<NameServer> {
        Vec::new()
    }

    /// Whether the servers of `zone` are recursive ones: configured by an administrator to be asked
    /// for all names in it, and trusted as if they had the zone.
    fn is_forwarded(&self, _zone: &Name) -> bool {
        false
    }

    /// Whether the answers of the servers of `zone`, recursive ones, are validated here, if signatures
    /// are kept. Then those servers need not do it.
    fn is_validated(&self, _zone: &Name) -> bool {
        false
    }

    /// Returns the port of a server of `zone`, if another one than the resolver's is configured.
    fn port(&self, _zone: &Name, _server: IpAddr) -> Option<u16> {
        None
    }

    /// Stores what a server of `zone` replied to this question.
    fn store(&self, _zone: &Name, _question: &Question, _kind: &ReplyKind) {}

    /// Returns the failure of the same question a moment ago, if it is not to be tried again yet
    /// (RFC 9520).
    fn cached_failure(&self, _question: &Question) -> Option<ResolutionFailure> {
        None
    }

    /// Stores the failure of a search for this question.
    fn store_failure(&self, _question: &Question, _failure: &ResolutionFailure) {}
}

/// Names that are answered locally, and never looked up: lesson 12 has them.
pub trait LocalNames: fmt::Debug + Send + Sync + 'static {
    /// Returns the answer to a question; none if the name has to be looked up.
    fn answer(&self, question: &Question) -> Option<Answer>;
}

/// The root hints as knowledge: every walk starts from them, and nothing is cached.
impl Knowledge for Delegation {
    fn closest_delegation(&self, _question: &Question) -> Delegation {
        self.clone()
    }
}

/// The number of queries without a reply, for each server, during one search. A server that always
/// replied is not listed.
pub type TimeoutCounts = BTreeMap<IpAddr, u32>;

/// The selection of the server to query, which learns from each outcome.
pub trait ServerSelection: Send + Sync + 'static {
    /// Returns the reason why this address is never queried, in words that stand after the address
    /// in a trace; none if it may be queried.
    fn exclusion(&self, _server: IpAddr) -> Option<String> {
        None
    }

    /// Returns the address families of servers that are worth looking up: those that this machine
    /// has a route for.
    fn routes(&self) -> Routes {
        Routes::default()
    }

    /// Chooses one of `servers` for the question. There is at least one; all of them serve `zone`,
    /// and none has an [`exclusion`](ServerSelection::exclusion). `time_left` is the time that the
    /// search may still take. If no server is chosen, the walk gives all of them up.
    fn choose(
        &self,
        zone: &Name,
        question: &Question,
        servers: &[IpAddr],
        timeouts: &TimeoutCounts,
        time_left: Duration,
        random: &mut (impl Rng + Send),
    ) -> Option<Attempt>;

    /// Handles the outcome of an attempt.
    fn handle_outcome(&self, _zone: &Name, _attempt: &Attempt, _outcome: &AttemptOutcome) {}
}

/// The address families that a machine has a route for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Routes {
    /// Whether IPv4 addresses can be reached.
    pub ipv4: bool,
    /// Whether IPv6 addresses can be reached.
    pub ipv6: bool,
}

impl Default for Routes {
    /// Returns a route to IPv4 addresses alone.
    fn default() -> Routes {
        Routes {
            ipv4: true,
            ipv6: false,
        }
    }
}

impl Routes {
    /// Whether nothing can be reached: the machine is offline.
    pub fn is_offline(self) -> bool {
        !self.ipv4 && !self.ipv6
    }
}

/// One query to one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The address of the server.
    pub server: IpAddr,
    /// The type in the question.
    pub qtype: RecordType,
    /// The time to wait for the reply, before the next query goes out. A reply that comes later is
    /// used all the same, if the search has not ended.
    pub timeout: Duration,
    /// Whether the query carries EDNS.
    pub with_edns: bool,
    /// Whether a timeout means that this server is not queried again during this search.
    pub is_last: bool,
    /// Whether the server has not replied for a long time: then a search does not wait for a late
    /// reply alone.
    pub is_dead: bool,
}

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// A reply; to a query with EDNS or without, as the attempt says.
    Reply {
        /// The round-trip time; none if the reply took TCP as well, which is more than one round
        /// trip.
        took: Option<Duration>,
        /// Whether the reply was unusable, or an answer without AA: then the zone's other servers
        /// are better.
        is_lame: bool,
    },
    /// FORMERR or NOTIMP to a query with EDNS, and another RCODE to the same query without. (The
    /// reply to that one is reported next.)
    NoEdns,
    /// No reply arrived in time. If a late reply comes, it is reported then, with the time that it
    /// took.
    Timeout,
    /// The operating system reports the server as unreachable.
    Unreachable,
}

/// Selects the first server of the list, and each server once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InOrder;

impl ServerSelection for InOrder {
    fn choose(
        &self,
        _zone: &Name,
        question: &Question,
        servers: &[IpAddr],
        _timeouts: &TimeoutCounts,
        _time_left: Duration,
        _random: &mut (impl Rng + Send),
    ) -> Option<Attempt> {
        let server = servers.first().copied()?;
        Some(Attempt {
            server,
            qtype: question.qtype,
            timeout: TIMEOUT,
            with_edns: true,
            is_last: true,
            is_dead: false,
        })
    }
}
