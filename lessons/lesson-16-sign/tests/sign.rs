//! Tests of lesson 16: does a signature hold, and if not, why?
//!
//! The zones in `zones/` were signed by BIND. The tests change a record, a signature, a key or the
//! time, and each snapshot has a line for each change, with the result.
#![cfg(test)]

mod canonical;
mod conditions;
mod vectors;

use std::sync::atomic::{AtomicUsize, Ordering};

use crypto::{Crypto, Ring, SignatureError};
use dnsparse::{Dnskey, Name, Rdata, Record, RecordType, Rrsig, Zone};
use sign::{MAX_CANDIDATES, ZoneKeys, verify};

const EXAMPLE: &str = include_str!("zones/example.com.zone");
/// 1 June 2026; the zones are valid in 2026.
const NOW: u32 = 1_780_272_000;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// A zone's records, with its keys.
struct SignedZone {
    apex: Name,
    records: Vec<Record>,
    keys: Vec<Dnskey>,
}

fn zone(apex: &str, text: &str) -> SignedZone {
    let records = Zone::parse(text, &Name::ROOT).unwrap().records;
    let keys = records.iter().filter_map(|record| match &record.rdata {
        Rdata::Dnskey(key) => Some((**key).clone()),
        _ => None,
    });
    SignedZone {
        apex: name(apex),
        keys: keys.collect(),
        records,
    }
}

fn example() -> SignedZone {
    zone("example.com", EXAMPLE)
}

impl SignedZone {
    fn rrset(&self, owner: &str, rtype: RecordType) -> Vec<Record> {
        let is_in_it = |record: &&Record| record.owner == name(owner) && record.rtype() == rtype;
        self.records.iter().filter(is_in_it).cloned().collect()
    }

    /// Returns the signatures over an RRset.
    fn rrsigs(&self, owner: &str, rtype: RecordType) -> Vec<Rrsig> {
        let of_owner = self.rrset(owner, RecordType::RRSIG);
        let rrsigs = of_owner
            .into_iter()
            .filter_map(|record| match record.rdata {
                Rdata::Rrsig(rrsig) if rrsig.type_covered == rtype => Some(*rrsig),
                _ => None,
            });
        rrsigs.collect()
    }

    fn rrsig(&self, owner: &str, rtype: RecordType) -> Rrsig {
        let first = self.rrsigs(owner, rtype).into_iter().next();
        first.unwrap_or_else(|| panic!("{owner} {rtype} has no signature in the zone file"))
    }

    /// Verifies one signature, and returns the result as text.
    fn verified(&self, rrset: &[Record], rrsig: &Rrsig, now: u32) -> String {
        self.verified_with(rrset, rrsig, now, &Ring)
    }

    fn verified_with(
        &self,
        rrset: &[Record],
        rrsig: &Rrsig,
        now: u32,
        crypto: &dyn Crypto,
    ) -> String {
        let keys = ZoneKeys {
            zone: &self.apex,
            keys: &self.keys,
        };
        match verify(rrset, rrsig, keys, now, crypto) {
            Err(reason) => format!("does not hold: {reason}"),
            Ok(verified) => match verified.wildcard {
                None => format!("holds, TTL {}", verified.ttl),
                Some(wildcard) => format!("holds, TTL {}, made from {wildcard}", verified.ttl),
            },
        }
    }
}

/// The records come as a resolver gets them: in another order, in upper case, with a TTL that a cache
/// has lowered, and one of them twice.
fn as_received(mut rrset: Vec<Record>) -> Vec<Record> {
    rrset.reverse();
    rrset.extend(rrset.first().cloned());
    for record in &mut rrset {
        record.ttl = 60;
        record.owner = record.owner.to_string().to_uppercase().parse().unwrap();
    }
    rrset
}

