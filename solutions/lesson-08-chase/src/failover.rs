//! Failover (given): after a timeout, the resolver goes on with other servers, and comes back to
//! this one only when all of them have had as many tries.
//!
//! A zone has several servers, so that some of them may fail. That holds for the zones of the
//! servers' *names* as well: if the lookup of one name waits for a server that does not reply, the
//! next name comes first. The lookup is not lost: it is *postponed*, and goes on where it was.
//!
//! ```text
//!     www.shop.test A              stack                 postponed
//!       ns.silent.example A        shop, ns.silent                        its server times out
//!       ns.good.example A          shop, ns.good         ns.silent        the next name's turn
//! ```
//!
//! If the reply comes after all, it goes to the walk that it was for, on the stack or postponed.

use std::net::IpAddr;

use dnsparse::{Name, Question};
use iterate::{Step, Walk};
use network::Network;
use referral::{Answer, ReplyKind};

use crate::hooks::{AttemptOutcome, Knowledge, ServerSelection};
use crate::interpret::attempt_outcome;
use crate::late::{LateReply, SentQuery, is_decisive};
use crate::minimise::Interpreted;
use crate::resolver::Resolver;
use crate::search::Search;
use crate::stack::{Stack, addresses};

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Postpones the lookup on top of the stack, after a timeout, if one of the walks below it has
    /// another server that had fewer tries. Returns whether it has.
    pub(crate) fn fail_over<R>(&self, stack: &mut Stack, search: &mut Search<'_, R>) -> bool {
        (0..stack.depth())
            .rev()
            .any(|depth| self.postpone(depth, stack, search))
    }

    /// Notes, during a lookup, that all servers of the current zone have timed out: for the lookups
    /// of other names in that zone.
    pub(crate) fn note_silence<R>(&self, stack: &mut Stack, search: &mut Search<'_, R>) {
        let depth = stack.depth();
        let walk = stack.top();
        let has_replied = |server: &IpAddr| !search.timeouts.contains_key(server);
        let is_silent = match walk.step() {
            Step::Ask(servers) => !servers.iter().any(has_replied),
            _ => true,
        };
        if depth > 0 && is_silent {
            search.lookups.count_failure(walk.zone());
        }
    }

    /// Postpones a lookup that has used up its share of the time, if there is another server that
    /// had fewer tries. Otherwise the lookup gets another share.
    pub(crate) fn check_shares<R>(&self, stack: &mut Stack, search: &mut Search<'_, R>) -> bool {
        for depth in 1..=stack.depth() {
            if search.time_left(depth).is_zero() {
                if self.postpone(depth - 1, stack, search) {
                    return true;
                }
                (depth..=stack.depth()).for_each(|depth| search.start_share(depth));
            }
        }
        false
    }

    /// Postpones the lookup for the walk at a depth, if that has another server to try.
    fn postpone<R>(&self, depth: usize, stack: &mut Stack, search: &mut Search<'_, R>) -> bool {
        let Some(name) = stack.above.get(depth).map(|it| it.question().qname.clone()) else {
            return false;
        };
        let tries = search.lookups.times_postponed(&name) + 1;
        let Some(walk) = stack.walk(depth) else {
            return false;
        };
        let is_other =
            |other: &Name| *other != name && search.lookups.times_postponed(other) < tries;
        if !walk.to_look_up().iter().any(is_other) {
            return false;
        }
        search.lookups.count_postponed(&name);
        stack.postpone(depth);
        search.trace.add(
            depth + 1,
            format_args!("{name} has to wait: other servers come first"),
        );
        true
    }

    /// Passes a late reply to the walk that waits for it. Returns whether the reply decides where
    /// that walk goes on.
    pub(crate) fn handle_late<R>(
        &self,
        late: LateReply,
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> bool {
        let LateReply { query, kind, .. } = late;
        let SentQuery {
            question,
            sent,
            zone,
            ..
        } = &query;
        let server = query.attempt.server;
        let minimisation = &mut search.minimisation;
        let kind = match minimisation.interpret(sent, question, zone, server, kind) {
            Interpreted::Reply(kind) => kind,
            Interpreted::Longer(text) => {
                let depth = stack.take_back(question, zone, server);
                search.trace.add(
                    depth.unwrap_or_default() + 1,
                    format_args!("{zone}  {server} asked for {}: {text} (late)", sent.qname),
                );
                return depth.is_some();
            }
        };
        let is_decisive = is_decisive(&kind);
        let handled = stack.handle_late(question, zone, server, kind);
        if let Some((depth, line)) = handled {
            search.trace.add(depth + 1, format_args!("{line} (late)"));
        }
        is_decisive
    }

    /// Reports a late reply to the selection of servers, and stores it in the cache. Returns whether
    /// a walk waits for it.
    pub(crate) fn note_late<R>(
        &self,
        late: &LateReply,
        stack: &Stack,
        search: &mut Search<'_, R>,
    ) -> bool {
        let LateReply {
            query, kind, via, ..
        } = late;
        let SentQuery {
            question,
            sent,
            zone,
            ..
        } = query;
        let minimisation = &mut search.minimisation;
        let took = (*via == network::Via::Udp).then_some(late.took);
        if let Some(mut outcome) = attempt_outcome(&Ok((kind.clone(), took))) {
            if let AttemptOutcome::Reply { is_lame, .. } = &mut outcome {
                *is_lame &= !minimisation.is_inconclusive(sent, question);
            }
            self.selection
                .handle_outcome(zone, &query.attempt, &outcome);
        }
        let is_awaited = stack.is_waiting_for(question, zone)
            && minimisation.note_late(sent, question, zone, kind);
        search.timeouts.remove(&query.attempt.server);
        self.store(zone, sent, question, kind, search);
        if late.is_decisive() {
            search.note_progress();
        }
        is_awaited
    }
}

