//! [`LateReplies`]: the sockets of queries that timed out, on which a reply may still come (given).
//!
//! A server behind a satellite link takes 600 ms, and a new resolver waits 400. If it closed the
//! socket then, it would send one query after another, and never receive a reply. So the socket
//! stays open while the next query is out, and the first reply to arrive is used.
//!
//! Each open socket is one more that a forger may hit. So there are few of them, each accepts the
//! reply of one server to one query with one id, and all are closed when the search ends.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Question, Rcode};
use network::{Channel, Network, Via};
use referral::{Answer, Lame, Negative, ReplyKind, Unusable, classify};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};
use transport::{Reply, RetryPolicy, exchange, parse_reply, reply_matches};

use crate::dnssec::{ReceivedReply, SignatureKeeper};
use crate::hooks::Attempt;
use crate::interpret::cannot_parse;

/// The most sockets that are kept open during one search: four queries fit into
/// [`MAX_LATENESS`] if each waits for 400 ms, the first timeout of lesson 11.
const MAX_SOCKETS: usize = 4;
/// The time after a query for which its reply is still used: the longest timeout of lesson 11.
pub(crate) const MAX_LATENESS: Duration = Duration::from_millis(1_600);

/// A query, and the data that its late reply is checked against.
#[derive(Debug, Clone)]
pub(crate) struct SentQuery {
    pub(crate) attempt: Attempt,
    pub(crate) address: SocketAddr,
    pub(crate) packet: DnsPacket,
    /// The question of the walk.
    pub(crate) question: Question,
    /// The question in the packet: that of the walk, or a minimised one.
    pub(crate) sent: Question,
    pub(crate) zone: Name,
    pub(crate) sent_at: Instant,
    pub(crate) policy: RetryPolicy,
    /// Whether the server is a recursive one, which never sets AA.
    pub(crate) is_forwarded: bool,
    /// Receives the reply, for validation.
    pub(crate) signatures: Option<Arc<dyn SignatureKeeper>>,
}

impl SentQuery {
    /// Classifies the reply to the query, and passes it to the keeper of signatures.
    pub(crate) fn classify(&self, packet: &DnsPacket) -> ReplyKind {
        let kind = match self.is_forwarded {
            false => classify(packet, &self.sent, &self.zone),
            true => self.classify_forwarded(packet),
        };
        if let Some(keeper) = &self.signatures {
            keeper.keep(&ReceivedReply {
                server: self.attempt.server,
                zone: &self.zone,
                question: &self.sent,
                kind: &kind,
                packet,
            });
        }
        kind
    }

    /// Classifies the reply of a recursive server, which is trusted like one with AA. But an empty
    /// reply without RA means no more than that the server does not recurse, perhaps not for this
    /// client; unbound passes it over as well. If it has AA or an SOA, it is an answer.
    ///
    /// A referral is not followed: the query was for this server, perhaps over TLS, and for no other.
    fn classify_forwarded(&self, packet: &DnsPacket) -> ReplyKind {
        let mut trusted = packet.clone();
        trusted.header.aa = true;
        let kind = classify(&trusted, &self.sent, &self.zone);
        let header = &packet.header;
        let is_recursive = header.ra || header.aa || header.rcode != Rcode::NOERROR;
        match kind {
            ReplyKind::Answer(Answer::NoData(Negative { soa: None })) if !is_recursive => {
                ReplyKind::Unusable(Unusable::Lame(Lame::Empty))
            }
            ReplyKind::Referral(delegation) => {
                ReplyKind::Unusable(Unusable::Lame(Lame::WrongReferral(delegation.zone)))
            }
            kind => kind,
        }
    }
}

/// A reply that came after the timeout of its query.
#[derive(Debug)]
pub(crate) struct LateReply {
    pub(crate) query: SentQuery,
    pub(crate) kind: ReplyKind,
    pub(crate) via: Via,
    pub(crate) took: Duration,
}

impl LateReply {
    /// Whether the reply decides where the walk goes on. Otherwise another query may bring a better
    /// one.
    pub(crate) fn is_decisive(&self) -> bool {
        is_decisive(&self.kind)
    }
}

/// Whether a reply decides where its walk goes on.
pub(crate) fn is_decisive(kind: &ReplyKind) -> bool {
    matches!(kind, ReplyKind::Answer(_) | ReplyKind::Referral(_))
}

/// The open sockets of a search.
#[derive(Default)]
pub(crate) struct LateReplies {
    sockets: Vec<LateSocket>,
}

struct LateSocket {
    question: Question,
    zone: Name,
    is_dead: bool,
    event: Pin<Box<dyn Future<Output = Option<LateEvent>> + Send>>,
}

/// What came of the socket of a query that timed out.
pub(crate) enum LateEvent {
    /// A reply.
    Reply(LateReply),
    /// A truncated reply: the query has to be repeated over TCP, which is one more of the search.
    Truncated(SentQuery, OwnedSemaphorePermit),
}

impl LateReplies {
    /// Keeps the socket of a query that timed out. The oldest is closed if there are too many.
    pub(crate) fn keep(
        &mut self,
        channel: impl Channel + 'static,
        query: SentQuery,
        permit: OwnedSemaphorePermit,
    ) {
        if self.sockets.len() >= MAX_SOCKETS {
            self.sockets.remove(0);
        }
        let waiting = LateSocket::of(&query, |query| receive_late(channel, query, permit));
        self.sockets.push(waiting);
    }

