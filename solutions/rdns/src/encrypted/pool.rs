//! [`TlsPool`]: one TLS connection to each server, opened when a query needs it.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dnsparse::DnsPacket;
use network::Channel;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::connection::{State, TlsConnection};
use super::health::Health;
use super::outgoing::TlsClient;
use super::padding::pad_query;

/// The time after a failure before a server is tried again, if it may be queried in plaintext
/// meanwhile.
const OPPORTUNISTIC_RETRY: Duration = Duration::from_secs(60);
/// The same for a server that has to be authenticated: enough that a thousand queries are not a
/// thousand handshakes.
const STRICT_RETRY: Duration = Duration::from_secs(1);
/// The time that a query waits for a connection before it is sent in plaintext, if it may be.
const OPPORTUNISTIC_WAIT: Duration = Duration::from_millis(500);

/// The connections to all servers over TLS. They are those of the configuration, so there are few.
#[derive(Debug, Default)]
pub struct TlsPool {
    servers: Mutex<HashMap<SocketAddr, Entry>>,
}

#[derive(Debug)]
struct Entry {
    client: Arc<TlsClient>,
    connection: TlsConnection,
    health: Arc<Health>,
}

impl TlsPool {
    /// Returns a channel to a server over its connection, which is opened if there is none.
    ///
    /// # Errors
    /// If the server cannot be reached, or is not the intended one; without authentication,
    /// also if this takes so long that the query is rather sent in plaintext.
    pub async fn open(
        self: &Arc<Self>,
        client: &Arc<TlsClient>,
        server: SocketAddr,
    ) -> io::Result<TlsChannel> {
        let connection = self.connection(client, server);
        let is_new = connection.state() == State::Opening;
        let state = match client.is_strict() {
            true => connection.opened().await,
            false => match timeout(OPPORTUNISTIC_WAIT, connection.opened()).await {
                Ok(state) => state,
                Err(elapsed) => return Err(elapsed.into()),
            },
        };
        if let State::Failed(reason, _) = state {
            return Err(refused(reason));
        }
        Ok(TlsChannel {
            pool: Arc::clone(self),
            client: Arc::clone(client),
            server,
            connection,
            may_repeat: !is_new,
            sent: None,
        })
    }

    /// Returns the connection to a server: the present one, or one that is opened now. One that was
    /// opened by other settings is not used any more, and one that failed is left alone for a while.
    fn connection(&self, client: &Arc<TlsClient>, server: SocketAddr) -> TlsConnection {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let retry = match client.is_strict() {
            true => STRICT_RETRY,
            false => OPPORTUNISTIC_RETRY,
        };
        let known = servers.get(&server).filter(|it| it.client == *client);
        if let Some(entry) = known {
            let is_usable = match entry.connection.state() {
                State::Opening | State::Open => true,
                State::Failed(_, at) => at.elapsed() < retry,
                State::Closed => false,
            };
            if is_usable {
                return entry.connection.clone();
            }
        }
        let health = known.map(|entry| Arc::clone(&entry.health));
        let health = health.unwrap_or_else(|| Arc::new(Health::new(server, client.is_strict())));
        let entry = Entry {
            client: Arc::clone(client),
            connection: TlsConnection::start(Arc::clone(client), server, Arc::clone(&health)),
            health,
        };
        let connection = entry.connection.clone();
        servers.insert(server, entry);
        connection
    }
}

/// Returns an error whose kind is that of a server which is not there: others are queried instead.
fn refused(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionRefused, reason.into())
}

/// A channel for one query over a connection of a [`TlsPool`].
#[derive(Debug)]
pub struct TlsChannel {
    pool: Arc<TlsPool>,
    client: Arc<TlsClient>,
    server: SocketAddr,
    connection: TlsConnection,
    /// Whether the query is sent once more if the connection is closed: the server may have closed it
    /// for being idle, at the moment at which the query was sent (RFC 7766 section 6.2.4).
    may_repeat: bool,
    /// The query, and its reply.
    sent: Option<(Vec<u8>, oneshot::Receiver<Vec<u8>>)>,
}

impl Channel for TlsChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.transmit(padded(message)).await
    }

    /// Waits for the reply. There is one for each query, so if it has been refused, the wait is over.
    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let Some((message, reply)) = &mut self.sent else {
                return Err(refused("its reply over TLS is none to the query"));
            };
            if let Ok(reply) = reply.await {
                self.sent = None;
                return Ok(reply);
            }
            let message = message.clone();
            self.repeat().await?;
            self.transmit(message).await?;
        }
    }
}

impl TlsChannel {
    /// Sends a query, if need be on a new connection.
    async fn transmit(&mut self, message: Vec<u8>) -> io::Result<()> {
        loop {
            if let Some(reply) = self.connection.send(message.clone()).await {
                self.sent = Some((message, reply));
                return Ok(());
            }
            self.repeat().await?;
        }
    }

    /// Opens a new connection in the place of one that was closed, once.
    async fn repeat(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.may_repeat) {
            return Err(match self.connection.state() {
                State::Failed(reason, _) => refused(reason),
                _ => refused("the server closed the connection over TLS before its reply"),
            });
        }
        let connection = self.pool.connection(&self.client, self.server);
        match connection.opened().await {
            State::Failed(reason, _) => Err(refused(reason)),
            _ => {
                self.connection = connection;
                Ok(())
            }
        }
    }
}

/// Returns a query with padding (RFC 8467); one without EDNS stays as it is.
fn padded(message: &[u8]) -> Vec<u8> {
    let padded = || {
        let mut query = DnsPacket::parse(message).ok()?;
        pad_query(&mut query);
        query.write().ok()
    };
    padded().unwrap_or_else(|| message.to_vec())
}
