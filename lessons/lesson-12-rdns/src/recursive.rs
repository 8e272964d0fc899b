//! [`Recursive`]: the recursive resolver, behind the message rules of lesson 5.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chase::{Knowledge, Resolution, Resolver, ServerSelection, Trace};
use dnsparse::{Class, DnsPacket, Hinfo, Question, Rcode, Rdata, Record, RecordType};
use network::{Network, Via};
use rand::TryRng;
use serve::message_rules::set_rcode;
use serve::{Handler, respond};
use tracing::{Instrument, debug_span};

use crate::access_control::AccessControl;
use crate::flights::Flights;
use crate::reply::{add_extended_error, fail_overloaded, fill, info_code};
use crate::special_names::SpecialNames;
use crate::validation::Validation;

/// The TTL of the answer to ANY, in seconds: that answer never changes.
const ANY_TTL: u32 = 3_600;

/// A recursive resolver, independent of the sockets that it is served over.
#[derive(Debug)]
pub struct Recursive<N, K, C> {
    resolver: Arc<Resolver<N, K, C>>,
    flights: Arc<Flights<Arc<Resolution>>>,
    special_names: SpecialNames,
    access_control: AccessControl,
    validation: Option<Arc<dyn Validation>>,
    questions: AtomicU64,
    hits: AtomicU64,
}

/// The counters of a recursive resolver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// The questions of clients that had a reply.
    pub questions: u64,
    /// The cache hits: questions whose search needed no upstream query.
    pub hits: u64,
    /// The upstream queries.
    pub upstream: u64,
    /// The searches in flight at present.
    pub in_flight: usize,
}

impl<N: Network, K: Knowledge, C: ServerSelection> Recursive<N, K, C> {
    /// Creates a recursive resolver with at most `max_in_flight` searches at the same time.
    pub fn new(
        resolver: Resolver<N, K, C>,
        max_in_flight: usize,
        special_names: SpecialNames,
        access_control: AccessControl,
    ) -> Recursive<N, K, C> {
        Recursive {
            resolver: Arc::new(resolver.with_local_names(special_names.clone())),
            flights: Flights::new(max_in_flight),
            special_names,
            access_control,
            validation: None,
            questions: AtomicU64::new(0),
            hits: AtomicU64::new(0),
        }
    }

    /// Validates the answers, and says so in the replies.
    #[must_use]
    pub fn with_validation(self, validation: Arc<dyn Validation>) -> Recursive<N, K, C> {
        let validation = Some(validation);
        Recursive { validation, ..self }
    }

    /// Returns the resolver that runs the searches.
    pub fn resolver(&self) -> &Arc<Resolver<N, K, C>> {
        &self.resolver
    }

    /// Returns the present values of the counters.
    pub fn counters(&self) -> Counters {
        Counters {
            questions: self.questions.load(Ordering::Relaxed),
            hits: self.hits.load(Ordering::Relaxed),
            upstream: self.resolver.upstream_queries(),
            in_flight: self.flights.len(),
        }
    }

    /// Returns the names that are answered locally.
    pub fn special_names(&self) -> &SpecialNames {
        &self.special_names
    }

    /// Returns the access control.
    pub fn access_control(&self) -> &AccessControl {
        &self.access_control
    }

    /// Returns the reply to a message, in octets; none for a message that gets no reply.
    pub async fn respond(&self, message: &[u8], via: Via, client: IpAddr) -> Option<Vec<u8>> {
        let reply = match self.access_control.allows(client) {
            true => respond(self, message, via).await,
            false => refused(message, via).await,
        };
        if reply.is_some() {
            self.questions.fetch_add(1, Ordering::Relaxed);
        }
        reply
    }

    /// Resolves a question, by one search for all equal questions at the same time; none if the
    /// search was aborted.
    async fn resolve(&self, question: &Question) -> Option<Arc<Resolution>> {
        let (resolver, owned) = (Arc::clone(&self.resolver), question.clone());
        let validation = self.validation.clone();
        let search = || {
            let span =
                debug_span!(target: "rdns", "question", qname = %owned.qname, qtype = %owned.qtype);
            let search = async move {
                let mut trace = Trace::for_log();
                let resolution = match &validation {
                    Some(validation) => validation.resolve(&owned, &mut trace).await,
                    None => {
                        let random = &mut ThreadRandom;
                        resolver.resolve(&owned, random, &mut trace).await
                    }
                };
                Arc::new(resolution)
            };
            // Boxed where it is made: until a task runs, its future is moved several times, and
            // this one has some 15 KB.
            Box::pin(search).instrument(span)
        };
        let resolution = self.flights.join(question, search).await;
        if resolution
            .as_ref()
            .is_some_and(|resolution| resolution.queries == 0)
        {
            self.hits.fetch_add(1, Ordering::Relaxed);
        }
        resolution
    }

