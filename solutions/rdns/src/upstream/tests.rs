//! The sockets are real, and so is the server: a socket on a loopback address.

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};
use network::{Channel, Network, Via};
use tokio::net::UdpSocket;
use tokio::time::{sleep, timeout};

use super::{LIFETIME, UpstreamChannel, UpstreamSockets};

/// A limit that no step comes near.
const SOON: Duration = Duration::from_secs(10);

/// A server whose replies the test writes.
struct Server {
    socket: UdpSocket,
    address: SocketAddr,
}

impl Server {
    async fn start() -> Server {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        Server { socket, address }
    }

    /// Receives a query, and returns it with the address that it was sent from.
    async fn receive(&self) -> (Vec<u8>, SocketAddr) {
        let mut buffer = [0; 512];
        let received = timeout(SOON, self.socket.recv_from(&mut buffer)).await;
        let (length, client) = received.expect("a query arrives").unwrap();
        (buffer[..length].to_vec(), client)
    }

    async fn send(&self, message: &[u8], client: SocketAddr) {
        self.socket.send_to(message, client).await.unwrap();
    }

    /// Has a new query sent over the network, and returns the open channel, the query, and its
    /// source.
    async fn query(&self, network: &UpstreamSockets) -> (UpstreamChannel, Vec<u8>, SocketAddr) {
        let mut channel = network.open(self.address, Via::Udp).await.unwrap();
        channel.send(&query()).await.unwrap();
        let (query, client) = self.receive().await;
        (channel, query, client)
    }

    /// Has a query sent and replies to it. Returns the source of the query.
    async fn query_and_reply(&self, network: &UpstreamSockets) -> SocketAddr {
        let (mut channel, query, client) = self.query(network).await;
        self.send(&reply(&query), client).await;
        let received = timeout(SOON, channel.receive()).await;
        assert_eq!(received.expect("the reply arrives").unwrap(), reply(&query));
        client
    }
}

/// Returns a query with a letter in upper case, as lesson 13 sends it.
fn query() -> Vec<u8> {
    let query = DnsPacket::query(0x1234, "wWw.example".parse().unwrap(), RecordType::A);
    query.write().unwrap()
}

/// Returns the reply to a query: the same with QR.
fn reply(query: &[u8]) -> Vec<u8> {
    let mut reply = query.to_vec();
    reply[2] |= 0x80;
    reply
}

#[tokio::test]
async fn a_socket_is_used_again_for_the_same_server_after_its_reply() {
    let (network, server) = (UpstreamSockets::default(), Server::start().await);
    let first = server.query_and_reply(&network).await;
    assert_eq!(network.idle(), 1, "the socket is kept");
    let second = server.query_and_reply(&network).await;
    assert_eq!(
        first, second,
        "the second query has the source of the first"
    );
}

#[tokio::test]
async fn another_server_never_sees_the_same_port() {
    let network = UpstreamSockets::default();
    let (server, other) = (Server::start().await, Server::start().await);
    let port = server.query_and_reply(&network).await.port();
    let others = other.query_and_reply(&network).await.port();
    assert_ne!(port, others, "the first server knows the port");
    assert_eq!(network.idle(), 2);
}

#[tokio::test]
async fn queries_that_are_out_at_the_same_time_have_different_ports() {
    let (network, server) = (UpstreamSockets::default(), Server::start().await);
    server.query_and_reply(&network).await;
    let (_first, _, one) = server.query(&network).await;
    let (_second, _, other) = server.query(&network).await;
    assert_ne!(one, other);
}

