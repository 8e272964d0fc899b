//! [`pick()`]: the choice of the server to query next.
//!
//! Two aims are at odds here, exploitation and exploration. The client that waits now is best
//! served by the server that is known to be quick; the clients of tomorrow are best served if the
//! other servers were measured, too. So most queries go to the quickest server, and a few explore.

use std::net::IpAddr;
use std::time::Duration;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use tokio::time::Instant;

use crate::server_state::ServerState;

/// One search in this many begins with another server than the quickest.
pub const EXPLORE_ONE_IN: u32 = 20;
/// A server that is slower than the quickest by no more than this counts as quick, too (unbound's
/// RTT band). One server does not have to do all the work then, and a forger has one more thing to
/// guess.
pub const RTT_BAND: Duration = Duration::from_millis(5);

/// A server that may be queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The address of the server.
    pub address: IpAddr,
    /// The state of the server.
    pub state: ServerState,
    /// The number of queries to it that timed out during this search.
    pub timeouts: u32,
    /// Whether a reply of it was unusable for this zone a while ago.
    pub is_lame: bool,
    /// The round-trip time to expect.
    pub expected_rtt: Duration,
    /// Whether it is dead, and to be probed now.
    pub is_probe_due: bool,
}

impl Candidate {
    /// Makes a candidate from the state of a server at this time. `may_explore` says that there is
    /// time to try a server without an estimate.
    pub fn new(address: IpAddr, state: ServerState, may_explore: bool, now: Instant) -> Candidate {
        // A server that was queried and still has no estimate replied over TCP alone, so that one
        // more query measures nothing.
        let may_explore = may_explore && state.queries == 0;
        Candidate {
            address,
            state,
            timeouts: 0,
            is_lame: false,
            expected_rtt: state.expected_rtt(may_explore, now),
            is_probe_due: state.is_probe_due(now),
        }
    }

    /// Returns the priority of the candidate, the least first. No server is queried a second time
    /// before each was queried once. In each round, the dead servers come after those that are
    /// alive, and the lame ones last: of a server that comes back, the reply is of use.
    fn priority(&self) -> (u32, bool, bool) {
        // todo: Return three facts of the candidate, the most important one first. (Tuples compare
        // from left to right, and false comes before true.)
        (self.timeouts, self.is_lame, self.state.is_dead())
        // end todo
    }
}

/// Picks the candidate to query; none if there are no candidates. `may_explore` says that this is
/// the first query of a search, when there is still time to explore.
///
/// One of the quickest candidates is picked: of the least priority first, and at random among all
/// that are within [`RTT_BAND`] of the quickest. A search that may explore first makes a probe that
/// is due, whatever the priority; and one time in [`EXPLORE_ONE_IN`] it picks a slower candidate of
/// the least priority, at random, if there is one.
pub fn pick<'c>(
    candidates: &'c [Candidate],
    may_explore: bool,
    random: &mut impl Rng,
) -> Option<&'c Candidate> {
    // todo: Pick the candidate as described above. One that is picked at random takes nothing else
    // into account.
    if may_explore && let Some(due) = candidates.iter().find(|candidate| candidate.is_probe_due) {
        return Some(due);
    }
    let best = candidates.iter().map(Candidate::priority).min()?;
    let eligible = || candidates.iter().filter(|c| c.priority() == best);
    let quickest = eligible().map(|candidate| candidate.expected_rtt).min()?;
    let is_quick = |candidate: &&Candidate| candidate.expected_rtt <= quickest + RTT_BAND;
    let (quick, others): (Vec<_>, Vec<_>) = eligible().partition(is_quick);
    let explores = may_explore && random.random_ratio(1, EXPLORE_ONE_IN);
    match explores && !others.is_empty() {
        true => others.choose(random).copied(),
        false => quick.choose(random).copied(),
    }
    // end todo
}
