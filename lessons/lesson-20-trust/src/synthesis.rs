//! Answers that follow from validated gaps: the aggressive use of the cache (RFC 8198).
//!
//! A flood of random names below a signed zone costs its servers one query for each gap of the zone,
//! and not one for each name. And a name that does not exist is not told to the zone's servers.

use deny::{Denial, closest_encloser, denial, is_closest_match};
use dnsparse::{Name, Rcode, Rdata, Record, RecordType};
use tokio::time::Instant;

use crate::gap_cache::{GapCache, ProvenRrset, ProvenZone};

/// An answer that no server has given, with the records that prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synthesis {
    /// NXDOMAIN or NOERROR. (A zone with compact denial has no gap of more than one name.)
    pub rcode: Rcode,
    /// The records that a wildcard stands for, with their signatures; none, for a negative answer.
    pub answer: Vec<Record>,
    /// The SOA record of a negative answer.
    pub soa: Option<Record>,
    /// NSEC records with their signatures, and that of the SOA.
    pub proofs: Vec<Record>,
}

impl GapCache {
    /// Answers a question from what was validated before. Each TTL is the time for which *all* of it
    /// still holds.
    pub fn synthesize(&self, name: &Name, rtype: RecordType, now: Instant) -> Option<Synthesis> {
        let zone = self.zone_of(name, rtype)?;
        match proof(zone, name, rtype, now) {
            Some((denial, gaps)) => negative(zone, denial, &gaps, now),
            None => positive(zone, name, rtype, now),
        }
    }
}

/// Finds the records that deny a name, or a type at it, with the result: one record that matches the
/// name; or one that covers it, and one that covers or matches the wildcard that could stand for it.
pub fn proof<'z>(
    zone: &'z ProvenZone,
    name: &Name,
    rtype: RecordType,
    now: Instant,
) -> Option<(Denial, Vec<&'z ProvenRrset>)> {
    let first = zone.gap_at_or_before(name, now)?;
    let gap = first.gap()?;
    todo!(
        "If the gap's owner is another name, find the `closest_encloser` of the name by this gap, and add the record that is at or before its child `*`, if there is one and it is not the first record again. Then let lesson 17's `denial` decide, with the gaps of these records, and return its result with the records. What it does not prove is None."
    )
}

/// Makes a negative answer. It lives as long as its records and the SOA record do, and no longer than
/// the SOA's MINIMUM (RFC 9077): a zone with a MINIMUM of 0 wants each name to be asked for.
fn negative(
    zone: &ProvenZone,
    denial: Denial,
    gaps: &[&ProvenRrset],
    now: Instant,
) -> Option<Synthesis> {
    let soa = zone.soa(now)?;
    let minimum = soa.records.iter().find_map(|record| match &record.rdata {
        Rdata::Soa(soa) => Some(soa.minimum),
        _ => None,
    })?;
    let ttl = least_ttl(gaps.iter().copied().chain([soa]), now).min(minimum);
    if ttl == 0 {
        return None;
    }
    let (soa, signatures): (Vec<Record>, Vec<Record>) =
        (with_ttl(soa, ttl).into_iter()).partition(|record| record.rtype() == RecordType::SOA);
    let gaps = gaps.iter().flat_map(|rrset| with_ttl(rrset, ttl));
    Some(Synthesis {
        rcode: match denial {
            Denial::NxDomain => Rcode::NXDOMAIN,
            Denial::NoData => Rcode::NOERROR,
        },
        answer: Vec::new(),
        soa: soa.into_iter().next(),
        proofs: signatures.into_iter().chain(gaps).collect(),
    })
}

/// Makes a positive answer from a wildcard: the name itself has to be denied, by the gap that shows
/// that no other wildcard is closer (RFC 8198 section 5.3).
fn positive(zone: &ProvenZone, name: &Name, rtype: RecordType, now: Instant) -> Option<Synthesis> {
    let rrset = zone.gap_at_or_before(name, now)?;
    let gap = rrset.gap().filter(|gap| gap.owner != name)?;
    let wildcard = closest_encloser(name, &gap)?.child(b"*").ok()?;
    let source = zone.wildcard(&wildcard, rtype, now)?;
    if !is_closest_match(&zone.name, name, &wildcard, &[gap]) {
        return None;
    }
    let ttl = least_ttl([rrset, source], now);
    let mut answer = with_ttl(source, ttl);
    for record in &mut answer {
        record.owner = name.clone();
    }
    Some(Synthesis {
        rcode: Rcode::NOERROR,
        answer,
        soa: None,
        proofs: with_ttl(rrset, ttl),
    })
}

fn least_ttl<'r>(rrsets: impl IntoIterator<Item = &'r ProvenRrset>, now: Instant) -> u32 {
    let ttls = rrsets.into_iter().map(|rrset| rrset.remaining(now));
    ttls.min().unwrap_or(0)
}

fn with_ttl(rrset: &ProvenRrset, ttl: u32) -> Vec<Record> {
    let records = rrset.records.iter();
    let record = |record: &Record| Record {
        ttl,
        ..record.clone()
    };
    records.map(record).collect()
}
