//! What a server may speak about: the names of the zone that it was asked as a server of (RFC 9499: *in-bailiwick*).
//!
//! A server of `com` knows about everything below `com`, if only by referring to others. What it says about `org` may be true,
//! but it is not the one to say it: a resolver that believes it can be made to believe anything about anybody, by whoever
//! serves any zone at all (RFC 2181 section 5.4.1, RFC 5452 section 6).

use dnsparse::{Class, DnsPacket, Name, Rdata, Record};

/// The reply without records that its sender has no business to send: those of names outside `zone`, of other classes, and
/// those which are malformed.
pub fn scrub(reply: &DnsPacket, zone: &Name) -> DnsPacket {
    let section = |records: &[Record]| {
        let kept = records.iter().filter(|record| is_believable(record, zone));
        kept.cloned().collect()
    };
    DnsPacket {
        answers: section(&reply.answers),
        authorities: section(&reply.authorities),
        additionals: section(&reply.additionals),
        ..reply.clone()
    }
}

fn is_believable(record: &Record, zone: &Name) -> bool {
    todo!("Its owner is at or below the zone, its class is IN, and its RDATA is not malformed.")
}
