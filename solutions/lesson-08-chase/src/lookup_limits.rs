//! [`LookupLimits`]: how many names of servers are looked up for one answer (given).
//!
//! A zone may list servers that do not exist, or whose own zones do not reply. Each of their names
//! costs the servers of *another* zone queries, and the owner of the first zone nothing: that is an
//! attack (NXNSAttack, CVE-2020-12662). So lookups that cost queries are counted, whether they find
//! an address or not. Those that the cache answers cost none, and are free.

use std::collections::{BTreeMap, BTreeSet};

use dnsparse::Name;

use crate::stack::Stack;

/// The most names of servers that are looked up for one answer, whatever the lookups find. A zone
/// whose servers have names in another zone needs one lookup, and that zone may in turn need a
/// lookup in a third. As many lookups as there may be aliases ([`crate::MAX_ALIASES`]) leave one
/// for each name on the way. A zone that needs more makes the resolver query other zones' servers
/// for names that do not exist (NXNSAttack, CVE-2020-12662).
pub const MAX_LOOKUPS: usize = 16;
/// The most names of one zone's servers that are looked up for one answer. No zone in use has more
/// than the 13 servers of the root and of com: so the last of them is found even if no other
/// exists.
pub const MAX_LOOKUPS_PER_ZONE: usize = 13;
/// The most lookups for one answer that may fail because the servers of one and the same zone gave
/// no usable reply. The first may be an accident; after the second, the zone does not work, and
/// further names in it would only cost its servers more queries.
const MAX_FAILURES_PER_ZONE: usize = 2;

/// The most queries for names of servers: a lookup in a zone whose
/// servers are cached takes one, and names may as well be spread over the zones of many victims.
const MAX_QUERIES: usize = MAX_LOOKUPS + 2;

/// The lookups of servers' names during one search.
#[derive(Debug, Default)]
pub(crate) struct LookupLimits {
    total: usize,
    /// The queries for names of servers, except those to the root.
    queries: usize,
    /// The lookups for each zone whose servers were looked up.
    by_zone: BTreeMap<Name, usize>,
    /// The failed lookups for each zone whose servers gave no usable reply.
    failures: BTreeMap<Name, usize>,
    /// How often the lookup of each name was postponed because a server on its way timed out.
    postponed: BTreeMap<Name, u32>,
    /// The names of walks that went without a lookup because of this search's own limits: how they
    /// end says nothing to another search.
    limited: BTreeSet<Name>,
}

impl LookupLimits {
    /// Returns the reason why a server of `zone` is not looked up, if there is one. The lookup
    /// would start at the zone `start`.
    pub(crate) fn exclusion(&self, server: &Name, zone: &Name, start: &Name) -> Option<String> {
        if self.total >= MAX_LOOKUPS {
            return Some(format!("{MAX_LOOKUPS} names were already"));
        }
        if self.queries >= MAX_QUERIES {
            return Some(format!("{MAX_QUERIES} queries for such names were sent"));
        }
        if self.by_zone.get(zone).copied().unwrap_or(0) >= MAX_LOOKUPS_PER_ZONE {
            return Some(format!(
                "{MAX_LOOKUPS_PER_ZONE} servers of {zone} were already"
            ));
        }
        let has_failed =
            |failed: &&Name| server.is_at_or_below(failed) && failed.is_at_or_below(start);
        let failed = (self.failures.iter())
            .filter(|(_, count)| **count >= MAX_FAILURES_PER_ZONE)
            .map(|(zone, _)| zone)
            .find(has_failed)?;
        Some(format!("the servers of {failed} have failed"))
    }

    /// Notes that the walks on the stack go without a lookup because of a limit.
    pub(crate) fn limit(&mut self, stack: &Stack) {
        let walks = std::iter::once(&stack.bottom).chain(&stack.above);
        self.limited
            .extend(walks.map(|walk| walk.question().qname.clone()));
    }

    /// Whether the walk for a name went without a lookup that another search may make.
    pub(crate) fn is_limited(&self, name: &Name) -> bool {
        self.limited.contains(name)
    }

    /// Counts a lookup for a server of `zone` that costs queries.
    pub(crate) fn count(&mut self, zone: &Name) {
        self.total += 1;
        *self.by_zone.entry(zone.clone()).or_default() += 1;
    }

    /// Counts a query for the name of a server. Those to the root are left out: without a cache, each
    /// lookup begins there.
    pub(crate) fn count_query(&mut self) {
        self.queries += 1;
    }

    /// Counts a lookup that failed because no server of `zone` gave a usable reply.
    pub(crate) fn count_failure(&mut self, zone: &Name) {
        *self.failures.entry(zone.clone()).or_default() += 1;
    }

    /// Counts that the lookup of a name was postponed.
    pub(crate) fn count_postponed(&mut self, name: &Name) {
        *self.postponed.entry(name.clone()).or_default() += 1;
    }

    /// Returns how often the lookup of a name was postponed.
    pub(crate) fn times_postponed(&self, name: &Name) -> u32 {
        self.postponed.get(name).copied().unwrap_or(0)
    }
}
