//! The comparison of a message with itself after writing and parsing.

use dnsparse::{DnsPacket, Rdata, Record};

/// Asserts that `again` is `packet` after writing and parsing.
///
/// A malformed record comes back with the same octets. Its error names another octet of the
/// message; and if there is a compression pointer among its octets, which is malformed for its
/// type, that leads elsewhere now.
pub(crate) fn assert_comes_back(mut again: DnsPacket, packet: &DnsPacket) {
    let mut restored: Vec<&mut Record> = again.answers.iter_mut().collect();
    restored.extend(&mut again.authorities);
    restored.extend(&mut again.additionals);
    for (again, record) in restored.into_iter().zip(packet.records()) {
        let Rdata::Malformed { octets, .. } = &record.rdata else {
            continue;
        };
        let is_same = match &again.rdata {
            Rdata::Malformed { octets: same, .. } => same == octets,
            _ => false,
        };
        if is_same || octets.iter().any(|octet| *octet >= 0xc0) {
            again.rdata = record.rdata.clone();
        }
    }
    assert_eq!(again, *packet);
}
