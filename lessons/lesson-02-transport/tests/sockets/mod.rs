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
use tokio::time::timeout;
use transport::sockets::{Socket, receive_framed};
use transport::{RetryPolicy, Sockets, exchange};

use crate::described;

const LOOPBACK: &str = "127.0.0.1:0";
/// Far longer than anything on loopback takes.
const SOON: Duration = Duration::from_secs(5);
/// One try, with a timeout that is long enough for a busy machine.
const POLICY: RetryPolicy = RetryPolicy {
    timeout: SOON,
    tcp_timeout: SOON,
    tries: 1,
};

/// Queries a server for the address of example.com, and describes the result.
async fn result_of(server: SocketAddr, via: Via, policy: RetryPolicy) -> String {
    let query = DnsPacket::query(0x4711, "example.com".parse().unwrap(), RecordType::A);
    described(&exchange(&Sockets, server, &query, via, policy).await)
}

/// The result of a query whose reply arrives.
const REPLY_OVER_UDP: &str = "reply over UDP, id 0x4711: NOERROR, example.com. A, answers: 0";
const REPLY_OVER_TCP: &str = "reply over TCP, id 0x4711: NOERROR, example.com. A, answers: 0";

async fn open(server: SocketAddr, via: Via) -> Socket {
    match Sockets.open(server, via).await {
        Ok(channel) => channel,
        Err(error) => panic!("opening {via} to {server} fails: {error}"),
    }
}

/// Opens a UDP channel to `server`, sends an octet over it, and returns the channel with its
/// address.
async fn open_and_send(server: &UdpSocket) -> (Socket, SocketAddr) {
    let mut channel = open(server.local_addr().unwrap(), Via::Udp).await;
    if let Err(error) = channel.send(b"?").await {
        panic!("sending a datagram of one octet fails: {error}");
    }
    let received = timeout(SOON, server.recv_from(&mut [0; 1])).await;
    let received = received.expect("the server receives the datagram within 5 seconds");
    (channel, received.unwrap().1)
}

/// Receives the next message of a channel.
async fn received(channel: &mut Socket) -> io::Result<Vec<u8>> {
    timeout(SOON, channel.receive())
        .await
        .expect("a message is received within 5 seconds")
}

/// Returns the first octets in hexadecimal, with a space between them.
fn hexadecimal(octets: &[u8]) -> String {
    let first = octets.iter().take(16);
    let octets: Vec<_> = first.map(|octet| format!("{octet:02x}")).collect();
    octets.join(" ")
}

/// Returns the reply to a query, both in octets.
fn reply_to(query: &[u8]) -> Vec<u8> {
    match DnsPacket::parse(query) {
        Ok(query) => DnsPacket::reply_to(&query).write().unwrap(),
        Err(error) => panic!(
            "the server received {} octets that are no query ({error}): {}",
            query.len(),
            hexadecimal(query)
        ),
    }
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

/// Opens a TCP channel to a server, and returns it with the server's side.
async fn connection() -> (Socket, TcpStream) {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let channel = open(listener.local_addr().unwrap(), Via::Tcp).await;
    let (server, _) = listener.accept().await.unwrap();
    (channel, server)
}

/// Reads the next query of a connection.
async fn read_query(stream: &mut TcpStream) -> Vec<u8> {
    let length = stream.read_u16().await;
    let length = length.expect("the client sends two octets of length");
    let mut query = vec![0; usize::from(length)];
    if let Err(error) = stream.read_exact(&mut query).await {
        panic!("the client sends fewer than the {length} octets of its length: {error}");
    }
    query
}

fn with_length(message: &[u8]) -> Vec<u8> {
    [
        &u16::try_from(message.len()).unwrap().to_be_bytes(),
        message,
    ]
    .concat()
}

/// Compares a datagram with the octets received: a few words on how they differ.
fn comparison(sent: &[u8], received: &[u8]) -> String {
    let (sent_length, length) = (sent.len(), received.len());
    match (sent.starts_with(received), received.starts_with(sent)) {
        (true, true) => format!("received all {sent_length} octets"),
        (true, false) => format!("received only the first {length} octets of {sent_length}"),
        (false, true) => format!("received {length} octets, {sent_length} and more behind them"),
        (false, false) => format!("received {length} other octets"),
    }
}

/// The longest datagram, and the longest one on systems with a lower limit.
#[tokio::test]
async fn a_large_datagram_arrives_whole() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let (mut channel, client) = open_and_send(&server).await;
    for length in [65_507, 9_216] {
        // Zeros at the end are octets like any other.
        let mut datagram = vec![7; length];
        datagram[length - 100..].fill(0);
        if server.send_to(&datagram, client).await.is_err() {
            continue;
        }
        match received(&mut channel).await {
            Ok(octets) => assert_eq!(
                comparison(&datagram, &octets),
                format!("received all {length} octets")
            ),
            Err(error) => panic!("receiving a datagram of {length} octets fails: {error}"),
        }
        return;
    }
}

