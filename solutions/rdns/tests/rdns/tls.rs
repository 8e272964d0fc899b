//! DNS over TLS (RFC 7858): a client of rustls, and Debian's `kdig`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Output;
use std::time::{Instant, UNIX_EPOCH};

use dnsparse::{DnsPacket, EdnsOption, Rcode, RecordType};
use real_servers::free_address;
use real_servers::require::{command, require_programs};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::certificate::{Certificate, NAME};
use crate::configuration::ConfigFile;
use crate::server::{SOON, Server, framed, query, receive};

/// Starts a server that serves DNS over TLS at the returned address.
fn start(files: &Certificate) -> (Server, SocketAddr) {
    let address = free_address();
    let text = address.to_string();
    let arguments = [&["--tls-listen", &text][..], &files.flags()].concat();
    (Server::start_with(&arguments, "off"), address)
}

/// Opens a connection that accepts the present certificate alone.
pub(crate) fn connect(files: &Certificate, address: SocketAddr) -> Connection {
    let name = ServerName::try_from(NAME).unwrap();
    let tls = ClientConnection::new(files.client_config(&["dot"]), name).unwrap();
    let tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(SOON)).unwrap();
    StreamOwned::new(tls, tcp)
}

pub(crate) type Connection = StreamOwned<ClientConnection, TcpStream>;

/// A query for an address, with the option Padding.
fn padded_query(name: &str) -> DnsPacket {
    let mut query = query(name, RecordType::A, Some(1_232));
    let edns = query.edns.as_mut().unwrap();
    edns.options.push(EdnsOption::Padding(60));
    query
}

fn send(connection: &mut Connection, query: &DnsPacket) {
    let octets = framed(&query.write().unwrap());
    connection.write_all(&octets).unwrap();
}

/// Queries over TLS, and returns the reply with its size.
pub(crate) fn tls(connection: &mut Connection, query: &DnsPacket) -> (DnsPacket, usize) {
    send(connection, query);
    let reply = receive(connection).unwrap();
    (DnsPacket::parse(&reply).unwrap(), reply.len())
}

#[test]
fn queries_on_one_connection_get_padded_replies() {
    let files = Certificate::new();
    let (_server, address) = start(&files);
    let mut connection = connect(&files, address);
    for name in ["www.google.com", "www.wikipedia.org"] {
        let (reply, size) = tls(&mut connection, &padded_query(name));
        let facts = (reply.rcode(), reply.answers.is_empty(), size);
        assert_eq!(facts, (Rcode::NOERROR, false, 468), "{name}: {reply:?}");
    }
    let plain = query("www.google.com", RecordType::A, Some(1_232));
    let (reply, size) = tls(&mut connection, &plain);
    assert!(
        reply.rcode() == Rcode::NOERROR && size < 468,
        "a query without the option got {size} octets"
    );
    let protocol = connection.conn.alpn_protocol().map(<[u8]>::to_vec);
    assert_eq!(protocol, Some(b"dot".to_vec()), "the protocol by ALPN");
}

/// Plain DNS, noise, and silence at the port of TLS: those connections end or wait, and the next one
/// is served.
#[test]
fn connections_that_speak_no_tls_lock_out_no_client() {
    let files = Certificate::new();
    let (_server, address) = start(&files);
    let octets = framed(
        &query("www.google.com", RecordType::A, None)
            .write()
            .unwrap(),
    );
    let open = (0..300).map(|number| {
        let mut stream = TcpStream::connect(address).unwrap();
        match number % 3 {
            0 => {}
            1 => stream.write_all(&octets).unwrap(),
            _ => stream.write_all(&[0x16, 3, 1, 0xff]).unwrap(),
        }
        stream
    });
    let open: Vec<_> = open.collect();
    let began = Instant::now();
    let (reply, _) = tls(
        &mut connect(&files, address),
        &padded_query("www.google.com"),
    );
    assert_eq!(reply.rcode(), Rcode::NOERROR);
    let took = began.elapsed();
    assert!(took < SOON, "the next client waited for {took:?}");
    let mut plain = &open[1];
    plain.set_read_timeout(Some(SOON)).unwrap();
    let mut rest = Vec::new();
    let ended = plain.read_to_end(&mut rest);
    let is_dns = DnsPacket::parse(rest.get(2..).unwrap_or_default()).is_ok();
    assert!(
        !is_dns,
        "plain DNS at the port of TLS got a reply: {ended:?}"
    );
}

/// The log has one line for each, with the reason, for the administrator who looks for it.
#[test]
fn connections_that_clients_end_are_logged_with_the_reason() {
    let (files, other) = (Certificate::new(), Certificate::new());
    let (tls, https) = (free_address(), free_address());
    let (at_tls, at_https) = (tls.to_string(), https.to_string());
    let listen = ["--tls-listen", &at_tls, "--https-listen", &at_https];
    let server = Server::start_with(&[&listen[..], &files.flags()].concat(), "rdns=debug");
    for address in [tls, https] {
        let mut noise = TcpStream::connect(address).unwrap();
        noise.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let client = noise.local_addr().unwrap();
        let line = server.wait_for_line("no connection over TLS");
        let expected = format!("no connection over TLS from {client}: it speaks no TLS");
        assert!(line.ends_with(&expected), "{line}, instead of {expected}");
    }
    let mut refusing = connect(&other, tls);
    assert!(refusing.write_all(&[0]).is_err());
    let line = server.wait_for_line("no connection over TLS");
    let expected = "it does not accept the certificate of tls-cert (alert ";
    assert!(line.contains(expected), "{line}, instead of {expected}");
    let mut other_protocol = connect(&files, https);
    assert!(other_protocol.write_all(&[0]).is_err());
    let line = server.wait_for_line("no connection over TLS");
    let expected = "it speaks none of the protocols that are served here";
    assert!(line.ends_with(expected), "{line}, instead of {expected}");
}

