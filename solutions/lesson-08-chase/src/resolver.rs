//! [`Resolver`]: drives walks over a network, within its limits.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Question};
use iterate::{Step, Walk, WalkFailure};
use network::{Network, Via};
use rand::Rng;
use referral::{Answer, Delegation, ReplyKind};
use tokio::time::{Instant, timeout};
use transport::{ExchangeError, Reply, RetryPolicy, exchange};

use crate::chase::{Chase, Next, Resolution, ResolutionFailure};
use crate::hooks::{Attempt, AttemptOutcome, InOrder, Knowledge, ServerSelection, TimeoutCounts};
use crate::interpret::{
    attempt_outcome, cannot_read, classify_reply, in_words, may_try_again, used_tcp,
};
use crate::stack::Stack;
use crate::trace::Trace;

/// How many upstream queries one answer may cost.
pub const BUDGET: usize = 100;
/// How many walks for servers' names one answer may cost, whatever they find. A zone that is served from another takes one, and that
/// other may be served from a third; as many as there may be aliases ([`crate::MAX_ALIASES`]) leave one to each name on the way. Who
/// wants more wants others to be asked for names that do not exist (NXNSAttack, CVE-2020-12662).
pub const MAX_LOOKUPS: usize = 16;
/// By when there is an answer, or the failure to find one: dig and most stub resolvers give up after 5 seconds.
pub const DEADLINE: Duration = Duration::from_millis(4_500);

/// How long TCP may take at least, however quick the server is over UDP: a connection, the question, and as many round trips more as a
/// long reply needs to come up to speed. Where one round trip may take longer than a third of this, three of them.
const TCP_TIMEOUT: Duration = Duration::from_secs(1);

/// What finds answers by asking the servers of the world.
#[derive(Debug, Clone)]
pub struct Resolver<N, K = Delegation, C = InOrder> {
    network: N,
    knowledge: K,
    selection: C,
    port: u16,
    queries: Arc<AtomicU64>,
}

/// The search for one answer: what it has cost so far, and what happened.
struct Search<'r, R> {
    random: &'r mut R,
    trace: &'r mut Trace,
    queries: usize,
    /// How many walks there were for servers' names.
    lookups: usize,
    tries: TimeoutCounts,
    began: Instant,
}

