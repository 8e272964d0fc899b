//! Referrals: the delegated zone, its servers, their glue, its TTL; and where a referral may lead.

use std::fmt::Write;

use dnsparse::{Question, RecordType};
use referral::{Delegation, MAX_ADDRESSES, MAX_GLUE, MAX_SERVERS, classify, delegation};

use crate::{
    SOA, all_classified, classified, name, nxdomain, question, reply, without_authority, written,
};

const REFERRAL: &str = "shop.example. 3600 NS ns1.shop.example.\nshop.example. 3600 NS ns.example.";

/// Writes the zone and the TTL, and below them each server with its addresses.
pub(crate) fn text(delegation: &Delegation) -> String {
    let mut out = format!("{} for {} s", delegation.zone, delegation.ttl);
    for server in &delegation.servers {
        let _ = write!(out, "\n  {}", server.name);
        for address in &server.addresses {
            let _ = write!(out, " {address}");
        }
    }
    out
}

/// Writes a reply's authority and additional section, and the delegation that is in them.
fn delegated(authority: &str, additional: &str) -> String {
    let reply = without_authority(reply("", authority, additional));
    let delegation = delegation(&reply).map_or("none".to_owned(), |it| text(&it));
    format!("{}→ {delegation}", written(&reply))
}

/// Returns a reply that refers to shop.example, whose servers ns0.example to ns19.example have no
/// address but those in `additional`.
fn with_twenty_servers(additional: &str) -> Delegation {
    let names = (0..20).map(|n| format!("shop.example. 60 NS ns{n}.example.\n"));
    let reply = reply("", &names.collect::<String>(), additional);
    match delegation(&reply) {
        Some(delegation) => delegation,
        None => panic!("there is no delegation in\n{}", written(&reply)),
    }
}

