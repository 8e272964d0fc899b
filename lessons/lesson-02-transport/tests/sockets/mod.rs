//! Tests over real sockets, on loopback.
//!
//! A peer of a few lines plays the server. The clock is not paused here, so no test waits for
//! longer than it must. The first tests need `sockets.rs` alone; from
//! `udp_carries_a_query_and_its_reply` on, they need `exchange.rs` as well.

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
/// One try, with a timeout that is long enough for a busy machine.
const POLICY: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(5),
    tcp_timeout: Duration::from_secs(5),
    tries: 1,
};

async fn query(server: SocketAddr, via: Via, policy: RetryPolicy) -> Result<Reply, ExchangeError> {
    let query = DnsPacket::query(0x4711, "example.com".parse().unwrap(), RecordType::A);
    exchange(&Sockets, server, &query, via, policy).await
}

/// Returns the reply to a query, both in octets.
fn reply_to(query: &[u8]) -> Vec<u8> {
    DnsPacket::reply_to(&DnsPacket::parse(query).unwrap())
        .write()
        .unwrap()
}

/// Starts a server that accepts one connection and passes it to `handle`.
async fn serve_tcp<F>(handle: impl FnOnce(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { handle(listener.accept().await.unwrap().0).await });
    address
}

/// Reads the next query of a connection.
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
async fn each_query_has_a_source_port_of_its_own() {
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

/// The length is sent before the message, most significant octet first, and in the same write.
#[tokio::test]
async fn a_message_is_sent_after_its_length() {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let mut channel = Sockets
        .open(listener.local_addr().unwrap(), Via::Tcp)
        .await
        .unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    channel.send(&[7; 300]).await.unwrap();
    let mut sent = vec![0; 512];
    let length = server.read(&mut sent).await.unwrap();
    assert_eq!(length, 302, "300 octets, and two of length, in one segment");
    assert_eq!(sent[..4], [0x01, 0x2c, 7, 7], "300 is 0x012c");
}

/// A stream has no message boundaries: the second message arrives together with the first, and is
/// not part of it.
#[tokio::test]
async fn a_message_ends_where_its_length_says() {
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

/// A stream that measures the largest buffer of a read.
struct Measured {
    octets: &'static [u8],
    largest: usize,
}

impl AsyncRead for Measured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.largest = self.largest.max(buffer.remaining());
        let some = self.octets.len().min(buffer.remaining());
        let (now, later) = self.octets.split_at(some);
        buffer.put_slice(now);
        self.octets = later;
        Poll::Ready(Ok(()))
    }
}

/// Thousands of peers may announce 65,535 octets each, and send none of them.
#[tokio::test]
async fn an_announced_length_allocates_nothing() {
    let mut stream = Measured {
        octets: b"\xff\xff hello",
        largest: 0,
    };
    let error = receive_framed(&mut stream).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert!(
        stream.largest <= 1_024,
        "a buffer of {} octets",
        stream.largest
    );
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
    let reply = query(address, Via::Udp, POLICY).await.unwrap();
    assert_eq!((reply.packet.header.id, reply.via), (0x4711, Via::Udp));
}

/// The reply is right in every octet, but comes from a host that got no query.
#[tokio::test]
async fn a_datagram_from_another_address_is_not_received() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let attacker = UdpSocket::bind(LOOPBACK).await.unwrap();
    let address = server.local_addr().unwrap();
    let forgery = tokio::spawn(async move {
        let mut query = [0; 512];
        let (length, from) = server.recv_from(&mut query).await.unwrap();
        attacker
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
    let outcome = query(address, Via::Udp, policy).await;
    assert!(
        matches!(outcome, Err(ExchangeError::Timeout { .. })),
        "a timeout is expected, since the query did not go to that host, but the result is {outcome:?}"
    );
    drop(forgery.await);
}

#[tokio::test]
async fn length_and_message_leave_in_one_segment() {
    let server = serve_tcp(|mut stream| async move {
        let mut first = vec![0; 512];
        let length = stream.read(&mut first).await.unwrap();
        first.truncate(length);
        assert_eq!(
            first[..2],
            [0, 29],
            "the length of this query, most significant octet first"
        );
        assert_eq!(first.len(), 31, "length and message in one segment");
        stream
            .write_all(&with_length(&reply_to(&first[2..])))
            .await
            .unwrap();
    });
    assert_eq!(
        query(server.await, Via::Tcp, POLICY).await.unwrap().via,
        Via::Tcp
    );
}

#[tokio::test]
async fn a_message_may_arrive_octet_by_octet() {
    let server = serve_tcp(|mut stream| async move {
        stream.set_nodelay(true).unwrap();
        let reply = with_length(&reply_to(&read_query(&mut stream).await));
        for octet in reply {
            stream.write_all(&[octet]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert_eq!(
        query(server.await, Via::Tcp, POLICY)
            .await
            .unwrap()
            .packet
            .header
            .id,
        0x4711
    );
}

#[tokio::test]
async fn two_messages_may_arrive_in_one_segment() {
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
        query(server.await, Via::Tcp, POLICY)
            .await
            .unwrap()
            .packet
            .header
            .id,
        0x4711
    );
}

#[tokio::test]
async fn a_connection_closed_within_the_reply_is_an_error() {
    let server = serve_tcp(|mut stream| async move {
        let reply = with_length(&reply_to(&read_query(&mut stream).await));
        stream.write_all(&reply[..reply.len() - 1]).await.unwrap();
    });
    let error = query(server.await, Via::Tcp, POLICY).await.unwrap_err();
    assert!(
        matches!(error, ExchangeError::Unreachable { via: Via::Tcp, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_closed_tcp_port_is_unreachable_at_once() {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = query(address, Via::Tcp, POLICY).await.unwrap_err();
    assert!(
        matches!(error, ExchangeError::Unreachable { .. }),
        "{error}"
    );
}
