//! `malformed.test`: RDATA that breaks the rules of its type, and compressed names in RDATA.

use dnsparse::{Class, DnsPacket, Name, Rdata, Record, RecordType};

use super::always;
use crate::builder::LabBuilder;
use crate::script::replies;

/// A compression pointer to the name in the question, which stands after the header.
const QNAME: [u8; 2] = [0xc0, 12];

pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    let (later, nsec, additional, mx, compressed) = (
        "198.18.25.2",
        "198.18.25.3",
        "198.18.25.4",
        "198.18.25.5",
        "198.18.25.7",
    );
    let builder = always(builder, later, replies().edited(answer_later_types));
    let builder = always(builder, nsec, replies().edited(add_nsec));
    let builder = always(builder, additional, replies().edited(add_short_address));
    let builder = always(builder, mx, replies().edited(spoil_mx));
    always(builder, compressed, replies().edited(answer_compressed))
}

/// Makes a record of any octets, for the name in the question.
fn raw(reply: &DnsPacket, rtype: RecordType, octets: &[u8]) -> Option<Record> {
    Some(Record {
        owner: reply.question()?.qname.clone(),
        class: Class::IN,
        ttl: 3_600,
        rdata: Rdata::Unknown {
            rtype,
            octets: octets.to_vec(),
        },
    })
}

/// Replaces a negative answer by a record.
fn answer(reply: &mut DnsPacket, rtype: RecordType, octets: &[u8]) {
    if reply
        .question()
        .is_some_and(|question| question.qtype == rtype)
        && reply.answers.is_empty()
    {
        reply.answers.extend(raw(reply, rtype, octets));
        reply.authorities.clear();
    }
}

fn answer_later_types(reply: &mut DnsPacket) {
    // CAA: a tag of 255 octets, of which two are there (RFC 8659 section 4.1).
    answer(reply, RecordType::CAA, &[0, 255, b'i', b's']);
    // HTTPS: the parameters alpn, and before it a higher key (RFC 9460 section 2.2).
    let https = [0, 1, 0, 0, 3, 0, 2, 1, 187, 0, 1, 0, 3, 2, b'h', b'2'];
    answer(reply, RecordType::HTTPS, &https);
    // TLSA: one of its three numbers (RFC 6698 section 2.1).
    answer(reply, RecordType::TLSA, &[3]);
}

/// Adds NSEC with a window of no octets to negative answers.
fn add_nsec(reply: &mut DnsPacket) {
    if reply.answers.is_empty() {
        let nsec = raw(reply, RecordType::NSEC, &[0, 0, 0]);
        reply.authorities.extend(nsec);
    }
}

fn add_short_address(reply: &mut DnsPacket) {
    let address = raw(reply, RecordType::A, &[198, 18, 25]);
    let host: Result<Name, _> = "host.additional.malformed.test.".parse();
    if let (Some(mut record), Ok(owner)) = (address, host) {
        record.owner = owner;
        reply.additionals.push(record);
    }
}

/// Replaces the second MX record by one that ends within its preference.
fn spoil_mx(reply: &mut DnsPacket) {
    let is_mx = reply
        .answers
        .iter()
        .any(|record| record.rtype() == RecordType::MX);
    if is_mx {
        reply.answers.pop();
        reply.answers.extend(raw(reply, RecordType::MX, &[0]));
    }
}

/// Answers queries for older types, with compressed names in RDATA.
fn answer_compressed(reply: &mut DnsPacket) {
    answer(reply, RecordType::AFSDB, &[&[0, 1][..], &QNAME].concat());
    answer(reply, RecordType::RP, &[QNAME, QNAME].concat());
    answer(reply, RecordType::MINFO, &[QNAME, QNAME].concat());
    answer(reply, RecordType::MB, &QNAME);
    answer(reply, RecordType::RT, &[&[0, 1][..], &QNAME].concat());
    answer(
        reply,
        RecordType::PX,
        &[&[0, 1][..], &QNAME, &QNAME].concat(),
    );
}
