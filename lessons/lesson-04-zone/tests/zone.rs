//! Lesson 4: replies from one zone: the cases of RFC 1034 section 4.3.2, and those that later RFCs
//! added.
#![cfg(test)]

mod a_dname;
mod a_wildcard;
mod a_zone_cut;
mod load;

use dnsparse::{Class, DnsPacket, Question, Record, RecordType, Zone};
use zone::ZoneTree;

fn garden() -> ZoneTree {
    let origin = "garden.example".parse().unwrap();
    let zone = Zone::parse(include_str!("garden.zone"), &origin).unwrap();
    ZoneTree::new(&zone).unwrap_or_else(|error| panic!("garden.zone is refused: {error}"))
}

/// Returns a query and its reply as text: the question, RCODE and AA, then each record after the
/// name of its section.
fn reply_in(tree: &ZoneTree, qname: &str, qtype: RecordType) -> String {
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    };
    let mut reply = DnsPacket::default();
    tree.answer(&question, &mut reply);
    let aa = if reply.header.aa { " aa" } else { "" };
    let mut lines = vec![
        format!("query {qname} {qtype}"),
        format!("{}{aa}", reply.header.rcode),
    ];
    let mut section = |title: &str, records: &[Record]| {
        lines.extend(
            records
                .iter()
                .map(|record| format!("{title} {record}").replace('\t', " ")),
        );
    };
    section("answer", &reply.answers);
    section("authority", &reply.authorities);
    section("additional", &reply.additionals);
    lines.join("\n")
}

fn reply_to(qname: &str, qtype: RecordType) -> String {
    reply_in(&garden(), qname, qtype)
}

/// Returns the first lines of a reply, where the others are those of another test.
fn first_lines(qname: &str, qtype: RecordType, lines: usize) -> String {
    let reply = reply_to(qname, qtype);
    reply.lines().take(lines).collect::<Vec<_>>().join("\n")
}

/// Returns each question with RCODE, AA and the first record of its reply, in a line.
fn summaries_in(tree: &ZoneTree, questions: &[(&str, RecordType)]) -> String {
    let summary = |(qname, qtype): &(&str, RecordType)| {
        let reply = reply_in(tree, qname, *qtype);
        let mut lines = reply.lines().skip(1);
        let first = lines.next().unwrap_or_default();
        let words: Vec<_> = lines.next().unwrap_or_default().split(' ').collect();
        let record = match words[..] {
            [section, owner, _, _, rtype, ..] => format!(", {section} {owner} {rtype}"),
            _ => String::new(),
        };
        format!("{qname} {qtype} → {first}{record}\n")
    };
    questions.iter().map(summary).collect()
}

fn summaries(questions: &[(&str, RecordType)]) -> String {
    summaries_in(&garden(), questions)
}

mod a_name_that_exists {
    use super::*;

