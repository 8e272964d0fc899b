//! Your own recursive resolver.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use chase::Resolver;
use clap::Parser;
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use network::{Network, Via};
use rdns::{AccessControl, Recursive, SpecialNames, keep_primed, serve_tcp, serve_udp};
use select::{AddressPolicy, RouteCheck, Selector};
use serve::{TcpLimits, bind};
use tokio::net::{TcpListener, UdpSocket};
use transport::Sockets;

/// The most records in the cache.
const MAX_RECORDS: usize = 100_000;
/// The most searches at the same time.
const MAX_IN_FLIGHT: usize = 500;

/// Resolves names from the root down, in the mini-Internet, until Ctrl-C. With RUST_LOG=info it
/// logs its steps.
#[derive(Parser)]
struct Arguments {
    /// The address and port to listen on
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2053")]
    listen: SocketAddr,
    /// Query the real root servers: this needs a network
    #[arg(long)]
    outside: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { listen, outside } = Arguments::parse();
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    log.with_target(false).with_env_filter(filter).init();
    let (udp, tcp) = match bind(listen).await {
        Ok(sockets) => sockets,
        Err(error) => {
            eprintln!("cannot listen on {listen}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (ip, port) = (listen.ip(), listen.port());
    eprintln!("listening on {listen}; ask with: dig @{ip} -p {port} www.google.com");
    if outside {
        let roots = root_hints().servers.into_iter();
        let roots = roots.flat_map(|server| server.addresses).collect();
        let selector = Selector::new(AddressPolicy::default());
        let selector = selector.with_route_check(RouteCheck::to(roots));
        run((udp, tcp), Sockets, selector, SpecialNames::new(&[])).await;
    } else {
        let policy = AddressPolicy {
            has_ipv6: true,
            ..AddressPolicy::default()
        };
        let special_names = SpecialNames::new(&lab::LOCALLY_SERVED);
        let selector = Selector::new(policy);
        run((udp, tcp), Lab::internet(), selector, special_names).await;
    }
    ExitCode::SUCCESS
}

/// Puts the parts together, and serves until the program ends.
async fn run<N: Network>(
    (udp, tcp): (UdpSocket, TcpListener),
    network: N,
    selector: Selector,
    special_names: SpecialNames,
) {
    let cache = SharedCache::new(root_hints(), MAX_RECORDS);
    let resolver = Resolver::new(network, cache).with_selection(selector);
    let recursive = Recursive::new(
        resolver,
        MAX_IN_FLIGHT,
        special_names,
        AccessControl::default(),
    );
    let recursive = Arc::new(recursive);
    let respond = |via| {
        let recursive = Arc::clone(&recursive);
        move |message: Vec<u8>, client: IpAddr| {
            let recursive = Arc::clone(&recursive);
            async move { recursive.respond(&message, via, client).await }
        }
    };
    let respond_tcp = respond(Via::Tcp);
    let respond_tcp = move |message, client: SocketAddr| respond_tcp(message, client.ip());
    let allows = |client| recursive.access_control().allows(client);
    let (resolver, hints) = (recursive.resolver(), root_hints());
    tokio::select! {
        never = serve_udp(Arc::new(udp), respond(Via::Udp)) => match never {},
        never = serve_tcp(tcp, TcpLimits::default(), allows, respond_tcp) => match never {},
        never = keep_primed(resolver.network(), 53, &hints, resolver.knowledge()) => match never {},
    }
}
