//! Hostile clients: `rdns` goes on answering, and its memory does not grow.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use dnsparse::{Rcode, RecordType};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::server::{Server, framed, query};

#[test]
fn garbage_is_ignored() {
    let server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for length in 0..600 {
        socket.send_to(&vec![0xff; length], server.address).unwrap();
    }
    let (reply, _) = server.udp(&query("example.com", RecordType::A, None));
    assert_eq!(reply.header.rcode, Rcode::NOERROR);
}

#[test]
fn idle_connections_do_not_keep_other_clients_out() {
    let server = Server::start();
    let query = query("www.google.com", RecordType::A, None);
    server.tcp(&query);
    // The test drops some connections meanwhile, to stay within its own limit of open files. Each
    // sends half a length, or half a message.
    let octets = framed(&query.write().unwrap());
    let mut idle = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(server.address).unwrap();
        // The server may have closed it already, to make room for the next.
        let _ = stream.write_all(&octets[..1 + number % 20]);
        idle.push(stream);
        if number >= 300 {
            idle.remove(0);
        }
    }
    assert_eq!(server.tcp(&query).answers.len(), 1);
    assert_eq!(server.udp(&query).0.answers.len(), 1);
}

/// Sends a hundred thousand datagrams: queries with octets changed or cut off, and noise. Some of them
/// are queries for other names, whose answers and proofs fill the caches. These are small here, so
/// that they are full after the first of the datagrams, and what grows after that is a leak.
#[cfg(target_os = "linux")]
#[test]
fn hostile_datagrams_cost_no_memory() {
    let server = Server::start_with(&["--cache-records", "4000"], "off");
    let query = query("www.google.com", RecordType::A, Some(1_232));
    server.udp(&query);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut random = StdRng::seed_from_u64(5);
    let plain = query.write().unwrap();
    let mut flood = |datagrams: usize| {
        for number in 0..datagrams {
            let mut octets = plain.clone();
            for _ in 0..random.random_range(0..6) {
                let at = random.random_range(0..octets.len());
                octets[at] = random.random();
            }
            octets.truncate(random.random_range(0..=octets.len()));
            socket.send_to(&octets, server.address).unwrap();
            if number % 100 == 0 {
                // Without a pause the system's buffer overflows, and drops the datagrams.
                std::thread::sleep(Duration::from_micros(500));
            }
        }
    };
    flood(20_000);
    assert_eq!(server.udp(&query).0.answers.len(), 1);
    let before = server.memory();
    flood(80_000);
    assert_eq!(server.udp(&query).0.answers.len(), 1);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 32 * 1_024, "{grown} KiB more");
}
