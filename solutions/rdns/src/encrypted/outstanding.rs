//! [`Outstanding`]: the queries on a connection that have no reply yet, and which of them a message is
//! the reply to (RFC 7766 section 7).

use std::collections::HashMap;
use std::time::Duration;

use dnsparse::DnsPacket;
use tokio::sync::oneshot;
use tokio::time::Instant;
use transport::exchange::reply_matches;

/// The time after which a connection without a query is closed (RFC 7858 section 3.4).
pub(super) const IDLE: Duration = Duration::from_secs(10);
/// The time without any reply after which a connection with queries is given up: the server may have
/// been restarted, and a firewall may drop the packets that would say so.
pub(super) const STALLED: Duration = Duration::from_secs(5);
/// The maximum number of queries without a reply.
const MAX_OUTSTANDING: usize = 1_000;

/// The queries without a reply, by their ids on the connection.
#[derive(Debug)]
pub(super) struct Outstanding {
    queries: HashMap<u16, Waiting>,
    next_id: u16,
    /// Whether a query was sent.
    has_queries: bool,
    /// Whether a reply to one of them was received.
    has_replies: bool,
    /// The time without any reply after which a connection is given up that never had one.
    first_reply: Duration,
    /// The number of queries that were removed without a reply, which may still come.
    removed: usize,
    /// The time of the last reply, or of a query that was sent when none was outstanding.
    quiet_since: Instant,
    /// Whether no further query will be sent.
    pub(super) has_all_queries: bool,
}

#[derive(Debug)]
struct Waiting {
    /// The header and question of the query, with its id on the connection.
    query: DnsPacket,
    /// The id of the query as the search has drawn it.
    id: [u8; 2],
    reply: oneshot::Sender<Vec<u8>>,
}

impl Outstanding {
    pub(super) fn new(first_reply: Duration) -> Outstanding {
        Outstanding {
            queries: HashMap::new(),
            next_id: 0,
            has_queries: false,
            has_replies: false,
            first_reply,
            removed: 0,
            quiet_since: Instant::now(),
            has_all_queries: false,
        }
    }

    /// Adds a query, and returns it with its id on the connection; none if it is no message, or too
    /// many are outstanding.
    pub(super) fn add(
        &mut self,
        mut message: Vec<u8>,
        reply: oneshot::Sender<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        if self.queries.len() >= MAX_OUTSTANDING {
            self.remove_ended();
        }
        if self.queries.len() >= MAX_OUTSTANDING {
            return None;
        }
        // An id comes again after all others: a reply that is this late is improbable.
        while self.queries.contains_key(&self.next_id) {
            self.next_id = self.next_id.wrapping_add(1);
        }
        let id = replace_id(&mut message, self.next_id.to_be_bytes())?;
        let query = DnsPacket::parse_head(&message).ok()?;
        if self.queries.is_empty() {
            self.quiet_since = Instant::now();
        }
        self.has_queries = true;
        let waiting = Waiting { query, id, reply };
        self.queries.insert(self.next_id, waiting);
        self.next_id = self.next_id.wrapping_add(1);
        Some(message)
    }

    /// Removes the queries whose searches have ended.
    fn remove_ended(&mut self) {
        let before = self.queries.len();
        self.queries.retain(|_, waiting| !waiting.reply.is_closed());
        self.removed += before - self.queries.len();
    }

    /// Passes a reply to its search. False if the message is no reply to an outstanding query.
    pub(super) fn handle_message(&mut self, mut message: Vec<u8>) -> bool {
        let Ok(head) = DnsPacket::parse_head(&message) else {
            return false;
        };
        let Some(Waiting { query, id, reply }) = self.queries.remove(&head.header.id) else {
            let is_late = self.removed > 0;
            self.removed = self.removed.saturating_sub(1);
            return is_late;
        };
        self.quiet_since = Instant::now();
        replace_id(&mut message, id);
        // The search may have ended. It refuses a reply to another question, so that this query alone
        // has failed.
        let _ = reply.send(message);
        let is_reply = reply_matches(&query, &head);
        self.has_replies |= is_reply;
        is_reply
    }

    /// Whether a reply to a query was received.
    pub(super) fn has_replies(&self) -> bool {
        self.has_replies
    }

    /// Whether queries were sent, and none had a reply.
    pub(super) fn is_useless(&self) -> bool {
        self.has_queries && !self.has_replies
    }

    /// Removes all queries: they get no reply.
    pub(super) fn clear(&mut self) {
        self.queries.clear();
    }

    /// Whether the connection is no longer needed, or no longer works. A query whose search has ended
    /// counts as outstanding, too: its missing reply says that the connection does not work.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        let quiet = now.saturating_duration_since(self.quiet_since);
        match self.queries.is_empty() {
            true => self.has_all_queries || quiet >= IDLE,
            false if self.has_replies => quiet >= STALLED,
            false => quiet >= self.first_reply,
        }
    }
}

/// Puts another id into a message, and returns the one that it had.
fn replace_id(message: &mut [u8], id: [u8; 2]) -> Option<[u8; 2]> {
    let place = message.first_chunk_mut()?;
    Some(std::mem::replace(place, id))
}

#[cfg(test)]
mod tests {
    use dnsparse::RecordType;

    use super::*;

    /// Replies to removed queries may be late, and are no fault: each of them once.
    #[test]
    fn late_replies_to_removed_queries_are_dropped() {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let _clock = runtime.as_ref().unwrap().enter();
        let mut outstanding = Outstanding::new(STALLED);
        let name: dnsparse::Name = "www.example.com".parse().unwrap();
        let query = DnsPacket::query(7, name, RecordType::A).write().unwrap();
        let add = |outstanding: &mut Outstanding| {
            let (sender, receiver) = oneshot::channel();
            (outstanding.add(query.clone(), sender), receiver)
        };
        for _ in 0..MAX_OUTSTANDING {
            assert!(add(&mut outstanding).0.is_some());
        }
        let (last, _receiver) = add(&mut outstanding);
        assert!(last.is_some(), "all others have ended");
        let mut late = query;
        late[2] |= 0x80;
        for _ in 0..MAX_OUTSTANDING {
            assert!(outstanding.handle_message(late.clone()));
        }
        assert!(!outstanding.handle_message(late), "one too many");
    }
}
