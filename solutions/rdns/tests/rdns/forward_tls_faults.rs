//! Forward zones over TLS, to servers whose streams are broken: the queries on the connection do not
//! wait for a reply that cannot come.

use std::time::{Duration, Instant};

use dnsparse::RecordType;
use tokio::io::AsyncWriteExt;
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
