//! The canonical form of an RRset, which is what a signature covers (RFC 4034 section 6).

use dnsparse::{Name, Record, WriteError};

/// Writes an RRset in canonical form: every record under the name `owner` and with the TTL
/// `original_ttl`, in canonical order, each once.
///
/// # Errors
/// If RDATA of a record cannot be written.
pub fn canonical_rrset(
    rrset: &[Record],
    owner: &Name,
    original_ttl: u32,
) -> Result<Vec<u8>, WriteError> {
    let mut rdata = Vec::new();
    for record in rrset {
        // Names in RDATA are uncompressed, and in lower case in the types that RFC 4034 section 6.2
        // lists, without NSEC (RFC 6840 section 5.1).
        rdata.push(record.rdata.canonical_octets()?);
    }
    let rdata = in_canonical_order(rdata);
    let mut octets = Vec::new();
    for (record, rdata) in rrset.iter().zip(rdata) {
        octets.extend(canonical_record(record, owner, original_ttl, &rdata));
    }
    Ok(octets)
}

/// Sorts the RDATA of an RRset, and removes what occurs twice.
fn in_canonical_order(mut rdata: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    todo!("Put RDATA into the order of RFC 4034 section 6.3, each once.")
}

/// Writes one record: owner, type, class, TTL, the length of RDATA, RDATA.
fn canonical_record(record: &Record, owner: &Name, original_ttl: u32, rdata: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rdata.len()).unwrap_or(u16::MAX); // more cannot be written
    todo!(
        "Write the fields of the record as the signer had them (RFC 4034 section 6.2). Two of them may look otherwise in the reply."
    )
}
