//! The program `client`: zone transfers, JSON, and messages in hexadecimal.
#![cfg(test)]

mod run_client;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;

use dnsparse::{DnsPacket, Edns, Rdata, Record, RecordType};
use real_servers::{command, require_programs};
use run_client::client;

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

/// Serves one transfer: each list of records is a message. Returns the address, and the query.
fn serve(messages: Vec<Vec<Record>>) -> (SocketAddr, thread::JoinHandle<DnsPacket>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut query = vec![0; u16::from_be_bytes(length).into()];
        stream.read_exact(&mut query).unwrap();
        let query = DnsPacket::parse(&query).unwrap();
        for (number, records) in messages.into_iter().enumerate() {
            let mut reply = DnsPacket::reply_to(&query);
            reply.answers = records;
            if number > 0 {
                // As RFC 5936 section 2.2.1 allows.
                reply.questions.clear();
            }
            let octets = reply.write().unwrap();
            let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
            stream.write_all(&[&length[..], &octets].concat()).unwrap();
        }
        query
    });
    (address, server)
}

fn soa(serial: u32) -> Record {
    let text = format!("test. 60 SOA ns.test. h.test. {serial} 1 1 1 1");
    text.parse().unwrap()
}

fn host(n: u8) -> Record {
    format!("h{n}.test. 60 A 192.0.2.{n}").parse().unwrap()
}

#[test]
fn a_transfer_of_several_messages_is_shown_whole() {
    let (server, served) = serve(vec![
        vec![soa(7), host(1)],
        vec![host(2), host(3)],
        vec![soa(7)],
    ]);
    let server = server.to_string();
    let arguments = ["--server", &server, "--query", "test", "--type", "AXFR"];
    let output = client(&arguments, b"");
    assert_eq!(
        (text(&output.stderr).as_str(), output.status.code()),
        ("", Some(0))
    );
    let shown = text(&output.stdout);
    let records: Vec<&str> = shown.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(records.len(), 5, "{shown}");
    assert!(
        records[3].starts_with("h3.test.  ") && records[4].contains("SOA"),
        "{shown}"
    );
    assert!(
        shown.contains(";; XFR size: 5 records (messages 3, bytes "),
        "{shown}"
    );
    let query = served.join().unwrap();
    assert!(!query.header.rd && query.questions[0].qtype == RecordType::AXFR);
}

#[test]
fn an_incremental_transfer_tells_the_server_the_clients_version() {
    let (server, served) = serve(vec![vec![soa(9), soa(7), host(1), soa(9), host(2), soa(9)]]);
    let server = server.to_string();
    let arguments = [
        "--server", &server, "--query", "test", "--type", "ixfr=7", "--short",
    ];
    let output = client(&arguments, b"");
    assert_eq!(
        (text(&output.stderr).as_str(), output.status.code()),
        ("", Some(0))
    );
    assert_eq!(text(&output.stdout).lines().count(), 6);
    let query = served.join().unwrap();
    let [
        Record {
            rdata: Rdata::Soa(soa),
            ..
        },
    ] = query.authorities.as_slice()
    else {
        panic!("one SOA is expected: {:?}", query.authorities)
    };
    assert_eq!(soa.serial, 7);
}

#[test]
fn a_transfer_that_breaks_off_is_an_error() {
    let (server, served) = serve(vec![vec![soa(7), host(1)]]);
    let server = server.to_string();
    let output = client(
        &["--server", &server, "--query", "test", "--type", "AXFR"],
        b"",
    );
    assert_eq!(output.status.code(), Some(9));
    let error = text(&output.stderr);
    assert!(
        error.starts_with("client: the transfer broke off after 2 records: "),
        "{error}"
    );
    served.join().unwrap();
}

/// Replies once over UDP, with reserved flags in the header and in EDNS.
fn reply_with_reserved_flags(socket: &UdpSocket) {
    let mut buffer = [0; 4_096];
    let (length, client) = socket.recv_from(&mut buffer).expect("a query arrives");
    let query = DnsPacket::parse(&buffer[..length]).expect("the query is a message");
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.id = query.header.id;
    reply.header.z = true;
    reply.edns = Some(Edns {
        udp_size: 1_232,
        do_bit: true,
        z: 0x41,
        ..Edns::default()
    });
    let octets = reply.write().expect("the reply can be written");
    socket.send_to(&octets, client).expect("the reply is sent");
}

/// Returns the lines about flags, without the blank that dig leaves at the end of some.
fn flag_lines(shown: &str) -> Vec<&str> {
    let is_about_flags = |line: &&str| line.contains("flags:");
    shown
        .lines()
        .filter(is_about_flags)
        .map(str::trim_end)
        .collect()
}

