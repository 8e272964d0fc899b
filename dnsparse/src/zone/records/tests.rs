//! Defaults, directives, generated lines and included files.

use super::*;

/// Reads a file whose origin is example.com, and shows its records with spaces for tabs; an
/// error is the last line.
fn read(text: &str) -> String {
    let shown = Records::new(text, &"example.com".parse().unwrap()).map(|record| match record {
        Ok(record) => record.to_string().replace('\t', " "),
        Err(error) => error.to_string(),
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn fields_left_out_are_taken_from_the_last_record() {
    insta::assert_snapshot!(read("a 60 CH TXT x\n  TXT y\n\n 2m TXT z\nb IN TXT w\n"), @r#"
    a.example.com. 60 CH TXT "x"
    a.example.com. 60 CH TXT "y"
    a.example.com. 120 CH TXT "z"
    b.example.com. 120 IN TXT "w"
    "#);
}

#[test]
fn ttl_and_class_stand_in_either_order_or_not_at_all() {
    let lines = [
        "$TTL 9",
        "a 1h IN A 192.0.2.1",
        "a IN 1h A 192.0.2.2",
        "a in a 192.0.2.3",
        "a A 192.0.2.4",
        "a 5 class1 type1 192.0.2.5",
    ];
    insta::assert_snapshot!(read(&lines.join("\n")), @r"
    a.example.com. 3600 IN A 192.0.2.1
    a.example.com. 3600 IN A 192.0.2.2
    a.example.com. 9 IN A 192.0.2.3
    a.example.com. 9 IN A 192.0.2.4
    a.example.com. 5 IN A 192.0.2.5
    ");
}

#[test]
fn the_directive_ttl_takes_precedence_over_the_last_ttl() {
    let text = "a 60 TXT x\na TXT x\n$TTL 30\na TXT y\na 90 TXT y\na TXT y\n$TTL 0\na TXT z";
    insta::assert_snapshot!(read(text), @r#"
    a.example.com. 60 IN TXT "x"
    a.example.com. 60 IN TXT "x"
    a.example.com. 30 IN TXT "y"
    a.example.com. 90 IN TXT "y"
    a.example.com. 30 IN TXT "y"
    a.example.com. 0 IN TXT "z"
    "#);
}

#[test]
fn the_minimum_of_the_soa_is_the_last_default_ttl() {
    let text = "@ SOA ns mail 1 2 3 4 5\n@ NS ns\nns 60 A 192.0.2.1\n@ TXT x";
    insta::assert_snapshot!(read(text), @r#"
    example.com. 5 IN SOA ns.example.com. mail.example.com. 1 2 3 4 5
    example.com. 5 IN NS ns.example.com.
    ns.example.com. 60 IN A 192.0.2.1
    example.com. 5 IN TXT "x"
    "#);
}

#[test]
fn relative_names_follow_the_origin() {
    let lines = [
        "$TTL 1",
        "@ NS ns",
        "$ORIGIN sub",
        "@ MX 0 @",
        "a CNAME b.example.org.",
        "$origin .",
        "c CNAME d",
        "\\@ NS \\@",
    ];
    insta::assert_snapshot!(read(&lines.join("\n")), @r"
    example.com. 1 IN NS ns.example.com.
    sub.example.com. 1 IN MX 0 sub.example.com.
    a.sub.example.com. 1 IN CNAME b.example.org.
    c. 1 IN CNAME d.
    \@. 1 IN NS \@.
    ");
}

#[test]
fn an_error_shows_its_line_and_is_the_last_item() {
    let text = "$TTL 1\na\tA\t192.0.2.1\nb\tA\t192.0.2.x ; typo\nc A 192.0.2.3\n";
    insta::assert_snapshot!(read(text), @r"
    a.example.com. 1 IN A 192.0.2.1
    line 3, column 5: '192.0.2.x' is not an IPv4 address, such as 192.0.2.1
      b A 192.0.2.x ; typo
          ^
    ");
}

fn error(text: &str) -> String {
    let error = Records::new(text, &Name::ROOT)
        .find_map(Result::err)
        .unwrap();
    format!("{text}: {}", error.kind)
}

#[test]
fn bad_directives_and_records_have_errors() {
    let texts = [
        "$INCLUDE other.zone",
        "$GENERATE 1-9 a$ A 192.0.2.$",
        "$GENERATE 1-x a$ A 192.0.2.$",
        "$ORGIN a",
        "$TTL",
        "$TTL x",
        "$ORIGIN a b",
        " A 192.0.2.1",
        "a A 192.0.2.1",
        "a IN",
        "a 300 IN AAAAA 192.0.2.1",
        "a 1.2.3.4",
        "\"a\" 1 A 192.0.2.1",
    ];
    insta::assert_snapshot!(texts.map(error).join("\n"), @r#"
    $INCLUDE other.zone: $INCLUDE is refused, since this library opens no files: put that file's lines in its place
    $GENERATE 1-9 a$ A 192.0.2.$: there is no TTL: write one before the type, or in a file a line such as $TTL 1h further up
    $GENERATE 1-x a$ A 192.0.2.$: this should be $GENERATE START-STOP[/STEP] and a line such as host$ A 192.0.2.$, with numbers from 0 to 2147483647
    $ORGIN a: '$ORGIN' is not a directive: there are $ORIGIN, $TTL, $INCLUDE and $GENERATE (a name that starts so is written \$)
    $TTL: a TTL is missing here
    $TTL x: 'x' is not a TTL: write seconds, or units as in 1w2d or 1h30m (at most 4294967295 seconds)
    $ORIGIN a b: 'b' is one field too many: the line is complete without it
     A 192.0.2.1: a line that starts with a blank has the last record's owner, and there is no record yet
    a A 192.0.2.1: there is no TTL: write one before the type, or in a file a line such as $TTL 1h further up
    a IN: a record type is missing here
    a 300 IN AAAAA 192.0.2.1: 'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1
    a 1.2.3.4: '1.2.3.4' is not a TTL: write seconds, or units as in 1w2d or 1h30m (at most 4294967295 seconds)
    "a" 1 A 192.0.2.1: an owner cannot stand in quotes
    "#);
}

#[test]
fn a_long_line_is_shown_around_the_error() {
    let text = format!("a 1 TXT {} \"\\999\" {}", "x".repeat(70), "y".repeat(70));
    insta::assert_snapshot!(read(&text), @r#"
    line 1, column 80: a backslash needs a character or three digits up to 255 after it, such as \" or \032
      xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx "\999" yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
                                                                  ^
    "#);
}

#[test]
fn one_record_is_one_record() {
    let kind = |text: &str| text.parse::<Record>().map_err(|error| error.kind);
    assert!(kind("example.com. 300 A 192.0.2.1 ; an address\n\n").is_ok());
    assert_eq!(kind("example.com. A 192.0.2.1"), Err(ZoneErrorKind::NoTtl));
    assert_eq!(kind("; nothing\n"), Err(ZoneErrorKind::NoRecord));
    assert_eq!(
        kind("a. 1 A 192.0.2.1\nb. 1 A 192.0.2.1"),
        Err(ZoneErrorKind::MoreRecords)
    );
}

#[test]
fn generate_makes_a_record_for_each_number() {
    let text = "$TTL 1\n$GENERATE 1-5/2 host$ A 192.0.2.$ ; three\n$GENERATE 9-10 ${0,3}.rev 7 IN PTR host${-9}\nlast A 192.0.2.9";
    insta::assert_snapshot!(read(text), @"
    host1.example.com. 1 IN A 192.0.2.1
    host3.example.com. 1 IN A 192.0.2.3
    host5.example.com. 1 IN A 192.0.2.5
    009.rev.example.com. 7 IN PTR host0.example.com.
    010.rev.example.com. 7 IN PTR host1.example.com.
    last.example.com. 1 IN A 192.0.2.9
    ");
}

#[test]
fn an_error_in_a_generated_line_points_at_its_directive() {
    let text = "$TTL 1\n$GENERATE 255-256 a$ A 192.0.2.$";
    insta::assert_snapshot!(read(text), @"
    a255.example.com. 1 IN A 192.0.2.255
    line 2, column 1: '192.0.2.256' is not an IPv4 address, such as 192.0.2.1
      $GENERATE 255-256 a$ A 192.0.2.$
      ^
    ");
}

#[test]
fn all_generate_lines_together_have_a_limit() {
    let text = "$TTL 1\n$GENERATE 1-65536 a TXT x\n$GENERATE 1-1 b TXT x\n";
    let records = Records::new(text, &Name::ROOT);
    let outcomes: Vec<_> = records.collect();
    assert_eq!(outcomes.len(), 65_537);
    let (count, limit) = (1, 0);
    let error = outcomes.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind, ZoneErrorKind::GenerateLimit { count, limit });
    assert!(
        error_of("$TTL 1\n$GENERATE 0-2147483647 a TXT x").contains("makes 2147483648 records")
    );
}

#[test]
fn generated_lines_of_more_than_256_octets_count_as_several() {
    for wide in ["x".repeat(250), "${0,250}".to_owned()] {
        let text = format!("$TTL 1\n$GENERATE 1-32769 a TXT a{wide}");
        assert!(error_of(&text).contains("makes 65538 records"), "{text}");
    }
}

fn error_of(text: &str) -> String {
    read(text).lines().next().unwrap_or_default().to_owned()
}

/// Reads with files that include one another.
fn read_with_files(text: &str) -> String {
    let mut hook = |file: &str| match file {
        "hosts" => Ok("$TTL 5\na A 192.0.2.1\n$ORIGIN z.\nb A 192.0.2.2\n".to_owned()),
        "outer" => Ok("o 1 TXT outer\n$INCLUDE hosts in\n\tTXT after\n".to_owned()),
        "loop" => Ok("l 1 TXT loop\n$INCLUDE loop\n".to_owned()),
        "bad" => Ok("fine 1 TXT x\nworse 1 A x\n".to_owned()),
        _ => Err("no such file".to_owned()),
    };
    let origin = "example.com".parse().unwrap();
    let records = Records::new(text, &origin).with_include(&mut hook);
    let shown = records.map(|record| match record {
        Ok(record) => record.to_string().replace('\t', " "),
        Err(error) => error.in_file("main").to_string(),
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn include_reads_another_file_and_restores_origin_and_owner() {
    insta::assert_snapshot!(read_with_files("$INCLUDE outer\nc TXT main\n$INCLUDE \"hosts\" q. ; with an origin\n\tTXT same\n"), @r#"
    o.example.com. 1 IN TXT "outer"
    a.in.example.com. 5 IN A 192.0.2.1
    b.z. 5 IN A 192.0.2.2
    o.example.com. 5 IN TXT "after"
    c.example.com. 5 IN TXT "main"
    a.q. 5 IN A 192.0.2.1
    b.z. 5 IN A 192.0.2.2
    c.example.com. 5 IN TXT "same"
    "#);
}

#[test]
fn an_error_in_an_included_file_names_that_file() {
    insta::assert_snapshot!(read_with_files("a 1 TXT x\n$INCLUDE bad\n"), @r#"
    a.example.com. 1 IN TXT "x"
    bad:2:11: 'x' is not an IPv4 address, such as 192.0.2.1
      worse 1 A x
                ^
    "#);
    insta::assert_snapshot!(read_with_files("$INCLUDE gone\n"), @"
    main:1:10: 'gone' cannot be included: no such file
      $INCLUDE gone
               ^
    ");
    insta::assert_snapshot!(read_with_files("$INCLUDE loop\n"), @"
    loop:2:10: 'loop' cannot be included: files include one another more than 16 deep
      $INCLUDE loop
               ^
    ");
}
