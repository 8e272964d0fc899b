//! [`Trial`]: one run of a stage, with its settings and its random values.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use crate::client_run::ClientRun;
use crate::exchange::Responder;
use crate::filler::Filler;
use crate::name_server::TestNameServer;
use crate::outcome::StageError;
use crate::subject::{ClientUnderTest, ServerUnderTest, Subject};

/// The settings of a run, besides the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The seed of all names, addresses and ids.
    pub seed: u64,
    /// The port of the judge's name servers, for servers that query port 53 alone; any free port if
    /// none is given.
    pub upstream_port: Option<u16>,
    /// An address of this machine that is not loopback. From there comes a query that the server
    /// must refuse.
    pub stranger: Option<IpAddr>,
    /// The time that a client may take when no reply comes: three attempts of 5 s each fit in.
    pub client_timeout: Duration,
    /// The number of queries per second in the stage `load`.
    pub load_rate: u32,
    /// The duration of the stage `load` in seconds.
    pub load_seconds: u32,
}

impl Settings {
    /// Creates the default settings: among them 1,000 queries per second for 10 s.
    pub fn new(seed: u64) -> Settings {
        Settings {
            seed,
            upstream_port: None,
            stranger: None,
            client_timeout: Duration::from_secs(25),
            load_rate: 1_000,
            load_seconds: 10,
        }
    }
}

/// One run of a stage.
pub struct Trial<'s> {
    /// The programs under test.
    pub subject: &'s Subject<'s>,
    /// The settings of the run.
    pub settings: Settings,
    /// The stage's random names, addresses and ids. They do not depend on the stages before it, so
    /// a stage that is run alone has the same ones.
    pub filler: Filler,
    /// Sentences about what is allowed, and could be better.
    pub advice: Vec<String>,
}

/// Returns the addresses of the judge's name servers. They are always the same: on a system where
/// they must be added to loopback, this is needed once.
pub fn addresses() -> impl Iterator<Item = Ipv4Addr> {
    (1..=ADDRESSES).map(|last| Ipv4Addr::new(127, 83, 0, last))
}

/// The number of addresses of the judge's name servers.
pub const ADDRESSES: u8 = 24;

impl<'s> Trial<'s> {
    /// Prepares a run of the stage with this name.
    pub fn new(subject: &'s Subject<'s>, settings: Settings, stage: &str) -> Trial<'s> {
        // FNV-1a: the same value on every machine is all that is needed.
        let seed = stage.bytes().fold(settings.seed, |seed, octet| {
            (seed ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
        Trial {
            subject,
            settings,
            filler: Filler::new(seed, addresses()),
            advice: Vec::new(),
        }
    }

    /// Returns the client under test.
    ///
    /// # Errors
    /// If there is none.
    pub fn client(&self) -> Result<&'s dyn ClientUnderTest, StageError> {
        let missing =
            || StageError::not_judged("no client was given: --client says how to start it");
        self.subject.client.ok_or_else(missing)
    }

    /// Returns the server under test.
    ///
    /// # Errors
    /// If there is none.
    pub fn server(&self) -> Result<&'s dyn ServerUnderTest, StageError> {
        let missing =
            || StageError::not_judged("no server was given: --server says how to start it");
        self.subject.server.ok_or_else(missing)
    }

    /// Returns an error if the server cannot be started with a trust anchor.
    ///
    /// # Errors
    /// If there is none, or no command with a trust anchor.
    pub fn require_validator(&self) -> Result<(), StageError> {
        match self.server()?.validates() {
            true => Ok(()),
            false => Err(StageError::not_judged(
                "no validating server was given: --validator says how to start it with {anchor}",
            )),
        }
    }

    /// Runs the client against a name server with this responder.
    ///
    /// # Errors
    /// If either cannot be started.
    pub fn run_client(
        &self,
        name: &str,
        rtype: &str,
        timeout: Duration,
        responder: Responder,
    ) -> Result<ClientRun, StageError> {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = TestNameServer::start(here, String::new(), responder).map_err(|error| {
            StageError::not_judged(format!("the judge cannot listen on {here}: {error}"))
        })?;
        let started = Instant::now();
        let output = self.client()?.run(server.address, name, rtype, timeout);
        let output = output.map_err(|error| {
            StageError::not_judged(format!("the client cannot be started: {error}"))
        })?;
        Ok(ClientRun {
            output,
            started,
            ended: Instant::now(),
            server: server.address,
            messages: server.messages(|_| true),
            exchanges: server.log(),
            connections: server.connections(),
        })
    }
}
