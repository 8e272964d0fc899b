//! [`Places`]: the places of a resolver, in three pools, so that forged addresses cannot take all of
//! them (given).
//!
//! [`Shares`] are fair among clients. But the source address of a datagram can be forged: an attacker
//! that writes another one on each query is as many clients as it likes, and each of them holds one
//! place. So two pools are kept for clients with a *proof*:
//!
//! ```text
//!   open     [ . . . . . . . . . . . . ]   three quarters: any query
//!   proven   [ . . ]                       an eighth: over UDP, from a host that has asked over TCP lately
//!   tcp      [ . . ]                       an eighth: over TCP
//! ```
//!
//! The handshake of TCP is the proof: the host has received what was sent to its address. A query
//! over UDP that gets no place is answered with a truncated reply, no larger than itself
//! ([`truncated`](crate::rate_limit::truncated)), so a true client repeats it over TCP. From then on its
//! queries over UDP have the second pool. An attacker may forge the address of such a host, too, and
//! take its share of that; so TCP has a pool of its own.
//!
//! DNS cookies (RFC 7873) would be a proof without a connection, from the clients that send them.

use std::net::IpAddr;
use std::time::Duration;

use cache::Store;
use network::Via;
use tokio::time::Instant;

use crate::prefix::host;
use crate::shares::Shares;

/// One in this many places is in the pool for proven hosts, and as many are in that for TCP.
const RESERVE: usize = 8;
/// The time for which a host counts as proven after a query over TCP: an address may get another
/// owner, but not within minutes.
pub const PROOF_LIFETIME: Duration = Duration::from_secs(600);
/// The most proven hosts. Those that do not ask again go first.
const MAX_PROVEN: usize = 20_000;

/// A pool of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// For any query.
    Open,
    /// For queries over UDP from proven hosts.
    Proven,
    /// For queries over TCP.
    Tcp,
}

/// The places for queries in work.
#[derive(Debug)]
pub struct Places {
    open: Shares,
    proven: Shares,
    tcp: Shares,
    proofs: Store<IpAddr, ()>,
}

impl Places {
    /// Creates a number of free places.
    pub fn new(limit: usize) -> Places {
        let reserve = limit / RESERVE;
        Places {
            open: Shares::new(limit - 2 * reserve),
            proven: Shares::new(reserve),
            tcp: Shares::new(reserve),
            proofs: Store::new(MAX_PROVEN),
        }
    }

    /// Takes a place for a query, in the first pool that has one for its client. Returns the pool, to
    /// give the place back to.
    pub fn enter(&mut self, client: IpAddr, via: Via, now: Instant) -> Option<Pool> {
        let pool = match via {
            Via::Tcp => {
                self.proofs.put(host(client), (), 1, PROOF_LIFETIME, now);
                Some(Pool::Tcp)
            }
            Via::Udp => self.is_proven(client, now).then_some(Pool::Proven),
        };
        let mut pools = std::iter::once(Pool::Open).chain(pool);
        pools.find(|pool| self.shares(*pool).enter(client))
    }

    /// Gives a place of a client back.
    pub fn leave(&mut self, client: IpAddr, pool: Pool) {
        self.shares(pool).leave(client);
    }

    /// Returns the number of places that are taken.
    pub fn taken(&self) -> usize {
        self.open.taken() + self.proven.taken() + self.tcp.taken()
    }

    /// Whether a host has asked over TCP lately. This machine needs no proof: the operating system
    /// accepts no datagram with its own address from outside.
    fn is_proven(&mut self, client: IpAddr, now: Instant) -> bool {
        let host = host(client);
        host.is_loopback() || self.proofs.get(&host, now).is_some()
    }

    fn shares(&mut self, pool: Pool) -> &mut Shares {
        match pool {
            Pool::Open => &mut self.open,
            Pool::Proven => &mut self.proven,
            Pool::Tcp => &mut self.tcp,
        }
    }
}
