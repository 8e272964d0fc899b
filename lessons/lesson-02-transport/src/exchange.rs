//! One query, one reply: matched, timed, tried again (RFC 1035 section 4.2.1, RFC 5452 section 9.1).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, WriteError};
use network::{Channel, Network, Via};
use tokio::time::timeout;

/// How long to wait, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long one try may take.
    pub timeout: Duration,
    /// How many tries there are; at least one.
    pub tries: u32,
}

impl Default for Patience {
    /// Three tries of two seconds: packets do get lost, and nobody waits for ten seconds.
    fn default() -> Self {
        Patience {
            timeout: Duration::from_secs(2),
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
    #[error("no reply from {server} over {via}: tried {tries} times, {timeout:?} each")]
    Silence {
        /// Who was asked.
        server: SocketAddr,
        /// How.
        via: Via,
        /// How often.
        tries: u32,
        /// How long each time.
        timeout: Duration,
    },
    /// The system says that it cannot be done.
    #[error("cannot talk to {server} over {via}: {reason}")]
    Unreachable {
        /// Who was asked.
        server: SocketAddr,
        /// How.
        via: Via,
        /// What the system says.
        reason: io::Error,
    },
}

/// Asks `server`, and returns its whole reply.
///
/// A reply by UDP that is marked as truncated (TC) is put aside, and the question asked again over TCP (RFC 7766 section
/// 5).
///
/// # Errors
/// If no try brought a reply.
pub async fn exchange<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    patience: Patience,
) -> Result<Reply, ExchangeError> {
    todo!(
        "Ask with `persist` over `via`; if the reply came by UDP and has TC set, ask again over TCP."
    )
}

/// Tries until a reply comes, each time on a new channel and for `patience.timeout` at the most.
///
/// # Errors
/// What went wrong with the last try, if none brought a reply.
async fn persist<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    patience: Patience,
) -> Result<Reply, ExchangeError> {
    let Patience {
        timeout: limit,
        tries,
    } = patience;
    let silence = || ExchangeError::Silence {
        server,
        via,
        tries,
        timeout: limit,
    };
    let octets = query.write()?;
    todo!(
        "Up to `tries` times, run `attempt` within the time `limit`: return its reply, or the last failure."
    )
}

/// One try: opens a channel, sends the query, and waits for its reply, however long that takes.
///
/// Whatever else arrives is passed over: it may be late, broken, or forged. It must not end the wait, or anybody could
/// (RFC 5452 section 9.1).
async fn attempt<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    octets: &[u8],
    via: Via,
) -> io::Result<Reply> {
    todo!(
        "Open a channel, send the octets, and receive until a message parses and `is_reply` says yes."
    )
}

/// Whether a message is the reply to a query.
///
/// The id alone is sixteen bits, and everybody can send us a packet. Each further thing that has to be right is a thing
/// that a forger has to know. (Later lessons add the case of the name.)
pub fn is_reply(query: &DnsPacket, message: &DnsPacket) -> bool {
    todo!(
        "It has QR set, the query's id and opcode, and the query's questions (see `may_lack_question`)."
    )
}

/// A server that could not read the query, or does not do such queries, may not be able to repeat its question.
fn may_lack_question(rcode: Rcode) -> bool {
    matches!(
        rcode,
        Rcode::FORMERR | Rcode::NOTIMP | Rcode::REFUSED | Rcode::SERVFAIL
    )
}
