//! [`Service`]: the recursive resolver of lesson 12, with a cache of whole replies before it.

mod job;

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwap;
use chase::{Knowledge, ServerSelection};
use dnsparse::Name;
use network::{Network, Via};
use quota::rate_limit::truncated;
use recursive::{Recursive, overloaded, refused};
use serve::respond;
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};

use crate::config::Settings;
use crate::counters::{Counters, Kind};
use crate::datagrams::{Batch, DatagramSocket, Ends};
use crate::dnssec::setup;
use crate::dnssec::trust_state::TrustState;
use crate::dnstap::{End, Exchange, Protocol, Tap};
use crate::forward::changes::KEEPS_NO_REPLIES;
use crate::guard::Guard;
use crate::local::Front;
use crate::reply_cache::{Hit, PlainQuery, ReplyCache};

pub use job::Job;

/// The pause after a receive that failed, for want of memory perhaps.
const RECEIVE_RETRY: Duration = Duration::from_millis(10);
/// The time after which a client gets a stale answer, if there is one (RFC 8767 section 5). Stub
/// resolvers wait for some seconds at most.
const CLIENT_TIMEOUT: Duration = Duration::from_millis(1_800);
/// The interval at which [`Service::finish`] looks whether all jobs are done.
const FINISH_POLL: Duration = Duration::from_millis(10);

/// A recursive resolver with its reply cache, independent of the transport.
#[derive(Debug)]
pub struct Service<N, K, C> {
    recursive: Arc<Recursive<N, K, C>>,
    /// Read without a lock by each query.
    settings: Arc<ArcSwap<Settings>>,
    replies: ReplyCache,
    /// The state of the validator, if there is one.
    trust: Option<Arc<TrustState>>,
    counters: Counters,
    /// The places of the jobs at present, and the limit of replies.
    guard: Guard,
    /// The log of messages.
    tap: Arc<Tap>,
    is_stopping: AtomicBool,
    /// Whether no further queries are received over UDP.
    leaves_queries: AtomicBool,
}

impl<N: Network, K: Knowledge, C: ServerSelection> Service<N, K, C> {
    /// Creates a service whose reply cache holds the given number of records.
    pub fn new(
        recursive: Recursive<N, K, C>,
        records: usize,
        guard: Guard,
        settings: Arc<ArcSwap<Settings>>,
    ) -> Service<N, K, C> {
        (recursive.special_names()).set_delegated(settings.load().own_names());
        Service {
            recursive: Arc::new(recursive),
            settings,
            replies: ReplyCache::new(records),
            trust: None,
            counters: Counters::default(),
            guard,
            tap: Arc::default(),
            is_stopping: AtomicBool::new(false),
            leaves_queries: AtomicBool::new(false),
        }
    }

    /// Adds the state of the validator, so that it can be looked at and cleared.
    #[must_use]
    pub fn with_trust(self, trust: Option<Arc<TrustState>>) -> Service<N, K, C> {
        Service { trust, ..self }
    }

    /// Adds the log of messages, which the network shares.
    #[must_use]
    pub fn with_tap(self, tap: Arc<Tap>) -> Service<N, K, C> {
        Service { tap, ..self }
    }

    /// Returns the log of messages.
    pub fn tap(&self) -> &Arc<Tap> {
        &self.tap
    }

    /// Returns the state of the validator.
    pub fn trust(&self) -> Option<&Arc<TrustState>> {
        self.trust.as_ref()
    }

    /// Returns the resolver behind the reply cache.
    pub fn recursive(&self) -> &Recursive<N, K, C> {
        &self.recursive
    }

    /// Returns the reply cache.
    pub fn replies(&self) -> &ReplyCache {
        &self.replies
    }

    /// Puts new settings in the place of the present ones. Replies that were made by the old ones
    /// are not sent again. Returns the zones that have other servers now: what the resolver has cached
    /// about them came from others.
    pub fn apply(&self, mut settings: Settings) -> HashSet<Name> {
        let old = self.settings.load_full();
        settings.generation = old.generation.wrapping_add(1);
        settings.flushes = old.flushes;
        if settings.certificate.is_none() {
            // The sockets stay open until the next start, and so does the certificate.
            settings.certificate.clone_from(&old.certificate);
        }
        let differences = settings.zones.differences(&old.zones);
        let exceptions = settings.negative_trust_anchors.clone();
        let are_same = exceptions == old.negative_trust_anchors;
        settings.replies_from = match differences.is_empty() && are_same {
            true => old.replies_from,
            false => Some(Instant::now() + KEEPS_NO_REPLIES),
        };
        (self.recursive.special_names()).set_delegated(settings.own_names());
        self.settings.store(Arc::new(settings));
        self.replies.clear();
        match &self.trust {
            Some(trust) if !are_same => {
                trust.set_exceptions(setup::exceptions(&exceptions, &self.settings));
            }
            // Their answers may have been bogus for the servers that they were from, or not validated.
            Some(trust) if !differences.is_empty() => trust.forget_statuses(),
            _ => {}
        }
        differences
    }

