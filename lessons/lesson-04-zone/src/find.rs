//! [`ZoneTree::find`]: what a zone says about one name and type (RFC 1034 section 4.3.2, step 3).
//!
//! The RFC goes down from the apex, label by label, and so does this. There are three ways for the walk to end: at a name
//! that leads elsewhere (a zone cut or a DNAME), at the name itself, or before a label that does not exist, where a
//! wildcard may stand in.

use dnsparse::{Name, Rdata, Record, RecordType};

use crate::tree::ZoneTree;

/// What a zone says about a name and a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The records asked for. Those of a wildcard have the name asked for as their owner.
    Answer(Vec<Record>),
    /// The name is an alias: the question is to be asked again of `target`.
    Alias {
        /// The CNAME; or the DNAME, and the CNAME that was made from it.
        records: Vec<Record>,
        /// Where the CNAME points.
        target: Name,
    },
    /// The name exists without records of that type.
    NoData,
    /// There is no such name, nor any below it.
    NxDomain,
    /// The name is at or below a zone cut: the NS records there say who knows.
    Referral(Vec<Record>),
    /// A DNAME stands above the name, and with its target instead the name would be longer than 255 octets.
    TooLong(Record),
    /// The name is not at or below the zone's apex.
    Outside,
}

impl ZoneTree {
    /// Looks one name up. Asked for [`RecordType::ANY`], all that is at the name is the answer.
    pub fn find(&self, qname: &Name, qtype: RecordType) -> Found {
        if !qname.is_at_or_below(self.apex()) {
            return Found::Outside;
        }
        todo!(
            "In this order: what `turn_off` finds; what is at the name (`node`, then `at_node`); what `wildcard` lends; and if there is none of them, NXDOMAIN."
        )
    }

    /// Step 3b, and RFC 6672 section 3.2 for DNAME: the first name on the way down from the apex that leads elsewhere.
    /// What the zone has below it is not the zone's to tell.
    fn turn_off(&self, qname: &Name, qtype: RecordType) -> Option<Found> {
        let mut way: Vec<Name> = qname
            .ancestors()
            .take_while(|name| name.is_at_or_below(self.apex()))
            .collect();
        way.reverse();
        way.iter().find_map(|name| self.turn_at(name, qname, qtype))
    }

    /// Where the way to `qname` turns off at `name`, which is `qname` or above it.
    fn turn_at(&self, name: &Name, qname: &Name, qtype: RecordType) -> Option<Found> {
        todo!(
            "At a cut, refer to its NS records (unless `is_parents`). At a DNAME above `qname`, return `below_dname`. Else None."
        )
    }

    /// Step 3c: the records that `*` lends to a name which does not exist (RFC 4592 section 3.3), none if there is no `*`.
    ///
    /// Only the wildcard directly below the closest encloser counts. An existing name in between, even an empty one,
    /// hides those further up.
    fn wildcard(&self, qname: &Name) -> Option<Vec<Record>> {
        todo!(
            "Take the records of the closest encloser's child `*`, if that exists, each with `qname` as its owner."
        )
    }

    /// The longest existing ancestor of a name (RFC 4592 section 3.3.1).
    fn closest_encloser(&self, qname: &Name) -> Option<Name> {
        todo!("Find the first of the ancestors (the name itself comes first) that has a node.")
    }
}

/// Whether a question about a cut is for the zone above it: DS alone, which says which key the child has (RFC 4035
/// section 3.1.4.1).
fn is_parents(cut: &Name, qname: &Name, qtype: RecordType) -> bool {
    cut == qname && qtype == RecordType::DS
}

/// Step 3a: the name is found, so its records decide. (At a cut there are NS records too, for which DS was asked.)
fn at_node(records: &[Record], qtype: RecordType) -> Found {
    todo!(
        "Answer with the records of the type, or with all for ANY. If there are none: an `alias`, else NODATA."
    )
}

fn alias(record: &Record) -> Option<Found> {
    match &record.rdata {
        Rdata::Cname(target) => Some(Found::Alias {
            records: vec![record.clone()],
            target: target.clone(),
        }),
        _ => None,
    }
}

/// A name below a DNAME: the answer is the DNAME, and beside it the CNAME that says the same to those who never heard of
/// DNAME (RFC 6672 section 3.1).
fn below_dname(dname: &Record, qname: &Name, qtype: RecordType) -> Found {
    let Rdata::Dname(to) = &dname.rdata else {
        return Found::NoData;
    };
    let Some(target) = substitute(qname, &dname.owner, to) else {
        return Found::TooLong(dname.clone());
    };
    let cname = Record {
        owner: qname.clone(),
        rdata: Rdata::Cname(target.clone()),
        ..dname.clone()
    };
    let records = vec![dname.clone(), cname];
    match qtype {
        RecordType::CNAME | RecordType::ANY => Found::Answer(records),
        _ => Found::Alias { records, target },
    }
}

/// A name with its tail `from` replaced by `to` (RFC 6672 section 2.2), none if that gets too long.
pub fn substitute(name: &Name, from: &Name, to: &Name) -> Option<Name> {
    todo!("Join the labels that `name` has more than `from` (they stand first) and those of `to`.")
}
