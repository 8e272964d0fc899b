//! TCP over real sockets: several questions at a time, and clients that are not in a hurry.

use std::net::SocketAddr;
use std::time::Duration;

use rdns::serve_tcp;
use serve::TcpLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// Far more than anything here takes.
const SOON: Duration = Duration::from_secs(10);

/// A server that sends back what it was sent, after as many milliseconds as the first octet says, times ten.
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
    let length = timeout(SOON, stream.read_u16())
        .await
        .expect("not for ever")
        .ok()?;
    let mut message = vec![0; usize::from(length)];
    timeout(SOON, stream.read_exact(&mut message))
        .await
        .expect("not for ever")
        .ok()?;
    Some(message)
}

/// RFC 7766 section 6.2.1.1.
#[tokio::test]
async fn a_slow_question_does_not_hold_up_the_next() {
    let mut client = TcpStream::connect(start(TcpLimits::default()).await)
        .await
        .unwrap();
    let both = [framed(&[100, 1]), framed(&[0, 2])].concat();
    client.write_all(&both).await.unwrap();
    assert_eq!(receive(&mut client).await, Some(vec![0, 2]));
    assert_eq!(receive(&mut client).await, Some(vec![100, 1]));
}

#[tokio::test]
async fn who_is_quiet_for_longest_makes_room_for_others() {
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
    // The first one is heard of again; so it is the second that has been quiet for longest.
    clients[0].write_all(&framed(&[0, 1])).await.unwrap();
    assert!(receive(&mut clients[0]).await.is_some());
    let mut late = TcpStream::connect(address).await.unwrap();
    late.write_all(&framed(&[0, 9])).await.unwrap();
    assert_eq!(receive(&mut late).await, Some(vec![0, 9]));
    assert_eq!(receive(&mut clients[1]).await, None, "closed");
    clients[0].write_all(&framed(&[0, 2])).await.unwrap();
    assert_eq!(receive(&mut clients[0]).await, Some(vec![0, 2]));
}

/// A length and nothing after it, and then nothing at all.
#[tokio::test]
async fn half_a_message_is_not_waited_for_for_ever() {
    let limits = TcpLimits {
        idle: Duration::from_millis(100),
        ..TcpLimits::default()
    };
    let mut client = TcpStream::connect(start(limits).await).await.unwrap();
    client.write_all(&[0, 40, 1]).await.unwrap();
    assert_eq!(receive(&mut client).await, None, "closed");
}
