//! [`GapCache`]: the NSEC records that were validated, in the order of their zone (RFC 8198).
//!
//! A negative answer says more than the client has asked: its NSEC record denies *every* name of a gap.
//! Kept in canonical order, the records of a zone answer questions that no client has asked before.
//!
//! The cache is bounded. Beyond its capacity, the zone with the most records loses its oldest ones: so
//! a hostile zone, which makes a new gap for each question, pushes out its own.

use std::collections::{BTreeMap, HashMap, VecDeque};

use cache::rrsets;
use cache::ttl::{lifetime, remaining_ttl};
use deny::Gap;
use dnsparse::{Name, Rdata, Record, RecordType, Rrsig};
use tokio::time::Instant;

/// The most signatures of one RRset that are kept.
const MAX_SIGNATURES: usize = 8;

/// A validated RRset with its signatures, until its TTL ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenRrset {
    /// The records, and the RRSIG records that cover them.
    pub records: Vec<Record>,
    expires: Instant,
}

/// The validated records of one zone that answer questions for other names than their own.
#[derive(Debug, Clone)]
pub struct ProvenZone {
    /// The zone.
    pub name: Name,
    soa: Option<ProvenRrset>,
    gaps: BTreeMap<Name, ProvenRrset>,
    wildcards: BTreeMap<(Name, RecordType), ProvenRrset>,
    /// The gaps and wildcards, the oldest first.
    order: VecDeque<(Name, RecordType)>,
    /// The number of records in them.
    weight: usize,
}

/// A bounded cache of validated gaps, by zone.
#[derive(Debug, Clone)]
pub struct GapCache {
    zones: HashMap<Name, ProvenZone>,
    weight: usize,
    capacity: usize,
}

impl ProvenRrset {
    /// Returns the seconds until its TTL ends.
    pub fn remaining(&self, now: Instant) -> u32 {
        remaining_ttl(self.expires, now)
    }

    /// Returns its gap, if it is an NSEC record.
    pub fn gap(&self) -> Option<Gap<'_>> {
        self.records.iter().find_map(|record| match &record.rdata {
            Rdata::Nsec(nsec) => Some(Gap {
                owner: &record.owner,
                next: &nsec.next,
                types: &nsec.types,
            }),
            _ => None,
        })
    }

    fn live(&self, now: Instant) -> Option<&ProvenRrset> {
        (self.remaining(now) > 0).then_some(self)
    }
}

impl ProvenZone {
    fn new(name: Name) -> ProvenZone {
        ProvenZone {
            name,
            soa: None,
            gaps: BTreeMap::new(),
            wildcards: BTreeMap::new(),
            order: VecDeque::new(),
            weight: 0,
        }
    }

    /// Returns the NSEC record whose owner is a name, or the closest one before it: no other one can
    /// match the name, or cover it.
    pub fn gap_at_or_before(&self, name: &Name, now: Instant) -> Option<&ProvenRrset> {
        let (_, rrset) = self.gaps.range(..=name).next_back()?;
        rrset.live(now)
    }

    /// Returns the RRset of a type at a wildcard, as the zone has it.
    pub fn wildcard(&self, name: &Name, rtype: RecordType, now: Instant) -> Option<&ProvenRrset> {
        self.wildcards.get(&(name.clone(), rtype))?.live(now)
    }

    /// Returns the SOA RRset.
    pub fn soa(&self, now: Instant) -> Option<&ProvenRrset> {
        self.soa.as_ref()?.live(now)
    }

    fn put(&mut self, owner: &Name, rtype: RecordType, rrset: ProvenRrset) {
        let weight = rrset.records.len();
        let old = match rtype {
            RecordType::SOA => self.soa.replace(rrset),
            RecordType::NSEC => self.gaps.insert(owner.clone(), rrset),
            _ => self.wildcards.insert((owner.clone(), rtype), rrset),
        };
        if rtype != RecordType::SOA && old.is_none() {
            self.order.push_back((owner.clone(), rtype));
        }
        self.weight += weight;
        self.weight -= old.map_or(0, |old| old.records.len());
    }

    /// Removes the oldest RRset. Returns false if there is none but the SOA.
    fn remove_oldest(&mut self) -> bool {
        let Some((owner, rtype)) = self.order.pop_front() else {
            return false;
        };
        let old = match rtype {
            RecordType::NSEC => self.gaps.remove(&owner),
            _ => self.wildcards.remove(&(owner, rtype)),
        };
        self.weight -= old.map_or(0, |old| old.records.len());
        true
    }
}

impl GapCache {
    /// Creates an empty cache for the given number of records.
    pub fn new(capacity: usize) -> GapCache {
        GapCache {
            zones: HashMap::new(),
            weight: 0,
            capacity,
        }
    }

    /// Returns the number of records.
    pub fn records(&self) -> usize {
        self.weight
    }

    /// Removes all records.
    pub fn clear(&mut self) {
        *self = GapCache::new(self.capacity);
    }

    /// Returns the closest zone that a question may be about: for DS records, the one above the name.
    pub fn zone_of(&self, name: &Name, rtype: RecordType) -> Option<&ProvenZone> {
        let is_of_parent = rtype == RecordType::DS && !name.is_root();
        let mut zones = name.ancestors().skip(usize::from(is_of_parent));
        zones.find_map(|zone| self.zones.get(&zone))
    }

