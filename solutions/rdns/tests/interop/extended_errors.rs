//! The extended errors about DNSSEC (RFC 8914), one by one, over UDP: those of `rdns`, and those of
//! unbound for the same zones, which are the judge's.
//!
//! Codes 3, 4 and those after 12 are about stale, blocked and failed answers: `rdns/availability.rs`,
//! `rdns/blocklists.rs`, and lesson 12's tests.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use dnsparse::{EdnsOption, Name, RecordType};
use judge::filler::Filler;
use judge::stub::{send_query, stub_query};
use judge::test_internet::TestInternet;
use judge::trial::addresses;
use network::Via;
use real_servers::{RunningServer, ServerFolder, free_address, unbound_with};

use crate::rdns::in_namespace;

/// Each code, and a name whose zone has the fault that it is about.
const NAMES: [(u16, &str); 14] = [
    (1, "www.alien.judge"),
    (2, "www.strange.judge"),
    (5, "www.mute.judge"),
    (6, "www.changed.judge"),
    (7, "www.expired.judge"),
    (8, "www.future.judge"),
    (9, "www.wrongds.judge"),
    (9, "www.wrongsigner.judge"),
    (10, "www.nosig.judge"),
    (10, "www.unsignedkeys.judge"),
    (9, "www.stripped.judge"),
    (11, "www.nozonekey.judge"),
    (12, "echo.gap.judge"),
    (12, "www.child.thief.judge"),
];

/// The replies of unbound that are not as those of `rdns`; none where it does not reply in time.
///
/// - It says nothing about insecure zones. RFC 8914 sections 4.2 and 4.3 are about these.
/// - It asks for keys for more than half a minute.
/// - Where an RRset has no signature, it looks for a zone cut at the name, and reports that nothing proves
///   its absence: the name's NSEC record has no signature either.
/// - Where an NSEC record is missing, it says bogus, and does not name the reason.
const DIFFERENT: [(&str, Option<&str>); 5] = [
    ("www.alien.judge", Some("NOERROR")),
    ("www.strange.judge", Some("NOERROR")),
    ("www.mute.judge", None),
    ("www.nosig.judge", Some("SERVFAIL 12")),
    ("echo.gap.judge", Some("SERVFAIL 6")),
];

/// Starts `rdns` in a test Internet.
fn rdns(internet: &TestInternet) -> RunningServer {
    let address = free_address();
    let anchor = internet.anchor.as_ref().expect("the root is signed");
    let arguments = [
        format!("--listen={address}"),
        format!("--root-hints={}", internet.hints.display()),
        format!("--upstream-port={}", internet.port),
        format!("--trust-anchor={}", anchor.display()),
    ];
    ServerFolder::new()
        .start(env!("CARGO_BIN_EXE_rdns"), arguments, address)
        .wait_until_ready(".")
}

/// Starts the signed zones of the judge.
fn internet(port: Option<u16>) -> TestInternet {
    let mut filler = Filler::new(8914, addresses());
    TestInternet::start_signed(&mut filler, port).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Returns the RCODE of a reply and its extended errors: their codes, and their texts.
fn reply(server: SocketAddr, name: &str) -> (String, Vec<(u16, String)>) {
    let name: Name = name.parse().expect(name);
    let query = stub_query(&mut rand::rng(), &name, RecordType::A);
    let octets = query.write().expect("a query can be written");
    let response = send_query(server, Via::Udp, &octets, Duration::from_secs(30));
    let Some(reply) = response.packet() else {
        return (response.summary(), Vec::new());
    };
    let options = reply.edns.iter().flat_map(|edns| &edns.options);
    let errors = options.filter_map(|option| match option {
        EdnsOption::ExtendedError(error) => Some((error.info_code, error.extra_text.clone())),
        _ => None,
    });
    (reply.rcode().to_string(), errors.collect())
}

/// Returns a reply as `SERVFAIL 7`.
fn codes(server: SocketAddr, name: &str) -> String {
    let (mut line, errors) = reply(server, name);
    for (code, _) in errors {
        line += &format!(" {code}");
    }
    line
}

#[test]
fn each_code_is_in_the_reply_about_its_fault() {
    let internet = internet(None);
    let server = rdns(&internet);
    let mut lines = Vec::new();
    for (expected, name) in NAMES {
        let (rcode, errors) = reply(server.address, name);
        let found: Vec<u16> = errors.iter().map(|(code, _)| *code).collect();
        assert_eq!(
            found,
            [expected],
            "the codes for {name}: {rcode} {errors:?}"
        );
        lines.extend(
            errors
                .iter()
                .map(|(code, text)| format!("{code} {rcode} {text}")),
        );
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    1 NOERROR insecure: alien.judge.: no algorithm of its DS records is supported
    2 NOERROR insecure: strange.judge.: no digest of its DS records is supported
    5 SERVFAIL indeterminate: no response to mute.judge. DNSKEY
    6 SERVFAIL bogus: www.changed.judge. A: no signature holds: the signature does not match the key and the records
    7 SERVFAIL bogus: expired.judge. DNSKEY: no signature holds: it has expired
    8 SERVFAIL bogus: future.judge. DNSKEY: no signature holds: it is not valid yet
    9 SERVFAIL bogus: wrongds.judge. DNSKEY: no key of the zone matches its DS records
    9 SERVFAIL bogus: www.wrongsigner.judge. A: no signature holds: the zone has no key with tag 43607
    10 SERVFAIL bogus: www.nosig.judge. DS: it has no signature
    10 SERVFAIL bogus: unsignedkeys.judge. DNSKEY: it has no signature
    9 SERVFAIL bogus: stripped.judge. DNSKEY: no key of the zone matches its DS records
    11 SERVFAIL bogus: nozonekey.judge. DNSKEY: the key that matches the DS record is not a zone key
    12 SERVFAIL bogus: echo.gap.judge. A: nothing proves that it does not exist
    12 SERVFAIL bogus: child.thief.judge. DS: nothing proves that it does not exist
    ");
}

#[test]
fn unbound_names_the_same_faults() {
    in_namespace("extended_errors::with_unbound_in_a_namespace", &["unbound"]);
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn with_unbound_in_a_namespace() {
    let internet = internet(Some(53));
    let read = |path: &Path| std::fs::read_to_string(path).expect("the judge's file");
    let anchor = internet.anchor.as_ref().expect("the root is signed");
    let more = format!(
        "module-config: \"validator iterator\"\n  trust-anchor-file: \"{}\"\n  ede: yes\n  val-log-level: 2",
        anchor.display()
    );
    let unbound = unbound_with(free_address(), &read(&internet.hints), &more);
    let mut wrong = Vec::new();
    for (code, name) in NAMES {
        let expected = match DIFFERENT.iter().find(|(other, _)| *other == name) {
            Some((_, None)) => continue,
            Some((_, Some(theirs))) => (*theirs).to_owned(),
            None => format!("SERVFAIL {code}"),
        };
        let found = codes(unbound.address, name);
        if found != expected {
            wrong.push(format!("{name}: {found}, expected {expected}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "unbound's replies:\n{}\n{}",
        wrong.join("\n"),
        unbound.log()
    );
}
