//! Tests of lesson 15: which keys does a zone's DS RRset vouch for?
//!
//! The keys are those of the RFCs' examples, and DS records of other keys are computed with
//! dnsparse and ring. Each snapshot has the records, and below the arrow the result.
#![cfg(test)]

use std::sync::atomic::{AtomicUsize, Ordering};

use crypto::{Crypto, Ring, SignatureError};
use digest::{
    EntryPoints, MAX_DS, MAX_KEYS, is_supported_algorithm, is_supported_digest, key_tag, matches,
    secure_entry_points,
};
use dnsparse::{Dnskey, Ds, Name, Rdata, RecordType};

/// RFC 4034 section 5.4.
const RSASHA1: &str = "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
/// RFC 6605 section 6.1.
const P256: &str = "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
/// RFC 6605 section 6.2.
const P384: &str = "257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40";
/// RFC 8080 section 6.1.
const ED25519: &str = "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn key(text: &str) -> Dnskey {
    match Rdata::from_text(RecordType::DNSKEY, text) {
        Ok(Rdata::Dnskey(key)) => *key,
        other => panic!("{text} is not a DNSKEY: {other:?}"),
    }
}

fn ds(text: &str) -> Ds {
    match Rdata::from_text(RecordType::DS, text) {
        Ok(Rdata::Ds(ds)) => *ds,
        other => panic!("{text} is not a DS: {other:?}"),
    }
}

/// Makes the DS record of a key of example.com, without the code of this lesson.
fn ds_of(key: &Dnskey, digest_type: u8) -> Ds {
    let octets = key.digest_input(&name("example.com"));
    Ds {
        key_tag: key.key_tag(),
        algorithm: key.algorithm,
        digest_type,
        digest: Ring.digest(digest_type, &octets).unwrap_or(vec![0; 32]),
    }
}

/// Makes a key that is no point on any curve, which a digest does not mind.
fn made_up_key(octet: u8) -> Dnskey {
    Dnskey {
        public_key: vec![octet; 64],
        ..key(P256)
    }
}