#[test]
fn reserved_flags_are_shown_as_dig_shows_them() {
    if !require_programs(&["dig"]) {
        return;
    }
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("the socket has an address");
    let server = thread::spawn(move || (0..2).for_each(|_| reply_with_reserved_flags(&socket)));
    let (ip, port) = (format!("@{}", address.ip()), address.port().to_string());
    let dig = command("dig")
        .args([ip.as_str(), "-p", &port, "+tries=1", "example.com", "A"])
        .output()
        .expect("dig starts");
    let server_name = address.to_string();
    let ours = client(&["--server", &server_name, "--query", "example.com"], b"");
    server.join().expect("both queries are replied to");
    let (digs, ours) = (text(&dig.stdout), text(&ours.stdout));
    assert_eq!(flag_lines(&ours), flag_lines(&digs), "{ours}\n{digs}");
    assert!(ours.contains("; MBZ: 0x4;"), "{ours}");
    assert!(ours.contains("; MBZ: 0x0041,"), "{ours}");
}

/// The lab's resolver copies both flags into its reply.
#[test]
fn do_and_cd_are_set_where_the_command_line_says_so() {
    for (flag, line) in [
        ("--dnssec", "; EDNS: version: 0, flags: do;"),
        ("--cd", " cd;"),
    ] {
        for is_given in [false, true] {
            let arguments = ["--lab", "--query", "example.com", flag];
            let output = client(&arguments[..3 + usize::from(is_given)], b"");
            let shown = text(&output.stdout);
            assert_eq!(
                shown.contains(line),
                is_given,
                "'{line}' in the output, given {flag}: {is_given}:\n{shown}"
            );
        }
    }
}

#[test]
fn a_refused_transfer_is_a_reply() {
    let arguments = [
        "--lab",
        "--server",
        "199.43.135.53",
        "--query",
        "example.com",
    ];
    let output = client(&[&arguments[..], &["--type", "AXFR"]].concat(), b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("status: REFUSED"));
}

#[test]
fn a_serial_has_to_be_a_number() {
    for rtype in ["IXFR=", "IXFR=x", "A=1"] {
        let output = client(&["--lab", "--query", "test", "--type", rtype], b"");
        assert_eq!(output.status.code(), Some(2), "{rtype}");
        assert!(text(&output.stderr).contains("such as IXFR="), "{rtype}");
    }
}

#[test]
fn a_reply_is_shown_as_json() {
    let output = client(&["--lab", "--query", "example.com", "--json"], b"");
    let reply: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&reply["QR"], &reply["RCODE"], &reply["ANCOUNT"]),
        (&1.into(), &0.into(), &1.into())
    );
    let answer = &reply["answerRRs"][0];
    assert_eq!(
        (&answer["TYPEname"], &answer["RDATAHEX"]),
        (&"A".into(), &"5DB8D70E".into())
    );
    // From the cache as well, an object a line.
    let arguments = [
        "--lab",
        "--json",
        "--query",
        "example.com",
        "--query",
        "example.com",
    ];
    let output = client(&arguments, b"");
    let lines = text(&output.stdout);
    let objects = lines.lines().filter(|line| !line.is_empty());
    let counts: Vec<_> = objects
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["ANCOUNT"].clone())
        .collect();
    assert_eq!(counts, [1, 1]);
}

/// RFC 5891. The lab has no such name: its zone's NXDOMAIN shows the name in the query.
#[test]
fn a_name_with_letters_beyond_ascii_is_queried_as_a_labels() {
    let output = client(&["--lab", "--query", "bücher.example.com"], b"");
    let shown = text(&output.stdout);
    assert!(shown.contains(";xn--bcher-kva.example.com. "), "{shown}");
    let output = client(&["--lab", "--query", "\u{e000}.example.com"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("IDNA (RFC 5891)"));
}

#[test]
fn a_message_in_hexadecimal_is_dissected() {
    let query = DnsPacket::query(7, "example.com".parse().unwrap(), RecordType::A);
    let digits = hex::encode(query.write().unwrap());
    let (first, second) = digits.split_at(24);
    let output = client(
        &["--dissect-hex", "-"],
        format!("{first}\n  {second}\n").as_bytes(),
    );
    let shown = text(&output.stdout);
    assert!(
        shown.starts_with(";; Message: 29 octets\n") && shown.contains("qname"),
        "{shown}"
    );
    let output = client(&["--dissect-hex", "-"], b"00 0g");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).starts_with("client: -: "),
        "{}",
        text(&output.stderr)
    );
}
