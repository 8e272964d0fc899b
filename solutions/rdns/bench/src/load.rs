//! The load: an open loop of queries from many clients.
//!
//! Arrivals are a Poisson process, so that a slow reply does not hold up the next query, as it would in a
//! closed loop. Latency counts from the moment at which the query should have been sent: if this program
//! is late, its lateness is in the figure, and not hidden (no "coordinated omission"). Names follow Zipf's
//! law. Nothing is sent twice.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use dnsparse::{DnsPacket, Edns, EdnsOption, Question, RecordType};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::hostile;
use crate::internet::{DEAD, DOMAINS, HOSTS, Host, Judgement, Subject};
use crate::resolvers::ADDRESS;

/// The number of clients, each with an address of its own.
const CLIENTS: u8 = 100;
/// The seed of the queries: each resolver receives the same.
const SEED: u64 = 17;
/// The time after the last query for which replies are awaited.
const DRAIN: Duration = Duration::from_secs(8);
/// The number of failures whose reasons are shown.
const REASONS_SHOWN: usize = 20;
/// The number of wrong replies that are shown.
const WRONG_SHOWN: usize = 5;

/// The shape of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The mean number of queries in a second.
    pub(crate) rate: f64,
    pub(crate) duration: Duration,
    /// The exponent of Zipf's law.
    pub(crate) zipf: f64,
    /// The share of queries for names whose servers never reply.
    pub(crate) dead: f64,
    /// The share of queries for names that do not exist.
    pub(crate) missing: f64,
    /// The share of hostile packets besides.
    pub(crate) hostile: f64,
}

/// A query and its outcome.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) subject: Subject,
    /// The moment at which it should have been sent, from the start.
    pub(crate) arrival: Duration,
    /// The first reply: the time until it came, and whether it is right.
    pub(crate) reply: Option<(Duration, Judgement)>,
}

/// The outcome of a load.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) queries: Vec<Sent>,
    /// The times by which this program sent its queries too late, sorted.
    pub(crate) lateness: Vec<Duration>,
    /// The first replies that were wrong, as text.
    pub(crate) wrong: Vec<String>,
    /// The reasons of the first failures of names with servers that reply.
    pub(crate) reasons: Vec<String>,
}

/// Everything that sender and receivers share.
#[derive(Debug)]
struct Shared {
    began: Instant,
    queries: Mutex<Vec<Sent>>,
    wrong: Mutex<Vec<String>>,
    reasons: Mutex<Vec<String>>,
}

/// One client: its socket, and its queries by their ids.
#[derive(Debug)]
struct Client {
    socket: UdpSocket,
    waiting: Mutex<HashMap<u16, (usize, Question)>>,
}

/// Sends a load to the resolver, and returns when the last replies are in or overdue.
///
/// # Errors
/// If a socket cannot be used.
pub(crate) fn run(shape: Shape) -> Result<Outcome> {
    let clients: Vec<_> = (1..=CLIENTS).map(Client::new).collect::<Result<_>>()?;
    let shared = Arc::new(Shared {
        began: Instant::now(),
        queries: Mutex::default(),
        wrong: Mutex::default(),
        reasons: Mutex::default(),
    });
    let end = shared.began + shape.duration + DRAIN;
    let lateness = thread::scope(|scope| {
        let receivers = scope.spawn(|| receive_all(&clients, &shared, end));
        let sender = scope.spawn(|| send_all(shape, &clients, &shared));
        let lateness = sender.join().expect("the sender does not panic");
        receivers.join().expect("the receivers do not panic")?;
        lateness
    })?;
    let mut queries = shared
        .queries
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let mut wrong = shared.wrong.lock().unwrap_or_else(PoisonError::into_inner);
    let mut reasons = shared
        .reasons
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    Ok(Outcome {
        queries: std::mem::take(&mut queries),
        lateness,
        wrong: std::mem::take(&mut wrong),
        reasons: std::mem::take(&mut reasons),
    })
}

impl Client {
    fn new(number: u8) -> Result<Arc<Client>> {
        let socket = UdpSocket::bind((Ipv4Addr::new(127, 1, 0, number), 0))?;
        socket.connect(ADDRESS)?;
        socket.set_nonblocking(true)?;
        Ok(Arc::new(Client {
            socket,
            waiting: Mutex::default(),
        }))
    }
}

/// Chooses the subjects of queries.
struct Subjects {
    shape: Shape,
    /// The sums of the weights of the hosts, the most popular one first.
    sums: Vec<f64>,
    random: StdRng,
}

impl Subjects {
    fn new(shape: Shape) -> Subjects {
        let hosts = u32::from(DOMAINS) * u32::from(HOSTS);
        let mut sum = 0.0;
        let sums = (1..=hosts).map(|rank| {
            sum += f64::from(rank).powf(-shape.zipf);
            sum
        });
        Subjects {
            shape,
            sums: sums.collect(),
            random: StdRng::seed_from_u64(SEED),
        }
    }

    fn host(&mut self) -> Host {
        let most = self.sums.last().copied().unwrap_or_default();
        let place = self.random.random_range(0.0..most);
        let rank = self.sums.partition_point(|sum| *sum <= place);
        // A prime that does not divide the number of hosts spreads the popular ones over all domains.
        let number = (rank * 7_919) % self.sums.len();
        let hosts = usize::from(HOSTS);
        Host {
            domain: u16::try_from(number / hosts).unwrap_or_default(),
            number: u16::try_from(number % hosts).unwrap_or_default(),
        }
    }

