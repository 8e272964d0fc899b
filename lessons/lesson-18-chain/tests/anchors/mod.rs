//! Trust anchors: several of them, in two forms, at any zone; and the ways in which there is no chain.

use chain::{Cause, Context, NoZones, Nsec, Step, TrustAnchors, Validation, Zone, Zones};
use crypto::Ring;
use dnsparse::{Name, RecordType};

use super::tree::signer::Key;
use super::tree::{Tree, name, question};
use super::{A, NOW, Validator};

/// The root of the Internet had one anchor until 2018, and a resolver that knew no other was lost.
#[test]
fn one_of_several_anchors_is_enough() {
    let tree = Tree::new();
    let root = Name::ROOT;
    let other = Key::new(99);
    let true_key = tree.key(".");
    let mut text = String::new();
    for (label, ds, dnskeys) in [
        ("the key's DS record", vec![true_key.ds(&root)], vec![]),
        ("the key", vec![], vec![true_key]),
        ("another key", vec![], vec![&other]),
        (
            "another key's DS record, and the key",
            vec![other.ds(&root)],
            vec![true_key],
        ),
        ("the key, and another one", vec![], vec![true_key, &other]),
        ("none", vec![], vec![]),
    ] {
        let mut anchors = TrustAnchors::new();
        ds.into_iter().for_each(|ds| anchors.add_ds(Name::ROOT, ds));
        dnskeys
            .into_iter()
            .for_each(|key| anchors.add_dnskey(Name::ROOT, &key.dnskey, &Ring));
        let mut validator = Validator::new(&tree);
        validator.anchors = anchors;
        text += &format!(
            "{label}: {}\n",
            validator.validate("www.example.com", A).status()
        );
    }
    insta::assert_snapshot!(text, @r"
    the key's DS record: secure
    the key: secure
    another key: bogus: . DNSKEY: no key of the zone matches its DS records (EDE 9)
    another key's DS record, and the key: secure
    the key, and another one: secure
    none: indeterminate: no trust anchor (EDE 5)
    ");
}

#[test]
fn the_closest_anchor_begins_the_chain() {
    let mut tree = Tree::unsigned();
    tree.set_ds("org.", &[]);
    let tree = tree.sign();
    let mut validator = Validator::new(&tree);
    insta::assert_snapshot!(validator.validate("www.cut.deep.org", A).all(), @r"
    www.cut.deep.org. A
    + . DNSKEY: 1 key
    - org. DS: insecure, it has no DS record
    insecure: org.: it has no DS record
    ");
    validator
        .anchors
        .add_dnskey(name("cut.deep.org"), &Key::new(5).dnskey, &Ring);
    insta::assert_snapshot!(validator.validate("www.cut.deep.org", A).all(), @r"
    www.cut.deep.org. A
    + cut.deep.org. DNSKEY: 2 keys
    + www.cut.deep.org. A: signed by cut.deep.org.
    secure
    ");
    // The DS records of the zone itself are above the anchor.
    insta::assert_snapshot!(validator.validate("cut.deep.org", RecordType::DS).status(), @"insecure: org.: it has no DS record");
}

/// A known zone that is insecure does not hide an anchor below it, and one below an anchor hides it: a
/// negative trust anchor (RFC 7646) is such a zone.
#[test]
fn the_closer_one_of_a_known_zone_and_an_anchor_counts() {
    let tree = Tree::new();
    let insecure = |zone: &str| {
        let mut zones = Zones::default();
        zones.store(
            Zone::insecure(name(zone), Cause::NoDs, [].into(), 3600),
            NOW,
        );
        zones
    };
    let mut text = String::new();
    for (known, anchor) in [(".", "com"), ("com", "com"), ("example.com", "com")] {
        let zones = insecure(known);
        let mut validator = Validator::new(&tree);
        validator.known = &zones;
        let key = tree.key("com.");
        validator
            .anchors
            .add_dnskey(name(anchor), &key.dnskey, &Ring);
        let status = validator.validate("www.example.com", A).status();
        text += &format!("{known} is insecure, {anchor} has an anchor: {status}\n");
    }
    insta::assert_snapshot!(text, @r"
    . is insecure, com has an anchor: secure
    com is insecure, com has an anchor: insecure: com.: it has no DS record
    example.com is insecure, com has an anchor: insecure: example.com.: it has no DS record
    ");
}

#[test]
fn the_anchors_of_the_root_are_built_in() {
    let anchors = TrustAnchors::iana();
    let lines: Vec<_> = anchors
        .of(&Name::ROOT)
        .iter()
        .map(|ds| ds.to_string())
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
    38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
    ");
    let text = include_str!("../../../lesson-15-digest/tests/root.zone");
    let parsed = TrustAnchors::parse(text, &Ring).unwrap();
    assert_eq!(
        parsed, anchors,
        "the keys and DS records of lesson 15, as anchors"
    );
}

#[test]
fn a_file_of_anchors_has_ds_and_dnskey_records_alone() {
    let texts = [
        "",
        ". 3600 NS ns.",
        "example. 3600 DS 1 2 3",
        ". 3600 DS 1 8 2 00",
    ];
    let lines = texts.map(|text| match TrustAnchors::parse(text, &Ring) {
        Ok(anchors) => format!("{text:?}: {} anchor\n", anchors.of(&Name::ROOT).len()),
        Err(error) => format!("{text:?}: {error}\n"),
    });
    insta::assert_snapshot!(lines.concat(), @r#"
    "": there is no DS or DNSKEY record
    ". 3600 NS ns.": a trust anchor is a DS or DNSKEY record, and not .	3600	IN	NS	ns.
    "example. 3600 DS 1 2 3": line 1, column 23: a digest is missing here
      example. 3600 DS 1 2 3
                            ^
    ". 3600 DS 1 8 2 00": 1 anchor
    "#);
}

/// Whether records have to be signed is not known, if the servers on the way do not reply.
#[test]
fn a_question_without_a_response_is_indeterminate() {
    let tree = Tree::new();
    let mut anchors = TrustAnchors::new();
    anchors.add_dnskey(Name::ROOT, &tree.key(".").dnskey, &Ring);
    let context = Context {
        anchors: &anchors,
        known: &NoZones,
        proofs: &Nsec,
        now: NOW,
        crypto: &Ring,
    };
    let asked = question("www.example.com", A);
    let mut text = String::new();
    for replies in 0..5 {
        let mut validation = Validation::new(&asked, tree.respond(&asked));
        for _ in 0..replies {
            let step = match validation.step(&context) {
                Step::Dnskey(zone) => question(&zone.to_string(), RecordType::DNSKEY),
                Step::Ds(name) => question(&name.to_string(), RecordType::DS),
                Step::Done(verdict) => panic!("{}", verdict.status),
            };
            validation.handle_response(&tree.respond(&step), &context);
        }
        validation.step(&context);
        validation.handle_failure();
        match validation.step(&context) {
            Step::Done(verdict) => {
                text += &format!("after {replies} replies: {}\n", verdict.status)
            }
            step => panic!("after {replies} replies and a failure, it wants {step:?}"),
        }
    }
    insta::assert_snapshot!(text, @r"
    after 0 replies: indeterminate: no response to . DNSKEY
    after 1 replies: indeterminate: no response to com. DS
    after 2 replies: indeterminate: no response to com. DNSKEY
    after 3 replies: indeterminate: no response to example.com. DS
    after 4 replies: indeterminate: no response to example.com. DNSKEY
    ");
}
