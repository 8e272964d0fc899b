//! Records made from a wildcard (RFC 4592).

use dnsparse::RecordType;

use crate::{reply_to, summaries};

#[test]
fn matches_a_name_that_does_not_exist() {
    insta::assert_snapshot!(reply_to("fern.bed.garden.example", RecordType::MX), @r"
    query fern.bed.garden.example MX
    NOERROR aa
    answer fern.bed.garden.example. 3600 IN MX 10 shed.garden.example.
    additional shed.garden.example. 3600 IN A 192.0.2.2
    ");
}

#[test]
fn matches_more_than_one_label() {
    insta::assert_snapshot!(reply_to("a.b.c.bed.garden.example", RecordType::TXT), @r#"
    query a.b.c.bed.garden.example TXT
    NOERROR aa
    answer a.b.c.bed.garden.example. 3600 IN TXT "any plant"
    "#);
}

#[test]
fn has_all_its_records_for_any() {
    insta::assert_snapshot!(reply_to("fern.bed.garden.example", RecordType::ANY), @r#"
    query fern.bed.garden.example ANY
    NOERROR aa
    answer fern.bed.garden.example. 3600 IN MX 10 shed.garden.example.
    answer fern.bed.garden.example. 3600 IN TXT "any plant"
    additional shed.garden.example. 3600 IN A 192.0.2.2
    "#);
}

#[test]
fn without_records_of_the_type_is_nodata() {
    insta::assert_snapshot!(summaries(&[("fern.bed.garden.example", RecordType::A)]), @"fern.bed.garden.example A → NOERROR aa, authority garden.example. SOA");
}

/// RFC 4592 section 2.2.1: a wildcard matches neither an existing name, nor an empty
/// non-terminal, nor a name below either.
#[test]
fn is_hidden_by_names_that_exist() {
    insta::assert_snapshot!(summaries(&[
        ("tulip.bed.garden.example", RecordType::TXT),
        ("pot.bed.garden.example", RecordType::TXT),
        ("a.tulip.bed.garden.example", RecordType::TXT),
        ("a.pot.bed.garden.example", RecordType::TXT),
    ]), @r"
    tulip.bed.garden.example TXT → NOERROR aa, authority garden.example. SOA
    pot.bed.garden.example TXT → NOERROR aa, authority garden.example. SOA
    a.tulip.bed.garden.example TXT → NXDOMAIN aa, authority garden.example. SOA
    a.pot.bed.garden.example TXT → NXDOMAIN aa, authority garden.example. SOA
    ");
}

/// A name below `*` is not synthesized from it.
#[test]
fn as_the_qname_is_a_name_like_any_other() {
    insta::assert_snapshot!(summaries(&[
        ("*.bed.garden.example", RecordType::TXT),
        ("*.bed.garden.example", RecordType::A),
        ("a.*.bed.garden.example", RecordType::TXT),
    ]), @r"
    *.bed.garden.example TXT → NOERROR aa, answer *.bed.garden.example. TXT
    *.bed.garden.example A → NOERROR aa, authority garden.example. SOA
    a.*.bed.garden.example TXT → NXDOMAIN aa, authority garden.example. SOA
    ");
}

#[test]
fn may_be_an_alias() {
    insta::assert_snapshot!(reply_to("any.alias.garden.example", RecordType::A), @r"
    query any.alias.garden.example A
    NOERROR aa
    answer any.alias.garden.example. 3600 IN CNAME rose.garden.example.
    answer rose.garden.example. 3600 IN A 192.0.2.3
    ");
}

/// RFC 4592 section 2.2.2: `*.bag` exists, since `seed.*.bag` does, but has no records.
#[test]
fn may_be_empty() {
    insta::assert_snapshot!(summaries(&[("x.bag.garden.example", RecordType::A)]), @"x.bag.garden.example A → NOERROR aa, authority garden.example. SOA");
}