#[test]
fn a_referral_has_servers_and_their_glue() {
    let glue = "\
        ns1.shop.example. 60 A 192.0.2.1\n\
        NS.Example. 60 A 192.0.2.2\n\
        ns1.shop.example. 60 AAAA 2001:db8::1";
    insta::assert_snapshot!(classified(&without_authority(reply("", REFERRAL, glue))), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority shop.example. 3600 IN NS ns1.shop.example.
    authority shop.example. 3600 IN NS ns.example.
    addition  ns1.shop.example. 60 IN A 192.0.2.1
    addition  NS.Example. 60 IN A 192.0.2.2
    addition  ns1.shop.example. 60 IN AAAA 2001:db8::1
    → referral to shop.example. for 60 s
      ns1.shop.example. 192.0.2.1 2001:db8::1
      ns.example. 192.0.2.2
    ");
}

/// Some servers add the SOA of their own zone to a referral. With AA, the SOA belongs to an answer.
#[test]
fn a_referral_may_have_the_soa_of_the_parent() {
    let with_soa = reply("", &format!("{REFERRAL}\n{SOA}"), "");
    let referral = without_authority(with_soa.clone());
    let replies = [referral.clone(), with_soa, nxdomain(referral)];
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority shop.example. 3600 IN NS ns1.shop.example.
    authority shop.example. 3600 IN NS ns.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → referral to shop.example. for 3600 s
      ns1.shop.example.
      ns.example.

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority shop.example. 3600 IN NS ns1.shop.example.
    authority shop.example. 3600 IN NS ns.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no data
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300

    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN
    authority shop.example. 3600 IN NS ns1.shop.example.
    authority shop.example. 3600 IN NS ns.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → last resort: no such name
      example. 30 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// DS records are in the parent zone (RFC 4035 section 2.4). Servers that do not know the type
/// refer to the zone itself, which does not have them.
#[test]
fn a_referral_to_the_zone_answers_the_question_for_its_ds_records() {
    let kind = |authority: &str, qname: &str| {
        let mut reply = without_authority(reply("", authority, ""));
        let question = Question {
            qtype: RecordType::DS,
            ..question(qname)
        };
        reply.questions = vec![question.clone()];
        let kind = classify(&reply, &question, &name("example"));
        format!("{}→ {}", written(&reply), crate::text(&kind))
    };
    let digest = "0123456789abcdef0123456789abcdef01234567";
    let with_ds = format!("{REFERRAL}\nshop.example. 300 DS 1 8 1 {digest}");
    let kinds = [
        kind(REFERRAL, "shop.example"),
        kind(&with_ds, "shop.example"),
        kind(&with_ds, "www.shop.example"),
    ];
    insta::assert_snapshot!(kinds.join("\n\n"), @r"
    reply     NOERROR
              to [shop.example. IN DS]
    authority shop.example. 3600 IN NS ns1.shop.example.
    authority shop.example. 3600 IN NS ns.example.
    → last resort: no data

    reply     NOERROR
              to [shop.example. IN DS]
    authority shop.example. 3600 IN NS ns1.shop.example.
    authority shop.example. 3600 IN NS ns.example.
    authority shop.example. 300 IN DS 1 8 1 0123456789ABCDEF0123456789ABCDEF01234567
    → last resort: answer
      shop.example. 30 IN DS 1 8 1 0123456789ABCDEF0123456789ABCDEF01234567

    reply     NOERROR
              to [www.shop.example. IN DS]
    authority shop.example. 3600 IN NS ns1.shop.example.
    authority shop.example. 3600 IN NS ns.example.
    authority shop.example. 300 IN DS 1 8 1 0123456789ABCDEF0123456789ABCDEF01234567
    → referral to shop.example. for 3600 s
      ns1.shop.example.
      ns.example.
    ");
}

/// Glue is for the servers that this referral lists.
#[test]
fn addresses_of_other_names_are_no_glue() {
    let authority = format!("{REFERRAL}\nshop.example. 3600 NS ns.elsewhere.test.");
    let glue = "\
        ns1.shop.example. 60 A 192.0.2.1\n\
        ns.elsewhere.test. 60 A 192.0.2.66\n\
        www.example. 60 A 192.0.2.67\n\
        a.ns1.shop.example. 60 A 192.0.2.68";
    insta::assert_snapshot!(classified(&without_authority(reply("", &authority, glue))), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority shop.example. 3600 IN NS ns1.shop.example.
    authority shop.example. 3600 IN NS ns.example.
    authority shop.example. 3600 IN NS ns.elsewhere.test.
    addition  ns1.shop.example. 60 IN A 192.0.2.1
    addition  ns.elsewhere.test. 60 IN A 192.0.2.66
    addition  www.example. 60 IN A 192.0.2.67
    addition  a.ns1.shop.example. 60 IN A 192.0.2.68
    → referral to shop.example. for 60 s
      ns1.shop.example. 192.0.2.1
      ns.example.
      ns.elsewhere.test.
    ");
}

/// The first NS record decides which zone is delegated: those of zones beside, above and below it
/// do not count. The zone's other NS records may stand anywhere.
#[test]
fn a_delegation_is_of_one_zone() {
    let authority = "\
        shop.example. 60 NS ns1.shop.example.\n\
        mall.example. 60 NS ns.mall.example.\n\
        example. 60 NS ns.example.\n\
        www.shop.example. 60 NS ns.www.shop.example.\n\
        Shop.Example. 60 NS ns2.shop.example.";
    insta::assert_snapshot!(delegated(authority, ""), @r"
    reply     NOERROR
    authority shop.example. 60 IN NS ns1.shop.example.
    authority mall.example. 60 IN NS ns.mall.example.
    authority example. 60 IN NS ns.example.
    authority www.shop.example. 60 IN NS ns.www.shop.example.
    authority Shop.Example. 60 IN NS ns2.shop.example.
    → shop.example. for 60 s
      ns1.shop.example.
      ns2.shop.example.
    ");
}

#[test]
fn a_server_that_is_listed_twice_is_one_server() {
    let twice = "\
        shop.example. 60 NS ns.test.\n\
        shop.example. 60 NS NS.test.\n\
        shop.example. 60 NS ns2.test.";
    insta::assert_snapshot!(delegated(twice, ""), @r"
    reply     NOERROR
    authority shop.example. 60 IN NS ns.test.
    authority shop.example. 60 IN NS NS.test.
    authority shop.example. 60 IN NS ns2.test.
    → shop.example. for 60 s
      ns.test.
      ns2.test.
    ");
}

/// A message of 64 KB has room for more than a thousand servers: each would be looked up, and
/// compared with each other. Servers that are listed twice do not count.
#[test]
fn the_number_of_servers_is_bounded() {
    let listed = |count: usize| -> String {
        let line = |n: usize| format!("shop.example. 60 NS ns{n}.example.\n");
        (0..count).map(line).collect()
    };
    for (count, taken) in [(13, 13), (MAX_SERVERS, MAX_SERVERS), (1_500, MAX_SERVERS)] {
        let authority = listed(13) + &listed(count);
        let reply = reply("", &authority, "ns0.example. 60 A 192.0.2.1");
        let delegation = delegation(&reply);
        let servers = delegation.as_ref().map_or(0, |it| it.servers.len());
        let text = delegation.map_or("none".to_owned(), |it| text(&it));
        assert_eq!(
            servers, taken,
            "of {count} servers, in the delegation\n{text}"
        );
        assert!(text.contains("ns0.example. 192.0.2.1"), "{text}");
    }
}

/// Each address is one more query, which another operator's server may have to bear.
#[test]
fn the_number_of_glue_addresses_is_bounded() {
    let counts = |servers: u8, each: u8| {
        let of = |n: u8| (0..each).map(move |a| format!("ns{n}.example. 60 A 192.0.{n}.{a}\n"));
        let glue: String = (0..servers).flat_map(of).collect();
        let servers = with_twenty_servers(&glue).servers;
        let counts: Vec<_> = (servers.iter())
            .map(|server| server.addresses.len())
            .collect();
        counts
    };
    let one = counts(1, 200);
    assert_eq!(
        (one.first(), one.iter().sum()),
        (Some(&MAX_ADDRESSES), MAX_ADDRESSES),
        "200 addresses of the first server: those of it that are taken, and those in all"
    );
    assert_eq!(
        counts(20, 5).iter().sum::<usize>(),
        MAX_GLUE,
        "5 addresses each of 20 servers: those that are taken"
    );
    assert_eq!(
        counts(20, 2),
        [2; 20],
        "2 addresses each of 20 servers, as many as the servers of com have: those that are taken"
    );
}

/// If TTLs differ, the least counts (RFC 2181 section 5.2); one with its top bit set is 0 (RFC 2181
/// section 8). Records that are not part of the delegation have no say: other types at its name,
/// other zones' servers, addresses of other names.
#[test]
fn the_ttl_of_a_delegation_is_the_least_of_its_records() {
    let two = "shop.example. 600 NS ns1.shop.example.\nshop.example. 300 NS ns2.shop.example.";
    let others = format!(
        "{two}\nshop.example. 60 DS 1 13 2 {}\nmall.example. 60 NS ns1.shop.example.",
        "00".repeat(32)
    );
    let texts = [
        delegated(two, ""),
        delegated(two, "ns1.shop.example. 60 A 192.0.2.1"),
        delegated(two, "ns2.shop.example. 4294967295 A 192.0.2.1"),
        delegated(
            &others,
            "www.example. 60 A 192.0.2.1\nns1.shop.example. 60 TXT x",
        ),
    ];
    insta::assert_snapshot!(texts.join("\n\n"), @r#"
    reply     NOERROR
    authority shop.example. 600 IN NS ns1.shop.example.
    authority shop.example. 300 IN NS ns2.shop.example.
    → shop.example. for 300 s
      ns1.shop.example.
      ns2.shop.example.

    reply     NOERROR
    authority shop.example. 600 IN NS ns1.shop.example.
    authority shop.example. 300 IN NS ns2.shop.example.
    addition  ns1.shop.example. 60 IN A 192.0.2.1
    → shop.example. for 60 s
      ns1.shop.example. 192.0.2.1
      ns2.shop.example.

    reply     NOERROR
    authority shop.example. 600 IN NS ns1.shop.example.
    authority shop.example. 300 IN NS ns2.shop.example.
    addition  ns2.shop.example. 4294967295 IN A 192.0.2.1
    → shop.example. for 0 s
      ns1.shop.example.
      ns2.shop.example. 192.0.2.1

    reply     NOERROR
    authority shop.example. 600 IN NS ns1.shop.example.
    authority shop.example. 300 IN NS ns2.shop.example.
    authority shop.example. 60 IN DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
    authority mall.example. 60 IN NS ns1.shop.example.
    addition  www.example. 60 IN A 192.0.2.1
    addition  ns1.shop.example. 60 IN TXT "x"
    → shop.example. for 300 s
      ns1.shop.example.
      ns2.shop.example.
    "#);
}

/// A referral to the zone itself, or sideways, does not lead closer. (NS records of a zone above,
/// or of another tree, are out of bailiwick: scrubbing has removed them.)
#[test]
fn a_referral_has_to_lead_closer_to_the_name() {
    let to = |zone: &str| {
        let ns = format!("{zone} 60 NS ns.example.");
        without_authority(reply("", &ns, ""))
    };
    let zones = [
        "shop.example.",
        "www.shop.example.",
        "example.",
        "mall.example.",
        "a.www.shop.example.",
        ".",
        "test.",
    ];
    insta::assert_snapshot!(all_classified(&zones.map(to)), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority shop.example. 60 IN NS ns.example.
    → referral to shop.example. for 60 s
      ns.example.

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority www.shop.example. 60 IN NS ns.example.
    → referral to www.shop.example. for 60 s
      ns.example.

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority example. 60 IN NS ns.example.
    → the server is lame: its referral to example. leads no closer to the name

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority mall.example. 60 IN NS ns.example.
    → the server is lame: its referral to mall.example. leads no closer to the name

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority a.www.shop.example. 60 IN NS ns.example.
    → the server is lame: its referral to a.www.shop.example. leads no closer to the name

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority . 60 IN NS ns.example.
    → the server is lame: it sent neither an answer nor a referral

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority test. 60 IN NS ns.example.
    → the server is lame: it sent neither an answer nor a referral
    ");
}
