//! The counters: what an administrator sees of an attack or an outage.

use std::net::{IpAddr, TcpStream, UdpSocket};

use dnsparse::{DnsPacket, Rcode, RecordType};
use real_servers::namespace::{require_namespaces, run_ignored_test};

use crate::configuration::ConfigFile;
use crate::control::Controlled;
use crate::local::ask;
use crate::server::{SOON, query};

const A: RecordType = RecordType::A;

/// Returns the counters of these names, whose `_total` is left out.
fn counters<const N: usize>(rdns: &Controlled, names: [&str; N]) -> [u64; N] {
    names.map(|name| rdns.counter(&format!("{name}_total")))
}

/// Binds the socket of a client at an address.
fn client(address: &str, rdns: &Controlled) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).unwrap();
    socket.set_read_timeout(Some(SOON / 10)).unwrap();
    socket.connect(rdns.server.address).unwrap();
    socket
}

#[test]
fn replies_are_counted_by_their_kind() {
    let file = ConfigFile::new(
        "[local]\nrecords = [\"nas.lan. A 192.168.1.10\"]\n[[blocklist]]\nfile = \"ads\"\nform = \"domains\"\n",
    );
    file.beside("ads", "ads.example\ng06.yahoodns.net\n");
    let rdns = Controlled::start(&["--config", file.path()]);
    let names = [
        "questions",
        "hits",
        "blocked_replies",
        "servfail_replies",
        "bogus_replies",
    ];
    let mut before = counters(&rdns, names);
    // The name, and the counters that the query for it raises.
    for (name, expected) in [
        ("www.google.com", [1, 0, 0, 0, 0]),
        ("www.google.com", [1, 1, 0, 0, 0]),
        ("nas.lan", [1, 0, 0, 0, 0]),
        ("x.ads.example", [1, 0, 1, 0, 0]),
        ("x.ads.example", [1, 1, 1, 0, 0]),
        // Its alias leads to a name on the list.
        ("www.yahoo.com", [1, 0, 1, 0, 0]),
        ("www.expired.dnssec.test", [1, 0, 0, 1, 1]),
        ("www.first.servers.test", [1, 0, 0, 1, 0]),
    ] {
        let socket = client("127.0.0.1", &rdns);
        socket.set_read_timeout(Some(SOON)).unwrap();
        // Once: a repeated query would be counted, too.
        socket.send(&query(name, A, None).write().unwrap()).unwrap();
        socket.recv(&mut [0; 512]).expect("a reply");
        let after = counters(&rdns, names);
        let raised: [u64; 5] = std::array::from_fn(|index| after[index] - before[index]);
        assert_eq!(raised, expected, "{name}: {names:?}");
        before = after;
    }
}

#[test]
fn no_record_is_left_after_all_zones_are_flushed() {
    let rdns = Controlled::start(&[]);
    ask(&rdns.server, "www.google.com", A);
    assert!(rdns.counter("cached_records") > 3);
    rdns.ok(&["flush-zone", "."]);
    // (The names and addresses of the root servers, which are fetched at the start, are no cached answers.)
    assert_eq!(rdns.counter("cached_records"), 0);
}

/// Run by the test below, in a network namespace where 10.53.0.1 and 10.53.0.2 are local: loopback
/// addresses have no limit, and are allowed.
#[test]
#[ignore = "needs a namespace of its own"]
fn refused_and_limited() {
    let arguments = ["--allow", "10.53.0.2/32", "--rate-limit", "4"];
    let rdns = Controlled::start_on("10.53.0.1:0", &arguments);
    let names = [
        "questions",
        "access_refused",
        "rate_limit_dropped",
        "rate_limit_truncated",
    ];
    let octets = query("www.google.com", A, None).write().unwrap();
    let send = |socket: &UdpSocket| socket.send(&octets).unwrap();
    let receive = |socket: &UdpSocket| {
        let mut buffer = [0; 512];
        let length = socket.recv(&mut buffer).ok()?;
        Some(DnsPacket::parse(&buffer[..length]).unwrap().header)
    };
    let stranger = client("10.53.0.1", &rdns);
    send(&stranger);
    let refused = receive(&stranger).expect("a reply");
    assert_eq!(refused.rcode, Rcode::REFUSED);
    assert_eq!(counters(&rdns, names), [1, 1, 0, 0]);
    drop(TcpStream::connect(rdns.server.address).unwrap());
    let allowed = client("10.53.0.2", &rdns);
    for _ in 0..20 {
        send(&allowed);
    }
    let (mut sent, mut truncated) = (0, 0);
    while let Some(header) = receive(&allowed) {
        sent += 1;
        truncated += u64::from(header.tc);
    }
    assert!(
        sent < 20 && truncated > 0,
        "{sent} replies, {truncated} truncated"
    );
    assert_eq!(counters(&rdns, names), [21, 2, 20 - sent, truncated]);
}

#[test]
fn refused_queries_and_limited_replies_are_counted() {
    if require_namespaces() {
        let added = ["10.53.0.1", "10.53.0.2"].map(|address| address.parse::<IpAddr>().unwrap());
        run_ignored_test("counters::refused_and_limited", &added);
    }
}
