//! Offsets agree with the writer's and the parser's fields, in whole, truncated and hostile
//! messages.

use super::*;
use crate::{ClientSubnet, DnsPacket, Edns, EdnsOption, Name};

/// A reply with records in each section, compressed owners, and an OPT record with two options.
fn reply() -> DnsPacket {
    let query = DnsPacket::query(0x0102, "www.example.com".parse().unwrap(), RecordType::A);
    let record = |text: &str| text.parse().unwrap();
    let mut reply = DnsPacket::reply_to(&query);
    reply.answers = vec![
        record("www.example.com. 300 CNAME a.example.net."),
        record("a.example.net. 60 A 192.0.2.1"),
    ];
    reply.authorities = vec![record("example.net. 7200 NS ns1.example.net.")];
    reply.additionals = vec![record("ns1.example.net. 7201 AAAA 2001:db8::1")];
    let subnet = ClientSubnet::new([192, 0, 2, 0].into(), 24);
    reply.edns = Some(Edns {
        udp_size: 1_232,
        extended_rcode: 1,
        do_bit: true,
        z: 5,
        options: vec![EdnsOption::ClientSubnet(subnet), EdnsOption::Padding(3)],
        ..Edns::default()
    });
    reply
}

fn all(message: &[u8]) -> Result<Vec<RecordOffsets>, OffsetError> {
    records(message)?.collect()
}

#[test]
fn each_field_lies_where_the_writer_put_it() {
    let reply = reply();
    let octets = reply.write().unwrap();
    let question = question(&octets).unwrap();
    let qname = &octets[question.start..question.qname_end];
    assert_eq!(qname, reply.questions[0].qname.wire());
    assert_eq!(
        (question.qtype, question.qclass),
        (RecordType::A, Class::IN)
    );

    let mut iterator = records(&octets).unwrap();
    let found: Vec<_> = iterator.by_ref().map(Result::unwrap).collect();
    assert_eq!(iterator.offset(), octets.len());
    assert_eq!(found[0].start, question.end);
    assert_eq!(
        found[0].owner_end,
        question.end + 2,
        "a compression pointer"
    );
    let sections: Vec<_> = found.iter().map(|record| record.section).collect();
    use Section::{Additional, Answer, Authority};
    assert_eq!(
        sections,
        [Answer, Answer, Authority, Additional, Additional]
    );
    assert_eq!(octets[found[1].rdata.clone()], [192, 0, 2, 1]);
    let ttls = reply.records().map(|record| record.ttl);
    assert!(ttls.eq(found[..4].iter().map(|record| record.ttl)));

    let opt = opt(&octets, found[4].start).unwrap();
    assert_eq!((opt.udp_size, opt.version, opt.z), (1_232, 0, 5));
    assert_eq!((opt.extended_rcode, opt.do_bit), (1, true));
    assert_eq!(opt.options, found[4].rdata);
}

#[test]
fn a_changed_ttl_is_the_only_change_that_parsing_sees() {
    let mut reply = reply();
    let mut octets = reply.write().unwrap();
    for record in all(&octets).unwrap() {
        if record.rtype != RecordType::OPT {
            octets[record.ttl_at..record.ttl_at + 4].copy_from_slice(&9_u32.to_be_bytes());
        }
    }
    let sections = [
        &mut reply.answers,
        &mut reply.authorities,
        &mut reply.additionals,
    ];
    for record in sections.into_iter().flatten() {
        record.ttl = 9;
    }
    assert_eq!(DnsPacket::parse(&octets).unwrap(), reply);
}

#[test]
fn no_truncated_message_has_all_its_records() {
    let octets = reply().write().unwrap();
    assert_eq!(all(&octets).unwrap().len(), 5);
    for length in 0..octets.len() {
        assert!(all(&octets[..length]).is_err(), "{length} octets");
    }
    let question_end = question(&octets).unwrap().end;
    for length in 0..question_end {
        assert!(question(&octets[..length]).is_err(), "{length} octets");
    }
    let mut cut = records(&octets[..question_end + 1]).unwrap();
    assert!(cut.next().unwrap().is_err() && cut.next().is_none());
    let start = all(&octets).unwrap()[4].start;
    for length in 0..octets.len() {
        assert!(opt(&octets[..length], start).is_err(), "{length} octets");
    }
}

