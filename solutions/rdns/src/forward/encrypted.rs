//! [`Encrypting`]: a network that reaches some servers over TLS.
//!
//! The resolver does not notice: it opens a channel over UDP or TCP, and the channel goes over TLS if
//! the configuration says so. A strict server is never queried in any other way. An opportunistic
//! one is queried in plaintext while TLS does not work (RFC 7858 section 4.1), and so is a query that
//! gets no reply over TLS.

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
    network: Arc<N>,
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
            network: Arc::new(network),
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
    type Channel = EncryptingChannel<N>;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<Self::Channel> {
        let client = self.settings.load().zones.tls(server).cloned();
        let Some(client) = client else {
            let channel = self.network.open(server, via).await?;
            return Ok(EncryptingChannel::Plain(channel));
        };
        let plaintext = Plaintext {
            network: Arc::clone(&self.network),
            server: SocketAddr::new(server.ip(), self.plain_port),
            via,
        };
        // Boxed, as all of TLS here: the futures of other queries stay small.
        match Box::pin(self.pool.open(&client, server)).await {
            Ok(channel) => Ok(EncryptingChannel::Tls(Box::new(Encrypted {
                channel: TappedChannel::new(channel, &self.tap, server, Protocol::Dot),
                plaintext: (!client.is_strict()).then_some(plaintext),
                sent: Vec::new(),
            }))),
            Err(error) if client.is_strict() => Err(error),
            Err(_) => plaintext.open().await.map(EncryptingChannel::Plain),
        }
    }
}

/// The way to a server in plaintext.
#[derive(Debug)]
pub struct Plaintext<N> {
    network: Arc<N>,
    server: SocketAddr,
    via: Via,
}

impl<N: Network> Plaintext<N> {
    async fn open(&self) -> io::Result<N::Channel> {
        self.network.open(self.server, self.via).await
    }
}

/// A channel over TLS.
#[derive(Debug)]
pub struct Encrypted<N> {
    channel: TappedChannel<TlsChannel>,
    /// The way to take if it fails; none if the server is never queried in plaintext.
    plaintext: Option<Plaintext<N>>,
    /// The query.
    sent: Vec<u8>,
}

impl<N: Network> Encrypted<N> {
    /// Sends the query in plaintext, after TLS has failed with an error, and returns the channel.
    async fn fall_back(&mut self, error: io::Error) -> io::Result<N::Channel> {
        let plaintext = self.plaintext.as_ref().ok_or(error)?;
        let mut channel = plaintext.open().await?;
        channel.send(&self.sent).await?;
        Ok(channel)
    }
}

/// A channel of [`Encrypting`].
#[derive(Debug)]
pub enum EncryptingChannel<N: Network> {
    /// In plaintext.
    Plain(N::Channel),
    /// Over TLS.
    Tls(Box<Encrypted<N>>),
}

impl<N: Network> Channel for EncryptingChannel<N> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let encrypted = match self {
            EncryptingChannel::Plain(channel) => return channel.send(message).await,
            EncryptingChannel::Tls(encrypted) => encrypted,
        };
        if encrypted.plaintext.is_some() {
            encrypted.sent = message.to_vec();
        }
        if let Err(error) = Box::pin(encrypted.channel.send(message)).await {
            *self = EncryptingChannel::Plain(Box::pin(encrypted.fall_back(error)).await?);
        }
        Ok(())
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        if let EncryptingChannel::Tls(encrypted) = self {
            match Box::pin(encrypted.channel.receive()).await {
                Ok(reply) => return Ok(reply),
                Err(error) => {
                    *self = EncryptingChannel::Plain(Box::pin(encrypted.fall_back(error)).await?);
                }
            }
        }
        match self {
            EncryptingChannel::Plain(channel) => channel.receive().await,
            EncryptingChannel::Tls(_) => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}
