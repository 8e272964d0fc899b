//! Lesson 5: the server's replies to valid and invalid messages.
//!
//! The message rules are tested here, octets in, octets out; the queries that they reject in
//! `rejections/mod.rs`; the length of replies in `limits/mod.rs`; the choice of a zone in
//! `zones/mod.rs`; the server over real sockets in `sockets/mod.rs`.
#![cfg(test)]

mod limits;
mod rejections;
mod sockets;
mod zones;

use dnsparse::{Class, DnsPacket, Edns, EdnsOption, Opcode, RecordType, Zone, dissect};
use network::Via;
use serve::message_rules::{Inspection, inspect};
use serve::{Authority, Handler, respond};
use zone::ZoneTree;

const SHOP: &str = "
$TTL 3600
@      SOA  ns hostmaster 1 1d 2h 4w 5m
@      NS   ns
ns     A    192.0.2.1
www    A    192.0.2.80
; Eight records of over 100 octets: too long for 512, short enough for 1,232.
long   TXT  \"0 LONG\"
long   TXT  \"1 LONG\"
long   TXT  \"2 LONG\"
long   TXT  \"3 LONG\"
long   TXT  \"4 LONG\"
long   TXT  \"5 LONG\"
long   TXT  \"6 LONG\"
long   TXT  \"7 LONG\"
back   NS   ns.back
back   DS   1 8 1 0102030405060708090a0b0c0d0e0f1011121314
ns.back A   192.0.2.2
";

const BACK: &str = "
$TTL 3600
@      SOA  ns hostmaster 1 1d 2h 4w 5m
@      NS   ns
ns     A    192.0.2.2
room   TXT  \"empty\"
";

const BENCH: &str = "
$TTL 3600
@      SOA  ns hostmaster 1 1d 2h 4w 5m
@      NS   ns.shop.example.
leg    TXT  \"wood\"
";

fn tree(origin: &str, text: &str) -> ZoneTree {
    let text = text.replace("LONG", &"x".repeat(100));
    ZoneTree::new(&Zone::parse(&text, &origin.parse().unwrap()).unwrap()).unwrap()
}

/// Returns a server for three zones: each is a part of the one before in the tree of names.
fn authority() -> Authority {
    Authority::new([
        tree("back.shop.example", BACK),
        tree("shop.example", SHOP),
        tree("bench.back.shop.example", BENCH),
    ])
}

fn query(name: &str, rtype: RecordType) -> DnsPacket {
    DnsPacket::query(0x1234, name.parse().unwrap(), rtype)
}

fn www() -> DnsPacket {
    query("www.shop.example", RecordType::A)
}

fn with_edns(udp_size: u16, query: DnsPacket) -> DnsPacket {
    DnsPacket {
        edns: Some(Edns {
            udp_size,
            ..Edns::default()
        }),
        ..query
    }
}

fn octets(query: &DnsPacket) -> Vec<u8> {
    query.write().unwrap()
}

/// Describes a message as text: RCODE, opcode if it is not QUERY, id, flags, the number of records
/// in each section, EDNS.
fn described(octets: Option<&[u8]>) -> String {
    let Some(octets) = octets else {
        return "no reply".to_owned();
    };
    let packet = match DnsPacket::parse(octets) {
        Ok(packet) => packet,
        Err(error) => return format!("{} octets that are no message: {error}", octets.len()),
    };
    let header = packet.header;
    let flags = [
        (header.qr, " qr"),
        (header.aa, " aa"),
        (header.tc, " tc"),
        (header.rd, " rd"),
        (header.ra, " ra"),
        (header.z, " z"),
        (header.ad, " ad"),
        (header.cd, " cd"),
    ];
    let flags: String = (flags.iter())
        .filter_map(|(is_set, name)| is_set.then_some(*name))
        .collect();
    let opcode = match header.opcode {
        Opcode::QUERY => String::new(),
        opcode => format!(" {opcode}"),
    };
    let counts = [
        ("questions", packet.questions.len()),
        ("answers", packet.answers.len()),
        ("authorities", packet.authorities.len()),
    ];
    let sections: String = (counts.iter())
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!(", {name} {count}"))
        .collect();
    let edns = packet.edns.as_ref().map_or(String::new(), |edns| {
        let dnssec = if edns.do_bit { " do" } else { "" };
        let options = edns.options.len();
        format!(
            ", EDNS version {} size {}{dnssec} options {options}",
            edns.version, edns.udp_size
        )
    });
    let (rcode, id) = (packet.rcode(), header.id);
    format!("{rcode}{opcode}, id {id:#06x},{flags}{sections}{edns}")
}

