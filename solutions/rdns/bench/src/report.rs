//! The table of an open loop: what became of the queries, and what it cost.

use std::fmt::Write as _;
use std::time::Duration;

use crate::internet::Judgement;
use crate::load::{Outcome, Sent};
use crate::resolvers::{Mode, Resolver};

/// The times within which a client wants its answer.
const LIMITS: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(5),
];

/// The outcome of one resolver in one mode.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) resolver: Resolver,
    pub(crate) mode: Mode,
    pub(crate) outcome: Outcome,
    pub(crate) cpu_time: Duration,
    /// In KiB.
    pub(crate) peak_memory: u64,
    /// The queries that reached the name servers, over UDP and TCP.
    pub(crate) upstream: (u64, u64),
}

impl Measured {
    /// Lists the times of right answers for names with servers that reply, sorted.
    pub(crate) fn times(&self) -> Vec<Duration> {
        let right = |sent: &Sent| match sent.reply {
            Some((time, Judgement::Right)) if sent.subject.is_live() => Some(time),
            _ => None,
        };
        let mut times: Vec<_> = self.outcome.queries.iter().filter_map(right).collect();
        times.sort();
        times
    }

    /// Returns the number of queries for names with servers that reply.
    pub(crate) fn live(&self) -> usize {
        let queries = self.outcome.queries.iter();
        queries.filter(|sent| sent.subject.is_live()).count()
    }

    /// Returns the number of wrong answers.
    pub(crate) fn wrong(&self) -> usize {
        self.count(|sent| matches!(sent.reply, Some((_, Judgement::Wrong))))
    }

    fn count(&self, is_counted: impl Fn(&Sent) -> bool) -> usize {
        self.outcome
            .queries
            .iter()
            .filter(|sent| is_counted(sent))
            .count()
    }

    fn row(&self) -> String {
        let (times, live) = (self.times(), self.live());
        let within =
            LIMITS.map(|limit| percent(times.partition_point(|time| *time <= limit), live));
        let failed = self.count(|sent| {
            sent.subject.is_live() && matches!(sent.reply, Some((_, Judgement::Failure)))
        });
        let silent = self.count(|sent| {
            sent.subject.is_live() && sent.reply.is_none_or(|(time, _)| time > LIMITS[2])
        });
        let dead = self.outcome.queries.len() - live;
        let dead_in_time = self.count(|sent| {
            !sent.subject.is_live() && sent.reply.is_some_and(|(time, _)| time <= LIMITS[2])
        });
        let (udp, tcp) = self.upstream;
        format!(
            "| {} | {} | {} | {} | {failed} | {silent} | {} | {} | {:.1} | {} | {} |",
            self.resolver.name(),
            on_or_off(self.mode.minimises),
            on_or_off(self.mode.validates),
            within.join(" | "),
            percent(dead_in_time, dead),
            self.wrong(),
            self.cpu_time.as_secs_f64(),
            self.peak_memory / 1_024,
            match tcp {
                0 => udp.to_string(),
                _ => format!("{} ({tcp} over TCP)", udp + tcp),
            },
        )
    }
}

pub(crate) fn on_or_off(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

/// Returns a share, rounded down, so that 100 % means all.
pub(crate) fn percent(part: usize, whole: usize) -> String {
    let share = part as f64 / whole.max(1) as f64;
    format!("{:.2} %", (share * 10_000.0).floor() / 100.0)
}

/// Writes all measurements as one table.
pub(crate) fn table(all: &[Measured]) -> String {
    let mut text = "| resolver | minimisation | validation | answered in 100 ms | in 1 s | in 5 s | SERVFAIL | no answer in 5 s | dead names: failure in 5 s | wrong | CPU s | peak MB | upstream queries |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n".to_owned();
    for measured in all {
        let _ = writeln!(text, "{}", measured.row());
    }
    text
}
