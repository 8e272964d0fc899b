//! Queries one server for the walk on top of the stack (given): the choice of the server, the retry
//! without EDNS, and the count of queries. Lessons 10 and 11 are about what is cached of the reply,
//! and about the choice.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Question};
use network::{Network, Via};
use rand::Rng;
use referral::{ReplyKind, classify};
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, exchange};

use crate::hooks::{Attempt, AttemptOutcome, Knowledge, ServerSelection};
use crate::interpret::{attempt_outcome, cannot_parse, failure_text, may_try_again, used_tcp};
use crate::late::{KeepingNetwork, LateReply, SentQuery};
use crate::resolution::ResolutionFailure;
use crate::resolver::Resolver;
use crate::search::Search;
use crate::sharing::{Leader, NoReply, Outcome, Share};
use crate::stack::Stack;

/// The least time that an exchange over TCP may take, however quickly the server replies over UDP:
/// a connection, the query, and the further round trips that a long reply needs for slow start.
/// Where one round trip may take longer than a third of this, three of them.
const TCP_TIMEOUT: Duration = Duration::from_secs(1);

/// What came first: what was waited for, or the late reply to an earlier query.
enum First<T> {
    Awaited(T),
    Late(Box<LateReply>),
}

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Queries one of the servers, and passes the reply, or the reason for having none, to the walk
    /// on top. Fails if the budget is used up.
    pub(crate) async fn query_one<R: Rng + Send>(
        &self,
        servers: &[IpAddr],
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> Result<(), ResolutionFailure> {
        if search.time_left(0).is_zero() {
            // The deadline ends the search at this point: no server has failed.
            std::future::pending::<()>().await;
        }
        if self.check_shares(stack, search) {
            return Ok(());
        }
        let names = less_tried_names(servers, stack, search);
        if !names.is_empty() {
            self.look_up_first(&names, stack, search).await;
            return Ok(());
        }
        let (zone, question) = {
            let walk = stack.top();
            (walk.zone().clone(), walk.question().clone())
        };
        let may_wait = search.may_wait_for_referral(&zone, &question);
        let first = match self.shared.join(&zone, &question, may_wait) {
            Share::WaitsForReferral(mut follower) => {
                let first = self.wait_for(follower.outcome(), stack, search).await;
                only_referral(first, &zone, &question, search)
            }
            Share::Follows(mut follower) => self.wait_for(follower.outcome(), stack, search).await,
            Share::Leads(leader) => {
                let Some(attempt) = self.choose(servers, stack, search) else {
                    self.give_up_all(servers, stack, search);
                    return Ok(());
                };
                self.lead(leader, attempt, stack, search).await?
            }
        };
        match first {
            First::Awaited(Some(outcome)) => {
                let Outcome { server, reply } = Arc::unwrap_or_clone(outcome);
                self.handle_outcome(server, reply, stack, search);
            }
            // The search that sent the query has ended early, or its reply is of no use here: this
            // one sends the next.
            First::Awaited(None) => {}
            First::Late(late) => self.handle_late(*late, stack, search),
        }
        Ok(())
    }

    /// Makes an attempt at a server, and publishes its outcome: that of the query, or the late reply
    /// to an earlier one.
    async fn lead<R: Rng + Send>(
        &self,
        leader: Leader,
        attempt: Attempt,
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> Result<First<Option<Arc<Outcome>>>, ResolutionFailure> {
        let (zone, question) = leader.key();
        match self.query(zone, &attempt, question, stack, search).await? {
            First::Awaited(reply) => {
                // An answer without AA is stored only if there is no better one: at the end.
                if let Ok(kind) = &reply
                    && !matches!(kind, ReplyKind::LastResort(_))
                {
                    self.knowledge.store(zone, question, kind);
                }
                let reply = reply.map_err(|error| NoReply {
                    text: failure_text(&error),
                    is_timeout: matches!(error, ExchangeError::Timeout { .. }),
                    may_try_again: may_try_again(&attempt, &error),
                });
                let server = attempt.server;
                Ok(First::Awaited(Some(
                    leader.publish(Outcome { server, reply }),
                )))
            }
            First::Late(late) => {
                let is_for = late.query.question == *question && late.query.zone == *zone;
                if is_for {
                    leader.publish(Outcome {
                        server: late.query.attempt.server,
                        reply: Ok(late.kind.clone()),
                    });
                }
                Ok(First::Late(late))
            }
        }
    }

    /// Passes the outcome of an attempt to the walk on top. After a timeout, other servers come
    /// first.
    fn handle_outcome<R>(
        &self,
        server: IpAddr,
        reply: Result<ReplyKind, NoReply>,
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) {
        let depth = stack.depth() + 1;
        let walk = stack.top();
        let no_reply = match reply {
            Ok(kind) => {
                search.note_progress();
                walk.handle_kind(server, kind);
                let line = walk.trace().last().unwrap_or_default();
                return search.trace.add(depth, line);
            }
            Err(no_reply) => no_reply,
        };
        *search.timeouts.entry(server).or_default() += 1;
        let zone = walk.zone().clone();
        if no_reply.may_try_again {
            let line = format_args!("{zone}  {server} timed out; another try may follow");
            search.trace.add(depth, line);
        } else {
            walk.handle_failure(server, no_reply.text);
            let line = walk.trace().last().unwrap_or_default();
            search.trace.add(depth, line);
        }
        if no_reply.is_timeout {
            self.note_silence(stack, search);
            self.fail_over(stack, search);
        }
    }

    /// Chooses one of the servers that the selection does not exclude, if there is time left.
    fn choose<R: Rng + Send>(
        &self,
        servers: &[IpAddr],
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> Option<Attempt> {
        let time_left = search.time_left(stack.depth());
        let may_be_queried = |server: &IpAddr| self.selection.exclusion(*server).is_none();
        let servers: Vec<IpAddr> = servers.iter().copied().filter(may_be_queried).collect();
        if servers.is_empty() || time_left.is_zero() {
            return None;
        }
        let Search {
            timeouts, random, ..
        } = search;
        let walk = stack.top();
        let (zone, question) = (walk.zone(), walk.question());
        self.selection
            .choose(zone, question, &servers, timeouts, time_left, random)
    }

    /// Has the walk give up servers of which none can be chosen, each with the reason.
    fn give_up_all<R>(&self, servers: &[IpAddr], stack: &mut Stack, search: &mut Search<'_, R>) {
        let depth = stack.depth() + 1;
        let walk = stack.top();
        for server in servers {
            let reason = self.selection.exclusion(*server);
            walk.handle_failure(*server, reason.as_deref().unwrap_or("is not queried"));
            let line = walk.trace().last().unwrap_or_default();
            search.trace.add(depth, line);
        }
    }

    /// Sends one server the query: with EDNS, and once more without if the server cannot parse that
    /// (RFC 6891 section 7).
    async fn query<R: Rng + Send>(
        &self,
        zone: &Name,
        attempt: &Attempt,
        question: &Question,
        stack: &Stack,
        search: &mut Search<'_, R>,
    ) -> Result<First<Result<ReplyKind, ExchangeError>>, ResolutionFailure> {
        let header = query::header(query::random_id(search.random), false);
        let plain = query::query(header, question.clone());
        let packet = match attempt.with_edns {
            true => query::with_edns(plain.clone()),
            false => plain.clone(),
        };
        let mut sent = self.sent_query(zone, attempt, question, packet);
        let mut reply = match self.send(&sent, stack, search).await? {
            First::Awaited(reply) => reply,
            First::Late(late) => return Ok(First::Late(late)),
        };
        if attempt.with_edns && reply.as_ref().is_ok_and(cannot_parse) {
            sent = self.sent_query(zone, attempt, question, plain);
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
            let line = format_args!(
                "{zone}  {} sent {trailing} octets behind its last section, which are ignored",
                attempt.server
            );
            search.trace.add(stack.depth() + 1, line);
        }
        let kind = reply.map(|reply| {
            // TCP takes more than one round trip, and a hold as long as the timeout.
            let is_round_trip = reply.via == Via::Udp && !reply.was_held();
            let kind = classify(&reply.packet, question, zone);
            (kind, is_round_trip.then_some(took))
        });
        if let Some(outcome) = attempt_outcome(&kind) {
            self.selection.handle_outcome(zone, &sent.attempt, &outcome);
        }
        Ok(First::Awaited(kind.map(|(kind, _)| kind)))
    }

    fn sent_query(
        &self,
        zone: &Name,
        attempt: &Attempt,
        question: &Question,
        packet: DnsPacket,
    ) -> SentQuery {
        SentQuery {
            attempt: *attempt,
            address: SocketAddr::new(attempt.server, self.port),
            packet,
            question: question.clone(),
            zone: zone.clone(),
            sent_at: Instant::now(),
            policy: RetryPolicy {
                timeout: attempt.timeout,
                tcp_timeout: TCP_TIMEOUT.max(attempt.timeout * 3),
                tries: 1,
            },
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
        let network = KeepingNetwork::new(Arc::clone(&self.network));
        let exchange = exchange(
            &network,
            query.address,
            &query.packet,
            Via::Udp,
            query.policy,
        );
        let first = self.wait_for(exchange, stack, search).await;
        if let First::Awaited(reply) = &first {
            if used_tcp(reply) {
                self.count_tcp(search);
            } else if matches!(reply, Err(ExchangeError::Timeout { .. }))
                && let Some(channel) = network.into_channel()
            {
                let network = Arc::clone(&self.network);
                search.late.keep(network, channel, query.clone());
            }
        }
        Ok(first)
    }

    /// Counts the repetition of a query over TCP.
    pub(crate) fn count_tcp<R>(&self, search: &mut Search<'_, R>) {
        search.queries += 1;
        self.queries.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for a future, or for the late reply to an earlier query that decides where one of the
    /// walks goes on. Other late replies are noted, and the waiting goes on.
    async fn wait_for<T, R>(
        &self,
        future: impl Future<Output = T>,
        stack: &Stack,
        search: &mut Search<'_, R>,
    ) -> First<T> {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                late = search.late.next() => {
                    let Some(late) = late else { continue };
                    self.note_late(&late, search);
                    let is_awaited = stack.is_waiting_for(&late.query.question, &late.query.zone);
                    if is_awaited && late.is_decisive() {
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
            let Some(late) = search.late.next().await else {
                continue;
            };
            self.note_late(&late, search);
            let is_awaited = stack.is_waiting_for(&late.query.question, &late.query.zone);
            let is_decisive = late.is_decisive();
            self.handle_late(late, stack, search);
            if is_awaited && is_decisive {
                return true;
            }
        }
    }
}

/// Returns the outcome of another search's query for another name, if it is a referral towards the
/// name of this question.
fn only_referral<R>(
    first: First<Option<Arc<Outcome>>>,
    zone: &Name,
    question: &Question,
    search: &mut Search<'_, R>,
) -> First<Option<Arc<Outcome>>> {
    let First::Awaited(outcome) = first else {
        return first;
    };
    let is_of_use = |outcome: &Outcome| match &outcome.reply {
        Ok(ReplyKind::Referral(to)) => question.qname.is_at_or_below(&to.zone),
        _ => false,
    };
    let is_reply = outcome.as_ref().is_some_and(|it| it.reply.is_ok());
    search.note_wait(zone, question, is_reply);
    First::Awaited(outcome.filter(|it| is_of_use(it)))
}

/// Returns the names of servers that come before a further query to the known addresses of the walk
/// on top: all of those have timed out, and these had fewer tries. A server whose IPv4 addresses have
/// timed out may have an IPv6 address.
fn less_tried_names<R>(servers: &[IpAddr], stack: &Stack, search: &Search<'_, R>) -> Vec<Name> {
    let Some(walk) = stack.walk(stack.depth()) else {
        return Vec::new();
    };
    let timeouts = |server: &IpAddr| search.timeouts.get(server).copied().unwrap_or(0);
    let tries = servers.iter().map(timeouts).min().unwrap_or(0);
    let mut names = walk.to_look_up();
    if tries > 0 {
        names.extend(stack.without_ipv6_lookup());
    }
    names.retain(|name| search.lookups.times_postponed(name) < tries);
    names
}
