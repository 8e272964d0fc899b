//! DNS over HTTPS with clients that break the rules, cancel, wait, or do not read.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use dnsparse::{Rcode, RecordType};
use http_body_util::{BodyExt, Full};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use programs::encrypted::https;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serve::TcpLimits;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::certificate::{Certificate, NAME};
use crate::https::{http2, outcome, padded_query, post, start};
use crate::server::{SOON, query};

/// Opens a connection that negotiates HTTP/1.1.
fn connect(files: &Certificate, address: SocketAddr) -> StreamOwned<ClientConnection, TcpStream> {
    let name = ServerName::try_from(NAME).unwrap();
    let tls = ClientConnection::new(files.client_config(&["http/1.1"]), name).unwrap();
    let tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(SOON)).unwrap();
    StreamOwned::new(tls, tcp)
}

/// Returns a request over HTTP/1.1: its first line, and lines of headers, without the `host`.
fn request(first: &str, headers: &str) -> String {
    format!("{first} HTTP/1.1\r\nhost: {NAME}\r\n{headers}\r\n")
}

/// Sends octets on a connection of their own, and returns the first line of the response; an empty
/// one if the server ends the connection without a response.
fn first_line(files: &Certificate, address: SocketAddr, octets: &[u8]) -> String {
    let mut connection = connect(files, address);
    // The server may close before it has read all of them.
    let _ = connection.write_all(octets);
    let mut response = Vec::new();
    let mut octet = [0];
    while let Ok(1) = connection.read(&mut octet)
        && octet != *b"\r"
    {
        response.push(octet[0]);
    }
    String::from_utf8_lossy(&response).into_owned()
}

/// The status of a request whose line or headers are beyond the limit: 414 or 431.
const OVER_LIMIT: &str = "4";

