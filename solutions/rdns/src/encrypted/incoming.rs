//! [`accept`]: opens a TLS connection of a client, and logs why it failed.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::fault;

/// Opens a TLS connection that a client has begun. If it fails, the client was told by an alert; most
/// show their users no reason, so the log has one.
///
/// # Errors
/// If the client makes a fault, does not accept the certificate, or closes the connection.
pub fn accept(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
) -> impl Future<Output = io::Result<TlsStream<TcpStream>>> + Send + use<> {
    let client = stream.peer_addr();
    let opening = acceptor.accept(stream);
    async move {
        opening.await.inspect_err(|error| {
            let reason = fault::of_client(error);
            let client = client.map_or_else(|_| "a client".to_owned(), |it| it.to_string());
            tracing::debug!(target: "rdns", "no connection over TLS from {client}: {reason}");
        })
    }
}
