//! [`DelegationCache`]: where zones begin, and who serves them (RFC 9499: *zone cut*).
//!
//! Two have a say in that. The zone above delegates, and the zone itself has NS records of its own, which are the better ones: it
//! knows its servers. But *whether* it is still a zone at all, the one above decides alone. So what the zone says about itself is
//! kept within what the one above said, and ends with that at the latest:
//!
//! ```text
//!     test. says: ask ns1.shop.test              |------------ the delegation's TTL ------------|
//!     shop.test. says: NS ns1, NS ns2               |---- its own NS records' TTL -----------------
//!                                                                                               ^ gone, both
//! ```
//!
//! Otherwise a domain that was taken away could keep itself alive for ever, by saying its NS records again and again to whoever
//! remembers them: a *ghost domain*.

use std::time::Duration;

use cache::Store;
use cache::ttl::{seconds, seconds_left};
use dnsparse::Name;
use iterate::MAX_SERVERS;
use referral::{Delegation, NameServer};
use tokio::time::Instant;

/// The zones whose servers are known.
#[derive(Debug, Clone)]
pub struct DelegationCache {
    store: Store<Name, Cut>,
    hints: Delegation,
    /// What the root's servers themselves say, and until when.
    root: Option<(Delegation, Instant)>,
}

/// One zone's servers.
#[derive(Debug, Clone)]
struct Cut {
    /// As the zone above says, with the glue that came along.
    delegated: Vec<NameServer>,
    /// As the zone itself says, and until when.
    own: Option<(Vec<Name>, Instant)>,
}

impl DelegationCache {
    /// The servers of the root are known, and nothing else. Each name and address of a server counts as a record.
    pub fn new(hints: Delegation, capacity: usize) -> DelegationCache {
        DelegationCache {
            store: Store::new(capacity),
            hints,
            root: None,
        }
    }

    /// How many names and addresses of servers it holds.
    pub fn records(&self) -> usize {
        self.store.weight()
    }

    /// The root's servers say who they are (RFC 9609). For as long as their TTL allows, that counts more than the hints.
    pub fn set_root(&mut self, root: Delegation, now: Instant) {
        let lifetime = Duration::from_secs(seconds(root.ttl).into());
        self.root = Some((root, now + lifetime));
    }

    /// The root and its servers.
    pub fn root(&self, now: Instant) -> Delegation {
        match &self.root {
            Some((root, expires)) if now < *expires => root.clone(),
            _ => self.hints.clone(),
        }
    }

    /// A server of the zone `above` referred to another zone.
    pub fn delegate(&mut self, above: &Name, to: &Delegation, now: Instant) {
        let lifetime = self.lifetime_below(above, to.ttl, now);
        let servers = to.servers.iter().take(MAX_SERVERS).cloned();
        let cut = Cut {
            delegated: servers.collect(),
            own: None,
        };
        self.put(&to.zone, cut, lifetime, now);
    }

    /// For how long a delegation may be kept that a server of the zone `above` gave: no longer than that zone's own. Otherwise a
    /// domain that is to be taken away would live on in the zones below it.
    fn lifetime_below(&mut self, above: &Name, ttl: u32, now: Instant) -> Duration {
        let lifetime = Duration::from_secs(seconds(ttl).into());
        todo!(
            "The lifetime as it is, if `above` is the zone of the hints (the root). Else the lesser of it and what is left of the cut `above` in the store; zero, if that is not known."
        )
    }

    /// A zone says which its servers are, and for how many seconds that may be kept. It says so of a zone that was delegated, or it
    /// is not kept.
    pub fn name_own(&mut self, zone: &Name, servers: Vec<Name>, ttl: u32, now: Instant) {
        let Some((cut, expires)) = self.store.get(zone, now) else {
            return;
        };
        let cut = cut.clone();
        let servers: Vec<Name> = servers.into_iter().take(MAX_SERVERS).collect();
        let own = Some((servers, now + Duration::from_secs(seconds(ttl).into())));
        todo!(
            "Put the cut with its `own` servers in place of the one that is there. It expires when that one does."
        )
    }

    /// The servers of a zone: first as it says itself, then as the zone above says. Those that came with glue have it. Either may
    /// be missing.
    pub fn servers(&mut self, zone: &Name, now: Instant) -> Option<(Vec<Delegation>, Instant)> {
        let (cut, expires) = self.store.get(zone, now)?;
        let delegation = |servers| Delegation {
            zone: zone.clone(),
            ttl: seconds_left(expires, now),
            servers,
        };
        let own = cut.own.as_ref().filter(|(_, until)| now < *until);
        let own = own.map(|(names, _)| names.iter().map(|name| cut.with_glue(name)).collect());
        let both = own.into_iter().chain([cut.delegated.clone()]);
        Some((both.map(delegation).collect(), expires))
    }

    /// None of a zone's servers was of any use: the next who asks had better hear from the zone above who they are.
    pub fn forget(&mut self, zone: &Name) {
        if *zone == self.hints.zone {
            self.root = None;
        }
        self.store.remove(zone);
    }

    fn put(&mut self, zone: &Name, cut: Cut, lifetime: Duration, now: Instant) {
        if !lifetime.is_zero() {
            let weight = cut.weight();
            self.store.put(zone.clone(), cut, weight, lifetime, now);
        }
    }
}

impl Cut {
    /// A server by its name, with the glue that the zone above had for it.
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
