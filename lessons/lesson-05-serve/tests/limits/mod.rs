//! The length of a reply: limited over UDP, and by nothing but the two octets of length over TCP.

use dnsparse::{DnsPacket, Rdata, Record, RecordType, Txt};
use network::Via;
use serve::message_rules::udp_limit;
use serve::{Handler, respond};

use crate::{authority, octets, query, replies, replies_of, with_edns, www};

#[test]
fn the_udp_limit_is_the_clients_size_between_512_and_1232() {
    let mut lines = format!("without EDNS: at most {} octets\n", udp_limit(&www()));
    for size in [0, 511, 512, 513, 800, 1_231, 1_232, 1_233, 65_535] {
        let limit = udp_limit(&with_edns(size, www()));
        lines.push_str(&format!("EDNS of size {size}: at most {limit} octets\n"));
    }
    insta::assert_snapshot!(lines, @r"
    without EDNS: at most 512 octets
    EDNS of size 0: at most 512 octets
    EDNS of size 511: at most 512 octets
    EDNS of size 512: at most 512 octets
    EDNS of size 513: at most 513 octets
    EDNS of size 800: at most 800 octets
    EDNS of size 1231: at most 1231 octets
    EDNS of size 1232: at most 1232 octets
    EDNS of size 1233: at most 1232 octets
    EDNS of size 65535: at most 1232 octets
    ");
}

/// Answers each query with TXT records, so that the reply without EDNS has `length` octets.
struct Sized {
    length: usize,
}

impl Handler for Sized {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let owner = query.questions[0].qname.clone();
        let edns = reply.edns.take();
        while let Some(left) = self.length.checked_sub(octets(reply).len()) {
            // A record has 13 octets besides its text: the owner (2), type, class, TTL, RDLENGTH
            // and the length of the text. None may be left with fewer than that.
            let text = match left {
                0 => break,
                left if left <= 268 => left - 13,
                left => 255.min(left - 13 - 13),
            };
            let rdata = Rdata::Txt(Txt::new(["x".repeat(text)]).unwrap());
            let record = Record::new(owner.clone(), 60, rdata);
            reply.answers.push(record);
        }
        reply.edns = edns;
    }
}

/// Returns the result for a reply of `length` octets to a query, in short: `512 octets` or
/// `truncated`.
async fn sized(length: usize, via: Via, query: &DnsPacket) -> String {
    let reply = respond(&Sized { length }, &octets(query), via).await;
    let Some(reply) = reply else {
        return "no reply".to_owned();
    };
    match DnsPacket::parse(&reply) {
        Ok(packet) if packet.header.tc => "truncated".to_owned(),
        Ok(packet) => format!("{} in {} octets", packet.header.rcode, reply.len()),
        Err(error) => format!("no message: {error}"),
    }
}

/// The octet at the limit still fits. EDNS itself has 11 octets.
#[tokio::test]
async fn a_reply_over_udp_is_truncated_from_the_limit_on() {
    let mut lines = String::new();
    for length in [511, 512, 513] {
        let result = sized(length, Via::Udp, &www()).await;
        lines.push_str(&format!("{length} octets, without EDNS: {result}\n"));
    }
    for (length, size) in [
        (1_232, 1_232),
        (1_233, 1_232),
        (1_233, 4_096),
        (900, 900),
        (901, 900),
    ] {
        let query = with_edns(size, www());
        let result = sized(length - 11, Via::Udp, &query).await;
        lines.push_str(&format!("{length} octets, EDNS of size {size}: {result}\n"));
    }
    insta::assert_snapshot!(lines, @r"
    511 octets, without EDNS: NOERROR in 511 octets
    512 octets, without EDNS: NOERROR in 512 octets
    513 octets, without EDNS: truncated
    1232 octets, EDNS of size 1232: NOERROR in 1232 octets
    1233 octets, EDNS of size 1232: truncated
    1233 octets, EDNS of size 4096: truncated
    900 octets, EDNS of size 900: NOERROR in 900 octets
    901 octets, EDNS of size 900: truncated
    ");
}

/// The client's UDP size is about UDP.
#[tokio::test]
async fn a_reply_over_tcp_is_never_truncated() {
    let mut lines = String::new();
    for length in [513, 1_233, 4_097, 16_385, 65_535] {
        let result = sized(length, Via::Tcp, &www()).await;
        lines.push_str(&format!("{length} octets: {result}\n"));
    }
    let result = sized(50_000, Via::Tcp, &with_edns(512, www())).await;
    lines.push_str(&format!("50011 octets, EDNS of size 512: {result}\n"));
    insta::assert_snapshot!(lines, @r"
    513 octets: NOERROR in 513 octets
    1233 octets: NOERROR in 1233 octets
    4097 octets: NOERROR in 4097 octets
    16385 octets: NOERROR in 16385 octets
    65535 octets: NOERROR in 65535 octets
    50011 octets, EDNS of size 512: NOERROR in 50011 octets
    ");
}

#[tokio::test]
async fn rrsets_that_do_not_fit_are_left_out_over_udp_and_sent_over_tcp() {
    let plain = query("long.shop.example", RecordType::TXT);
    let edns = with_edns(1_232, plain.clone());
    let over_udp = replies(&[
        ("without EDNS, over UDP", octets(&plain)),
        ("EDNS of size 1,232, over UDP", octets(&edns)),
    ])
    .await;
    let tcp = [("without EDNS, over TCP", octets(&plain))];
    let over_tcp = replies_of(&authority(), Via::Tcp, &tcp).await;
    insta::assert_snapshot!(format!("{over_udp}{over_tcp}"), @r"
    without EDNS, over UDP: NOERROR, id 0x1234, qr aa tc, questions 1
    EDNS of size 1,232, over UDP: NOERROR, id 0x1234, qr aa, questions 1, answers 8, EDNS version 0 size 1232 options 0
    without EDNS, over TCP: NOERROR, id 0x1234, qr aa, questions 1, answers 8
    ");
}