/// Returns the replies of a handler to some messages, a line each.
async fn replies_of<H: Handler>(handler: &H, via: Via, cases: &[(&str, Vec<u8>)]) -> String {
    let mut lines = String::new();
    for (case, message) in cases {
        let reply = respond(handler, message, via).await;
        lines.push_str(&format!("{case}: {}\n", described(reply.as_deref())));
    }
    lines
}

/// Returns the server's replies over UDP to some messages, a line each.
async fn replies(cases: &[(&str, Vec<u8>)]) -> String {
    replies_of(&authority(), Via::Udp, cases).await
}

/// Explains the server's reply to a message over UDP.
async fn explained_reply(message: &[u8]) -> String {
    match respond(&authority(), message, Via::Udp).await {
        Some(reply) => dissect(&reply).to_string(),
        None => "no reply".to_owned(),
    }
}

#[tokio::test]
async fn a_query_is_answered() {
    let mut query = www();
    query.header.rd = true;
    insta::assert_snapshot!(explained_reply(&octets(&query)).await);
}

#[tokio::test]
async fn a_message_without_a_whole_header_gets_no_reply() {
    insta::assert_snapshot!(replies(&[
        ("no octets", vec![]),
        ("1 octet", vec![0]),
        ("11 octets", vec![0; 11]),
        ("12 octets: a header alone", vec![0; 12]),
    ]).await, @r"
    no octets: no reply
    1 octet: no reply
    11 octets: no reply
    12 octets: a header alone: FORMERR, id 0x0000, qr
    ");
}

/// Two servers that reply to responses would go on without end.
#[tokio::test]
async fn a_response_gets_no_reply() {
    let mut response = www();
    response.header.qr = true;
    let mut notify = response.clone();
    notify.header.opcode = Opcode::NOTIFY;
    insta::assert_snapshot!(replies(&[
        ("a query", octets(&www())),
        ("a response", octets(&response)),
        ("a response that does not parse", octets(&response)[..20].to_vec()),
        ("a response of opcode NOTIFY", octets(&notify)),
        ("a response of EDNS version 1", {
            let mut response = with_edns(1_232, response.clone());
            response.edns.as_mut().unwrap().version = 1;
            octets(&response)
        }),
    ]).await, @r"
    a query: NOERROR, id 0x1234, qr aa, questions 1, answers 1
    a response: no reply
    a response that does not parse: no reply
    a response of opcode NOTIFY: no reply
    a response of EDNS version 1: no reply
    ");
}

#[tokio::test]
async fn a_query_that_does_not_parse_is_formerr_with_its_id() {
    let mut query = www();
    query.header.rd = true;
    let octets = octets(&query);
    insta::assert_snapshot!(explained_reply(&octets[..octets.len() - 1]).await);
}

#[tokio::test]
async fn two_opt_records_are_formerr() {
    let opt = b"\0\0\x29\x04\xd0\0\0\0\0\0\0";
    let with_opts = |count: u8| {
        let mut octets = octets(&www());
        octets[11] = count;
        octets.extend(opt.repeat(count.into()));
        octets
    };
    insta::assert_snapshot!(replies(&[
        ("one OPT record", with_opts(1)),
        ("two OPT records", with_opts(2)),
    ]).await, @r"
    one OPT record: NOERROR, id 0x1234, qr aa, questions 1, answers 1, EDNS version 0 size 1232 options 0
    two OPT records: FORMERR, id 0x1234, qr
    ");
}

/// The question section may have another meaning, so it is not copied.
#[tokio::test]
async fn other_opcodes_are_notimp() {
    let of = |opcode| {
        let mut message = query("shop.example", RecordType::SOA);
        message.header.opcode = opcode;
        octets(&message)
    };
    insta::assert_snapshot!(replies(&[
        ("STATUS", of(Opcode::STATUS)),
        ("NOTIFY", of(Opcode::NOTIFY)),
        ("UPDATE", of(Opcode::UPDATE)),
        ("opcode 15", of(Opcode(15))),
    ]).await, @r"
    STATUS: NOTIMP STATUS, id 0x1234, qr
    NOTIFY: NOTIMP NOTIFY, id 0x1234, qr
    UPDATE: NOTIMP UPDATE, id 0x1234, qr
    opcode 15: NOTIMP OPCODE15, id 0x1234, qr
    ");
}

/// Returns the results of `inspect` for headers with the given third octet, whose other bits are
/// all set. The sections after these headers do not parse.
fn inspected(cases: &[(&str, u8)]) -> String {
    let line = |(case, octet): &(&str, u8)| {
        let mut message = [0xff; 12];
        message[2] = *octet;
        let result = match inspect(&message) {
            Inspection::Ignore => "ignore".to_owned(),
            Inspection::Refuse(header, rcode) => {
                format!("refuse with {rcode}, id {:#06x}", header.id)
            }
            Inspection::Query(_) => "query".to_owned(),
        };
        format!("{case}: {result}\n")
    };
    cases.iter().map(line).collect()
}

#[test]
fn a_message_with_each_flag_set_is_inspected_by_its_header() {
    insta::assert_snapshot!(inspected(&[
        ("QR set, opcode 15", 0xff),
        ("QR set, opcode QUERY", 0x87),
        ("QR clear, opcode 15", 0x7f),
        ("QR clear, opcode QUERY", 0x07),
    ]), @r"
    QR set, opcode 15: ignore
    QR set, opcode QUERY: ignore
    QR clear, opcode 15: refuse with NOTIMP, id 0xffff
    QR clear, opcode QUERY: refuse with FORMERR, id 0xffff
    ");
}

/// The other flags of a refusal are the server's own.
#[tokio::test]
async fn a_refusal_copies_only_id_opcode_and_rd() {
    let header = |flags: [u8; 2]| vec![0xab, 0xcd, flags[0], flags[1], 0, 1, 0, 0, 0, 0, 0, 0];
    insta::assert_snapshot!(replies(&[
        ("no flag is set", header([0x00, 0x00])),
        ("RD is set", header([0x01, 0x00])),
        ("every flag but QR is set", header([0x07, 0xff])),
        ("every flag but QR is set, opcode NOTIFY", header([0x27, 0xff])),
    ]).await, @r"
    no flag is set: FORMERR, id 0xabcd, qr
    RD is set: FORMERR, id 0xabcd, qr rd
    every flag but QR is set: FORMERR, id 0xabcd, qr rd
    every flag but QR is set, opcode NOTIFY: NOTIMP NOTIFY, id 0xabcd, qr rd
    ");
}

#[tokio::test]
async fn a_reply_has_edns_if_the_query_has_it() {
    let mut dnssec = with_edns(4_096, www());
    if let Some(edns) = &mut dnssec.edns {
        edns.do_bit = true;
        edns.options = vec![EdnsOption::Nsid(Vec::new())];
    }
    insta::assert_snapshot!(replies(&[
        ("without EDNS", octets(&www())),
        ("EDNS of size 4,096", octets(&with_edns(4_096, www()))),
        ("EDNS with DO and an option", octets(&dnssec)),
    ]).await, @r"
    without EDNS: NOERROR, id 0x1234, qr aa, questions 1, answers 1
    EDNS of size 4,096: NOERROR, id 0x1234, qr aa, questions 1, answers 1, EDNS version 0 size 1232 options 0
    EDNS with DO and an option: NOERROR, id 0x1234, qr aa, questions 1, answers 1, EDNS version 0 size 1232 do options 0
    ");
}

/// Malformed RDATA of a type whose names may be compressed is never sent out: the octets mean
/// something only in the message that they came from (RFC 3597 section 4).
#[tokio::test]
async fn a_reply_that_cannot_be_written_is_servfail() {
    struct Malformed;
    impl Handler for Malformed {
        async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
            let rdata = dnsparse::parse::rdata_octets(RecordType::MX, Class::IN, &[0, 10, 5]);
            let owner = query.questions[0].qname.clone();
            reply.answers.push(dnsparse::Record::new(owner, 60, rdata));
            reply.header.aa = true;
            reply.header.ra = true;
        }
    }
    let mut query = www();
    query.header.rd = true;
    let case = [("a query with RD", octets(&query))];
    for via in [Via::Udp, Via::Tcp] {
        let reply = replies_of(&Malformed, via, &case).await;
        assert_eq!(
            format!("over {via}, {reply}"),
            format!("over {via}, a query with RD: SERVFAIL, id 0x1234, qr rd\n")
        );
    }
}
