//! [`Lab`]: the servers, the scripts of a test, and the log.
//!
//! The lab has no tasks of its own: the deliveries of a message are scheduled as soon as it is
//! sent. So no outcome depends on a race.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Zone};
use network::Via;
use tokio::time::Instant;

use crate::attacker::{Attack, Attacks, Forger, PortGenerator, SourcePorts};
use crate::recursive::RESOLVER;
use crate::script::{ActionKind, Reaction, replies};
use crate::servers::{Host, Servers};
use crate::trace::{Event, LoggedQuery, Trace};

/// The time from query to reply, unless a server has its own.
const LATENCY: Duration = Duration::from_millis(10);
/// The least time from query to reply: a paused clock has to move.
const LEAST_LATENCY: Duration = Duration::from_millis(1);

/// A miniature Internet. Cloning it gives another handle on the same one.
#[derive(Debug, Clone)]
pub struct Lab {
    servers: Arc<Servers>,
    state: Arc<Mutex<State>>,
    source_ports: SourcePorts,
}

/// The messages of a lab so far: the cost of a search, for the network and for the resolver.
///
/// A resolver parses each message once, with at most 127 compression pointers to follow in a name;
/// and it compares each record with a bounded number of others. So octets and records are the
/// measure of its work, and, unlike a clock, the same in each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// The queries that were sent to servers.
    pub queries: usize,
    /// Their octets.
    pub query_octets: usize,
    /// The octets of the servers' replies.
    pub reply_octets: usize,
    /// The records in those replies.
    pub reply_records: usize,
}

/// The state that changes while a lab is in use.
#[derive(Debug, Default)]
struct State {
    scripts: BTreeMap<(SocketAddr, Via), VecDeque<Reaction>>,
    latencies: BTreeMap<IpAddr, Duration>,
    attacks: Attacks,
    ports: PortGenerator,
    trace: Trace,
    traffic: Traffic,
}

/// A message, or an error, on its way to the client.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) at: Instant,
    pub(crate) arrival: Result<Vec<u8>, io::ErrorKind>,
    /// Its index in the trace.
    pub(crate) event: usize,
}

impl Lab {
    pub(crate) fn over(servers: Arc<Servers>) -> Lab {
        Lab {
            servers,
            state: Arc::default(),
            source_ports: SourcePorts::default(),
        }
    }

    /// Returns the address of the recursive resolver: [`RESOLVER`].
    pub fn resolver(&self) -> SocketAddr {
        RESOLVER
    }

    /// Returns the first address of a server by its name: `lab.server("a.root-servers.net")`.
    pub fn server(&self, name: &str) -> Option<SocketAddr> {
        let name: Name = name.parse().ok()?;
        let address = self.servers.addresses(&name).into_iter().next()?;
        Some(SocketAddr::new(address, RESOLVER.port()))
    }

    /// Returns the root hints of this lab: the servers that the NS records of its root zone name,
    /// with their addresses. Empty if the lab has no root zone.
    pub fn root_hints(&self) -> Vec<(Name, Vec<IpAddr>)> {
        self.servers.root_hints()
    }

    /// Returns all authoritative servers, in the order of their addresses.
    pub fn hosts(&self) -> Vec<Host> {
        self.servers.hosts()
    }

    /// Returns the names of all zones.
    pub fn apexes(&self) -> impl Iterator<Item = &Name> {
        self.servers.apexes()
    }

    /// Returns the records of a zone as its servers have them, in a signed lab with its signatures.
    /// The zone's `Display` makes a zone file of them, for other servers.
    pub fn zone(&self, apex: &Name) -> Option<Zone> {
        self.servers.zone(apex)
    }

    /// Returns the server's reply to a message without a script, at once and without a line in the
    /// trace; none if the message gets no reply, or there is no server.
    pub fn answer(&self, server: SocketAddr, via: Via, message: &[u8]) -> Option<Vec<u8>> {
        self.servers.answer(server, via, message)
    }

