//! [`Lab`] and [`LabChannel`]: the lab behind the traits of [`network`].
//!
//! Nothing happens on its own. As soon as a message is sent, it is settled what will arrive and when; receiving is waiting
//! for that moment. So there are no tasks, and no race decides anything.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dnsparse::{Name, Zone};
use network::{Channel, Network, Via};
use tokio::time::{Instant, sleep_until};

use crate::front::RESOLVER;
use crate::internet;
use crate::script::{Reaction, What, says};
use crate::trace::{Asked, Event, Trace};
use crate::servers::Servers;
use crate::world::{World, WorldError};

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

    /// A small world of these zones alone; for more than that, there is [`World`].
    ///
    /// # Errors
    /// If the records of one do not make a zone, or two have the same name.
    pub fn of(zones: impl IntoIterator<Item = Zone>) -> Result<Lab, WorldError> {
        zones.into_iter().fold(World::new(), |world, zone| world.with(&zone)).build()
    }

    pub(crate) fn over(servers: Arc<Servers>) -> Lab {
        Lab { servers, state: Arc::default() }
    }

    /// The recursive server: [`RESOLVER`](crate::RESOLVER).
    pub fn resolver(&self) -> SocketAddr {
        RESOLVER
    }

    /// The first address of a server, by its name: `lab.server("a.root-servers.net")`. None if the lab knows no such host.
    pub fn server(&self, name: &str) -> Option<SocketAddr> {
        let name: Name = name.parse().ok()?;
        let address = self.servers.addresses(&name).into_iter().next()?;
        Some(SocketAddr::new(address, RESOLVER.port()))
    }

    /// What the server truly says to a message, at once and unseen by the trace: none if it ignores it, or if nobody is
    /// there.
    pub fn answer(&self, server: SocketAddr, via: Via, message: &[u8]) -> Option<Vec<u8>> {
        self.servers.answer(server, via, message)
    }

    /// Has a server do these things instead of telling the truth: the first entry on the first message that reaches it over
    /// UDP or TCP, and so on; when they are used up, the truth. Replaces what was scripted before.
    pub fn script(&self, server: SocketAddr, via: Via, reactions: impl IntoIterator<Item = Reaction>) {
        self.state().scripts.insert((server, via), reactions.into_iter().collect());
    }

    /// Sets how long the server at an address takes from question to reply, 10 ms otherwise.
    pub fn set_latency(&self, address: IpAddr, milliseconds: u64) {
        self.state().latencies.insert(address, Duration::from_millis(milliseconds));
    }

    /// The story so far, one event a line: who was asked what, when, and what came back. Times are in milliseconds since
    /// the first event.
    pub fn trace(&self) -> String {
        self.state().trace.show(&self.servers, Instant::now())
    }

    /// Every message that was sent so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().trace.asked()
    }

    /// How many messages were sent to a server so far.
    pub fn times_asked(&self, server: SocketAddr) -> usize {
        self.asked().iter().filter(|asked| asked.server == server).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The reaction that is due; used up, unless it is for ever.
    fn next_reaction(&mut self, server: SocketAddr, via: Via) -> Option<Reaction> {
        let script = self.scripts.get_mut(&(server, via))?;
        if script.front()?.for_ever { script.front().cloned() } else { script.pop_front() }
    }

    /// As [`State::next_reaction`], if it is about opening a connection.
    fn reaction_to_opening(&mut self, server: SocketAddr) -> Option<What> {
        let first = self.scripts.get(&(server, Via::Tcp))?.front()?;
        if !first.is_about_opening() {
            return None;
        }
        let reaction = self.next_reaction(server, Via::Tcp)?;
        reaction.happenings.into_iter().next().map(|happening| happening.what)
    }

    fn latency(&self, server: SocketAddr) -> Duration {
        self.latencies.get(&server.ip()).copied().unwrap_or(LATENCY).max(LEAST_LATENCY)
    }
}

impl Network for Lab {
    type Channel = LabChannel;

