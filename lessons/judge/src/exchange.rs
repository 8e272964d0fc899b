//! [`Exchange`]: a query that one of the judge's name servers received, and the replies that it
//! sent.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

use dnsparse::{DnsPacket, Name, RecordType};
use network::Via;

use crate::outcome::{Message, Peer, Side};

/// Maps a query to its replies: none is a timeout, two are a forged reply and the genuine one.
pub type Responder = Arc<dyn Fn(&ReceivedQuery) -> Vec<Reply> + Send + Sync>;

/// A message that a name server received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedQuery {
    /// The transport.
    pub via: Via,
    /// The address that it came from.
    pub client: SocketAddr,
    /// The time of arrival.
    pub at: Instant,
    /// The number of messages that this server received before it.
    pub index: usize,
    /// The message.
    pub octets: Vec<u8>,
}

/// A reply that a name server sends.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The message.
    pub octets: Vec<u8>,
    /// The part that is forged; none in a genuine reply.
    pub forgery: Option<&'static str>,
    /// The socket that sends it instead of the server's own.
    pub socket: Option<Arc<UdpSocket>>,
}

/// A query and the replies to it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The query.
    pub query: ReceivedQuery,
    /// The replies with the times at which they were sent, in order.
    pub replies: Vec<(Instant, Reply)>,
}

impl Reply {
    /// Creates a genuine reply.
    pub fn genuine(octets: Vec<u8>) -> Reply {
        Reply {
            octets,
            forgery: None,
            socket: None,
        }
    }

    /// Creates a reply that is forged in this part.
    pub fn forged(octets: Vec<u8>, part: &'static str) -> Reply {
        Reply {
            forgery: Some(part),
            ..Reply::genuine(octets)
        }
    }
}

impl ReceivedQuery {
    /// Returns the parsed message, if it is well-formed.
    pub fn packet(&self) -> Option<DnsPacket> {
        DnsPacket::parse(&self.octets).ok()
    }

    /// Returns whether the question has this name, and this type if one is given.
    pub fn has_question(&self, qname: &Name, qtype: Option<RecordType>) -> bool {
        self.packet().is_some_and(|query| {
            query.question().is_some_and(|question| {
                question.qname == *qname && qtype.is_none_or(|qtype| qtype == question.qtype)
            })
        })
    }
}

impl Exchange {
    /// Returns query and replies as messages of the server at this address, which serves these
    /// zones.
    pub fn messages(self, server: SocketAddr, zones: &str) -> Vec<Message> {
        let via = self.query.via;
        let query = Message {
            at: self.query.at,
            from: Side::Program,
            peer: Peer::NameServer(zones.to_owned()),
            server,
            via,
            octets: Some(self.query.octets),
            note: String::new(),
            is_wrong: false,
        };
        let reply = |(at, reply): (Instant, Reply)| {
            let source = reply.socket.and_then(|socket| socket.local_addr().ok());
            let (peer, note) = match reply.forgery {
                None => (query.peer.clone(), String::new()),
                Some(part) => (Peer::Forger, format!("forged: {part}")),
            };
            Message {
                at,
                from: Side::Judge,
                peer,
                server: source.unwrap_or(server),
                via,
                octets: Some(reply.octets),
                note,
                is_wrong: false,
            }
        };
        let replies: Vec<Message> = self.replies.into_iter().map(reply).collect();
        [query].into_iter().chain(replies).collect()
    }
}
