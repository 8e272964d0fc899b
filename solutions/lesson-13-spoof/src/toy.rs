//! [`Toy`]: a small resolver whose defences can be switched off (given).
//!
//! It is of the kind that is written in an afternoon: one socket, an id that counts, and the first
//! message with that id is the reply. It knows the server of each zone from the start. Its queries
//! go through the lab, so that an attacker can forge the replies.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Question, Rdata, RecordType};
use lab::{Lab, LabBuilder, SourcePorts};
use network::{Channel, Network, Via};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::timeout;
use transport::{RetryPolicy, exchange};

use crate::attack::{BlindForger, SeenQuery};
use crate::guard::{Settings, SpoofGuard};
use crate::levels::{Defences, PACKETS_PER_SECOND, WINDOW};

/// The server of `bank.example`.
pub const BANK: &str = "192.0.2.10:53";
/// The server of `attacker.example`, which is the attacker's.
pub const ATTACKER: &str = "198.51.100.66:53";
/// The address in the forged records.
pub const FORGED_ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 66);
/// The source port of a toy without random ports.
const PORT: u16 = 5_353;
/// The id of the first query of a toy without random ids.
const FIRST_ID: u16 = 4_711;
/// The time that the toy waits for a reply.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Builds the lab of this lesson: a bank's zone and the attacker's. The bank's server replies after
/// [`WINDOW`], counted from the first forged reply.
///
/// # Panics
/// Never: the zones are valid.
pub fn bank() -> Lab {
    let builder = LabBuilder::new().zones(
        "
        $ORIGIN bank.example.
        @     NS  ns
        ns    A   192.0.2.10
        www   A   192.0.2.80

        $ORIGIN attacker.example.
        @     NS  ns
        ns    A   198.51.100.66
        probe A   198.51.100.66
        ",
    );
    let window = u64::try_from(WINDOW.as_millis()).unwrap_or(u64::MAX);
    let lab = builder.latency_ms("192.0.2.10", window + 1).build();
    lab.unwrap_or_else(|error| panic!("the lab of lesson 13: {error}"))
}

/// A resolver in the lab.
#[derive(Debug)]
pub struct Toy {
    lab: Lab,
    guard: SpoofGuard<Lab>,
    defences: Defences,
    state: Mutex<State>,
}

/// The state that changes with each query.
#[derive(Debug)]
struct State {
    cache: BTreeMap<Name, Ipv4Addr>,
    last_id: u16,
    random: SmallRng,
}

impl Toy {
    /// Creates a resolver with an empty cache. The seed decides its ids.
    pub fn new(lab: &Lab, defences: Defences, seed: u64) -> Toy {
        let ports = match defences.random_port {
            true => SourcePorts::Random,
            false => SourcePorts::Fixed(PORT),
        };
        let lab = lab.with_source_ports(ports);
        let settings = Settings {
            mixes_case: defences.mixes_case,
            tcp_after_near_miss: defences.tcp_after_near_miss,
        };
        Toy {
            guard: SpoofGuard::seeded(lab.clone(), settings, seed),
            lab,
            defences,
            state: Mutex::new(State {
                cache: BTreeMap::new(),
                last_id: FIRST_ID,
                random: SmallRng::seed_from_u64(seed),
            }),
        }
    }

    /// Returns the cached address of a name.
    pub fn cached(&self, name: &Name) -> Option<Ipv4Addr> {
        self.with_state(|state| state.cache.get(name).copied())
    }

    /// Resolves the A record of a name, from the cache or by a query to the server of its zone; none
    /// if the zone is unknown, or the query had no reply.
    pub async fn resolve(&self, name: &Name) -> Option<Ipv4Addr> {
        if let Some(address) = self.cached(name) {
            return Some(address);
        }
        let query = DnsPacket::query(self.next_id(), name.clone(), RecordType::A);
        let server = server_of(name)?;
        let reply = match self.defences.mixes_case || self.defences.tcp_after_near_miss {
            true => self.careful(server, &query).await,
            false => timeout(TIMEOUT, self.naive(server, &query)).await.ok()?,
        }?;
        self.store(query.question()?, &reply);
        self.cached(name)
    }

    /// Sends the query as the finished resolver does: with lesson 2's exchange, over the guard.
    async fn careful(&self, server: SocketAddr, query: &DnsPacket) -> Option<DnsPacket> {
        let policy = RetryPolicy {
            timeout: TIMEOUT,
            tries: 1,
            ..RetryPolicy::default()
        };
        let reply = exchange(&self.guard, server, query, Via::Udp, policy).await;
        Some(reply.ok()?.packet)
    }

