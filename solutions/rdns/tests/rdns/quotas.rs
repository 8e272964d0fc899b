//! The quotas, over real sockets: a client over its share of the places, and the rate of replies to a
//! network.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::Stdio;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, RecordType};
use real_servers::namespace::{require_namespaces, run_ignored_test};

use crate::server::{SOON, Server, framed, query, receive};

/// Binds a socket at a client's address.
fn client(address: Ipv4Addr, server: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    socket.connect(server).unwrap();
    socket
}

/// Receives a reply.
fn reply(socket: &UdpSocket) -> Option<(DnsPacket, usize)> {
    let mut buffer = [0; 1_232];
    let length = socket.recv(&mut buffer).ok()?;
    Some((DnsPacket::parse(&buffer[..length]).unwrap(), length))
}

/// A client sends a hundred queries at once whose answer takes seconds, which is more than its share
/// of the places. To those beyond it, it gets a truncated reply at once. Over TCP it is answered, and
/// so is another client over UDP.
#[test]
fn a_client_over_its_share_is_sent_to_tcp_and_another_is_answered() {
    // 72 files for the program, 256 for TCP clients, and two for each of the 60 places.
    let shell = "ulimit -n 448; exec \"$@\"";
    let server = Server::start_deaf(Some(shell), Stdio::null(), "off");
    let greedy = client(Ipv4Addr::new(127, 0, 0, 2), server.address);
    let mut sent = query("www.dead.test", RecordType::A, None);
    for id in 0..100 {
        sent.header.id = id;
        greedy.send(&sent.write().unwrap()).unwrap();
    }
    let (first, length) = reply(&greedy).expect("a reply to one of the hundred queries");
    assert!(
        first.header.tc && first.header.rcode == Rcode::NOERROR,
        "the first reply to the greedy client:\n{first:#?}"
    );
    assert_eq!(
        length,
        sent.write().unwrap().len(),
        "a truncated reply is as long as its query"
    );
    let other = client(Ipv4Addr::new(127, 0, 0, 3), server.address);
    let wanted = query("www.google.com", RecordType::A, None);
    other.send(&wanted.write().unwrap()).unwrap();
    let (answer, _) = reply(&other).expect("a reply to the other client");
    assert_eq!(
        answer.answers.len(),
        1,
        "the other client, over UDP:\n{answer:#?}"
    );
    let answer = server.tcp(&query("example.com", RecordType::A, None));
    assert_eq!(answer.answers.len(), 1, "a client over TCP:\n{answer:#?}");
    let (mut truncated, mut failed) = (1, 0);
    while truncated + failed < 100 {
        let (reply, _) = reply(&greedy).unwrap_or_else(|| {
            panic!("{truncated} truncated replies and {failed} SERVFAILs to 100 queries")
        });
        match (reply.header.tc, reply.header.rcode) {
            (true, _) => truncated += 1,
            (false, Rcode::SERVFAIL) => failed += 1,
            _ => panic!("a reply of a dead zone:\n{reply:#?}"),
        }
    }
    assert!(
        (20..=40).contains(&failed),
        "{failed} of 100 queries had one of 60 places, of which at most half are for one client"
    );
}

/// Run by the test below, in a network namespace where 10.53.0.1 and 10.53.0.2 are local: loopback
/// addresses have no limit.
#[test]
#[ignore = "needs a namespace of its own"]
fn rate_of_replies() {
    const RATE: usize = 4;
    let rate = RATE.to_string();
    let arguments = ["--allow", "10.53.0.0/16", "--rate-limit", &rate];
    let (server, _log) = Server::start_on(&["10.53.0.1:0"], &arguments, "off");
    let victim = client(Ipv4Addr::new(10, 53, 0, 2), server.address);
    let wanted = query("www.google.com", RecordType::A, None);
    let octets = wanted.write().unwrap();
    victim.send(&octets).unwrap();
    reply(&victim).expect("the first reply");
    // All tokens are back.
    std::thread::sleep(Duration::from_millis(1_100));
    victim.set_read_timeout(Some(SOON / 10)).unwrap();
    for _ in 0..20 {
        victim.send(&octets).unwrap();
    }
    let (mut whole, mut truncated) = (0, 0);
    while let Some((reply, length)) = reply(&victim) {
        match reply.header.tc {
            false => whole += 1,
            true => {
                assert!(
                    length <= octets.len(),
                    "a truncated reply of {length} octets"
                );
                truncated += 1;
            }
        }
    }
    // One token more may have come back while the queries were read.
    assert!(
        (RATE..=RATE + 1).contains(&whole) && (7..=8).contains(&truncated),
        "of 20 replies at {RATE} a second, {whole} were whole and {truncated} truncated"
    );
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(&framed(&octets)).unwrap();
    let answer = DnsPacket::parse(&receive(&mut stream).unwrap()).unwrap();
    assert_eq!(
        answer.answers.len(),
        1,
        "over TCP, after that:\n{answer:#?}"
    );
}

#[test]
fn the_rate_of_replies_to_a_network_is_limited() {
    if require_namespaces() {
        let added = ["10.53.0.1", "10.53.0.2"].map(|address| address.parse::<IpAddr>().unwrap());
        run_ignored_test("quotas::rate_of_replies", &added);
    }
}
