//! Your own recursive server.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use chase::Resolver;
use clap::Parser;
use iterate::root_hints;
use lab::Lab;
use negative::Memory;
use network::{Network, Via};
use rdns::{Access, Recursive, Special, keep_primed, serve_tcp, serve_udp};
use select::places::has_ipv6;
use select::{Places, Selector};
use serve::{TcpLimits, bind};
use transport::Sockets;

/// How many records it remembers.
const RECORDS: usize = 100_000;
/// How many questions it works on at the same time.
const IN_FLIGHT: usize = 500;

/// Finds answers from the root down, in the mini-Internet, until Ctrl-C. With RUST_LOG=info it tells what it does.
#[derive(Parser)]
struct Arguments {
    /// Where to listen
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2053")]
    listen: SocketAddr,
    /// Ask the true root servers: this needs a network
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
        run(udp, tcp, Sockets).await;
    } else {
        run(udp, tcp, Lab::internet()).await;
    }
    ExitCode::SUCCESS
}

/// Everything together, for ever.
async fn run<N: Network>(udp: tokio::net::UdpSocket, tcp: tokio::net::TcpListener, network: N) {
    let memory = Memory::new(root_hints(), RECORDS);
    let places = Places {
        has_ipv6: has_ipv6(),
        ..Places::default()
    };
    let resolver = Resolver::new(network, memory).with_choice(Selector::new(places));
    let recursive = Recursive::new(resolver, IN_FLIGHT, Special::new(false), Access::default());
    let recursive = Arc::new(recursive);
    let answer = |via| {
        let recursive = Arc::clone(&recursive);
        move |message: Vec<u8>, asker| {
            let recursive = Arc::clone(&recursive);
            async move { recursive.respond(&message, via, asker).await }
        }
    };
    let (resolver, hints) = (recursive.resolver(), root_hints());
    tokio::select! {
        never = serve_udp(Arc::new(udp), answer(Via::Udp)) => match never {},
        never = serve_tcp(tcp, TcpLimits::default(), answer(Via::Tcp)) => match never {},
        never = keep_primed(resolver.network(), 53, &hints, resolver.knowledge()) => match never {},
    }
}