/// An empty datagram is one too.
#[tokio::test]
async fn datagrams_are_received_one_after_another() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let (mut channel, client) = open_and_send(&server).await;
    let mut messages = String::new();
    for datagram in [b"one".as_slice(), b"", b"two"] {
        server.send_to(datagram, client).await.unwrap();
    }
    for _ in 0..3 {
        messages.push_str(&message(received(&mut channel).await));
    }
    insta::assert_snapshot!(messages, @r"
    message: one
    message without octets
    message: two
    ");
}

/// `bind_random_port` draws from all ports above 1,023. The system itself would choose one from a
/// smaller range: on Linux from 32,768 on.
#[tokio::test]
async fn each_query_has_a_source_port_of_its_own() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let mut ports = std::collections::BTreeSet::new();
    for _ in 0..32 {
        ports.insert(open_and_send(&server).await.1.port());
    }
    let (lowest, count) = (*ports.first().unwrap(), ports.len());
    assert!(
        count > 25,
        "32 queries left from only {count} different ports: {ports:?}"
    );
    assert!(
        (1_024..32_768).contains(&lowest),
        "the ports of 32 queries should be spread over 1,024 to 65,535, but the lowest is {lowest}"
    );
}

#[tokio::test]
async fn a_message_too_long_for_tcp_is_refused_before_it_is_sent() {
    let (mut channel, mut server) = connection().await;
    let result = channel.send(&vec![0; 65_536]).await;
    drop(channel);
    let mut sent = Vec::new();
    server.read_to_end(&mut sent).await.unwrap();
    let result = if result.is_err() { "an error" } else { "sent" };
    assert_eq!(
        format!("{result}, octets sent: {}", sent.len()),
        "an error, octets sent: 0",
        "a message of 65,536 octets"
    );
}

/// The length is sent before the message, most significant octet first, and in the same write.
#[tokio::test]
async fn a_message_is_sent_after_its_length() {
    let (mut channel, mut server) = connection().await;
    if let Err(error) = channel.send(&[7; 300]).await {
        panic!("sending a message of 300 octets fails: {error}");
    }
    let mut sent = vec![0; 512];
    let length = server.read(&mut sent).await.unwrap();
    assert_eq!(
        format!("{}, {length} octets", hexadecimal(&sent[..4.min(length)])),
        "01 2c 07 07, 302 octets",
        "a message of 300 (0x012c) octets 07: the first octets on the wire, and the length of the segment"
    );
}

/// Describes a message that was received.
fn message(result: io::Result<Vec<u8>>) -> String {
    match result {
        Ok(octets) if octets.is_empty() => "message without octets\n".to_owned(),
        Ok(octets) if octets.len() < 10 => format!("message: {}\n", octets.escape_ascii()),
        Ok(octets) => format!("message of {} octets\n", octets.len()),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => "the end\n".to_owned(),
        Err(error) => format!("error: {error}\n"),
    }
}

