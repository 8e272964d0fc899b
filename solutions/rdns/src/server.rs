//! The program `rdns`: a recursive resolver.
//!
//! | module | does |
//! | --- | --- |
//! | `start` | reads the configuration and its files, before any socket is bound |
//! | `streams` | serves TCP, TLS and HTTPS |
//! | `error` | the reasons why a server cannot start, with advice |

pub(crate) mod error;
mod start;
mod streams;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chase::{Knowledge, ServerSelection};
use dnsparse::Name;
use lab::Lab;
use network::Network;
use recursive::keep_primed;
use referral::Delegation;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use self::error::unwritable;
use self::start::hints;
use self::streams::{spawn_https, spawn_tcp, spawn_tls};
use crate::assembly::assemble;
use crate::config::Config;
use crate::control::metrics::serve as serve_metrics;
use crate::control::{Control, ControlSocket};
use crate::dnssec::clock_check::check_clock;
use crate::listeners::{Listeners, addresses};
use crate::privileges::drop_capabilities;
use crate::root_zone::RootZone;
use crate::root_zone::refresh::{Source, keep_fresh};
use crate::service_manager::{self, State};
use crate::signals::Signal;
use crate::stats;
use crate::upstream::UpstreamSockets;

pub use self::error::ServerError;
pub use self::start::Start;

/// The time that jobs under way have to finish after the stop signal.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);

/// The interval at which it is looked at whether root servers are queried again.
const FORWARDED_ROOT: Duration = Duration::from_secs(60);

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
    let sockets = Listeners::open(&start.config).await?;
    // No socket is bound from here on, and no file is opened that a reload could not open again.
    if let Err(error) = drop_capabilities() {
        print(&format!(
            "the capabilities of root are not dropped: {error}"
        ));
    }
    if start.config.lab {
        serve(start, sockets, Lab::signed_internet(), hints, print, stop).await
    } else {
        let network = UpstreamSockets::default();
        serve(start, sockets, network, hints, print, stop).await
    }
}

