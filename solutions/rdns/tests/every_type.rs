//! The program `client` transfers the zone with a record of every type from nsd, named and knotd,
//! and prints text that named-checkzone reads as the same records.
#![cfg(test)]

mod run_client;

use std::fs;

use dnsparse::{Name, Record, RecordType, Zone};
use real_servers::every_type::{
    KNOT, NAMED, NSD, ORIGIN, REFUSED_BY_BIND, Server, UNKNOWN_TO_BIND,
};
use real_servers::{command, require_programs};
use run_client::client;
use tempfile::TempDir;

/// Transfers the zone, and returns its records as the client prints them, one a line. The SOA is
/// the first and the last.
fn transferred(server: &Server) -> String {
    let running = server.start();
    let address = running.address.to_string();
    let arguments = ["--server", &address, "--query", ORIGIN, "--type", "AXFR"];
    let output = client(&arguments, b"");
    let shown = String::from_utf8_lossy(&output.stdout);
    let Some((records, statistics)) = shown.split_once("\n\n") else {
        panic!(
            "client {arguments:?} printed no transfer:\n{shown}{}\n{}",
            String::from_utf8_lossy(&output.stderr),
            running.log()
        )
    };
    assert!(statistics.contains(";; XFR size: "), "{statistics}");
    records.to_owned() + "\n"
}

/// Reads records from text, sorted by their text.
fn records(text: &str) -> Vec<Record> {
    let zone = Zone::parse(text, &Name::ROOT).unwrap_or_else(|error| panic!("{error}"));
    sorted(zone.records)
}

fn sorted(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(Record::to_string);
    records
}

/// Asserts that two zones have the same records; otherwise the panic lists the records that only
/// one of them has.
#[track_caller]
fn assert_same(what: &str, found: &[Record], expected: &[Record]) {
    let only = |of: &[Record], other: &[Record]| -> String {
        let lines = of.iter().filter(|record| !other.contains(record));
        lines.map(|record| format!("\n  {record}")).collect()
    };
    let (more, fewer) = (only(found, expected), only(expected, found));
    assert!(
        more.is_empty() && fewer.is_empty() && found.len() == expected.len(),
        "{what} has {} records, {} are expected\nonly in it:{more}\nmissing:{fewer}",
        found.len(),
        expected.len()
    );
}

/// Returns the dump of a zone file by named-checkzone.
fn checked(text: &str) -> String {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("zone");
    fs::write(&file, text).expect("the zone file can be written");
    let output = command("named-checkzone")
        .args(["-q", "-D", "-i", "none", "-k", "ignore", ORIGIN])
        .arg(&file)
        .output()
        .expect("named-checkzone starts");
    let dump = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "named-checkzone refuses the text of the client:\n{}{dump}\n{text}",
        String::from_utf8_lossy(&output.stderr)
    );
    dump
}

fn check(server: &Server) {
    if !require_programs(&[server.program, "named-checkzone"]) {
        return;
    }
    let text = transferred(server);
    let mut found = Zone::parse(&text, &Name::ROOT).unwrap_or_else(|error| panic!("{error}"));
    let (first, last) = (found.records.first().cloned(), found.records.pop());
    assert_eq!(first, last, "a transfer begins and ends with the SOA");
    let served = sorted(server.records());
    assert_same("the text of the client", &sorted(found.records), &served);

    let is_known = |rtype: &RecordType| !UNKNOWN_TO_BIND.contains(rtype);
    let is_taken = |record: &&Record| {
        let rtype = record.rtype();
        is_known(&rtype) && !REFUSED_BY_BIND.contains(&rtype)
    };
    let taken: Vec<Record> = served.iter().filter(is_taken).cloned().collect();
    let lines = text.lines().filter(|line| {
        let record: Record = line.parse().unwrap_or_else(|error| panic!("{error}"));
        is_taken(&&record)
    });
    // BIND 9.18 has no name for key 7 of SVCB (RFC 9461 section 5).
    let lines: String = lines
        .map(|line| line.replace(" dohpath=", " key7=") + "\n")
        .collect();
    assert_same(
        "the dump of named-checkzone",
        &records(&checked(&lines)),
        &taken,
    );
}

#[test]
fn a_zone_of_every_type_is_transferred_from_nsd_as_text_that_bind_reads() {
    check(&NSD);
}

#[test]
fn a_zone_of_every_type_is_transferred_from_named_as_text_that_bind_reads() {
    check(&NAMED);
}

#[test]
fn a_zone_of_every_type_is_transferred_from_knot_as_text_that_bind_reads() {
    check(&KNOT);
}
