//! Clients that mean no good: it goes on answering, and its memory does not grow.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use dnsparse::{Rcode, RecordType};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::server::{Server, framed, query};

#[test]
fn garbage_does_not_disturb_it() {
    let server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for length in 0..600 {
        socket.send_to(&vec![0xff; length], server.address).unwrap();
    }
    let (reply, _) = server.udp(&query("example.com", RecordType::A, None));
    assert_eq!(reply.header.rcode, Rcode::NOERROR);
}

#[test]
fn idle_connections_keep_nobody_out() {
    let server = Server::start();
    let asked = query("www.google.com", RecordType::A, None);
    server.tcp(&asked);
    // Some are dropped meanwhile, so that this does not need a thousand places itself. All of them send half a length, or half a
    // message.
    let asked_octets = framed(&asked.write().unwrap());
    let mut idle = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(server.address).unwrap();
        // It may have been closed already, to make room for the next.
        let _ = stream.write_all(&asked_octets[..1 + number % 20]);
        idle.push(stream);
        if number >= 300 {
            idle.remove(0);
        }
    }
    assert_eq!(server.tcp(&asked).answers.len(), 1);
    assert_eq!(server.udp(&asked).0.answers.len(), 1);
}

/// A hundred thousand datagrams: queries with some octets changed, cut short, or nothing but noise.
#[cfg(target_os = "linux")]
#[test]
fn hostile_datagrams_cost_it_nothing() {
    let server = Server::start_with(&[], "off");
    let asked = query("www.google.com", RecordType::A, Some(1_232));
    server.udp(&asked);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut random = StdRng::seed_from_u64(5);
    let plain = asked.write().unwrap();
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
                // It has to keep up, or the system throws away what would be tested.
                std::thread::sleep(Duration::from_micros(500));
            }
        }
    };
    flood(20_000);
    assert_eq!(server.udp(&asked).0.answers.len(), 1);
    let before = server.memory();
    flood(80_000);
    assert_eq!(server.udp(&asked).0.answers.len(), 1);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 32 * 1_024, "{grown} KiB more");
}
