//! Zone files as people write them: parsed and shown, with their errors; and nonsense.
#![cfg(test)]

mod outside;

use std::time::{Duration, Instant};

#[expect(dead_code, reason = "whole messages are for the other properties")]
mod any;

use any::{name, record};
use dnsparse::{Class, Name, Rdata, Record, RecordType, Zone};
use proptest::prelude::*;

/// All that RFC 1035 section 5 allows, in one file.
const EXAMPLE: &str = r#"
$TTL 1h30m                      ; RFC 2308 section 4
@       SOA     ns1 first\.last (
                2024060100      ; serial
                1d 2h 4w        ; refresh, retry, expire
                5m )            ; negative TTL
        NS      ns1
        NS      ns.example.net.
        IN 300  MX 10 mail
ns1     300 IN  A 192.0.2.53
        AAAA    2001:DB8::53
mail    CNAME   ns1
_sip._tcp       SRV 0 5 5060 sip
text    TXT     "quoted; (not a comment)" bare \"\059 ""
a\.b    CAA     0 issue "ca.example.net"
$ORIGIN sub.example.com.
@       DNAME   example.org.
*       TYPE65280 \# 3 01 02 03
"#;

fn example_com() -> Name {
    "example.com".parse().unwrap()
}

fn error(text: &str) -> String {
    Zone::parse(text, &example_com())
        .unwrap_err()
        .in_file("example.com.zone")
        .to_string()
}

