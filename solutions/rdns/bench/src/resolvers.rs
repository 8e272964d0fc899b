//! The resolvers: how each is configured, and its process.
//!
//! All have the same root hints and trust anchor, use IPv4, and may have as many queries in flight as they
//! are made for. Everything else is each resolver's default.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use dnsparse::{DnsPacket, RecordType};

use crate::process::Process;
use crate::zones::NameServers;

/// The address of the resolver.
pub(crate) const ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 2, 1)), 53);

/// The time that a resolver has to start.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A resolver that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resolver {
    Rdns,
    Unbound,
    Kresd,
    #[value(name = "pdns_recursor")]
    PdnsRecursor,
    Hickory,
}

/// A configuration that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Whether servers receive only the part of a name that they need (RFC 9156).
    pub(crate) minimises: bool,
    /// Whether answers are validated.
    pub(crate) validates: bool,
}

/// The facts that all resolvers are started with.
#[derive(Debug)]
pub(crate) struct Setup<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) servers: &'a NameServers,
    pub(crate) threads: u16,
    /// The program `rdns`.
    pub(crate) rdns: &'a Path,
    /// The program `hickory-dns`.
    pub(crate) hickory: &'a Path,
}

/// A running resolver. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pub(crate) process: Process,
    /// The file of its log.
    pub(crate) log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        // kresd takes SIGTERM, and ends only when its connections have: SIGKILL does for a benchmark.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Returns the exit status, if the process has ended.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok()??;
        Some(status.to_string())
    }
}

impl Resolver {
    /// Returns the name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Resolver::Rdns => "rdns",
            Resolver::Unbound => "unbound",
            Resolver::Kresd => "knot-resolver",
            Resolver::PdnsRecursor => "pdns_recursor",
            Resolver::Hickory => "hickory-dns",
        }
    }

    /// Whether it can be run in a mode: hickory-dns always minimises.
    pub(crate) fn has(self, mode: Mode) -> bool {
        self != Resolver::Hickory || mode.minimises
    }

    /// Returns the version, as the program says it; none if the program is not installed.
    pub(crate) fn version(self, setup: &Setup<'_>) -> Option<String> {
        let (program, flag) = match self {
            Resolver::Rdns => (setup.rdns, "--version"),
            Resolver::Unbound => (Path::new("unbound"), "-V"),
            Resolver::Kresd => (Path::new("kresd"), "--version"),
            Resolver::PdnsRecursor => (Path::new("pdns_recursor"), "--version"),
            Resolver::Hickory => (setup.hickory, "--version"),
        };
        let output = Command::new(program).arg(flag).output().ok()?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut words = text.split([' ', ',', '\n']);
        let is_version = |word: &&str| {
            word.contains('.') && word.starts_with(|first: char| first.is_ascii_digit())
        };
        words.find(is_version).map(str::to_owned)
    }

    /// Starts it with an empty cache, and waits until it replies.
    ///
    /// # Errors
    /// If the program cannot be run, ends, or does not reply.
    pub(crate) fn start(self, mode: Mode, setup: &Setup<'_>) -> Result<Running> {
        let folder = setup.folder.join(self.name());
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let mut command = match self {
            Resolver::Rdns => rdns(mode, setup, &folder, "")?,
            Resolver::Unbound => unbound(mode, setup, &folder)?,
            Resolver::Kresd => kresd(mode, setup, &folder)?,
            Resolver::PdnsRecursor => pdns_recursor(mode, setup, &folder)?,
            Resolver::Hickory => hickory(mode, setup, &folder)?,
        };
        start(self.name(), &mut command, &folder)
    }
}

/// Starts a resolver's command.
pub(crate) fn start(name: &str, command: &mut Command, folder: &Path) -> Result<Running> {
    let log = folder.join("log");
    let out = fs::File::create(&log)?;
    let child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let process = Process(child.id());
    let mut running = Running {
        child,
        process,
        log,
    };
    let end = Instant::now() + START_LIMIT;
    while !replies()? {
        let text = || fs::read_to_string(&running.log).unwrap_or_default();
        if let Some(status) = running.child.try_wait()? {
            bail!("{name} ended with {status}:\n{}", text());
        }
        if Instant::now() > end {
            bail!("{name} does not reply:\n{}", text());
        }
    }
    Ok(running)
}

/// Whether the resolver replies to a query that it answers itself.
fn replies() -> Result<bool> {
    let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 1, 1), 0))?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    socket.connect(ADDRESS)?;
    let query = DnsPacket::query(1, "localhost".parse()?, RecordType::A).write()?;
    let sent = socket.send(&query);
    let is_refused = sent.and_then(|_| socket.recv(&mut [0; 512])).is_err();
    if is_refused {
        // A closed port is refused at once.
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(!is_refused)
}

