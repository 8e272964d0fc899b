//! The parts that are given, at their edges: records below a DNAME, malformed records, duplicates,
//! DS records.

use dnsparse::{Class, DnsPacket, Question, Rcode, Record, RecordType, parse::rdata_octets};
use referral::{Answer, Negative, classify, is_child_side};

use crate::{ADDRESS, SOA, line, name, question, reply, text, written};

/// Classifies a reply from a server of `example` to a question for records of a type at
/// `www.shop.example`, and writes both.
fn classified(qtype: RecordType, mut reply: DnsPacket) -> String {
    let question = Question {
        qtype,
        ..question("www.shop.example")
    };
    if reply.questions[0].qname == question.qname {
        reply.questions = vec![question.clone()];
    }
    let kind = classify(&reply, &question, &name("example"));
    let question = line(&question);
    format!("query     {question}\n{}→ {}", written(&reply), text(&kind))
}

fn malformed(owner: &str, rtype: RecordType, class: Class) -> Record {
    let octets = rdata_octets(rtype, Class::IN, &[]);
    Record {
        class,
        ..Record::new(name(owner), 60, octets)
    }
}

/// A zone has the DNAME, and the CNAME follows from it: a question for CNAME is answered with both.
/// A server that has other records at the name, in spite of the DNAME, means those.
#[test]
fn records_below_a_dname() {
    let dname = "shop.example. 60 DNAME store.example.";
    let cname = "www.shop.example. 60 CNAME www.store.example.";
    let cases = [
        (RecordType::CNAME, format!("{dname}\n{cname}")),
        (RecordType::CNAME, cname.to_owned()),
        (RecordType::CNAME, dname.to_owned()),
        (RecordType::A, format!("{dname}\n{ADDRESS}")),
    ];
    let texts = cases.map(|(qtype, answer)| classified(qtype, reply(&answer, "", "")));
    insta::assert_snapshot!(texts.join("\n\n"), @r"
    query     www.shop.example. IN CNAME
    reply     NOERROR aa
              to [www.shop.example. IN CNAME]
    answer    shop.example. 60 IN DNAME store.example.
    answer    www.shop.example. 60 IN CNAME www.store.example.
    → answer
      shop.example. 60 IN DNAME store.example.
      www.shop.example. 60 IN CNAME www.store.example.

    query     www.shop.example. IN CNAME
    reply     NOERROR aa
              to [www.shop.example. IN CNAME]
    answer    www.shop.example. 60 IN CNAME www.store.example.
    → answer
      www.shop.example. 60 IN CNAME www.store.example.

    query     www.shop.example. IN CNAME
    reply     NOERROR aa
              to [www.shop.example. IN CNAME]
    answer    shop.example. 60 IN DNAME store.example.
    → alias to www.store.example.
      shop.example. 60 IN DNAME store.example.
      www.shop.example. 60 IN CNAME www.store.example.

    query     www.shop.example. IN A
    reply     NOERROR aa
    answer    shop.example. 60 IN DNAME store.example.
    answer    www.shop.example. 60 IN A 192.0.2.1
    → answer
      www.shop.example. 60 IN A 192.0.2.1
    ");
}

/// A DNAME that makes the name too long does not make an unusable reply usable, and does not
/// replace an answer.
#[test]
fn a_dname_that_is_too_long_hides_no_other_fault() {
    let target = [63, 63, 63, 58].map(|length| "x".repeat(length)).join(".");
    let dname = format!("shop.example. 60 DNAME {target}.");
    let mut truncated = reply(&dname, "", "");
    truncated.header.tc = true;
    let mut failed = reply(&dname, "", "");
    failed.header.rcode = Rcode::SERVFAIL;
    let mut to_another = reply(&dname, "", "");
    to_another.questions = vec![question("shop.example")];
    let with_answer = reply(&format!("{dname}\n{ADDRESS}"), "", "");
    let replies = [truncated, failed, to_another, with_answer];
    let texts = replies.map(|reply| classified(RecordType::A, reply));
    insta::assert_snapshot!(texts.join("\n\n").replace(&target, "(253 octets)"), @r"
    query     www.shop.example. IN A
    reply     NOERROR aa tc
    answer    shop.example. 60 IN DNAME (253 octets).
    → the server truncated its reply

    query     www.shop.example. IN A
    reply     SERVFAIL aa
    answer    shop.example. 60 IN DNAME (253 octets).
    → the server replied SERVFAIL

    query     www.shop.example. IN A
    reply     NOERROR aa
              to [shop.example. IN A]
    answer    shop.example. 60 IN DNAME (253 octets).
    → the server answered another question

    query     www.shop.example. IN A
    reply     NOERROR aa
    answer    shop.example. 60 IN DNAME (253 octets).
    answer    www.shop.example. 60 IN A 192.0.2.1
    → answer
      www.shop.example. 60 IN A 192.0.2.1
    ");
}

/// A malformed record makes a reply unusable if it is, or leads to, what the question asks for, and
/// the server may send it.
#[test]
fn a_malformed_record_counts_where_the_answer_would_be() {
    let with = |answer: &str, record: Record| {
        let mut reply = reply(answer, SOA, "");
        reply.answers.push(record);
        reply
    };
    let alias = "www.shop.example. 60 CNAME b.example.";
    let (at, class) = ("www.shop.example", Class::IN);
    let cases = [
        (RecordType::ANY, "", malformed(at, RecordType::MX, class)),
        (RecordType::A, "", malformed(at, RecordType::MX, class)),
        (
            RecordType::A,
            "",
            malformed("b.example", RecordType::A, class),
        ),
        (
            RecordType::A,
            "",
            malformed("shop.example", RecordType::A, class),
        ),
        (RecordType::A, "", malformed(at, RecordType::A, Class::CH)),
        (RecordType::A, "", malformed(".", RecordType::DNAME, class)),
        (
            RecordType::A,
            ADDRESS,
            malformed(at, RecordType::CNAME, class),
        ),
        (RecordType::A, alias, malformed(at, RecordType::A, class)),
    ];
    let texts = cases.map(|(qtype, answer, record)| {
        let shown = format!("{} {} {}", record.owner, record.class, record.rtype());
        let text = classified(qtype, with(answer, record));
        let (_, kind) = text.split_once("→ ").unwrap_or_default();
        let kind = kind.lines().next().unwrap_or_default();
        let beside = if answer.is_empty() { "the SOA" } else { answer };
        format!("{qtype} query, malformed {shown} beside {beside}\n→ {kind}")
    });
    insta::assert_snapshot!(texts.join("\n"), @r"
    ANY query, malformed www.shop.example. IN MX beside the SOA
    → the server sent a malformed MX record of www.shop.example.
    A query, malformed www.shop.example. IN MX beside the SOA
    → no data
    A query, malformed b.example. IN A beside the SOA
    → no data
    A query, malformed shop.example. IN A beside the SOA
    → no data
    A query, malformed www.shop.example. CH A beside the SOA
    → no data
    A query, malformed . IN DNAME beside the SOA
    → no data
    A query, malformed www.shop.example. IN CNAME beside www.shop.example. 60 A 192.0.2.1
    → answer
    A query, malformed www.shop.example. IN A beside www.shop.example. 60 CNAME b.example.
    → alias to b.example.
    ");
}

#[test]
fn two_equal_records_are_one() {
    let twice = reply(&format!("{ADDRESS}\n{ADDRESS}"), "", "");
    insta::assert_snapshot!(classified(RecordType::A, twice), @r"
    query     www.shop.example. IN A
    reply     NOERROR aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    answer    www.shop.example. 60 IN A 192.0.2.1
    → answer
      www.shop.example. 60 IN A 192.0.2.1
    ");
}

/// The DS records of a zone are in its parent: an SOA or an alias at the zone's own name shows that
/// the answer comes from the zone itself. The root has no parent.
#[test]
fn an_answer_about_ds_records_may_come_from_the_wrong_side() {
    let soa = |owner: &str| {
        let soa = format!("{owner} 60 SOA ns.example. mail.example. 1 2 3 4 5");
        Negative {
            soa: Some(soa.parse().unwrap()),
        }
    };
    let alias = |owner: &str| Answer::Alias {
        records: vec![format!("{owner} 60 CNAME b.example.").parse().unwrap()],
        target: name("b.example"),
    };
    let ds = format!("shop.example. 60 DS 1 8 1 {}", "01".repeat(20));
    let (zone, qtype) = ("shop.example.", RecordType::DS);
    let cases = [
        ("SOA of the zone", zone, qtype, Answer::NoData(soa(zone))),
        ("SOA of the zone", zone, qtype, Answer::NxDomain(soa(zone))),
        (
            "SOA of the parent",
            zone,
            qtype,
            Answer::NoData(soa("example.")),
        ),
        (
            "no SOA",
            zone,
            qtype,
            Answer::NoData(Negative { soa: None }),
        ),
        ("alias at the name", zone, qtype, alias(zone)),
        ("alias elsewhere", zone, qtype, alias("a.example.")),
        (
            "DS records",
            zone,
            qtype,
            Answer::Positive(vec![ds.parse().unwrap()]),
        ),
        (
            "SOA of the zone",
            zone,
            RecordType::A,
            Answer::NoData(soa(zone)),
        ),
        ("SOA of the zone", ".", qtype, Answer::NoData(soa("."))),
    ];
    let texts = cases.map(|(sent, qname, qtype, answer)| {
        let question = Question {
            qtype,
            ..question(qname)
        };
        let side = match is_child_side(&question, &answer) {
            true => "from the zone itself",
            false => "from the right side",
        };
        format!("{qname} {qtype}, {sent}: {side}")
    });
    insta::assert_snapshot!(texts.join("\n"), @r"
    shop.example. DS, SOA of the zone: from the zone itself
    shop.example. DS, SOA of the zone: from the zone itself
    shop.example. DS, SOA of the parent: from the right side
    shop.example. DS, no SOA: from the right side
    shop.example. DS, alias at the name: from the zone itself
    shop.example. DS, alias elsewhere: from the right side
    shop.example. DS, DS records: from the right side
    shop.example. A, SOA of the zone: from the right side
    . DS, SOA of the zone: from the right side
    ");
}
