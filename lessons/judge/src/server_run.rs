//! [`ServerRun`]: the server under test, resolving in a test Internet.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, RecordType};
use network::Via;

use crate::answer::{compare_answers, describe};
use crate::exchange::ReceivedQuery;
use crate::filler::Filler;
use crate::name_server::free_address;
use crate::outcome::{Failure, Message, Peer, Side, StageError};
use crate::response::{NoReply, Response};
use crate::stub::{send_query, stub_query};
use crate::subject::ServerProcess;
use crate::test_internet::TestInternet;
use crate::trial::Trial;

/// The time within which a server must answer its first query.
const START_TIMEOUT: Duration = Duration::from_secs(10);
/// The time that the judge waits for a reply: dig's default.
pub const REPLY_TIMEOUT: Duration = Duration::from_secs(5);
/// The number of times that a query is sent until a reply comes: dig's default.
const ATTEMPTS: u32 = 3;

/// The server under test, started.
pub struct StartedServer {
    process: Box<dyn ServerProcess>,
    /// The address at which it answers.
    pub address: SocketAddr,
}

/// A test Internet, and the server that resolves in it.
pub struct ServerRun {
    /// The name servers that it queries.
    pub internet: TestInternet,
    /// The server under test.
    pub server: StartedServer,
    /// Random names, addresses and ids.
    pub filler: Filler,
    /// The client's queries so far, and the replies.
    past: Vec<Message>,
}

