//! [`Connections`]: the open TCP connections, and the choice of one that is closed for a new one.
//!
//! A hostile client can open connections until there is no room, and keep them open. If the server
//! then stopped accepting, that client would lock out the others. So a new connection always gets a
//! place, within a fraction of a second: that of the connection which has been inactive for
//! longest, or, if all have outstanding queries, of the oldest among these. The client with the most
//! connections loses one first: a client with a few of them is not affected by one with hundreds.
//!
//! No client is dropped without a reply. A connection has its place for [`GRACE`] at least, enough
//! for a client that sends its query at once; further clients wait in the system's queue. An
//! evicted connection stays for another [`GRACE`]: its outstanding queries, and queries that arrive
//! in that time, get SERVFAIL with an extended error, and the client can query again, here or at
//! another resolver.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

/// The time for which a new connection is sure of its place, and the time from its eviction until
/// it reads no further query. A client that sends its query at once needs far less.
pub const GRACE: Duration = Duration::from_millis(250);

/// One in this many places is for idle connections, even if all others have outstanding queries.
const IDLE_SHARE: usize = 4;

/// The table of the open connections.
#[derive(Debug)]
pub struct Connections {
    limit: usize,
    /// [`GRACE`], except in tests.
    grace: Duration,
    state: Mutex<State>,
    /// Wakes a new connection that waits for a place.
    room: Notify,
    /// Permits for all connections: as many as there are places, and the same number for evicted
    /// ones.
    sockets: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    entries: BTreeMap<u64, Entry>,
}

/// A connection that has a place.
#[derive(Debug)]
struct Entry {
    /// The client, as [`host`] returns it.
    client: IpAddr,
    /// The number of its queries that have no reply yet.
    outstanding: usize,
    accepted: Instant,
    /// The time of its last query or reply.
    last_active: Instant,
    eviction: watch::Sender<Option<Instant>>,
}

impl Connections {
    /// Creates an empty table with the given number of places, each of which is sure for `grace`.
    pub fn new(limit: usize, grace: Duration) -> Arc<Connections> {
        let limit = limit.max(1);
        Arc::new(Connections {
            limit,
            grace,
            state: Mutex::default(),
            room: Notify::new(),
            sockets: Arc::new(Semaphore::new(2 * limit)),
        })
    }

    /// Waits for a place, evicting another connection if need be, and takes it.
    pub(crate) async fn enter(self: &Arc<Self>, address: SocketAddr) -> Connection {
        let client = host(address.ip());
        let socket = Arc::clone(&self.sockets).acquire_owned().await.ok();
        loop {
            match self.make_room(client, Instant::now()) {
                Ok(()) => return self.register(address, socket),
                Err(evictable_at) => tokio::select! {
                    () = self.room.notified() => {}
                    () = sleep_until(evictable_at) => {}
                },
            }
        }
    }

    /// Evicts a connection for a new one of `client`, if there is no free place.
    ///
    /// # Errors
    /// The time from which on a connection may be evicted, if none may be yet.
    fn make_room(&self, client: IpAddr, now: Instant) -> Result<(), Instant> {
        let mut state = self.state();
        if state.entries.len() < self.limit {
            return Ok(());
        }
        // Idle ones come first. But where they are few, each of them may be too new, and new
        // connections would get a place only every GRACE: then the others are evicted, too.
        let idle = state
            .entries
            .values()
            .filter(|entry| entry.outstanding == 0);
        let idle_first = idle.count() * IDLE_SHARE >= self.limit;
        let held = state.held_by_client();
        let held = |client: &IpAddr| held.get(client).copied().unwrap_or(0);
        // A client with most of the places has none of them for sure when another client comes.
        let is_sure = |entry: &Entry| {
            let has_most = entry.client != client && held(&entry.client) > self.limit / 2;
            !has_most && now < entry.accepted + self.grace
        };
        let may_be_first = |entry: &Entry| !is_sure(entry) || idle_first && entry.outstanding == 0;
        let entries = state.entries.iter();
        let first = entries
            .filter(|(_, entry)| may_be_first(entry))
            .min_by_key(|(_, entry)| {
                let held = Reverse(held(&entry.client));
                (held, entry.outstanding > 0, entry.last_active)
            });
        let Some((&number, entry)) = first else {
            let oldest = state.entries.values().map(|entry| entry.accepted).min();
            return oldest.map_or(Ok(()), |oldest| Err(oldest + self.grace));
        };
        if is_sure(entry) {
            return Err(entry.accepted + self.grace);
        }
        if let Some(entry) = state.entries.remove(&number) {
            entry.eviction.send_replace(Some(now));
        }
        Ok(())
    }