    /// Has no reply sent again that was made until now, and no answer be bogus, or none, for what was
    /// validated before. Replies about other names than the flushed ones may still be sent when they are
    /// stale.
    pub fn forget_replies(&self, name: &Name, below: bool) {
        if let Some(trust) = &self.trust {
            trust.forget_bogus();
            trust.forget_gaps();
        }
        self.settings.rcu(|settings| {
            let flushes = settings.flushes.wrapping_add(1);
            Settings {
                flushes,
                ..Settings::clone(settings)
            }
        });
        self.replies.forget(name, below, Instant::now());
    }

    /// Returns the present settings.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// Returns the settings, which each reload replaces.
    pub fn current_settings(&self) -> Arc<ArcSwap<Settings>> {
        Arc::clone(&self.settings)
    }

    /// Whether a client is answered.
    pub fn allows(&self, client: IpAddr) -> bool {
        self.settings.load().access.allows(client)
    }

    /// Admits a client, or counts that access control refuses it.
    pub fn admits(&self, client: IpAddr) -> bool {
        let is_allowed = self.allows(client);
        if !is_allowed {
            self.counters.refused.add_one();
        }
        is_allowed
    }

    /// Returns the counters.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Returns the quotas, which count what they limit.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Answers a message of a client that is allowed: by a stale reply if there is one, and no newer
    /// one in time. The search goes on all the same, for the next client. Returns the kind of the reply
    /// as well.
    async fn answer(
        &self,
        settings: &Arc<Settings>,
        message: &[u8],
        via: Via,
    ) -> Option<(Vec<u8>, Kind)> {
        let front = Front::new(Arc::clone(&self.recursive), Arc::clone(settings));
        let policy = settings.reply_policy();
        let query = PlainQuery::parse(message);
        let (replies, now) = (&self.replies, Instant::now());
        let stale = query.as_ref().filter(|_| !policy.stale_for.is_zero());
        let stale = stale.and_then(|query| replies.stale(query, policy, via, now));
        let work = respond(&front, message, via);
        let reply = match stale {
            None => work.await?,
            Some(stale) => match timeout(CLIENT_TIMEOUT, work).await {
                Ok(reply) if !front.found_no_server() => reply?,
                _ => return Some((stale, Kind::Stale)),
            },
        };
        let kind = front.kind();
        if settings.replies_from.is_none_or(|from| from <= now)
            && let Some(query) = query
        {
            let is_blocked = kind == Kind::Blocked;
            replies.store_as(is_blocked, &query, &reply, policy, Instant::now());
        }
        Some((reply, kind))
    }

