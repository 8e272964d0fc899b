//! [`Recursive`]: everything together, behind the manners of lesson 5.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chase::{Knowledge, Resolution, Resolver, ServerSelection, Trace};
use dnsparse::{Class, DnsPacket, Hinfo, Question, Rcode, Rdata, Record, RecordType};
use network::{Network, Via};
use rand::rngs::StdRng;
use serve::message_rules::set_rcode;
use serve::{Handler, respond};
use tracing::{Instrument, debug_span};

use crate::access_control::AccessControl;
use crate::flights::Flights;
use crate::reply::{explain, fill, info_code, overloaded};
use crate::special_names::SpecialNames;

/// For how long the answer to ANY may be kept, in seconds: it will not change.
const ANY_TTL: u32 = 3_600;

/// A recursive resolver, whatever brings it its messages.
#[derive(Debug)]
pub struct Recursive<N, K, C> {
    resolver: Arc<Resolver<N, K, C>>,
    flights: Arc<Flights<Arc<Resolution>>>,
    special: SpecialNames,
    access: AccessControl,
    questions: AtomicU64,
    hits: AtomicU64,
}

/// What a server has done so far, and is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Messages that had a reply.
    pub questions: u64,
    /// Those among them that took a search, but no question to any server: all was known.
    pub hits: u64,
    /// Questions to servers.
    pub upstream: u64,
    /// Searches at present.
    pub in_flight: usize,
}

impl<N: Network, K: Knowledge, C: ServerSelection> Recursive<N, K, C> {
    /// One that resolves so, has so many questions in flight at the most, and answers these clients.
    pub fn new(
        resolver: Resolver<N, K, C>,
        in_flight: usize,
        special: SpecialNames,
        access: AccessControl,
    ) -> Recursive<N, K, C> {
        Recursive {
            resolver: Arc::new(resolver),
            flights: Flights::new(in_flight),
            special,
            access,
            questions: AtomicU64::new(0),
            hits: AtomicU64::new(0),
        }
    }

    /// What finds the answers.
    pub fn resolver(&self) -> &Arc<Resolver<N, K, C>> {
        &self.resolver
    }

    /// What it has done so far.
    pub fn counters(&self) -> Counters {
        Counters {
            questions: self.questions.load(Ordering::Relaxed),
            hits: self.hits.load(Ordering::Relaxed),
            upstream: self.resolver.upstream_queries(),
            in_flight: self.flights.len(),
        }
    }

    /// Who may ask.
    pub fn access_control(&self) -> &AccessControl {
        &self.access
    }

    /// The reply to a message, in octets; none where it is not worth one.
    pub async fn respond(&self, message: &[u8], via: Via, client: IpAddr) -> Option<Vec<u8>> {
        let reply = match self.access.allows(client) {
            true => respond(self, message, via).await,
            false => respond(&NotForYou, message, via).await,
        };
        if reply.is_some() {
            self.questions.fetch_add(1, Ordering::Relaxed);
        }
        reply
    }

    /// What is found, by a search that all who ask the same share; none if it was given up.
    async fn find(&self, question: &Question) -> Option<Arc<Resolution>> {
        let (resolver, asked) = (Arc::clone(&self.resolver), question.clone());
        let search = || {
            let span =
                debug_span!(target: "rdns", "question", qname = %asked.qname, qtype = %asked.qtype);
            let search = async move {
                // Ids have to be unforeseeable; this generator is seeded by the system, and can move between threads.
                let mut random: StdRng = rand::make_rng();
                let mut trace = Trace::default();
                Arc::new(resolver.resolve(&asked, &mut random, &mut trace).await)
            };
            search.instrument(span)
        };
        let found = self.flights.join(question, search).await;
        if found.as_ref().is_some_and(|found| found.queries == 0) {
            self.hits.fetch_add(1, Ordering::Relaxed);
        }
        found
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Handler for Recursive<N, K, C> {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let Some(question) = query.question() else {
            return;
        };
        reply.header.ra = true;
        // Checking Disabled comes back as it was sent (RFC 4035 section 3.2.2); nothing is checked here either way.
        reply.header.cd = query.header.cd;
        if let Some((rcode, info_code, text)) = policy_refusal(query, question) {
            set_rcode(reply, rcode);
            return explain(reply, info_code, text);
        }
        todo!(
            "A `special` name is answered at once, and so is ANY, by `answer_any`. Everything else: `find` it and `fill` the reply; where the search was given up, we are `overloaded`."
        )
    }
}

/// What is not done for anybody: the RCODE, and why.
///
/// Without RD the client wants only what is known already: that tells who asked for what before (RFC 8932 section 5.2). And some
/// types are not of records in any zone, but of machinery between two servers (RFC 6895 section 3.1).
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

/// ANY never meant "all there is", and its large answers served attackers more than anybody: this says so (RFC 8482 section 4.2).
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

/// The handler for those who may not ask.
struct NotForYou;

impl Handler for NotForYou {
    async fn handle(&self, _query: &DnsPacket, reply: &mut DnsPacket) {
        set_rcode(reply, Rcode::REFUSED);
        explain(
            reply,
            info_code::PROHIBITED,
            "this server does not answer your network",
        );
    }
}
