//! [`Stack`]: walks nested in walks, for servers that came without an address.
//!
//! The walk at the bottom is for the question of the search. When it needs the address of a server,
//! a walk for the server's name is put on top, and the one below waits until that is done. The
//! height of the stack is the depth of the nesting. A name that is in the stack already must not be
//! looked up again: the walks would wait for each other.

use std::net::IpAddr;

use dnsparse::{Class, Name, Question, Record, RecordType};
use iterate::{Step, Walk, WalkResult};
use referral::{Answer, Delegation};

use crate::hooks::Routes;

/// The most walks for servers' names that may be nested in each other.
pub const MAX_NESTING: usize = 8;

/// A stack of at least one walk; the one on top is running, the others wait for it.
#[derive(Debug, Clone)]
pub struct Stack {
    pub(crate) bottom: Walk,
    pub(crate) above: Vec<Walk>,
    /// Lookups that were taken off the stack, since other servers come first (`failover`).
    pub(crate) postponed: Vec<Walk>,
    /// Servers whose A records were looked up: their AAAA records are looked up next.
    pub(crate) looked_up_a: Vec<Name>,
    /// The address families of servers that are worth looking up.
    pub routes: Routes,
}

impl Stack {
    /// Creates a stack of one walk: for the question, from a zone whose servers are known.
    pub fn new(question: Question, start: Delegation) -> Stack {
        Stack {
            bottom: Walk::new(question, start),
            above: Vec::new(),
            postponed: Vec::new(),
            looked_up_a: Vec::new(),
            routes: Routes::default(),
        }
    }

    /// Returns the walk on top.
    pub fn top(&mut self) -> &mut Walk {
        self.above.last_mut().unwrap_or(&mut self.bottom)
    }

    /// Returns the walk on top, to read.
    pub(crate) fn running(&self) -> &Walk {
        self.above.last().unwrap_or(&self.bottom)
    }

    /// Returns what the walk on top needs.
    pub fn step(&mut self) -> Step {
        self.top().step()
    }

    /// Returns the number of walks above the bottom: 0 to [`MAX_NESTING`].
    pub fn depth(&self) -> usize {
        self.above.len()
    }

    /// Returns the question for a server's address: for its A records first, if this machine has a
    /// route to IPv4 addresses, and then for its AAAA records.
    pub fn question_for(&self, server: &Name) -> Question {
        let is_ipv6_alone = self.routes.ipv6 && !self.routes.ipv4;
        let qtype = match is_ipv6_alone || self.looked_up_a.contains(server) {
            true => RecordType::AAAA,
            false => RecordType::A,
        };
        Question {
            qname: server.clone(),
            qtype,
            qclass: Class::IN,
        }
    }

    /// Starts a walk from `start` for the address of a server that the walk on top needs. If that
    /// would be a loop, or nested too deeply, the walk on top goes on without the address.
    ///
    /// Returns whether there is a new walk on top.
    pub fn start_lookup(&mut self, server: &Name, start: Delegation) -> bool {
        let mut walks = std::iter::once(&self.bottom).chain(&self.above);
        let is_in_stack = walks.any(|walk| walk.question().qname == *server);
        todo!(
            "Put a walk for the server's address (`question_for`) on top, and return true. A walk that can lead nowhere, or is nested too deeply, must not begin: the walk on top receives an empty list of addresses instead (`handle_addresses`), and this returns false."
        )
    }

    /// Takes the walk on top off the stack, with its result, and passes the addresses that it found
    /// to the walk below. The result of the walk at the bottom is returned instead: that is the
    /// end.
    pub fn finish_walk(&mut self, result: WalkResult) -> Option<WalkResult> {
        todo!(
            "End the walk on top. The walk below it waits for its addresses (`pass_on`). The one at the bottom has no walk below it: it is the end of all, with this `result`."
        )
    }

    /// Passes the addresses of a server to the walk on top, which needs them; or the alias, whose
    /// target the walk looks up then. After a server's A records, its AAAA records may be looked up
    /// too, if they are worth it: when no other server is left.
    fn pass_on(&mut self, question: &Question, result: &WalkResult) {
        let server = &question.qname;
        if let Ok(Answer::Alias { target, .. }) = result {
            self.top().handle_alias(server, target);
            return;
        }
        self.top()
            .handle_addresses(server, &addresses(server, result));
        let exists = matches!(result, Ok(Answer::Positive(_) | Answer::NoData(_)));
        if exists && question.qtype == RecordType::A && self.routes.ipv6 {
            self.looked_up_a.push(server.clone());
            self.top().postpone_lookup(server);
        }
    }
}

/// Returns the addresses of a server in the answer to the question for it: those at its own name.
pub(crate) fn addresses(server: &Name, result: &WalkResult) -> Vec<IpAddr> {
    let Ok(Answer::Positive(records)) = result else {
        return Vec::new();
    };
    let own = records.iter().filter(|record| record.owner == *server);
    own.filter_map(Record::address).collect()
}
