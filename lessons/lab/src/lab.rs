//! [`Lab`]: the servers, what tests have scripted, and the story so far.
//!
//! Nothing here happens on its own. As soon as a message is sent, it is settled what will arrive and when. So there are no
//! tasks, and no race decides anything.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dnsparse::{Name, Zone};
use network::Via;
use tokio::time::Instant;

use crate::builder::{LabBuildError, LabBuilder};
use crate::channel::Due;
use crate::front::RESOLVER;
use crate::internet;
use crate::script::{Reaction, What, says};
use crate::servers::{Host, Servers};
use crate::trace::{Event, LoggedQuery, Trace};

/// How long a server takes from question to reply, where nothing else is said.
const LATENCY: Duration = Duration::from_millis(10);
/// No reply comes sooner: even next door takes its time, and a paused clock has to move.
const LEAST_LATENCY: Duration = Duration::from_millis(1);

/// A miniature Internet. Cloning it gives another handle on the same one.
#[derive(Debug, Clone)]
pub struct Lab {
    servers: Arc<Servers>,
    state: Arc<Mutex<State>>,
}

/// What changes while a lab is in use.
#[derive(Debug, Default)]
struct State {
    scripts: BTreeMap<(SocketAddr, Via), VecDeque<Reaction>>,
    latencies: BTreeMap<IpAddr, Duration>,
    trace: Trace,
}

impl Lab {
    /// The mini-Internet, with nothing scripted and nothing asked yet.
    pub fn internet() -> Lab {
        Lab::over(internet::internet())
    }

    /// A small world of these zones alone; for more than that, there is [`LabBuilder`].
    ///
    /// # Errors
    /// If the records of one do not make a zone, or two have the same name.
    pub fn of(zones: impl IntoIterator<Item = Zone>) -> Result<Lab, LabBuildError> {
        zones
            .into_iter()
            .fold(LabBuilder::new(), |world, zone| world.with(&zone))
            .build()
    }

    pub(crate) fn over(servers: Arc<Servers>) -> Lab {
        Lab {
            servers,
            state: Arc::default(),
        }
    }

    /// The recursive resolver: [`RESOLVER`](crate::RESOLVER).
    pub fn resolver(&self) -> SocketAddr {
        RESOLVER
    }

    /// The first address of a server, by its name: `lab.server("a.root-servers.net")`. None if the lab knows no such host.
    pub fn server(&self, name: &str) -> Option<SocketAddr> {
        let name: Name = name.parse().ok()?;
        let address = self.servers.addresses(&name).into_iter().next()?;
        Some(SocketAddr::new(address, RESOLVER.port()))
    }

    /// All authoritative servers, in the order of their addresses.
    pub fn hosts(&self) -> Vec<Host> {
        self.servers.hosts()
    }

    /// What the server says to a message when nothing is scripted, at once and unseen by the trace: none if it ignores it, or if
    /// nobody is there.
    pub fn answer(&self, server: SocketAddr, via: Via, message: &[u8]) -> Option<Vec<u8>> {
        self.servers.answer(server, via, message)
    }

    /// Has a server do these things instead of telling the truth: the first entry on the first message that reaches it over
    /// UDP or TCP, and so on; when they are used up, the truth. Replaces what was scripted before.
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

    /// How long a server takes from question to reply: as the world has it ([`LabBuilder::latency_ms`]), or as it was set.
    pub fn latency(&self, server: SocketAddr) -> Duration {
        self.latency_in(&self.state(), server)
    }

    fn latency_in(&self, state: &State, server: SocketAddr) -> Duration {
        let set = state.latencies.get(&server.ip()).copied();
        set.or_else(|| self.servers.latency(server))
            .unwrap_or(LATENCY)
            .max(LEAST_LATENCY)
    }

    /// Sets how long a server takes from question to reply; at least one millisecond.
    pub fn set_latency(&self, server: SocketAddr, milliseconds: u64) {
        self.state()
            .latencies
            .insert(server.ip(), Duration::from_millis(milliseconds));
    }

    /// The story so far, one event a line: who was asked what, when, and what came back. Times are in milliseconds since
    /// the first event.
    pub fn trace(&self) -> String {
        self.state().trace.show(&self.servers, Instant::now())
    }

    /// Every message that was sent so far, in order.
    pub fn queries(&self) -> Vec<LoggedQuery> {
        self.state().trace.queries()
    }

    /// How many messages were sent to a server so far.
    pub fn query_count(&self, server: SocketAddr) -> usize {
        self.queries()
            .iter()
            .filter(|asked| asked.server == server)
            .count()
    }

    /// What a message will bring, and when.
    pub(crate) fn settle(&self, server: SocketAddr, via: Via, message: &[u8]) -> Vec<Due> {
        let mut state = self.state();
        let now = Instant::now();
        let latency = self.latency_in(&state, server);
        let reaction = state.next_reaction(server, via).unwrap_or_else(says);
        state
            .trace
            .add(now, server, via, Event::Sent(message.to_vec()));
        let mut all_due = Vec::new();
        for happening in &reaction.happenings {
            let truth = || self.servers.answer(server, via, message);
            let Some(arrival) = happening.arrival(via, message, truth) else {
                continue;
            };
            let at = now + happening.after.unwrap_or(latency).max(LEAST_LATENCY);
            let event = state
                .trace
                .add(at, server, via, Event::arrived(&arrival, message));
            all_due.push(Due { at, arrival, event });
        }
        if all_due.is_empty() {
            state.trace.add(now, server, via, Event::Silence);
        }
        all_due
    }

    /// When a TCP connection will be made or refused; none if nothing will ever come back.
    pub(crate) fn settle_opening(&self, server: SocketAddr) -> Option<(Instant, io::Result<()>)> {
        let mut state = self.state();
        let now = Instant::now();
        let done = now + self.latency_in(&state, server);
        state.trace.add(now, server, Via::Tcp, Event::Opened);
        let is_scripted = state.scripts.contains_key(&(server, Via::Tcp));
        match state.reaction_to_opening(server) {
            Some(What::Refused) => {
                let refused = io::ErrorKind::ConnectionRefused;
                let event =
                    state
                        .trace
                        .add(done, server, Via::Tcp, Event::arrived(&Err(refused), &[]));
                state.trace.taken(event);
                Some((done, Err(refused.into())))
            }
            None if is_scripted || self.servers.is_there(server) => Some((done, Ok(()))),
            _ => {
                state.trace.add(now, server, Via::Tcp, Event::Silence);
                None
            }
        }
    }

    /// Notes that what arrived was received.
    pub(crate) fn taken(&self, event: usize) {
        self.state().trace.taken(event);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The reaction that is due; used up, unless it is for ever.
    fn next_reaction(&mut self, server: SocketAddr, via: Via) -> Option<Reaction> {
        let script = self.scripts.get_mut(&(server, via))?;
        if script.front()?.for_ever {
            script.front().cloned()
        } else {
            script.pop_front()
        }
    }

    /// As [`State::next_reaction`], if it is about opening a connection.
    fn reaction_to_opening(&mut self, server: SocketAddr) -> Option<What> {
        let first = self.scripts.get(&(server, Via::Tcp))?.front()?;
        if !first.is_about_opening() {
            return None;
        }
        let reaction = self.next_reaction(server, Via::Tcp)?;
        reaction
            .happenings
            .into_iter()
            .next()
            .map(|happening| happening.what)
    }
}
