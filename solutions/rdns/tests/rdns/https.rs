//! DNS over HTTPS (RFC 8484): Debian's `curl` and `kdig`, and a client of hyper.

use std::net::SocketAddr;
use std::process::Output;
use std::time::Instant;

use data_encoding::BASE64URL_NOPAD;
use dnsparse::{DnsPacket, EdnsOption, Rcode, RecordType};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use real_servers::free_address;
use real_servers::require::{command, require_programs};
use rustls::pki_types::ServerName;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::certificate::{Certificate, NAME};
use crate::configuration::ConfigFile;
use crate::server::{SOON, Server, query};
use crate::tls::kdig;

/// Starts a server that serves DNS over HTTPS at the returned address.
pub(crate) fn start(files: &Certificate) -> (Server, SocketAddr) {
    let address = free_address();
    let text = address.to_string();
    let arguments = [&["--https-listen", &text][..], &files.flags()].concat();
    (Server::start_with(&arguments, "off"), address)
}

/// Returns a query in octets, with the option Padding.
pub(crate) fn padded_query(name: &str) -> Vec<u8> {
    let mut query = query(name, RecordType::A, Some(1_232));
    query.header.id = 0;
    let edns = query.edns.as_mut().unwrap();
    edns.options.push(EdnsOption::Padding(60));
    query.write().unwrap()
}

fn url(address: SocketAddr) -> String {
    format!("https://{NAME}:{}/dns-query", address.port())
}

/// Runs curl with the certificate's authority. Returns the headers of the response, and its body.
fn curl(files: &Certificate, address: SocketAddr, arguments: &[&str]) -> (String, Vec<u8>) {
    let Output {
        status,
        stdout,
        stderr,
    } = command("curl")
        .args(["-q", "-sS", "--http2", "-m", "10", "-D", "headers"])
        .arg("--cacert")
        .arg(files.path("cert.pem"))
        .args([
            "--resolve",
            &format!("{NAME}:{}:{}", address.port(), address.ip()),
        ])
        .args(arguments)
        .current_dir(files.path(""))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "curl {arguments:?}: {text}");
    (
        std::fs::read_to_string(files.path("headers")).unwrap(),
        stdout,
    )
}

/// Checks a response that curl has received: its status line, and the reply in it.
#[track_caller]
fn check_reply((headers, body): &(String, Vec<u8>), status: &str) {
    let reply = DnsPacket::parse(body).unwrap_or_else(|error| panic!("{error}\n{headers}"));
    assert!(
        headers.starts_with(status),
        "{status} is expected:\n{headers}"
    );
    assert_eq!(reply.rcode(), Rcode::NOERROR, "{reply:?}");
    assert_eq!(body.len(), 468, "octets of the padded reply {reply:?}");
    let ttl = reply.answers.iter().map(|record| record.ttl).min();
    let age = format!("cache-control: max-age={}\r\n", ttl.unwrap_or(0));
    for line in ["content-type: application/dns-message\r\n", &age] {
        assert!(headers.contains(line), "no line {line} in:\n{headers}");
    }
}

#[test]
fn curl_gets_its_replies_by_post_and_get_over_both_versions_of_http() {
    if !require_programs(&["curl"]) {
        return;
    }
    let files = Certificate::new();
    let (_server, address) = start(&files);
    let message = padded_query("www.google.com");
    std::fs::write(files.path("query"), &message).unwrap();
    let post = [
        "-H",
        "content-type: application/dns-message",
        "--data-binary",
        "@query",
    ];
    let at = url(address);
    let get = format!("{at}?dns={}", BASE64URL_NOPAD.encode(&message));
    let over_1_1 =
        |arguments: &[&str]| curl(&files, address, &[&["--http1.1"], arguments].concat());
    check_reply(
        &curl(&files, address, &[&post[..], &[&at]].concat()),
        "HTTP/2 200 ",
    );
    check_reply(&curl(&files, address, &[&get]), "HTTP/2 200 ");
    check_reply(&over_1_1(&[&post[..], &[&at]].concat()), "HTTP/1.1 200 OK");
    check_reply(&over_1_1(&[&get]), "HTTP/1.1 200 OK");
    let (headers, body) = curl(&files, address, &["-X", "DELETE", &at]);
    assert!(
        headers.starts_with("HTTP/2 405 ") && headers.contains("allow: GET, HEAD, POST\r\n"),
        "{headers}"
    );
    assert_eq!(
        String::from_utf8_lossy(&body),
        "a DNS query is sent with GET or POST (RFC 8484 section 4.1)\n"
    );
}