#[test]
fn every_signature_of_a_zone_that_bind_signed_holds() {
    let zone = example();
    let mut lines = String::new();
    for record in &zone.records {
        let Rdata::Rrsig(rrsig) = &record.rdata else {
            continue;
        };
        let owner = record.owner.to_string();
        let rrset = as_received(zone.rrset(&owner, rrsig.type_covered));
        let result = zone.verified(&rrset, rrsig, NOW);
        lines += &format!(
            "{owner} {} by {}: {result}\n",
            rrsig.type_covered, rrsig.key_tag
        );
    }
    insta::assert_snapshot!(lines, @r"
    example.com. SOA by 60438: holds, TTL 60
    example.com. NS by 60438: holds, TTL 60
    example.com. MX by 60438: holds, TTL 60
    example.com. TXT by 60438: holds, TTL 60
    example.com. NSEC by 60438: holds, TTL 60
    example.com. DNSKEY by 31062: holds, TTL 60
    example.com. DNSKEY by 60438: holds, TTL 60
    _sip._tcp.example.com. SRV by 60438: holds, TTL 60
    _sip._tcp.example.com. NSEC by 60438: holds, TTL 60
    alias.example.com. CNAME by 60438: holds, TTL 60
    alias.example.com. NSEC by 60438: holds, TTL 60
    ns2.example.com. A by 60438: holds, TTL 60
    ns2.example.com. NSEC by 60438: holds, TTL 60
    ns1.example.com. A by 60438: holds, TTL 60
    ns1.example.com. NSEC by 60438: holds, TTL 60
    *.wild.example.com. TXT by 60438: holds, TTL 60
    *.wild.example.com. NSEC by 60438: holds, TTL 60
    Www.example.com. A by 60438: holds, TTL 60
    Www.example.com. AAAA by 60438: holds, TTL 60
    Www.example.com. NSEC by 60438: holds, TTL 60
    ");
}

#[test]
fn a_change_of_a_single_record_is_found() {
    let zone = example();
    let (rrset, rrsig) = (
        zone.rrset("www.example.com", RecordType::A),
        zone.rrsig("www.example.com", RecordType::A),
    );
    let changed = |change: &dyn Fn(&mut Vec<Record>)| {
        let mut rrset = rrset.clone();
        change(&mut rrset);
        zone.verified(&rrset, &rrsig, NOW)
    };
    let forged: Record = "www.example.com. 3600 A 192.0.2.66".parse().unwrap();
    let rename = |rrset: &mut Vec<Record>, owner: &str| {
        for record in rrset {
            record.owner = name(owner);
        }
    };
    let lines = [
        ("as signed", changed(&|_| {})),
        (
            "a record more",
            changed(&|rrset| rrset.push(forged.clone())),
        ),
        ("a record less", changed(&|rrset| drop(rrset.pop()))),
        (
            "another address",
            changed(&|rrset| rrset[0] = forged.clone()),
        ),
        (
            "another name",
            changed(&|rrset| rename(rrset, "ftp.example.com")),
        ),
        (
            "a name below",
            changed(&|rrset| rename(rrset, "a.www.example.com")),
        ),
        ("a higher TTL", changed(&|rrset| rrset[0].ttl = 999_999)),
    ];
    let lines = lines.map(|(label, result)| format!("{label}: {result}"));
    insta::assert_snapshot!(lines.join("\n"), @r"
    as signed: holds, TTL 3600
    a record more: does not hold: the signature does not match the key and the records
    a record less: does not hold: the signature does not match the key and the records
    another address: does not hold: the signature does not match the key and the records
    another name: does not hold: the signature does not match the key and the records
    a name below: does not hold: the signature does not match the key and the records
    a higher TTL: holds, TTL 3600
    ");
}

#[test]
fn a_change_of_the_signature_is_found() {
    let zone = example();
    let (rrset, rrsig) = (
        zone.rrset("www.example.com", RecordType::A),
        zone.rrsig("www.example.com", RecordType::A),
    );
    let changed = |change: fn(&mut Rrsig)| {
        let mut rrsig = rrsig.clone();
        change(&mut rrsig);
        zone.verified(&rrset, &rrsig, NOW)
    };
    let lines = [
        ("original TTL", changed(|rrsig| rrsig.original_ttl += 1)),
        ("expiration", changed(|rrsig| rrsig.expiration += 1)),
        ("inception", changed(|rrsig| rrsig.inception -= 1)),
        (
            "last bit of the signature",
            changed(|rrsig| *rrsig.signature.last_mut().unwrap() ^= 1),
        ),
        (
            "a signature that is cut",
            changed(|rrsig| rrsig.signature.truncate(32)),
        ),
        (
            "signer in upper case",
            changed(|rrsig| rrsig.signer = name("EXAMPLE.com")),
        ),
    ];
    let lines = lines.map(|(label, result)| format!("{label}: {result}"));
    insta::assert_snapshot!(lines.join("\n"), @r"
    original TTL: does not hold: the signature does not match the key and the records
    expiration: does not hold: the signature does not match the key and the records
    inception: does not hold: the signature does not match the key and the records
    last bit of the signature: does not hold: the signature does not match the key and the records
    a signature that is cut: does not hold: the signature does not match the key and the records
    signer in upper case: holds, TTL 3600
    ");
}

/// A server makes the records of a name from `*.wild.example.com`, and their signature says so.
#[test]
fn a_record_that_was_made_from_a_wildcard_is_verified_under_the_wildcard() {
    let zone = example();
    let wildcard = zone.rrset("*.wild.example.com", RecordType::TXT);
    let rrsig = zone.rrsig("*.wild.example.com", RecordType::TXT);
    let owners = [
        "*.wild.example.com",
        "a.wild.example.com",
        "A.B.wild.example.com",
        "*.a.wild.example.com",
        "wild.example.com",
        "a.example.com",
    ];
    let lines = owners.map(|owner| {
        let mut rrset = wildcard.clone();
        rrset[0].owner = name(owner);
        format!("{owner}: {}", zone.verified(&rrset, &rrsig, NOW))
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    *.wild.example.com: holds, TTL 3600
    a.wild.example.com: holds, TTL 3600, made from *.wild.example.com.
    A.B.wild.example.com: holds, TTL 3600, made from *.wild.example.com.
    *.a.wild.example.com: holds, TTL 3600, made from *.wild.example.com.
    wild.example.com: does not hold: the signature does not match the key and the records
    a.example.com: does not hold: the signature does not match the key and the records
    ");
}

/// RFC 4035 section 5.3.3. Of three records, one has the TTL, and the others a higher one. The expiration is moved, so that the signature itself no longer holds;
/// hence a cryptography that accepts everything.
#[test]
fn the_ttl_is_the_smallest_of_three() {
    let zone = example();
    let mut lines = String::new();
    for (ttl, original_ttl, left) in [
        (3600, 3600, 9999),
        (20, 3600, 9999),
        (9999, 3600, 9999),
        (3600, 3600, 30),
        (3600, 3600, 0),
    ] {
        let mut rrset = zone.rrset("www.example.com", RecordType::A);
        for record in &mut rrset {
            record.ttl = ttl.max(3600);
        }
        rrset[1].ttl = ttl;
        let mut rrsig = zone.rrsig("www.example.com", RecordType::A);
        rrsig.original_ttl = original_ttl;
        rrsig.expiration = NOW + left;
        let result = zone.verified_with(&rrset, &rrsig, NOW, &Accepting::default());
        lines += &format!("TTL {ttl}, signed with {original_ttl}, expires in {left} s: {result}\n");
    }
    insta::assert_snapshot!(lines, @r"
    TTL 3600, signed with 3600, expires in 9999 s: holds, TTL 3600
    TTL 20, signed with 3600, expires in 9999 s: holds, TTL 20
    TTL 9999, signed with 3600, expires in 9999 s: holds, TTL 3600
    TTL 3600, signed with 3600, expires in 30 s: holds, TTL 30
    TTL 3600, signed with 3600, expires in 0 s: holds, TTL 0
    ");
}

/// Accepts every signature but those of the keys of [`keys_of_one_tag`], the 256th of which it accepts,
/// and counts.
#[derive(Default)]
struct Accepting(AtomicUsize);

impl Crypto for Accepting {
    fn digest(&self, digest_type: u8, octets: &[u8]) -> Option<Vec<u8>> {
        Ring.digest(digest_type, octets)
    }

    fn verify(
        &self,
        key: &Dnskey,
        _octets: &[u8],
        _signature: &[u8],
    ) -> Result<(), SignatureError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        match key.public_key.as_slice() {
            [0, 0xff, ..] => Ok(()),
            [0, ..] => Err(SignatureError::Mismatch),
            _ => Ok(()),
        }
    }

    fn supports(&self, _key: &Dnskey) -> bool {
        true
    }
}

/// Makes `count` keys with one key tag: what one pair of octets gains, the next one loses.
fn keys_of_one_tag(count: u8) -> Vec<Dnskey> {
    let key = |n: u8| Dnskey {
        flags: 256,
        protocol: 3,
        algorithm: 13,
        public_key: vec![0, n, 0, u8::MAX - n],
    };
    (0..count).map(key).collect()
}

/// KeyTrap (CVE-2023-50387).
#[test]
fn the_number_of_verifications_has_a_bound() {
    let mut zone = example();
    zone.keys = keys_of_one_tag(200);
    let tag = zone.keys[0].key_tag();
    let others = zone.keys.iter().filter(|key| key.key_tag() != tag).count();
    assert_eq!(
        others, 0,
        "keys with another tag than the first of 200 made-up keys"
    );
    let rrset = zone.rrset("www.example.com", RecordType::A);
    let mut rrsig = zone.rrsig("www.example.com", RecordType::A);
    rrsig.key_tag = tag;
    let crypto = Accepting::default();
    let result = zone.verified_with(&rrset, &rrsig, NOW, &crypto);
    let count = crypto.0.into_inner();
    insta::assert_snapshot!(result, @"does not hold: the signature does not match the key and the records");
    assert!(
        count <= MAX_CANDIDATES,
        "200 keys of one tag, none of which signed, cost {count} verifications; the bound is {MAX_CANDIDATES}"
    );
}

/// A record that cannot be written shows that nothing is written: a server may send 64 KB of records,
/// and signatures by keys that do not exist.
#[test]
fn a_signature_of_an_unknown_key_costs_no_canonical_form() {
    let mut zone = example();
    let mut rrset = zone.rrset("www.example.com", RecordType::A);
    let mut rrsig = zone.rrsig("www.example.com", RecordType::A);
    rrset.truncate(1);
    rrset[0].rdata = Rdata::Dnskey(Box::new(Dnskey {
        public_key: vec![],
        ..zone.keys[0].clone()
    }));
    rrsig.type_covered = RecordType::DNSKEY;
    let with_keys = zone.verified(&rrset, &rrsig, NOW);
    zone.keys.clear();
    let without_keys = zone.verified(&rrset, &rrsig, NOW);
    insta::assert_snapshot!(format!("with keys: {with_keys}\nwithout: {without_keys}"), @r"
    with keys: does not hold: a public key has 0 octets, it needs at least 1
    without: does not hold: the zone has no key with tag 60438
    ");
}

#[test]
fn two_keys_may_have_one_tag() {
    let mut zone = example();
    zone.keys = keys_of_one_tag(2);
    zone.keys[1].public_key = vec![0, 0xff, 0, 0]; // the same tag, and `Accepting` accepts it
    let tags = [zone.keys[0].key_tag(), zone.keys[1].key_tag()];
    assert_eq!(tags[0], tags[1], "the tags of both keys");
    let rrset = zone.rrset("www.example.com", RecordType::A);
    let mut rrsig = zone.rrsig("www.example.com", RecordType::A);
    rrsig.key_tag = tags[0];
    let result = zone.verified_with(&rrset, &rrsig, NOW, &Accepting::default());
    insta::assert_snapshot!(result, @"holds, TTL 3600");
}

/// The bound counts the candidates, not the keys that come before them in the RRset.
#[test]
fn keys_that_are_no_candidates_do_not_count() {
    let mut zone = example();
    let others: Vec<_> = (0..3 * MAX_CANDIDATES)
        .map(|_| zone.keys[0].clone())
        .collect();
    let others = others.into_iter().zip(1..).map(|(mut key, n)| {
        key.algorithm = 8; // of another algorithm than the signature
        key.public_key = vec![n];
        key
    });
    zone.keys.splice(0..0, others);
    let rrset = zone.rrset("www.example.com", RecordType::A);
    let rrsig = zone.rrsig("www.example.com", RecordType::A);
    let result = zone.verified_with(&rrset, &rrsig, NOW, &Accepting::default());
    insta::assert_snapshot!(result, @"holds, TTL 3600");
}
