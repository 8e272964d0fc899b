//! Queries one server for the walk on top of the stack (given): the lookups that come before
//! another query, the choice of the server, and the consequences of the outcome. Lesson 10 is about
//! the part of the reply that is cached, lesson 11 about the choice.

use std::net::IpAddr;
use std::sync::Arc;

use dnsparse::{Name, Question};
use network::Network;
use rand::Rng;
use referral::{Answer, ReplyKind};
use transport::ExchangeError;

use crate::attempt::First;
use crate::futile::MAX_FUTILE;
use crate::hooks::{Attempt, Knowledge, ServerSelection};
use crate::interpret::{attempt_outcome, failure_text, may_try_again};
use crate::minimise::Interpreted;
use crate::resolution::ResolutionFailure;
use crate::resolver::Resolver;
use crate::search::Search;
use crate::sharing::{Leader, NoReply, Outcome, Share};
use crate::stack::Stack;

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
        let (zone, question) = self.next_query(servers, stack, search);
        if search.futile.is_exhausted(&zone) {
            let reason =
                format!("is not queried: {MAX_FUTILE} queries to servers of {zone} were futile");
            self.give_up_all(servers, Some(&reason), stack, search);
            return Ok(());
        }
        let before = search.queries;
        let may_wait =
            !self.knowledge.is_forwarded(&zone) && search.waits.may_wait(&zone, &question);
        let first = match self.shared.join(&zone, &question, may_wait) {
            Share::WaitsForReferral(follower) => {
                let first = self.wait_for(follower.outcome(), stack, search).await;
                only_referral(first, &zone, &question, search)
            }
            Share::Follows(follower) => {
                let first = self.wait_for(follower.outcome(), stack, search).await;
                as_own(first, search)
            }
            Share::Leads(leader) => {
                let own = stack.running().question();
                let servers = search.minimisation.capable(&question, own, &zone, servers);
                let Some(attempt) = self.choose(&servers, &question, stack, search) else {
                    self.give_up_all(&servers, None, stack, search);
                    return Ok(());
                };
                self.lead(leader, attempt, stack, search).await?
            }
        };
        match first {
            First::Awaited(Some(outcome)) => {
                let Outcome { server, reply } = Arc::unwrap_or_clone(outcome);
                if !is_usable(&reply) {
                    // A query with and without EDNS is two; that of another search counts as one.
                    search
                        .futile
                        .count(&zone, search.queries.saturating_sub(before).max(1));
                }
                self.handle_outcome(server, &question, reply, stack, search);
            }
            // The search that sent the query has ended early, or its reply is unusable here: this
            // search sends the next query.
            First::Awaited(None) => {}
            First::Late(late) => {
                self.handle_late(*late, stack, search);
            }
        }
        Ok(())
    }

    /// Returns the zone whose servers are queried, and the question that they receive: that of the
    /// walk on top, or as much of its name as they need and the cache does not know.
    fn next_query<R>(
        &self,
        servers: &[IpAddr],
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> (Name, Question) {
        let walk = stack.top();
        let (zone, question) = (walk.zone().clone(), walk.question());
        if self.knowledge.is_forwarded(&zone) {
            return (zone, question.clone());
        }
        loop {
            let sent = search.minimisation.question(question, &zone, servers);
            if sent == *question {
                return (zone, sent);
            }
            if self.denied_parts.contains(&zone, &sent.qname) {
                search.minimisation.turn_off(question, &zone);
                continue;
            }
            let Some(answer) = self.knowledge.cached_answer(&sent) else {
                return (zone, sent);
            };
            let minimisation = &mut search.minimisation;
            minimisation.note_cached(&sent, question, &zone, &answer);
        }
    }

    /// Makes an attempt at a server, and publishes its outcome: that of the query, or the late
    /// reply to an earlier one.
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
                if let Ok(kind) = &reply {
                    self.store(zone, question, stack.running().question(), kind, search);
                }
                let reply = reply.map_err(|error| NoReply {
                    text: failure_text(&error),
                    is_timeout: matches!(error, ExchangeError::Timeout { .. }),
                    may_try_again: may_try_again(&attempt, &error),
                    is_dead: attempt.is_dead,
                    is_local: attempt_outcome(&Err(error)).is_none(),
                });
                let server = attempt.server;
                Ok(First::Awaited(Some(
                    leader.publish(Outcome { server, reply }),
                )))
            }
            First::Late(late) => {
                let is_for = late.query.sent == *question && late.query.zone == *zone;
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

    /// Stores the reply to `sent`, which is the walk's question or a part of it, in the cache.
    pub(crate) fn store<R>(
        &self,
        zone: &Name,
        sent: &Question,
        question: &Question,
        kind: &ReplyKind,
        search: &Search<'_, R>,
    ) {
        match kind {
            // An answer without AA is stored only if there is no better one: at the end.
            ReplyKind::LastResort(_) => {}
            // Names below the part may exist all the same.
            ReplyKind::Answer(Answer::NxDomain(negative))
                if search.minimisation.is_inconclusive(sent, question) =>
            {
                self.denied_parts.store(zone, &sent.qname, negative);
            }
            _ => self.knowledge.store(zone, sent, kind),
        }
    }

    /// Passes the outcome of an attempt to the walk on top. After a timeout, other servers come
    /// first.
    fn handle_outcome<R>(
        &self,
        server: IpAddr,
        sent: &Question,
        reply: Result<ReplyKind, NoReply>,
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) {
        let depth = stack.depth() + 1;
        let walk = stack.top();
        let no_reply = match reply {
            Ok(kind) => {
                search.note_progress();
                let (zone, question) = (walk.zone(), walk.question());
                let minimisation = &mut search.minimisation;
                let kind = match minimisation.interpret(sent, question, zone, server, kind) {
                    Interpreted::Reply(kind) => kind,
                    Interpreted::Longer(text) => {
                        return search.trace.add(
                            depth,
                            format_args!("{zone}  {server} asked for {}: {text}", sent.qname),
                        );
                    }
                };
                let is_minimised = sent != question;
                walk.handle_kind(server, kind);
                let line = walk.trace().last().unwrap_or_default();
                return match is_minimised {
                    true => search
                        .trace
                        .add(depth, format_args!("{line} (asked for {})", sent.qname)),
                    false => search.trace.add(depth, line),
                };
            }
            Err(no_reply) => no_reply,
        };
        search.has_failed_locally |= no_reply.is_local;
        *search.timeouts.entry(server).or_default() += 1;
        let zone = walk.zone().clone();
        let minimisation = &mut search.minimisation;
        minimisation.note_no_reply(sent, walk.question(), &zone);
        if no_reply.may_try_again {
            search.trace.add(
                depth,
                format_args!("{zone}  {server} timed out; another try may follow"),
            );
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
        question: &Question,
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> Option<Attempt> {
        let time_left = search.time_left(stack.depth());
        let may_be_queried = |server: &IpAddr| self.selection.exclusion(*server).is_none();
        let mut servers: Vec<IpAddr> = servers.iter().copied().filter(may_be_queried).collect();
        search.prefer_not_rejected(&mut servers);
        if servers.is_empty() || time_left.is_zero() {
            return None;
        }
        let Search {
            timeouts, random, ..
        } = search;
        let zone = stack.top().zone();
        let choice = (self.selection).choose(zone, question, &servers, timeouts, time_left, random);
        let mut attempt = choice?;
        attempt.with_edns |= search.needs_edns(attempt.server);
        Some(attempt)
    }

    /// Has the walk give up servers of which none can be chosen, with the common reason, or each
    /// with its own.
    fn give_up_all<R>(
        &self,
        servers: &[IpAddr],
        common: Option<&str>,
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) {
        let depth = stack.depth() + 1;
        let walk = stack.top();
        for server in servers {
            let own = self.selection.exclusion(*server);
            let reason = common.or(own.as_deref());
            walk.handle_failure(*server, reason.unwrap_or("is not queried"));
            let line = walk.trace().last().unwrap_or_default();
            search.trace.add(depth, line);
        }
    }
}

/// Whether a reply leads on.
fn is_usable(reply: &Result<ReplyKind, NoReply>) -> bool {
    matches!(reply, Ok(ReplyKind::Answer(_) | ReplyKind::Referral(_)))
}

/// Returns the outcome of another search's query, as one for this search: the other one may have had
/// its last try at the server, and this one its first.
fn as_own<R>(
    first: First<Option<Arc<Outcome>>>,
    search: &Search<'_, R>,
) -> First<Option<Arc<Outcome>>> {
    let First::Awaited(Some(outcome)) = first else {
        return first;
    };
    let mut outcome = Arc::unwrap_or_clone(outcome);
    let is_first = !search.timeouts.contains_key(&outcome.server);
    if let Err(no_reply) = &mut outcome.reply {
        no_reply.may_try_again |= no_reply.is_timeout && !no_reply.is_dead && is_first;
    }
    First::Awaited(Some(Arc::new(outcome)))
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
    search.waits.note(zone, question, is_reply);
    First::Awaited(outcome.filter(|it| is_of_use(it)))
}

/// Returns the names of servers that come before a further query to the known addresses of the walk
/// on top: all of those have timed out, and these had fewer tries. A server whose IPv4 addresses
/// have timed out may have an IPv6 address.
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
