//! Any octets: parsing returns, and a message that parses is the same after writing and parsing it
//! again, in octets and in text.
#![no_main]

use dnsparse::{Class, DnsPacket, Rdata, Record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    let Ok(packet) = DnsPacket::parse(message) else {
        return;
    };
    packet.records().for_each(check_text);
    let Ok(written) = packet.write() else {
        assert!(
            has_malformed(&packet) || message.len() > 16_000,
            "the message was parsed and cannot be written"
        );
        return;
    };
    assert_eq!(DnsPacket::parse(&written).as_ref(), Ok(&packet));
    let limit = written.len() / 2 + 12;
    if let Ok(short) = packet.write_within(limit) {
        assert!(short.len() <= limit);
        DnsPacket::parse(&short).expect("a shortened message is a message");
    }
});

fn has_malformed(packet: &DnsPacket) -> bool {
    packet
        .records()
        .any(|record| matches!(record.rdata, Rdata::Malformed { .. }))
}

/// Asserts that a record's line parses back to that record. (Not in classes ANY and NONE: text has
/// no form for a record without RDATA.)
fn check_text(record: &Record) {
    let line = record.to_string();
    if record.class == Class::IN && !matches!(record.rdata, Rdata::Malformed { .. }) {
        assert_eq!(line.parse().as_ref(), Ok(record), "{line}");
    }
}
