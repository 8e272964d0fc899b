//! TCP clients that send many queries, shut down their sending side, exceed the limit, or do not
//! read their replies.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use dnsparse::{DnsPacket, EdnsOption, Rcode, RecordType};
use recursive::serve_tcp;
use serve::TcpLimits;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use transport::sockets::receive_framed;

use crate::server::{Server, framed, query, receive};

/// A client may pipeline queries without waiting for the replies (RFC 7766 section 6.2.1.1).
#[test]
fn thousands_of_pipelined_queries_are_all_answered() {
    const QUERIES: u16 = 3_000;
    let server = Server::start_with(&[], "off");
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let client = thread::spawn(move || {
        for id in 0..QUERIES {
            let name = ["www.google.com", "example.com", "nosuch.example.com"][usize::from(id % 3)];
            let mut query = query(name, RecordType::A, None);
            query.header.id = id;
            writer.write_all(&framed(&query.write().unwrap())).unwrap();
        }
    });
    let mut ids = BTreeSet::new();
    for _ in 0..QUERIES {
        let reply = DnsPacket::parse(&receive(&mut stream).unwrap()).unwrap();
        ids.insert(reply.header.id);
    }
    client.join().unwrap();
    assert_eq!(ids.len(), usize::from(QUERIES));
}

/// A client may shut down its sending side after its last query (RFC 7766 section 6.2.4); `nc -N`
/// and many scripts do. Some of these names take a while, and the last one fails after 4.5 seconds.
#[test]
fn a_client_that_sends_no_more_gets_all_replies() {
    let server = Server::start_with(&[], "off");
    let names = [
        "www.google.com",
        "www.slow.test",
        "nosuch.example.com",
        "www.dead.test",
    ];
    for names in [&names[..1], &names[1..2], &names[..], &[names; 20].concat()] {
        let mut stream = server.connect();
        let mut queries = Vec::new();
        for (id, name) in (0..).zip(names) {
            let mut query = query(name, RecordType::A, None);
            query.header.id = id;
            queries.extend(framed(&query.write().unwrap()));
        }
        stream.write_all(&queries).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rcodes = BTreeMap::new();
        while let Ok(reply) = receive(&mut stream) {
            let reply = DnsPacket::parse(&reply).unwrap();
            rcodes.insert(reply.header.id, reply.header.rcode);
        }
        for (id, name) in (0..).zip(names) {
            let expected = match *name {
                "nosuch.example.com" => Rcode::NXDOMAIN,
                "www.dead.test" => Rcode::SERVFAIL,
                _ => Rcode::NOERROR,
            };
            let got = rcodes.get(&id);
            assert_eq!(
                got,
                Some(&expected),
                "{name}, query {id} of {}",
                names.len()
            );
        }
    }
}

/// Twice as many clients as there are places, all with a query that takes seconds.
#[test]
fn clients_beyond_the_bound_get_a_reply() {
    let server = Server::start_with(&[], "off");
    let mut streams: Vec<_> = (0..2 * TcpLimits::default().connections)
        .map(|number| {
            let mut stream = server.connect();
            let name = format!("n{number}.dead.test");
            let query = query(&name, RecordType::A, Some(1_232)).write().unwrap();
            stream.write_all(&framed(&query)).unwrap();
            stream
        })
        .collect();
    assert_eq!(
        server
            .tcp(&query("www.google.com", RecordType::A, None))
            .answers
            .len(),
        1
    );
    for (number, stream) in streams.iter_mut().enumerate() {
        let reply = receive(stream).unwrap_or_else(|error| panic!("client {number}: {error}"));
        let reply = DnsPacket::parse(&reply).unwrap();
        let options = reply.edns.map(|edns| edns.options).unwrap_or_default();
        let has_reason = matches!(options[..], [EdnsOption::ExtendedError(_)]);
        let rcode = reply.header.rcode;
        assert!(
            rcode == Rcode::SERVFAIL && has_reason,
            "client {number}: {rcode} {options:?}"
        );
    }
}

/// When a client reads no replies, the server stops reading its queries.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_reads_no_replies_costs_no_memory() {
    let server = Server::start_with(&[], "off");
    let query = query("huge.example.com", RecordType::TXT, None);
    server.tcp(&query);
    let before = server.memory();
    let octets = framed(&query.write().unwrap()).repeat(1_000);
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = server.connect();
            stream.set_nonblocking(true).unwrap();
            // Each client asks for some 40 MB of replies, as fast as the server reads.
            for _ in 0..10 {
                let _ = stream.write(&octets);
                thread::sleep(Duration::from_millis(5));
            }
            stream
        })
        .collect();
    assert_eq!(server.tcp(&query).answers.len(), 16);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 32 * 1_024, "{grown} KiB more");
    drop(clients);
}