#[test]
fn only_one_uncompressed_question_is_accepted() {
    let query = DnsPacket::query(1, "example.com".parse().unwrap(), RecordType::A);
    let octets = query.write().unwrap();
    assert!(question(&octets).is_ok());
    let count = |count: u8| {
        let mut octets = octets.clone();
        octets[5] = count;
        question(&octets).map_err(|error| error.to_string())
    };
    let error = "the octets from 4 on are not a header with one question";
    assert_eq!(count(0), Err(error.to_owned()));
    assert!(count(2).is_err());
    let mut compressed = octets.clone();
    compressed[12..14].copy_from_slice(&[0xc0, 0]);
    let error = "the octets from 12 on are not an uncompressed name";
    assert_eq!(question(&compressed).unwrap_err().to_string(), error);
}

#[test]
fn a_name_has_at_most_255_octets() {
    let name = |last: usize| {
        let mut octets = [[63; 64]; 3].concat();
        octets.push(last as u8);
        octets.resize(octets.len() + last, b'a');
        [&octets[..], &[0]].concat()
    };
    assert_eq!(name_end(&name(61), 0), Ok(255));
    assert!(name_end(&name(62), 0).is_err());
    // A pointer stands for at least one octet of the name, and takes two.
    let with_pointer = |last: usize| {
        let mut octets = name(last);
        octets.pop();
        octets.extend([0xc0, 0]);
        name_end(&octets, 0)
    };
    assert_eq!(with_pointer(61), Ok(256));
    assert!(with_pointer(62).is_err());
    assert!(name_end(&[0xc0], 0).is_err(), "half a pointer");
    assert!(name_end(&[0x40, 0], 0).is_err(), "label type 01");
    assert!(name_end(&[0x80, 0], 0).is_err(), "label type 10");
    assert!(name_end(&[0], 1).is_err(), "an offset behind the message");
    assert!(name_end(&[0], usize::MAX).is_err());
}

#[test]
fn options_fill_the_rdata_of_an_opt_record() {
    let with = |length: u8, option: &[u8]| {
        let fixed = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, length];
        opt(&[&fixed, option].concat(), 0)
    };
    assert_eq!(with(6, &[0, 10, 0, 2, 7, 7]).unwrap().options, 11..17);
    assert!(with(6, &[0, 10, 0, 3, 7, 7]).is_err());
    assert!(with(6, &[0, 10, 0, 3, 7, 7, 7]).is_err());
    assert!(with(3, &[0, 10, 0]).is_err());
    assert!(with(3, &[0, 10, 0, 0]).is_err());
    assert!(opt(&[0; 11], 0).is_err(), "type 0");
}

/// Asserts that each record begins where the one before it ends. No octet is read twice, so the
/// whole work is linear in the message's length.
#[track_caller]
fn assert_linear(message: &[u8]) {
    let Ok(records) = records(message) else {
        return;
    };
    let mut end = HEADER;
    for record in records.filter_map(Result::ok) {
        assert!(end <= record.start && record.start < record.owner_end);
        assert!(record.owner_end - record.start <= MAX_NAME + 1);
        assert_eq!(record.ttl_at + 6, record.rdata.start);
        assert!(record.rdata.start <= record.rdata.end && record.rdata.end <= message.len());
        let _ = opt(message, record.start);
        end = record.rdata.end;
    }
}

#[test]
fn hostile_octets_neither_panic_nor_cost_more() {
    let whole = reply().write().unwrap();
    for at in 0..whole.len() {
        for value in [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff] {
            let mut hostile = whole.clone();
            hostile[at] = value;
            assert_linear(&hostile);
            assert_linear(&hostile[..at]);
            let _ = name_end(&hostile, at);
            let _ = opt(&hostile, at);
        }
    }
    // As many records as the header can count, and names as long as they can be.
    for filler in [0, 1, 0x3f, 0xc0] {
        let mut hostile = vec![filler; 65_535];
        hostile[..12].copy_from_slice(&[0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255]);
        hostile[12] = 0;
        assert_linear(&hostile);
    }
}

#[test]
fn the_root_has_offsets_too() {
    let octets = DnsPacket::query(1, Name::ROOT, RecordType::NS)
        .write()
        .unwrap();
    let question = question(&octets).unwrap();
    assert_eq!(
        (question.start, question.qname_end, question.end),
        (12, 13, 17)
    );
    assert_eq!(records(&octets).unwrap().count(), 0);
}
