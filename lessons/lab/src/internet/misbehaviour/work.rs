//! `work.test`: servers that answer only some types.

use dnsparse::{DnsPacket, Rcode, RecordType};

use super::always;
use crate::builder::LabBuilder;
use crate::script::replies;

pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    let (drops, refuses, notimp) = ("198.18.29.4", "198.18.29.5", "198.18.29.6");
    let builder = always(
        builder,
        drops,
        replies().only_to(|query| !asks_for_aaaa(query)),
    );
    let builder = always(
        builder,
        refuses,
        replies().edited(|reply| fail(reply, Rcode::REFUSED)),
    );
    always(
        builder,
        notimp,
        replies().edited(|reply| fail(reply, Rcode::NOTIMP)),
    )
}

fn asks_for_aaaa(message: &DnsPacket) -> bool {
    let is_aaaa = |question: &dnsparse::Question| question.qtype == RecordType::AAAA;
    message.question().is_some_and(is_aaaa)
}

fn fail(reply: &mut DnsPacket, rcode: Rcode) {
    if asks_for_aaaa(reply) {
        reply.header.rcode = rcode;
        reply.header.aa = false;
        reply.answers.clear();
        reply.authorities.clear();
    }
}
