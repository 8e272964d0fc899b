//! Keys: algorithms, digests and sizes that count, and keys that may not sign.

use chain::Cause;
use dnsparse::{Dnskey, Ds};

use super::tree::signer::Key;
use super::tree::{Tree, name};
use super::{A, Validator};

/// Validates www.example.com A after `com` got other DS records for `example.com`.
fn with_ds(cases: &[(&str, &[Ds])]) -> String {
    let line = |(label, ds_set): &(&str, &[Ds])| {
        let mut tree = Tree::unsigned();
        tree.set_ds("example.com.", ds_set);
        let tree = tree.sign();
        let report = Validator::new(&tree).validate("www.example.com", A);
        let last = report.asked.last().map_or("", |question| question.as_str());
        format!("{label}: {} after {last}\n", report.status())
    };
    cases.iter().map(line).collect()
}

fn key() -> Key {
    Key::new(3)
}

/// The DS record of the true key.
fn ds() -> Ds {
    key().ds(&name("example.com"))
}

fn with_digest(digest_type: u8) -> Ds {
    let input = key().dnskey.digest_input(&name("example.com"));
    let digest = crypto::Crypto::digest(&crypto::Ring, digest_type, &input);
    Ds {
        digest_type,
        digest: digest.unwrap_or(vec![1; 32]),
        ..ds()
    }
}

