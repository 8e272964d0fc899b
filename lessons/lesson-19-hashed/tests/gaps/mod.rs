//! One NSEC3 record: which hashes lie in its gap, and which records are none.

use dnsparse::{Rdata, Record};
use hashed::{Hash, HashedGap};
use sign::Verified;

use super::{VERIFIED, name, rfc};

/// A hash whose octets are all the same.
fn hash(octet: u8) -> Hash {
    Hash([octet; 20])
}

/// A gap is open at both ends, and the last one leads around.
#[test]
fn a_gap_covers_the_hashes_between_its_ends() {
    let record = rfc("2t7").remove(0);
    let Some(gap) = HashedGap::new(&record, &VERIFIED, &name("example")) else {
        panic!("{record} is no gap")
    };
    let mut text = String::new();
    for (label, owner, next) in [
        ("from 3 to 7", 3, 7),
        ("the last one, from 7 to 3", 7, 3),
        ("the only one, from 5 to 5", 5, 5),
    ] {
        let gap = HashedGap {
            owner: hash(owner),
            next: hash(next),
            ..gap
        };
        let covered = (1..=9).filter(|octet| gap.covers(hash(*octet)));
        let covered: Vec<_> = covered.map(|octet| octet.to_string()).collect();
        text += &format!("{label}: covers {} of 1 to 9\n", covered.join(" "));
    }
    insta::assert_snapshot!(text, @r"
    from 3 to 7: covers 4 5 6 of 1 to 9
    the last one, from 7 to 3: covers 1 2 8 9 of 1 to 9
    the only one, from 5 to 5: covers 1 2 3 4 6 7 8 9 of 1 to 9
    ");
}

/// RFC 5155 sections 8.1 and 8.2: records that a validator does not understand are left out.
#[test]
fn records_that_are_not_understood_are_no_gaps() {
    let edit = |edit: &dyn Fn(&mut dnsparse::Nsec3)| {
        let mut record = rfc("2t7").remove(0);
        if let Rdata::Nsec3(nsec3) = &mut record.rdata {
            edit(nsec3);
        }
        record
    };
    let owned = |owner: &str| Record {
        owner: name(owner),
        ..rfc("2t7").remove(0)
    };
    let plain = "2T7B4G4VSA5SMI47K61MV5BV1A22BOJR.example";
    let records = [
        ("as it is", edit(&|_| {})),
        ("flags 0", edit(&|it| it.flags = 0)),
        ("flags 2", edit(&|it| it.flags = 2)),
        ("flags 3", edit(&|it| it.flags = 3)),
        ("hash algorithm 2", edit(&|it| it.hash_algorithm = 2)),
        (
            "a next hash of 19 octets",
            edit(&|it| it.next_hashed.truncate(19)),
        ),
        ("an owner in upper case", owned(plain)),
        ("an owner of 31 digits", owned(&plain[1..])),
        ("an owner with a z", owned(&plain.replace("2T7", "2Z7"))),
        (
            "an owner in a zone below",
            owned(&plain.replace(".example", ".a.example")),
        ),
        (
            "an owner in the zone above",
            owned(&plain.replace(".example", "")),
        ),
    ];
    let zone = name("example");
    let lines = records.map(|(label, record)| {
        let gap = HashedGap::new(&record, &VERIFIED, &zone);
        let gap = gap.map_or("no gap", |gap| {
            if gap.is_opt_out {
                "a gap, opt-out"
            } else {
                "a gap"
            }
        });
        format!("{label}: {gap}\n")
    });
    insta::assert_snapshot!(lines.concat(), @r"
    as it is: a gap, opt-out
    flags 0: a gap
    flags 2: no gap
    flags 3: no gap
    hash algorithm 2: no gap
    a next hash of 19 octets: no gap
    an owner in upper case: a gap, opt-out
    an owner of 31 digits: no gap
    an owner with a z: no gap
    an owner in a zone below: no gap
    an owner in the zone above: no gap
    ");
    let expanded = Verified {
        ttl: 3600,
        wildcard: Some(name("*.example")),
    };
    let record = rfc("2t7").remove(0);
    assert_eq!(
        HashedGap::new(&record, &expanded, &zone),
        None,
        "the gap of a record that was made from a wildcard: its owner proves nothing"
    );
}
