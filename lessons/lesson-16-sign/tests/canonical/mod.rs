//! The octets that are signed: RRsets in canonical form, the owner that was signed, and the whole.

use dnsparse::{Name, Record, RecordType, Zone};
use sign::{canonical_rrset, signed_octets, signed_owner};

use super::{example, name};

/// Writes an RRset in canonical form, and cuts it into its fields, a line for each record.
fn canonical(text: &str, ttl: u32) -> String {
    let records = Zone::parse(text, &Name::ROOT).unwrap().records;
    let owner = records[0].owner.clone();
    match canonical_rrset(&records, &owner, ttl) {
        Err(error) => format!("error: {error}"),
        Ok(octets) => fields(&octets),
    }
}

/// Shows octets as the records that they should be; at the first place where they are not, as
/// hexadecimal digits.
fn fields(mut octets: &[u8]) -> String {
    let mut lines = String::new();
    while !octets.is_empty() {
        let Some((line, rest)) = record(octets) else {
            return format!("{lines}no record: {}\n", hex(octets));
        };
        lines += &line;
        octets = rest;
    }
    lines
}

/// Shows the first record as its owner, type, class, TTL, length and RDATA.
fn record(octets: &[u8]) -> Option<(String, &[u8])> {
    let end = octets.iter().position(|octet| *octet == 0)? + 1;
    let (owner, rest) = octets.split_at_checked(end)?;
    let (numbers, rest) = rest.split_at_checked(10)?;
    let length = usize::from(u16::from_be_bytes([numbers[8], numbers[9]]));
    let (rdata, rest) = rest.split_at_checked(length)?;
    let line = format!(
        "{} | {} {} {} {} | {}\n",
        shown(owner),
        hex(&numbers[..2]),
        hex(&numbers[2..4]),
        hex(&numbers[4..8]),
        hex(&numbers[8..]),
        shown(rdata)
    );
    Some((line, rest))
}

