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

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use dnsparse::{DnsPacket, Rcode, Rdata, Record};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
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

/// The path of all requests, as in the examples of RFC 8484.
pub const PATH: &str = "/dns-query";
/// The media type of a DNS message (RFC 8484 section 6).
pub const MEDIA_TYPE: &str = "application/dns-message";
/// The longest message.
const MAX_MESSAGE: usize = 65_535;
/// The most octets of a body that are received.
const MAX_RECEIVED: usize = 4 * MAX_MESSAGE;
/// The most octets in the headers of a request, its path included.
const MAX_HEADERS: u16 = 16 << 10;
/// The most requests of one connection at the same time, as many as queries over TCP.
const MAX_STREAMS: u32 = 32;
/// The most octets of requests that wait to be read on one connection: those of one message.
const RECEIVE_WINDOW: u32 = 65_535;
/// The time that a connection has for its last responses, once no further request is read.
const CLOSING_LIMIT: Duration = Duration::from_secs(1);

/// A request that is rejected before any query is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Rejection {
    #[error("DNS queries are answered at {PATH} (RFC 8484)")]
    Path,
    #[error("a DNS query is sent with GET or POST (RFC 8484 section 4.1)")]
    Method,
    #[error("?dns= is missing: it holds the DNS query in base64url (RFC 8484 section 4.1)")]
    NoParameter,
    #[error("?dns= is not base64url without padding (RFC 8484 section 4.1, RFC 4648 section 5)")]
    Encoding,
    #[error("the content-type of a DNS query is {MEDIA_TYPE} (RFC 8484 section 4.1)")]
    MediaType,
    #[error("a DNS message has at most {MAX_MESSAGE} octets")]
    TooLong,
    #[error("the body of the request did not arrive in time")]
    Timeout,
    #[error("the body of the request is not complete")]
    Incomplete,
    #[error("the message is not a DNS query")]
    NoQuery,
}

impl Rejection {
    fn status(self) -> StatusCode {
        match self {
            Rejection::Path => StatusCode::NOT_FOUND,
            Rejection::Method => StatusCode::METHOD_NOT_ALLOWED,
            Rejection::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Rejection::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Rejection::Timeout => StatusCode::REQUEST_TIMEOUT,
            Rejection::NoParameter
            | Rejection::Encoding
            | Rejection::Incomplete
            | Rejection::NoQuery => StatusCode::BAD_REQUEST,
        }
    }

    fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(format!("{self}\n")));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        headers.insert(CONTENT_TYPE, text);
        if self == Rejection::Method {
            headers.insert(ALLOW, HeaderValue::from_static("GET, POST"));
        }
        response
    }
}

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
    R: Fn(Vec<u8>, IpAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let connections = Connections::new(limits.connections, GRACE);
    let idle = limits.idle;
    accept_connections(listener, connections, allows, move |stream, connection| {
        let (handshake, respond) = (acceptor.accept(stream), respond.clone());
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
    R: Fn(Vec<u8>, IpAddr) -> F + Clone + Send + Sync + 'static,
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
            let response = response(request, &connection, idle, respond).await;
            drop(in_work);
            Ok::<_, Infallible>(response)
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
    R: Fn(Vec<u8>, IpAddr) -> F,
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

/// Returns the DNS message that a request holds.
async fn message<B>(request: Request<B>) -> Result<Vec<u8>, Rejection>
where
    B: Body<Data = Bytes> + Unpin,
{
    if request.uri().path() != PATH {
        return Err(Rejection::Path);
    }
    match *request.method() {
        Method::GET => parameter(request.uri().query().unwrap_or_default()),
        Method::POST => {
            let media_type = request.headers().get(CONTENT_TYPE);
            if !media_type.is_some_and(is_dns_message) {
                return Err(Rejection::MediaType);
            }
            body(request.into_body()).await
        }
        _ => Err(Rejection::Method),
    }
}

/// Returns the message in the query component of a URI.
fn parameter(query: &str) -> Result<Vec<u8>, Rejection> {
    let mut parameters = query.split('&');
    let text = parameters.find_map(|parameter| parameter.strip_prefix("dns="));
    let text = text.ok_or(Rejection::NoParameter)?;
    let message = BASE64URL_NOPAD.decode(text.as_bytes());
    message.map_err(|_| Rejection::Encoding)
}

/// Whether a media type is that of DNS messages, whatever parameters it has.
fn is_dns_message(value: &HeaderValue) -> bool {
    let value = value.to_str().unwrap_or_default();
    let name = value.split(';').next().unwrap_or_default();
    name.trim().eq_ignore_ascii_case(MEDIA_TYPE)
}

/// Receives a body that is a message. A longer one is received to its end as well, up to a limit: a
/// connection that is closed before that would be reset, and the client might miss the response.
async fn body<B>(mut body: B) -> Result<Vec<u8>, Rejection>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.size_hint().lower() > MAX_RECEIVED as u64 {
        return Err(Rejection::TooLong);
    }
    let (mut message, mut received) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Rejection::Incomplete)?.into_data() else {
            continue;
        };
        received += data.len();
        if received > MAX_RECEIVED {
            return Err(Rejection::TooLong);
        }
        if received <= MAX_MESSAGE {
            message.extend_from_slice(&data);
        }
    }
    match received > MAX_MESSAGE {
        true => Err(Rejection::TooLong),
        false => Ok(message),
    }
}

