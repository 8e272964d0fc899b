//! [`Resolver`]: drives the chase and its walks over a network, within the limits of a search.
//!
//! What happens at each step of a walk is given: `upstream` queries a server, `lookup` finds the
//! address of one.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dnsparse::Question;
use iterate::{Step, WalkResult};
use network::Network;
use rand::Rng;
use referral::{Answer, Delegation};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::chase::{Chase, Next};
use crate::denied_parts::DeniedParts;
use crate::dnssec::SignatureKeeper;
use crate::hooks::{InOrder, Knowledge, LocalNames, ServerSelection};
use crate::minimise::QnameMinimisation;
use crate::resolution::{Resolution, ResolutionFailure};
use crate::search::{DEADLINE, Search};
use crate::sharing::SharedQueries;
use crate::stack::Stack;
use crate::trace::Trace;

/// An iterative resolver: it finds answers by querying authoritative servers, from the root down.
#[derive(Debug, Clone)]
pub struct Resolver<N, K = Delegation, S = InOrder> {
    pub(crate) network: Arc<N>,
    pub(crate) knowledge: K,
    pub(crate) selection: S,
    pub(crate) port: u16,
    /// The number of upstream queries of all searches together.
    pub(crate) queries: Arc<AtomicU64>,
    pub(crate) shared: SharedQueries,
    /// As many sockets may be open for late replies, in all searches together.
    pub(crate) late_sockets: Arc<Semaphore>,
    pub(crate) minimisation: QnameMinimisation,
    pub(crate) denied_parts: DeniedParts,
    local_names: Vec<Arc<dyn LocalNames>>,
    pub(crate) signatures: Option<Arc<dyn SignatureKeeper>>,
}

