//! The parts of the chain of trust, each by itself: the signatures of an RRset, the keys of a zone, the
//! absence of a DS record. They turn green one after the other, before the chain as a whole does.

use chain::{
    Chain, ChainStep, Context, Cut, Ending, Evidence, MAX_FAILED_SIGNATURES, NoZones, Nsec, Proofs,
    Proved, Response, SignedRrset, TrustAnchors, Zone, ZoneStatus, Zones, verify_rrset,
};
use crypto::Ring;
use dnsparse::{Name, Rdata, Record, RecordType, Rrsig};
use sign::{Verified, ZoneKeys};

use super::tree::signer::{Key, record};
use super::tree::{Tree, name, question};
use super::{A, NOW, Validator};

/// Returns the RRset of www.example.com A with these signatures.
fn with_signatures(tree: &Tree, signatures: &[&Rrsig]) -> SignedRrset {
    let owner = name("www.example.com");
    let rrset = tree.zone("example.com.").rrset(&owner, A);
    let found = SignedRrset::find(&rrset, &owner, A);
    let rrset = found.unwrap_or_else(|| panic!("the tree has no {owner} A"));
    SignedRrset {
        signatures: signatures.iter().map(|rrsig| (*rrsig).clone()).collect(),
        ..rrset
    }
}

