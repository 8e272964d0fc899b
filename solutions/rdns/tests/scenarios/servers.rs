//! [`Servers`]: the servers of a scenario, as a network.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dnsparse::{DnsPacket, Rdata, RecordType};
use network::{Channel, Network, Via};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until, timeout};

use crate::config::Form;
use crate::format::{Action, Range, Scenario, Step};
use crate::message::Entry;

/// The longest time that a resolver may wait for one server.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The servers of a scenario. Cloning it gives another handle on the same servers.
#[derive(Clone)]
pub(crate) struct Servers {
    scenario: Arc<Scenario>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The number of the step whose ranges answer.
    step: u64,
    /// The steps whose reply has been sent.
    replied: Vec<u64>,
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

    /// Makes the ranges of this step answer from now on.
    pub(crate) fn set_step(&self, number: u64) {
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

    /// Waits until the resolver gives up the oldest pending query.
    pub(crate) async fn time_out(&self) {
        let oldest = {
            let mut state = self.state();
            state.pending.retain(|it| !it.replies.is_closed());
            match state.pending.is_empty() {
                true => return,
                false => state.pending.remove(0),
            }
        };
        let _ = timeout(LONGEST_TIMEOUT, oldest.replies.closed()).await;
    }

    /// Returns a server's reply at the present step, and how long it takes; an empty reply stands
    /// for none. `None` leaves the query to a step.
    fn answer(&self, server: IpAddr, query: &DnsPacket, via: Via) -> Option<(Duration, Vec<u8>)> {
        let step = self.state().step;
        let is_checked = |it: &Step| {
            it.number == step
                && matches!(&it.action, Action::CheckOutQuery(entry) if entry.is_for(query, via))
        };
        if self.scenario.form == Form::Testbound && self.scenario.steps.iter().any(is_checked) {
            return None;
        }
        let is_here = |range: &&Range| {
            (range.first..=range.last).contains(&step)
                && (range.addresses.is_empty() || range.addresses.contains(&server))
        };
        let ranges = || self.scenario.ranges.iter().filter(is_here);
        let entries = || ranges().flat_map(|range| &range.entries);
        let scripted = entries().find(|entry| entry.is_for(query, via));
        if let Some(entry) = scripted.or_else(|| self.later_reply(query, via)) {
            let reply = match entry.is_silent() {
                true => Vec::new(),
                false => entry.reply_to(query),
            };
            return Some((entry.delay(), reply));
        }
        let entries: Vec<&Entry> = entries().collect();
        Some((Duration::from_millis(1), from_records(&entries, query)?))
    }

    /// Returns the reply of the first step from the present one on that replies to such a query:
    /// Deckard plays each of these once, and at any time.
    fn later_reply(&self, query: &DnsPacket, via: Via) -> Option<&Entry> {
        let mut state = self.state();
        let steps = self.scenario.steps.iter();
        let (number, entry) = steps
            .filter(|step| self.scenario.form == Form::Deckard && step.number >= state.step)
            .filter(|step| !state.replied.contains(&step.number))
            .find_map(|step| match &step.action {
                Action::Reply(entry) if entry.is_for(query, via) => Some((step.number, entry)),
                _ => None,
            })?;
        state.replied.push(number);
        Some(entry)
    }
}

/// Answers a query that the scenario's resolver did not send, but another may: for NS or address
/// records, from the records of the server's other entries; or for a longer name than a minimising
/// resolver asks for (RFC 9156), by the referral to the deepest zone that it is in.
fn from_records(entries: &[&Entry], query: &DnsPacket) -> Option<Vec<u8>> {
    let question = query.question()?;
    let mut reply = DnsPacket::reply_to(query);
    reply.header.aa = true;
    for record in entries.iter().flat_map(|entry| entry.packet.records()) {
        let rtype = match &record.rdata {
            Rdata::Rrsig(rrsig) => rrsig.type_covered,
            _ => record.rtype(),
        };
        let is_asked_for = [RecordType::NS, RecordType::A, RecordType::AAAA]
            .contains(&question.qtype)
            && record.owner == question.qname
            && rtype == question.qtype;
        if is_asked_for && reply.answers.iter().all(|it| it.rdata != record.rdata) {
            reply.answers.push(record.clone());
        }
    }
    if reply.answers.iter().any(|it| it.rtype() == question.qtype) {
        return reply.write().ok();
    }
    let is_above = |entry: &&&Entry| {
        (entry.referral()).is_some_and(|zone| question.qname.is_at_or_below(zone))
    };
    let referrals = entries.iter().filter(is_above);
    let deepest =
        referrals.max_by_key(|entry| entry.referral().map(|zone| zone.labels().count()))?;
    let mut reply = deepest.packet.clone();
    reply.header.id = query.header.id;
    reply.questions.clone_from(&query.questions);
    reply.write().ok()
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
            Some((_, reply)) if reply.is_empty() => {
                servers.note(format_args!("{server} {question}: silence"));
            }
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
