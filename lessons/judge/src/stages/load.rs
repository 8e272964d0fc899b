//! `load`: a thousand questions a second for ten seconds, a fifth of them new. Of a hundred, not even one may be lost, and none wrong.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, Rcode, RecordType};
use network::Via;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::answer::{in_words, same_answer};
use crate::ask::{Asked, question};
use crate::outcome::Stop;
use crate::served::{PATIENCE, Served};
use crate::trial::Trial;
use crate::world::World;

/// Each name is asked for so often.
const REPEATED: u32 = 5;
/// So many sockets ask.
const SOCKETS: usize = 4;
/// Lost are those without a reply, or with SERVFAIL: one in so many fails the stage.
const ONE_IN: usize = 100;
const RFC: &str = "RFC 1034 section 5.3.3";

/// A question under way, by its id.
type Open = HashMap<u16, (Instant, Vec<u8>, Name)>;

/// One socket, and what it waits for.
struct Asker {
    server: SocketAddr,
    socket: UdpSocket,
    open: Mutex<Open>,
    wrong: Mutex<Vec<(Asked, String, String)>>,
    refused: Mutex<Vec<Asked>>,
}

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let (rate, seconds) = (trial.settings.load_rate, trial.settings.load_seconds);
    let total = rate.saturating_mul(seconds);
    let prefix = trial.filler.fill("<host>");
    let hosts: Vec<String> = (0..(total / REPEATED).max(1))
        .map(|n| format!("{prefix}{n}"))
        .collect();
    let random = trial.filler.random();
    let crowd: String = hosts
        .iter()
        .map(|host| {
            let [_, b, c, d] = random.random::<[u8; 4]>();
            format!("{host} A {}\n", Ipv4Addr::new(198, 18 + b % 2, c, d))
        })
        .collect();
    let mut served = Served::start_with(trial, &crowd)?;
    let names: Vec<Name> = hosts
        .iter()
        .map(|host| served.name(&format!("{host}.<crowd>.<other>")))
        .collect();
    let askers = askers(served.program.address)?;
    let random = StdRng::seed_from_u64(served.filler.random().random());
    let took = ask_all(&askers, &served.world, &names, (rate, total), random)?;
    judge(&mut served, &askers, total, took)
}

fn askers(server: SocketAddr) -> Result<Vec<Asker>, Stop> {
    let asker = || {
        let socket = UdpSocket::bind(SocketAddr::new(server.ip(), 0))?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        Ok(Asker {
            server,
            socket,
            open: Mutex::default(),
            wrong: Mutex::default(),
            refused: Mutex::default(),
        })
    };
    let askers: std::io::Result<Vec<Asker>> = (0..SOCKETS).map(|_| asker()).collect();
    askers.map_err(|error| Stop::unjudged(format!("the judge gets no socket: {error}")))
}

/// Sends them at the rate, and waits for replies until all are there or the last one's time is up.
fn ask_all(
    askers: &[Asker],
    world: &World,
    names: &[Name],
    (rate, total): (u32, u32),
    mut random: StdRng,
) -> Result<Duration, Stop> {
    let start = Instant::now();
    let over = Mutex::new(None);
    thread::scope(|scope| {
        for asker in askers {
            scope.spawn(|| asker.listen(world, &over));
        }
        for number in 0..total {
            let due = start + Duration::from_secs(1) * number / rate.max(1);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let asker = askers.get(number as usize % SOCKETS);
            let name = names.get(random.random_range(0..names.len()));
            if let (Some(asker), Some(name)) = (asker, name) {
                asker.send(&mut random, name);
            }
        }
        *over.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + PATIENCE);
    });
    let took = start.elapsed();
    let expected = Duration::from_secs(u64::from(total / rate.max(1)));
    if took > expected * 2 + PATIENCE {
        return Err(Stop::unjudged(format!(
            "this machine is too busy: sending {total} questions and waiting for the replies took {:.0} s instead of {:.0}",
            took.as_secs_f32(),
            expected.as_secs_f32()
        )));
    }
    Ok(took)
}

impl Asker {
    fn send(&self, random: &mut StdRng, name: &Name) {
        let mut query = question(random, name, RecordType::A);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that were never answered stay, and keep their ids.
        while open.contains_key(&query.header.id) {
            query.header.id = random.random();
        }
        let octets = query.write().unwrap_or_default();
        open.insert(
            query.header.id,
            (Instant::now(), octets.clone(), name.clone()),
        );
        drop(open);
        // What cannot be sent is not answered, and so counted as lost.
        let _unsent = self.socket.send(&octets);
    }

    fn listen(&self, world: &World, over: &Mutex<Option<Instant>>) {
        let mut room = vec![0; usize::from(u16::MAX)];
        loop {
            match self.socket.recv(&mut room) {
                Ok(length) => self.take(world, room.get(..length).unwrap_or_default()),
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
            let over = *over.lock().unwrap_or_else(PoisonError::into_inner);
            let all_there = || {
                self.open
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .is_empty()
            };
            if over.is_some_and(|over| Instant::now() > over || all_there()) {
                return;
            }
        }
    }

    fn take(&self, world: &World, octets: &[u8]) {
        let Ok(reply) = DnsPacket::parse(octets) else {
            return;
        };
        let found = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&reply.header.id);
        let Some((sent, query, name)) = found else {
            return;
        };
        let asked = Asked {
            server: self.server,
            via: Via::Udp,
            query,
            reply: Some(octets.to_vec()),
            took: sent.elapsed(),
        };
        if reply.rcode() == Rcode::SERVFAIL {
            self.refused
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(asked);
            return;
        }
        let truth = world.truth(&name, RecordType::A);
        if let Err(difference) = same_answer(&truth, &reply) {
            let wrong = (asked, in_words(&truth), difference);
            self.wrong
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(wrong);
        }
    }
}

fn judge(served: &mut Served, askers: &[Asker], total: u32, took: Duration) -> Result<(), Stop> {
    let mut lost = 0;
    let mut example = None;
    for asker in askers {
        let wrong = asker.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((asked, truth, difference)) = wrong.first() {
            let promise = "under load every answer is the right one";
            return Err(served
                .failure(promise, truth, difference, RFC, asked)
                .into());
        }
        let refused = asker.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let open = asker.open.lock().unwrap_or_else(PoisonError::into_inner);
        lost += refused.len() + open.len();
        let unanswered = open.values().map(|(_, query, _)| Asked {
            server: served.program.address,
            via: Via::Udp,
            query: query.clone(),
            reply: None,
            took: PATIENCE,
        });
        example = example.or_else(|| refused.first().cloned().or(unanswered.take(1).last()));
    }
    match example {
        Some(asked) if lost * ONE_IN >= total as usize => {
            let promise = "under load less than one question in a hundred is lost";
            let expected = format!(
                "fewer than {} of {total} without an answer",
                (total as usize).div_ceil(ONE_IN)
            );
            let got = format!("{lost} lost, after {:.1} s", took.as_secs_f32());
            Err(served.failure(promise, expected, got, RFC, &asked).into())
        }
        _ => Ok(()),
    }
}
