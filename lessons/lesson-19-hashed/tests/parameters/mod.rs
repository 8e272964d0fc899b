//! Iterations and salt: how many are too many, and which records belong together.

use chain::Proofs;
use crypto::Ring;
use dnsparse::{Rdata, Record, RecordType};
use hashed::{MAX_ITERATIONS, NsecAndNsec3};

use super::{A, Hashes, cut_at, denied, evidence, name};

fn zone(iterations: u16, salt: usize) -> Hashes {
    Hashes {
        iterations,
        salt: vec![7; salt],
        ..Hashes::new(&["@ SOA NS", "plain NS", "www A"])
    }
}

/// RFC 9276 section 3.2. The zone's operator made no attack, and so its zone is not bogus.
#[test]
fn a_zone_with_too_many_iterations_is_insecure() {
    let mut text = String::new();
    for (iterations, salt) in [
        (0, 0),
        (1, 8),
        (MAX_ITERATIONS, 255),
        (MAX_ITERATIONS + 1, 0),
        (u16::MAX, 0),
    ] {
        let records = zone(iterations.min(200), salt).records();
        let mut records = records;
        for record in &mut records {
            if let Rdata::Nsec3(nsec3) = &mut record.rdata {
                nsec3.iterations = iterations;
            }
        }
        let (apex, evidence) = (name("example"), evidence(&records));
        let proved = NsecAndNsec3.denial(&apex, &name("nosuch.example"), A, &evidence, &Ring);
        let proved = super::shown(&proved, |_| "proved");
        text += &format!("{iterations} iterations, {salt} octets of salt: {proved}\n");
    }
    insta::assert_snapshot!(text, @r"
    0 iterations, 0 octets of salt: proved
    1 iterations, 8 octets of salt: proved
    150 iterations, 255 octets of salt: proved
    151 iterations, 0 octets of salt: insecure, its NSEC3 records have too many iterations
    65535 iterations, 0 octets of salt: insecure, its NSEC3 records have too many iterations
    ");
}

/// RFC 5155 section 8.2: while a zone changes its salt, it has two chains. Records of two chains
/// together prove nothing.
#[test]
fn records_of_two_chains_prove_nothing_together() {
    let (one, other) = (zone(0, 0).records(), zone(0, 8).records());
    let shown = |records: &[Record]| {
        let denied = denied(records, "nosuch.example", A);
        format!("{denied}, zone cut: {}", cut_at(records, "plain.example"))
    };
    let mut text = String::new();
    for n in 1..=one.len() {
        let mixed = [&one[..n], &other[..]].concat();
        text += &format!("{n} of one chain: {}\n", shown(&one[..n]));
        text += &format!(
            "{n} of one chain, and all of the other: {}\n",
            shown(&mixed)
        );
    }
    insta::assert_snapshot!(text, @r"
    1 of one chain: NXDOMAIN, zone cut: nothing
    1 of one chain, and all of the other: NXDOMAIN, zone cut: nothing
    2 of one chain: NXDOMAIN, zone cut: nothing
    2 of one chain, and all of the other: NXDOMAIN, zone cut: nothing
    3 of one chain: NXDOMAIN, zone cut: an unsigned delegation
    3 of one chain, and all of the other: NXDOMAIN, zone cut: an unsigned delegation
    ");
}

/// While a zone changes from NSEC to NSEC3, a response has one of both.
#[test]
fn nsec_records_are_looked_at_as_in_lesson_17() {
    let apex = name("example");
    let nsec = "example. 300 NSEC plain.example. NS SOA\nplain.example. 300 NSEC example. NS\n";
    let records = dnsparse::Zone::parse(nsec, &dnsparse::Name::ROOT)
        .unwrap()
        .records;
    let evidence = evidence(&records);
    let nosuch = NsecAndNsec3.denial(&apex, &name("nosuch.example"), A, &evidence, &Ring);
    let cut = NsecAndNsec3.cut(&apex, &name("plain.example"), &evidence, &Ring);
    let none = NsecAndNsec3.denial(&apex, &name("nosuch.example"), RecordType::MX, &[], &Ring);
    let shown = [
        super::shown(&nosuch, |_| "proved"),
        super::shown(&cut, |_| "proved"),
        super::shown(&none, |_| "proved"),
    ];
    insta::assert_snapshot!(shown.join(", "), @"proved, proved, nothing");
}
