//! The program `rdns`: a recursive resolver.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chain::TrustAnchors;
use chase::{Knowledge, ServerSelection};
use iterate::hints::read_hints;
use iterate::root_hints;
use lab::Lab;
use network::Network;
use recursive::{keep_primed, serve_layer, serve_tcp};
use referral::Delegation;
use serve::TcpLimits;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::assembly::assemble;
use crate::config::input::{check_kind, read};
use crate::config::reload::Reloader;
use crate::config::{Arguments, Config, ConfigError, Settings};
use crate::control::metrics::serve as serve_metrics;
use crate::control::{Control, ControlSocket};
use crate::dnssec::clock_check::check_clock;
use crate::dnssec::managed::ManagedAnchors;
use crate::dnssec::setup::{anchors, managed_anchors};
use crate::dnstap::{BoxedReply, Protocol};
use crate::encrypted::certificate::server_config;
use crate::encrypted::https;
use crate::encrypted::padding::padded;
use crate::listeners::{Listeners, addresses};
use crate::privileges::drop_capabilities;
use crate::root_zone::RootZone;
use crate::root_zone::refresh::{RefreshError, Source, keep_fresh};
use crate::sandbox::{self, Folders};
use crate::service::Service;
use crate::service_manager::{self, State};
use crate::signals::Signal;
use crate::stats;
use crate::upstream::UpstreamSockets;

/// The time that jobs under way have to finish after the stop signal.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address cannot be bound.
    #[error("cannot listen on {address}: {reason}{}", bind_advice(reason))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        reason: io::Error,
    },
    /// The socket for `rdns ctl` cannot be created.
    #[error(
        "cannot create the control socket {path}: {reason}{}",
        folder_advice(reason)
    )]
    Control {
        /// The socket.
        path: String,
        /// The system's error.
        reason: io::Error,
    },
    /// A command to a running server failed.
    #[cfg(unix)]
    #[error(transparent)]
    Command(#[from] crate::control::ControlError),
    /// A file of a setting cannot be written.
    #[error(
        "cannot write {}, the file of {key}: {reason}{}",
        file.display(),
        folder_advice(reason)
    )]
    Unwritable {
        /// The setting that names the file.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// TLS cannot be served.
    #[error("cannot serve DNS over TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The system refuses a resource.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// Returns what to do about an address that cannot be bound.
fn bind_advice(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::AddrInUse => {
            ": another program listens there: end it, or choose another address or port"
        }
        io::ErrorKind::AddrNotAvailable => {
            ": this machine does not have the address: `ip address` shows those that it has"
        }
        io::ErrorKind::PermissionDenied => {
            ": a port below 1024 needs a permission: `sudo setcap cap_net_bind_service=+ep FILE` gives it to the program in FILE"
        }
        _ => "",
    }
}

/// Returns what makes an error of the system one about the file of a setting.
fn unwritable(key: &'static str, file: Option<&PathBuf>) -> impl FnOnce(io::Error) -> ServerError {
    let file = file.cloned().unwrap_or_default();
    move |reason| ServerError::Unwritable { key, file, reason }
}

/// Returns what to do about a folder in which no file or socket can be created.
fn folder_advice(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::NotFound => ": create its folder first",
        io::ErrorKind::PermissionDenied => {
            ": its folder has to belong to the user that runs the server"
        }
        _ => "",
    }
}

/// What a server starts with.
#[derive(Debug)]
pub struct Start {
    config: Config,
    settings: Settings,
    anchors: Option<TrustAnchors>,
    managed: Option<ManagedAnchors>,
    reloader: Reloader,
    /// The folders whose files may be opened.
    folders: Folders,
    /// A sentence about the sandbox, once there is one.
    sandbox: Option<String>,
}

impl Start {
    /// Reads the configuration, and all files that it names.
    ///
    /// # Errors
    /// If one of them is wrong.
    pub fn prepare(arguments: &Arguments) -> Result<Start, ConfigError> {
        let config = arguments.configuration()?;
        hints(&config)?;
        let configured = anchors(&config)?;
        let managed = managed_anchors(&config, configured.as_ref())?;
        Ok(Start {
            anchors: managed.as_ref().map(ManagedAnchors::anchors).or(configured),
            managed,
            settings: Settings::load(&config)?,
            reloader: Reloader::new(arguments.clone(), config.clone()),
            folders: Folders::of(&config, arguments.config.as_deref()),
            sandbox: None,
            config,
        })
    }

    /// Limits the files that may be opened from here on, unless the configuration is against it: in this
    /// thread, and in those that it starts.
    pub fn enter_sandbox(&mut self) {
        if !self.config.no_sandbox {
            self.sandbox = Some(sandbox::restrict(&self.folders));
        }
    }

