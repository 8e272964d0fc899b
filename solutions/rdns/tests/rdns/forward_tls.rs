//! Forward zones over TLS: to unbound and to kresd, to servers that are not the ones that are meant,
//! and to one that replies in its own order.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dnsparse::{DnsPacket, EdnsOption, Rdata, Record, RecordType};
use real_servers::{
    RunningServer, free_address, kresd, require_programs, unbound_encrypted, unbound_with_stubs_and,
};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use transport::sockets::{framed, receive_framed};

use crate::certificate::{Certificate, NAME};
use crate::configuration::ConfigFile;
use crate::house::House;
use crate::local::{ask, check};
use crate::server::{SOON, Server, query};

const A: RecordType = RecordType::A;

/// Starts unbound in front of the company's server, with a certificate. Returns its address over TLS.
fn unbound(house: &House, files: &Certificate) -> (RunningServer, SocketAddr) {
    let (tls, https) = (free_address(), free_address());
    let (cert, key) = (files.path("cert.pem"), files.path("key.pem"));
    let more = unbound_encrypted(tls, https, &cert, &key);
    let company = house.company.address;
    let unbound =
        unbound_with_stubs_and(free_address(), &["corp.example", "public"], company, &more);
    (unbound, tls)
}

/// Returns settings that forward a zone over TLS. The first server is the one at an address.
pub(crate) fn forward(servers: &[SocketAddr], more: &str) -> String {
    let servers: Vec<_> = servers.iter().map(|it| format!("\"{it}\"")).collect();
    let servers = servers.join(", ");
    format!("[[forward]]\nzone = \"corp.example\"\nservers = [{servers}]\n{more}\n")
}

/// The keys of TLS that a certificate is accepted by.
pub(crate) fn accepted(files: &Certificate) -> String {
    let ca = files.path("cert.pem");
    format!("tls-name = \"{NAME}\"\ntls-ca = \"{}\"", ca.display())
}

/// Checks that names of the company are resolved by a server over TLS, whichever way it is described.
fn check_ways(house: &House, files: &Certificate, server: SocketAddr) {
    let pin = format!("tls-pin = [\"{}\"]", files.pin());
    let both = format!("{}\n{pin}", accepted(files));
    for more in [&accepted(files), &pin, &both, "tls = \"opportunistic\""] {
        let rdns = house.rdns(&forward(&[server], more));
        check(
            &rdns,
            &[
                ("www.corp.example", A, "NOERROR 192.168.7.7"),
                ("out.corp.example", A, "NOERROR www.public. 192.0.2.80"),
                ("nosuch.corp.example", A, "NXDOMAIN"),
            ],
        );
    }
}

#[test]
fn a_zone_is_forwarded_to_unbound_over_tls() {
    if !require_programs(&["nsd", "unbound"]) {
        return;
    }
    let (house, files) = (House::start(), Certificate::new());
    let (_unbound, server) = unbound(&house, &files);
    check_ways(&house, &files, server);
}

#[test]
fn a_zone_is_forwarded_to_kresd_over_tls() {
    if !require_programs(&["nsd", "kresd"]) {
        return;
    }
    let (house, files) = (House::start(), Certificate::new());
    let tls = free_address();
    let (cert, key) = (files.path("cert.pem"), files.path("key.pem"));
    let zone = ("corp.example", house.company.address);
    let _kresd = kresd(free_address(), tls, zone, &cert, &key);
    check_ways(&house, &files, tls);
}

