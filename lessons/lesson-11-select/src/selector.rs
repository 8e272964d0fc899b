//! [`Selector`]: the selection of servers, and the table of their states behind it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache::Store;
use chase::{Attempt, AttemptOutcome, Routes, ServerSelection, TimeoutCounts};
use dnsparse::{Name, Question, RecordType};
use rand::Rng;
use tokio::time::Instant;

use crate::address_policy::AddressPolicy;
use crate::pick::{Candidate, pick};
use crate::query_types::QueryTypes;
use crate::route_check::RouteCheck;
use crate::rtt::{INITIAL_RTO, MAX_RTO, backed_off};
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
    table: Arc<Mutex<ServerTable>>,
}

#[derive(Debug)]
struct ServerTable {
    policy: AddressPolicy,
    routes: Option<RouteCheck>,
    servers: Store<IpAddr, ServerState>,
    /// The types for which a server is lame, by server and zone.
    lame: Store<(IpAddr, Name), QueryTypes>,
    /// The approximate SRTT of the nearest server: no server is nearer.
    nearest: Option<Duration>,
}

impl Selector {
    /// Creates a selector with an empty table.
    pub fn new(policy: AddressPolicy) -> Selector {
        let table = ServerTable {
            policy,
            routes: None,
            servers: Store::new(MAX_SERVERS),
            lame: Store::new(MAX_SERVERS),
            nearest: None,
        };
        Selector {
            table: Arc::new(Mutex::new(table)),
        }
    }

    /// Looks up again and again which address families this machine has a route for: the policy's
    /// `has_ipv4` and `has_ipv6` follow.
    #[must_use]
    pub fn with_route_check(self, check: RouteCheck) -> Selector {
        self.table().routes = Some(check);
        self
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
        let mut table = self.table();
        table.routes(RouteCheck::routes);
        table.policy.violation(server).map(str::to_owned)
    }

    fn routes(&self) -> Routes {
        self.table().routes(RouteCheck::routes)
    }

    fn choose(
        &self,
        zone: &Name,
        question: &Question,
        servers: &[IpAddr],
        timeouts: &TimeoutCounts,
        time_left: Duration,
        random: &mut (impl Rng + Send),
    ) -> Option<Attempt> {
        todo!(
            "Make a `candidate` of each server, and `pick` one. If it is dead, this query is the probe that no other search has to make soon (`handle_probe`). Return the attempt: its timeout, and whether it is the last one, follow from an AttemptPlan."
        )
    }

