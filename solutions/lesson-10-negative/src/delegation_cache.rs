//! [`DelegationCache`]: where zones begin, and which servers they have (RFC 9499: *zone cut*).
//!
//! Two sources list a zone's servers. The parent zone delegates it; and the zone itself has NS
//! records of its own, which are the better ones, since they are kept by the zone's operator. But
//! *whether* the zone exists at all, the parent alone decides. So the zone's own list is cached
//! within the parent's delegation, and ends with it at the latest:
//!
//! ```text
//!     test. refers to ns1.shop.test       |---------- the delegation's TTL ----------|
//!     shop.test. lists ns1, ns2              |---- the TTL of its own NS records --------
//!                                                                                    ^ both end
//! ```
//!
//! Otherwise a domain that was taken down could keep itself alive without end, by sending its NS
//! records again and again to resolvers that have them cached: a *ghost domain* (CVE-2012-1033).

use std::net::IpAddr;
use std::time::Duration;

use cache::Store;
use cache::ttl::{clamp_ttl, remaining_ttl};
use dnsparse::Name;
use iterate::MAX_SERVERS;
use referral::{Delegation, NameServer};
use tokio::time::Instant;

/// The least time between two queries to a parent zone for the servers of a zone that fails. A zone
/// is repaired by people, and until then its parent would only repeat the same referral for each
/// name in it (RFC 4697 section 2.1).
pub const PARENT_INTERVAL: Duration = Duration::from_secs(60);

/// A bounded cache of delegations.
#[derive(Debug, Clone)]
pub struct DelegationCache {
    pub(crate) store: Store<Name, Cut>,
    hints: Delegation,
    /// The root servers as one of them lists them, and when that expires.
    root: Option<(Delegation, Instant)>,
}

/// The servers of one zone.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    /// The parent's list, with the glue that came along.
    delegated: Vec<NameServer>,
    /// The zone's own list, and when it expires.
    own: Option<(Vec<Name>, Instant)>,
    /// The time at which the parent was queried for the zone.
    delegated_at: Instant,
}

impl DelegationCache {
    /// Creates a cache that knows the root hints. Each name and each address of a server counts as
    /// a record.
    pub fn new(hints: Delegation, capacity: usize) -> DelegationCache {
        DelegationCache {
            store: Store::new(capacity),
            hints,
            root: None,
        }
    }

    /// Returns the weight of all delegations, in records.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// Stores the root servers as one of them lists them (RFC 9609). Until their TTL ends, they
    /// replace the hints.
    pub fn set_root(&mut self, root: Delegation, now: Instant) {
        let lifetime = Duration::from_secs(clamp_ttl(root.ttl).into());
        self.root = Some((root, now + lifetime));
    }

    /// Returns the root zone and its servers.
    pub fn root(&self, now: Instant) -> Delegation {
        match &self.root {
            Some((root, expires)) if now < *expires => root.clone(),
            _ => self.hints.clone(),
        }
    }

    /// Stores a referral from a server of the zone `parent`.
    pub fn store_referral(&mut self, parent: &Name, referral: &Delegation, now: Instant) {
        let lifetime = self.lifetime_below(parent, referral.ttl, now);
        let servers = referral.servers.iter().take(MAX_SERVERS).cloned();
        let cut = Cut {
            delegated: servers.collect(),
            own: None,
            delegated_at: now,
        };
        self.put(&referral.zone, cut, lifetime, now);
    }

    /// Returns the time for which a delegation by the zone `parent` may be cached: no longer than
    /// the parent's own delegation. Otherwise a domain that is to be taken down could live on in
    /// zones below it.
    fn lifetime_below(&mut self, parent: &Name, ttl: u32, now: Instant) -> Duration {
        let lifetime = Duration::from_secs(clamp_ttl(ttl).into());
        // todo: Return the lifetime, but no more than is left of the parent's own delegation in the
        // `store`. The root, which is the zone of the hints, has no parent that could take it down.
        if *parent == self.hints.zone {
            return lifetime;
        }
        let parent = self.store.get(parent, now);
        parent.map_or(Duration::ZERO, |(_, expires)| lifetime.min(expires - now))
        // end todo
    }