/// Returns the seconds for which an HTTP cache may send a reply again (RFC 8484 section 5.1): the
/// least TTL of the answer, and that of a negative answer (RFC 2308 section 5). A failure is not
/// sent again.
fn freshness(reply: &[u8]) -> u32 {
    let Ok(reply) = DnsPacket::parse(reply) else {
        return 0;
    };
    if !matches!(reply.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN) {
        return 0;
    }
    let negative = |record: &Record| match &record.rdata {
        Rdata::Soa(soa) => Some(record.ttl.min(soa.minimum)),
        _ => None,
    };
    let answer = reply.answers.iter().map(|record| record.ttl);
    let ttls = answer.chain(reply.authorities.iter().filter_map(negative));
    ttls.min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn message_of(method: &str, uri: &str, media_type: &str) -> Result<Vec<u8>, Rejection> {
        let request = Request::builder().method(method).uri(uri);
        let request = request.header(CONTENT_TYPE, media_type);
        message(request.body(Full::<Bytes>::from(&b"a body"[..])).unwrap()).await
    }

    #[tokio::test]
    async fn a_request_is_read_or_rejected_by_what_is_wrong_with_it() {
        let cases = [
            ("GET", "/dns-query?dns=AQID", "", Ok(vec![1, 2, 3])),
            ("GET", "/dns-query?ct&dns=AQI", "", Ok(vec![1, 2])),
            ("GET", "/dns-query?dns=-_8", "", Ok(vec![0xfb, 0xff])),
            ("GET", "/dns-query?dns=+/8", "", Err(Rejection::Encoding)),
            ("GET", "/dns-query?dns=AQI=", "", Err(Rejection::Encoding)),
            ("GET", "/dns-query?dns=A", "", Err(Rejection::Encoding)),
            (
                "GET",
                "/dns-query?name=a.test",
                "",
                Err(Rejection::NoParameter),
            ),
            ("GET", "/dns-query", "", Err(Rejection::NoParameter)),
            ("GET", "/?dns=AQID", "", Err(Rejection::Path)),
            ("POST", "/dns-query/", MEDIA_TYPE, Err(Rejection::Path)),
            ("POST", "/dns-query", MEDIA_TYPE, Ok(b"a body".to_vec())),
            (
                "POST",
                "/dns-query",
                "Application/DNS-Message; a=b",
                Ok(b"a body".to_vec()),
            ),
            (
                "POST",
                "/dns-query",
                "text/plain",
                Err(Rejection::MediaType),
            ),
            ("POST", "/dns-query", "", Err(Rejection::MediaType)),
            ("PUT", "/dns-query", MEDIA_TYPE, Err(Rejection::Method)),
            ("HEAD", "/dns-query?dns=AQID", "", Err(Rejection::Method)),
        ];
        for (method, uri, media_type, expected) in cases {
            let got = message_of(method, uri, media_type).await;
            assert_eq!(got, expected, "{method} {uri}, content-type '{media_type}'");
        }
    }

    #[tokio::test]
    async fn a_body_is_as_long_as_a_message_at_the_most() {
        for (length, is_message) in [(0, true), (65_535, true), (65_536, false)] {
            let announced = body(Full::<Bytes>::from(vec![0; length])).await;
            let streamed = http_body_util::BodyStream::new(Full::<Bytes>::from(vec![0; length]));
            let streamed = body(http_body_util::StreamBody::new(streamed)).await;
            for (kind, got) in [("announced", announced), ("of unknown length", streamed)] {
                let got = got.map(|message| message.len());
                let expected = is_message.then_some(length).ok_or(Rejection::TooLong);
                assert_eq!(got, expected, "{length} octets, {kind}");
            }
        }
    }

    #[test]
    fn a_reply_is_fresh_for_its_least_ttl() {
        let soa = "test. 900 SOA ns.test. h.test. 1 1 1 1 300";
        let cases = [
            (Rcode::NOERROR, vec!["a.test. 60 A 192.0.2.1"], None, 60),
            (
                Rcode::NOERROR,
                vec!["a.test. 60 CNAME b.test.", "b.test. 7 A 192.0.2.1"],
                None,
                7,
            ),
            (Rcode::NXDOMAIN, vec![], Some(soa), 300),
            (
                Rcode::NXDOMAIN,
                vec!["a.test. 60 CNAME b.test."],
                Some(soa),
                60,
            ),
            (
                Rcode::NXDOMAIN,
                vec!["a.test. 600 CNAME b.test."],
                Some(soa),
                300,
            ),
            (Rcode::NOERROR, vec![], None, 0),
            (Rcode::SERVFAIL, vec!["a.test. 60 A 192.0.2.1"], None, 0),
        ];
        for (rcode, answers, soa, expected) in cases {
            let mut reply = DnsPacket::default();
            reply.header.rcode = rcode;
            reply.answers = answers.iter().map(|text| text.parse().unwrap()).collect();
            reply.authorities = soa.iter().map(|text| text.parse().unwrap()).collect();
            let octets = reply.write().unwrap();
            assert_eq!(freshness(&octets), expected, "{rcode} {answers:?} {soa:?}");
        }
        assert_eq!(freshness(&[1, 2, 3]), 0, "octets that are no message");
    }
}