#[test]
fn a_reload_shows_new_connections_the_new_certificate() {
    let files = Certificate::new();
    let (server, address) = start(&files);
    let mut old = connect(&files, address);
    tls(&mut old, &padded_query("www.google.com"));
    files.renew();
    server.try_reload();
    let (reply, _) = tls(
        &mut connect(&files, address),
        &padded_query("www.google.com"),
    );
    assert_eq!(reply.rcode(), Rcode::NOERROR, "with the new certificate");
    let (reply, _) = tls(&mut old, &padded_query("www.wikipedia.org"));
    assert_eq!(reply.rcode(), Rcode::NOERROR, "on the old connection");

    // A key that is not the certificate's changes nothing.
    let working = std::fs::read(files.path("cert.pem")).unwrap();
    files.renew();
    std::fs::write(files.path("cert.pem"), working).unwrap();
    let line = server.try_reload();
    assert!(
        line.contains("not reloaded, nothing was changed: ")
            && line.contains("is not the key of the certificate in "),
        "{line}"
    );
    let (reply, _) = tls(
        &mut connect(&files, address),
        &padded_query("www.google.com"),
    );
    assert_eq!(reply.rcode(), Rcode::NOERROR, "with the certificate in use");
}

/// An expired certificate is used all the same: DNS without TLS goes on, and a reload has other purposes,
/// too. But it is not left to the clients to notice.
#[test]
fn an_expired_certificate_is_named_at_the_start_and_by_a_reload() {
    let files = Certificate::of(&[NAME], 2_020);
    let expired = "cert.pem has expired on 2020-01-01: clients refuse it";
    let (server, _) = start(&files);
    server.wait_for_line(expired);
    files.renew();
    let line = server.reload();
    assert!(!line.contains("expired"), "{line}");
    files.write(&[NAME], 2_020);
    let line = server.reload();
    assert!(line.ends_with(expired), "{line}");
}

/// The log says before and at the end of a certificate that it ends, and the metrics have the time.
#[test]
fn a_certificate_that_expires_while_the_server_runs_is_one_line() {
    let since_1970 = UNIX_EPOCH.elapsed().unwrap().as_secs();
    let end = since_1970 + 4;
    let files = Certificate::until(end);
    let address = free_address().to_string();
    let arguments = ["--metrics", "127.0.0.1:0", "--tls-listen", &address];
    let server = Server::start_with(&[&arguments[..], &files.flags()].concat(), "off");
    server.wait_for_line("cert.pem expires on ");
    let mut metrics = TcpStream::connect(server.metrics.as_deref().unwrap()).unwrap();
    metrics.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let text = std::io::read_to_string(metrics).unwrap();
    let expected = format!("\nrdns_certificate_expiration_timestamp_seconds {end}\n");
    assert!(text.contains(&expected), "no {expected} in {text}");
    let line = server.wait_for_line("expire");
    assert!(
        line.starts_with("rdns: the certificate of tls-cert has expired on "),
        "{line}"
    );
}

#[test]
fn files_without_certificate_or_key_are_named() {
    let file = ConfigFile::new("tls-cert = \"cert.pem\"\ntls-key = \"key.pem\"\n");
    let files = Certificate::new();
    let text = |name| std::fs::read_to_string(files.path(name)).unwrap();
    let (cert, key) = (text("cert.pem"), text("key.pem"));
    let cases = [
        ("", key.as_str(), "rdns: cert.pem: has no certificate: "),
        (&cert, "", "rdns: key.pem: has no private key: "),
        (&cert, &cert, "rdns: key.pem: has no private key: "),
        (
            "-----BEGIN CERTIFICATE-----\n!",
            &key,
            "rdns: cert.pem: is not whole: the line -----END CERTIFICATE----- is missing\n",
        ),
        (
            &cert,
            &key[..100],
            "rdns: key.pem: is not whole: the line -----END PRIVATE KEY----- is missing\n",
        ),
        (&cert, &key, "rdns: the configuration is valid"),
    ];
    for (cert, key, expected) in cases {
        file.beside("cert.pem", cert);
        file.beside("key.pem", key);
        let (_, _, line) = file.run(&["--check-config"]);
        assert!(line.starts_with(expected), "{line}, instead of {expected}");
    }
    for key in ["tls-listen", "https-listen"] {
        let (status, _, line) = ConfigFile::new(&format!("{key} = [\"127.0.0.1:0\"]\n")).run(&[]);
        let expected =
            format!("rdns: {key} needs a certificate and its key: set tls-cert and tls-key\n");
        assert_eq!((status, line), (Some(1), expected));
    }
}

#[test]
fn kdig_gets_its_answer_over_tls() {
    if !require_programs(&["kdig"]) {
        return;
    }
    let files = Certificate::new();
    let (_server, address) = start(&files);
    let text = kdig(&files, address, &[]);
    let has = |words: &str| text.contains(words);
    assert!(
        has("status: NOERROR") && has(";; TLS session (TLS1.3)") && has("468 B"),
        "{text}"
    );
}

/// Queries a server with kdig over TLS, with padding; flags may choose HTTPS. Returns what it prints.
pub(crate) fn kdig(files: &Certificate, address: SocketAddr, flags: &[&str]) -> String {
    let Output { stdout, stderr, .. } = command("kdig")
        .arg(format!("@{}", address.ip()))
        .arg(format!("-p{}", address.port()))
        .arg(format!("+tls-ca={}", files.path("cert.pem").display()))
        .arg(format!("+tls-hostname={NAME}"))
        .args(flags)
        .args(["+padding", "www.google.com", "A"])
        .output()
        .unwrap();
    String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
}
