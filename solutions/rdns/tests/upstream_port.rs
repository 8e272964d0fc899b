//! `rdns --upstream-port`: a small hierarchy on loopback addresses, whose servers all listen on one
//! high port.
//!
//! macOS is left out, since it has 127.0.0.1 alone of 127.0.0.0/8.
#![cfg(test)]
#![cfg(not(target_os = "macos"))]

mod run_rdns;

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, RecordType};
use lab::{Lab, LabBuilder};
use network::Via;

/// A limit that no step comes near.
const SOON: Duration = Duration::from_secs(10);

const ROOT: &str = "
$TTL 3600
@          SOA  ns.root mail 1 1d 2h 4w 5m
@          NS   ns.root
ns.root    A    127.53.8.1
test       NS   ns.test
ns.test    A    127.53.8.2
";

/// Has an RRset of 20 TXT records with 100 octets each: too much for UDP.
fn test_zone() -> String {
    let big: String = (10..30)
        .map(|n| format!("big TXT {}{n}\n", "x".repeat(98)))
        .collect();
    format!(
        "$TTL 3600\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 127.53.8.2\nwww A 192.0.2.80\n{big}"
    )
}

/// Serves the lab's servers on their own addresses, and returns the port that is free on all of
/// them.
fn serve() -> u16 {
    let builder = LabBuilder::new()
        .zone(".", ROOT)
        .zone("test.", &test_zone());
    let lab = builder.build().unwrap();
    let addresses: Vec<IpAddr> = lab.hosts().iter().map(|host| host.address.ip()).collect();
    assert_eq!(addresses.len(), 2);
    let bound = (0..20).find_map(|_| bind(&addresses).ok());
    let sockets = bound.expect("a port that is free at both addresses");
    let port = sockets[0].0.local_addr().unwrap().port();
    for (udp, tcp) in sockets {
        let (one, other) = (lab.clone(), lab.clone());
        thread::spawn(move || serve_udp(&one, &udp));
        thread::spawn(move || serve_tcp(&other, &tcp));
    }
    port
}

fn bind(addresses: &[IpAddr]) -> std::io::Result<Vec<(UdpSocket, TcpListener)>> {
    let port = UdpSocket::bind((addresses[0], 0))?.local_addr()?.port();
    let pair = |ip: &IpAddr| {
        let udp = UdpSocket::bind((*ip, port))?;
        Ok((udp, TcpListener::bind((*ip, port))?))
    };
    addresses.iter().map(pair).collect()
}

fn serve_udp(lab: &Lab, socket: &UdpSocket) {
    let server = SocketAddr::new(socket.local_addr().unwrap().ip(), 53);
    let mut buffer = [0; 4_096];
    while let Ok((length, client)) = socket.recv_from(&mut buffer) {
        if let Some(reply) = lab.answer(server, Via::Udp, &buffer[..length]) {
            let _lost = socket.send_to(&reply, client);
        }
    }
}

fn serve_tcp(lab: &Lab, listener: &TcpListener) {
    let server = SocketAddr::new(listener.local_addr().unwrap().ip(), 53);
    for mut stream in listener.incoming().map(Result::unwrap) {
        let query = framed(&mut stream);
        let reply = lab.answer(server, Via::Tcp, &query).unwrap();
        let length = u16::try_from(reply.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length[..], &reply].concat()).unwrap();
    }
}

fn framed(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).unwrap();
    message
}

fn ask(rdns: &run_rdns::Rdns, name: &str, rtype: RecordType) -> DnsPacket {
    let mut query = DnsPacket::query(7, name.parse().unwrap(), rtype);
    query.header.rd = true;
    let octets = query.write().unwrap();
    let mut stream = TcpStream::connect(rdns.address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length[..], &octets].concat()).unwrap();
    DnsPacket::parse(&framed(&mut stream)).unwrap()
}

#[test]
fn every_server_is_queried_on_the_given_port_over_udp_and_tcp() {
    let port = serve();
    assert_ne!(port, 53);
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("hints");
    std::fs::write(&file, ". 60 NS ns.root.\nns.root. 60 A 127.53.8.1\n").unwrap();
    let rdns = run_rdns::start(file.to_str().unwrap(), port);
    let small = ask(&rdns, "www.test", RecordType::A);
    assert_eq!(
        (small.header.rcode, small.answers.len()),
        (Rcode::NOERROR, 1)
    );
    let large = ask(&rdns, "big.test", RecordType::TXT);
    assert_eq!(
        (large.header.rcode, large.answers.len()),
        (Rcode::NOERROR, 20)
    );
}
