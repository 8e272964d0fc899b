//! Lesson 7: does the walk reach the answer, and query nothing but the servers that it was referred
//! to?
//!
//! The tests drive each walk by hand: they play the network, and pass it the reply to each step.
#![cfg(test)]

mod servers;

use std::net::{IpAddr, SocketAddr};

use dnsparse::{Class, DnsPacket, Name, Question, Rcode, Record, RecordType, Zone};
use iterate::{MAX_LISTED, MAX_SERVERS, Step, Walk, hints::read_hints, root_hints};
use lab::Lab;
use network::Via;
use referral::{Answer, Delegation, MAX_ADDRESSES, NameServer, ReplyKind};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn records(text: &str) -> Vec<Record> {
    Zone::parse(text, &Name::ROOT).unwrap().records
}

fn address(last: u8) -> IpAddr {
    [192, 0, 2, last].into()
}

fn question(qname: &str) -> Question {
    Question {
        qname: name(qname),
        qtype: RecordType::A,
        qclass: Class::IN,
    }
}

/// Starts a walk for "www.shop.example A" at `example`, whose two servers are 192.0.2.1 and
/// 192.0.2.2.
fn walk() -> Walk {
    let server = |host: &str, last| NameServer {
        name: name(host),
        addresses: vec![address(last)],
    };
    let servers = vec![server("a.example", 1), server("b.example", 2)];
    Walk::new(
        question("www.shop.example"),
        Delegation {
            zone: name("example"),
            ttl: 60,
            servers,
        },
    )
}

/// The name of a server must not be an alias (RFC 2181 section 10.3), but some are. Two of them may
/// be aliases of each other.
#[test]
fn a_server_whose_name_is_an_alias_is_looked_up_by_its_target() {
    let alias_of = |host: &str| {
        let servers = vec![NameServer {
            name: name(host),
            addresses: Vec::new(),
        }];
        let zone = name("example");
        let start = Delegation {
            zone,
            ttl: 60,
            servers,
        };
        Walk::new(question("www.shop.example"), start)
    };
    let mut walk = alias_of("ns.test");
    let step = walk.handle_alias(&name("ns.test"), &name("host.test"));
    assert_eq!(step, Step::AddressOf(vec![name("host.test")]));
    let step = walk.handle_addresses(&name("host.test"), &[address(7)]);
    assert_eq!(step, Step::Ask(vec![address(7)]));

    let mut walk = alias_of("ns.test");
    let step = walk.handle_alias(&name("ns.test"), &name("host.shop.example"));
    assert!(
        matches!(step, Step::Done(Err(_))),
        "a name in the zone itself cannot be looked up: {step:?}"
    );

    let mut walk = alias_of("a.test");
    for _ in 0..10 {
        walk.handle_alias(&name("a.test"), &name("b.test"));
        walk.handle_alias(&name("b.test"), &name("a.test"));
    }
    let step = walk.step();
    assert!(matches!(step, Step::Done(Err(_))), "a loop ends: {step:?}");
}

/// The parent zone may list other servers than the zone itself.
#[test]
fn servers_of_another_list_are_added_to_those_that_were_tried() {
    let server = |host: &str, addresses: &[u8]| NameServer {
        name: name(host),
        addresses: addresses.iter().copied().map(address).collect(),
    };
    let mut walk = walk();
    walk.handle_failure(address(1), "timed out");
    walk.handle_failure(address(2), "timed out");
    assert!(
        !walk.add_servers(vec![server("a.example", &[1]), server("c.example", &[2])]),
        "a server that is listed already, and one at an address that has failed"
    );
    assert!(walk.add_servers(vec![server("d.example", &[2, 3])]));
    assert_eq!(walk.step(), Step::Ask(vec![address(3)]));
    let many = (0..2 * MAX_SERVERS).map(|n| server(&format!("n{n}.example"), &[9]));
    walk.add_servers(many.collect());
    assert_eq!(walk.server_names().count(), MAX_SERVERS);
}

/// Makes a reply to that question.
fn reply(aa: bool, answer: &str, authority: &str, additional: &str) -> DnsPacket {
    let mut reply = DnsPacket::reply_to(&DnsPacket::query(
        1,
        name("www.shop.example"),
        RecordType::A,
    ));
    reply.header.aa = aa;
    reply.answers = records(answer);
    reply.authorities = records(authority);
    reply.additionals = records(additional);
    reply
}