    /// Scripts a server: it reacts to the first message over UDP or TCP by the first entry, and so
    /// on; when the script is used up, it replies from its zones. Replaces an earlier script.
    pub fn script(
        &self,
        server: SocketAddr,
        via: Via,
        reactions: impl IntoIterator<Item = Reaction>,
    ) {
        self.state()
            .scripts
            .insert((server, via), reactions.into_iter().collect());
    }

    /// Returns the time from query to reply of a server: as it was built
    /// ([`LabBuilder::latency_ms`](crate::LabBuilder::latency_ms)), or as it was set.
    pub fn latency(&self, server: SocketAddr) -> Duration {
        self.latency_in(&self.state(), server)
    }

    fn latency_in(&self, state: &State, server: SocketAddr) -> Duration {
        let set = state.latencies.get(&server.ip()).copied();
        set.or_else(|| self.servers.latency(server))
            .unwrap_or(LATENCY)
            .max(LEAST_LATENCY)
    }

    /// Sets the time from query to reply of a server; at least one millisecond.
    pub fn set_latency(&self, server: SocketAddr, milliseconds: u64) {
        self.state()
            .latencies
            .insert(server.ip(), Duration::from_millis(milliseconds));
    }

    /// Returns another handle on this lab, whose channels over UDP have these source ports.
    #[must_use]
    pub fn with_source_ports(&self, source_ports: SourcePorts) -> Lab {
        Lab {
            source_ports,
            ..self.clone()
        }
    }

    /// Has an off-path attacker send forged replies over UDP in the name of a server, at a rate of at
    /// least one a second. The first arrives in a millisecond. Replaces an earlier attack in the name
    /// of that server.
    pub fn attack(
        &self,
        server: SocketAddr,
        per_second: u32,
        packets: u64,
        forger: impl Forger + 'static,
    ) {
        let attack = Attack {
            start: Instant::now() + LEAST_LATENCY,
            per_second: per_second.max(1),
            packets,
            forger: Arc::new(forger),
        };
        self.state().attacks.insert(server, attack);
    }

    /// Returns the trace, one event a line: the time in milliseconds since the first event, the
    /// server, the query or the reply.
    pub fn trace(&self) -> String {
        self.state().trace.show(&self.servers, Instant::now())
    }

    /// Returns every message that was sent so far, in order.
    pub fn queries(&self) -> Vec<LoggedQuery> {
        self.state().trace.queries()
    }

    /// Returns the number of messages that were sent to a server so far.
    pub fn query_count(&self, server: SocketAddr) -> usize {
        self.queries()
            .iter()
            .filter(|query| query.server == server)
            .count()
    }

    /// Returns the traffic so far.
    pub fn traffic(&self) -> Traffic {
        self.state().traffic
    }

    /// Chooses the source port of a new channel.
    pub(crate) fn source_port(&self, via: Via) -> u16 {
        match self.source_ports {
            SourcePorts::Fixed(port) if via == Via::Udp => port,
            _ => self.state().ports.draw(),
        }
    }

    /// Schedules the deliveries that a message from a port causes.
    pub(crate) fn schedule(
        &self,
        server: SocketAddr,
        via: Via,
        source_port: u16,
        message: &[u8],
    ) -> Vec<Delivery> {
        let mut state = self.state();
        let now = Instant::now();
        let latency = self.latency_in(&state, server);
        let reaction = state.next_reaction(server, via).unwrap_or_else(replies);
        state
            .trace
            .add(now, server, via, Event::sent(message, source_port));
        state.traffic.count_query(message);
        let mut deliveries = Vec::new();
        for action in &reaction.actions {
            let from_zones = || self.servers.answer(server, via, message);
            let Some(arrival) = action.arrival(via, message, from_zones) else {
                continue;
            };
            if let Ok(octets) = &arrival {
                state.traffic.count_reply(octets);
            }
            let at = now + action.after.unwrap_or(latency).max(LEAST_LATENCY);
            let event = state
                .trace
                .add(at, server, via, Event::arrived(&arrival, message));
            deliveries.push(Delivery { at, arrival, event });
        }
        if deliveries.is_empty() {
            state.trace.add(now, server, via, Event::NoReply);
        }
        if via == Via::Udp {
            let until = deliveries.iter().map(|delivery| delivery.at).min();
            deliveries.extend(state.forged(server, source_port, until, message));
        }
        deliveries
    }