impl<N: Network, K: Knowledge> Resolver<N, K> {
    /// Creates a resolver that starts from `knowledge`, such as the root hints, and queries servers
    /// in the order of the referral.
    pub fn new(network: N, knowledge: K) -> Resolver<N, K> {
        Resolver {
            network: Arc::new(network),
            knowledge,
            selection: InOrder,
            port: 53,
            queries: Arc::default(),
            shared: SharedQueries::default(),
            late_sockets: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            minimisation: QnameMinimisation::Off,
            denied_parts: DeniedParts::default(),
            local_names: Vec::new(),
            signatures: None,
        }
    }
}

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Finds the answer to a question, or fails, within [`DEADLINE`].
    pub async fn resolve(
        &self,
        question: &Question,
        random: &mut (impl Rng + Send),
        trace: &mut Trace,
    ) -> Resolution {
        let mut search = Search::new(random, trace);
        self.resolve_in(&mut search, question).await
    }

    /// Finds the answer once more: not the cached one, and preferably from other servers than those
    /// whose replies were `rejected` by validation.
    pub async fn resolve_again(
        &self,
        question: &Question,
        rejected: &BTreeSet<IpAddr>,
        random: &mut (impl Rng + Send),
        trace: &mut Trace,
    ) -> Resolution {
        let mut search = Search::new(random, trace);
        search.rejected = Some(rejected.clone());
        self.resolve_in(&mut search, question).await
    }

    /// Finds the answer to the question of a new search, or fails.
    async fn resolve_in<R: Rng + Send>(
        &self,
        search: &mut Search<'_, R>,
        question: &Question,
    ) -> Resolution {
        search.minimisation.mode = self.minimisation;
        let cached = match search.rejected {
            None => self.knowledge.cached_failure(question),
            Some(_) => None,
        };
        let mut resolution = match cached {
            Some(failure) => Resolution::failed(failure),
            None => self.chase_in_time(question, search).await,
        };
        self.count_tcp(search);
        resolution.queries = search.queries;
        if let Some(failure) = &resolution.failure {
            search
                .trace
                .add(0, format_args!("{}: {failure}", resolution.rcode));
        }
        resolution
    }

    /// Runs the chase until [`DEADLINE`], and stores a failure in the cache. A failure of this
    /// machine's own network is not cached: it ends as soon as the network is back.
    async fn chase_in_time<R: Rng + Send>(
        &self,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Resolution {
        let chased = {
            // Pinned where it is made: the future has some 8 KB, and `timeout` would move it.
            let chase = pin!(self.chase(question, search));
            timeout(DEADLINE, chase).await
        };
        let resolution = match chased {
            Ok(resolution) => resolution,
            Err(_elapsed) => Resolution::failed(search.too_late()),
        };
        let Some(failure) = &resolution.failure else {
            return resolution;
        };
        if self.selection.routes().is_offline() {
            return Resolution::failed(ResolutionFailure::NoRoute);
        }
        if !search.has_failed_locally {
            self.knowledge.store_failure(question, failure);
        }
        resolution
    }

    /// Walks for the question, then for the target of each alias. The budget is that of the whole
    /// search: an alias does not renew it.
    async fn chase<R: Rng + Send>(
        &self,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Resolution {
        let mut chase = Chase::new(question.clone());
        let mut question = question.clone();
        todo!(
            "Walk (`walk_to_answer`) for the question, and then for each question to which the `chase` leads, until it ends. A search whose budget is used up has failed with that."
        )
    }

    /// Walks for one question, with the walks for servers' names nested in it; or takes the answer
    /// from the cache. The outer error is that of the budget; the inner result is the walk's.
    pub(crate) async fn walk<R: Rng + Send>(
        &self,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Result<WalkResult, ResolutionFailure> {
        todo!(
            "Find the result of the walk. An answer that is `known` costs no query. Otherwise the walks of a `new_stack` run, each step with all the servers or names that it has, until the walk at the bottom has ended. No walk ends while there is a last resort."
        )
    }

    /// Writes the question into the trace, and returns its answer if that needs no query.
    fn known<R>(&self, question: &Question, search: &mut Search<'_, R>) -> Option<Answer> {
        let Question { qname, qtype, .. } = question;
        search.trace.add(0, format_args!("{qname} {qtype}"));
        let (answer, source) = match search.rejected {
            None => self.known_answer(question),
            // The cached answer may be the one that validation has rejected.
            Some(_) => self.local_answer(question),
        }?;
        search.trace.add(1, source);
        Some(answer)
    }

    /// Returns a stack of one walk for a question, from the closest zone whose servers are known.
    fn new_stack<R>(&self, question: &Question, search: &Search<'_, R>) -> Stack {
        let start = self.knowledge.closest_delegation(question);
        let mut stack = Stack::new(question.clone(), start);
        stack.routes = self.selection.routes();
        if !search.trace.is_on() {
            stack.bottom.turn_off_trace();
        }
        stack
    }
}

/// Settings and counters for tests and later lessons.
impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Sends queries to another port than 53: for tests, where all servers are on this machine.
    #[must_use]
    pub fn with_port(self, port: u16) -> Resolver<N, K, S> {
        Resolver { port, ..self }
    }

    /// Keeps at most this number of sockets open for late replies, in all searches together.
    #[must_use]
    pub fn with_late_sockets(self, number: usize) -> Resolver<N, K, S> {
        let late_sockets = Arc::new(Semaphore::new(number));
        Resolver {
            late_sockets,
            ..self
        }
    }

    /// Shows servers only the part of a name that they need (RFC 9156). Without this call, they
    /// receive the whole name.
    #[must_use]
    pub fn with_qname_minimisation(self, minimisation: QnameMinimisation) -> Resolver<N, K, S> {
        Resolver {
            minimisation,
            ..self
        }
    }

    /// Asks servers for signatures, and passes their replies to the keeper.
    #[must_use]
    pub fn with_signatures(self, keeper: Arc<dyn SignatureKeeper>) -> Resolver<N, K, S> {
        let signatures = Some(keeper);
        Resolver { signatures, ..self }
    }

    /// Answers these names locally, also where an alias leads to one of them, or a server has one.
    /// Names of an earlier call come first.
    #[must_use]
    pub fn with_local_names(mut self, names: impl LocalNames) -> Resolver<N, K, S> {
        self.local_names.push(Arc::new(names));
        self
    }

    /// Returns the answer to a question that needs no query, and its source, for the trace.
    pub(crate) fn known_answer(&self, question: &Question) -> Option<(Answer, &'static str)> {
        self.local_answer(question).or_else(|| {
            let cached = self.knowledge.cached_answer(question)?;
            Some((cached, "answered from the cache"))
        })
    }

    /// Returns the answer to a question for a name that is never looked up.
    pub fn local_answer(&self, question: &Question) -> Option<(Answer, &'static str)> {
        let mut names = self.local_names.iter();
        let answer = names.find_map(|names| names.answer(question))?;
        Some((answer, "answered locally"))
    }

    /// Chooses servers by another selection.
    #[must_use]
    pub fn with_selection<T: ServerSelection>(self, selection: T) -> Resolver<N, K, T> {
        Resolver {
            network: self.network,
            knowledge: self.knowledge,
            selection,
            port: self.port,
            queries: self.queries,
            shared: self.shared,
            late_sockets: self.late_sockets,
            minimisation: self.minimisation,
            denied_parts: self.denied_parts,
            local_names: self.local_names,
            signatures: self.signatures,
        }
    }

    /// Returns the network that queries are sent over.
    pub fn network(&self) -> &N {
        &self.network
    }

    /// Returns the resolver's knowledge.
    pub fn knowledge(&self) -> &K {
        &self.knowledge
    }

    /// Returns the selection of servers.
    pub fn selection(&self) -> &S {
        &self.selection
    }

    /// Returns the number of upstream queries of all searches together.
    pub fn upstream_queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }
}
