//! UDP over a real socket: each datagram by itself, and to the client that sent it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rdns::serve_udp;
use tokio::net::UdpSocket;
use tokio::time::{sleep, timeout};

/// A time far longer than any step here takes.
const LIMIT: Duration = Duration::from_secs(10);

/// Starts a server that sends each message back, after the address of its client, and after ten
/// times the number of milliseconds in its first octet. A message that begins with 255 gets no
/// reply.
async fn start() -> SocketAddr {
    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let address = socket.local_addr().unwrap();
    tokio::spawn(serve_udp(
        socket,
        |message: Vec<u8>, client: IpAddr| async move {
            let first = message.first().copied().unwrap_or(0);
            if first == 255 {
                return None;
            }
            sleep(Duration::from_millis(10 * u64::from(first))).await;
            Some([format!("{client} ").into_bytes(), message].concat())
        },
    ));
    address
}

async fn socket(address: &str) -> UdpSocket {
    UdpSocket::bind((address, 0)).await.unwrap()
}

/// Receives a reply, and writes its length, the client's address in it, and the two octets after
/// that.
async fn receive(socket: &UdpSocket) -> String {
    let mut buffer = vec![0; 65_535];
    let Ok(received) = timeout(LIMIT, socket.recv_from(&mut buffer)).await else {
        return "nothing within ten seconds".to_owned();
    };
    let (length, _) = match received {
        Ok(received) => received,
        Err(error) => return format!("an error of the socket: {error}"),
    };
    let reply = &buffer[..length];
    let end = reply.iter().position(|octet| *octet == b' ').unwrap_or(0);
    let (client, message) = reply.split_at(end);
    let message = message.get(1..).unwrap_or_default();
    let begin: Vec<_> = message.iter().take(2).collect();
    format!(
        "{} octets {begin:?} from {}",
        message.len(),
        String::from_utf8_lossy(client)
    )
}

/// The first datagram takes 0.2 seconds to answer, the second no time.
#[tokio::test]
async fn a_slow_datagram_does_not_delay_the_next() {
    let (server, client) = (start().await, socket("127.0.0.1").await);
    for message in [[20, 1], [255, 2], [0, 3]] {
        client.send_to(&message, server).await.unwrap();
    }
    assert_eq!(
        receive(&client).await,
        "2 octets [0, 3] from 127.0.0.1",
        "the first reply: that to the quick query, which was sent after the slow one"
    );
    assert_eq!(
        receive(&client).await,
        "2 octets [20, 1] from 127.0.0.1",
        "the second reply: that to the query that takes 0.2 s"
    );
}

/// Messages over UDP may have more than 512 octets, in both directions; and no octets of an earlier
/// message are left in a shorter one.
#[tokio::test]
async fn a_datagram_is_passed_on_whole_and_alone() {
    let (server, client) = (start().await, socket("127.0.0.1").await);
    for length in [4_000, 2, 0] {
        let mut message = vec![0; length];
        if let [_, second, ..] = &mut *message {
            *second = 9;
        }
        client.send_to(&message, server).await.unwrap();
        let expected = match length {
            0 => "0 octets [] from 127.0.0.1".to_owned(),
            _ => format!("{length} octets [0, 9] from 127.0.0.1"),
        };
        let reply = receive(&client).await;
        assert_eq!(reply, expected, "the reply to {length} octets");
    }
}

/// Access control depends on the client's address.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn each_client_is_known_by_its_own_address() {
    let server = start().await;
    for address in ["127.0.0.1", "127.0.0.2"] {
        let client = socket(address).await;
        client.send_to(&[0, 5], server).await.unwrap();
        let expected = format!("2 octets [0, 5] from {address}");
        let reply = receive(&client).await;
        assert_eq!(reply, expected, "the reply to a client at {address}");
    }
}