/// Shows printable octets as they are, others as `\x` and two digits.
fn shown(octets: &[u8]) -> String {
    let octet = |octet: &u8| match octet {
        b' '..=b'~' => char::from(*octet).to_string(),
        _ => format!("\\x{octet:02x}"),
    };
    octets.iter().map(octet).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[test]
fn a_record_has_a_lower_case_owner_and_the_ttl_with_which_it_was_signed() {
    insta::assert_snapshot!(canonical("WwW.Example. 60 A 192.0.2.1", 3600), @r"\x03www\x07example\x00 | 0001 0001 00000e10 0004 | \xc0\x00\x02\x01");
}

/// RFC 4034 section 6.2, and RFC 6840 section 5.1 for NSEC. Types that are newer keep their case.
#[test]
fn names_in_old_types_are_in_lower_case() {
    let texts = [
        "a. 1 MX 10 MAIL.a.",
        "a. 1 NSEC B.a. A",
        "a. 1 SVCB 1 B.a.",
        "a. 1 TXT \"Text\"",
    ];
    let lines = texts.map(|text| canonical(text, 1));
    insta::assert_snapshot!(lines.concat(), @r"
    \x01a\x00 | 000f 0001 00000001 000a | \x00\x0a\x04mail\x01a\x00
    \x01a\x00 | 002f 0001 00000001 0008 | \x01B\x01a\x00\x00\x01@
    \x01a\x00 | 0040 0001 00000001 0007 | \x00\x01\x01B\x01a\x00
    \x01a\x00 | 0010 0001 00000001 0005 | \x04Text
    ");
}

/// RFC 4034 section 6.3.
#[test]
fn records_are_sorted_by_rdata_and_each_counts_once() {
    let addresses = [
        "192.0.2.200",
        "192.0.2.9",
        "10.0.0.1",
        "192.0.2.9",
        "192.0.2.10",
    ];
    let octets = [
        r"\# 2 0a00",
        r"\# 1 0b",
        r"\# 1 0a",
        r"\# 3 0a0001",
        r"\# 0",
    ];
    let lines =
        |rtype: &str, texts: [&str; 5]| texts.map(|text| format!("a. 1 {rtype} {text}\n")).concat();
    let addresses = canonical(&lines("A", addresses), 1);
    let octets = canonical(&lines("TYPE65400", octets), 1);
    insta::assert_snapshot!(addresses + "\n" + &octets, @r"
    \x01a\x00 | 0001 0001 00000001 0004 | \x0a\x00\x00\x01
    \x01a\x00 | 0001 0001 00000001 0004 | \xc0\x00\x02\x09
    \x01a\x00 | 0001 0001 00000001 0004 | \xc0\x00\x02\x0a
    \x01a\x00 | 0001 0001 00000001 0004 | \xc0\x00\x02\xc8

    \x01a\x00 | ff78 0001 00000001 0000 | 
    \x01a\x00 | ff78 0001 00000001 0001 | \x0a
    \x01a\x00 | ff78 0001 00000001 0002 | \x0a\x00
    \x01a\x00 | ff78 0001 00000001 0003 | \x0a\x00\x01
    \x01a\x00 | ff78 0001 00000001 0001 | \x0b
    ");
}

#[test]
fn a_wildcard_stands_for_the_labels_that_are_not_counted() {
    let cases = [
        ("www.example.com", 3),
        ("www.example.com", 2),
        ("www.example.com", 1),
        ("www.example.com", 0),
        ("www.example.com", 4),
        ("*.example.com", 2),
        ("*.example.com", 1),
        ("*.example.com", 3),
        ("a.*.example.com", 4),
        ("a.*.example.com", 2),
        (".", 0),
        (".", 1),
    ];
    let lines = cases.map(|(owner, labels)| {
        let signed = signed_owner(&name(owner), labels);
        let signed = signed.map_or("none".to_string(), |signed| signed.to_string());
        format!("{owner} with {labels} labels: {signed}")
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    www.example.com with 3 labels: www.example.com.
    www.example.com with 2 labels: *.example.com.
    www.example.com with 1 labels: *.com.
    www.example.com with 0 labels: *.
    www.example.com with 4 labels: none
    *.example.com with 2 labels: *.example.com.
    *.example.com with 1 labels: *.com.
    *.example.com with 3 labels: none
    a.*.example.com with 4 labels: a.*.example.com.
    a.*.example.com with 2 labels: *.example.com.
    . with 0 labels: .
    . with 1 labels: none
    ");
}

/// The signer's name is in lower case, and nothing of the signature itself is signed.
#[test]
fn the_fields_of_the_signature_come_first() {
    let zone = example();
    let mut rrsig = zone.rrsig("www.example.com", RecordType::A);
    rrsig.signer = name("EXAMPLE.com");
    let owner = name("www.example.com");
    let mut rrset: Vec<Record> = zone.rrset("www.example.com", RecordType::A);
    for (record, ttl) in rrset.iter_mut().zip(60..) {
        record.ttl = ttl;
    }
    let octets = match signed_octets(&rrset, &rrsig, &owner) {
        Ok(octets) => octets,
        Err(error) => panic!("the RRset cannot be written: {error}"),
    };
    let (numbers, rest) = octets.split_at(18.min(octets.len()));
    let (signer, rest) = rest.split_at(13.min(rest.len()));
    let shown = format!("{}\n{}\n{}", hex(numbers), shown(signer), fields(rest));
    insta::assert_snapshot!(shown, @r"
    00010d0300000e106b36ec806955b900ec16
    \x07example\x03com\x00
    \x03www\x07example\x03com\x00 | 0001 0001 00000e10 0004 | \xc0\x00\x02\x01
    \x03www\x07example\x03com\x00 | 0001 0001 00000e10 0004 | \xc0\x00\x02\x09
    \x03www\x07example\x03com\x00 | 0001 0001 00000e10 0004 | \xc0\x00\x02\xc8
    ");
}