/// A stream has no message boundaries: the second message arrives together with the first, and is
/// not part of it. A message may have no octets. Of the last one here, 299 of 300 octets arrive.
#[tokio::test]
async fn a_message_ends_where_its_length_says() {
    let (mut channel, mut server) = connection().await;
    server
        .write_all(b"\x00\x03one\x00\x00\x00\x03two")
        .await
        .unwrap();
    server.write_all(&with_length(&[7; 40_000])).await.unwrap();
    server.write_all(b"\x01\x2c").await.unwrap();
    server.write_all(&[7; 299]).await.unwrap();
    drop(server);
    let mut messages = String::new();
    for _ in 0..5 {
        messages.push_str(&message(received(&mut channel).await));
    }
    insta::assert_snapshot!(messages, @r"
    message: one
    message without octets
    message: two
    message of 40000 octets
    the end
    ");
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
    let result = message(receive_framed(&mut stream).await);
    assert_eq!(result, "the end\n", "65,535 octets announced, 6 sent");
    let largest = stream.largest;
    assert!(
        largest <= 1_024,
        "a buffer of {largest} octets was allocated for a message of which 6 had arrived"
    );
}

/// The second server has an IPv6 address, if this machine has IPv6.
#[tokio::test]
async fn udp_carries_a_query_and_its_reply() {
    for address in [LOOPBACK, "[::1]:0"] {
        let Ok(server) = UdpSocket::bind(address).await else {
            assert_ne!(address, LOOPBACK, "127.0.0.1 cannot be bound");
            return eprintln!("not tested: this machine has no IPv6");
        };
        let address = server.local_addr().unwrap();
        tokio::spawn(async move {
            let mut query = [0; 512];
            let (length, from) = server.recv_from(&mut query).await.unwrap();
            let reply = reply_to(&query[..length]);
            server.send_to(&reply, from).await.unwrap();
        });
        let result = result_of(address, Via::Udp, POLICY).await;
        assert_eq!(result, REPLY_OVER_UDP, "the server is {}", address.ip());
    }
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
        let forged = reply_to(&query[..length]);
        attacker.send_to(&forged, from).await.unwrap();
        server
    });
    let policy = RetryPolicy {
        timeout: Duration::from_millis(300),
        ..POLICY
    };
    let result = result_of(address, Via::Udp, policy).await;
    assert_eq!(
        result.replace(&address.to_string(), "the server"),
        "error: no reply from the server over UDP: tried 1 times, 300ms each",
        "the only datagram is from another port than the query went to"
    );
    drop(forgery.await);
}

#[tokio::test]
async fn length_and_message_leave_in_one_segment() {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let server = listener.local_addr().unwrap();
    let first_read = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut octets = vec![0; 512];
        let length = stream.read(&mut octets).await.unwrap();
        octets.truncate(length);
        octets
    };
    // The connection is closed after the first read: that ends the exchange.
    let (octets, _) = tokio::join!(first_read, result_of(server, Via::Tcp, POLICY));
    let length = octets.len();
    assert_eq!(
        format!("{}, {length} octets", hexadecimal(&octets[..4.min(length)])),
        "00 1d 47 11, 31 octets",
        "the length of this query, 29 (0x001d), and its id; and the length of the segment"
    );
}

#[tokio::test]
async fn a_message_may_arrive_octet_by_octet() {
    let server = serve_tcp(|mut stream| async move {
        stream.set_nodelay(true).unwrap();
        let reply = with_length(&reply_to(&read_query(&mut stream).await));
        for octet in reply {
            if stream.write_all(&[octet]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    let result = result_of(server.await, Via::Tcp, POLICY).await;
    assert_eq!(result, REPLY_OVER_TCP);
}

#[tokio::test]
async fn two_messages_may_arrive_in_one_segment() {
    let server = serve_tcp(|mut stream| async move {
        let query = read_query(&mut stream).await;
        let (mut other, reply) = (reply_to(&query), reply_to(&query));
        other[0] ^= 0xff; // another id
        let both = [with_length(&other), with_length(&reply)].concat();
        stream.write_all(&both).await.unwrap();
    });
    let result = result_of(server.await, Via::Tcp, POLICY).await;
    assert_eq!(
        result, REPLY_OVER_TCP,
        "the first message has the id 0xb811, the second is the reply"
    );
}

#[tokio::test]
async fn a_connection_closed_within_the_reply_is_an_error() {
    let server = serve_tcp(|mut stream| async move {
        let reply = with_length(&reply_to(&read_query(&mut stream).await));
        stream.write_all(&reply[..reply.len() - 1]).await.unwrap();
    });
    let server = server.await;
    let result = result_of(server, Via::Tcp, POLICY).await;
    assert_eq!(
        result.replace(&server.to_string(), "the server"),
        "error: cannot reach the server over TCP: the server closed the connection before its reply was complete"
    );
}

/// The system reports the ICMP message "port unreachable" to a connected socket.
#[tokio::test]
async fn a_closed_udp_port_is_an_error_at_once() {
    let server = UdpSocket::bind(LOOPBACK).await.unwrap();
    let address = server.local_addr().unwrap();
    drop(server);
    let mut channel = open(address, Via::Udp).await;
    channel.send(b"?").await.unwrap();
    if cfg!(not(unix)) {
        // Windows reports it in another way.
        return;
    }
    let received = timeout(SOON, channel.receive()).await;
    let received = received.expect("the system reports the closed port within 5 seconds");
    let error = received.expect_err("a datagram from a closed port");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_closed_tcp_port_is_unreachable_at_once() {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let result = result_of(address, Via::Tcp, POLICY).await;
    let expected = format!("error: cannot reach {address} over TCP: ");
    assert!(
        result.starts_with(&expected),
        "expected: {expected}…\ngot: {result}"
    );
}