    /// Schedules the opening of a TCP connection: the time and the result; none if it never
    /// completes.
    pub(crate) fn schedule_opening(&self, server: SocketAddr) -> Option<(Instant, io::Result<()>)> {
        let mut state = self.state();
        let now = Instant::now();
        let done = now + self.latency_in(&state, server);
        state.trace.add(now, server, Via::Tcp, Event::Opened);
        let is_scripted = state.scripts.contains_key(&(server, Via::Tcp));
        match state.reaction_to_opening(server) {
            Some(ActionKind::Refused) => {
                let refused = io::ErrorKind::ConnectionRefused;
                let event =
                    state
                        .trace
                        .add(done, server, Via::Tcp, Event::arrived(&Err(refused), &[]));
                state.trace.mark_received(event);
                Some((done, Err(refused.into())))
            }
            None if is_scripted || self.servers.is_there(server) => Some((done, Ok(()))),
            _ => {
                state.trace.add(now, server, Via::Tcp, Event::NoReply);
                None
            }
        }
    }

    /// Notes that an arrival was received.
    pub(crate) fn mark_received(&self, event: usize) {
        self.state().trace.mark_received(event);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Traffic {
    fn count_query(&mut self, message: &[u8]) {
        self.queries += 1;
        self.query_octets += message.len();
    }

    fn count_reply(&mut self, message: &[u8]) {
        self.reply_octets += message.len();
        if let Ok(reply) = DnsPacket::parse(message) {
            let sections = [&reply.answers, &reply.authorities, &reply.additionals];
            self.reply_records += sections.iter().map(|it| it.len()).sum::<usize>();
        }
    }
}

impl State {
    /// Schedules the forged replies to a message that arrive until its reply does.
    fn forged(
        &mut self,
        server: SocketAddr,
        source_port: u16,
        until: Option<Instant>,
        message: &[u8],
    ) -> Vec<Delivery> {
        let Some(attack) = self.attacks.get(&server) else {
            return Vec::new();
        };
        let now = Instant::now();
        let hits = attack.hits(source_port, now, until);
        if hits.missed > 0 {
            let event = Event::Missed(hits.missed);
            self.trace
                .add(until.unwrap_or(now), server, Via::Udp, event);
        }
        let deliver = |(at, octets): (Instant, Vec<u8>)| {
            let arrival = Ok(octets);
            let event = Event::forged(&arrival, message);
            let event = self.trace.add(at, server, Via::Udp, event);
            Delivery { at, arrival, event }
        };
        hits.to_port.into_iter().map(deliver).collect()
    }

    /// Takes the next reaction off the script, unless it is repeated.
    fn next_reaction(&mut self, server: SocketAddr, via: Via) -> Option<Reaction> {
        let script = self.scripts.get_mut(&(server, via))?;
        if script.front()?.is_repeated {
            script.front().cloned()
        } else {
            script.pop_front()
        }
    }

    /// Takes the next reaction, as [`State::next_reaction`], if it is about opening a connection.
    fn reaction_to_opening(&mut self, server: SocketAddr) -> Option<ActionKind> {
        let first = self.scripts.get(&(server, Via::Tcp))?.front()?;
        if !first.is_about_opening() {
            return None;
        }
        let reaction = self.next_reaction(server, Via::Tcp)?;
        let first = reaction.actions.into_iter().next()?;
        Some(first.kind)
    }
}
