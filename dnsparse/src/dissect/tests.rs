//! Dissections of messages composed by hand, and what holds for all octets whatsoever.

use proptest::prelude::*;

use super::*;
use crate::{DnsPacket, ParseError, Rdata};

mod rdata;

/// `yahoo.com. A`, as a stub resolver asks, with EDNS.
const QUERY: &str = "
    1234 0120 0001 0000 0000 0001   ; id, RD and AD, one question, one additional
    05 7961686f6f 03 636f6d 00      ; yahoo.com.
    0001 0001                       ; A IN
    00 0029 04d0 00 00 8000 000c    ; OPT: 1232 octets, version 0, DO, 12 octets of options
    000a 0008 0123456789abcdef      ; a client's cookie
";

/// `www.yahoo.com. A` is an alias of a name with an address.
const ALIAS: &str = "
    1234 8180 0001 0002 0000 0000   ; id, QR RD RA, one question, two answers
    03 777777 05 7961686f6f 03 636f6d 00  0001 0001
    c00c 0005 0001 0000003c 0007    ; answer[0]: owner at 12, CNAME IN 60
    04 65646765 c010                ; edge, then what is at 16: yahoo.com.
    c02b 0001 0001 0000012c 0004    ; answer[1]: owner at 43, A IN 300
    c0000201                        ; 192.0.2.1
";

/// A server for `com.` sends the asker on to those of `example.com.`, with glue.
pub(super) const REFERRAL: &str = "
    1234 8000 0001 0000 0001 0002   ; id, QR, one question, one authority, two additional
    03 777777 07 6578616d706c65 03 636f6d 00  001c 0001
    c010 0002 0001 0002a300 0006    ; authority[0]: example.com. NS IN 172800
    03 6e7331 c010                  ; ns1.example.com.
    c02d 0001 0001 0002a300 0004 c0000235
    c02d 001c 0001 0002a300 0010 20010db8000000000000000000000053
";

/// There is no `nosuch.example.com.`
const NXDOMAIN: &str = "
    1234 8583 0001 0000 0001 0000   ; id, QR AA RD RA NXDOMAIN, one question, one authority
    06 6e6f73756368 07 6578616d706c65 03 636f6d 00  0001 0001
    c013 0006 0001 00000e10 0027    ; authority[0]: example.com. SOA IN 3600
    03 6e7331 c013  0a 686f73746d6173746572 c013
    78c52a01 00001c20 00000e10 00127500 00000e10
";

/// Four answers, of which the second and third have bad RDATA.
const MALFORMED: &str = "
    1234 8400 0000 0004 0000 0000
    00 0001 0001 00000000 0004 c0000201         ; A, as it should be
    00 0001 0001 00000001 0003 c00002           ; A, one octet too short
    00 000f 0001 00000002 0006 000a 80 010203   ; MX, with a label type that is not in use
    00 0005 0001 00000003 0003 00 beef          ; CNAME, two octets too long
";

/// A TXT record with two strings, the first longer than a line, and a CAA record.
const TEXTS: &str = r"
    1234 8400 0000 0002 0000 0000
    00 0010 0001 80000000 000f  0b 763d73706631202d616c6c 02 5c07   ; v=spf1 -all, a backslash and a bell
    00 0101 0001 00000e11 000a  80 05 6973737565 63 61 22           ; issue
";

const FIXTURES: [&str; 6] = [QUERY, ALIAS, REFERRAL, NXDOMAIN, MALFORMED, TEXTS];

/// All that is taken apart in these tests: the fixtures, and messages with a record of each type and options of each code.
fn messages() -> Vec<Vec<u8>> {
    let by_hand = FIXTURES.map(octets);
    by_hand
        .into_iter()
        .chain([rdata::every_type(), rdata::every_option()])
        .collect()
}

/// The octets of a fixture: hex, with comments from `;` to the end of the line.
pub(super) fn octets(fixture: &str) -> Vec<u8> {
    let lines = fixture.lines().map(|line| line.split(';').next().unwrap());
    hex::decode(lines.flat_map(str::split_whitespace).collect::<String>()).unwrap()
}

fn shown(message: &[u8]) -> String {
    let dissection = dissect(message);
    assert_covered(&dissection, message);
    dissection.to_string()
}

/// The text from a heading on.
fn from_heading(heading: &str, fixture: &str) -> String {
    from_message(heading, &octets(fixture))
}

