//! Messages are written in the form of the RFCs, and within their limits.

mod compression;
mod pseudo_records;
mod truncation;

use super::*;
use crate::types::{Edns, Mx, Rcode, Rdata, Soa, Txt};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn address(owner: &str) -> Record {
    Record::new(name(owner), 300, Rdata::A([192, 0, 2, 1].into()))
}

#[test]
fn a_query_has_the_form_of_the_rfc() {
    let mut query = DnsPacket::query(0xbeef, name("example.com"), RecordType::A);
    query.header.rd = true;
    let expected = "beef01000001000000000000076578616d706c6503636f6d0000010001";
    assert_eq!(hex::encode(query.write().unwrap()), expected);
}

#[test]
fn all_65_536_flags_parse_back_the_same() {
    for bits in 0..=u16::MAX {
        let mut message = [0; 12];
        message[2..4].copy_from_slice(&bits.to_be_bytes());
        let packet = DnsPacket::parse(&message).unwrap();
        assert_eq!(packet.write().unwrap(), message);
    }
}

fn with_rdata(rtype: RecordType, octets: &[u8]) -> DnsPacket {
    let rdata = crate::parse::rdata_octets(rtype, crate::Class::IN, octets);
    assert!(matches!(rdata, Rdata::Malformed { .. }), "{rtype} {rdata}");
    let mut packet = DnsPacket::query(0, name("a"), rtype);
    packet.answers = vec![Record::new(name("a"), 0, rdata)];
    packet
}

/// A pointer in it leads elsewhere in another message.
#[test]
fn malformed_rdata_of_a_type_with_compressed_names_is_not_written() {
    use RecordType as T;
    for rtype in [T::NS, T::CNAME, T::SOA, T::PTR, T::MX, T::SRV, T::NAPTR] {
        let packet = with_rdata(rtype, &[0, 0, 0, 0, 0, 0, 0x40]);
        let owner = name("a");
        assert_eq!(packet.write(), Err(WriteError::Malformed { owner, rtype }));
        assert!(packet.answers[0].rdata.octets().is_err());
    }
}

#[test]
fn malformed_rdata_of_any_other_type_is_written_as_it_was_sent() {
    use RecordType as T;
    for (rtype, octets) in [
        (T::A, b"\x01\x02\x03".as_slice()),
        (T::AAAA, b"\x01"),
        (T::TXT, b"\x05abc"),
        (T::CAA, b""),
        (T::DNAME, b"\x01a\x00\x00"),
        (T::RRSIG, b"\xc0\x0c"),
        (T::NSEC, b"\x00\x01\x00"),
        // A port of three octets, as some servers send it.
        (T::HTTPS, b"\x00\x01\x00\x00\x03\x00\x03\x00\x00\x35"),
    ] {
        let packet = with_rdata(rtype, octets);
        let written = packet.write().unwrap();
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        assert!(written.ends_with(&[&length, octets].concat()), "{rtype}");
        assert_eq!(packet.write_within(512), Ok(written));
        assert_eq!(packet.answers[0].rdata.octets().unwrap(), octets);
    }
}

#[test]
fn an_rcode_over_15_is_split_between_header_and_edns() {
    let edns = |extended_rcode| Edns {
        extended_rcode,
        ..Edns::default()
    };
    let write = |rcode, edns| {
        let mut packet = DnsPacket {
            edns,
            ..DnsPacket::default()
        };
        packet.header.rcode = Rcode(rcode);
        let written = packet.write()?;
        assert_eq!(packet.write_within(512).as_ref(), Ok(&written));
        let read = DnsPacket::parse(&written).unwrap();
        assert_eq!(packet.rcode(), read.rcode());
        Ok(read.rcode().0)
    };
    let too_large = |rcode, limit| {
        Err(WriteError::RcodeTooLarge {
            rcode: Rcode(rcode),
            limit,
        })
    };
    assert_eq!(write(15, None), Ok(15));
    assert_eq!(write(16, None), too_large(16, 15));
    assert_eq!(write(23, Some(edns(0))), Ok(23));
    assert_eq!(write(23, Some(edns(1))), Ok(23));
    assert_eq!(write(7, Some(edns(1))), Ok(23));
    assert_eq!(write(4_095, Some(edns(0))), Ok(4_095));
    assert_eq!(write(4_096, Some(edns(0))), too_large(4_096, 4_095));
    assert_eq!(
        write(16, None).unwrap_err().to_string(),
        "RCODE 16 does not fit, the limit is 15: 15 in the header, 4095 with EDNS"
    );
}

#[test]
fn an_opcode_over_15_is_not_written() {
    let mut packet = DnsPacket::default();
    for number in 0..=u8::MAX {
        let opcode = crate::Opcode(number);
        packet.header.opcode = opcode;
        match packet.write() {
            Ok(octets) => assert_eq!((octets[2] >> 3, number < 16), (number, true)),
            Err(error) => assert_eq!(error, WriteError::OpcodeTooLarge { opcode }),
        }
    }
}

/// A field that its type needs is not left out.
#[test]
fn an_empty_digest_is_not_written() {
    let ds = crate::Ds {
        key_tag: 1,
        algorithm: 13,
        digest_type: 2,
        digest: vec![],
    };
    let error = Rdata::Ds(Box::new(ds)).octets().unwrap_err();
    assert_eq!(
        error.to_string(),
        "a digest has 0 octets, it needs at least 1"
    );
}

#[test]
fn a_buffer_is_used_again_and_empty_after_an_error() {
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::A);
    packet.answers = vec![address("example.com"); 3];
    let mut out = vec![7; 512];
    let (place, capacity) = (out.as_ptr(), out.capacity());
    packet.write_into(&mut out).unwrap();
    assert_eq!(out, packet.write().unwrap());
    assert_eq!((out.as_ptr(), out.capacity()), (place, capacity));
    packet.write_tcp_into(&mut out).unwrap();
    assert_eq!(out[2..], packet.write().unwrap());
    assert_eq!((out.as_ptr(), out.capacity()), (place, capacity));

    packet.header.opcode = crate::Opcode(16);
    assert!(packet.write_into(&mut out).is_err() && out.is_empty());
    let malformed = with_rdata(RecordType::MX, &[0]);
    out.push(7);
    assert!(malformed.write_into(&mut out).is_err() && out.is_empty());
    assert_eq!(out.capacity(), capacity);
}
