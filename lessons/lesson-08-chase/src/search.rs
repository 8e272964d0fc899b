//! [`Search`]: the state of one search for an answer, and the limits on what it may cost.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use iterate::MAX_LISTED;
use tokio::time::Instant;

use crate::futile::FutileQueries;
use crate::hooks::TimeoutCounts;
use crate::late::LateReplies;
use crate::lookup_limits::LookupLimits;
use crate::minimise::Minimisation;
use crate::resolution::ResolutionFailure;
use crate::sharing::Waits;
use crate::trace::Trace;

/// The most upstream queries that one answer may cost.
pub const BUDGET: usize = 100;
/// The time within which a search ends, with an answer or without: dig and most stub resolvers give
/// up after 5 seconds.
pub const DEADLINE: Duration = Duration::from_millis(4_500);

/// The least time that the lookup of a server's name gets before other servers come first: two
/// tries at a server that is not known yet.
const LEAST_SHARE: Duration = Duration::from_millis(1_200);
/// A search in which a server replied within this time is making progress: it is slow because its
/// servers are far away, and not because a zone does not work.
const RECENT: Duration = Duration::from_millis(2_000);

/// One search for an answer: what it has used up, and what it needs from its caller.
pub(crate) struct Search<'r, R> {
    pub(crate) random: &'r mut R,
    pub(crate) trace: &'r mut Trace,
    /// The number of upstream queries so far.
    pub(crate) queries: usize,
    /// The queries that were repeated over TCP, and are not among those yet.
    pub(crate) over_tcp: Arc<AtomicUsize>,
    pub(crate) lookups: LookupLimits,
    pub(crate) timeouts: TimeoutCounts,
    pub(crate) late: LateReplies,
    pub(crate) waits: Waits,
    pub(crate) minimisation: Minimisation,
    pub(crate) futile: FutileQueries,
    /// The servers whose replies validation has rejected; none in the first search for a question.
    pub(crate) rejected: Option<BTreeSet<IpAddr>>,
    /// Whether this machine could not send a query: then no failure is that of a zone.
    pub(crate) has_failed_locally: bool,
    began: Instant,
    last_progress: Instant,
    /// The times at which the nested walks have used up their shares of the time, the outermost
    /// walk first.
    lookup_deadlines: Vec<Instant>,
}

impl<'r, R> Search<'r, R> {
    pub(crate) fn new(random: &'r mut R, trace: &'r mut Trace) -> Search<'r, R> {
        let now = Instant::now();
        Search {
            random,
            trace,
            queries: 0,
            over_tcp: Arc::default(),
            lookups: LookupLimits::default(),
            timeouts: TimeoutCounts::new(),
            late: LateReplies::default(),
            waits: Waits::default(),
            minimisation: Minimisation::default(),
            futile: FutileQueries::default(),
            rejected: None,
            has_failed_locally: false,
            began: now,
            last_progress: now,
            lookup_deadlines: Vec::new(),
        }
    }

    /// Gives the lookup of a server's name, by the walk at the given depth, its share of the time
    /// that is left: a third, so that a zone whose servers do not reply leaves time for two more,
    /// but at least [`LEAST_SHARE`].
    pub(crate) fn start_share(&mut self, depth: usize) {
        let left = self.time_left(depth.saturating_sub(1));
        self.lookup_deadlines.truncate(depth.saturating_sub(1));
        self.lookup_deadlines
            .push(Instant::now() + (left / 3).max(LEAST_SHARE).min(left));
    }

    /// Removes the servers whose replies validation has rejected, if there are others.
    pub(crate) fn prefer_not_rejected(&self, servers: &mut Vec<IpAddr>) {
        if let Some(rejected) = &self.rejected
            && servers.iter().any(|server| !rejected.contains(server))
        {
            servers.retain(|server| !rejected.contains(server));
        }
    }

    /// Whether the next query to a server has to carry EDNS, also if the selection holds that the
    /// server does not support it: without EDNS a reply has no signatures, and validation may have
    /// rejected it for that. If the server does not reply, the selection decides again.
    pub(crate) fn needs_edns(&self, server: IpAddr) -> bool {
        self.rejected.is_some() && !self.timeouts.contains_key(&server)
    }

    /// Notes a usable reply.
    pub(crate) fn note_progress(&mut self) {
        self.last_progress = Instant::now();
    }

    /// Returns the failure of a search that has taken too long.
    pub(crate) fn too_late(&self) -> ResolutionFailure {
        let limit = DEADLINE;
        match self.last_progress > self.began && self.last_progress.elapsed() < RECENT {
            true => ResolutionFailure::Unfinished { limit },
            false => {
                let silent = self.timeouts.keys().copied().take(MAX_LISTED).collect();
                ResolutionFailure::DeadlineExceeded { limit, silent }
            }
        }
    }

    /// Takes one query from the budget, or fails if the budget is used up. Each query passes here
    /// before it is sent; only its repetition over TCP is counted afterwards.
    pub(crate) fn spend_query(&mut self) -> Result<(), ResolutionFailure> {
        todo!(
            "Count one more query, but fail with OverBudget instead of letting a search send more than BUDGET of them."
        )
    }

    /// Returns the time that is left for the walk at the given depth: until [`DEADLINE`] for the
    /// one at the bottom.
    pub(crate) fn time_left(&self, depth: usize) -> Duration {
        let all = DEADLINE.saturating_sub(self.began.elapsed());
        let lookup = depth
            .checked_sub(1)
            .and_then(|index| self.lookup_deadlines.get(index));
        lookup.map_or(all, |deadline| {
            all.min(deadline.saturating_duration_since(Instant::now()))
        })
    }
}
