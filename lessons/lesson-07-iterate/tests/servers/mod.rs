//! Which servers of a zone are queried, and which are looked up, after each reply.

use iterate::Walk;

use crate::{address, after, name, referral, reply, walk};

/// Two names of one host: if it times out under one of them, it does so under the other.
#[test]
fn an_address_that_failed_is_given_up_for_every_server_that_has_it() {
    let mut walk = walk();
    let glue = "\
        ns1.example. 60 A 192.0.2.8\n\
        ns2.example. 60 A 192.0.2.8\n\
        ns2.example. 60 A 192.0.2.9";
    let twice = "shop.example. 60 NS ns1.example.\nshop.example. 60 NS ns2.example.";
    walk.handle_reply(address(1), &referral(twice, glue));
    walk.handle_failure(address(8), "timed out");
    insta::assert_snapshot!(after(&walk), @r"
    www.shop.example. A
      example.       192.0.2.1 says: ask the servers of shop.example.
      shop.example.  192.0.2.8 timed out
    → query 192.0.2.9
    ");
}

/// The name of a zone's server may be the zone's own name: the way to it leads through the zone,
/// too.
#[test]
fn a_server_with_the_name_of_its_zone_cannot_be_looked_up() {
    let mut walk = walk();
    let own = "shop.example. 60 NS shop.example.\nshop.example. 60 NS ns.shop.example.";
    walk.handle_reply(address(1), &referral(own, ""));
    insta::assert_snapshot!(after(&walk), @r"
    www.shop.example. A
      example.  192.0.2.1 says: ask the servers of shop.example.
    → failed: no usable reply from the servers of shop.example.: none has a known address
    ");
}

/// Lesson 8 asks the parent zone for the addresses of such a server, but of no other.
#[test]
fn a_server_without_glue_is_one_that_never_had_addresses() {
    let mut walk = walk();
    let three = "\
        shop.example. 60 NS ns1.shop.example.\n\
        shop.example. 60 NS ns2.shop.example.\n\
        shop.example. 60 NS ns.test.";
    walk.handle_reply(
        address(1),
        &referral(three, "ns1.shop.example. 60 A 192.0.2.8"),
    );
    let mut shown = String::new();
    let mut show = |walk: &Walk, event: &str| {
        let names: Vec<_> = walk
            .without_glue()
            .iter()
            .map(ToString::to_string)
            .collect();
        shown += &format!("{event}: {}\n", names.join(" "));
    };
    show(&walk, "glue for ns1 alone");
    walk.handle_failure(address(8), "timed out");
    show(&walk, "after the failure of ns1");
    walk.handle_addresses(&name("ns.test"), &[]);
    show(&walk, "after a lookup of ns.test that found nothing");
    walk.handle_addresses(&name("ns2.shop.example"), &[]);
    show(&walk, "after the same for ns2");
    insta::assert_snapshot!(shown, @r"
    glue for ns1 alone: ns2.shop.example.
    after the failure of ns1: ns2.shop.example.
    after a lookup of ns.test that found nothing: ns2.shop.example.
    after the same for ns2: 
    ");
}

/// Names compare without regard to case, and each lookup is for one server.
#[test]
fn the_addresses_of_a_lookup_are_those_of_one_server() {
    let mut walk = walk();
    let two = "shop.example. 60 NS ns.test.\nshop.example. 60 NS ns2.test.";
    walk.handle_reply(address(1), &referral(two, ""));
    walk.handle_addresses(&name("NS.Test"), &[address(7), address(8)]);
    let first = after(&walk);
    walk.handle_failure(address(7), "timed out");
    walk.handle_failure(address(8), "timed out");
    insta::assert_snapshot!(format!("{first}\n\n{}", after(&walk)), @r"
    www.shop.example. A
      example.  192.0.2.1 says: ask the servers of shop.example.
    → query 192.0.2.7 or 192.0.2.8

    www.shop.example. A
      example.       192.0.2.1 says: ask the servers of shop.example.
      shop.example.  192.0.2.7 timed out
      shop.example.  192.0.2.8 timed out
    → look up ns2.test.
    ");
}

/// Perhaps the cache has an address that the referral has not: the glue has not failed, and stays.
#[test]
fn addresses_that_are_found_are_added_to_the_glue() {
    let mut walk = walk();
    let glue = "ns.example. 60 A 192.0.2.8";
    walk.handle_reply(
        address(1),
        &referral("shop.example. 60 NS ns.example.", glue),
    );
    walk.handle_addresses(&name("ns.example"), &[address(9)]);
    insta::assert_snapshot!(after(&walk), @r"
    www.shop.example. A
      example.  192.0.2.1 says: ask the servers of shop.example.
    → query 192.0.2.8 or 192.0.2.9
    ");
}

/// Each of the zone's servers is given a chance, those without glue as well.
#[test]
fn a_last_resort_is_used_when_no_server_is_left() {
    let mut walk = walk();
    let half = "shop.example. 60 NS ns.example.\nshop.example. 60 NS ns.test.";
    walk.handle_reply(address(1), &referral(half, "ns.example. 60 A 192.0.2.8"));
    let without_aa = reply(false, "www.shop.example. 60 A 192.0.2.66", "", "");
    walk.handle_reply(address(8), &without_aa);
    let first = after(&walk);
    walk.handle_addresses(&name("ns.example"), &[]);
    walk.handle_addresses(&name("ns.test"), &[]);
    insta::assert_snapshot!(format!("{first}\n\n{}", after(&walk)), @r"
    www.shop.example. A
      example.       192.0.2.1 says: ask the servers of shop.example.
      shop.example.  192.0.2.8 says without AA: 192.0.2.66
    → look up ns.example., then ns.test.

    www.shop.example. A
      example.       192.0.2.1 says: ask the servers of shop.example.
      shop.example.  192.0.2.8 says without AA: 192.0.2.66
    → done: 192.0.2.66
    ");
}

/// The first of equals is kept; records, or an alias to them, are better than their absence.
#[test]
fn the_best_answer_without_aa_is_the_last_resort() {
    let answers = [
        ("", ""),
        ("", "example. 60 SOA ns.example. mail.example. 1 2 3 4 5"),
        ("www.shop.example. 60 CNAME www.mall.example.", ""),
        ("www.shop.example. 60 A 192.0.2.66", ""),
    ];
    let mut texts = Vec::new();
    for (first, second) in [(0, 2), (2, 0), (2, 3), (3, 2), (0, 1)] {
        let mut walk = walk();
        for (server, which) in [(1, first), (2, second)] {
            let (answer, authority) = answers[which];
            walk.handle_reply(address(server), &reply(false, answer, authority, ""));
        }
        texts.push(after(&walk));
    }
    insta::assert_snapshot!(texts.join("\n\n"), @r"
    www.shop.example. A
      example.  192.0.2.1 says without AA: no data
      example.  192.0.2.2 says without AA: it is an alias, go on with www.mall.example.
    → done: www.mall.example.

    www.shop.example. A
      example.  192.0.2.1 says without AA: it is an alias, go on with www.mall.example.
      example.  192.0.2.2 says without AA: no data
    → done: www.mall.example.

    www.shop.example. A
      example.  192.0.2.1 says without AA: it is an alias, go on with www.mall.example.
      example.  192.0.2.2 says without AA: 192.0.2.66
    → done: www.mall.example.

    www.shop.example. A
      example.  192.0.2.1 says without AA: 192.0.2.66
      example.  192.0.2.2 says without AA: it is an alias, go on with www.mall.example.
    → done: 192.0.2.66

    www.shop.example. A
      example.  192.0.2.1 says without AA: no data
      example.  192.0.2.2 says without AA: no data
    → done: no data, without an SOA
    ");
}

/// A zone may list more servers than are taken: the first ones are.
#[test]
fn the_first_twenty_servers_of_a_zone_are_taken() {
    let mut walk = walk();
    let names = (0..25).map(|n| format!("shop.example. 60 NS ns{n}.test.\n"));
    walk.handle_reply(address(1), &referral(&names.collect::<String>(), ""));
    let servers: Vec<_> = walk.server_names().map(ToString::to_string).collect();
    let ends = servers.first().zip(servers.last());
    let ends = ends.map(|(first, last)| format!("{} servers, {first} to {last}", servers.len()));
    assert_eq!(
        ends.as_deref(),
        Some("20 servers, ns0.test. to ns19.test."),
        "of a referral to 25 servers, ns0.test to ns24.test"
    );
}
