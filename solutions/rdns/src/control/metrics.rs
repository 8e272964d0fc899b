//! The counters for Prometheus, in its text form, over HTTP on this machine.
//!
//! Every user of the machine can connect. So connections are bounded in number and in time, as those
//! of DNS are, and the files that the server may have open are left for its searches. A connection
//! has one request.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use chase::ServerSelection;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use network::Network;
use recursive::{Connections, GRACE, accept_connections};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::Control;
use crate::stats::Stats;

/// The path of the counters, the only one.
const PATH: &str = "/metrics";
/// The media type of the text form, version 0.0.4.
const TEXT_FORM: &str = "text/plain; version=0.0.4; charset=utf-8";
/// The maximum number of connections at the same time. A further one takes the place of an older
/// one.
const MAX_CONNECTIONS: usize = 16;
/// The time that a connection has for its request and the response.
const LIMIT: Duration = Duration::from_secs(10);
/// The maximum number of octets in the headers of a request.
const MAX_HEADERS: usize = 16 << 10;

/// Answers `GET /metrics`, until the task is dropped.
pub async fn serve<N: Network, C: ServerSelection>(
    listener: TcpListener,
    control: Arc<Control<N, C>>,
) -> Infallible {
    let connections = Connections::new(MAX_CONNECTIONS, GRACE);
    let allows = |_| true; // the listener is bound to a loopback address
    accept_connections(listener, connections, allows, move |stream, connection| {
        let control = Arc::clone(&control);
        async move {
            let service = service_fn(|request| {
                let response = response(&request, || text(&control.stats()));
                async { Ok::<_, Infallible>(response) }
            });
            let mut http = http1::Builder::new();
            http.keep_alive(false).max_buf_size(MAX_HEADERS);
            tokio::select! {
                _ended = timeout(LIMIT, http.serve_connection(TokioIo::new(stream), service)) => {}
                () = connection.evicted_for(connection.grace()) => {}
            }
        }
    })
    .await
}

/// Makes the response to a request. (hyper leaves the body out, if the method is HEAD.)
fn response(request: &Request<Incoming>, text: impl FnOnce() -> String) -> Response<Full<Bytes>> {
    let is_there = request.uri().path() == PATH;
    let (status, body) = match *request.method() {
        _ if !is_there => (
            StatusCode::NOT_FOUND,
            format!("the counters are at {PATH}\n"),
        ),
        Method::GET | Method::HEAD => (StatusCode::OK, text()),
        _ => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(TEXT_FORM));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

/// Returns the counters in the text form.
fn text(stats: &Stats) -> String {
    let mut text = String::new();
    for metric in stats.metrics() {
        let kind = if metric.name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        let (name, help, value) = (metric.name, metric.help, metric.value);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
        );
    }
    text
}
