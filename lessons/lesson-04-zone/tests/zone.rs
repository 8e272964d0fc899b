//! Lesson 4: what a zone says: the cases of RFC 1034 section 4.3.2, and what later RFCs added to them.
#![cfg(test)]

mod load;

use dnsparse::{Class, DnsPacket, Question, Record, RecordType, Zone};
use zone::ZoneTree;

fn garden() -> ZoneTree {
    let origin = "garden.example".parse().unwrap();
    ZoneTree::new(&Zone::parse(include_str!("garden.zone"), &origin).unwrap()).unwrap()
}

/// A whole reply as text: first RCODE and AA, then the records, each with the letter of its section.
fn ask(qname: &str, qtype: RecordType) -> String {
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    };
    let mut reply = DnsPacket::default();
    garden().answer(&question, &mut reply);
    let aa = if reply.header.aa { " aa" } else { "" };
    let mut lines = vec![format!("{}{aa}", reply.header.rcode)];
    let mut section = |letter: &str, records: &[Record]| {
        lines.extend(
            records
                .iter()
                .map(|record| format!("{letter} {record}").replace('\t', " ")),
        );
    };
    section("answer", &reply.answers);
    section("authority", &reply.authorities);
    section("additional", &reply.additionals);
    lines.join("\n")
}

/// The first lines of a reply, where the others say nothing new.
fn ask_for_start(qname: &str, qtype: RecordType, lines: usize) -> String {
    let reply = ask(qname, qtype);
    reply.lines().take(lines).collect::<Vec<_>>().join("\n")
}

