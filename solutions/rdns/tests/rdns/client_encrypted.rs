//! `client --tls` and `client --https`: towards `rdns`, towards unbound, and towards servers that are
//! not the ones that are meant.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use real_servers::{
    free_address, named_over_tls, require_programs, unbound_encrypted, unbound_with_stubs_and,
};

use crate::certificate::{Certificate, NAME};
use crate::house::House;
use crate::server::Server;

/// Runs the client; returns its exit status, output and errors.
fn client(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_client"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Starts `rdns --lab` over TLS and HTTPS, at the returned addresses.
fn start(files: &Certificate) -> (Server, String, String) {
    let (tls, https) = (free_address().to_string(), free_address().to_string());
    let listen = ["--tls-listen", &tls, "--https-listen", &https];
    let server = Server::start_with(&[&listen[..], &files.flags()].concat(), "off");
    (server, tls, https)
}

#[test]
fn names_are_looked_up_over_tls_and_https() {
    let files = Certificate::new();
    let (_server, tls, https) = start(&files);
    let certificate = format!("certificate for {NAME}, pin ");
    let url = format!(
        " from https://{NAME}:{}/dns-query, cache-control: max-age=",
        port(&https)
    );
    for (flag, server, first) in [
        ("--tls", &tls, ";; TLSv1.3, "),
        ("--https", &https, ";; HTTP/2 200 OK"),
    ] {
        let query = [
            flag,
            "--server",
            server,
            "--query",
            "www.google.com",
            "--query",
            "example.com",
        ];
        let (status, text, errors) = client(&[&query[..], &files.client_flags()].concat());
        assert_eq!((status, errors.as_str()), (Some(0), ""), "{flag}");
        let has = |words: &str| text.contains(words);
        assert!(
            text.starts_with(first) && has(&certificate) && has("142.250.74.36"),
            "{flag}: {text}"
        );
        assert_eq!(text.matches("status: NOERROR").count(), 2, "{flag}: {text}");
        assert_eq!(has(&url), flag == "--https", "{flag}: no {url} in {text}");
        let short = [&query[..5], &["--short"], &files.client_flags()].concat();
        assert_eq!(client(&short).1, "142.250.74.36\n", "{short:?}");
    }
}

fn port(address: &str) -> &str {
    address.rsplit_once(':').map_or("", |(_, port)| port)
}

/// A listener that sends some octets on each connection as soon as it has read something, and closes
/// it.
fn sending(octets: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = (&stream).read(&mut [0; 2_000]);
            let _ = (&stream).write_all(octets);
        }
    });
    address
}

#[test]
fn a_server_that_is_not_the_one_that_is_meant_is_named_with_the_reason() {
    let files = Certificate::new();
    let (_server, tls, https) = start(&files);
    let other = Certificate::new();
    let expired = Certificate::of(&[NAME], 2_001);
    let nameless = Certificate::of(&[], 2_100);
    let address = |certificate: &Certificate| {
        let (server, tls, _) = start(certificate);
        (server, tls)
    };
    let (_expired_server, at_expired) = address(&expired);
    let (_nameless_server, at_nameless) = address(&nameless);
    let [ca, ca_file, _, _] = files.client_flags();
    let other_protocol = sending(b"SSH-2.0-OpenSSH_9.2p1\r\n").to_string();
    let closing = sending(b"").to_string();
    let cases: [(&str, Vec<&str>, &str); 11] = [
        (
            &tls,
            other.client_flags().into(),
            " over TLS: TLS failed: its certificate is self-signed, and not trusted here: if it should be, name it by --tls-ca\n",
        ),
        (
            &tls,
            [&["--https"][..], &files.client_flags()].concat(),
            " over HTTPS: TLS failed: the server does not speak DNS over HTTPS at this port\n",
        ),
        (
            &tls,
            vec![ca, ca_file, "--tls-name", "other.test"],
            "its certificate is not for other.test, but for dns.home.test\n",
        ),
        (
            &tls,
            vec![ca, ca_file],
            "its certificate is not for 127.0.0.1, but for dns.home.test\n",
        ),
        (
            &at_nameless,
            nameless.client_flags().into(),
            "but for no name",
        ),
        (
            &at_expired,
            expired.client_flags().into(),
            "its certificate has expired",
        ),
        (
            &other_protocol,
            files.client_flags().into(),
            "TLS failed: the server does not speak TLS at this port",
        ),
        (
            &closing,
            files.client_flags().into(),
            "TLS failed: the server closed the connection during the handshake",
        ),
        (
            "127.0.0.1:1",
            files.client_flags().into(),
            "Connection refused",
        ),
        (
            &https,
            vec!["--https=/other", ca, ca_file, "--tls-name", NAME],
            "HTTP status 404 Not Found: DNS queries are answered at /dns-query (RFC 8484)",
        ),
        (
            &https,
            files.client_flags().into(),
            " over TLS: TLS failed: the server does not speak DNS over TLS at this port\n",
        ),
    ];
    for (server, flags, expected) in cases {
        let over = match flags[0].starts_with("--https") {
            true => &[][..],
            false => &["--tls"],
        };
        let query = [
            "--query",
            "www.google.com",
            "--timeout",
            "2",
            "--server",
            server,
        ];
        let (status, text, errors) = client(&[over, &query[..], &flags].concat());
        assert!(
            status == Some(9) && text.is_empty() && errors.contains(expected),
            "{server} {flags:?}: {status:?} {text}{errors}\nexpected: {expected}"
        );
    }
}

