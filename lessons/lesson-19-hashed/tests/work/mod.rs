//! Attacks on the validator itself: answers that cost more to validate than to send. And the cost of
//! honest ones.

use chain::{Context, NoZones, Proved, Response, Step, TrustAnchors, Validation};
use crypto::{Crypto, Ring, SignatureError};
use dnsparse::{Dnskey, Name, Question, Rdata, Record, RecordType};
use hashed::{
    HashedZone, Limits, MAX_ITERATIONS, Meter, NsecAndNsec3, Params, closest_encloser, cut, denial,
};

use super::tree::signer::record;
use super::tree::{Tree, name, question};
use super::{A, Hashes, evidence};

/// 1 June 2026.
const NOW: u32 = 1_780_272_000;
const NO_LIMIT: Limits = Limits {
    verifications: u32::MAX,
    failures: u32::MAX,
    blocks: u32::MAX,
};

/// A small Internet in which `com` has hashed names.
struct Internet {
    tree: Tree,
    hashes: Vec<Record>,
}

impl Internet {
    fn new(iterations: u16, salt: usize, flags: u8) -> Internet {
        let with_types = |text: &str, types: &str| {
            let types = types.split(' ').map(|it| it.parse().unwrap());
            (name(text), types.collect())
        };
        let hashes = Hashes {
            zone: name("com"),
            names: vec![
                with_types("com", "SOA NS DNSKEY RRSIG NSEC3PARAM"),
                with_types("example.com", "NS DS RRSIG"),
                with_types("plain.com", "NS"),
            ],
            iterations,
            salt: vec![7; salt],
            flags,
        };
        let mut tree = Tree::unsigned();
        tree.zone_mut("com.").records.extend(hashes.records());
        let tree = tree.sign();
        let com = tree.zone("com.");
        let signed = |record: &Record| com.rrset(&record.owner, RecordType::NSEC3);
        let hashes = hashes.records().iter().flat_map(signed).collect();
        Internet { tree, hashes }
    }

    /// Answers with NSEC3 records, where the tree has NSEC records of `com`.
    fn respond(&self, question: &Question) -> Response {
        let mut response = self.tree.respond(question);
        let com = self.tree.zone("com.");
        let is_of_com =
            |record: &Record| record.owner == com.name && record.rtype() == RecordType::SOA;
        if response.authority.iter().any(is_of_com) {
            response.authority = com.rrset(&com.name, RecordType::SOA);
            response.authority.extend(self.hashes.clone());
        }
        response
    }

    fn validate(&self, qname: &str, crypto: &dyn Crypto) -> String {
        let question = question(qname, A);
        let response = self.respond(&question);
        self.validate_response(&question, response, crypto)
    }

    fn validate_response(
        &self,
        question: &Question,
        response: Response,
        crypto: &dyn Crypto,
    ) -> String {
        let mut anchors = TrustAnchors::new();
        anchors.add_dnskey(Name::ROOT, &self.tree.key(".").dnskey, &Ring);
        let context = Context {
            anchors: &anchors,
            known: &NoZones,
            proofs: &NsecAndNsec3,
            now: NOW,
            crypto,
        };
        let mut validation = Validation::new(question, response);
        loop {
            let (qname, qtype) = match validation.step(&context) {
                Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
                Step::Ds(name) => (name, RecordType::DS),
                Step::Done(verdict) => return verdict.status.to_string(),
            };
            let question = super::tree::question(&qname.to_string(), qtype);
            validation.handle_response(&self.respond(&question), &context);
        }
    }

    /// Validates within limits, and shows the status and the cost.
    fn cost(&self, qname: &str, limits: Limits) -> String {
        let meter = Meter::new(&Ring, limits);
        let status = self.validate(qname, &meter);
        format!("{status}, {}", shown(&meter))
    }
}

fn shown(meter: &Meter<'_>) -> String {
    let Limits {
        verifications,
        failures,
        blocks,
    } = meter.spent();
    let exhausted = if meter.is_exhausted() {
        ", exhausted"
    } else {
        ""
    };
    format!("{verifications} verifications, {failures} of them in vain, {blocks} blocks{exhausted}")
}

