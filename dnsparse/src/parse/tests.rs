//! Parsing accepts valid messages, refuses others, and names the broken rule.

use super::*;
use crate::types::{Mx, Rdata};

fn octets(text: &str) -> Vec<u8> {
    hex::decode(text.replace([' ', '\n'], "")).unwrap()
}

/// Parses a message that is refused, and returns the error.
fn refusal(text: &str) -> String {
    DnsPacket::parse(&octets(text)).unwrap_err().to_string()
}

/// A response with one MX for example.com.
const MX: &str = "
    0001 8180 0001 0001 0000 0000
    076578616d706c6503636f6d00 000f 0001
    c00c 000f 0001 0000012c 0009 000a 046d61696c c00c";

#[test]
fn names_go_on_where_pointers_lead() {
    let packet = DnsPacket::parse(&octets(MX)).unwrap();
    let exchange = "mail.example.com".parse().unwrap();
    assert_eq!(
        packet.answers[0].rdata,
        Rdata::Mx(Mx {
            preference: 10,
            exchange
        })
    );
    assert_eq!(packet.answers[0].owner, packet.questions[0].qname);
}

#[test]
fn octets_after_the_last_section_are_refused_or_returned() {
    let whole = octets(MX);
    for count in 0..4 {
        let message = [whole.as_slice(), &[0xc0; 3][..count.min(3)]].concat();
        let (packet, trailing) = DnsPacket::parse_lenient(&message).unwrap();
        assert_eq!(packet, DnsPacket::parse(&whole).unwrap());
        assert_eq!(trailing, &message[whole.len()..]);
        match DnsPacket::parse(&message) {
            Ok(_) => assert!(trailing.is_empty()),
            Err(error) => assert_eq!(
                (error.octet, error.kind),
                (whole.len(), ParseErrorKind::TrailingOctets { count })
            ),
        }
    }
    for length in 0..whole.len() {
        let strict = DnsPacket::parse(&whole[..length]).unwrap_err();
        assert_eq!(DnsPacket::parse_lenient(&whole[..length]), Err(strict));
    }
}

