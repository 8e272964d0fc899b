//! [`SharedQueries`]: one upstream query for all searches that need its reply at the same time
//! (given).
//!
//! A thousand names may be aliases of one: the searches for them come to the same question, at the
//! servers of the same zone, in the same moment. One of them sends the query, and the others wait
//! for its outcome. That spares the servers, and it is safer: a resolver that has the same query out
//! a thousand times gives a forger a thousand ids to guess (RFC 5452 section 5).
//!
//! Lesson 12 shares whole searches among clients with the same question. This is the same, one
//! level below.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dnsparse::{Name, Question};
use referral::ReplyKind;
use tokio::sync::watch;

/// The zone whose servers are queried, and the question.
type Key = (Name, Question);
/// The outcome, once there is one.
type Slot = Option<Arc<Outcome>>;

/// The outcome of one attempt at a server.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) server: IpAddr,
    pub(crate) reply: Result<ReplyKind, NoReply>,
}

/// The reason why a server gave no reply.
#[derive(Debug, Clone)]
pub(crate) struct NoReply {
    /// The reason, in words that stand after the server's address in a trace.
    pub(crate) text: String,
    /// Whether a query to it timed out.
    pub(crate) is_timeout: bool,
    /// Whether the server may be queried once more during this search.
    pub(crate) may_try_again: bool,
}

/// The queries of all searches that have no outcome yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedQueries {
    table: Arc<Mutex<HashMap<Key, watch::Receiver<Slot>>>>,
}

/// The part of one search in a query.
pub(crate) enum Share {
    /// It sends the query.
    Leads(Leader),
    /// It waits for the outcome of another search's query.
    Follows(Follower),
}

/// The search that sends a query. If it is dropped, one of its followers leads next.
pub(crate) struct Leader {
    queries: SharedQueries,
    key: Key,
    outcome: watch::Sender<Slot>,
}

/// A search that waits for the outcome.
pub(crate) struct Follower {
    outcome: watch::Receiver<Slot>,
}

impl SharedQueries {
    /// Joins the query for a question to the servers of a zone, or leads a new one.
    pub(crate) fn join(&self, zone: &Name, question: &Question) -> Share {
        let key = (zone.clone(), question.clone());
        match self.table().entry(key.clone()) {
            Entry::Occupied(entry) => Share::Follows(Follower {
                outcome: entry.get().clone(),
            }),
            Entry::Vacant(entry) => {
                let (sender, receiver) = watch::channel(None);
                entry.insert(receiver);
                Share::Leads(Leader {
                    queries: self.clone(),
                    key,
                    outcome: sender,
                })
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Key, watch::Receiver<Slot>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leader {
    /// Returns the zone whose servers are queried, and the question.
    pub(crate) fn key(&self) -> (&Name, &Question) {
        (&self.key.0, &self.key.1)
    }

    /// Passes the outcome to the followers, and returns it. A search that comes later sends a query
    /// of its own, unless it finds the reply in the cache.
    pub(crate) fn publish(&self, outcome: Outcome) -> Arc<Outcome> {
        let outcome = Arc::new(outcome);
        self.outcome.send_replace(Some(Arc::clone(&outcome)));
        outcome
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.queries.table().remove(&self.key);
    }
}

impl Follower {
    /// Waits for the outcome; none if the leading search has ended without one.
    pub(crate) async fn outcome(&mut self) -> Option<Arc<Outcome>> {
        self.outcome.wait_for(Option::is_some).await.ok()?.clone()
    }
}
