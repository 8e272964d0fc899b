//! The program `rdns`: a recursive server.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chase::Resolver;
use clap::Parser;
use dnsparse::ZoneError;
use iterate::hints::read_hints;
use iterate::root_hints;
use lab::Lab;
use network::{Network, Via};
use referral::Delegation;
use serve::{TcpLimits, bind, respond, serve_tcp};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;
use transport::Sockets;

use crate::recursive::Recursive;

/// How many UDP questions are worked on at the same time; what comes beyond that is not taken up.
const IN_FLIGHT: usize = 10_000;
/// The longest datagram.
const MAX_DATAGRAM: usize = 65_535;
/// How long to wait when the system cannot receive, for want of memory perhaps.
const OUT_OF_BREATH: Duration = Duration::from_millis(10);

/// A recursive DNS server: finds answers from the root down.
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
    /// Resolve in the mini-Internet inside this program: nothing leaves the machine
    #[arg(long, conflicts_with_all = ["root_hints", "upstream_port"])]
    lab: bool,
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
    /// An address that others can reach.
    #[error(
        "{address} can be reached by others, and this server cannot yet tell who may ask: listen on 127.0.0.1 or ::1"
    )]
    Public {
        /// The address.
        address: SocketAddr,
    },
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

/// Serves until it is dropped. `ready` is told the addresses once all of them are listened on.
///
/// # Errors
/// If it cannot begin.
pub async fn run(
    arguments: &Arguments,
    ready: impl FnOnce(&[SocketAddr]),
) -> Result<Infallible, ServerError> {
    let Arguments {
        listen,
        upstream_port,
        ..
    } = arguments;
    let hints = hints(arguments)?;
    let mut sockets = Vec::new();
    for address in listen.iter().copied() {
        if !address.ip().is_loopback() {
            return Err(ServerError::Public { address });
        }
        sockets.push(
            bind(address)
                .await
                .map_err(|reason| ServerError::Bind { address, reason })?,
        );
    }
    let addresses: Vec<_> = sockets
        .iter()
        .filter_map(|(udp, _)| udp.local_addr().ok())
        .collect();
    ready(&addresses);
    if arguments.lab {
        Ok(serve(sockets, Resolver::new(Lab::internet(), hints)).await)
    } else {
        Ok(serve(
            sockets,
            Resolver::new(Sockets, hints).with_port(*upstream_port),
        )
        .await)
    }
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

/// Answers on all sockets, for ever.
async fn serve<N: Network>(
    sockets: Vec<(UdpSocket, TcpListener)>,
    resolver: Resolver<N>,
) -> Infallible {
    let handler = Arc::new(Recursive::new(resolver));
    let mut tasks = JoinSet::new();
    for (udp, tcp) in sockets {
        tasks.spawn(serve_udp(Arc::new(udp), Arc::clone(&handler)));
        let handler = Arc::clone(&handler);
        tasks.spawn(async move { serve_tcp(&tcp, handler, TcpLimits::default()).await });
    }
    loop {
        // None of them ends; should one panic, the others go on.
        tasks.join_next().await;
        sleep(OUT_OF_BREATH).await;
    }
}

/// Answers datagrams, each in a task of its own: one that takes seconds does not keep the others waiting.
async fn serve_udp<N: Network>(socket: Arc<UdpSocket>, handler: Arc<Recursive<N>>) -> Infallible {
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            sleep(OUT_OF_BREATH).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        let message = buffer.get(..length).unwrap_or_default().to_vec();
        let (socket, handler) = (Arc::clone(&socket), Arc::clone(&handler));
        tokio::spawn(async move {
            if let Some(reply) = respond(&*handler, &message, Via::Udp).await {
                // Whether it arrives is in nobody's hands: the asker asks again.
                let _ = socket.send_to(&reply, from).await;
            }
            drop(place);
        });
    }
}
