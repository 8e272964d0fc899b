//! The resolver's network, cache and selection of servers, each with a log beside it.
//!
//! All three are traits of the course (`network::Network`, `chase::Knowledge`,
//! `chase::ServerSelection`), so that the resolver itself stays as it is. The lines of its trace
//! arrive as events of `tracing`.

use crate::walk::cached::{CacheRow, Key};
use chase::{
    Attempt, AttemptOutcome, Knowledge, ResolutionFailure, Routes, ServerSelection, TimeoutCounts,
};
use dnsparse::{Name, Question};
use lab::{Lab, LabChannel};
use negative::SharedCache;
use network::{Channel, Network, Via};
use rand::Rng;
use referral::{Answer, Delegation, NameServer, ReplyKind};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The log of one search.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Entries>>);

/// The entries of a log, in the order of time.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) entries: Vec<Entry>,
    pub(crate) exchanges: Vec<Exchange>,
    /// The zone and the question of the attempt that was chosen last.
    attempt: Option<(Name, Question)>,
}

/// An entry of a log.
#[derive(Debug)]
pub(crate) enum Entry {
    /// The exchange with this index begins.
    Began(usize),
    /// A line of the resolver's trace.
    Line(String),
}

/// A query to a server, with the messages that came back.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) server: SocketAddr,
    pub(crate) via: Via,
    /// The zone whose servers are queried.
    pub(crate) zone: Name,
    /// The question that was sent.
    pub(crate) question: Question,
    pub(crate) at: Instant,
    /// The query; empty if a connection was not opened.
    pub(crate) query: Vec<u8>,
    pub(crate) arrivals: Vec<(Instant, Result<Vec<u8>, io::ErrorKind>)>,
}

impl Log {
    pub(crate) fn clear(&self) {
        *self.lock() = Entries::default();
    }

    pub(crate) fn take(&self) -> Entries {
        std::mem::take(&mut *self.lock())
    }

    /// Returns the number of exchanges so far.
    fn exchanges(&self) -> usize {
        self.lock().exchanges.len()
    }

    fn line(&self, text: String) {
        self.lock().entries.push(Entry::Line(text));
    }

    /// Notes the zone and the question of the exchanges that follow.
    pub(crate) fn choose(&self, zone: &Name, question: &Question) {
        self.lock().attempt = Some((zone.clone(), question.clone()));
    }

    /// Begins an exchange, and returns its index; none if no attempt was chosen.
    fn begin(&self, server: SocketAddr, via: Via) -> Option<usize> {
        let mut log = self.lock();
        let (zone, question) = log.attempt.clone()?;
        let index = log.exchanges.len();
        log.exchanges.push(Exchange {
            server,
            via,
            zone,
            question,
            at: Instant::now(),
            query: Vec::new(),
            arrivals: Vec::new(),
        });
        log.entries.push(Entry::Began(index));
        Some(index)
    }

    fn edit(&self, index: Option<usize>, edit: impl FnOnce(&mut Exchange)) {
        let mut log = self.lock();
        if let Some(exchange) = index.and_then(|index| log.exchanges.get_mut(index)) {
            edit(exchange);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lab, with a log.
#[derive(Debug)]
pub(crate) struct RecordingNetwork {
    lab: Lab,
    log: Log,
}

/// A channel to a server of the lab, with a log.
#[derive(Debug)]
pub(crate) struct RecordingChannel {
    channel: LabChannel,
    log: Log,
    exchange: Option<usize>,
}

impl RecordingNetwork {
    pub(crate) fn new(lab: Lab, log: Log) -> RecordingNetwork {
        RecordingNetwork { lab, log }
    }
}

impl Network for RecordingNetwork {
    type Channel = RecordingChannel;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<RecordingChannel> {
        let (log, exchange) = (self.log.clone(), self.log.begin(server, via));
        match self.lab.open(server, via).await {
            Ok(channel) => Ok(RecordingChannel {
                channel,
                log,
                exchange,
            }),
            Err(error) => {
                let arrival = (Instant::now(), Err(error.kind()));
                log.edit(exchange, |exchange| exchange.arrivals.push(arrival));
                Err(error)
            }
        }
    }
}

impl Channel for RecordingChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.log.edit(self.exchange, |exchange| {
            exchange.query = message.to_vec();
        });
        self.channel.send(message).await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let received = self.channel.receive().await;
        let arrival = received.as_ref().map_err(io::Error::kind);
        let arrival = (Instant::now(), arrival.cloned());
        self.log
            .edit(self.exchange, |exchange| exchange.arrivals.push(arrival));
        received
    }
}

/// The selection of servers, with a log.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    selection: S,
    log: Log,
}

impl<S: ServerSelection> Watched<S> {
    pub(crate) fn new(selection: S, log: Log) -> Watched<S> {
        Watched { selection, log }
    }
}

impl<S: ServerSelection> ServerSelection for Watched<S> {
    fn exclusion(&self, server: IpAddr) -> Option<String> {
        self.selection.exclusion(server)
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
        self.log.choose(zone, question);
        self.selection
            .choose(zone, question, servers, timeouts, time_left, random)
    }

    fn handle_outcome(&self, zone: &Name, attempt: &Attempt, outcome: &AttemptOutcome) {
        self.selection.handle_outcome(zone, attempt, outcome);
    }
}

/// The resolver's cache, with a list of the keys that were stored: the cache itself has none.
#[derive(Debug)]
pub(crate) struct WatchedCache {
    cache: SharedCache,
    log: Log,
    /// Each key, with the number of exchanges at the time when it was stored first.
    keys: Mutex<Vec<(Key, usize)>>,
}

impl WatchedCache {
    pub(crate) fn new(cache: SharedCache, log: Log) -> WatchedCache {
        WatchedCache {
            cache,
            log,
            keys: Mutex::default(),
        }
    }

    /// Returns the rows of the cache that have not expired, and forgets the numbers of exchanges:
    /// those of the next search begin anew.
    pub(crate) fn rows(&self) -> Vec<CacheRow> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = keys
            .iter()
            .filter_map(|(key, exchange)| key.row(&self.cache, *exchange))
            .collect();
        for (_, exchange) in keys.iter_mut() {
            *exchange = 0;
        }
        rows
    }

    fn note(&self, stored: Vec<Key>) {
        let exchange = self.log.exchanges();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        for key in stored {
            match keys.iter_mut().find(|(other, _)| *other == key) {
                Some((_, last)) => *last = exchange,
                None => keys.push((key, exchange)),
            }
        }
    }
}

impl Knowledge for WatchedCache {
    fn closest_delegation(&self, question: &Question) -> Delegation {
        self.cache.closest_delegation(question)
    }

    fn cached_answer(&self, question: &Question) -> Option<Answer> {
        self.cache.cached_answer(question)
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

    fn store(&self, zone: &Name, question: &Question, kind: &ReplyKind) {
        self.cache.store(zone, question, kind);
        self.note(Key::of(question, kind));
    }

    fn cached_failure(&self, question: &Question) -> Option<ResolutionFailure> {
        self.cache.cached_failure(question)
    }

    fn store_failure(&self, question: &Question, failure: &ResolutionFailure) {
        self.cache.store_failure(question, failure);
        self.note(vec![Key::Failure(question.clone())]);
    }
}

/// Takes the lines of the resolver's trace into the log.
pub(crate) struct Lines(pub(crate) Log);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "rdns"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(None);
        event.record(&mut message);
        if let Some(line) = message.0 {
            self.0.line(line);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The text of an event.
struct Message(Option<String>);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = Some(format!("{value:?}"));
        }
    }
}
