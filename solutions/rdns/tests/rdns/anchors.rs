//! The file of trust anchors, and answers from validated NSEC records, in the running program.

use std::fs;
use std::time::Instant;

use dnsparse::{Rcode, RecordType};
use tempfile::TempDir;

use crate::control::run;
use crate::server::{SOON, Server, query};

#[test]
fn the_file_of_trust_anchors_is_written_at_the_start_and_read_at_the_next() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("anchors");
    let flags = ["--trust-anchor-state", file.to_str().unwrap()];
    let (status, _, errors) = run(&[&["--lab", "--check-config"], &flags[..]].concat());
    assert_eq!(status, Some(0), "{errors}");
    assert!(!file.exists(), "--check-config has written the file");
    let text = {
        let _server = Server::start_with(&flags, "off");
        fs::read_to_string(&file).unwrap()
    };
    assert!(text.ends_with(" valid\n"), "{text}");
    // A key that the lab's root has never had is missing after the first look.
    let with_another = format!("{text}. 1 13 2 abcd valid\n");
    fs::write(&file, &with_another).unwrap();
    let server = Server::start_with(&flags, "off");
    server.wait_for_line("trust anchor: key 1 of . is missing, and still trusted");
    let start = Instant::now();
    while !fs::read_to_string(&file).unwrap().contains(" missing\n") {
        assert!(start.elapsed() < SOON, "the file has not been written");
        std::thread::sleep(SOON / 100);
    }
}

#[test]
fn a_file_of_trust_anchors_that_is_no_such_file_ends_the_start() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("anchors");
    fs::write(&file, "; anchors\n. IN DS 20326 8 2 abcd\n").unwrap();
    let path = file.to_str().unwrap();
    let (status, _, errors) = run(&["--lab", "--trust-anchor-state", path]);
    assert_eq!(status, Some(1), "{errors}");
    assert!(
        errors.starts_with(&format!("rdns: {path}:2: '. IN DS ")),
        "{errors}"
    );
    let missing = folder.path().join("missing").join("anchors");
    let listen = ["--listen", "127.0.0.1:0", "--lab", "--trust-anchor-state"];
    let (status, _, errors) = run(&[&listen[..], &[missing.to_str().unwrap()]].concat());
    assert_eq!(status, Some(1), "{errors}");
    assert!(
        errors.contains("anchors, the file of trust-anchor-state: "),
        "{errors}"
    );
    let (status, _, errors) = run(&["--no-dnssec", "--trust-anchor-state", path]);
    assert_eq!(status, Some(2), "{errors}");
}

/// Otherwise a run with `--lab` would have its root trusted by all later ones.
#[test]
fn a_file_with_the_keys_of_another_root_ends_the_start() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("anchors");
    let flags = ["--trust-anchor-state", file.to_str().unwrap()];
    drop(Server::start_with(&flags, "off"));
    let written = fs::read_to_string(&file).unwrap();
    let (status, _, errors) = run(&[&["--listen", "127.0.0.1:0"], &flags[..]].concat());
    let expected = "anchors: has other keys of . than the trust anchors that are configured, ";
    assert!(status == Some(1) && errors.contains(expected), "{errors}");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
}

#[test]
fn a_trust_anchor_that_cannot_be_used_ends_the_start() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("anchor");
    let path = file.to_str().unwrap();
    let digest = "e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d";
    let unsupported = "anchor: the trust anchor of . has an algorithm or a digest type that is not supported, so that";
    for (text, expected) in [
        (format!(". DS 20326 253 2 {digest}"), unsupported),
        (format!(". DS 20326 8 3 {digest}"), unsupported),
        (
            ". DS 20326 8 2 e06d44".to_owned(),
            "anchor: the trust anchor of . with key tag 20326 has a digest of 3 octets, which is not",
        ),
    ] {
        fs::write(&file, &text).unwrap();
        let (status, _, errors) = run(&["--check-config", "--trust-anchor", path]);
        assert!(
            status == Some(1) && errors.contains(expected),
            "{text}: {errors}"
        );
    }
    // One that can be used is enough.
    let text = format!(". DS 20326 8 2 {digest}\n. DS 20326 253 2 {digest}\n");
    fs::write(&file, text).unwrap();
    let (status, _, errors) = run(&["--check-config", "--trust-anchor", path]);
    assert_eq!(status, Some(0), "{errors}");
}

/// Asks for 60 names that do not exist, and returns the number of upstream queries.
fn upstream_queries(flags: &[&str]) -> usize {
    let server = Server::start_with(flags, "off");
    for number in 0..60_u32 {
        let name = format!("{:08x}.example.com", number.wrapping_mul(2_654_435_761));
        let (reply, _) = server.udp(&query(&name, RecordType::A, None));
        assert_eq!(reply.rcode(), Rcode::NXDOMAIN, "{name}: {reply:?}");
    }
    server.signal("-USR1");
    let line = server.wait_for_line(" upstream queries, ");
    let before = line.split(" upstream queries").next().unwrap_or_default();
    let number = before.rsplit(' ').next().unwrap_or_default();
    number
        .parse()
        .unwrap_or_else(|_| panic!("no number in {line}"))
}

#[test]
fn random_names_are_answered_from_nsec_records_unless_that_is_off() {
    let (with, without) = (
        upstream_queries(&[]),
        upstream_queries(&["--no-aggressive-nsec"]),
    );
    assert!(with <= 45, "{with} upstream queries for 60 names");
    assert!(
        without >= 60,
        "{without} upstream queries for 60 names, without gaps"
    );
}
