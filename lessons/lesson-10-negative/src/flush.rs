//! Removes names from the cache, by order of an administrator (given).

use dnsparse::Name;

use crate::resolver_cache::ResolverCache;

/// Removes the entries whose key has a name that fits; adds their number to the count.
macro_rules! remove_from {
    ($store:expr, $count:ident, $fits:expr) => {{
        let fitting: Vec<_> = $store.keys().filter($fits).cloned().collect();
        $count += fitting.len();
        for key in &fitting {
            $store.remove(key);
        }
    }};
}

impl ResolverCache {
    /// Removes all that is cached about a name: records, negative answers and failures; with `below`
    /// also about each name below it, and the delegations there. Returns the number of entries
    /// removed.
    pub fn flush(&mut self, name: &Name, below: bool) -> usize {
        let fits = |other: &Name| match below {
            true => other.is_at_or_below(name),
            false => other == name,
        };
        let mut count = 0;
        let rrsets: Vec<_> = (self.rrsets.keys().filter(|(it, _)| fits(it)).cloned()).collect();
        count += rrsets.len();
        for (owner, rtype) in &rrsets {
            self.rrsets.remove(owner, *rtype);
        }
        remove_from!(self.negative.store, count, |(it, _)| fits(it));
        remove_from!(self.failures.store, count, |(it, _)| fits(it));
        if below {
            remove_from!(self.delegations.store, count, |it| fits(it));
            remove_from!(self.non_terminals.store, count, |it| fits(it));
        }
        count
    }
}
