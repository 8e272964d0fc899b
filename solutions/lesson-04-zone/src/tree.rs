//! [`ZoneTree`]: the records of a zone by owner, checked, with the empty non-terminals added.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use dnsparse::{Class, Name, Rdata, Record, RecordType, Soa, Zone};

/// A zone for lookups: each name that exists, with its records.
///
/// A name exists if it, or any name below it, has records: `b.example` exists if `a.b.example` has
/// an address, even without a record of its own. Such a name is an *empty non-terminal* (RFC 4592
/// section 2.2.2), here an entry without records. A name exists exactly if it has an entry.
#[derive(Debug, Clone)]
pub struct ZoneTree {
    apex: Name,
    soa: Record,
    /// The records by owner; those of one type stand together.
    nodes: BTreeMap<Name, Vec<Record>>,
}

/// The reason why a list of records is not a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// No SOA at the apex, or several.
    #[error(
        "{apex} has {count} SOA records, a zone has exactly one at its apex (RFC 1035 section 5.2)"
    )]
    NotOneSoa {
        /// The zone's apex.
        apex: Name,
        /// The number of SOA records at the apex.
        count: usize,
    },
    /// An SOA below the apex, which would be the apex of another zone.
    #[error("{owner} has an SOA record, but this zone begins at {apex}")]
    SoaBelowApex {
        /// The owner of the SOA.
        owner: Name,
        /// The zone's apex.
        apex: Name,
    },
    /// A record whose owner is not at or below the apex.
    #[error("the {rtype} record of {owner} lies outside the zone {apex}")]
    OutOfZone {
        /// The record's owner.
        owner: Name,
        /// The record's type.
        rtype: RecordType,
        /// The zone's apex.
        apex: Name,
    },
    /// A record of another class: all records of a zone have one class (RFC 1035 section 5.2).
    #[error("the {rtype} record of {owner} has class {class}, this zone is of class IN")]
    Class {
        /// The record's owner.
        owner: Name,
        /// The record's type.
        rtype: RecordType,
        /// The record's class.
        class: Class,
    },
    /// A QTYPE or meta-type, such as ANY or OPT, which exists in messages only (RFC 6895 section
    /// 3.1). A client would reject a reply with such a record in the answer.
    #[error("{owner} has a record of type {rtype}, which no zone can hold")]
    MetaType {
        /// The record's owner.
        owner: Name,
        /// The record's type.
        rtype: RecordType,
    },
    /// A CNAME and other data at one name.
    #[error(
        "{owner} has a CNAME and {rtype} records: an alias has nothing else (RFC 2181 section 10.1)"
    )]
    CnameAndOtherData {
        /// The owner of the records.
        owner: Name,
        /// The type of the other data.
        rtype: RecordType,
    },
    /// Two CNAME records, or two DNAME records, at one name.
    #[error(
        "{owner} has {count} {rtype} records, there may be one (RFC 2181 section 10.1, RFC 6672 section 2.4)"
    )]
    SeveralAliases {
        /// The owner of the records.
        owner: Name,
        /// CNAME or DNAME.
        rtype: RecordType,
        /// The number of such records.
        count: usize,
    },
    /// A record below a DNAME, which no lookup would return.
    #[error(
        "{owner} lies below the DNAME of {above} and can have no records (RFC 6672 section 2.4)"
    )]
    BelowDname {
        /// The record's owner.
        owner: Name,
        /// The owner of the DNAME.
        above: Name,
    },
}

