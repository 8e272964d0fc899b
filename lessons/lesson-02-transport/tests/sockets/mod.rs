//! Over real sockets, on loopback: what only the system can do.
//!
//! A peer of a few lines plays the server. The clock is the true one here, so that nothing waits for longer than it must. The
//! first tests need `sockets.rs` alone; from `udp_carries_a_query_and_its_reply` on, the exchange is used as well.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};
use network::{Channel, Network, Via};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use transport::sockets::receive_framed;
use transport::{ExchangeError, Reply, RetryPolicy, Sockets, exchange};

const LOOPBACK: &str = "127.0.0.1:0";
/// Long enough for a busy machine, short enough for a test that has to run into it.
const PATIENCE: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(5),
    tcp_timeout: Duration::from_secs(5),
    tries: 1,
};

async fn ask(server: SocketAddr, via: Via, policy: RetryPolicy) -> Result<Reply, ExchangeError> {
    let query = DnsPacket::query(0x4711, "example.com".parse().unwrap(), RecordType::A);
    exchange(&Sockets, server, &query, via, policy).await
}

/// The reply to a query in octets.
fn reply_to(query: &[u8]) -> Vec<u8> {
    DnsPacket::reply_to(&DnsPacket::parse(query).unwrap())
        .write()
        .unwrap()
}

/// A server for one connection, which does with it what the test wants.
async fn serve_tcp<F>(handle: impl FnOnce(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { handle(listener.accept().await.unwrap().0).await });
    address
}

/// The next query of a connection.
async fn read_query(stream: &mut TcpStream) -> Vec<u8> {
    let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
    stream.read_exact(&mut query).await.unwrap();
    query
}

fn with_length(message: &[u8]) -> Vec<u8> {
    [
        &u16::try_from(message.len()).unwrap().to_be_bytes(),
        message,
    ]
    .concat()
}

#[tokio::test]
async fn a_large_datagram_arrives_whole() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let mut channel = Sockets
        .open(server.local_addr().unwrap(), Via::Udp)
        .await
        .unwrap();
    channel.send(b"?").await.unwrap();
    let (_, from) = server.recv_from(&mut [0; 1]).await.unwrap();
    server.send_to(&[7; 4_000], from).await.unwrap();
    assert_eq!(channel.receive().await.unwrap().len(), 4_000);
}

#[tokio::test]
async fn each_question_leaves_from_another_port() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let mut ports = std::collections::BTreeSet::new();
    for _ in 0..8 {
        let mut channel = Sockets
            .open(server.local_addr().unwrap(), Via::Udp)
            .await
            .unwrap();
        channel.send(b"?").await.unwrap();
        ports.insert(server.recv_from(&mut [0; 1]).await.unwrap().1.port());
    }
    assert!(
        ports.len() > 5 && ports.iter().all(|port| *port >= 1_024),
        "{ports:?}"
    );
}

#[tokio::test]
async fn a_message_too_long_for_tcp_is_refused_before_it_is_sent() {
    let server = TcpListener::bind(LOOPBACK).await.unwrap();
    let mut channel = Sockets
        .open(server.local_addr().unwrap(), Via::Tcp)
        .await
        .unwrap();
    assert!(channel.send(&vec![0; 65_536]).await.is_err());
    drop(channel);
    let mut sent = Vec::new();
    server
        .accept()
        .await
        .unwrap()
        .0
        .read_to_end(&mut sent)
        .await
        .unwrap();
    assert!(sent.is_empty(), "{} octets were sent", sent.len());
}

/// Over TCP a message leaves with its length before it, most significant octet first, and all of it in one piece.
#[tokio::test]
async fn a_message_leaves_with_its_length_before_it() {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let mut channel = Sockets
        .open(listener.local_addr().unwrap(), Via::Tcp)
        .await
        .unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    channel.send(&[7; 300]).await.unwrap();
    let mut sent = vec![0; 512];
    let length = server.read(&mut sent).await.unwrap();
    assert_eq!(length, 302, "300 octets, and two of length, in one piece");
    assert_eq!(sent[..4], [0x01, 0x2c, 7, 7], "300 is 0x012c");
}

/// A stream has no pieces: the second message is not part of the first, though it arrives together with it.
#[tokio::test]
async fn a_message_is_taken_out_of_the_stream_by_its_length() {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let mut channel = Sockets
        .open(listener.local_addr().unwrap(), Via::Tcp)
        .await
        .unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    server
        .write_all(b"\x00\x03one\x00\x03two\x01\x2c")
        .await
        .unwrap();
    assert_eq!(channel.receive().await.unwrap(), b"one");
    assert_eq!(channel.receive().await.unwrap(), b"two");
    server.write_all(&[7; 299]).await.unwrap();
    drop(server);
    assert!(
        channel.receive().await.is_err(),
        "299 of 300 octets are not a message"
    );
}

