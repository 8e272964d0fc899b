//! The rules for records that do not fit: which stay or go together, and which a client needs.

use crate::types::{DnsPacket, Rdata, Record, RecordType};

/// Checks whether two records are of one RRset; its signatures count as part of it, since a
/// validator needs them.
pub(super) fn is_same_signed_rrset(one: &Record, other: &Record) -> bool {
    rrset_type(one) == rrset_type(other) && one.class == other.class && one.owner == other.owner
}

/// Returns a record's type, or, for a signature, the type that it covers.
fn rrset_type(record: &Record) -> RecordType {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.type_covered,
        rdata => rdata.rtype(),
    }
}

/// Checks whether a referral needs the records left out: addresses of servers whose names lie in
/// the zone that they serve (RFC 9471 section 3.1). Addresses of other servers can be looked up.
pub(super) fn misses_glue(packet: &DnsPacket, left_out: &[Record]) -> bool {
    let mut servers = packet
        .authorities
        .iter()
        .filter(|record| record.rtype() == RecordType::NS);
    let Some(Record { owner: cut, .. }) = servers.next().filter(|_| packet.answers.is_empty())
    else {
        return false;
    };
    left_out
        .iter()
        .any(|record| record.owner.is_at_or_below(cut))
}
