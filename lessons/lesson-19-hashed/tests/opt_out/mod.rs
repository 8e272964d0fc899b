//! Opt-out: a gap that may have unsigned delegations in it (RFC 5155 section 6). Such a zone is large,
//! as `com` is, and most of its delegations have no DS record.

use crypto::Ring;
use dnsparse::{Rdata, RecordType};
use hashed::{HashedGap, Params, hash_name};

use super::tree::name;
use super::{A, Hashes, VERIFIED, cut_at, denied};

#[test]
fn a_name_in_an_opt_out_gap_may_be_an_unsigned_delegation() {
    let mut zone = Hashes::new(&["@ SOA NS", "signed NS DS", "www A"]);
    zone.flags = 1;
    let (opt_out, none) = (zone.records(), Hashes { flags: 0, ..zone }.records());
    let mut text = String::new();
    for (label, records) in [("opt-out", &opt_out), ("no opt-out", &none)] {
        for (qname, rtype) in [
            ("plain.example", RecordType::DS),
            ("plain.example", A),
            ("www.example", RecordType::MX),
            ("www.example", RecordType::DS),
        ] {
            text += &format!(
                "{label}, {qname} {rtype}: {}\n",
                denied(records, qname, rtype)
            );
        }
        for qname in [
            "plain.example",
            "www.plain.example",
            "signed.example",
            "www.example",
        ] {
            text += &format!("{label}, zone cut at {qname}: {}\n", cut_at(records, qname));
        }
    }
    insta::assert_snapshot!(text, @r"
    opt-out, plain.example DS: insecure, its parent has opted out
    opt-out, plain.example A: insecure, its parent has opted out
    opt-out, www.example MX: NODATA
    opt-out, www.example DS: NODATA
    opt-out, zone cut at plain.example: insecure, its parent has opted out
    opt-out, zone cut at www.plain.example: insecure, its parent has opted out
    opt-out, zone cut at signed.example: nothing
    opt-out, zone cut at www.example: no zone cut
    no opt-out, plain.example DS: NXDOMAIN
    no opt-out, plain.example A: NXDOMAIN
    no opt-out, www.example MX: NODATA
    no opt-out, www.example DS: NODATA
    no opt-out, zone cut at plain.example: no such name
    no opt-out, zone cut at www.plain.example: no such name
    no opt-out, zone cut at signed.example: nothing
    no opt-out, zone cut at www.example: no zone cut
    ");
}

/// RFC 5155 section 9.2: the wildcard exists, but so may an unsigned delegation of the name.
#[test]
fn no_data_of_a_wildcard_is_insecure_in_an_opt_out_gap() {
    let mut text = String::new();
    for (label, flags) in [("opt-out", 1), ("no opt-out", 0)] {
        let mut zone = Hashes::new(&["@ SOA NS", "wild", "*.wild TXT"]);
        zone.flags = flags;
        let proved = denied(&zone.records(), "any.wild.example", A);
        text += &format!("{label}, any.wild.example A: {proved}\n");
    }
    insta::assert_snapshot!(text, @r"
    opt-out, any.wild.example A: insecure, its parent has opted out
    no opt-out, any.wild.example A: NODATA
    ");
}

/// RFC 5155 section 8.6: for DS, the closest encloser proof is enough. For every other type the wildcard
/// might have answered.
#[test]
fn opt_out_spares_the_proof_of_the_wildcard_for_ds_alone() {
    let mut zone = Hashes::new(&["@ SOA NS", "a A", "b A", "c A", "d A", "e A", "f A"]);
    zone.flags = 1;
    let records = zone.records();
    let without = |qname: &str| {
        // The record of the apex, and the one that covers the name.
        let mut needed = Vec::new();
        for record in &records {
            let mut others = records.clone();
            others.retain(|other| other != record);
            if denied(&others, qname, RecordType::DS) == "nothing" {
                needed.push(record.clone());
            }
        }
        needed
    };
    let mut text = String::new();
    for qname in ["nosuch.example", "plain.example", "other.example"] {
        let needed = without(qname);
        for rtype in [RecordType::DS, A] {
            let (proved, all) = (
                denied(&needed, qname, rtype),
                denied(&records, qname, rtype),
            );
            text += &format!(
                "{qname} {rtype} with {} records: {proved}; with all: {all}\n",
                needed.len()
            );
        }
    }
    insta::assert_snapshot!(text, @r"
    nosuch.example DS with 1 records: insecure, its parent has opted out; with all: insecure, its parent has opted out
    nosuch.example A with 1 records: nothing; with all: insecure, its parent has opted out
    plain.example DS with 2 records: insecure, its parent has opted out; with all: insecure, its parent has opted out
    plain.example A with 2 records: nothing; with all: insecure, its parent has opted out
    other.example DS with 2 records: insecure, its parent has opted out; with all: insecure, its parent has opted out
    other.example A with 2 records: nothing; with all: insecure, its parent has opted out
    ");
}

/// The name itself may be an unsigned delegation if *its* gap has opted out. That of the wildcard says
/// nothing about it.
#[test]
fn the_gap_of_the_next_closer_name_decides_on_opt_out() {
    let zone = Hashes::new(&["@ SOA NS", "a A", "b A", "c A", "d A", "e A", "f A"]);
    let records = zone.records();
    let covering = |qname: &str| {
        let params = Params {
            iterations: 0,
            salt: &[],
        };
        let hash = hash_name(&name(qname), params, &Ring).expect("ring has SHA-1");
        let covers = |record| {
            let gap = HashedGap::new(record, &VERIFIED, &zone.zone);
            gap.is_some_and(|gap| gap.covers(hash))
        };
        let found = records.iter().position(covers);
        found.unwrap_or_else(|| panic!("no record covers {qname}, {hash}"))
    };
    let (next_closer, wildcard) = (covering("nosuch.example"), covering("*.example"));
    assert_ne!(
        next_closer, wildcard,
        "the test needs two gaps: of nosuch.example and of *.example"
    );
    let mut text = String::new();
    for (label, index) in [("next closer name", next_closer), ("wildcard", wildcard)] {
        let mut records = records.clone();
        if let Rdata::Nsec3(nsec3) = &mut records[index].rdata {
            nsec3.flags = 1;
        }
        let proved = denied(&records, "nosuch.example", A);
        text += &format!("opt-out in the gap of the {label}: {proved}\n");
    }
    insta::assert_snapshot!(text, @r"
    opt-out in the gap of the next closer name: insecure, its parent has opted out
    opt-out in the gap of the wildcard: NXDOMAIN
    ");
}