impl<N: Network, K: Knowledge> Resolver<N, K> {
    /// A resolver that knows this, such as the root hints, and asks servers in their order.
    pub fn new(network: N, knowledge: K) -> Resolver<N, K> {
        Resolver {
            network,
            knowledge,
            selection: InOrder,
            port: 53,
            queries: Arc::default(),
        }
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Resolver<N, K, C> {
    /// The same, but asking servers on another port than 53: for tests, where all of them are on this machine.
    #[must_use]
    pub fn with_port(self, port: u16) -> Resolver<N, K, C> {
        Resolver { port, ..self }
    }

    /// The same, but choosing among servers in another way.
    #[must_use]
    pub fn with_selection<D: ServerSelection>(self, selection: D) -> Resolver<N, K, D> {
        Resolver {
            network: self.network,
            knowledge: self.knowledge,
            selection,
            port: self.port,
            queries: self.queries,
        }
    }

    /// Where it asks.
    pub fn network(&self) -> &N {
        &self.network
    }

    /// What it knows.
    pub fn knowledge(&self) -> &K {
        &self.knowledge
    }

    /// How it chooses.
    pub fn selection(&self) -> &C {
        &self.selection
    }

    /// How many questions it has asked servers, for all its answers together.
    pub fn upstream_queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    /// Finds the answer to a question, or fails, within [`DEADLINE`].
    pub async fn resolve(
        &self,
        question: &Question,
        random: &mut (impl Rng + Send),
        trace: &mut Trace,
    ) -> Resolution {
        let mut search = Search {
            random,
            trace,
            queries: 0,
            lookups: 0,
            tries: TimeoutCounts::new(),
            began: Instant::now(),
        };
        let mut resolution = match self.knowledge.cached_failure(question) {
            Some(failure) => Resolution::failed(failure),
            None => self.search(question, &mut search).await,
        };
        resolution.queries = search.queries;
        if let Some(failure) = &resolution.failure {
            trace.tell(0, format_args!("{}: {failure}", resolution.rcode));
        }
        resolution
    }

    /// The chase, within its time.
    async fn search<R: Rng + Send>(
        &self,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Resolution {
        let resolution = match timeout(DEADLINE, self.chase(question, search)).await {
            Ok(resolution) => resolution,
            Err(_elapsed) => {
                Resolution::failed(ResolutionFailure::DeadlineExceeded { limit: DEADLINE })
            }
        };
        if let Some(failure) = &resolution.failure {
            self.knowledge.store_failure(question, failure);
        }
        resolution
    }

    /// Walk after walk, along the aliases. What was asked for one counts for all: an alias is no way to a new budget.
    async fn chase<R: Rng + Send>(
        &self,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Resolution {
        let mut chase = Chase::new(question.clone());
        let mut question = question.clone();
        // todo: In a loop: `walk` for the question; tell the chase what it `handle_answer`; go on with the next question, or return the
        // end. Where the walk has used up the budget, the resolution has failed by that failure.
        loop {
            let next = match self.walk(&question, search).await {
                Ok(ended) => chase.handle_answer(ended),
                Err(failure) => return Resolution::failed(failure),
            };
            match next {
                Next::Walk(next) => question = next,
                Next::End(resolution) => return resolution,
            }
        }
        // end todo
    }

    /// One walk, with those within it; or what is known already. Fails where the budget is used up.
    async fn walk<R: Rng + Send>(
        &self,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Result<Result<Answer, WalkFailure>, ResolutionFailure> {
        let Question { qname, qtype, .. } = question;
        search.trace.tell(0, format_args!("{qname} {qtype}"));
        if let Some(outcome) = self.knowledge.cached_answer(question) {
            search.trace.tell(1, "is known");
            return Ok(Ok(outcome));
        }
        let mut stack = Stack::new(
            question.clone(),
            self.knowledge.closest_delegation(question),
        );
        stack.seeks_ipv6 = self.selection.wants_ipv6();
        // todo: In a loop, do what the stack's `step` says: ask one of the servers (`ask_one`); seek the first of the names
        // (`seek_one`); when it is Done, `finish` that walk, and return what comes out of the last one.
        loop {
            match stack.step() {
                Step::Ask(servers) => self.ask_one(&servers, &mut stack, search).await?,
                Step::AddressOf(names) => self.seek_one(&names, &mut stack, search).await,
                Step::Done(ended) => {
                    if let Some(ended) = stack.finish(ended) {
                        return Ok(ended);
                    }
                }
            }
        }
        // end todo
    }

    /// Asks one of some servers what the walk on top wants to know, and tells it what came of it.
    async fn ask_one<R: Rng + Send>(
        &self,
        servers: &[IpAddr],
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> Result<(), ResolutionFailure> {
        let depth = stack.depth() + 1;
        let walk = stack.top();
        let Some(attempt) = self.choose(servers, walk, search) else {
            self.dismiss(servers, walk, depth, search);
            return Ok(());
        };
        let (zone, question) = (walk.zone().clone(), walk.question().clone());
        let server = attempt.server;
        match self.ask(&zone, &attempt, &question, search).await? {
            Ok(reading) => {
                self.knowledge.store(&zone, &question, &reading);
                walk.handle_kind(server, reading);
            }
            Err(error) => {
                *search.tries.entry(server).or_default() += 1;
                if may_try_again(&attempt, &error) {
                    let said = format_args!("{zone}  {server} is silent, for now");
                    search.trace.tell(depth, said);
                    return Ok(());
                }
                walk.handle_failure(server, in_words(&error));
            }
        }
        let told = walk.trace().last().unwrap_or_default();
        search.trace.tell(depth, told);
        Ok(())
    }

    /// Whom to ask next of those who may be asked at all, and how.
    fn choose<R: Rng + Send>(
        &self,
        servers: &[IpAddr],
        walk: &Walk,
        search: &mut Search<'_, R>,
    ) -> Option<Attempt> {
        let may_be_asked = |server: &IpAddr| self.selection.exclusion(*server).is_none();
        let servers: Vec<IpAddr> = servers.iter().copied().filter(may_be_asked).collect();
        let left = DEADLINE.saturating_sub(search.began.elapsed());
        let Search { tries, random, .. } = search;
        match servers.is_empty() {
            true => None,
            false => self
                .selection
                .choose(walk.zone(), &servers, tries, left, random),
        }
    }

    /// Tells the walk that nobody who is left may be asked, and why not.
    fn dismiss<R>(
        &self,
        servers: &[IpAddr],
        walk: &mut Walk,
        depth: usize,
        search: &mut Search<'_, R>,
    ) {
        for server in servers {
            let why = self.selection.exclusion(*server);
            walk.handle_failure(*server, why.as_deref().unwrap_or("is not asked"));
            let told = walk.trace().last().unwrap_or_default();
            search.trace.tell(depth, told);
        }
    }

    /// Asks one server one question: with EDNS, and where the server cannot read that, without (RFC 6891 section 7).
    async fn ask<R: Rng + Send>(
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
        let mut reply = self.question(&attempt, &first, search).await?;
        if attempt.with_edns && reply.as_ref().is_ok_and(cannot_read) {
            began = Instant::now();
            reply = self.question(&attempt, &plain, search).await?;
            if reply.as_ref().is_ok_and(|reply| !cannot_read(reply)) {
                self.selection
                    .handle_outcome(zone, &attempt, &AttemptOutcome::NoEdns);
            }
            attempt.with_edns = false;
        }
        let took = began.elapsed();
        let reading = reply.map(|reply| (classify_reply(&reply, question, zone), reply.via));
        if let Some(came) = attempt_outcome(&reading, took) {
            self.selection.handle_outcome(zone, &attempt, &came);
        }
        Ok(reading.map(|(reading, _)| reading))
    }

    /// Looks for the address of the first of some servers: in what is known, or by a walk of its own on top.
    async fn seek_one<R>(&self, names: &[Name], stack: &mut Stack, search: &mut Search<'_, R>) {
        // The deadline is looked at only where something is waited for: without this, a circle in what is known would never end.
        tokio::task::yield_now().await;
        let Some(name) = names.first() else { return };
        if let Some(addresses) = self.knowledge.cached_addresses(name) {
            let walk = stack.top();
            // What is known may be the glue that was of no use: then the zone that the name lies in is asked.
            if addresses.is_empty() || !addresses.iter().all(|it| walk.has_given_up(*it)) {
                walk.handle_addresses(name, &addresses);
                return;
            }
        }
        let question = stack.question_for(name);
        let (depth, qtype) = (stack.depth() + 1, question.qtype);
        if search.lookups >= MAX_LOOKUPS {
            stack.top().handle_addresses(name, &[]);
            let said = format_args!("{name} is not sought: {MAX_LOOKUPS} names were");
            search.trace.tell(depth, said);
            return;
        }
        if stack.seek(name, self.knowledge.closest_delegation(&question)) {
            search.trace.tell(depth, format_args!("{name} {qtype}"));
            if let Some(outcome) = self.knowledge.cached_answer(&question) {
                search.trace.tell(depth + 1, "is known");
                stack.finish(Ok(outcome));
            } else {
                search.lookups += 1;
            }
        } else {
            let why = "is not sought: it would be a circle, or too deep";
            search.trace.tell(depth, format_args!("{name} {why}"));
        }
    }

    /// One question upstream, and a second where the reply was truncated and had to be fetched over TCP: that costs the server more
    /// than the first. (So the last question that the budget allows may be two.)
    async fn question<R: Rng + Send>(
        &self,
        attempt: &Attempt,
        query: &DnsPacket,
        search: &mut Search<'_, R>,
    ) -> Result<Result<Reply, ExchangeError>, ResolutionFailure> {
        if search.queries < BUDGET {
            self.queries.fetch_add(1, Ordering::Relaxed);
        }
        let reply = self.exchange(attempt, query, search).await?;
        if used_tcp(&reply) {
            self.queries.fetch_add(1, Ordering::Relaxed);
            search.queries += 1;
        }
        Ok(reply)
    }

    /// One question upstream, if there is any left of the budget.
    async fn exchange<R: Rng + Send>(
        &self,
        attempt: &Attempt,
        query: &DnsPacket,
        search: &mut Search<'_, R>,
    ) -> Result<Result<Reply, ExchangeError>, ResolutionFailure> {
        let server = SocketAddr::new(attempt.server, self.port);
        let policy = RetryPolicy {
            timeout: attempt.timeout,
            tcp_timeout: TCP_TIMEOUT.max(attempt.timeout * 3),
            tries: 1,
        };
        // todo: Refuse with OverBudget if BUDGET questions were asked; else count one more, and `exchange` the query over UDP.
        if search.queries >= BUDGET {
            return Err(ResolutionFailure::OverBudget {
                queries: search.queries,
            });
        }
        search.queries += 1;
        Ok(exchange(&self.network, server, query, Via::Udp, policy).await)
        // end todo
    }
}
