//! Responses without an answer: what has to be proved, and by which zone.

use chain::Response;
use dnsparse::{Name, Question, Rcode, Rdata, RecordType, TypeBitmap};

use super::tree::signer::record;
use super::tree::{Tree, name};
use super::{A, Validator, strip};

fn last_lines(cases: &[(&str, RecordType)]) -> String {
    let tree = Tree::new();
    let line = |(qname, qtype): &(&str, RecordType)| {
        let report = Validator::new(&tree).validate(qname, *qtype);
        let last = report.links.lines().last();
        let last = last.map(|link| format!("  {link}\n")).unwrap_or_default();
        format!("{qname} {qtype}: {}\n{last}", report.status())
    };
    cases.iter().map(line).collect()
}

/// The kinds of responses of RFC 4035 appendix B, from the small Internet's zones.
#[test]
fn the_responses_of_rfc_4035_appendix_b() {
    insta::assert_snapshot!(last_lines(&[
        ("www.example.com", A),                            // B.1 answer
        ("nosuch.example.com", A),                         // B.2 name error
        ("www.example.com", RecordType::MX),               // B.3 no data
        ("empty.example.com", A),                          // B.3, an empty non-terminal
        ("www.cut.deep.org", A),                           // B.4 behind a signed delegation
        ("www.plain.com", A),                              // B.5 behind an unsigned one
        ("x.wild.example.com", A),                         // B.6 wildcard
        ("x.wild.example.com", RecordType::MX),            // B.7 wildcard no data
        ("plain.com", RecordType::DS),                     // B.8 no DS, at the parent
        ("example.com", RecordType::DS),                   // DS, at the parent
        ("www.example.com", RecordType::DS),               // no zone cut
        (".", RecordType::DS),                             // the root has no parent
        (".", RecordType::SOA),
        ("www.example.com", RecordType::ANY),
        ("nosuch.example.com", RecordType::ANY),
        ("www.example.com", RecordType::RRSIG),
        ("www.example.com", RecordType::NSEC),
    ]), @r"
    www.example.com A: secure
      + www.example.com. A: signed by example.com.
    nosuch.example.com A: secure
      + nosuch.example.com. A: no such name in example.com.
    www.example.com MX: secure
      + www.example.com. MX: no such record in example.com.
    empty.example.com A: secure
      + empty.example.com. A: no such record in example.com.
    www.cut.deep.org A: secure
      + www.cut.deep.org. A: signed by cut.deep.org.
    www.plain.com A: insecure: plain.com.: it has no DS record
      - plain.com. DS: insecure, it has no DS record
    x.wild.example.com A: secure
      + x.wild.example.com. A: signed by example.com.
    x.wild.example.com MX: secure
      + x.wild.example.com. MX: no such record in example.com.
    plain.com DS: secure
      + plain.com. DS: no such record in com.
    example.com DS: secure
      + example.com. DS: signed by com.
    www.example.com DS: secure
      + www.example.com. DS: no such record in example.com.
    . DS: secure
      + . DS: no such record in .
    . SOA: secure
      + . SOA: signed by .
    www.example.com ANY: secure
      + www.example.com. NSEC: signed by example.com.
    nosuch.example.com ANY: secure
      + nosuch.example.com. ANY: no such name in example.com.
    www.example.com RRSIG: insecure: www.example.com.: signatures are not signed
    www.example.com NSEC: secure
      + www.example.com. NSEC: signed by example.com.
    ");
}

/// The parent has the DS records. The child may not deny them, nor sign them.
#[test]
fn the_child_has_no_say_in_its_ds_records() {
    let tree = Tree::new();
    let child = tree.zone("example.com.");
    let deny = |question: &Question, response: &mut Response| {
        if question.qtype == RecordType::DS && question.qname == child.name {
            response.answer.clear();
            response.authority = child.rrset(&child.name, RecordType::NSEC);
        }
    };
    let sign = |question: &Question, response: &mut Response| {
        if question.qtype == RecordType::DS && question.qname == child.name {
            response.answer.truncate(1);
            let key = tree.key("example.com.");
            let rrsig = key.sign(&child.name, &response.answer);
            response.answer.push(rrsig);
        }
    };
    let mut text = String::new();
    let edits: [(&str, super::Edit<'_>); 2] = [
        ("denied by the child", &deny),
        ("signed by the child", &sign),
    ];
    for (label, edit) in edits {
        for (qname, qtype) in [("www.example.com", A), ("example.com", RecordType::DS)] {
            let report = Validator::new(&tree).edited(edit).validate(qname, qtype);
            text += &format!("DS {label}, {qname} {qtype}: {}\n", report.status());
        }
    }
    insta::assert_snapshot!(text, @r"
    DS denied by the child, www.example.com A: bogus: example.com. DS: nothing proves that it does not exist (EDE 12)
    DS denied by the child, example.com DS: bogus: example.com. DS: nothing proves that it does not exist (EDE 12)
    DS signed by the child, www.example.com A: bogus: example.com. DS: no signature holds: example.com. signed it, which is not this zone (EDE 6)
    DS signed by the child, example.com DS: bogus: example.com. DS: no signature holds: example.com. signed it, which is not this zone (EDE 6)
    ");
}

/// A response claims something by its RCODE, and NSEC records prove something: it has to be the same.
#[test]
fn a_negative_response_needs_a_proof_of_its_claim() {
    let tree = Tree::new();
    let example = tree.zone("example.com.");
    let proof = |names: &[&str]| {
        let names: Vec<Name> = names.iter().map(|it| name(it)).collect();
        [
            example.rrset(&example.name, RecordType::SOA),
            example.proof(&names),
        ]
        .concat()
    };
    let cases: [(&str, &str, Rcode, Vec<_>); 10] = [
        (
            "complete",
            "nosuch.example.com",
            Rcode::NXDOMAIN,
            proof(&["nosuch.example.com", "*.example.com"]),
        ),
        (
            "without authority",
            "nosuch.example.com",
            Rcode::NXDOMAIN,
            vec![],
        ),
        (
            "with SOA alone",
            "nosuch.example.com",
            Rcode::NXDOMAIN,
            proof(&[]),
        ),
        (
            "without proof for the wildcard",
            "nosuch.example.com",
            Rcode::NXDOMAIN,
            proof(&["nosuch.example.com"]),
        ),
        (
            "as NOERROR",
            "nosuch.example.com",
            Rcode::NOERROR,
            proof(&["nosuch.example.com", "*.example.com"]),
        ),
        (
            "of a name that exists",
            "www.example.com",
            Rcode::NXDOMAIN,
            proof(&["www.example.com"]),
        ),
        (
            "of a type that exists",
            "www.example.com",
            Rcode::NOERROR,
            proof(&["www.example.com"]),
        ),
        (
            "by another name",
            "www.example.com",
            Rcode::NOERROR,
            proof(&["alias.example.com"]),
        ),
        (
            "of a name with a wildcard",
            "x.wild.example.com",
            Rcode::NXDOMAIN,
            proof(&["x.wild.example.com"]),
        ),
        (
            "of an alias",
            "alias.example.com",
            Rcode::NOERROR,
            proof(&["alias.example.com"]),
        ),
    ];
    let mut text = String::new();
    for (label, qname, rcode, authority) in cases {
        let response = Response {
            rcode,
            answer: vec![],
            authority,
        };
        let question = super::question(qname, A);
        let report = Validator::new(&tree).validate_response(&question, response);
        text += &format!("{qname} {rcode} {label}: {}\n", report.status());
    }
    insta::assert_snapshot!(text, @r"
    nosuch.example.com NXDOMAIN complete: secure
    nosuch.example.com NXDOMAIN without authority: bogus: nosuch.example.com. A: nothing proves that it does not exist (EDE 12)
    nosuch.example.com NXDOMAIN with SOA alone: bogus: nosuch.example.com. A: nothing proves that it does not exist (EDE 12)
    nosuch.example.com NXDOMAIN without proof for the wildcard: bogus: nosuch.example.com. A: nothing proves that it does not exist (EDE 12)
    nosuch.example.com NOERROR as NOERROR: bogus: nosuch.example.com. A: nothing proves that it does not exist (EDE 12)
    www.example.com NXDOMAIN of a name that exists: bogus: www.example.com. A: nothing proves that it does not exist (EDE 12)
    www.example.com NOERROR of a type that exists: bogus: www.example.com. A: nothing proves that it does not exist (EDE 12)
    www.example.com NOERROR by another name: bogus: www.example.com. A: nothing proves that it does not exist (EDE 12)
    x.wild.example.com NXDOMAIN of a name with a wildcard: bogus: x.wild.example.com. A: nothing proves that it does not exist (EDE 12)
    alias.example.com NOERROR of an alias: bogus: alias.example.com. A: nothing proves that it does not exist (EDE 12)
    ");
}

/// The RCODE is not signed. An attacker who changes it must not make a resolver say that a name with a
/// secure answer does not exist.
#[test]
fn an_answer_with_nxdomain_contradicts_itself() {
    let tree = Tree::new();
    let nxdomain = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            response.rcode = Rcode::NXDOMAIN;
        }
    };
    let lines = [
        "www.example.com",
        "alias.example.com",
        "www.old.example.com",
        "x.wild.example.com",
        "www.plain.com",
    ]
    .map(|qname| {
        let report = Validator::new(&tree).edited(&nxdomain).validate(qname, A);
        format!("{qname}, NXDOMAIN: {}\n", report.status())
    });
    insta::assert_snapshot!(lines.concat(), @r"
    www.example.com, NXDOMAIN: bogus: www.example.com. A: nothing proves that it does not exist (EDE 12)
    alias.example.com, NXDOMAIN: bogus: www.example.com. A: nothing proves that it does not exist (EDE 12)
    www.old.example.com, NXDOMAIN: bogus: www.example.com. A: nothing proves that it does not exist (EDE 12)
    x.wild.example.com, NXDOMAIN: bogus: x.wild.example.com. A: nothing proves that it does not exist (EDE 12)
    www.plain.com, NXDOMAIN: insecure: plain.com.: it has no DS record
    ");
}

#[test]
fn the_signatures_of_a_proof_are_verified() {
    let tree = Tree::new();
    let without = |rtype: RecordType| {
        move |_: &Question, response: &mut Response| strip(&mut response.authority, rtype)
    };
    let spoil = |rtype: RecordType| {
        move |question: &Question, response: &mut Response| {
            for record in &mut response.authority {
                match &mut record.rdata {
                    Rdata::Rrsig(rrsig) if rrsig.type_covered == rtype && question.qtype == A => {
                        rrsig.signature[0] ^= 1;
                    }
                    _ => {}
                }
            }
        }
    };
    let (nsec, soa) = (RecordType::NSEC, RecordType::SOA);
    let edits: [(&str, super::Edit<'_>); 4] = [
        ("NSEC without signature", &without(nsec)),
        ("SOA without signature", &without(soa)),
        ("NSEC with a wrong signature", &spoil(nsec)),
        ("SOA with a wrong signature", &spoil(soa)),
    ];
    let lines = edits.map(|(label, edit)| {
        let report = Validator::new(&tree)
            .edited(edit)
            .validate("nosuch.example.com", A);
        format!("{label}: {}\n", report.status())
    });
    insta::assert_snapshot!(lines.concat(), @r"
    NSEC without signature: bogus: nosuch.example.com. A: it has no signature (EDE 10)
    SOA without signature: bogus: nosuch.example.com. A: it has no signature (EDE 10)
    NSEC with a wrong signature: bogus: nosuch.example.com. A: no signature holds: the signature does not match the key and the records (EDE 6)
    SOA with a wrong signature: bogus: nosuch.example.com. A: no signature holds: the signature does not match the key and the records (EDE 6)
    ");
}

/// RFC 4035 section 5.3.4: the records of a wildcard are sent only where no name is closer.
#[test]
fn an_answer_from_a_wildcard_needs_a_proof() {
    let tree = Tree::new();
    let without_proof = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            response.authority.clear();
        }
    };
    let expand = |question: &Question, response: &mut Response| {
        // www.example.com exists. The signature of *.wild.example.com is put on another name below.
        if question.qtype == A {
            response.answer = tree
                .zone("example.com.")
                .rrset(&name("*.wild.example.com"), A);
            for record in &mut response.answer {
                record.owner = name("www.example.com");
            }
        }
    };
    let edits: [(&str, &str, super::Edit<'_>); 3] = [
        ("x.wild.example.com", "with its proof", &|_, _| {}),
        ("x.wild.example.com", "without", &without_proof),
        ("www.example.com", "with the wildcard's records", &expand),
    ];
    let lines = edits.map(|(qname, label, edit)| {
        let report = Validator::new(&tree).edited(edit).validate(qname, A);
        format!("{qname} {label}: {}\n", report.status())
    });
    insta::assert_snapshot!(lines.concat(), @r"
    x.wild.example.com with its proof: secure
    x.wild.example.com without: bogus: x.wild.example.com. A: nothing proves that it does not exist (EDE 12)
    www.example.com with the wildcard's records: bogus: www.example.com. A: no signature holds: the signature does not match the key and the records (EDE 6)
    ");
}

/// RFC 9824: the server makes one record for each question, and replies with NOERROR. The resolver may
/// restore NXDOMAIN.
#[test]
fn compact_denial_says_noerror_and_proves_nxdomain() {
    let tree = Tree::new();
    let key = tree.key("example.com.");
    let compact = |types: &[RecordType]| {
        let owner = name("nosuch.example.com");
        let nsec = dnsparse::Nsec {
            next: owner.child(b"\0").unwrap(),
            types: TypeBitmap::new(types.iter().copied()),
        };
        let nsec = record(&owner, Rdata::Nsec(Box::new(nsec)));
        let rrsig = key.sign(&name("example.com"), std::slice::from_ref(&nsec));
        Response {
            authority: vec![nsec, rrsig],
            ..Response::default()
        }
    };
    let (nsec, rrsig) = (RecordType::NSEC, RecordType::RRSIG);
    let lines = [&[rrsig, nsec, RecordType::NXNAME][..], &[rrsig, nsec]].map(|types| {
        let question = super::question("nosuch.example.com", A);
        let report = Validator::new(&tree).validate_response(&question, compact(types));
        let denial = report
            .verdict
            .denial
            .map_or("nothing", |denial| match denial {
                deny::Denial::NxDomain => "NXDOMAIN",
                deny::Denial::NoData => "NODATA",
            });
        format!(
            "{}: {}, {denial}\n",
            TypeBitmap::new(types.iter().copied()),
            report.status()
        )
    });
    insta::assert_snapshot!(lines.concat(), @r"
    RRSIG NSEC NXNAME: secure, NXDOMAIN
    RRSIG NSEC: secure, NODATA
    ");
}

/// A question for DS on the way may meet an alias: a name with a CNAME record is no zone cut.
#[test]
fn an_alias_is_no_zone_cut() {
    let tree = Tree::new();
    let unsigned = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            let address = Rdata::from_text(A, "192.0.2.9").unwrap();
            response.answer = vec![record(&question.qname, address)];
            response.authority.clear();
        }
    };
    let lines = [
        "under.alias.example.com",
        "a.b.old.example.com",
        "a.b.wild.example.com",
        "a.b.nosuch.example.com",
    ]
    .map(|qname| {
        Validator::new(&tree)
            .edited(&unsigned)
            .validate(qname, A)
            .all()
    });
    insta::assert_snapshot!(lines.concat(), @r"
    under.alias.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + alias.example.com. DS: no zone cut, example.com. goes on
    + under.alias.example.com. DS: no zone cut, example.com. goes on
    ! under.alias.example.com. A: bogus, it has no signature
    bogus: under.alias.example.com. A: it has no signature (EDE 10)
    a.b.old.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + old.example.com. DS: no zone cut, example.com. goes on
    + b.old.example.com. DS: no zone cut, example.com. goes on
    ! a.b.old.example.com. A: bogus, it has no signature
    bogus: a.b.old.example.com. A: it has no signature (EDE 10)
    a.b.wild.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + wild.example.com. DS: no zone cut, example.com. goes on
    + b.wild.example.com. DS: no zone cut, example.com. goes on
    + a.b.wild.example.com. DS: no zone cut, example.com. goes on
    ! a.b.wild.example.com. A: bogus, it has no signature
    bogus: a.b.wild.example.com. A: it has no signature (EDE 10)
    a.b.nosuch.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + nosuch.example.com. DS: no zone cut, example.com. goes on
    ! a.b.nosuch.example.com. A: bogus, it has no signature
    bogus: a.b.nosuch.example.com. A: it has no signature (EDE 10)
    ");
}

/// A name without records can have a DS record made for it neither by a wildcard nor by its owner.
#[test]
fn a_wildcard_makes_no_delegation() {
    let mut tree = Tree::unsigned();
    let key = super::tree::signer::Key::new(66);
    let ds = key.ds(&name("zone.ds.example.com"));
    let wildcard = record(&name("*.ds.example.com"), Rdata::Ds(Box::new(ds)));
    tree.zone_mut("example.com.").records.push(wildcard);
    let tree = tree.sign();
    let sign = |question: &Question, response: &mut Response| {
        let zone = name("zone.ds.example.com");
        if question.qtype == A || question.qtype == RecordType::DNSKEY && question.qname == zone {
            let rdata = match question.qtype {
                A => Rdata::from_text(A, "198.51.100.66").unwrap(),
                _ => Rdata::Dnskey(Box::new(key.dnskey.clone())),
            };
            let answer = record(&question.qname, rdata);
            let rrsig = key.sign(&zone, std::slice::from_ref(&answer));
            response.answer = vec![answer, rrsig];
            response.authority.clear();
        }
    };
    let report = Validator::new(&tree)
        .edited(&sign)
        .validate("www.zone.ds.example.com", A);
    insta::assert_snapshot!(report.all(), @r"
    www.zone.ds.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + ds.example.com. DS: no zone cut, example.com. goes on
    ! zone.ds.example.com. DS: bogus, nothing proves that it does not exist
    bogus: zone.ds.example.com. DS: nothing proves that it does not exist (EDE 12)
    ");
}
