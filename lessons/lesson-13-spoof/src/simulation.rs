//! [`simulate`]: an attack in virtual time, packet by packet, without octets (given).
//!
//! It draws what a resolver's queries have, and compares the attacker's guesses with it: millions
//! in a second. [`toy`](crate::toy) has the same attack with real messages, inside the lab.

use std::time::Duration;

use dnsparse::Name;
use lab::LEAST_PORT;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::attack::{Guess, SeenQuery, guess};
use crate::levels::{Defences, WINDOW, packets_per_window};

/// The outcome of a simulated attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Whether a forged reply was accepted.
    pub is_poisoned: bool,
    /// The forged replies that were sent.
    pub packets: u64,
    /// The windows that they were sent in.
    pub windows: u64,
    /// The time that it took.
    pub time: Duration,
}

/// Simulates an attack of at most `max_packets` forged replies on `target`. The same seed has the
/// same outcome.
pub fn simulate(defences: Defences, target: &Name, seed: u64, max_packets: u64) -> Outcome {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut last = SeenQuery {
        port: random.random_range(LEAST_PORT..=u16::MAX),
        id: random.random(),
    };
    let (seen, space) = (last, defences.space(target));
    let (mut packets, mut windows) = (0, 0);
    while packets < max_packets {
        windows += 1;
        let queries: Vec<SeenQuery> = (0..space.equal_queries)
            .map(|_| {
                last = next_query(last, defences, &mut random);
                last
            })
            .collect();
        for _ in 0..packets_per_window().min(max_packets - packets) {
            let guess = guess(seen, packets, defences, &mut random);
            packets += 1;
            match hit(guess, &queries, space.letters, &mut random) {
                Hit::Accepted => {
                    return Outcome {
                        is_poisoned: true,
                        packets,
                        windows,
                        time: time(defences, windows),
                    };
                }
                // The query goes over TCP, and the rest of the window is lost.
                Hit::NearMiss if defences.tcp_after_near_miss => {
                    packets = max_packets.min(windows * packets_per_window());
                    break;
                }
                Hit::NearMiss | Hit::None => {}
            }
        }
    }
    Outcome {
        is_poisoned: false,
        packets,
        windows,
        time: time(defences, windows),
    }
}

/// The effect of one forged reply.
enum Hit {
    None,
    NearMiss,
    Accepted,
}

/// Compares a forged reply with the queries that wait.
fn hit(guess: Guess, queries: &[SeenQuery], letters: u32, random: &mut SmallRng) -> Hit {
    let mut at_port = queries.iter().filter(|query| query.port == guess.port);
    let Some(first) = at_port.next() else {
        return Hit::None;
    };
    let has_id = first.id == guess.id || at_port.any(|query| query.id == guess.id);
    let has_case = (0..letters).all(|_| random.random());
    match has_id && has_case {
        true => Hit::Accepted,
        false => Hit::NearMiss,
    }
}

/// Returns the port and the id of the resolver's next query.
fn next_query(last: SeenQuery, defences: Defences, random: &mut SmallRng) -> SeenQuery {
    SeenQuery {
        port: match defences.random_port {
            true => random.random_range(LEAST_PORT..=u16::MAX),
            false => last.port,
        },
        id: match defences.random_id {
            true => random.random(),
            false => last.id.wrapping_add(1),
        },
    }
}

/// Returns the time that a number of windows takes.
fn time(defences: Defences, windows: u64) -> Duration {
    let waits = u32::try_from(windows.saturating_sub(1)).unwrap_or(u32::MAX);
    defences.time_per_window().saturating_mul(waits) + WINDOW
}
