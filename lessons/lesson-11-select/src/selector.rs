//! [`Selector`]: the selection of servers, and the table of their states behind it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache::Store;
use chase::{Attempt, AttemptOutcome, ServerSelection, TimeoutCounts};
use dnsparse::Name;
use rand::Rng;
use tokio::time::Instant;

use crate::address_policy::AddressPolicy;
use crate::pick::{Candidate, pick};
use crate::rtt::{INITIAL_RTO, backed_off};
use crate::server_state::ServerState;

/// The most servers in the table, and the most pairs of server and zone in the table of lame
/// servers: a few megabytes, and more than a busy resolver meets in an hour. Entries that are not
/// used go first.
pub const MAX_SERVERS: usize = 10_000;
/// The time for which the state of a server is kept after the last query to it.
pub const SERVER_TTL: Duration = Duration::from_secs(3_600);
/// The time for which a server counts as lame for a zone after an unusable reply. It is queried
/// last then, not never, so that a mistake does little harm.
pub const LAME_TTL: Duration = Duration::from_secs(600);
/// The number of dead servers in a zone with which an answer is still found in time, if one more
/// server is alive.
pub const TOLERATED_DEAD: u32 = 6;

/// Selects the server for each query, and updates the state of the server with the outcome. Clones
/// share one table.
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
    /// Creates a selector with an empty table.
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

    /// Returns the state of a server; none if the server is not in the table.
    pub fn server_state(&self, server: IpAddr) -> Option<ServerState> {
        let mut table = self.table();
        let (state, _) = table.servers.get(&server, Instant::now())?;
        Some(*state)
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
        timeouts: &TimeoutCounts,
        time_left: Duration,
        random: &mut (impl Rng + Send),
    ) -> Option<Attempt> {
        let now = Instant::now();
        let mut table = self.table();
        let candidates: Vec<Candidate> = servers
            .iter()
            .map(|server| table.candidate(*server, zone, timeouts, now))
            .collect();
        let picked = *pick(&candidates, timeouts.is_empty(), random)?;
        if picked.state.is_dead() {
            table.update(picked.address, now, |state| state.handle_probe(now));
        }
        let plan = AttemptPlan {
            picked,
            servers_to_come: servers_to_come(&picked, &candidates),
            is_only_server: candidates.len() == 1,
            total_timeouts: candidates.iter().map(|candidate| candidate.timeouts).sum(),
            time_left,
        };
        Some(Attempt {
            server: picked.address,
            timeout: plan.timeout(),
            with_edns: picked.state.should_use_edns(now),
            is_last: plan.is_last(),
        })
    }

    fn handle_outcome(&self, zone: &Name, attempt: &Attempt, outcome: &AttemptOutcome) {
        let now = Instant::now();
        let mut table = self.table();
        let Attempt {
            server: address,
            with_edns,
            ..
        } = *attempt;
        todo!(
            "`update` the state in the `table` by the outcome: `handle_reply`, `handle_edns_refusal`, `handle_timeout` or `handle_unreachable`. After a reply, also `set_lame`: whether the reply shows that it is."
        )
    }
}

/// The facts from which the timeout of one attempt follows.
struct AttemptPlan {
    picked: Candidate,
    /// The number of other servers with no more timeouts in this search than the picked one.
    servers_to_come: u32,
    /// Whether the zone has no other server.
    is_only_server: bool,
    /// The timeouts of all servers together during this search.
    total_timeouts: u32,
    /// The time that the search may still take.
    time_left: Duration,
}

impl AttemptPlan {
    /// Returns the time to wait for a reply.
    ///
    /// It doubles with each timeout of this server, and with each seventh timeout of any server: if
    /// no server seems to be there, perhaps they are all far away. But some of the time left has to
    /// be kept for the servers to come: for the first [`TOLERATED_DEAD`] of the search, at least.
    fn timeout(&self) -> Duration {
        let AttemptPlan {
            picked, time_left, ..
        } = self;
        // A dead server is tried once in a search. If there is no other server, it may as well be
        // waited for longer.
        let is_last_resort = picked.state.is_dead() && self.is_only_server;
        let doublings = picked
            .timeouts
            .max(self.total_timeouts / (TOLERATED_DEAD + 1))
            + u32::from(is_last_resort);
        let reserves = self
            .servers_to_come
            .min(TOLERATED_DEAD.saturating_sub(self.total_timeouts));
        todo!(
            "Return the server's `rto`, `backed_off` by the number of `doublings`. But keep INITIAL_RTO of `time_left` in reserve for each of the `reserves`: the timeout is at most the rest, and the rest counts as INITIAL_RTO if it is less than that."
        )
    }

    /// Whether this is the last attempt at the server in this search. A server has two, since
    /// datagrams do get lost; three if there is no other server; and one if it is dead.
    fn is_last(&self) -> bool {
        let max_attempts = match self.is_only_server {
            _ if self.picked.state.is_dead() => 1,
            true => 3,
            false => 2,
        };
        self.picked.timeouts + 1 >= max_attempts
    }
}

/// Counts the other candidates with no more timeouts in this search than the picked one.
fn servers_to_come(picked: &Candidate, candidates: &[Candidate]) -> u32 {
    let is_to_come =
        |other: &&Candidate| other.address != picked.address && other.timeouts <= picked.timeouts;
    u32::try_from(candidates.iter().filter(is_to_come).count()).unwrap_or(u32::MAX)
}

impl ServerTable {
    /// Makes a candidate from the state of a server.
    fn candidate(
        &mut self,
        address: IpAddr,
        zone: &Name,
        timeouts: &TimeoutCounts,
        now: Instant,
    ) -> Candidate {
        let state = self.state(address, now);
        let lame = self.lame.get(&(address, zone.clone()), now);
        Candidate {
            timeouts: timeouts.get(&address).copied().unwrap_or(0),
            is_lame: lame.is_some(),
            ..Candidate::new(address, state, timeouts.is_empty(), now)
        }
    }

    /// Returns the state of a server: the default state if the server is not in the table.
    fn state(&mut self, address: IpAddr, now: Instant) -> ServerState {
        let entry = self.servers.get(&address, now);
        entry.map(|(state, _)| *state).unwrap_or_default()
    }

    /// Changes the state of a server, and stores it for [`SERVER_TTL`] from now on.
    fn update(&mut self, address: IpAddr, now: Instant, change: impl FnOnce(&mut ServerState)) {
        let mut state = self.state(address, now);
        change(&mut state);
        self.servers.put(address, state, 1, SERVER_TTL, now);
    }

    /// Sets whether a server counts as lame for a zone.
    fn set_lame(&mut self, address: IpAddr, zone: &Name, is_lame: bool, now: Instant) {
        let key = (address, zone.clone());
        match is_lame {
            true => self.lame.put(key, (), 1, LAME_TTL, now),
            false => {
                self.lame.remove(&key);
            }
        }
    }
}
