//! [`Retries`]: a bogus RRset is fetched again, from other servers (RFC 4035 section 4.7, RFC 9520
//! section 2.5).
//!
//! One of a zone's servers may have an old copy of it, or an attacker may have forged one reply. But
//! each retry costs queries, and a zone whose signatures have expired is bogus at all of its servers:
//! so the number of retries for one answer has a bound.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use chain::Bogus;
use dnsparse::{Name, RecordType};

/// The most times that a part of one answer is asked for at other servers: its keys, a DS record on
/// the way, and the answer itself.
pub const MAX_RETRIES: usize = 3;

/// Owner and type of an RRset.
pub type RrsetKey = (Name, RecordType);

/// The retries for one answer.
#[derive(Debug, Clone, Default)]
pub struct Retries {
    /// The RRsets that came in answers of their own, with the servers that sent them.
    servers: BTreeMap<RrsetKey, BTreeSet<IpAddr>>,
    /// The RRsets that were asked for again.
    asked_again: BTreeSet<RrsetKey>,
    /// The servers that have sent something bogus: others come first.
    rejected: BTreeSet<IpAddr>,
}

impl Retries {
    /// Notes the servers that have answered a question.
    pub fn note_servers(&mut self, question: RrsetKey, servers: BTreeSet<IpAddr>) {
        self.servers.insert(question, servers);
    }

    /// Returns the servers that have sent something bogus.
    pub fn rejected(&self) -> &BTreeSet<IpAddr> {
        &self.rejected
    }

    /// Decides which RRset is asked for again, at servers other than the `rejected`; none if the answer
    /// stays bogus. `question` is the client's, and `is_known` says that this RRset was bogus a moment
    /// ago, also from other servers.
    pub fn handle_bogus(
        &mut self,
        question: &RrsetKey,
        bogus: &Bogus,
        is_known: bool,
    ) -> Option<RrsetKey> {
        if is_known || self.asked_again.len() >= MAX_RETRIES {
            return None;
        }
        todo!(
            "Decide on the RRset. If the bogus one is a DS or DNSKEY RRset that came in an answer of its own (`servers` has it), it is that one; otherwise it came in the answer to the client's question, so that is asked again. Reject the servers that sent it. Return it, unless it was asked for again before."
        )
    }
}
