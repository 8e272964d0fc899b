//! TCP over real sockets: several queries at a time, clients that are slow, and too many clients.

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, RecordType};
use rdns::{serve_tcp, serve_tcp_with_grace};
use serve::TcpLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
#[cfg(target_os = "linux")]
use tokio::net::TcpSocket;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::world::{extended_error, query, text_of};

/// A time far longer than any step here takes.
const LIMIT: Duration = Duration::from_secs(10);

/// A grace period that is shorter than a resolver's, for tests that wait for the end of several.
const SHORT_GRACE: Duration = Duration::from_millis(100);

/// Sends a message back, after ten times the number of milliseconds in its first octet.
async fn echo(message: Vec<u8>) -> Option<Vec<u8>> {
    sleep(Duration::from_millis(10 * u64::from(message[0]))).await;
    Some(message)
}

/// Starts a server that replies with [`echo`].
async fn start(limits: TcpLimits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve_tcp(
        listener,
        limits,
        |_| true,
        |message, _| echo(message),
    ));
    address
}

/// Starts a server like [`start`], with `connections` places and another grace period.
async fn start_with_grace(connections: usize, grace: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = TcpLimits {
        connections,
        ..TcpLimits::default()
    };
    let echo = |message, _| echo(message);
    tokio::spawn(serve_tcp_with_grace(
        listener,
        limits,
        grace,
        |_| true,
        echo,
    ));
    address
}

fn framed(message: &[u8]) -> Vec<u8> {
    [
        &u16::try_from(message.len()).unwrap().to_be_bytes(),
        message,
    ]
    .concat()
}

async fn connect(address: SocketAddr) -> TcpStream {
    match TcpStream::connect(address).await {
        Ok(stream) => stream,
        Err(error) => panic!("no connection to the server at {address}: {error}"),
    }
}

async fn send(stream: &mut TcpStream, octets: &[u8]) {
    if let Err(error) = stream.write_all(octets).await {
        panic!("the server closed the connection before it had the query: {error}");
    }
}

async fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let length = timeout(LIMIT, stream.read_u16())
        .await
        .expect("neither a reply nor the end of the connection within ten seconds")
        .ok()?;
    let mut message = vec![0; usize::from(length)];
    timeout(LIMIT, stream.read_exact(&mut message))
        .await
        .expect("neither a reply nor the end of the connection within ten seconds")
        .ok()?;
    Some(message)
}

/// RFC 7766 section 6.2.1.1.
#[tokio::test]
async fn a_slow_query_does_not_delay_the_next() {
    let mut client = connect(start(TcpLimits::default()).await).await;
    let both = [framed(&[20, 1]), framed(&[0, 2])].concat();
    send(&mut client, &both).await;
    let quick = receive(&mut client).await;
    assert_eq!(quick, Some(vec![0, 2]), "the quick query is answered first");
    let slow = receive(&mut client).await;
    assert_eq!(
        slow,
        Some(vec![20, 1]),
        "the query that takes 0.2 s, after it"
    );
}

#[tokio::test]
async fn the_connection_inactive_for_longest_is_closed_for_a_new_one() {
    let address = start_with_grace(3, SHORT_GRACE).await;
    let mut clients = Vec::new();
    for number in 1..=3 {
        let mut client = connect(address).await;
        send(&mut client, &framed(&[0])).await;
        let reply = receive(&mut client).await;
        assert!(reply.is_some(), "client {number} of 3 gets no reply");
        clients.push(client);
    }
    // The first one is active again; so the second has been inactive for longest.
    send(&mut clients[0], &framed(&[0, 1])).await;
    let reply = receive(&mut clients[0]).await;
    assert!(reply.is_some(), "the second query of client 1: no reply");
    let mut late = connect(address).await;
    send(&mut late, &framed(&[0, 9])).await;
    let reply = receive(&mut late).await;
    assert_eq!(reply, Some(vec![0, 9]), "client 4, with room for 3");
    let second = receive(&mut clients[1]).await;
    assert_eq!(second, None, "client 2 was inactive for longest: closed");
    send(&mut clients[0], &framed(&[0, 2])).await;
    let first = receive(&mut clients[0]).await;
    assert_eq!(
        first,
        Some(vec![0, 2]),
        "client 1 was active after client 2"
    );
}

/// The client sends a length, one octet, and then nothing more.
#[tokio::test]
async fn a_connection_with_half_a_message_is_closed_when_idle() {
    let limits = TcpLimits {
        idle: Duration::from_millis(100),
        ..TcpLimits::default()
    };
    let mut client = connect(start(limits).await).await;
    send(&mut client, &[0, 40, 1]).await;
    assert_eq!(receive(&mut client).await, None, "closed");
}

