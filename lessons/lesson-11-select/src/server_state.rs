//! [`ServerState`]: the record of one server, as unbound keeps it in its infra cache.

use std::fmt;
use std::time::Duration;

use dnsparse::RecordType;
use tokio::time::Instant;

use crate::query_types::QueryTypes;
use crate::rtt::{INITIAL_RTO, RttEstimate, backed_off, decayed};

/// The number of timeouts in a row after which a server counts as dead (RFC 2308 section 7.2): one
/// may be a lost datagram, two may be bad luck.
pub const DEAD_AFTER: u32 = 3;
/// The time between two probes of a dead server, where another server is alive. Each probe that
/// fails costs one client one timeout.
pub const PROBE_INTERVAL: Duration = Duration::from_secs(60);
/// The time for which a server counts as one without EDNS. Servers are upgraded. Until that is
/// noticed, a mistake costs some replies over TCP, since a reply without EDNS has to fit into 512
/// octets; and a validator one more query for each answer, since it has no signatures.
pub const NO_EDNS_TTL: Duration = Duration::from_secs(600);

/// The state of one server, from the replies and timeouts so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServerState {
    /// The number of queries to it.
    pub queries: u64,
    /// The estimate of its round-trip time; none without a measured reply.
    pub estimate: Option<RttEstimate>,
    /// The number of queries since the last reply that timed out, or could not be delivered.
    pub consecutive_timeouts: u32,
    /// The time of the last reply or timeout.
    last_outcome: Option<Instant>,
    /// The time from which a dead server may be probed.
    next_probe: Option<Instant>,
    edns: EdnsSupport,
    /// The types of the queries that timed out since the last reply.
    timed_out: QueryTypes,
    /// The least timeout while there is no estimate: more than zero if all servers are far away.
    pub(crate) least_rto: Duration,
}

/// Whether a server supports EDNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum EdnsSupport {
    /// The support is not known yet: the next query carries EDNS.
    #[default]
    Unknown,
    /// A query with EDNS timed out. The server may be down, or it may drop such queries: the next
    /// query goes without EDNS.
    Doubtful,
    /// The server replied to a query with EDNS.
    Supported,
    /// The server replied to a query only when it was repeated without EDNS.
    Unsupported {
        /// The time of the next query with EDNS.
        until: Instant,
    },
}

impl ServerState {
    /// Handles a reply. `rtt` is none if the reply took more than one round trip.
    pub fn handle_reply(&mut self, rtt: Option<Duration>, with_edns: bool, now: Instant) {
        self.edns = match self.edns {
            _ if with_edns => EdnsSupport::Supported,
            EdnsSupport::Doubtful => EdnsSupport::Unsupported {
                until: now + NO_EDNS_TTL,
            },
            edns => edns,
        };
        self.queries += 1;
        self.last_outcome = Some(now);
        todo!(
            "Change what a reply changes: the count of timeouts in a row, and the estimate, if there is an `rtt`."
        )
    }

    /// Handles a timeout.
    pub fn handle_timeout(&mut self, with_edns: bool, now: Instant) {
        self.handle_unreachable(now);
        // A server does not lose EDNS from one moment to the next; but a firewall in front of a
        // server that seems dead may have new rules.
        let is_supported = self.edns == EdnsSupport::Supported && !self.is_dead();
        todo!(
            "Set the EDNS support. After a timeout of a query with EDNS, that may have been the reason, unless EDNS `is_supported`. After a timeout of a query without EDNS, a doubt about EDNS is gone. All else stays."
        )
    }

    /// Handles an error of the network: the operating system reports the server as unreachable.
    pub fn handle_unreachable(&mut self, now: Instant) {
        self.queries += 1;
        self.consecutive_timeouts = self.consecutive_timeouts.saturating_add(1);
        self.last_outcome = Some(now);
        self.next_probe = Some(now + PROBE_INTERVAL);
    }

    /// Handles FORMERR or NOTIMP to a query with EDNS: the server does not support EDNS.
    pub fn handle_edns_refusal(&mut self, now: Instant) {
        self.queries += 1;
        self.edns = EdnsSupport::Unsupported {
            until: now + NO_EDNS_TTL,
        };
    }

    /// Notes the type of the query whose outcome was handled last.
    pub(crate) fn note_type(&mut self, qtype: RecordType) {
        self.timed_out = match self.consecutive_timeouts {
            0 => QueryTypes::None,
            _ => self.timed_out.with(qtype),
        };
    }

    /// Returns the state as it counts for a query of this type. If all timeouts were those of other
    /// types, the server may drop queries of those types, and answer this one.
    #[must_use]
    pub fn for_type(self, qtype: RecordType) -> ServerState {
        if self.timed_out.includes(qtype) || self.timed_out == QueryTypes::None {
            return self;
        }
        let edns = match self.edns {
            EdnsSupport::Doubtful => EdnsSupport::Unknown,
            edns => edns,
        };
        ServerState {
            consecutive_timeouts: 0,
            edns,
            ..self
        }
    }

    /// Handles the start of a probe: no other client has to probe this server for a while.
    pub fn handle_probe(&mut self, now: Instant) {
        self.next_probe = Some(now + PROBE_INTERVAL);
    }

    /// Whether the server is dead: the last [`DEAD_AFTER`] queries had no reply.
    pub fn is_dead(&self) -> bool {
        self.consecutive_timeouts >= DEAD_AFTER
    }

    /// Whether the server is dead, and it is time to probe it.
    pub fn is_probe_due(&self, now: Instant) -> bool {
        self.is_dead() && self.next_probe.is_some_and(|next_probe| next_probe <= now)
    }

    /// Whether the next query should carry EDNS.
    pub fn should_use_edns(&self, now: Instant) -> bool {
        todo!(
            "Return whether EDNS is worth a try: what `EdnsSupport` says of the next query in each of its states."
        )
    }

    /// Returns the timeout for the first query of a search.
    pub fn rto(&self) -> Duration {
        let initial = INITIAL_RTO.max(self.least_rto);
        self.estimate.map_or(initial, RttEstimate::rto)
    }

    /// Returns the round-trip time to expect, by which servers are compared. `may_explore` says
    /// that there is time to try a server without an estimate.
    pub fn expected_rtt(&self, may_explore: bool, now: Instant) -> Duration {
        let age = self.last_outcome.map_or(Duration::ZERO, |last| now - last);
        todo!(
            "Return the SRTT, or INITIAL_RTO if there is no estimate; longer after timeouts in a row (`backed_off`), and shorter with `age` (`decayed`). One exception: a server without any reply or timeout is to be tried before all others, if the search `may_explore`."
        )
    }
}

impl fmt::Display for ServerState {
    /// Writes the state in words: `alive`, `2 timeouts`, `dead`; and `without EDNS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.consecutive_timeouts {
            _ if self.is_dead() => write!(f, "dead")?,
            0 if self.estimate.is_none() => write!(f, "unknown")?,
            0 => write!(f, "alive")?,
            1 => write!(f, "1 timeout")?,
            timeouts => write!(f, "{timeouts} timeouts")?,
        }
        match self.edns {
            EdnsSupport::Unsupported { .. } => write!(f, ", without EDNS"),
            _ => Ok(()),
        }
    }
}
