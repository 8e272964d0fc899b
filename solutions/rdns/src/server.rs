//! The program `rdns`: a recursive resolver.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
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
use quota::ZoneQuota;
use recursive::{
    AccessControl, Recursive, SpecialNames, keep_primed, overloaded, parse_network, serve_tcp,
};
use referral::Delegation;
use select::{AddressPolicy, RouteCheck, Selector};
use serve::{TcpLimits, bind};
use socket2::SockRef;
use spoof::SpoofGuard;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use transport::Sockets;

use crate::datagrams::DatagramSocket;
use crate::guard::Guard;
use crate::limits;
use crate::minimisation::Minimisation;
use crate::service::Service;
use crate::stats::{self, ReportSignal, Stats};

/// The size of a UDP socket's receive buffer in octets: room for some 50,000 queries in a burst.
/// The system may grant less.
const RECEIVE_BUFFER: usize = 8 << 20;
/// The reply cache has one part in this many of `--cache-records`; the resolver's cache has the
/// rest.
const REPLY_CACHE_SHARE: usize = 4;
/// The servers of one zone may have one in this many of the searches in flight.
const ZONE_SHARE: usize = 10;
/// The time that jobs under way have to finish after the stop signal.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);

/// A recursive DNS resolver: resolves names from the root down, and caches the answers.
#[derive(Debug, Parser)]
#[command(name = "rdns", version)]
pub struct Arguments {
    /// The address to listen on, over UDP and TCP; can be given several times
    #[arg(
        long,
        help_heading = "Clients",
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:2053"
    )]
    listen: Vec<SocketAddr>,
    /// A file of root hints, in the form of named.root [default: the built-in root hints]
    #[arg(long, help_heading = "Upstream", value_name = "FILE")]
    root_hints: Option<PathBuf>,
    /// The port on which other servers are queried
    #[arg(
        long,
        help_heading = "Upstream",
        value_name = "N",
        default_value = "53"
    )]
    upstream_port: u16,
    /// The number of threads that answer from the cache [default: one for each processor]
    #[arg(long, help_heading = "Performance", value_name = "N")]
    threads: Option<NonZero<u16>>,
    /// The most records that are cached
    #[arg(
        long,
        help_heading = "Performance",
        value_name = "N",
        default_value = "200000"
    )]
    cache_records: NonZero<u32>,
    /// A network whose clients are answered, such as 192.0.2.0/24; can be given several times
    /// [default: this machine alone]
    #[arg(long, help_heading = "Clients", value_name = "CIDR", value_parser = parse_network)]
    allow: Vec<IpNet>,
    /// How much of a name the servers on the way to it receive (RFC 9156)
    #[arg(
        long,
        help_heading = "Upstream",
        value_name = "MODE",
        default_value = "relaxed"
    )]
    qname_minimisation: Minimisation,
    /// The most replies in a second over UDP to one network (/24, or /56 of IPv6); every second one of
    /// the others is sent truncated. 0 for no limit
    #[arg(long, value_name = "N", default_value = "1000")]
    rate_limit: u32,
    /// Print statistics every S seconds
    #[arg(long, help_heading = "Statistics", value_name = "S")]
    stats_interval: Option<NonZero<u32>>,
    /// Use the mini-Internet inside this program: no query leaves the machine
    #[arg(long, help_heading = "Upstream", conflicts_with_all = ["root_hints", "upstream_port"])]
    lab: bool,
}

impl Arguments {
    /// Returns the number of threads that answer from the cache; the runtime has as many for
    /// everything else.
    pub fn threads(&self) -> usize {
        let available = std::thread::available_parallelism().map_or(1, NonZero::get);
        self.threads
            .map_or(available, |threads| usize::from(threads.get()))
    }
}

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An address cannot be bound.
    #[error("cannot listen on {address}: {reason}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        reason: io::Error,
    },
    /// The system refuses a resource.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
    /// The file of root hints cannot be read.
    #[error("{file}: {reason}")]
    Hints {
        /// The file.
        file: String,
        /// The system's error.
        reason: io::Error,
    },
    /// The file of root hints is not a valid zone file.
    #[error(transparent)]
    HintsText(#[from] Box<ZoneError>),
    /// The root hints have no server with an address.
    #[error(
        "{file} names no root server with an address: NS records of . and A records of those servers are needed"
    )]
    NoHints {
        /// The file.
        file: String,
    },
}

/// Serves until `stop` completes, then finishes the jobs under way within a second.
///
/// `print` gets a line with the addresses once all of them are bound, and the lines of statistics.
///
/// # Errors
/// If the server cannot start.
pub async fn run(
    arguments: &Arguments,
    print: impl Fn(&str),
    stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let hints = hints(arguments)?;
    let mut sockets = Vec::new();
    for address in arguments.listen.iter().copied() {
        let bound = bind(address).await;
        sockets.push(bound.map_err(|reason| ServerError::Bind { address, reason })?);
    }
    let sockets = sockets
        .into_iter()
        .map(|(udp, tcp)| Ok((blocking(udp)?, tcp)));
    let sockets = sockets.collect::<io::Result<Vec<_>>>()?;
    if arguments.lab {
        serve(arguments, sockets, Lab::internet(), hints, print, stop).await
    } else {
        serve(arguments, sockets, Sockets, hints, print, stop).await
    }
}