/// RFC 7766 section 6.2.4: a client may shut down its sending side and still read.
#[tokio::test]
async fn replies_arrive_after_the_client_shut_down_its_sending_side() {
    let address = start(TcpLimits::default()).await;
    // One query that is answered at once, one that takes a while, and more of them than are handled
    // at the same time; with and without a message that is never completed.
    let many: Vec<_> = (0..100).map(|number| vec![number % 10, number]).collect();
    for (messages, rest) in [
        (vec![vec![0, 1]], &[][..]),
        (vec![vec![10, 1]], &[]),
        (vec![vec![10, 1], vec![5, 2]], &[0]),
        (many, &[0, 40, 1]),
    ] {
        let mut client = connect(address).await;
        let mut octets: Vec<_> = messages
            .iter()
            .flat_map(|message| framed(message))
            .collect();
        octets.extend(rest);
        send(&mut client, &octets).await;
        let end = client.shutdown().await;
        end.expect("the sending side can be shut down, since the server has not closed it");
        let mut replies = Vec::new();
        while let Some(reply) = receive(&mut client).await {
            replies.push(reply);
        }
        replies.sort();
        let mut expected = messages.clone();
        expected.sort();
        assert_eq!(
            replies,
            expected,
            "the replies to {} queries, after which {} octets of one more came",
            messages.len(),
            rest.len()
        );
    }
}

/// Returns a query that [`start`]'s server sends back after the given hundredths of a second.
fn delayed(hundredths: u8) -> DnsPacket {
    let mut query = query("www.shop.example", RecordType::A);
    query.header.id = u16::from(hundredths) << 8;
    query
}

async fn connect_and_send(address: SocketAddr, query: &DnsPacket) -> TcpStream {
    let mut client = connect(address).await;
    let octets = framed(&query.write().unwrap());
    send(&mut client, &octets).await;
    client
}

/// Receives SERVFAIL with an extended error, and then the end of the connection.
async fn receive_eviction(client: &mut TcpStream) {
    let Some(reply) = receive(client).await else {
        panic!("the connection of a client that is evicted ended without a reply");
    };
    let reply = DnsPacket::parse(&reply)
        .unwrap_or_else(|error| panic!("the reply to a client that is evicted: {error}"));
    let text = text_of(&reply);
    assert!(
        reply.header.qr && reply.rcode() == Rcode::SERVFAIL,
        "the reply to a client that is evicted is SERVFAIL: {text}"
    );
    assert!(
        extended_error(&reply).is_some(),
        "the reply to a client that is evicted has no extended error: {text}"
    );
    assert_eq!(receive(client).await, None, "closed");
}

#[tokio::test]
async fn a_client_with_an_outstanding_query_gets_a_reply_before_its_place_is_taken() {
    let address = start_with_grace(2, SHORT_GRACE).await;
    let mut first = connect_and_send(address, &delayed(50)).await;
    sleep(Duration::from_millis(20)).await;
    let mut second = connect_and_send(address, &delayed(50)).await;
    let mut third = connect_and_send(address, &delayed(0)).await;
    let reply = receive(&mut third).await;
    assert_eq!(reply, Some(delayed(0).write().unwrap()), "it has a place");
    receive_eviction(&mut first).await;
    let reply = receive(&mut second).await;
    assert_eq!(
        reply,
        Some(delayed(50).write().unwrap()),
        "it kept its place"
    );
}

#[tokio::test]
async fn an_idle_connection_is_closed_before_one_with_an_outstanding_query() {
    let address = start_with_grace(2, SHORT_GRACE).await;
    let mut busy = connect_and_send(address, &delayed(50)).await;
    sleep(Duration::from_millis(20)).await;
    // Its query is answered, so it is idle, though it was active after the other.
    let mut idle = connect_and_send(address, &delayed(0)).await;
    let reply = receive(&mut idle).await;
    assert!(reply.is_some(), "the client without delay gets no reply");
    let mut third = connect_and_send(address, &delayed(0)).await;
    let reply = receive(&mut third).await;
    assert!(reply.is_some(), "the third client gets no reply");
    // Its query crosses the end of the connection.
    let late = framed(&delayed(0).write().unwrap());
    send(&mut idle, &late).await;
    receive_eviction(&mut idle).await;
    let reply = receive(&mut busy).await;
    assert_eq!(
        reply,
        Some(delayed(50).write().unwrap()),
        "the client with an outstanding query keeps its place, and gets the reply"
    );
}

/// Connections that are new and idle cannot keep all others waiting, while the rest of the places is
/// taken by clients with outstanding queries: at least a quarter of the places changes hands at once.
#[tokio::test]
async fn silent_connections_do_not_hold_up_the_next_client() {
    let grace = Duration::from_millis(120);
    let address = start_with_grace(16, grace).await;
    let mut clients = Vec::new();
    for _ in 0..15 {
        clients.push(connect_and_send(address, &delayed(255)).await);
    }
    sleep(grace + Duration::from_millis(30)).await;
    let start = Instant::now();
    for _ in 0..8 {
        clients.push(connect(address).await);
    }
    let mut client = connect_and_send(address, &delayed(0)).await;
    assert!(receive(&mut client).await.is_some(), "it has a place");
    // One place in each grace period would take eight of them.
    let took = start.elapsed();
    assert!(
        took < 6 * grace,
        "after 8 silent connections, a client got its reply after {took:?}, of at most {:?}",
        6 * grace
    );
}

