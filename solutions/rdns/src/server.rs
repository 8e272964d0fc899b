//! The program `rdns`: a recursive resolver.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chase::Resolver;
use clap::Parser;
use dnsparse::ZoneError;
use ipnet::IpNet;
use iterate::hints::read_hints;
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use network::{Network, Via};
use recursive::{AccessControl, Recursive, SpecialNames, keep_primed, parse_network, serve_tcp};
use referral::Delegation;
use select::address_policy::has_ipv6;
use select::{AddressPolicy, Selector};
use serve::{TcpLimits, bind};
use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use transport::Sockets;

use crate::limits;
use crate::service::Service;
use crate::stats::{self, Stats, Told};

/// How much may wait to be received, in octets: some 50,000 questions, for the moments when nobody has time for them. The system
/// may grant less.
const RECEIVE_BUFFER: usize = 8 << 20;
/// One in so many records is kept as part of a reply.
const READY_SHARE: usize = 4;
/// How long questions may take that are under way when the server is told to end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A recursive DNS server: finds answers from the root down, and remembers them.
#[derive(Debug, Parser)]
#[command(name = "rdns", version)]
pub struct Arguments {
    /// Where to listen, over UDP and TCP; can be given several times
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2053")]
    listen: Vec<SocketAddr>,
    /// Start from the servers in this file, in the form of named.root [default: the true root servers]
    #[arg(long, value_name = "FILE")]
    root_hints: Option<PathBuf>,
    /// Ask other servers on this port
    #[arg(long, value_name = "N", default_value = "53")]
    upstream_port: u16,
    /// How many threads answer what is known already [default: one for each processor]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<u16>>,
    /// How many records are remembered at the most
    #[arg(long, value_name = "N", default_value = "200000")]
    cache_records: NonZero<u32>,
    /// Answer this network as well, such as 192.0.2.0/24; can be given several times [default: this machine alone]
    #[arg(long, value_name = "CIDR", value_parser = parse_network)]
    allow: Vec<IpNet>,
    /// Print what was done every so many seconds
    #[arg(long, value_name = "S")]
    stats_interval: Option<NonZero<u32>>,
    /// Resolve in the mini-Internet inside this program: nothing leaves the machine
    #[arg(long, conflicts_with_all = ["root_hints", "upstream_port"])]
    lab: bool,
}

impl Arguments {
    /// How many threads answer what is known, and how many the runtime has for the rest.
    pub fn threads(&self) -> usize {
        let available = std::thread::available_parallelism().map_or(1, NonZero::get);
        self.threads
            .map_or(available, |threads| usize::from(threads.get()))
    }
}

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// The system does not give what is needed.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
    /// The hints cannot be read.
    #[error("{file}: {reason}")]
    Hints {
        /// The file.
        file: String,
        /// What the system says.
        reason: io::Error,
    },
    /// The hints are no zone file.
    #[error(transparent)]
    HintsText(#[from] Box<ZoneError>),
    /// The hints name nobody.
    #[error(
        "{file} names no root server with an address: NS records of . and A records of those servers are needed"
    )]
    NoHints {
        /// The file.
        file: String,
    },
}

/// Serves until `told_to_stop`, and then for a moment more, to finish what is under way. `ready` is told the addresses once all of
/// them are listened on.
///
/// # Errors
/// If it cannot begin.
pub async fn run(
    arguments: &Arguments,
    ready: impl FnOnce(&[SocketAddr]),
    told_to_stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let hints = hints(arguments)?;
    let mut sockets = Vec::new();
    for address in arguments.listen.iter().copied() {
        let bound = bind(address).await;
        sockets.push(bound.map_err(|reason| ServerError::Bind { address, reason })?);
    }
    let addresses: Vec<_> = sockets
        .iter()
        .filter_map(|(udp, _)| udp.local_addr().ok())
        .collect();
    let sockets = sockets
        .into_iter()
        .map(|(udp, tcp)| Ok((blocking(udp)?, tcp)));
    let sockets = sockets.collect::<io::Result<Vec<_>>>()?;
    let begun = || ready(&addresses);
    if arguments.lab {
        serve(
            arguments,
            sockets,
            Lab::internet(),
            hints,
            begun,
            told_to_stop,
        )
        .await
    } else {
        serve(arguments, sockets, Sockets, hints, begun, told_to_stop).await
    }
}

