//! [`Servers`]: the servers of a scenario, as a network.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dnsparse::{DnsPacket, Record, RecordType};
use network::{Channel, Network, Via};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

use crate::format::Scenario;
use crate::message::Entry;

/// The servers of a scenario. Cloning it gives another handle on the same servers.
#[derive(Clone)]
pub(crate) struct Servers {
    scenario: Arc<Scenario>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The present step's number.
    step: u32,
    /// Queries that no range answers.
    pending: Vec<Pending>,
    log: Vec<String>,
}

/// A query that waits for a step to reply.
struct Pending {
    query: DnsPacket,
    via: Via,
    replies: UnboundedSender<(Instant, Vec<u8>)>,
}

/// A channel to one server.
pub(crate) struct ServerChannel {
    servers: Servers,
    server: IpAddr,
    via: Via,
    sender: UnboundedSender<(Instant, Vec<u8>)>,
    receiver: UnboundedReceiver<(Instant, Vec<u8>)>,
}

impl Servers {
    pub(crate) fn new(scenario: Arc<Scenario>) -> Servers {
        Servers {
            scenario,
            state: Arc::default(),
        }
    }

    pub(crate) fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves to a step.
    pub(crate) fn set_step(&self, number: u32) {
        self.state().step = number;
    }

    /// Adds a line to the log.
    pub(crate) fn note(&self, line: impl fmt::Display) {
        self.state().log.push(line.to_string());
    }

    /// Returns what happened, line by line.
    pub(crate) fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    /// Replies to a pending query that an entry is for. Returns whether there was one.
    pub(crate) fn reply(&self, entry: &Entry) -> bool {
        let mut state = self.state();
        let is_for = |pending: &Pending| {
            !pending.replies.is_closed() && entry.is_for(&pending.query, pending.via)
        };
        let Some(index) = state.pending.iter().position(is_for) else {
            return false;
        };
        let pending = state.pending.remove(index);
        let arrival = Instant::now() + entry.delay();
        pending
            .replies
            .send((arrival, entry.reply_to(&pending.query)))
            .is_ok()
    }

    /// Returns whether a query is pending that an entry is for.
    pub(crate) fn is_pending(&self, entry: &Entry) -> bool {
        let state = self.state();
        state
            .pending
            .iter()
            .any(|pending| entry.is_for(&pending.query, pending.via))
    }

    /// Drops the oldest pending query: it times out.
    pub(crate) fn time_out(&self) {
        let mut state = self.state();
        if !state.pending.is_empty() {
            state.pending.remove(0);
        }
    }

    /// Returns a server's reply at the present step, and how long it takes.
    fn answer(&self, server: IpAddr, query: &DnsPacket, via: Via) -> Option<(Duration, Vec<u8>)> {
        let step = self.state().step;
        let entries = || {
            let ranges = self.scenario.ranges.iter();
            let here = ranges.filter(move |range| {
                range.addresses.contains(&server) && (range.first..=range.last).contains(&step)
            });
            here.flat_map(|range| &range.entries)
        };
        let exact = entries().find(|entry| entry.is_for(query, via));
        match exact {
            Some(entry) => Some((entry.delay(), entry.reply_to(query))),
            None => Some((Duration::from_millis(1), from_records(entries(), query)?)),
        }
    }
}

/// Answers a query for NS or address records, which a resolver may or may not send, from the records of the server's other
/// entries.
fn from_records<'e>(
    entries: impl Iterator<Item = &'e Entry>,
    query: &DnsPacket,
) -> Option<Vec<u8>> {
    let question = query.question()?;
    if ![RecordType::NS, RecordType::A, RecordType::AAAA].contains(&question.qtype) {
        return None;
    }
    let mut reply = DnsPacket::reply_to(query);
    reply.header.aa = true;
    for record in entries.flat_map(|entry| entry.packet.records()) {
        let is_asked_for = record.owner == question.qname && record.rtype() == question.qtype;
        let is_new = |record: &Record| {
            reply
                .answers
                .iter()
                .all(|other| other.rdata != record.rdata)
        };
        if is_asked_for && is_new(record) {
            reply.answers.push(record.clone());
        }
    }
    (!reply.answers.is_empty()).then(|| reply.write().ok())?
}

impl Network for Servers {
    type Channel = ServerChannel;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<ServerChannel> {
        let (sender, receiver) = unbounded_channel();
        Ok(ServerChannel {
            servers: self.clone(),
            server: server.ip(),
            via,
            sender,
            receiver,
        })
    }
}

impl Channel for ServerChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let Ok(query) = DnsPacket::parse(message) else {
            return Ok(());
        };
        let (servers, server, via) = (self.servers.clone(), self.server, self.via);
        let question = query
            .question()
            .map(|question| format!("{} {}", question.qname, question.qtype));
        let question = question.unwrap_or_default();
        match servers.answer(server, &query, via) {
            Some((delay, reply)) => {
                servers.note(format_args!("{server} {question}: a reply"));
                let _ = self.sender.send((Instant::now() + delay, reply));
            }
            None => {
                servers.note(format_args!("{server} {question}: no reply yet"));
                let replies = self.sender.clone();
                servers.state().pending.push(Pending {
                    query,
                    via,
                    replies,
                });
            }
        }
        Ok(())
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self.receiver.recv().await {
            Some((arrival, message)) => {
                sleep_until(arrival).await;
                Ok(message)
            }
            None => std::future::pending().await,
        }
    }
}