/// A kind of datagram, and how to make it from the query.
type Forgery = (&'static str, fn(&[u8]) -> Vec<u8>);

/// Datagrams that are not the reply: a forger has found the port, or the server is confused.
const NO_REPLIES: [Forgery; 6] = [
    ("another id", |query| {
        let mut forged = reply(query);
        forged[1] ^= 1;
        forged
    }),
    ("another letter case", |query| {
        reply(query).to_ascii_lowercase()
    }),
    ("another name", |query| {
        let mut forged = reply(query);
        forged[13] = b'x';
        forged
    }),
    ("a query", <[u8]>::to_vec),
    ("no header", |query| reply(query)[..3].to_vec()),
    ("nothing", |_| Vec::new()),
];

#[tokio::test]
async fn a_socket_that_received_no_reply_is_not_used_again() {
    for (kind, forge) in NO_REPLIES {
        let (network, server) = (UpstreamSockets::default(), Server::start().await);
        let (mut channel, query, client) = server.query(&network).await;
        server.send(&forge(&query), client).await;
        let received = timeout(SOON, channel.receive()).await;
        assert_eq!(received.expect(kind).unwrap(), forge(&query), "{kind}");
        drop(channel);
        assert_eq!(network.idle(), 0, "{kind}: the socket is closed");
    }
}

#[tokio::test]
async fn a_reply_after_another_datagram_does_not_save_the_socket() {
    let (network, server) = (UpstreamSockets::default(), Server::start().await);
    let (mut channel, query, client) = server.query(&network).await;
    for message in [b"forged".to_vec(), reply(&query)] {
        server.send(&message, client).await;
        let received = timeout(SOON, channel.receive()).await;
        assert_eq!(received.expect("a datagram").unwrap(), message);
    }
    drop(channel);
    assert_eq!(network.idle(), 0, "a forger has found the port");
}

/// The reply may still come, and would be taken for one to the next query.
#[tokio::test]
async fn a_socket_that_waits_for_a_reply_is_not_used_again() {
    let (network, server) = (UpstreamSockets::default(), Server::start().await);
    let (mut channel, query, client) = server.query(&network).await;
    let wait = timeout(Duration::from_millis(20), channel.receive()).await;
    assert!(wait.is_err(), "no reply was sent: {wait:?}");
    drop(channel);
    assert_eq!(network.idle(), 0, "after a timeout");

    let (mut channel, ..) = server.query(&network).await;
    drop(server.query(&network).await);
    assert_eq!(network.idle(), 0, "after a query alone");

    server.send(&reply(&query), client).await;
    let (mut second, query, client) = server.query(&network).await;
    server.send(&reply(&query), client).await;
    timeout(SOON, second.receive()).await.unwrap().unwrap();
    let wait = timeout(Duration::from_millis(20), second.receive()).await;
    assert!(wait.is_err(), "one reply was sent: {wait:?}");
    drop(second);
    assert_eq!(network.idle(), 0, "after the wait for a second reply");
    let _ = channel.send(&query).await;
}

#[tokio::test]
async fn a_socket_in_which_a_datagram_waits_is_not_used_again() {
    let (network, server) = (UpstreamSockets::default(), Server::start().await);
    let first = server.query_and_reply(&network).await;
    // The same id, the same name: it could be taken for the reply to the next query.
    server.send(&reply(&query()), first).await;
    let second = server.query_and_reply(&network).await;
    assert_ne!(first, second, "the datagram came before the query");
}

#[tokio::test]
async fn sockets_are_closed_after_their_lifetime() {
    let (network, server) = (UpstreamSockets::default(), Server::start().await);
    let first = server.query_and_reply(&network).await;
    sleep(LIFETIME).await;
    let second = server.query_and_reply(&network).await;
    assert_ne!(first, second, "the first socket has expired");
    sleep(2 * LIFETIME + LIFETIME / 2).await;
    assert_eq!(
        network.idle(),
        0,
        "without a query, they are closed as well"
    );
}

#[tokio::test]
async fn a_long_reply_arrives_whole() {
    let (network, server) = (UpstreamSockets::default(), Server::start().await);
    let (mut channel, query, client) = server.query(&network).await;
    // macOS sends no longer datagrams than 9,216 octets.
    let mut long = reply(&query);
    long.resize(9_000, 7);
    server.send(&long, client).await;
    let received = timeout(SOON, channel.receive()).await.unwrap().unwrap();
    assert_eq!(received.len(), long.len());
    assert!(received == long, "the octets are those that were sent");
}

#[tokio::test]
async fn a_closed_port_is_an_error_at_once() {
    let server = Server::start().await;
    let address = server.address;
    drop(server);
    let network = UpstreamSockets::default();
    let mut channel = network.open(address, Via::Udp).await.unwrap();
    channel.send(&query()).await.unwrap();
    let received = timeout(SOON, channel.receive()).await;
    let error = received.expect("the system reports it").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(network.idle(), 0, "the socket is not kept");
}
