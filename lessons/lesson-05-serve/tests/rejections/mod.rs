//! Queries that are rejected before the question is looked up, and with which RCODE.

use dnsparse::{Class, DnsPacket, RecordType};
use serve::message_rules::rejection;

use crate::{octets, replies, with_edns, www};

/// A change of a query, and its name.
type Change = (&'static str, fn(&mut DnsPacket));

/// Returns the RCODE with which a query is rejected after each of the changes.
fn rejections(changes: &[Change]) -> String {
    let line = |(case, change): &Change| {
        let mut query = with_edns(1_232, www());
        change(&mut query);
        let result = match rejection(&query) {
            Some(rcode) => format!("rejected with {rcode}"),
            None => "handled".to_owned(),
        };
        format!("{case}: {result}\n")
    };
    changes.iter().map(line).collect()
}

#[test]
fn a_query_without_exactly_one_question_is_rejected() {
    insta::assert_snapshot!(rejections(&[
        ("one question", |_| {}),
        ("one question, without EDNS", |q| q.edns = None),
        ("no question", |q| q.questions.clear()),
        ("the question twice", |q| q.questions.push(q.questions[0].clone())),
        ("two questions, the second of class CH", |q| {
            let mut chaos = q.questions[0].clone();
            chaos.qclass = Class::CH;
            q.questions.push(chaos);
        }),
    ]), @r"
    one question: handled
    one question, without EDNS: handled
    no question: rejected with FORMERR
    the question twice: rejected with FORMERR
    two questions, the second of class CH: rejected with FORMERR
    ");
}

#[test]
fn another_class_and_transfers_are_rejected() {
    insta::assert_snapshot!(rejections(&[
        ("class CH", |q| q.questions[0].qclass = Class::CH),
        ("class ANY", |q| q.questions[0].qclass = Class::ANY),
        ("class 65535", |q| q.questions[0].qclass = Class(65_535)),
        ("type AXFR", |q| q.questions[0].qtype = RecordType::AXFR),
        ("type IXFR", |q| q.questions[0].qtype = RecordType::IXFR),
        ("type IXFR, without EDNS", |q| {
            q.questions[0].qtype = RecordType::IXFR;
            q.edns = None;
        }),
        ("type ANY", |q| q.questions[0].qtype = RecordType::ANY),
        ("type SOA", |q| q.questions[0].qtype = RecordType::SOA),
        ("type DS", |q| q.questions[0].qtype = RecordType::DS),
        ("a type without a mnemonic", |q| q.questions[0].qtype = RecordType(65_280)),
    ]), @r"
    class CH: rejected with REFUSED
    class ANY: rejected with REFUSED
    class 65535: rejected with REFUSED
    type AXFR: rejected with REFUSED
    type IXFR: rejected with REFUSED
    type IXFR, without EDNS: rejected with REFUSED
    type ANY: handled
    type SOA: handled
    type DS: handled
    a type without a mnemonic: handled
    ");
}

#[test]
fn the_edns_version_is_checked_before_the_question() {
    insta::assert_snapshot!(rejections(&[
        ("version 0", |q| set_version(q, 0)),
        ("version 1", |q| set_version(q, 1)),
        ("version 255", |q| set_version(q, 255)),
        ("version 9, no question", |q| {
            set_version(q, 9);
            q.questions.clear();
        }),
        ("version 1, class CH", |q| {
            set_version(q, 1);
            q.questions[0].qclass = Class::CH;
        }),
    ]), @r"
    version 0: handled
    version 1: rejected with BADVERS
    version 255: rejected with BADVERS
    version 9, no question: rejected with BADVERS
    version 1, class CH: rejected with BADVERS
    ");
}

/// A rejection has the question and the server's EDNS. BADVERS is 16, too large for the header:
/// its upper bits are in EDNS.
#[tokio::test]
async fn a_rejection_has_the_question_and_the_servers_edns() {
    let mut version_1 = with_edns(4_096, www());
    set_version(&mut version_1, 1);
    let mut chaos = www();
    chaos.questions[0].qclass = Class::CH;
    let mut two = www();
    two.questions.push(two.questions[0].clone());
    insta::assert_snapshot!(replies(&[
        ("EDNS version 1", octets(&version_1)),
        ("class CH", octets(&chaos)),
        ("two questions", octets(&two)),
    ]).await, @r"
    EDNS version 1: BADVERS, id 0x1234, qr, questions 1, EDNS version 0 size 1232 options 0
    class CH: REFUSED, id 0x1234, qr, questions 1
    two questions: FORMERR, id 0x1234, qr, questions 2
    ");
}

fn set_version(query: &mut DnsPacket, version: u8) {
    if let Some(edns) = &mut query.edns {
        edns.version = version;
    }
}
