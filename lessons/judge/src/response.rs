//! [`Response`]: the reply of the server under test to one query, or the reason why there is none.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use dnsparse::DnsPacket;
use network::Via;

use crate::outcome::{Message, Peer, Side};
use crate::text::count_of;

/// A query, and the reply to it, if one arrived in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The server under test.
    pub server: SocketAddr,
    /// The transport.
    pub via: Via,
    /// The query.
    pub query: Vec<u8>,
    /// The time at which it was sent.
    pub sent: Instant,
    /// The number of times that it was sent.
    pub attempts: u32,
    /// The reply, or the reason why there is none.
    pub reply: Result<Vec<u8>, NoReply>,
    /// The time until the reply, or until the judge gave up.
    pub elapsed: Duration,
}

/// The reason why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReply {
    /// None came within the time.
    Timeout,
    /// No program listens at the address.
    Refused,
    /// The TCP connection was closed after this part of a reply.
    Closed(Part),
    /// No more than this part of a reply came over TCP within the time.
    Incomplete(Part),
    /// The query could not be sent, for this reason.
    NotSent(String),
}

/// The octets of a TCP reply that arrived, with the two octets of the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// Their number.
    pub received: usize,
    /// The number of the whole reply, if its length arrived.
    pub whole: Option<usize>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.received, self.whole) {
            (0, _) => f.write_str("without a reply"),
            (1, None) => f.write_str("after 1 octet, half of a reply's length"),
            (received, None) => write!(f, "after {received} octets of a reply"),
            (received, Some(whole)) => write!(
                f,
                "after {received} of the {whole} octets of a reply and its length"
            ),
        }
    }
}

impl Response {
    /// Creates the response to a query that was sent at this time.
    pub fn new(
        server: SocketAddr,
        via: Via,
        query: Vec<u8>,
        sent: Instant,
        reply: Result<Vec<u8>, NoReply>,
    ) -> Response {
        Response {
            server,
            via,
            query,
            sent,
            attempts: 1,
            reply,
            elapsed: sent.elapsed(),
        }
    }

    /// Returns the parsed reply, if it arrived and is well-formed.
    pub fn packet(&self) -> Option<DnsPacket> {
        DnsPacket::parse(self.reply.as_deref().ok()?).ok()
    }

    /// Returns the time of the reply, or the one at which the judge gave up.
    pub fn end(&self) -> Instant {
        self.sent + self.elapsed
    }

    /// Returns query and reply as messages. The reply is marked as the wrong one, also if there is
    /// none.
    pub fn messages(&self) -> Vec<Message> {
        let message = |from, at, octets: Option<&[u8]>| Message {
            at,
            from,
            peer: Peer::Client,
            server: self.server,
            via: self.via,
            octets: octets.map(<[u8]>::to_vec),
            note: match octets {
                Some(_) => String::new(),
                None => self.summary(),
            },
            is_wrong: from == Side::Program,
        };
        let reply = self.reply.as_deref().ok();
        vec![
            message(Side::Judge, self.sent, Some(&self.query)),
            message(Side::Program, self.end(), reply),
        ]
    }

    /// Describes the reply in a few words, or the reason why there is none.
    pub fn summary(&self) -> String {
        let seconds = self.elapsed.as_secs_f32();
        let octets = match &self.reply {
            Ok(octets) => octets,
            Err(NoReply::Timeout) if self.attempts > 1 => {
                let attempts = self.attempts;
                return format!("no reply to {attempts} queries, the last within {seconds:.1} s");
            }
            Err(NoReply::Timeout) => return format!("no reply within {seconds:.1} s"),
            Err(NoReply::Refused) => {
                let (via, server) = (self.via, self.server);
                return format!("connection refused: no program listens at {server} over {via}");
            }
            Err(NoReply::Closed(part)) => {
                return format!("the server closed the connection {part}");
            }
            Err(NoReply::Incomplete(part)) => {
                return format!("the server sent no more {part}, within {seconds:.1} s");
            }
            Err(NoReply::NotSent(why)) => return format!("the query was not sent: {why}"),
        };
        match DnsPacket::parse(octets) {
            Err(error) => {
                let length = count_of(octets.len(), "octet");
                format!("a malformed reply of {length}: {error}")
            }
            Ok(packet) => {
                let count = packet.answers.len();
                let count = count_of(count, "record");
                format!("{} and {count} in the answer section", packet.rcode())
            }
        }
    }
}