fn from_message(heading: &str, message: &[u8]) -> String {
    let text = shown(message);
    let at = text.find(&format!("{heading}\n")).expect("no such heading");
    text[at..].to_owned()
}

/// Each octet is in exactly one field, in one line of the text, and all of it stays small.
fn assert_covered(dissection: &Dissection, message: &[u8]) {
    let mut at = 0;
    for field in &dissection.fields {
        assert_eq!(field.offset, at, "{field:?}");
        at += field.length;
        let parts = field.parts.iter().map(|part| match part {
            Part::Label(length)
            | Part::CharString(length)
            | Part::Text(length)
            | Part::Octets(length, _) => *length,
            Part::Bits { .. } => 0,
        });
        assert!(
            field.parts.is_empty() || parts.sum::<usize>() == field.length,
            "{field:?}"
        );
        assert!(field.meaning.chars().count() <= MAX_SHOWN);
    }
    assert_eq!(at, message.len());
    let text = dissection.to_string();
    assert_eq!(octets_in(&text), message);
    assert!(
        text.len() <= 2000 + 100 * message.len(),
        "{} octets of text for {}",
        text.len(),
        message.len()
    );
}

/// The octets that stand in the text's second column.
fn octets_in(text: &str) -> Vec<u8> {
    let has_offset = |line: &&str| line.len() > 7 && line.as_bytes()[4].is_ascii_digit();
    let column = |line: &str| {
        line.bytes()
            .skip(7)
            .take(23)
            .map(char::from)
            .collect::<String>()
    };
    let pairs: String = text.lines().filter(has_offset).map(column).collect();
    hex::decode(pairs.replace(' ', "")).unwrap()
}

/// The rules broken, with where.
fn faults(message: &[u8]) -> Vec<(usize, Broken)> {
    dissect(message)
        .fields
        .iter()
        .filter_map(|field| Some((field.offset, field.fault?)))
        .collect()
}

#[test]
fn a_query_is_explained_to_the_last_bit() {
    insta::assert_snapshot!("query", shown(&octets(QUERY)));
}

#[test]
fn an_alias_and_its_address_point_back_to_the_question() {
    insta::assert_snapshot!("alias", shown(&octets(ALIAS)));
}

#[test]
fn a_referral_has_its_servers_and_their_addresses() {
    insta::assert_snapshot!("referral", shown(&octets(REFERRAL)));
}

