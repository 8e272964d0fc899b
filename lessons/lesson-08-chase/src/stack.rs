//! [`Stack`]: walks within walks, for servers that came without an address.
//!
//! The walk at the bottom looks for what was asked. Where it needs the address of a server, a walk for that name is put on top,
//! and the one below waits until it is done. The height of the stack is how deeply nested we are, and a name that is in it
//! already must not be sought again: the walks would wait for each other.

use std::net::IpAddr;

use dnsparse::{Class, Name, Question, Record, RecordType};
use iterate::{Step, Walk, WalkFailure};
use referral::{Answer, Delegation};

/// How many walks for server names may be within each other.
pub const MAX_NESTING: usize = 8;

/// At least one walk; the one on top is going on.
#[derive(Debug, Clone)]
pub struct Stack {
    bottom: Walk,
    above: Vec<Walk>,
    /// Servers that are known to have no A records: their AAAA records come next.
    without_a: Vec<Name>,
    /// Whether addresses of IPv6 are of any use.
    pub seeks_ipv6: bool,
}

impl Stack {
    /// A walk for a question, from a zone whose servers are known.
    pub fn new(question: Question, start: Delegation) -> Stack {
        Stack {
            bottom: Walk::new(question, start),
            above: Vec::new(),
            without_a: Vec::new(),
            seeks_ipv6: false,
        }
    }

    /// The walk that is going on.
    pub fn top(&mut self) -> &mut Walk {
        self.above.last_mut().unwrap_or(&mut self.bottom)
    }

    /// How many walks there are above the one for the question: 0 to [`MAX_NESTING`].
    pub fn depth(&self) -> usize {
        self.above.len()
    }

    /// What has to be asked to find a server: for its A records, or where there are none, for its AAAA records.
    pub fn question_for(&self, server: &Name) -> Question {
        let qtype = match self.without_a.contains(server) {
            true => RecordType::AAAA,
            false => RecordType::A,
        };
        Question {
            qname: server.clone(),
            qtype,
            qclass: Class::IN,
        }
    }

    /// Looks for the address of a server that the walk on top needs, by a walk from `start`; or tells it at once that there is none to be found,
    /// where the search would be too deep, or a circle.
    ///
    /// Returns whether there is a new walk on top.
    pub fn seek(&mut self, server: &Name, start: Delegation) -> bool {
        let mut walks = std::iter::once(&self.bottom).chain(&self.above);
        let is_sought = walks.any(|walk| walk.question().qname == *server);
        todo!(
            "If it `is_sought` already, or MAX_NESTING walks are above the bottom, tell the top by `handle_addresses` that there are no addresses, and return false. Else put a walk for its `question_for` on top, and return true."
        )
    }

    /// The walk on top is done: takes it off, and tells the one below what it found. If there is none below, this is the
    /// end of the walk for the question.
    pub fn finish(
        &mut self,
        ended: Result<Answer, WalkFailure>,
    ) -> Option<Result<Answer, WalkFailure>> {
        todo!(
            "Take the walk on top off the stack; if there is none above the bottom, return what `ended`. `pass_on` to the new top what the old one was asked, and how it `ended`."
        )
    }

    /// Tells the walk on top what was found for a server that it needs. Where that is nothing, and its AAAA records were not
    /// sought yet, it goes on needing it.
    fn pass_on(&mut self, question: &Question, ended: &Result<Answer, WalkFailure>) {
        let server = &question.qname;
        let found = addresses(server, ended);
        if found.is_empty() && question.qtype == RecordType::A && self.seeks_ipv6 {
            self.without_a.push(server.clone());
        } else {
            self.top().handle_addresses(server, &found);
        }
    }
}

/// A server's addresses in an answer; none in anything else. Its name must not be an alias (RFC 2181 section 10.3), so that where it
/// is, nobody goes after it, and what came along of the alias's target is not taken either.
fn addresses(server: &Name, ended: &Result<Answer, WalkFailure>) -> Vec<IpAddr> {
    let Ok(Answer::Positive(records)) = ended else {
        return Vec::new();
    };
    let own = records.iter().filter(|record| record.owner == *server);
    own.filter_map(Record::address).collect()
}

impl Stack {
    /// What the walk on top needs.
    pub fn step(&mut self) -> Step {
        self.top().step()
    }
}
