//! The program `rdns`: a recursive resolver.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use chase::{Resolver, ServerSelection};
use iterate::hints::read_hints;
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use network::{Network, Via};
use quota::ZoneQuota;
use recursive::{AccessControl, Recursive, SpecialNames, keep_primed, serve_tcp};
use referral::Delegation;
use select::{AddressPolicy, RouteCheck, Selector};
use serve::{TcpLimits, bind};
use socket2::SockRef;
use spoof::SpoofGuard;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use transport::Sockets;

use crate::config::file::read;
use crate::config::reload::{Reloaded, Reloader};
use crate::config::settings::CurrentSettings;
use crate::config::values::Listen;
use crate::config::{Arguments, Config, ConfigError, Settings};
use crate::datagrams::DatagramSocket;
use crate::forward::{Configured, Zoned};
use crate::guard::Guard;
use crate::limits;
use crate::service::Service;
use crate::signals::Signal;
use crate::stats::{self, Stats};

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

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
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
}

/// What a server starts with.
#[derive(Debug)]
pub struct Start {
    config: Config,
    settings: Settings,
    reloader: Arc<Reloader>,
}

impl Start {
    /// Reads the configuration, and all files that it names.
    ///
    /// # Errors
    /// If one of them is wrong.
    pub fn prepare(arguments: &Arguments) -> Result<Start, ConfigError> {
        let config = arguments.configuration()?;
        hints(&config)?;
        Ok(Start {
            settings: Settings::load(&config)?,
            reloader: Arc::new(Reloader::new(arguments.clone(), config.clone())),
            config,
        })
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

/// Serves until `stop` completes, then finishes the jobs under way within a second.
///
/// `print` gets a line with the addresses once all of them are bound, the lines of statistics, and
/// one about each reload.
///
/// # Errors
/// If the server cannot start.
pub async fn run(
    start: Start,
    print: impl Fn(&str),
    stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let hints = hints(&start.config)?;
    let mut sockets = Vec::new();
    for Listen(address) in start.config.listen.iter().copied() {
        let bound = bind(address).await;
        sockets.push(bound.map_err(|reason| ServerError::Bind { address, reason })?);
    }
    let sockets = sockets
        .into_iter()
        .map(|(udp, tcp)| Ok((blocking(udp)?, tcp)));
    let sockets = sockets.collect::<io::Result<Vec<_>>>()?;
    if start.config.lab {
        serve(start, sockets, Lab::internet(), hints, print, stop).await
    } else {
        serve(start, sockets, Sockets, hints, print, stop).await
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
///
/// # Errors
/// If the file cannot be read, is no zone file, or names no server with an address.
pub fn hints(config: &Config) -> Result<Delegation, ConfigError> {
    let Some(path) = &config.root_hints else {
        return Ok(root_hints());
    };
    let file = path.display().to_string();
    let hints = read_hints(&read(path)?)
        .map_err(|error| ConfigError::Zone(Box::new(error.in_file(&file))))?;
    let mut servers = hints.servers.iter();
    if servers.all(|server| server.addresses.is_empty()) {
        let text = "names no root server with an address: NS records of . and A records of those servers are needed".to_owned();
        return Err(ConfigError::File { file, text });
    }
    Ok(hints)
}

/// Answers on all sockets until `stop` completes.
async fn serve<N: Network>(
    start: Start,
    sockets: Vec<(DatagramSocket, TcpListener)>,
    network: N,
    hints: Delegation,
    print: impl Fn(&str),
    stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let Start {
        config,
        settings,
        reloader,
    } = start;
    let listeners = sockets.len();
    let addresses = sockets.iter().filter_map(|(udp, _)| udp.local_addr().ok());
    let addresses: Vec<_> = addresses.map(|address| address.to_string()).collect();
    let in_flight = limits::in_flight(2 * TcpLimits::default().connections * listeners);
    let records = usize::try_from(config.cache_records).unwrap_or(usize::MAX);
    let reply_records = records / REPLY_CACHE_SHARE;
    let cache = SharedCache::new(hints.clone(), records - reply_records);
    let mut selector = Selector::new(address_policy(&config, &hints, &sockets));
    if !config.lab {
        let roots = hints.servers.iter().flat_map(|server| &server.addresses);
        selector = selector.with_route_check(RouteCheck::to(roots.copied().collect()));
    }
    let settings = Arc::new(ArcSwap::from_pointee(settings));
    let selection = ZoneQuota::new(selector, (in_flight / ZONE_SHARE).max(1));
    let knowledge = Zoned::new(cache, Arc::clone(&settings));
    let resolver = Resolver::new(SpoofGuard::new(network), knowledge)
        .with_port(config.upstream_port)
        .with_late_sockets(in_flight)
        .with_qname_minimisation(config.qname_minimisation.into())
        .with_local_names(CurrentSettings(Arc::clone(&settings)))
        .with_selection(Configured::new(selection, Arc::clone(&settings)));
    let special = SpecialNames::new(match config.root_hints {
        _ if config.lab => &lab::LOCALLY_SERVED,
        Some(_) => &["test."],
        None => &[],
    });
    // The service decides which clients are answered.
    let recursive = Recursive::new(resolver, in_flight, special, AccessControl::default());
    let guard = Guard::new(in_flight, config.rate_limit);
    let service = Arc::new(Service::new(recursive, reply_records, guard, settings));
    for (udp, tcp) in sockets {
        service.serve_udp(udp, config.threads(), &Handle::current())?;
        let (service, allowing) = (Arc::clone(&service), Arc::clone(&service));
        tokio::spawn(serve_tcp(
            tcp,
            TcpLimits::default(),
            move |client| allowing.allows(client),
            move |message, client| {
                let service = Arc::clone(&service);
                let job = service.start_job(client, Via::Tcp);
                async move {
                    match job {
                        Some(job) => job.respond(&message).await,
                        None => service.turn_away(&message, Via::Tcp, client).await,
                    }
                }
            },
        ));
    }
    let (report_signal, mut reload_signal) = (Signal::report(), Signal::reload());
    print(&format!(
        "listening on {} (UDP and TCP)",
        addresses.join(", ")
    ));
    let resolver = service.recursive().resolver();
    let priming = keep_primed(
        resolver.network(),
        config.upstream_port,
        &hints,
        resolver.knowledge().cache(),
    );
    tokio::select! {
        () = stop => {}
        never = priming => match never {},
        never = stats::report(config.stats_interval, report_signal, || print(&Stats::of(&service).to_string())) => match never {},
        () = async { loop {
            reload_signal.next().await;
            print(&reload(&reloader, &service).await);
        } } => {}
    }
    service.finish(SHUTDOWN_LIMIT).await;
    Ok(())
}

/// Reads the configuration again, and puts it in force if it is valid. Returns a sentence about it.
async fn reload<N: Network, C: ServerSelection>(
    reloader: &Arc<Reloader>,
    service: &Service<N, Zoned, C>,
) -> String {
    let reloader = Arc::clone(reloader);
    // Large files take a while; the queries of this thread do not wait for them.
    match tokio::task::spawn_blocking(move || reloader.load()).await {
        Ok(Ok(Reloaded { settings, text })) => {
            for zone in service.apply(settings) {
                service
                    .recursive()
                    .resolver()
                    .knowledge()
                    .cache()
                    .flush(&zone, true);
            }
            format!("reloaded: {text}")
        }
        Ok(Err(error)) => format!("not reloaded, nothing was changed: {error}"),
        Err(panic) => format!("not reloaded, nothing was changed: {panic}"),
    }
}

/// Returns the policy for server addresses: which of them are this resolver's own, and whether
/// loopback addresses are queried. (With a wildcard address in `--listen` the own addresses are
/// unknown. A query to itself ends at once all the same: it has RD clear, and is refused.)
///
/// In the mini-Internet, IPv6 is always reachable. Elsewhere a route check finds that out.
fn address_policy(
    config: &Config,
    hints: &Delegation,
    sockets: &[(DatagramSocket, TcpListener)],
) -> AddressPolicy {
    let own = sockets.iter().filter_map(|(udp, _)| udp.local_addr().ok());
    let own = own.filter(|own| own.port() == config.upstream_port);
    let mut roots = hints.servers.iter().flat_map(|server| &server.addresses);
    AddressPolicy {
        has_ipv6: config.lab,
        allow_loopback: roots.any(IpAddr::is_loopback),
        own_addresses: own.map(|own| own.ip()).collect(),
        ..AddressPolicy::default()
    }
}
