//! RDATA of each type and octets of each option, dissected.

use super::{from_message, shown};
use crate::rdata::tests::examples;
use crate::{DnsPacket, Edns, EdnsOption, Header, Name, Rdata, Record};

/// Records of the types that are younger than RFC 1035, and HINFO, with each form of their fields.
const RECORDS: &str = r#"
host.x. 1 HINFO "PC" "Linux"
x. 1 NAPTR 100 50 "s" "http+I2C" "" _http.x.
x. 1 DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118
x. 1 SSHFP 4 2 123456789ABCDEF6
x. 1 RRSIG A 13 1 3600 20240701000000 20240601000000 12345 x. mdsswUyr3DPW
x. 1 NSEC a.x. A NS SOA MX RRSIG NSEC TYPE1234
x. 1 DNSKEY 257 3 13 mdsswUyr
x. 1 NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA
x. 1 NSEC3PARAM 1 0 0 -
_443._tcp.x. 1 TLSA 3 1 1 8D02536C
x. 1 SVCB 0 y.
x. 1 HTTPS 1 . mandatory=alpn alpn="h2,h3" no-default-alpn port=53 ipv4hint=192.0.2.1 ech=AEP+ ipv6hint=::1 dohpath="/q{?dns}" key667="hi"
"#;

/// A message for each example of each type.
pub(super) fn every_example() -> Vec<Vec<u8>> {
    let record = |rdata: Rdata| message([Record::new(Name::ROOT, 60, rdata)]);
    examples().into_iter().map(record).collect()
}

/// A message for each beginning of the RDATA of each example.
pub(super) fn every_beginning() -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for (rtype, octets) in examples()
        .iter()
        .map(|rdata| (rdata.rtype(), rdata.octets().unwrap()))
    {
        messages.extend((0..=octets.len()).map(|length| {
            let octets = octets[..length].to_vec();
            let rdata = Rdata::Unknown { rtype, octets };
            message([Record::new(Name::ROOT, 60, rdata)])
        }));
    }
    messages
}

pub(super) fn every_type() -> Vec<u8> {
    let answers = RECORDS
        .trim()
        .lines()
        .map(|line| line.parse::<Record>().unwrap());
    message(answers)
}

fn message(answers: impl IntoIterator<Item = Record>) -> Vec<u8> {
    let header = Header {
        qr: true,
        ..Header::default()
    };
    DnsPacket {
        header,
        answers: answers.into_iter().collect(),
        ..DnsPacket::default()
    }
    .write()
    .unwrap()
}

pub(super) fn every_option() -> Vec<u8> {
    let octets: [(u16, &[u8]); 13] = [
        (3, b"lon"),
        (3, b""),
        (8, &[0, 1, 24, 0, 192, 0, 2]),
        (8, &[0, 9]),
        (10, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        (10, &[1, 2, 3, 4, 5, 6, 7, 8]),
        (11, &[1, 44]),
        (11, &[]),
        (12, &[0; 3]),
        (15, b"\x00\x12not for you"),
        (15, b"\x0f\xa0"),
        (65001, b"hi"),
        (65002, b""),
    ];
    let options = octets
        .map(|(code, octets)| EdnsOption::from_octets(code, octets))
        .into();
    let edns = Some(Edns {
        udp_size: 1232,
        options,
        ..Edns::default()
    });
    DnsPacket {
        edns,
        ..DnsPacket::default()
    }
    .write()
    .unwrap()
}

/// Returns the lines of RDATA alone.
fn rdata(record: usize) -> String {
    let rtype = RECORDS
        .trim()
        .lines()
        .nth(record)
        .unwrap()
        .split(' ')
        .nth(2)
        .unwrap();
    let text = from_message(&format!("answer[{record}]"), &every_type());
    let (_, rdata) = text.split_once("rdlength").unwrap();
    let rdata = rdata.split("answer[").next().unwrap();
    let (_, rdata) = rdata.split_once('\n').unwrap();
    format!("{rtype}\n{rdata}")
}

#[test]
fn the_fields_of_every_type_are_named() {
    let all: Vec<String> = (0..RECORDS.trim().lines().count()).map(rdata).collect();
    insta::assert_snapshot!("every_type", all.join("\n"));
}

#[test]
fn the_fields_of_every_option_are_named() {
    let text = from_message("additional[0]", &every_option());
    let (_, options) = text.split_once("rdlength").unwrap();
    insta::assert_snapshot!("every_option", options);
}

/// Faults of an SVCB record: a key that stands twice, a port of three octets.
#[test]
fn a_bad_parameter_is_marked_where_it_stands() {
    let record =
        "00 0040 0001 00000000 0017 0001 00 0003 0002 0035 0003 0003 003500 0001 0003 02 6832";
    let message = format!("0000 8000 0000 0001 0000 0000 {record}");
    let text = shown(&super::octets(&message));
    insta::assert_snapshot!(&text[text.find("   26").unwrap()..], @r#"
    26  00 03                    param[0].key      port (3)
    28  00 02                    param[0].length   2 octets
    30  00 35                    param[0].value    53
    32  00 03                    param[1].key      port (3)
     ✗  parameter port stands twice, or after a higher key (RFC 9460 section 2.2)
    34  00 03                    param[1].length   3 octets
    36  00 35 00                 param[1].value
     ✗  the value of parameter port does not have its form (RFC 9460 section 7)
    39  00 01                    param[2].key      alpn (1)
     ✗  parameter alpn stands twice, or after a higher key (RFC 9460 section 2.2)
    41  00 03                    param[2].length   3 octets
    43  02 68 32                 param[2].value    "h2"
    "#);
}

#[test]
fn a_bad_window_is_shown_after_the_windows_before_it() {
    let message =
        "0000 8000 0000 0001 0000 0000 00 002f 0001 00000000 000a 00 0001 40 0001 40 0101 80";
    let text = shown(&super::octets(message));
    insta::assert_snapshot!(&text[text.find("   23").unwrap()..], @"
    23  00                       next              = .
    24  00 01 40                 types             A
    27  00 01 40 01 01 80
     ✗  window 0 of the type bitmap does not come after the one before it (RFC 4034 section 4.1.2)
    ");
}
