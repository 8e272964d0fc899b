//! [`Defences`] of a resolver, and the [`Level`]s in which they are switched on one after another
//! (given).

use std::time::Duration;

use dnsparse::Name;
use lab::LEAST_PORT;

use crate::case::letters;
use crate::odds::{Space, expected_seconds};

/// The number of ids.
const IDS: u32 = 1 << 16;
/// The number of random source ports.
const PORTS: u32 = (u16::MAX - LEAST_PORT) as u32 + 1;
/// The equal queries that an attacker can have a resolver send at the same time, if that sends one
/// for each client's query.
pub const EQUAL_QUERIES: u32 = 100;
/// The forged replies that an attacker sends in a second: some 40 megabits.
pub const PACKETS_PER_SECOND: u32 = 50_000;
/// The window: the time from a query to the true reply.
pub const WINDOW: Duration = Duration::from_millis(20);
/// The TTL of the true record.
pub const TTL: Duration = Duration::from_secs(3_600);

/// The defences of a resolver against forged replies. By default, all are off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Defences {
    /// The id of each query is random (lesson 1), instead of the last one plus 1.
    pub random_id: bool,
    /// Equal queries share one upstream query (lessons 8 and 12).
    pub shares_queries: bool,
    /// Each query has a random source port (lesson 2), instead of one port for all.
    pub random_port: bool,
    /// Only records of the question's name enter the cache as an answer (lessons 6 and 9).
    pub only_the_answer: bool,
    /// The case of names is mixed.
    pub mixes_case: bool,
    /// A near miss sends the query over TCP.
    pub tcp_after_near_miss: bool,
}

impl Defences {
    /// All defences.
    pub const ALL: Defences = Defences {
        random_id: true,
        shares_queries: true,
        random_port: true,
        only_the_answer: true,
        mixes_case: true,
        tcp_after_near_miss: true,
    };

    /// Returns what an attacker has to guess in a query for `target`.
    pub fn space(&self, target: &Name) -> Space {
        let size = |is_random, number| if is_random { number } else { 1 };
        Space {
            ids: size(self.random_id, IDS),
            ports: size(self.random_port, PORTS),
            letters: if self.mixes_case { letters(target) } else { 0 },
            equal_queries: size(!self.shares_queries && self.random_id, EQUAL_QUERIES),
        }
    }

    /// Returns the time from one window to the next. Where records beside the answer count, each
    /// new name below the zone opens another window; otherwise the cache answers until the TTL ends.
    pub fn time_per_window(&self) -> Duration {
        if self.only_the_answer { TTL } else { WINDOW }
    }
}

/// A row of the table: defences, with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// The defence that this level adds.
    pub adds: &'static str,
    /// All defences of this level.
    pub defences: Defences,
}

impl Level {
    /// Returns the mean time until `target` is poisoned, in seconds.
    pub fn expected_seconds(&self, target: &Name) -> f64 {
        self.seconds(self.defences.space(target))
    }

    /// Returns the same for an attacker that finds out the port of each query first, as SAD DNS does
    /// (CVE-2020-25705).
    pub fn expected_seconds_with_known_port(&self, target: &Name) -> f64 {
        let space = self.defences.space(target);
        self.seconds(Space { ports: 1, ..space })
    }

    fn seconds(&self, space: Space) -> f64 {
        let tcp_after_near_miss = self.defences.tcp_after_near_miss;
        let probability = space.window_probability(packets_per_window(), tcp_after_near_miss);
        let per_window = self.defences.time_per_window().as_secs_f64();
        // The first window is open at once.
        expected_seconds(probability, per_window) - per_window + WINDOW.as_secs_f64()
    }
}

/// Returns the number of forged replies that arrive within a window.
pub fn packets_per_window() -> u64 {
    (f64::from(PACKETS_PER_SECOND) * WINDOW.as_secs_f64()) as u64
}

/// The name of a defence, and the function that switches it on.
type Step = (&'static str, fn(&mut Defences));

/// Returns the levels: each has the defences of the one before it, and one more.
pub fn levels() -> Vec<Level> {
    let mut defences = Defences::default();
    let steps: [Step; 7] = [
        ("nothing", |_| {}),
        ("a random id", |it| it.random_id = true),
        ("equal queries share one", |it| it.shares_queries = true),
        ("a random port", |it| it.random_port = true),
        ("only the answer is cached", |it| it.only_the_answer = true),
        ("mixed case", |it| it.mixes_case = true),
        ("TCP after a near miss", |it| it.tcp_after_near_miss = true),
    ];
    let step = |(adds, switch_on): Step| {
        switch_on(&mut defences);
        Level { adds, defences }
    };
    steps.into_iter().map(step).collect()
}
