//! The program `rdns`, as its users meet it.
#![cfg(test)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, Rcode, RecordType};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Far more than anything here takes.
const SOON: Duration = Duration::from_secs(10);

/// A running server of the mini-Internet; dropping it ends it.
struct Server {
    child: Child,
    address: SocketAddr,
    /// Its log, line by line.
    log: Receiver<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way it has to be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Server {
        Server::start_with(&[], "info")
    }

    fn start_with(arguments: &[&str], log: &str) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rdns"))
            .args(["--lab", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("RUST_LOG", log)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, log) = channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .for_each(|line| drop(sender.send(line)))
        });
        let first = log.recv_timeout(SOON).expect("a line once it listens");
        let address = first
            .strip_prefix("rdns: listening on ")
            .and_then(|rest| rest.split(' ').next());
        let address = address
            .unwrap_or_else(|| panic!("{first}"))
            .parse()
            .unwrap();
        Server {
            child,
            address,
            log,
        }
    }

    /// The first line of its log that has these words, from now on.
    fn told(&self, words: &str) -> String {
        loop {
            let line = self.log.recv_timeout(SOON);
            let line = line.unwrap_or_else(|_| panic!("no line with '{words}'"));
            if line.contains(words) {
                return line;
            }
        }
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// How much memory it has at present, in KiB.
    #[cfg(target_os = "linux")]
    fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap()
    }

    /// Asks until there is an answer: UDP may lose what it carries.
    fn udp(&self, query: &DnsPacket) -> (DnsPacket, usize) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(SOON / 10)).unwrap();
        let mut reply = [0; 65_535];
        let tries = (0..10).find_map(|_| {
            socket
                .send_to(&query.write().unwrap(), self.address)
                .unwrap();
            socket.recv(&mut reply).ok()
        });
        let length = tries.expect("a reply in ten tries");
        (DnsPacket::parse(&reply[..length]).unwrap(), length)
    }

    fn tcp(&self, query: &DnsPacket) -> DnsPacket {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let octets = query.write().unwrap();
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        stream
            .write_all(&[&length, octets.as_slice()].concat())
            .unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut reply).unwrap();
        DnsPacket::parse(&reply).unwrap()
    }
}

fn query(name: &str, rtype: RecordType, udp_size: Option<u16>) -> DnsPacket {
    let mut query = DnsPacket::query(0x4242, name.parse().unwrap(), rtype);
    query.header.rd = true;
    query.edns = udp_size.map(|udp_size| Edns {
        udp_size,
        ..Edns::default()
    });
    query
}

#[test]
fn it_walks_from_the_root_and_tells_so() {
    let server = Server::start();
    let (reply, _) = server.udp(&query("www.google.com", RecordType::A, Some(1_232)));
    assert_eq!(
        (reply.header.rcode, reply.answers.len()),
        (Rcode::NOERROR, 1)
    );
    assert!(reply.header.ra && !reply.header.aa && reply.header.qr);
    let told: Vec<_> = (0..4)
        .map(|_| server.log.recv_timeout(SOON).unwrap())
        .collect();
    // Which of a zone's servers is asked is left to chance.
    for (line, (zone, said)) in told.iter().zip([
        ("www.google.com. A", ""),
        ("  .  ", " says: ask the servers of com."),
        ("  com.  ", " says: ask the servers of google.com."),
        ("  google.com.  ", " says: 142.250.74.36"),
    ]) {
        let is_told = line.contains(zone) && line.ends_with(said);
        assert!(line.contains("INFO") && is_told, "{line}");
    }
}

#[test]
fn a_large_answer_is_cut_for_udp_and_whole_over_tcp() {
    let server = Server::start();
    for udp_size in [None, Some(512), Some(65_535)] {
        let query = query("huge.example.com", RecordType::TXT, udp_size);
        let (short, length) = server.udp(&query);
        let limit = udp_size.map_or(512, |size| usize::from(size).min(1_232));
        assert!(short.header.tc && length <= limit && short.edns.is_some() == udp_size.is_some());
        let whole = server.tcp(&query);
        assert!(!whole.header.tc && whole.answers.len() == 16);
    }
}

