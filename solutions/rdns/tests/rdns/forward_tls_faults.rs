//! Forward zones over TLS, to servers whose streams are broken: the queries on the connection do not
//! wait for a reply that cannot come, and are sent in plaintext, if they may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dnsparse::RecordType;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::server::TlsStream;
use transport::sockets::{framed, receive_framed};

use crate::certificate::Certificate;
use crate::configuration::ConfigFile;
use crate::forward_tls::{accepted, forward, reply, serve_tls_at};
use crate::local::ask;
use crate::server::Server;

/// The next server of the zone, which is sound, is queried at once.
#[tokio::test(flavor = "multi_thread")]
async fn queries_on_a_broken_stream_are_sent_to_another_server_at_once() {
    let files = Certificate::new();
    let good = serve_tls_at("127.0.0.7", &files, |mut stream| async move {
        while let Ok(query) = receive_framed(&mut stream).await {
            let octets = framed(&reply(&query)).unwrap();
            let _ = stream.write_all(&octets).await;
        }
    })
    .await;
    for (fault, octets, limit_ms) in [
        ("no octets", &[0, 0][..], 500),
        (
            "noise",
            &[
                0, 20, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
            ],
            500,
        ),
        ("half a message", &[2, 0, 1, 1], 1_500),
    ] {
        let broken = serve_tls_at("127.0.0.1", &files, move |mut stream| async move {
            while receive_framed(&mut stream).await.is_ok() {
                let _ = stream.write_all(octets).await;
            }
        })
        .await;
        let text = forward(&[broken, good], &accepted(&files)).replace("corp.example", ".");
        let file = ConfigFile::new(&format!("no-dnssec = true\n{text}"));
        let rdns = Server::start_outside(&["--config", file.path()]);
        for number in 1..=6 {
            let name = format!("n{number}.test.example");
            let start = Instant::now();
            let got = tokio::task::block_in_place(|| ask(&rdns, &name, RecordType::A));
            let took = start.elapsed();
            assert_eq!(got, format!("NOERROR 192.0.2.{number}"), "{fault}: {name}");
            assert!(took < Duration::from_millis(limit_ms), "{fault}: {took:?}");
        }
    }
}

/// A reply to another question is not used, and its query does not wait for another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_another_question_fails_its_query_at_once() {
    let files = Certificate::new();
    let server = serve_tls_at("127.0.0.1", &files, |mut stream| async move {
        while let Ok(query) = receive_framed(&mut stream).await {
            let mut octets = reply(&query);
            octets[14] ^= 1;
            let _ = stream.write_all(&framed(&octets).unwrap()).await;
        }
    })
    .await;
    let text = forward(&[server], &accepted(&files)).replace("corp.example", ".");
    let file = ConfigFile::new(&format!("no-dnssec = true\n{text}"));
    let rdns = Server::start_outside(&["--config", file.path()]);
    let start = Instant::now();
    let got = tokio::task::block_in_place(|| ask(&rdns, "n1.test.example", RecordType::A));
    let took = start.elapsed();
    assert!(got.starts_with("SERVFAIL"), "{got}");
    assert!(took < Duration::from_secs(1), "{took:?}: {got}");
}

/// The ways in which a server over TLS gives no usable reply.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Mute,
    HalfReply,
    OtherId,
    OtherQuestion,
    Closes,
}

impl Fault {
    const ALL: [Fault; 5] = [
        Fault::Mute,
        Fault::HalfReply,
        Fault::OtherId,
        Fault::OtherQuestion,
        Fault::Closes,
    ];

    /// Returns the words of the log about it.
    fn words(self) -> &'static str {
        match self {
            Fault::Mute | Fault::HalfReply => "TLS works, but the server sends no reply",
            Fault::OtherId | Fault::OtherQuestion => {
                "TLS works, but a message of the server is no reply to a query"
            }
            Fault::Closes => {
                "TLS works, but the server closes the connection before its first reply"
            }
        }
    }

    async fn serve(self, mut stream: TlsStream<TcpStream>) {
        while let Ok(query) = receive_framed(&mut stream).await {
            let mut octets = framed(&reply(&query)).unwrap();
            match self {
                Fault::Mute => continue,
                Fault::HalfReply => octets.truncate(20),
                Fault::OtherId => octets[2] ^= 0x40,
                Fault::OtherQuestion => octets[16] ^= 1,
                Fault::Closes => break,
            }
            let _ = stream.write_all(&octets).await;
        }
        let _ = stream.shutdown().await;
    }
}