/// Answers on all sockets until `stop` completes.
async fn serve<N: Network>(
    start: Start,
    sockets: Listeners,
    network: N,
    hints: Delegation,
    print: impl Fn(&str),
    stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let summary = start.summary();
    let Start {
        config,
        settings,
        anchors,
        managed,
        reloader,
        sandbox,
        ..
    } = start;
    if let Some(managed) = &managed {
        let key = "trust-anchor-state";
        let written = managed.write();
        written.map_err(unwritable(key, config.trust_anchor_state.as_ref()))?;
    }
    let plain = sockets.plain_addresses();
    let (tls, https) = (addresses(&sockets.tls), addresses(&sockets.https));
    let all = [plain.as_slice(), &tls, &https].concat();
    let root = RootZone::default();
    let source = Source::new(&config.root_zone, None);
    let (service, selector) = assemble(&config, settings, anchors, network, &hints, &all, &root);
    let tapped = service.tap().apply(&config.dnstap);
    tapped.map_err(unwritable("dnstap", config.dnstap.file.as_ref()))?;
    let control = Arc::new(Control::new(Arc::clone(&service), selector, reloader));
    for udp in sockets.udp {
        service.serve_udp(udp)?;
    }
    let mut accepting = Vec::new();
    for tcp in sockets.tcp {
        accepting.push(spawn_tcp(&service, tcp));
    }
    for tcp in sockets.tls {
        accepting.push(spawn_tls(&service, tcp)?);
    }
    for tcp in sockets.https {
        accepting.push(spawn_https(&service, tcp)?);
    }
    let metrics = start_control(&config, sockets.metrics, &control)?;
    let (report_signal, mut reload_signal) = (Signal::report(), Signal::reload());
    let line = listening_line(&plain, &tls, &https, metrics);
    print(&match sockets.are_handed_over {
        true => format!("{line}; the service manager has bound the sockets"),
        false => line,
    });
    service_manager::notify(State::Ready);
    summary.iter().chain(&sandbox).for_each(|line| print(line));
    for exception in &config.negative_trust_anchor {
        print(&format!("not validated: {exception}"));
    }
    let resolver = service.recursive().resolver();
    let priming = async {
        // Where all names are forwarded, perhaps over TLS, no query goes to a root server.
        while resolver.knowledge().is_forwarded(&Name::ROOT) {
            sleep(FORWARDED_ROOT).await;
        }
        let (network, cache) = (resolver.network(), resolver.knowledge().cache());
        keep_primed(network, config.upstream_port, &hints, cache).await
    };
    let clock_check = async {
        if let Some(trust) = service.trust().filter(|trust| trust.can_check_clock()) {
            check_clock(resolver, trust, &print).await;
        }
        std::future::pending::<()>().await;
    };
    let anchor_keeping = async {
        match (service.trust(), managed) {
            (Some(trust), Some(managed)) => managed.keep(resolver, trust, &print).await,
            _ => std::future::pending().await,
        }
    };
    let reloads = async {
        loop {
            reload_signal.next().await;
            service_manager::notify(State::Reloading);
            let (Ok(line) | Err(line)) = control.reload().await;
            print(&line);
            service_manager::notify(State::Ready);
        }
    };
    // The root servers may not have been reachable until now.
    let forget_failures = || resolver.knowledge().cache().forget_failures();
    let fresh = keep_fresh(
        &root,
        source,
        service.trust(),
        resolver.network(),
        forget_failures,
        &print,
    );
    let reports = stats::report(config.stats_interval, report_signal, || {
        print(&control.stats().to_string());
    });
    tokio::select! {
        () = stop => {}
        never = priming => match never {},
        never = fresh => match never {},
        never = reports => match never {},
        () = reloads => {}
        () = clock_check => {}
        never = anchor_keeping => match never {},
    }
    if sockets.are_handed_over {
        // The service manager keeps the sockets: further queries wait there for the next process.
        service.leave_queries();
        accepting.iter().for_each(JoinHandle::abort);
    }
    service_manager::notify(State::Stopping);
    service.finish(SHUTDOWN_LIMIT).await;
    service.tap().finish(SHUTDOWN_LIMIT).await;
    Ok(())
}

/// Starts the control socket and the metrics, as far as they are configured. Returns the address of
/// the metrics.
fn start_control<N: Network, C: ServerSelection>(
    config: &Config,
    metrics: Option<TcpListener>,
    control: &Arc<Control<N, C>>,
) -> Result<Option<SocketAddr>, ServerError> {
    if let Some(path) = &config.control {
        let socket = ControlSocket::bind(path).map_err(|reason| ServerError::Control {
            path: path.display().to_string(),
            reason,
        })?;
        tokio::spawn(socket.serve(Arc::clone(control)));
    }
    let Some(listener) = metrics else {
        return Ok(None);
    };
    let address = listener.local_addr()?;
    tokio::spawn(serve_metrics(listener, Arc::clone(control)));
    Ok(Some(address))
}

/// Returns the line that says where the server can be reached.
fn listening_line(
    plain: &[SocketAddr],
    tls: &[SocketAddr],
    https: &[SocketAddr],
    metrics: Option<SocketAddr>,
) -> String {
    let text = |addresses: &[SocketAddr]| {
        let texts: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
        texts.join(", ")
    };
    let over = |addresses: &[SocketAddr], name| match addresses {
        [] => String::new(),
        addresses => format!(", {} ({name})", text(addresses)),
    };
    let (tls, https) = (over(tls, "TLS"), over(https, "HTTPS"));
    let metrics = metrics.map_or_else(String::new, |it| {
        format!(", metrics at http://{it}/metrics")
    });
    format!(
        "listening on {} (UDP and TCP){tls}{https}{metrics}",
        text(plain)
    )
}
