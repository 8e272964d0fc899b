//! [`Listeners`]: the sockets that clients reach, bound here or by a service manager.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use serve::{bind, bind_tcp};
use tokio::net::TcpListener;

use crate::config::values::{Listen, Loopback};
use crate::config::{Config, ConfigError};
use crate::datagrams::{share, split};
use crate::server::error::ServerError;
use crate::service_manager::{Handed, take_sockets};

/// The sockets that clients reach.
#[derive(Debug)]
pub(crate) struct Listeners {
    /// For UDP: one for each thread and address.
    pub(crate) udp: Vec<UdpSocket>,
    /// For TCP.
    pub(crate) tcp: Vec<TcpListener>,
    /// Whether a service manager has bound these.
    pub(crate) are_handed_over: bool,
    /// For DNS over TLS.
    pub(crate) tls: Vec<TcpListener>,
    /// For DNS over HTTPS.
    pub(crate) https: Vec<TcpListener>,
    /// For the metrics.
    pub(crate) metrics: Option<TcpListener>,
}

impl Listeners {
    /// Takes over the sockets of a service manager, or binds those of the configuration.
    pub(crate) async fn open(config: &Config) -> Result<Listeners, ServerError> {
        let handed = take_sockets()?;
        let mut listeners = Listeners {
            udp: Vec::new(),
            tcp: Vec::new(),
            are_handed_over: handed.is_some(),
            tls: Vec::new(),
            https: Vec::new(),
            metrics: None,
        };
        let mut handed = match handed {
            Some(handed) => handed,
            None => {
                for Listen(address) in config.listen.iter().copied() {
                    let (udp, tcp) = bind(address).await.map_err(cannot_bind(address))?;
                    listeners.tcp.push(tcp);
                    listeners
                        .udp
                        .extend(split(udp.into_std()?, config.threads())?);
                }
                Handed::default()
            }
        };
        for socket in handed.udp.drain(..) {
            listeners.udp.extend(share(socket, config.threads())?);
        }
        for socket in handed.tcp.drain(..) {
            listeners.tcp.push(TcpListener::from_std(socket)?);
        }
        let is_encrypted = !handed.tls.is_empty() || !handed.https.is_empty();
        if is_encrypted && config.tls_cert.is_none() {
            return Err(ServerError::Config(ConfigError::Contradiction(
                "the service manager hands over sockets for TLS, which need a certificate and its key: set tls-cert and tls-key",
            )));
        }
        listeners.tls = taken_or_bound(handed.tls, &config.tls_listen)?;
        listeners.https = taken_or_bound(handed.https, &config.https_listen)?;
        if let Some(Loopback(address)) = config.metrics {
            let bound = TcpListener::bind(address).await;
            listeners.metrics = Some(bound.map_err(cannot_bind(address))?);
        }
        Ok(listeners)
    }

    /// Returns the addresses for DNS over all transports, each once.
    pub(crate) fn all_addresses(&self) -> Vec<SocketAddr> {
        let mut all = self.udp_addresses();
        let streams = [&self.tcp, &self.tls, &self.https];
        for address in streams.into_iter().flat_map(addresses) {
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }

    /// Returns the addresses for UDP, each once: each has several sockets.
    pub(crate) fn udp_addresses(&self) -> Vec<SocketAddr> {
        let mut all: Vec<_> = self.udp.iter().flat_map(UdpSocket::local_addr).collect();
        all.dedup();
        all
    }
}

/// Returns the sockets for a layer above TCP: those that were handed over, or else those that are bound
/// to the addresses of the configuration.
fn taken_or_bound(
    handed: Vec<std::net::TcpListener>,
    addresses: &[Listen],
) -> Result<Vec<TcpListener>, ServerError> {
    if !handed.is_empty() {
        let taken = handed.into_iter().map(TcpListener::from_std);
        return Ok(taken.collect::<io::Result<_>>()?);
    }
    let bind = |Listen(address): &Listen| bind_tcp(*address).map_err(cannot_bind(*address));
    addresses.iter().map(bind).collect()
}

fn cannot_bind(address: SocketAddr) -> impl Fn(io::Error) -> ServerError {
    move |reason| ServerError::Bind { address, reason }
}

/// Returns the addresses of sockets.
pub(crate) fn addresses<'l>(
    listeners: impl IntoIterator<Item = &'l TcpListener>,
) -> Vec<SocketAddr> {
    let addresses = listeners.into_iter().map(TcpListener::local_addr);
    addresses.flatten().collect()
}