    /// Stores a zone's own list of its servers, and its TTL in seconds. Without a delegation by the
    /// parent, it is not stored.
    pub fn store_own_servers(&mut self, zone: &Name, servers: Vec<Name>, ttl: u32, now: Instant) {
        let Some((cut, expires)) = self.store.get(zone, now) else {
            return;
        };
        let cut = cut.clone();
        let servers: Vec<Name> = servers.into_iter().take(MAX_SERVERS).collect();
        let own = Some((servers, now + Duration::from_secs(clamp_ttl(ttl).into())));
        // todo: Put the cut, with its `own` servers, in place of the one in the store. No ghost
        // domain may gain time by that.
        self.put(zone, Cut { own, ..cut }, expires - now, now);
        // end todo
    }

    /// Returns the servers of a zone, and when the delegation expires: first the zone's own list,
    /// if there is one, then the parent's. A server that came with glue has it in both.
    pub fn servers(&mut self, zone: &Name, now: Instant) -> Option<(Vec<Delegation>, Instant)> {
        let (cut, expires) = self.store.get(zone, now)?;
        let delegation = |servers| Delegation {
            zone: zone.clone(),
            ttl: remaining_ttl(expires, now),
            servers,
        };
        let own = cut.own.as_ref().filter(|(_, until)| now < *until);
        let own = own.map(|(names, _)| names.iter().map(|name| cut.with_glue(name)).collect());
        let both = own.into_iter().chain([cut.delegated.clone()]);
        Some((both.map(delegation).collect(), expires))
    }

    /// Whether the parent was queried for the zone less than [`PARENT_INTERVAL`] ago: it would only
    /// give the same answer.
    pub fn is_recent(&mut self, zone: &Name, now: Instant) -> bool {
        let cut = self.store.get(zone, now);
        cut.is_some_and(|(cut, _)| now < cut.delegated_at + PARENT_INTERVAL)
    }

    /// Returns the deepest zone that is known to be delegated, and that a name is in; the root if
    /// there is no other.
    pub fn deepest_zone(&mut self, name: &Name, now: Instant) -> Name {
        let mut zones = name.ancestors();
        let deepest = zones.find(|zone| self.store.get(zone, now).is_some());
        deepest.unwrap_or(Name::ROOT)
    }

    /// Returns the glue that the parent had for one of a zone's servers.
    pub fn glue(&mut self, zone: &Name, server: &Name, now: Instant) -> Vec<IpAddr> {
        let cut = self.store.get(zone, now).map(|(cut, _)| cut);
        cut.map_or_else(Vec::new, |cut| cut.with_glue(server).addresses)
    }

    /// Returns the servers of a zone as its parent lists them.
    pub fn parent_side(&mut self, zone: &Name, now: Instant) -> Vec<NameServer> {
        let cut = self.store.get(zone, now).map(|(cut, _)| cut);
        cut.map_or_else(Vec::new, |cut| cut.delegated.clone())
    }

    /// Removes a zone whose servers all failed, so that the next search queries the parent for them
    /// again: unless the parent was queried less than [`PARENT_INTERVAL`] ago. Then only the zone's
    /// own list is removed, and the next search uses the parent's.
    pub fn forget(&mut self, zone: &Name, now: Instant) {
        if *zone == self.hints.zone {
            self.root = None;
        }
        let Some((cut, expires)) = self.store.get(zone, now) else {
            return;
        };
        let cut = cut.clone();
        if now < cut.delegated_at + PARENT_INTERVAL {
            self.put(zone, Cut { own: None, ..cut }, expires - now, now);
        } else {
            self.store.remove(zone);
        }
    }

    fn put(&mut self, zone: &Name, cut: Cut, lifetime: Duration, now: Instant) {
        if !lifetime.is_zero() {
            let weight = cut.weight();
            self.store.put(zone.clone(), cut, weight, lifetime, now);
        }
    }
}

impl Cut {
    /// Returns a server by its name, with the glue that the parent had for it.
    fn with_glue(&self, name: &Name) -> NameServer {
        let server = self.delegated.iter().find(|server| server.name == *name);
        server.cloned().unwrap_or_else(|| NameServer {
            name: name.clone(),
            addresses: Vec::new(),
        })
    }

    fn weight(&self) -> usize {
        let delegated = self.delegated.iter();
        let delegated: usize = delegated.map(|server| 1 + server.addresses.len()).sum();
        delegated + self.own.as_ref().map_or(0, |(names, _)| names.len())
    }
}