    fn register(
        self: &Arc<Self>,
        address: SocketAddr,
        socket: Option<OwnedSemaphorePermit>,
    ) -> Connection {
        let (sender, eviction) = watch::channel(None);
        let mut state = self.state();
        state.next += 1;
        let number = state.next;
        let now = Instant::now();
        let entry = Entry {
            client: host(address.ip()),
            outstanding: 0,
            accepted: now,
            last_active: now,
            eviction: sender,
        };
        state.entries.insert(number, entry);
        Connection {
            connections: Arc::clone(self),
            number,
            client: address,
            eviction: Eviction(eviction),
            _socket: socket,
        }
    }

    /// Records activity, if the connection still has its place.
    fn record(&self, number: u64, change: impl FnOnce(&mut usize)) {
        if let Some(entry) = self.state().entries.get_mut(&number) {
            change(&mut entry.outstanding);
            entry.last_active = Instant::now();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts the connections of each client.
    fn held_by_client(&self) -> HashMap<IpAddr, usize> {
        let mut held = HashMap::new();
        for entry in self.entries.values() {
            *held.entry(entry.client).or_default() += 1;
        }
        held
    }
}

/// Returns an address that stands for the client's host: its IPv4 address, or the /64 network of its
/// IPv6 address, since a host has as many addresses of that as it likes.
fn host(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        address => address,
    }
}

/// The place of one connection; it is free again on drop.
#[derive(Debug)]
pub struct Connection {
    connections: Arc<Connections>,
    number: u64,
    client: SocketAddr,
    eviction: Eviction,
    _socket: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Returns the address and port of the client.
    pub fn client(&self) -> SocketAddr {
        self.client
    }

    /// Records a query, which is outstanding until the result is dropped.
    pub fn start_work(&self) -> Work {
        let connections = Arc::clone(&self.connections);
        connections.record(self.number, |outstanding| *outstanding += 1);
        Work {
            connections,
            number: self.number,
            eviction: self.eviction.clone(),
        }
    }

    /// Returns the table's grace period.
    pub fn grace(&self) -> Duration {
        self.connections.grace
    }

    /// Waits until the connection has been evicted for the given time.
    pub async fn evicted_for(&self, time: Duration) {
        let evicted_at = self.eviction.clone().wait().await;
        sleep_until(evicted_at + time).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.state().entries.remove(&self.number);
        self.connections.room.notify_one();
    }
}

/// An outstanding query of a connection.
#[derive(Debug)]
pub struct Work {
    connections: Arc<Connections>,
    number: u64,
    eviction: Eviction,
}

impl Work {
    /// Waits until the connection is evicted.
    pub async fn eviction(&self) {
        self.eviction.clone().wait().await;
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.connections.record(self.number, |outstanding| {
            *outstanding = outstanding.saturating_sub(1)
        });
    }
}

/// The notice that a connection is evicted, with the time.
#[derive(Debug, Clone)]
struct Eviction(watch::Receiver<Option<Instant>>);

impl Eviction {
    async fn wait(mut self) -> Instant {
        let evicted_at = self.0.wait_for(Option::is_some).await.ok();
        match evicted_at.and_then(|evicted_at| *evicted_at) {
            Some(evicted_at) => evicted_at,
            // The sender is dropped when the connection leaves the table in another way.
            None => pending().await,
        }
    }
}