    fn handle_outcome(&self, zone: &Name, attempt: &Attempt, outcome: &AttemptOutcome) {
        let mut table = self.table();
        if *outcome == AttemptOutcome::Unreachable && table.has_lost_route(attempt.server) {
            return;
        }
        table.handle_outcome(zone, attempt, outcome, Instant::now());
        table.note_type(attempt.server, attempt.qtype, Instant::now());
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
            "Return the server's `rto`, `backed_off` by the number of `doublings`; but leave enough of `time_left` for one try (INITIAL_RTO) at each of the servers that the `reserves` stand for. The server itself gets INITIAL_RTO at least."
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
    /// Handles the outcome of an attempt at a server of `zone`.
    fn handle_outcome(
        &mut self,
        zone: &Name,
        attempt: &Attempt,
        outcome: &AttemptOutcome,
        now: Instant,
    ) {
        let table = self;
        let Attempt {
            server: address,
            qtype,
            with_edns,
            ..
        } = *attempt;
        todo!(
            "`update` the state of the server in the `table`: it has a method for each of the four outcomes. An outcome that says something about the zone, too, is noted for this type (`set_lame`)."
        )
    }

    /// Makes a candidate from the state of a server, for a query of a type to a server of a zone.
    fn candidate(
        &mut self,
        address: IpAddr,
        (zone, qtype): (&Name, RecordType),
        timeouts: &TimeoutCounts,
        now: Instant,
    ) -> Candidate {
        let state = self.state(address, now).for_type(qtype);
        let lame = self.lame.get(&(address, zone.clone()), now);
        Candidate {
            timeouts: timeouts.get(&address).copied().unwrap_or(0),
            is_lame: lame.is_some_and(|(types, _)| types.includes(qtype)),
            ..Candidate::new(address, state, timeouts.is_empty(), now)
        }
    }

    /// Returns the state of a server: the default state if the server is not in the table.
    fn state(&mut self, address: IpAddr, now: Instant) -> ServerState {
        let entry = self.servers.get(&address, now);
        let mut state = entry.map(|(state, _)| *state).unwrap_or_default();
        state.least_rto = self.least_rto();
        state
    }

    /// Changes the state of a server, and keeps it for [`SERVER_TTL`] from now on.
    fn update(&mut self, address: IpAddr, now: Instant, mut change: impl FnMut(&mut ServerState)) {
        let least_rto = self.least_rto();
        let mut change = |state: &mut ServerState| {
            state.least_rto = least_rto;
            change(state);
        };
        if !(self.servers).update(&address, SERVER_TTL, now, &mut change) {
            let mut state = ServerState::default();
            change(&mut state);
            self.servers.put(address, state, 1, SERVER_TTL, now);
        }
    }

    /// Notes the type of the query whose outcome was handled, and the distance of the server.
    fn note_type(&mut self, address: IpAddr, qtype: RecordType, now: Instant) {
        let mut estimate = None;
        self.update(address, now, |state| {
            state.note_type(qtype);
            estimate = state.estimate;
        });
        let Some(estimate) = estimate else { return };
        // It falls at once, and rises slowly: most servers are not the nearest.
        self.nearest = Some(match self.nearest {
            Some(nearest) if estimate.srtt > nearest => nearest + (estimate.srtt - nearest) / 64,
            _ => estimate.srtt,
        });
    }

    /// Returns the least timeout for a server without an estimate: twice the time that the nearest
    /// server takes, if that is long. Behind a satellite link, no reply comes within
    /// [`INITIAL_RTO`].
    fn least_rto(&self) -> Duration {
        let nearest = self.nearest.unwrap_or(Duration::ZERO);
        (nearest * 2).min(MAX_RTO)
    }

    /// Sets whether a server counts as lame for a zone, for queries of a type.
    fn set_lame(
        &mut self,
        address: IpAddr,
        zone: &Name,
        qtype: RecordType,
        is_lame: bool,
        now: Instant,
    ) {
        let key = (address, zone.clone());
        let types = self.lame.get(&key, now).map(|(types, _)| *types);
        let (was_lame, types) = (types.is_some(), types.unwrap_or_default());
        let types = match is_lame {
            true => types.with(qtype),
            false => types.without(qtype),
        };
        match types {
            QueryTypes::None if was_lame => {
                self.lame.remove(&key);
            }
            QueryTypes::None => {}
            types => self.lame.put(key, types, 1, LAME_TTL, now),
        }
    }

    /// Returns the routes of this machine, looked up by the check if there is one.
    fn routes(&mut self, look_up: impl FnOnce(&mut RouteCheck) -> Routes) -> Routes {
        if let Some(check) = &mut self.routes {
            let routes = look_up(check);
            (self.policy.has_ipv4, self.policy.has_ipv6) = (routes.ipv4, routes.ipv6);
        }
        Routes {
            ipv4: self.policy.has_ipv4,
            ipv6: self.policy.has_ipv6,
        }
    }

    /// Whether a server cannot be reached since this machine has lost its route to the address
    /// family: that is no failure of the server.
    fn has_lost_route(&mut self, server: IpAddr) -> bool {
        let routes = self.routes(RouteCheck::routes_after_error);
        let has_route = match server {
            IpAddr::V4(_) => routes.ipv4,
            IpAddr::V6(_) => routes.ipv6,
        };
        !has_route && !server.is_loopback()
    }
}
