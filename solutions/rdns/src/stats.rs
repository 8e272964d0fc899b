//! [`Stats`]: what a server has done so far, in a line.

use std::convert::Infallible;
use std::fmt;
use std::future::pending;
use std::num::NonZero;
use std::time::Duration;

use chase::ServerSelection;
use negative::SharedCache;
use network::Network;
use tokio::time::{MissedTickBehavior, interval};

use crate::service::Service;

/// The figures of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Questions that had a reply.
    pub questions: u64,
    /// Those among them for which nobody was asked.
    pub hits: u64,
    /// Questions to other servers.
    pub upstream: u64,
    /// Records that are remembered.
    pub records: usize,
    /// Searches that are going on.
    pub in_flight: usize,
}

impl Stats {
    /// Of a server, as they are now.
    pub fn of<N: Network, C: ServerSelection>(service: &Service<N, SharedCache, C>) -> Stats {
        let figures = service.recursive().counters();
        Stats {
            questions: figures.questions + service.hits(),
            hits: figures.hits + service.hits(),
            upstream: figures.upstream,
            records: service.recursive().resolver().knowledge().records()
                + service.ready().records(),
            in_flight: figures.in_flight,
        }
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
        } = self;
        write!(
            f,
            "{questions} questions, {hits} hits, {upstream} upstream queries, {records} records in the cache, {in_flight} in flight"
        )
    }
}

/// Prints the figures on standard error every so many seconds, and whenever the process is told to by SIGUSR1.
pub async fn report(
    every: Option<NonZero<u32>>,
    mut told: Told,
    figures: impl Fn() -> Stats,
) -> Infallible {
    let mut clock = every.map(|seconds| {
        let mut clock = interval(Duration::from_secs(u64::from(seconds.get())));
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
            () = told.again() => {}
        }
        eprintln!("rdns: {}", figures());
    }
}

/// SIGUSR1, where there is such a thing, noticed from the moment that this is made.
#[derive(Debug)]
pub struct Told {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Default for Told {
    fn default() -> Self {
        Told::new()
    }
}

impl Told {
    /// From now on the signal does not end the process.
    pub fn new() -> Told {
        Told {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::user_defined1())
                .ok(),
        }
    }

    /// Waits until it is told again.
    async fn again(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal {
            signal.recv().await;
            return;
        }
        pending().await
    }
}
