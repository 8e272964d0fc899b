//! The program `rdns`: a recursive resolver.
//!
//! | module | does |
//! | --- | --- |
//! | `start` | reads the configuration and its files, before any socket is bound |
//! | `streams` | serves TCP, TLS and HTTPS |
//! | `upkeep` | the tasks beside the answers: priming, reloads, trust anchors, the root zone |
//! | `error` | the reasons why a server cannot start, with advice |

pub(crate) mod error;
mod start;
mod streams;
mod upkeep;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chase::ServerSelection;
use lab::Lab;
use network::Network;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;

use self::error::unwritable;
use self::streams::{spawn_https, spawn_tcp, spawn_tls};
use self::upkeep::{Signals, Upkeep};
use crate::assembly::assemble;
use crate::control::metrics::serve as serve_metrics;
use crate::control::{Control, ControlSocket};
use crate::forward::Zoned;
use crate::listeners::{Listeners, addresses};
use crate::privileges::drop_capabilities;
use crate::root_zone::RootZone;
use crate::service::Service;
use crate::service_manager::{self, State};
use crate::upstream::UpstreamSockets;

pub use self::error::ServerError;
pub use self::start::Start;

/// The time that jobs under way have to finish after the stop signal.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);

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
    let sockets = Listeners::open(&start.config).await?;
    // No socket is bound from here on, and no file is opened that a reload could not open again.
    if let Err(error) = drop_capabilities() {
        print(&format!(
            "the capabilities of root are not dropped: {error}"
        ));
    }
    if start.config.lab {
        serve(start, sockets, Lab::signed_internet(), print, stop).await
    } else {
        let network = UpstreamSockets::default();
        serve(start, sockets, network, print, stop).await
    }
}

/// Answers on all sockets until `stop` completes.
async fn serve<N: Network>(
    start: Start,
    sockets: Listeners,
    network: N,
    print: impl Fn(&str),
    stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let notes = start.summary();
    let Start {
        config,
        settings,
        hints,
        anchors,
        managed,
        reloader,
        ..
    } = start;
    if let Some(managed) = &managed {
        let written = managed.write();
        let file = config.trust_anchor_state.as_ref();
        written.map_err(unwritable("trust-anchor-state", file))?;
    }
    let root = RootZone::default();
    let all = sockets.all_addresses();
    let (service, selector) = assemble(&config, settings, anchors, network, &hints, &all, &root);
    let control_socket = config.control.as_deref().map(bind_control).transpose()?;
    // The last step that can fail: it renames the file of an earlier log.
    let tapped = service.tap().apply(&config.dnstap);
    tapped.map_err(unwritable("dnstap", config.dnstap.file.as_ref()))?;
    let (log, outcomes) = unbounded_channel();
    let control = Control::new(Arc::clone(&service), selector, reloader, log);
    let control = Arc::new(control);
    let are_handed_over = sockets.are_handed_over;
    let line = listening_line(&sockets);
    let accepting = accept(sockets, &service, &control)?;
    if let Some(socket) = control_socket {
        tokio::spawn(socket.serve(Arc::clone(&control)));
    }
    let upkeep = Upkeep {
        config: &config,
        hints: &hints,
        service: &service,
        control: &control,
        root: &root,
    };
    let signals = Signals::listen();
    print(&line);
    service_manager::notify(State::Ready);
    notes.iter().for_each(|note| print(note));
    tokio::select! {
        () = stop => {}
        never = upkeep.run(signals, outcomes, managed, &print) => match never {},
    }
    if are_handed_over {
        // The service manager keeps the sockets: further queries wait there for the next process.
        service.leave_queries();
        accepting.iter().for_each(JoinHandle::abort);
    }
    service_manager::notify(State::Stopping);
    service.finish(SHUTDOWN_LIMIT).await;
    service.tap().finish(SHUTDOWN_LIMIT).await;
    Ok(())
}

/// Binds the socket for `rdns ctl`.
fn bind_control(path: &Path) -> Result<ControlSocket, ServerError> {
    ControlSocket::bind(path).map_err(|reason| ServerError::Control {
        path: path.display().to_string(),
        reason,
    })
}

/// Answers on the sockets, each in a thread or a task of its own. Returns the tasks that accept
/// connections of clients.
fn accept<N: Network, C: ServerSelection>(
    sockets: Listeners,
    service: &Arc<Service<N, Zoned, C>>,
    control: &Arc<Control<N, C>>,
) -> Result<Vec<JoinHandle<Infallible>>, ServerError> {
    for udp in sockets.udp {
        service.serve_udp(udp)?;
    }
    let mut accepting = Vec::new();
    for tcp in sockets.tcp {
        accepting.push(spawn_tcp(service, tcp));
    }
    for tcp in sockets.tls {
        accepting.push(spawn_tls(service, tcp)?);
    }
    for tcp in sockets.https {
        accepting.push(spawn_https(service, tcp)?);
    }
    if let Some(metrics) = sockets.metrics {
        tokio::spawn(serve_metrics(metrics, Arc::clone(control)));
    }
    Ok(accepting)
}

/// Returns the line that says where the server can be reached.
fn listening_line(sockets: &Listeners) -> String {
    let (udp, tcp) = (sockets.udp_addresses(), addresses(&sockets.tcp));
    let (both, udp): (Vec<_>, _) = udp.into_iter().partition(|it| tcp.contains(it));
    let tcp: Vec<_> = tcp.into_iter().filter(|it| !both.contains(it)).collect();
    let (tls, https) = (addresses(&sockets.tls), addresses(&sockets.https));
    let lists = [
        (both.as_slice(), "UDP and TCP"),
        (&udp, "UDP"),
        (&tcp, "TCP"),
        (&tls, "TLS"),
        (&https, "HTTPS"),
    ];
    let part = |(addresses, name): (&[SocketAddr], _)| {
        let texts: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
        (!texts.is_empty()).then(|| format!("{} ({name})", texts.join(", ")))
    };
    let metrics = sockets.metrics.as_ref();
    let metrics = metrics.and_then(|it| it.local_addr().ok());
    let metrics = metrics.map(|it| format!("metrics at http://{it}/metrics"));
    let parts: Vec<_> = lists.into_iter().filter_map(part).chain(metrics).collect();
    let line = format!("listening on {}", parts.join(", "));
    match sockets.are_handed_over {
        true => format!("{line}; the service manager has bound the sockets, in place of listen"),
        false => line,
    }
}