/// A server that is not the intended one gets no query: neither over TLS nor in plaintext. The
/// log and the reply say why, and the next server is queried instead.
#[test]
fn a_server_with_another_certificate_is_refused_when_strict() {
    if !require_programs(&["nsd", "unbound"]) {
        return;
    }
    let (house, files, other) = (House::start(), Certificate::new(), Certificate::new());
    let (_unbound, server) = unbound(&house, &files);
    // The port for plaintext at the same address.
    let plain = UdpSocket::bind((server.ip(), house.port)).unwrap();
    plain.set_nonblocking(true).unwrap();
    let expired = Certificate::of(&[NAME], 2_001);
    let (_expired, at_expired) = unbound(&house, &expired);
    let ca = files.path("cert.pem");
    let cases = [
        (
            server,
            accepted(&other),
            "its certificate is self-signed, and not trusted here: if it should be, name it by tls-ca",
        ),
        (
            server,
            format!("tls-name = \"other.test\"\ntls-ca = \"{}\"", ca.display()),
            "is not for other.test, but for dns.home.test",
        ),
        (
            server,
            format!("tls-ca = \"{}\"", ca.display()),
            "is not for 127.0.0.1, but for ",
        ),
        (
            server,
            format!("tls-pin = [\"{}\"]", other.pin()),
            &format!("has the pin {}, which", files.pin()),
        ),
        (
            server,
            format!("{}\ntls-pin = [\"{}\"]", accepted(&files), other.pin()),
            "which is not expected",
        ),
        (
            at_expired,
            accepted(&expired),
            "its certificate has expired",
        ),
    ];
    for (server, more, expected) in cases {
        house.configure(&forward(&[server], &more));
        let config = ["--config", house.file.path()];
        let rdns = Server::start_outside_with_log(&config, "");
        let got = ask(&rdns, "www.corp.example", A);
        assert!(
            got.starts_with("SERVFAIL [EDE 22: ") && got.contains(&server.ip().to_string()),
            "{more}: {got}"
        );
        let line = rdns.wait_for_line("is not queried");
        assert!(
            line.contains(&format!("{server} is not queried: TLS failed: "))
                && line.contains(expected),
            "{more}: {line}\nexpected: {expected}"
        );
    }
    let received = plain.recv(&mut [0; 512]);
    assert!(received.is_err(), "a query in plaintext: {received:?}");
    drop(plain);

    // Another server, which is the intended one, replies in its place.
    let good = Certificate::new();
    let at_good = SocketAddr::new("127.0.0.5".parse().unwrap(), free_address().port());
    let (cert, key) = (good.path("cert.pem"), good.path("key.pem"));
    let more = unbound_encrypted(at_good, free_address(), &cert, &key);
    let company = house.company.address;
    let _good = unbound_with_stubs_and(free_address(), &["corp.example"], company, &more);
    let rdns = house.rdns(&forward(&[server, at_good], &accepted(&good)));
    for name in ["www.corp.example", "nas.corp.example", "alias.corp.example"] {
        let got = ask(&rdns, name, A);
        assert!(got.starts_with("NOERROR "), "{name}: {got}");
    }
}

/// While TLS does not work, an opportunistic server is queried at the port for plaintext.
#[test]
fn an_opportunistic_server_without_tls_is_queried_in_plaintext() {
    if !require_programs(&["nsd", "unbound"]) {
        return;
    }
    let house = House::start();
    let plain: SocketAddr = format!("127.0.0.5:{}", house.port).parse().unwrap();
    let company = house.company.address;
    let _unbound = unbound_with_stubs_and(plain, &["corp.example"], company, "");
    // A port at which no program listens, and one at which a program accepts and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.5:0").unwrap();
    for port in [1, silent.local_addr().unwrap().port()] {
        let server = SocketAddr::new(plain.ip(), port);
        let rdns = house.rdns(&forward(&[server], "tls = \"opportunistic\""));
        for name in ["www.corp.example", "nas.corp.example", "alias.corp.example"] {
            let start = std::time::Instant::now();
            let got = ask(&rdns, name, A);
            assert!(got.starts_with("NOERROR "), "port {port}, {name}: {got}");
            assert!(
                start.elapsed() < SOON / 4,
                "port {port}, {name} took {:?}",
                start.elapsed()
            );
        }
        let strict = house.rdns(&forward(&[server], "tls = \"strict\""));
        let got = ask(&strict, "www.corp.example", A);
        assert!(
            got.starts_with("SERVFAIL [EDE 22: "),
            "strict, port {port}: {got}"
        );
    }
}

