//! Signatures over the whole message: TSIG (RFC 8945) and SIG(0) (RFC 2931).
//!
//! A receiver takes them off the message before it checks them, so they have to be its last
//! records: TSIG (RFC 8945 section 5.1), or SIG(0) before it (RFC 2931 section 3.1).

use crate::error::WriteError;
use crate::types::{DnsPacket, Rdata, Record, RecordType};

/// Type, class, TTL and RDLENGTH.
const FIXED: usize = 10;

/// Checks for TSIG or SIG(0).
#[inline]
pub(super) fn is_transaction_signature(record: &Record) -> bool {
    is_tsig(record) || is_sig0(record)
}

#[inline]
fn is_tsig(record: &Record) -> bool {
    matches!(
        record.rdata,
        Rdata::Unknown {
            rtype: RecordType::TSIG,
            ..
        }
    )
}

/// Checks for a SIG record that covers no type (RFC 2931 section 3).
#[inline]
fn is_sig0(record: &Record) -> bool {
    match &record.rdata {
        Rdata::Sig(sig) => sig.type_covered == RecordType(0),
        _ => false,
    }
}

/// Lists the signatures over the whole message in the order in which they are written.
pub(super) fn signatures(packet: &DnsPacket) -> impl Iterator<Item = &Record> {
    let all = &packet.additionals;
    let sig0 = all.iter().filter(|record| is_sig0(record));
    sig0.chain(all.iter().filter(|record| is_tsig(record)))
}

/// Counts the octets of all signatures over the whole message, as if their owners were not
/// compressed.
pub(super) fn signatures_length(packet: &DnsPacket) -> Result<usize, WriteError> {
    let length =
        |record: &Record| Ok(record.owner.wire().len() + FIXED + record.rdata.octets()?.len());
    signatures(packet).map(length).sum()
}
