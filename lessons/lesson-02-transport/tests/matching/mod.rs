//! Which messages match a query.

use dnsparse::{Class, DnsPacket, Name, Opcode, Rcode, RecordType};
use transport::reply_matches;

use crate::query;

/// A change of a reply, and its name.
type Change = (&'static str, fn(&mut DnsPacket));

/// Returns whether the reply to a query still matches it after each of the changes, a line each.
fn matches_after(changes: &[Change]) -> String {
    let query = query("yahoo.com", RecordType::A);
    let line = |(name, change): &Change| {
        let mut reply = DnsPacket::reply_to(&query);
        change(&mut reply);
        let matches = match reply_matches(&query, &reply) {
            true => "matches",
            false => "does not match",
        };
        format!("{name}: {matches}\n")
    };
    changes.iter().map(line).collect()
}

#[test]
fn a_reply_matches_in_every_field() {
    insta::assert_snapshot!(matches_after(&[
        ("the reply itself", |_| {}),
        ("the name in upper case", |p| p.questions[0].qname = "YAHOO.COM".parse().unwrap()),
        ("QR is clear", |p| p.header.qr = false),
        ("another id", |p| p.header.id ^= 0x100),
        ("another id, in its last bit", |p| p.header.id ^= 1),
        ("another opcode", |p| p.header.opcode = Opcode::NOTIFY),
        ("another name", |p| p.questions[0].qname = "yahoo.net".parse().unwrap()),
        ("a name below it", |p| p.questions[0].qname = "www.yahoo.com".parse().unwrap()),
        ("a name above it", |p| p.questions[0].qname = "com".parse().unwrap()),
        ("the root's name", |p| p.questions[0].qname = Name::ROOT),
        ("another type", |p| p.questions[0].qtype = RecordType::AAAA),
        ("type ANY", |p| p.questions[0].qtype = RecordType::ANY),
        ("another class", |p| p.questions[0].qclass = Class::CH),
        ("the question twice", |p| p.questions.push(p.questions[0].clone())),
        ("another question after it", |p| {
            let mut other = p.questions[0].clone();
            other.qtype = RecordType::MX;
            p.questions.push(other);
        }),
        ("no question", |p| p.questions.clear()),
    ]), @r"
    the reply itself: matches
    the name in upper case: matches
    QR is clear: does not match
    another id: does not match
    another id, in its last bit: does not match
    another opcode: does not match
    another name: does not match
    a name below it: does not match
    a name above it: does not match
    the root's name: does not match
    another type: does not match
    type ANY: does not match
    another class: does not match
    the question twice: does not match
    another question after it: does not match
    no question: does not match
    ");
}

/// Queries have other opcodes than QUERY too.
#[test]
fn a_reply_has_the_opcode_of_its_query() {
    let mut notify = query("yahoo.com", RecordType::SOA);
    notify.header.opcode = Opcode::NOTIFY;
    let mut lines = String::new();
    for opcode in [Opcode::NOTIFY, Opcode::QUERY, Opcode::UPDATE] {
        let mut reply = DnsPacket::reply_to(&notify);
        reply.header.opcode = opcode;
        let matches = match reply_matches(&notify, &reply) {
            true => "matches",
            false => "does not match",
        };
        lines.push_str(&format!(
            "query of opcode NOTIFY, reply of {opcode}: {matches}\n"
        ));
    }
    insta::assert_snapshot!(lines, @r"
    query of opcode NOTIFY, reply of NOTIFY: matches
    query of opcode NOTIFY, reply of QUERY: does not match
    query of opcode NOTIFY, reply of UPDATE: does not match
    ");
}

/// The server sets the other fields. Some servers do not copy RD, for example.
#[test]
fn a_reply_may_differ_in_the_fields_that_are_the_servers() {
    insta::assert_snapshot!(matches_after(&[
        ("RD is clear", |p| p.header.rd = false),
        ("AA is set", |p| p.header.aa = true),
        ("TC is set", |p| p.header.tc = true),
        ("RA is set", |p| p.header.ra = true),
        ("AD is set", |p| p.header.ad = true),
        ("CD is set", |p| p.header.cd = true),
        ("RCODE NXDOMAIN", |p| p.header.rcode = Rcode::NXDOMAIN),
        ("RCODE SERVFAIL", |p| p.header.rcode = Rcode::SERVFAIL),
        ("with an answer", |p| p.answers = vec!["yahoo.com. 60 A 192.0.2.66".parse().unwrap()]),
        ("with EDNS", |p| p.edns = Some(dnsparse::Edns::default())),
    ]), @r"
    RD is clear: matches
    AA is set: matches
    TC is set: matches
    RA is set: matches
    AD is set: matches
    CD is set: matches
    RCODE NXDOMAIN: matches
    RCODE SERVFAIL: matches
    with an answer: matches
    with EDNS: matches
    ");
}

/// A reply with records answers a question, so it has to have one. Everything else has to match as
/// usual.
#[test]
fn only_an_error_may_lack_the_question() {
    insta::assert_snapshot!(matches_after(&[
        ("no question, FORMERR", |p| {
            p.questions.clear();
            p.header.rcode = Rcode::FORMERR;
        }),
        ("no question, NXDOMAIN", |p| {
            p.questions.clear();
            p.header.rcode = Rcode::NXDOMAIN;
        }),
        ("no question, SERVFAIL, an answer", |p| {
            p.questions.clear();
            p.header.rcode = Rcode::SERVFAIL;
            p.answers = vec!["yahoo.com. 60 A 192.0.2.66".parse().unwrap()];
        }),
        ("no question, TC is set", |p| {
            p.questions.clear();
            p.header.tc = true;
        }),
        ("another question, TC is set", |p| {
            p.questions[0].qtype = RecordType::MX;
            p.header.tc = true;
        }),
        ("another question, FORMERR", |p| {
            p.questions[0].qtype = RecordType::MX;
            p.header.rcode = Rcode::FORMERR;
        }),
        ("no question, FORMERR, another id", |p| {
            p.questions.clear();
            p.header.rcode = Rcode::FORMERR;
            p.header.id ^= 1;
        }),
        ("no question, FORMERR, QR is clear", |p| {
            p.questions.clear();
            p.header.rcode = Rcode::FORMERR;
            p.header.qr = false;
        }),
    ]), @r"
    no question, FORMERR: matches
    no question, NXDOMAIN: does not match
    no question, SERVFAIL, an answer: does not match
    no question, TC is set: does not match
    another question, TC is set: does not match
    another question, FORMERR: does not match
    no question, FORMERR, another id: does not match
    no question, FORMERR, QR is clear: does not match
    ");
}