    fn next(&mut self) -> Subject {
        let kind: f64 = self.random.random();
        let Shape { dead, missing, .. } = self.shape;
        if kind < dead {
            return Subject::Dead {
                domain: self.random.random_range(0..DEAD),
                number: self.random.random_range(0..1_000_000),
            };
        }
        let host = self.host();
        if kind < dead + missing {
            return Subject::Missing {
                domain: host.domain,
                number: self.random.random_range(0..1_000_000),
            };
        }
        Subject::Host(host)
    }

    /// Returns the time until the next arrival of a Poisson process.
    fn pause(&mut self) -> Duration {
        let part: f64 = self.random.random();
        Duration::from_secs_f64(-(1.0 - part).ln() / self.shape.rate)
    }
}

/// Sends all queries; returns by how much each was late.
fn send_all(shape: Shape, clients: &[Arc<Client>], shared: &Shared) -> Result<Vec<Duration>> {
    let mut subjects = Subjects::new(shape);
    // Hostile packets must not change which queries are sent.
    let mut mischief = StdRng::seed_from_u64(SEED + 1);
    let mut lateness = Vec::new();
    let mut arrival = subjects.pause();
    while arrival < shape.duration {
        thread::sleep(arrival.saturating_sub(shared.began.elapsed()));
        let subject = subjects.next();
        let place = subjects.random.random_range(0..clients.len());
        let client = clients.get(place).context("a client")?;
        let query = send(client, subject, arrival, shared, subjects.random.random())?;
        lateness.push(shared.began.elapsed().saturating_sub(arrival));
        if mischief.random_bool(shape.hostile) {
            let _ = client.socket.send(&hostile::query(&query, &mut mischief));
        }
        arrival += subjects.pause();
    }
    lateness.sort();
    Ok(lateness)
}

fn send(
    client: &Client,
    subject: Subject,
    arrival: Duration,
    shared: &Shared,
    mut id: u16,
) -> Result<Vec<u8>> {
    let mut waiting = client
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    while waiting.contains_key(&id) {
        id = id.wrapping_add(1);
    }
    let mut packet = DnsPacket::query(id, subject.name(), RecordType::A);
    packet.header.rd = true;
    // With EDNS, the reason of a failure comes with it (RFC 8914).
    packet.edns = Some(Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    let question = packet.question().context("a question")?.clone();
    let query = packet.write()?;
    let mut queries = shared
        .queries
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    waiting.insert(id, (queries.len(), question));
    queries.push(Sent {
        subject,
        arrival,
        reply: None,
    });
    drop((waiting, queries));
    match client.socket.send(&query) {
        // A full buffer loses the query, as a network would; a resolver that has ended refuses it.
        Err(error) if !is_loss(&error) => Err(error.into()),
        _ => Ok(query),
    }
}

fn is_loss(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, WouldBlock};
    matches!(error.kind(), ConnectionRefused | WouldBlock)
}

/// Receives the replies to all clients until the end.
fn receive_all(clients: &[Arc<Client>], shared: &Arc<Shared>, end: Instant) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        for client in clients {
            let socket = tokio::net::UdpSocket::from_std(client.socket.try_clone()?)?;
            tokio::spawn(receive(socket, Arc::clone(client), Arc::clone(shared)));
        }
        tokio::time::sleep_until(end.into()).await;
        Ok(())
    })
}

/// Receives the replies to one client.
async fn receive(socket: tokio::net::UdpSocket, client: Arc<Client>, shared: Arc<Shared>) {
    let mut buffer = vec![0; 65_535];
    loop {
        let Ok(length) = socket.recv(&mut buffer).await else {
            continue;
        };
        let time = shared.began.elapsed();
        if let Ok(reply) = DnsPacket::parse(buffer.get(..length).unwrap_or_default()) {
            client.handle(&reply, time, &shared);
        }
    }
}

impl Client {
    /// Records a reply, if it is to a query that has none yet. (A hostile packet may have the id of a
    /// query, and its reply another question, or none.)
    fn handle(&self, reply: &DnsPacket, time: Duration, shared: &Shared) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let id = reply.header.id;
        let is_reply_to = |(_, question): &(usize, Question)| reply.question() == Some(question);
        if !reply.header.qr || !waiting.get(&id).is_some_and(is_reply_to) {
            return;
        }
        let Some((place, question)) = waiting.remove(&id) else {
            return;
        };
        drop(waiting);
        let mut queries = shared
            .queries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(query) = queries.get_mut(place) else {
            return;
        };
        let judgement = query.subject.judge(reply);
        let is_live = query.subject.is_live();
        query.reply = Some((time.saturating_sub(query.arrival), judgement));
        drop(queries);
        if judgement == Judgement::Failure && is_live {
            let mut reasons = shared
                .reasons
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if reasons.len() < REASONS_SHOWN {
                reasons.push(format!("{question}: {}", reason(reply)));
            }
        }
        if judgement == Judgement::Wrong {
            let mut wrong = shared.wrong.lock().unwrap_or_else(PoisonError::into_inner);
            if wrong.len() < WRONG_SHOWN {
                let records: Vec<_> = reply.records().map(|record| record.to_string()).collect();
                wrong.push(format!(
                    "{question}: {}\n{}",
                    reply.rcode(),
                    records.join("\n")
                ));
            }
        }
    }
}

/// Returns the RCODE of a reply, with its extended errors.
fn reason(reply: &DnsPacket) -> String {
    let mut text = reply.rcode().to_string();
    for option in reply.edns.iter().flat_map(|edns| &edns.options) {
        if let EdnsOption::ExtendedError(error) = option {
            text.push_str(&format!(" ({}: {})", error.info_code, error.extra_text));
        }
    }
    text
}
