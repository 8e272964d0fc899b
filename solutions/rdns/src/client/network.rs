//! [`ClientNetwork`]: the network that queries are sent over, as the command line names it.

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::DnsPacket;
use network::{Network, Via};
use show::TimedReply;
use transport::{ExchangeError, RetryPolicy, Sockets, address};

use super::arguments::Arguments;
use super::encrypted::{HttpsNetwork, TlsNetwork};
use super::transfer::{Transfer, TransferLimits, transfer};
use super::{ClientError, NoServer};
use crate::encrypted::authentication::{Authentication, load_authorities};
use crate::encrypted::outgoing::{TLS_PORT, TlsClient};
use crate::in_process::LabWithResolver;
use crate::system;

/// The port of servers over HTTPS.
const HTTPS_PORT: u16 = 443;

/// The network that queries are sent over.
#[derive(Debug)]
pub(super) enum ClientNetwork {
    Sockets,
    Lab(LabWithResolver),
    Tls(TlsNetwork),
    Https(HttpsNetwork),
}

impl ClientNetwork {
    /// Makes the network.
    ///
    /// # Errors
    /// If the file of certificates cannot be read, or no authority is trusted.
    pub(super) fn new(arguments: &Arguments) -> Result<ClientNetwork, ClientError> {
        if arguments.lab {
            return Ok(ClientNetwork::Lab(LabWithResolver::new()));
        }
        if !arguments.tls && arguments.https.is_none() {
            return Ok(ClientNetwork::Sockets);
        }
        let authorities = arguments.tls_ca.as_deref().map(load_authorities);
        let authentication = Authentication {
            is_strict: true,
            name: arguments.tls_name.clone(),
            pins: Vec::new(),
            authorities: authorities.transpose()?,
        };
        let client = |protocols: &[&str]| {
            let client = TlsClient::new(authentication.clone(), protocols);
            client.map_err(ClientError::Tls)
        };
        Ok(match &arguments.https {
            None => {
                let client = client(&["dot"])?.with_words("DNS over TLS", "--tls-ca");
                ClientNetwork::Tls(TlsNetwork::new(client))
            }
            Some(path) => {
                let client = client(&["h2", "http/1.1"])?;
                let client = client.with_words("DNS over HTTPS", "--tls-ca");
                ClientNetwork::Https(HttpsNetwork::new(client, path.clone()))
            }
        })
    }

    /// Whether queries are encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, ClientNetwork::Tls(_) | ClientNetwork::Https(_))
    }

    /// Whether queries are sent over HTTPS.
    pub(super) fn is_https(&self) -> bool {
        matches!(self, ClientNetwork::Https(_))
    }

    /// Returns lines about the last connection, if it was encrypted.
    pub(super) fn session(&self) -> Option<String> {
        match self {
            ClientNetwork::Tls(network) => network.session(),
            ClientNetwork::Https(network) => network.session(),
            ClientNetwork::Sockets | ClientNetwork::Lab(_) => None,
        }
    }

    /// Returns the server to query: the one on the command line, or else the lab's or the system's.
    pub(super) fn server(&self, arguments: &Arguments) -> Result<SocketAddr, NoServer> {
        let port = match self {
            ClientNetwork::Sockets | ClientNetwork::Lab(_) => address::PORT,
            ClientNetwork::Tls(_) => TLS_PORT,
            ClientNetwork::Https(_) => HTTPS_PORT,
        };
        match (arguments.server, self) {
            (Some(server), _) => Ok(server.or_port(port)),
            (None, ClientNetwork::Lab(_)) => Ok(lab::RESOLVER),
            (None, _) => Ok(SocketAddr::new(system::default_server()?.ip(), port)),
        }
    }

    /// Sends a query, and receives its reply.
    pub(super) async fn exchange(
        &self,
        server: SocketAddr,
        query: &DnsPacket,
        arguments: &Arguments,
    ) -> Result<TimedReply, ClientError> {
        let encrypted = |over| move |error| ClientError::Encrypted { over, error };
        Ok(match self {
            ClientNetwork::Sockets => exchange(&Sockets, server, query, arguments).await?,
            ClientNetwork::Lab(lab) => exchange(lab, server, query, arguments).await?,
            ClientNetwork::Tls(tls) => {
                let replied = exchange(tls, server, query, arguments).await;
                replied.map_err(encrypted("TLS"))?
            }
            ClientNetwork::Https(https) => {
                let replied = exchange(https, server, query, arguments).await;
                replied.map_err(encrypted("HTTPS"))?
            }
        })
    }

    /// Transfers a zone.
    pub(super) async fn transfer(
        &self,
        server: SocketAddr,
        query: &DnsPacket,
        limit: Duration,
    ) -> Result<Transfer, ClientError> {
        let limits = TransferLimits::each_message(limit);
        Ok(match self {
            ClientNetwork::Sockets => transfer(&Sockets, server, query, limits).await?,
            ClientNetwork::Lab(lab) => transfer(lab, server, query, limits).await?,
            ClientNetwork::Tls(tls) => transfer(tls, server, query, limits).await?,
            ClientNetwork::Https(_) => return Err(ClientError::TransferOverHttps),
        })
    }
}

async fn exchange(
    network: &impl Network,
    server: SocketAddr,
    query: &DnsPacket,
    arguments: &Arguments,
) -> Result<TimedReply, ExchangeError> {
    let is_stream = arguments.tcp || arguments.tls || arguments.https.is_some();
    let via = match is_stream {
        true => Via::Tcp,
        false => Via::Udp,
    };
    let policy = RetryPolicy {
        timeout: arguments.timeout,
        tcp_timeout: arguments.timeout,
        ..RetryPolicy::default()
    };
    show::timed_exchange(network, server, query, via, policy).await
}
