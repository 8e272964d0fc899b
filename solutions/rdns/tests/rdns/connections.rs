//! TCP clients that send many queries, or do not read their replies.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::thread;
use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};
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
    let server = serve_tcp(listener, limits, |message, _| async move {
        Some(message.repeat(REPLY / message.len()))
    });
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
