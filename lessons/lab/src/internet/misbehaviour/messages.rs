//! `messages.test`: messages that break the rules outside of RDATA.

use dnsparse::{Class, DnsPacket, Record};

use super::always;
use crate::builder::LabBuilder;
use crate::script::replies;

/// The length of a header in octets, and the place of the number of additional records in it.
const HEADER: usize = 12;
const ARCOUNT: std::ops::Range<usize> = 10..12;

/// An OPT record without options (RFC 6891 section 6.1.2).
const OPT: [u8; 11] = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0];

pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    let edited = |builder, address, edit: fn(&mut DnsPacket)| {
        always(builder, address, replies().edited(edit))
    };
    let builder = edited(builder, "198.18.31.3", set_high_bit_of_ttls);
    let builder = edited(builder, "198.18.31.4", repeat_answer);
    let builder = edited(builder, "198.18.31.5", add_record_of_chaos);
    let builder = edited(builder, "198.18.31.8", lower_first_ttl);
    let builder = edited(builder, "198.18.31.9", reply_as_resolver);
    let lower_case = replies().edited_octets(|octets| lower_question(octets));
    let builder = always(builder, "198.18.31.2", lower_case);
    let two_opt = replies().edited_octets(|octets| add_record(octets, &OPT));
    let builder = always(builder, "198.18.31.6", two_opt);
    always(
        builder,
        "198.18.31.7",
        replies().edited_octets(add_name_that_loops),
    )
}

fn set_high_bit_of_ttls(reply: &mut DnsPacket) {
    for record in &mut reply.answers {
        record.ttl |= 1 << 31;
    }
}

fn repeat_answer(reply: &mut DnsPacket) {
    reply.answers.extend(reply.answers.clone());
}

fn add_record_of_chaos(reply: &mut DnsPacket) {
    let chaos = |record: &Record| Record {
        class: Class::CH,
        ..record.clone()
    };
    let records: Vec<Record> = reply.answers.iter().map(chaos).collect();
    reply.answers.extend(records);
}

fn lower_first_ttl(reply: &mut DnsPacket) {
    if let Some(first) = reply.answers.first_mut() {
        first.ttl = 5;
    }
}

fn reply_as_resolver(reply: &mut DnsPacket) {
    reply.header.ra = true;
    reply.header.rd = false;
}

/// Writes the letters of the first name in lower case. Lengths of labels are below any letter.
fn lower_question(octets: &mut [u8]) {
    let name = octets.iter_mut().skip(HEADER);
    for octet in name.take_while(|octet| **octet != 0) {
        octet.make_ascii_lowercase();
    }
}

/// Adds a record whose owner is a compression pointer to itself.
fn add_name_that_loops(octets: &mut Vec<u8>) {
    let [high, low] = (0xc000 | octets.len() as u16).to_be_bytes();
    add_record(
        octets,
        &[high, low, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 18, 31, 66],
    );
}

/// Appends a record, and counts it as an additional one.
fn add_record(octets: &mut Vec<u8>, record: &[u8]) {
    if let Some([high, low]) = octets.get_mut(ARCOUNT) {
        let count = u16::from_be_bytes([*high, *low]).wrapping_add(1);
        [*high, *low] = count.to_be_bytes();
        octets.extend_from_slice(record);
    }
}