/// Returns the command of `rdns`, with further lines of configuration.
pub(crate) fn rdns(mode: Mode, setup: &Setup<'_>, folder: &Path, more: &str) -> Result<Command> {
    let minimisation = if mode.minimises { "relaxed" } else { "off" };
    let trust = match mode.validates {
        true => "trust-anchor = \"anchor\"",
        false => "no-dnssec = true",
    };
    fs::write(folder.join("anchor"), &setup.servers.ds)?;
    let text = format!(
        "listen = [\"{ADDRESS}\"]\nroot-hints = \"{}\"\nthreads = {}\nqname-minimisation = \"{minimisation}\"\n{trust}\n{more}\n",
        setup.servers.hints.display(),
        setup.threads
    );
    fs::write(folder.join("rdns.toml"), text)?;
    let mut command = Command::new(setup.rdns);
    command
        .args(["--config", "rdns.toml"])
        .env("RUST_LOG", "off");
    Ok(command)
}

fn unbound(mode: Mode, setup: &Setup<'_>, folder: &Path) -> Result<Command> {
    let yes = |is: bool| if is { "yes" } else { "no" };
    let modules = match mode.validates {
        true => "validator iterator",
        false => "iterator",
    };
    fs::write(folder.join("anchor"), &setup.servers.ds)?;
    let text = format!(
        "server:\n interface: {}\n do-ip6: no\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n directory: \"{}\"\n pidfile: \"\"\n use-syslog: no\n module-config: \"{modules}\"\n trust-anchor-file: \"anchor\"\n qname-minimisation: {}\n root-hints: \"{}\"\n num-threads: {}\n outgoing-range: 8192\n num-queries-per-thread: 4096\nremote-control:\n control-enable: no\n",
        ADDRESS.ip(),
        folder.display(),
        yes(mode.minimises),
        setup.servers.hints.display(),
        setup.threads,
    );
    fs::write(folder.join("unbound.conf"), text)?;
    let mut command = Command::new("unbound");
    command.args(["-d", "-c", "unbound.conf"]);
    Ok(command)
}

/// One process of knot-resolver is one thread; more of them share the socket and the cache.
fn kresd(mode: Mode, setup: &Setup<'_>, folder: &Path) -> Result<Command> {
    let trust = match mode.validates {
        true => format!(
            "trust_anchors.add('{}')\n",
            setup.servers.ds.trim().replace('\t', " ")
        ),
        false => String::new(),
    };
    let minimisation = match mode.minimises {
        true => "",
        false => "policy.add(policy.all(policy.FLAGS('NO_MINIMIZE')))\n",
    };
    let text = format!(
        "log_target('stderr')\nnet.ipv6 = false\nnet.listen('{}', 53, {{ kind = 'dns' }})\ncache.open(100 * MB, 'lmdb://{}')\ntrust_anchors.remove('.')\n{trust}modules.load('hints')\nhints.root_file('{}')\n{minimisation}modules.unload('ta_update')\nmodules.unload('ta_signal_query')\n",
        ADDRESS.ip(),
        folder.display(),
        setup.servers.hints.display(),
    );
    fs::write(folder.join("kresd.conf"), text)?;
    let mut command = Command::new("kresd");
    command.args(["-n", "-c", "kresd.conf"]).arg(folder);
    Ok(command)
}

fn pdns_recursor(mode: Mode, setup: &Setup<'_>, folder: &Path) -> Result<Command> {
    let dnssec = if mode.validates { "validate" } else { "off" };
    let minimisation = if mode.minimises { "yes" } else { "no" };
    let fields: Vec<_> = setup.servers.ds.split_whitespace().collect();
    let ds = fields.get(3..).context("a DS record")?.join(" ");
    fs::write(
        folder.join("trust.lua"),
        format!("clearTA()\naddTA('.', '{ds}')\n"),
    )?;
    let text = format!(
        "local-address={}\nhint-file={}\nsocket-dir={}\ndont-query=\ndnssec={dnssec}\nlua-config-file={}\nqname-minimization={minimisation}\ndaemon=no\ndisable-syslog=yes\nthreads={}\nsecurity-poll-suffix=\netc-hosts-file=/dev/null\nmax-mthreads=10000\n",
        ADDRESS.ip(),
        setup.servers.hints.display(),
        folder.display(),
        folder.join("trust.lua").display(),
        setup.threads,
    );
    fs::write(folder.join("recursor.conf"), text)?;
    let mut command = Command::new("pdns_recursor");
    command.arg(format!("--config-dir={}", folder.display()));
    Ok(command)
}

fn hickory(mode: Mode, setup: &Setup<'_>, folder: &Path) -> Result<Command> {
    fs::write(folder.join("anchor"), &setup.servers.key)?;
    let policy = match mode.validates {
        true => "dnssec_policy = { ValidateWithStaticKey = { path = \"anchor\" } }",
        false => "dnssec_policy = \"SecurityUnaware\"",
    };
    let text = format!(
        "listen_addrs_ipv4 = [\"{}\"]\nlisten_port = 53\nuser = \"root\"\ngroup = \"root\"\ndirectory = \"{}\"\n[[zones]]\nzone = \".\"\nzone_type = \"External\"\n[zones.stores]\ntype = \"recursor\"\nroots = \"{}\"\n{policy}\n",
        ADDRESS.ip(),
        folder.display(),
        setup.servers.hints.display(),
    );
    fs::write(folder.join("hickory.toml"), text)?;
    let mut command = Command::new(setup.hickory);
    command.args(["--quiet", "--config", "hickory.toml", "--workers"]);
    command.arg(setup.threads.to_string());
    Ok(command)
}
