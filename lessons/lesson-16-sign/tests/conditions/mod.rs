//! The conditions on type, names, time, algorithm and key.

use dnsparse::{Dnskey, Record, RecordType, Rrsig};
use sign::{is_valid_at, signed_owner};

use super::{NOW, SignedZone, example, name};

/// The RRset www.example.com A and its signature, which a test changes.
struct Case {
    zone: SignedZone,
    rrset: Vec<Record>,
    rrsig: Rrsig,
    now: u32,
}

fn result(change: fn(&mut Case)) -> String {
    let zone = example();
    let mut case = Case {
        rrset: zone.rrset("www.example.com", RecordType::A),
        rrsig: zone.rrsig("www.example.com", RecordType::A),
        now: NOW,
        zone,
    };
    change(&mut case);
    case.zone.verified(&case.rrset, &case.rrsig, case.now)
}

fn rename(rrset: &mut [Record], owner: &str) {
    for record in rrset {
        record.owner = name(owner);
    }
}

#[test]
fn each_condition_has_its_reason() {
    let signed = signed_owner(&name("www.example.com"), 1);
    let signed = signed.map_or("nothing".to_string(), |signed| signed.to_string());
    let one_label = format!("1 label, so that {signed} was signed");
    let lines = [
        ("as signed", result(|_| {})),
        ("no record", result(|case| case.rrset.clear())),
        (
            "two RRsets",
            result(|case| rename(&mut case.rrset[..1], "ns1.example.com")),
        ),
        (
            "covers AAAA",
            result(|case| case.rrsig.type_covered = RecordType::AAAA),
        ),
        (
            "signed by the parent",
            result(|case| case.rrsig.signer = name("com")),
        ),
        (
            "signed by a child",
            result(|case| case.rrsig.signer = name("www.example.com")),
        ),
        (
            "keys of another zone",
            result(|case| case.zone.apex = name("example.org")),
        ),
        (
            "owner outside the zone",
            result(|case| rename(&mut case.rrset, "www.example.org")),
        ),
        ("4 labels", result(|case| case.rrsig.labels = 4)),
        (one_label.as_str(), result(|case| case.rrsig.labels = 1)),
        ("0 labels", result(|case| case.rrsig.labels = 0)),
        ("algorithm 5", result(|case| case.rrsig.algorithm = 5)),
        ("algorithm 15", result(|case| case.rrsig.algorithm = 15)),
        ("another tag", result(|case| case.rrsig.key_tag = 1)),
        ("no keys", result(|case| case.zone.keys.clear())),
    ];
    let lines = lines.map(|(label, result)| format!("{label}: {result}"));
    insta::assert_snapshot!(lines.join("\n"), @r"
    as signed: holds, TTL 3600
    no record: does not hold: the records are not one RRset
    two RRsets: does not hold: the records are not one RRset
    covers AAAA: does not hold: it covers type AAAA
    signed by the parent: does not hold: com. signed it, which is not this zone
    signed by a child: does not hold: www.example.com. signed it, which is not this zone
    keys of another zone: does not hold: example.com. signed it, which is not this zone
    owner outside the zone: does not hold: www.example.org. is outside the signer's zone
    4 labels: does not hold: the owner cannot have 4 labels
    1 label, so that *.com. was signed: does not hold: the owner cannot have 1 labels
    0 labels: does not hold: the owner cannot have 0 labels
    algorithm 5: does not hold: algorithm 5 is not supported
    algorithm 15: does not hold: the zone has no key with tag 60438
    another tag: does not hold: the zone has no key with tag 1
    no keys: does not hold: the zone has no key with tag 60438
    ");
}

/// The tag of a key depends on its flags, so the signature's is changed along.
#[test]
fn a_key_that_may_not_sign_is_no_candidate() {
    fn with_keys(change: fn(&mut Dnskey)) -> String {
        let zone = example();
        let rrset = zone.rrset("www.example.com", RecordType::A);
        let mut rrsig = zone.rrsig("www.example.com", RecordType::A);
        let signing = zone.keys.iter().find(|key| key.key_tag() == rrsig.key_tag);
        let mut signing = signing.expect("the key that signed is in the zone").clone();
        change(&mut signing);
        rrsig.key_tag = signing.key_tag();
        let zone = SignedZone {
            keys: vec![signing],
            ..zone
        };
        zone.verified_with(&rrset, &rrsig, NOW, &super::Accepting::default())
    }
    let lines = [
        ("flags 256", with_keys(|_| {})),
        ("flags 0", with_keys(|key| key.flags = 0)),
        ("flags 384, revoked", with_keys(|key| key.flags = 384)),
        ("protocol 1", with_keys(|key| key.protocol = 1)),
    ];
    let lines = lines.map(|(label, result)| format!("{label}: {result}"));
    insta::assert_snapshot!(lines.join("\n"), @r"
    flags 256: holds, TTL 3600
    flags 0: does not hold: the zone has no key with tag 60182
    flags 384, revoked: does not hold: the zone has no key with tag 60566
    protocol 1: does not hold: the zone has no key with tag 59926
    ");
}

#[test]
fn a_signature_is_valid_from_its_inception_to_its_expiration() {
    let rrsig = example().rrsig("www.example.com", RecordType::A);
    let times = [
        ("a second before the inception", rrsig.inception - 1),
        ("the inception", rrsig.inception),
        ("between them", NOW),
        ("the expiration", rrsig.expiration),
        ("a second after the expiration", rrsig.expiration + 1),
    ];
    let lines = times.map(|(label, now)| {
        let valid = if is_valid_at(&rrsig, now) {
            "valid"
        } else {
            "not valid"
        };
        format!("{label}: {valid}; {}\n", result_at(now))
    });
    insta::assert_snapshot!(lines.concat(), @r"
    a second before the inception: not valid; does not hold: it is not valid yet
    the inception: valid; holds, TTL 3600
    between them: valid; holds, TTL 3600
    the expiration: valid; holds, TTL 0
    a second after the expiration: not valid; does not hold: it has expired
    ");
}

fn result_at(now: u32) -> String {
    let zone = example();
    let rrset = zone.rrset("www.example.com", RecordType::A);
    let rrsig = zone.rrsig("www.example.com", RecordType::A);
    zone.verified(&rrset, &rrsig, now)
}

/// On 7 February 2106 the seconds since 1970 begin again at 0.
#[test]
fn the_year_2106_makes_no_difference() {
    let rrsig = Rrsig {
        inception: u32::MAX - 99,
        expiration: 100,
        ..example().rrsig("www.example.com", RecordType::A)
    };
    let times = [
        ("101 s before the turn", u32::MAX - 100),
        ("100 s before the turn", u32::MAX - 99),
        ("at the turn", 0),
        ("100 s after it", 100),
        ("101 s after it", 101),
        ("half of the circle later", 1 << 31),
    ];
    let lines = times.map(|(label, now)| {
        let valid = if is_valid_at(&rrsig, now) {
            "valid"
        } else {
            "not valid"
        };
        format!("{label}: {valid}\n")
    });
    insta::assert_snapshot!(lines.concat(), @r"
    101 s before the turn: not valid
    100 s before the turn: valid
    at the turn: valid
    100 s after it: valid
    101 s after it: not valid
    half of the circle later: not valid
    ");
}

/// RFC 1982 section 3.2: two serials that are 2^31 apart have no order.
#[test]
fn a_time_half_of_the_circle_away_is_neither_before_nor_after() {
    let rrsig = Rrsig {
        inception: 1_000,
        expiration: 1_010 + (1 << 31),
        ..example().rrsig("www.example.com", RecordType::A)
    };
    let half = 1_000 + (1 << 31);
    let lines = [half - 1, half, half + 5].map(|now| {
        let valid = if is_valid_at(&rrsig, now) {
            "valid"
        } else {
            "not valid"
        };
        format!("{} s after the inception: {valid}\n", now - 1_000)
    });
    insta::assert_snapshot!(lines.concat(), @r"
    2147483647 s after the inception: valid
    2147483648 s after the inception: not valid
    2147483653 s after the inception: not valid
    ");
}
