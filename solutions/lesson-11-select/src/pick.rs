//! [`pick()`]: which one of a zone's servers is asked next.
//!
//! Two wishes are at odds here. Whoever waits wants the server that is known to be quick; and whoever asks tomorrow wants somebody
//! to have found out about the others. So most questions go to the quickest, and a few of them look around.

use std::net::IpAddr;
use std::time::Duration;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use tokio::time::Instant;

use crate::server_state::ServerState;

/// One question in so many goes to another server than the quickest.
pub const EXPLORE: u32 = 20;
/// Who is so little slower than the quickest counts as quick, too: it is no gain to anybody to make one server do all the work, and
/// a forger has one more thing to guess.
pub const NEAR: Duration = Duration::from_millis(5);

/// A server that may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub address: IpAddr,
    /// What is known about it.
    pub server: ServerState,
    /// How often it was silent during the search for this answer.
    pub tries: u32,
    /// Whether it was of no use for this zone a while ago.
    pub is_lame: bool,
    /// What it is expected to take.
    pub rank: Duration,
    /// Whether it is dead, and should be tried again.
    pub is_due: bool,
}

impl Candidate {
    /// A server, as it looks now.
    pub fn new(address: IpAddr, server: ServerState, is_risky: bool, now: Instant) -> Candidate {
        // Who was asked, and has no estimate, replied over TCP alone. There is nothing new to be found out about it.
        let is_risky = is_risky || server.queries > 0;
        Candidate {
            address,
            server,
            tries: 0,
            is_lame: false,
            rank: server.rank(is_risky, now),
            is_due: server.is_due(now),
        }
    }

    /// Before anything else counts, the least of these is asked: nobody twice before everybody once; and in each round those
    /// last of whom nothing good is to be expected.
    fn priority(&self) -> (u32, bool, bool) {
        // todo: Return the tries; whether it is lame; and whether it is dead. (Tuples compare from left to right, and false
        // comes before true.)
        (self.tries, self.is_lame, self.server.is_dead())
        // end todo
    }
}

/// The one to ask. `is_first` says that this is the first question of a search, when there is time to look around. None where there are
/// no candidates.
pub fn pick<'c>(
    candidates: &'c [Candidate],
    is_first: bool,
    random: &mut impl Rng,
) -> Option<&'c Candidate> {
    if is_first && let Some(due) = candidates.iter().find(|candidate| candidate.is_due) {
        return Some(due);
    }
    // todo: Of those with the best `priority` (the least), separate those NEAR the quickest by rank from the others (`partition`). If
    // it `is_first`, and one time in EXPLORE by chance, choose one of the others, if there are any; else one of those near.
    let best = candidates.iter().map(Candidate::priority).min()?;
    let hopeful = || candidates.iter().filter(|c| c.priority() == best);
    let quickest = hopeful().map(|candidate| candidate.rank).min()?;
    let is_near = |candidate: &&Candidate| candidate.rank <= quickest + NEAR;
    let (near, others): (Vec<_>, Vec<_>) = hopeful().partition(is_near);
    let explores = is_first && random.random_ratio(1, EXPLORE);
    match explores && !others.is_empty() {
        true => others.choose(random).copied(),
        false => near.choose(random).copied(),
    }
    // end todo
}
