//! `last-resort.test`: replies that are used only because there is no better one.

use dnsparse::{DnsPacket, Name, Rcode, Record, RecordType};

use super::{always, soa};
use crate::builder::LabBuilder;
use crate::script::{no_reply, replies};

pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    let (parent, no_aa, empty, beside) =
        ("198.18.23.1", "198.18.23.2", "198.18.23.3", "198.18.23.7");
    let builder = always(builder, parent, replies().edited(spoil_referral));
    let builder = always(builder, no_aa, replies().edited(clear_aa));
    let builder = always(builder, empty, replies().edited(empty_negative_answer));
    let builder = always(builder, beside, replies().edited(lose_records));
    let (upward, no_soa, ds) = ("198.18.23.9", "198.18.23.11", "198.18.23.12");
    let builder = always(builder, ds, replies().edited(refuse_ds));
    let builder = always(builder, upward, replies().edited(refer_to_root));
    let builder = always(builder, no_soa, replies().edited(replace_soa));
    let (servfail, notauth) = ("198.18.23.13", "198.18.23.15");
    let builder = always(builder, servfail, replies().with_rcode(Rcode::SERVFAIL));
    let builder = always(builder, notauth, replies().with_rcode(Rcode::NOTAUTH));
    let builder = always(builder, "198.18.23.42", no_reply());
    // The servers of these zones are those that the zone above names.
    let builder = builder.server("198.18.23.41", ["child-dead.last-resort.test."]);
    builder.server("198.18.23.5", ["child-ns.last-resort.test."])
}

/// A referral to `no-glue` has no glue, unless the server's address is the question. A referral to
/// `soa` has the SOA record of the zone above. The question for the DS records of `ds` is answered
/// by the referral.
fn spoil_referral(reply: &mut DnsPacket) {
    let Some(question) = reply.question() else {
        return;
    };
    let qname = question.qname.clone();
    let is_below = |apex: &str| {
        apex.parse()
            .is_ok_and(|apex: Name| qname.is_at_or_below(&apex))
    };
    let first = qname.labels().next().unwrap_or_default();
    let is_glue = first.eq_ignore_ascii_case(b"ns");
    if is_below("no-glue.last-resort.test.") && !is_glue {
        reply.additionals.clear();
    }
    if is_below("soa.last-resort.test.") {
        reply.authorities.extend(soa("last-resort.test."));
    }
    if is_below("ds.last-resort.test.") && is_about_ds(reply) {
        reply.header.aa = false;
        reply.authorities = records(&["ds.last-resort.test. 300 NS ns.ds.last-resort.test."]);
        reply.additionals = records(&["ns.ds.last-resort.test. 300 A 198.18.23.12"]);
    }
}

fn is_about_ds(reply: &DnsPacket) -> bool {
    (reply.question()).is_some_and(|question| question.qtype == RecordType::DS)
}

fn refuse_ds(reply: &mut DnsPacket) {
    if is_about_ds(reply) {
        reply.header.rcode = Rcode::REFUSED;
        reply.authorities.clear();
    }
}

fn clear_aa(reply: &mut DnsPacket) {
    reply.header.aa = false;
}

fn empty_negative_answer(reply: &mut DnsPacket) {
    if reply.answers.is_empty() {
        reply.header.aa = false;
        reply.authorities.clear();
    }
}

/// Every reply is an empty NOERROR without AA, except for the records of the apex.
fn lose_records(reply: &mut DnsPacket) {
    let is_apex = |rtype| matches!(rtype, RecordType::NS | RecordType::SOA);
    if !reply.answers.iter().any(|record| is_apex(record.rtype())) {
        reply.answers.clear();
        empty_negative_answer(reply);
    }
}

/// Every reply is a referral to the root, with AA.
fn refer_to_root(reply: &mut DnsPacket) {
    reply.answers.clear();
    reply.additionals.clear();
    reply.authorities = records(&[". 518400 NS a.root-servers.net."]);
}

/// A negative answer loses AA and its SOA record, and has another record instead.
fn replace_soa(reply: &mut DnsPacket) {
    if !reply.answers.is_empty() {
        return;
    }
    empty_negative_answer(reply);
    match reply.question().map(|question| question.qtype) {
        Some(RecordType::AAAA) => {
            reply.answers = records(&["www.no-soa.last-resort.test. 60 A 198.18.23.87"]);
        }
        _ => {
            reply.authorities =
                records(&["www.no-soa.last-resort.test. 60 NSEC no-soa.last-resort.test. A NSEC"]);
        }
    }
}

fn records(lines: &[&str]) -> Vec<Record> {
    lines.iter().flat_map(|line| line.parse()).collect()
}