#[test]
fn requests_that_break_the_rules_are_rejected_and_lock_out_no_client() {
    let files = Certificate::new();
    let (_server, address) = start(&files);
    let with_body = |media_type: &str, length: &str, body: &[u8]| {
        let headers = format!("content-type: {media_type}\r\n{length}\r\n");
        let head = request("POST /dns-query", &headers);
        [head.as_bytes(), body].concat()
    };
    let dns = "application/dns-message";
    let long = vec![0; 65_536];
    let chunked = [b"10000\r\n".as_slice(), &long, b"\r\n0\r\n\r\n"].concat();
    let good = padded_query("www.google.com");
    let good = format!("/dns-query?dns={}", BASE64URL_NOPAD.encode(&good));
    let mut is_response = query("www.google.com", RecordType::A, None);
    is_response.header.qr = true;
    let is_response = is_response.write().unwrap();
    let get = |path: &str| request(&format!("GET {path}"), "").into_bytes();
    let cases = [
        ("a query", get(&good), "200 OK"),
        ("no parameter", get("/dns-query"), "400 Bad Request"),
        (
            "an empty message",
            get("/dns-query?dns="),
            "400 Bad Request",
        ),
        ("no base64url", get("/dns-query?dns=%20"), "400 Bad Request"),
        ("another path", get("/"), "404 Not Found"),
        (
            "another method",
            request("PUT /dns-query", "").into_bytes(),
            "405 Method Not Allowed",
        ),
        (
            "a response",
            with_body(
                dns,
                &format!("content-length: {}", is_response.len()),
                &is_response,
            ),
            "400 Bad Request",
        ),
        (
            "noise",
            with_body(dns, "content-length: 4", &[0xff; 4]),
            "400 Bad Request",
        ),
        (
            "a form",
            with_body(
                "application/x-www-form-urlencoded",
                "content-length: 4",
                b"a=b&",
            ),
            "415 Unsupported Media Type",
        ),
        (
            "a long body",
            with_body(dns, "content-length: 65536", &long),
            "413 Payload Too Large",
        ),
        (
            "an announced body",
            with_body(dns, "content-length: 99999999999", &[]),
            "413 Payload Too Large",
        ),
        (
            "a long body in chunks",
            with_body(dns, "transfer-encoding: chunked", &chunked),
            "413 Payload Too Large",
        ),
        (
            "a long path",
            get(&format!("/dns-query?dns={}", "A".repeat(100_000))),
            OVER_LIMIT,
        ),
        (
            "long headers",
            request(
                &format!("GET {good}"),
                &format!("a: {}\r\n", "b".repeat(100_000)),
            )
            .into_bytes(),
            OVER_LIMIT,
        ),
        (
            "many headers",
            request(&format!("GET {good}"), &"a: b\r\n".repeat(1_000)).into_bytes(),
            OVER_LIMIT,
        ),
        (
            "no HTTP",
            b"\0\x1d\x12\x34\x01\0\0\x01\r\n\r\n".to_vec(),
            "400 Bad Request",
        ),
    ];
    for (case, octets, expected) in cases {
        let line = first_line(&files, address, &octets);
        let status = line.strip_prefix("HTTP/1.1 ").unwrap_or_default();
        // The rest of what the client sends may reset the connection before the client reads.
        let is_ended = expected == OVER_LIMIT && line.is_empty();
        assert!(
            status.starts_with(expected) || is_ended,
            "{case}: '{line}' instead of {expected}"
        );
    }
    // A preface of HTTP/2 on a connection of HTTP/1.1 ends it.
    let line = first_line(&files, address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(!line.contains("200"), "a preface of HTTP/2: {line}");
    let line = first_line(&files, address, &get(&good));
    assert_eq!(line, "HTTP/1.1 200 OK", "the next client");
}

/// Requests that are cancelled at once ("rapid reset", CVE-2023-44487) cost the server little.
#[tokio::test]
async fn cancelled_requests_lock_out_no_client() {
    let files = Certificate::new();
    let (_server, address) = start(&files);
    for _ in 0..5 {
        let mut sender = http2(&files, address).await;
        for number in 0..500 {
            if sender.ready().await.is_err() {
                break; // the server has closed the connection, as it may
            }
            let message = padded_query(&format!("n{number}.dead.test"));
            let request = sender.send_request(post(message));
            let _ = tokio::time::timeout(Duration::from_micros(100), request).await;
        }
    }
    let began = Instant::now();
    let mut sender = http2(&files, address).await;
    let got = outcome(sender.send_request(post(padded_query("www.google.com")))).await;
    assert_eq!(got, Ok((StatusCode::OK, Rcode::NOERROR)), "the next client");
    assert!(
        began.elapsed() < SOON / 2,
        "it waited for {:?}",
        began.elapsed()
    );
}

/// Serves HTTPS in this process: each reply is the message. `refused` is a client that is not
/// allowed.
async fn start_echo(files: &Certificate, limits: TcpLimits, refused: &'static str) -> SocketAddr {
    let config = files.server_config(&["h2", "http/1.1"]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let allows = move |client: IpAddr| client.to_string() != refused;
    let acceptor = TlsAcceptor::from(config);
    let echo = |message: Vec<u8>, _| async move { Some(message) };
    tokio::spawn(https::serve(listener, limits, allows, acceptor, echo));
    address
}

/// Connections that do nothing, or send a request octet by octet, are closed after the idle timeout.
#[tokio::test(flavor = "multi_thread")]
async fn connections_without_a_request_are_closed() {
    let files = Certificate::new();
    let idle = Duration::from_millis(300);
    let limits = TcpLimits {
        idle,
        ..TcpLimits::default()
    };
    let address = start_echo(&files, limits, "").await;
    let slow = request(
        "POST /dns-query",
        "content-type: application/dns-message\r\n",
    );
    let body = request(
        "POST /dns-query",
        "content-type: application/dns-message\r\ncontent-length: 100\r\n",
    );
    for (kind, text) in [
        ("silent", String::new()),
        ("slow headers", slow),
        ("slow body", body),
    ] {
        let mut connection = connect(&files, address);
        let ended = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            connection.sock.set_read_timeout(Some(idle / 30)).unwrap();
            // The body is one octet every 10 ms; so are the headers, unless there is a body.
            let (at_once, slowly) = match kind {
                "slow body" => (text.as_str(), "x"),
                _ => ("", text.as_str()),
            };
            let _ = connection.write_all(at_once.as_bytes());
            let mut octets = slowly.bytes().cycle().take_while(|_| !slowly.is_empty());
            let mut response = [0; 100];
            while began.elapsed() < SOON {
                if let Some(octet) = octets.next()
                    && connection.write_all(&[octet]).is_err()
                {
                    return Some(began.elapsed());
                }
                match connection.read(&mut response) {
                    Ok(0) => return Some(began.elapsed()),
                    Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => {
                        return Some(began.elapsed());
                    }
                    _ => std::thread::sleep(idle / 30),
                }
            }
            None
        });
        let ended = ended.await.unwrap();
        assert!(
            ended.is_some_and(|after| after >= idle && after < SOON / 2),
            "{kind}: ended after {ended:?}, the idle timeout is {idle:?}"
        );
    }
}