fn referral(authority: &str, additional: &str) -> DnsPacket {
    reply(false, "", authority, additional)
}

/// Walks through the mini-Internet, always querying the first of the addresses, until the walk
/// needs something else.
fn through_the_lab(qname: &str, qtype: RecordType) -> (Walk, Step) {
    let lab = Lab::internet();
    let query = DnsPacket::query(1, name(qname), qtype);
    let octets = query.write().unwrap();
    let mut walk = Walk::new(query.questions[0].clone(), root_hints());
    let mut step = walk.step();
    while let Step::Ask(servers) = &step {
        let server = servers[0];
        let reply = lab
            .answer(SocketAddr::new(server, 53), Via::Tcp, &octets)
            .unwrap();
        step = walk.handle_reply(server, &DnsPacket::parse(&reply).unwrap());
    }
    (walk, step)
}

#[test]
fn the_root_hints_are_thirteen_servers_with_two_addresses_each() {
    let hints = root_hints();
    assert_eq!((hints.zone, hints.servers.len()), (Name::ROOT, 13));
    assert!(
        hints
            .servers
            .iter()
            .all(|server| server.addresses.len() == 2),
        "{:?}",
        hints.servers
    );
    assert_eq!(hints.servers[0].name, name("a.root-servers.net"));
    assert!(read_hints("not a zone file").is_err());
}

