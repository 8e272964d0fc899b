//! [`Memory`]: what a resolver knows, shared by all that it does at the same time.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chase::{Chase, Knowledge, Next, Resolution, Trouble};
use dnsparse::{Name, Question};
use iterate::Outcome;
use referral::{Delegation, Reading};
use tokio::time::Instant;

use crate::facts::Facts;

/// [`Facts`] behind a lock, with tokio's clock. Cloning it gives another handle on the same memory.
///
/// Each call takes the lock for as long as it takes to look something up, and never while anybody waits for a server. (A server
/// with many threads has several, each for a part of all names.)
#[derive(Debug, Clone)]
pub struct Memory {
    facts: Arc<Mutex<Facts>>,
}

impl Memory {
    /// Knows the root's servers from the hints, and nothing else. It has room for so many records.
    pub fn new(hints: Delegation, capacity: usize) -> Memory {
        Memory {
            facts: Arc::new(Mutex::new(Facts::new(hints, capacity))),
        }
    }

    /// The root's servers say who they are (RFC 9609): for as long as the TTL allows, that counts more than the hints.
    pub fn set_root(&self, root: Delegation) {
        self.facts().cuts.set_root(root, Instant::now());
    }

    /// How many records are held, those that have expired and were not noticed yet included.
    pub fn records(&self) -> usize {
        self.facts().records()
    }

    /// The answer to a question, if it is known already, with all the aliases that lead to it: also that there is nothing, and
    /// that it failed a moment ago.
    pub fn peek(&self, question: &Question) -> Option<Resolution> {
        let (mut facts, now) = (self.facts(), Instant::now());
        if let Some(trouble) = facts.recent_trouble(question, now) {
            return Some(Resolution::failed(trouble));
        }
        let mut chase = Chase::new(question.clone());
        let mut question = question.clone();
        loop {
            let outcome = facts.recall(&question, now)?;
            match chase.heard(Ok(outcome)) {
                Next::Walk(next) => question = next,
                Next::End(resolution) => return Some(resolution),
            }
        }
    }

    /// Who panics while holding the lock leaves nothing half done that could not be used.
    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Knowledge for Memory {
    fn start(&self, question: &Question) -> Delegation {
        self.facts().start(question, Instant::now())
    }

    fn recall(&self, question: &Question) -> Option<Outcome> {
        self.facts().recall(question, Instant::now())
    }

    fn addresses(&self, server: &Name) -> Option<Vec<IpAddr>> {
        self.facts().addresses(server, Instant::now())
    }

    fn learn(&self, zone: &Name, question: &Question, reading: &Reading) {
        self.facts().learn(zone, question, reading, Instant::now());
    }

    fn recent_trouble(&self, question: &Question) -> Option<Trouble> {
        self.facts().recent_trouble(question, Instant::now())
    }

    fn learn_trouble(&self, question: &Question, trouble: &Trouble) {
        self.facts()
            .learn_trouble(question, trouble, Instant::now());
    }
}