/// RFC 4035 section 5.2, RFC 6840 section 5.2: what a validator does not know proves nothing. What it
/// knows has to hold.
#[test]
fn a_zone_is_insecure_if_no_algorithm_or_digest_is_known() {
    let algorithm = |algorithm| Ds { algorithm, ..ds() };
    let wrong = Ds {
        digest: vec![9; 32],
        ..ds()
    };
    insta::assert_snapshot!(with_ds(&[
        ("algorithm 200", &[algorithm(200)]),
        ("algorithm 5, RSA with SHA-1 (RFC 9905)", &[algorithm(5)]),
        ("algorithms 5 and 200", &[algorithm(5), algorithm(200)]),
        ("digest type 3, GOST", &[with_digest(3)]),
        ("digest type 200", &[with_digest(200)]),
        ("algorithm 200, and the true one", &[algorithm(200), ds()]),
        ("digest type 200, and the true one", &[with_digest(200), ds()]),
        ("algorithm 200, and a digest that is wrong", &[algorithm(200), wrong]),
    ]), @r"
    algorithm 200: insecure: example.com.: no algorithm of its DS records is supported (EDE 1) after example.com. DS
    algorithm 5, RSA with SHA-1 (RFC 9905): insecure: example.com.: no algorithm of its DS records is supported (EDE 1) after example.com. DS
    algorithms 5 and 200: insecure: example.com.: no algorithm of its DS records is supported (EDE 1) after example.com. DS
    digest type 3, GOST: insecure: example.com.: no digest of its DS records is supported (EDE 2) after example.com. DS
    digest type 200: insecure: example.com.: no digest of its DS records is supported (EDE 2) after example.com. DS
    algorithm 200, and the true one: secure after example.com. DNSKEY
    digest type 200, and the true one: secure after example.com. DNSKEY
    algorithm 200, and a digest that is wrong: bogus: example.com. DNSKEY: no key of the zone matches its DS records (EDE 9) after example.com. DNSKEY
    ");
}

/// RFC 4509 section 3: an attacker who could make a key for a digest with SHA-1 would gain nothing, if
/// there is one with SHA-256.
#[test]
fn a_digest_with_sha_1_counts_only_alone() {
    let wrong = Ds {
        digest: vec![9; 32],
        ..ds()
    };
    insta::assert_snapshot!(with_ds(&[
        ("SHA-1 alone", &[with_digest(1)]),
        ("SHA-1, and a wrong digest with SHA-256", &[with_digest(1), wrong]),
        ("SHA-384", &[with_digest(4)]),
    ]), @r"
    SHA-1 alone: secure after example.com. DNSKEY
    SHA-1, and a wrong digest with SHA-256: bogus: example.com. DNSKEY: no key of the zone matches its DS records (EDE 9) after example.com. DNSKEY
    SHA-384: secure after example.com. DNSKEY
    ");
}

/// An RSA key with an exponent and a modulus of the given octets.
fn rsa(exponent: &[u8], modulus: usize) -> Dnskey {
    let length = [exponent.len() as u8];
    Dnskey {
        flags: 257,
        protocol: 3,
        algorithm: crypto::algorithm::RSASHA256,
        public_key: [&length, exponent, &vec![0xc5; modulus]].concat(),
    }
}

/// A key that the cryptography does not take is like one of an unknown algorithm. The DS records decide
/// that: an attacker can leave the other key out of the DNSKEY RRset.
#[test]
fn a_zone_is_insecure_if_all_its_ds_records_are_of_keys_of_unknown_sizes() {
    let f4 = [1, 0, 1];
    let keys = [
        ("512 bits", rsa(&f4, 64)),
        ("1024 bits", rsa(&f4, 128)),
        ("8192 bits", rsa(&f4, 1024)),
        ("16384 bits", rsa(&f4, 2048)),
        ("an even exponent", rsa(&[2], 256)),
        ("an exponent of 33 bits", rsa(&[1, 0, 0, 0, 1], 256)),
        ("an exponent of 40 bits", rsa(&[0x81, 0, 0, 0, 1], 256)),
    ];
    let mut text = String::new();
    for (label, key) in keys {
        let rsa = Key {
            seed: 3,
            dnskey: key,
        };
        let rsa_ds = rsa.ds(&name("example.com"));
        for (others, ds_set) in [
            ("", vec![rsa_ds.clone()]),
            (", and another key", vec![rsa_ds, ds()]),
        ] {
            let mut tree = Tree::unsigned();
            tree.set_ds("example.com.", &ds_set);
            tree.zone_mut("example.com.").zsk = Some(rsa.clone());
            let tree = tree.sign();
            let strip = |question: &dnsparse::Question, response: &mut chain::Response| {
                let is_true_key = |record: &dnsparse::Record| match &record.rdata {
                    dnsparse::Rdata::Dnskey(dnskey) => **dnskey == key_of_example(),
                    _ => false,
                };
                if question.qname == name("example.com") {
                    response.answer.retain(|record| !is_true_key(record));
                }
            };
            let report = Validator::new(&tree)
                .edited(&strip)
                .validate("www.example.com", A);
            let status = report.status();
            text += &format!("{label}{others}: {status}\n");
            if let chain::Status::Insecure(insecure) = &report.verdict.status {
                let mut proof = insecure.proof.iter();
                assert!(
                    proof.any(|record| record.rtype() == dnsparse::RecordType::DS),
                    "{label}: {status}, without the DS records that prove it"
                );
            }
        }
    }
    insta::assert_snapshot!(text, @r"
    512 bits: insecure: example.com.: no size of its keys is supported (EDE 1)
    512 bits, and another key: bogus: example.com. DNSKEY: no key of the zone matches its DS records (EDE 9)
    1024 bits: bogus: example.com. DNSKEY: no signature holds: the zone has no key with tag 8433 (EDE 9)
    1024 bits, and another key: bogus: example.com. DNSKEY: no signature holds: the zone has no key with tag 8433 (EDE 9)
    8192 bits: bogus: example.com. DNSKEY: no signature holds: the zone has no key with tag 8433 (EDE 9)
    8192 bits, and another key: bogus: example.com. DNSKEY: no signature holds: the zone has no key with tag 8433 (EDE 9)
    16384 bits: insecure: example.com.: no size of its keys is supported (EDE 1)
    16384 bits, and another key: bogus: example.com. DNSKEY: no key of the zone matches its DS records (EDE 9)
    an even exponent: insecure: example.com.: no size of its keys is supported (EDE 1)
    an even exponent, and another key: bogus: example.com. DNSKEY: no key of the zone matches its DS records (EDE 9)
    an exponent of 33 bits: bogus: example.com. DNSKEY: no signature holds: the zone has no key with tag 8433 (EDE 9)
    an exponent of 33 bits, and another key: bogus: example.com. DNSKEY: no signature holds: the zone has no key with tag 8433 (EDE 9)
    an exponent of 40 bits: insecure: example.com.: no size of its keys is supported (EDE 1)
    an exponent of 40 bits, and another key: bogus: example.com. DNSKEY: no key of the zone matches its DS records (EDE 9)
    ");
}

fn key_of_example() -> Dnskey {
    key().dnskey
}

/// RFC 4034 section 2.1, RFC 5011 section 2.1.
#[test]
fn a_key_that_may_not_sign_is_no_entry_point() {
    let cases = [
        ("flags 257", 257, 3),
        ("flags 256", 256, 3),
        ("flags 1, no zone key", 1, 3),
        ("flags 385, revoked", 385, 3),
        ("protocol 2", 257, 2),
    ];
    let mut text = String::new();
    for (label, flags, protocol) in cases {
        let mut key = key();
        key.dnskey.flags = flags;
        key.dnskey.protocol = protocol;
        let mut tree = Tree::unsigned();
        tree.set_key("example.com.", key);
        let tree = tree.sign();
        let status = Validator::new(&tree)
            .validate("www.example.com", A)
            .status();
        text += &format!("{label}: {status}\n");
    }
    insta::assert_snapshot!(text, @r"
    flags 257: secure
    flags 256: secure
    flags 1, no zone key: bogus: example.com. DNSKEY: the key that matches the DS record is not a zone key (EDE 11)
    flags 385, revoked: bogus: example.com. DNSKEY: the key that matches the DS record is not a zone key (EDE 11)
    protocol 2: bogus: example.com. DNSKEY: the key that matches the DS record is not a zone key (EDE 11)
    ");
}

/// The proof of an insecure zone is the DS RRset that nothing can be done with.
#[test]
fn the_ds_records_are_the_proof_that_a_zone_is_insecure() {
    let mut tree = Tree::unsigned();
    let unknown = Ds {
        algorithm: 200,
        ..ds()
    };
    tree.set_ds("example.com.", std::slice::from_ref(&unknown));
    let tree = tree.sign();
    let report = Validator::new(&tree).validate("www.example.com", A);
    let chain::Status::Insecure(insecure) = &report.verdict.status else {
        panic!("{}", report.all())
    };
    let proof: Vec<_> = insecure
        .proof
        .iter()
        .map(|record| record.rdata.clone())
        .collect();
    let expected = dnsparse::Rdata::Ds(Box::new(unknown));
    assert_eq!(
        (insecure.cause, proof),
        (Cause::Algorithms, vec![expected]),
        "{}",
        report.all()
    );
}