impl ZoneTree {
    /// Builds the tree from the records of a zone file. Duplicates are removed, and each RRset gets
    /// the least of its TTLs (RFC 2181 sections 5 and 5.2).
    ///
    /// # Errors
    /// A [`LoadError`] if the records do not make a zone: each variant is one rule.
    pub fn new(zone: &Zone) -> Result<ZoneTree, LoadError> {
        let apex = &zone.origin;
        let soa = only_soa(zone)?.clone();
        let mut nodes = BTreeMap::<Name, Vec<Record>>::new();
        for records in zone
            .records
            .chunk_by(|record, next| record.owner == next.owner)
        {
            records
                .iter()
                .try_for_each(|record| check_place(record, apex))?;
            insert(&mut nodes, records, apex);
        }
        for (owner, records) in &mut nodes {
            remove_duplicates(records);
            records.sort_by_key(Record::rtype);
            lower_ttls(records);
            check_aliases(owner, records)?;
        }
        check_below_dnames(&nodes)?;
        Ok(ZoneTree {
            apex: apex.clone(),
            soa,
            nodes,
        })
    }

    /// Returns the apex of the zone.
    pub fn apex(&self) -> &Name {
        &self.apex
    }

    /// Returns all records, in the canonical order of their owners (RFC 4034 section 6.1).
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.nodes.values().flatten()
    }

    /// Returns the records at a name, regardless of cuts and wildcards: an empty slice for an empty
    /// non-terminal, none for a name that does not exist.
    pub fn node(&self, name: &Name) -> Option<&[Record]> {
        self.nodes.get(name).map(Vec::as_slice)
    }

    /// Returns the records of one type at a name, regardless of cuts and wildcards.
    pub fn rrset(&self, name: &Name, rtype: RecordType) -> impl Iterator<Item = &Record> {
        self.node(name)
            .unwrap_or_default()
            .iter()
            .filter(move |record| record.rtype() == rtype)
    }

    /// Whether the name is a zone cut: the apex of a child zone.
    pub fn is_cut(&self, name: &Name) -> bool {
        // todo: Return whether a child zone begins at the name: its NS records show it (RFC 1034
        // section 4.2.1).
        *name != self.apex && self.rrset(name, RecordType::NS).next().is_some()
        // end todo
    }

    /// Returns the SOA record as it goes into a negative answer. Its TTL limits how long the
    /// negative answer may be cached: it is the lesser of the record's own TTL and the minimum
    /// field (RFC 2308 section 3).
    pub fn negative_soa(&self) -> Record {
        // todo: Return the SOA record, with the TTL that it has in a negative answer.
        let mut record = self.soa.clone();
        if let Rdata::Soa(soa) = &record.rdata {
            let Soa { minimum, .. } = **soa;
            record.ttl = record.ttl.min(minimum);
        }
        record
        // end todo
    }
}

/// Returns the SOA record at the apex, if there is exactly one.
fn only_soa(zone: &Zone) -> Result<&Record, LoadError> {
    let is_soa =
        |record: &&Record| record.rtype() == RecordType::SOA && record.owner == zone.origin;
    let mut soas: Vec<&Record> = zone.records.iter().filter(is_soa).collect();
    match (soas.pop(), soas.len()) {
        (Some(soa), 0) => Ok(soa),
        (last, others) => {
            let count = others + usize::from(last.is_some());
            Err(LoadError::NotOneSoa {
                apex: zone.origin.clone(),
                count,
            })
        }
    }
}

/// The QTYPEs and meta-types other than OPT (RFC 6895 section 3.1).
const META_TYPES: std::ops::RangeInclusive<u16> = 128..=255;

/// Checks that a record may be in the zone at all: its owner, class and type.
fn check_place(record: &Record, apex: &Name) -> Result<(), LoadError> {
    let (owner, rtype, class) = (&record.owner, record.rtype(), record.class);
    if !owner.is_at_or_below(apex) {
        return Err(LoadError::OutOfZone {
            owner: owner.clone(),
            rtype,
            apex: apex.clone(),
        });
    }
    if class != Class::IN {
        return Err(LoadError::Class {
            owner: owner.clone(),
            rtype,
            class,
        });
    }
    if rtype == RecordType::OPT || META_TYPES.contains(&rtype.0) {
        let owner = owner.clone();
        return Err(LoadError::MetaType { owner, rtype });
    }
    if rtype == RecordType::SOA && owner != apex {
        return Err(LoadError::SoaBelowApex {
            owner: owner.clone(),
            apex: apex.clone(),
        });
    }
    Ok(())
}