#[test]
fn the_walk_to_google() {
    let (walk, step) = through_the_lab("www.google.com", RecordType::A);
    assert!(
        matches!(step, Step::Done(Ok(Answer::Positive(_)))),
        "{step:?}"
    );
    insta::assert_snapshot!(walk.trace(), @r"
    www.google.com. A
      .            198.41.0.4 says: ask the servers of com.
      com.         192.5.6.30 says: ask the servers of google.com.
      google.com.  216.239.32.10 says: 142.250.74.36
    ");
}

#[test]
fn the_walk_to_a_name_that_does_not_exist() {
    let (walk, step) = through_the_lab("nosuch.google.com", RecordType::A);
    assert!(
        matches!(step, Step::Done(Ok(Answer::NxDomain(_)))),
        "{step:?}"
    );
    insta::assert_snapshot!(walk.trace(), @r"
    nosuch.google.com. A
      .            198.41.0.4 says: ask the servers of com.
      com.         192.5.6.30 says: ask the servers of google.com.
      google.com.  216.239.32.10 says: no such name
    ");
}

#[test]
fn an_alias_ends_the_walk() {
    let (_, step) = through_the_lab("www.wikipedia.org", RecordType::A);
    let Step::Done(Ok(Answer::Alias { records, target })) = step else {
        panic!("{step:?}")
    };
    assert_eq!((records.len(), target), (1, name("dyna.wikimedia.org")));
}

#[test]
fn servers_without_glue_are_looked_up() {
    let (_, step) = through_the_lab("www.example.com", RecordType::A);
    assert_eq!(
        step,
        Step::AddressOf(vec![name("a.iana-servers.net"), name("b.iana-servers.net")])
    );
}

#[test]
fn every_address_of_the_zone_can_be_queried() {
    let expected = Step::Ask(vec![address(1), address(2)]);
    assert_eq!(walk().step(), expected);
    assert_eq!(walk().step(), expected, "`step` changes nothing");
}

#[test]
fn a_referral_leads_to_its_servers_and_no_others() {
    let mut walk = walk();
    let referral = referral(
        "shop.example. 60 NS ns.shop.example.",
        "ns.shop.example. 60 A 192.0.2.9",
    );
    assert_eq!(
        walk.handle_reply(address(1), &referral),
        Step::Ask(vec![address(9)])
    );
    assert_eq!(*walk.zone(), name("shop.example"));
}

#[test]
fn a_server_with_an_unusable_reply_is_not_queried_again() {
    let mut walk = walk();
    let mut refused = referral("", "");
    refused.header.rcode = Rcode::REFUSED;
    assert_eq!(
        walk.handle_reply(address(1), &refused),
        Step::Ask(vec![address(2)])
    );
    let step = walk.handle_failure(address(2), "timed out");
    let Step::Done(Err(failure)) = step else {
        panic!("no server is left, but: {step:?}")
    };
    insta::assert_snapshot!(failure, @"no usable reply from the servers of example.: 192.0.2.1 replied REFUSED; 192.0.2.2 timed out");
}

/// A server that failed for the parent zone may well serve the child.
#[test]
fn a_server_given_up_in_one_zone_is_queried_in_another() {
    let mut walk = walk();
    walk.handle_failure(address(1), "timed out");
    let referral = referral(
        "shop.example. 60 NS a.example.",
        "a.example. 60 A 192.0.2.1",
    );
    assert_eq!(
        walk.handle_reply(address(2), &referral),
        Step::Ask(vec![address(1)])
    );
    walk.handle_failure(address(1), "timed out");
    let step = walk.handle_addresses(&name("a.example"), &[]);
    let Step::Done(Err(failure)) = step else {
        panic!("no server is left, but: {step:?}")
    };
    assert_eq!(
        failure.given_up.len(),
        1,
        "only this zone's failures are listed"
    );
}

/// A server that refers to its own zone, sideways or upward is lame: every referral leads strictly
/// deeper, so that the walk ends.
#[test]
fn a_referral_that_does_not_lead_deeper_is_unusable() {
    for zone in ["example.", "mall.example.", ".", "test."] {
        let mut walk = walk();
        let step = walk.handle_reply(
            address(1),
            &referral(&format!("{zone} 60 NS ns.example."), ""),
        );
        assert_eq!(step, Step::Ask(vec![address(2)]), "to {zone}");
        assert_eq!(*walk.zone(), name("example"));
    }
}

#[test]
fn addresses_that_were_looked_up_are_queried() {
    let mut walk = walk();
    let glueless = referral(
        "shop.example. 60 NS ns.test.\nshop.example. 60 NS ns2.test.",
        "",
    );
    let both = vec![name("ns.test"), name("ns2.test")];
    assert_eq!(
        walk.handle_reply(address(1), &glueless),
        Step::AddressOf(both)
    );
    assert_eq!(
        walk.handle_addresses(&name("ns.test"), &[]),
        Step::AddressOf(vec![name("ns2.test")]),
        "it has no address"
    );
    assert_eq!(
        walk.handle_addresses(&name("ns2.test"), &[address(7)]),
        Step::Ask(vec![address(7)])
    );
    assert!(
        matches!(
            walk.handle_failure(address(7), "timed out"),
            Step::Done(Err(_))
        ),
        "no name is looked up twice"
    );
}

/// A referral that lists one server twice would otherwise have it looked up without end.
#[test]
fn a_server_that_is_listed_twice_is_looked_up_once() {
    let mut walk = walk();
    let twice = ["ns.test", "NS.test"].map(|host| NameServer {
        name: name(host),
        addresses: Vec::new(),
    });
    let delegation = Delegation {
        zone: name("shop.example"),
        ttl: 60,
        servers: twice.to_vec(),
    };
    assert_eq!(
        walk.handle_kind(address(1), ReplyKind::Referral(delegation)),
        Step::AddressOf(vec![name("ns.test")])
    );
    let step = walk.handle_addresses(&name("ns.test"), &[]);
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");
}

#[test]
fn glue_is_queried_before_other_servers_are_looked_up() {
    let mut walk = walk();
    let half = referral(
        "shop.example. 60 NS ns.test.\nshop.example. 60 NS ns.example.",
        "ns.example. 60 A 192.0.2.9",
    );
    assert_eq!(
        walk.handle_reply(address(1), &half),
        Step::Ask(vec![address(9)])
    );
    assert_eq!(
        walk.handle_failure(address(9), "timed out"),
        Step::AddressOf(vec![name("ns.test"), name("ns.example")])
    );
}

/// The parent zone may have an outdated address, or one of a family that cannot be reached from
/// here. The server's own zone has the right one.
#[test]
fn a_server_whose_glue_failed_is_looked_up_once() {
    let mut walk = walk();
    let stale = referral(
        "shop.example. 60 NS ns.example.",
        "ns.example. 60 A 192.0.2.8",
    );
    walk.handle_reply(address(1), &stale);
    assert_eq!(
        walk.handle_failure(address(8), "timed out"),
        Step::AddressOf(vec![name("ns.example")])
    );
    assert_eq!(
        walk.handle_addresses(&name("ns.example"), &[address(8), address(9)]),
        Step::Ask(vec![address(9)])
    );
    let step = walk.handle_failure(address(9), "timed out");
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");
}

#[test]
fn each_address_of_a_server_is_queried() {
    let mut walk = walk();
    let referral = referral(
        "shop.example. 60 NS ns.shop.example.",
        "ns.shop.example. 60 A 192.0.2.8\nns.shop.example. 60 A 192.0.2.9",
    );
    let both = Step::Ask(vec![address(8), address(9)]);
    assert_eq!(walk.handle_reply(address(1), &referral), both);
    assert_eq!(
        walk.handle_failure(address(8), "timed out"),
        Step::Ask(vec![address(9)])
    );
}

/// Two names of one host: it would give the same reply again.
#[test]
fn an_address_is_queried_once_even_if_two_servers_have_it() {
    let mut with_glue = walk();
    let twice = referral(
        "shop.example. 60 NS ns1.example.\nshop.example. 60 NS ns2.example.",
        "ns1.example. 60 A 192.0.2.9\nns2.example. 60 A 192.0.2.9",
    );
    with_glue.handle_reply(address(1), &twice);
    with_glue.handle_failure(address(9), "timed out");
    with_glue.handle_addresses(&name("ns1.example"), &[address(9)]);
    let step = with_glue.handle_addresses(&name("ns2.example"), &[address(9)]);
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");

    let mut looked_up = walk();
    let glueless = referral(
        "shop.example. 60 NS ns.test.\nshop.example. 60 NS ns2.test.",
        "",
    );
    looked_up.handle_reply(address(1), &glueless);
    looked_up.handle_addresses(&name("ns.test"), &[address(9)]);
    looked_up.handle_failure(address(9), "timed out");
    let step = looked_up.handle_addresses(&name("ns2.test"), &[address(9)]);
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");
}

/// The only way to ns.shop.example leads through ns.shop.example.
#[test]
fn a_server_within_its_own_zone_cannot_be_found_without_glue() {
    let mut walk = walk();
    let step = walk.handle_reply(
        address(1),
        &referral("shop.example. 60 NS ns.shop.example.", ""),
    );
    let Step::Done(Err(failure)) = step else {
        panic!("{step:?}")
    };
    insta::assert_snapshot!(failure, @"no usable reply from the servers of shop.example.: none has a known address");
}

/// Makes a referral to the given number of servers, with glue for the first of them.
fn many(servers: u16, with_glue: u8) -> DnsPacket {
    let names = (0..servers).map(|n| format!("shop.example. 60 NS ns{n}.example.\n"));
    let glue = (0..with_glue).map(|n| format!("ns{n}.example. 60 A 198.51.100.{n}\n"));
    referral(&names.collect::<String>(), &glue.collect::<String>())
}

#[test]
fn at_most_twenty_servers_of_a_zone_are_taken() {
    let server = |n: u8| NameServer {
        name: name(&format!("ns{n}.example")),
        addresses: vec![address(n)],
    };
    let delegation = Delegation {
        zone: name("shop.example"),
        ttl: 60,
        servers: (0..200).map(server).collect(),
    };
    let step = walk().handle_kind(address(1), ReplyKind::Referral(delegation));
    let Step::Ask(addresses) = step else {
        panic!("{step:?}")
    };
    assert_eq!(addresses.len(), MAX_SERVERS);
}

/// The lookup of one server waits: the other servers come before it, and it is not lost.
#[test]
fn a_postponed_lookup_comes_last() {
    let mut walk = walk();
    let step = walk.handle_reply(address(1), &many(3, 0));
    let names = [0, 1, 2].map(|n| name(&format!("ns{n}.example")));
    assert_eq!(step, Step::AddressOf(names.to_vec()));
    walk.postpone_lookup(&names[0]);
    let [first, second, third] = names;
    assert_eq!(walk.step(), Step::AddressOf(vec![second, third, first]));
}

#[test]
fn at_most_eight_addresses_of_a_server_are_taken() {
    let mut walk = walk();
    walk.handle_reply(address(1), &referral("shop.example. 60 NS ns.test.", ""));
    let addresses: Vec<IpAddr> = (0..250).map(address).collect();
    let step = walk.handle_addresses(&name("ns.test"), &addresses);
    assert_eq!(step, Step::Ask(addresses[..MAX_ADDRESSES].to_vec()));
}

#[test]
fn a_failure_lists_ten_addresses_and_counts_the_others() {
    let mut walk = walk();
    let Step::Ask(servers) = walk.handle_reply(address(1), &many(20, 13)) else {
        panic!("they have addresses")
    };
    for server in servers {
        walk.handle_failure(server, "timed out");
    }
    for _ in 0..MAX_SERVERS {
        if let Step::AddressOf(names) = walk.step() {
            walk.handle_addresses(&names[0], &[]);
        }
    }
    let Step::Done(Err(failure)) = walk.step() else {
        panic!("no server is left")
    };
    assert_eq!((failure.given_up.len(), failure.more), (MAX_LISTED, 3));
    let text = failure.to_string();
    assert!(
        text.ends_with("198.51.100.9 timed out; and 3 more"),
        "{text}"
    );
}

/// The first server answers without AA. Only when the second has failed is that answer used; and if
/// the second has a better one, never.
#[test]
fn an_answer_without_aa_waits_for_a_better_one() {
    let without_aa = reply(false, "www.shop.example. 60 A 192.0.2.66", "", "");
    let better = reply(true, "www.shop.example. 60 A 192.0.2.80", "", "");
    let address_in = |step: &Step| match step {
        Step::Done(Ok(Answer::Positive(records))) => records[0].rdata.to_string(),
        other => panic!("{other:?}"),
    };

    let mut first = walk();
    let step = first.handle_reply(address(1), &without_aa);
    assert_eq!(step, Step::Ask(vec![address(2)]));
    let step = first.handle_failure(address(2), "timed out");
    assert_eq!(address_in(&step), "192.0.2.66");
    assert!(first.is_last_resort());

    let mut second = walk();
    second.handle_reply(address(1), &without_aa);
    let step = second.handle_reply(address(2), &better);
    assert_eq!(address_in(&step), "192.0.2.80");
    assert!(!second.is_last_resort());
}

#[test]
fn of_two_answers_without_aa_the_one_with_records_is_used() {
    let nothing = reply(false, "", "", "");
    let records = reply(false, "www.shop.example. 60 A 192.0.2.66", "", "");
    for (first, second) in [(&nothing, &records), (&records, &nothing)] {
        let mut walk = walk();
        walk.handle_reply(address(1), first);
        let step = walk.handle_reply(address(2), second);
        assert!(
            matches!(step, Step::Done(Ok(Answer::Positive(_)))),
            "{step:?}"
        );
    }
}

/// An answer without AA from a server of one zone means nothing in the zone below.
#[test]
fn an_answer_without_aa_is_forgotten_in_the_next_zone() {
    let mut walk = walk();
    walk.handle_reply(
        address(1),
        &reply(false, "www.shop.example. 60 A 192.0.2.66", "", ""),
    );
    let authority = "shop.example. 60 NS ns.shop.example.";
    let glue = "ns.shop.example. 60 A 192.0.2.3";
    walk.handle_reply(address(2), &referral(authority, glue));
    let step = walk.handle_failure(address(3), "timed out");
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");
}

#[test]
fn each_kind_of_answer_ends_the_walk() {
    let soa = "example. 900 SOA ns.example. mail.example. 1 1800 900 604800 300";
    let end = |reply: &DnsPacket| walk().handle_reply(address(1), reply);
    let step = end(&reply(true, "www.shop.example. 60 A 192.0.2.80", "", ""));
    assert!(
        matches!(&step, Step::Done(Ok(Answer::Positive(records))) if records.len() == 1),
        "{step:?}"
    );
    let step = end(&reply(true, "", soa, ""));
    assert!(
        matches!(&step, Step::Done(Ok(Answer::NoData(negative))) if negative.soa.is_some()),
        "{step:?}"
    );
    let mut nxdomain = reply(true, "", soa, "");
    nxdomain.header.rcode = Rcode::NXDOMAIN;
    let step = end(&nxdomain);
    assert!(
        matches!(step, Step::Done(Ok(Answer::NxDomain(_)))),
        "{step:?}"
    );

    let mut done = walk();
    let step = done.handle_reply(address(1), &reply(true, "", soa, ""));
    assert_eq!(done.step(), step, "a walk that has ended stays so");
}
