//! Attacks: an attacker on the path edits responses, but has no key of the zones above their own.

use chain::{MAX_FAILED_SIGNATURES, MAX_SIGNATURES, Response};
use crypto::{Crypto, Ring, SignatureError};
use dnsparse::{Dnskey, Question, Rdata, RecordType};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::tree::signer::{EXPIRATION, INCEPTION, Key, record};
use super::tree::{Tree, name};
use super::{A, Edit, NOW, Validator, strip};

/// Validates www.example.com A under each attack, and shows a line for each.
fn under(attacks: &[(&str, Edit<'_>)]) -> String {
    let tree = Tree::new();
    let line = |(label, edit): &(&str, Edit<'_>)| {
        let report = Validator::new(&tree)
            .edited(*edit)
            .validate("www.example.com", A);
        format!("{label}: {}\n", report.status())
    };
    attacks.iter().map(line).collect()
}

/// Forges the address, and signs it with the attacker's key, under the zone's name.
fn forge_address(response: &mut Response, key: &Key) {
    let forged = Rdata::from_text(A, "198.51.100.66").unwrap();
    let forged = [record(&name("www.example.com"), forged)];
    let rrsig = key.sign(&name("example.com"), &forged);
    response.answer = [forged.as_slice(), &[rrsig]].concat();
}

/// Without signatures, an answer looks like that of an unsigned zone. That it is in a signed one has to
/// be found out.
#[test]
fn an_answer_without_signatures_is_bogus_below_a_secure_zone() {
    let strip_answer = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            strip(&mut response.answer, A);
        }
    };
    let forge = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            forge_address(response, &Key::new(66));
            strip(&mut response.answer, A);
        }
    };
    insta::assert_snapshot!(under(&[
        ("the answer's signature is removed", &strip_answer),
        ("the answer is forged, and has no signature", &forge),
    ]), @r"
    the answer's signature is removed: bogus: www.example.com. A: it has no signature (EDE 10)
    the answer is forged, and has no signature: bogus: www.example.com. A: it has no signature (EDE 10)
    ");
}