impl Stack {
    /// Returns the walk at a depth.
    pub(crate) fn walk(&self, depth: usize) -> Option<&Walk> {
        match depth.checked_sub(1) {
            None => Some(&self.bottom),
            Some(index) => self.above.get(index),
        }
    }

    /// Returns the servers of the walk on top whose IPv4 addresses are known, and whose IPv6
    /// addresses may still be looked up.
    pub(crate) fn without_ipv6_lookup(&self) -> Vec<Name> {
        let walk = self.running();
        let names = walk.server_names().filter(|name| walk.may_look_up(name));
        names
            .filter(|name| self.looked_up_a.contains(name))
            .cloned()
            .collect()
    }

    /// Takes the lookup for the walk at a depth off the stack, with those nested in it, and keeps
    /// it for later.
    fn postpone(&mut self, depth: usize) {
        let lookups = self.above.split_off(depth);
        if let Some(lookup) = lookups.into_iter().next() {
            self.top().postpone_lookup(&lookup.question().qname);
            self.postponed.push(lookup);
        }
    }

    /// Puts a postponed lookup on top again. Returns whether there is one for this question.
    pub(crate) fn resume_lookup(&mut self, question: &Question) -> bool {
        let place = (self.postponed.iter()).position(|walk| walk.question() == question);
        let is_in_stack = |walk: &Walk| walk.question().qname == question.qname;
        if is_in_stack(&self.bottom) || self.above.iter().any(is_in_stack) {
            return false;
        }
        let lookup = place.map(|place| self.postponed.remove(place));
        let is_found = lookup.is_some();
        self.above.extend(lookup);
        is_found
    }

    /// Whether a walk, on the stack or postponed, waits for the answer to this question from a
    /// server of this zone.
    pub(crate) fn is_waiting_for(&self, question: &Question, zone: &Name) -> bool {
        let walks = std::iter::once(&self.bottom).chain(&self.above);
        let mut walks = walks.chain(&self.postponed);
        walks.any(|walk| walk.question() == question && walk.zone() == zone)
    }

    /// Passes a late reply to the walk that it was for. If that walk can go on now, the lookups
    /// above it are no longer needed. Returns the depth of the walk, and the line of its trace; none
    /// if the walk has ended, or has no use for the reply.
    fn handle_late(
        &mut self,
        question: &Question,
        zone: &Name,
        server: IpAddr,
        kind: ReplyKind,
    ) -> Option<(usize, String)> {
        let is_for = |walk: &Walk| walk.question() == question && walk.zone() == zone;
        let is_decisive = is_decisive(&kind);
        if let Some(depth) = self.depth_of(question, zone) {
            let walk = self.walk_mut(depth)?;
            if !is_decisive && walk.has_given_up(server) {
                return None;
            }
            walk.handle_kind(server, kind);
            let line = walk.trace().last().unwrap_or_default();
            if is_decisive {
                self.above.truncate(depth);
            }
            return Some((depth, line));
        }
        let place = self.postponed.iter().position(is_for)?;
        let walk = self.postponed.get_mut(place)?;
        if !is_decisive && walk.has_given_up(server) {
            return None;
        }
        let step = walk.handle_kind(server, kind);
        let line = walk.trace().last().unwrap_or_default();
        if let Step::Done(result @ Ok(Answer::Positive(_))) = step {
            let lookup = self.postponed.remove(place);
            self.pass_down(&lookup, &addresses(&lookup.question().qname, &result));
        }
        Some((self.depth(), line))
    }

    /// Takes back a server that a walk has given up, since it sent a late reply to a part of the
    /// walk's name: the walk goes on at that server. If it is on the stack, the lookups above it are
    /// no longer needed. Returns its depth.
    fn take_back(&mut self, question: &Question, zone: &Name, server: IpAddr) -> Option<usize> {
        if let Some(depth) = self.depth_of(question, zone) {
            self.walk_mut(depth)?.take_back(server);
            self.above.truncate(depth);
            return Some(depth);
        }
        let is_for = |walk: &&mut Walk| walk.question() == question && walk.zone() == zone;
        self.postponed.iter_mut().find(is_for)?.take_back(server);
        Some(self.depth())
    }

    /// Returns the depth of the walk for a question that has reached a zone, if it is on the stack.
    fn depth_of(&self, question: &Question, zone: &Name) -> Option<usize> {
        let mut walks = std::iter::once(&self.bottom).chain(&self.above);
        walks.position(|walk| walk.question() == question && walk.zone() == zone)
    }

    fn walk_mut(&mut self, depth: usize) -> Option<&mut Walk> {
        match depth.checked_sub(1) {
            None => Some(&mut self.bottom),
            Some(index) => self.above.get_mut(index),
        }
    }

    /// Passes the addresses that a postponed lookup has found after all to the walks that need
    /// them. The lowest of those goes on at once.
    fn pass_down(&mut self, lookup: &Walk, addresses: &[IpAddr]) {
        let name = &lookup.question().qname;
        let needs = |walk: &Walk| walk.to_look_up().contains(name);
        let index = self.above.iter().position(needs);
        let walk = match (needs(&self.bottom), index) {
            (true, _) => {
                self.above.clear();
                &mut self.bottom
            }
            (false, Some(index)) => {
                self.above.truncate(index + 1);
                self.top()
            }
            (false, None) => return,
        };
        walk.handle_addresses(name, addresses);
    }
}
