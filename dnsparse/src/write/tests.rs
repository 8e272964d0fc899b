//! Messages are written in the form of the RFCs, and within their limits.

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

#[test]
fn a_repeated_tail_becomes_a_pointer() {
    let mut packet = DnsPacket::query(0, name("www.example.com"), RecordType::MX);
    let mx = Mx {
        preference: 10,
        exchange: name("mail.example.com"),
    };
    packet.answers = vec![
        Record::new(name("example.com"), 300, Rdata::Mx(mx)),
        address("com"),
    ];
    let octets = packet.write().unwrap();
    let tail = hex::encode(&octets[33..]);
    assert_eq!(
        tail,
        concat!(
            "c010",
            "000f0001",
            "0000012c",
            "0009",
            "000a046d61696cc010", // www is at 12, example at 16
            "c018",
            "00010001",
            "0000012c",
            "0004",
            "c0000201", // com is at 24
        )
    );
}

#[test]
fn a_name_in_another_case_is_not_compressed() {
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::A);
    packet.answers = vec![address("EXAMPLE.com")];
    let again = DnsPacket::parse(&packet.write().unwrap()).unwrap();
    assert_eq!(again.answers[0].owner.to_string(), "EXAMPLE.com.");
}

/// Two tails that begin with the same label but go on differently are different tails.
#[test]
fn equal_labels_with_different_tails_are_not_confused() {
    let mut packet = DnsPacket::query(0, name("a.b.c"), RecordType::A);
    packet.answers = ["a.c", "a.b", "b.b.c", "a.a.b.c", "c", "a"]
        .map(address)
        .into();
    assert_eq!(DnsPacket::parse(&packet.write().unwrap()), Ok(packet));
}

#[test]
fn no_pointer_leads_beyond_14_bits() {
    let mut packet = DnsPacket::query(0, name("a"), RecordType::A);
    let filler = Rdata::Txt(Txt::new(vec![[b'x'; 255]; 70]).unwrap());
    packet.answers = vec![
        Record::new(Name::ROOT, 0, filler),
        address("far.away"),
        address("far.away"),
    ];
    let octets = packet.write().unwrap();
    assert_eq!(DnsPacket::parse(&octets), Ok(packet));
    assert_eq!(octets.windows(4).filter(|w| w == b"\x03far").count(), 2);
}

#[test]
fn rrsets_that_do_not_fit_are_left_out_as_a_whole() {
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::A);
    packet.edns = Some(Edns {
        udp_size: 1232,
        ..Edns::default()
    });
    packet.answers = vec![address("example.com"); 3];
    packet.answers.extend(vec![address("b.example.com"); 40]);
    let whole = packet.write().unwrap();
    for limit in 40..whole.len() {
        let octets = packet.write_within(limit).unwrap();
        assert!(octets.len() <= limit);
        let short = DnsPacket::parse(&octets).unwrap();
        assert!(short.header.tc && short.edns.is_some(), "at {limit}");
        assert!(
            [0, 3].contains(&short.answers.len()),
            "{} answers at {limit}",
            short.answers.len()
        );
    }
    assert_eq!(packet.write_within(whole.len()).unwrap(), whole);
    assert!(matches!(
        packet.write_within(39),
        Err(WriteError::MessageTooLong { .. })
    ));
}

#[test]
fn an_rrset_is_not_separated_from_its_signatures() {
    let record = |text: &str| text.parse::<Record>().unwrap();
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::ANY);
    packet.answers = vec![
        record("example.com 1 A 192.0.2.1"),
        record("example.com 1 A 192.0.2.2"),
        record("example.com 1 RRSIG A 13 2 1 0 0 1 example.com AAAA"),
        record("example.com 1 RRSIG A 13 2 1 0 0 2 example.com AAAA"),
        record("example.com 1 TXT x"),
        record("example.com 1 RRSIG TXT 13 2 1 0 0 1 example.com AAAA"),
    ];
    let whole = packet.write().unwrap().len();
    let written = |limit| DnsPacket::parse(&packet.write_within(limit).unwrap()).unwrap();
    let counts: Vec<usize> = (40..=whole)
        .map(|limit| written(limit).answers.len())
        .collect();
    assert!(counts.is_sorted());
    assert_eq!(counts.iter().find(|count| ![0, 4, 6].contains(count)), None);
    assert_eq!(
        (
            counts[0],
            counts[counts.len() - 2],
            counts[counts.len() - 1]
        ),
        (0, 4, 6)
    );
}