/// The digest of a key proves nothing if anybody can send it.
#[test]
fn a_ds_record_counts_only_if_the_parent_signed_it() {
    let replace_ds = |question: &Question, response: &mut Response, rrsig: bool| {
        let (zone, key) = (name("example.com"), Key::new(66));
        match (question.qtype, question.qname == zone) {
            (RecordType::DS, true) => {
                let ds = record(&zone, Rdata::Ds(Box::new(key.ds(&zone))));
                let rrsigs = response.answer.split_off(1);
                response.answer = vec![ds];
                if rrsig {
                    response.answer.extend(rrsigs);
                }
            }
            (RecordType::DNSKEY, true) => {
                let dnskey = record(&zone, Rdata::Dnskey(Box::new(key.dnskey.clone())));
                let rrsig = key.sign(&zone, std::slice::from_ref(&dnskey));
                response.answer = vec![dnskey, rrsig];
            }
            (A, _) => forge_address(response, &key),
            _ => {}
        }
    };
    insta::assert_snapshot!(under(&[
        ("a DS record of the attacker's key, without a signature", &|q, r| replace_ds(q, r, false)),
        ("with the signature of the true DS record", &|q, r| replace_ds(q, r, true)),
        ("the true DS record without its signature", &|question, response| {
            if question.qtype == RecordType::DS && question.qname == name("example.com") {
                strip(&mut response.answer, RecordType::DS);
            }
        }),
    ]), @r"
    a DS record of the attacker's key, without a signature: bogus: example.com. DS: it has no signature (EDE 10)
    with the signature of the true DS record: bogus: example.com. DS: no signature holds: the signature does not match the key and the records (EDE 6)
    the true DS record without its signature: bogus: example.com. DS: it has no signature (EDE 10)
    ");
}

/// RUSTSEC-2025-0006: the true key stands in the DNSKEY RRset, and the attacker's key beside it. The
/// attacker signed the RRset.
#[test]
fn the_key_that_matches_the_ds_record_has_to_sign_the_keys() {
    let add_key = |question: &Question, response: &mut Response, is_signed: bool| {
        let (zone, key) = (name("example.com"), Key::new(66));
        match (question.qtype, question.qname == zone) {
            (RecordType::DNSKEY, true) => {
                strip(&mut response.answer, RecordType::DNSKEY);
                let dnskey = record(&zone, Rdata::Dnskey(Box::new(key.dnskey.clone())));
                response.answer.push(dnskey);
                let rrsig = key.sign(&zone, &response.answer);
                if is_signed {
                    response.answer.push(rrsig);
                }
            }
            (A, _) => forge_address(response, &key),
            _ => {}
        }
    };
    insta::assert_snapshot!(under(&[
        ("the attacker's key signs the keys", &|q, r| add_key(q, r, true)),
        ("no key signs the keys", &|q, r| add_key(q, r, false)),
        ("the true key is left out", &|question, response| {
            add_key(question, response, true);
            if question.qtype == RecordType::DNSKEY && question.qname == name("example.com") {
                response.answer.remove(0);
            }
        }),
        ("there are no keys", &|question, response| {
            if question.qtype == RecordType::DNSKEY && question.qname == name("example.com") {
                response.answer.clear();
            }
        }),
    ]), @r"
    the attacker's key signs the keys: bogus: example.com. DNSKEY: no signature holds: the zone has no key with tag 29276 (EDE 9)
    no key signs the keys: bogus: example.com. DNSKEY: it has no signature (EDE 10)
    the true key is left out: bogus: example.com. DNSKEY: no key of the zone matches its DS records (EDE 9)
    there are no keys: bogus: example.com. DNSKEY: no key of the zone matches its DS records (EDE 9)
    ");
}

/// The status is insecure only if that is proved. Silence proves nothing.
#[test]
fn a_missing_proof_is_no_insecure_delegation() {
    let ds_of_example = |question: &Question| {
        question.qtype == RecordType::DS && question.qname == name("example.com")
    };
    let with = |question: &Question, response: &mut Response, owner: &str| {
        if ds_of_example(question) {
            response.answer.clear();
            let tree = Tree::new();
            let nsec = tree.zone("com.").rrset(&name(owner), RecordType::NSEC);
            response.authority = nsec;
        }
        if question.qtype == A {
            forge_address(response, &Key::new(66));
        }
    };
    insta::assert_snapshot!(under(&[
        ("an empty response to the question for DS", &|question, response| {
            if ds_of_example(question) {
                response.answer.clear();
            }
        }),
        ("the NSEC record of example.com, which has DS", &|q, r| with(q, r, "example.com")),
        ("the NSEC record of plain.com, which has none", &|q, r| with(q, r, "plain.com")),
        ("the NSEC record of com, which covers none", &|q, r| with(q, r, "com")),
    ]), @r"
    an empty response to the question for DS: bogus: example.com. DS: nothing proves that it does not exist (EDE 12)
    the NSEC record of example.com, which has DS: bogus: example.com. DS: nothing proves that it does not exist (EDE 12)
    the NSEC record of plain.com, which has none: bogus: example.com. DS: nothing proves that it does not exist (EDE 12)
    the NSEC record of com, which covers none: bogus: example.com. DS: nothing proves that it does not exist (EDE 12)
    ");
}

/// In com, example.com is delegated. The zone that an attacker owns may sign what it wants.
#[test]
fn the_signer_is_the_zone_of_the_owner() {
    let tree = Tree::new();
    let signed_by = |response: &mut Response, signer: &str, key: &Key| {
        response.answer.truncate(1);
        let rrsig = key.sign(&name(signer), &response.answer);
        response.answer.push(rrsig);
    };
    let (example, cut) = (tree.key("example.com."), Key::new(6));
    insta::assert_snapshot!(under(&[
        ("a sister zone signs", &|question, response| {
            if question.qtype == A {
                signed_by(response, "cut.deep.org", &cut);
            }
        }),
        ("the owner is named as the signer", &|question, response| {
            if question.qtype == A {
                signed_by(response, "www.example.com", example);
            }
        }),
        ("com is named as the signer", &|question, response| {
            if question.qtype == A {
                signed_by(response, "com", example);
            }
        }),
    ]), @r"
    a sister zone signs: bogus: www.example.com. A: no signature holds: cut.deep.org. signed it, which is not this zone (EDE 6)
    the owner is named as the signer: bogus: www.example.com. A: the signer www.example.com. is not a zone (EDE 6)
    com is named as the signer: bogus: www.example.com. A: no signature holds: the zone has no key with tag 8433 (EDE 9)
    ");
}

#[test]
fn a_signature_holds_in_its_time_alone() {
    let tree = Tree::new();
    let key = tree.key("example.com.");
    let from_to = |question: &Question, response: &mut Response, from: u32, to: u32| {
        if question.qtype == A {
            response.answer.truncate(1);
            let rrsig = key.sign_from_to(&name("example.com"), &response.answer, from, to);
            response.answer.push(rrsig);
        }
    };
    insta::assert_snapshot!(under(&[
        ("until a second ago", &|q, r| from_to(q, r, INCEPTION, NOW - 1)),
        ("until now", &|q, r| from_to(q, r, INCEPTION, NOW)),
        ("from a second on", &|q, r| from_to(q, r, NOW + 1, EXPIRATION)),
    ]), @r"
    until a second ago: bogus: www.example.com. A: no signature holds: it has expired (EDE 7)
    until now: secure
    from a second on: bogus: www.example.com. A: no signature holds: it is not valid yet (EDE 8)
    ");
}

/// While a key or an algorithm is replaced, an RRset has signatures that the validator cannot use.
#[test]
fn one_signature_that_holds_is_enough() {
    let tree = Tree::new();
    let key = tree.key("example.com.");
    let with_others =
        |response: &mut Response, others: usize, change: &dyn Fn(&mut dnsparse::Rrsig)| {
            for _ in 0..others {
                let mut other = key.sign(&name("example.com"), &response.answer[..1]);
                if let Rdata::Rrsig(rrsig) = &mut other.rdata {
                    change(rrsig);
                }
                response.answer.insert(1, other);
            }
        };
    let spoiled: &dyn Fn(&mut dnsparse::Rrsig) = &|rrsig| rrsig.signature[0] ^= 1;
    let unknown: &dyn Fn(&mut dnsparse::Rrsig) = &|rrsig| rrsig.algorithm = 200;
    let expired: &dyn Fn(&mut dnsparse::Rrsig) = &|rrsig| rrsig.expiration = NOW - 1;
    insta::assert_snapshot!(under(&[
        ("after one that does not match", &|question, response| {
            if question.qtype == A {
                with_others(response, 1, spoiled);
            }
        }),
        ("after twenty of an unknown algorithm", &|question, response| {
            if question.qtype == A {
                with_others(response, 20, unknown);
            }
        }),
        ("an expired one, and one of an unknown algorithm", &|question, response| {
            if question.qtype == A {
                with_others(response, 1, unknown);
                with_others(response, 1, expired);
                response.answer.pop();
            }
        }),
        ("after MAX_SIGNATURES of an unknown algorithm", &|question, response| {
            if question.qtype == A {
                with_others(response, MAX_SIGNATURES, unknown);
            }
        }),
        ("one of an unknown algorithm, and an expired one", &|question, response| {
            if question.qtype == A {
                with_others(response, 1, expired);
                with_others(response, 1, unknown);
                response.answer.pop();
            }
        }),
    ]), @r"
    after one that does not match: secure
    after twenty of an unknown algorithm: secure
    an expired one, and one of an unknown algorithm: bogus: www.example.com. A: no signature holds: it has expired (EDE 7)
    after MAX_SIGNATURES of an unknown algorithm: bogus: www.example.com. A: no signature holds: algorithm 200 is not supported (EDE 10)
    one of an unknown algorithm, and an expired one: bogus: www.example.com. A: no signature holds: it has expired (EDE 7)
    ");
}

/// Counts verifications.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Crypto for Counting {
    fn digest(&self, digest_type: u8, octets: &[u8]) -> Option<Vec<u8>> {
        Ring.digest(digest_type, octets)
    }

    fn verify(&self, key: &Dnskey, octets: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ring.verify(key, octets, signature)
    }

    fn supports(&self, key: &Dnskey) -> bool {
        Ring.supports(key)
    }
}

/// A part of KeyTrap (CVE-2023-50387): signatures that are all to be tried.
#[test]
fn the_number_of_signatures_that_are_tried_has_a_bound() {
    let tree = Tree::new();
    let key = tree.key("example.com.");
    let flood = |question: &Question, response: &mut Response| {
        if question.qtype == A {
            let rrsig = response.answer.pop().unwrap();
            for n in 1..=200 {
                let mut wrong = rrsig.clone();
                if let Rdata::Rrsig(rrsig) = &mut wrong.rdata {
                    rrsig.signature[0] ^= n;
                }
                response.answer.push(wrong);
            }
        }
    };
    let (flooded, honest) = (Counting::default(), Counting::default());
    let mut validator = Validator::new(&tree).edited(&flood);
    validator.crypto = &flooded;
    let status = validator.validate("www.example.com", A).status();
    let mut validator = Validator::new(&tree);
    validator.crypto = &honest;
    validator.validate("www.example.com", A);
    insta::assert_snapshot!(status, @"bogus: www.example.com. A: no signature holds: the signature does not match the key and the records (EDE 6)");
    let (flooded, honest) = (flooded.0.into_inner(), honest.0.into_inner());
    let bound = honest - 1 + MAX_FAILED_SIGNATURES;
    assert!(
        flooded <= bound,
        "200 wrong signatures of key {} over one RRset cost {flooded} verifications; with MAX_FAILED_SIGNATURES of them there are {bound}",
        key.dnskey.key_tag()
    );
}