#[test]
fn a_negative_answer_has_a_soa() {
    insta::assert_snapshot!(from_heading("authority[0]", NXDOMAIN), @"
    authority[0]
       36  c0 13                    owner             → 19 = example.com.
       38  00 06                    type              SOA (6)
       40  00 01                    class             IN (1)
       42  00 00 0e 10              ttl               3600 seconds = 1h
       46  00 27                    rdlength          39 octets
       48  03 6e 73 31              mname             ns1
       52  c0 13                                      → 19 example.com. = ns1.example.com.
       54  0a 68 6f 73 74 6d 61 73  rname             hostmas
       62  74 65 72                                   ter
       65  c0 13                                      → 19 example.com. = hostmaster.example.com.
       67  78 c5 2a 01              serial            2026187265
       71  00 00 1c 20              refresh           7200 seconds = 2h
       75  00 00 0e 10              retry             3600 seconds = 1h
       79  00 12 75 00              expire            1209600 seconds = 2w
       83  00 00 0e 10              minimum           3600 seconds = 1h
    ");
}

#[test]
fn bad_rdata_is_marked_and_the_next_record_is_read() {
    insta::assert_snapshot!("malformed", from_heading("answer[0]", MALFORMED));
}

#[test]
fn each_character_string_starts_a_line() {
    insta::assert_snapshot!(from_heading("answer[0]", TEXTS), @r#"
    answer[0]
       12  00                       owner             = .
       13  00 10                    type              TXT (16)
       15  00 01                    class             IN (1)
       17  80 00 00 00              ttl               2147483648, counts as 0 (RFC 2181 section 8)
       21  00 0f                    rdlength          15 octets
       23  0b 76 3d 73 70 66 31 20  string            "v=spf1 "
       31  2d 61 6c 6c                                "-all"
       35  02 5c 07                 string            "\\\007"
    answer[1]
       38  00                       owner             = .
       39  01 01                    type              CAA (257)
       41  00 01                    class             IN (1)
       43  00 00 0e 11              ttl               3601 seconds = 1h1s
       47  00 0a                    rdlength          10 octets
       49  80                       flags             128
       50  05 69 73 73 75 65        tag               "issue"
       56  63 61 22                 value             "ca\""
    "#);
}

#[test]
fn a_message_that_ends_early_says_what_is_missing() {
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
fn a_header_that_ends_early_is_shown_as_far_as_it_goes() {
    insta::assert_snapshot!(shown(&octets(REFERRAL)[..3]), @"
    header
        0  12 34                    id                0x1234
        2  80                       flags
        ✗  the message ends within this field
    ");
}

#[test]
fn no_octets_at_all_lack_an_id() {
    insta::assert_snapshot!(shown(&[]), @"
    header
        0                           id
        ✗  the message ends within this field
    ");
}

#[test]
fn a_pointer_to_itself_is_marked_and_the_question_read() {
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
fn octets_behind_a_name_without_end_are_shown_as_unread() {
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
fn trailing_octets_are_shown_as_such() {
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
fn an_opt_record_has_to_be_alone_at_the_root_of_the_additional_section() {
    let opt = "0029 0200 00 00 0000 0000";
    let at = |counts: &str, records: &str| {
        faults(&octets(&format!("1234 8000 0000 {counts} {records}")))
    };
    assert_eq!(at("0000 0000 0001", &format!("00 {opt}")), []);
    assert_eq!(
        at("0000 0000 0002", &format!("00 {opt} 00 {opt}")),
        [(24, Broken::SecondOpt)]
    );
    assert_eq!(
        at("0000 0000 0001", &format!("01 61 00 {opt}")),
        [(15, Broken::OptOwner)]
    );
    assert_eq!(
        at("0001 0000 0000", &format!("00 {opt}")),
        [(13, Broken::MisplacedOpt)]
    );
}

#[test]
fn a_tag_is_letters_and_digits_and_strings_have_all_their_octets() {
    let at = |record: &str| {
        faults(&octets(&format!(
            "1234 8000 0000 0001 0000 0000 00 {record}"
        )))
    };
    assert_eq!(at("0101 0001 00000000 0004 00 02 6139"), []);
    assert_eq!(
        at("0101 0001 00000000 0004 00 02 612d"),
        [(24, Broken::BadTag)]
    );
    assert_eq!(
        at("0010 0001 00000000 0004 01 61 02 62"),
        [(25, Broken::RdataTruncated)]
    );
    assert_eq!(
        at("0010 0001 00000000 0000"),
        [(23, Broken::RdataTruncated)]
    );
}

#[test]
fn one_forgotten_flag_changes_two_lines() {
    let (right, mut wrong) = (octets(QUERY), octets(QUERY));
    wrong[2] ^= 1;
    let (right, wrong) = (shown(&right), shown(&wrong));
    let changed: Vec<_> = right
        .lines()
        .zip(wrong.lines())
        .filter(|(a, b)| a != b)
        .flat_map(|(a, b)| [a, b])
        .collect();
    insta::assert_snapshot!(changed.join("\n"), @"
    2  01 20                    flags             rd ad
    2  00 20                    flags             ad
       .... ...1 .... ....        rd              recursion desired
       .... ...0 .... ....        rd              recursion not desired
    ");
}

#[test]
fn every_bit_of_the_flags_has_one_line() {
    let mut message = octets(QUERY);
    for bit in 0..16 {
        let clean = shown(&message);
        message[2 + bit / 8] ^= 0x80 >> (bit % 8);
        let changed = clean
            .lines()
            .zip(shown(&message).lines())
            .filter(|(a, b)| a != b)
            .count();
        assert_eq!(changed, 2, "bit {bit}");
        message[2 + bit / 8] ^= 0x80 >> (bit % 8);
    }
}

#[test]
fn lines_fit_100_columns() {
    for message in messages() {
        for line in shown(&message).lines() {
            assert!(line.chars().count() <= 100, "{line}");
            assert_eq!(line, line.trim_end());
        }
    }
}

#[test]
fn fields_are_found_by_their_path() {
    let dissection = dissect(&octets(REFERRAL));
    let field = dissection
        .fields
        .iter()
        .find(|field| field.name() == "nsdname")
        .unwrap();
    assert_eq!(
        (field.offset, field.length, field.meaning.as_str()),
        (45, 6, "ns1.example.com.")
    );
    assert_eq!(
        field.path,
        [
            Step::Entry("authority", 0),
            Step::Field("rdata"),
            Step::Field("nsdname")
        ]
    );
}

/// A name that is nothing but a pointer to a pointer, and so on: 32,000 of them.
#[test]
fn chains_of_pointers_cost_no_more_than_the_parser_allows() {
    let mut message = octets("1234 8000 ffff 0000 0000 0000  00 0001 0001");
    while message.len() < 65_500 {
        let target = (message.len() as u16 - 6).min(0x3fff);
        message.extend((0xc000 | target).to_be_bytes());
        message.extend([0, 1, 0, 1]);
    }
    let dissection = dissect(&message);
    assert_covered(&dissection, &message);
    let first = dissection.fields.iter().find_map(|field| field.fault);
    assert_eq!(first, Some(Broken::TooManyPointers { limit: 127 }));
}

#[test]
fn a_long_name_behind_short_pointers_is_shown_without_its_middle() {
    let mut message = octets("1234 8000 0400 0000 0000 0000");
    for _ in 0..3 {
        message.push(63);
        message.extend([0xff; 63]);
    }
    message.extend([0, 0, 1, 0, 1]);
    for _ in 1..0x400 {
        message.extend([0xc0, 12, 0, 1, 0, 1]);
    }
    assert_eq!(faults(&message), []);
    assert_covered(&dissect(&message), &message);
}

/// What the parser says of a message: the rule that makes it refuse, or those that its malformed records break.
fn parser_says(message: &[u8]) -> Result<Vec<Broken>, ParseError> {
    let packet = DnsPacket::parse(message)?;
    let rule = |rdata: &Rdata| match rdata {
        Rdata::Malformed { error, .. } => Some(error.rule),
        _ => None,
    };
    Ok(packet
        .records()
        .filter_map(|record| rule(&record.rdata))
        .collect())
}

/// The parser and the dissection read names and fields each in its own way: they have to find the same faults. (Of each
/// record the parser tells the first.)
fn assert_agrees_with_parser(message: &[u8]) {
    let dissection = dissect(message);
    let mut fields = dissection.fields.clone();
    fields.retain(|field| field.fault.is_some());
    match parser_says(message) {
        Ok(rules) => {
            fields.dedup_by(|second, first| second.path[0] == first.path[0]);
            assert_eq!(fields.len(), rules.len(), "{rules:?}\n{dissection}");
            assert!(
                fields
                    .iter()
                    .zip(rules)
                    .all(|(field, rule)| agrees(field, rule)),
                "\n{dissection}"
            );
        }
        Err(error) => assert!(
            fields.iter().any(|field| agrees(field, error.rule)),
            "{error}\n{dissection}"
        ),
    }
}

/// A name may be too long and break another rule at once; which of the two is told is nobody's promise.
fn agrees(field: &Field, rule: Broken) -> bool {
    field
        .fault
        .is_some_and(|fault| fault == rule || [fault, rule].contains(&Broken::NameTooLong))
}

#[test]
fn every_beginning_of_every_fixture_is_covered_and_agrees_with_the_parser() {
    for message in messages() {
        for length in 0..=message.len() {
            assert_covered(&dissect(&message[..length]), &message[..length]);
            assert_agrees_with_parser(&message[..length]);
        }
    }
}

/// Fixtures with a few octets changed: nearly right, which is where readers go wrong.
pub(super) fn nearly_right() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), interesting()), 0..6);
    (prop::sample::select(messages()), changes).prop_map(|(mut message, changes)| {
        for (index, octet) in changes {
            let index = index.index(message.len());
            message[index] = octet;
        }
        message
    })
}

/// Any octet, and often those that mean something where lengths, pointers and types stand.
fn interesting() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), 0..8u8, Just(41), Just(0xc0), 10..64u8]
}

proptest! {
    #[test]
    fn any_octets_are_covered(message in prop::collection::vec(any::<u8>(), 0..600)) {
        assert_covered(&dissect(&message), &message);
    }

    #[test]
    fn any_octets_behind_a_header_are_covered(tail in prop::collection::vec(interesting(), 0..300), counts: [u8; 4]) {
        let mut message = vec![0x12, 0x34, 0x80, 0];
        message.extend(counts.iter().flat_map(|count| [0, count % 4]));
        message.extend(tail);
        assert_covered(&dissect(&message), &message);
        assert_agrees_with_parser(&message);
    }

    #[test]
    fn nearly_right_messages_are_covered_and_agree_with_the_parser(message in nearly_right()) {
        assert_covered(&dissect(&message), &message);
        assert_agrees_with_parser(&message);
    }
}
