//! How `rdns` ends on a signal.

use std::net::UdpSocket;
use std::time::Instant;

use dnsparse::{DnsPacket, RecordType};

use crate::server::{SOON, Server, query};

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
