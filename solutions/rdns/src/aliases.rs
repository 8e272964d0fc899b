//! Aliases (CNAME records) in the records of an answer.

use dnsparse::{Name, Rdata, Record};

/// Returns the names that the aliases among these records lead to, in their order.
pub(crate) fn targets(records: &[Record]) -> impl DoubleEndedIterator<Item = &Name> {
    records.iter().filter_map(|record| match &record.rdata {
        Rdata::Cname(target) => Some(target),
        _ => None,
    })
}
