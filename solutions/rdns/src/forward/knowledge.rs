//! [`Zoned`]: a cache, the zones with servers of their own, and the copy of the root zone.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use chase::{Knowledge, ResolutionFailure};
use dnsparse::{Name, Question, Record};
use negative::SharedCache;
use referral::{Answer, Delegation, NameServer, ReplyKind};

use super::changes::Changes;
use crate::config::Settings;
use crate::root_zone::RootZone;

/// A cache that starts walks at the configured servers of a zone, or at the copy of the root zone.
#[derive(Debug, Clone)]
pub struct Zoned {
    cache: SharedCache,
    settings: Arc<ArcSwap<Settings>>,
    root: RootZone,
    changes: Changes,
}

impl Zoned {
    /// Wraps a cache.
    pub fn new(cache: SharedCache, settings: Arc<ArcSwap<Settings>>, root: RootZone) -> Zoned {
        Zoned {
            cache,
            settings,
            root,
            changes: Changes::default(),
        }
    }

    /// Forgets what is cached about zones that have other servers now, and keeps the answers of
    /// their former servers away.
    pub fn change_servers(&self, zones: &HashSet<Name>) {
        if zones.is_empty() {
            return;
        }
        self.changes.note(zones);
        for zone in zones {
            self.cache.flush(zone, true);
        }
    }

    /// Returns the cache.
    pub fn cache(&self) -> &SharedCache {
        &self.cache
    }
}

impl Knowledge for Zoned {
    fn closest_delegation(&self, question: &Question) -> Delegation {
        let settings = self.settings.load();
        match settings.zones.start(question) {
            // The servers of a stub zone refer each search to a zone below: no delegation there is
            // cached, since a public one would have to be kept apart.
            Some((zone, servers)) => servers.delegation(zone),
            None => self.root.before(self.cache.closest_delegation(question)),
        }
    }

    fn cached_answer(&self, question: &Question) -> Option<Answer> {
        let answer = self.cache.cached_answer(question)?;
        let settings = self.settings.load();
        let Some((zone, _)) = settings.zones.start(question) else {
            return Some(answer);
        };
        // The public DNS may deny a zone that only exists here, or a name above it.
        let is_from_outside = |soa: &Option<Record>| {
            soa.as_ref()
                .is_none_or(|soa| !soa.owner.is_at_or_below(&zone))
        };
        match &answer {
            Answer::NxDomain(negative) | Answer::NoData(negative)
                if is_from_outside(&negative.soa) =>
            {
                None
            }
            _ => Some(answer),
        }
    }

    fn cached_addresses(&self, server: &Name) -> Option<Vec<IpAddr>> {
        self.cache.cached_addresses(server)
    }

    fn glue(&self, server: &Name) -> Vec<IpAddr> {
        self.cache.glue(server)
    }

    fn parent_side(&self, zone: &Name) -> Vec<NameServer> {
        self.cache.parent_side(zone)
    }

    fn is_forwarded(&self, zone: &Name) -> bool {
        let settings = self.settings.load();
        settings
            .zones
            .get(zone)
            .is_some_and(|servers| servers.is_forwarded())
    }

    fn is_validated(&self, zone: &Name) -> bool {
        let settings = self.settings.load();
        let servers = settings.zones.get(zone).filter(|it| it.is_forwarded());
        servers.is_some_and(|it| it.is_validated(zone))
    }

    fn port(&self, zone: &Name, server: IpAddr) -> Option<u16> {
        self.settings.load().zones.get(zone)?.port(server)
    }

    fn store(&self, zone: &Name, question: &Question, kind: &ReplyKind) {
        let store = || self.cache.store(zone, question, kind);
        self.changes.store(&question.qname, store);
    }

    fn cached_failure(&self, question: &Question) -> Option<ResolutionFailure> {
        self.cache.cached_failure(question)
    }

    fn store_failure(&self, question: &Question, failure: &ResolutionFailure) {
        let store = || self.cache.store_failure(question, failure);
        self.changes.store(&question.qname, store);
    }
}
