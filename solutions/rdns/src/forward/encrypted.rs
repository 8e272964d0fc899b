//! [`Encrypting`]: a network that reaches some servers over TLS.
//!
//! The resolver does not notice: it opens a channel over UDP or TCP, and the channel goes over TLS if
//! the configuration says so. A strict server is never queried in any other way. An opportunistic
//! one is queried in plaintext while TLS does not work (RFC 7858 section 4.1).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use network::{Channel, Network, Via};

use crate::config::Settings;
use crate::dnstap::network::TappedChannel;
use crate::dnstap::{Protocol, Tap};
use crate::encrypted::pool::{TlsChannel, TlsPool};

/// A network that reaches some servers over TLS, and the others over another network.
#[derive(Debug)]
pub struct Encrypting<N> {
    network: N,
    settings: Arc<ArcSwap<Settings>>,
    /// The port for plaintext.
    plain_port: u16,
    pool: Arc<TlsPool>,
    tap: Arc<Tap>,
}

impl<N> Encrypting<N> {
    /// Wraps a network. `plain_port` is that of servers in plaintext.
    pub fn new(network: N, settings: Arc<ArcSwap<Settings>>, plain_port: u16) -> Encrypting<N> {
        Encrypting {
            network,
            settings,
            plain_port,
            pool: Arc::default(),
            tap: Arc::default(),
        }
    }

    /// Logs the messages over TLS, before they are encrypted and padded.
    #[must_use]
    pub fn with_tap(self, tap: Arc<Tap>) -> Encrypting<N> {
        Encrypting { tap, ..self }
    }
}

impl<N: Network> Network for Encrypting<N> {
    type Channel = EncryptingChannel<N::Channel>;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<Self::Channel> {
        let client = self.settings.load().zones.tls(server).cloned();
        let Some(client) = client else {
            let channel = self.network.open(server, via).await?;
            return Ok(EncryptingChannel::Plain(channel));
        };
        // Boxed, as all of TLS here: the futures of other queries stay small.
        match Box::pin(self.pool.open(&client, server)).await {
            Ok(channel) => {
                let channel = TappedChannel::new(channel, &self.tap, server, Protocol::Dot);
                Ok(EncryptingChannel::Tls(Box::new(channel)))
            }
            Err(error) if client.is_strict() => Err(error),
            Err(_) => {
                let server = SocketAddr::new(server.ip(), self.plain_port);
                let channel = self.network.open(server, via).await?;
                Ok(EncryptingChannel::Plain(channel))
            }
        }
    }
}

/// A channel of [`Encrypting`].
#[derive(Debug)]
pub enum EncryptingChannel<C> {
    /// In plaintext.
    Plain(C),
    /// Over TLS.
    Tls(Box<TappedChannel<TlsChannel>>),
}

impl<C: Channel> Channel for EncryptingChannel<C> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            EncryptingChannel::Plain(channel) => channel.send(message).await,
            EncryptingChannel::Tls(channel) => Box::pin(channel.send(message)).await,
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            EncryptingChannel::Plain(channel) => channel.receive().await,
            EncryptingChannel::Tls(channel) => Box::pin(channel.receive()).await,
        }
    }
}
