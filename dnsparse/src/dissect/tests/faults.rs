//! Messages that break rules: how a dissection marks the faults and goes on.

use super::*;
use crate::rdata::caa::BAD_TAG;

#[test]
fn bad_rdata_is_marked_and_the_next_record_dissected() {
    insta::assert_snapshot!("malformed", from_heading("answer[0]", MALFORMED));
}

#[test]
fn the_missing_fields_of_a_truncated_message_are_listed() {
    let text = shown(&octets(REFERRAL)[..50]);
    insta::assert_snapshot!(&text[text.find("authority").unwrap()..], @"
    authority[0]
       33  c0 10                    owner             → 16 = example.com.
       35  00 02                    type              NS (2)
       37  00 01                    class             IN (1)
       39  00 02 a3 00              ttl               172800 seconds = 2d
       43  00 06                    rdlength          6 octets
       45  03 6e 73 31              nsdname           ns1
       49  c0
        ✗  the message ends within this field
       50                           missing           1 octet more, since rdlength is 6
    additional[0]
       50                           missing           2 more, since arcount is 2
    ");
}

#[test]
fn a_truncated_header_is_shown_as_far_as_it_goes() {
    insta::assert_snapshot!(shown(&octets(REFERRAL)[..3]), @"
    header
        0  12 34                    id                0x1234
        2  80                       flags
        ✗  the message ends within this field
    ");
}

#[test]
fn an_empty_message_lacks_an_id() {
    insta::assert_snapshot!(shown(&[]), @"
    header
        0                           id
        ✗  the message ends within this field
    ");
}

#[test]
fn a_pointer_to_itself_is_marked_and_the_question_dissected() {
    let message = octets("1234 0100 0001 0000 0000 0000  c00c 0001 0001");
    let text = shown(&message);
    insta::assert_snapshot!(&text[text.find("question").unwrap()..], @"
    question[0]
       12  c0 0c                    qname             → 12
        ✗  compression pointer to 12 does not point backwards (RFC 1035 section 4.1.4)
       14  00 01                    qtype             A (1)
       16  00 01                    qclass            IN (1)
    ");
}

#[test]
fn octets_after_a_name_without_end_are_shown_as_unread() {
    let message = octets("1234 0100 0001 0000 0000 0001  01 61 40 0001 0001 000000000000000000");
    let text = shown(&message);
    insta::assert_snapshot!(&text[text.find("question").unwrap()..], @"
    question[0]
       12  01 61                    qname             a
       14  40
        ✗  label type 0x40 is not in use (RFC 1035 section 4.1.4)
       15  00 01 00 01 00 00 00 00  unread            where the next field starts cannot be known
       23  00 00 00 00 00
    additional[0]
       28                           missing           1 more, since arcount is 1
    ");
}

#[test]
fn trailing_octets_are_marked() {
    let message = octets("1234 0100 0000 0000 0000 0000  68656c6c6f2c20776f726c64");
    let text = shown(&message);
    insta::assert_snapshot!(&text[text.find("trailing").unwrap()..], @"
    trailing
       12  68 65 6c 6c 6f 2c 20 77  octets            12 octets
       20  6f 72 6c 64
        ✗  octets left after the last section: 12
    ");
}

#[test]
fn an_opt_record_must_be_single_and_at_the_root_in_the_additional_section() {
    let opt = "0029 0200 00 00 0000 0000";
    let at = |counts: &str, records: &str| {
        faults(&octets(&format!("1234 8000 0000 {counts} {records}")))
    };
    assert_eq!(at("0000 0000 0001", &format!("00 {opt}")), []);
    assert_eq!(
        at("0000 0000 0002", &format!("00 {opt} 00 {opt}")),
        [(24, ParseErrorKind::SecondOpt)]
    );
    assert_eq!(
        at("0000 0000 0001", &format!("01 61 00 {opt}")),
        [(15, ParseErrorKind::OptOwnerNotRoot)]
    );
    assert_eq!(
        at("0001 0000 0000", &format!("00 {opt}")),
        [(13, ParseErrorKind::MisplacedOpt)]
    );
}

#[test]
fn a_tag_has_letters_and_digits_and_strings_have_all_their_octets() {
    let at = |record: &str| {
        faults(&octets(&format!(
            "1234 8000 0000 0001 0000 0000 00 {record}"
        )))
    };
    assert_eq!(at("0101 0001 00000000 0004 00 02 6139"), []);
    assert_eq!(at("0101 0001 00000000 0004 00 02 612d"), [(24, BAD_TAG)]);
    assert_eq!(
        at("0010 0001 00000000 0004 01 61 02 62"),
        [(25, ParseErrorKind::RdataTruncated)]
    );
    assert_eq!(
        at("0010 0001 00000000 0000"),
        [(23, ParseErrorKind::RdataTruncated)]
    );
}

/// A name that is a pointer to a pointer to a pointer: 32,000 of them.
#[test]
fn chains_of_pointers_cost_no_more_than_the_parser_allows() {
    let mut message = octets("1234 8000 ffff 0000 0000 0000  00 0001 0001");
    while message.len() < 65_500 {
        let target = (message.len() as u16 - 6).clamp(12, 0x3fff);
        message.extend((0xc000 | target).to_be_bytes());
        message.extend([0, 1, 0, 1]);
    }
    let dissection = dissect(&message);
    assert_covered(&dissection, &message);
    let first = dissection.fields.iter().find_map(|field| field.fault);
    assert_eq!(first, Some(ParseErrorKind::TooManyPointers { limit: 16 }));
}