#[test]
fn a_chain_goes_through_a_zone_with_hashed_names() {
    let mut text = String::new();
    for (label, iterations, salt, flags) in [
        ("plain", 0, 0, 0),
        ("12 iterations, salted", 12, 8, 0),
        ("opt-out", 0, 0, 1),
        ("too many iterations", MAX_ITERATIONS + 1, 0, 0),
    ] {
        let internet = Internet::new(iterations, salt, flags);
        for qname in ["www.example.com", "www.plain.com", "nosuch.com"] {
            text += &format!("{label}, {qname}: {}\n", internet.validate(qname, &Ring));
        }
    }
    insta::assert_snapshot!(text, @r"
    plain, www.example.com: secure
    plain, www.plain.com: insecure: plain.com.: it has no DS record
    plain, nosuch.com: secure
    12 iterations, salted, www.example.com: secure
    12 iterations, salted, www.plain.com: insecure: plain.com.: it has no DS record
    12 iterations, salted, nosuch.com: secure
    opt-out, www.example.com: secure
    opt-out, www.plain.com: insecure: plain.com.: it has no DS record
    opt-out, nosuch.com: insecure: nosuch.com.: its parent has opted out
    too many iterations, www.example.com: secure
    too many iterations, www.plain.com: insecure: plain.com.: its NSEC3 records have too many iterations
    too many iterations, nosuch.com: insecure: nosuch.com.: its NSEC3 records have too many iterations
    ");
}

#[test]
fn an_honest_answer_costs_a_fraction_of_the_limits() {
    let internet = Internet::new(12, 8, 0);
    let lines = [
        "www.example.com",
        "alias.example.com",
        "away.example.com",
        "www.plain.com",
        "nosuch.com",
        "a.b.c.d.nosuch.com",
    ]
    .map(|qname| format!("{qname}: {}\n", internet.cost(qname, Limits::default())));
    insta::assert_snapshot!(lines.concat(), @r"
    www.example.com: secure, 6 verifications, 0 of them in vain, 3 blocks
    alias.example.com: secure, 7 verifications, 0 of them in vain, 3 blocks
    away.example.com: secure, 13 verifications, 0 of them in vain, 5 blocks
    www.plain.com: insecure: plain.com.: it has no DS record, 7 verifications, 0 of them in vain, 15 blocks
    nosuch.com: secure, 7 verifications, 0 of them in vain, 54 blocks
    a.b.c.d.nosuch.com: secure, 7 verifications, 0 of them in vain, 106 blocks
    ");
}

/// Makes keys with one tag: what one pair of octets gains, the next one loses.
fn keys_of_one_tag(count: u8) -> Vec<Dnskey> {
    let key = |n: u8| Dnskey {
        flags: 256,
        protocol: 3,
        algorithm: crypto::algorithm::ED25519,
        public_key: [vec![0, n, 0, u8::MAX - n], vec![0; 28]].concat(),
    };
    (0..count).map(key).collect()
}

/// KeyTrap (CVE-2023-50387): a zone with many keys of one tag, and answers with many signatures of that
/// tag. Each signature is tried with each key. Lessons 16 and 18 bound both for one RRset; an answer has
/// many RRsets, and the attacker makes each of them hold in the end.
#[test]
fn key_trap_costs_no_more_than_the_limits() {
    let keys = keys_of_one_tag(30);
    let tag = keys[0].key_tag();
    let mut internet = Internet::new(0, 0, 0);
    let mut tree = Tree::unsigned();
    let dnskey = |key: &Dnskey| record(&name("example.com"), Rdata::Dnskey(Box::new(key.clone())));
    tree.zone_mut("example.com.")
        .records
        .extend(keys.iter().map(dnskey));
    internet.tree = tree.sign();
    let mut text = String::new();
    for (rrsets, limits, label) in [
        (1, NO_LIMIT, "without limits"),
        (16, NO_LIMIT, "without limits"),
        (16, Limits::default(), "within the limits"),
    ] {
        let response = key_trap(&internet, rrsets, tag);
        let meter = Meter::new(&Ring, limits);
        let asked = question("a0.example.com", A);
        let status = internet.validate_response(&asked, response, &meter);
        text += &format!("{rrsets} RRsets {label}: {status}, {}\n", shown(&meter));
    }
    insta::assert_snapshot!(text, @r"
    1 RRsets without limits: secure, 18 verifications, 12 of them in vain, 3 blocks
    16 RRsets without limits: secure, 213 verifications, 192 of them in vain, 3 blocks
    16 RRsets within the limits: bogus: a1.example.com. CNAME: the validation costs too much work, 22 verifications, 16 of them in vain, 3 blocks, exhausted
    ");
}

/// Makes a chain of aliases. Each has three signatures that fail with every key of the tag, and then the
/// true one.
fn key_trap(internet: &Internet, rrsets: usize, tag: u16) -> Response {
    let zone = name("example.com");
    let key = internet.tree.key("example.com.");
    let mut answer = Vec::new();
    for n in 0..rrsets {
        let target = name(&format!("a{}.example.com", n + 1));
        let alias = record(&name(&format!("a{n}.example.com")), Rdata::Cname(target));
        let true_one = key.sign(&zone, std::slice::from_ref(&alias));
        let mut wrong = true_one.clone();
        if let Rdata::Rrsig(rrsig) = &mut wrong.rdata {
            rrsig.key_tag = tag;
        }
        answer.push(alias);
        answer.extend([wrong.clone(), wrong.clone(), wrong, true_one]);
    }
    Response {
        answer,
        ..Response::default()
    }
}

/// CVE-2023-50868: a name of 80 labels, each of whose ancestors has to be hashed, with many iterations
/// and a long salt. An attacker needs a zone of their own for it, and one query for each name.
#[test]
fn a_flood_of_hashes_costs_no_more_than_the_limits() {
    let qname = format!("{}nosuch.com", "x.".repeat(78));
    let mut text = String::new();
    for (label, iterations, salt, limits) in [
        ("no iterations, without limits", 0, 0, NO_LIMIT),
        (
            "the most iterations, without limits",
            MAX_ITERATIONS,
            0,
            NO_LIMIT,
        ),
        (
            "the most iterations, within the limits",
            MAX_ITERATIONS,
            0,
            Limits::default(),
        ),
        (
            "the longest salt, within the limits",
            MAX_ITERATIONS,
            255,
            Limits::default(),
        ),
    ] {
        let internet = Internet::new(iterations, salt, 0);
        let cost = internet.cost(&qname, limits);
        text += &format!("{label}: {}\n", cost.replace(&qname, "x…nosuch.com"));
    }
    insta::assert_snapshot!(text, @r"
    no iterations, without limits: secure, 7 verifications, 0 of them in vain, 168 blocks
    the most iterations, without limits: secure, 7 verifications, 0 of them in vain, 12468 blocks
    the most iterations, within the limits: bogus: x…nosuch.com. A: the validation costs too much work, 7 verifications, 0 of them in vain, 10000 blocks, exhausted
    the longest salt, within the limits: bogus: x…nosuch.com. A: the validation costs too much work, 7 verifications, 0 of them in vain, 10000 blocks, exhausted
    ");
}

/// What is left undone proves nothing: an attacker who uses up the budget gains nothing but SERVFAIL.
#[test]
fn an_exhausted_meter_makes_no_answer_insecure() {
    let internet = Internet::new(12, 8, 0);
    let mut text = String::new();
    for (label, limits) in [
        (
            "no verifications",
            Limits {
                verifications: 0,
                ..Limits::default()
            },
        ),
        (
            "four verifications",
            Limits {
                verifications: 4,
                ..Limits::default()
            },
        ),
        (
            "no blocks",
            Limits {
                blocks: 0,
                ..Limits::default()
            },
        ),
        (
            "20 blocks",
            Limits {
                blocks: 20,
                ..Limits::default()
            },
        ),
    ] {
        for qname in ["www.plain.com", "nosuch.com", "www.example.com"] {
            text += &format!("{label}, {qname}: {}\n", internet.cost(qname, limits));
        }
    }
    insta::assert_snapshot!(text, @r"
    no verifications, www.plain.com: bogus: . DNSKEY: the validation costs too much work, 0 verifications, 0 of them in vain, 1 blocks, exhausted
    no verifications, nosuch.com: bogus: . DNSKEY: the validation costs too much work, 0 verifications, 0 of them in vain, 1 blocks, exhausted
    no verifications, www.example.com: bogus: . DNSKEY: the validation costs too much work, 0 verifications, 0 of them in vain, 1 blocks, exhausted
    four verifications, www.plain.com: bogus: plain.com. DS: the validation costs too much work, 4 verifications, 0 of them in vain, 2 blocks, exhausted
    four verifications, nosuch.com: bogus: nosuch.com. A: the validation costs too much work, 4 verifications, 0 of them in vain, 2 blocks, exhausted
    four verifications, www.example.com: bogus: example.com. DNSKEY: the validation costs too much work, 4 verifications, 0 of them in vain, 3 blocks, exhausted
    no blocks, www.plain.com: bogus: . DNSKEY: the validation costs too much work, 0 verifications, 0 of them in vain, 0 blocks, exhausted
    no blocks, nosuch.com: bogus: . DNSKEY: the validation costs too much work, 0 verifications, 0 of them in vain, 0 blocks, exhausted
    no blocks, www.example.com: bogus: . DNSKEY: the validation costs too much work, 0 verifications, 0 of them in vain, 0 blocks, exhausted
    20 blocks, www.plain.com: insecure: plain.com.: it has no DS record, 7 verifications, 0 of them in vain, 15 blocks
    20 blocks, nosuch.com: bogus: nosuch.com. A: the validation costs too much work, 7 verifications, 0 of them in vain, 20 blocks, exhausted
    20 blocks, www.example.com: secure, 6 verifications, 0 of them in vain, 3 blocks
    ");
}

/// A limit is reached, and never exceeded; after a refusal, smaller work may still be done.
#[test]
fn a_meter_spends_its_limits_to_the_last() {
    let limits = Limits {
        verifications: 3,
        failures: 2,
        blocks: 10,
    };
    let meter = Meter::new(&Ring, limits);
    let mut text = String::new();
    for octets in [55, 300, 300, 119, 56, 1] {
        let done = match meter.digest(1, &vec![0; octets]) {
            Some(_) => "done",
            None => "refused",
        };
        text += &format!("digest of {octets} octets: {done}; {}\n", shown(&meter));
    }
    let meter = Meter::new(&Ring, limits);
    let key = &keys_of_one_tag(1)[0];
    for _ in 0..4 {
        let result = match meter.verify(key, b"octets", &[0; 64]) {
            Err(SignatureError::OverBudget) => "refused",
            Err(SignatureError::Mismatch) => "a mismatch",
            _ => "something else",
        };
        text += &format!("verification: {result}; {}\n", shown(&meter));
    }
    insta::assert_snapshot!(text, @r"
    digest of 55 octets: done; 0 verifications, 0 of them in vain, 1 blocks
    digest of 300 octets: done; 0 verifications, 0 of them in vain, 6 blocks
    digest of 300 octets: refused; 0 verifications, 0 of them in vain, 6 blocks, exhausted
    digest of 119 octets: done; 0 verifications, 0 of them in vain, 8 blocks, exhausted
    digest of 56 octets: done; 0 verifications, 0 of them in vain, 10 blocks, exhausted
    digest of 1 octets: refused; 0 verifications, 0 of them in vain, 10 blocks, exhausted
    verification: a mismatch; 1 verifications, 1 of them in vain, 0 blocks
    verification: a mismatch; 2 verifications, 2 of them in vain, 0 blocks
    verification: refused; 2 verifications, 2 of them in vain, 0 blocks, exhausted
    verification: refused; 2 verifications, 2 of them in vain, 0 blocks, exhausted
    ");
}

/// An attacker chooses the work, so that the meter may stop it at any name: also at the last one. What
/// is not proved then is bogus. It is not insecure, whatever gap has opted out.
#[test]
fn nothing_is_proved_wherever_the_work_ends() {
    let mut hashes = Hashes::new(&["@ SOA NS", "a A", "b A", "c A"]);
    hashes.flags = 1;
    let (apex, records) = (name("example"), hashes.records());
    let evidence = evidence(&records);
    let zone = HashedZone::new(&apex, &evidence).expect("usable records");
    let qname = name("x.nosuch.example");
    let full = Meter::new(&Ring, NO_LIMIT);
    let proved = denial(&zone, &qname, A, &full);
    let needed = full.spent().blocks;
    assert!(
        matches!(proved, Proved::Insecure(_)),
        "{qname} A, without a limit: {proved:?}"
    );
    for blocks in 0..needed {
        let limits = Limits { blocks, ..NO_LIMIT };
        let proved = denial(&zone, &qname, A, &Meter::new(&Ring, limits));
        assert!(
            matches!(proved, Proved::No),
            "{qname} A, with {blocks} of the {needed} blocks that it needs: {proved:?}"
        );
    }
    let full = Meter::new(&Ring, NO_LIMIT);
    cut(&zone, &qname, &full);
    for blocks in 0..full.spent().blocks {
        let limits = Limits { blocks, ..NO_LIMIT };
        let proved = cut(&zone, &qname, &Meter::new(&Ring, limits));
        assert!(
            matches!(proved, Proved::No),
            "the zone cut at {qname}, with {blocks} blocks: {proved:?}"
        );
    }
}

/// The names above a zone are not the zone's to prove.
#[test]
fn no_name_above_the_zone_is_hashed() {
    let (apex, qname) = (name("b.example"), name("x.y.b.example"));
    let zone = HashedZone {
        name: &apex,
        params: Params {
            iterations: 0,
            salt: &[],
        },
        gaps: Vec::new(),
    };
    let meter = Meter::new(&Ring, NO_LIMIT);
    let encloser = closest_encloser(&zone, &qname, &meter);
    assert_eq!(
        encloser, None,
        "the encloser of {qname}, without any record"
    );
    assert_eq!(
        meter.spent().blocks,
        3,
        "the blocks for x.y.b.example, y.b.example and b.example, one each"
    );
}

/// Every signature holds.
struct EverySignature;

impl Crypto for EverySignature {
    fn digest(&self, _digest_type: u8, _octets: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn verify(&self, _key: &Dnskey, _octets: &[u8], _rrsig: &[u8]) -> Result<(), SignatureError> {
        Ok(())
    }

    fn supports(&self, _key: &Dnskey) -> bool {
        true
    }
}

/// An attacker chooses the algorithms of their zones, and signs with them rightly.
#[test]
fn a_verification_that_takes_longer_counts_several_times() {
    let mut text = String::new();
    for (label, algorithm, octets) in [
        ("Ed25519", 15, 32),
        ("P-256", 13, 64),
        ("P-384", 14, 96),
        ("RSA of 2,048 bits", 8, 260),
        ("RSA of 4,096 bits", 8, 516),
        ("RSA of 8,192 bits", 10, 1_028),
    ] {
        let key = Dnskey {
            flags: 257,
            protocol: 3,
            algorithm,
            public_key: vec![3; octets],
        };
        let meter = Meter::new(&EverySignature, Limits::default());
        let verified = (0..100).take_while(|_| meter.verify(&key, b"", b"").is_ok());
        text += &format!("{label}: {} verifications\n", verified.count());
    }
    insta::assert_snapshot!(text, @r"
    Ed25519: 64 verifications
    P-256: 64 verifications
    P-384: 16 verifications
    RSA of 2,048 bits: 64 verifications
    RSA of 4,096 bits: 16 verifications
    RSA of 8,192 bits: 4 verifications
    ");
}