/// A stream that says how much room it was offered at most.
struct Measured {
    octets: &'static [u8],
    most: usize,
}

impl AsyncRead for Measured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.most = self.most.max(buffer.remaining());
        let some = self.octets.len().min(buffer.remaining());
        let (now, later) = self.octets.split_at(some);
        buffer.put_slice(now);
        self.octets = later;
        Poll::Ready(Ok(()))
    }
}

/// Thousands of peers may claim 65,535 octets each, and send none of them.
#[tokio::test]
async fn a_peer_that_claims_much_gets_no_room_for_it() {
    let mut stream = Measured {
        octets: b"\xff\xff hello",
        most: 0,
    };
    let error = receive_framed(&mut stream).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert!(stream.most <= 1_024, "room for {} octets", stream.most);
}

#[tokio::test]
async fn udp_carries_a_query_and_its_reply() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let address = server.local_addr().unwrap();
    tokio::spawn(async move {
        let mut query = [0; 512];
        let (length, from) = server.recv_from(&mut query).await.unwrap();
        server
            .send_to(&reply_to(&query[..length]), from)
            .await
            .unwrap();
    });
    let reply = ask(address, Via::Udp, PATIENCE).await.unwrap();
    assert_eq!((reply.packet.header.id, reply.via), (0x4711, Via::Udp));
}

/// A reply that is right in every octet, from an address that was not queried.
#[tokio::test]
async fn udp_from_another_address_is_not_heard() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let stranger = UdpSocket::bind(LOOPBACK).await.unwrap();
    let address = server.local_addr().unwrap();
    let forger = tokio::spawn(async move {
        let mut query = [0; 512];
        let (length, from) = server.recv_from(&mut query).await.unwrap();
        stranger
            .send_to(&reply_to(&query[..length]), from)
            .await
            .unwrap();
        server
    });
    let policy = RetryPolicy {
        timeout: Duration::from_millis(300),
        tcp_timeout: Duration::from_millis(300),
        tries: 1,
    };
    let outcome = ask(address, Via::Udp, policy).await;
    assert!(
        matches!(outcome, Err(ExchangeError::Timeout { .. })),
        "silence is expected, since the stranger was not asked; but it was: {outcome:?}"
    );
    drop(forger.await);
}

#[tokio::test]
async fn tcp_puts_the_length_before_the_message_in_one_piece() {
    let server = serve_tcp(|mut stream| async move {
        let mut first = vec![0; 512];
        let length = stream.read(&mut first).await.unwrap();
        first.truncate(length);
        assert_eq!(
            first[..2],
            [0, 29],
            "the length of this query, most significant octet first"
        );
        assert_eq!(first.len(), 31, "length and message in one piece");
        stream
            .write_all(&with_length(&reply_to(&first[2..])))
            .await
            .unwrap();
    });
    assert_eq!(
        ask(server.await, Via::Tcp, PATIENCE).await.unwrap().via,
        Via::Tcp
    );
}

#[tokio::test]
async fn tcp_may_come_octet_by_octet() {
    let server = serve_tcp(|mut stream| async move {
        stream.set_nodelay(true).unwrap();
        let reply = with_length(&reply_to(&read_query(&mut stream).await));
        for octet in reply {
            stream.write_all(&[octet]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert_eq!(
        ask(server.await, Via::Tcp, PATIENCE)
            .await
            .unwrap()
            .packet
            .header
            .id,
        0x4711
    );
}

/// Two messages in one segment are still two messages.
#[tokio::test]
async fn tcp_may_glue_messages_together() {
    let server = serve_tcp(|mut stream| async move {
        let query = read_query(&mut stream).await;
        let (mut other, reply) = (reply_to(&query), reply_to(&query));
        other[0] ^= 0xff; // another id
        stream
            .write_all(&[with_length(&other), with_length(&reply)].concat())
            .await
            .unwrap();
    });
    assert_eq!(
        ask(server.await, Via::Tcp, PATIENCE)
            .await
            .unwrap()
            .packet
            .header
            .id,
        0x4711
    );
}

#[tokio::test]
async fn a_connection_closed_halfway_is_no_reply() {
    let server = serve_tcp(|mut stream| async move {
        let reply = with_length(&reply_to(&read_query(&mut stream).await));
        stream.write_all(&reply[..reply.len() - 1]).await.unwrap();
    });
    let error = ask(server.await, Via::Tcp, PATIENCE).await.unwrap_err();
    assert!(
        matches!(error, ExchangeError::Unreachable { via: Via::Tcp, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_closed_tcp_port_is_told_at_once() {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = ask(address, Via::Tcp, PATIENCE).await.unwrap_err();
    assert!(
        matches!(error, ExchangeError::Unreachable { .. }),
        "{error}"
    );
}