/// HTTP/2 resets the stream of a request whose body is not received, and curl then shows no response.
#[test]
fn curl_sees_why_a_request_with_a_body_is_rejected() {
    if !require_programs(&["curl"]) {
        return;
    }
    let files = Certificate::new();
    let (_server, address) = start(&files);
    std::fs::write(files.path("long"), vec![0; 100_000]).unwrap();
    let (at, dns) = (url(address), "content-type: application/dns-message");
    let other = at.replace("dns-query", "other");
    let cases = [
        ("POST", &at, "content-type: application/dns-json", "415"),
        ("POST", &at, dns, "413"),
        ("POST", &other, dns, "404"),
        ("PUT", &at, dns, "405"),
        ("GET", &at, dns, "400"),
    ];
    for version in ["--http2", "--http1.1"] {
        for (method, at, header, expected) in cases {
            let arguments = [
                version,
                "-X",
                method,
                "-H",
                header,
                "--data-binary",
                "@long",
            ];
            let (headers, _) = curl(&files, address, &[&arguments[..], &[at]].concat());
            let status = headers.lines().rfind(|line| line.starts_with("HTTP/"));
            let status = status.and_then(|line| line.split(' ').nth(1));
            assert_eq!(
                status,
                Some(expected),
                "{version} {method} {at}, {header}:\n{headers}"
            );
        }
    }
}

/// RFC 9110 section 9.3.2.
#[test]
fn curl_gets_the_headers_of_a_reply_by_head() {
    if !require_programs(&["curl"]) {
        return;
    }
    let files = Certificate::new();
    let (_server, address) = start(&files);
    let get = format!(
        "{}?dns={}",
        url(address),
        BASE64URL_NOPAD.encode(&padded_query("www.google.com"))
    );
    for version in ["--http2", "--http1.1"] {
        let (headers, _) = curl(&files, address, &[version, "-I", &get]);
        for part in [" 200", "content-length: 468\r\n", "cache-control: max-age="] {
            assert!(headers.contains(part), "{version}: no {part} in\n{headers}");
        }
    }
}

/// curl looks the name of a web server up over HTTPS, and finds that server: the metrics of `rdns`.
#[test]
fn curl_resolves_names_over_https() {
    if !require_programs(&["curl"]) {
        return;
    }
    let files = Certificate::new();
    let address = free_address();
    let file = ConfigFile::new("local = { records = [\"web.home.arpa. A 127.0.0.1\"] }\n");
    let text = address.to_string();
    let config = [
        "--config",
        file.path(),
        "--metrics",
        "127.0.0.1:0",
        "--https-listen",
        &text,
    ];
    let server = Server::start_with(&[&config[..], &files.flags()].concat(), "off");
    let metrics = server.metrics.clone().expect("the address of the metrics");
    let (_, port) = metrics.split_once(':').unwrap();
    let page = format!("http://web.home.arpa:{port}/metrics");
    let (_, body) = curl(&files, address, &["--doh-url", &url(address), &page]);
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("rdns_questions_total"), "{body}");
}

#[test]
fn kdig_gets_its_answer_over_https() {
    if !require_programs(&["kdig"]) {
        return;
    }
    let files = Certificate::new();
    let (_server, address) = start(&files);
    for method in ["+nohttps-get", "+https-get"] {
        let path = format!("+https={NAME}/dns-query");
        let text = kdig(&files, address, &[&path, method]);
        let has = |words: &str| text.contains(words);
        assert!(
            has("status: NOERROR") && has("(HTTP/2-") && has("468 B"),
            "{method}: {text}"
        );
    }
}

