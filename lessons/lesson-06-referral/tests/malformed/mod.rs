//! Malformed records: passed on unread, dropped with their RRset, or the reason why a reply is
//! unusable.

use dnsparse::{Class, Record, RecordType, parse::rdata_octets};

use crate::{ADDRESS, SOA, classified, name, reply, without_authority};

fn malformed(owner: &str, rtype: RecordType, octets: &[u8]) -> Record {
    Record::new(name(owner), 60, rdata_octets(rtype, Class::IN, octets))
}

/// Asserts that the text of a classification ends with `expected`.
fn assert_ends(got: &str, expected: &str) {
    assert!(got.ends_with(expected), "expected\n{expected}\ngot\n{got}");
}

/// A part of an RRset is no answer (RFC 2181 section 5). The same goes for the alias of the name.
#[test]
fn a_reply_without_the_whole_rrset_is_unusable() {
    for (rtype, octets) in [
        (RecordType::A, &[192, 0, 2][..]),
        (RecordType::CNAME, &[3, b'w']),
        (RecordType::DNAME, &[]),
    ] {
        let mut partial = reply(ADDRESS, SOA, "");
        if rtype != RecordType::A {
            partial.answers.clear();
        }
        partial
            .answers
            .push(malformed("www.shop.example", rtype, octets));
        if rtype == RecordType::DNAME {
            partial.answers = vec![malformed("shop.example", rtype, octets)];
        }
        let owner = &partial.answers[partial.answers.len() - 1].owner;
        let expected = format!("→ the server sent a malformed {rtype} record of {owner}");
        assert_ends(&classified(&partial), &expected);
        assert_ends(&classified(&without_authority(partial)), &expected);
    }
}

/// Types whose names are never compressed are the client's to read (RFC 3597 section 3).
#[test]
fn malformed_rdata_of_other_types_is_passed_on() {
    let mut reply = reply("www.shop.example. 60 CAA 0 issue \"ca.example\"", "", "");
    reply.questions[0].qtype = RecordType::CAA;
    reply.answers.push(malformed(
        "www.shop.example",
        RecordType::CAA,
        &[0, 9, b'i'],
    ));
    let kind = referral::classify(&reply, &reply.questions[0], &name("example"));
    let expected = referral::ReplyKind::Answer(referral::Answer::Positive(reply.answers.clone()));
    assert_eq!(kind, expected);
}

/// Nothing depends on these records, so that the answer is as good as without them.
#[test]
fn a_malformed_record_that_is_not_needed_changes_nothing() {
    let answer = "→ answer\n  www.shop.example. 60 IN A 192.0.2.1";
    for (owner, rtype, octets) in [
        ("www.shop.example", RecordType::MX, &[0][..]),
        ("other.example", RecordType::A, &[1]),
        ("www.shop.example", RecordType::RRSIG, &[0]),
        ("example.test", RecordType::CNAME, &[]),
    ] {
        let record = malformed(owner, rtype, octets);
        let mut in_answer = reply(ADDRESS, SOA, "");
        in_answer.answers.push(record.clone());
        assert_ends(&classified(&in_answer), answer);
        let mut in_others = reply(ADDRESS, SOA, "");
        in_others.authorities.push(record.clone());
        in_others.additionals.push(record);
        assert_ends(&classified(&in_others), answer);
    }
    let mut negative = reply("", SOA, "");
    negative
        .authorities
        .push(malformed("shop.example", RecordType::NSEC, &[0, 0, 0]));
    assert!(classified(&negative).contains("→ no data\n  example. 900 IN SOA"));
}

/// The target is looked up at its own servers.
#[test]
fn an_alias_is_followed_to_a_name_with_a_malformed_record() {
    let mut behind = reply("www.shop.example. 60 CNAME b.example.", "", "");
    behind
        .answers
        .push(malformed("b.example", RecordType::A, &[1]));
    assert_ends(
        &classified(&behind),
        "→ alias to b.example.\n  www.shop.example. 60 IN CNAME b.example.",
    );
}

/// The servers of a delegation are no RRset that a client gets: those that can be read are used.
#[test]
fn a_referral_is_followed_in_spite_of_a_malformed_ns_record() {
    let mut referral = without_authority(reply(
        "",
        "shop.example. 60 NS ns.shop.example.",
        "ns.shop.example. 60 A 192.0.2.1",
    ));
    referral
        .authorities
        .push(malformed("shop.example", RecordType::NS, &[9]));
    referral
        .additionals
        .push(malformed("ns.shop.example", RecordType::A, &[9]));
    let got = classified(&referral);
    assert!(got.contains("→ referral to shop.example."), "{got}");
    assert!(got.contains("192.0.2.1"), "{got}");
}

/// An RRset has no equal records (RFC 2181 section 5); names are compared without case.
#[test]
fn a_record_that_is_sent_twice_counts_once() {
    let answers = "\
www.shop.example. 60 A 192.0.2.1
www.shop.example. 60 A 192.0.2.2
WWW.shop.example. 5 A 192.0.2.1
www.shop.example. 60 MX 10 mail.example.
www.shop.example. 60 MX 10 MAIL.example.
www.shop.example. 60 MX 20 mail.example.";
    let scrubbed = referral::scrub(&reply(answers, "", ""), &name("example"));
    let records: Vec<String> = scrubbed.answers.iter().map(Record::to_string).collect();
    let rdata: Vec<String> = scrubbed
        .answers
        .iter()
        .map(|record| record.rdata.to_string())
        .collect();
    assert_eq!(
        rdata,
        [
            "192.0.2.1",
            "192.0.2.2",
            "10 mail.example.",
            "20 mail.example."
        ],
        "{}",
        records.join("\n")
    );
}
