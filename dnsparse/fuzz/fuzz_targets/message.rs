//! Any octets: parsing returns, and what is read is written and read again the same, in octets and in text.
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
            "it was read and cannot be written"
        );
        return;
    };
    assert_eq!(DnsPacket::parse(&written).as_ref(), Ok(&packet));
    let limit = written.len() / 2 + 12;
    if let Ok(short) = packet.write_within(limit) {
        assert!(short.len() <= limit);
        DnsPacket::parse(&short).expect("a shortened message is one");
    }
});

fn has_malformed(packet: &DnsPacket) -> bool {
    packet
        .records()
        .any(|record| matches!(record.rdata, Rdata::Malformed { .. }))
}

/// A record's line reads back as that record. (In classes ANY and NONE a line says less than a message: it cannot tell a
/// record without RDATA.)
fn check_text(record: &Record) {
    let line = record.to_string();
    if record.class == Class::IN && !matches!(record.rdata, Rdata::Malformed { .. }) {
        assert_eq!(line.parse().as_ref(), Ok(record), "{line}");
    }
}
