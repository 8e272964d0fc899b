//! TCP clients that ask for much, or do not take what they asked for.

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

/// RFC 7766 section 6.2.1.1: as many as one likes, without waiting for the replies.
#[test]
fn thousands_of_questions_on_one_connection_are_all_answered() {
    const QUESTIONS: u16 = 3_000;
    let server = Server::start_with(&[], "off");
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let client = thread::spawn(move || {
        for id in 0..QUESTIONS {
            let name = ["www.google.com", "example.com", "nosuch.example.com"][usize::from(id % 3)];
            let mut asked = query(name, RecordType::A, None);
            asked.header.id = id;
            writer.write_all(&framed(&asked.write().unwrap())).unwrap();
        }
    });
    let mut ids = BTreeSet::new();
    for _ in 0..QUESTIONS {
        let reply = DnsPacket::parse(&receive(&mut stream).unwrap()).unwrap();
        ids.insert(reply.header.id);
    }
    client.join().unwrap();
    assert_eq!(ids.len(), usize::from(QUESTIONS));
}

/// It asks and asks, and takes nothing of what it is told: then it is not read from any more, either.
#[cfg(target_os = "linux")]
#[test]
fn who_does_not_take_replies_costs_others_nothing() {
    let server = Server::start_with(&[], "off");
    let asked = query("huge.example.com", RecordType::TXT, None);
    server.tcp(&asked);
    let before = server.memory();
    let octets = framed(&asked.write().unwrap()).repeat(1_000);
    let greedy: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = server.connect();
            stream.set_nonblocking(true).unwrap();
            // Some 40 MB of replies for each, as soon as so much is taken.
            for _ in 0..10 {
                let _ = stream.write(&octets);
                thread::sleep(Duration::from_millis(5));
            }
            stream
        })
        .collect();
    assert_eq!(server.tcp(&asked).answers.len(), 16);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 32 * 1_024, "{grown} KiB more");
    drop(greedy);
}

/// After half a reply nothing that follows could be understood: there is an end, and no more.
#[tokio::test]
async fn who_takes_replies_too_late_gets_whole_ones_and_then_an_end() {
    const QUESTIONS: usize = 400;
    const REPLY: usize = 60_000;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let idle = Duration::from_millis(300);
    let limits = TcpLimits {
        idle,
        ..TcpLimits::default()
    };
    // Each reply is the message, again and again.
    let server = serve_tcp(listener, limits, |message, _| async move {
        Some(message.repeat(REPLY / message.len()))
    });
    tokio::spawn(server);
    let mut client = TcpStream::connect(address).await.unwrap();
    for number in 0..QUESTIONS {
        let message = [u8::try_from(number % 251).unwrap(); 20];
        client.write_all(&framed(&message)).await.unwrap();
    }
    // By now the first reply that did not fit is given up, and those behind it are not.
    tokio::time::sleep(idle + idle / 2).await;
    let mut replies = 0;
    let end = loop {
        match receive_framed(&mut client).await {
            Ok(reply) => {
                let is_whole = reply.len() == REPLY && reply.iter().all(|octet| *octet == reply[0]);
                assert!(is_whole, "reply {replies} is not what was sent");
                replies += 1;
            }
            Err(error) => break error.kind(),
        }
    };
    assert!(replies < QUESTIONS, "all of them were taken in time");
    let is_end = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset].contains(&end);
    assert!(is_end, "{end}");
}
