//! [`SharedQueries`]: one upstream query for all searches that need its reply at the same time
//! (given).
//!
//! A thousand names may be aliases of one: the searches for them come to the same question, at the
//! servers of the same zone, at the same moment. One of them sends the query, and the others wait
//! for its outcome. That spares the servers, and it is safer: a resolver that has the same query
//! out a thousand times gives a forger a thousand ids to guess (RFC 5452 section 5).
//!
//! In a resolver that has just been started, a thousand names below one zone also need the same
//! referral to it. At the root and at top-level domains, where nearly every reply is a referral,
//! the first search sends its query, and the others wait for the referral. If the reply is no
//! referral, each sends its own query after all.
//!
//! Lesson 12 shares whole searches among clients with the same question. This is the same, one
//! level below.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dnsparse::{Name, Question, RecordType};
use referral::ReplyKind;
use tokio::sync::oneshot;

/// The number of times that a search waits for the referral that another search's query brings, if
/// that query times out.
const MAX_WAITS: u32 = 3;

/// The zone whose servers are queried, and the question.
type Key = (Name, Question);
/// The searches that wait for the outcome of one query. Most queries have none.
type Followers = Vec<oneshot::Sender<Arc<Outcome>>>;

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
    /// Whether the server counted as dead already.
    pub(crate) is_dead: bool,
    /// Whether it is this machine's own failure: no socket, perhaps.
    pub(crate) is_local: bool,
}

/// The queries of all searches that have no outcome yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedQueries {
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    queries: HashMap<Key, Followers>,
    /// Those of the same queries that probably bring a referral, by the zone whose servers are
    /// queried and the name one label below it.
    referrals: HashMap<(Name, Name), Key>,
}

/// The role of one search in a query.
pub(crate) enum Share {
    /// The search sends the query.
    Leads(Leader),
    /// The search waits for the outcome of another search's query.
    Follows(Follower),
    /// The search waits for the outcome of another search's query for another name, which may be a
    /// referral that this search needs, too.
    WaitsForReferral(Follower),
}

/// The search that sends a query. If it is dropped, one of its followers leads next.
pub(crate) struct Leader {
    queries: SharedQueries,
    key: Key,
    /// Its key among the referrals, if others may wait for it.
    referral: Option<(Name, Name)>,
    /// Whether the table has the query.
    is_listed: bool,
}

/// A search that waits for the outcome.
pub(crate) struct Follower {
    outcome: oneshot::Receiver<Arc<Outcome>>,
}

impl SharedQueries {
    /// Joins the query for a question to the servers of a zone, or leads a new one; or waits for
    /// the referral that another query may bring, if it `may_wait`.
    pub(crate) fn join(&self, zone: &Name, question: &Question, may_wait: bool) -> Share {
        let key = (zone.clone(), question.clone());
        let mut table = self.table();
        if let Some(followers) = table.queries.get_mut(&key) {
            return Share::Follows(Follower::of(followers));
        }
        let referral = likely_referral(zone, question);
        let other = referral.as_ref().and_then(|it| table.referrals.get(it));
        let other = other.cloned();
        let followers = other.as_ref().and_then(|it| table.queries.get_mut(it));
        if let Some(followers) = followers.filter(|_| may_wait) {
            return Share::WaitsForReferral(Follower::of(followers));
        }
        let referral = referral.filter(|_| other.is_none());
        if let Some(referral) = referral.clone() {
            table.referrals.insert(referral, key.clone());
        }
        table.queries.insert(key.clone(), Followers::new());
        Share::Leads(Leader {
            queries: self.clone(),
            key,
            referral,
            is_listed: true,
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the zone, and the name one label below it on the way to the name of the question, if the
/// reply is probably a referral to that: at the root, and at a top-level domain.
fn likely_referral(zone: &Name, question: &Question) -> Option<(Name, Name)> {
    let is_top = zone.parent().is_none_or(|parent| parent.is_root());
    // The DS records of a zone are in its parent.
    if !is_top || question.qtype == RecordType::DS {
        return None;
    }
    let mut names = question.qname.ancestors();
    let child = names.find(|name| name.parent().as_ref() == Some(zone))?;
    Some((zone.clone(), child))
}

/// The waits of one search for referrals.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// The zone and the question of the last wait, and how often the search may wait again.
    last: Option<(Key, u32)>,
}

impl Waits {
    /// Whether the search may wait for a referral that another search's query may bring.
    pub(crate) fn may_wait(&self, zone: &Name, question: &Question) -> bool {
        let is_same = |last: &&(Key, u32)| last.0.0 == *zone && last.0.1 == *question;
        let last = self.last.as_ref().filter(is_same);
        last.is_none_or(|(_, left)| *left > 0)
    }

    /// Notes a wait. After a reply the search does not wait again; without one, [`MAX_WAITS`]
    /// times.
    pub(crate) fn note(&mut self, zone: &Name, question: &Question, is_reply: bool) {
        let key = (zone.clone(), question.clone());
        let left = match &self.last {
            _ if is_reply => 0,
            Some((last, left)) if *last == key => left.saturating_sub(1),
            _ => MAX_WAITS - 1,
        };
        self.last = Some((key, left));
    }
}

impl Leader {
    /// Returns the zone whose servers are queried, and the question.
    pub(crate) fn key(&self) -> (&Name, &Question) {
        (&self.key.0, &self.key.1)
    }

    /// Passes the outcome to the followers, and returns it. A search that comes later sends a query
    /// of its own, unless it finds the reply in the cache.
    pub(crate) fn publish(mut self, outcome: Outcome) -> Arc<Outcome> {
        let outcome = Arc::new(outcome);
        // No search joins from here on. Without followers, as is usual, the outcome has one owner, and
        // its records are moved and not cloned.
        for follower in self.remove() {
            // A search that has ended does not wait any more.
            let _ = follower.send(Arc::clone(&outcome));
        }
        outcome
    }

    /// Removes the query from the table, once: another search may lead the same query after that.
    /// Returns its followers.
    fn remove(&mut self) -> Followers {
        if !std::mem::take(&mut self.is_listed) {
            return Followers::new();
        }
        let mut table = self.queries.table();
        if let Some(referral) = &self.referral {
            table.referrals.remove(referral);
        }
        table.queries.remove(&self.key).unwrap_or_default()
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Follower {
    /// Adds a follower to those of a query.
    fn of(followers: &mut Followers) -> Follower {
        let (sender, outcome) = oneshot::channel();
        followers.push(sender);
        Follower { outcome }
    }

    /// Waits for the outcome; none if the leading search has ended without one.
    pub(crate) async fn outcome(self) -> Option<Arc<Outcome>> {
        self.outcome.await.ok()
    }
}
