//! Negative answers: NXDOMAIN and NODATA, and how a NODATA answer differs from a referral.

use crate::{
    SOA, all_classified, classified, classified_as_from, nxdomain, reply, without_authority,
};

const OWN: &str = "example. 3600 NS ns.example.";
const DEEPER: &str = "shop.example. 3600 NS ns.shop.example.";

#[test]
fn an_soa_without_records_is_no_data() {
    insta::assert_snapshot!(classified(&reply("", SOA, "")), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no data
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// A zone's own name exists: its parent has delegated it. Load balancers answer NXDOMAIN for it to
/// each type that they do not know.
#[test]
fn nxdomain_for_the_name_of_the_zone_is_no_data() {
    let reply = nxdomain(reply("", SOA, ""));
    insta::assert_snapshot!(classified_as_from("www.shop.example", &reply), @r"
    query     www.shop.example. IN A to a server of www.shop.example.
    reply     NXDOMAIN aa
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no data
    ");
}

#[test]
fn nxdomain_differs_from_no_data() {
    insta::assert_snapshot!(classified(&nxdomain(reply("", SOA, ""))), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN aa
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no such name
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// Without an SOA it is not known for how long the answer may be cached, but it is a negative
/// answer.
#[test]
fn nxdomain_needs_no_soa() {
    insta::assert_snapshot!(classified(&nxdomain(reply("", "", ""))), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN aa
    → no such name
    ");
}

/// NXDOMAIN denies the name, whatever NS records stand beside it: a server that refers to a deeper
/// zone sends NOERROR.
#[test]
fn nxdomain_beside_ns_records_is_no_referral() {
    let authorities = [DEEPER.to_owned(), format!("{DEEPER}\n{SOA}")];
    let replies = authorities.map(|authority| nxdomain(reply("", &authority, "")));
    let without = replies.clone().map(without_authority);
    insta::assert_snapshot!(all_classified(replies.iter().chain(&without)), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN aa
    authority shop.example. 3600 IN NS ns.shop.example.
    → no such name

    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN aa
    authority shop.example. 3600 IN NS ns.shop.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no such name
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300

    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN
    authority shop.example. 3600 IN NS ns.shop.example.
    → last resort: no such name

    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN
    authority shop.example. 3600 IN NS ns.shop.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → last resort: no such name
      example. 30 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// RFC 2308 section 2.2 calls this NODATA response type 1. The order of the records does not
/// matter.
#[test]
fn ns_records_beside_an_soa_change_nothing() {
    let authorities = [
        format!("{OWN}\n{SOA}"),
        format!("{SOA}\n{OWN}"),
        format!("{SOA}\n{DEEPER}"),
    ];
    let replies = authorities.map(|authority| reply("", &authority, ""));
    let last_resort = without_authority(replies[0].clone());
    insta::assert_snapshot!(all_classified(replies.iter().chain([&last_resort])), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority example. 3600 IN NS ns.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no data
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    authority example. 3600 IN NS ns.example.
    → no data
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    authority shop.example. 3600 IN NS ns.shop.example.
    → no data
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority example. 3600 IN NS ns.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → last resort: no data
      example. 30 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// Some servers send the NS records of their own zone instead of the SOA. A referral would lead
/// deeper, and come without AA.
#[test]
fn ns_records_of_the_zone_itself_are_no_data() {
    let own = reply("", OWN, "");
    let both = reply("", &format!("{OWN}\n{DEEPER}"), "");
    let replies = [own.clone(), without_authority(own), both];
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority example. 3600 IN NS ns.example.
    → no data

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority example. 3600 IN NS ns.example.
    → the server is lame: its referral to example. leads no closer to the name

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority example. 3600 IN NS ns.example.
    authority shop.example. 3600 IN NS ns.shop.example.
    → the server is lame: its referral to example. leads no closer to the name
    ");
}

/// RFC 2308 section 2.2 calls this NODATA response type 3. Stub resolvers fail the whole name if it
/// is taken for a failure.
#[test]
fn an_empty_reply_is_no_data() {
    let empty = reply("", "", "");
    let replies = [empty.clone(), without_authority(empty)];
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    → no data

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    → last resort: no data
    ");
}

/// An answer of another type, or the NSEC record of a signed zone, is no SOA; but only NS records
/// would make a referral. RFC 2308 section 2.2: no data is recognised by the absence of the records
/// asked for, in a reply that is no referral.
#[test]
fn a_reply_without_soa_and_ns_records_is_no_data() {
    let other_type = reply("www.shop.example. 60 TXT \"hello\"", "", "");
    let nsec = reply("", "www.shop.example. 60 NSEC example. TXT NSEC", "");
    let replies = [other_type, nsec];
    let without = replies.clone().map(without_authority);
    insta::assert_snapshot!(all_classified(replies.iter().chain(&without)), @r#"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN TXT "hello"
    → no data

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority www.shop.example. 60 IN NSEC example. TXT NSEC
    → no data

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    answer    www.shop.example. 60 IN TXT "hello"
    → last resort: no data

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority www.shop.example. 60 IN NSEC example. TXT NSEC
    → last resort: no data
    "#);
}

/// A server that refers up or sideways does not have the zone, whatever AA says: unbound, BIND and
/// Knot Resolver go on to the next one. If the reply has an SOA of its zone, the server has the
/// zone.
#[test]
fn a_referral_up_or_sideways_is_lame_with_aa_too() {
    let up = ". 60 NS a.root-servers.net.";
    let with_soa = format!("{SOA}\n{up}");
    let sideways = "mall.example. 60 NS ns.example.";
    let replies = [up, sideways, &with_soa].map(|authority| reply("", authority, ""));
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority . 60 IN NS a.root-servers.net.
    → the server is lame: it sent neither an answer nor a referral

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority mall.example. 60 IN NS ns.example.
    → the server is lame: its referral to mall.example. leads no closer to the name

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    authority . 60 IN NS a.root-servers.net.
    → no data
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// Scrubbing leaves no record of this reply, but it was not empty.
#[test]
fn a_reply_with_records_out_of_bailiwick_alone_is_lame() {
    let upward = reply("", ". 60 NS a.root-servers.net.", "");
    let foreign = reply("www.yourbank.test. 60 A 192.0.2.66", "", "");
    let replies = [upward, foreign].map(without_authority);
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority . 60 IN NS a.root-servers.net.
    → the server is lame: it sent neither an answer nor a referral

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    answer    www.yourbank.test. 60 IN A 192.0.2.66
    → the server is lame: it sent neither an answer nor a referral
    ");
}

#[test]
fn an_soa_of_another_zone_is_dropped() {
    let other = "other.example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300";
    let both = format!("{other}\n{SOA}");
    let replies = [other, &both].map(|authority| reply("", authority, ""));
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority other.example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no data

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    authority other.example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no data
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}
