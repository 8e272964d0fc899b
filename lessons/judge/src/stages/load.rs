//! `load`: a thousand queries per second for ten seconds, a fifth of them for new names. Fewer than
//! 1 in 100 may be lost, and none answered wrongly.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, Rcode, RecordType};
use network::Via;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::answer::{compare_answers, describe};
use crate::exchange::ReceivedQuery;
use crate::outcome::{Failure, StageError};
use crate::response::{NoReply, Response};
use crate::server_run::{REPLY_TIMEOUT, ServerRun};
use crate::stub::stub_query;
use crate::test_internet::TestInternet;
use crate::text::count_of;
use crate::trial::Trial;

/// The average number of queries for each name.
const QUERIES_PER_NAME: u32 = 5;
/// The number of client sockets.
const SOCKETS: usize = 4;
/// A query is lost if it has no reply, or SERVFAIL. One lost query in 100 fails the stage.
const LOST_ONE_IN: usize = 100;
const RFC: &str = "RFC 1034 section 5.3.3";

/// Queries without a reply so far, by id: time, octets, and name.
type Pending = HashMap<u16, (Instant, Vec<u8>, Name)>;

/// One socket, its pending queries and its results.
struct LoadClient {
    server: SocketAddr,
    socket: UdpSocket,
    pending: Mutex<Pending>,
    wrong: Mutex<Vec<(Response, String, String)>>,
    failed: Mutex<Vec<Response>>,
    /// The numbers of malformed replies, and of errors because no program listens.
    malformed: AtomicUsize,
    refused: AtomicUsize,
}

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let (rate, seconds) = (trial.settings.load_rate, trial.settings.load_seconds);
    let total = rate.saturating_mul(seconds);
    let prefix = trial.filler.fill("<host>");
    let hosts: Vec<String> = (0..(total / QUERIES_PER_NAME).max(1))
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
    let mut run = ServerRun::start_with(trial, &crowd)?;
    let names: Vec<Name> = hosts
        .iter()
        .map(|host| run.name(&format!("{host}.<crowd>.<other>")))
        .collect();
    let clients = clients(run.server.address)?;
    let random = StdRng::seed_from_u64(run.filler.random().random());
    let elapsed = send_all(&clients, &run.internet, &names, (rate, total), random)?;
    check_results(&mut run, &clients, total, elapsed)
}

fn clients(server: SocketAddr) -> Result<Vec<LoadClient>, StageError> {
    let client = || {
        let socket = UdpSocket::bind(SocketAddr::new(server.ip(), 0))?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        Ok(LoadClient {
            server,
            socket,
            pending: Mutex::default(),
            wrong: Mutex::default(),
            failed: Mutex::default(),
            malformed: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        })
    };
    let clients: std::io::Result<Vec<LoadClient>> = (0..SOCKETS).map(|_| client()).collect();
    clients
        .map_err(|error| StageError::not_judged(format!("the judge cannot open a socket: {error}")))
}

/// Sends all queries at the rate, and waits until each has a reply or the last one has timed out.
fn send_all(
    clients: &[LoadClient],
    internet: &TestInternet,
    names: &[Name],
    (rate, total): (u32, u32),
    mut random: StdRng,
) -> Result<Duration, StageError> {
    let start = Instant::now();
    let deadline = Mutex::new(None);
    thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| client.listen(internet, &deadline));
        }
        for number in 0..total {
            let due = start + Duration::from_secs(1) * number / rate.max(1);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let client = clients.get(number as usize % SOCKETS);
            let name = names.get(random.random_range(0..names.len()));
            if let (Some(client), Some(name)) = (client, name) {
                client.send(&mut random, name);
            }
        }
        *deadline.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + REPLY_TIMEOUT);
    });
    let elapsed = start.elapsed();
    let expected = Duration::from_secs(u64::from(total / rate.max(1)));
    if elapsed > expected * 2 + REPLY_TIMEOUT {
        return Err(StageError::not_judged(format!(
            "this machine is too busy: sending {total} queries and receiving the replies took {:.0} s instead of {:.0}",
            elapsed.as_secs_f32(),
            expected.as_secs_f32()
        )));
    }
    Ok(elapsed)
}

impl LoadClient {
    fn send(&self, random: &mut StdRng, name: &Name) {
        let mut query = stub_query(random, name, RecordType::A);
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        // Queries without a reply stay pending, and keep their ids.
        while pending.contains_key(&query.header.id) {
            query.header.id = random.random();
        }
        let octets = query.write().unwrap_or_default();
        pending.insert(
            query.header.id,
            (Instant::now(), octets.clone(), name.clone()),
        );
        drop(pending);
        // A query that cannot be sent has no reply, and so counts as lost.
        let _unsent = self.socket.send(&octets);
    }

