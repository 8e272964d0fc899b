//! [`Work`]: the work of the validation of one answer, within its bounds.

use std::collections::BTreeSet;

use chain::{Bogus, Response, TracedLink};
use dnsparse::Question;
use trust::retries::{Retries, RrsetKey};

use super::assemble::Assembled;

/// The work for one answer.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) lookups: usize,
    pub(super) queries: usize,
    /// The questions whose answers are not to be taken from a cache.
    pub(super) again: BTreeSet<RrsetKey>,
    /// The RRsets that were queried at other servers.
    pub(super) retries: Retries,
    /// The links that were validated, for a trace.
    pub(super) links: Vec<TracedLink>,
}

impl Work {
    pub(super) fn new(queries: usize) -> Work {
        Work {
            lookups: 0,
            queries,
            again: BTreeSet::new(),
            retries: Retries::default(),
            links: Vec::new(),
        }
    }

    /// Notes the servers of an answer, and returns the response.
    pub(super) fn note(&mut self, key: RrsetKey, assembled: Assembled) -> Response {
        self.retries.note_servers(key, assembled.servers);
        assembled.response
    }

    /// Has an RRset fetched again that is bogus, or the answer that it came in. Returns false if it stays
    /// bogus.
    pub(super) fn ask_again(&mut self, question: &Question, bogus: &Bogus, is_known: bool) -> bool {
        let own = (question.qname.clone(), question.qtype);
        let again = self.retries.handle_bogus(&own, bogus, is_known);
        let is_again = again.is_some();
        self.again.extend(again);
        is_again
    }
}
