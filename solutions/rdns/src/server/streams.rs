//! Serves DNS over streams: TCP, TLS (RFC 7858) and HTTPS (RFC 8484), each socket in a task of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use chase::{Knowledge, ServerSelection};
use network::Network;
use recursive::{serve_layer, serve_tcp};
use serve::TcpLimits;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::error::ServerError;
use crate::dnstap::{BoxedReply, Protocol};
use crate::encrypted::certificate::server_config;
use crate::encrypted::https;
use crate::encrypted::incoming::accept;
use crate::encrypted::padding::padded;
use crate::service::Service;

/// Serves a socket over TCP, in a task of its own.
pub(super) fn spawn_tcp<N: Network, K: Knowledge, C: ServerSelection>(
    service: &Arc<Service<N, K, C>>,
    tcp: TcpListener,
) -> JoinHandle<Infallible> {
    let (responding, admitting) = (Arc::clone(service), Arc::clone(service));
    let respond =
        move |message, client: SocketAddr| responding.respond_over_tcp(message, client.ip());
    let own = tcp.local_addr().ok();
    tokio::spawn(serve_tcp(
        tcp,
        TcpLimits::default(),
        move |client| admitting.admits(client),
        service.tap().around(Protocol::Tcp, own, respond),
    ))
}

/// Serves DNS over TLS (RFC 7858) on a socket, in a task of its own: the protocol of TCP, inside TLS.
pub(super) fn spawn_tls<N: Network, K: Knowledge, C: ServerSelection>(
    service: &Arc<Service<N, K, C>>,
    tcp: TcpListener,
) -> Result<JoinHandle<Infallible>, ServerError> {
    let acceptor = TlsAcceptor::from(server_config(service.current_settings(), &["dot"])?);
    let admitting = Arc::clone(service);
    let own = tcp.local_addr().ok();
    Ok(tokio::spawn(serve_layer(
        tcp,
        TcpLimits::default(),
        move |client| admitting.admits(client),
        move |stream| accept(&acceptor, stream),
        service
            .tap()
            .around(Protocol::Dot, own, respond_padded(service)),
    )))
}

/// Serves DNS over HTTPS (RFC 8484) on a socket, in a task of its own.
pub(super) fn spawn_https<N: Network, K: Knowledge, C: ServerSelection>(
    service: &Arc<Service<N, K, C>>,
    tcp: TcpListener,
) -> Result<JoinHandle<Infallible>, ServerError> {
    let config = server_config(service.current_settings(), &["h2", "http/1.1"])?;
    let admitting = Arc::clone(service);
    let own = tcp.local_addr().ok();
    Ok(tokio::spawn(https::serve(
        tcp,
        TcpLimits::default(),
        move |client| admitting.admits(client),
        TlsAcceptor::from(config),
        service
            .tap()
            .around(Protocol::Doh, own, respond_padded(service)),
    )))
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
