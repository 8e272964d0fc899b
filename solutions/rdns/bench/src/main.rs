//! Benchmarks `rdns` beside other resolvers: `bench.sh` runs it in a network namespace. See README.md.
//!
//! | module | does |
//! | --- | --- |
//! | `internet` | the zones, servers and names, and the right answers |
//! | `zones` | writes and signs the zones, starts nsd |
//! | `relay` | delays, losses, and the count of upstream queries |
//! | `resolvers`, `process` | starts a resolver, and says what it uses |
//! | `load` | sends queries at their time, and judges the replies |
//! | `report`, `plot` | the table and the curves of the open loop |
//! | `steady`, `hostile` | the long run with hostile packets |

mod hostile;
mod internet;
mod load;
mod plot;
mod process;
mod relay;
mod report;
mod resolvers;
mod steady;
mod zones;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use load::Shape;
use relay::{Quality, Traffic};
use report::Measured;
use resolvers::{Mode, Resolver, Setup};

/// Benchmarks rdns beside other resolvers, in a network namespace
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Measure resolvers with an open loop of queries, each with an empty cache
    Open(Open),
    /// Run rdns with hostile packets, a full cache and reloads
    Steady(Common),
}

#[derive(Debug, Args)]
struct Open {
    #[command(flatten)]
    common: Common,
    /// A resolver to measure; can be given several times [default: all]
    #[arg(long)]
    resolver: Vec<Resolver>,
    /// The folder for the table and the plots
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// Measure the default mode alone: QNAME minimisation and validation on
    #[arg(long)]
    default_mode: bool,
}

#[derive(Debug, Args)]
struct Common {
    /// The duration of a load in seconds [default: 60; steady: 600]
    seconds: Option<u64>,
    /// The mean number of queries in a second
    #[arg(long, default_value_t = 1_000.0)]
    rate: f64,
    /// The exponent of Zipf's law, by which names are chosen
    #[arg(long, default_value_t = 1.0)]
    zipf: f64,
    /// The share of names whose servers never reply
    #[arg(long, default_value_t = 0.05)]
    dead: f64,
    /// The share of names that do not exist
    #[arg(long, default_value_t = 0.03)]
    missing: f64,
    /// The share of datagrams to and from the name servers that are lost
    #[arg(long, default_value_t = 0.01)]
    loss: f64,
    /// The share of hostile packets from clients and name servers, in `steady`
    #[arg(long, default_value_t = 0.02)]
    hostile: f64,
    /// The number of threads of each resolver
    #[arg(long, default_value_t = 1)]
    threads: u16,
    /// The program rdns
    #[arg(long, default_value = "target/release/rdns")]
    rdns: PathBuf,
    /// The program hickory-dns
    #[arg(long, default_value = "hickory-dns")]
    hickory: PathBuf,
}

impl Common {
    fn shape(&self, seconds: u64, hostile: f64) -> Shape {
        Shape {
            rate: self.rate,
            duration: Duration::from_secs(self.seconds.unwrap_or(seconds)),
            zipf: self.zipf,
            dead: self.dead,
            missing: self.missing,
            hostile,
        }
    }
}

fn main() -> Result<()> {
    let Arguments { action } = Arguments::parse();
    // Each server of the relay has two sockets.
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised)?;
    prepare_network()?;
    let folder = tempfile::tempdir()?;
    println!("making the zones");
    let servers = zones::start(folder.path())?;
    let setup = |common: &Common| -> Result<_> {
        let rdns = fs::canonicalize(&common.rdns);
        rdns.with_context(|| format!("{}", common.rdns.display()))
    };
    match &action {
        Action::Open(open) => {
            let rdns = setup(&open.common)?;
            measure_all(
                open,
                &new_setup(&open.common, folder.path(), &servers, &rdns),
            )
        }
        Action::Steady(common) => {
            let rdns = setup(common)?;
            let setup = new_setup(common, folder.path(), &servers, &rdns);
            steady::run(&setup, common.shape(600, common.hostile), common.loss)
        }
    }
}

fn new_setup<'a>(
    common: &'a Common,
    folder: &'a Path,
    servers: &'a zones::NameServers,
    rdns: &'a Path,
) -> Setup<'a> {
    Setup {
        folder,
        servers,
        threads: common.threads,
        rdns,
        hickory: &common.hickory,
    }
}