#[test]
fn tc_is_set_for_glue_and_not_for_other_additional_records() {
    let mut packet = DnsPacket::query(0, name("www.example.com"), RecordType::A);
    packet.answers = vec![address("www.example.com")];
    packet.additionals = vec![address("ns.example.com"); 40];
    let short = DnsPacket::parse(&packet.write_within(512).unwrap()).unwrap();
    assert!(!short.header.tc && short.answers.len() == 1 && short.additionals.is_empty());

    packet.answers.clear();
    packet.authorities = vec![Record::new(
        name("example.com"),
        300,
        Rdata::Ns(name("ns.example.com")),
    )];
    let short = DnsPacket::parse(&packet.write_within(512).unwrap()).unwrap();
    assert!(short.header.tc && short.authorities.len() == 1);

    // The same servers for another zone: their addresses can be looked up.
    packet.authorities = vec![Record::new(
        name("example"),
        300,
        Rdata::Ns(name("ns.example.com")),
    )];
    let short = DnsPacket::parse(&packet.write_within(512).unwrap()).unwrap();
    assert!(!short.header.tc && short.authorities.len() == 1);
}

#[test]
fn errors_carry_the_numbers_that_are_too_large() {
    let mut packet = DnsPacket::query(0, name("a"), RecordType::TXT);
    let txt = Rdata::Txt(Txt::new(vec![[b'x'; 255]; 256]).unwrap());
    packet.answers = vec![Record::new(Name::ROOT, 0, txt)];
    assert_eq!(
        packet.write(),
        Err(WriteError::TooLong {
            what: "RDATA",
            length: 65_536
        })
    );
    let txt = Rdata::Txt(Txt::new(vec![[b'x'; 255]; 255]).unwrap());
    packet.answers = vec![Record::new(Name::ROOT, 0, txt); 2];
    assert_eq!(
        packet.write(),
        Err(WriteError::MessageTooLong { limit: MAX_MESSAGE })
    );
}

#[test]
fn a_limit_below_header_question_and_edns_is_refused() {
    let mut packet = DnsPacket::query(0, name("a"), RecordType::A);
    packet.edns = Some(Edns::default());
    let refused = |packet: &DnsPacket, limits: std::ops::Range<usize>| {
        limits
            .into_iter()
            .all(|limit| packet.write_within(limit) == Err(WriteError::MessageTooLong { limit }))
    };
    assert!(refused(&packet, 0..12 + 7 + 11));
    assert_eq!(packet.write_within(30).unwrap().len(), 30);
    assert!(refused(&DnsPacket::default(), 0..12));
    assert_eq!(DnsPacket::default().write_within(12).unwrap().len(), 12);
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
fn names_in_later_types_are_not_compressed() {
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::DNAME);
    packet.answers = vec![Record::new(
        name("example.com"),
        0,
        Rdata::Dname(name("example.com")),
    )];
    let octets = packet.write().unwrap();
    assert!(octets.ends_with(b"\x07example\x03com\x00"));
}

#[test]
fn thousands_of_names_compress_in_linear_time() {
    let mut packet = DnsPacket::default();
    let soa = Soa {
        mname: name("m.x"),
        rname: name("r.x"),
        serial: 1,
        refresh: 2,
        retry: 3,
        expire: 4,
        minimum: 5,
    };
    packet.answers = vec![Record::new(name("x"), 0, Rdata::Soa(Box::new(soa)))];
    packet
        .answers
        .extend((0..3_000).map(|i| address(&format!("h{i}.some.where.x"))));
    assert_eq!(DnsPacket::parse(&packet.write().unwrap()), Ok(packet));
}

/// The pointer leads to the labels, not to the second owner, which is a pointer itself: some
/// parsers follow only one.
#[test]
fn a_repeated_owner_points_to_its_labels() {
    let mut packet = DnsPacket::query(0, name("www.example.com"), RecordType::A);
    packet.answers = vec![address("example.com"); 3];
    let octets = packet.write().unwrap();
    let records: Vec<_> = octets[33..].chunks(16).map(|record| &record[..2]).collect();
    assert_eq!(records, [b"\xc0\x10"; 3]);
}

#[test]
fn each_of_seven_hundred_names_is_written_once() {
    let mut packet = DnsPacket::query(0, Name::ROOT, RecordType::A);
    // Each is looked up after another owner, in the full table.
    packet.answers = (0..700).map(|host| address(&format!("h{host}"))).collect();
    packet.answers.extend(packet.answers.clone());
    let (start, labels, fields) = (
        17,
        (0..700)
            .map(|host| format!("h{host}").len() + 2)
            .sum::<usize>(),
        14,
    );
    assert_eq!(
        packet.write().unwrap().len(),
        start + labels + 700 * 2 + 1_400 * fields
    );
}

