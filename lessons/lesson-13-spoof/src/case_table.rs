//! [`CaseTable`]: the servers that do not keep the case of a name.
//!
//! A few old servers and load balancers write the question of a reply in lower case. To mix the
//! case for them would cost a query over TCP each time. But a datagram is no proof: an attacker
//! would send one in lower case, and have the defence switched off. So the proof is a reply over
//! TCP, which an off-path attacker cannot forge.

use std::net::IpAddr;
use std::time::Duration;

use cache::Store;
use tokio::time::Instant;

/// The time for which a server counts as one that does not keep the case, once it is proved.
pub const PROOF_TTL: Duration = Duration::from_secs(3_600);
/// The time for which a server counts as one that does not keep the case after a reply in the wrong
/// case if TCP to it fails. Without this, its zones would be lost; with it, an attacker who has
/// guessed port and id once has to guess them once more.
pub const NO_TCP_TTL: Duration = Duration::from_secs(600);
/// The time for which a doubt lasts.
const DOUBT_TTL: Duration = Duration::from_secs(60);
/// The most servers in the table.
const MAX_SERVERS: usize = 10_000;

/// The state of a server that is in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CaseState {
    /// A datagram had the wrong case: TCP decides.
    Doubtful,
    /// Replies do not have the case of the query.
    Ignored,
}

/// The servers that do not keep the case of a name, or may not. All others do.
#[derive(Debug)]
pub struct CaseTable {
    servers: Store<IpAddr, CaseState>,
}

impl Default for CaseTable {
    fn default() -> Self {
        CaseTable {
            servers: Store::new(MAX_SERVERS),
        }
    }
}

impl CaseTable {
    /// Whether the case of names is mixed in queries to a server.
    pub fn is_mixed(&mut self, server: IpAddr, now: Instant) -> bool {
        self.state(server, now) != Some(CaseState::Ignored)
    }

    /// Notes that a datagram had the wrong case.
    pub fn handle_wrong_case(&mut self, server: IpAddr, now: Instant) {
        self.put(server, CaseState::Doubtful, DOUBT_TTL, now);
    }

    /// Handles a reply over TCP to a query with mixed case: the proof.
    pub fn handle_tcp_reply(&mut self, server: IpAddr, keeps_case: bool, now: Instant) {
        todo!("Change the server's state by the proof: one way, or the other.")
    }

    /// Handles a query over TCP that had no reply.
    pub fn handle_tcp_failure(&mut self, server: IpAddr, now: Instant) {
        todo!(
            "Change the server's state if its zones would be lost otherwise (see NO_TCP_TTL). A server without TCP alone is no reason to doubt its case."
        )
    }

    fn state(&mut self, server: IpAddr, now: Instant) -> Option<CaseState> {
        self.servers.get(&server, now).map(|(state, _)| *state)
    }

    fn put(&mut self, server: IpAddr, state: CaseState, ttl: Duration, now: Instant) {
        self.servers.put(server, state, 1, ttl, now);
    }
}
