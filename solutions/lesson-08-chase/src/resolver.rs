//! [`Resolver`]: drives walks over a network, within its limits.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use dnsparse::{DnsPacket, Question, Rcode};
use iterate::{Failure, Outcome, Step};
use network::{Network, Via};
use rand::Rng;
use referral::Delegation;
use tokio::time::timeout;
use transport::{ExchangeError, Patience, exchange};

use crate::chase::{Chase, Next, Resolution, Trouble};
use crate::stack::Stack;
use crate::trace::Trace;

/// How many upstream questions one answer may cost.
pub const BUDGET: usize = 100;
/// By when there is an answer, or the failure to find one: dig and most stub resolvers give up after 5 seconds.
pub const DEADLINE: Duration = Duration::from_millis(4_500);
/// How long one server is waited for. (Lesson 11 learns it from each server.)
const PATIENCE: Patience = Patience {
    timeout: Duration::from_millis(800),
    tries: 1,
};

/// What finds answers by asking the servers of the world, from the root down.
#[derive(Debug, Clone)]
pub struct Resolver<N> {
    network: N,
    hints: Delegation,
    port: u16,
}

/// The search for one answer: what it has cost so far, and what happened.
struct Search<'r, R> {
    random: &'r mut R,
    trace: &'r mut Trace,
    asked: usize,
}

impl<N: Network> Resolver<N> {
    /// A resolver that starts with these root servers.
    pub fn new(network: N, hints: Delegation) -> Resolver<N> {
        Resolver {
            network,
            hints,
            port: 53,
        }
    }

    /// The same, but asking servers on another port than 53: for tests, where all of them are on this machine.
    #[must_use]
    pub fn with_port(self, port: u16) -> Resolver<N> {
        Resolver { port, ..self }
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
            asked: 0,
        };
        let resolution = match timeout(DEADLINE, self.chase(question, &mut search)).await {
            Ok(resolution) => resolution,
            Err(_elapsed) => Resolution::failed(Trouble::TooLate { limit: DEADLINE }),
        };
        if let Some(trouble) = &resolution.trouble {
            trace.tell(0, format_args!("{}: {trouble}", resolution.rcode));
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
        // todo: In a loop: `walk` for the question; tell the chase what it `heard`; go on with the next question, or return the
        // end. Where the walk has used up the budget, the resolution has failed by that trouble.
        loop {
            let next = match self.walk(&question, search).await {
                Ok(ended) => chase.heard(ended),
                Err(trouble) => return Resolution::failed(trouble),
            };
            match next {
                Next::Walk(next) => question = next,
                Next::End(resolution) => return resolution,
            }
        }
        // end todo
    }

    /// One walk, with those within it. Fails where the budget is used up.
    async fn walk<R: Rng + Send>(
        &self,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Result<Result<Outcome, Failure>, Trouble> {
        let mut stack = Stack::new(question.clone(), self.hints.clone());
        search
            .trace
            .tell(0, format_args!("{} {}", question.qname, question.qtype));
        // todo: In a loop, do what the stack's `step` says: ask the first of the servers (`ask_one`); seek the first of the names
        // (`seek_one`); when it is Done, `finish` that walk, and return what comes out of the last one.
        loop {
            match stack.step() {
                Step::Ask(servers) => self.ask_one(&servers, &mut stack, search).await?,
                Step::AddressOf(names) => seek_one(&names, &mut stack, search),
                Step::Done(ended) => {
                    if let Some(ended) = stack.finish(ended) {
                        return Ok(ended);
                    }
                }
            }
        }
        // end todo
    }

    /// Asks the first of some servers what the walk on top wants to know, and tells it what came of it.
    async fn ask_one<R: Rng + Send>(
        &self,
        servers: &[IpAddr],
        stack: &mut Stack,
        search: &mut Search<'_, R>,
    ) -> Result<(), Trouble> {
        let Some(server) = servers.first().copied() else {
            return Ok(());
        };
        let question = stack.top().question().clone();
        let reply = self.ask(server, &question, search).await?;
        let depth = stack.depth();
        let walk = stack.top();
        match reply {
            Ok(reply) => walk.heard(server, &reply),
            Err(error) => walk.silent(server, in_words(&error)),
        };
        search
            .trace
            .tell(depth + 1, walk.story().last().unwrap_or_default());
        Ok(())
    }

    /// Asks one server one question: with EDNS, and where the server cannot read that, without (RFC 6891 section 7).
    async fn ask<R: Rng + Send>(
        &self,
        server: IpAddr,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Result<Result<DnsPacket, ExchangeError>, Trouble> {
        let header = query::header(query::random_id(search.random), false);
        let plain = query::query(header, question.clone());
        let reply = self
            .exchange(server, &query::with_edns(plain.clone()), search)
            .await?;
        match reply {
            Ok(reply) if matches!(reply.header.rcode, Rcode::FORMERR | Rcode::NOTIMP) => {
                self.exchange(server, &plain, search).await
            }
            reply => Ok(reply),
        }
    }

    /// One question upstream, if there is any left of the budget.
    async fn exchange<R: Rng + Send>(
        &self,
        server: IpAddr,
        query: &DnsPacket,
        search: &mut Search<'_, R>,
    ) -> Result<Result<DnsPacket, ExchangeError>, Trouble> {
        let server = SocketAddr::new(server, self.port);
        // todo: Refuse with OverBudget if BUDGET questions were asked; else count one more, and `exchange` the query by UDP.
        if search.asked >= BUDGET {
            return Err(Trouble::OverBudget {
                asked: search.asked,
            });
        }
        search.asked += 1;
        let reply = exchange(&self.network, server, query, Via::Udp, PATIENCE).await;
        Ok(reply.map(|reply| reply.packet))
        // end todo
    }
}

/// Puts a walk for the first of some server names on top.
fn seek_one<R>(names: &[dnsparse::Name], stack: &mut Stack, search: &mut Search<'_, R>) {
    let Some(name) = names.first() else { return };
    if stack.seek(name) {
        search.trace.tell(stack.depth(), format_args!("{name} A"));
    } else {
        search.trace.tell(
            stack.depth() + 1,
            format_args!("{name} is not sought: it would be a circle, or too deep"),
        );
    }
}

/// Why a server gave no reply, as the words after its address.
fn in_words(error: &ExchangeError) -> String {
    match error {
        ExchangeError::Silence { passed_over, .. } => format!("is silent{passed_over}"),
        ExchangeError::Unreachable { reason, .. } => format!("cannot be reached: {reason}"),
        error => format!("cannot be asked: {error}"),
    }
}
