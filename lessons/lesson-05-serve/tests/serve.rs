//! Lesson 5: the server's replies to valid and invalid messages.
//!
//! The message rules are tested here, octets in, octets out. `sockets/mod.rs` tests the server over
//! real sockets.
#![cfg(test)]

mod sockets;

use dnsparse::{
    Class, DnsPacket, Edns, Header, Name, Opcode, Question, Rcode, RecordType, Zone, dissect,
};
use network::Via;
use serve::message_rules::{Inspection, inspect, rejection, udp_limit};
use serve::{Authority, respond};
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

/// Returns a server for `shop.example` and its child zone `back.shop.example`.
fn authority() -> Authority {
    let tree = |origin: &str, text: &str| {
        let text = text.replace("LONG", &"x".repeat(100));
        ZoneTree::new(&Zone::parse(&text, &origin.parse().unwrap()).unwrap()).unwrap()
    };
    Authority::new([tree("shop.example", SHOP), tree("back.shop.example", BACK)])
}

fn query(name: &str, rtype: RecordType) -> DnsPacket {
    DnsPacket::query(0x1234, name.parse().unwrap(), rtype)
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

/// Returns the server's reply to some octets.
async fn respond_to(octets: &[u8], via: Via) -> Option<Vec<u8>> {
    respond(&authority(), octets, via).await
}

/// Returns the reply to a query.
async fn reply_via(query: &DnsPacket, via: Via) -> DnsPacket {
    let octets = respond_to(&query.write().unwrap(), via).await;
    let octets = octets.expect("it gets a reply");
    DnsPacket::parse(&octets).unwrap()
}

async fn reply_to(query: &DnsPacket) -> DnsPacket {
    reply_via(query, Via::Udp).await
}

#[tokio::test]
async fn a_query_is_answered() {
    let mut query = query("www.shop.example", RecordType::A);
    query.header.rd = true;
    let octets = respond_to(&query.write().unwrap(), Via::Udp).await.unwrap();
    insta::assert_snapshot!(dissect(&octets));
}

#[tokio::test]
async fn a_message_without_a_whole_header_gets_no_reply() {
    for length in 0..12 {
        assert_eq!(
            respond_to(&vec![0; length], Via::Udp).await,
            None,
            "{length} octets"
        );
    }
}

/// Two servers that reply to responses would go on without end.
#[tokio::test]
async fn a_response_gets_no_reply() {
    let mut response = query("www.shop.example", RecordType::A);
    response.header.qr = true;
    assert_eq!(respond_to(&response.write().unwrap(), Via::Udp).await, None);
    // Neither does one that does not parse, or has another opcode.
    response.header.opcode = Opcode::NOTIFY;
    let octets = response.write().unwrap();
    assert_eq!(respond_to(&octets[..20], Via::Udp).await, None);
    assert_eq!(respond_to(&octets, Via::Tcp).await, None);
}

#[tokio::test]
async fn a_query_that_does_not_parse_is_formerr_with_its_id() {
    let mut query = query("www.shop.example", RecordType::A);
    query.header.rd = true;
    let octets = query.write().unwrap();
    let reply = respond_to(&octets[..octets.len() - 1], Via::Udp).await;
    let reply = reply.expect("it gets a reply");
    insta::assert_snapshot!(dissect(&reply));
}

#[tokio::test]
async fn two_opt_records_are_formerr() {
    let opt = b"\0\0\x29\x04\xd0\0\0\0\0\0\0";
    let mut octets = query("www.shop.example", RecordType::A).write().unwrap();
    octets[11] = 2;
    octets.extend([opt.as_slice(), opt].concat());
    let reply = respond_to(&octets, Via::Udp).await;
    let reply = DnsPacket::parse(&reply.expect("it gets a reply")).unwrap();
    assert_eq!((reply.header.rcode, reply.edns), (Rcode::FORMERR, None));
}

#[tokio::test]
async fn other_opcodes_are_notimp() {
    let mut notify = query("shop.example", RecordType::SOA);
    for opcode in [Opcode::NOTIFY, Opcode::UPDATE, Opcode(15)] {
        notify.header.opcode = opcode;
        let reply = reply_to(&notify).await;
        assert_eq!(
            (reply.header.rcode, reply.header.opcode),
            (Rcode::NOTIMP, opcode)
        );
        assert!(
            reply.questions.is_empty(),
            "the question section of {opcode} may have another meaning"
        );
    }
}

/// Returns the id and RCODE of a refusal.
fn refusal(octets: &[u8]) -> Option<(u16, Rcode)> {
    match inspect(octets) {
        Inspection::Refuse(header, rcode) => Some((header.id, rcode)),
        _ => None,
    }
}

/// The flags of a refusal are the server's own.
#[test]
fn a_message_with_each_flag_set_is_inspected_by_its_header() {
    let mut octets = [0xff; 12];
    assert_eq!(inspect(&octets), Inspection::Ignore);
    octets[2] = 0x7f;
    assert_eq!(refusal(&octets), Some((0xffff, Rcode::NOTIMP)));
    octets[2] = 0x07;
    assert_eq!(refusal(&octets), Some((0xffff, Rcode::FORMERR)));
}

#[tokio::test]
async fn a_refusal_copies_only_id_opcode_and_rd() {
    let octets = [0xab, 0xcd, 0x07, 0xff, 0, 1, 0, 0, 0, 0, 0, 0];
    let reply = respond_to(&octets, Via::Udp).await;
    let reply = DnsPacket::parse(&reply.expect("it gets a reply")).unwrap();
    let expected = Header {
        id: 0xabcd,
        qr: true,
        rd: true,
        rcode: Rcode::FORMERR,
        ..Header::default()
    };
    assert_eq!(reply.header, expected);
}

#[tokio::test]
async fn a_query_without_exactly_one_question_is_formerr() {
    let mut none = query("www.shop.example", RecordType::A);
    none.questions.clear();
    assert_eq!(reply_to(&none).await.header.rcode, Rcode::FORMERR);
    let mut two = query("www.shop.example", RecordType::A);
    two.questions.push(two.questions[0].clone());
    assert_eq!(reply_to(&two).await.header.rcode, Rcode::FORMERR);
}

#[test]
fn the_edns_version_is_checked_before_the_question() {
    let rejection_after = |change: fn(&mut DnsPacket)| {
        let mut query = with_edns(1_232, query("www.shop.example", RecordType::A));
        change(&mut query);
        rejection(&query)
    };
    let of_class = |qclass: Class| {
        let mut query = query("www.shop.example", RecordType::A);
        query.questions[0].qclass = qclass;
        rejection(&query)
    };
    let of_type = |qtype| rejection(&query("www.shop.example", qtype));
    let refused = Some(Rcode::REFUSED);
    for (got, expected, case) in [
        (rejection_after(|_| {}), None, "a plain query"),
        (of_type(RecordType::ANY), None, "type ANY"),
        (of_class(Class::CH), refused, "class CH"),
        (of_class(Class::ANY), refused, "class ANY"),
        (of_type(RecordType::AXFR), refused, "type AXFR"),
        (of_type(RecordType::IXFR), refused, "type IXFR"),
    ] {
        assert_eq!(got, expected, "{case}");
    }
    assert_eq!(
        rejection_after(|q| q.edns.as_mut().unwrap().version = 1),
        Some(Rcode::BADVERS)
    );
    let newer_and_empty = |q: &mut DnsPacket| {
        q.edns.as_mut().unwrap().version = 9;
        q.questions.clear();
    };
    assert_eq!(rejection_after(newer_and_empty), Some(Rcode::BADVERS));
}

/// BADVERS is 16: its low four bits, in the header, are 0, and EDNS has the rest. The reply has the
/// server's own version.
#[tokio::test]
async fn a_newer_edns_version_is_badvers_with_ours() {
    let mut query = with_edns(4_096, query("www.shop.example", RecordType::A));
    query.edns.as_mut().unwrap().version = 1;
    let reply = reply_to(&query).await;
    assert_eq!(
        (reply.header.rcode, reply.rcode()),
        (Rcode::NOERROR, Rcode::BADVERS)
    );
    assert_eq!(reply.edns.unwrap().version, 0);
    assert!(reply.answers.is_empty());
}

#[tokio::test]
async fn a_reply_has_edns_if_the_query_has_it() {
    let plain = query("www.shop.example", RecordType::A);
    assert_eq!(reply_to(&plain).await.edns, None);
    let mut query = with_edns(4_096, plain);
    query.edns.as_mut().unwrap().do_bit = true;
    let edns = reply_to(&query).await.edns.unwrap();
    assert_eq!(
        (edns.udp_size, edns.do_bit, edns.options.len()),
        (1_232, true, 0)
    );
}

#[test]
fn the_udp_limit_is_the_clients_size_between_512_and_1232() {
    let limit = |size| udp_limit(&with_edns(size, query("a", RecordType::A)));
    assert_eq!(udp_limit(&query("a", RecordType::A)), 512);
    assert_eq!(
        [limit(0), limit(511), limit(512), limit(800)],
        [512, 512, 512, 800]
    );
    assert_eq!(
        [limit(1_232), limit(1_233), limit(65_535)],
        [1_232, 1_232, 1_232]
    );
}

#[tokio::test]
async fn rrsets_that_do_not_fit_are_left_out_over_udp_and_sent_over_tcp() {
    let plain = query("long.shop.example", RecordType::TXT);
    let summary = |reply: DnsPacket| (reply.header.tc, reply.answers.len());
    let short = reply_to(&plain).await;
    assert_eq!(
        summary(short),
        (true, 0),
        "TC, answers, in 512 octets over UDP"
    );
    let roomy = reply_to(&with_edns(1_232, plain.clone())).await;
    assert_eq!(summary(roomy), (false, 8), "TC, answers, in 1,232 over UDP");
    let all = reply_via(&plain, Via::Tcp).await;
    assert_eq!(summary(all), (false, 8), "TC, answers, over TCP");
}

#[tokio::test]
async fn the_deepest_zone_answers() {
    let room = reply_to(&query("room.back.shop.example", RecordType::TXT)).await;
    assert!(
        room.header.aa && room.answers.len() == 1,
        "back.shop.example is served here as well"
    );
    let soa = reply_to(&query("nosuch.back.shop.example", RecordType::A))
        .await
        .authorities
        .remove(0);
    assert_eq!(soa.owner, "back.shop.example".parse::<Name>().unwrap());
    // The DS records are in the parent zone.
    assert_eq!(
        reply_to(&query("back.shop.example", RecordType::DS))
            .await
            .answers
            .len(),
        1
    );
}

#[tokio::test]
async fn names_outside_the_zones_are_refused() {
    let reply = reply_to(&query("www.example", RecordType::A)).await;
    assert_eq!(
        (reply.header.rcode, reply.header.aa),
        (Rcode::REFUSED, false)
    );
    assert_eq!(
        reply.questions,
        [Question {
            qname: "www.example".parse().unwrap(),
            qtype: RecordType::A,
            qclass: Class::IN,
        }]
    );
}

/// Malformed RDATA of a type whose names may be compressed is never sent out: the octets mean
/// something only in the message that they came from (RFC 3597 section 4).
#[tokio::test]
async fn a_reply_that_cannot_be_written_is_servfail() {
    struct Malformed;
    impl serve::Handler for Malformed {
        async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
            let rdata = dnsparse::parse::rdata_octets(RecordType::MX, Class::IN, &[0, 10, 5]);
            let owner = query.questions[0].qname.clone();
            reply.answers.push(dnsparse::Record::new(owner, 60, rdata));
        }
    }
    let octets = query("www.shop.example", RecordType::A).write().unwrap();
    for via in [Via::Udp, Via::Tcp] {
        let reply = respond(&Malformed, &octets, via).await;
        let reply = reply.expect("it gets a reply");
        let reply = DnsPacket::parse(&reply).unwrap();
        assert_eq!(
            (reply.header.id, reply.header.rcode),
            (0x1234, Rcode::SERVFAIL)
        );
    }
}
