//! TCP over real sockets: several queries at a time, and clients that are slow.

use std::net::SocketAddr;
use std::time::Duration;

use rdns::serve_tcp;
use serve::TcpLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// A time far longer than any step here takes.
const LIMIT: Duration = Duration::from_secs(10);

/// Starts a server that sends each message back, after ten times the number of milliseconds in its
/// first octet.
async fn start(limits: TcpLimits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve_tcp(
        listener,
        limits,
        |message: Vec<u8>, _| async move {
            sleep(Duration::from_millis(10 * u64::from(message[0]))).await;
            Some(message)
        },
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

async fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let length = timeout(LIMIT, stream.read_u16())
        .await
        .expect("an end in time")
        .ok()?;
    let mut message = vec![0; usize::from(length)];
    timeout(LIMIT, stream.read_exact(&mut message))
        .await
        .expect("an end in time")
        .ok()?;
    Some(message)
}

/// RFC 7766 section 6.2.1.1.
#[tokio::test]
async fn a_slow_query_does_not_delay_the_next() {
    let mut client = TcpStream::connect(start(TcpLimits::default()).await)
        .await
        .unwrap();
    let both = [framed(&[100, 1]), framed(&[0, 2])].concat();
    client.write_all(&both).await.unwrap();
    assert_eq!(receive(&mut client).await, Some(vec![0, 2]));
    assert_eq!(receive(&mut client).await, Some(vec![100, 1]));
}

#[tokio::test]
async fn the_connection_inactive_for_longest_is_closed_for_a_new_one() {
    let limits = TcpLimits {
        connections: 3,
        ..TcpLimits::default()
    };
    let address = start(limits).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(&framed(&[0])).await.unwrap();
        assert!(receive(&mut client).await.is_some());
        clients.push(client);
    }
    // The first one is active again; so the second has been inactive for longest.
    clients[0].write_all(&framed(&[0, 1])).await.unwrap();
    assert!(receive(&mut clients[0]).await.is_some());
    let mut late = TcpStream::connect(address).await.unwrap();
    late.write_all(&framed(&[0, 9])).await.unwrap();
    assert_eq!(receive(&mut late).await, Some(vec![0, 9]));
    assert_eq!(receive(&mut clients[1]).await, None, "closed");
    clients[0].write_all(&framed(&[0, 2])).await.unwrap();
    assert_eq!(receive(&mut clients[0]).await, Some(vec![0, 2]));
}

/// The client sends a length, one octet, and then nothing more.
#[tokio::test]
async fn a_connection_with_half_a_message_is_closed_when_idle() {
    let limits = TcpLimits {
        idle: Duration::from_millis(100),
        ..TcpLimits::default()
    };
    let mut client = TcpStream::connect(start(limits).await).await.unwrap();
    client.write_all(&[0, 40, 1]).await.unwrap();
    assert_eq!(receive(&mut client).await, None, "closed");
}
