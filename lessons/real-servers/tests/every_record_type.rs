//! dnsparse against nsd, BIND's named and knotd: each serves a zone with a record of every type,
//! and its zone transfer, parsed by dnsparse, must agree with dig and with dnsparse's own reading
//! of the zone file.
#![cfg(test)]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use dnsparse::{DnsPacket, Rdata, Record, RecordType};
use real_servers::every_type::{KNOT, NAMED, NSD, ORIGIN, Server, UNKNOWN_TO_BIND, generic};
use real_servers::{command, require_programs};

/// The time that one message of a transfer may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the records of a zone transfer (RFC 5936 section 2.2): from the SOA up to the same SOA,
/// which marks the end.
fn transfer(address: SocketAddr) -> io::Result<Vec<Record>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let query = DnsPacket::query(1, ORIGIN.parse().unwrap(), RecordType::AXFR)
        .write()
        .unwrap();
    let length = u16::try_from(query.len()).unwrap();
    stream.write_all(&[&length.to_be_bytes(), query.as_slice()].concat())?;
    let mut records = Vec::new();
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message)?;
        let reply = DnsPacket::parse(&message).unwrap_or_else(|error| panic!("{error}"));
        if reply.answers.is_empty() {
            return Err(io::Error::other(format!("no records: {}", reply.rcode())));
        }
        records.extend(reply.answers);
        let is_soa = |record: &Record| record.rtype() == RecordType::SOA;
        if records.len() > 1 && records.last().is_some_and(is_soa) {
            records.pop();
            return Ok(records);
        }
    }
}

/// Returns dig's lines for the same transfer, with single blanks between the columns. `+nosplit`
/// leaves out the blanks that dig puts into long digests and keys.
fn dig(address: SocketAddr) -> Vec<String> {
    let port = address.port().to_string();
    let output = command("dig")
        .args(["+nosplit", "+noall", "+answer"])
        .args(["@127.0.0.1", "-p", &port, ORIGIN, "AXFR"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<String> = text.lines().map(columns).collect();
    assert_eq!(
        lines.pop(),
        lines.first().cloned(),
        "a transfer begins and ends with the SOA record"
    );
    lines
}

/// Owner, TTL, class, type and RDATA, with one blank between them. dig 9.18 prints `key7` for
/// `dohpath` (RFC 9461 section 5).
fn columns(line: &str) -> String {
    let mut rest = line;
    let mut shown = String::new();
    for _ in 0..4 {
        let (column, after) = rest.split_once([' ', '\t']).unwrap();
        shown.push_str(column);
        shown.push(' ');
        rest = after.trim_start();
    }
    shown + &rest.replace(" key7=", " dohpath=")
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// Shows a record as dig does.
fn as_in_dig(record: &Record) -> String {
    match UNKNOWN_TO_BIND.contains(&record.rtype()) {
        true => generic(record),
        false => record.to_string().replacen('\t', " ", 4),
    }
}

/// Compares the three readings of the zone: dig's, and dnsparse's of the transfer and of the file.
fn compare(server: &Server) {
    if !require_programs(&[server.program, "dig"]) {
        return;
    }
    let running = server.start();
    let records =
        transfer(running.address).unwrap_or_else(|error| panic!("{error}\n{}", running.log()));
    let (ours, digs) = (
        sorted(records.iter().map(as_in_dig).collect()),
        sorted(dig(running.address)),
    );
    for (ours, digs) in ours.iter().zip(&digs) {
        assert_eq!(ours, digs);
    }
    assert_eq!(ours.len(), digs.len());

    let expected = server.records();
    assert_eq!(records.len(), expected.len());
    for record in &expected {
        assert!(!matches!(record.rdata, Rdata::Malformed { .. }), "{record}");
        assert!(records.contains(record), "{record}");
    }
}

#[test]
fn dnsparse_agrees_with_nsd_and_dig_about_every_type() {
    compare(&NSD);
}

#[test]
fn dnsparse_agrees_with_named_and_dig_about_every_type() {
    compare(&NAMED);
}

#[test]
fn dnsparse_agrees_with_knot_and_dig_about_every_type() {
    compare(&KNOT);
}
