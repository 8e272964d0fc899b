//! [`ZoneTree`]: a zone's records by their owner, checked, and with its empty names put in.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use dnsparse::{Class, Name, Rdata, Record, RecordType, Soa, Zone};

/// A zone to be looked up in: every name that exists, with its records.
///
/// A name exists if it has records or if any name below it does: `b.example` exists because `a.b.example` does, though
/// nothing is written at it. Such a name is an *empty non-terminal* (RFC 4592 section 2.2.2), here an entry without
/// records. So whether a name exists is whether it has an entry.
#[derive(Debug, Clone)]
pub struct ZoneTree {
    apex: Name,
    soa: Record,
    /// Per name, the records of one type stand together.
    nodes: BTreeMap<Name, Vec<Record>>,
}

/// Why a list of records is not a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// No SOA at the apex, or several.
    #[error(
        "{apex} has {count} SOA records, a zone has exactly one at its apex (RFC 1035 section 5.2)"
    )]
    NotOneSoa {
        /// Where the zone should begin.
        apex: Name,
        /// How many there are.
        count: usize,
    },
    /// An SOA further down, where another zone would begin.
    #[error("{owner} has an SOA record, but this zone begins at {apex}")]
    SoaBelowApex {
        /// Whose SOA it is.
        owner: Name,
        /// Where the zone begins.
        apex: Name,
    },
    /// A record of a name that is not at or below the apex.
    #[error("the {rtype} record of {owner} lies outside the zone {apex}")]
    Outside {
        /// Whose record it is.
        owner: Name,
        /// Its type.
        rtype: RecordType,
        /// Where the zone begins.
        apex: Name,
    },
    /// A record of another class: a zone has one (RFC 1035 section 5.2).
    #[error("the {rtype} record of {owner} has class {class}, this zone is of class IN")]
    Class {
        /// Whose record it is.
        owner: Name,
        /// Its type.
        rtype: RecordType,
        /// Its class.
        class: Class,
    },
    /// A type that only questions and messages have, such as ANY or OPT (RFC 6895 section 3.1): whoever was told such a
    /// record could not read the reply.
    #[error("{owner} has a record of type {rtype}, which no zone can hold")]
    NotData {
        /// Whose record it is.
        owner: Name,
        /// Its type.
        rtype: RecordType,
    },
    /// A CNAME and something else at one name.
    #[error(
        "{owner} has a CNAME and {rtype} records: an alias has nothing else (RFC 2181 section 10.1)"
    )]
    CnameBesideOther {
        /// Whose records they are.
        owner: Name,
        /// What there is besides.
        rtype: RecordType,
    },
    /// Two CNAME records, or two DNAME records, at one name.
    #[error(
        "{owner} has {count} {rtype} records, there may be one (RFC 2181 section 10.1, RFC 6672 section 2.4)"
    )]
    SeveralAliases {
        /// Whose records they are.
        owner: Name,
        /// CNAME or DNAME.
        rtype: RecordType,
        /// How many there are.
        count: usize,
    },
    /// A record below a DNAME, where nobody would ever find it.
    #[error(
        "{owner} lies below the DNAME of {above} and can have no records (RFC 6672 section 2.4)"
    )]
    BelowDname {
        /// Whose record it is.
        owner: Name,
        /// Who has the DNAME.
        above: Name,
    },
}

impl ZoneTree {
    /// Takes a zone file's records. Equal ones count once, and those of one RRset get the least of their TTLs (RFC 2181
    /// sections 5 and 5.2).
    ///
    /// # Errors
    /// If the records do not make a zone: each variant of [`LoadError`] is one rule.
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
            level_ttls(records);
            check_aliases(owner, records)?;
        }
        check_below_dnames(&nodes)?;
        Ok(ZoneTree {
            apex: apex.clone(),
            soa,
            nodes,
        })
    }

    /// The name that the zone begins at.
    pub fn apex(&self) -> &Name {
        &self.apex
    }

    /// All records, name by name in canonical order (RFC 4034 section 6.1).
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.nodes.values().flatten()
    }

    /// What is written at a name, with no thought of cuts and wildcards: nothing at an empty non-terminal, none where
    /// the name does not exist.
    pub fn node(&self, name: &Name) -> Option<&[Record]> {
        self.nodes.get(name).map(Vec::as_slice)
    }

    /// The records of one type that are written at a name, with no thought of cuts and wildcards.
    pub fn rrset(&self, name: &Name, rtype: RecordType) -> impl Iterator<Item = &Record> {
        self.node(name)
            .unwrap_or_default()
            .iter()
            .filter(move |record| record.rtype() == rtype)
    }

    /// Whether another zone begins at this name, below this zone's own apex.
    pub fn is_cut(&self, name: &Name) -> bool {
        // todo: Is there an NS record at this name, and is it not the apex (RFC 1034 section 4.2.1)?
        *name != self.apex && self.rrset(name, RecordType::NS).next().is_some()
        // end todo
    }

    /// The SOA as it goes into a reply that says "there is no such thing". Its TTL tells how long that may be repeated:
    /// the lesser of its own and its minimum field (RFC 2308 section 3).
    pub fn negative_soa(&self) -> Record {
        // todo: Return the SOA record with the lesser of its TTL and its minimum field as TTL (RFC 2308 section 3).
        let mut record = self.soa.clone();
        if let Rdata::Soa(soa) = &record.rdata {
            let Soa { minimum, .. } = **soa;
            record.ttl = record.ttl.min(minimum);
        }
        record
        // end todo
    }
}

