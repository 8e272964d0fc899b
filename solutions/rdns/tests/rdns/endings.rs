//! How it ends when it is told to.

use std::net::UdpSocket;
use std::time::Instant;

use dnsparse::{DnsPacket, RecordType};

use crate::server::{SOON, Server, query};

#[test]
fn it_ends_in_peace_when_told_to() {
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

/// A question that takes some seconds to fail is under way: that is no reason to stay.
#[test]
fn it_does_not_wait_for_ever_for_what_is_under_way() {
    let mut server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let dead = query("www.dead.test", RecordType::A, None).write().unwrap();
    socket.send_to(&dead, server.address).unwrap();
    server.told("says: ask the servers of dead.test.");
    let start = Instant::now();
    server.signal("-TERM");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(start.elapsed() < SOON / 3, "{:?}", start.elapsed());
}

/// What is about to be answered is answered before it ends.
#[test]
fn what_is_under_way_is_finished() {
    let mut server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    let asked = query("www.slow.test", RecordType::A, None).write().unwrap();
    socket.send_to(&asked, server.address).unwrap();
    server.told("says: ask the servers of slow.test.");
    server.signal("-TERM");
    let mut reply = [0; 512];
    let length = socket.recv(&mut reply).unwrap();
    assert_eq!(DnsPacket::parse(&reply[..length]).unwrap().answers.len(), 1);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}
