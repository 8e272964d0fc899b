//! The attacker: guesses port and id of a query that it cannot see, and forges the reply.
//!
//! It can have the resolver send a query, since it may be one of its clients. And it can see *one*
//! query: one for a name in a zone of its own, on its own server.

use std::net::Ipv4Addr;

use dnsparse::{Class, DnsPacket, Name, Question, Rdata, Record, RecordType};
use lab::{Forger, LEAST_PORT};
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

use crate::case::{mix_case, qname_range};
use crate::levels::Defences;

/// The TTL of forged records: a week, so that they stay in the cache.
pub const FORGED_TTL: u32 = 604_800;

/// The query that the attacker's own server has received from the resolver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenQuery {
    /// The source port.
    pub port: u16,
    /// The id.
    pub id: u16,
}

/// The attacker's guess for a query that it has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// The source port of the query: the port that the forged reply is sent to.
    pub port: u16,
    /// The id.
    pub id: u16,
}

/// Guesses port and id of a query that follows the one that was seen.
///
/// `number` counts the guesses from 0. Without a random id, each query has the id of the one before
/// it plus 1; without a random port, all have the same port.
pub fn guess(
    seen: SeenQuery,
    number: u64,
    defences: Defences,
    random: &mut (impl Rng + ?Sized),
) -> Guess {
    todo!(
        "Guess the port and the id, each by what the attacker knows of it. A random port is LEAST_PORT or above."
    )
}

/// Forges the reply to a query for the A record of `qname`.
///
/// Its additional section says that `target` has the attacker's address, too: after Kaminsky, `qname`
/// is a new random name next to the target in each window, since the resolver's cache cannot have
/// it (CVE-2008-1447).
pub fn forge(qname: &Name, id: u16, target: &Name, address: Ipv4Addr) -> DnsPacket {
    let mut packet = DnsPacket {
        questions: vec![Question {
            qname: qname.clone(),
            qtype: RecordType::A,
            qclass: Class::IN,
        }],
        ..DnsPacket::default()
    };
    todo!(
        "Make it a reply that a resolver believes if the id is right: as it comes from the zone's own server, with the A records of `qname` and of `target`, for FORGED_TTL."
    )
}

/// The stream of forged replies for one name (given): the guesses of [`guess`], with the messages
/// of [`forge`].
#[derive(Debug, Clone)]
pub struct BlindForger {
    /// The query that the attacker has seen.
    pub seen: SeenQuery,
    /// The target's defences, which the attacker knows.
    pub defences: Defences,
    /// The name of the query that the attacker has triggered.
    pub qname: Name,
    /// The name that is to be poisoned.
    pub target: Name,
    /// The attacker's address.
    pub address: Ipv4Addr,
    /// The seed of the guesses.
    pub seed: u64,
    /// The number of packets that were sent before.
    pub sent_before: u64,
}

impl BlindForger {
    fn guess(&self, number: u64) -> (Guess, SmallRng) {
        let number = self.sent_before + number;
        let mut random = SmallRng::seed_from_u64(self.seed ^ number.wrapping_mul(0x9e37_79b9));
        (guess(self.seen, number, self.defences, &mut random), random)
    }
}

impl Forger for BlindForger {
    fn port(&self, number: u64) -> u16 {
        self.guess(number).0.port
    }

    fn message(&self, number: u64) -> Vec<u8> {
        let (guess, mut random) = self.guess(number);
        let packet = forge(&self.qname, guess.id, &self.target, self.address);
        let mut octets = packet.write().unwrap_or_default();
        if self.defences.mixes_case
            && let Some(range) = qname_range(&octets)
            && let Some(name) = octets.get_mut(range)
        {
            mix_case(name, &mut random);
        }
        octets
    }
}