    /// Stores the NSEC and SOA records of a *secure* response, with their signatures and the TTLs that
    /// validation has left them. Other records are passed over.
    pub fn store_authority(&mut self, authority: &[Record], now: Instant) {
        for rrset in rrsets(authority) {
            let Some(first) = rrset.first() else { continue };
            let (owner, rtype) = (first.owner.clone(), first.rtype());
            let is_useful = match &first.rdata {
                Rdata::Soa(_) => true,
                Rdata::Nsec(nsec) => !is_made_for_one_name(&owner, &nsec.next),
                _ => false,
            };
            let signatures = signatures(authority, &owner, rtype);
            let Some(signer) = signer(&signatures, &owner).filter(|_| is_useful) else {
                continue;
            };
            if rtype != RecordType::SOA || signer == owner {
                self.put(&signer, &owner, rtype, rrset, signatures, now);
            }
        }
    }

    /// Stores an RRset that a *secure* response has made from a wildcard, under the wildcard's name.
    pub fn store_wildcard(&mut self, answer: &[Record], now: Instant) {
        for mut rrset in rrsets(answer) {
            let Some(first) = rrset.first() else { continue };
            let (owner, rtype) = (first.owner.clone(), first.rtype());
            let mut signatures = signatures(answer, &owner, rtype);
            let Some((wildcard, zone)) = wildcard_of(&signatures, &owner) else {
                continue;
            };
            for record in rrset.iter_mut().chain(&mut signatures) {
                record.owner = wildcard.clone();
            }
            self.put(&zone, &wildcard, rtype, rrset, signatures, now);
        }
    }

    fn put(
        &mut self,
        zone: &Name,
        owner: &Name,
        rtype: RecordType,
        mut rrset: Vec<Record>,
        signatures: Vec<Record>,
        now: Instant,
    ) {
        rrset.extend(signatures);
        let lifetime = lifetime(&rrset);
        if lifetime.is_zero() || rrset.len() > self.capacity {
            return;
        }
        let rrset = ProvenRrset {
            records: rrset,
            expires: now + lifetime,
        };
        let zones = &mut self.zones;
        let zone = zones
            .entry(zone.clone())
            .or_insert_with(|| ProvenZone::new(zone.clone()));
        let before = zone.weight;
        zone.put(owner, rtype, rrset);
        self.weight = self.weight + zone.weight - before;
        while self.weight > self.capacity {
            self.evict();
        }
    }

    fn evict(&mut self) {
        let zones = self.zones.values_mut();
        let Some(zone) = zones.max_by_key(|zone| zone.weight) else {
            self.weight = 0; // without a zone, there is no record
            return;
        };
        let before = zone.weight;
        if zone.remove_oldest() {
            self.weight -= before - zone.weight;
            return;
        }
        let name = zone.name.clone();
        self.weight -= before;
        self.zones.remove(&name);
    }
}

/// Whether a server has made an NSEC record for one question: the next name is the smallest that is
/// greater than the owner (RFC 4470, RFC 9824). It answers no other question.
fn is_made_for_one_name(owner: &Name, next: &Name) -> bool {
    next.labels().next() == Some(&[0]) && next.parent().as_ref() == Some(owner)
}

fn signatures(section: &[Record], owner: &Name, rtype: RecordType) -> Vec<Record> {
    let covers = |record: &&Record| {
        record.owner == *owner && rrsig(record).is_some_and(|it| it.type_covered == rtype)
    };
    let signatures = section.iter().filter(covers);
    signatures.take(MAX_SIGNATURES).cloned().collect()
}

fn rrsig(record: &Record) -> Option<&Rrsig> {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => Some(rrsig),
        _ => None,
    }
}

/// Returns the number of labels that a signature counts, if a name has records of its own.
fn own_labels(owner: &Name) -> usize {
    owner.label_count() - usize::from(owner.labels().next() == Some(b"*"))
}

/// Returns the zone that has signed an RRset under its own name, not made from a wildcard.
fn signer(signatures: &[Record], owner: &Name) -> Option<Name> {
    let signatures = || signatures.iter().filter_map(rrsig);
    let is_own = |rrsig: &Rrsig| usize::from(rrsig.labels) == own_labels(owner);
    let signer = signatures().next()?.signer.clone();
    let is_consistent = signatures().all(|it| is_own(it) && it.signer == signer);
    (is_consistent && owner.is_at_or_below(&signer)).then_some(signer)
}

/// Returns the wildcard that an RRset was made from, and its zone.
fn wildcard_of(signatures: &[Record], owner: &Name) -> Option<(Name, Name)> {
    let mut signatures = signatures.iter().filter_map(rrsig);
    let first = signatures.next()?;
    let labels = usize::from(first.labels);
    let is_consistent = signatures.all(|it| it.labels == first.labels && it.signer == first.signer);
    let surplus = own_labels(owner).checked_sub(labels).filter(|it| *it > 0);
    let surplus = surplus.filter(|_| is_consistent)?;
    let skipped = surplus + owner.label_count() - own_labels(owner);
    let encloser = owner.ancestors().nth(skipped)?;
    let wildcard = encloser.child(b"*").ok()?;
    encloser
        .is_at_or_below(&first.signer)
        .then(|| (wildcard, first.signer.clone()))
}
