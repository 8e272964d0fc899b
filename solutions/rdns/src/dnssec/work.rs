//! [`Work`]: the work of the validation of one answer, within its bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use chain::{Bogus, Response, TracedLink};
use dnsparse::{Name, Question, RecordType};

use super::assemble::Assembled;

/// The work for one answer.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) lookups: usize,
    pub(super) queries: usize,
    /// The questions whose answers are not to be taken from a cache.
    pub(super) again: BTreeSet<(Name, RecordType)>,
    /// The RRsets that were asked for at other servers.
    pub(super) asked_again: BTreeSet<(Name, RecordType)>,
    /// The servers that have sent something bogus: others come first.
    pub(super) rejected: BTreeSet<IpAddr>,
    /// The links that were validated, for those who want to see them.
    pub(super) links: Vec<TracedLink>,
    /// The servers of each answer so far.
    pub(super) servers: BTreeMap<(Name, RecordType), BTreeSet<IpAddr>>,
}

impl Work {
    pub(super) fn new(queries: usize) -> Work {
        Work {
            lookups: 0,
            queries,
            again: BTreeSet::new(),
            asked_again: BTreeSet::new(),
            rejected: BTreeSet::new(),
            links: Vec::new(),
            servers: BTreeMap::new(),
        }
    }

    /// Notes the servers of an answer, and returns the response.
    pub(super) fn note(&mut self, key: (Name, RecordType), assembled: Assembled) -> Response {
        self.servers.insert(key, assembled.servers);
        assembled.response
    }

    /// Has the RRset that is bogus fetched again: DS and DNSKEY records on the way by themselves,
    /// and everything else by the question. Returns false if that was done before.
    pub(super) fn ask_again(&mut self, question: &Question, bogus: &Bogus) -> bool {
        let link = (bogus.owner.clone(), bogus.rtype);
        let own = (question.qname.clone(), question.qtype);
        let is_link = matches!(bogus.rtype, RecordType::DS | RecordType::DNSKEY);
        let key = match is_link && self.servers.contains_key(&link) {
            true => link,
            false => own,
        };
        if let Some(servers) = self.servers.get(&key) {
            self.rejected.extend(servers);
        }
        self.again.insert(key.clone());
        self.asked_again.insert(key)
    }
}