    /// Over TCP this takes as long as the server's latency, and for ever where nobody is.
    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<LabChannel> {
        if via == Via::Tcp {
            self.connect(server).await?;
        }
        Ok(LabChannel { lab: self.clone(), server, via, due: Vec::new(), is_closed: false })
    }
}

impl Lab {
    async fn connect(&self, server: SocketAddr) -> io::Result<()> {
        let now = Instant::now();
        let (what, done) = {
            let mut state = self.state();
            let what = state.reaction_to_opening(server);
            let is_scripted = state.scripts.contains_key(&(server, Via::Tcp));
            let is_there = is_scripted || self.servers.is_there(server);
            let what = if is_there { what } else { Some(What::NeverOpens) };
            let done = now + state.latency(server);
            state.trace.add(now, server, Via::Tcp, Event::Opened);
            match what {
                Some(What::NeverOpens) => state.trace.add(now, server, Via::Tcp, Event::Silence),
                Some(_) => state.trace.add(done, server, Via::Tcp, Event::failed(io::ErrorKind::ConnectionRefused)),
                None => 0,
            };
            (what, done)
        };
        match what {
            None => sleep_until(done).await,
            Some(What::NeverOpens) => std::future::pending().await,
            Some(_) => {
                sleep_until(done).await;
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
        }
        Ok(())
    }
}

/// A conversation with one server of the lab.
#[derive(Debug)]
pub struct LabChannel {
    lab: Lab,
    server: SocketAddr,
    via: Via,
    /// What is on its way, in the order in which it was sent off.
    due: Vec<Due>,
    is_closed: bool,
}

/// Something on its way to the asker.
#[derive(Debug)]
struct Due {
    at: Instant,
    arrival: io::Result<Vec<u8>>,
    /// Its place in the trace.
    event: usize,
}

impl Channel for LabChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        if self.is_closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if message.len() > usize::from(u16::MAX) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let lab = self.lab.clone();
        let mut state = lab.state();
        let now = Instant::now();
        let latency = state.latency(self.server);
        let reaction = state.next_reaction(self.server, self.via).unwrap_or_else(says);
        state.trace.add(now, self.server, self.via, Event::Sent(message.to_vec()));
        let mut is_silent = true;
        for happening in &reaction.happenings {
            let truth = || lab.servers.answer(self.server, self.via, message);
            let arrival = match (&happening.what, self.via) {
                (What::Refused, Via::Udp) => Err(io::ErrorKind::ConnectionRefused),
                (What::Refused, Via::Tcp) => Err(io::ErrorKind::ConnectionReset),
                (What::Closed, Via::Tcp) => Err(io::ErrorKind::UnexpectedEof),
                (What::Truth, _) => match happening.octets(message, truth()) {
                    Some(octets) => Ok(octets),
                    None => continue,
                },
                _ => match happening.octets(message, None) {
                    Some(octets) => Ok(octets),
                    None => continue,
                },
            };
            is_silent = false;
            let at = now + happening.after.unwrap_or(latency).max(LEAST_LATENCY);
            let event = Event::arrived(arrival.clone(), message);
            let event = state.trace.add(at, self.server, self.via, event);
            self.due.push(Due { at, arrival: arrival.map_err(io::Error::from), event });
        }
        if is_silent {
            state.trace.add(now, self.server, self.via, Event::Silence);
        }
        Ok(())
    }

    /// Dropping the future loses nothing, over UDP and TCP alike.
    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        if self.is_closed {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((place, at)) = self.earliest() else { return std::future::pending().await };
        sleep_until(at).await;
        let Due { arrival, event, .. } = self.due.remove(place);
        self.lab.state().trace.taken(event);
        self.is_closed = self.via == Via::Tcp && arrival.is_err();
        arrival
    }
}

impl LabChannel {
    /// What arrives first, and of several at one moment, what was sent off first.
    fn earliest(&self) -> Option<(usize, Instant)> {
        self.due.iter().enumerate().map(|(place, due)| (place, due.at)).min_by_key(|(_, at)| *at)
    }
}