/// Returns the types of the additional section as they were written, and the message.
fn additional_types(packet: &DnsPacket) -> Vec<RecordType> {
    let octets = packet.write().unwrap();
    let records = crate::offsets::records(&octets).unwrap();
    let records: Vec<_> = records.map(Result::unwrap).collect();
    let additional = |record: &&crate::offsets::RecordOffsets| {
        record.section == crate::offsets::Section::Additional
    };
    records
        .iter()
        .filter(additional)
        .map(|record| record.rtype)
        .collect()
}

/// A record that signs the whole message.
fn transaction_signature(rtype: RecordType, length: usize) -> Record {
    let octets = vec![0; length];
    let rdata = crate::parse::rdata_octets(rtype, Class::ANY, &octets);
    Record {
        class: Class::ANY,
        ..Record::new(name("key"), 0, rdata)
    }
}

/// RFC 8945 section 5.1, RFC 2931 section 3.1.
#[test]
fn tsig_and_sig0_are_the_last_records_and_opt_stands_before_them() {
    use RecordType as T;
    let mut packet = DnsPacket::query(0, name("a"), T::A);
    packet.edns = Some(Edns::default());
    packet.additionals = vec![
        transaction_signature(T::TSIG, 16),
        address("b"),
        transaction_signature(T::SIG, 20),
        address("c"),
    ];
    assert_eq!(
        additional_types(&packet),
        [T::A, T::A, T::OPT, T::SIG, T::TSIG]
    );
    packet.edns = None;
    assert_eq!(additional_types(&packet), [T::A, T::A, T::SIG, T::TSIG]);
    // A signature over records is no signature over the message.
    let sig = crate::parse::rdata_octets(T::SIG, Class::IN, &[&[0, 1][..], &[0; 18]].concat());
    packet.additionals.insert(0, Record::new(name("c"), 0, sig));
    assert_eq!(
        additional_types(&packet),
        [T::SIG, T::A, T::A, T::SIG, T::TSIG]
    );
}

#[test]
fn opt_and_tsig_stay_in_a_message_that_is_cut() {
    let mut packet = DnsPacket::query(0, name("a"), RecordType::A);
    packet.edns = Some(Edns::default());
    packet.answers = vec![address("a"); 10];
    packet.additionals = vec![transaction_signature(RecordType::TSIG, 30), address("ns.a")];
    let least = 12 + 7 + 11 + (5 + 10 + 30);
    for limit in least..packet.write().unwrap().len() {
        let octets = packet.write_within(limit).unwrap();
        assert!(octets.len() <= limit);
        let short = DnsPacket::parse(&octets).unwrap();
        assert!(short.edns.is_some(), "at {limit}");
        let last = short.additionals.last().unwrap();
        assert_eq!(last.rtype(), RecordType::TSIG, "at {limit}");
    }
    assert_eq!(
        packet.write_within(least - 1),
        Err(WriteError::MessageTooLong { limit: least - 1 })
    );
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

#[test]
fn records_of_pseudo_types_are_not_written_but_for_those_of_updates_and_transactions() {
    use RecordType as T;
    let write = |rtype, class, octets: &[u8]| {
        let rdata = Rdata::Unknown {
            rtype,
            octets: octets.into(),
        };
        let mut packet = DnsPacket::query(0, name("a"), T::A);
        packet.answers = vec![Record {
            class,
            ..Record::new(name("a"), 0, rdata)
        }];
        packet.write().map(drop)
    };
    for rtype in [
        T::OPT,
        T::NXNAME,
        T::IXFR,
        T::AXFR,
        T::MAILB,
        T::MAILA,
        T::ANY,
    ] {
        let owner = name("a");
        let refused = Err(WriteError::PseudoType { owner, rtype });
        assert_eq!(write(rtype, Class::IN, &[]), refused);
        assert_eq!(write(rtype, Class::ANY, &[0]), refused);
        assert_eq!(write(rtype, Class::ANY, &[]), Ok(()));
        assert_eq!(write(rtype, Class::NONE, &[]), Ok(()));
    }
    for rtype in [T::TSIG, T::TKEY, RecordType(65_280)] {
        assert_eq!(write(rtype, Class::ANY, &[0]), Ok(()));
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
