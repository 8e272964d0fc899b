//! [`TlsClient`]: opens TLS connections to servers, and says in a sentence why one fails.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, Error};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::authentication::{Authentication, OtherPin};

/// The port of DNS over TLS (RFC 7858 section 3.1).
pub const TLS_PORT: u16 = 853;

/// Opens TLS connections to servers that are authenticated in the same way.
#[derive(Clone)]
pub struct TlsClient {
    authentication: Authentication,
    connector: TlsConnector,
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
        })
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
            let text = format!("TLS failed: {}", explained(&error));
            io::Error::new(io::ErrorKind::ConnectionRefused, text)
        })
    }
}

/// Returns an error of the handshake in words.
fn explained(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(Error::InvalidCertificate(error)) => certificate_fault(error),
        Some(Error::InvalidMessage(_)) => "the server does not speak TLS at this port".to_owned(),
        Some(Error::AlertReceived(alert)) => {
            format!("the server ended it with the alert {alert:?}")
        }
        Some(error) => error.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection during the handshake".to_owned()
        }
        None => error.to_string(),
    }
}

/// Says what is wrong with a certificate.
fn certificate_fault(error: &CertificateError) -> String {
    match error {
        // A bad signature: the authority has the same name, and another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is not from an authority that is trusted here".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet".to_owned()
        }
        CertificateError::NotValidForName => "its certificate is for another name".to_owned(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => {
            let expected = expected.to_str();
            let presented = match presented.as_slice() {
                [] => "no name".to_owned(),
                names => names.join(", "),
            };
            format!("its certificate is not for {expected}, but for {presented}")
        }
        CertificateError::Other(other) => match other.0.downcast_ref::<OtherPin>() {
            Some(other_pin) => other_pin.to_string(),
            None => format!("its certificate is not valid: {}", other.0),
        },
        error => format!("its certificate is not valid: {error}"),
    }
}
