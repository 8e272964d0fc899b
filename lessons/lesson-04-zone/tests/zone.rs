//! Lesson 4: replies from one zone: the cases of RFC 1034 section 4.3.2, and those that later RFCs
//! added.
#![cfg(test)]

mod load;

use dnsparse::{Class, DnsPacket, Question, Record, RecordType, Zone};
use zone::ZoneTree;

fn garden() -> ZoneTree {
    let origin = "garden.example".parse().unwrap();
    ZoneTree::new(&Zone::parse(include_str!("garden.zone"), &origin).unwrap()).unwrap()
}

/// Returns a whole reply as text: RCODE and AA, then each record after the name of its section.
fn reply_to(qname: &str, qtype: RecordType) -> String {
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    };
    let mut reply = DnsPacket::default();
    garden().answer(&question, &mut reply);
    let aa = if reply.header.aa { " aa" } else { "" };
    let mut lines = vec![format!("{}{aa}", reply.header.rcode)];
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

/// Returns the first lines of a reply, where the others are those of another test.
fn first_lines(qname: &str, qtype: RecordType, lines: usize) -> String {
    let reply = reply_to(qname, qtype);
    reply.lines().take(lines).collect::<Vec<_>>().join("\n")
}

/// Returns RCODE, AA and the first record in short: `NOERROR aa, authority garden.example. SOA`.
fn summary(qname: &str, qtype: RecordType) -> String {
    let reply = reply_to(qname, qtype);
    let mut lines = reply.lines();
    let first = lines.next().unwrap_or_default();
    match lines.next().map(|line| line.split(' ').collect::<Vec<_>>()) {
        Some(words) => format!("{first}, {} {} {}", words[0], words[1], words[4]),
        None => first.to_owned(),
    }
}

const NO_DATA: &str = "NOERROR aa, authority garden.example. SOA";
const NO_SUCH_NAME: &str = "NXDOMAIN aa, authority garden.example. SOA";

mod a_name_that_exists {
    use super::*;