impl StartedServer {
    /// Starts the server, and waits until it replies to a query for the root, with any RCODE.
    ///
    /// # Errors
    /// If no reply comes.
    pub fn start(
        trial: &mut Trial<'_>,
        listen: Option<SocketAddr>,
        address: SocketAddr,
        internet: &TestInternet,
    ) -> Result<StartedServer, StageError> {
        let anchor = internet.anchor.as_deref();
        let process = trial
            .server()?
            .start(listen, &internet.hints, internet.port, anchor);
        let process = process.map_err(|error| {
            StageError::not_judged(format!("the server cannot be started: {error}"))
        })?;
        let mut server = StartedServer { process, address };
        let query = stub_query(trial.filler.random(), &Name::ROOT, RecordType::NS);
        let query = query.write().unwrap_or_default();
        let start = Instant::now();
        loop {
            let response = send_query(address, Via::Udp, &query, Duration::from_millis(500));
            if response.reply.is_ok() {
                return Ok(server);
            }
            if server.process.exit_status().is_some() || start.elapsed() >= START_TIMEOUT {
                return Err(server.no_first_reply(response, start).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn no_first_reply(&mut self, last: Response, start: Instant) -> Failure {
        let response = Response {
            sent: start,
            elapsed: start.elapsed(),
            ..last
        };
        let got = match (self.process.exit_status(), &response.reply) {
            (Some(how), _) => format!("it exited: {how}"),
            (None, Err(NoReply::Refused)) => format!(
                "it is running, but within {} s: {}",
                START_TIMEOUT.as_secs(),
                response.summary()
            ),
            (None, _) => format!("it is running, but {}", response.summary()),
        };
        let expected = format!("a reply from {}, whatever its RCODE", self.address);
        let mut messages = response.messages();
        messages.retain(|message| !message.is_wrong);
        let missing = Message {
            at: response.end(),
            from: Side::Program,
            peer: Peer::Client,
            server: self.address,
            via: Via::Udp,
            octets: None,
            note: got.clone(),
            is_wrong: true,
        };
        Failure::new(
            "the server starts, and answers over UDP",
            expected,
            got,
            "RFC 1035 section 4.2.1",
        )
        .with_messages(messages)
        .with_missing(missing)
        .with_output(self.process.output())
    }

    /// Returns the output of the server so far.
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// Returns the exit status as text, if the server has exited by itself.
    pub fn exit_status(&mut self) -> Option<String> {
        self.process.exit_status()
    }
}

impl ServerRun {
    /// Starts the test Internet of this trial, and the server in it.
    ///
    /// # Errors
    /// If either does not start.
    pub fn start(trial: &mut Trial<'_>) -> Result<ServerRun, StageError> {
        ServerRun::start_with(trial, "")
    }

    /// Starts the same with more hosts in the zone `<crowd>.<other>.`
    ///
    /// # Errors
    /// If either does not start.
    pub fn start_with(trial: &mut Trial<'_>, crowd: &str) -> Result<ServerRun, StageError> {
        let internet = TestInternet::start(&mut trial.filler, trial.settings.upstream_port, crowd)?;
        ServerRun::within(trial, internet)
    }

    /// Starts the server in this test Internet.
    ///
    /// # Errors
    /// If it does not start.
    pub fn within(trial: &mut Trial<'_>, internet: TestInternet) -> Result<ServerRun, StageError> {
        let listen = listen_address()?;
        let server = StartedServer::start(trial, Some(listen), listen, &internet)?;
        Ok(ServerRun {
            internet,
            server,
            filler: trial.filler.fork(),
            past: Vec::new(),
        })
    }

    /// Returns a name of the test Internet, such as `<www>.<shop>.<tld>`.
    pub fn name(&mut self, text: &str) -> Name {
        self.filler.name(text)
    }

    /// Sends one query as a stub resolver does.
    pub fn query(
        &mut self,
        via: Via,
        qname: &Name,
        qtype: RecordType,
        timeout: Duration,
    ) -> Response {
        let query = stub_query(self.filler.random(), qname, qtype);
        self.send(via, &query, timeout)
    }

    /// Sends this query.
    pub fn send(&mut self, via: Via, query: &DnsPacket, timeout: Duration) -> Response {
        let octets = query.write().unwrap_or_default();
        let response = send_query(self.server.address, via, &octets, timeout);
        let right = |message| Message {
            is_wrong: false,
            ..message
        };
        self.past.extend(response.messages().into_iter().map(right));
        response
    }

    /// Sends the query up to three times, until a reply comes.
    pub fn query_with_retries(&mut self, qname: &Name, qtype: RecordType) -> Response {
        let mut response = self.query(Via::Udp, qname, qtype, REPLY_TIMEOUT);
        for attempts in 2..=ATTEMPTS {
            if response.reply.is_err() {
                response = self.query(Via::Udp, qname, qtype, REPLY_TIMEOUT);
                response.attempts = attempts;
            }
        }
        response
    }

    /// Sends a query, and compares the reply with the correct answer.
    ///
    /// # Errors
    /// If they differ.
    pub fn expect_correct_answer(
        &mut self,
        rule: &str,
        qname: &Name,
        qtype: RecordType,
        rfc: &'static str,
    ) -> Result<(Response, DnsPacket), StageError> {
        let response = self.query(Via::Udp, qname, qtype, REPLY_TIMEOUT);
        self.check_answer(rule, response, qname, qtype, rfc)
    }

    /// Compares a reply with the correct answer to this question.
    ///
    /// # Errors
    /// If they differ.
    pub fn check_answer(
        &mut self,
        rule: &str,
        response: Response,
        qname: &Name,
        qtype: RecordType,
        rfc: &'static str,
    ) -> Result<(Response, DnsPacket), StageError> {
        let correct = self.internet.correct_answer(qname, qtype);
        let difference = match response.packet() {
            None => response.summary(),
            Some(reply) => match compare_answers(&correct, &reply) {
                Ok(()) => return Ok((response, reply)),
                Err(difference) => difference,
            },
        };
        let expected = describe(&correct);
        Err(self
            .failure(rule, expected, difference, rfc, &response)
            .into())
    }

    /// Creates a failure that shows a query, its reply, which is the wrong step, and the upstream
    /// queries between them.
    pub fn failure(
        &mut self,
        rule: &str,
        expected: impl Display,
        got: impl Display,
        rfc: &'static str,
        response: &Response,
    ) -> Failure {
        let got = match self.server.exit_status() {
            Some(how) => format!("{got} (the program exited: {how})"),
            None => got.to_string(),
        };
        let while_waiting =
            |query: &ReceivedQuery| (response.sent..=response.end()).contains(&query.at);
        let failure = Failure::new(rule, expected, got, rfc)
            .with_messages(response.messages())
            .with_context(self.internet.messages(while_waiting));
        match response.reply {
            Ok(_) => failure,
            Err(_) => failure.with_output(self.server.output()),
        }
    }

    /// Creates a failure of a cache: the program sent an upstream query for one of these names
    /// after the client's query. It is the wrong step. The earlier ones for these names are shown,
    /// too.
    pub fn needless_query(
        &mut self,
        rule: &str,
        expected: &str,
        got: impl Display,
        rfc: &'static str,
        (names, response): (&[&Name], &Response),
    ) -> Failure {
        self.failure(rule, expected, got, rfc, response)
            .with_context(self.history(names, response))
            .mark(|message| message.is_query_of_program() && message.at >= response.sent)
    }

    /// Creates a failure of a cache: the program should have sent an upstream query to the server
    /// of this label. Its absence is the wrong step.
    pub fn missing_query(
        &mut self,
        rule: &str,
        expected: &str,
        rfc: &'static str,
        (label, qname, response): (&str, &Name, &Response),
    ) -> Failure {
        let got = "no upstream query: the answer is the cached one";
        let mut missing = self.internet.missing_query(label, Via::Udp, got);
        missing.at = response.end();
        self.failure(rule, expected, got, rfc, response)
            .with_context(self.history(&[qname], response))
            .with_missing(missing)
    }

    /// Returns the messages before a response that are about these names, and the upstream ones
    /// since its query.
    pub fn history(&self, names: &[&Name], response: &Response) -> Vec<Message> {
        let while_waiting = response.sent..=response.end();
        let upstream = self.internet.messages(|query| {
            while_waiting.contains(&query.at)
                || names.iter().any(|name| query.has_question(name, None))
        });
        let past = self.past.iter().filter(|message| {
            let octets = message.octets.as_deref().unwrap_or_default();
            let packet = DnsPacket::parse(octets).unwrap_or_default();
            let question = packet.question();
            message.at < response.sent
                && question.is_some_and(|question| names.contains(&&question.qname))
        });
        past.cloned().chain(upstream).collect()
    }
}

/// Returns a free address for the server to listen at.
///
/// # Errors
/// If the system has none.
pub fn listen_address() -> Result<SocketAddr, StageError> {
    free_address(IpAddr::V4(Ipv4Addr::LOCALHOST)).map_err(|error| {
        StageError::not_judged(format!("there is no free port on 127.0.0.1: {error}"))
    })
}