    /// Sends the query, and takes the first message that has its id.
    async fn naive(&self, server: SocketAddr, query: &DnsPacket) -> Option<DnsPacket> {
        let mut channel = self.lab.open(server, Via::Udp).await.ok()?;
        channel.send(&query.write().ok()?).await.ok()?;
        loop {
            let octets = channel.receive().await.ok()?;
            match DnsPacket::parse(&octets) {
                Ok(reply) if reply.header.id == query.header.id => return Some(reply),
                _ => {}
            }
        }
    }

    /// Stores the addresses of a reply: those of the question's name; or all of them.
    fn store(&self, question: &Question, reply: &DnsPacket) {
        self.with_state(|state| {
            for record in reply.records() {
                let is_answer = record.owner == question.qname;
                if let Rdata::A(address) = record.rdata
                    && (is_answer || !self.defences.only_the_answer)
                {
                    state.cache.insert(record.owner.clone(), address);
                }
            }
        });
    }

    fn next_id(&self) -> u16 {
        self.with_state(|state| {
            state.last_id = match self.defences.random_id {
                true => state.random.random(),
                false => state.last_id.wrapping_add(1),
            };
            state.last_id
        })
    }

    fn with_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns the server of a name's zone, of the two zones that there are.
fn server_of(name: &Name) -> Option<SocketAddr> {
    let is_below = |zone: &str| zone.parse().is_ok_and(|zone| name.is_at_or_below(&zone));
    match () {
        () if is_below("bank.example") => BANK.parse().ok(),
        () if is_below("attacker.example") => ATTACKER.parse().ok(),
        () => None,
    }
}

/// An attack inside the lab (given).
#[derive(Debug, Clone)]
pub struct Campaign {
    /// The name that is to be poisoned.
    pub target: Name,
    /// The forged replies in a second.
    pub per_second: u32,
    /// The most forged replies.
    pub max_packets: u64,
    /// The seed of the attacker's guesses.
    pub seed: u64,
}

impl Campaign {
    /// Returns an attack at the usual rate.
    pub fn on(target: Name, max_packets: u64, seed: u64) -> Campaign {
        Campaign {
            target,
            per_second: PACKETS_PER_SECOND,
            max_packets,
            seed,
        }
    }

    /// Attacks until the target has the attacker's address in the toy's cache, or the packets are
    /// used up. Returns the number of forged replies that were sent until then, counted in whole
    /// windows.
    ///
    /// First the attacker has the toy look up a name of its own zone, and sees port and id of that
    /// query at its own server. Then it has the toy look up one new name after another next to the
    /// target; or, where only the answer counts, the target itself, each time that its TTL has
    /// ended.
    pub async fn run(&self, lab: &Lab, toy: &Toy) -> u64 {
        let seen = probe(lab, toy).await;
        let (Ok(bank), Some(zone)) = (BANK.parse::<SocketAddr>(), self.target.parent()) else {
            return 0;
        };
        let per_window = f64::from(self.per_second) * WINDOW.as_secs_f64();
        let (per_window, mut sent, mut window) = (per_window as u64, 0, 0_u64);
        while sent < self.max_packets {
            window += 1;
            let qname = match toy.defences.only_the_answer {
                true => self.target.clone(),
                false => zone
                    .child(window.to_string().as_bytes())
                    .unwrap_or_default(),
            };
            let forger = BlindForger {
                seen,
                defences: toy.defences,
                qname: qname.clone(),
                target: self.target.clone(),
                address: FORGED_ADDRESS,
                seed: self.seed,
                sent_before: sent,
            };
            lab.attack(bank, self.per_second, per_window, forger);
            toy.resolve(&qname).await;
            sent += per_window;
            if toy.cached(&self.target) == Some(FORGED_ADDRESS) {
                break;
            }
            // The TTL ends.
            toy.with_state(|state| state.cache.remove(&qname));
        }
        sent
    }
}

/// Has the toy look up a name in the attacker's zone, and returns what the attacker's server sees.
async fn probe(lab: &Lab, toy: &Toy) -> SeenQuery {
    let name = Name::from_labels(["probe", "attacker", "example"]).unwrap_or_default();
    toy.resolve(&name).await;
    let attacker: IpAddr = FORGED_ADDRESS.into();
    let queries = lab.queries().into_iter();
    let mut received = queries.filter(|query| query.server.ip() == attacker);
    let last = received.next_back();
    let id = last.as_ref().and_then(|query| query.packet());
    SeenQuery {
        port: last.map_or(0, |query| query.source_port),
        id: id.map_or(0, |packet| packet.header.id),
    }
}
