//! [`Changes`]: keeps the answers of a zone's former servers out of the cache after a reload.
//!
//! A search that began before the reload has queried them, and may end after it. Its answer is that
//! of its own clients, who asked before; for all others it would be a cached answer from a server
//! that the settings no longer name, for its whole TTL. So for as long as such a search can take,
//! nothing about these zones is cached.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chase::DEADLINE;
use dnsparse::Name;
use tokio::time::Instant;

/// The time after a reload for which nothing about a zone with other servers is cached: the time that
/// a search takes at most, and a little more, since the deadline ends it when its task has its turn.
const STORES_NOTHING: Duration = DEADLINE.saturating_add(Duration::from_millis(500));
/// The time after a reload for which no whole replies are cached: a search that began in the time
/// above may have waited for the query of an older one, and takes as long itself.
pub const KEEPS_NO_REPLIES: Duration = STORES_NOTHING.saturating_mul(2);

/// The zones whose servers have changed a moment ago.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<RwLock<Recent>>);

#[derive(Debug, Default)]
struct Recent {
    zones: HashSet<Name>,
    until: Option<Instant>,
}

impl Changes {
    /// Notes zones that have other servers now.
    pub fn note(&self, zones: &HashSet<Name>) {
        let mut recent = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if recent.until.is_none_or(|until| until <= now) {
            recent.zones.clear();
        }
        recent.zones.extend(zones.iter().cloned());
        recent.until = Some(now + STORES_NOTHING);
    }

    /// Stores what concerns a name, unless that may come from former servers of its zone. No zone is
    /// noted while it is stored, so what is flushed after [`Changes::note`] stays away.
    pub fn store(&self, name: &Name, store: impl FnOnce()) {
        let recent = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_recent = || recent.until.is_some_and(|until| Instant::now() < until);
        let has_changed = || name.ancestors().any(|zone| recent.zones.contains(&zone));
        if recent.zones.is_empty() || !is_recent() || !has_changed() {
            store();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn names_of_changed_zones_are_stored_once_older_searches_have_ended() {
        let changes = Changes::default();
        let is_stored = |name: &str| {
            let mut is_stored = false;
            changes.store(&name.parse().unwrap(), || is_stored = true);
            is_stored
        };
        let note = |zone: &str| changes.note(&HashSet::from([zone.parse().unwrap()]));
        assert!(is_stored("www.a.test"), "before any reload");
        note("a.test");
        let names = ["a.test", "www.a.test", "b.test"];
        assert_eq!(names.map(is_stored), [false, false, true]);
        tokio::time::advance(DEADLINE).await;
        assert_eq!(names.map(is_stored), [false, false, true]);
        // Both are kept away for the time of the last.
        note("b.test");
        tokio::time::advance(DEADLINE).await;
        assert_eq!(names.map(is_stored), [false; 3]);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(names.map(is_stored), [true; 3]);
        note("b.test");
        assert_eq!(names.map(is_stored), [true, true, false]);
    }
}
