//! [`ServerState`]: all that is remembered of one server.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use crate::estimate::{Estimate, START, doubled, faded};

/// After so many silences in a row a server counts as dead: one may be a lost datagram, two may be bad luck.
pub const DEAD_AFTER: u32 = 3;
/// How often a dead server is tried by somebody who could ask another one. Each such try costs one person one wait.
pub const PROBE_EVERY: Duration = Duration::from_secs(60);
/// How long it is remembered that a server does not speak EDNS. Servers get better; and to be wrong about it costs no more than
/// some replies by TCP, since without EDNS they have to fit into 512 octets.
pub const EDNS_FOR: Duration = Duration::from_secs(600);

/// What is known about one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServerState {
    /// How often it was asked.
    pub queries: u64,
    /// How long it takes; none if it never replied.
    pub estimate: Option<Estimate>,
    /// How often it was silent since its last reply.
    pub silences: u32,
    /// When it last said something, or failed to.
    last: Option<Instant>,
    /// Once it is dead: when it may be tried all the same.
    probe_at: Option<Instant>,
    edns: Edns,
}

/// Whether a server speaks EDNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Edns {
    /// Nobody knows: it is asked with EDNS.
    #[default]
    Unknown,
    /// It was asked with EDNS, and was silent. It may be gone, or it may ignore such queries: the next one goes without.
    Doubtful,
    /// It replied to a query with EDNS.
    Speaks,
    /// It replied to the same query without, and only then.
    Lacks {
        /// When it gets another chance.
        until: Instant,
    },
}

impl ServerState {
    /// It replied. `took` is none if that took more than a round trip.
    pub fn handle_reply(&mut self, took: Option<Duration>, with_edns: bool, now: Instant) {
        self.edns = match self.edns {
            _ if with_edns => Edns::Speaks,
            Edns::Doubtful => Edns::Lacks {
                until: now + EDNS_FOR,
            },
            edns => edns,
        };
        self.queries += 1;
        self.last = Some(now);
        // todo: Whoever replies is alive: its silences count no more. And if it is known how long it took, that makes the
        // estimate: the first one, or one after the estimate there was.
        self.silences = 0;
        if let Some(took) = took {
            self.estimate = Some(match self.estimate {
                Some(estimate) => estimate.after(took),
                None => Estimate::first(took),
            });
        }
        // end todo
    }

    /// It did not reply in time.
    pub fn handle_timeout(&mut self, with_edns: bool, now: Instant) {
        self.handle_unreachable(now);
        // Whoever spoke EDNS a moment ago has not forgotten it; but firewalls do get new rules.
        let did_speak = self.edns == Edns::Speaks && !self.is_dead();
        // todo: After silence with EDNS it is Doubtful, unless it `did_speak`. After silence without, whoever was Doubtful is Unknown
        // again: EDNS was not the reason.
        self.edns = match self.edns {
            edns if with_edns && did_speak => edns,
            _ if with_edns => Edns::Doubtful,
            Edns::Doubtful => Edns::Unknown,
            edns => edns,
        };
        // end todo
    }

    /// It cannot be reached, as the system says.
    pub fn handle_unreachable(&mut self, now: Instant) {
        self.queries += 1;
        self.silences = self.silences.saturating_add(1);
        self.last = Some(now);
        self.probe_at = Some(now + PROBE_EVERY);
    }

    /// It said, by FORMERR or NOTIMP, that it does not understand EDNS.
    pub fn handle_edns_refusal(&mut self, now: Instant) {
        self.queries += 1;
        self.edns = Edns::Lacks {
            until: now + EDNS_FOR,
        };
    }

    /// It is tried, though it is dead: nobody else needs to, for a while.
    pub fn handle_probe(&mut self, now: Instant) {
        self.probe_at = Some(now + PROBE_EVERY);
    }

    /// Whether it was silent for so long that there is little hope.
    pub fn is_dead(&self) -> bool {
        self.silences >= DEAD_AFTER
    }

    /// Whether it is dead, and it is time to see whether it still is.
    pub fn is_due(&self, now: Instant) -> bool {
        self.is_dead() && self.probe_at.is_some_and(|probe_at| probe_at <= now)
    }

    /// Whether the next query should have EDNS.
    pub fn with_edns(&self, now: Instant) -> bool {
        // todo: Not if it is Doubtful, and not if it Lacks EDNS until later than now. Else yes.
        match self.edns {
            Edns::Unknown | Edns::Speaks => true,
            Edns::Doubtful => false,
            Edns::Lacks { until } => until <= now,
        }
        // end todo
    }

    /// How long to wait for its reply, the first time.
    pub fn timeout(&self) -> Duration {
        self.estimate.map_or(START, Estimate::timeout)
    }

    /// What it is to be expected to take, to be compared with others. `is_risky` says that nobody has time for experiments.
    pub fn rank(&self, is_risky: bool, now: Instant) -> Duration {
        let age = self.last.map_or(Duration::ZERO, |last| now - last);
        // todo: Who replied last time: its smoothed time, `faded` by its age. Who was silent: the same, or START if there is no
        // estimate, but `doubled` for each silence before it fades. Who was never asked: no time at all, to be tried early; but
        // START where that is risky.
        let expected = match (self.estimate, self.silences) {
            (Some(estimate), silences) => doubled(estimate.smoothed, silences),
            (None, 0) if is_risky => START,
            (None, 0) => Duration::ZERO,
            (None, silences) => doubled(START, silences),
        };
        faded(expected, age)
        // end todo
    }
}

impl fmt::Display for ServerState {
    /// Its state in words: `alive`, `silent 2 times`, `dead`; and `without EDNS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.silences {
            _ if self.is_dead() => write!(f, "dead")?,
            0 if self.estimate.is_none() => write!(f, "unknown")?,
            0 => write!(f, "alive")?,
            1 => write!(f, "silent once")?,
            times => write!(f, "silent {times} times")?,
        }
        match self.edns {
            Edns::Lacks { .. } => write!(f, ", without EDNS"),
            _ => Ok(()),
        }
    }
}
