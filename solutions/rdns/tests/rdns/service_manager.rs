//! `rdns` under systemd: its units, sockets that systemd has bound, and readiness. And its manual.

use std::io::{BufReader, Read};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use dnsparse::RecordType;
use real_servers::{free_address, require_programs};
use tempfile::TempDir;

use crate::certificate::Certificate;
use crate::control::run;
use crate::local::line;
use crate::server::{SOON, Server, framed, query, receive};

/// The unit files, with the program of this test, have no fault that systemd finds.
#[test]
fn systemd_accepts_the_units() {
    if !require_programs(&["systemd-analyze"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    let paths = [
        "rdns.service",
        "rdns.socket",
        "rdns-tls.socket",
        "rdns-https.socket",
    ]
    .map(|name| {
        let text = std::fs::read_to_string(units.join(name)).unwrap();
        let text = text.replace("/usr/local/bin/rdns", env!("CARGO_BIN_EXE_rdns"));
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(&paths)
        .output()
        .unwrap();
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    // It also reads the units of this machine, which are not ours.
    let ours: Vec<_> = said.lines().filter(|line| line.contains("rdns")).collect();
    assert!(status.success() && ours.is_empty(), "{status}\n{said}");
}

/// At boot, systemd binds the sockets before DHCP has brought the machine's address. Without FreeBind that
/// fails, and with it the service: after each restart of the machine, the house would have no DNS.
#[test]
fn the_sockets_may_be_older_than_the_addresses_of_the_machine() {
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    for entry in std::fs::read_dir(units).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "socket") {
            let text = std::fs::read_to_string(&path).unwrap();
            let (_, socket) = text.split_once("[Socket]\n").unwrap();
            let (socket, _) = socket.split_once("\n[").unwrap();
            assert!(
                socket.lines().any(|it| it == "FreeBind=yes"),
                "{path:?}: {socket}"
            );
        }
    }
}

/// The unit leaves the service few ways to harm the machine: systemd rates it by an exposure from 0
/// to 10.
#[test]
fn systemd_finds_the_service_little_exposed() {
    if !require_programs(&["systemd-analyze"]) {
        return;
    }
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/rdns.service");
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--no-pager", "--offline=true", "--threshold=20"]);
    let output = command.arg(unit).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "an exposure above 2.0:\n{text}");
}

/// Ends the process when it is dropped.
pub(crate) struct Activated(pub(crate) std::process::Child);

impl Drop for Activated {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The name of a unit for TLS without FileDescriptorName= is that of the unit. Plaintext on its port would
/// be a leak.
#[test]
fn a_socket_with_another_name_ends_the_start() {
    if !require_programs(&["systemd-socket-activate"]) {
        return;
    }
    for name in ["TLS", "rdns-tls.socket"] {
        let address = free_address();
        let mut command = Command::new("systemd-socket-activate");
        command.args(["--listen", &address.to_string(), "--fdname", name]);
        command.args([env!("CARGO_BIN_EXE_rdns"), "--lab"]);
        let mut child = Activated(command.stderr(Stdio::piped()).spawn().unwrap());
        let end = Instant::now() + SOON;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < end, "no socket at {address}");
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut text = String::new();
        let stderr = child.0.stderr.take().unwrap();
        BufReader::new(stderr).read_to_string(&mut text).unwrap();
        let status = child.0.wait().unwrap();
        let expected =
            format!("hands over a socket with the name '{name}': write FileDescriptorName=tls");
        assert!(
            !status.success() && text.contains(&expected),
            "{status}: {text}"
        );
    }
}

/// The sockets that systemd calls `tls` and `https` are served with the certificate.
#[test]
fn sockets_for_tls_and_https_are_taken_over_by_their_names() {
    if !require_programs(&["systemd-socket-activate"]) {
        return;
    }
    let files = Certificate::new();
    let (plain, tls, https) = (free_address(), free_address(), free_address());
    let start = |flags: &[&str]| {
        let mut command = Command::new("systemd-socket-activate");
        for address in [plain, tls, https] {
            command.args(["--listen", &address.to_string()]);
        }
        command.args([
            "--fdname",
            "dns:tls:https",
            env!("CARGO_BIN_EXE_rdns"),
            "--lab",
        ]);
        command.args(flags).stderr(Stdio::piped());
        let activated = Activated(command.spawn().unwrap());
        // A first connection starts the server.
        let end = Instant::now() + SOON;
        while std::net::TcpStream::connect(plain).is_err() {
            assert!(Instant::now() < end, "no socket at {plain}");
            std::thread::sleep(Duration::from_millis(10));
        }
        activated
    };
    let activated = start(&files.flags());
    for (flag, server) in [("--tls", tls), ("--https", https), ("--tcp", plain)] {
        let server = server.to_string();
        let query = [
            flag,
            "--short",
            "--server",
            &server,
            "--query",
            "www.google.com",
        ];
        let mut client = Command::new(env!("CARGO_BIN_EXE_client"));
        client.args(query);
        if flag != "--tcp" {
            client.args(files.client_flags());
        }
        let output = client.output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(text, "142.250.74.36\n", "{flag} at {server}");
    }
    drop(activated);
    // Without a certificate, the server says what is missing.
    let mut activated = start(&[]);
    let mut said = String::new();
    let mut stderr = activated.0.stderr.take().unwrap();
    std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
    assert!(
        said.contains("hands over sockets for TLS, which need a certificate and its key"),
        "{said}"
    );
}

/// The program of systemd binds a socket, and starts `rdns` when something arrives.
#[test]
fn sockets_of_systemd_are_taken_over() {
    if !require_programs(&["systemd-socket-activate"]) {
        return;
    }
    for over_udp in [true, false] {
        let address = free_address();
        let mut command = Command::new("systemd-socket-activate");
        command.args(["--listen", &address.to_string()]);
        if over_udp {
            command.arg("--datagram");
        }
        command.arg(env!("CARGO_BIN_EXE_rdns")).arg("--lab");
        let _activated = Activated(command.stderr(Stdio::null()).spawn().unwrap());
        let query = query("www.google.com", RecordType::A, None);
        let expected = "NOERROR 142.250.74.36";
        if over_udp {
            assert_eq!(
                line(&crate::server::udp(address, &query).0),
                expected,
                "over UDP"
            );
            continue;
        }
        let end = Instant::now() + SOON;
        let mut stream = loop {
            match std::net::TcpStream::connect(address) {
                Ok(stream) => break stream,
                Err(error) => assert!(Instant::now() < end, "{address}: {error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        stream.set_read_timeout(Some(SOON)).unwrap();
        std::io::Write::write_all(&mut stream, &framed(&query.write().unwrap())).unwrap();
        let reply = receive(&mut stream).expect("a reply over TCP");
        let reply = dnsparse::DnsPacket::parse(&reply).unwrap();
        assert_eq!(line(&reply), expected, "over TCP");
    }
}

/// Starts the server with two sockets, as systemd hands them over, and with its socket for states.
fn start_with_sockets(udp: &UdpSocket, tcp: &TcpListener, states: &Path, log: &str) -> Server {
    let script = "exec 3<&0 4<&1 </dev/null >/dev/null
        export LISTEN_PID=$$ LISTEN_FDS=2
        exec \"$0\" --lab";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_rdns")])
        .stdin(OwnedFd::from(udp.try_clone().unwrap()))
        .stdout(OwnedFd::from(tcp.try_clone().unwrap()))
        .env("NOTIFY_SOCKET", states)
        .env("RUST_LOG", log);
    let (mut server, stderr) = Server::spawn_command(&mut command);
    server.read_log(stderr);
    server
}

/// systemd keeps the sockets while the server restarts. Queries that arrive while it still waits for a
/// search are for the next process.
#[test]
fn queries_during_a_restart_are_answered_by_the_next_process() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let states = UnixDatagram::bind(&path).unwrap();
    states.set_read_timeout(Some(SOON)).unwrap();
    let udp = UdpSocket::bind(free_address()).unwrap();
    let address = udp.local_addr().unwrap();
    let tcp = TcpListener::bind(address).unwrap();
    let mut first = start_with_sockets(&udp, &tcp, &path, "info");
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(SOON)).unwrap();
    client.connect(address).unwrap();
    let dead = query("www.dead.test", RecordType::A, None);
    client.send(&dead.write().unwrap()).unwrap();
    first.wait_for_line("says: ask the servers of dead.test.");
    first.signal("-TERM");
    let mut octets = [0; 512];
    while !octets.starts_with(b"STOPPING=1") {
        states.recv(&mut octets).expect("a state");
    }
    let query = query("www.google.com", RecordType::A, None);
    let message = query.write().unwrap();
    client.send(&message).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    std::io::Write::write_all(&mut stream, &framed(&message)).unwrap();
    assert_eq!(first.child.wait().unwrap().code(), Some(0));

    let _second = start_with_sockets(&udp, &tcp, &path, "off");
    let length = client.recv(&mut octets).expect("a reply over UDP");
    let expected = "NOERROR 142.250.74.36";
    let reply = dnsparse::DnsPacket::parse(&octets[..length]).unwrap();
    assert_eq!(line(&reply), expected, "over UDP");
    let reply = receive(&mut stream).expect("a reply over TCP");
    let reply = dnsparse::DnsPacket::parse(&reply).unwrap();
    assert_eq!(line(&reply), expected, "over TCP");
}

/// With a limit, systemd would close the sockets after a few crashes, and not open those for TLS and
/// HTTPS when the service is started again.
#[test]
fn the_service_is_started_again_however_often_it_fails() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/rdns.service");
    let text = std::fs::read_to_string(unit).unwrap();
    for setting in ["StartLimitIntervalSec=0", "Restart=on-failure"] {
        assert!(text.lines().any(|it| it == setting), "{setting}: {text}");
    }
}

#[test]
fn systemd_is_told_each_state() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    let next = || {
        let mut octets = [0; 512];
        let length = socket.recv(&mut octets).expect("a state");
        String::from_utf8(octets[..length].to_vec()).unwrap()
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdns"));
    command
        .args(["--lab", "--listen", "127.0.0.1:0"])
        .env("RUST_LOG", "off");
    let (mut server, stderr) = Server::spawn_command(command.env("NOTIFY_SOCKET", &path));
    server.read_log(stderr);
    assert_eq!(next(), "READY=1\n");
    server.signal("-HUP");
    let reloading = next();
    assert!(
        reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="),
        "{reloading}"
    );
    assert_eq!(next(), "READY=1\n");
    server.signal("-TERM");
    assert_eq!(next(), "STOPPING=1\n");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_manual_has_each_flag() {
    let (status, page, errors) = run(&["man"]);
    assert_eq!((status, errors.as_str()), (Some(0), ""));
    assert!(page.contains(".TH rdns 1"), "{page}");
    let (_, help, _) = run(&["--help"]);
    let flags: Vec<&str> = help
        .split_whitespace()
        .filter(|it| it.starts_with("--"))
        .collect();
    assert!(flags.contains(&"--listen"), "{help}");
    let plain = page.replace('\\', "");
    for flag in flags {
        let flag = flag.trim_matches(|it: char| !it.is_alphanumeric() && it != '-');
        assert!(plain.contains(flag), "{flag} is not in the manual:\n{page}");
    }
}
