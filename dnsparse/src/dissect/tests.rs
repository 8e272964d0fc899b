//! Messages composed by hand, and assertions about their dissections: good messages in `messages`,
//! faulty ones in `faults`, RDATA of each type in `rdata`; and in `coverage`, properties of all
//! octets.

use super::*;

mod coverage;
mod faults;
mod messages;
mod rdata;

pub(super) use self::coverage::nearly_right;

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

/// A server for `com.` refers the client to those of `example.com.`, with glue.
pub(super) const REFERRAL: &str = "
    1234 8000 0001 0000 0001 0002   ; id, QR, one question, one authority, two additional
    03 777777 07 6578616d706c65 03 636f6d 00  001c 0001
    c010 0002 0001 0002a300 0006    ; authority[0]: example.com. NS IN 172800
    03 6e7331 c010                  ; ns1.example.com.
    c02d 0001 0001 0002a300 0004 c0000235
    c02d 001c 0001 0002a300 0010 20010db8000000000000000000000053
";

/// `nosuch.example.com.` does not exist.
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

/// All messages of these tests: the fixtures, and messages with a record of each type and options
/// of each code.
fn messages() -> Vec<Vec<u8>> {
    let by_hand = FIXTURES.map(octets);
    by_hand
        .into_iter()
        .chain([rdata::every_type(), rdata::every_option()])
        .chain(rdata::every_example())
        .collect()
}

/// Decodes a fixture: hex, with comments from `;` to the end of the line.
pub(super) fn octets(fixture: &str) -> Vec<u8> {
    let lines = fixture.lines().map(|line| line.split(';').next().unwrap());
    hex::decode(lines.flat_map(str::split_whitespace).collect::<String>()).unwrap()
}

fn shown(message: &[u8]) -> String {
    let dissection = dissect(message);
    assert_covered(&dissection, message);
    dissection.to_string()
}

/// Returns the text from a heading on.
fn from_heading(heading: &str, fixture: &str) -> String {
    from_message(heading, &octets(fixture))
}

fn from_message(heading: &str, message: &[u8]) -> String {
    let text = shown(message);
    let at = text.find(&format!("{heading}\n")).expect("no such heading");
    text[at..].to_owned()
}

/// Asserts that each octet is in exactly one field, in one line of the text, and that the text is
/// small.
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

/// Reads the octets in the text's second column.
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

/// Lists the broken rules with their offsets.
fn faults(message: &[u8]) -> Vec<(usize, ParseErrorKind)> {
    dissect(message)
        .fields
        .iter()
        .filter_map(|field| Some((field.offset, field.fault?)))
        .collect()
}
