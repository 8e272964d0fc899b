//! `absence.test`: negative answers that deny too much.

use dnsparse::{DnsPacket, Question, Rcode, Record, RecordType};

use super::{always, is_about, soa};
use crate::builder::LabBuilder;
use crate::script::replies;

pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    let (aaaa, alias, ent, apex) = ("198.18.21.2", "198.18.21.4", "198.18.21.6", "198.18.21.7");
    let builder = always(builder, aaaa, replies().edited(deny_aaaa));
    let builder = always(builder, alias, replies().edited(deny_target));
    let builder = always(builder, ent, replies().edited(deny_empty_non_terminal));
    always(builder, apex, replies().edited(deny_apex))
}

/// A reply without records for AAAA becomes NXDOMAIN.
fn deny_aaaa(reply: &mut DnsPacket) {
    if is_no_data(reply) && qtype(reply) == Some(RecordType::AAAA) {
        reply.header.rcode = Rcode::NXDOMAIN;
    }
}

/// A reply with an alias also says that the target does not exist, or has no records.
fn deny_target(reply: &mut DnsPacket) {
    let is_denied = |question: &Question| {
        let first = question.qname.labels().next().unwrap_or_default();
        !first.eq_ignore_ascii_case(b"empty")
    };
    if reply.answers.is_empty() {
        return;
    }
    if reply.question().is_some_and(is_denied) {
        reply.header.rcode = Rcode::NXDOMAIN;
    }
    reply.authorities = soa("alias.absence.test.");
}

fn deny_empty_non_terminal(reply: &mut DnsPacket) {
    if is_no_data(reply) && is_about(reply, "b.ent.absence.test.") {
        reply.header.rcode = Rcode::NXDOMAIN;
    }
}

fn deny_apex(reply: &mut DnsPacket) {
    if is_no_data(reply) && is_about(reply, "apex.absence.test.") {
        reply.header.rcode = Rcode::NXDOMAIN;
    }
}

fn is_no_data(reply: &DnsPacket) -> bool {
    let has_soa = |records: &[Record]| {
        records
            .iter()
            .any(|record| record.rtype() == RecordType::SOA)
    };
    reply.rcode() == Rcode::NOERROR && reply.answers.is_empty() && has_soa(&reply.authorities)
}

fn qtype(reply: &DnsPacket) -> Option<RecordType> {
    reply.question().map(|question| question.qtype)
}
