//! [`Evidence`]: the records of one reply that prove others.
//!
//! The search uses none of them, so they are not scrubbed by lesson 6. Here, each has to be in the
//! zone whose server sent it, and their number is bounded before any of them is copied.

use std::net::IpAddr;

use dnsparse::{Class, DnsPacket, Name, Rdata, Record, RecordType, Rrsig};

/// The maximum number of signatures of one RRset that are kept: one for each algorithm and key in
/// use, twice as many while keys are rolled.
pub const MAX_SIGNATURES: usize = 8;
/// The maximum number of records of one proof of absence that are kept: three NSEC3 records (RFC
/// 5155 section 8.4) and an SOA, each with the signatures of two algorithms during two rollovers.
pub const MAX_PROOF: usize = 24;

/// The records that prove an RRset, or the absence of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// The DS records beside a referral; otherwise none.
    pub ds: Vec<Record>,
    /// The RRSIG records that cover the RRset.
    pub signatures: Vec<Record>,
    /// NSEC and NSEC3 records with their signatures, and that of the SOA: for the absence of
    /// records, and for an RRset that was made from a wildcard.
    pub proof: Vec<Record>,
}

/// The thing that evidence is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An RRset, by the hash of its RDATA.
    Rrset(Name, RecordType, u64),
    /// The absence of records of a type at a name.
    NoData(Name, RecordType),
    /// The absence of a name.
    NxDomain(Name),
    /// The DS records of a zone, or their absence.
    Delegation(Name),
}

/// Evidence, and the server that sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The evidence.
    pub evidence: Evidence,
    /// The server.
    pub server: IpAddr,
    /// The zone that the server was queried for.
    pub zone: Name,
    /// Whether the reply carried EDNS: without it, a server sends no signatures.
    pub has_edns: bool,
}

/// Collects the evidence for an RRset of the answer section.
pub fn of_rrset(packet: &DnsPacket, zone: &Name, rrset: &[Record]) -> Evidence {
    let Some(first) = rrset.first() else {
        return Evidence::default();
    };
    // They are in the answer section, or beside a DS record of a referral. Some servers let records of
    // the additional section come between.
    let sections = [&packet.answers, &packet.authorities, &packet.additionals];
    let records = sections.into_iter().flatten();
    let signatures = signatures(records, zone, &first.owner, first.rtype());
    let labels = first.owner.label_count();
    let is_expanded =
        |record: &Record| rrsig(record).is_some_and(|rrsig| usize::from(rrsig.labels) < labels);
    let proof = match signatures.iter().any(is_expanded) {
        true => proof(packet, zone),
        false => Vec::new(),
    };
    Evidence {
        ds: Vec::new(),
        signatures,
        proof,
    }
}

/// Collects the proof of a negative answer: NSEC, NSEC3 and their signatures, and that of the SOA.
pub fn proof(packet: &DnsPacket, zone: &Name) -> Vec<Record> {
    let is_part = |record: &&Record| {
        let covered = rrsig(record).map(|rrsig| rrsig.type_covered);
        match record.rtype() {
            RecordType::NSEC | RecordType::NSEC3 => true,
            RecordType::RRSIG => matches!(
                covered,
                Some(RecordType::NSEC | RecordType::NSEC3 | RecordType::SOA)
            ),
            _ => false,
        }
    };
    let records = in_zone(&packet.authorities, zone).filter(is_part);
    records.take(MAX_PROOF).cloned().collect()
}

/// Collects the DS records beside a referral to `child`, with their signatures; or else the proof
/// that there are none. Returns none if the reply has neither: the parent is to be asked for them.
pub fn of_referral(packet: &DnsPacket, zone: &Name, child: &Name) -> Option<Evidence> {
    let is_ds = |record: &&Record| record.rtype() == RecordType::DS && record.owner == *child;
    let ds = in_zone(&packet.authorities, zone).filter(is_ds);
    let ds: Vec<Record> = ds.take(digest::MAX_DS).cloned().collect();
    let signatures = signatures(&packet.authorities, zone, child, RecordType::DS);
    let is_signed = !ds.is_empty() && !signatures.is_empty();
    let proof = match ds.is_empty() {
        true => proof(packet, zone),
        false => Vec::new(),
    };
    (is_signed || !proof.is_empty()).then_some(Evidence {
        ds,
        signatures,
        proof,
    })
}

/// Collects the RRSIG records that cover an RRset.
fn signatures<'r>(
    records: impl IntoIterator<Item = &'r Record>,
    zone: &'r Name,
    owner: &Name,
    rtype: RecordType,
) -> Vec<Record> {
    let covers = |record: &&Record| {
        record.owner == *owner && rrsig(record).is_some_and(|it| it.type_covered == rtype)
    };
    let signatures = in_zone(records, zone).filter(covers);
    signatures.take(MAX_SIGNATURES).cloned().collect()
}

/// Returns the signature in a record.
pub fn rrsig(record: &Record) -> Option<&Rrsig> {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => Some(rrsig),
        _ => None,
    }
}

/// Iterates over those records that a server of `zone` may send.
fn in_zone<'r>(
    records: impl IntoIterator<Item = &'r Record>,
    zone: &'r Name,
) -> impl Iterator<Item = &'r Record> {
    let is_acceptable =
        |record: &&Record| record.class == Class::IN && record.owner.is_at_or_below(zone);
    records.into_iter().filter(is_acceptable)
}