#[test]
fn command_lines_that_make_no_sense_over_tls_are_refused() {
    let files = Certificate::new();
    let key = files.path("key.pem");
    let key = key.to_str().unwrap();
    let query = ["--query", "www.google.com", "--server", "127.0.0.1:1"];
    for (flags, expected) in [
        (vec!["--tls", "--lab"], "cannot be used with"),
        (vec!["--tls", "--https"], "cannot be used with"),
        (
            vec!["--tls-name", "a.test"],
            "required arguments were not provided",
        ),
        (
            vec!["--https=dns-query"],
            "write the path of a URL, such as /dns-query",
        ),
        (
            vec!["--tls", "--tls-name", "a b"],
            "write the name of a server, such as dns.example",
        ),
        (
            vec!["--tls", "--tls-ca", "/nosuch"],
            "cannot read /nosuch, the file of tls-ca: No such file",
        ),
        (
            vec!["--tls", "--tls-ca", key],
            "key.pem: has no certificate: ",
        ),
        (
            vec![
                "--https",
                "--tls-ca",
                files.client_flags()[1],
                "--type",
                "AXFR",
            ],
            "cannot be transferred over HTTPS: use --tls",
        ),
    ] {
        let (status, _, errors) = client(&[&query[..], &flags].concat());
        assert!(
            status == Some(2) && errors.contains(expected),
            "{flags:?}: {status:?} {errors}\nexpected: {expected}"
        );
    }
}

#[test]
fn unbound_is_queried_over_tls_and_https() {
    if !require_programs(&["nsd", "unbound"]) {
        return;
    }
    let (house, files) = (House::start(), Certificate::new());
    let (tls, https) = (free_address(), free_address());
    let (cert, key) = (files.path("cert.pem"), files.path("key.pem"));
    let _unbound = unbound_with_stubs_and(
        free_address(),
        &["corp.example"],
        house.company.address,
        &unbound_encrypted(tls, https, &cert, &key),
    );
    for (flag, server) in [("--tls", tls), ("--https", https)] {
        let server = server.to_string();
        let query = [flag, "--server", &server, "--query", "www.corp.example"];
        let (status, text, errors) = client(&[&query[..], &files.client_flags()].concat());
        assert!(
            status == Some(0) && text.contains("192.168.7.7"),
            "{flag}: {text}{errors}"
        );
    }
}

/// A zone is transferred over TLS (RFC 9103) from a server that refuses to do so over TCP: the same
/// records as dig receives, in many messages.
#[test]
fn named_transfers_a_zone_over_tls() {
    if !require_programs(&["named", "dig"]) {
        return;
    }
    let files = Certificate::new();
    let (plain, tls) = (free_address(), free_address());
    let mut zone = "$TTL 3600\n@ SOA ns mail 7 1d 2h 4w 5m\n@ NS ns\nns A 127.0.0.1\n".to_owned();
    for number in 0..4_000 {
        zone.push_str(&format!("host-{number} TXT \"{}\"\n", "x".repeat(100)));
    }
    let (cert, key) = (files.path("cert.pem"), files.path("key.pem"));
    let _named = named_over_tls(plain, tls, &[("big.test", &zone)], &cert, &key);
    let transfer = |rtype: &str, flags: &[&str], server: SocketAddr| {
        let server = server.to_string();
        let query = ["--query", "big.test", "--type", rtype, "--server", &server];
        client(&[&query[..], flags].concat())
    };
    let (_, text, errors) = transfer("AXFR", &[], plain);
    assert!(
        text.contains("status: REFUSED") && !text.contains(" SOA "),
        "over TCP: {text}{errors}"
    );
    let over_tls = [&["--tls"][..], &files.client_flags()].concat();
    let short = [&over_tls[..], &["--short"]].concat();
    for rtype in ["AXFR", "IXFR=6"] {
        let (status, text, errors) = transfer(rtype, &short, tls);
        assert_eq!((status, errors.as_str()), (Some(0), ""), "{rtype}");
        let dig = Command::new("dig")
            .args([&format!("@{}", tls.ip()), "-p", &tls.port().to_string()])
            .args(["+tls", "+short", "big.test", rtype])
            .output()
            .unwrap();
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let (got, expected) = (sorted(&text), sorted(&String::from_utf8_lossy(&dig.stdout)));
        assert_eq!(got.len(), 4_004, "{rtype}: records");
        let first = got.iter().zip(&expected).find(|(got, dig)| got != dig);
        assert!(
            got == expected,
            "{rtype}: {} records, dig has {}; the first that differs: {first:?}",
            got.len(),
            expected.len()
        );
    }
    let (status, text, errors) = transfer("IXFR=7", &over_tls, tls);
    assert!(
        status == Some(0)
            && text.starts_with(";; TLSv1.3, ")
            && text.contains(" (TLS)\n")
            && text.matches(" SOA ").count() == 1,
        "the present version: {status:?} {text}{errors}"
    );
    // The certificate counts for transfers, too.
    let other = Certificate::new();
    let flags = [&["--tls"][..], &other.client_flags()].concat();
    let (status, text, errors) = transfer("AXFR", &flags, tls);
    assert!(
        status == Some(9)
            && text.is_empty()
            && errors.contains("its certificate is self-signed, and not trusted here"),
        "with another certificate: {status:?} {text}{errors}"
    );
}