/// The socket for threads that wait in the system.
fn blocking(socket: tokio::net::UdpSocket) -> io::Result<UdpSocket> {
    let socket = socket.into_std()?;
    socket.set_nonblocking(false)?;
    // As much as the system grants; too little is no reason not to serve.
    let _ = SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
    Ok(socket)
}

/// The root servers to start from.
fn hints(arguments: &Arguments) -> Result<Delegation, ServerError> {
    let Some(path) = &arguments.root_hints else {
        return Ok(root_hints());
    };
    let file = path.display().to_string();
    let read = fs::read_to_string(path);
    let text = read.map_err(|reason| ServerError::Hints {
        file: file.clone(),
        reason,
    })?;
    let hints = read_hints(&text).map_err(|error| Box::new(error.in_file(&file)))?;
    if hints
        .servers
        .iter()
        .all(|server| server.addresses.is_empty())
    {
        return Err(ServerError::NoHints { file });
    }
    Ok(hints)
}

/// Answers on all sockets, until told to stop.
async fn serve<N: Network>(
    arguments: &Arguments,
    sockets: Vec<(UdpSocket, TcpListener)>,
    network: N,
    hints: Delegation,
    begun: impl FnOnce(),
    told_to_stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let listeners = sockets.len();
    let clones = 2 * arguments.threads() * listeners;
    let in_flight = limits::in_flight(clones + TcpLimits::default().connections * listeners);
    let records = usize::try_from(arguments.cache_records.get()).unwrap_or(usize::MAX);
    // Of all that is remembered, so much is kept as replies that are ready to be sent.
    let ready = records / READY_SHARE;
    let memory = SharedCache::new(hints.clone(), records - ready);
    let selector = Selector::new(places(arguments, &hints, &sockets));
    let resolver = Resolver::new(network, memory)
        .with_port(arguments.upstream_port)
        .with_selection(selector);
    // Whoever brings a root of their own is testing, and may have a zone `test` in it.
    let special = SpecialNames::new(arguments.root_hints.is_none() && !arguments.lab);
    let access = AccessControl::to(arguments.allow.iter().copied());
    let recursive = Recursive::new(resolver, in_flight, special, access);
    let service = Arc::new(Service::new(recursive, ready, in_flight));
    for (udp, tcp) in sockets {
        service.serve_udp(&udp, arguments.threads(), &Handle::current())?;
        let service = Arc::clone(&service);
        tokio::spawn(serve_tcp(
            tcp,
            TcpLimits::default(),
            move |message, client| {
                let job = service.take_up();
                async move { job?.respond(&message, Via::Tcp, client).await }
            },
        ));
    }
    let told = Told::new();
    begun();
    let resolver = service.recursive().resolver();
    let priming = keep_primed(
        resolver.network(),
        arguments.upstream_port,
        &hints,
        resolver.knowledge(),
    );
    let figures = || Stats::of(&service);
    tokio::select! {
        () = told_to_stop => {}
        never = priming => match never {},
        never = stats::report(arguments.stats_interval, told, figures) => match never {},
    }
    service.finish(LAST_WORDS).await;
    Ok(())
}

/// What this machine is like: whether it has IPv6, and which servers would be ourselves. (Who listens on all addresses of the
/// machine has not said which these are. A question to oneself ends at once all the same, since it comes without RD.)
///
/// In the mini-Internet, IPv6 is as good as IPv4 wherever the machine is.
fn places(
    arguments: &Arguments,
    hints: &Delegation,
    sockets: &[(UdpSocket, TcpListener)],
) -> AddressPolicy {
    let own = sockets.iter().filter_map(|(udp, _)| udp.local_addr().ok());
    let own = own.filter(|own| own.port() == arguments.upstream_port);
    let mut roots = hints.servers.iter().flat_map(|server| &server.addresses);
    AddressPolicy {
        has_ipv6: arguments.lab || has_ipv6(),
        allow_loopback: roots.any(IpAddr::is_loopback),
        own_addresses: own.map(|own| own.ip()).collect(),
    }
}