/// Many more clients than places, all at once: each gets a reply.
#[tokio::test]
async fn no_client_of_a_burst_is_dropped_without_a_reply() {
    let address = start_with_grace(8, SHORT_GRACE).await;
    for hundredths in [0, 30] {
        let clients: Vec<_> = (0..24)
            .map(|number| {
                tokio::spawn(async move {
                    let mut client = connect_and_send(address, &delayed(hundredths)).await;
                    let reply = receive(&mut client).await;
                    assert!(reply.is_some(), "client {number} of {hundredths}: no reply");
                })
            })
            .collect();
        for client in clients {
            if let Err(error) = client.await {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}

/// Otherwise such a client would keep its socket for as long as the writing of a reply may take.
#[tokio::test]
async fn an_evicted_client_that_reads_no_reply_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = TcpLimits {
        connections: 1,
        ..TcpLimits::default()
    };
    let long = |_: Vec<u8>, _| async { Some(vec![7; 60_000]) };
    tokio::spawn(serve_tcp_with_grace(
        listener,
        limits,
        SHORT_GRACE,
        |_| true,
        long,
    ));
    let mut greedy = connect(address).await;
    // The replies have 24 megabytes, more than the system buffers for one connection.
    let queries = framed(&[7]).repeat(400);
    send(&mut greedy, &queries).await;
    let start = Instant::now();
    let mut clients = Vec::new();
    for number in 0..3 {
        let mut client = connect(address).await;
        send(&mut client, &framed(&[7])).await;
        assert!(receive(&mut client).await.is_some(), "client {number}");
        clients.push(client);
    }
    let took = start.elapsed();
    assert!(
        took < limits.idle / 2,
        "four more clients got their places after {took:?}, of at most {:?}",
        limits.idle / 2
    );
}

/// The grace period of this server is longer than the test: it is not what makes room.
#[tokio::test]
async fn a_client_that_hangs_up_leaves_its_place_at_once() {
    let address = start_with_grace(1, 3 * LIMIT).await;
    for number in 1..=3 {
        let mut client = connect_and_send(address, &delayed(0)).await;
        let mut octet = [0];
        let reply = timeout(LIMIT, client.read_exact(&mut octet)).await;
        assert!(
            reply.is_ok(),
            "client {number}, with one place: no reply, though the client before it hung up"
        );
    }
}

/// While a quarter of the places or more are those of idle connections, a new client waits until one
/// of these may be evicted.
#[tokio::test]
async fn outstanding_queries_are_kept_while_enough_connections_are_idle() {
    let address = start_with_grace(16, SHORT_GRACE).await;
    let mut busy = Vec::new();
    for _ in 0..12 {
        busy.push(connect_and_send(address, &delayed(50)).await);
    }
    sleep(SHORT_GRACE + Duration::from_millis(20)).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        idle.push(connect(address).await);
    }
    let mut client = connect_and_send(address, &delayed(0)).await;
    assert!(
        receive(&mut client).await.is_some(),
        "no place for client 17"
    );
    for (number, client) in busy.iter_mut().enumerate() {
        let reply = receive(client).await;
        assert_eq!(
            reply,
            Some(delayed(50).write().unwrap()),
            "client {number} of 12 with an outstanding query, of 16 places; 4 others were idle"
        );
    }
}

/// Connects from one of this machine's addresses, and sends a query that is answered at once.
#[cfg(target_os = "linux")]
async fn connect_from(client: &str, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(SocketAddr::new(client.parse().unwrap(), 0))
        .unwrap();
    let connected = socket.connect(address).await;
    let mut client = connected
        .unwrap_or_else(|error| panic!("no connection from {client} to {address}: {error}"));
    let query = framed(&delayed(0).write().unwrap());
    send(&mut client, &query).await;
    client
}

/// The grace period of this server is longer than the test. A client with more than half of the
/// places has none of them for sure when another comes; one with half of them has.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_with_most_of_the_places_gives_one_to_another() {
    for (held, is_place_free) in [
        (["127.0.0.1"; 4], true),
        (["127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"], false),
    ] {
        let address = start_with_grace(4, 3 * LIMIT).await;
        let mut clients = Vec::new();
        for client in held {
            let mut stream = connect_from(client, address).await;
            assert!(
                receive(&mut stream).await.is_some(),
                "no reply for {client}"
            );
            clients.push(stream);
        }
        let mut late = connect_from("127.0.0.3", address).await;
        // Long before an idle connection ends by itself, in the first case.
        let limit = if is_place_free {
            LIMIT / 4
        } else {
            SHORT_GRACE
        };
        let reply = timeout(limit, late.read_u16()).await;
        assert_eq!(
            reply.is_ok(),
            is_place_free,
            "whether 127.0.0.3 gets a reply, where the four places are those of {}",
            held.join(", ")
        );
    }
}