/// Opens a connection over HTTP/2 that has room for a few octets of each response, until they are
/// read.
async fn narrow_http2(files: &Certificate, address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let tcp = tokio::net::TcpStream::connect(address).await.unwrap();
    let connector = TlsConnector::from(files.client_config(&["h2"]));
    let name = ServerName::try_from(NAME).unwrap();
    let tls = connector.connect(name, tcp).await.unwrap();
    let mut builder = Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(100);
    let opened = builder.handshake(TokioIo::new(tls)).await;
    let (sender, connection) = opened.unwrap();
    tokio::spawn(connection);
    sender
}

/// A client that does not read a response loses its connection after the idle timeout, too.
#[tokio::test]
async fn a_client_that_reads_no_response_loses_its_connection() {
    let files = Certificate::new();
    let idle = Duration::from_millis(300);
    let limits = TcpLimits {
        idle,
        ..TcpLimits::default()
    };
    let address = start_echo(&files, limits, "").await;
    let mut sender = narrow_http2(&files, address).await;
    let response = sender.send_request(post(vec![7; 60_000])).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let began = Instant::now();
    while !sender.is_closed() {
        let after = began.elapsed();
        assert!(after < SOON, "the connection is open after {after:?}");
        tokio::time::sleep(idle / 30).await;
    }
    let body = response.into_body().collect().await;
    let length = body.map(|body| body.to_bytes().len());
    assert!(length.is_err(), "all of {length:?} octets came");
}

/// Responses that no client reads are bounded by the number of requests at the same time: 32 on each
/// connection, of 41,000 octets each here.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn clients_that_read_no_responses_cost_bounded_memory() {
    let files = Certificate::new();
    let (server, address) = start(&files);
    let huge = query("huge.example.com", RecordType::TXT, Some(1_232));
    server.tcp(&huge);
    let before = server.memory();
    let huge = huge.write().unwrap();
    let mut clients = Vec::new();
    for _ in 0..10 {
        let mut sender = narrow_http2(&files, address).await;
        let mut responses = Vec::new();
        for _ in 0..300 {
            let request = sender.send_request(post(huge.clone()));
            let waited = tokio::time::timeout(Duration::from_millis(500), request).await;
            match waited {
                Ok(Ok(response)) => responses.push(response),
                _ => break, // the server accepts no further request
            }
        }
        let count = responses.len();
        assert!(
            (1..=32).contains(&count),
            "{count} responses at the same time"
        );
        clients.push((sender, responses));
    }
    let mut next = http2(&files, address).await;
    let got = outcome(next.send_request(post(padded_query("www.google.com")))).await;
    assert_eq!(got, Ok((StatusCode::OK, Rcode::NOERROR)), "the next client");
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 48 * 1_024, "{grown} KiB more");
}

/// Idle connections give their places to new ones; a client that is refused has none.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_have_places_and_clients_are_refused_as_over_tcp() {
    let files = Certificate::new();
    let limits = TcpLimits {
        connections: 4,
        ..TcpLimits::default()
    };
    let address = start_echo(&files, limits, "127.0.0.4").await;
    let mut idle = Vec::new();
    for number in 0..12 {
        let mut sender = http2(&files, address).await;
        let message = padded_query("www.google.com");
        let got = outcome(sender.send_request(post(message))).await;
        assert_eq!(got, Ok((StatusCode::OK, Rcode::NOERROR)), "client {number}");
        idle.push(sender);
    }
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.4:0".parse().unwrap()).unwrap();
    let refused = socket.connect(address).await.unwrap();
    let connector = TlsConnector::from(files.client_config(&["h2"]));
    let name = ServerName::try_from(NAME).unwrap();
    let ended = connector.connect(name, refused).await.map(drop);
    assert!(ended.is_err(), "a client that is not allowed was served");
}