    /// Repeats a query over TCP, after a late reply that was truncated.
    pub(crate) fn repeat_over_tcp<N: Network>(
        &mut self,
        network: Arc<N>,
        query: SentQuery,
        permit: OwnedSemaphorePermit,
    ) {
        let waiting = LateSocket::of(&query, |query| receive_over_tcp(network, query, permit));
        self.sockets.push(waiting);
    }

    /// Whether a reply to this question from a server of this zone may still come, and is worth
    /// waiting for.
    pub(crate) fn may_come(&self, question: &Question, zone: &Name) -> bool {
        let mut sockets = self.sockets.iter().filter(|it| !it.is_dead);
        sockets.any(|it| it.question == *question && it.zone == *zone)
    }

    /// Waits until one of the sockets has received its reply, or is closed without one. Without an
    /// open socket, it waits until it is dropped.
    pub(crate) async fn next(&mut self) -> Option<LateEvent> {
        poll_fn(|context| {
            for (place, socket) in self.sockets.iter_mut().enumerate() {
                if let Poll::Ready(event) = socket.event.as_mut().poll(context) {
                    drop(self.sockets.remove(place));
                    return Poll::Ready(event);
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl LateSocket {
    fn of<F>(query: &SentQuery, receive: impl FnOnce(SentQuery) -> F) -> LateSocket
    where
        F: Future<Output = Option<LateEvent>> + Send + 'static,
    {
        LateSocket {
            question: query.question.clone(),
            zone: query.zone.clone(),
            is_dead: query.attempt.is_dead,
            event: Box::pin(receive(query.clone())),
        }
    }
}

/// Receives the reply to a query that timed out; none if it does not come within [`MAX_LATENESS`].
async fn receive_late(
    mut channel: impl Channel,
    query: SentQuery,
    permit: OwnedSemaphorePermit,
) -> Option<LateEvent> {
    let deadline = query.sent_at + MAX_LATENESS;
    let received = timeout_at(deadline, receive_reply(&mut channel, &query.packet)).await;
    let reply = received.ok()?.ok()?;
    match reply.packet.header.tc {
        true => Some(LateEvent::Truncated(query, permit)),
        false => late_reply(query, &reply),
    }
}

/// Receives the reply over TCP.
async fn receive_over_tcp<N: Network>(
    network: Arc<N>,
    query: SentQuery,
    _permit: OwnedSemaphorePermit,
) -> Option<LateEvent> {
    let (server, policy) = (query.address, query.policy);
    let reply = exchange(&*network, server, &query.packet, Via::Tcp, policy).await;
    late_reply(query, &reply.ok()?)
}

/// Interprets a late reply; none if it is unusable.
fn late_reply(query: SentQuery, reply: &Reply) -> Option<LateEvent> {
    let took = query.sent_at.elapsed();
    // A server that cannot parse EDNS is queried without it by the next attempt.
    if query.attempt.with_edns && cannot_parse(reply) {
        return None;
    }
    let kind = query.classify(&reply.packet);
    Some(LateEvent::Reply(LateReply {
        kind,
        via: reply.via,
        took,
        query,
    }))
}

async fn receive_reply(channel: &mut impl Channel, query: &DnsPacket) -> io::Result<Reply> {
    loop {
        let octets = channel.receive().await?;
        let via = Via::Udp;
        match parse_reply(query, &octets, via) {
            Ok((packet, trailing)) if reply_matches(query, &packet) => {
                return Ok(Reply {
                    packet,
                    octets,
                    via,
                    trailing,
                });
            }
            _ => {}
        }
    }
}

/// A network that keeps the last UDP channel which was opened over it, when that is closed.
pub(crate) struct KeepingNetwork<N: Network> {
    network: Arc<N>,
    /// Counts the connections over TCP: each is for the repetition of a query.
    over_tcp: Arc<AtomicUsize>,
    kept: Arc<Mutex<Option<N::Channel>>>,
}

/// A channel that is not closed when it is dropped, but kept.
pub(crate) struct KeptChannel<N: Network> {
    channel: Option<N::Channel>,
    kept: Option<Arc<Mutex<Option<N::Channel>>>>,
}

impl<N: Network> KeepingNetwork<N> {
    pub(crate) fn new(network: Arc<N>, over_tcp: Arc<AtomicUsize>) -> KeepingNetwork<N> {
        KeepingNetwork {
            network,
            over_tcp,
            kept: Arc::default(),
        }
    }

    /// Returns the channel that was kept.
    pub(crate) fn into_channel(self) -> Option<N::Channel> {
        self.take_kept()
    }

    fn take_kept(&self) -> Option<N::Channel> {
        let kept = self.kept.lock();
        kept.unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<N: Network> Network for KeepingNetwork<N> {
    type Channel = KeptChannel<N>;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<KeptChannel<N>> {
        // A query is repeated over TCP after its reply: no other will come over UDP.
        drop(self.take_kept());
        if via == Via::Tcp {
            self.over_tcp.fetch_add(1, Ordering::Relaxed);
        }
        Ok(KeptChannel {
            channel: Some(self.network.open(server, via).await?),
            kept: (via == Via::Udp).then(|| Arc::clone(&self.kept)),
        })
    }
}

impl<N: Network> KeptChannel<N> {
    fn channel(&mut self) -> io::Result<&mut N::Channel> {
        self.channel
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl<N: Network> Channel for KeptChannel<N> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.channel()?.send(message).await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        self.channel()?.receive().await
    }
}

impl<N: Network> Drop for KeptChannel<N> {
    fn drop(&mut self) {
        if let Some(kept) = &self.kept {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = self.channel.take();
        }
    }
}
