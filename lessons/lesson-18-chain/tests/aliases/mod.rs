//! Aliases: each link is validated, in the zone that it is from.

use chain::{MAX_ALIASES, Response};
use dnsparse::{Question, Rcode, Rdata, RecordType};

use super::tree::signer::record;
use super::tree::{Tree, name};
use super::{A, Edit, Validator, strip};

#[test]
fn the_worst_link_of_an_alias_decides() {
    let tree = Tree::new();
    let validator = Validator::new(&tree);
    let lines = [
        "alias.example.com",
        "away.example.com",
        "plain.example.com",
        "gone.example.com",
    ]
    .map(|qname| format!("{qname}: {}\n", validator.validate(qname, A).status()));
    insta::assert_snapshot!(lines.concat(), @r"
    alias.example.com: secure
    away.example.com: secure
    plain.example.com: insecure: plain.com.: it has no DS record
    gone.example.com: secure
    ");
    insta::assert_snapshot!(validator.validate("away.example.com", A).all(), @r"
    away.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + away.example.com. CNAME: signed by example.com.
    + org. DS: signed by .
    + org. DNSKEY: 1 key
    + deep.org. DS: no zone cut, org. goes on
    + cut.deep.org. DS: signed by org.
    + cut.deep.org. DNSKEY: 2 keys
    + www.cut.deep.org. A: signed by cut.deep.org.
    secure
    ");
}

/// The target of an alias into an unsigned zone may be forged, and the alias may not.
#[test]
fn an_unsigned_alias_is_bogus_whatever_it_points_to() {
    let tree = Tree::new();
    let strip_cname: Edit<'_> = &|question, response| {
        if question.qtype == A {
            strip(&mut response.answer, RecordType::CNAME);
        }
    };
    let strip_target: Edit<'_> = &|question, response| {
        if question.qtype == A {
            strip(&mut response.answer, A);
        }
    };
    let mut text = String::new();
    for (label, edit) in [("the alias", strip_cname), ("the target", strip_target)] {
        for qname in ["away.example.com", "plain.example.com"] {
            let report = Validator::new(&tree).edited(edit).validate(qname, A);
            text += &format!("{qname}, {label} has no signature: {}\n", report.status());
        }
    }
    insta::assert_snapshot!(text, @r"
    away.example.com, the alias has no signature: bogus: away.example.com. CNAME: it has no signature (EDE 10)
    plain.example.com, the alias has no signature: bogus: plain.example.com. CNAME: it has no signature (EDE 10)
    away.example.com, the target has no signature: bogus: www.cut.deep.org. A: it has no signature (EDE 10)
    plain.example.com, the target has no signature: insecure: plain.com.: it has no DS record
    ");
}

/// The server makes a CNAME record of a DNAME record, and cannot sign it. So the validator makes it
/// again, and compares.
#[test]
fn the_alias_of_a_dname_record_is_made_again() {
    let tree = Tree::new();
    let cname = |target: &str| Rdata::Cname(name(target));
    let to_attacker = |question: &Question, response: &mut Response| {
        for record in &mut response.answer {
            if question.qtype == A && record.rtype() == RecordType::CNAME {
                record.rdata = cname("www.cut.deep.org");
            }
        }
    };
    let without_cname = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            response
                .answer
                .retain(|record| record.rtype() != RecordType::CNAME);
        }
    };
    let without_dname = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            strip(&mut response.answer, RecordType::DNAME);
            response
                .answer
                .retain(|record| record.rtype() != RecordType::DNAME);
        }
    };
    let unsigned = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            strip(&mut response.answer, RecordType::DNAME);
        }
    };
    let edits: [(&str, Edit<'_>); 5] = [
        ("as it is", &|_, _| {}),
        ("another target", &to_attacker),
        ("without CNAME", &without_cname),
        ("without DNAME", &without_dname),
        ("an unsigned DNAME", &unsigned),
    ];
    let mut text = String::new();
    for (label, edit) in edits {
        let report = Validator::new(&tree)
            .edited(edit)
            .validate("www.old.example.com", A);
        let answer = report.verdict.response.answer.iter();
        let kept: Vec<_> = answer.map(|record| record.rtype().to_string()).collect();
        text += &format!("{label}: {}, with {}\n", report.status(), kept.join(" "));
    }
    let report = Validator::new(&tree).validate("www.old.example.com", RecordType::CNAME);
    text += &format!("the CNAME record itself: {}\n", report.status());
    insta::assert_snapshot!(text, @r"
    as it is: secure, with DNAME RRSIG CNAME A RRSIG
    another target: bogus: www.old.example.com. CNAME: the alias is not the one that the DNAME record makes (EDE 6), with DNAME RRSIG CNAME A RRSIG
    without CNAME: secure, with DNAME RRSIG A RRSIG
    without DNAME: bogus: www.old.example.com. CNAME: it has no signature (EDE 10), with CNAME A RRSIG
    an unsigned DNAME: bogus: old.example.com. DNAME: it has no signature (EDE 10), with DNAME CNAME A RRSIG
    the CNAME record itself: secure
    ");
}

/// RFC 6672 section 2.2: the new name is too long for a name.
#[test]
fn a_dname_record_that_makes_too_long_a_name_is_validated() {
    let mut tree = Tree::unsigned();
    let long = [[b'a'; 63]; 3].map(|label| String::from_utf8(label.to_vec()).unwrap());
    let target = name(&format!("{}.example.com", long.join(".")));
    let dname = record(&name("far.example.com"), Rdata::Dname(target));
    tree.zone_mut("example.com.").records.push(dname);
    let tree = tree.sign();
    let question = super::question(&format!("{}.far.example.com", "b".repeat(60)), A);
    let mut response = tree.respond(&question);
    response.rcode = Rcode::YXDOMAIN;
    let report = Validator::new(&tree).validate_response(&question, response);
    insta::assert_snapshot!(report.all(), @r"
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.far.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + far.example.com. DNAME: signed by example.com.
    secure
    ");
}

/// A resolver follows the target itself, with a validation of its own.
#[test]
fn a_response_may_end_with_an_alias() {
    let tree = Tree::new();
    let cut = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            response.answer.truncate(2);
        }
    };
    let report = Validator::new(&tree)
        .edited(&cut)
        .validate("away.example.com", A);
    insta::assert_snapshot!(report.all(), @r"
    away.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + away.example.com. CNAME: signed by example.com.
    secure
    ");
}

/// Records that the question does not lead to are no part of the answer.
#[test]
fn records_beside_the_answer_are_removed() {
    let tree = Tree::new();
    let add = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            let poison = Rdata::from_text(A, "198.51.100.66").unwrap();
            response
                .answer
                .push(record(&name("bank.example.com"), poison.clone()));
            response
                .authority
                .push(record(&name("ns.example.com"), poison));
        }
    };
    let report = Validator::new(&tree)
        .edited(&add)
        .validate("www.example.com", A);
    let Response {
        answer, authority, ..
    } = &report.verdict.response;
    let kept: Vec<_> = (answer.iter().chain(authority))
        .map(|record| format!("{} {}", record.owner, record.rtype()))
        .collect();
    insta::assert_snapshot!(format!("{}: {}", report.status(), kept.join(", ")), @"secure: www.example.com. A, www.example.com. RRSIG");
}

#[test]
fn the_number_of_aliases_has_a_bound() {
    let tree = Tree::new();
    let response = |count: usize| {
        let alias = |n: usize| {
            let target = name(&format!("a{}.plain.com", n + 1));
            record(&name(&format!("a{n}.plain.com")), Rdata::Cname(target))
        };
        Response {
            answer: (0..count).map(alias).collect(),
            ..Response::default()
        }
    };
    let mut circle = response(2);
    circle.answer[1].rdata = Rdata::Cname(name("a0.plain.com"));
    let cases = [
        ("MAX_ALIASES", response(MAX_ALIASES)),
        ("one more", response(MAX_ALIASES + 1)),
        ("a circle", circle),
    ];
    let lines = cases.map(|(label, response)| {
        let question = super::question("a0.plain.com", A);
        let report = Validator::new(&tree).validate_response(&question, response);
        format!("{label}: {}\n", report.status())
    });
    insta::assert_snapshot!(lines.concat(), @r"
    MAX_ALIASES: insecure: plain.com.: it has no DS record
    one more: bogus: a17.plain.com. CNAME: there are too many aliases (EDE 6)
    a circle: bogus: a1.plain.com. CNAME: there are too many aliases (EDE 6)
    ");
}
