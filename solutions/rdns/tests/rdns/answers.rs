//! The replies of `rdns`, its log and its statistics.

use std::time::Duration;

use dnsparse::{Rcode, RecordType};

use crate::server::{Server, query};

#[test]
fn the_log_shows_the_walk_from_the_root() {
    let server = Server::start();
    let (reply, _) = server.udp(&query("www.google.com", RecordType::A, Some(1_232)));
    assert_eq!(
        (reply.header.rcode, reply.answers.len()),
        (Rcode::NOERROR, 1)
    );
    assert!(reply.header.ra && !reply.header.aa && reply.header.qr);
    // The lines come in this order. Others may stand between: servers are selected at random, and
    // on a busy machine one may time out.
    for step in [
        "www.google.com. A",
        "says: ask the servers of com.",
        "says: ask the servers of google.com.",
        "says: 142.250.74.36",
    ] {
        let line = server.wait_for_line(step);
        assert!(line.contains("INFO"), "{line}");
    }
}

#[test]
fn a_large_answer_is_truncated_over_udp_and_whole_over_tcp() {
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
fn every_outcome_has_its_rcode() {
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
        "a query without RD would reveal what the cache holds"
    );
}

#[cfg(unix)]
#[test]
fn statistics_are_printed_on_sigusr1_and_at_an_interval() {
    // Without validation, the walk alone: the servers of the root, of com, and of google.com.
    let server = Server::start_with(&["--stats-interval", "1", "--no-dnssec"], "off");
    server.wait_for_line("rdns: 0 questions, 0 hits, ");
    for _ in 0..3 {
        server.udp(&query("www.google.com", RecordType::A, None));
    }
    // A query that the client repeated counts twice.
    let line = server.wait_for_line(" 3 upstream queries, ");
    assert!(!line.contains(" 0 questions, "), "{line}");
    assert!(
        line.ends_with(" records in the cache, 0 in flight"),
        "{line}"
    );
    let quiet = Server::start_with(&[], "off");
    quiet.udp(&query("www.google.com", RecordType::A, None));
    quiet.signal("-USR1");
    // At least two more, for the keys of the root and of com, which prove that google.com is not signed.
    let line = quiet.wait_for_line(" upstream queries, ");
    let words: Vec<&str> = line.split(' ').collect();
    let at = words.iter().position(|word| *word == "upstream");
    let number = at.and_then(|at| words[at - 1].parse().ok());
    assert!(number.is_some_and(|number: u64| number >= 5), "{line}");
}

#[test]
fn each_debug_line_names_its_question() {
    let server = Server::start_with(&[], "rdns=debug");
    server.udp(&query("www.google.com", RecordType::A, None));
    let line = server.wait_for_line("says: ask the servers of com.");
    assert!(
        line.contains("question{qname=www.google.com. qtype=A}"),
        "{line}"
    );
}

#[test]
fn a_repeated_query_is_answered_from_the_cache() {
    let server = Server::start();
    let query = query("www.google.com", RecordType::A, Some(1_232));
    let (first, _) = server.udp(&query);
    server.wait_for_line("google.com.");
    std::thread::sleep(Duration::from_millis(1_100));
    let (mut again, _) = server.udp(&query);
    assert!(again.answers[0].ttl < first.answers[0].ttl);
    again.answers[0].ttl = first.answers[0].ttl;
    assert_eq!(again, first, "all but the TTL");
    assert_eq!(server.tcp(&query).answers.len(), 1);
}
