//! Referrals: names at or below a zone cut (RFC 1034 section 4.2.1).

use dnsparse::{RecordType, Zone};
use zone::ZoneTree;

use crate::{reply_to, summaries, summaries_in};

#[test]
fn is_a_referral_with_every_address_that_the_zone_has_of_its_servers() {
    insta::assert_snapshot!(reply_to("oak.wood.garden.example", RecordType::A), @r"
    query oak.wood.garden.example A
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
    insta::assert_snapshot!(summaries(&[
        ("wood.garden.example", RecordType::A),
        ("wood.garden.example", RecordType::NS),
        ("wood.garden.example", RecordType::ANY),
        ("ns.wood.garden.example", RecordType::A),
        ("nosuch.wood.garden.example", RecordType::TXT),
        ("nosuch.wood.garden.example", RecordType::DS),
    ]), @r"
    wood.garden.example A → NOERROR, authority wood.garden.example. NS
    wood.garden.example NS → NOERROR, authority wood.garden.example. NS
    wood.garden.example ANY → NOERROR, authority wood.garden.example. NS
    ns.wood.garden.example A → NOERROR, authority wood.garden.example. NS
    nosuch.wood.garden.example TXT → NOERROR, authority wood.garden.example. NS
    nosuch.wood.garden.example DS → NOERROR, authority wood.garden.example. NS
    ");
}

/// A cut is where NS records are, at any depth: the zone's apex may be the root, or far down.
#[test]
fn may_be_any_number_of_labels_below_the_apex() {
    let zone = |apex: &str| {
        let text = "\
@ 60 SOA ns mail 1 1d 2h 4w 5m
@ 60 NS ns
ns 60 A 192.0.2.1
com 60 NS ns
deep.down.here 60 NS ns
";
        ZoneTree::new(&Zone::parse(text, &apex.parse().unwrap()).unwrap()).unwrap()
    };
    insta::assert_snapshot!(summaries_in(&zone("."), &[
        (".", RecordType::NS),
        ("www.com", RecordType::A),
        ("a.deep.down.here", RecordType::A),
        ("down.here", RecordType::A),
    ]), @r"
    . NS → NOERROR aa, answer . NS
    www.com A → NOERROR, authority com. NS
    a.deep.down.here A → NOERROR, authority deep.down.here. NS
    down.here A → NOERROR aa, authority . SOA
    ");
    insta::assert_snapshot!(summaries_in(&zone("a.b.c.d.example"), &[
        ("a.b.c.d.example", RecordType::NS),
        ("a.b.c.d.example", RecordType::A),
        ("www.com.a.b.c.d.example", RecordType::A),
        ("a.deep.down.here.a.b.c.d.example", RecordType::A),
        ("down.here.a.b.c.d.example", RecordType::A),
    ]), @r"
    a.b.c.d.example NS → NOERROR aa, answer a.b.c.d.example. NS
    a.b.c.d.example A → NOERROR aa, authority a.b.c.d.example. SOA
    www.com.a.b.c.d.example A → NOERROR, authority com.a.b.c.d.example. NS
    a.deep.down.here.a.b.c.d.example A → NOERROR, authority deep.down.here.a.b.c.d.example. NS
    down.here.a.b.c.d.example A → NOERROR aa, authority a.b.c.d.example. SOA
    ");
}

/// RFC 4035 section 3.1.4.1: the parent zone has the child's DS records.
#[test]
fn is_answered_by_the_parent_for_ds() {
    insta::assert_snapshot!(summaries(&[
        ("wood.garden.example", RecordType::DS),
        ("pond.garden.example", RecordType::DS),
    ]), @r"
    wood.garden.example DS → NOERROR aa, answer wood.garden.example. DS
    pond.garden.example DS → NOERROR aa, authority garden.example. SOA
    ");
}

/// The child zone is authoritative for a mail host's address below the cut.
#[test]
fn adds_glue_for_name_servers_only() {
    insta::assert_snapshot!(reply_to("boat.garden.example", RecordType::MX), @r"
    query boat.garden.example MX
    NOERROR aa
    answer boat.garden.example. 3600 IN MX 10 ns.pond.garden.example.
    ");
}
