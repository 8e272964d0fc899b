//! Real sockets on loopback addresses: batches, replies from the right address, and a socket for each thread.

use std::net::UdpSocket;
use std::time::Duration;

use tokio::runtime::Builder;

use super::*;

/// A limit that no step comes near.
const SOON: Duration = Duration::from_secs(5);

/// Starts a server that sends each datagram back, and returns its port. It ends after `count` datagrams,
/// and returns the sizes of its batches.
fn start_echo(bound: &str, count: usize) -> (u16, std::thread::JoinHandle<Vec<usize>>) {
    let socket = UdpSocket::bind(bound).unwrap();
    let port = socket.local_addr().unwrap().port();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = std::thread::spawn(move || runtime.block_on(echo(socket, count)));
    (port, server)
}

async fn echo(socket: UdpSocket, count: usize) -> Vec<usize> {
    let socket = DatagramSocket::new(socket).unwrap();
    let (mut batch, mut sizes) = (Batch::new(), Vec::new());
    while sizes.iter().sum::<usize>() < count {
        socket.arrival().await.unwrap();
        socket.receive(&mut batch).unwrap();
        let mut size = 0;
        batch.answer(|datagram, _, reply| {
            size += 1;
            reply.extend_from_slice(datagram);
            // A datagram that begins with this letter gets no reply.
            !datagram.starts_with(b"-")
        });
        socket.send_all(&mut batch);
        sizes.push(size);
    }
    sizes
}

/// Returns a socket that is connected to the server, and takes replies from no other address.
fn client(server: SocketAddr) -> UdpSocket {
    let client = UdpSocket::bind((server.ip(), 0)).unwrap();
    client.set_read_timeout(Some(SOON)).unwrap();
    client.connect(server).unwrap();
    client
}

/// Returns the next datagram as text; an error of the system, too.
fn received(client: &UdpSocket) -> String {
    let mut buffer = vec![0; MAX_DATAGRAM];
    match client.recv(&mut buffer) {
        Ok(length) => String::from_utf8_lossy(&buffer[..length]).into_owned(),
        Err(error) => error.to_string(),
    }
}

/// Sends a datagram to the server at each address, and checks that it comes back from there.
fn assert_echo_from(bound: &str, addresses: &[&str]) {
    let (port, server) = start_echo(bound, addresses.len());
    for address in addresses {
        let client = client(SocketAddr::new(address.parse().unwrap(), port));
        client.send(b"query").unwrap();
        assert_eq!(received(&client), "query", "{address}");
    }
    server.join().unwrap();
}

/// RFC 2181 section 4.1. Only Linux and Windows have all of 127.0.0.0/8.
#[cfg(not(target_os = "macos"))]
#[test]
fn a_wildcard_socket_replies_from_the_address_that_was_asked() {
    assert_echo_from("0.0.0.0:0", &["127.0.0.1", "127.53.0.2", "127.53.0.3"]);
}

#[test]
fn a_socket_with_one_address_replies_from_it() {
    assert_echo_from("127.0.0.1:0", &["127.0.0.1"]);
}

#[test]
fn ipv6_sockets_reply() {
    if UdpSocket::bind("[::1]:0").is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return;
    }
    assert_echo_from("[::]:0", &["::1"]);
    assert_echo_from("[::1]:0", &["::1"]);
}

/// Some get no reply, and one of each client is long.
#[test]
fn each_client_receives_the_replies_to_its_own_datagrams() {
    for bound in ["127.0.0.1:0", "0.0.0.0:0"] {
        let socket = UdpSocket::bind(bound).unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], socket.local_addr().unwrap().port()));
        let clients: Vec<_> = (0..5).map(|_| client(server)).collect();
        let long = "x".repeat(9_000);
        // All of them are there before the first one is received: more than one batch.
        for number in 0..20 {
            for (who, client) in clients.iter().enumerate() {
                let text = match number {
                    7 => format!("{who} {long}"),
                    number if number % 3 == 0 => format!("-{who} {number}"),
                    number => format!("{who} {number}"),
                };
                client.send(text.as_bytes()).unwrap();
            }
        }
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let sizes = runtime.block_on(echo(socket, 100));
        assert!(
            sizes.iter().all(|size| *size <= MAX_BATCH),
            "{bound}: {sizes:?}"
        );
        assert_eq!(
            sizes.len(),
            100_usize.div_ceil(MAX_BATCH),
            "{bound}: {sizes:?}"
        );
        for (who, client) in clients.iter().enumerate() {
            for number in (0..20).filter(|number| number % 3 != 0) {
                let expected = match number {
                    7 => format!("{who} {long}"),
                    number => format!("{who} {number}"),
                };
                assert_eq!(received(client), expected, "{bound}: reply {number}");
            }
        }
    }
}

/// The system refuses to send to port 0.
#[test]
fn a_reply_that_cannot_be_sent_does_not_hold_up_the_others() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let client = client(socket.local_addr().unwrap());
    client.send(b"query").unwrap();
    runtime.block_on(async {
        let socket = DatagramSocket::new(socket).unwrap();
        let mut batch = Batch::new();
        socket.arrival().await.unwrap();
        socket.receive(&mut batch).unwrap();
        let (range, ends) = batch.received[0].clone();
        let nowhere = Ends {
            client: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..ends
        };
        batch.received = vec![
            (range.clone(), nowhere),
            (range.clone(), ends),
            (range.clone(), nowhere),
            (range, ends),
        ];
        batch.answer(|datagram, _, reply| {
            reply.extend_from_slice(datagram);
            true
        });
        socket.send_all(&mut batch);
    });
    assert_eq!([received(&client), received(&client)], ["query", "query"]);
}

/// Each thread of a server receives some of the queries, and a second server is not started by mistake.
#[test]
fn threads_have_sockets_of_their_own_at_one_address() {
    let first = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = first.local_addr().unwrap();
    let sockets = split(first, 3).unwrap();
    assert_eq!(sockets.len(), 3);
    for socket in &sockets {
        assert_eq!(socket.local_addr().unwrap(), address);
    }
    let second = UdpSocket::bind(address);
    assert_eq!(
        second.map_err(|error| error.kind()).err(),
        Some(io::ErrorKind::AddrInUse),
        "another server at the same address"
    );
    let clients: Vec<_> = (0..60).map(|_| client(address)).collect();
    for client in &clients {
        client.send(b"query").unwrap();
    }
    let mut counts = Vec::new();
    for socket in &sockets {
        socket.set_nonblocking(true).unwrap();
        let mut count = 0;
        while socket.recv(&mut [0; 16]).is_ok() {
            count += 1;
        }
        counts.push(count);
    }
    assert_eq!(counts.iter().sum::<usize>(), 60, "{counts:?}");
    #[cfg(target_os = "linux")]
    assert!(!counts.contains(&0), "the clients are spread: {counts:?}");
}