/// An opportunistic server is queried in plaintext when TLS gives no reply: the first query, too, and
/// those after it without another attempt at TLS.
#[tokio::test(flavor = "multi_thread")]
async fn an_opportunistic_server_without_replies_over_tls_is_queried_in_plaintext() {
    let files = Certificate::new();
    let plain = UdpSocket::bind("127.0.0.8:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut octets = [0; 512];
        while let Ok((length, client)) = plain.recv_from(&mut octets).await {
            let _ = plain.send_to(&reply(&octets[..length]), client).await;
        }
    });
    for fault in Fault::ALL {
        let opened = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&opened);
        let server = serve_tls_at("127.0.0.8", &files, move |stream| {
            counted.fetch_add(1, Ordering::Relaxed);
            fault.serve(stream)
        });
        let server = server.await;
        let text = forward(&[server], "tls = \"opportunistic\"").replace("corp.example", ".");
        let file = ConfigFile::new(&format!("no-dnssec = true\nupstream-port = {port}\n{text}"));
        let rdns = Server::start_outside_with_log(&["--config", file.path()], "");
        for (number, limit_ms) in [(1, 3_500), (2, 500), (3, 500)] {
            let name = format!("n{number}.test.example");
            let start = Instant::now();
            let got = tokio::task::block_in_place(|| ask(&rdns, &name, RecordType::A));
            let took = start.elapsed();
            assert_eq!(
                got,
                format!("NOERROR 192.0.2.{number}"),
                "{fault:?}: {name}"
            );
            assert!(
                took < Duration::from_millis(limit_ms),
                "{fault:?}: {name} took {took:?}"
            );
        }
        let expected = format!("{server} is queried in plaintext: {}", fault.words());
        let line = rdns.wait_for_line("is queried in plaintext");
        assert!(line.ends_with(&expected), "{line}, instead of {expected}");
        assert_eq!(rdns.log.try_iter().count(), 0, "{fault:?}: further lines");
        let opened = opened.load(Ordering::Relaxed);
        assert_eq!(opened, 1, "{fault:?}: connections over TLS");
    }
}

/// However many queries fail, the log has a line when the server fails, and one when it gives replies
/// again.
#[tokio::test(flavor = "multi_thread")]
async fn a_strict_server_without_replies_is_one_line_of_the_log() {
    let files = Certificate::new();
    let works = Arc::new(AtomicUsize::new(0));
    let is_working = Arc::clone(&works);
    let server = serve_tls_at("127.0.0.1", &files, move |mut stream| {
        let is_working = is_working.load(Ordering::Relaxed) > 0;
        async move {
            while let Ok(query) = receive_framed(&mut stream).await {
                if !is_working {
                    break;
                }
                let _ = stream.write_all(&framed(&reply(&query)).unwrap()).await;
            }
        }
    })
    .await;
    let text = forward(&[server], &accepted(&files)).replace("corp.example", ".");
    let file = ConfigFile::new(&format!("no-dnssec = true\n{text}"));
    let rdns = Server::start_outside_with_log(&["--config", file.path()], "rdns=info");
    let ask = |number| {
        let name = format!("n{number}.test.example");
        tokio::task::block_in_place(|| ask(&rdns, &name, RecordType::A))
    };
    for number in 1..=8 {
        let got = ask(number);
        assert!(got.starts_with("SERVFAIL"), "{got}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    works.store(1, Ordering::Relaxed);
    let end = Instant::now() + Duration::from_secs(10);
    let mut number = 9;
    while !ask(number).starts_with("NOERROR") {
        assert!(Instant::now() < end, "no reply");
        tokio::time::sleep(Duration::from_millis(300)).await;
        number += 1;
    }
    rdns.wait_for_line(&format!("{server} is not queried: TLS works, but "));
    let end = format!("{server} is queried over TLS again");
    // The rest of the log is about the searches.
    let repeated = std::iter::from_fn(|| Some(rdns.wait_for_line("")))
        .take_while(|line| !line.ends_with(&end))
        .filter(|line| line.contains("is not queried"));
    assert_eq!(repeated.collect::<Vec<_>>(), Vec::<String>::new());
}
