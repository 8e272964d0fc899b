//! The server over real sockets, on loopback: both transports, and slow clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, EdnsOption, Rdata, Record, RecordType, Txt};
use serve::{Handler, TcpLimits, bind, serve_tcp, serve_udp};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::{Instant, sleep, timeout};
use transport::sockets::{framed, receive_framed};

use super::{authority, described, query};

/// Far longer than any reply takes, and far shorter than a test may take.
const SOON: Duration = Duration::from_secs(4);

/// Answers each query with 60,000 octets.
struct Huge;

impl Handler for Huge {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let rdata = Rdata::Txt(Txt::new(["x".repeat(250)]).unwrap());
        let record = Record::new(query.questions[0].qname.clone(), 60, rdata);
        reply.answers = vec![record; 225];
    }
}

/// A handler that takes its time for each reply, as a recursive resolver does.
struct Slow(Duration);

impl Handler for Slow {
    async fn handle(&self, _: &DnsPacket, _: &mut DnsPacket) {
        sleep(self.0).await;
    }
}

/// Starts a server on a port that the system chooses.
async fn serve(limits: TcpLimits) -> SocketAddr {
    serve_with(authority(), limits).await
}

async fn serve_with(handler: impl Handler, limits: TcpLimits) -> SocketAddr {
    let (udp, tcp) = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = udp.local_addr().unwrap();
    assert_eq!(address, tcp.local_addr().unwrap(), "one port for both");
    let handler = Arc::new(handler);
    let same = Arc::clone(&handler);
    tokio::spawn(async move { serve_udp(&udp, &*same).await });
    tokio::spawn(async move { serve_tcp(&tcp, handler, limits).await });
    address
}

fn idle_ms(idle: u64) -> TcpLimits {
    TcpLimits {
        idle: Duration::from_millis(idle),
        ..TcpLimits::default()
    }
}

fn www(id: u16) -> Vec<u8> {
    let mut query = query("www.shop.example", RecordType::A);
    query.header.id = id;
    query.write().unwrap()
}

/// Returns a query whose answer is longer than 512 octets.
fn long() -> Vec<u8> {
    query("long.shop.example", RecordType::TXT).write().unwrap()
}

/// The reply to the query with id 1, as `described` shows it.
const REPLY_1: &str = "NOERROR, id 0x0001, qr aa, questions 1, answers 1";

/// Returns the reply to `www` with this id, as `described` shows it.
fn reply_to(id: u16) -> String {
    REPLY_1.replace("0x0001", &format!("{id:#06x}"))
}

/// A client with a UDP socket.
struct UdpClient(UdpSocket);

impl UdpClient {
    async fn new(server: SocketAddr) -> UdpClient {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(server).await.unwrap();
        UdpClient(socket)
    }

    /// Sends a message. (An error is about an earlier datagram.)
    async fn send(&self, message: &[u8]) {
        if self.0.send(message).await.is_err() {
            self.0.send(message).await.unwrap();
        }
    }

    /// Describes the next reply.
    async fn receive(&self) -> String {
        let mut octets = vec![0; 65_535];
        match timeout(SOON, self.0.recv(&mut octets)).await {
            Ok(Ok(length)) => described(Some(&octets[..length])),
            Ok(Err(error)) => format!("no reply: {error}"),
            Err(_) => "no reply within 4 seconds".to_owned(),
        }
    }

    async fn exchange(&self, message: &[u8]) -> String {
        self.send(message).await;
        self.receive().await
    }
}

async fn connect(server: SocketAddr) -> TcpStream {
    TcpStream::connect(server).await.unwrap()
}

/// Sends a message over TCP, with its length before it.
async fn send(stream: &mut TcpStream, message: &[u8]) {
    let sent = stream.write_all(&framed(message).unwrap()).await;
    if let Err(error) = sent {
        panic!("the server has closed the connection, so no query can be sent: {error}");
    }
}

/// Describes the next reply over TCP.
async fn receive(stream: &mut TcpStream) -> String {
    match timeout(SOON, receive_framed(stream)).await {
        Ok(Ok(octets)) => described(Some(&octets)),
        Ok(Err(_)) => "the server closed the connection".to_owned(),
        Err(_) => "no reply within 4 seconds".to_owned(),
    }
}

/// Opens a connection, and receives a first reply on it.
async fn connected(server: SocketAddr) -> TcpStream {
    let mut stream = connect(server).await;
    send(&mut stream, &www(1)).await;
    assert_eq!(
        receive(&mut stream).await,
        REPLY_1,
        "a first query over TCP"
    );
    stream
}

#[tokio::test]
async fn udp_goes_on_after_garbage() {
    let server = serve(TcpLimits::default()).await;
    let client = UdpClient::new(server).await;
    for garbage in [b"".as_slice(), b"x", &[0xff; 600]] {
        client.send(garbage).await;
    }
    // This client closes its socket before the reply comes.
    let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    gone.send_to(&www(1), server).await.unwrap();
    drop(gone);
    let reply = client.exchange(&www(2)).await;
    assert_eq!(reply, reply_to(2), "the first query after garbage");
}

