//! Last resorts (given): before a walk fails, the resolver falls back on the servers and addresses
//! that the parent zone has, and then on an answer without AA.
//!
//! A zone's own servers know best, but a zone may be wrong about itself: its server's address may
//! have changed in the parent zone alone, or its glue may be missing from the referral. unbound
//! calls the addresses that the parent zone has *parent-side*.

use std::net::IpAddr;

use dnsparse::{Class, Name, Question, RecordType};
use iterate::WalkResult;
use network::Network;
use referral::ReplyKind;

use crate::hooks::{Knowledge, ServerSelection};
use crate::resolution::ResolutionFailure;
use crate::resolver::Resolver;
use crate::search::Search;
use crate::stack::Stack;

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Finds something more to try before the walk on top of the stack fails, or ends with an
    /// answer without AA. Returns whether there is: then the walk goes on. Otherwise the end of the
    /// walk is passed to the cache.
    pub(crate) async fn find_last_resort<R>(
        &self,
        result: &WalkResult,
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> bool {
        let is_last_resort = stack.top().is_last_resort();
        if result.is_ok() && !is_last_resort {
            return false;
        }
        let may_query = !search.futile.is_exhausted(stack.top().zone());
        let has_more = may_query
            && (self.add_parent_side(stack, search) || self.look_up_at_parent(stack, search));
        if has_more || self.await_late_reply(stack, search).await {
            return true;
        }
        let depth = stack.depth();
        let walk = stack.top();
        // With another stack below it, or more lookups left, the same walk may end better.
        let is_limited =
            search.lookups.is_limited(&walk.question().qname) || search.has_failed_locally;
        match result {
            Ok(answer) => {
                if !is_limited {
                    let kind = ReplyKind::LastResort(answer.clone());
                    self.knowledge.store(walk.zone(), walk.question(), &kind);
                }
                let zone = walk.zone();
                search.trace.add(
                    depth + 1,
                    format_args!("{zone}  no better reply: the answer without AA is used"),
                );
            }
            // The failure of the search itself is stored at its end; and if this machine is
            // offline, no server has failed.
            Err(failure) if depth > 0 && !self.selection.routes().is_offline() => {
                search.lookups.count_failure(&failure.zone);
                if !is_limited {
                    let failure = ResolutionFailure::NoServer(failure.clone());
                    self.knowledge.store_failure(walk.question(), &failure);
                }
            }
            Err(_) => {}
        }
        false
    }

    /// Waits for the late replies to the queries of the walk on top; or has other servers come
    /// first meanwhile.
    async fn await_late_reply<R>(&self, stack: &mut Stack, search: &mut Search<'_, R>) -> bool {
        let walk = stack.top();
        let (question, zone) = (walk.question().clone(), walk.zone().clone());
        search.late.may_come(&question, &zone)
            && (self.fail_over(stack, search) || self.wait_for_late_reply(stack, search).await)
    }

    /// Adds the glue of the zone's servers that was not tried, since the servers' own zones have
    /// replaced it by other addresses; and the servers that the parent zone lists, if the zone
    /// itself lists others.
    fn add_parent_side<R>(&self, stack: &mut Stack, search: &mut Search<'_, R>) -> bool {
        let depth = stack.depth() + 1;
        let walk = stack.top();
        let zone = walk.zone().clone();
        let names: Vec<Name> = walk.server_names().cloned().collect();
        let mut is_new = false;
        for name in names {
            let glue = self.knowledge.glue(&name);
            let untried: Vec<IpAddr> = (glue.into_iter())
                .filter(|address| !walk.has_given_up(*address))
                .collect();
            if !untried.is_empty() {
                walk.handle_addresses(&name, &untried);
                search.trace.add(
                    depth,
                    format_args!("{zone}  tries {name} at the address that its parent has"),
                );
                is_new = true;
            }
        }
        if walk.add_servers(self.knowledge.parent_side(&zone)) {
            search.trace.add(
                depth,
                format_args!("{zone}  tries the servers that its parent lists"),
            );
            is_new = true;
        }
        is_new
    }

    /// Starts a walk from the parent zone for the address of a server that came without glue.
    fn look_up_at_parent<R>(&self, stack: &mut Stack, search: &mut Search<'_, R>) -> bool {
        let walk = stack.top();
        let (zone, names) = (walk.zone().clone(), walk.without_glue());
        if names.is_empty() || zone.is_root() {
            return false;
        }
        // The closest delegation for the DS records of a zone is that of its parent (RFC 4035
        // section 2.4).
        let parent = self.knowledge.closest_delegation(&Question {
            qname: zone.clone(),
            qtype: RecordType::DS,
            qclass: Class::IN,
        });
        for name in names {
            let has_failed = self
                .knowledge
                .cached_failure(&stack.question_for(&name))
                .is_some();
            let exclusion = search.lookups.exclusion(&name, &zone, &parent.zone);
            if exclusion.is_some() {
                search.lookups.limit(stack);
            }
            if has_failed || exclusion.is_some() {
                continue;
            }
            if stack.start_lookup(&name, parent.clone()) {
                search.lookups.count(&zone);
                search.start_share(stack.depth());
                let walk = stack.running();
                search.minimisation.turn_off(walk.question(), walk.zone());
                search.trace.add(
                    stack.depth(),
                    format_args!("{name} came without glue: its parent is asked"),
                );
                return true;
            }
        }
        false
    }
}
