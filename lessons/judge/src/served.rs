//! [`Served`]: a world, and the program that is judged, resolving in it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, RecordType};
use network::Via;

use crate::answer::{in_words, same_answer};
use crate::ask::{Asked, ask, question};
use crate::filler::Filler;
use crate::listen::free_address;
use crate::outcome::{Failure, Stop};
use crate::subject::Running;
use crate::trial::Trial;
use crate::world::World;

/// How long a server may take until it answers anything.
const STARTING: Duration = Duration::from_secs(10);
/// dig asks again after this.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// And gives up after so many times.
const TRIES: usize = 3;

/// The program that is judged, running.
pub struct Program {
    running: Box<dyn Running>,
    /// Where it answers.
    pub address: SocketAddr,
}

/// A world, and the program in it.
pub struct Served {
    /// The servers that it asks.
    pub world: World,
    /// The program.
    pub program: Program,
    /// Names, addresses and chance.
    pub filler: Filler,
}

impl Program {
    /// Starts it, and waits until it says something to a question about the root.
    ///
    /// # Errors
    /// If it does not.
    pub fn start(
        trial: &mut Trial<'_>,
        listen: Option<SocketAddr>,
        address: SocketAddr,
        hints: &Path,
        port: u16,
    ) -> Result<Program, Stop> {
        let running = trial.server()?.start(listen, hints, port);
        let running = running
            .map_err(|error| Stop::unjudged(format!("the server cannot be started: {error}")))?;
        let mut program = Program { running, address };
        let query = question(trial.filler.random(), &Name::ROOT, RecordType::NS);
        let query = query.write().unwrap_or_default();
        let start = Instant::now();
        while start.elapsed() < STARTING {
            if ask(address, Via::Udp, &query, Duration::from_millis(500))
                .reply
                .is_some()
            {
                return Ok(program);
            }
            if program.running.ended().is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(program.does_not_answer(&query).into())
    }

    fn does_not_answer(&mut self, query: &[u8]) -> Failure {
        let got = match self.running.ended() {
            Some(how) => format!("it ended by itself: {how}"),
            None => format!("it runs, and said nothing for {} s", STARTING.as_secs()),
        };
        let expected = format!("a reply, whatever it says, from {}", self.address);
        let asked = Asked {
            server: self.address,
            via: Via::Udp,
            query: query.to_vec(),
            reply: None,
            took: STARTING,
        };
        Failure::new(
            "the server runs, and answers by UDP",
            expected,
            got,
            "RFC 1035 section 4.2.1",
        )
        .with(asked.messages())
        .printed(self.running.printed())
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        self.running.printed()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        self.running.ended()
    }
}

impl Served {
    /// Makes the world of this trial and starts the program in it.
    ///
    /// # Errors
    /// If either does not come up.
    pub fn start(trial: &mut Trial<'_>) -> Result<Served, Stop> {
        Served::start_with(trial, "")
    }

    /// The same, with more hosts in the zone `<crowd>.<other>.`
    ///
    /// # Errors
    /// If either does not come up.
    pub fn start_with(trial: &mut Trial<'_>, crowd: &str) -> Result<Served, Stop> {
        let world = World::start(&mut trial.filler, trial.settings.upstream_port, crowd)?;
        Served::within(trial, world)
    }

    /// Starts the program in a world.
    ///
    /// # Errors
    /// If it does not come up.
    pub fn within(trial: &mut Trial<'_>, world: World) -> Result<Served, Stop> {
        let listen = listen_address()?;
        let program = Program::start(trial, Some(listen), listen, &world.hints, world.port)?;
        Ok(Served {
            world,
            program,
            filler: trial.filler.fork(),
        })
    }

    /// A name of the world.
    pub fn name(&mut self, text: &str) -> Name {
        self.filler.name(text)
    }

    /// Asks as a stub resolver does.
    pub fn ask(&mut self, via: Via, qname: &Name, qtype: RecordType, patience: Duration) -> Asked {
        let query = question(self.filler.random(), qname, qtype);
        ask(
            self.program.address,
            via,
            &query.write().unwrap_or_default(),
            patience,
        )
    }

    /// Asks as patient people do, three times if need be.
    pub fn ask_patiently(&mut self, qname: &Name, qtype: RecordType) -> Asked {
        let mut asked = self.ask(Via::Udp, qname, qtype, PATIENCE);
        for _ in 1..TRIES {
            if asked.reply.is_none() {
                asked = self.ask(Via::Udp, qname, qtype, PATIENCE);
            }
        }
        asked
    }

    /// Asks, and fails unless the answer is the right one.
    ///
    /// # Errors
    /// If it isn't.
    pub fn expect_truth(
        &mut self,
        promise: &str,
        qname: &Name,
        qtype: RecordType,
        rfc: &'static str,
    ) -> Result<(Asked, DnsPacket), Stop> {
        let asked = self.ask(Via::Udp, qname, qtype, PATIENCE);
        self.is_truth(promise, asked, qname, qtype, rfc)
    }

    /// Fails unless a reply to this question is the right one.
    ///
    /// # Errors
    /// If it isn't.
    pub fn is_truth(
        &mut self,
        promise: &str,
        asked: Asked,
        qname: &Name,
        qtype: RecordType,
        rfc: &'static str,
    ) -> Result<(Asked, DnsPacket), Stop> {
        let truth = self.world.truth(qname, qtype);
        match asked.packet() {
            Some(reply) if same_answer(&truth, &reply).is_ok() => Ok((asked, reply)),
            Some(reply) => {
                let wrong = same_answer(&truth, &reply).err().unwrap_or_default();
                Err(self
                    .failure(promise, in_words(&truth), wrong, rfc, &asked)
                    .into())
            }
            None => Err(self
                .failure(promise, in_words(&truth), asked.in_short(), rfc, &asked)
                .into()),
        }
    }

    /// A failure that shows a question and its reply.
    pub fn failure(
        &mut self,
        promise: &str,
        expected: impl std::fmt::Display,
        got: impl std::fmt::Display,
        rfc: &'static str,
        asked: &Asked,
    ) -> Failure {
        let got = match self.program.ended() {
            Some(how) => format!("{got} (the program ended by itself: {how})"),
            None => got.to_string(),
        };
        let failure = Failure::new(promise, expected, got, rfc).with(asked.messages());
        match asked.reply {
            Some(_) => failure,
            None => failure.printed(self.program.printed()),
        }
    }
}

/// A free address for the program to listen at.
///
/// # Errors
/// If the system has none.
pub fn listen_address() -> Result<SocketAddr, Stop> {
    free_address(IpAddr::V4(Ipv4Addr::LOCALHOST))
        .map_err(|error| Stop::unjudged(format!("there is no free port on 127.0.0.1: {error}")))
}
