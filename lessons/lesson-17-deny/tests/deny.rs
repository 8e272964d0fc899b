//! Tests of lesson 17: what do NSEC records prove about a question?
//!
//! All tests use the zone `example` below. A line has the question, the NSEC records that came with
//! the reply, by their owners, and what they prove.
#![cfg(test)]

mod gaps;

use deny::{Denial, Gap, denial, is_closest_match, is_insecure_delegation};
use dnsparse::{Name, Record, RecordType, Zone};
use sign::Verified;

/// The NSEC records of a zone. It has an empty non-terminal (`b`), a delegation without a DS record
/// (`child`) and one with (`secure`), a DNAME, an alias, and a wildcard.
const CHAIN: &str = "
example.          NSEC a.example.          NS SOA RRSIG NSEC DNSKEY
a.example.        NSEC sub.b.example.      A RRSIG NSEC
sub.b.example.    NSEC child.example.      TXT RRSIG NSEC
child.example.    NSEC dname.example.      NS RRSIG NSEC
dname.example.    NSEC host.example.       DNAME RRSIG NSEC
host.example.     NSEC secure.example.     CNAME RRSIG NSEC
secure.example.   NSEC *.wild.example.     NS DS RRSIG NSEC
*.wild.example.   NSEC x.y.wild.example.   TXT RRSIG NSEC
x.y.wild.example. NSEC www.example.        A RRSIG NSEC
www.example.      NSEC example.            A AAAA RRSIG NSEC
";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn records(text: &str) -> Vec<Record> {
    let with_ttl = |line: &str| line.replacen(" NSEC ", " 300 NSEC ", 1) + "\n";
    let text: String = text.lines().map(with_ttl).collect();
    Zone::parse(&text, &Name::ROOT).unwrap().records
}

/// Returns the records of the chain that have these owners, in this order.
fn chain(owners: &str) -> Vec<Record> {
    let chain = records(CHAIN);
    let record = |owner: &str| {
        let found = chain.iter().find(|record| record.owner == name(owner));
        found
            .unwrap_or_else(|| panic!("{owner} is not in the chain"))
            .clone()
    };
    owners.split_whitespace().map(record).collect()
}

/// Takes records as verified under their own names.
fn gaps_of(records: &[Record]) -> Vec<Gap<'_>> {
    let verified = Verified {
        ttl: 300,
        wildcard: None,
    };
    let gap = |record| Gap::new(record, &verified);
    records.iter().filter_map(gap).collect()
}

fn proved_by(records: &[Record], qname: &str, rtype: RecordType) -> &'static str {
    let gaps = gaps_of(records);
    match denial(&name("example"), &name(qname), rtype, &gaps) {
        Some(Denial::NxDomain) => "NXDOMAIN",
        Some(Denial::NoData) => "NODATA",
        None => "nothing",
    }
}

fn shown(owners: &str) -> String {
    match owners {
        "" => "no NSEC".to_string(),
        owners => format!("NSEC of {owners}"),
    }
}

/// Shows what records prove, one line for each question. An owner list of `all` is the whole chain.
fn table(cases: &[(&str, RecordType, &str)]) -> String {
    let line = |(qname, rtype, owners): &(&str, RecordType, &str)| {
        let records = match *owners {
            "all" => records(CHAIN),
            owners => chain(owners),
        };
        let proved = proved_by(&records, qname, *rtype);
        format!("{qname} {rtype}, with {}: {proved}\n", shown(owners))
    };
    cases.iter().map(line).collect()
}

const A: RecordType = RecordType::A;

