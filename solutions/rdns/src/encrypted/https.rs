//! DNS over HTTPS (RFC 8484): a request holds a query, and its response the reply.
//!
//! ```text
//!     GET  /dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB
//!     POST /dns-query       content-type: application/dns-message, and the message as body
//! ```
//!
//! HTTP's own bounds come before those of DNS: 16 KiB of headers, 32 requests of a connection at the
//! same time, a body as long as the longest message. Connections have places as those of DNS over
//! TCP have, and one without a request in work is closed after the same idle timeout, however many
//! octets it sends.

mod content;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::GracefulConnection;
use network::Via;
use recursive::{Connection, Connections, GRACE, accept_connections, overloaded};
use serve::TcpLimits;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::incoming::accept;
use content::{MAX_MESSAGE, Rejection, freshness, message, without_body};
pub use content::{MEDIA_TYPE, PATH};

/// The maximum number of octets in the headers of a request, its path included.
const MAX_HEADERS: u16 = 16 << 10;
/// The maximum number of requests of one connection at the same time, as many as queries over TCP.
const MAX_STREAMS: u32 = 32;
/// The maximum number of octets of requests that wait to be read on one connection: those of one
/// message.
const RECEIVE_WINDOW: u32 = 65_535;
/// The time that a connection has for its last responses, once no further request is read.
const CLOSING_LIMIT: Duration = Duration::from_secs(1);

/// Accepts connections until the task is dropped, and answers the requests of each. `respond` makes
/// the reply to a message; none for a message that gets no reply.
pub async fn serve<R, F>(
    listener: TcpListener,
    limits: TcpLimits,
    allows: impl Fn(IpAddr) -> bool + Send + Sync,
    acceptor: TlsAcceptor,
    respond: R,
) -> Infallible
where
    R: Fn(Vec<u8>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let connections = Connections::new(limits.connections, GRACE);
    let idle = limits.idle;
    accept_connections(listener, connections, allows, move |stream, connection| {
        let (handshake, respond) = (accept(&acceptor, stream), respond.clone());
        async move {
            // After an error of TLS, the client has been told by an alert.
            if let Ok(Ok(stream)) = timeout(idle, handshake).await {
                serve_connection(stream, connection, idle, respond).await;
            }
        }
    })
    .await
}

/// Answers the requests of a connection, by the version of HTTP that TLS has negotiated.
async fn serve_connection<R, F>(
    stream: TlsStream<TcpStream>,
    connection: Arc<Connection>,
    idle: Duration,
    respond: R,
) where
    R: Fn(Vec<u8>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let in_work = watch::Sender::new(0);
    let closing = {
        let (connection, in_work) = (Arc::clone(&connection), in_work.subscribe());
        async move {
            tokio::select! {
                () = idle_for(idle, in_work) => {}
                () = connection.evicted_for(connection.grace()) => {}
            }
        }
    };
    let service = service_fn(move |request| {
        let (connection, respond) = (Arc::clone(&connection), respond.clone());
        let in_work = InWork::start(&in_work);
        async move {
            let is_head = request.method() == Method::HEAD;
            let response = response(request, &connection, idle, respond).await;
            drop(in_work);
            Ok::<_, Infallible>(match is_head {
                true => without_body(response),
                false => response,
            })
        }
    });
    let stream = TokioIo::new(stream);
    if is_http2 {
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEADERS.into())
            .initial_stream_window_size(RECEIVE_WINDOW)
            .initial_connection_window_size(RECEIVE_WINDOW)
            .max_send_buf_size(MAX_MESSAGE);
        run(http.serve_connection(stream, service), closing).await;
    } else {
        let mut http = http1::Builder::new();
        http.max_buf_size(MAX_HEADERS.into());
        run(http.serve_connection(stream, service), closing).await;
    }
}

/// Runs a connection until the client ends it, or `closing` completes.
async fn run(connection: impl GracefulConnection, closing: impl Future<Output = ()>) {
    let mut connection = pin!(connection);
    tokio::select! {
        _ended = connection.as_mut() => return,
        () = closing => connection.as_mut().graceful_shutdown(),
    }
    let _ended = timeout(CLOSING_LIMIT, connection).await;
}

/// Waits until a connection was idle, with no request in work, for the given time.
async fn idle_for(limit: Duration, mut in_work: watch::Receiver<usize>) {
    // The sender lives as long as the connection.
    while in_work.wait_for(|count| *count == 0).await.is_ok() {
        if timeout(limit, in_work.changed()).await.is_err() {
            return;
        }
    }
}

/// A request in work: it is counted until it is dropped.
struct InWork(watch::Sender<usize>);

impl InWork {
    fn start(in_work: &watch::Sender<usize>) -> InWork {
        in_work.send_modify(|count| *count += 1);
        InWork(in_work.clone())
    }
}

impl Drop for InWork {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// Makes the response to a request.
async fn response<R, F>(
    request: Request<Incoming>,
    connection: &Connection,
    idle: Duration,
    respond: R,
) -> Response<Full<Bytes>>
where
    R: Fn(Vec<u8>, SocketAddr) -> F,
    F: Future<Output = Option<Vec<u8>>>,
{
    let work = connection.start_work();
    let message = match timeout(idle, message(request)).await {
        Ok(Ok(message)) => message,
        Ok(Err(rejection)) => return rejection.response(),
        Err(_) => return Rejection::Timeout.response(),
    };
    let reply = tokio::select! {
        biased;
        () = work.eviction() => overloaded(&message, Via::Tcp).await,
        reply = respond(message.clone(), connection.client()) => reply,
    };
    let Some(reply) = reply else {
        return Rejection::NoQuery.response();
    };
    let age = HeaderValue::from_str(&format!("max-age={}", freshness(&reply)));
    let mut response = Response::new(Full::from(reply));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Ok(age) = age {
        headers.insert(CACHE_CONTROL, age);
    }
    response
}