    fn listen(&self, internet: &TestInternet, deadline: &Mutex<Option<Instant>>) {
        let mut buffer = vec![0; usize::from(u16::MAX)];
        loop {
            match self.socket.recv(&mut buffer) {
                Ok(length) => self.handle_reply(internet, buffer.get(..length).unwrap_or_default()),
                Err(error) => {
                    if error.kind() == ErrorKind::ConnectionRefused {
                        self.refused.fetch_add(1, Ordering::Relaxed);
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            }
            let deadline = *deadline.lock().unwrap_or_else(PoisonError::into_inner);
            let is_done = || {
                self.pending
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .is_empty()
            };
            if deadline.is_some_and(|deadline| Instant::now() > deadline || is_done()) {
                return;
            }
        }
    }

    fn handle_reply(&self, internet: &TestInternet, octets: &[u8]) {
        let Ok(reply) = DnsPacket::parse(octets) else {
            self.malformed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let query = self
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&reply.header.id);
        let Some((sent, query, name)) = query else {
            return;
        };
        let reply_octets = Ok(octets.to_vec());
        let response = Response::new(self.server, Via::Udp, query, sent, reply_octets);
        if reply.rcode() == Rcode::SERVFAIL {
            self.failed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(response);
            return;
        }
        let correct = internet.correct_answer(&name, RecordType::A);
        if let Err(difference) = compare_answers(&correct, &reply) {
            let wrong = (response, describe(&correct), difference);
            self.wrong
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(wrong);
        }
    }
}

fn check_results(
    run: &mut ServerRun,
    clients: &[LoadClient],
    total: u32,
    elapsed: Duration,
) -> Result<(), StageError> {
    let mut unanswered = Vec::new();
    let mut failed = Vec::new();
    for client in clients {
        let wrong = client.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((response, expected, difference)) = wrong.first() {
            let rule = "every answer under load is correct";
            return Err(shown(run, rule, expected, difference, response).into());
        }
        let of_client = client.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.extend(of_client.iter().cloned());
        let pending = client
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unanswered.extend(pending.values().map(|(sent, query, _)| Response {
            elapsed: REPLY_TIMEOUT,
            ..Response::new(
                run.server.address,
                Via::Udp,
                query.clone(),
                *sent,
                Err(NoReply::Timeout),
            )
        }));
    }
    // The first one shows best how it began.
    unanswered.sort_by_key(|response| response.sent);
    failed.sort_by_key(|response| response.sent);
    let lost = unanswered.len() + failed.len();
    match failed.first().or(unanswered.first()).cloned() {
        Some(response) if lost * LOST_ONE_IN >= total as usize => {
            let rule = "under load fewer than 1 query in 100 is lost";
            let expected = format!(
                "fewer than {} of {total} queries without an answer",
                (total as usize).div_ceil(LOST_ONE_IN)
            );
            let got = losses(clients, unanswered.len(), failed.len(), elapsed);
            Err(shown(run, rule, &expected, &got, &response).into())
        }
        _ => Ok(()),
    }
}

/// Describes how queries were lost.
fn losses(clients: &[LoadClient], unanswered: usize, failed: usize, elapsed: Duration) -> String {
    let sum = |counter: fn(&LoadClient) -> &AtomicUsize| -> usize {
        let counts = clients.iter().map(|it| counter(it).load(Ordering::Relaxed));
        counts.sum()
    };
    let (malformed, refused) = (sum(|it| &it.malformed), sum(|it| &it.refused));
    let lost = unanswered + failed;
    let seconds = elapsed.as_secs_f32();
    let mut text = format!(
        "{lost} queries lost in {seconds:.1} s: {unanswered} without a reply, {failed} with SERVFAIL"
    );
    if malformed > 0 {
        text.push_str(&format!(
            "; {} malformed",
            count_of(malformed, "more message")
        ));
    }
    if refused > 0 {
        text.push_str("; connection refused: for a time no program listened there");
    }
    text
}

/// Creates a failure that shows one of the queries, and the upstream queries for its name alone.
fn shown(
    run: &mut ServerRun,
    rule: &str,
    expected: &str,
    got: &str,
    response: &Response,
) -> Failure {
    let query = DnsPacket::parse(&response.query).unwrap_or_default();
    let is_its = |received: &ReceivedQuery| {
        let question = query.question();
        question.is_some_and(|question| received.has_question(&question.qname, None))
    };
    run.failure(rule, expected, got, RFC, response)
        .with_context(run.internet.messages(is_its))
}
