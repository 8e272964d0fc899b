//! [`TlsClient`]: opens TLS connections to servers, and says in a sentence why one fails.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::authentication::Authentication;
use super::fault;

/// The port of DNS over TLS (RFC 7858 section 3.1).
pub const TLS_PORT: u16 = 853;

/// Opens TLS connections to servers that are authenticated in the same way.
#[derive(Clone)]
pub struct TlsClient {
    authentication: Authentication,
    connector: TlsConnector,
    /// The protocol inside TLS, and the setting that names authorities, for errors.
    words: (&'static str, &'static str),
}

impl std::fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.authentication.fmt(f)
    }
}

/// The same authentication: the connections of one are as good as those of the other.
impl PartialEq for TlsClient {
    fn eq(&self, other: &TlsClient) -> bool {
        self.authentication == other.authentication
    }
}

impl Eq for TlsClient {}

impl TlsClient {
    /// Makes a client that speaks one of `protocols` (ALPN) inside TLS.
    ///
    /// # Errors
    /// A sentence, if there is no authority to trust.
    pub fn new(authentication: Authentication, protocols: &[&str]) -> Result<TlsClient, String> {
        let config = authentication.client_config(protocols)?;
        Ok(TlsClient {
            authentication,
            connector: TlsConnector::from(Arc::new(config)),
            words: ("DNS over TLS", "tls-ca"),
        })
    }

    /// Has errors name another protocol inside TLS, and another setting of the authorities.
    #[must_use]
    pub fn with_words(self, protocol: &'static str, setting: &'static str) -> TlsClient {
        let words = (protocol, setting);
        TlsClient { words, ..self }
    }

    /// Whether servers have to be authenticated.
    pub fn is_strict(&self) -> bool {
        self.authentication.is_strict
    }

    /// Returns the name that a server's certificate has to have.
    pub fn name(&self, server: SocketAddr) -> ServerName<'static> {
        let name = self.authentication.name.clone();
        name.unwrap_or_else(|| server.ip().to_canonical().into())
    }

    /// Opens a connection to a server.
    ///
    /// # Errors
    /// If it cannot be reached, or is not the intended server. The error is a sentence that
    /// stands after the server's address, and its kind is that of a server which is not there.
    pub async fn connect(&self, server: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(server).await?;
        // Without it, a small query waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let opened = self.connector.connect(self.name(server), stream).await;
        opened.map_err(|error| {
            let (protocol, setting) = self.words;
            let reason = fault::of_server(&error, protocol, setting);
            let text = format!("TLS failed: {reason}");
            io::Error::new(io::ErrorKind::ConnectionRefused, text)
        })
    }
}