    /// Fills a reply from a resolution, and lets the validation complete it.
    fn fill(&self, query: &DnsPacket, reply: &mut DnsPacket, resolution: &Resolution) {
        fill(reply, resolution);
        if let Some(validation) = &self.validation {
            validation.complete(query, reply, resolution);
        }
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Handler for Recursive<N, K, C> {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let Some(question) = query.question() else {
            return;
        };
        set_flags(query, reply);
        if let Some((rcode, info_code, text)) = policy_refusal(query, question) {
            set_rcode(reply, rcode);
            return add_extended_error(reply, info_code, text);
        }
        let fill = |reply: &mut DnsPacket, resolution: &Resolution| {
            self.fill(query, reply, resolution);
        };
        todo!(
            "Answer the question in the cheapest way that it has: from the `special_names`, by `answer_any`, or by a search (`resolve`, then `fill`). The client of an aborted search gets a reply, too (`fail_overloaded`)."
        )
    }

    fn complete_rejection(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        set_flags(query, reply);
        if reply.rcode() != Rcode::REFUSED {
            return;
        }
        let is_in = (query.question()).is_some_and(|question| question.qclass == Class::IN);
        let text = match is_in {
            true => "zone transfers are not supported",
            false => "no class but IN is supported",
        };
        add_extended_error(reply, info_code::NOT_SUPPORTED, text);
    }
}

/// Sets the flags of every reply to an allowed client.
pub fn set_flags(query: &DnsPacket, reply: &mut DnsPacket) {
    reply.header.ra = true;
    // Checking Disabled is copied from the query (RFC 4035 section 3.2.2).
    reply.header.cd = query.header.cd;
}

/// Returns the RCODE and the reason for a query that is refused to every client.
///
/// A query without RD asks for cached data alone: the reply would tell which names other clients
/// asked for (RFC 8932 section 5.2). And some types are not of records in a zone, but belong to
/// machinery between two servers (RFC 6895 section 3.1).
fn policy_refusal(query: &DnsPacket, question: &Question) -> Option<(Rcode, u16, &'static str)> {
    if !query.header.rd {
        return Some((Rcode::REFUSED, info_code::PROHIBITED, "ask with RD set"));
    }
    let is_meta = question.qtype == RecordType::OPT || (128..255).contains(&question.qtype.0);
    is_meta.then_some((
        Rcode::NOTIMP,
        info_code::NOT_SUPPORTED,
        "not a type of records",
    ))
}

/// Answers ANY with one HINFO record (RFC 8482 section 4.2). ANY never meant "all records of a
/// name", and its large answers were useful to attackers above all.
fn answer_any(question: &Question, reply: &mut DnsPacket) {
    let hinfo = Hinfo {
        cpu: "RFC8482".into(),
        os: "".into(),
    };
    let record = Record {
        owner: question.qname.clone(),
        class: Class::IN,
        ttl: ANY_TTL,
        rdata: Rdata::Hinfo(Box::new(hinfo)),
    };
    reply.answers = vec![record];
}

/// Returns the reply to a message that is not handled because the server is overloaded; none for a
/// message that gets no reply.
pub async fn overloaded(message: &[u8], via: Via) -> Option<Vec<u8>> {
    respond(&RefuseWork, message, via).await
}

/// Returns the reply to a message of a client that is not allowed; none for a message that gets no
/// reply.
pub async fn refused(message: &[u8], via: Via) -> Option<Vec<u8>> {
    respond(&RefuseClient, message, via).await
}

/// The random generator of the thread that a search runs on at the moment.
///
/// Ids have to be unpredictable: it is ChaCha, and the system seeds it, again after each 64 KB. A
/// generator for each search would cost a system call and 256 octets of ChaCha for a few numbers;
/// `rand::rng()` itself cannot move between threads, as a search does.
pub struct ThreadRandom;

impl TryRng for ThreadRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        rand::rng().try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        rand::rng().try_next_u64()
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        rand::rng().try_fill_bytes(octets)
    }
}

/// The handler for queries beyond the limit.
struct RefuseWork;

impl Handler for RefuseWork {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        set_flags(query, reply);
        fail_overloaded(reply);
    }
}

/// The handler for clients that are not allowed.
struct RefuseClient;

impl Handler for RefuseClient {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        self.complete_rejection(query, reply);
    }

    fn complete_rejection(&self, _query: &DnsPacket, reply: &mut DnsPacket) {
        set_rcode(reply, Rcode::REFUSED);
        add_extended_error(
            reply,
            info_code::PROHIBITED,
            "this server does not answer your network",
        );
    }
}