/// Adds records at their owner, and an entry for each name between the owner and the apex.
fn insert(nodes: &mut BTreeMap<Name, Vec<Record>>, records: &[Record], apex: &Name) {
    let Some(Record { owner, .. }) = records.first() else {
        return;
    };
    for name in names_between(owner, apex) {
        nodes.entry(name).or_default();
    }
    nodes
        .entry(owner.clone())
        .or_default()
        .extend_from_slice(records);
}

/// Removes the duplicates from each RRset (RFC 2181 section 5). A set of texts makes that fast even
/// for thousands of records.
fn remove_duplicates(records: &mut Vec<Record>) {
    let mut seen = BTreeSet::new();
    records.retain(|record| seen.insert((record.rtype(), record.rdata.to_string())));
}

/// Returns the names above `owner` and below the apex: for `a.b.c.example` in the zone `example`,
/// these are `b.c.example` and `c.example`.
fn names_between(owner: &Name, apex: &Name) -> Vec<Name> {
    // todo: Collect the ancestors of the owner that are below the apex, without the owner itself.
    owner
        .ancestors()
        .take_while(|name| name != apex)
        .skip(1)
        .collect()
    // end todo
}

/// Lowers each RRset's TTLs to the least of them: an RRset has one TTL, and the least is the safe
/// one (RFC 2181 section 5.2).
fn lower_ttls(records: &mut [Record]) {
    for rrset in records.chunk_by_mut(Record::is_same_rrset) {
        let least = rrset.iter().map(|record| record.ttl).min().unwrap_or(0);
        rrset.iter_mut().for_each(|record| record.ttl = least);
    }
}

/// The types that may be at one name with a CNAME: those of DNSSEC for this very name (RFC 2181
/// section 10.1, RFC 4034 sections 3 and 4, RFC 3007 section 3).
const BESIDE_CNAME: [RecordType; 4] = [
    RecordType::CNAME,
    RecordType::RRSIG,
    RecordType::NSEC,
    RecordType::KEY,
];

/// Checks that a name has at most one CNAME and one DNAME, and no other data beside a CNAME.
fn check_aliases(owner: &Name, records: &[Record]) -> Result<(), LoadError> {
    let count = |rtype| {
        records
            .iter()
            .filter(|record| record.rtype() == rtype)
            .count()
    };
    for rtype in [RecordType::CNAME, RecordType::DNAME] {
        let count = count(rtype);
        if count > 1 {
            return Err(LoadError::SeveralAliases {
                owner: owner.clone(),
                rtype,
                count,
            });
        }
    }
    let other = records
        .iter()
        .map(Record::rtype)
        .find(|rtype| !BESIDE_CNAME.contains(rtype));
    match other {
        Some(rtype) if count(RecordType::CNAME) > 0 => Err(LoadError::CnameAndOtherData {
            owner: owner.clone(),
            rtype,
        }),
        _ => Ok(()),
    }
}

/// Checks that no record is below a DNAME. In canonical order, the names below another come
/// directly after it.
fn check_below_dnames(nodes: &BTreeMap<Name, Vec<Record>>) -> Result<(), LoadError> {
    let has_dname = |records: &[Record]| {
        records
            .iter()
            .any(|record| record.rtype() == RecordType::DNAME)
    };
    for (above, records) in nodes {
        let after = || nodes.range((Bound::Excluded(above), Bound::Unbounded));
        let next = || after().find(|(_, records)| !records.is_empty());
        match has_dname(records).then(next).flatten() {
            Some((owner, _)) if owner.is_at_or_below(above) => {
                return Err(LoadError::BelowDname {
                    owner: owner.clone(),
                    above: above.clone(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}
