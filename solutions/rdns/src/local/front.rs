//! [`Front`]: the local names, before lesson 12's resolver.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use chase::{Chase, Knowledge, LocalNames, Next, ServerSelection};
use dnsparse::{DnsPacket, EdnsOption, Question, Rcode, Record, RecordType};
use network::Network;
use recursive::reply::{fill, info_code};
use recursive::{Recursive, set_flags};
use referral::Answer;
use serve::Handler;

use super::blocklists::Blocked;
use crate::aliases::targets;
use crate::config::Settings;
use crate::counters::Kind;

/// A recursive resolver behind the settings of one moment.
#[derive(Debug)]
pub struct Front<N, K, C> {
    recursive: Arc<Recursive<N, K, C>>,
    settings: Arc<Settings>,
    /// The INFO-CODE of the failure of the search; [`NONE`] without one.
    failure: AtomicU32,
    /// Whether a blocklist makes the reply.
    is_blocked: AtomicBool,
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
/// The failures of validation: what is wrong with the signatures of an answer, or that a part of the
/// chain of trust is missing (RFC 8914 sections 4.2 and 4.6 to 4.13).
const BOGUS: [u16; 9] = [1, 5, 6, 7, 8, 9, 10, 11, 12];

impl<N, K, C> Front<N, K, C> {
    /// Puts settings before a resolver.
    pub fn new(recursive: Arc<Recursive<N, K, C>>, settings: Arc<Settings>) -> Front<N, K, C> {
        Front {
            recursive,
            settings,
            failure: AtomicU32::new(NONE),
            is_blocked: AtomicBool::new(false),
        }
    }

    /// Whether the search has failed since no server could be reached.
    pub fn found_no_server(&self) -> bool {
        let failure = self.failure.load(Ordering::Relaxed);
        NO_SERVER.iter().any(|code| u32::from(*code) == failure)
    }

    /// Returns the kind of the reply, for the counters.
    pub fn kind(&self) -> Kind {
        let failure = self.failure.load(Ordering::Relaxed);
        if self.is_blocked.load(Ordering::Relaxed) {
            Kind::Blocked
        } else if BOGUS.iter().any(|code| u32::from(*code) == failure) {
            Kind::Bogus
        } else {
            Kind::Other
        }
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
        let answer = self.settings.local.answer(question);
        // All records of a name would be a large answer: the resolver sends a small one (RFC 8482).
        let exists = !matches!(answer, Some(Answer::NxDomain(_)));
        if question.qtype == RecordType::ANY && answer.is_some() && exists {
            return false;
        }
        if let Some(answer) = answer {
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
                self.block(blocked, question, reply);
                true
            }
            None => false,
        }
    }

    /// Makes the reply that a blocklist prescribes.
    fn block(&self, blocked: Blocked<'_>, question: &Question, reply: &mut DnsPacket) {
        blocked.fill(question, reply);
        self.is_blocked.store(true, Ordering::Relaxed);
    }

    /// Has a name exist that is above a local one, or above a zone with its own servers, although the
    /// public DNS denies it: a client may take the denial for one of all names below (RFC 8020).
    fn restore_ancestor(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let Some(question) = query
            .question()
            .filter(|_| reply.rcode() == Rcode::NXDOMAIN)
        else {
            return;
        };
        let denied = targets(&reply.answers)
            .next_back()
            .unwrap_or(&question.qname);
        if self.settings.local.is_above_own(denied) {
            reply.header.rcode = Rcode::NOERROR;
            // The proofs are of the denial, and so is what the extended error says of it.
            reply.header.ad = false;
            if let Some(edns) = &mut reply.edns {
                let is_other =
                    |option: &EdnsOption| !matches!(option, EdnsOption::ExtendedError(_));
                edns.options.retain(is_other);
            }
            reply.authorities.retain(|it| it.rtype() == RecordType::SOA);
        }
    }

    /// Applies the policies to the answer of a search.
    fn apply_policies(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let Some(question) = query.question().filter(|_| !reply.answers.is_empty()) else {
            return;
        };
        let blocked = blocked_alias(&self.settings, question, &reply.answers);
        if let Some(blocked) = blocked {
            self.block(blocked, question, reply);
        } else if !self.settings.is_own(&question.qname) {
            self.settings.rebinding.filter(&question.qname, reply);
        }
    }
}

/// Returns the entry of a blocklist for the target of an alias among these records. The first name with
/// an entry decides: an exception for a name holds for what it leads to.
fn blocked_alias<'s>(
    settings: &'s Settings,
    question: &Question,
    records: &[Record],
) -> Option<Blocked<'s>> {
    let names = iter::once(&question.qname).chain(targets(records));
    let mut looked_up = names.filter(|name| !settings.local.has(name));
    let entry = looked_up.find_map(|name| settings.blocklists.entry(name));
    entry.filter(|entry| !entry.is_exception())
}

/// Says how the settings change the reply to a question, of which a search has found these records;
/// none if they do not.
pub fn policy_text(settings: &Settings, question: &Question, records: &[Record]) -> Option<String> {
    let name = &question.qname;
    if settings.local.answer(question).is_some() {
        return None;
    }
    if let Some(blocked) = settings.blocklists.find(name) {
        return Some(format!("blocked by the list {}", blocked.list()));
    }
    if question.qtype == RecordType::ANY {
        return None;
    }
    if let Some(blocked) = blocked_alias(settings, question, records) {
        let list = blocked.list();
        return Some(format!(
            "blocked by the list {list}, since an alias leads to a name on it"
        ));
    }
    let mut reply = DnsPacket {
        answers: records.to_vec(),
        ..DnsPacket::default()
    };
    if !settings.is_own(name) {
        settings.rebinding.filter(name, &mut reply);
    }
    (reply.answers != records).then(|| "without its private addresses, by [rebinding]".to_owned())
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
            self.restore_ancestor(query, reply);
            self.apply_policies(query, reply);
        }
    }

    fn complete_rejection(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        self.recursive.complete_rejection(query, reply);
    }
}

#[cfg(test)]
mod tests {
    use dnsparse::Class;

    use super::*;

    #[test]
    fn the_policies_for_an_answer_are_named() {
        let text = "rebinding = { protect = true, except = [\"home.test\"] }\nlocal = { records = [\"own.test. A 10.0.0.1\"] }";
        let settings = Settings::load(&toml::from_str(text).unwrap()).unwrap();
        let policy = |name: &str, record: &str| {
            let question = Question {
                qname: name.parse().unwrap(),
                qtype: RecordType::A,
                qclass: Class::IN,
            };
            policy_text(&settings, &question, &[record.parse().unwrap()])
        };
        let removed = Some("without its private addresses, by [rebinding]".to_owned());
        for (name, record, expected) in [
            ("www.test", "www.test. 60 A 192.0.2.1", None),
            ("www.test", "www.test. 60 A 192.168.1.1", removed),
            ("www.home.test", "www.home.test. 60 A 192.168.1.1", None),
            ("own.test", "own.test. 60 A 10.0.0.1", None),
        ] {
            assert_eq!(policy(name, record), expected, "{name}: {record}");
        }
    }
}
