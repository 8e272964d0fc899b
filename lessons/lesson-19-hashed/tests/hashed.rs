//! Tests of lesson 19: what do NSEC3 records prove, and what does it cost to find out?
//!
//! Most tests use the zone of RFC 5155 appendix A (`rfc5155.zone`), or a small one made by `Hashes`.
#![cfg(test)]

mod gaps;
mod opt_out;
mod parameters;
mod work;

#[path = "../../lesson-18-chain/tests/tree/mod.rs"]
#[allow(dead_code)]
mod tree;

use chain::{Cut, Evidence, Proved};
use crypto::Ring;
use deny::Denial;
use dnsparse::{Name, Nsec3, Rdata, Record, RecordType, TypeBitmap, Zone};
use hashed::{HashedZone, Params, closest_encloser, closest_match, cut, denial, hash_name};
use sign::Verified;
use tree::name;

const RFC5155: &str = include_str!("rfc5155.zone");
const A: RecordType = RecordType::A;

/// Takes records as verified under their own names.
const VERIFIED: Verified = Verified {
    ttl: 3600,
    wildcard: None,
};

fn evidence(records: &[Record]) -> Vec<Evidence<'_>> {
    let evidence = |record| Evidence {
        record,
        verified: &VERIFIED,
    };
    records.iter().map(evidence).collect()
}

/// A zone whose names are hashed: without salt, and without additional iterations.
#[derive(Clone)]
struct Hashes {
    zone: Name,
    /// The names, with their types.
    names: Vec<(Name, Vec<RecordType>)>,
    iterations: u16,
    salt: Vec<u8>,
    flags: u8,
}

impl Hashes {
    /// Makes the zone `example` with names and types, such as `a A MX`; `@` is the apex.
    fn new(lines: &[&str]) -> Hashes {
        let line = |line: &&str| {
            let mut words = line.split_whitespace();
            let owner = match words.next() {
                Some("@") | None => name("example"),
                Some(owner) => name(&format!("{owner}.example")),
            };
            let types = words.map(|word| word.parse().unwrap());
            (owner, types.collect())
        };
        Hashes {
            zone: name("example"),
            names: lines.iter().map(line).collect(),
            iterations: 0,
            salt: vec![],
            flags: 0,
        }
    }

    /// Makes the records, in the order of the hashes.
    fn records(&self) -> Vec<Record> {
        let params = Params {
            iterations: self.iterations,
            salt: &self.salt,
        };
        let hashed = |(name, types): &(Name, Vec<RecordType>)| {
            let hash = hash_name(name, params, &Ring).expect("ring has SHA-1");
            (hash, types.clone())
        };
        let mut hashes: Vec<_> = self.names.iter().map(hashed).collect();
        hashes.sort_unstable();
        let record = |(index, (hash, types)): (usize, &(hashed::Hash, Vec<RecordType>))| {
            let (next, _) = &hashes[(index + 1) % hashes.len()];
            let nsec3 = Nsec3 {
                hash_algorithm: 1,
                flags: self.flags,
                iterations: self.iterations,
                salt: self.salt.clone(),
                next_hashed: next.0.to_vec(),
                types: TypeBitmap::new(types.iter().copied()),
            };
            let owner = self.zone.child(hash.to_string().as_bytes()).unwrap();
            tree::signer::record(&owner, Rdata::Nsec3(Box::new(nsec3)))
        };
        hashes.iter().enumerate().map(record).collect()
    }
}

/// The records of the RFC's zone that have these owners: the first letters of a hash are enough.
fn rfc(owners: &str) -> Vec<Record> {
    let all = Zone::parse(RFC5155, &Name::ROOT).unwrap().records;
    let record = |owner: &str| {
        let found = all
            .iter()
            .find(|it| it.owner.to_string().to_lowercase().starts_with(owner));
        found
            .unwrap_or_else(|| panic!("no hash begins with {owner}"))
            .clone()
    };
    match owners {
        "all" => all,
        owners => owners.split_whitespace().map(record).collect(),
    }
}

fn shown<T>(proved: &Proved<T>, show: impl Fn(&T) -> &'static str) -> String {
    match proved {
        Proved::Yes(it) => show(it).to_string(),
        Proved::Insecure(cause) => format!("insecure, {cause}"),
        Proved::No => "nothing".to_string(),
    }
}

fn denied(records: &[Record], qname: &str, rtype: RecordType) -> String {
    let (zone, evidence) = (name("example"), evidence(records));
    match HashedZone::new(&zone, &evidence) {
        Err(unusable) => format!("{unusable:?}"),
        Ok(zone) => shown(
            &denial(&zone, &name(qname), rtype, &Ring),
            |denial| match denial {
                Denial::NxDomain => "NXDOMAIN",
                Denial::NoData => "NODATA",
            },
        ),
    }
}