    #[test]
    fn has_its_records_as_the_answer() {
        insta::assert_snapshot!(reply_to("rose.garden.example", RecordType::A), @r"
        query rose.garden.example A
        NOERROR aa
        answer rose.garden.example. 3600 IN A 192.0.2.3
        ");
    }

    #[test]
    fn is_found_in_any_case() {
        insta::assert_snapshot!(reply_to("ROSE.Garden.example", RecordType::TXT), @r#"
        query ROSE.Garden.example TXT
        NOERROR aa
        answer rose.garden.example. 3600 IN TXT "red"
        "#);
    }

    #[test]
    fn has_all_its_records_for_any() {
        insta::assert_snapshot!(reply_to("rose.garden.example", RecordType::ANY), @r#"
        query rose.garden.example ANY
        NOERROR aa
        answer rose.garden.example. 3600 IN A 192.0.2.3
        answer rose.garden.example. 3600 IN TXT "red"
        "#);
    }

    /// RFC 2308 section 3: the SOA's TTL is 3600 in the zone, its minimum 300.
    #[test]
    fn without_records_of_the_type_is_nodata_with_an_soa_of_the_lesser_ttl() {
        insta::assert_snapshot!(reply_to("rose.garden.example", RecordType::AAAA), @r"
        query rose.garden.example AAAA
        NOERROR aa
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    #[test]
    fn has_the_addresses_of_its_hosts_in_the_additional_section() {
        insta::assert_snapshot!(reply_to("garden.example", RecordType::MX), @r"
        query garden.example MX
        NOERROR aa
        answer garden.example. 3600 IN MX 10 shed.garden.example.
        answer garden.example. 3600 IN MX 20 mail.elsewhere.example.
        additional shed.garden.example. 3600 IN A 192.0.2.2
        ");
        insta::assert_snapshot!(reply_to("_water._tcp.garden.example", RecordType::SRV), @r"
        query _water._tcp.garden.example SRV
        NOERROR aa
        answer _water._tcp.garden.example. 3600 IN SRV 0 0 7 shed.garden.example.
        additional shed.garden.example. 3600 IN A 192.0.2.2
        ");
    }

    #[test]
    fn at_the_apex_has_ns_records_as_the_answer() {
        insta::assert_snapshot!(reply_to("garden.example", RecordType::NS), @r"
        query garden.example NS
        NOERROR aa
        answer garden.example. 3600 IN NS ns1.garden.example.
        answer garden.example. 3600 IN NS ns.elsewhere.example.
        additional ns1.garden.example. 3600 IN A 192.0.2.1
        additional ns1.garden.example. 3600 IN AAAA 2001:db8::1
        ");
    }
}

mod a_name_that_does_not_exist {
    use super::*;

    #[test]
    fn is_nxdomain_with_the_soa() {
        insta::assert_snapshot!(reply_to("weed.garden.example", RecordType::A), @r"
        query weed.garden.example A
        NXDOMAIN aa
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    /// RFC 8020 section 2: an empty non-terminal exists, so it is NODATA; its missing child is
    /// NXDOMAIN.
    #[test]
    fn is_not_an_empty_non_terminal() {
        insta::assert_snapshot!(summaries(&[
            ("branch.garden.example", RecordType::A),
            ("branch.garden.example", RecordType::ANY),
            ("twig.branch.garden.example", RecordType::ANY),
            ("bud.branch.garden.example", RecordType::ANY),
        ]), @r"
        branch.garden.example A → NOERROR aa, authority garden.example. SOA
        branch.garden.example ANY → NOERROR aa, authority garden.example. SOA
        twig.branch.garden.example ANY → NOERROR aa, authority garden.example. SOA
        bud.branch.garden.example ANY → NXDOMAIN aa, authority garden.example. SOA
        ");
    }

    #[test]
    fn is_refused_outside_the_zone() {
        insta::assert_snapshot!(summaries(&[
            ("example", RecordType::A),
            ("notgarden.example", RecordType::A),
            ("garden.example.net", RecordType::A),
            (".", RecordType::NS),
        ]), @r"
        example A → REFUSED
        notgarden.example A → REFUSED
        garden.example.net A → REFUSED
        . NS → REFUSED
        ");
    }
}

mod an_alias {
    use super::*;

    #[test]
    fn is_followed_to_the_end_of_the_chain() {
        insta::assert_snapshot!(reply_to("bloom.garden.example", RecordType::A), @r"
        query bloom.garden.example A
        NOERROR aa
        answer bloom.garden.example. 3600 IN CNAME flower.garden.example.
        answer flower.garden.example. 3600 IN CNAME rose.garden.example.
        answer rose.garden.example. 3600 IN A 192.0.2.3
        ");
    }

    #[test]
    fn is_itself_the_answer_for_cname_or_any() {
        for qtype in [RecordType::CNAME, RecordType::ANY] {
            assert_eq!(
                reply_to("bloom.garden.example", qtype),
                format!(
                    "query bloom.garden.example {qtype}\n\
                NOERROR aa\n\
                answer bloom.garden.example. 3600 IN CNAME flower.garden.example."
                )
            );
        }
    }

    #[test]
    fn out_of_the_zone_is_left_to_the_resolver() {
        insta::assert_snapshot!(reply_to("guest.garden.example", RecordType::A), @r"
        query guest.garden.example A
        NOERROR aa
        answer guest.garden.example. 3600 IN CNAME www.elsewhere.example.
        ");
    }

    /// RFC 6604 section 3: the RCODE is about the last name of the chain.
    #[test]
    fn to_a_name_that_does_not_exist_is_nxdomain() {
        insta::assert_snapshot!(reply_to("lost.garden.example", RecordType::A), @r"
        query lost.garden.example A
        NXDOMAIN aa
        answer lost.garden.example. 3600 IN CNAME nosuch.garden.example.
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    /// RFC 2308 section 2.2: the SOA is about the last name, as the RCODE is.
    #[test]
    fn to_a_name_without_records_of_the_type_is_nodata_with_the_soa() {
        insta::assert_snapshot!(reply_to("flower.garden.example", RecordType::AAAA), @r"
        query flower.garden.example AAAA
        NOERROR aa
        answer flower.garden.example. 3600 IN CNAME rose.garden.example.
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    #[test]
    fn to_a_name_below_a_dname_is_followed_too() {
        insta::assert_snapshot!(reply_to("removal.garden.example", RecordType::A), @r"
        query removal.garden.example A
        NOERROR aa
        answer removal.garden.example. 3600 IN CNAME rose.old.garden.example.
        answer old.garden.example. 3600 IN DNAME new.garden.example.
        answer rose.old.garden.example. 3600 IN CNAME rose.new.garden.example.
        answer rose.new.garden.example. 3600 IN A 192.0.2.8
        ");
    }

    /// RFC 6672 section 2.2: the RCODE is about the last name here as well.
    #[test]
    fn to_a_name_that_a_dname_makes_too_long_is_yxdomain() {
        insta::assert_snapshot!(summaries(&[("verbose.garden.example", RecordType::A)]), @"verbose.garden.example A → YXDOMAIN aa, answer verbose.garden.example. CNAME");
        let reply = reply_to("verbose.garden.example", RecordType::A);
        let last = reply.lines().last().unwrap_or_default();
        assert_eq!(
            last.split(' ').take(5).collect::<Vec<_>>().join(" "),
            "answer long.garden.example. 3600 IN DNAME",
            "the last line of the reply to verbose.garden.example A"
        );
    }

    #[test]
    fn in_a_loop_is_in_the_answer_once() {
        insta::assert_snapshot!(reply_to("hen.garden.example", RecordType::A), @r"
        query hen.garden.example A
        NOERROR aa
        answer hen.garden.example. 3600 IN CNAME egg.garden.example.
        answer egg.garden.example. 3600 IN CNAME hen.garden.example.
        ");
        insta::assert_snapshot!(reply_to("chick.garden.example", RecordType::A), @r"
        query chick.garden.example A
        NOERROR aa
        answer chick.garden.example. 3600 IN CNAME hen.garden.example.
        answer hen.garden.example. 3600 IN CNAME egg.garden.example.
        answer egg.garden.example. 3600 IN CNAME hen.garden.example.
        ");
    }

    /// AA is about the QNAME, which is in this zone (RFC 1035 section 4.1.1).
    #[test]
    fn into_a_delegated_zone_ends_in_a_referral() {
        insta::assert_snapshot!(first_lines("shady.garden.example", RecordType::A, 4), @r"
        query shady.garden.example A
        NOERROR aa
        answer shady.garden.example. 3600 IN CNAME oak.wood.garden.example.
        authority wood.garden.example. 3600 IN NS ns.wood.garden.example.
        ");
    }
}

/// Names compare without regard to case; a reply has the case of the zone file, except for names
/// that are made from the query's.
#[test]
fn a_query_in_another_case_has_the_same_reply() {
    insta::assert_snapshot!(summaries(&[
        ("GARDEN.EXAMPLE", RecordType::NS),
        ("GARDEN.EXAMPLE", RecordType::SOA),
        ("Flower.Garden.Example", RecordType::CNAME),
        ("Branch.GARDEN.example", RecordType::A),
        ("Fern.BED.garden.example", RecordType::TXT),
        ("*.BED.garden.example", RecordType::TXT),
        ("Rose.OLD.garden.example", RecordType::A),
        ("OLD.garden.example", RecordType::TXT),
        ("Oak.WOOD.garden.example", RecordType::A),
        ("WOOD.garden.example", RecordType::DS),
    ]), @r"
    GARDEN.EXAMPLE NS → NOERROR aa, answer garden.example. NS
    GARDEN.EXAMPLE SOA → NOERROR aa, answer garden.example. SOA
    Flower.Garden.Example CNAME → NOERROR aa, answer flower.garden.example. CNAME
    Branch.GARDEN.example A → NOERROR aa, authority garden.example. SOA
    Fern.BED.garden.example TXT → NOERROR aa, answer Fern.BED.garden.example. TXT
    *.BED.garden.example TXT → NOERROR aa, answer *.bed.garden.example. TXT
    Rose.OLD.garden.example A → NOERROR aa, answer old.garden.example. DNAME
    OLD.garden.example TXT → NOERROR aa, answer old.garden.example. TXT
    Oak.WOOD.garden.example A → NOERROR, authority wood.garden.example. NS
    WOOD.garden.example DS → NOERROR aa, answer wood.garden.example. DS
    ");
}

/// The apex too may have a wildcard below it, or a DNAME (RFC 6672 section 2.3).
#[test]
fn the_apex_is_a_name_like_others_for_wildcards_and_dnames() {
    let zone = |more: &str| {
        let text = format!("@ 60 SOA ns.x mail.x 1 1d 2h 4w 5m\n@ 60 NS ns.y.example.\n{more}\n");
        ZoneTree::new(&Zone::parse(&text, &"x.example".parse().unwrap()).unwrap()).unwrap()
    };
    insta::assert_snapshot!(summaries_in(&zone("* 60 TXT any"), &[
        ("a.b.x.example", RecordType::TXT),
        ("a.b.x.example", RecordType::A),
        ("x.example", RecordType::TXT),
    ]), @r"
    a.b.x.example TXT → NOERROR aa, answer a.b.x.example. TXT
    a.b.x.example A → NOERROR aa, authority x.example. SOA
    x.example TXT → NOERROR aa, authority x.example. SOA
    ");
    insta::assert_snapshot!(summaries_in(&zone("@ 60 DNAME y.example."), &[
        ("a.b.x.example", RecordType::A),
        ("x.example", RecordType::NS),
        ("x.example", RecordType::A),
    ]), @r"
    a.b.x.example A → NOERROR aa, answer x.example. DNAME
    x.example NS → NOERROR aa, answer x.example. NS
    x.example A → NOERROR aa, authority x.example. SOA
    ");
}