/// Makes all addresses of the name servers those of this namespace.
fn prepare_network() -> Result<()> {
    for words in ["link set lo up", "route add local 20.0.0.0/8 dev lo"] {
        let status = Command::new("ip").args(words.split(' ')).status();
        let status = status.context("cannot run ip (Debian's package iproute2)")?;
        ensure!(
            status.success(),
            "ip {words}: {status}; this program needs a network namespace: run bench.sh"
        );
    }
    Ok(())
}

/// Measures all resolvers in all modes; prints and writes the results.
fn measure_all(open: &Open, setup: &Setup<'_>) -> Result<()> {
    let common = &open.common;
    let traffic = relay::start(Quality {
        loss: common.loss,
        hostile: 0.0,
    })?;
    let resolvers = match open.resolver.is_empty() {
        true => Resolver::value_variants(),
        false => &open.resolver,
    };
    let mut text = String::new();
    let mut present = Vec::new();
    for resolver in resolvers {
        let version = resolver.version(setup);
        let shown = version.as_deref().unwrap_or("not installed, left out");
        text.push_str(&format!("{} {shown}\n", resolver.name()));
        present.extend(version.map(|_| *resolver));
    }
    println!("{text}");
    let shape = common.shape(60, 0.0);
    let modes: Vec<_> = modes(open.default_mode);
    let mut all = Vec::new();
    for mode in &modes {
        for resolver in present.iter().filter(|resolver| resolver.has(*mode)) {
            let measured = measure(*resolver, *mode, shape, setup, &traffic)
                .with_context(|| format!("{} {mode:?}", resolver.name()))?;
            println!("{}", report::table(std::slice::from_ref(&measured)));
            all.push(measured);
        }
    }
    text.push_str(&format!(
        "\n{}\n{}",
        conditions(&shape, common, &all),
        report::table(&all)
    ));
    println!("{text}");
    fs::create_dir_all(&open.out)?;
    fs::write(open.out.join("open.md"), text)?;
    for mode in modes {
        let name = format!(
            "minimisation-{}-validation-{}.svg",
            report::on_or_off(mode.minimises),
            report::on_or_off(mode.validates)
        );
        fs::write(open.out.join(name), plot::draw(mode, &all))?;
    }
    println!("written into {}", open.out.display());
    Ok(())
}

fn modes(is_default_alone: bool) -> Vec<Mode> {
    let all = [(true, true), (true, false), (false, true), (false, false)];
    let number = if is_default_alone { 1 } else { all.len() };
    let modes = all.into_iter().take(number);
    modes
        .map(|(minimises, validates)| Mode {
            minimises,
            validates,
        })
        .collect()
}

fn measure(
    resolver: Resolver,
    mode: Mode,
    shape: Shape,
    setup: &Setup<'_>,
    traffic: &Traffic,
) -> Result<Measured> {
    let running = resolver.start(mode, setup)?;
    let (udp, tcp) = traffic.queries();
    let before = running.process.cpu_time()?;
    let outcome = load::run(shape)?;
    let log = || fs::read_to_string(&running.log).unwrap_or_default();
    let after = running.process.cpu_time();
    let after = after.with_context(|| format!("it has ended:\n{}", log()))?;
    for wrong in &outcome.wrong {
        println!("{} replied wrongly:\n{wrong}", resolver.name());
    }
    let (all_udp, all_tcp) = traffic.queries();
    Ok(Measured {
        resolver,
        mode,
        outcome,
        cpu_time: after - before,
        peak_memory: running.process.peak_memory()?,
        upstream: (all_udp - udp, all_tcp - tcp),
    })
}

/// Says under which conditions the table was made.
fn conditions(shape: &Shape, common: &Common, all: &[Measured]) -> String {
    let queries = all
        .first()
        .map_or(0, |measured| measured.outcome.queries.len());
    let latest = all.iter().filter_map(|measured| {
        let lateness = &measured.outcome.lateness;
        lateness.get(lateness.len() * 99 / 100)
    });
    format!(
        "{queries} queries in {} s (Poisson arrivals, {} a second), names by Zipf's law with exponent {}, {} % dead names, {} % names that do not exist, delays of 1 to 200 ms, {} % of datagrams lost, {} thread each. Queries were sent at most {:.1} ms late (99 % of them; it counts as latency).\n",
        shape.duration.as_secs(),
        shape.rate,
        shape.zipf,
        shape.dead * 100.0,
        shape.missing * 100.0,
        common.loss * 100.0,
        common.threads,
        latest
            .max()
            .map_or(0.0, |late| late.as_secs_f64() * 1_000.0)
    )
}
