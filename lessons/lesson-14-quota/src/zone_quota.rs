//! [`ZoneQuota`]: the budgets of zones, before lesson 11's selection of servers (given).
//!
//! Each upstream query passes the selection twice: when its server is chosen, and with its outcome.
//! So the budgets need no other place in the resolver. A zone beyond its budget has no server to
//! choose, and the search fails at once.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chase::{Attempt, AttemptOutcome, Routes, ServerSelection, TimeoutCounts};
use dnsparse::{Name, Question};
use rand::Rng;
use tokio::time::Instant;

use crate::zone_budget::ZoneBudgets;

/// A selection of servers with a budget for each zone. Clones share the budgets.
#[derive(Debug, Clone)]
pub struct ZoneQuota<S> {
    selection: S,
    budgets: Arc<Mutex<ZoneBudgets>>,
}

impl<S> ZoneQuota<S> {
    /// Allows at most `limit` outstanding queries to the servers of each zone.
    pub fn new(selection: S, limit: usize) -> ZoneQuota<S> {
        ZoneQuota {
            selection,
            budgets: Arc::new(Mutex::new(ZoneBudgets::new(limit))),
        }
    }

    /// Locks the budgets.
    pub fn budgets(&self) -> MutexGuard<'_, ZoneBudgets> {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: ServerSelection> ServerSelection for ZoneQuota<S> {
    fn exclusion(&self, server: IpAddr) -> Option<String> {
        self.selection.exclusion(server)
    }

    fn routes(&self) -> Routes {
        self.selection.routes()
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
        let chosen = (self.selection).choose(zone, question, servers, timeouts, time_left, random);
        let now = Instant::now();
        chosen.filter(|attempt| self.budgets().start(zone, now + attempt.timeout, now))
    }

    fn handle_outcome(&self, zone: &Name, attempt: &Attempt, outcome: &AttemptOutcome) {
        // After a timeout, the query is over by itself; a reply that comes later ends no other. After
        // a refusal of EDNS, the query is sent again.
        let ends = match outcome {
            AttemptOutcome::Reply { took, .. } => took.is_none_or(|took| took < attempt.timeout),
            AttemptOutcome::Unreachable => true,
            AttemptOutcome::NoEdns | AttemptOutcome::Timeout => false,
        };
        if ends {
            self.budgets().finish(zone);
        }
        self.selection.handle_outcome(zone, attempt, outcome);
    }
}
