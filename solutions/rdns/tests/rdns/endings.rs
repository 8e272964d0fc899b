//! How `rdns` ends on a signal.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, RecordType};

use crate::configuration::ConfigFile;
use crate::server::{SOON, Server, query};
use crate::service_manager::Activated;

#[test]
fn sigterm_and_sigint_end_it_with_status_0() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start();
        server.signal(signal);
        assert_eq!(
            server.child.wait().unwrap().code(),
            Some(0),
            "after {signal}"
        );
    }
}

/// A search that takes seconds to fail does not keep the server running.
#[test]
fn the_wait_for_searches_under_way_is_bounded() {
    let mut server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let dead = query("www.dead.test", RecordType::A, None).write().unwrap();
    socket.send_to(&dead, server.address).unwrap();
    server.wait_for_line("says: ask the servers of dead.test.");
    let start = Instant::now();
    server.signal("-TERM");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(start.elapsed() < SOON / 3, "{:?}", start.elapsed());
}

/// A search that is about to end gets its reply out.
#[test]
fn searches_under_way_are_finished() {
    let mut server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    let query = query("www.slow.test", RecordType::A, None).write().unwrap();
    socket.send_to(&query, server.address).unwrap();
    server.wait_for_line("says: ask the servers of slow.test.");
    server.signal("-TERM");
    let mut reply = [0; 512];
    let length = socket.recv(&mut reply).unwrap();
    assert_eq!(DnsPacket::parse(&reply[..length]).unwrap().answers.len(), 1);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

/// Reading long lists takes a while, and a reload may be asked for meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn signals_during_the_start_do_not_end_it() {
    let file = ConfigFile::new("blocklist = [{ file = \"list\", form = \"domains\" }]\n");
    let names: String = (0..500_000)
        .map(|number| format!("n{number}.example\n"))
        .collect();
    file.beside("list", &names);
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdns"));
    command.args(["--lab", "--listen", "127.0.0.1:0", "--config", file.path()]);
    let mut child = Activated(command.stderr(Stdio::piped()).spawn().unwrap());
    let id = child.0.id();
    // The signals that the process handles, as bits from the lowest.
    let is_handled = || {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let mut masks = status
            .lines()
            .filter_map(|line| line.strip_prefix("SigCgt:"));
        let mask = u64::from_str_radix(masks.next().unwrap().trim(), 16).unwrap();
        mask & 1 != 0
    };
    let end = Instant::now() + SOON;
    while !is_handled() {
        assert!(Instant::now() < end, "SIGHUP would end it");
        std::thread::sleep(Duration::from_millis(5));
    }
    for signal in ["-HUP", "-USR1"] {
        let sent = Command::new("kill")
            .args([signal, &id.to_string()])
            .status();
        assert!(sent.unwrap().success());
    }
    let sent = Instant::now();
    let mut line = String::new();
    BufReader::new(child.0.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let waited = sent.elapsed();
    assert!(line.starts_with("rdns: listening on "), "{line}");
    assert!(
        waited > Duration::from_millis(20),
        "the signals came after the start"
    );
}
