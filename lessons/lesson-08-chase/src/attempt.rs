//! Makes one attempt at a server (given): sends the query, and waits for its reply, or for the late
//! reply to an earlier query.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Question};
use network::{Network, Via};
use rand::Rng;
use referral::ReplyKind;
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, exchange};

use crate::hooks::{Attempt, AttemptOutcome, Knowledge, ServerSelection};
use crate::interpret::{attempt_outcome, cannot_parse};
use crate::late::{KeepingNetwork, LateEvent, LateReply, SentQuery};
use crate::resolution::ResolutionFailure;
use crate::resolver::Resolver;
use crate::search::Search;
use crate::stack::Stack;

/// The least time that an exchange over TCP may take, however quickly the server replies over UDP:
/// a connection, the query, and the further round trips that a long reply needs for slow start. If
/// one round trip may take longer than a third of this, the least time is three round trips.
const TCP_TIMEOUT: Duration = Duration::from_secs(1);

/// The result of a wait: the outcome that was waited for, or the late reply to an earlier query, if
/// that came first.
pub(crate) enum First<T> {
    Awaited(T),
    Late(Box<LateReply>),
}

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Sends one server the query: with EDNS, and once more without it if the server cannot parse
    /// EDNS (RFC 6891 section 7).
    pub(crate) async fn query<R: Rng + Send>(
        &self,
        zone: &Name,
        attempt: &Attempt,
        question: &Question,
        stack: &Stack,
        search: &mut Search<'_, R>,
    ) -> Result<First<Result<ReplyKind, ExchangeError>>, ResolutionFailure> {
        let is_forwarded = self.knowledge.is_forwarded(zone);
        let mut header = query::header(query::random_id(search.random), is_forwarded);
        // The answers that a recursive server takes for bogus are validated here (RFC 6840 section 5.9).
        header.cd = self.signatures.is_some() && self.knowledge.is_validated(zone);
        let plain = query::query(header, question.clone());
        let packet = match attempt.with_edns {
            true => self.with_edns(plain.clone()),
            false => plain.clone(),
        };
        let questions = (stack.running().question(), question);
        let mut sent = self.sent_query(zone, attempt, questions, packet);
        let mut reply = match self.send(&sent, stack, search).await? {
            First::Awaited(reply) => reply,
            First::Late(late) => return Ok(First::Late(late)),
        };
        if attempt.with_edns && reply.as_ref().is_ok_and(cannot_parse) {
            sent = self.sent_query(zone, attempt, questions, plain);
            reply = match self.send(&sent, stack, search).await? {
                First::Awaited(reply) => reply,
                First::Late(late) => return Ok(First::Late(late)),
            };
            if reply.as_ref().is_ok_and(|reply| !cannot_parse(reply)) {
                self.selection
                    .handle_outcome(zone, attempt, &AttemptOutcome::NoEdns);
            }
            sent.attempt.with_edns = false;
        }
        let took = sent.sent_at.elapsed();
        if let Ok(Reply { trailing, .. }) = &reply
            && *trailing > 0
        {
            search.trace.add(
                stack.depth() + 1,
                format_args!(
                    "{zone}  {} sent {trailing} octets behind its last section, which are ignored",
                    attempt.server
                ),
            );
        }
        let kind = reply.map(|reply| {
            // A reply over TCP takes more than one round trip, and a held reply as long as the
            // timeout.
            let is_round_trip = reply.via == Via::Udp && !reply.was_held();
            let kind = sent.classify(&reply.packet);
            (kind, is_round_trip.then_some(took))
        });
        if let Some(mut outcome) = attempt_outcome(&kind) {
            if let AttemptOutcome::Reply { is_lame, .. } = &mut outcome {
                *is_lame &= !(search.minimisation).is_inconclusive(&sent.sent, &sent.question);
            }
            self.selection.handle_outcome(zone, &sent.attempt, &outcome);
        }
        Ok(First::Awaited(kind.map(|(kind, _)| kind)))
    }

    /// Adds EDNS to a query; DO is set if the signatures of the reply are kept.
    fn with_edns(&self, query: DnsPacket) -> DnsPacket {
        let mut query = query::with_edns(query);
        if let Some(edns) = &mut query.edns {
            edns.do_bit = self.signatures.is_some();
        }
        query
    }

    fn sent_query(
        &self,
        zone: &Name,
        attempt: &Attempt,
        questions: (&Question, &Question),
        packet: DnsPacket,
    ) -> SentQuery {
        let (question, sent) = questions;
        let port = self.knowledge.port(zone, attempt.server);
        SentQuery {
            attempt: *attempt,
            address: SocketAddr::new(attempt.server, port.unwrap_or(self.port)),
            is_forwarded: packet.header.rd,
            packet,
            question: question.clone(),
            sent: sent.clone(),
            zone: zone.clone(),
            sent_at: Instant::now(),
            policy: RetryPolicy {
                timeout: attempt.timeout,
                tcp_timeout: TCP_TIMEOUT.max(attempt.timeout * 3),
                tries: 1,
            },
            signatures: self.signatures.clone(),
        }
    }

    /// Sends one query, if the budget allows it, and counts it; and a second one if the reply was
    /// truncated and the query had to be repeated over TCP, which costs the server more than the
    /// first. (So the last query of the budget may count as two.) After a timeout, the socket is
    /// kept for a late reply.
    async fn send<R: Rng + Send>(
        &self,
        query: &SentQuery,
        stack: &Stack,
        search: &mut Search<'_, R>,
    ) -> Result<First<Result<Reply, ExchangeError>>, ResolutionFailure> {
        search.spend_query()?;
        self.queries.fetch_add(1, Ordering::Relaxed);
        if stack.depth() > 0 && !query.zone.is_root() {
            search.lookups.count_query();
        }
        let network = KeepingNetwork::new(Arc::clone(&self.network), Arc::clone(&search.over_tcp));
        let (server, packet, policy) = (query.address, &query.packet, query.policy);
        let first = {
            let exchange = pin!(exchange(&network, server, packet, Via::Udp, policy));
            self.wait_for(exchange, stack, search).await
        };
        self.count_tcp(search);
        if let First::Awaited(Err(ExchangeError::Timeout { via: Via::Udp, .. })) = &first
            && let Some(channel) = network.into_channel()
            && let Ok(permit) = Arc::clone(&self.late_sockets).try_acquire_owned()
        {
            search.late.keep(channel, query.clone(), permit);
        }
        Ok(first)
    }

    /// Counts the repetition of a query over TCP, if there was one: also if the search did not wait
    /// for its end.
    pub(crate) fn count_tcp<R>(&self, search: &mut Search<'_, R>) {
        let repeated = search.over_tcp.swap(0, Ordering::Relaxed);
        search.queries += repeated;
        self.queries.fetch_add(repeated as u64, Ordering::Relaxed);
    }

    /// Returns the late reply, if there is one. If it was truncated, the query is repeated over TCP,
    /// as long as the budget allows it.
    fn late_reply<R>(
        &self,
        event: Option<LateEvent>,
        search: &mut Search<'_, R>,
    ) -> Option<LateReply> {
        match event? {
            LateEvent::Reply(late) => return Some(late),
            LateEvent::Truncated(query, permit) => {
                if search.spend_query().is_ok() {
                    self.queries.fetch_add(1, Ordering::Relaxed);
                    let network = Arc::clone(&self.network);
                    search.late.repeat_over_tcp(network, query, permit);
                }
            }
        }
        None
    }

    /// Waits for a future, or for the late reply to an earlier query that decides where one of the
    /// walks goes on. Other late replies are noted, and the waiting goes on.
    pub(crate) async fn wait_for<T, R>(
        &self,
        future: impl Future<Output = T>,
        stack: &Stack,
        search: &mut Search<'_, R>,
    ) -> First<T> {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                event = search.late.next() => {
                    let Some(late) = self.late_reply(event, search) else { continue };
                    if self.note_late(&late, stack, search) && late.is_decisive() {
                        return First::Late(Box::new(late));
                    }
                }
                value = &mut future => return First::Awaited(value),
            }
        }
    }

    /// Waits for the late replies to the queries of the walk on top, before it fails. Returns
    /// whether one of them has decided where it goes on.
    pub(crate) async fn wait_for_late_reply<R>(
        &self,
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> bool {
        loop {
            let walk = stack.top();
            let (question, zone) = (walk.question().clone(), walk.zone().clone());
            if !search.late.may_come(&question, &zone) {
                return false;
            }
            let event = search.late.next().await;
            let Some(late) = self.late_reply(event, search) else {
                continue;
            };
            let is_awaited = self.note_late(&late, stack, search);
            if is_awaited && self.handle_late(late, stack, search) {
                return true;
            }
        }
    }
}
