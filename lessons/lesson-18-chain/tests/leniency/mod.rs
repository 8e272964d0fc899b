//! Responses that break a rule. Where their records prove the answer all the same, it is secure; what
//! is not signed never makes a response better than its proof.

use chain::{Response, Validation};
use deny::Denial;
use dnsparse::{Question, Rcode, Rdata, RecordType};

use super::tree::signer::record;
use super::tree::{Tree, name, question};
use super::{A, Validator};

/// Old servers reply with NXDOMAIN for a name that has no records, and names below it. The RCODE is not
/// signed, and the NSEC record is.
#[test]
fn an_empty_non_terminal_with_nxdomain_is_nodata() {
    let tree = Tree::new();
    let nxdomain = |_: &Question, response: &mut Response| response.rcode = Rcode::NXDOMAIN;
    let report = Validator::new(&tree)
        .edited(&nxdomain)
        .validate("empty.example.com", A);
    let verdict = &report.verdict;
    assert_eq!(
        (report.status(), verdict.denial, verdict.response.rcode),
        ("secure".to_owned(), Some(Denial::NoData), Rcode::NOERROR),
        "{}",
        report.all()
    );
}

/// A resolver follows all aliases. If the last one leads to nothing, an attacker may have removed the
/// answer, and the SOA record of a denial is as easily removed.
#[test]
fn a_resolution_has_to_deny_the_target_of_its_last_alias() {
    let tree = Tree::new();
    let mut text = String::new();
    for qname in [
        "gone.example.com",
        "alias.example.com",
        "plain.example.com",
        "away.example.com",
    ] {
        let question = question(qname, A);
        let whole = tree.respond(&question);
        let mut cut = whole.clone();
        cut.rcode = Rcode::NOERROR;
        cut.answer.retain(|record| record.owner == question.qname);
        cut.authority.clear();
        for (label, response) in [("whole", whole), ("cut", cut)] {
            for (source, validation) in [
                ("server", Validation::new(&question, response.clone())),
                (
                    "resolver",
                    Validation::of_resolution(&question, response.clone()),
                ),
            ] {
                let report = Validator::new(&tree).run(&question, validation);
                text += &format!("{qname}, {label}, of a {source}: {}\n", report.status());
            }
        }
    }
    insta::assert_snapshot!(text, @r"
    gone.example.com, whole, of a server: secure
    gone.example.com, whole, of a resolver: secure
    gone.example.com, cut, of a server: secure
    gone.example.com, cut, of a resolver: bogus: nosuch.example.com. A: nothing proves that it does not exist (EDE 12)
    alias.example.com, whole, of a server: secure
    alias.example.com, whole, of a resolver: secure
    alias.example.com, cut, of a server: secure
    alias.example.com, cut, of a resolver: bogus: www.example.com. A: nothing proves that it does not exist (EDE 12)
    plain.example.com, whole, of a server: insecure: plain.com.: it has no DS record
    plain.example.com, whole, of a resolver: insecure: plain.com.: it has no DS record
    plain.example.com, cut, of a server: secure
    plain.example.com, cut, of a resolver: insecure: plain.com.: it has no DS record
    away.example.com, whole, of a server: secure
    away.example.com, whole, of a resolver: secure
    away.example.com, cut, of a server: secure
    away.example.com, cut, of a resolver: bogus: www.cut.deep.org. A: nothing proves that it does not exist (EDE 12)
    ");
}

/// A server that has both zones may answer for the unsigned one, and prove with the parent's records
/// that it is unsigned. NXDOMAIN is a claim about the name in the parent zone.
#[test]
fn an_absence_at_an_unsigned_delegation_is_insecure() {
    let tree = Tree::new();
    let com = tree.zone("com.");
    let lines = [Rcode::NOERROR, Rcode::NXDOMAIN].map(|rcode| {
        let response = Response {
            rcode,
            answer: Vec::new(),
            authority: com.rrset(&name("plain.com"), RecordType::NSEC),
        };
        let question = question("plain.com", A);
        let report = Validator::new(&tree).validate_response(&question, response);
        format!("{rcode}: {}\n", report.status())
    });
    insta::assert_snapshot!(lines.concat(), @r"
    NOERROR: insecure: plain.com.: it has no DS record
    NXDOMAIN: bogus: plain.com. A: nothing proves that it does not exist (EDE 12)
    ");
}

/// RFC 6672 section 3.3: the records of such a name would depend on the question.
#[test]
fn a_wildcard_makes_no_dname_record() {
    let mut tree = Tree::unsigned();
    let target = Rdata::Dname(name("example.com"));
    let wildcard = record(&name("*.away.example.com"), target);
    tree.zone_mut("example.com.").records.push(wildcard);
    let tree = tree.sign();
    let zone = tree.zone("example.com.");
    let expanded = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            let owner = name("x.away.example.com");
            *response = Response::default();
            response.answer = zone.rrset(&name("*.away.example.com"), RecordType::DNAME);
            (response.answer.iter_mut()).for_each(|record| record.owner = owner.clone());
            response.authority = zone.proof(&[owner]);
        }
    };
    let report = Validator::new(&tree)
        .edited(&expanded)
        .validate("www.x.away.example.com", A);
    insta::assert_snapshot!(report.status(), @"bogus: x.away.example.com. DNAME: a wildcard makes no DNAME record (EDE 6)");
}

/// RRSIG records have no signatures (RFC 4035 section 2.2), so that nothing has to be looked up.
#[test]
fn signatures_are_insecure_without_a_chain() {
    let tree = Tree::new();
    let report = Validator::new(&tree).validate("www.example.com", RecordType::RRSIG);
    assert_eq!(
        (report.status(), report.asked.join(", ")),
        (
            "insecure: www.example.com.: signatures are not signed".to_owned(),
            String::new()
        ),
        "the status, and the questions on the way"
    );
}
