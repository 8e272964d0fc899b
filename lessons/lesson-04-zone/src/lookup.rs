//! [`ZoneTree::lookup`]: one name and type in one zone (RFC 1034 section 4.3.2, step 3).
//!
//! The RFC goes down from the apex, label by label, and so does this. The walk down can end in
//! three ways: at a zone cut or a DNAME, at the name itself, or before a label that does not exist,
//! where a wildcard may match.

use dnsparse::{Name, Rdata, Record, RecordType};

use crate::tree::ZoneTree;

/// The result of looking a name and a type up in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupResult {
    /// The records of the type. Those made from a wildcard have the QNAME as their owner.
    Answer(Vec<Record>),
    /// The name is an alias: the lookup goes on at `target`.
    Alias {
        /// The CNAME; or the DNAME, and the CNAME synthesized from it.
        records: Vec<Record>,
        /// The name that the CNAME points to.
        target: Name,
    },
    /// The name exists, but has no records of that type.
    NoData,
    /// Neither the name nor any name below it exists.
    NxDomain,
    /// The name is at or below a zone cut: the NS records there list the servers to query.
    Referral(Vec<Record>),
    /// The name is below a DNAME, and with that record's target as its new end it would be longer
    /// than 255 octets.
    NameTooLong(Record),
    /// The name is not at or below the zone's apex.
    OutOfZone,
}

impl ZoneTree {
    /// Looks one name up. For [`RecordType::ANY`], all records at the name are the answer.
    pub fn lookup(&self, qname: &Name, qtype: RecordType) -> LookupResult {
        if !qname.is_at_or_below(self.apex()) {
            return LookupResult::OutOfZone;
        }
        todo!(
            "Return the first of these that there is, in the order that you decide on: the result of `match_qtype` for the records at the name (`node`); the same for those of a `wildcard`; the result of `cut_or_dname`; NXDOMAIN."
        )
    }

    /// Walks down from the apex to `qname`, and stops at the first zone cut (step 3b) or DNAME (RFC
    /// 6672 section 3.2). The zone is not authoritative for the names below either.
    fn cut_or_dname(&self, qname: &Name, qtype: RecordType) -> Option<LookupResult> {
        let mut path: Vec<Name> = qname
            .ancestors()
            .take_while(|name| name.is_at_or_below(self.apex()))
            .collect();
        path.reverse();
        path.iter()
            .find_map(|name| self.cut_or_dname_at(name, qname, qtype))
    }

    /// Returns the result for `qname` if `name`, which is `qname` or an ancestor, is a cut or has a
    /// DNAME that applies.
    fn cut_or_dname_at(
        &self,
        name: &Name,
        qname: &Name,
        qtype: RecordType,
    ) -> Option<LookupResult> {
        todo!(
            "At a cut, return a referral with its NS records (unless `is_answered_by_parent`). At a DNAME that redirects `qname`, return the result of `apply_dname`. Otherwise return None."
        )
    }

    /// Synthesizes the records of a name that does not exist from the wildcard that matches it, if
    /// there is one: step 3c (RFC 4592 section 3.3).
    fn wildcard(&self, qname: &Name) -> Option<Vec<Record>> {
        todo!(
            "Return the records of the wildcard that matches, if there is one, each with the owner that it has in the answer."
        )
    }

    /// Returns the longest existing ancestor of a name (RFC 4592 section 3.3.1).
    fn closest_encloser(&self, qname: &Name) -> Option<Name> {
        todo!("Return the longest ancestor that exists; the name itself counts as one.")
    }
}

/// Whether the parent zone answers the question, although `cut` is the QNAME or above it. DS is the
/// one type for which it does: a DS record names the key of the child zone (RFC 4035 section
/// 3.1.4.1).
fn is_answered_by_parent(cut: &Name, qname: &Name, qtype: RecordType) -> bool {
    cut == qname && qtype == RecordType::DS
}

/// Selects the records of the type from those at the name: step 3a. (At a cut, a query for DS gets
/// this far, and the NS records are among `records`.)
fn match_qtype(records: &[Record], qtype: RecordType) -> LookupResult {
    todo!(
        "Return the answer (the records of the type, or all of them for ANY), the `alias`, or NODATA. Decide which of them comes first."
    )
}

/// Makes the alias of a CNAME record.
fn alias(record: &Record) -> Option<LookupResult> {
    match &record.rdata {
        Rdata::Cname(target) => Some(LookupResult::Alias {
            records: vec![record.clone()],
            target: target.clone(),
        }),
        _ => None,
    }
}

/// Redirects a name below a DNAME. The answer has the DNAME, and the CNAME synthesized from it for
/// resolvers that do not support DNAME (RFC 6672 section 3.1).
fn apply_dname(dname: &Record, qname: &Name, qtype: RecordType) -> LookupResult {
    let Rdata::Dname(to) = &dname.rdata else {
        return LookupResult::NoData;
    };
    let Some(target) = substitute(qname, &dname.owner, to) else {
        return LookupResult::NameTooLong(dname.clone());
    };
    let cname = Record {
        owner: qname.clone(),
        rdata: Rdata::Cname(target.clone()),
        ..dname.clone()
    };
    let records = vec![dname.clone(), cname];
    match qtype {
        RecordType::CNAME | RecordType::ANY => LookupResult::Answer(records),
        _ => LookupResult::Alias { records, target },
    }
}

/// Replaces the end `from` of a name by `to` (RFC 6672 section 2.2). Returns none if the new name
/// is too long.
pub fn substitute(name: &Name, from: &Name, to: &Name) -> Option<Name> {
    todo!("Join the labels that `name` has in front of `from` and the labels of `to`.")
}