#[test]
fn every_end_of_a_search_has_its_rcode() {
    let server = Server::start();
    let rcode = |name, rtype| server.udp(&query(name, rtype, None)).0.header.rcode;
    assert_eq!(rcode("example.com", RecordType::A), Rcode::NOERROR);
    assert_eq!(rcode("example.com", RecordType::NAPTR), Rcode::NOERROR);
    assert_eq!(rcode("nosuch.example.com", RecordType::A), Rcode::NXDOMAIN);
    assert_eq!(rcode("circle.example.com", RecordType::A), Rcode::SERVFAIL);
    let mut without_rd = query("example.com", RecordType::A, None);
    without_rd.header.rd = false;
    assert_eq!(
        server.udp(&without_rd).0.header.rcode,
        Rcode::REFUSED,
        "what others asked for is nobody's business"
    );
}

#[test]
fn garbage_does_not_disturb_it() {
    let server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for length in 0..600 {
        socket.send_to(&vec![0xff; length], server.address).unwrap();
    }
    let (reply, _) = server.udp(&query("example.com", RecordType::A, None));
    assert_eq!(reply.header.rcode, Rcode::NOERROR);
}

#[cfg(unix)]
#[test]
fn it_ends_in_peace_when_told_to() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start();
        server.signal(signal);
        assert_eq!(
            server.child.wait().unwrap().code(),
            Some(0),
            "after {signal}"
        );
    }
}

/// A question that takes some seconds to fail is under way: that is no reason to stay.
#[cfg(unix)]
#[test]
fn it_does_not_wait_for_ever_for_what_is_under_way() {
    let mut server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let dead = query("www.dead.test", RecordType::A, None).write().unwrap();
    socket.send_to(&dead, server.address).unwrap();
    server.told("says: ask the servers of dead.test.");
    let start = Instant::now();
    server.signal("-TERM");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(start.elapsed() < SOON / 3, "{:?}", start.elapsed());
}

/// What is about to be answered is answered before it ends.
#[cfg(unix)]
#[test]
fn what_is_under_way_is_finished() {
    let mut server = Server::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    let asked = query("www.slow.test", RecordType::A, None).write().unwrap();
    socket.send_to(&asked, server.address).unwrap();
    server.told("says: ask the servers of slow.test.");
    server.signal("-TERM");
    let mut reply = [0; 512];
    let length = socket.recv(&mut reply).unwrap();
    assert_eq!(DnsPacket::parse(&reply[..length]).unwrap().answers.len(), 1);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn its_figures_are_told_on_request_and_now_and_then() {
    let server = Server::start_with(&["--stats-interval", "1"], "off");
    server.told("rdns: 0 questions, 0 hits, ");
    for _ in 0..3 {
        server.udp(&query("www.google.com", RecordType::A, None));
    }
    // A question that was sent twice counts twice.
    let line = server.told(" 3 upstream questions, ");
    assert!(!line.contains(" 0 questions, "), "{line}");
    assert!(
        line.ends_with(" records in the cache, 0 in flight"),
        "{line}"
    );
    let quiet = Server::start_with(&[], "off");
    quiet.udp(&query("www.google.com", RecordType::A, None));
    quiet.signal("-USR1");
    quiet.told(" 3 upstream questions, ");
}

#[test]
fn the_story_of_a_question_carries_its_name() {
    let server = Server::start_with(&[], "rdns=debug");
    server.udp(&query("www.google.com", RecordType::A, None));
    let line = server.told("says: ask the servers of com.");
    assert!(
        line.contains("question{qname=www.google.com. qtype=A}"),
        "{line}"
    );
}

#[test]
fn what_was_answered_is_answered_again_without_asking_anybody() {
    let server = Server::start();
    let asked = query("www.google.com", RecordType::A, Some(1_232));
    let (first, _) = server.udp(&asked);
    server.told("google.com.");
    std::thread::sleep(Duration::from_millis(1_100));
    let (mut again, _) = server.udp(&asked);
    assert!(again.answers[0].ttl < first.answers[0].ttl);
    again.answers[0].ttl = first.answers[0].ttl;
    assert_eq!(again, first, "but for the TTL");
    assert_eq!(server.tcp(&asked).answers.len(), 1);
}

#[test]
fn a_second_one_does_not_share_the_port() {
    let server = Server::start();
    let address = server.address.to_string();
    let (status, text) = complaint(&["--lab", "--listen", &address]);
    assert_eq!(status, Some(1));
    assert!(text.contains(&address), "{text}");
}

#[test]
fn idle_connections_keep_nobody_out() {
    let server = Server::start();
    let asked = query("www.google.com", RecordType::A, None);
    server.tcp(&asked);
    // Some are dropped meanwhile, so that this does not need a thousand places itself. All of them send half a length.
    let mut idle = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(server.address).unwrap();
        // It may have been closed already, to make room for the next.
        let _ = stream.write_all(&[0]);
        idle.push(stream);
        if number >= 300 {
            idle.remove(0);
        }
    }
    assert_eq!(server.tcp(&asked).answers.len(), 1);
    assert_eq!(server.udp(&asked).0.answers.len(), 1);
}

