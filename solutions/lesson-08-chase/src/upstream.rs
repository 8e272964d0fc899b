//! Queries one server for the walk on top of the stack (given): the choice of the server, the retry
//! without EDNS, and the count of queries. Lessons 10 and 11 are about what is cached of the reply,
//! and about the choice.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Question};
use iterate::Walk;
use network::{Network, Via};
use rand::Rng;
use referral::ReplyKind;
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, exchange};

use crate::hooks::{Attempt, AttemptOutcome, Knowledge, ServerSelection};
use crate::interpret::{
    attempt_outcome, cannot_parse, classify_reply, failure_text, may_try_again, used_tcp,
};
use crate::resolution::ResolutionFailure;
use crate::resolver::Resolver;
use crate::search::{MAX_LOOKUPS, Search};
use crate::stack::Stack;

/// The least time that an exchange over TCP may take, however quickly the server replies over UDP:
/// a connection, the query, and the further round trips that a long reply needs for slow start.
/// Where one round trip may take longer than a third of this, three of them.
const TCP_TIMEOUT: Duration = Duration::from_secs(1);

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Queries one of the servers, and passes the reply, or the reason for having none, to the walk
    /// on top. Fails if the budget is used up.
    pub(crate) async fn query_one<R: Rng + Send>(
        &self,
        servers: &[IpAddr],
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> Result<(), ResolutionFailure> {
        let depth = stack.depth() + 1;
        let time_left = search.time_left(stack.depth());
        let walk = stack.top();
        // A server that came without an address is better than a second query to one that timed out.
        let have_timed_out = servers.iter().all(|it| search.timeouts.contains_key(it));
        if have_timed_out && search.lookups < MAX_LOOKUPS {
            let names = walk.to_look_up();
            if !names.is_empty() {
                self.look_up_first(&names, stack, search).await;
                return Ok(());
            }
        }
        let attempt = match time_left.is_zero() {
            true => None,
            false => self.choose(servers, walk, time_left, search),
        };
        let Some(attempt) = attempt else {
            self.give_up_all(servers, walk, depth, search);
            return Ok(());
        };
        let (zone, question) = (walk.zone().clone(), walk.question().clone());
        let server = attempt.server;
        match self.query(&zone, &attempt, &question, search).await? {
            Ok(kind) => {
                // An answer without AA is stored only if there is no better one: at the end.
                if !matches!(kind, ReplyKind::LastResort(_)) {
                    self.knowledge.store(&zone, &question, &kind);
                }
                walk.handle_kind(server, kind);
            }
            Err(error) => {
                *search.timeouts.entry(server).or_default() += 1;
                if may_try_again(&attempt, &error) {
                    let line = format_args!("{zone}  {server} timed out; another try may follow");
                    search.trace.add(depth, line);
                    return Ok(());
                }
                walk.handle_failure(server, failure_text(&error));
            }
        }
        search
            .trace
            .add(depth, walk.trace().last().unwrap_or_default());
        Ok(())
    }

    /// Chooses one of the servers that the selection does not exclude.
    fn choose<R: Rng + Send>(
        &self,
        servers: &[IpAddr],
        walk: &Walk,
        time_left: Duration,
        search: &mut Search<'_, R>,
    ) -> Option<Attempt> {
        let may_be_queried = |server: &IpAddr| self.selection.exclusion(*server).is_none();
        let servers: Vec<IpAddr> = servers.iter().copied().filter(may_be_queried).collect();
        if servers.is_empty() {
            return None;
        }
        let Search {
            timeouts, random, ..
        } = search;
        self.selection
            .choose(walk.zone(), &servers, timeouts, time_left, random)
    }

    /// Has the walk give up servers of which none can be chosen, each with the reason.
    fn give_up_all<R>(
        &self,
        servers: &[IpAddr],
        walk: &mut Walk,
        depth: usize,
        search: &mut Search<'_, R>,
    ) {
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
        search: &mut Search<'_, R>,
    ) -> Result<Result<ReplyKind, ExchangeError>, ResolutionFailure> {
        let header = query::header(query::random_id(search.random), false);
        let plain = query::query(header, question.clone());
        let mut attempt = *attempt;
        let first = match attempt.with_edns {
            true => query::with_edns(plain.clone()),
            false => plain.clone(),
        };
        let mut began = Instant::now();
        let mut reply = self.send(&attempt, &first, search).await?;
        if attempt.with_edns && reply.as_ref().is_ok_and(cannot_parse) {
            began = Instant::now();
            reply = self.send(&attempt, &plain, search).await?;
            if reply.as_ref().is_ok_and(|reply| !cannot_parse(reply)) {
                self.selection
                    .handle_outcome(zone, &attempt, &AttemptOutcome::NoEdns);
            }
            attempt.with_edns = false;
        }
        let took = began.elapsed();
        let kind = reply.map(|reply| (classify_reply(&reply, question, zone), reply.via));
        if let Some(outcome) = attempt_outcome(&kind, took) {
            self.selection.handle_outcome(zone, &attempt, &outcome);
        }
        Ok(kind.map(|(kind, _)| kind))
    }

    /// Sends one query, if the budget allows it, and counts it; and a second one if the reply was
    /// truncated and the query had to be repeated over TCP, which costs the server more than the
    /// first. (So the last query of the budget may count as two.)
    async fn send<R: Rng + Send>(
        &self,
        attempt: &Attempt,
        query: &DnsPacket,
        search: &mut Search<'_, R>,
    ) -> Result<Result<Reply, ExchangeError>, ResolutionFailure> {
        search.spend_query()?;
        self.queries.fetch_add(1, Ordering::Relaxed);
        let server = SocketAddr::new(attempt.server, self.port);
        let policy = RetryPolicy {
            timeout: attempt.timeout,
            tcp_timeout: TCP_TIMEOUT.max(attempt.timeout * 3),
            tries: 1,
        };
        let reply = exchange(&self.network, server, query, Via::Udp, policy).await;
        if used_tcp(&reply) {
            search.queries += 1;
            self.queries.fetch_add(1, Ordering::Relaxed);
        }
        Ok(reply)
    }
}
