//! [`FutileQueries`]: the queries of one search without a usable reply, for each zone (given).
//!
//! A zone may list twenty servers with eight addresses each, and all of them may refuse each query:
//! without a limit, each query of a client costs the owner of these addresses a hundred. The owner
//! need not be the zone's. A lookup of a server's name counts as well, since that server may refuse
//! the query, too.

use std::collections::BTreeMap;

use dnsparse::Name;

/// The most queries of one search to the servers of one zone that get no usable reply: enough for
/// the 13 servers of the root and of com, if no other than the last of them works, and for a few
/// lost datagrams.
pub const MAX_FUTILE: usize = 16;

/// The number of futile queries for each zone.
#[derive(Debug, Default)]
pub(crate) struct FutileQueries {
    by_zone: BTreeMap<Name, usize>,
}

impl FutileQueries {
    /// Counts queries to servers of `zone`.
    pub(crate) fn count(&mut self, zone: &Name, queries: usize) {
        *self.by_zone.entry(zone.clone()).or_default() += queries;
    }

    /// Whether no further server of `zone` is queried.
    pub(crate) fn is_exhausted(&self, zone: &Name) -> bool {
        let count = self.by_zone.get(zone).copied().unwrap_or(0);
        count >= MAX_FUTILE
    }
}