#[test]
fn a_whole_file_is_parsed_and_shown() {
    let zone = Zone::parse(EXAMPLE, &example_com()).unwrap();
    insta::assert_snapshot!(zone, @r#"
    $ORIGIN example.com.
    @                       5400    IN SOA   ns1.example.com. first\.last.example.com. 2024060100 86400 7200 2419200 300
                            5400    IN NS    ns1.example.com.
                            5400    IN NS    ns.example.net.
                            300     IN MX    10 mail.example.com.
    ns1                     300     IN A     192.0.2.53
                            5400    IN AAAA  2001:db8::53
    mail                    5400    IN CNAME ns1.example.com.
    _sip._tcp               5400    IN SRV   0 5 5060 sip.example.com.
    text                    5400    IN TXT   "quoted; (not a comment)" "bare" "\";" ""
    a\.b                    5400    IN CAA   0 issue "ca.example.net"
    sub                     5400    IN DNAME example.org.
    *.sub                   5400    IN TYPE65280 \# 3 010203
    "#);
    assert_eq!(Zone::parse(&zone.to_string(), &zone.origin), Ok(zone));
}

#[test]
fn line_ends_of_windows_make_no_difference() {
    let zone = Zone::parse(EXAMPLE, &example_com());
    assert_eq!(
        Zone::parse(&EXAMPLE.replace('\n', "\r\n"), &example_com()),
        zone
    );
}

#[test]
fn every_line_parses_alone() {
    for record in Zone::parse(EXAMPLE, &example_com()).unwrap().records {
        assert_eq!(record.to_string().parse(), Ok(record));
    }
}

#[test]
fn a_list_of_root_servers_needs_no_soa() {
    let hints = "
; formerly NS.INTERNIC.NET
.                        3600000      NS    A.ROOT-SERVERS.NET.
A.ROOT-SERVERS.NET.      3600000      A     198.41.0.4
A.ROOT-SERVERS.NET.      3600000      AAAA  2001:503:ba3e::2:30
; End of file";
    let zone = Zone::parse(hints, &Name::ROOT).unwrap();
    insta::assert_snapshot!(zone, @r"
    $ORIGIN .
    .                       3600000 IN NS    A.ROOT-SERVERS.NET.
    A.ROOT-SERVERS.NET.     3600000 IN A     198.41.0.4
                            3600000 IN AAAA  2001:503:ba3e::2:30
    ");
}

#[test]
fn an_error_names_file_line_and_column_and_points_at_the_word() {
    let texts = [
        "$TTL 1h\n\n; a comment\n  IN NS ns1\n",
        "$TTL 1h\nwww\tIN  AAAAA 192.0.2.1\n",
        "$TTL 1h\n@ SOA ns1 mail (\n  1 2 3\n  4 many ) ; minimum\n",
        "$TTL 1h\nwww TXT \"naïve\" \"\\256\"\n",
    ];
    insta::assert_snapshot!(texts.map(error).join("\n"), @r#"
    example.com.zone:4:3: a line that starts with a blank has the last record's owner, and there is no record yet
        IN NS ns1
        ^
    example.com.zone:2:9: 'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1
      www IN  AAAAA 192.0.2.1
              ^
    example.com.zone:4:5: 'many' is not the minimum TTL: write seconds, or units as in 1w2d or 1h30m (at most 4294967295 seconds)
        4 many ) ; minimum
          ^
    example.com.zone:2:17: a backslash needs a character or three digits up to 255 after it, such as \" or \032
      www TXT "naïve" "\256"
                      ^
    "#);
}

#[test]
fn other_files_are_not_opened() {
    insta::assert_snapshot!(error("$include /etc/passwd\n"), @r"
    example.com.zone:1:1: $INCLUDE is refused, since this library opens no files: put that file's lines in its place
      $include /etc/passwd
      ^
    ");
}

/// Text for which a careless parser takes quadratic time, or recursion; each is a megabyte or more.
#[test]
fn a_megabyte_of_nonsense_is_refused_or_parsed_quickly() {
    let hostile = [
        "(".repeat(1 << 20),
        "()".repeat(1 << 19),
        "(\n".repeat(1 << 19),
        "\"\" ".repeat(1 << 19),
        "\\".repeat(1 << 20),
        ";".repeat(1 << 20),
        " \n".repeat(1 << 19),
        "x".repeat(1 << 20),
        "x.".repeat(1 << 19),
        format!("x {}", "y".repeat(1 << 20)),
        format!("x 1 TXT {}", "y ".repeat(1 << 19)),
        format!("x 1 TYPE1 \\# 9 {}", "00 ".repeat(1 << 19)),
        format!("$TTL 1\n{}", "x A 192.0.2.1\n".repeat(1 << 17)),
        format!("$TTL {}", "0s".repeat(1 << 19)),
        format!("{}x 1 A y", "\n".repeat(1 << 20)),
        format!("$GENERATE 0-2147483647 a 1 TXT {}", "y ".repeat(1 << 19)),
        format!("$GENERATE 1-9 a 1 TXT {}", "$\\\\".repeat(1 << 18)),
        format!("$GENERATE 1-9 a 1 TXT {}", "${0,255}".repeat(1 << 14)),
        "$GENERATE 1-65536 a 1 TXT y\n".repeat(1 << 15),
    ];
    for text in hostile {
        let start = Instant::now();
        let shown = Zone::parse(&text, &Name::ROOT).map_err(|error| error.to_string());
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{:.40} took too long",
            text
        );
        if let Err(error) = shown {
            assert!(error.len() < 1_000, "{error:.200}");
        }
    }
}

/// The real root hints and a whole signed root zone, in the folder `zones` beside that of
/// `DNS_CORPUS`.
#[test]
fn real_files_parse_back_the_same() {
    let Some(packets) = outside::packets() else {
        return;
    };
    let zones = packets.join("../zones");
    let hints = std::fs::read_to_string(zones.join("named.root")).unwrap();
    let hints = Zone::parse(&hints, &Name::ROOT).unwrap();
    let servers = hints
        .records
        .iter()
        .filter(|record| record.rtype() == RecordType::NS);
    assert_eq!((servers.count(), hints.records.len()), (13, 39));

    let root = std::fs::read_to_string(zones.join("root-2014-signed.zone")).unwrap();
    let lines = root.lines().count();
    let root = Zone::parse(&root, &Name::ROOT).unwrap();
    assert_eq!((root.records.len(), lines), (7_971, 7_971));
    let untyped = |record: &&Record| matches!(record.rdata, Rdata::Unknown { .. });
    assert_eq!(root.records.iter().find(untyped), None);
    assert_eq!(Zone::parse(&root.to_string(), &Name::ROOT), Ok(root));
}

/// Lines of pieces that have a meaning, in any order: nearly right, where parsers go wrong.
fn almost_a_zone() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ \t\r\n();\"\\\\@.$]",
        "(\\$TTL|\\$ORIGIN|\\$INCLUDE|IN|CH|ANY|A|NS|SOA|MX|TXT|CAA|NSEC|NSEC3|DNSKEY|RRSIG|SVCB|alpn=|port=|TYPE1|TYPE999|CLASS1|\\\\#) ",
        "[0-9]{1,11}[smhdw]?",
        "[a-zé\\\\0-9.]{1,9} ",
        "192.0.2.1 ",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_record_parses_back_from_its_line(record in record(), class in any::<u16>()) {
        let class = if matches!(record.rdata, Rdata::Unknown { .. }) { Class(class) } else { Class::IN };
        let record = Record { class, ..record };
        let line = record.to_string();
        let read: Record = line.parse().unwrap();
        prop_assert_eq!(read.to_string(), line);
        prop_assert_eq!(read, record);
    }

    #[test]
    fn any_zone_parses_back_from_its_file(origin in name(), records in prop::collection::vec(record(), 0..8), below in "[a-zA-Z@.]{1,9}") {
        let mut zone = Zone { origin, records };
        for record in zone.records.iter_mut().skip(1).step_by(2) {
            record.owner = zone.origin.child(below.as_bytes()).unwrap_or_else(|_| zone.origin.clone());
        }
        let file = zone.to_string();
        let read = Zone::parse(&file, &zone.origin).unwrap();
        prop_assert_eq!(&read, &zone);
        for (read, record) in read.records.iter().zip(&zone.records) {
            prop_assert_eq!(read.owner.wire(), record.owner.wire(), "the case of an owner was lost");
        }
    }

    #[test]
    fn no_text_makes_parsing_panic(text in prop_oneof![almost_a_zone(), ".*", "(?s).{0,200}"]) {
        if let Err(error) = Zone::parse(&text, &example_com()) {
            let shown = error.to_string();
            prop_assert_eq!(shown.lines().count(), 3, "{}", shown);
        }
        let _ = text.parse::<Record>();
        let _ = Rdata::from_text(RecordType::TXT, &text);
    }
}