/// There is one socket for all clients.
#[tokio::test]
async fn udp_serves_clients_in_turn() {
    let server = serve(TcpLimits::default()).await;
    let (one, two) = (UdpClient::new(server).await, UdpClient::new(server).await);
    let mut lines = String::new();
    for (name, client, id) in [("one", &one, 1), ("two", &two, 2), ("one", &one, 3)] {
        let reply = client.exchange(&www(id)).await;
        lines.push_str(&format!("client {name}, id {id}: {reply}\n"));
        if reply.starts_with("no reply within") {
            break; // the others would only take longer
        }
    }
    insta::assert_snapshot!(lines, @r"
    client one, id 1: NOERROR, id 0x0001, qr aa, questions 1, answers 1
    client two, id 2: NOERROR, id 0x0002, qr aa, questions 1, answers 1
    client one, id 3: NOERROR, id 0x0003, qr aa, questions 1, answers 1
    ");
}

/// A short query after a long one: no octets of the first may be left in the message.
#[tokio::test]
async fn a_query_over_udp_may_be_longer_than_512_octets() {
    let padded = DnsPacket {
        edns: Some(Edns {
            udp_size: 1_232,
            options: vec![EdnsOption::Padding(5_000)],
            ..Edns::default()
        }),
        ..query("www.shop.example", RecordType::A)
    };
    let client = UdpClient::new(serve(TcpLimits::default()).await).await;
    let octets = padded.write().unwrap();
    let long = client.exchange(&octets).await;
    let short = client.exchange(&www(1)).await;
    let length = octets.len();
    insta::assert_snapshot!(format!("a query of {length} octets: {long}\na query of 34 octets: {short}"), @r"
    a query of 5049 octets: NOERROR, id 0x1234, qr aa, questions 1, answers 1, EDNS version 0 size 1232 options 0
    a query of 34 octets: NOERROR, id 0x0001, qr aa, questions 1, answers 1
    ");
}

/// RRsets that do not fit into a datagram fit into a stream.
#[tokio::test]
async fn each_transport_has_its_own_limit() {
    let server = serve(TcpLimits::default()).await;
    let over_udp = UdpClient::new(server).await.exchange(&long()).await;
    let mut stream = connect(server).await;
    send(&mut stream, &long()).await;
    let over_tcp = receive(&mut stream).await;
    insta::assert_snapshot!(format!("over UDP: {over_udp}\nover TCP: {over_tcp}"), @r"
    over UDP: NOERROR, id 0x1234, qr aa tc, questions 1
    over TCP: NOERROR, id 0x1234, qr aa, questions 1, answers 8
    ");
}

#[tokio::test]
async fn a_connection_carries_several_queries_even_at_once() {
    let mut stream = connect(serve(TcpLimits::default()).await).await;
    let both = [framed(&www(1)).unwrap(), framed(&www(2)).unwrap()].concat();
    stream.write_all(&both).await.unwrap();
    let mut lines = vec![receive(&mut stream).await, receive(&mut stream).await];
    if stream.write_all(&framed(&www(3)).unwrap()).await.is_ok() {
        lines.push(receive(&mut stream).await);
    }
    assert_eq!(
        lines.join("\n"),
        [reply_to(1), reply_to(2), reply_to(3)].join("\n"),
        "queries 1 and 2 were sent at once, and 3 after their replies"
    );
}

/// RFC 7766 section 6.2.4: a client may shut down its sending side and still read.
#[tokio::test]
async fn a_client_that_sends_no_more_gets_all_replies() {
    let mut stream = connect(serve(TcpLimits::default()).await).await;
    let queries = [1, 2, 3].map(|id| framed(&www(id)).unwrap()).concat();
    stream.write_all(&queries).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut lines = Vec::new();
    for _ in 0..4 {
        lines.push(receive(&mut stream).await);
    }
    let end = "the server closed the connection".to_owned();
    assert_eq!(
        lines.join("\n"),
        [reply_to(1), reply_to(2), reply_to(3), end].join("\n"),
        "three queries were sent, and then no more"
    );
}

/// Some clients do not wait for a second segment (RFC 7766 section 8). The system holds back a
/// small second write until the first was acknowledged.
#[tokio::test]
async fn length_and_reply_leave_in_one_segment() {
    let mut stream = connected(serve(TcpLimits::default()).await).await;
    for id in 2..10 {
        send(&mut stream, &www(id)).await;
        let mut octets = [0; 512];
        let read = timeout(SOON, stream.read(&mut octets)).await;
        let length = read.expect("octets within 4 seconds").unwrap_or(0);
        assert_eq!(
            format!("{length} octets"),
            "52 octets",
            "the first octets that arrive after query {id}: a length of 2, and a reply of 50 octets"
        );
    }
}

#[tokio::test]
async fn a_message_without_a_reply_does_not_end_the_connection() {
    let mut stream = connect(serve(TcpLimits::default()).await).await;
    let noise = [
        framed(b"noise").unwrap(),
        framed(b"").unwrap(),
        framed(&www(1)).unwrap(),
    ]
    .concat();
    stream.write_all(&noise).await.unwrap();
    let reply = receive(&mut stream).await;
    assert_eq!(
        reply, REPLY_1,
        "a query after two messages that get no reply"
    );
}

/// The client sends nothing at all, half a length, or half a message.
#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = serve(idle_ms(100)).await;
    for (sent, half) in [
        ("nothing", b"".as_slice()),
        ("half a length", b"\0"),
        ("half a message", b"\0\x1dhalf"),
    ] {
        let mut stream = connected(server).await;
        stream.write_all(half).await.unwrap();
        let start = Instant::now();
        let end = timeout(SOON, stream.read(&mut [0; 1])).await;
        let ms = start.elapsed().as_millis();
        assert!(
            matches!(end, Ok(Ok(0) | Err(_))) && ms < 2_000,
            "the client sent {sent}: after {ms} ms the connection is {}, but the limit is 100 ms",
            if end.is_ok() { "closed" } else { "still open" }
        );
    }
}

/// The time is for the whole message: it does not start again with each octet.
#[tokio::test]
async fn single_octets_do_not_extend_the_time() {
    let mut stream = connected(serve(idle_ms(200)).await).await;
    let mut sent = 0;
    for octet in framed(&www(1)).unwrap() {
        if stream.write_all(&[octet]).await.is_err() {
            break;
        }
        sent += 1;
        sleep(Duration::from_millis(50)).await;
    }
    assert!(
        sent < 31,
        "the server took all 31 octets of a query, one each 50 ms, but its limit for a message is 200 ms"
    );
}

/// The time is for one message, and starts again with the next.
#[tokio::test]
async fn each_message_has_its_own_time() {
    let mut stream = connected(serve(idle_ms(800)).await).await;
    for id in [2, 3, 4] {
        sleep(Duration::from_millis(300)).await;
        send(&mut stream, &www(id)).await;
        let reply = receive(&mut stream).await;
        assert_eq!(
            reply,
            reply_to(id),
            "the limit is 800 ms for a message; a query is sent each 300 ms"
        );
    }
}

/// A recursive resolver may need seconds for a reply. The limits are for the client's part.
#[tokio::test]
async fn the_time_of_the_handler_does_not_count() {
    let server = serve_with(Slow(Duration::from_millis(600)), idle_ms(200)).await;
    let mut stream = connect(server).await;
    send(&mut stream, &www(1)).await;
    assert_eq!(
        receive(&mut stream).await,
        "NOERROR, id 0x0001, qr, questions 1",
        "the handler takes 600 ms; the client has 200 ms to send, and 200 ms to receive"
    );
}

/// The client sends queries and reads no reply, until the replies fill the buffers on both sides:
/// it would hold its connection without end.
#[tokio::test]
async fn a_client_that_reads_no_reply_loses_its_connection() {
    let limits = TcpLimits {
        connections: 1,
        ..idle_ms(200)
    };
    let server = serve_with(Huge, limits).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut greedy = socket.connect(server).await.unwrap();
    // Replies of 24 megabytes: more than the system buffers for one connection.
    let queries = framed(&www(1)).unwrap().repeat(400);
    greedy.write_all(&queries).await.unwrap();
    let mut next = connect(server).await;
    send(&mut next, &www(1)).await;
    assert_eq!(
        receive(&mut next).await,
        "NOERROR, id 0x0001, qr, questions 1, answers 225",
        "one connection at a time: the next client is served when the first has lost its own"
    );
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let limits = TcpLimits {
        connections: 1,
        ..TcpLimits::default()
    };
    let server = serve(limits).await;
    let first = connected(server).await;
    let mut second = connect(server).await;
    send(&mut second, &www(2)).await;
    let early = timeout(Duration::from_millis(200), receive_framed(&mut second)).await;
    assert!(
        early.is_err(),
        "the second connection was served while the first was open, but the limit is one"
    );
    drop(first);
    let reply = receive(&mut second).await;
    assert_eq!(reply, reply_to(2), "after the first connection was closed");
}

/// `0.0.0.0` and `[::]` are two addresses: a server can listen on both, with one port.
#[tokio::test]
async fn ipv4_and_ipv6_have_sockets_of_their_own() {
    // Another test may have the port over IPv4 already: then the next port is tried.
    for _ in 0..8 {
        let Ok((udp, tcp)) = bind("[::]:0".parse().unwrap()).await else {
            return eprintln!("not tested: this machine has no IPv6");
        };
        for (socket, transport) in [(SockRef::from(&udp), "UDP"), (SockRef::from(&tcp), "TCP")] {
            assert!(socket.only_v6().unwrap(), "{transport} is for IPv6 only");
        }
        let port = udp.local_addr().unwrap().port();
        if bind(SocketAddr::from(([0, 0, 0, 0], port))).await.is_ok() {
            return;
        }
    }
    panic!("0.0.0.0 cannot be bound beside [::]");
}

/// The port is free over TCP, and taken over UDP.
#[tokio::test]
async fn a_port_that_is_taken_over_udp_is_an_error() {
    let taken = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let result = match bind(address).await {
        Ok(_) => "both sockets were bound".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    };
    assert_eq!(
        result, "AddrInUse",
        "bind, where another socket has the UDP port"
    );
}