fn only_soa(zone: &Zone) -> Result<&Record, LoadError> {
    let is_soa =
        |record: &&Record| record.rtype() == RecordType::SOA && record.owner == zone.origin;
    let mut found: Vec<&Record> = zone.records.iter().filter(is_soa).collect();
    match (found.pop(), found.len()) {
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

/// The types of questions and of what belongs to a message, not to a zone (RFC 6895 section 3.1).
const QUESTIONS_ONLY: std::ops::RangeInclusive<u16> = 128..=255;

fn check_place(record: &Record, apex: &Name) -> Result<(), LoadError> {
    let (owner, rtype, class) = (&record.owner, record.rtype(), record.class);
    if !owner.is_at_or_below(apex) {
        return Err(LoadError::Outside {
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
    if rtype == RecordType::OPT || QUESTIONS_ONLY.contains(&rtype.0) {
        let owner = owner.clone();
        return Err(LoadError::NotData { owner, rtype });
    }
    if rtype == RecordType::SOA && owner != apex {
        return Err(LoadError::SoaBelowApex {
            owner: owner.clone(),
            apex: apex.clone(),
        });
    }
    Ok(())
}

/// Puts records at their owner, and sees to it that every name between there and the apex exists.
fn insert(nodes: &mut BTreeMap<Name, Vec<Record>>, records: &[Record], apex: &Name) {
    let Some(Record { owner, .. }) = records.first() else {
        return;
    };
    for name in between(owner, apex) {
        nodes.entry(name).or_default();
    }
    nodes
        .entry(owner.clone())
        .or_default()
        .extend_from_slice(records);
}

/// RFC 2181 section 5: no record stands in an RRset twice. (Compared as text, so that thousands of them take no time.)
fn remove_duplicates(records: &mut Vec<Record>) {
    let mut met = BTreeSet::new();
    records.retain(|record| met.insert((record.rtype(), record.rdata.to_string())));
}

/// The names above `owner` and below the apex: for `a.b.c.example` in the zone `example`, these are `b.c.example` and
/// `c.example`.
fn between(owner: &Name, apex: &Name) -> Vec<Name> {
    // todo: Collect the ancestors of the owner, without itself, the apex and what is above (RFC 4592 section 2.2.2).
    owner
        .ancestors()
        .take_while(|name| name != apex)
        .skip(1)
        .collect()
    // end todo
}

/// RFC 2181 section 5.2: the records of an RRset have one TTL. Where a file says otherwise, the least is the safe one.
fn level_ttls(records: &mut [Record]) {
    for rrset in records.chunk_by_mut(Record::is_same_rrset) {
        let least = rrset.iter().map(|record| record.ttl).min().unwrap_or(0);
        rrset.iter_mut().for_each(|record| record.ttl = least);
    }
}

/// What may stand beside a CNAME: DNSSEC's proofs about the very name (RFC 4034 section 3, RFC 3007 section 3).
const BESIDE_CNAME: [RecordType; 4] = [
    RecordType::CNAME,
    RecordType::RRSIG,
    RecordType::NSEC,
    RecordType::KEY,
];

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
        Some(rtype) if count(RecordType::CNAME) > 0 => Err(LoadError::CnameBesideOther {
            owner: owner.clone(),
            rtype,
        }),
        _ => Ok(()),
    }
}

/// In canonical order, the names below another come directly after it.
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
