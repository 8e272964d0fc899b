//! One query, one reply: matched, timed, tried again (RFC 1035 section 4.2.1, RFC 5452 section 9.1).

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, WriteError};
use network::{Channel, Network, Via};
use tokio::time::timeout;

use crate::sieve::Sieve;

/// How long to wait, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How long one try over UDP may take.
    pub timeout: Duration,
    /// How long one try over TCP may take, which needs two round trips or more.
    pub tcp_timeout: Duration,
    /// How many tries there are; at least one.
    pub tries: u32,
}

impl Default for RetryPolicy {
    /// Three tries of two seconds: packets do get lost, and ten seconds are too long for a person.
    fn default() -> Self {
        RetryPolicy {
            timeout: Duration::from_secs(2),
            tcp_timeout: Duration::from_secs(2),
            tries: 3,
        }
    }
}

/// A reply, and how it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it says.
    pub packet: DnsPacket,
    /// The same in octets, as they arrived.
    pub octets: Vec<u8>,
    /// How it travelled.
    pub via: Via,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The query cannot be sent: it is too long, or malformed.
    #[error("the query cannot be written: {0}")]
    Unwritable(#[from] WriteError),
    /// Nothing came, or nothing that was the reply.
    #[error("no reply from {server} over {via}: tried {tries} times, {timeout:?} each{discarded}")]
    Timeout {
        /// The server.
        server: SocketAddr,
        /// How.
        via: Via,
        /// How often.
        tries: u32,
        /// How long each time.
        timeout: Duration,
        /// What did come.
        discarded: Discarded,
    },
    /// The system says that it cannot be done.
    #[error("cannot talk to {server} over {via}: {}", in_words(reason))]
    Unreachable {
        /// The server.
        server: SocketAddr,
        /// How.
        via: Via,
        /// What the system says.
        reason: io::Error,
    },
}

/// What the system says; of the one case that it has no good words for, what it means.
fn in_words(reason: &io::Error) -> String {
    match reason.kind() {
        io::ErrorKind::UnexpectedEof => {
            "it closed the connection before its reply was complete".to_owned()
        }
        _ => reason.to_string(),
    }
}

/// Messages that came, and were not the reply: how many, and what was wrong with the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discarded {
    /// How many.
    pub count: u32,
    /// Why the last one was not it.
    pub last: String,
}

impl Discarded {
    /// Counts one more.
    pub fn note(&mut self, why: impl fmt::Display) {
        self.count = self.count.saturating_add(1);
        self.last = why.to_string();
    }
}

impl fmt::Display for Discarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => Ok(()),
            count => write!(
                f,
                "; messages that came and were not the reply: {count}, the last because: {}",
                self.last
            ),
        }
    }
}

/// Asks `server`, and returns its whole reply.
///
/// A reply over UDP that is marked as truncated (TC) is put aside, and the question asked again over TCP (RFC 7766 section
/// 5).
///
/// # Errors
/// If no try brought a reply.
pub async fn exchange<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    policy: RetryPolicy,
) -> Result<Reply, ExchangeError> {
    // todo: Ask with `persist` over `via`; if the reply came over UDP and has TC set, ask again over TCP.
    let reply = persist(network, server, query, via, policy).await?;
    if reply.via == Via::Udp && reply.packet.header.tc {
        return persist(network, server, query, Via::Tcp, policy).await;
    }
    Ok(reply)
    // end todo
}

/// Tries until a reply comes. One with a malformed record will do where there is no better one when the time of its try is up.
///
/// # Errors
/// What went wrong with the last try, if none brought a reply.
async fn persist<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    policy: RetryPolicy,
) -> Result<Reply, ExchangeError> {
    let sieve = Sieve::new(network, query);
    let ended = try_often(&sieve, server, query, via, policy).await;
    ended.or_else(|error| sieve.spare().ok_or(error))
}

/// Tries until a reply comes, each time on a new channel, and no longer than `policy` allows.
///
/// # Errors
/// What went wrong with the last try, if none brought a reply.
async fn try_often<N: Network>(
    network: &Sieve<'_, N>,
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
    // todo: Up to `tries` times, run `attempt` within the time `limit`. Return its reply at once; keep what the system says
    // as `failure`, and None where time was up. Then return the last failure, or `timed_out`.
    for _ in 0..tries {
        let attempt = attempt(network, server, query, &octets, via, &mut discarded);
        match timeout(limit, attempt).await {
            Ok(Ok(reply)) => return Ok(reply),
            Ok(Err(reason)) => failure = Some(reason),
            Err(_elapsed) => failure = None,
        }
    }
    Err(match failure {
        Some(reason) => ExchangeError::Unreachable {
            server,
            via,
            reason,
        },
        None => timed_out(discarded),
    })
    // end todo
}

/// One try: opens a channel, sends the query, and waits for its reply, however long that takes.
///
/// Whatever else arrives is noted and passed over: it may be late, broken, or forged. It must not end the wait, or anybody
/// could end it (RFC 5452 section 9.1).
async fn attempt<N: Network>(
    network: &Sieve<'_, N>,
    server: SocketAddr,
    query: &DnsPacket,
    octets: &[u8],
    via: Via,
    discarded: &mut Discarded,
) -> io::Result<Reply> {
    // todo: Open a channel, send the octets, and receive until a message parses and `is_reply` says yes. Note what else
    // comes, with the parser's error or a word of your own.
    let mut channel = network.open(server, via).await?;
    channel.send(octets).await?;
    loop {
        let octets = channel.receive().await?;
        match DnsPacket::parse(&octets) {
            Ok(packet) if is_reply(query, &packet) => {
                return Ok(Reply {
                    packet,
                    octets,
                    via,
                });
            }
            Ok(_) => discarded.note("it does not fit the query"),
            Err(error) => discarded.note(error),
        }
    }
    // end todo
}

/// Whether a message is the reply to a query.
///
/// The id alone is sixteen bits, and everybody can send us a packet. Each further thing that has to be right is a thing
/// that a forger has to know. (Later lessons add the case of the name.)
pub fn is_reply(query: &DnsPacket, message: &DnsPacket) -> bool {
    let (asked, told) = (query.header, message.header);
    // todo: It has QR set, the query's id and opcode, and the query's questions (or else it `may_lack_question`).
    let same_question = message.questions == query.questions || may_lack_question(message);
    told.qr && told.id == asked.id && told.opcode == asked.opcode && same_question
    // end todo
}

/// A server that could not read the query, or does not do such queries, may not be able to repeat its question. It says so by
/// its RCODE, and has nothing else to say.
fn may_lack_question(message: &DnsPacket) -> bool {
    let is_failure = matches!(
        message.header.rcode,
        Rcode::FORMERR | Rcode::NOTIMP | Rcode::REFUSED | Rcode::SERVFAIL
    );
    is_failure && message.questions.is_empty() && message.records().next().is_none()
}