/// Two records are needed: one that covers the name, and one that covers the wildcard.
#[test]
fn nxdomain_needs_a_proof_for_the_name_and_one_for_the_wildcard() {
    insta::assert_snapshot!(table(&[
        ("nosuch.example", A, "host.example example"),
        ("nosuch.example", A, "example host.example"),
        ("nosuch.example", A, "host.example"),
        ("nosuch.example", A, "example"),
        ("nosuch.example", A, ""),
        ("c.b.example", A, "a.example"),
        ("zzz.example", A, "www.example example"),
        ("zzz.example", A, "www.example"),
        ("deep.under.nosuch.example", A, "host.example example"),
        ("under.www.example", A, "www.example"),
        ("nosuch.example", A, "all"),
    ]), @r"
    nosuch.example A, with NSEC of host.example example: NXDOMAIN
    nosuch.example A, with NSEC of example host.example: NXDOMAIN
    nosuch.example A, with NSEC of host.example: nothing
    nosuch.example A, with NSEC of example: nothing
    nosuch.example A, with no NSEC: nothing
    c.b.example A, with NSEC of a.example: NXDOMAIN
    zzz.example A, with NSEC of www.example example: NXDOMAIN
    zzz.example A, with NSEC of www.example: nothing
    deep.under.nosuch.example A, with NSEC of host.example example: NXDOMAIN
    under.www.example A, with NSEC of www.example: NXDOMAIN
    nosuch.example A, with NSEC of all: NXDOMAIN
    ");
}

#[test]
fn a_name_that_exists_has_no_data_of_a_type_that_is_not_listed() {
    insta::assert_snapshot!(table(&[
        ("www.example", RecordType::MX, "www.example"),
        ("WWW.Example", RecordType::MX, "www.example"),
        ("www.example", A, "www.example"),
        ("www.example", RecordType::MX, "host.example example"),
        ("host.example", A, "host.example"),
        ("host.example", RecordType::CNAME, "host.example"),
        ("example", A, "example"),
        ("example", RecordType::SOA, "example"),
        ("www.example", RecordType::ANY, "www.example"),
    ]), @r"
    www.example MX, with NSEC of www.example: NODATA
    WWW.Example MX, with NSEC of www.example: NODATA
    www.example A, with NSEC of www.example: nothing
    www.example MX, with NSEC of host.example example: nothing
    host.example A, with NSEC of host.example: nothing
    host.example CNAME, with NSEC of host.example: nothing
    example A, with NSEC of example: NODATA
    example SOA, with NSEC of example: nothing
    www.example ANY, with NSEC of www.example: nothing
    ");
}

/// A name without records of its own exists, if there is one below it (RFC 8020).
#[test]
fn an_empty_non_terminal_has_no_data() {
    insta::assert_snapshot!(table(&[
        ("b.example", A, "a.example"),
        ("wild.example", A, "secure.example"),
        ("y.wild.example", A, "*.wild.example"),
        ("aa.example", A, "a.example example"),
    ]), @r"
    b.example A, with NSEC of a.example: NODATA
    wild.example A, with NSEC of secure.example: NODATA
    y.wild.example A, with NSEC of *.wild.example: NODATA
    aa.example A, with NSEC of a.example example: NXDOMAIN
    ");
}

#[test]
fn a_wildcard_is_part_of_the_proof() {
    insta::assert_snapshot!(table(&[
        ("any.wild.example", A, "*.wild.example"),
        ("any.wild.example", RecordType::TXT, "*.wild.example"),
        ("zzz.wild.example", A, "x.y.wild.example *.wild.example"),
        ("zzz.wild.example", A, "x.y.wild.example"),
        ("zzz.wild.example", A, "x.y.wild.example example"),
        ("zzz.wild.example", RecordType::TXT, "x.y.wild.example *.wild.example"),
        ("z.y.wild.example", A, "x.y.wild.example *.wild.example"),
        ("z.y.wild.example", A, "x.y.wild.example"),
        ("*.wild.example", A, "*.wild.example"),
    ]), @r"
    any.wild.example A, with NSEC of *.wild.example: NODATA
    any.wild.example TXT, with NSEC of *.wild.example: nothing
    zzz.wild.example A, with NSEC of x.y.wild.example *.wild.example: NODATA
    zzz.wild.example A, with NSEC of x.y.wild.example: nothing
    zzz.wild.example A, with NSEC of x.y.wild.example example: nothing
    zzz.wild.example TXT, with NSEC of x.y.wild.example *.wild.example: nothing
    z.y.wild.example A, with NSEC of x.y.wild.example *.wild.example: NXDOMAIN
    z.y.wild.example A, with NSEC of x.y.wild.example: nothing
    *.wild.example A, with NSEC of *.wild.example: NODATA
    ");
}

/// RFC 4592 section 4.9: `*.example` has no records, but exists, since a name below it does.
#[test]
fn a_wildcard_without_records_gives_no_data() {
    let chain = "
example.       NSEC foo.*.example. SOA
foo.*.example. NSEC www.example.   A
www.example.   NSEC example.       A
";
    let chain = records(chain);
    let lines = [
        ("the record that covers it alone", &chain[1..2]),
        ("the whole chain", &chain[..]),
    ];
    let lines = lines.map(|(label, records)| {
        let proved = proved_by(records, "nosuch.example", A);
        format!("nosuch.example A, with {label}: {proved}")
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    nosuch.example A, with the record that covers it alone: nothing
    nosuch.example A, with the whole chain: NODATA
    ");
}

/// A server may send `*.wild.example NSEC x.y.wild.example` under any name below `wild.example`, and
/// the signature holds. Under this one, it would cover the wildcard itself.
#[test]
fn an_nsec_record_that_was_made_from_a_wildcard_is_no_gap() {
    let expanded = records("\\!.wild.example. NSEC x.y.wild.example. TXT RRSIG NSEC");
    let verified = Verified {
        ttl: 300,
        wildcard: Some(name("*.wild.example")),
    };
    let gaps: Vec<_> = (expanded.iter())
        .filter_map(|record| Gap::new(record, &verified))
        .collect();
    let proved = denial(
        &name("example"),
        &name("any.wild.example"),
        RecordType::TXT,
        &gaps,
    );
    assert_eq!(
        (gaps.len(), proved),
        (0, None),
        "the gaps of an expanded NSEC record, and what they prove about any.wild.example TXT, which has an answer"
    );
}

/// The parent has NS and DS at a zone cut, and nothing at all below it.
#[test]
fn the_parent_denies_nothing_but_ds_at_a_cut_and_nothing_below_it() {
    insta::assert_snapshot!(table(&[
        ("child.example", A, "child.example"),
        ("child.example", RecordType::DS, "child.example"),
        ("secure.example", RecordType::DS, "secure.example"),
        ("example", RecordType::DS, "example"),
        ("www.child.example", A, "child.example example"),
        ("www.dname.example", A, "dname.example example"),
        ("childx.example", A, "child.example example"),
    ]), @r"
    child.example A, with NSEC of child.example: nothing
    child.example DS, with NSEC of child.example: NODATA
    secure.example DS, with NSEC of secure.example: nothing
    example DS, with NSEC of example: nothing
    www.child.example A, with NSEC of child.example example: nothing
    www.dname.example A, with NSEC of dname.example example: nothing
    childx.example A, with NSEC of child.example example: NXDOMAIN
    ");
}

/// RFC 4035 section 3.1.4.1: the root zone answers for its own name.
#[test]
fn the_root_denies_its_own_ds_record() {
    let root = records(". NSEC aaa. NS SOA RRSIG NSEC DNSKEY\n");
    let lines = [RecordType::DS, RecordType::MX, RecordType::NS].map(|rtype| {
        let proved = match denial(&Name::ROOT, &Name::ROOT, rtype, &gaps_of(&root)) {
            Some(Denial::NoData) => "NODATA",
            Some(Denial::NxDomain) => "NXDOMAIN",
            None => "nothing",
        };
        format!(". {rtype}, with NSEC of the root: {proved}\n")
    });
    insta::assert_snapshot!(lines.concat(), @r"
    . DS, with NSEC of the root: NODATA
    . MX, with NSEC of the root: NODATA
    . NS, with NSEC of the root: nothing
    ");
}

#[test]
fn a_delegation_is_insecure_if_the_parent_proves_that_it_has_no_ds() {
    let cases = [
        ("child.example", "child.example"),
        ("secure.example", "secure.example"),
        ("www.example", "www.example"),
        ("example", "example"),
        ("child.example", "sub.b.example"),
        ("dname.example", "child.example"),
        ("child.example", ""),
    ];
    let lines = cases.map(|(cut, owners)| {
        let records = chain(owners);
        let gaps = gaps_of(&records);
        let proved = match is_insecure_delegation(&name(cut), &gaps) {
            true => "insecure",
            false => "nothing proved",
        };
        format!("{cut}, with {}: {proved}\n", shown(owners))
    });
    insta::assert_snapshot!(lines.concat(), @r"
    child.example, with NSEC of child.example: insecure
    secure.example, with NSEC of secure.example: nothing proved
    www.example, with NSEC of www.example: nothing proved
    example, with NSEC of example: nothing proved
    child.example, with NSEC of sub.b.example: nothing proved
    dname.example, with NSEC of child.example: nothing proved
    child.example, with no NSEC: nothing proved
    ");
}

/// RFC 9824: a server that signs while it answers makes one NSEC record for each question. The type
/// NXNAME in it means that the name does not exist.
#[test]
fn compact_denial_is_one_record() {
    let cases = [
        ("no.example. NSEC \\000.no.example. RRSIG NSEC NXNAME", A),
        ("no.example. NSEC \\000.no.example. RRSIG NSEC", A),
        ("no.example. NSEC \\000.no.example. RRSIG NSEC AAAA", A),
        ("no.example. NSEC \\000.no.example. RRSIG NSEC A", A),
        (
            "no.example. NSEC \\000.no.example. RRSIG NSEC NXNAME",
            RecordType::DS,
        ),
    ];
    let lines = cases.map(|(text, rtype)| {
        let proved = proved_by(&records(text), "no.example", rtype);
        format!("no.example {rtype}, with {text}: {proved}\n")
    });
    insta::assert_snapshot!(lines.concat(), @r"
    no.example A, with no.example. NSEC \000.no.example. RRSIG NSEC NXNAME: NXDOMAIN
    no.example A, with no.example. NSEC \000.no.example. RRSIG NSEC: NODATA
    no.example A, with no.example. NSEC \000.no.example. RRSIG NSEC AAAA: NODATA
    no.example A, with no.example. NSEC \000.no.example. RRSIG NSEC A: nothing
    no.example DS, with no.example. NSEC \000.no.example. RRSIG NSEC NXNAME: NXDOMAIN
    ");
}

/// A server that has a record of the name itself may not answer from the wildcard.
#[test]
fn an_answer_from_a_wildcard_needs_a_proof_that_no_name_is_closer() {
    let cases = [
        ("any.wild.example", "*.wild.example", "*.wild.example"),
        ("zzz.wild.example", "*.wild.example", "x.y.wild.example"),
        ("a.zzz.wild.example", "*.wild.example", "x.y.wild.example"),
        (
            "x.y.wild.example",
            "*.wild.example",
            "*.wild.example x.y.wild.example",
        ),
        ("y.wild.example", "*.wild.example", "*.wild.example"),
        ("z.y.wild.example", "*.wild.example", "x.y.wild.example"),
        (
            "a.zzz.wild.example",
            "*.zzz.wild.example",
            "x.y.wild.example",
        ),
        ("any.wild.example", "*.example", "*.wild.example"),
        ("any.wild.example", "*.wild.example", "www.example"),
        ("any.wild.example", "*.wild.example", ""),
    ];
    let lines = cases.map(|(qname, wildcard, owners)| {
        let records = chain(owners);
        let gaps = gaps_of(&records);
        let proved = match is_closest_match(&name("example"), &name(qname), &name(wildcard), &gaps)
        {
            true => "proved",
            false => "not proved",
        };
        format!(
            "{qname} from {wildcard}, with {}: {proved}\n",
            shown(owners)
        )
    });
    insta::assert_snapshot!(lines.concat(), @r"
    any.wild.example from *.wild.example, with NSEC of *.wild.example: proved
    zzz.wild.example from *.wild.example, with NSEC of x.y.wild.example: proved
    a.zzz.wild.example from *.wild.example, with NSEC of x.y.wild.example: proved
    x.y.wild.example from *.wild.example, with NSEC of *.wild.example x.y.wild.example: not proved
    y.wild.example from *.wild.example, with NSEC of *.wild.example: not proved
    z.y.wild.example from *.wild.example, with NSEC of x.y.wild.example: not proved
    a.zzz.wild.example from *.zzz.wild.example, with NSEC of x.y.wild.example: not proved
    any.wild.example from *.example, with NSEC of *.wild.example: not proved
    any.wild.example from *.wild.example, with NSEC of www.example: not proved
    any.wild.example from *.wild.example, with no NSEC: not proved
    ");
}
