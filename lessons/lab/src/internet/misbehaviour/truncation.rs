//! `truncation.test`: damaged datagrams with TC, and octets after the last section.

use network::Via;

use super::always;
use crate::builder::LabBuilder;
use crate::script::{no_reply, replies};

/// The length of a header in octets (RFC 1035 section 4.1.1).
const HEADER: usize = 12;
/// The octets at which the flags and the counts of a header begin.
const FLAGS: usize = 2;
const COUNTS: usize = 4;
/// TC in the first octet of the flags.
const TC: u8 = 0x02;
/// AA in the first octet of the flags.
const AA: u8 = 0x04;

pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    let udp = |builder: LabBuilder, address, edit: fn(&mut Vec<u8>)| {
        builder.misbehaves(address, Via::Udp, replies().edited_octets(edit))
    };
    let builder = udp(builder, "198.18.24.2", cut_last_record);
    let builder = udp(builder, "198.18.24.3", header_without_question);
    let builder = udp(builder, "198.18.24.4", header_alone);
    let builder = udp(builder, "198.18.24.6", header_and_question);
    let builder = udp(builder, "198.18.24.8", header_and_question);
    let builder = udp(builder, "198.18.24.9", header_and_question);
    let builder = builder.misbehaves("198.18.24.8", Via::Tcp, no_reply());
    let trailing = replies().edited_octets(|octets| octets.extend([0; 16]));
    always(builder, "198.18.24.5", trailing)
}

fn set_flags(octets: &mut [u8], set: u8, clear: u8) {
    if let Some(flags) = octets.get_mut(FLAGS) {
        *flags = (*flags | set) & !clear;
    }
}

/// Cuts the message after two octets of its answer's address. The fields before RDATA take 12.
fn cut_last_record(octets: &mut Vec<u8>) {
    set_flags(octets, TC, 0);
    octets.truncate(question_end(octets) + 12 + 2);
}

fn header_alone(octets: &mut Vec<u8>) {
    set_flags(octets, TC, 0);
    octets.truncate(HEADER);
}

fn header_without_question(octets: &mut Vec<u8>) {
    header_alone(octets);
    if let Some(counts) = octets.get_mut(COUNTS..) {
        counts.fill(0);
    }
}

fn header_and_question(octets: &mut Vec<u8>) {
    set_flags(octets, TC, AA);
    octets.truncate(question_end(octets));
    if let Some(counts) = octets.get_mut(COUNTS + 2..HEADER) {
        counts.fill(0);
    }
}

/// Returns the length of the header and the question, whose name is not compressed.
fn question_end(octets: &[u8]) -> usize {
    let mut end = HEADER;
    while let Some(length @ 1..) = octets.get(end) {
        end += usize::from(*length) + 1;
    }
    end + 1 + 4
}