#[test]
fn header_and_question_are_parsed_from_a_message_cut_anywhere_behind_them() {
    let whole = octets(MX);
    let packet = DnsPacket::parse(&whole).unwrap();
    let question_end = 12 + 13 + 4;
    for length in 0..=whole.len() {
        match DnsPacket::parse_head(&whole[..length]) {
            Ok(head) => {
                assert_eq!(head.header, packet.header);
                assert_eq!(head.questions, packet.questions);
                assert_eq!(head.records().count(), 0);
                assert!(length >= question_end);
            }
            Err(error) => assert!(length < question_end, "at {length}: {error}"),
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    let whole = octets(MX);
    for length in 0..whole.len() {
        let error = DnsPacket::parse(&whole[..length]).unwrap_err();
        assert_eq!(
            error.kind,
            ParseErrorKind::Truncated,
            "at {length}: {error}"
        );
        assert!(error.octet <= length, "at {length}: {error}");
    }
}

#[test]
fn an_error_names_octet_field_and_rule() {
    let header = "0001 0100 0001 0000 0000 0000";
    assert_eq!(
        refusal(&format!("{header} c00c 0001 0001")),
        "question[0].qname at octet 12: compression pointer to 12 does not point backwards (RFC 1035 section 4.1.4)"
    );
    assert_eq!(
        refusal(&format!("{header} 0161 4162 00 0001 0001")),
        "question[0].qname at octet 14: label type 0x41 is not in use (RFC 1035 section 4.1.4)"
    );
    assert_eq!(
        refusal(&format!("{header} 00 0001 0001 dead")),
        "message at octet 17: octets left after the last section: 2"
    );
    assert_eq!(
        refusal(&format!("{header} 00 0001 00")),
        "question[0].qclass at octet 15: the message ends within this field"
    );
}

/// A pointer into its own name would loop: labels, pointer, the same labels …
#[test]
fn pointers_into_their_own_name_are_refused() {
    assert!(
        refusal("0001 0100 0001 0000 0000 0000 0161 c00c 0001 0001")
            .contains("to 12 does not point backwards")
    );
    assert!(
        refusal("0001 0100 0001 0000 0000 0000 0161 0162 c00e 0001 0001")
            .contains("to 14 does not")
    );
    assert!(
        refusal("0001 0100 0001 0000 0000 0000 0161 c0ff 0001 0001").contains("to 255 does not")
    );
}

#[test]
fn a_name_takes_at_most_127_pointers() {
    let chain = |pointers: usize| {
        let mut message = octets("0001 8180 0000 0001 0000 0000 00 ffff 0001 00000000");
        let start = message.len() + 2;
        message.extend(u16::try_from(2 * pointers + 1).unwrap().to_be_bytes());
        message.push(0);
        let mut target = start;
        for place in 0..pointers {
            message.extend((0xc000 | target as u16).to_be_bytes());
            target = start + 1 + 2 * place;
        }
        message[7] = 2;
        message.extend((0xc000 | target as u16).to_be_bytes());
        message.extend(octets("0001 0001 00000000 0004 c0000201"));
        DnsPacket::parse(&message)
    };
    assert!(chain(126).is_ok());
    assert_eq!(
        chain(127).unwrap_err().kind,
        ParseErrorKind::TooManyPointers { limit: 127 }
    );
}

#[test]
fn a_name_of_255_octets_is_the_longest() {
    let label = format!("3f{}", "61".repeat(63));
    let question = |last: usize| {
        let last = format!("{last:02x}{}", "62".repeat(last));
        format!("0001 0100 0001 0000 0000 0000 {label}{label}{label}{last}00 0001 0001")
    };
    assert_eq!(
        DnsPacket::parse(&octets(&question(61))).unwrap().questions[0]
            .qname
            .wire()
            .len(),
        255
    );
    assert!(refusal(&question(62)).contains("longer than 255 octets"));
}

#[test]
fn bad_rdata_makes_one_record_malformed() {
    let packet = DnsPacket::parse(&octets(
        "0001 8180 0000 0004 0000 0000
         00 0001 0001 00000000 0003 c00002
         00 0001 0001 00000000 0005 c000020101
         00 000f 0001 00000000 0004 000a c0ff
         00 0001 0001 00000000 0004 c0000201",
    ))
    .unwrap();
    let problems = packet.answers.iter().map(|record| match &record.rdata {
        Rdata::Malformed { error, .. } => error.to_string(),
        rdata => rdata.rtype().to_string(),
    });
    assert_eq!(
        problems.collect::<Vec<_>>(),
        [
            "answer[0].rdata.address at octet 23: RDATA ends within this field, RDLENGTH is too small",
            "answer[1].rdata at octet 41: octets left over in RDATA: 1, RDLENGTH is too large",
            "answer[2].rdata.exchange at octet 55: compression pointer to 255 does not point backwards (RFC 1035 section 4.1.4)",
            "A",
        ]
    );
}

#[test]
fn edns_is_taken_out_of_the_additional_section() {
    let opt = "00 0029 04d0 01 00 8000 0006 000a 0002 beef";
    let packet =
        DnsPacket::parse(&octets(&format!("0001 8180 0000 0000 0000 0001 {opt}"))).unwrap();
    let edns = packet.edns.as_ref().unwrap();
    assert_eq!((edns.udp_size, edns.version, edns.do_bit), (1232, 0, true));
    assert_eq!(
        edns.options,
        [EdnsOption::Unknown {
            code: 10,
            octets: vec![0xbe, 0xef]
        }]
    );
    assert_eq!(packet.rcode(), Rcode::BADVERS);
    assert!(packet.additionals.is_empty());
}

#[test]
fn opt_stands_once_in_the_additional_section() {
    let opt = "00 0029 04d0 00000000 0000";
    let message =
        |counts: &str, records: &str| refusal(&format!("0001 8180 0000 {counts} {records}"));
    assert!(
        message("0000 0000 0002", &format!("{opt} {opt}"))
            .starts_with("additional[1] at octet 23: there is more")
    );
    assert!(message("0001 0000 0000", opt).contains("outside the additional section"));
    assert!(message("0000 0001 0000", opt).contains("outside the additional section"));
    assert!(message("0000 0000 0001", &format!("0161{opt}")).contains("must be the root"));
    let option = "00 0029 04d0 00000000 0005 000a 0002 be";
    assert!(
        message("0000 0000 0001", option)
            .starts_with("additional[0].rdata.option at octet 27: RDATA ends")
    );
}

#[test]
fn counts_without_entries_are_refused() {
    let error = DnsPacket::parse(&octets("0001 8180 ffff ffff ffff ffff")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "question[0].qname at octet 12: the message ends within this field"
    );
}

#[test]
fn types_without_a_form_are_passed_on_as_octets() {
    let octets = octets(
        "0001 8180 0000 0002 0000 0000 00 ff00 0001 00000000 0002 c00c 00 0001 0003 00000000 0003 00 0001",
    );
    let packet = DnsPacket::parse(&octets).unwrap();
    assert_eq!(
        packet.answers[0].rdata,
        Rdata::Unknown {
            rtype: RecordType(0xff00),
            octets: vec![0xc0, 0x0c]
        }
    );
    assert_eq!(
        packet.answers[1].rdata,
        Rdata::Unknown {
            rtype: RecordType::A,
            octets: vec![0, 0, 1]
        }
    );
    assert_eq!(packet.write().unwrap(), octets);
}

#[test]
fn a_pointer_into_the_header_is_refused() {
    let question = |target: u8| {
        refusal(&format!(
            "0000 0100 0001 0000 0000 0000 0161 c0{target:02x} 0001 0001"
        ))
    };
    for target in 0..12 {
        assert_eq!(
            question(target),
            format!(
                "question[0].qname at octet 12: compression pointer to {target} points into the header, which ends at octet 12"
            )
        );
    }
    assert!(question(12).contains("does not point backwards"));
}

#[test]
fn a_pointer_in_rdata_that_stands_alone_is_refused() {
    let octets = [&[0, 10, 1, b'a', 0], &[0xc0; 30][..]].concat();
    for target in 0..20 {
        let octets = [&octets[..], &[0xc0, target]].concat();
        let rdata = rdata_octets(
            RecordType::MX,
            Class::IN,
            &[&[0, 10, 1, b'b'], &octets[35..]].concat(),
        );
        let Rdata::Malformed { error, .. } = rdata else {
            panic!("{rdata}")
        };
        let target = u16::from(target);
        assert_eq!(
            (error.octet, error.kind),
            (2, ParseErrorKind::PointerNotAllowed { target })
        );
    }
}

/// The first rule that is broken, label by label, is the fault.
#[test]
fn a_name_that_is_too_long_and_breaks_another_rule_has_the_first_fault() {
    let label = |length: usize| format!("{length:02x}{}", "61".repeat(length));
    let long = label(63).repeat(3);
    let header = "0001 0100 0001 0000 0000 0000";
    let kind = |name: &str| {
        DnsPacket::parse(&octets(&format!("{header} {name}")))
            .unwrap_err()
            .kind
    };
    // The fourth label of 63 octets makes the name too long, and is not all there.
    assert_eq!(
        kind(&format!("{long}{}", &label(63)[..100])),
        ParseErrorKind::Truncated
    );
    assert_eq!(
        kind(&format!("{long}{}", label(63))),
        ParseErrorKind::NameTooLong
    );
    assert_eq!(
        kind(&format!("{long}{}41", label(62))),
        ParseErrorKind::NameTooLong
    );
    assert_eq!(
        kind(&format!("{long}{}41", label(61))),
        ParseErrorKind::LabelType { octet: 0x41 }
    );
    // After a pointer into RDATA, at octet 23, which goes on with a label type that is not in use.
    let behind = |length: usize| {
        let first = format!("00 ff00 0001 00000000 00c1 {long}41");
        let second = format!("{} c017", label(length));
        DnsPacket::parse(&octets(&format!(
            "0001 8180 0000 0002 0000 0000 {first} {second}"
        )))
    };
    assert_eq!(behind(62).unwrap_err().kind, ParseErrorKind::NameTooLong);
    let bad_label = ParseErrorKind::LabelType { octet: 0x41 };
    assert_eq!(behind(61).unwrap_err().kind, bad_label);
    // The same after a pointer.
    let second = |tail: &str| {
        let question = format!("{long}00 0001 0001 {tail}");
        let message = octets(&format!("0001 0100 0002 0000 0000 0000 {question}"));
        DnsPacket::parse(&message).unwrap_err().kind
    };
    assert_eq!(
        second(&format!("{} c00c 0001 0001", label(62))),
        ParseErrorKind::NameTooLong
    );
    assert_eq!(
        second(&format!("{} c00c 0001", label(61))),
        ParseErrorKind::Truncated
    );
}
