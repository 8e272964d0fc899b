//! [`ZoneBudgets`]: the outstanding upstream queries of each zone, bounded.
//!
//! In a *random subdomain* attack, thousands of clients ask for names in one zone that do not exist,
//! each name once: no cache helps. The victim is the zone, whose servers break down; and then the
//! resolvers, in which each of the names waits for seconds. So a zone gets a share of the resolver,
//! as a client does: at most so many queries to its servers may be outstanding. BIND calls this
//! *fetches-per-zone*.
//!
//! A search can be aborted at any time, and then tells nobody. So each query has a time at which it
//! is over by itself: its timeout.

use std::collections::{HashMap, VecDeque};

use dnsparse::Name;
use tokio::time::Instant;

/// The number of zones in the table at which those without an outstanding query are removed.
pub const MAX_ZONES: usize = 20_000;

/// The outstanding queries of each zone.
#[derive(Debug)]
pub struct ZoneBudgets {
    limit: usize,
    /// The ends of the outstanding queries of each zone, the oldest query first.
    zones: HashMap<Name, VecDeque<Instant>>,
}

impl ZoneBudgets {
    /// Creates an empty table for at most `limit` outstanding queries of each zone.
    pub fn new(limit: usize) -> ZoneBudgets {
        ZoneBudgets {
            limit: limit.max(1),
            zones: HashMap::new(),
        }
    }

    /// Counts a query to a server of `zone` that is over at the time `end`, if the zone's budget
    /// allows one more. Returns whether it does.
    pub fn start(&mut self, zone: &Name, end: Instant, now: Instant) -> bool {
        if self.zones.len() >= MAX_ZONES {
            self.zones
                .retain(|_, ends| ends.iter().any(|end| *end > now));
        }
        let ends = self.zones.entry(zone.clone()).or_default();
        // todo: Count the query, unless `limit` others of the zone are outstanding at `now`. Those
        // that are over stay in `ends` no longer.
        ends.retain(|end| *end > now);
        if ends.len() >= self.limit {
            return false;
        }
        ends.push_back(end);
        true
        // end todo
    }

    /// Ends the oldest outstanding query of a zone: a reply has come.
    pub fn finish(&mut self, zone: &Name) {
        // todo: End the oldest query of the zone. A zone without any is not in the table.
        let Some(ends) = self.zones.get_mut(zone) else {
            return;
        };
        ends.pop_front();
        if ends.is_empty() {
            self.zones.remove(zone);
        }
        // end todo
    }

    /// Returns the number of a zone's outstanding queries.
    pub fn outstanding(&self, zone: &Name, now: Instant) -> usize {
        let ends = self.zones.get(zone);
        ends.map_or(0, |ends| ends.iter().filter(|end| **end > now).count())
    }

    /// Returns the number of zones in the table.
    pub fn zones(&self) -> usize {
        self.zones.len()
    }
}