/// After half a reply, the client could not frame the rest: the server closes the connection.
#[tokio::test]
async fn a_slow_reader_gets_whole_replies_and_then_the_end() {
    const QUERIES: usize = 400;
    const REPLY: usize = 60_000;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let idle = Duration::from_millis(300);
    let limits = TcpLimits {
        idle,
        ..TcpLimits::default()
    };
    // Each reply is the message, repeated.
    let server = serve_tcp(
        listener,
        limits,
        |_| true,
        |message, _| async move { Some(message.repeat(REPLY / message.len())) },
    );
    tokio::spawn(server);
    let mut client = TcpStream::connect(address).await.unwrap();
    for number in 0..QUERIES {
        let message = [u8::try_from(number % 251).unwrap(); 20];
        client.write_all(&framed(&message)).await.unwrap();
    }
    // By now the first reply that did not fit is given up, and those behind it are not yet.
    tokio::time::sleep(idle + idle / 2).await;
    let mut replies = 0;
    let end = loop {
        match receive_framed(&mut client).await {
            Ok(reply) => {
                let is_whole = reply.len() == REPLY && reply.iter().all(|octet| *octet == reply[0]);
                assert!(is_whole, "reply {replies} has other octets than were sent");
                replies += 1;
            }
            Err(error) => break error.kind(),
        }
    };
    assert!(replies < QUERIES, "the server never closed the connection");
    let is_end = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset].contains(&end);
    assert!(is_end, "{end}");
}

/// Connects from one of this machine's addresses in 127.0.0.0/8: from another client.
#[cfg(target_os = "linux")]
async fn connect_from(client: &str, server: std::net::SocketAddr) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(format!("{client}:0").parse().unwrap()).unwrap();
    let connected = socket.connect(server).await;
    connected.unwrap_or_else(|error| panic!("{client}: {error}"))
}

/// A server whose reply to each message is the message.
#[cfg(target_os = "linux")]
async fn start_echo(places: usize, refused: &'static str) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = TcpLimits {
        connections: places,
        ..TcpLimits::default()
    };
    let allows = move |client: std::net::IpAddr| client.to_string() != refused;
    let echo = |message, _| async move { Some(message) };
    tokio::spawn(serve_tcp(listener, limits, allows, echo));
    address
}

/// The greedy client's connections are all newer than the other's, which is idle: it keeps its place
/// all the same.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_with_many_connections_loses_its_own_first() {
    let address = start_echo(8, "").await;
    let mut modest = connect_from("127.0.0.2", address).await;
    modest.write_all(&framed(&[1, 2])).await.unwrap();
    assert_eq!(receive_framed(&mut modest).await.unwrap(), [1, 2]);
    let mut greedy = Vec::new();
    for _ in 0..24 {
        greedy.push(connect_from("127.0.0.3", address).await);
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    modest.write_all(&framed(&[3, 4])).await.unwrap();
    let reply = receive_framed(&mut modest).await;
    assert_eq!(
        reply.unwrap_or_else(|error| panic!("the client with one connection: {error}")),
        [3, 4]
    );
}

/// Neither a place nor a wait: the connection is closed as soon as it is accepted.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_is_refused_takes_no_place() {
    let address = start_echo(2, "127.0.0.4").await;
    let mut first = connect_from("127.0.0.2", address).await;
    first.write_all(&framed(&[1, 2])).await.unwrap();
    assert_eq!(receive_framed(&mut first).await.unwrap(), [1, 2]);
    for number in 0..8 {
        let mut refused = connect_from("127.0.0.4", address).await;
        let end = receive_framed(&mut refused)
            .await
            .map_err(|error| error.kind());
        assert_eq!(
            end,
            Err(ErrorKind::UnexpectedEof),
            "refused client {number}"
        );
    }
    first.write_all(&framed(&[3, 4])).await.unwrap();
    let reply = receive_framed(&mut first).await;
    assert_eq!(
        reply.unwrap_or_else(|error| panic!("the first client: {error}")),
        [3, 4]
    );
}
