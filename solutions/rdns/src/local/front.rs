//! [`Front`]: the names of the house, before lesson 12's resolver.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chase::{Chase, Knowledge, LocalNames, Next, ServerSelection};
use dnsparse::{DnsPacket, EdnsOption, Name, Rcode, Rdata, RecordType};
use network::Network;
use recursive::reply::{fill, info_code};
use recursive::{Recursive, set_flags};
use serve::Handler;

use crate::config::Settings;

/// A recursive resolver behind the settings of one moment.
#[derive(Debug)]
pub struct Front<N, K, C> {
    recursive: Arc<Recursive<N, K, C>>,
    settings: Arc<Settings>,
    /// The INFO-CODE of the failure of the search; [`NONE`] without one.
    failure: AtomicU32,
}

/// No INFO-CODE.
const NONE: u32 = u32::MAX;
/// The failures in which a stale answer is better than none (RFC 8767 section 4): no server could be
/// reached, or not in time. An answer that validation has rejected is not among them.
const NO_SERVER: [u16; 4] = [
    info_code::OTHER,
    info_code::CACHED_ERROR,
    info_code::NO_REACHABLE_AUTHORITY,
    info_code::NETWORK_ERROR,
];

impl<N, K, C> Front<N, K, C> {
    /// Puts settings before a resolver.
    pub fn new(recursive: Arc<Recursive<N, K, C>>, settings: Arc<Settings>) -> Front<N, K, C> {
        Front {
            recursive,
            settings,
            failure: AtomicU32::new(NONE),
        }
    }

    /// Whether the search has failed since no server could be reached.
    pub fn found_no_server(&self) -> bool {
        let failure = self.failure.load(Ordering::Relaxed);
        NO_SERVER.iter().any(|code| u32::from(*code) == failure)
    }

    /// Notes why the search has failed.
    fn note_failure(&self, reply: &DnsPacket) {
        if reply.rcode() != Rcode::SERVFAIL {
            return;
        }
        let options = reply.edns.iter().flat_map(|edns| &edns.options);
        let mut codes = options.filter_map(|option| match option {
            EdnsOption::ExtendedError(error) => Some(error.info_code),
            _ => None,
        });
        if let Some(code) = codes.next() {
            self.failure.store(code.into(), Ordering::Relaxed);
        }
    }

    /// Answers from local data or from a blocklist. Returns false, and leaves the reply alone, if
    /// the name is looked up. An alias is looked up, too: the resolver knows local data, and follows
    /// it.
    fn answer_locally(&self, query: &DnsPacket, reply: &mut DnsPacket) -> bool {
        let Some(question) = query.question() else {
            return false;
        };
        if question.qtype == RecordType::ANY {
            return false;
        }
        if let Some(answer) = self.settings.local.answer(question) {
            let Next::End(resolution) = Chase::new(question.clone()).handle_answer(Ok(answer))
            else {
                return false;
            };
            set_flags(query, reply);
            fill(reply, &resolution);
            reply.header.aa = true;
            return true;
        }
        match self.settings.blocklists.find(&question.qname) {
            Some(blocked) => {
                set_flags(query, reply);
                blocked.fill(question, reply);
                true
            }
            None => false,
        }
    }

    /// Applies the policies to the answer of a search.
    fn apply_policies(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let Some(question) = query.question().filter(|_| !reply.answers.is_empty()) else {
            return;
        };
        let target = |rdata: &Rdata| match rdata {
            Rdata::Cname(target) => Some(target.clone()),
            _ => None,
        };
        let targets: Vec<Name> = (reply.answers.iter())
            .filter_map(|it| target(&it.rdata))
            .collect();
        let settings = &self.settings;
        let is_looked_up = |name: &&Name| !settings.local.has(name);
        let mut looked_up = targets.iter().filter(is_looked_up);
        if let Some(blocked) = looked_up.find_map(|name| settings.blocklists.find(name)) {
            blocked.fill(question, reply);
        } else if !settings.is_own(&question.qname) {
            settings.rebinding.filter(&question.qname, reply);
        }
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Handler for Front<N, K, C> {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        if !self.answer_locally(query, reply) {
            // The reason for a failure is in an option of EDNS, which the client may not have.
            let has_edns = reply.edns.is_some();
            reply.edns.get_or_insert_default();
            self.recursive.handle(query, reply).await;
            self.note_failure(reply);
            reply.edns = reply.edns.take().filter(|_| has_edns);
            self.apply_policies(query, reply);
        }
    }

    fn complete_rejection(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        self.recursive.complete_rejection(query, reply);
    }
}