    /// Writes the reply to a message into `out`, if the reply cache has it.
    fn answer_from_cache(
        &self,
        settings: &Settings,
        message: &[u8],
        (client, via): (IpAddr, Via),
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Hit {
        if !settings.access.allows(client) {
            return Hit::None;
        }
        let Some(query) = PlainQuery::parse(message) else {
            return Hit::None;
        };
        let hit = (self.replies).answer(&query, via, settings.reply_policy(), now, out);
        match hit {
            Hit::None => {}
            Hit::Fresh | Hit::Due => self.counters.hits.add_one(),
            Hit::Blocked => self.counters.blocked_hits.add_one(),
        }
        hit
    }

    /// Starts the work on a message of a client; none if the client has its share of the places
    /// already, or the service is stopping.
    pub fn start_job(self: &Arc<Self>, client: IpAddr, via: Via) -> Option<Job<N, K, C>> {
        if self.is_stopping.load(Ordering::Relaxed) {
            return None;
        }
        let pool = self.guard.enter(client, via)?;
        Some(Job {
            service: Arc::clone(self),
            client,
            via,
            pool,
        })
    }

    /// Returns the reply to a message that got no place: over UDP, where the address of the client
    /// may be forged, a truncated one, so that a true client repeats the query over TCP, for which
    /// there are places of their own. None where the message gets no reply.
    pub async fn turn_away(&self, message: &[u8], via: Via, client: IpAddr) -> Option<Vec<u8>> {
        if !self.admits(client) {
            let reply = refused(message, via).await?;
            self.counters.count_reply(&reply, Kind::Other);
            return Some(reply);
        }
        let sends_to_tcp = via == Via::Udp && !self.is_stopping.load(Ordering::Relaxed);
        let reply = match truncated(message).filter(|_| sends_to_tcp) {
            Some(reply) => reply,
            None => overloaded(message, via).await?,
        };
        self.counters.count_reply(&reply, Kind::Other);
        self.counters.overloaded.add_one();
        Some(reply)
    }

    /// Starts the work on a message that came over a stream. The future returns the reply; none where
    /// the message gets no reply.
    pub fn respond_over_tcp(
        self: &Arc<Self>,
        message: Vec<u8>,
        client: IpAddr,
    ) -> impl Future<Output = Option<Vec<u8>>> + use<N, K, C> {
        let (from, mut reply) = ((client, Via::Tcp), Vec::new());
        let settings = self.settings.load();
        let hit = self.answer_from_cache(&settings, &message, from, Instant::now(), &mut reply);
        if hit == Hit::Due {
            self.prefetch(&message, from);
        }
        let job = (hit == Hit::None).then(|| self.start_job(client, Via::Tcp));
        let service = Arc::clone(self);
        async move {
            let Some(job) = job else {
                return Some(reply);
            };
            match job {
                Some(job) => job.respond(&message).await,
                None => service.turn_away(&message, Via::Tcp, client).await,
            }
        }
    }

    /// Receives no further queries over UDP: they wait in the sockets, which a service manager keeps for
    /// the next process.
    pub fn leave_queries(&self) {
        self.leaves_queries.store(true, Ordering::Relaxed);
    }

    /// Starts no further jobs, and waits until the present ones are done, but no longer than
    /// `limit`.
    pub async fn finish(&self, limit: Duration) {
        self.is_stopping.store(true, Ordering::Relaxed);
        let end = Instant::now() + limit;
        while self.guard.taken() > 0 && Instant::now() < end {
            sleep(FINISH_POLL).await;
        }
    }

    /// Starts a thread that answers the datagrams of a socket, with a runtime of its own: a query is
    /// handled in one thread from its arrival to its reply, and wakes no other.
    ///
    /// # Errors
    /// If the system has no more threads.
    pub fn serve_udp(self: &Arc<Self>, socket: UdpSocket) -> io::Result<()> {
        let service = Arc::clone(self);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        let socket = Arc::new(DatagramSocket::new(socket)?);
        drop(entered);
        let thread = thread::Builder::new().name("udp".to_owned());
        thread.spawn(move || runtime.block_on(service.answer_datagrams(&socket)))?;
        Ok(())
    }

    /// Answers datagrams: from the reply cache, or by jobs.
    async fn answer_datagrams(self: &Arc<Self>, socket: &Arc<DatagramSocket>) {
        let mut batch = Batch::new();
        loop {
            let arrived = socket.arrival().await;
            if self.leaves_queries.load(Ordering::Relaxed) {
                // The searches of this thread go on.
                std::future::pending::<()>().await;
            }
            if arrived.and_then(|()| socket.receive(&mut batch)).is_err() {
                // On some systems, an ICMP error for the last reply fails the next receive.
                sleep(RECEIVE_RETRY).await;
                continue;
            }
            let (settings, now) = (self.settings.load(), Instant::now());
            let is_full = batch.is_full();
            batch.answer(|message, ends, reply| {
                let client = ends.client.ip();
                let exchange =
                    (self.tap).client_query(Protocol::Udp, message, || both_ends(socket, ends));
                let from = (client, Via::Udp);
                let hit = self.answer_from_cache(&settings, message, from, now, reply);
                if hit == Hit::None {
                    self.resolve(message, ends, exchange, socket);
                    return false;
                }
                if hit == Hit::Due {
                    self.prefetch(message, from);
                }
                let is_sent = self.guard.limit(message, reply, client, now);
                if is_sent {
                    self.tap.client_response(exchange.as_deref(), reply);
                }
                is_sent
            });
            drop(settings);
            socket.send_all(&mut batch);
            // The searches have their turn while no datagram is there; and if there is always another one, too.
            if is_full {
                yield_now().await;
            }
        }
    }

    /// Starts a job that fetches an answer anew.
    fn prefetch(self: &Arc<Self>, message: &[u8], (client, via): (IpAddr, Via)) {
        if let Some(job) = self.start_job(client, via) {
            let message = message.to_vec();
            tokio::spawn(async move { job.prefetch(&message).await });
        }
    }

    /// Starts a job that makes a reply and sends it.
    fn resolve(
        self: &Arc<Self>,
        message: &[u8],
        ends: Ends,
        exchange: Option<Box<Exchange>>,
        socket: &Arc<DatagramSocket>,
    ) {
        let client = ends.client.ip();
        let job = self.start_job(client, Via::Udp);
        let (message, socket) = (message.to_vec(), Arc::clone(socket));
        let service = Arc::clone(self);
        tokio::spawn(async move {
            let reply = match job {
                Some(job) => job.respond(&message).await,
                None => service.turn_away(&message, Via::Udp, client).await,
            };
            if let Some(mut reply) = reply
                && service
                    .guard
                    .limit(&message, &mut reply, client, Instant::now())
            {
                let _ = socket.send(&reply, ends);
                service.tap.client_response(exchange.as_deref(), &reply);
            }
        });
    }
}

/// Returns the two ends of an exchange over UDP, as far as they are known.
fn both_ends(socket: &DatagramSocket, ends: Ends) -> (End, End) {
    (ends.client.into(), socket.own(ends).into())
}