/// RCODE and AA, and in short what comes first: `NOERROR aa, authority garden.example. SOA`.
fn in_short(qname: &str, qtype: RecordType) -> String {
    let reply = ask(qname, qtype);
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
        insta::assert_snapshot!(ask("rose.garden.example", RecordType::A), @r"
        NOERROR aa
        answer rose.garden.example. 3600 IN A 192.0.2.3
        ");
    }

    #[test]
    fn is_found_in_any_case() {
        insta::assert_snapshot!(ask("ROSE.Garden.example", RecordType::TXT), @r#"
        NOERROR aa
        answer rose.garden.example. 3600 IN TXT "red"
        "#);
    }

    #[test]
    fn has_all_its_records_when_asked_for_any() {
        insta::assert_snapshot!(ask("rose.garden.example", RecordType::ANY), @r#"
        NOERROR aa
        answer rose.garden.example. 3600 IN A 192.0.2.3
        answer rose.garden.example. 3600 IN TXT "red"
        "#);
    }

    /// RFC 2308 section 3: the SOA's TTL is 3600 in the zone, its minimum 300.
    #[test]
    fn without_such_records_is_nodata_with_an_soa_of_the_lesser_ttl() {
        insta::assert_snapshot!(ask("rose.garden.example", RecordType::AAAA), @r"
        NOERROR aa
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    #[test]
    fn brings_the_addresses_of_hosts_it_names_as_far_as_they_are_known() {
        insta::assert_snapshot!(ask("garden.example", RecordType::MX), @r"
        NOERROR aa
        answer garden.example. 3600 IN MX 10 shed.garden.example.
        answer garden.example. 3600 IN MX 20 mail.elsewhere.example.
        additional shed.garden.example. 3600 IN A 192.0.2.2
        ");
        insta::assert_snapshot!(ask("_water._tcp.garden.example", RecordType::SRV), @r"
        NOERROR aa
        answer _water._tcp.garden.example. 3600 IN SRV 0 0 7 shed.garden.example.
        additional shed.garden.example. 3600 IN A 192.0.2.2
        ");
    }

    #[test]
    fn at_the_apex_has_ns_records_as_its_own() {
        insta::assert_snapshot!(ask("garden.example", RecordType::NS), @r"
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
        insta::assert_snapshot!(ask("weed.garden.example", RecordType::A), @r"
        NXDOMAIN aa
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    /// RFC 8020 section 2: an empty name exists, so it is not NXDOMAIN; its missing child is.
    #[test]
    fn is_told_from_one_that_is_empty() {
        for (qname, expected) in [
            ("branch.garden.example", NO_DATA),
            ("twig.branch.garden.example", NO_DATA),
            ("bud.branch.garden.example", NO_SUCH_NAME),
        ] {
            assert_eq!(in_short(qname, RecordType::ANY), expected, "{qname}");
        }
    }

    #[test]
    fn is_refused_outside_the_zone() {
        assert_eq!(ask("example", RecordType::A), "REFUSED");
        assert_eq!(ask("notgarden.example", RecordType::A), "REFUSED");
        assert_eq!(ask(".", RecordType::NS), "REFUSED");
    }
}

mod an_alias {
    use super::*;

    #[test]
    fn is_followed_to_the_end_of_the_chain() {
        insta::assert_snapshot!(ask("bloom.garden.example", RecordType::A), @r"
        NOERROR aa
        answer bloom.garden.example. 3600 IN CNAME flower.garden.example.
        answer flower.garden.example. 3600 IN CNAME rose.garden.example.
        answer rose.garden.example. 3600 IN A 192.0.2.3
        ");
    }

    #[test]
    fn is_itself_the_answer_when_asked_for_cname_or_any() {
        for qtype in [RecordType::CNAME, RecordType::ANY] {
            assert_eq!(
                ask("bloom.garden.example", qtype),
                "NOERROR aa\nanswer bloom.garden.example. 3600 IN CNAME flower.garden.example."
            );
        }
    }

    #[test]
    fn out_of_the_zone_is_left_to_the_asker() {
        insta::assert_snapshot!(ask("guest.garden.example", RecordType::A), @r"
        NOERROR aa
        answer guest.garden.example. 3600 IN CNAME www.elsewhere.example.
        ");
    }

    /// RFC 6604 section 3: the RCODE is about the last name of the chain.
    #[test]
    fn to_a_name_that_does_not_exist_is_nxdomain() {
        insta::assert_snapshot!(ask("lost.garden.example", RecordType::A), @r"
        NXDOMAIN aa
        answer lost.garden.example. 3600 IN CNAME nosuch.garden.example.
        authority garden.example. 300 IN SOA ns1.garden.example. gardener.garden.example. 1 86400 7200 2419200 300
        ");
    }

    #[test]
    fn in_a_circle_is_told_once() {
        insta::assert_snapshot!(ask("hen.garden.example", RecordType::A), @r"
        NOERROR aa
        answer hen.garden.example. 3600 IN CNAME egg.garden.example.
        answer egg.garden.example. 3600 IN CNAME hen.garden.example.
        ");
    }

    /// AA speaks of the name asked for, which is this zone's (RFC 1035 section 4.1.1).
    #[test]
    fn into_a_delegated_part_ends_in_a_referral() {
        insta::assert_snapshot!(ask_for_start("shady.garden.example", RecordType::A, 3), @r"
        NOERROR aa
        answer shady.garden.example. 3600 IN CNAME oak.wood.garden.example.
        authority wood.garden.example. 3600 IN NS ns.wood.garden.example.
        ");
    }
}

mod a_wildcard {
    use super::*;

    #[test]
    fn lends_its_records_to_a_name_that_does_not_exist() {
        insta::assert_snapshot!(ask("fern.bed.garden.example", RecordType::MX), @r"
        NOERROR aa
        answer fern.bed.garden.example. 3600 IN MX 10 shed.garden.example.
        additional shed.garden.example. 3600 IN A 192.0.2.2
        ");
    }

    #[test]
    fn goes_for_more_than_one_label() {
        assert_eq!(
            ask("a.b.c.bed.garden.example", RecordType::TXT),
            "NOERROR aa\nanswer a.b.c.bed.garden.example. 3600 IN TXT \"any plant\""
        );
    }

    #[test]
    fn without_such_records_is_nodata() {
        assert_eq!(in_short("fern.bed.garden.example", RecordType::A), NO_DATA);
    }

    /// RFC 4592 section 2.2.1: neither where the name exists, nor where it is empty, nor below either.
    #[test]
    fn is_hidden_by_names_that_exist() {
        for (qname, expected) in [
            ("tulip.bed.garden.example", NO_DATA),
            ("pot.bed.garden.example", NO_DATA),
            ("a.tulip.bed.garden.example", NO_SUCH_NAME),
            ("a.pot.bed.garden.example", NO_SUCH_NAME),
        ] {
            assert_eq!(in_short(qname, RecordType::TXT), expected, "{qname}");
        }
    }

    #[test]
    fn asked_for_by_its_own_name_is_a_name_like_any_other() {
        assert_eq!(
            ask("*.bed.garden.example", RecordType::TXT),
            "NOERROR aa\nanswer *.bed.garden.example. 3600 IN TXT \"any plant\""
        );
        // What is below `*` is not made from it.
        assert_eq!(
            in_short("a.*.bed.garden.example", RecordType::TXT),
            NO_SUCH_NAME
        );
    }

    #[test]
    fn may_be_an_alias() {
        insta::assert_snapshot!(ask("any.alias.garden.example", RecordType::A), @r"
        NOERROR aa
        answer any.alias.garden.example. 3600 IN CNAME rose.garden.example.
        answer rose.garden.example. 3600 IN A 192.0.2.3
        ");
    }

    /// RFC 4592 section 2.2.2: `*.bag` exists, as `seed.*.bag` does, but has nothing to lend.
    #[test]
    fn may_be_empty() {
        assert_eq!(in_short("x.bag.garden.example", RecordType::A), NO_DATA);
    }
}

/// RFC 6672.
mod a_dname {
    use super::*;

    #[test]
    fn is_told_with_the_alias_that_follows_from_it() {
        insta::assert_snapshot!(ask("rose.old.garden.example", RecordType::A), @r"
        NOERROR aa
        answer old.garden.example. 3600 IN DNAME new.garden.example.
        answer rose.old.garden.example. 3600 IN CNAME rose.new.garden.example.
        answer rose.new.garden.example. 3600 IN A 192.0.2.8
        ");
    }

    /// The alias that was asked for is there, so that nothing is left to follow.
    #[test]
    fn is_not_followed_when_asked_for_cname_or_any() {
        for qtype in [RecordType::CNAME, RecordType::ANY] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(ask("rose.old.garden.example", qtype), @r"
                NOERROR aa
                answer old.garden.example. 3600 IN DNAME new.garden.example.
                answer rose.old.garden.example. 3600 IN CNAME rose.new.garden.example.
                ");
            }
        }
    }

    #[test]
    fn says_nothing_of_its_own_owner() {
        assert_eq!(
            ask("old.garden.example", RecordType::TXT),
            "NOERROR aa\nanswer old.garden.example. 3600 IN TXT \"moved\""
        );
        assert_eq!(in_short("old.garden.example", RecordType::A), NO_DATA);
    }

    #[test]
    fn leads_to_nxdomain_where_the_other_name_does_not_exist() {
        insta::assert_snapshot!(ask_for_start("a.b.old.garden.example", RecordType::A, 3), @r"
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
            in_short(&qname, RecordType::A),
            "YXDOMAIN aa, answer long.garden.example. DNAME"
        );
    }

    #[test]
    fn to_itself_comes_to_an_end() {
        insta::assert_snapshot!(ask("x.ivy.garden.example", RecordType::A), @r"
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
        insta::assert_snapshot!(ask("oak.wood.garden.example", RecordType::A), @r"
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
    fn hides_all_that_is_below_even_what_does_not_exist() {
        let referral = ask("wood.garden.example", RecordType::A);
        assert_eq!(
            in_short("wood.garden.example", RecordType::A),
            "NOERROR, authority wood.garden.example. NS"
        );
        for (qname, qtype) in [
            ("wood.garden.example", RecordType::NS),
            ("wood.garden.example", RecordType::ANY),
            ("ns.wood.garden.example", RecordType::A),
            ("nosuch.wood.garden.example", RecordType::TXT),
            ("nosuch.wood.garden.example", RecordType::DS),
        ] {
            assert_eq!(ask(qname, qtype), referral, "{qname} {qtype}");
        }
    }

    /// RFC 4035 section 3.1.4.1: whether and how the child is signed, the parent says.
    #[test]
    fn is_the_parents_when_asked_for_ds() {
        assert_eq!(
            ask("wood.garden.example", RecordType::DS),
            "NOERROR aa\nanswer wood.garden.example. 3600 IN DS 1 8 1 0102030405060708090A0B0C0D0E0F1011121314"
        );
        assert_eq!(in_short("pond.garden.example", RecordType::DS), NO_DATA);
    }

    /// A mail host's address behind a cut is the other zone's to tell.
    #[test]
    fn gives_its_glue_to_servers_only() {
        assert_eq!(
            ask("boat.garden.example", RecordType::MX),
            "NOERROR aa\nanswer boat.garden.example. 3600 IN MX 10 ns.pond.garden.example."
        );
    }
}
