//! [`Selector`]: the choice of servers, and the table behind it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache::Store;
use chase::{Attempt, AttemptOutcome, ServerSelection, TimeoutCounts};
use dnsparse::Name;
use rand::Rng;
use tokio::time::Instant;

use crate::address_policy::AddressPolicy;
use crate::estimate::{START, doubled};
use crate::pick::{Candidate, pick};
use crate::server_state::ServerState;

/// How many servers are remembered, and how many servers of zones as lame: a few megabytes, and more than a busy resolver meets in
/// an hour. Those that nobody needs go first.
pub const MAX_SERVERS: usize = 10_000;
/// How long a server is remembered after it was last asked.
pub const KEPT_FOR: Duration = Duration::from_secs(3_600);
/// How long it is remembered that a server was of no use for a zone. It is asked last then, not never: so there is little harm in
/// being wrong.
pub const LAME_FOR: Duration = Duration::from_secs(600);
/// Of how many dead servers one answer can be found in time, if there is one that is alive.
pub const MOST_DEAD: u32 = 6;

/// Chooses the servers that are asked, and learns from what comes of it. A clone shares its table.
#[derive(Debug, Clone)]
pub struct Selector {
    policy: AddressPolicy,
    table: Arc<Mutex<ServerTable>>,
}

#[derive(Debug)]
struct ServerTable {
    servers: Store<IpAddr, ServerState>,
    lame: Store<(IpAddr, Name), ()>,
}

impl Selector {
    /// Knows no server yet.
    pub fn new(policy: AddressPolicy) -> Selector {
        let table = ServerTable {
            servers: Store::new(MAX_SERVERS),
            lame: Store::new(MAX_SERVERS),
        };
        Selector {
            policy,
            table: Arc::new(Mutex::new(table)),
        }
    }

    /// What is known about a server; none if that is nothing.
    pub fn known(&self, server: IpAddr) -> Option<ServerState> {
        let mut table = self.table();
        let (known, _) = table.servers.get(&server, Instant::now())?;
        Some(*known)
    }

    fn table(&self) -> MutexGuard<'_, ServerTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerSelection for Selector {
    fn exclusion(&self, server: IpAddr) -> Option<String> {
        self.policy.violation(server).map(str::to_owned)
    }

    fn wants_ipv6(&self) -> bool {
        self.policy.has_ipv6
    }

    fn choose(
        &self,
        zone: &Name,
        servers: &[IpAddr],
        tries: &TimeoutCounts,
        left: Duration,
        random: &mut (impl Rng + Send),
    ) -> Option<Attempt> {
        let now = Instant::now();
        let mut table = self.table();
        let candidates: Vec<Candidate> = servers
            .iter()
            .map(|server| table.candidate(*server, zone, tries, now))
            .collect();
        let chosen = *pick(&candidates, tries.is_empty(), random)?;
        if chosen.server.is_dead() {
            table.change(chosen.address, now, |server| server.handle_probe(now));
        }
        let chance = Chance {
            chosen,
            others: others_to_come(&chosen, &candidates),
            is_alone: candidates.len() == 1,
            silences: candidates.iter().map(|candidate| candidate.tries).sum(),
            left,
        };
        Some(Attempt {
            server: chosen.address,
            timeout: chance.timeout(),
            with_edns: chosen.server.with_edns(now),
            is_last: chance.is_last(),
        })
    }

    fn handle_outcome(&self, zone: &Name, attempt: &Attempt, came: &AttemptOutcome<'_>) {
        let now = Instant::now();
        let mut table = self.table();
        let Attempt {
            server: address,
            with_edns,
            ..
        } = *attempt;
        todo!(
            "Have the `table` `change` the server by what came: `handle_reply`, `handle_edns_refusal`, `handle_timeout`, or `handle_unreachable`. After a reply, also `remember_lame`: whether it was of no use for the zone."
        )
    }
}

/// What a server's chance to reply depends on.
struct Chance {
    chosen: Candidate,
    /// How many others have not been asked as often during this search.
    others: u32,
    /// Whether it is the only one there is.
    is_alone: bool,
    /// How often all of them together were silent during this search.
    silences: u32,
    /// How long the search may still take.
    left: Duration,
}

impl Chance {
    /// How long to wait.
    ///
    /// Longer with each silence of this server; and longer with each seventh silence of anybody: if nobody seems to be there,
    /// perhaps it is we who are far away. But the others must get their chance in what time is left: the first [`MOST_DEAD`] of
    /// them, at least.
    fn timeout(&self) -> Duration {
        let Chance { chosen, left, .. } = self;
        // A dead server has one try. If there is nobody else, that may as well be a long one.
        let is_last_hope = chosen.server.is_dead() && self.is_alone;
        let doublings = chosen.tries.max(self.silences / (MOST_DEAD + 1)) + u32::from(is_last_hope);
        let to_come = self.others.min(MOST_DEAD.saturating_sub(self.silences));
        todo!(
            "Double the server's timeout that often. But START for each one `to_come` has to be kept of the time `left`: wait no longer than the rest of it allows, which is never taken to be less than START."
        )
    }

    /// Whether it is not asked again for this answer. Two tries, since datagrams do get lost; three if there is nobody else; one for
    /// the dead.
    fn is_last(&self) -> bool {
        let tries = match self.is_alone {
            _ if self.chosen.server.is_dead() => 1,
            true => 3,
            false => 2,
        };
        self.chosen.tries + 1 >= tries
    }
}

/// How many of the others have been asked no more often than this one.
fn others_to_come(chosen: &Candidate, candidates: &[Candidate]) -> u32 {
    let is_to_come =
        |other: &&Candidate| other.address != chosen.address && other.tries <= chosen.tries;
    u32::try_from(candidates.iter().filter(is_to_come).count()).unwrap_or(u32::MAX)
}

impl ServerTable {
    /// A server of a zone, with what is known about it.
    fn candidate(
        &mut self,
        address: IpAddr,
        zone: &Name,
        tries: &TimeoutCounts,
        now: Instant,
    ) -> Candidate {
        let server = self.server(address, now);
        let lame = self.lame.get(&(address, zone.clone()), now);
        Candidate {
            tries: tries.get(&address).copied().unwrap_or(0),
            is_lame: lame.is_some(),
            ..Candidate::new(address, server, !tries.is_empty(), now)
        }
    }

    fn server(&mut self, address: IpAddr, now: Instant) -> ServerState {
        let known = self.servers.get(&address, now);
        known.map(|(server, _)| *server).unwrap_or_default()
    }

    /// Changes what is known about a server.
    fn change(&mut self, address: IpAddr, now: Instant, change: impl FnOnce(&mut ServerState)) {
        let mut server = self.server(address, now);
        change(&mut server);
        self.servers.put(address, server, 1, KEPT_FOR, now);
    }

    /// Notes whether a server was of any use for a zone.
    fn remember_lame(&mut self, address: IpAddr, zone: &Name, is_lame: bool, now: Instant) {
        let key = (address, zone.clone());
        match is_lame {
            true => self.lame.put(key, (), 1, LAME_FOR, now),
            false => {
                self.lame.remove(&key);
            }
        }
    }
}
