//! A small signer: Ed25519, one key for each zone, made from a seed, and a chain of NSEC records.

use std::collections::BTreeMap;

use dnsparse::{Class, Dnskey, Ds, Name, Nsec, Rdata, Record, RecordType, Rrsig, TypeBitmap};
use ring::signature::{Ed25519KeyPair, KeyPair};

/// The TTL of all records.
pub(crate) const TTL: u32 = 3600;
/// The time at which signatures begin to hold: 1 January 2026.
pub(crate) const INCEPTION: u32 = 1_767_225_600;
/// The time at which they expire: 1 January 2027.
pub(crate) const EXPIRATION: u32 = 1_798_761_600;

/// A key, with its public half as a DNSKEY record has it.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The seed of the private half.
    pub(crate) seed: u8,
    /// The public half.
    pub(crate) dnskey: Dnskey,
}

impl Key {
    /// Makes a key-signing key, which signs everything else as well.
    pub(crate) fn new(seed: u8) -> Key {
        let public_key = pair(seed).public_key().as_ref().to_vec();
        let dnskey = Dnskey {
            flags: 257,
            protocol: 3,
            algorithm: crypto::algorithm::ED25519,
            public_key,
        };
        Key { seed, dnskey }
    }

    /// Makes the DS record of the key, with SHA-256.
    pub(crate) fn ds(&self, zone: &Name) -> Ds {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.dnskey.digest_input(zone));
        Ds {
            key_tag: self.dnskey.key_tag(),
            algorithm: self.dnskey.algorithm,
            digest_type: crypto::SHA256,
            digest: digest.as_ref().to_vec(),
        }
    }

    /// Signs an RRset under its own owner, for the whole year.
    pub(crate) fn sign(&self, zone: &Name, rrset: &[Record]) -> Record {
        self.sign_from_to(zone, rrset, INCEPTION, EXPIRATION)
    }

    /// Signs an RRset for another time.
    pub(crate) fn sign_from_to(
        &self,
        zone: &Name,
        rrset: &[Record],
        inception: u32,
        expiration: u32,
    ) -> Record {
        let first = rrset.first().expect("an RRset has a record");
        let is_wildcard = first.owner.labels().next() == Some(b"*");
        let mut rrsig = Rrsig {
            type_covered: first.rtype(),
            algorithm: self.dnskey.algorithm,
            labels: (first.owner.label_count() - usize::from(is_wildcard)) as u8,
            original_ttl: first.ttl,
            expiration,
            inception,
            key_tag: self.dnskey.key_tag(),
            signer: zone.clone(),
            signature: vec![0], // an empty one cannot be written
        };
        let octets = signed_octets(rrset, &rrsig);
        rrsig.signature = pair(self.seed).sign(&octets).as_ref().to_vec();
        record(&first.owner, Rdata::Rrsig(Box::new(rrsig)))
    }
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a seed of 32 octets")
}

/// RFC 4034 section 3.1.8.1.
fn signed_octets(rrset: &[Record], rrsig: &Rrsig) -> Vec<u8> {
    let canonical = |rdata: &Rdata| rdata.canonical_octets().expect("RDATA can be written");
    let mut octets = canonical(&Rdata::Rrsig(Box::new(rrsig.clone())));
    octets.truncate(octets.len() - rrsig.signature.len());
    let mut rdatas: Vec<_> = rrset.iter().map(|it| canonical(&it.rdata)).collect();
    rdatas.sort_unstable();
    rdatas.dedup();
    let first = rrset.first().expect("an RRset has a record");
    for rdata in rdatas {
        octets.extend_from_slice(first.owner.to_lowercase().wire());
        octets.extend(first.rtype().0.to_be_bytes());
        octets.extend(Class::IN.0.to_be_bytes());
        octets.extend(rrsig.original_ttl.to_be_bytes());
        octets.extend((rdata.len() as u16).to_be_bytes());
        octets.extend(rdata);
    }
    octets
}

/// Makes a record with the TTL of all.
pub(crate) fn record(owner: &Name, rdata: Rdata) -> Record {
    Record {
        owner: owner.clone(),
        class: Class::IN,
        ttl: TTL,
        rdata,
    }
}

/// Signs a whole zone: adds its DNSKEY records, its NSEC records, and the signatures. A zone-signing
/// key signs everything but the keys.
pub(crate) fn sign_zone(zone: &Name, key: &Key, zsk: Option<&Key>, records: &mut Vec<Record>) {
    for key in [Some(key), zsk].into_iter().flatten() {
        records.push(record(zone, Rdata::Dnskey(Box::new(key.dnskey.clone()))));
    }
    let chain = nsec_chain(zone, records);
    records.extend(chain);
    let mut rrsets: BTreeMap<(Name, RecordType), Vec<Record>> = BTreeMap::new();
    for record in records.iter() {
        let of = (record.owner.clone(), record.rtype());
        rrsets.entry(of).or_default().push(record.clone());
    }
    for ((owner, rtype), rrset) in rrsets {
        let signs = match rtype {
            RecordType::DNSKEY => key,
            _ => zsk.unwrap_or(key),
        };
        // The NS records of a delegation are not authoritative.
        if rtype != RecordType::NS || owner == *zone {
            records.push(signs.sign(zone, &rrset));
        }
    }
}

fn nsec_chain(zone: &Name, records: &[Record]) -> Vec<Record> {
    let owners = types_at_owners(records);
    let names: Vec<&Name> = owners.keys().collect();
    let mut chain = Vec::new();
    for (index, (owner, types)) in owners.iter().enumerate() {
        let next = names.get(index + 1).map_or(zone, |name| *name);
        let own = [RecordType::RRSIG, RecordType::NSEC];
        let nsec = Nsec {
            next: next.clone(),
            types: TypeBitmap::new(types.iter().copied().chain(own)),
        };
        chain.push(record(owner, Rdata::Nsec(Box::new(nsec))));
    }
    chain
}

/// Returns the types at each owner.
pub(crate) fn types_at_owners(records: &[Record]) -> BTreeMap<Name, Vec<RecordType>> {
    let mut owners: BTreeMap<Name, Vec<RecordType>> = BTreeMap::new();
    for record in records {
        let types = owners.entry(record.owner.clone()).or_default();
        types.push(record.rtype());
    }
    owners
}