/// Opens a connection over HTTP/2.
pub(crate) async fn http2(files: &Certificate, address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let tcp = tokio::net::TcpStream::connect(address).await.unwrap();
    let connector = TlsConnector::from(files.client_config(&["h2"]));
    let name = ServerName::try_from(NAME).unwrap();
    let tls = connector.connect(name, tcp).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(tls))
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

pub(crate) fn post(message: Vec<u8>) -> Request<Full<Bytes>> {
    Request::post(format!("https://{NAME}/dns-query"))
        .header("content-type", "application/dns-message")
        .body(Full::from(message))
        .unwrap()
}

/// Receives a response, and returns its status and the RCODE of its reply.
pub(crate) async fn outcome(
    response: impl Future<Output = hyper::Result<Response<hyper::body::Incoming>>>,
) -> Result<(StatusCode, Rcode), String> {
    let receive = async {
        let response = response.await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        let reply = DnsPacket::parse(&body).map_err(|error| error.to_string())?;
        Ok((status, reply.rcode()))
    };
    let received = tokio::time::timeout(SOON, receive).await;
    received.unwrap_or_else(|_| Err("no response in time".to_owned()))
}

#[tokio::test]
async fn a_connection_over_http2_answers_many_queries_at_the_same_time() {
    let files = Certificate::new();
    let (_server, address) = start(&files);
    let mut sender = http2(&files, address).await;
    let began = Instant::now();
    let mut slow = std::pin::pin!(outcome(
        sender.send_request(post(padded_query("www.dead.test")))
    ));
    let mut quick = JoinSet::new();
    for number in 0..200 {
        let message = padded_query(["www.google.com", "www.wikipedia.org"][number % 2]);
        sender.ready().await.unwrap();
        quick.spawn(outcome(sender.send_request(post(message))));
    }
    let all = async {
        while let Some(got) = quick.join_next().await {
            assert_eq!(got.unwrap(), Ok((StatusCode::OK, Rcode::NOERROR)));
        }
    };
    tokio::select! {
        biased;
        () = all => {}
        early = &mut slow => panic!("the slow reply came first, after {:?}: {early:?}", began.elapsed()),
    }
    let got = slow.await;
    assert_eq!(got, Ok((StatusCode::OK, Rcode::SERVFAIL)), "the slow reply");
}

/// Open connections keep the certificate that they began with, and a wrong file changes nothing.
#[tokio::test]
async fn a_reload_shows_new_connections_the_new_certificate() {
    let files = Certificate::new();
    let (server, address) = start(&files);
    let mut old = http2(&files, address).await;
    let good = Ok((StatusCode::OK, Rcode::NOERROR));
    let query = || post(padded_query("www.google.com"));
    assert_eq!(outcome(old.send_request(query())).await, good, "at first");
    files.renew();
    server.try_reload();
    // This client accepts the new certificate alone.
    let mut new = http2(&files, address).await;
    assert_eq!(
        outcome(new.send_request(query())).await,
        good,
        "with the new certificate"
    );
    old.ready().await.expect("the old connection is open");
    assert_eq!(
        outcome(old.send_request(query())).await,
        good,
        "on the old connection"
    );
    let whole = std::fs::read_to_string(files.path("cert.pem")).unwrap();
    std::fs::write(files.path("cert.pem"), &whole[..whole.len() / 2]).unwrap();
    let line = server.try_reload();
    assert!(
        line.contains("not reloaded, nothing was changed: ") && line.contains("cert.pem: "),
        "{line}"
    );
    std::fs::write(files.path("cert.pem"), whole).unwrap();
    let mut last = http2(&files, address).await;
    assert_eq!(
        outcome(last.send_request(query())).await,
        good,
        "with the certificate in use"
    );
}