fn cut_at(records: &[Record], qname: &str) -> String {
    let (zone, evidence) = (name("example"), evidence(records));
    match HashedZone::new(&zone, &evidence) {
        Err(unusable) => format!("{unusable:?}"),
        Ok(zone) => shown(&cut(&zone, &name(qname), &Ring), |cut| match cut {
            Cut::Unsigned => "an unsigned delegation",
            Cut::None => "no zone cut",
            Cut::NoName => "no such name",
        }),
    }
}

/// RFC 5155 appendix A.
#[test]
fn names_have_the_hashes_of_the_rfc() {
    let names = [
        "example",
        "a.example",
        "ai.example",
        "ns1.example",
        "ns2.example",
        "w.example",
        "*.w.example",
        "x.w.example",
        "y.w.example",
        "x.y.w.example",
        "xx.example",
        "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example",
        "XX.Example",
    ];
    let params = Params {
        iterations: 12,
        salt: &[0xaa, 0xbb, 0xcc, 0xdd],
    };
    let lines = names.map(|text| {
        let hash = hash_name(&name(text), params, &Ring);
        let hash = hash.map_or("none".to_string(), |hash| hash.to_string());
        format!("{text}: {hash}\n")
    });
    insta::assert_snapshot!(lines.concat(), @r"
    example: 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom
    a.example: 35mthgpgcu1qg68fab165klnsnk3dpvl
    ai.example: gjeqe526plbf1g8mklp59enfd789njgi
    ns1.example: 2t7b4g4vsa5smi47k61mv5bv1a22bojr
    ns2.example: q04jkcevqvmu85r014c7dkba38o0ji5r
    w.example: k8udemvp1j2f7eg6jebps17vp3n8i58h
    *.w.example: r53bq7cc2uvmubfu5ocmm6pers9tk9en
    x.w.example: b4um86eghhds6nea196smvmlo4ors995
    y.w.example: ji6neoaepv8b5o6k4ev33abha8ht9fgc
    x.y.w.example: 2vptu5timamqttgl4luu9kg21e0aor3s
    xx.example: t644ebqk9bibcna874givr6joj62mlhv
    2t7b4g4vsa5smi47k61mv5bv1a22bojr.example: kohar7mbb8dc2ce8a9qvl8hon4k53uhi
    XX.Example: t644ebqk9bibcna874givr6joj62mlhv
    ");
    let plain = Params {
        iterations: 0,
        salt: &[],
    };
    let hash = hash_name(&name("example"), plain, &Ring).unwrap();
    insta::assert_snapshot!(format!("example, without salt and iterations: {hash}"), @"example, without salt and iterations: 3msev9usmd4br9s97v51r2tdvmr9iqo1");
}

/// RFC 5155 appendix B, with the records that it shows, and without some of them.
#[test]
fn the_responses_of_the_rfc_are_proved() {
    let mut text = String::new();
    for (section, qname, rtype, owners) in [
        ("B.1 name error", "a.c.x.w.example", A, "0p9 b4u 35m"),
        ("no closest encloser", "a.c.x.w.example", A, "0p9 35m"),
        ("no next closer", "a.c.x.w.example", A, "b4u 35m"),
        ("no wildcard", "a.c.x.w.example", A, "0p9 b4u"),
        ("B.2 no data", "ns1.example", RecordType::MX, "2t7"),
        ("the type is there", "ns1.example", A, "2t7"),
        ("B.2.1 an empty non-terminal", "y.w.example", A, "ji6"),
        ("B.3 opt-out", "mc.c.example", RecordType::DS, "35m 0p9"),
        (
            "B.5 wildcard no data",
            "a.z.w.example",
            RecordType::AAAA,
            "k8u q04 r53",
        ),
        (
            "the wildcard has the type",
            "a.z.w.example",
            RecordType::MX,
            "k8u q04 r53",
        ),
        ("B.6 DS at the child", "example", RecordType::DS, "0p9"),
    ] {
        let proved = denied(&rfc(owners), qname, rtype);
        text += &format!("{section}: {qname} {rtype} with {owners}: {proved}\n");
    }
    insta::assert_snapshot!(text, @r"
    B.1 name error: a.c.x.w.example A with 0p9 b4u 35m: insecure, its parent has opted out
    no closest encloser: a.c.x.w.example A with 0p9 35m: nothing
    no next closer: a.c.x.w.example A with b4u 35m: nothing
    no wildcard: a.c.x.w.example A with 0p9 b4u: nothing
    B.2 no data: ns1.example MX with 2t7: NODATA
    the type is there: ns1.example A with 2t7: nothing
    B.2.1 an empty non-terminal: y.w.example A with ji6: NODATA
    B.3 opt-out: mc.c.example DS with 35m 0p9: insecure, its parent has opted out
    B.5 wildcard no data: a.z.w.example AAAA with k8u q04 r53: insecure, its parent has opted out
    the wildcard has the type: a.z.w.example MX with k8u q04 r53: nothing
    B.6 DS at the child: example DS with 0p9: nothing
    ");
}

/// RFC 5155 appendix B.4.
#[test]
fn an_answer_from_a_wildcard_needs_the_next_closer_name_alone() {
    let lines = [
        ("a.z.w.example", "*.w.example", "q04"),
        ("a.z.w.example", "*.w.example", "r53"),
        ("a.z.w.example", "*.w.example", ""),
        ("x.w.example", "*.w.example", "b4u"),
        ("a.z.w.example", "*.z.w.example", "q04 all"),
    ]
    .map(|(qname, wildcard, owners)| {
        let records = rfc(owners.split(' ').next_back().unwrap());
        let (zone, evidence) = (name("example"), evidence(&records));
        let proved = match HashedZone::new(&zone, &evidence) {
            Err(unusable) => format!("{unusable:?}"),
            Ok(zone) => {
                let proved = closest_match(&zone, &name(qname), &name(wildcard), &Ring);
                shown(&proved, |()| "proved")
            }
        };
        format!("{qname} from {wildcard} with {owners:?}: {proved}\n")
    });
    insta::assert_snapshot!(lines.concat(), @r#"
    a.z.w.example from *.w.example with "q04": insecure, its parent has opted out
    a.z.w.example from *.w.example with "r53": nothing
    a.z.w.example from *.w.example with "": NoRecords
    x.w.example from *.w.example with "b4u": nothing
    a.z.w.example from *.z.w.example with "q04 all": insecure, its parent has opted out
    "#);
}

#[test]
fn the_closest_encloser_has_a_record_and_the_next_closer_name_has_none() {
    let zone = Hashes::new(&["@ SOA NS", "b A", "d.c.b A", "c.b", "cut NS", "dname DNAME"]);
    let records = zone.records();
    let (apex, evidence) = (name("example"), evidence(&records));
    let hashed = HashedZone::new(&apex, &evidence).unwrap();
    let names = [
        "x.example",
        "x.y.example",
        "x.b.example",
        "x.c.b.example",
        "y.x.d.c.b.example",
        "b.example",
        "x.cut.example",
        "x.dname.example",
        "example",
        "x.org",
    ];
    let lines = names.map(|qname| {
        let encloser = closest_encloser(&hashed, &name(qname), &Ring);
        let encloser = encloser.map_or("none".to_string(), |it| it.name.to_string());
        format!("{qname}: {encloser}\n")
    });
    insta::assert_snapshot!(lines.concat(), @r"
    x.example: example.
    x.y.example: example.
    x.b.example: b.example.
    x.c.b.example: c.b.example.
    y.x.d.c.b.example: d.c.b.example.
    b.example: none
    x.cut.example: none
    x.dname.example: none
    example: none
    x.org: none
    ");
}

/// The encloser's record, or the record that covers the next closer name, is left out.
#[test]
fn half_a_proof_of_the_closest_encloser_proves_nothing() {
    let zone = Hashes::new(&["@ SOA NS", "a A", "b A", "c A", "d A", "e A", "f A", "g A"]);
    let records = zone.records();
    let apex = name("example");
    let mut text = String::new();
    for qname in ["x.y.a.example", "x.y.c.example", "x.y.g.example"] {
        for left_out in 0..records.len() {
            let mut others = records.clone();
            others.remove(left_out);
            let evidence = evidence(&others);
            let hashed = HashedZone::new(&apex, &evidence).unwrap();
            let encloser = closest_encloser(&hashed, &name(qname), &Ring);
            let encloser = encloser.map_or("none".to_string(), |it| it.name.to_string());
            text += &format!("{qname} without record {left_out}: {encloser}\n");
        }
    }
    insta::assert_snapshot!(text, @r"
    x.y.a.example without record 0: a.example.
    x.y.a.example without record 1: a.example.
    x.y.a.example without record 2: none
    x.y.a.example without record 3: a.example.
    x.y.a.example without record 4: a.example.
    x.y.a.example without record 5: a.example.
    x.y.a.example without record 6: a.example.
    x.y.a.example without record 7: a.example.
    x.y.c.example without record 0: c.example.
    x.y.c.example without record 1: c.example.
    x.y.c.example without record 2: c.example.
    x.y.c.example without record 3: none
    x.y.c.example without record 4: c.example.
    x.y.c.example without record 5: none
    x.y.c.example without record 6: c.example.
    x.y.c.example without record 7: c.example.
    x.y.g.example without record 0: g.example.
    x.y.g.example without record 1: g.example.
    x.y.g.example without record 2: g.example.
    x.y.g.example without record 3: g.example.
    x.y.g.example without record 4: g.example.
    x.y.g.example without record 5: none
    x.y.g.example without record 6: g.example.
    x.y.g.example without record 7: g.example.
    ");
}

#[test]
fn a_name_without_ds_is_an_unsigned_delegation_only_with_ns() {
    let zone = Hashes::new(&[
        "@ SOA NS",
        "plain NS",
        "signed NS DS",
        "www A",
        "empty",
        "alias CNAME",
    ]);
    let records = zone.records();
    let names = [
        "plain.example",
        "signed.example",
        "www.example",
        "empty.example",
        "alias.example",
        "nosuch.example",
        "x.www.example",
        "example",
    ];
    let lines = names.map(|qname| format!("{qname}: {}\n", cut_at(&records, qname)));
    insta::assert_snapshot!(lines.concat(), @r"
    plain.example: an unsigned delegation
    signed.example: nothing
    www.example: no zone cut
    empty.example: no zone cut
    alias.example: nothing
    nosuch.example: no such name
    x.www.example: no such name
    example: nothing
    ");
    insta::assert_snapshot!(cut_at(&records[..1], "plain.example"), @"nothing");
}

/// The zone has no say below the delegation child.ent.example. That nothing matches the hash of
/// ent.example, although a name below it exists, makes no difference.
#[test]
fn nothing_above_a_delegation_denies_names_below_it() {
    let zone = Hashes::new(&["@ SOA NS", "child.ent NS", "a A", "b A"]);
    let mut text = String::new();
    for qname in ["www.child.ent.example", "www.ent.example"] {
        text += &format!("{qname}: {}\n", denied(&zone.records(), qname, A));
    }
    insta::assert_snapshot!(text, @r"
    www.child.ent.example: nothing
    www.ent.example: NXDOMAIN
    ");
}

/// The child's record has SOA. The parent's has NS, and no SOA.
#[test]
fn each_side_of_a_cut_denies_its_own_types() {
    let zone = Hashes::new(&["@ SOA NS", "plain NS"]);
    let records = zone.records();
    let lines = [
        ("example", RecordType::DS),
        ("example", RecordType::MX),
        ("plain.example", RecordType::DS),
        ("plain.example", A),
        ("www.plain.example", A),
        ("example", RecordType::ANY),
    ]
    .map(|(qname, rtype)| format!("{qname} {rtype}: {}\n", denied(&records, qname, rtype)));
    insta::assert_snapshot!(lines.concat(), @r"
    example DS: nothing
    example MX: NODATA
    plain.example DS: NODATA
    plain.example A: nothing
    www.plain.example A: nothing
    example ANY: nothing
    ");
}

#[test]
fn nxdomain_needs_a_proof_for_the_wildcard() {
    let zone = Hashes::new(&[
        "@ SOA NS",
        "*.wild A",
        "wild",
        "*.empty",
        "x.*.empty A",
        "empty",
    ]);
    let records = zone.records();
    let lines = [
        ("nosuch.example", A),
        ("x.wild.example", A),
        ("x.wild.example", RecordType::MX),
        ("x.wild.example", RecordType::DS),
        ("x.empty.example", A),
    ]
    .map(|(qname, rtype)| format!("{qname} {rtype}: {}\n", denied(&records, qname, rtype)));
    insta::assert_snapshot!(lines.concat(), @r"
    nosuch.example A: NXDOMAIN
    x.wild.example A: nothing
    x.wild.example MX: NODATA
    x.wild.example DS: NODATA
    x.empty.example A: NODATA
    ");
    let zone = Hashes::new(&["@ SOA NS", "a A", "b A", "c A", "d A", "e A", "f A", "g A"]);
    let records = zone.records();
    let lines = (0..records.len()).map(|left_out| {
        let mut others = records.clone();
        others.remove(left_out);
        let proved = denied(&others, "plain.example", A);
        format!("plain.example A without record {left_out}: {proved}\n")
    });
    insta::assert_snapshot!(lines.collect::<String>(), @r"
    plain.example A without record 0: NXDOMAIN
    plain.example A without record 1: nothing
    plain.example A without record 2: nothing
    plain.example A without record 3: NXDOMAIN
    plain.example A without record 4: nothing
    plain.example A without record 5: NXDOMAIN
    plain.example A without record 6: NXDOMAIN
    plain.example A without record 7: NXDOMAIN
    ");
}
