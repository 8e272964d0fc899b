//! What it answers, and what it tells about that.

use std::time::Duration;

use dnsparse::{Rcode, RecordType};

use crate::server::{Server, query};

#[test]
fn it_walks_from_the_root_and_tells_so() {
    let server = Server::start();
    let (reply, _) = server.udp(&query("www.google.com", RecordType::A, Some(1_232)));
    assert_eq!(
        (reply.header.rcode, reply.answers.len()),
        (Rcode::NOERROR, 1)
    );
    assert!(reply.header.ra && !reply.header.aa && reply.header.qr);
    // In this order; which of a zone's servers is asked is left to chance, and one may be silent for now on a busy machine.
    for step in [
        "www.google.com. A",
        "says: ask the servers of com.",
        "says: ask the servers of google.com.",
        "says: 142.250.74.36",
    ] {
        let line = server.told(step);
        assert!(line.contains("INFO"), "{line}");
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

#[cfg(unix)]
#[test]
fn its_figures_are_told_on_request_and_now_and_then() {
    let server = Server::start_with(&["--stats-interval", "1"], "off");
    server.told("rdns: 0 questions, 0 hits, ");
    for _ in 0..3 {
        server.udp(&query("www.google.com", RecordType::A, None));
    }
    // A question that was sent twice counts twice.
    let line = server.told(" 3 upstream queries, ");
    assert!(!line.contains(" 0 questions, "), "{line}");
    assert!(
        line.ends_with(" records in the cache, 0 in flight"),
        "{line}"
    );
    let quiet = Server::start_with(&[], "off");
    quiet.udp(&query("www.google.com", RecordType::A, None));
    quiet.signal("-USR1");
    quiet.told(" 3 upstream queries, ");
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
