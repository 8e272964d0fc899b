//! Looks up the address of a server for the walk that needs it (given). Lessons 9 and 10 put
//! addresses into the cache.

use dnsparse::Name;
use iterate::Step;
use network::Network;
use referral::MAX_ADDRESSES;

use crate::hooks::{Knowledge, ServerSelection};
use crate::resolver::Resolver;
use crate::search::Search;
use crate::stack::Stack;

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Finds the address of one of the servers: in the cache, or by a walk of its own on top of the
    /// stack.
    pub(crate) async fn look_up_first<R>(
        &self,
        names: &[Name],
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) {
        // The deadline can only end a task that yields: without this, a loop within the cache would
        // never end.
        tokio::task::yield_now().await;
        if search.futile.is_exhausted(stack.top().zone()) {
            let walk = stack.top();
            for name in names {
                walk.handle_addresses(name, &[]);
            }
            return;
        }
        if self.use_cached_addresses(names, stack) {
            return;
        }
        let Some(name) = names.first() else { return };
        let question = stack.question_for(name);
        let (depth, qtype) = (stack.depth() + 1, question.qtype);
        if stack.resume_lookup(&question) {
            search
                .trace
                .add(depth, format_args!("{name} {qtype} again"));
            search.start_share(depth);
            return;
        }
        let start = self.knowledge.closest_delegation(&question);
        let known = self.known_answer(&question);
        let zone = stack.top().zone().clone();
        if known.is_none() {
            let reason = match self.knowledge.cached_failure(&question) {
                Some(_) => Some("its lookup failed a moment ago".to_owned()),
                None => {
                    let excluded = search.lookups.exclusion(name, &zone, &start.zone);
                    excluded.inspect(|_| search.lookups.limit(stack))
                }
            };
            if let Some(reason) = reason {
                stack.top().handle_addresses(name, &[]);
                return search
                    .trace
                    .add(depth, format_args!("{name} is not looked up: {reason}"));
            }
        }
        if !stack.start_lookup(name, start) {
            search.lookups.limit(stack);
            let reason = "is not looked up: that would be a loop, or too deep";
            return search.trace.add(depth, format_args!("{name} {reason}"));
        }
        search.trace.add(depth, format_args!("{name} {qtype}"));
        match known {
            Some((answer, source)) => {
                search.trace.add(depth + 1, source);
                stack.finish_walk(Ok(answer));
            }
            None => {
                search.lookups.count(&zone);
                search.futile.count(&zone, 1);
                search.start_share(depth);
            }
        }
    }

    /// Passes the cached addresses of the servers to the walk on top, except those that it has
    /// already. Cached addresses cost nothing, so they come before any lookup. Returns whether
    /// there are any.
    ///
    /// The cached addresses may be glue that has failed: then the name is looked up after all.
    fn use_cached_addresses(&self, names: &[Name], stack: &mut Stack) -> bool {
        let walk = stack.top();
        let known = match walk.step() {
            Step::Ask(addresses) => addresses,
            _ => Vec::new(),
        };
        let mut has_found = false;
        for name in names {
            let Some(mut addresses) = self.knowledge.cached_addresses(name) else {
                continue;
            };
            addresses.truncate(MAX_ADDRESSES);
            if addresses.is_empty() {
                walk.handle_addresses(name, &[]);
                has_found = true;
            } else if (addresses.iter()).any(|it| !walk.has_given_up(*it) && !known.contains(it)) {
                walk.handle_addresses(name, &addresses);
                walk.postpone_lookup(name);
                has_found = true;
            }
        }
        has_found
    }
}