/// A hundred thousand datagrams: queries with some octets changed, cut short, or nothing but noise.
#[cfg(target_os = "linux")]
#[test]
fn hostile_datagrams_cost_it_nothing() {
    let server = Server::start_with(&[], "off");
    let asked = query("www.google.com", RecordType::A, Some(1_232));
    server.udp(&asked);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut random = StdRng::seed_from_u64(5);
    let plain = asked.write().unwrap();
    let mut flood = |datagrams: usize| {
        for number in 0..datagrams {
            let mut octets = plain.clone();
            for _ in 0..random.random_range(0..6) {
                let at = random.random_range(0..octets.len());
                octets[at] = random.random();
            }
            octets.truncate(random.random_range(0..=octets.len()));
            socket.send_to(&octets, server.address).unwrap();
            if number % 100 == 0 {
                // It has to keep up, or the system throws away what would be tested.
                std::thread::sleep(Duration::from_micros(500));
            }
        }
    };
    flood(20_000);
    assert_eq!(server.udp(&asked).0.answers.len(), 1);
    let before = server.memory();
    flood(80_000);
    assert_eq!(server.udp(&asked).0.answers.len(), 1);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 32 * 1_024, "{grown} KiB more");
}

/// What it says, and its exit status, when it cannot begin.
fn complaint(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_rdns"))
        .args(arguments)
        .output()
        .unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let _holder = TcpListener::bind(taken).unwrap();
    let (status, text) = complaint(&[
        "--lab",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        &taken.to_string(),
    ]);
    assert_eq!(status, Some(1));
    assert!(
        text.starts_with(&format!("rdns: cannot listen on {taken}: ")),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn what_it_does_not_do_it_says() {
    let (status, text) = complaint(&["--lab", "--allow", "192.0.2.0/33"]);
    assert!(
        status == Some(2) && text.contains("such as 192.0.2.0/24"),
        "{text}"
    );
    let (status, text) = complaint(&["--root-hints", "/no/such/file"]);
    assert!(
        status == Some(1) && text.starts_with("rdns: /no/such/file: "),
        "{text}"
    );
    assert_eq!(complaint(&["--lab", "--upstream-port", "53"]).0, Some(2));
    assert_eq!(complaint(&["--listen", "localhost"]).0, Some(2));
}

#[test]
fn hints_have_to_name_a_server() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("hints");
    let hints = file.to_str().unwrap();
    std::fs::write(&file, ". 60 NS a.root.\n").unwrap();
    let (status, text) = complaint(&["--root-hints", hints]);
    assert!(
        status == Some(1) && text.contains("names no root server with an address"),
        "{text}"
    );
    std::fs::write(&file, ". 60 NSS a.root.\n").unwrap();
    let (status, text) = complaint(&["--root-hints", hints]);
    assert!(status == Some(1) && text.contains(":1:6: "), "{text}");
}
