//! Stale answers while no server replies, and answers that are fetched again before they expire.

use std::net::UdpSocket;
use std::thread::sleep;
use std::time::{Duration, Instant};

use dnsparse::RecordType;
use real_servers::require_programs;

use crate::control::run;
use crate::house::House;
use crate::local::line;
use crate::server::{SOON, Server, query};

const STUB: &str = "[[stub]]\nzone = \"corp.example\"\nservers = [\"COMPANY\"]\n";
const A: RecordType = RecordType::A;

/// The reply in a line, its least TTL, and the time that it took.
fn ask(server: &Server, edns: Option<u16>) -> (String, u32, Duration) {
    let start = Instant::now();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    let query = query("short.corp.example", A, edns).write().unwrap();
    socket.send_to(&query, server.address).unwrap();
    let mut reply = [0; 512];
    let length = socket.recv(&mut reply).expect("a reply");
    let reply = dnsparse::DnsPacket::parse(&reply[..length]).unwrap();
    let ttl = reply.answers.iter().map(|record| record.ttl).min();
    (line(&reply), ttl.unwrap_or(0), start.elapsed())
}

#[test]
fn a_stale_answer_is_better_than_none() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    // With more servers, a search takes longer to fail.
    let others = ["127.0.0.3", "127.0.0.4", "127.0.0.5"];
    let sockets = others.map(|ip| UdpSocket::bind((ip, 0)).unwrap());
    let others = sockets
        .each_ref()
        .map(|it| format!(", \"{}\"", it.local_addr().unwrap()));
    let stub = STUB.replace("\"COMPANY\"", &format!("\"COMPANY\"{}", others.concat()));
    let without = house.rdns(&stub);
    let with = house.rdns(&format!("serve-stale = 3600\n{stub}"));
    for server in [&without, &with] {
        for edns in [Some(1_232), None] {
            let (got, ttl, _) = ask(server, edns);
            assert!(
                got == "NOERROR 192.168.7.20" && ttl <= 3,
                "{got}, TTL {ttl}"
            );
        }
    }
    let address = house.company.address;
    let House {
        company,
        file: _file,
        ..
    } = house;
    drop(company);
    // The server does not refuse: it is silent.
    // (The child process of nsd may hold the address for a moment.)
    let end = Instant::now() + SOON;
    let _silent = loop {
        match UdpSocket::bind(address) {
            Ok(socket) => break socket,
            Err(error) => assert!(Instant::now() < end, "{address}: {error}"),
        }
        sleep(Duration::from_millis(20));
    };
    sleep(Duration::from_millis(3_100));
    let (got, ttl, took) = ask(&with, Some(1_232));
    assert!(
        got.starts_with("NOERROR 192.168.7.20 [EDE 3: no server replied; the answer expired "),
        "{got}"
    );
    assert_eq!(ttl, 30, "the TTL of a stale record");
    assert!(
        (Duration::from_millis(1_700)..SOON / 3).contains(&took),
        "the client gets it after 1.8 s: {took:?}"
    );
    // The search goes on, and fails. From then on the failure is known, and no client waits.
    sleep(Duration::from_secs(4));
    let (got, _, took) = ask(&with, Some(1_232));
    assert!(
        got.starts_with("NOERROR 192.168.7.20 [EDE 3: ") && took < SOON / 10,
        "{got} {took:?}"
    );
    let (got, ttl, _) = ask(&with, None);
    assert_eq!(
        (got.as_str(), ttl),
        ("NOERROR 192.168.7.20", 30),
        "without EDNS"
    );
    let (got, _, _) = ask(&without, Some(1_232));
    assert!(
        got.starts_with("SERVFAIL [EDE 22: "),
        "without serve-stale: {got}"
    );
}

/// Clients over TCP, TLS and HTTPS get stale answers, too, and those whose queries have other flags.
#[test]
fn a_stale_answer_is_for_all_transports() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    let control = house.file.folder.path().join("control");
    let server = house.rdns(&format!(
        "serve-stale = 3600\ncontrol = \"control\"\n{STUB}"
    ));
    let plain = query("short.corp.example", A, None);
    let with_edns = query("short.corp.example", A, Some(1_232));
    assert_eq!(line(&server.tcp(&with_edns)), "NOERROR 192.168.7.20");
    let House {
        company,
        file: _file,
        ..
    } = house;
    drop(company);
    sleep(Duration::from_millis(3_100));
    let stale = "NOERROR 192.168.7.20 [EDE 3: no server replied; the answer expired ";
    let over_tcp = line(&server.tcp(&with_edns));
    assert!(over_tcp.starts_with(stale), "over TCP: {over_tcp}");
    let over_udp = line(&server.udp(&with_edns).0);
    assert!(over_udp.starts_with(stale), "over UDP: {over_udp}");
    let without = line(&server.udp(&plain).0);
    assert_eq!(without, "NOERROR 192.168.7.20", "without EDNS");
    let stale = counter(control.to_str().unwrap(), "stale_replies_total");
    assert!(stale >= 3, "{stale} stale replies");
}

/// Returns a counter, by `rdns ctl stats`.
fn counter(socket: &str, name: &str) -> u64 {
    let (_, text, errors) = run(&["ctl", "--control", socket, "stats"]);
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
    let value = values.next().and_then(|rest| rest.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {name}: {text}{errors}"))
}

/// Clients ask all the time for a name with a TTL of 6 s. Only the first query of each waits for a server.
#[test]
fn a_popular_answer_is_fetched_before_it_expires() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    let folder = house.file.folder.path().to_owned();
    let start_server = |control: &str| {
        let server = house.rdns(&format!("prefetch = true\ncontrol = \"{control}\"\n{STUB}"));
        (server, folder.join(control))
    };
    let (over_udp, over_tcp) = (start_server("udp"), start_server("tcp"));
    let start = Instant::now();
    let query = query("six.corp.example", A, None);
    while start.elapsed() < Duration::from_millis(7_500) {
        for reply in [over_udp.0.udp(&query).0, over_tcp.0.tcp(&query)] {
            assert_eq!(line(&reply), "NOERROR 192.168.7.21");
        }
        sleep(Duration::from_millis(50));
    }
    for (_, control) in [&over_udp, &over_tcp] {
        let control = control.to_str().unwrap();
        let names = ["questions_total", "hits_total", "prefetches_total"];
        let [questions, hits, prefetches] = names.map(|name| counter(control, name));
        assert!(
            prefetches >= 1,
            "{prefetches} prefetches of {questions} questions"
        );
        assert_eq!(hits, questions - 1, "all but the first question were hits");
    }
}
