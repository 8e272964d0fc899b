//! Malformed and unusual messages: each is answered with the right RCODE, or not at all.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, RecordType};

use crate::server::{SOON, Server, framed, query, receive};

/// Composes a header with the given counts, RD set, and the id 0x4242.
fn header(questions: u8, additionals: u8) -> Vec<u8> {
    vec![0x42, 0x42, 1, 0, 0, questions, 0, 0, 0, 0, 0, additionals]
}

/// `example.com. IN A`
const QUESTION: &[u8] = b"\x07example\x03com\0\0\x01\0\x01";
const OPT: &[u8] = &[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];

/// Lists messages, each with the RCODE of its reply.
fn odd() -> Vec<(&'static str, Vec<u8>, Rcode)> {
    let with = |header: Vec<u8>, rest: &[&[u8]]| [header, rest.concat()].concat();
    let changed = |at: usize, octet: u8| {
        let mut message = with(header(1, 0), &[QUESTION]);
        message[at] = octet;
        message
    };
    let label = [&[63_u8][..], &[b'x'; 63]].concat();
    let long = [&label[..], &label, &label, &label, &[0, 0, 1, 0, 1]];
    let formerr = Rcode::FORMERR;
    vec![
        (
            "a compression pointer to itself",
            with(header(1, 0), &[&[0xc0, 12, 0, 1, 0, 1]]),
            formerr,
        ),
        (
            "a compression loop",
            with(header(1, 0), &[b"\x01a\xc0\x0c\0\x01\0\x01"]),
            formerr,
        ),
        (
            "two compression pointers to each other",
            with(
                header(2, 0),
                &[&[0xc0, 18, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1]],
            ),
            formerr,
        ),
        (
            "a compression pointer that points forwards",
            with(header(1, 0), &[&[0xc0, 20, 0, 1, 0, 1], QUESTION]),
            formerr,
        ),
        ("a name of 257 octets", with(header(1, 0), &long), formerr),
        (
            "an unknown label type",
            with(header(1, 0), &[&[0x80, 0, 0, 1, 0, 1]]),
            formerr,
        ),
        ("a header alone", header(1, 0), formerr),
        ("no question", header(0, 0), formerr),
        ("no question, but EDNS", with(header(0, 1), &[OPT]), formerr),
        (
            "two questions",
            with(header(2, 0), &[QUESTION, QUESTION]),
            formerr,
        ),
        (
            "OPT twice",
            with(header(1, 2), &[QUESTION, OPT, OPT]),
            formerr,
        ),
        (
            "OPT with an owner other than the root",
            with(header(1, 1), &[QUESTION, b"\x01x", OPT]),
            formerr,
        ),
        (
            "octets behind the last section",
            with(header(1, 0), &[QUESTION, b"x"]),
            formerr,
        ),
        ("NOTIFY", changed(2, 0x21), Rcode::NOTIMP),
        (
            "EDNS of version 1",
            with(
                header(1, 1),
                &[QUESTION, &[0, 0, 41, 4, 208, 0, 1, 0, 0, 0, 0]],
            ),
            Rcode::BADVERS,
        ),
        (
            "class NONE",
            changed(12 + QUESTION.len() - 1, 254),
            Rcode::REFUSED,
        ),
        (
            "AXFR",
            changed(12 + QUESTION.len() - 3, 252),
            Rcode::REFUSED,
        ),
        (
            "OPT as a type",
            changed(12 + QUESTION.len() - 3, 41),
            Rcode::NOTIMP,
        ),
    ]
}

#[test]
fn odd_messages_get_their_rcode_over_udp_and_tcp() {
    let server = Server::start_with(&[], "off");
    for (title, message, rcode) in odd() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        socket.send_to(&message, server.address).unwrap();
        let mut buffer = [0; 4_096];
        let length = socket
            .recv(&mut buffer)
            .unwrap_or_else(|error| panic!("{title}: {error}"));
        let over_udp = DnsPacket::parse(&buffer[..length]).unwrap();
        assert_eq!(
            (over_udp.header.id, over_udp.rcode()),
            (0x4242, rcode),
            "{title}"
        );
        let mut stream = server.connect();
        stream.write_all(&framed(&message)).unwrap();
        let over_tcp = DnsPacket::parse(&receive(&mut stream).unwrap()).unwrap();
        assert_eq!(
            (over_tcp.header.id, over_tcp.rcode()),
            (0x4242, rcode),
            "{title}"
        );
    }
}

/// Two servers that answered responses would never stop; and a message without a header has no id
/// to answer with.
#[test]
fn responses_and_runts_are_not_answered() {
    let server = Server::start_with(&[], "off");
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut response = query("example.com", RecordType::A, None);
    response.header.qr = true;
    let response = response.write().unwrap();
    for message in [&response[..], &[], &response[..1], &response[..11]] {
        socket.send_to(message, server.address).unwrap();
    }
    socket
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let reply = socket.recv(&mut [0; 512]);
    assert!(reply.is_err(), "{reply:?}");
    // A TCP connection stays open after them.
    let mut stream: TcpStream = server.connect();
    for message in [&response[..], &[], &response[..1], &response[..11]] {
        stream.write_all(&framed(message)).unwrap();
    }
    let query = query("example.com", RecordType::A, None);
    stream.write_all(&framed(&query.write().unwrap())).unwrap();
    let reply = DnsPacket::parse(&receive(&mut stream).unwrap()).unwrap();
    assert_eq!(reply.answers.len(), 1);
}
