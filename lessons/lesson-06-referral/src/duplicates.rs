//! Equal records in one RRset (given).

use std::collections::HashSet;

use dnsparse::Record;

/// Drops each record that equals an earlier one, whatever its TTL: an RRset has no equal records,
/// and a sender's duplicates are not passed on (RFC 2181 section 5).
///
/// Octets are compared by their hash: a reply may have thousands of records.
pub(crate) fn drop_duplicates(records: &mut Vec<Record>) {
    if records.len() < 2 {
        return;
    }
    let mut seen = HashSet::new();
    records.retain(|record| match record.rdata.canonical_octets() {
        Ok(octets) => seen.insert((record.owner.clone(), record.rtype(), octets)),
        Err(_) => true,
    });
}
