//! `rdns` under a flood of forged replies, over real sockets: they come from the address and port
//! of the authoritative server, to the port of the query, while that server takes its time.
//!
//! That is more than an off-path attacker can do: it has to guess the port. What is left to guess
//! is the id, and the case of the name.
//!
//! macOS is left out, since it has 127.0.0.1 alone of 127.0.0.0/8.
#![cfg(test)]
#![cfg(not(target_os = "macos"))]

mod run_rdns;

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use dnsparse::{DnsPacket, Rdata, Record, RecordType};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// The only server: of the root, and so of all names.
const SERVER: Ipv4Addr = Ipv4Addr::new(127, 53, 13, 1);
const TRUE_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 80);
const FORGED_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 66);
/// The number of names that are looked up.
const NAMES: u32 = 200;
/// The number of clients that look them up.
const CLIENTS: u32 = 8;
/// The forged replies to each query: if all of them counted, six of the names would be poisoned.
const FORGED: u16 = 2_000;
/// The time that the server takes.
const LATENCY: Duration = Duration::from_millis(30);
/// A limit that no step comes near.
const SOON: Duration = Duration::from_secs(10);

/// Returns the reply to a query: SOA and NS of the root for the root, else an A record.
fn reply(query: &DnsPacket, address: Ipv4Addr) -> DnsPacket {
    let mut reply = DnsPacket::reply_to(query);
    reply.header.aa = true;
    let Some(question) = query.question() else {
        return reply;
    };
    let record = |text: &str| text.parse::<Record>().unwrap();
    match question.qtype {
        RecordType::A
            if !question.qname.is_root() && question.qname != "ns.test".parse().unwrap() =>
        {
            let rdata = Rdata::A(address);
            reply.answers = vec![Record::new(question.qname.clone(), 3_600, rdata)];
        }
        RecordType::A => reply.answers = vec![record(&format!("ns.test. 3600 A {SERVER}"))],
        RecordType::NS if question.qname.is_root() => {
            reply.answers = vec![record(". 3600 NS ns.test.")];
            reply.additionals = vec![record(&format!("ns.test. 3600 A {SERVER}"))];
        }
        _ => reply.authorities = vec![record(". 300 SOA ns.test. mail.test. 1 2 3 4 300")],
    }
    reply
}

/// Returns a forged reply, still with the query's id; with the name in lower case, since an attacker
/// that is off path cannot see how it was written.
fn forged(query: &DnsPacket) -> Vec<u8> {
    let mut forged = reply(query, FORGED_ADDRESS);
    for question in &mut forged.questions {
        question.qname = question.qname.to_lowercase();
    }
    forged.write().unwrap()
}

/// Sends forged replies to a query, with ids that differ from each other.
fn flood(socket: &UdpSocket, query: &DnsPacket, client: SocketAddr, random: &mut SmallRng) -> u64 {
    let mut octets = forged(query);
    let first: u16 = random.random();
    let mut sent = 0;
    for number in 0..FORGED {
        let id = first.wrapping_add(number.wrapping_mul(31));
        octets[..2].copy_from_slice(&id.to_be_bytes());
        sent += u64::from(socket.send_to(&octets, client).is_ok());
    }
    sent
}

/// Serves over UDP: first come the forged replies, and later the true one.
fn serve_udp(socket: &UdpSocket, sent: &AtomicU64) {
    let mut buffer = [0; 4_096];
    let mut random = SmallRng::seed_from_u64(13);
    while let Ok((length, client)) = socket.recv_from(&mut buffer) {
        let query = DnsPacket::parse(&buffer[..length]).unwrap();
        let forged = flood(socket, &query, client, &mut random);
        sent.fetch_add(forged, Ordering::Relaxed);
        let socket = socket.try_clone().unwrap();
        thread::spawn(move || {
            thread::sleep(LATENCY);
            let _gone = socket.send_to(&reply(&query, TRUE_ADDRESS).write().unwrap(), client);
        });
    }
}

fn serve_tcp(listener: &TcpListener) {
    for mut stream in listener.incoming().map(Result::unwrap) {
        thread::spawn(move || {
            while let Ok(query) = receive(&mut stream) {
                let query = DnsPacket::parse(&query).unwrap();
                thread::sleep(LATENCY);
                send(&mut stream, &reply(&query, TRUE_ADDRESS).write().unwrap());
            }
        });
    }
}

fn receive(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}

fn send(stream: &mut TcpStream, message: &[u8]) {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    let _gone = stream.write_all(&[&length[..], message].concat());
}

/// Looks up every `CLIENTS`-th name, and returns the answers that are not the true one.
fn wrong_answers(rdns: SocketAddr, first: u32) -> Vec<String> {
    let mut stream = TcpStream::connect(rdns).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let mut wrong = Vec::new();
    for number in (first..NAMES).step_by(CLIENTS as usize) {
        let name = format!("www.host-{number}.forged.example");
        let mut query = DnsPacket::query(7, name.parse().unwrap(), RecordType::A);
        query.header.rd = true;
        send(&mut stream, &query.write().unwrap());
        let reply = DnsPacket::parse(&receive(&mut stream).unwrap()).unwrap();
        let owner_and_address: Vec<_> = reply
            .answers
            .iter()
            .map(|it| (it.owner.to_string(), it.address()))
            .collect();
        if owner_and_address != [(format!("{name}."), Some(IpAddr::V4(TRUE_ADDRESS)))] {
            wrong.push(format!("{name}: {} {owner_and_address:?}", reply.rcode()));
        }
    }
    wrong
}

#[test]
fn the_true_answer_wins_over_forged_replies_each_time() {
    let udp = UdpSocket::bind((SERVER, 0)).unwrap();
    let port = udp.local_addr().unwrap().port();
    let tcp = TcpListener::bind((SERVER, port)).unwrap();
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    thread::spawn(move || serve_udp(&udp, &counter));
    thread::spawn(move || serve_tcp(&tcp));
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("hints");
    std::fs::write(&file, format!(". 60 NS ns.test.\nns.test. 60 A {SERVER}\n")).unwrap();
    let rdns = run_rdns::start(file.to_str().unwrap(), port);

    let address = rdns.address;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|first| thread::spawn(move || wrong_answers(address, first)))
        .collect();
    let answers = clients
        .into_iter()
        .flat_map(|client| client.join().unwrap());
    let wrong: Vec<String> = answers.collect();
    assert!(
        wrong.is_empty(),
        "{} of {NAMES} answers are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let sent = sent.load(Ordering::Relaxed);
    let least = u64::from(NAMES) * u64::from(FORGED) / 2;
    assert!(sent >= least, "only {sent} forged replies were sent");
}