#[test]
fn the_key_tag_is_a_checksum_over_rdata() {
    let keys = [
        ("RFC 4034 section 5.4", RSASHA1),
        ("RFC 6605 section 6.1", P256),
        ("RFC 6605 section 6.2", P384),
        ("RFC 8080 section 6.1", ED25519),
        ("an even number of octets", "256 3 13 AAEAAg=="),
        ("an odd number of octets", "256 3 13 AAEAAgM="),
        ("a sum with a carry", "65535 3 255 //////8="),
        ("a carry that makes a carry", "65535 3 255 /AE="),
    ];
    let lines = keys.map(|(label, text)| format!("{label}: {}", key_tag(&key(text))));
    insta::assert_snapshot!(lines.join("\n"), @r"
    RFC 4034 section 5.4: 60485
    RFC 6605 section 6.1: 55648
    RFC 6605 section 6.2: 10771
    RFC 8080 section 6.1: 3613
    an even number of octets: 1040
    an odd number of octets: 1808
    a sum with a carry: 768
    a carry that makes a carry: 0
    ");
}

#[test]
fn five_algorithms_count() {
    let numbers = (0..=u8::MAX).filter(|number| is_supported_algorithm(*number));
    let numbers: Vec<_> = numbers.map(|number| number.to_string()).collect();
    insta::assert_snapshot!(numbers.join(" "), @"8 10 13 14 15");
    assert!(is_supported_digest(1), "SHA-1 still counts in a DS record");
}

/// Shows whether a DS record of example.com matches a key.
fn verdict(label: &str, ds: &Ds, zone: &str, key: &Dnskey) -> String {
    let verdict = match matches(ds, &name(zone), key, &Ring) {
        true => "matches",
        false => "does not match",
    };
    format!("{label}: {verdict}\n")
}

#[test]
fn a_ds_record_has_the_tag_the_algorithm_and_the_digest_of_its_key() {
    let ed25519 = key(ED25519);
    let published =
        ds("3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b");
    let with = |change: fn(&mut Ds)| {
        let mut changed = published.clone();
        change(&mut changed);
        changed
    };
    let lines = [
        verdict("RFC 8080's example", &published, "example.com", &ed25519),
        verdict(
            "the zone's name in upper case",
            &published,
            "EXAMPLE.com",
            &ed25519,
        ),
        verdict(
            "the same key in another zone",
            &published,
            "example.org",
            &ed25519,
        ),
        verdict("another key", &published, "example.com", &key(P256)),
        verdict(
            "another tag",
            &with(|ds| ds.key_tag += 1),
            "example.com",
            &ed25519,
        ),
        verdict(
            "another algorithm",
            &with(|ds| ds.algorithm = 13),
            "example.com",
            &ed25519,
        ),
        verdict(
            "the digest's last bit",
            &with(|ds| ds.digest[31] ^= 1),
            "example.com",
            &ed25519,
        ),
        verdict(
            "a digest that is cut",
            &with(|ds| ds.digest.truncate(16)),
            "example.com",
            &ed25519,
        ),
        verdict(
            "an unknown digest type",
            &with(|ds| ds.digest_type = 9),
            "example.com",
            &ed25519,
        ),
        verdict("SHA-1", &ds_of(&ed25519, 1), "example.com", &ed25519),
        verdict("SHA-384", &ds_of(&ed25519, 4), "example.com", &ed25519),
    ];
    insta::assert_snapshot!(lines.concat(), @r"
    RFC 8080's example: matches
    the zone's name in upper case: matches
    the same key in another zone: does not match
    another key: does not match
    another tag: does not match
    another algorithm: does not match
    the digest's last bit: does not match
    a digest that is cut: does not match
    an unknown digest type: does not match
    SHA-1: matches
    SHA-384: matches
    ");
}

/// The DS record is computed for each key as it is, so that tag and digest always match.
#[test]
fn only_a_zone_key_of_protocol_3_that_is_not_revoked_counts() {
    let keys = [
        ("flags 257, a key-signing key", 257, 3),
        ("flags 256, a zone-signing key", 256, 3),
        ("flags 1, no zone key", 1, 3),
        ("flags 0, no zone key", 0, 3),
        ("flags 385, revoked", 385, 3),
        ("protocol 2", 257, 2),
    ];
    let lines = keys.map(|(label, flags, protocol)| {
        let key = Dnskey {
            flags,
            protocol,
            ..key(ED25519)
        };
        verdict(label, &ds_of(&key, 2), "example.com", &key)
    });
    insta::assert_snapshot!(lines.concat(), @r"
    flags 257, a key-signing key: matches
    flags 256, a zone-signing key: matches
    flags 1, no zone key: does not match
    flags 0, no zone key: does not match
    flags 385, revoked: does not match
    protocol 2: does not match
    ");
}

/// Finds the entry points of example.com, and shows them by the labels of its keys.
fn found(ds_set: &[&Ds], keys: &[(&str, Dnskey)]) -> String {
    let ds_set: Vec<Ds> = ds_set.iter().copied().cloned().collect();
    let (labels, keys): (Vec<_>, Vec<_>) = keys.iter().cloned().unzip();
    match secure_entry_points(&name("example.com"), &ds_set, &keys, &Ring) {
        EntryPoints::Insecure => "insecure".to_string(),
        EntryPoints::Bogus => "bogus".to_string(),
        EntryPoints::Keys(found) => {
            let is_found = |(_, key): &(&&str, &Dnskey)| found.contains(key);
            let found = labels.iter().zip(&keys).filter(is_found);
            let labels: Vec<_> = found.map(|(label, _)| *label).collect();
            format!("keys {}", labels.join(" "))
        }
    }
}

#[test]
fn the_keys_that_match_are_the_entry_points() {
    let (a, b, c) = (made_up_key(1), made_up_key(2), made_up_key(3));
    let keys = [("a", a.clone()), ("b", b.clone()), ("c", c.clone())];
    let [of_a, of_b] = [&a, &b].map(|key| ds_of(key, 2));
    let of_none = ds_of(&made_up_key(4), 2);
    let cases = [
        ("DS of a", found(&[&of_a], &keys)),
        ("DS of a and b", found(&[&of_a, &of_b], &keys)),
        (
            "DS of b and of a key that is not published",
            found(&[&of_none, &of_b], &keys),
        ),
        (
            "DS of a key that is not published",
            found(&[&of_none], &keys),
        ),
        ("DS of a, no keys", found(&[&of_a], &[])),
        ("no DS", found(&[], &keys)),
    ];
    insta::assert_snapshot!(cases.map(|(label, found)| format!("{label} → {found}")).join("\n"), @r"
    DS of a → keys a
    DS of a and b → keys a b
    DS of b and of a key that is not published → keys b
    DS of a key that is not published → bogus
    DS of a, no keys → bogus
    no DS → bogus
    ");
}

#[test]
fn a_zone_is_insecure_only_if_no_ds_record_is_usable() {
    let a = made_up_key(1);
    let old = Dnskey {
        algorithm: 5,
        ..made_up_key(2)
    };
    let future = Dnskey {
        algorithm: 99,
        ..made_up_key(3)
    };
    let keys = [
        ("a", a.clone()),
        ("old", old.clone()),
        ("future", future.clone()),
    ];
    let unknown_digest = Ds {
        digest_type: 9,
        ..ds_of(&a, 2)
    };
    let wrong = Ds {
        digest: vec![0; 32],
        ..ds_of(&a, 2)
    };
    let cases = [
        ("algorithm 5", found(&[&ds_of(&old, 2)], &keys)),
        ("algorithm 99", found(&[&ds_of(&future, 2)], &keys)),
        ("an unknown digest type", found(&[&unknown_digest], &keys)),
        (
            "algorithm 5, and an unknown digest type",
            found(&[&ds_of(&old, 2), &unknown_digest], &keys),
        ),
        (
            "algorithm 5, and a of algorithm 13",
            found(&[&ds_of(&old, 2), &ds_of(&a, 2)], &keys),
        ),
        (
            "an unknown digest type, and a wrong digest",
            found(&[&unknown_digest, &wrong], &keys),
        ),
    ];
    insta::assert_snapshot!(cases.map(|(label, found)| format!("{label} → {found}")).join("\n"), @r"
    algorithm 5 → insecure
    algorithm 99 → insecure
    an unknown digest type → insecure
    algorithm 5, and an unknown digest type → insecure
    algorithm 5, and a of algorithm 13 → keys a
    an unknown digest type, and a wrong digest → bogus
    ");
}

/// RFC 4509 section 3: otherwise it would be enough for an attacker to break the weaker digest.
#[test]
fn sha_1_counts_only_where_there_is_nothing_better() {
    let (a, b) = (made_up_key(1), made_up_key(2));
    let keys = [("a", a.clone()), ("b", b.clone()), ("c", made_up_key(3))];
    let unusable = Ds {
        algorithm: 5,
        ..ds_of(&b, 2)
    };
    let cases = [
        ("SHA-1 of a", found(&[&ds_of(&a, 1)], &keys)),
        (
            "SHA-1 of a, SHA-256 of b",
            found(&[&ds_of(&a, 1), &ds_of(&b, 2)], &keys),
        ),
        (
            "SHA-384 of b, SHA-1 of a",
            found(&[&ds_of(&b, 4), &ds_of(&a, 1)], &keys),
        ),
        (
            "SHA-256 of a, SHA-384 of b",
            found(&[&ds_of(&a, 2), &ds_of(&b, 4)], &keys),
        ),
        (
            "SHA-1 of a, SHA-256 of algorithm 5",
            found(&[&ds_of(&a, 1), &unusable], &keys),
        ),
    ];
    insta::assert_snapshot!(cases.map(|(label, found)| format!("{label} → {found}")).join("\n"), @r"
    SHA-1 of a → keys a
    SHA-1 of a, SHA-256 of b → keys b
    SHA-384 of b, SHA-1 of a → keys b
    SHA-256 of a, SHA-384 of b → keys a b
    SHA-1 of a, SHA-256 of algorithm 5 → keys a
    ");
}

/// Counts the digests that are computed.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Crypto for Counting {
    fn digest(&self, digest_type: u8, octets: &[u8]) -> Option<Vec<u8>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ring.digest(digest_type, octets)
    }

    fn verify(&self, key: &Dnskey, octets: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        Ring.verify(key, octets, signature)
    }

    fn supports(&self, key: &Dnskey) -> bool {
        Ring.supports(key)
    }
}

/// A zone of an attacker: 200 keys, and 200 DS records with the tag of all of them.
#[test]
fn the_number_of_digests_has_a_bound() {
    let keys: Vec<_> = (0..200)
        .map(|n| Dnskey {
            public_key: [[n; 2], [200 - n; 2]].concat(),
            ..key(P256)
        })
        .collect();
    let ds_set: Vec<_> = (0..200)
        .map(|n| Ds {
            digest: vec![n; 32],
            ..ds_of(&keys[0], 2)
        })
        .collect();
    let tags: Vec<_> = keys.iter().map(Dnskey::key_tag).collect();
    assert!(
        tags.iter().all(|tag| *tag == tags[0]),
        "the attacker's keys have one tag: {tags:?}"
    );
    let counting = Counting::default();
    let found = secure_entry_points(&name("example.com"), &ds_set, &keys, &counting);
    assert_eq!(found, EntryPoints::Bogus, "no digest matches");
    let (computed, bound) = (counting.0.into_inner(), MAX_KEYS * MAX_DS);
    assert!(
        computed <= bound,
        "200 keys and 200 DS records with one key tag cost {computed} digests; {MAX_KEYS} keys and {MAX_DS} DS records would cost {bound}"
    );
}
