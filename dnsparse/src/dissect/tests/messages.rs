//! Good messages, dissected.

use super::*;

#[test]
fn a_query_is_shown_to_the_last_bit() {
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
            PathStep::Entry("authority", 0),
            PathStep::Field("rdata"),
            PathStep::Field("nsdname")
        ]
    );
}

#[test]
fn a_long_name_after_short_pointers_is_shown_without_its_middle() {
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
