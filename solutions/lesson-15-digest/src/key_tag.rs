//! The key tag: sixteen bits by which DS and RRSIG records refer to a key (RFC 4034 appendix B).

use dnsparse::{Dnskey, Rdata};

/// Computes the key tag of a DNSKEY record.
///
/// It is a checksum that saves a validator most of the keys that do not match. Two keys of a zone may
/// have the same tag, so an equal tag proves nothing.
pub fn key_tag(key: &Dnskey) -> u16 {
    sum(&rdata(key))
}

/// Returns RDATA of a DNSKEY record: flags, protocol, algorithm, public key.
fn rdata(key: &Dnskey) -> Vec<u8> {
    let rdata = Rdata::Dnskey(Box::new(key.clone())).octets();
    // Only a record without a public key cannot be written.
    rdata.unwrap_or_default()
}

/// Sums the octets of RDATA up, as numbers of sixteen bits, with the carry added.
fn sum(rdata: &[u8]) -> u16 {
    // todo: Return the checksum of RFC 4034 appendix B. The upper half of a u32 that holds the sum
    // is the carry.
    let numbers = rdata.chunks(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        [high] => u16::from_be_bytes([*high, 0]),
        _ => 0,
    });
    let sum: u32 = numbers.map(u32::from).sum();
    (sum + (sum >> 16)) as u16
    // end todo
}
