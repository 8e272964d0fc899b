//! Bailiwick (RFC 9499): the names about which a server of a zone may send records, those at or
//! below the zone.
//!
//! A server of `com` has records of names below `com`, if only to refer to others. A record of
//! `org` that it sends may be right, but it is not that server's to send: a resolver that accepts
//! it can be given any record of any name, by the operator of any zone at all (RFC 2181 section
//! 5.4.1, RFC 5452 section 6).

use dnsparse::{Class, DnsPacket, Name, Record};

use crate::duplicates::drop_duplicates;
use crate::malformed::drop_unusable_rrsets;

/// Returns the reply without the records that its sender may not send: those of names outside
/// `zone`, those of other classes, and malformed ones. From the answer section, it also removes the
/// other records of a malformed record's RRset, and duplicates. (unbound calls this scrubbing.)
pub fn scrub(reply: &DnsPacket, zone: &Name) -> DnsPacket {
    let section = |records: &[Record]| -> Vec<Record> {
        let kept = records.iter().filter(|record| is_acceptable(record, zone));
        kept.cloned().collect()
    };
    let mut answers = reply.answers.clone();
    drop_unusable_rrsets(&mut answers);
    drop_duplicates(&mut answers);
    DnsPacket {
        header: reply.header,
        questions: reply.questions.clone(),
        answers: section(&answers),
        authorities: section(&reply.authorities),
        additionals: section(&reply.additionals),
        edns: reply.edns.clone(),
    }
}

/// Whether a server of `zone` may send this record.
fn is_acceptable(record: &Record, zone: &Name) -> bool {
    // todo: Return whether a server of the zone may send records of this owner, the class is IN,
    // and the RDATA is not unusable.
    record.owner.is_at_or_below(zone) && record.class == Class::IN && !record.has_unusable_rdata()
    // end todo
}
