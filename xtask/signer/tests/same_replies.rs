//! The lab answers from its signed zones as nsd, named and knotd do from the same zones.
#![cfg(test)]

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, Name, Rdata, Record, RecordType, Zone};
use lab::{Lab, LabBuilder};
use network::Via;
use real_servers::{RunningServer, ZoneText, free_address, knot, named, nsd, require_programs};

/// A server of the lab that has these zones, and no others.
const SERVER: &str = "198.18.33.99";
/// Zones with NSEC, and with NSEC3, with and without opt-out. A server has no two zones of which one
/// is below the other, or has a target of its aliases: servers differ in whether they go on there.
const ZONES: [&[&str]; 3] = [
    &["example.com.", "net.", "isc.org.", "nsec3.dnssec.test."],
    &["org.", "dnssec.test."],
    &["opt-out.dnssec.test."],
];
/// Aliases of each other: named replies SERVFAIL, the others what they have found.
const LOOP: [&str; 2] = ["circle.example.com.", "elcric.example.com."];

#[test]
fn nsd_gives_the_same_replies() {
    if require_programs(&["nsd"]) {
        compare(nsd);
    }
}

#[test]
fn named_gives_the_same_replies() {
    if require_programs(&["named"]) {
        compare(named);
    }
}

#[test]
fn knotd_gives_the_same_replies() {
    if require_programs(&["knotd"]) {
        compare(knot);
    }
}

fn compare(start: fn(SocketAddr, &[ZoneText<'_>]) -> RunningServer) {
    let mut different = Vec::new();
    let mut count = 0;
    for origins in ZONES {
        let builder = LabBuilder::signed_internet().server(SERVER, origins.iter().copied());
        let lab = builder.build().expect("the lab is built");
        let zones = origins
            .iter()
            .map(|zone| lab.zone(&name(zone)).expect("a zone of the lab"));
        let zones: Vec<Zone> = zones.collect();
        let texts: Vec<String> = zones.iter().map(Zone::to_string).collect();
        let texts = origins
            .iter()
            .copied()
            .zip(texts.iter().map(String::as_str));
        let address = free_address();
        let _server = start(address, &texts.collect::<Vec<_>>());
        for (qname, qtype) in zones.iter().flat_map(questions) {
            let query = query(&qname, qtype);
            let theirs = from_server(address, &query);
            if theirs.header.tc {
                continue; // more than 4,096 octets
            }
            let (ours, theirs) = (facts(&from_lab(&lab, &query)), facts(&theirs));
            count += 1;
            if ours != theirs {
                different.push(format!("{qname} {qtype}\nlab: {ours}\nserver: {theirs}"));
            }
        }
    }
    let shown = different.iter().take(5).cloned().collect::<Vec<_>>();
    assert!(
        different.is_empty() && count > 1_000,
        "{} of {count} replies differ:\n{}",
        different.len(),
        shown.join("\n\n")
    );
}

/// Returns questions about each name of a zone, and about names beside and below it that do not
/// exist.
fn questions(zone: &Zone) -> Vec<(Name, RecordType)> {
    let is_hash = |record: &&Record| matches!(record.rdata, Rdata::Nsec3(_));
    let hashes: BTreeSet<&Name> = zone
        .records
        .iter()
        .filter(is_hash)
        .map(|it| &it.owner)
        .collect();
    let owners: BTreeSet<&Name> = zone.records.iter().map(|record| &record.owner).collect();
    let mut questions = Vec::new();
    for owner in owners.difference(&hashes) {
        for qtype in [
            RecordType::A,
            RecordType::TXT,
            RecordType::DS,
            RecordType::NS,
        ] {
            questions.push(((*owner).clone(), qtype));
        }
        let below = [
            owner.child(b"nosuch"),
            owner.child(b"b").and_then(|it| it.child(b"a")),
        ];
        for qname in below.into_iter().flatten() {
            questions.push((qname, RecordType::A));
        }
    }
    questions.push((zone.origin.clone(), RecordType::DNSKEY));
    questions.push((zone.origin.clone(), RecordType::NSEC3PARAM));
    questions.retain(|(qname, _)| !LOOP.contains(&qname.to_string().as_str()));
    if !hashes.is_empty() {
        // To NODATA at a wildcard itself, nsd adds the NSEC3 record of the closest encloser.
        questions.retain(|(qname, _)| qname.labels().next() != Some(b"*"));
    }
    questions
}

fn query(qname: &Name, qtype: RecordType) -> DnsPacket {
    let mut query = DnsPacket::query(0x4242, qname.clone(), qtype);
    query.header.rd = false;
    query.edns = Some(Edns {
        udp_size: 4096,
        do_bit: true,
        ..Edns::default()
    });
    query
}

fn from_lab(lab: &Lab, query: &DnsPacket) -> DnsPacket {
    let server = SocketAddr::new(SERVER.parse().expect("an address"), 53);
    let octets = query.write().expect("a query can be written");
    let reply = lab
        .answer(server, Via::Tcp, &octets)
        .expect("the lab replies");
    DnsPacket::parse(&reply).expect("a reply of the lab can be parsed")
}

fn from_server(address: SocketAddr, query: &DnsPacket) -> DnsPacket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(address).expect("an address of loopback");
    let timeout = Some(Duration::from_secs(10));
    socket.set_read_timeout(timeout).expect("a timeout");
    socket
        .send(&query.write().expect("a query"))
        .expect("the query is sent");
    let mut buffer = vec![0; 65_535];
    let length = socket.recv(&mut buffer).expect("a reply in ten seconds");
    DnsPacket::parse(&buffer[..length]).expect("a reply of the server can be parsed")
}

/// Returns the facts of a reply that each server has to give: the flags, the answer, and the proofs.
/// Servers differ in the NS records and addresses that they add.
fn facts(reply: &DnsPacket) -> String {
    let mut lines = vec![format!(
        "{} aa={} tc={} ad={}",
        reply.header.rcode, reply.header.aa, reply.header.tc, reply.header.ad
    )];
    let mut answers: Vec<String> = reply.answers.iter().map(Record::to_string).collect();
    let mut proofs: Vec<String> = reply
        .authorities
        .iter()
        .filter(|it| is_proof(it))
        .map(Record::to_string)
        .collect();
    answers.sort();
    proofs.sort();
    lines.extend(
        answers
            .iter()
            .map(|it| format!("  answer    {}", it.to_lowercase())),
    );
    lines.extend(
        proofs
            .iter()
            .map(|it| format!("  authority {}", it.to_lowercase())),
    );
    lines.join("\n")
}

fn is_proof(record: &Record) -> bool {
    let rtype = match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.type_covered,
        _ => record.rtype(),
    };
    rtype != RecordType::NS
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}