/// Replies to a query: the address has the number in the first label.
pub(crate) fn reply(query: &[u8]) -> Vec<u8> {
    let query = DnsPacket::parse(query).unwrap();
    let mut reply = DnsPacket::reply_to(&query);
    let name = query.questions[0].qname.clone();
    let number: u8 = name.to_string()[1..]
        .split('.')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    reply.header.ra = true;
    let address = IpAddr::from([192, 0, 2, number]);
    let IpAddr::V4(address) = address else {
        unreachable!()
    };
    reply.answers.push(Record::new(name, 60, Rdata::A(address)));
    reply.write().unwrap()
}

/// Starts a server over TLS at 127.0.0.1. Returns its address.
async fn serve_tls<F>(
    files: &Certificate,
    handle: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    serve_tls_at("127.0.0.1", files, handle).await
}

/// Starts a server over TLS at an address, which handles each connection in a task of its own. Returns
/// the address with its port.
pub(crate) async fn serve_tls_at<F>(
    address: &str,
    files: &Certificate,
    handle: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let server = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(files.server_config(&["dot"]));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.unwrap();
            tokio::spawn(handle(stream));
        }
    });
    server
}

/// A server over TLS that waits for this many queries, and replies to the last one first. Then it
/// closes the connection.
async fn reply_in_reverse(mut stream: TlsStream<TcpStream>, count: usize) {
    let mut queries = Vec::new();
    while queries.len() < count
        && let Ok(query) = receive_framed(&mut stream).await
    {
        let edns = DnsPacket::parse(&query).unwrap().edns.unwrap();
        let is_padded = edns
            .options
            .iter()
            .any(|it| matches!(it, EdnsOption::Padding(_)));
        assert!(
            is_padded && query.len() % 128 == 0,
            "{} octets: {edns:?}",
            query.len()
        );
        queries.push(query);
    }
    for query in queries.iter().rev() {
        stream
            .write_all(&framed(&reply(query)).unwrap())
            .await
            .unwrap();
    }
    stream.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_share_a_connection_and_a_closed_one_is_opened_again() {
    const QUERIES: u8 = 20;
    let files = Certificate::new();
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&opened);
    let server = serve_tls(&files, move |stream| {
        counted.fetch_add(1, Ordering::Relaxed);
        reply_in_reverse(stream, QUERIES.into())
    })
    .await;
    let text = forward(&[server], &accepted(&files)).replace("corp.example", ".");
    let file = ConfigFile::new(&format!("no-dnssec = true\n{text}"));
    let rdns = Server::start_outside(&["--config", file.path()]);
    for round in 1..=3 {
        let address = rdns.address;
        let ask_all = move || {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_read_timeout(Some(SOON)).unwrap();
            for number in 0..QUERIES {
                let mut query = query(&format!("n{number}.round{round}.test.example"), A, None);
                query.header.id = number.into();
                socket.send_to(&query.write().unwrap(), address).unwrap();
            }
            let mut answers = BTreeMap::new();
            let mut buffer = [0; 512];
            for _ in 0..QUERIES {
                let length = socket.recv(&mut buffer).unwrap();
                let reply = DnsPacket::parse(&buffer[..length]).unwrap();
                let rdata = reply.answers.first().map(|it| it.rdata.to_string());
                answers.insert(reply.header.id, rdata);
            }
            answers
        };
        let answers = tokio::task::spawn_blocking(ask_all).await.unwrap();
        let expected = (0..QUERIES).map(|it| (u16::from(it), Some(format!("192.0.2.{it}"))));
        assert_eq!(answers, expected.collect(), "round {round}");
        let count = opened.load(Ordering::Relaxed);
        assert_eq!(count, round, "connections after round {round}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A server that replies to the first query of each connection, and closes it when it reads the second
/// one: as if it had been closing an idle connection at that moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_meets_a_closing_connection_is_sent_again() {
    let files = Certificate::new();
    let server = serve_tls(&files, |mut stream| async move {
        let query = receive_framed(&mut stream).await.unwrap();
        let reply = framed(&reply(&query)).unwrap();
        stream.write_all(&reply).await.unwrap();
        let _second = receive_framed(&mut stream).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let text = forward(&[server], &accepted(&files)).replace("corp.example", ".");
    let file = ConfigFile::new(&format!("no-dnssec = true\n{text}"));
    let rdns = Server::start_outside(&["--config", file.path()]);
    for number in 1..=5 {
        let name = format!("n{number}.test.example");
        let got = tokio::task::block_in_place(|| ask(&rdns, &name, A));
        assert_eq!(got, format!("NOERROR 192.0.2.{number}"), "{name}");
    }
}

/// A resolver that refers to other servers, instead of resolving, would have the query sent there in
/// plaintext.
#[tokio::test(flavor = "multi_thread")]
async fn a_referral_of_a_strict_server_is_not_followed() {
    let files = Certificate::new();
    let server = serve_tls(&files, |mut stream| async move {
        while let Ok(query) = receive_framed(&mut stream).await {
            let reply = framed(&referral(&query)).unwrap();
            stream.write_all(&reply).await.unwrap();
        }
    })
    .await;
    let plain = UdpSocket::bind("127.0.0.6:0").unwrap();
    plain.set_nonblocking(true).unwrap();
    let port = plain.local_addr().unwrap().port();
    let text = forward(&[server], &accepted(&files));
    let file = ConfigFile::new(&format!(
        "no-dnssec = true\nroot-hints = \"hints\"\nupstream-port = {port}\n{text}"
    ));
    file.beside("hints", ". 3600 NS a.root.\na.root. 3600 A 127.0.0.6\n");
    let rdns = Server::start_outside(&["--config", file.path()]);
    let got = tokio::task::block_in_place(|| ask(&rdns, "www.corp.example", A));
    let expected = "is lame: its referral to www.corp.example.";
    // Priming queries the root servers.
    let mut octets = [0; 512];
    while let Ok(length) = plain.recv(&mut octets) {
        let query = DnsPacket::parse(&octets[..length]).unwrap();
        let qname = query.questions[0].qname.to_string();
        assert_eq!(qname, ".", "a query in plaintext");
    }
    assert!(
        got.starts_with("SERVFAIL [EDE 22: ") && got.contains(expected),
        "{got}"
    );
}

/// A referral to a server at 127.0.0.6 for the name of a query.
fn referral(query: &[u8]) -> Vec<u8> {
    let query = DnsPacket::parse(query).unwrap();
    let mut reply = DnsPacket::reply_to(&query);
    let name = &query.questions[0].qname;
    reply.header.ra = true;
    let record = |text: String| text.parse().unwrap();
    reply.authorities = vec![record(format!("{name} 60 NS ns.{name}"))];
    reply.additionals = vec![record(format!("ns.{name} 60 A 127.0.0.6"))];
    reply.write().unwrap()
}

/// A reload that names another pin ends the use of the connection.
#[test]
fn a_reload_applies_to_connections_that_are_open() {
    if !require_programs(&["nsd", "unbound"]) {
        return;
    }
    let (house, files, other) = (House::start(), Certificate::new(), Certificate::new());
    let (_unbound, server) = unbound(&house, &files);
    let pin = |files: &Certificate| format!("tls-pin = [\"{}\"]", files.pin());
    let control = house.file.folder.path().join("control");
    let control = control.to_str().unwrap();
    let settings = |files: &Certificate| {
        format!(
            "control = \"{control}\"\n{}",
            forward(&[server], &pin(files))
        )
    };
    let rdns = house.rdns(&settings(&files));
    check(&rdns, &[("www.corp.example", A, "NOERROR 192.168.7.7")]);
    let lookup = ["ctl", "--control", control, "lookup", "www.corp.example"];
    let output = Command::new(env!("CARGO_BIN_EXE_rdns"))
        .args(lookup)
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    let expected = format!("{} port {} over TLS: ", server.ip(), server.port());
    assert!(text.contains(&expected), "no '{expected}' in: {text}");
    house.configure(&settings(&other));
    rdns.reload();
    let got = ask(&rdns, "nas.corp.example", A);
    assert!(got.starts_with("SERVFAIL [EDE 22: "), "{got}");
}

#[test]
fn what_is_wrong_with_tls_is_explained() {
    let file = ConfigFile::new("");
    let files = Certificate::new();
    file.beside(
        "ca.pem",
        &std::fs::read_to_string(files.path("cert.pem")).unwrap(),
    );
    let at = |server: &str, more: &str| {
        format!("[[forward]]\nzone = \"lan\"\nservers = [\"{server}\"]\n{more}\n")
    };
    let zone = |more: &str| at("192.0.2.1", more);
    let valid = "rdns: the configuration is valid";
    let own = "tls-listen = [\"127.0.0.1:8853\"]\ntls-cert = \"c\"\ntls-key = \"k\"\n";
    for (text, expected) in [
        (
            zone("tls-ca = \"ca.pem\"\ntls-name = \"dns.example.\""),
            valid,
        ),
        (zone("tls = \"opportunistic\""), valid),
        (
            zone("tls = \"strickt\""),
            "rdns.toml:4: there is no value 'strickt' here: did you mean 'strict'?",
        ),
        (
            zone("tls-nam = \"a\""),
            "rdns.toml:4: there is no key 'tls-nam' here: did you mean 'tls-name'?",
        ),
        (
            zone("tls-name = \"a b\""),
            "rdns.toml:4: 'a b' is not the name of a server: write one such as dns.example",
        ),
        (
            zone("tls-pin = [\"abc=\"]"),
            "rdns.toml:4: 'abc=' is not a pin: write the SHA-256 digest",
        ),
        (
            zone("tls-ca = \"nosuch\""),
            "cannot read nosuch, the file of tls-ca: No such file",
        ),
        (
            zone("tls-ca = \"rdns.toml\""),
            "rdns.toml: has no certificate: ",
        ),
        (
            zone("tls = \"opportunistic\"\ntls-name = \"dns.example\""),
            "the zone lan. has tls = \"opportunistic\", which accepts any server: leave out tls-name",
        ),
        (
            zone("tls = \"opportunistic\"").replace("forward", "stub"),
            "the zone lan. cannot have tls, tls-name, tls-ca or tls-pin: TLS is for the servers of [[forward]]",
        ),
        (
            format!("lab = true\n{}", zone("tls = \"opportunistic\"")),
            "the zone lan. cannot have tls, tls-name, tls-ca or tls-pin: lab has no servers over TLS",
        ),
        (
            zone("tls = \"opportunistic\"") + &at("192.0.2.1:853", "").replace("lan", "b"),
            "the server 192.0.2.1:853 has different settings of TLS in two zones",
        ),
        (at("127.0.0.1", "tls = \"opportunistic\"") + "", valid),
        (
            at("192.0.2.1:53", "tls = \"strict\""),
            "the zone lan. has the server 192.0.2.1:53, but port 53 is not for TLS (RFC 7858 section 3.1): leave the port out for 853, or name another",
        ),
        (
            format!(
                "listen = [\"127.0.0.1:53\"]\n{}",
                at("127.0.0.1", "tls = \"opportunistic\"")
            ),
            "the zone lan. has the server 127.0.0.1:853, which is queried at 127.0.0.1:53 when TLS does not work",
        ),
        (
            format!("{own}{}", at("127.0.0.1:8853", "tls = \"opportunistic\""))
                .replace("\"c\"", "\"cert.pem\"")
                .replace("\"k\"", "\"key.pem\""),
            "the zone lan. has the server 127.0.0.1:8853, but that is this server itself",
        ),
    ] {
        file.write(&text);
        file.beside(
            "cert.pem",
            &std::fs::read_to_string(files.path("cert.pem")).unwrap(),
        );
        file.beside(
            "key.pem",
            &std::fs::read_to_string(files.path("key.pem")).unwrap(),
        );
        let (_, _, got) = file.run(&["--check-config"]);
        let without = got.trim_start_matches("rdns: ");
        assert!(
            got.starts_with(expected) || without.starts_with(expected),
            "{text}\n     got: {got}expected: {expected}"
        );
    }
}