/// Returns the socket for threads that block on it, with a larger receive buffer.
fn blocking(socket: tokio::net::UdpSocket) -> io::Result<DatagramSocket> {
    let socket = socket.into_std()?;
    // The system may grant less: that is no reason not to serve.
    let _ = SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
    DatagramSocket::new(socket)
}

/// Reads the root hints.
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

/// Answers on all sockets until `stop` completes.
async fn serve<N: Network>(
    arguments: &Arguments,
    sockets: Vec<(DatagramSocket, TcpListener)>,
    network: N,
    hints: Delegation,
    print: impl Fn(&str),
    stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let listeners = sockets.len();
    let addresses = sockets.iter().filter_map(|(udp, _)| udp.local_addr().ok());
    let addresses: Vec<_> = addresses.map(|address| address.to_string()).collect();
    let in_flight = limits::in_flight(2 * TcpLimits::default().connections * listeners);
    let records = usize::try_from(arguments.cache_records.get()).unwrap_or(usize::MAX);
    let reply_records = records / REPLY_CACHE_SHARE;
    let cache = SharedCache::new(hints.clone(), records - reply_records);
    let mut selector = Selector::new(address_policy(arguments, &hints, &sockets));
    if !arguments.lab {
        let roots = hints.servers.iter().flat_map(|server| &server.addresses);
        selector = selector.with_route_check(RouteCheck::to(roots.copied().collect()));
    }
    let resolver = Resolver::new(SpoofGuard::new(network), cache)
        .with_port(arguments.upstream_port)
        .with_late_sockets(in_flight)
        .with_qname_minimisation(arguments.qname_minimisation.into())
        .with_selection(ZoneQuota::new(selector, (in_flight / ZONE_SHARE).max(1)));
    let special = SpecialNames::new(match arguments.root_hints {
        _ if arguments.lab => &lab::LOCALLY_SERVED,
        Some(_) => &["test."],
        None => &[],
    });
    let access = AccessControl::new(arguments.allow.iter().copied());
    let recursive = Recursive::new(resolver, in_flight, special, access);
    let guard = Guard::new(in_flight, arguments.rate_limit);
    let service = Arc::new(Service::new(recursive, reply_records, guard));
    for (udp, tcp) in sockets {
        service.serve_udp(udp, arguments.threads(), &Handle::current())?;
        let (service, allowing) = (Arc::clone(&service), Arc::clone(&service));
        tokio::spawn(serve_tcp(
            tcp,
            TcpLimits::default(),
            move |client| allowing.recursive().access_control().allows(client),
            move |message, client| {
                let job = service.start_job(client);
                async move {
                    match job {
                        Some(job) => job.respond(&message, Via::Tcp).await,
                        None => overloaded(&message, Via::Tcp).await,
                    }
                }
            },
        ));
    }
    let report_signal = ReportSignal::new();
    print(&format!(
        "listening on {} (UDP and TCP)",
        addresses.join(", ")
    ));
    let resolver = service.recursive().resolver();
    let priming = keep_primed(
        resolver.network(),
        arguments.upstream_port,
        &hints,
        resolver.knowledge(),
    );
    tokio::select! {
        () = stop => {}
        never = priming => match never {},
        never = stats::report(arguments.stats_interval, report_signal, || print(&Stats::of(&service).to_string())) => match never {},
    }
    service.finish(SHUTDOWN_LIMIT).await;
    Ok(())
}

/// Returns the policy for server addresses: which of them are this resolver's own, and whether
/// loopback addresses are queried. (With a wildcard address in `--listen` the own addresses are
/// unknown. A query to itself ends at once all the same: it has RD clear, and is refused.)
///
/// In the mini-Internet, IPv6 is always reachable. Elsewhere a route check finds that out.
fn address_policy(
    arguments: &Arguments,
    hints: &Delegation,
    sockets: &[(DatagramSocket, TcpListener)],
) -> AddressPolicy {
    let own = sockets.iter().filter_map(|(udp, _)| udp.local_addr().ok());
    let own = own.filter(|own| own.port() == arguments.upstream_port);
    let mut roots = hints.servers.iter().flat_map(|server| &server.addresses);
    AddressPolicy {
        has_ipv6: arguments.lab,
        allow_loopback: roots.any(IpAddr::is_loopback),
        own_addresses: own.map(|own| own.ip()).collect(),
        ..AddressPolicy::default()
    }
}
