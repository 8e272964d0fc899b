//! Names below a DNAME (RFC 6672).

use dnsparse::RecordType;

use crate::{first_lines, reply_to, summaries};

#[test]
fn comes_with_the_cname_synthesized_from_it() {
    insta::assert_snapshot!(reply_to("rose.old.garden.example", RecordType::A), @r"
    query rose.old.garden.example A
    NOERROR aa
    answer old.garden.example. 3600 IN DNAME new.garden.example.
    answer rose.old.garden.example. 3600 IN CNAME rose.new.garden.example.
    answer rose.new.garden.example. 3600 IN A 192.0.2.8
    ");
}

/// The answer has the CNAME, as the query asked, so there is no alias left to follow.
#[test]
fn is_not_followed_for_cname_or_any() {
    for qtype in [RecordType::CNAME, RecordType::ANY] {
        assert_eq!(
            reply_to("rose.old.garden.example", qtype),
            format!(
                "query rose.old.garden.example {qtype}\n\
            NOERROR aa\n\
            answer old.garden.example. 3600 IN DNAME new.garden.example.\n\
            answer rose.old.garden.example. 3600 IN CNAME rose.new.garden.example."
            )
        );
    }
}

#[test]
fn does_not_redirect_its_owner() {
    insta::assert_snapshot!(summaries(&[
        ("old.garden.example", RecordType::TXT),
        ("old.garden.example", RecordType::DNAME),
        ("old.garden.example", RecordType::A),
    ]), @r"
    old.garden.example TXT → NOERROR aa, answer old.garden.example. TXT
    old.garden.example DNAME → NOERROR aa, answer old.garden.example. DNAME
    old.garden.example A → NOERROR aa, authority garden.example. SOA
    ");
}

#[test]
fn out_of_the_zone_is_left_to_the_resolver() {
    insta::assert_snapshot!(reply_to("www.away.garden.example", RecordType::A), @r"
    query www.away.garden.example A
    NOERROR aa
    answer away.garden.example. 3600 IN DNAME elsewhere.example.
    answer www.away.garden.example. 3600 IN CNAME www.elsewhere.example.
    ");
}

/// Returns the results of `substitute`, a line each.
fn substitutions(cases: &[[&str; 3]]) -> String {
    let line = |[name, from, to]: &[&str; 3]| {
        let [long, from_name, to_name] = [name, from, to].map(|name| name.parse().unwrap());
        let result = match zone::substitute(&long, &from_name, &to_name) {
            Some(name) => name.to_string(),
            None => "too long".to_owned(),
        };
        format!("{name}, {from} by {to} → {result}\n")
    };
    cases.iter().map(line).collect()
}

/// Names are lists of labels: their text may have the same end twice, dots within a label, and
/// letters of either case.
#[test]
fn replaces_the_last_labels_of_a_name() {
    insta::assert_snapshot!(substitutions(&[
        ["a.b.old.example", "old.example", "new.test"],
        ["a.OLD.Example", "old.example", "new.test"],
        ["A.B.old.example", "old.example", "New.test"],
        ["old.example.old.example", "old.example", "new.test"],
        [r"a\.old.example", "example", "test"],
        ["bold.old.example", "old.example", "new.test"],
        ["a.old.example", "old.example", "."],
        ["a.old.example", ".", "test"],
        ["a.old.example", "old.example", "sub.old.example"],
    ]), @r"
    a.b.old.example, old.example by new.test → a.b.new.test.
    a.OLD.Example, old.example by new.test → a.new.test.
    A.B.old.example, old.example by New.test → A.B.New.test.
    old.example.old.example, old.example by new.test → old.example.new.test.
    a\.old.example, example by test → a\.old.test.
    bold.old.example, old.example by new.test → bold.new.test.
    a.old.example, old.example by . → a.
    a.old.example, . by test → a.old.example.test.
    a.old.example, old.example by sub.old.example → a.sub.old.example.
    ");
}

/// With the length octets of its four labels and the root's, the first name has 255 octets.
#[test]
fn makes_names_of_up_to_255_octets() {
    let label = "x".repeat(63);
    let target = format!("{label}.{label}.{label}");
    for (length, expected) in [(61, "255 octets"), (62, "too long")] {
        let name = format!("{}.old", "y".repeat(length)).parse().unwrap();
        let to = target.parse().unwrap();
        let result = match zone::substitute(&name, &"old".parse().unwrap(), &to) {
            Some(name) => format!("{} octets", name.to_string().len() + 1),
            None => "too long".to_owned(),
        };
        assert_eq!(
            result, expected,
            "a label of {length} octets in front of three labels of 63"
        );
    }
}

#[test]
fn to_a_name_that_does_not_exist_is_nxdomain() {
    insta::assert_snapshot!(first_lines("a.b.old.garden.example", RecordType::A, 4), @r"
    query a.b.old.garden.example A
    NXDOMAIN aa
    answer old.garden.example. 3600 IN DNAME new.garden.example.
    answer a.b.old.garden.example. 3600 IN CNAME a.b.new.garden.example.
    ");
}

#[test]
fn that_makes_the_name_too_long_is_yxdomain() {
    let label = "x".repeat(60);
    let qname = format!("{label}.{label}.{label}.long.garden.example");
    let reply = summaries(&[(&qname, RecordType::A)]);
    insta::assert_snapshot!(reply.replace(&label, "LABEL"), @"LABEL.LABEL.LABEL.long.garden.example A → YXDOMAIN aa, answer long.garden.example. DNAME");
}

#[test]
fn to_itself_ends() {
    insta::assert_snapshot!(reply_to("x.ivy.garden.example", RecordType::A), @r"
    query x.ivy.garden.example A
    NOERROR aa
    answer ivy.garden.example. 3600 IN DNAME ivy.garden.example.
    answer x.ivy.garden.example. 3600 IN CNAME x.ivy.garden.example.
    ");
}
