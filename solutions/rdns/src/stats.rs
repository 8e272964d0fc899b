//! [`Stats`]: a server's counters, as one line of text.

use std::convert::Infallible;
use std::fmt;
use std::future::pending;
use std::time::Duration;

use chase::ServerSelection;
use network::Network;
use tokio::time::{MissedTickBehavior, interval};

use crate::encrypted::validity;
use crate::forward::Zoned;
use crate::service::Service;
use crate::signals::Signal;
use crate::text::count;

/// The counters of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Queries from clients.
    pub questions: u64,
    /// Those of them that were answered from the caches.
    pub hits: u64,
    /// Stale replies.
    pub stale: u64,
    /// Replies with SERVFAIL.
    pub servfail: u64,
    /// Those of them about bogus answers.
    pub bogus: u64,
    /// Replies that a blocklist made.
    pub blocked: u64,
    /// Queries and connections that access control refused.
    pub refused: u64,
    /// Queries beyond the limit of queries in work.
    pub overloaded: u64,
    /// Replies that the rate limit dropped.
    pub dropped: u64,
    /// Replies that the rate limit truncated.
    pub truncated: u64,
    /// Answers that were fetched again before they expired.
    pub prefetches: u64,
    /// Queries to other servers.
    pub upstream: u64,
    /// Messages that dnstap has written.
    pub dnstap: u64,
    /// Messages that dnstap has lost.
    pub dnstap_lost: u64,
    /// Records in the caches.
    pub records: u64,
    /// Searches in flight.
    pub in_flight: u64,
    /// The time at which the certificate for DNS over TLS expires, in seconds since 1970; none without
    /// a certificate.
    pub certificate_expiry: Option<u64>,
}

impl Stats {
    /// Reads the present counters of a server.
    pub fn of<N: Network, C: ServerSelection>(service: &Service<N, Zoned, C>) -> Stats {
        let (searches, counters) = (service.recursive().counters(), service.counters());
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let from_reply_cache = counters.hits.value() + counters.blocked_hits.value();
        let prefetches = counters.prefetches.value();
        // The reply after a prefetch is made from the cache, and is no client's.
        let hits = (searches.hits + from_reply_cache).saturating_sub(prefetches);
        let cached = service.recursive().resolver().knowledge().cache().records();
        Stats {
            questions: counters.searched.value() + from_reply_cache,
            hits: counters.reported_hits.raise_to(hits),
            stale: counters.stale.value(),
            servfail: counters.servfail.value(),
            bogus: counters.bogus.value(),
            blocked: counters.blocked.value() + counters.blocked_hits.value(),
            refused: counters.refused.value(),
            overloaded: counters.overloaded.value(),
            dropped: service.guard().dropped.value(),
            truncated: service.guard().truncated.value(),
            prefetches,
            upstream: searches.upstream,
            dnstap: service.tap().written(),
            dnstap_lost: service.tap().lost(),
            records: number(cached + service.replies().records()),
            in_flight: number(searches.in_flight),
            certificate_expiry: {
                let own = service.settings().own_certificate();
                own.and_then(|own| validity::expiry(&own)).map(u64::from)
            },
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

/// The name of a number, one line about it, and the number.
type Row = (&'static str, &'static str, fn(&Stats) -> u64);

/// All numbers.
const TABLE: [Row; 16] = [
    (
        "rdns_questions_total",
        "Queries from clients, those that were refused or limited included.",
        |it| it.questions,
    ),
    (
        "rdns_hits_total",
        "Queries that were answered from the caches, without an upstream query.",
        |it| it.hits,
    ),
    (
        "rdns_stale_replies_total",
        "Replies whose TTLs had ended, since no server replied.",
        |it| it.stale,
    ),
    (
        "rdns_servfail_replies_total",
        "Replies with SERVFAIL, those about bogus answers included.",
        |it| it.servfail,
    ),
    (
        "rdns_bogus_replies_total",
        "Replies with SERVFAIL, since validation found the answer bogus.",
        |it| it.bogus,
    ),
    (
        "rdns_blocked_replies_total",
        "Replies that a blocklist made.",
        |it| it.blocked,
    ),
    (
        "rdns_access_refused_total",
        "Queries and connections of clients that access control refused.",
        |it| it.refused,
    ),
    (
        "rdns_overload_refused_total",
        "Queries beyond the limit of queries in work; the replies were truncated, or SERVFAIL.",
        |it| it.overloaded,
    ),
    (
        "rdns_rate_limit_dropped_total",
        "Replies over UDP that the rate limit dropped.",
        |it| it.dropped,
    ),
    (
        "rdns_rate_limit_truncated_total",
        "Replies over UDP that the rate limit truncated.",
        |it| it.truncated,
    ),
    (
        "rdns_prefetches_total",
        "Answers that were fetched again before they expired.",
        |it| it.prefetches,
    ),
    (
        "rdns_upstream_queries_total",
        "Queries to other servers.",
        |it| it.upstream,
    ),
    (
        "rdns_dnstap_messages_total",
        "Messages that were written to dnstap.",
        |it| it.dnstap,
    ),
    (
        "rdns_dnstap_lost_total",
        "Messages for dnstap that were lost.",
        |it| it.dnstap_lost,
    ),
    ("rdns_cached_records", "Records in the caches.", |it| {
        it.records
    }),
    ("rdns_searches_in_flight", "Searches at present.", |it| {
        it.in_flight
    }),
];

impl Stats {
    /// Returns all numbers, with their names.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        let certificate = self.certificate_expiry.map(|value| Metric {
            name: "rdns_certificate_expiration_timestamp_seconds",
            help: "The time at which the certificate of tls-cert expires, in seconds since 1970.",
            value,
        });
        let numbers = TABLE.iter().map(|(name, help, number)| Metric {
            name,
            help,
            value: number(self),
        });
        numbers.chain(certificate)
    }

    /// Returns the numbers, one in a line.
    pub fn lines(&self) -> String {
        let line = |it: Metric| format!("{} {}\n", it.name.trim_start_matches("rdns_"), it.value);
        self.metrics().map(line).collect()
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
        let records = count(*records, "record", "records");
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
