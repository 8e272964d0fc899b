//! [`RateLimit`]: response rate limiting, for replies over UDP.
//!
//! The source address of a datagram can be forged: an attacker sends queries in the name of a
//! victim, and the replies, many times as large, go there. (RFC 5358 asks for access control against
//! that; but the victim may be a client of this very resolver.) So each network gets a *token
//! bucket*: a reply takes a token, and tokens come back at a constant rate.
//!
//! A reply without a token is dropped, except every second one: that one is sent *truncated*, no
//! larger than its query. A true client then repeats its query over TCP, where no address can be
//! forged, and is not limited. A victim never sent a query, and ignores the reply. RRL calls this
//! *slip*.
//!
//! DNS cookies (RFC 7873, RFC 9018) tell the two apart without any loss, but only for clients that
//! send them, and most stub resolvers do not. Without a cookie, a server is back at limiting rates.

use std::net::IpAddr;
use std::time::Duration;

use cache::Store;
use dnsparse::DnsPacket;
use network::Via;
use tokio::time::Instant;

use crate::prefix::network;

/// The most networks in the table: some megabytes. Those that are not used go first.
const MAX_NETWORKS: usize = 20_000;
/// One in this many replies without a token is sent truncated.
pub const SLIP: u32 = 2;
/// The size of a bucket: the time in which an empty one becomes full.
pub const WINDOW: Duration = Duration::from_secs(1);

/// The decision about one reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Send it.
    Send,
    /// Send a truncated one instead.
    Truncate,
    /// Send nothing.
    Drop,
}

/// A token bucket, as one point in time: that at which it is full. An empty bucket is full after
/// [`WINDOW`], and each token that is missing stands for an interval of the rate.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    full_at: Instant,
}

impl Bucket {
    /// Creates a full bucket.
    pub fn full(now: Instant) -> Bucket {
        Bucket { full_at: now }
    }

    /// Takes a token, if there is one. Returns whether there is. Tokens come back one in each
    /// `interval`.
    pub fn take(&mut self, interval: Duration, now: Instant) -> bool {
        todo!(
            "Take a token: it puts off the time at which the bucket is full by one `interval`. A bucket holds the tokens of one WINDOW at most. Where there is no token, nothing changes."
        )
    }
}

/// The buckets of all networks.
#[derive(Debug)]
pub struct RateLimit {
    interval: Duration,
    networks: Store<IpAddr, Replies>,
}

/// The replies to one network.
#[derive(Debug, Clone, Copy)]
struct Replies {
    bucket: Bucket,
    /// The number of replies without a token.
    limited: u32,
}

impl RateLimit {
    /// Creates a limit of this many replies per second to one network.
    pub fn new(per_second: u32) -> RateLimit {
        RateLimit {
            interval: WINDOW / per_second.max(1),
            networks: Store::new(MAX_NETWORKS),
        }
    }

    /// Decides about a reply to a client.
    pub fn verdict(&mut self, client: IpAddr, via: Via, now: Instant) -> Verdict {
        // The address of a TCP client is proved by its handshake, and that of this machine by the
        // operating system, which accepts no such datagram from outside.
        if via == Via::Tcp || client.to_canonical().is_loopback() {
            return Verdict::Send;
        }
        let network = network(client);
        let mut replies = match self.networks.get(&network, now) {
            Some((replies, _)) => *replies,
            None => Replies {
                bucket: Bucket::full(now),
                limited: 0,
            },
        };
        let verdict = replies.verdict(self.interval, now);
        // After twice the window, the bucket is full: a new one is the same.
        self.networks.put(network, replies, 1, 2 * WINDOW, now);
        verdict
    }

    /// Returns the number of networks in the table.
    pub fn networks(&self) -> usize {
        self.networks.weight()
    }
}

impl Replies {
    fn verdict(&mut self, interval: Duration, now: Instant) -> Verdict {
        todo!(
            "Decide about the reply. Of those without a token, count each one (`limited`): one in SLIP is truncated, beginning with the SLIP-th."
        )
    }
}

/// Returns the truncated reply to a query, which has no records; none if the message is not a query
/// that can be parsed.
pub fn truncated(query: &[u8]) -> Option<Vec<u8>> {
    let mut reply = DnsPacket::parse(query).ok()?;
    if reply.header.qr {
        return None;
    }
    let header = &mut reply.header;
    (header.qr, header.tc, header.ra, header.ad) = (true, true, true, false);
    reply.answers.clear();
    reply.authorities.clear();
    reply.additionals.clear();
    if let Some(edns) = &mut reply.edns {
        edns.options.clear();
    }
    let octets = reply.write().ok()?;
    (octets.len() <= query.len()).then_some(octets)
}
