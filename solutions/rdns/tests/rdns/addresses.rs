//! A machine with several addresses: each reply is sent from the address that was queried (RFC 2181
//! section 4.1). A client that is connected to an address gets no datagram from another one.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};
use real_servers::namespace::{require_namespaces, run_ignored_test};

use crate::server::{SOON, Server, framed, query, receive};

const PORT: u16 = 2_053;
/// The addresses that loopback has in the namespace besides 127.0.0.0/8 and ::1.
const ADDED: [&str; 4] = ["10.53.0.1", "10.53.0.2", "fd53::1", "fd53::2"];

fn added() -> Vec<IpAddr> {
    let addresses = ADDED.iter().map(|address| address.parse().unwrap());
    addresses.collect()
}

/// Whether a client at `from` gets a reply from `server` over UDP.
fn udp(from: IpAddr, server: IpAddr, name: &str) -> bool {
    let query = query(name, RecordType::A, None).write().unwrap();
    let socket = UdpSocket::bind((from, 0)).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    socket.connect((server, PORT)).unwrap();
    let mut reply = [0; 512];
    socket.send(&query).is_ok()
        && socket
            .recv(&mut reply)
            .is_ok_and(|length| DnsPacket::parse(&reply[..length]).unwrap().answers.len() == 1)
}

/// Whether `server` replies over TCP.
fn tcp(server: IpAddr) -> bool {
    let query = query("www.google.com", RecordType::A, None)
        .write()
        .unwrap();
    let address = SocketAddr::new(server, PORT);
    let Ok(mut stream) = TcpStream::connect_timeout(&address, SOON) else {
        return false;
    };
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(&framed(&query)).unwrap();
    receive(&mut stream).is_ok()
}

/// Checks which addresses answer, each over both transports, with a fresh search and from the reply
/// cache, to clients at each address of the same family.
fn check(listen: &[&str], addresses: &[&str], is_answered: impl Fn(&str) -> bool) {
    let (_server, _log) = Server::start_on(
        listen,
        &["--allow", "10.0.0.0/8", "--allow", "fd53::/16"],
        "off",
    );
    for text in addresses {
        let expected = is_answered(text);
        let server: IpAddr = text.parse().unwrap();
        assert_eq!(
            tcp(server),
            expected,
            "{text} over TCP, listening on {listen:?}"
        );
        let clients = ["127.0.0.1", "10.53.0.2", "::1", "fd53::2"];
        let clients = clients.map(|client| client.parse::<IpAddr>().unwrap());
        for from in clients
            .into_iter()
            .filter(|from| from.is_ipv4() == server.is_ipv4())
        {
            for name in ["www.google.com", "example.com", "www.google.com"] {
                let got = udp(from, server, name);
                assert_eq!(
                    got, expected,
                    "{name}, {from} to {text}, listening on {listen:?}"
                );
            }
        }
    }
}

#[test]
#[ignore = "needs a namespace of its own"]
fn each_address() {
    let all = [
        "127.0.0.1",
        "127.53.0.2",
        "::1",
        "10.53.0.1",
        "10.53.0.2",
        "fd53::1",
        "fd53::2",
    ];
    check(&["0.0.0.0:2053", "[::]:2053"], &all, |_| true);
    check(&["[::]:2053", "0.0.0.0:2053"], &all, |_| true);
    check(&["0.0.0.0:2053"], &all, |address| !address.contains(':'));
    check(&["[::]:2053"], &all, |address| address.contains(':'));
    let listen = ["10.53.0.1:2053", "127.53.0.2:2053", "[fd53::2]:2053"];
    let bound = ["10.53.0.1", "127.53.0.2", "fd53::2"];
    check(&listen, &all, |address| bound.contains(&address));
}

#[test]
fn each_address_replies_for_itself() {
    if require_namespaces() {
        run_ignored_test("addresses::each_address", &added());
    }
}
