//! [`Stats`]: a server's counters, as one line of text.

use std::convert::Infallible;
use std::fmt;
use std::future::pending;
use std::time::Duration;

use chase::ServerSelection;
use network::Network;
use tokio::time::{MissedTickBehavior, interval};

use crate::forward::Zoned;
use crate::service::Service;
use crate::signals::Signal;
use crate::text::count;

/// The counters of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Queries from clients that had a reply.
    pub questions: u64,
    /// Those of them that took no query to another server.
    pub hits: u64,
    /// Queries to other servers.
    pub upstream: u64,
    /// Stale replies.
    pub stale: u64,
    /// Replies that were fetched before the present one expired.
    pub prefetches: u64,
    /// Messages that dnstap has written.
    pub dnstap: u64,
    /// Messages that dnstap has lost.
    pub dnstap_lost: u64,
    /// Records in the caches.
    pub records: usize,
    /// Searches in flight.
    pub in_flight: usize,
}

impl Stats {
    /// Reads the present counters of a server.
    pub fn of<N: Network, C: ServerSelection>(service: &Service<N, Zoned, C>) -> Stats {
        let counters = service.recursive().counters();
        Stats {
            questions: service.questions(),
            // The reply after a prefetch is made from the cache, and is no client's.
            hits: (counters.hits + service.hits()).saturating_sub(service.prefetches()),
            upstream: counters.upstream,
            stale: service.stale(),
            prefetches: service.prefetches(),
            dnstap: service.tap().written(),
            dnstap_lost: service.tap().lost(),
            records: service.recursive().resolver().knowledge().cache().records()
                + service.replies().records(),
            in_flight: counters.in_flight,
        }
    }
}

/// A counter, or another number, with its name for Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The name; that of a counter ends in `_total`.
    pub name: &'static str,
    /// One line about it.
    pub help: &'static str,
    /// The number.
    pub value: u64,
}

impl Stats {
    /// Returns all numbers, with their names.
    pub fn metrics(&self) -> Vec<Metric> {
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let metric = |name, help, value| Metric { name, help, value };
        vec![
            metric(
                "rdns_questions_total",
                "Queries of clients that had a reply.",
                self.questions,
            ),
            metric(
                "rdns_hits_total",
                "Replies that took no upstream query.",
                self.hits,
            ),
            metric(
                "rdns_stale_replies_total",
                "Replies whose TTLs had ended, since no server replied.",
                self.stale,
            ),
            metric(
                "rdns_prefetches_total",
                "Answers that were fetched again before they expired.",
                self.prefetches,
            ),
            metric(
                "rdns_upstream_queries_total",
                "Queries to other servers.",
                self.upstream,
            ),
            metric(
                "rdns_dnstap_messages_total",
                "Messages that were written to dnstap.",
                self.dnstap,
            ),
            metric(
                "rdns_dnstap_lost_total",
                "Messages for dnstap that were lost.",
                self.dnstap_lost,
            ),
            metric(
                "rdns_cached_records",
                "Records in the caches.",
                number(self.records),
            ),
            metric(
                "rdns_searches_in_flight",
                "Searches at present.",
                number(self.in_flight),
            ),
        ]
    }

    /// Returns the numbers, one in a line.
    pub fn lines(&self) -> String {
        let line = |it: Metric| format!("{} {}\n", it.name.trim_start_matches("rdns_"), it.value);
        self.metrics().into_iter().map(line).collect()
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats {
            questions,
            hits,
            upstream,
            records,
            in_flight,
            ..
        } = self;
        let questions = count(*questions, "question", "questions");
        let hits = count(*hits, "hit", "hits");
        let upstream = count(*upstream, "upstream query", "upstream queries");
        let records = count(*records as u64, "record", "records");
        write!(
            f,
            "{questions}, {hits}, {upstream}, {records} in the cache, {in_flight} in flight"
        )
    }
}

/// Calls `print` at an interval of `every` seconds, and on each SIGUSR1.
pub async fn report(every: Option<u32>, mut signal: Signal, print: impl Fn()) -> Infallible {
    let mut clock = every.map(|seconds| {
        let mut clock = interval(Duration::from_secs(u64::from(seconds)));
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        clock.reset();
        clock
    });
    loop {
        let tick = async {
            match &mut clock {
                Some(clock) => drop(clock.tick().await),
                None => pending().await,
            }
        };
        tokio::select! {
            () = tick => {}
            () = signal.next() => {}
        }
        print();
    }
}
