//! [`Attack`]: an off-path attacker, which sends forged replies in the name of a server.
//!
//! *Off path* means that it sees neither query nor reply: it has to guess the port that a query
//! came from, and what else a reply has to match. A forged reply reaches a channel only if that
//! is open, leads to the server whose address the attacker uses, and has the port that the
//! attacker guessed. All others are lost, as at a closed port.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// The least source port of a channel: the ports below belong to the system.
pub const LEAST_PORT: u16 = 1_024;

/// The source ports of channels over UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SourcePorts {
    /// A fresh one for each channel, from [`LEAST_PORT`] on, which cannot be predicted (RFC 5452
    /// section 9.2).
    #[default]
    Random,
    /// The same for all.
    Fixed(u16),
}

/// The forged replies of an attacker, by their number: 0, 1, 2 …
///
/// The same number gives the same reply each time. The message is made only for a reply that hits
/// a port, so that millions of others cost little.
pub trait Forger: Send + Sync {
    /// Returns the port that a forged reply is sent to.
    fn port(&self, number: u64) -> u16;

    /// Returns the octets of a forged reply.
    fn message(&self, number: u64) -> Vec<u8>;
}

/// A stream of forged replies.
#[derive(Clone)]
pub(crate) struct Attack {
    pub(crate) start: Instant,
    pub(crate) per_second: u32,
    pub(crate) packets: u64,
    pub(crate) forger: Arc<dyn Forger>,
}

/// The forged replies that arrive while a query waits for its reply.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    /// Those to the port of the query.
    pub(crate) to_port: Vec<(Instant, Vec<u8>)>,
    /// The number of the others.
    pub(crate) missed: u64,
}

impl Attack {
    /// Returns the forged replies that arrive from one time on, and before another.
    pub(crate) fn hits(&self, port: u16, from: Instant, until: Option<Instant>) -> Hits {
        let mut hits = Hits::default();
        let end = until.map_or(self.packets, |until| self.number_at(until));
        for number in self.number_at(from)..end.min(self.packets) {
            if self.forger.port(number) == port {
                let at = self.start + self.offset(number);
                hits.to_port.push((at, self.forger.message(number)));
            } else {
                hits.missed += 1;
            }
        }
        hits
    }

    /// Returns the number of the first forged reply that does not arrive before a time.
    fn number_at(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.start).as_nanos();
        let number = (since * u128::from(self.per_second)).div_ceil(1_000_000_000);
        u64::try_from(number).unwrap_or(u64::MAX)
    }

    /// Returns the time from the start to a forged reply.
    fn offset(&self, number: u64) -> Duration {
        let nanoseconds = u128::from(number) * 1_000_000_000 / u128::from(self.per_second);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Attack {
            per_second,
            packets,
            ..
        } = self;
        write!(f, "{packets} forged replies, {per_second} a second")
    }
}

/// The attacks on a lab, by the server whose address they use.
pub(crate) type Attacks = std::collections::BTreeMap<SocketAddr, Attack>;

/// Draws the ports of a lab's channels: the same in each run.
#[derive(Debug, Default)]
pub(crate) struct PortGenerator {
    state: u64,
}

impl PortGenerator {
    /// Draws a port (SplitMix64).
    pub(crate) fn draw(&mut self) -> u16 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let ports = u64::from(u16::MAX - LEAST_PORT) + 1;
        let port = (mixed ^ (mixed >> 31)) % ports;
        LEAST_PORT + u16::try_from(port).unwrap_or(0)
    }
}
