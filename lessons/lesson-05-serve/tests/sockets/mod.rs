//! The server over real sockets, on loopback: both transports, and slow clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Rdata, Record, RecordType, Txt};
use serve::{Handler, TcpLimits, bind, serve_tcp, serve_udp};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::{sleep, timeout};
use transport::sockets::{framed, receive_framed};

use super::{authority, query};

/// Far longer than any reply takes, and far shorter than a test may take.
const SOON: Duration = Duration::from_secs(5);

/// Answers each query with 60,000 octets.
struct Huge;

impl Handler for Huge {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let rdata = Rdata::Txt(Txt::new(["x".repeat(250)]).unwrap());
        let record = Record::new(query.questions[0].qname.clone(), 60, rdata);
        reply.answers = vec![record; 225];
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

fn www(id: u16) -> Vec<u8> {
    let mut query = query("www.shop.example", RecordType::A);
    query.header.id = id;
    query.write().unwrap()
}

/// Returns a query whose answer is longer than 512 octets.
fn long() -> Vec<u8> {
    query("long.shop.example", RecordType::TXT).write().unwrap()
}

/// Opens a connection, and receives a first reply on it.
async fn connected(server: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(&framed(&www(1)).unwrap()).await.unwrap();
    assert_eq!(receive(&mut stream).await.header.id, 1);
    stream
}

async fn receive(stream: &mut TcpStream) -> DnsPacket {
    let octets = timeout(SOON, receive_framed(stream))
        .await
        .expect("a reply in time")
        .unwrap();
    DnsPacket::parse(&octets).unwrap()
}

#[tokio::test]
async fn udp_goes_on_after_garbage() {
    let server = serve(TcpLimits::default()).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(server).await.unwrap();
    for garbage in [b"".as_slice(), b"x", &[0xff; 600]] {
        socket.send(garbage).await.unwrap();
    }
    // This client closes its socket before the reply comes.
    let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    gone.send_to(&www(1), server).await.unwrap();
    drop(gone);
    socket.send(&www(2)).await.unwrap();
    let mut reply = [0; 512];
    let length = timeout(SOON, socket.recv(&mut reply))
        .await
        .expect("a reply in time")
        .unwrap();
    let reply = DnsPacket::parse(&reply[..length]).unwrap();
    assert_eq!((reply.header.id, reply.answers.len()), (2, 1));
}

/// RRsets that do not fit into a datagram fit into a stream.
#[tokio::test]
async fn each_transport_has_its_own_limit() {
    let server = serve(TcpLimits::default()).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(server).await.unwrap();
    socket.send(&long()).await.unwrap();
    let mut octets = [0; 2_000];
    let length = timeout(SOON, socket.recv(&mut octets)).await;
    let length = length.expect("a reply in time").unwrap();
    let short = DnsPacket::parse(&octets[..length]).unwrap();
    assert_eq!(
        (short.header.tc, short.answers.len()),
        (true, 0),
        "over UDP"
    );

    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(&framed(&long()).unwrap()).await.unwrap();
    let all = receive(&mut stream).await;
    assert_eq!((all.header.tc, all.answers.len()), (false, 8), "over TCP");
}

#[tokio::test]
async fn a_connection_carries_several_queries_even_at_once() {
    let mut stream = TcpStream::connect(serve(TcpLimits::default()).await)
        .await
        .unwrap();
    let both = [framed(&www(1)).unwrap(), framed(&www(2)).unwrap()].concat();
    stream.write_all(&both).await.unwrap();
    assert_eq!(
        [
            receive(&mut stream).await.header.id,
            receive(&mut stream).await.header.id
        ],
        [1, 2]
    );
    stream.write_all(&framed(&www(3)).unwrap()).await.unwrap();
    assert_eq!(receive(&mut stream).await.header.id, 3);
}

/// RFC 7766 section 6.2.4: a client may shut down its sending side and still read.
#[tokio::test]
async fn a_client_that_sends_no_more_gets_all_replies() {
    let mut stream = TcpStream::connect(serve(TcpLimits::default()).await)
        .await
        .unwrap();
    let queries = [1, 2, 3].map(|id| framed(&www(id)).unwrap()).concat();
    stream.write_all(&queries).await.unwrap();
    stream.shutdown().await.unwrap();
    for id in [1, 2, 3] {
        assert_eq!(receive(&mut stream).await.header.id, id);
    }
    let end = timeout(SOON, stream.read(&mut [0; 1])).await;
    assert_eq!(end.expect("an end in time").unwrap(), 0, "closed");
}

#[tokio::test]
async fn a_message_without_a_reply_does_not_end_the_connection() {
    let mut stream = TcpStream::connect(serve(TcpLimits::default()).await)
        .await
        .unwrap();
    let noise = [
        framed(b"noise").unwrap(),
        framed(b"").unwrap(),
        framed(&www(1)).unwrap(),
    ]
    .concat();
    stream.write_all(&noise).await.unwrap();
    assert_eq!(receive(&mut stream).await.header.id, 1);
}

/// The client sends nothing at all, half a length, or half a message.
#[tokio::test]
async fn an_idle_connection_is_closed() {
    let limits = TcpLimits {
        idle: Duration::from_millis(100),
        ..TcpLimits::default()
    };
    let server = serve(limits).await;
    for half in [b"".as_slice(), b"\0", b"\0\x1dhalf"] {
        let mut stream = connected(server).await;
        stream.write_all(half).await.unwrap();
        let closed = timeout(SOON, stream.read(&mut [0; 1]))
            .await
            .expect("it is closed in time");
        assert!(matches!(closed, Ok(0) | Err(_)), "{half:?}: {closed:?}");
    }
}

/// The time is for the whole message: it does not start again with each octet.
#[tokio::test]
async fn single_octets_do_not_extend_the_time() {
    let limits = TcpLimits {
        idle: Duration::from_millis(200),
        ..TcpLimits::default()
    };
    let mut stream = connected(serve(limits).await).await;
    let mut sent = 0;
    for octet in framed(&www(1)).unwrap() {
        if stream.write_all(&[octet]).await.is_err() {
            break;
        }
        sent += 1;
        sleep(Duration::from_millis(50)).await;
    }
    assert!(sent < 31, "all 31 octets were taken, in 1.5 seconds");
}

/// The time is for one message, and starts again with the next.
#[tokio::test]
async fn each_message_has_its_own_time() {
    let limits = TcpLimits {
        idle: Duration::from_millis(800),
        ..TcpLimits::default()
    };
    let mut stream = connected(serve(limits).await).await;
    for id in [2, 3, 4] {
        sleep(Duration::from_millis(300)).await;
        let sent = stream.write_all(&framed(&www(id)).unwrap()).await;
        sent.expect("it is still open after more than 800 ms");
        assert_eq!(receive(&mut stream).await.header.id, id);
    }
}

/// The client sends queries and reads no reply, until the replies fill the buffers on both sides:
/// it would hold its connection without end.
#[tokio::test]
async fn a_client_that_reads_no_reply_loses_its_connection() {
    let limits = TcpLimits {
        connections: 1,
        idle: Duration::from_millis(200),
    };
    let server = serve_with(Huge, limits).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut greedy = socket.connect(server).await.unwrap();
    // Replies of 24 megabytes: more than the system buffers for one connection.
    let queries = framed(&www(1)).unwrap().repeat(400);
    greedy.write_all(&queries).await.unwrap();
    connected(server).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let limits = TcpLimits {
        connections: 1,
        ..TcpLimits::default()
    };
    let server = serve(limits).await;
    let mut first = TcpStream::connect(server).await.unwrap();
    first.write_all(&framed(&www(1)).unwrap()).await.unwrap();
    assert_eq!(receive(&mut first).await.header.id, 1);
    let mut second = TcpStream::connect(server).await.unwrap();
    second.write_all(&framed(&www(2)).unwrap()).await.unwrap();
    let early = timeout(Duration::from_millis(200), receive_framed(&mut second)).await;
    assert!(early.is_err(), "two connections were served at once");
    drop(first);
    assert_eq!(receive(&mut second).await.header.id, 2);
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
