//! [`Work`]: the work of the validation of one answer, within its bounds.

use std::collections::{BTreeMap, BTreeSet};

use chain::{Bogus, Response, TracedLink};
use dnsparse::{Name, Question};
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
    /// The zones of the servers whose replies carried no EDNS, for each question.
    without_edns: BTreeMap<RrsetKey, BTreeSet<Name>>,
    /// Whether the question was asked again for want of EDNS.
    has_asked_with_edns: bool,
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
            without_edns: BTreeMap::new(),
            has_asked_with_edns: false,
            links: Vec::new(),
        }
    }

    /// Notes the servers of an answer, and returns the response.
    pub(super) fn note(&mut self, key: RrsetKey, assembled: Assembled) -> Response {
        self.retries.note_servers(key.clone(), assembled.servers);
        self.without_edns.insert(key, assembled.without_edns);
        assembled.response
    }

    /// Has the question asked again, once and with EDNS, if its answer may have lost its signatures
    /// for want of EDNS alone. Returns false if it is not asked again.
    ///
    /// For an answer without signatures, the chain of trust looks for a zone cut without DS on the
    /// way to its name; `end` is where it has ended. Below the zone whose server sent the answer,
    /// that says little: that zone is signed, so its answer has signatures, too. (Most zones prove
    /// that there is no cut below them. Then the answer itself is bogus, and is asked for again.)
    pub(super) fn ask_with_edns(&mut self, question: &Question, end: &Name) -> bool {
        let own = (question.qname.clone(), question.qtype);
        let mut zones = self.without_edns.get(&own).into_iter().flatten();
        let is_signed = zones.any(|zone| end != zone && end.is_at_or_below(zone));
        if self.has_asked_with_edns || !is_signed {
            return false;
        }
        self.has_asked_with_edns = true;
        self.again.insert(own);
        true
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
