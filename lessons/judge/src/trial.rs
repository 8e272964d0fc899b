//! [`Trial`]: what a stage has at hand.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::filler::Filler;
use crate::listen::{Answerer, Listening};
use crate::outcome::{Message, Stop};
use crate::subject::{Client, Said, Server, Subject};

/// What a run is made of, besides the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// All names, addresses and ids follow from it.
    pub seed: u64,
    /// The port of the judge's servers; none for any free one. For programs that ask port 53 and no other.
    pub upstream_port: Option<u16>,
    /// An address of this machine that is not loopback, to ask as a stranger from.
    pub stranger: Option<IpAddr>,
    /// How long a client may take that hears nothing: one that tries three times and waits 5 s each time has ended by then.
    pub patience: Duration,
    /// How many questions a second the last stage asks.
    pub load_rate: u32,
    /// For how many seconds.
    pub load_seconds: u32,
}

impl Settings {
    /// As the issue has it: 1,000 questions a second for 10 s.
    pub fn new(seed: u64) -> Settings {
        Settings {
            seed,
            upstream_port: None,
            stranger: None,
            patience: Duration::from_secs(25),
            load_rate: 1_000,
            load_seconds: 10,
        }
    }
}

/// One stage's run.
pub struct Trial<'s> {
    /// Whom it is about.
    pub subject: &'s Subject<'s>,
    /// What the run is made of.
    pub settings: Settings,
    /// Names, addresses and chance: the stage's own, so that a stage run alone meets what it met among the others.
    pub filler: Filler,
}

/// The addresses of the judge's servers: the same ones always, so that a system where they have to be added needs that once.
pub fn addresses() -> impl Iterator<Item = Ipv4Addr> {
    (1..=ADDRESSES).map(|last| Ipv4Addr::new(127, 83, 0, last))
}

/// How many there are.
pub const ADDRESSES: u8 = 24;

/// One run of a client against one server.
pub struct Conversation {
    /// What the client left behind.
    pub said: Said,
    /// What went to and fro, in order.
    pub messages: Vec<Message>,
    /// What the server heard and said.
    pub exchanges: Vec<crate::listen::Exchange>,
}

impl<'s> Trial<'s> {
    /// For the stage of this name.
    pub fn new(subject: &'s Subject<'s>, settings: Settings, stage: &str) -> Trial<'s> {
        // FNV-1a: all it has to do is to be the same on every machine.
        let seed = stage.bytes().fold(settings.seed, |seed, octet| {
            (seed ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
        Trial {
            subject,
            settings,
            filler: Filler::new(seed, addresses()),
        }
    }

    /// The client.
    ///
    /// # Errors
    /// If there is none to judge.
    pub fn client(&self) -> Result<&'s dyn Client, Stop> {
        let missing = || Stop::unjudged("no client was given: --client tells how to start it");
        self.subject.client.ok_or_else(missing)
    }

    /// The server.
    ///
    /// # Errors
    /// If there is none to judge.
    pub fn server(&self) -> Result<&'s dyn Server, Stop> {
        let missing = || Stop::unjudged("no server was given: --server tells how to start it");
        self.subject.server.ok_or_else(missing)
    }

    /// Has the client ask a server that answers so.
    ///
    /// # Errors
    /// If either can't be started.
    pub fn converse(
        &self,
        name: &str,
        rtype: &str,
        patience: Duration,
        answer: Answerer,
    ) -> Result<Conversation, Stop> {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Listening::start(here, answer).map_err(|error| {
            Stop::unjudged(format!("the judge cannot listen on {here}: {error}"))
        })?;
        let said = self.client()?.ask(server.address, name, rtype, patience);
        let said =
            said.map_err(|error| Stop::unjudged(format!("the client cannot be started: {error}")))?;
        Ok(Conversation {
            said,
            messages: server.messages(),
            exchanges: server.log(),
        })
    }
}