#[test]
fn a_signature_that_holds_is_found_among_a_few_others() {
    let tree = Tree::new();
    let rrset = tree.zone("example.com.").rrset(&name("www.example.com"), A);
    let mut signatures = rrset.iter().filter_map(|record| match &record.rdata {
        Rdata::Rrsig(rrsig) => Some((**rrsig).clone()),
        _ => None,
    });
    let good = signatures.next().expect("a signature of the tree");
    let mut wrong = good.clone();
    wrong.signature[0] ^= 1;
    let expired = Rrsig {
        expiration: NOW - 1,
        ..good.clone()
    };
    let unknown = Rrsig {
        algorithm: 200,
        ..good.clone()
    };
    let mut text = String::new();
    let mut verify = |label: &str, signatures: &[&Rrsig]| {
        let (zone, key) = (name("example.com"), &tree.key("example.com.").dnskey);
        let keys = ZoneKeys {
            zone: &zone,
            keys: std::slice::from_ref(key),
        };
        let verified = verify_rrset(&with_signatures(&tree, signatures), keys, NOW, &Ring);
        let outcome = match verified {
            Ok(Verified { ttl, .. }) => format!("verified, for {ttl} s"),
            Err(reason) => reason.to_string(),
        };
        text += &format!("{label}: {outcome}\n");
    };
    let too_many = [&wrong; MAX_FAILED_SIGNATURES];
    verify("none", &[]);
    verify("the zone's", &[&good]);
    verify("a wrong one, and the zone's", &[&wrong, &good]);
    verify(
        "one too few wrong ones, and the zone's",
        &[&too_many[1..], &[&good]].concat(),
    );
    verify(
        "too many wrong ones, and the zone's",
        &[&too_many[..], &[&good]].concat(),
    );
    verify(
        "ten that cost nothing, and the zone's",
        &[&[&expired; 10][..], &[&good]].concat(),
    );
    verify("a wrong one, then an expired one", &[&wrong, &expired]);
    verify("an expired one, then a wrong one", &[&expired, &wrong]);
    verify("one of an unknown algorithm", &[&unknown]);
    insta::assert_snapshot!(text, @r"
    none: it has no signature
    the zone's: verified, for 3600 s
    a wrong one, and the zone's: verified, for 3600 s
    one too few wrong ones, and the zone's: verified, for 3600 s
    too many wrong ones, and the zone's: no signature holds: the signature does not match the key and the records
    ten that cost nothing, and the zone's: verified, for 3600 s
    a wrong one, then an expired one: no signature holds: it has expired
    an expired one, then a wrong one: no signature holds: it has expired
    one of an unknown algorithm: no signature holds: algorithm 200 is not supported
    ");
}

/// The zone's keys are known from an earlier chain, so that this one has no link.
#[test]
fn an_answer_of_a_known_zone_is_verified_with_its_keys() {
    let tree = Tree::new();
    let zone = |key: &Key| Zone {
        name: name("example.com"),
        status: ZoneStatus::Secure([key.dnskey.clone()].into()),
        ttl: 60,
    };
    let mut text = String::new();
    for (label, zone) in [
        ("its key", zone(tree.key("example.com."))),
        ("another key", zone(&Key::new(66))),
    ] {
        let mut known = Zones::default();
        known.store(zone, NOW);
        let mut validator = Validator::new(&tree);
        validator.known = &known;
        let report = validator.validate("www.example.com", A);
        text += &format!("{label}: {} after {:?}\n", report.status(), report.asked);
    }
    insta::assert_snapshot!(text, @r"
    its key: secure after []
    another key: bogus: www.example.com. A: no signature holds: the zone has no key with tag 8433 (EDE 9) after []
    ");
}

/// Shows what a chain has proved, and what it asks next.
fn shown(chain: &Chain) -> String {
    let links: String = chain
        .trace()
        .iter()
        .map(|link| format!("{link}; "))
        .collect();
    let next = match chain.step() {
        ChainStep::Dnskey(zone) => format!("{zone} DNSKEY is next"),
        ChainStep::Ds(name) => format!("{name} DS is next"),
        ChainStep::Ended(Ending::Zone(zone)) => match zone.status {
            ZoneStatus::Secure(keys) => {
                format!(
                    "{} is secure, keys: {}, for {} s",
                    zone.name,
                    keys.len(),
                    zone.ttl
                )
            }
            ZoneStatus::Insecure(insecure) => format!(
                "{} is insecure, for {} s: {}",
                zone.name, zone.ttl, insecure.cause
            ),
        },
        ChainStep::Ended(Ending::Bogus(bogus)) => format!("bogus: {}", bogus.reason),
        ChainStep::Ended(Ending::Indeterminate(_)) => "indeterminate".to_owned(),
    };
    links + &next
}

/// Follows a chain to the root alone: its DNSKEY records are all that it needs.
fn root_chain(tree: &Tree, anchors: &TrustAnchors, edit: impl Fn(&mut Response)) -> String {
    let context = Context {
        anchors,
        known: &NoZones,
        proofs: &Nsec,
        now: NOW,
        crypto: &Ring,
    };
    let mut chain = Chain::new(Name::ROOT, &context);
    let mut response = tree.respond(&question(".", RecordType::DNSKEY));
    edit(&mut response);
    chain.handle_response(&response, &context);
    shown(&chain)
}

#[test]
fn the_keys_of_a_zone_are_those_that_an_entry_point_has_signed() {
    let tree = Tree::new();
    let mut anchors = TrustAnchors::new();
    anchors.add_dnskey(Name::ROOT, &tree.key(".").dnskey, &Ring);
    let mut unknown = TrustAnchors::new();
    unknown.add_ds(
        Name::ROOT,
        dnsparse::Ds {
            algorithm: 200,
            ..tree.key(".").ds(&Name::ROOT)
        },
    );
    let other = Key::new(66);
    let other_dnskey = record(&Name::ROOT, Rdata::Dnskey(Box::new(other.dnskey.clone())));
    let keys_of = |response: &Response| -> Vec<Record> {
        let records = response.answer.iter();
        let keys = records.filter(|it| it.rtype() == RecordType::DNSKEY);
        keys.cloned().chain([other_dnskey.clone()]).collect()
    };
    let signed_by = |response: &mut Response, keys: Vec<Record>, by: &[&Key]| {
        let rrsigs: Vec<Record> = by.iter().map(|key| key.sign(&Name::ROOT, &keys)).collect();
        response.answer = [keys, rrsigs].concat();
    };
    let root = tree.key(".");
    let mut text = String::new();
    let mut add = |label: &str, outcome: String| text += &format!("{label}: {outcome}\n");
    add("the root's own", root_chain(&tree, &anchors, |_| {}));
    add(
        "with a TTL of a day",
        root_chain(&tree, &anchors, |response| {
            response
                .answer
                .iter_mut()
                .for_each(|record| record.ttl = 86_400);
        }),
    );
    add(
        "and another one, both signed by the root's",
        root_chain(&tree, &anchors, |response| {
            let keys = keys_of(response);
            signed_by(response, keys, &[root]);
        }),
    );
    add(
        "and another one, which signed both",
        root_chain(&tree, &anchors, |response| {
            let keys = keys_of(response);
            signed_by(response, keys, &[&other]);
        }),
    );
    add(
        "another one alone",
        root_chain(&tree, &anchors, |response| {
            signed_by(response, vec![other_dnskey.clone()], &[&other]);
        }),
    );
    add(
        "without a signature",
        root_chain(&tree, &anchors, |response| {
            response
                .answer
                .retain(|it| it.rtype() == RecordType::DNSKEY);
        }),
    );
    add(
        "with an anchor of an unknown algorithm",
        root_chain(&tree, &unknown, |_| {}),
    );
    insta::assert_snapshot!(text, @r"
    the root's own: + . DNSKEY: 1 key; . is secure, keys: 1, for 3600 s
    with a TTL of a day: + . DNSKEY: 1 key; . is secure, keys: 1, for 3600 s
    and another one, both signed by the root's: + . DNSKEY: 2 keys; . is secure, keys: 2, for 3600 s
    and another one, which signed both: ! . DNSKEY: bogus, no signature holds: the zone has no key with tag 29276; bogus: no signature holds: the zone has no key with tag 29276
    another one alone: ! . DNSKEY: bogus, no key of the zone matches its DS records; bogus: no key of the zone matches its DS records
    without a signature: ! . DNSKEY: bogus, it has no signature; bogus: it has no signature
    with an anchor of an unknown algorithm: - . DNSKEY: insecure, no algorithm of its DS records is supported; . is insecure, for 4294967295 s: no algorithm of its DS records is supported
    ");
}

/// The NSEC records of `com` are verified already.
#[test]
fn nsec_records_prove_what_a_name_without_ds_records_is() {
    let verified = Verified {
        ttl: 3_600,
        wildcard: None,
    };
    let cases: [(&str, &str, &[&str]); 7] = [
        ("plain.com", "NS alone", &["plain.com. z.com. NS"]),
        (
            "example.com",
            "NS and DS",
            &["example.com. plain.com. NS DS"],
        ),
        ("example.com", "DS alone", &["example.com. plain.com. DS"]),
        (
            "deep.com",
            "a name below it",
            &["com. cut.deep.com. SOA NS"],
        ),
        ("www.com", "A alone", &["www.com. com. A"]),
        (
            "nosuch.com",
            "in a gap, and so is the wildcard",
            &["example.com. plain.com. NS", "com. example.com. SOA NS"],
        ),
        ("nosuch.com", "in a gap", &["example.com. plain.com. NS"]),
    ];
    let mut text = String::new();
    for (qname, label, nsec) in cases {
        let record = |line: &&str| {
            let (owner, rdata) = line.split_once(' ').expect("an owner");
            let line = format!("{owner} 3600 NSEC {rdata} RRSIG NSEC");
            let record: Result<Record, _> = line.parse();
            record.unwrap_or_else(|error| panic!("{line}: {error}"))
        };
        let records: Vec<Record> = nsec.iter().map(record).collect();
        let evidence = |record| Evidence {
            record,
            verified: &verified,
        };
        let evidence: Vec<Evidence<'_>> = records.iter().map(evidence).collect();
        let proved = match Nsec.cut(&name("com"), &name(qname), &evidence, &Ring) {
            Proved::Yes(Cut::Unsigned) => "an unsigned zone",
            Proved::Yes(Cut::None) => "no zone cut",
            Proved::Yes(Cut::NoName) => "no such name",
            Proved::Insecure(_) => "insecure",
            Proved::No => "nothing is proved",
        };
        text += &format!("{qname}, {label}: {proved}\n");
    }
    insta::assert_snapshot!(text, @r"
    plain.com, NS alone: an unsigned zone
    example.com, NS and DS: nothing is proved
    example.com, DS alone: nothing is proved
    deep.com, a name below it: no zone cut
    www.com, A alone: no zone cut
    nosuch.com, in a gap, and so is the wildcard: no such name
    nosuch.com, in a gap: nothing is proved
    ");
}

/// Follows a chain from its parent zone, which is known, by the link to the next name and the keys of
/// that zone. The records of the link have another TTL than that of their signatures.
fn linked(tree: &Tree, target: &str, ttl: u32) -> String {
    let mut anchors = TrustAnchors::new();
    anchors.add_dnskey(Name::ROOT, &tree.key(".").dnskey, &Ring);
    let mut known = Zones::default();
    for parent in ["com.", "org."] {
        let zone = Zone {
            name: name(parent),
            status: ZoneStatus::Secure([tree.key(parent).dnskey.clone()].into()),
            ttl: 60,
        };
        known.store(zone, NOW);
    }
    let context = Context {
        anchors: &anchors,
        known: &known,
        proofs: &Nsec,
        now: NOW,
        crypto: &Ring,
    };
    let mut chain = Chain::new(name(target), &context);
    let mut text = format!("{target}: {}\n", shown(&chain));
    if let ChainStep::Ds(qname) = chain.step() {
        let mut response = tree.respond(&question(&qname.to_string(), RecordType::DS));
        for record in response.answer.iter_mut().chain(&mut response.authority) {
            record.ttl = ttl;
        }
        chain.handle_response(&response, &context);
        text += &format!("  {}\n", shown(&chain));
    }
    if let ChainStep::Dnskey(zone) = chain.step() {
        let response = tree.respond(&question(&zone.to_string(), RecordType::DNSKEY));
        chain.handle_response(&response, &context);
        for zone in chain.take_zones() {
            text += &format!("  {} is known for {} s\n", zone.name, zone.ttl);
        }
    }
    text
}

#[test]
fn the_chain_goes_on_as_each_link_demands() {
    let tree = Tree::new();
    let mut unknown = Tree::unsigned();
    let ds = dnsparse::Ds {
        algorithm: 200,
        ..tree.key("example.com.").ds(&name("example.com"))
    };
    unknown.set_ds("example.com.", &[ds]);
    let unknown = unknown.sign();
    let mut text = linked(&tree, "www.example.com", 50);
    text += &linked(&tree, "www.plain.com", 50);
    text += &linked(&tree, "www.cut.deep.org", 50);
    text += &linked(&tree, "a.b.nosuch.com", 50);
    text += "an unknown algorithm, and a TTL of a day\n";
    text += &linked(&unknown, "www.example.com", 86_400);
    insta::assert_snapshot!(text, @r"
    www.example.com: example.com. DS is next
      + example.com. DS: signed by com.; example.com. DNSKEY is next
      example.com. is known for 50 s
    www.plain.com: plain.com. DS is next
      - plain.com. DS: insecure, it has no DS record; plain.com. is insecure, for 50 s: it has no DS record
    www.cut.deep.org: deep.org. DS is next
      + deep.org. DS: no zone cut, org. goes on; cut.deep.org. DS is next
    a.b.nosuch.com: nosuch.com. DS is next
      + nosuch.com. DS: no zone cut, com. goes on; com. is secure, keys: 1, for 60 s
    an unknown algorithm, and a TTL of a day
    www.example.com: example.com. DS is next
      - example.com. DS: insecure, no algorithm of its DS records is supported; example.com. is insecure, for 3600 s: no algorithm of its DS records is supported
    ");
}