    #[test]
    fn has_its_records_as_the_answer() {
        insta::assert_snapshot!(reply_to("rose.garden.example", RecordType::A), @r"
        NOERROR aa
        answer rose.garden.example. 3600 IN A 192.0.2.3
        ");
    }

    #[test]
    fn is_found_in_any_case() {
        insta::assert_snapshot!(reply_to("ROSE.Garden.example", RecordType::TXT), @r#"
        NOERROR aa
        answer rose.garden.example. 3600 IN TXT "red"
        "#);
    }

    #[test]
    fn has_all_its_records_for_any() {
        insta::assert_snapshot!(reply_to("rose.garden.example", RecordType::ANY), @r#"
        NOERROR aa
        answer rose.garden.example. 3600 IN A 192.0.2.3
        answer rose.garden.example. 3600 IN TXT "red"
        "#);
    }

    /// RFC 2308 section 3: the SOA's TTL is 3600 in the zone, its minimum 300.
    #[test]
    fn without_records_of_the_type_is_nodata_with_an_soa_of_the_lesser_ttl() {
        insta::assert_snapshot!(reply_to("rose.garden.example", RecordType::AAAA), @r"
        NOERROR aa
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    #[test]
    fn has_the_addresses_of_its_hosts_in_the_additional_section() {
        insta::assert_snapshot!(reply_to("garden.example", RecordType::MX), @r"
        NOERROR aa
        answer garden.example. 3600 IN MX 10 shed.garden.example.
        answer garden.example. 3600 IN MX 20 mail.elsewhere.example.
        additional shed.garden.example. 3600 IN A 192.0.2.2
        ");
        insta::assert_snapshot!(reply_to("_water._tcp.garden.example", RecordType::SRV), @r"
        NOERROR aa
        answer _water._tcp.garden.example. 3600 IN SRV 0 0 7 shed.garden.example.
        additional shed.garden.example. 3600 IN A 192.0.2.2
        ");
    }

    #[test]
    fn at_the_apex_has_ns_records_as_the_answer() {
        insta::assert_snapshot!(reply_to("garden.example", RecordType::NS), @r"
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
        NXDOMAIN aa
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    /// RFC 8020 section 2: an empty non-terminal exists, so it is NODATA; its missing child is
    /// NXDOMAIN.
    #[test]
    fn is_not_an_empty_non_terminal() {
        for (qname, expected) in [
            ("branch.garden.example", NO_DATA),
            ("twig.branch.garden.example", NO_DATA),
            ("bud.branch.garden.example", NO_SUCH_NAME),
        ] {
            assert_eq!(summary(qname, RecordType::ANY), expected, "{qname}");
        }
    }

    #[test]
    fn is_refused_outside_the_zone() {
        assert_eq!(reply_to("example", RecordType::A), "REFUSED");
        assert_eq!(reply_to("notgarden.example", RecordType::A), "REFUSED");
        assert_eq!(reply_to(".", RecordType::NS), "REFUSED");
    }
}

mod an_alias {
    use super::*;

    #[test]
    fn is_followed_to_the_end_of_the_chain() {
        insta::assert_snapshot!(reply_to("bloom.garden.example", RecordType::A), @r"
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
                "NOERROR aa\nanswer bloom.garden.example. 3600 IN CNAME flower.garden.example."
            );
        }
    }

    #[test]
    fn out_of_the_zone_is_left_to_the_resolver() {
        insta::assert_snapshot!(reply_to("guest.garden.example", RecordType::A), @r"
        NOERROR aa
        answer guest.garden.example. 3600 IN CNAME www.elsewhere.example.
        ");
    }

    /// RFC 6604 section 3: the RCODE is about the last name of the chain.
    #[test]
    fn to_a_name_that_does_not_exist_is_nxdomain() {
        insta::assert_snapshot!(reply_to("lost.garden.example", RecordType::A), @r"
        NXDOMAIN aa
        answer lost.garden.example. 3600 IN CNAME nosuch.garden.example.
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    #[test]
    fn in_a_loop_is_in_the_answer_once() {
        insta::assert_snapshot!(reply_to("hen.garden.example", RecordType::A), @r"
        NOERROR aa
        answer hen.garden.example. 3600 IN CNAME egg.garden.example.
        answer egg.garden.example. 3600 IN CNAME hen.garden.example.
        ");
    }

    /// AA is about the QNAME, which is in this zone (RFC 1035 section 4.1.1).
    #[test]
    fn into_a_delegated_zone_ends_in_a_referral() {
        insta::assert_snapshot!(first_lines("shady.garden.example", RecordType::A, 3), @r"
        NOERROR aa
        answer shady.garden.example. 3600 IN CNAME oak.wood.garden.example.
        authority wood.garden.example. 3600 IN NS ns.wood.garden.example.
        ");
    }
}

mod a_wildcard {
    use super::*;

    #[test]
    fn matches_a_name_that_does_not_exist() {
        insta::assert_snapshot!(reply_to("fern.bed.garden.example", RecordType::MX), @r"
        NOERROR aa
        answer fern.bed.garden.example. 3600 IN MX 10 shed.garden.example.
        additional shed.garden.example. 3600 IN A 192.0.2.2
        ");
    }

    #[test]
    fn matches_more_than_one_label() {
        assert_eq!(
            reply_to("a.b.c.bed.garden.example", RecordType::TXT),
            "NOERROR aa\nanswer a.b.c.bed.garden.example. 3600 IN TXT \"any plant\""
        );
    }

    #[test]
    fn without_records_of_the_type_is_nodata() {
        assert_eq!(summary("fern.bed.garden.example", RecordType::A), NO_DATA);
    }

    /// RFC 4592 section 2.2.1: a wildcard matches neither an existing name, nor an empty
    /// non-terminal, nor a name below either.
    #[test]
    fn is_hidden_by_names_that_exist() {
        for (qname, expected) in [
            ("tulip.bed.garden.example", NO_DATA),
            ("pot.bed.garden.example", NO_DATA),
            ("a.tulip.bed.garden.example", NO_SUCH_NAME),
            ("a.pot.bed.garden.example", NO_SUCH_NAME),
        ] {
            assert_eq!(summary(qname, RecordType::TXT), expected, "{qname}");
        }
    }

    #[test]
    fn as_the_qname_is_a_name_like_any_other() {
        assert_eq!(
            reply_to("*.bed.garden.example", RecordType::TXT),
            "NOERROR aa\nanswer *.bed.garden.example. 3600 IN TXT \"any plant\""
        );
        // A name below `*` is not synthesized from it.
        assert_eq!(
            summary("a.*.bed.garden.example", RecordType::TXT),
            NO_SUCH_NAME
        );
    }

    #[test]
    fn may_be_an_alias() {
        insta::assert_snapshot!(reply_to("any.alias.garden.example", RecordType::A), @r"
        NOERROR aa
        answer any.alias.garden.example. 3600 IN CNAME rose.garden.example.
        answer rose.garden.example. 3600 IN A 192.0.2.3
        ");
    }

    /// RFC 4592 section 2.2.2: `*.bag` exists, since `seed.*.bag` does, but has no records.
    #[test]
    fn may_be_empty() {
        assert_eq!(summary("x.bag.garden.example", RecordType::A), NO_DATA);
    }
}

/// RFC 6672.
mod a_dname {
    use super::*;

    #[test]
    fn comes_with_the_cname_synthesized_from_it() {
        insta::assert_snapshot!(reply_to("rose.old.garden.example", RecordType::A), @r"
        NOERROR aa
        answer old.garden.example. 3600 IN DNAME new.garden.example.
        answer rose.old.garden.example. 3600 IN CNAME rose.new.garden.example.
        answer rose.new.garden.example. 3600 IN A 192.0.2.8
        ");
    }

    /// The answer has the CNAME, as the query asked, so there is no alias left to follow.
    #[test]
    fn is_not_followed_for_cname_or_any() {
        for qtype in [RecordType::CNAME, RecordType::ANY] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(reply_to("rose.old.garden.example", qtype), @r"
                NOERROR aa
                answer old.garden.example. 3600 IN DNAME new.garden.example.
                answer rose.old.garden.example. 3600 IN CNAME rose.new.garden.example.
                ");
            }
        }
    }

    #[test]
    fn does_not_redirect_its_owner() {
        assert_eq!(
            reply_to("old.garden.example", RecordType::TXT),
            "NOERROR aa\nanswer old.garden.example. 3600 IN TXT \"moved\""
        );
        assert_eq!(summary("old.garden.example", RecordType::A), NO_DATA);
    }

    #[test]
    fn to_a_name_that_does_not_exist_is_nxdomain() {
        insta::assert_snapshot!(first_lines("a.b.old.garden.example", RecordType::A, 3), @r"
        NXDOMAIN aa
        answer old.garden.example. 3600 IN DNAME new.garden.example.
        answer a.b.old.garden.example. 3600 IN CNAME a.b.new.garden.example.
        ");
    }

    #[test]
    fn that_makes_the_name_too_long_is_yxdomain() {
        let label = "x".repeat(60);
        let qname = format!("{label}.{label}.{label}.long.garden.example");
        assert_eq!(
            summary(&qname, RecordType::A),
            "YXDOMAIN aa, answer long.garden.example. DNAME"
        );
    }

    #[test]
    fn to_itself_ends() {
        insta::assert_snapshot!(reply_to("x.ivy.garden.example", RecordType::A), @r"
        NOERROR aa
        answer ivy.garden.example. 3600 IN DNAME ivy.garden.example.
        answer x.ivy.garden.example. 3600 IN CNAME x.ivy.garden.example.
        ");
    }
}

mod a_zone_cut {
    use super::*;

    #[test]
    fn is_a_referral_with_every_address_that_the_zone_has_of_its_servers() {
        insta::assert_snapshot!(reply_to("oak.wood.garden.example", RecordType::A), @r"
        NOERROR
        authority wood.garden.example. 3600 IN NS ns.wood.garden.example.
        authority wood.garden.example. 3600 IN NS ns.pond.garden.example.
        authority wood.garden.example. 3600 IN NS ns1.garden.example.
        authority wood.garden.example. 3600 IN NS ns.elsewhere.example.
        additional ns.wood.garden.example. 3600 IN A 192.0.2.9
        additional ns.pond.garden.example. 3600 IN A 192.0.2.11
        additional ns.pond.garden.example. 3600 IN AAAA 2001:db8::11
        additional ns1.garden.example. 3600 IN A 192.0.2.1
        additional ns1.garden.example. 3600 IN AAAA 2001:db8::1
        ");
    }

    #[test]
    fn hides_all_names_below_even_those_that_do_not_exist() {
        let referral = reply_to("wood.garden.example", RecordType::A);
        assert_eq!(
            summary("wood.garden.example", RecordType::A),
            "NOERROR, authority wood.garden.example. NS"
        );
        for (qname, qtype) in [
            ("wood.garden.example", RecordType::NS),
            ("wood.garden.example", RecordType::ANY),
            ("ns.wood.garden.example", RecordType::A),
            ("nosuch.wood.garden.example", RecordType::TXT),
            ("nosuch.wood.garden.example", RecordType::DS),
        ] {
            assert_eq!(reply_to(qname, qtype), referral, "{qname} {qtype}");
        }
    }

    /// RFC 4035 section 3.1.4.1: the parent zone has the child's DS records.
    #[test]
    fn is_answered_by_the_parent_for_ds() {
        assert_eq!(
            reply_to("wood.garden.example", RecordType::DS),
            "NOERROR aa\nanswer wood.garden.example. 3600 IN DS 1 8 1 0102030405060708090A0B0C0D0E0F1011121314"
        );
        assert_eq!(summary("pond.garden.example", RecordType::DS), NO_DATA);
    }

    /// The child zone is authoritative for a mail host's address below the cut.
    #[test]
    fn adds_glue_for_name_servers_only() {
        assert_eq!(
            reply_to("boat.garden.example", RecordType::MX),
            "NOERROR aa\nanswer boat.garden.example. 3600 IN MX 10 ns.pond.garden.example."
        );
    }
}
