//! [`Configured`]: a selection of servers that admits those of the configuration.
//!
//! A public zone must not send the resolver to a loopback address, or to an address that it listens
//! on. An administrator may: a forwarder often runs on the same machine, on another port. So such an
//! address is queried for the zones that it is configured for, and for no other.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use chase::{Attempt, AttemptOutcome, Routes, ServerSelection, TimeoutCounts};
use dnsparse::{Name, Question};
use rand::Rng;

use crate::config::Settings;
use crate::dnstap::Tap;
use crate::root_zone;

/// The least time to wait for a recursive server before the next query: it may have to ask several
/// others. A server that knows the answer replies in a fraction of that, so its round-trip time says
/// little.
const LEAST_TIMEOUT: Duration = Duration::from_millis(1_000);

/// A selection of servers, and the configured ones.
#[derive(Debug, Clone)]
pub struct Configured<S> {
    selection: S,
    settings: Arc<ArcSwap<Settings>>,
    tap: Arc<Tap>,
}

impl<S> Configured<S> {
    /// Wraps a selection.
    pub fn new(selection: S, settings: Arc<ArcSwap<Settings>>) -> Configured<S> {
        Configured {
            selection,
            settings,
            tap: Arc::default(),
        }
    }

    /// Tells the log of messages for which zone each server was chosen.
    #[must_use]
    pub fn with_tap(self, tap: Arc<Tap>) -> Configured<S> {
        Configured { tap, ..self }
    }

    /// Returns the selection inside.
    pub fn inner(&self) -> &S {
        &self.selection
    }
}

impl<S: ServerSelection> ServerSelection for Configured<S> {
    fn exclusion(&self, server: IpAddr) -> Option<String> {
        let is_own = server == root_zone::ADDRESS;
        match is_own || self.settings.load().zones.has_address(server) {
            true => None,
            false => self.selection.exclusion(server),
        }
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
        let settings = self.settings.load_full();
        let configured = settings.zones.get(zone);
        let is_allowed = |server: &IpAddr| {
            configured.is_some_and(|servers| servers.port(*server).is_some())
                || !settings.zones.has_address(*server)
                || self.selection.exclusion(*server).is_none()
        };
        // Of the root's servers, the copy comes first; if it is there, it is not too old. Another zone
        // may not name its address.
        let has_copy = servers.contains(&root_zone::ADDRESS);
        let is_allowed = |server: &IpAddr| match has_copy {
            true if zone.is_root() => *server == root_zone::ADDRESS,
            _ => *server != root_zone::ADDRESS && is_allowed(server),
        };
        let servers: Vec<IpAddr> = servers.iter().copied().filter(is_allowed).collect();
        if servers.is_empty() {
            return None;
        }
        let attempt =
            (self.selection).choose(zone, question, &servers, timeouts, time_left, random)?;
        self.tap.note_choice(attempt.server, question, zone);
        let is_forwarded = configured.is_some_and(|servers| servers.is_forwarded());
        let timeout = match is_forwarded {
            true => attempt.timeout.max(LEAST_TIMEOUT.min(time_left)),
            false => attempt.timeout,
        };
        Some(Attempt { timeout, ..attempt })
    }

    fn handle_outcome(&self, zone: &Name, attempt: &Attempt, outcome: &AttemptOutcome) {
        self.selection.handle_outcome(zone, attempt, outcome);
    }
}