    /// Checks the files that do not keep the server from starting.
    ///
    /// # Errors
    /// If the copy of the root zone cannot be used, or the file of dnstap or the control socket would
    /// take the place of something else.
    pub fn check_further(&self) -> Result<(), ConfigError> {
        let taken = |key, path: &Path, reason: io::Error| ConfigError::File {
            file: path.display().to_string(),
            text: format!("cannot be that of {key}: {reason}"),
        };
        if let Some(path) = self.config.dnstap.file.as_deref().filter(|it| it.exists()) {
            check_kind(path).map_err(|reason| taken("dnstap", path, reason))?;
        }
        if let Some(path) = &self.config.control {
            ControlSocket::check_place(path).map_err(|reason| taken("control", path, reason))?;
        }
        let anchors = self.anchors.clone().map(Arc::new);
        let source = Source::new(&self.config.root_zone, anchors);
        let read = source.map(|source| source.read());
        let wrong = |error: RefreshError| ConfigError::Setting(error.to_string());
        read.transpose().map(drop).map_err(wrong)
    }

    /// Returns sentences about the files that were read: what the blocklists have, and warnings.
    pub fn summary(&self) -> Vec<String> {
        let lists = self.settings.blocklists.summary();
        let lists = lists.map(|lists| format!("blocklists: {lists}"));
        let warnings = self.settings.warnings.iter().cloned();
        lists.into_iter().chain(warnings).collect()
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

/// Reads the root hints.
///
/// # Errors
/// If the file cannot be read, is no zone file, or names no server with an address.
pub fn hints(config: &Config) -> Result<Delegation, ConfigError> {
    let Some(path) = &config.root_hints else {
        return Ok(root_hints());
    };
    let file = path.display().to_string();
    let hints = read_hints(&read("root-hints", path)?)
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
    for tcp in sockets.tcp {
        spawn_tcp(&service, tcp);
    }
    for tcp in sockets.tls {
        spawn_tls(&service, tcp)?;
    }
    for tcp in sockets.https {
        spawn_https(&service, tcp)?;
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
    let priming = keep_primed(
        resolver.network(),
        config.upstream_port,
        &hints,
        resolver.knowledge().cache(),
    );
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
    let fresh = keep_fresh(&root, source, service.trust(), resolver.network(), &print);
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
    service_manager::notify(State::Stopping);
    service.finish(SHUTDOWN_LIMIT).await;
    service.tap().finish(SHUTDOWN_LIMIT).await;
    Ok(())
}

/// Serves a socket over TCP, in a task of its own.
fn spawn_tcp<N: Network, K: Knowledge, C: ServerSelection>(
    service: &Arc<Service<N, K, C>>,
    tcp: TcpListener,
) {
    let (responding, allowing) = (Arc::clone(service), Arc::clone(service));
    let respond =
        move |message, client: SocketAddr| responding.respond_over_tcp(message, client.ip());
    let own = tcp.local_addr().ok();
    tokio::spawn(serve_tcp(
        tcp,
        TcpLimits::default(),
        move |client| allowing.allows(client),
        service.tap().around(Protocol::Tcp, own, respond),
    ));
}

/// Serves DNS over TLS (RFC 7858) on a socket, in a task of its own: the protocol of TCP, inside TLS.
fn spawn_tls<N: Network, K: Knowledge, C: ServerSelection>(
    service: &Arc<Service<N, K, C>>,
    tcp: TcpListener,
) -> Result<(), ServerError> {
    let acceptor = TlsAcceptor::from(server_config(service.current_settings(), &["dot"])?);
    let allowing = Arc::clone(service);
    let own = tcp.local_addr().ok();
    tokio::spawn(serve_layer(
        tcp,
        TcpLimits::default(),
        move |client| allowing.allows(client),
        move |stream| acceptor.accept(stream),
        service
            .tap()
            .around(Protocol::Dot, own, respond_padded(service)),
    ));
    Ok(())
}

/// Serves DNS over HTTPS (RFC 8484) on a socket, in a task of its own.
fn spawn_https<N: Network, K: Knowledge, C: ServerSelection>(
    service: &Arc<Service<N, K, C>>,
    tcp: TcpListener,
) -> Result<(), ServerError> {
    let config = server_config(service.current_settings(), &["h2", "http/1.1"])?;
    let allowing = Arc::clone(service);
    let own = tcp.local_addr().ok();
    tokio::spawn(https::serve(
        tcp,
        TcpLimits::default(),
        move |client| allowing.allows(client),
        TlsAcceptor::from(config),
        service
            .tap()
            .around(Protocol::Doh, own, respond_padded(service)),
    ));
    Ok(())
}

/// Returns a function that makes the reply to a message which came encrypted, with padding.
fn respond_padded<N: Network, K: Knowledge, C: ServerSelection>(
    service: &Arc<Service<N, K, C>>,
) -> impl Fn(Vec<u8>, SocketAddr) -> BoxedReply + Clone + Send + Sync + 'static {
    let service = Arc::clone(service);
    move |message, client| {
        let reply = service.respond_over_tcp(message.clone(), client.ip());
        Box::pin(async move { Some(padded(&message, reply.await?)) })
    }
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
