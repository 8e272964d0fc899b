//! Looks up the address of a server for the walk that needs it (given). Lessons 9 and 10 put
//! addresses into the cache.

use dnsparse::Name;
use network::Network;

use crate::hooks::{Knowledge, ServerSelection};
use crate::resolver::Resolver;
use crate::search::{MAX_LOOKUPS, Search};
use crate::stack::Stack;

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Looks up the first of the servers: in the cache, or by a walk of its own on top of the
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
        let with_addresses = |name| Some((name, self.knowledge.cached_addresses(name)?));
        let cached = names.iter().find_map(with_addresses);
        if let Some((name, addresses)) = &cached {
            let walk = stack.top();
            // The cached addresses may be the glue that was tried in vain: then the zone of the
            // name is queried.
            if addresses.is_empty() || !addresses.iter().all(|it| walk.has_given_up(*it)) {
                walk.handle_addresses(name, addresses);
                return;
            }
        }
        let Some(name) = cached.map(|(name, _)| name).or(names.first()) else {
            return;
        };
        let question = stack.question_for(name);
        let (depth, qtype) = (stack.depth() + 1, question.qtype);
        let reason = match self.knowledge.cached_failure(&question) {
            Some(_) => Some("its lookup failed a moment ago".to_owned()),
            None if search.time_left(stack.depth()).is_zero() => Some("its time is up".to_owned()),
            None if search.lookups >= MAX_LOOKUPS => {
                Some(format!("{MAX_LOOKUPS} names were already"))
            }
            None => None,
        };
        if let Some(reason) = reason {
            stack.top().handle_addresses(name, &[]);
            let line = format_args!("{name} is not looked up: {reason}");
            search.trace.add(depth, line);
            return;
        }
        if stack.start_lookup(name, self.knowledge.closest_delegation(&question)) {
            search.trace.add(depth, format_args!("{name} {qtype}"));
            if let Some(answer) = self.knowledge.cached_answer(&question) {
                search.trace.add(depth + 1, "answered from the cache");
                stack.finish_walk(Ok(answer));
            } else {
                search.start_lookup(stack.depth());
            }
        } else {
            let reason = "is not looked up: that would be a loop, or too deep";
            search.trace.add(depth, format_args!("{name} {reason}"));
        }
    }
}
