//! One query and its reply: matching, timeouts and retries (RFC 1035 section 4.2.1, RFC 5452
//! section 9.1).

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, WriteError};
use network::{Channel, Network, Via};
use tokio::time::timeout;

use crate::hold::{Hold, has_malformed_answer};
use crate::parse_reply::parse_reply;

/// The timeouts of a query, and its number of tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The longest time that one try over UDP may take.
    pub timeout: Duration,
    /// The longest time that one try over TCP may take, which needs two round trips or more.
    pub tcp_timeout: Duration,
    /// The number of tries. 0 means one.
    pub tries: u32,
}

impl Default for RetryPolicy {
    /// Three tries of two seconds: packets do get lost, and a user does not wait for ten seconds.
    fn default() -> Self {
        RetryPolicy {
            timeout: Duration::from_secs(2),
            tcp_timeout: Duration::from_secs(2),
            tries: 3,
        }
    }
}

/// A reply, and the transport that it came over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The reply, parsed.
    pub packet: DnsPacket,
    /// The reply in octets, as received.
    pub octets: Vec<u8>,
    /// The transport.
    pub via: Via,
    /// The number of octets after the last section of the message, which were ignored.
    pub trailing: usize,
}

impl Reply {
    /// Whether the reply was kept back until its try timed out, because its answer is malformed:
    /// the time that it took says nothing about the server.
    pub fn was_held(&self) -> bool {
        self.via == Via::Udp && has_malformed_answer(&self.packet)
    }
}

/// The error of an exchange without a reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The query cannot be written: it is too long, or has a malformed record.
    #[error("the query cannot be written: {0}")]
    Unwritable(#[from] WriteError),
    /// The last try timed out: no message arrived, or none that was the reply.
    #[error("no reply from {server} over {via}: tried {tries} times, {timeout:?} each{discarded}")]
    Timeout {
        /// The server.
        server: SocketAddr,
        /// The transport.
        via: Via,
        /// The number of tries.
        tries: u32,
        /// The timeout of each try.
        timeout: Duration,
        /// The messages that arrived and were not the reply.
        discarded: Discarded,
    },
    /// The last try failed with an error of the operating system.
    #[error("cannot reach {server} over {via}: {}", reason_text(reason))]
    Unreachable {
        /// The server.
        server: SocketAddr,
        /// The transport.
        via: Via,
        /// The system's error.
        reason: io::Error,
    },
}

/// Returns the system's error message, or a clearer one for a connection that was closed too early.
fn reason_text(reason: &io::Error) -> String {
    match reason.kind() {
        io::ErrorKind::UnexpectedEof => {
            "the server closed the connection before its reply was complete".to_owned()
        }
        _ => reason.to_string(),
    }
}

/// The messages that arrived and were not the reply: their number, and the fault of the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discarded {
    /// The number of messages.
    pub count: u32,
    /// The reason to discard the last one.
    pub last_reason: String,
}

impl Discarded {
    /// Counts one more discarded message.
    pub fn add(&mut self, reason: impl fmt::Display) {
        self.count = self.count.saturating_add(1);
        self.last_reason = reason.to_string();
    }
}

impl fmt::Display for Discarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => Ok(()),
            count => write!(
                f,
                "; messages discarded: {count}, the last one because: {}",
                self.last_reason
            ),
        }
    }
}

/// Sends a query to `server`, and returns the complete reply.
///
/// A truncated reply (TC) over UDP is discarded, and the query sent again over TCP (RFC 7766
/// section 5).
///
/// # Errors
/// If no reply arrives in any of the tries.
pub async fn exchange<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    policy: RetryPolicy,
) -> Result<Reply, ExchangeError> {
    todo!("Get the reply with `query_over`. If it is truncated, get a whole one in its place.")
}

/// Sends a query over one transport, and returns the reply. A reply with a malformed answer is
/// returned only if its try ends without a better one.
///
/// # Errors
/// The failure of the last try, if no reply arrives in any of them.
async fn query_over<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    policy: RetryPolicy,
) -> Result<Reply, ExchangeError> {
    let hold = Hold::new(network, query);
    let result = retry(&hold, server, query, via, policy).await;
    result.or_else(|error| hold.take().ok_or(error))
}

/// Sends a query until its reply arrives: each time on a new channel, and within the limits of
/// `policy`.
///
/// # Errors
/// The failure of the last try, if no reply arrives in any of them.
async fn retry<N: Network>(
    network: &Hold<'_, N>,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    policy: RetryPolicy,
) -> Result<Reply, ExchangeError> {
    let limit = match via {
        Via::Udp => policy.timeout,
        Via::Tcp => policy.tcp_timeout,
    };
    let tries = policy.tries.max(1);
    let timed_out = |discarded| ExchangeError::Timeout {
        server,
        via,
        tries,
        timeout: limit,
        discarded,
    };
    let octets = query.write()?;
    let mut discarded = Discarded::default();
    let mut failure: Option<io::Error> = None;
    todo!(
        "Run `try_once` at most `tries` times, and return its reply at once. Decide what `limit` limits (prediction 2). Store the system's error as `failure`, or None after a timeout. If no try has a reply, return the last failure as Unreachable, or `timed_out(discarded)` if there is none."
    )
}

/// Opens a channel, sends the query, and waits for its reply, without a timeout of its own.
///
/// Any host that can send a packet can send one here: what arrives may be late, malformed or forged
/// (RFC 5452 section 9.1).
///
/// # Errors
/// If the system cannot open the channel, send or receive.
async fn try_once<N: Network>(
    network: &Hold<'_, N>,
    server: SocketAddr,
    query: &DnsPacket,
    octets: &[u8],
    via: Via,
    discarded: &mut Discarded,
) -> io::Result<Reply> {
    todo!(
        "Open a channel, send `octets`, which is the query, and receive. The reply is a message that parses (`parse_reply`) and `reply_matches`. Decide what any other message does to the wait (prediction 1), and add it to `discarded`, with the parser's error or a reason of your own."
    )
}

/// Whether a message is the reply to a query.
///
/// The id alone has sixteen bits, and every host can send us packets. Each further field that has
/// to match is one more that a forger has to know. (Later lessons add the case of the name.)
pub fn reply_matches(query: &DnsPacket, message: &DnsPacket) -> bool {
    let (sent, received) = (query.header, message.header);
    todo!(
        "Return whether the message is a response, and one to this query: decide which of its fields have to be the query's. (The questions may be missing where it `may_lack_question`.)"
    )
}

/// Whether a reply is valid without the question. A server that cannot parse the query, or does not
/// implement its opcode, may not be able to copy the question: then its RCODE is an error, and no
/// section has a record.
fn may_lack_question(message: &DnsPacket) -> bool {
    let is_failure = matches!(
        message.header.rcode,
        Rcode::FORMERR | Rcode::NOTIMP | Rcode::REFUSED | Rcode::SERVFAIL
    );
    is_failure && message.questions.is_empty() && message.records().next().is_none()
}
