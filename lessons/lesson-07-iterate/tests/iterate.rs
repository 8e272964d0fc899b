//! Lesson 7: does the walk get there, and nowhere else?
//!
//! A walk is driven by hand here: the tests play the network, and say what came of each step.
#![cfg(test)]

use std::net::{IpAddr, SocketAddr};

use dnsparse::{Class, DnsPacket, Name, Question, Rcode, Record, RecordType, Zone};
use iterate::{
    MAX_LISTED, MAX_LOOKUPS_PER_ZONE, MAX_SERVERS, Step, Walk, hints::read_hints, root_hints,
};
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

/// A walk for "www.shop.example A", which starts at `example` with two servers, 192.0.2.1 and 192.0.2.2.
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

/// A reply to that question.
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

/// Walks through the mini-Internet, always asking the first of the addresses, until something else is needed.
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
fn the_way_to_google() {
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
fn the_way_to_what_does_not_exist() {
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
fn an_alias_is_handed_to_whoever_drives() {
    let (_, step) = through_the_lab("www.wikipedia.org", RecordType::A);
    let Step::Done(Ok(Answer::Alias { records, target })) = step else {
        panic!("{step:?}")
    };
    assert_eq!((records.len(), target), (1, name("dyna.wikimedia.org")));
}

#[test]
fn servers_without_addresses_have_to_be_looked_up() {
    let (_, step) = through_the_lab("www.example.com", RecordType::A);
    assert_eq!(
        step,
        Step::AddressOf(vec![name("a.iana-servers.net"), name("b.iana-servers.net")])
    );
}

#[test]
fn every_address_of_the_zone_can_be_asked() {
    let expected = Step::Ask(vec![address(1), address(2)]);
    assert_eq!(walk().step(), expected);
    assert_eq!(walk().step(), expected, "looking does not change anything");
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
fn a_lame_server_is_not_asked_again() {
    let mut walk = walk();
    let mut refused = referral("", "");
    refused.header.rcode = Rcode::REFUSED;
    assert_eq!(
        walk.handle_reply(address(1), &refused),
        Step::Ask(vec![address(2)])
    );
    let step = walk.handle_failure(address(2), "is silent");
    let Step::Done(Err(failure)) = step else {
        panic!("nobody is left, but: {step:?}")
    };
    insta::assert_snapshot!(failure, @"no server of example. helped: 192.0.2.1 it says REFUSED; 192.0.2.2 is silent");
}

/// Who was of no use for the parent may be just the right one for the child.
#[test]
fn a_new_zone_is_a_new_chance() {
    let mut walk = walk();
    walk.handle_failure(address(1), "is silent");
    let referral = referral(
        "shop.example. 60 NS a.example.",
        "a.example. 60 A 192.0.2.1",
    );
    assert_eq!(
        walk.handle_reply(address(2), &referral),
        Step::Ask(vec![address(1)])
    );
    walk.handle_failure(address(1), "is silent");
    let step = walk.handle_addresses(&name("a.example"), &[]);
    let Step::Done(Err(failure)) = step else {
        panic!("nobody is left, but: {step:?}")
    };
    assert_eq!(
        failure.given_up.len(),
        1,
        "only this zone's failures are told"
    );
}

/// A referral to itself, sideways or upward makes the server lame: every step is strictly deeper, so that the walk ends.
#[test]
fn a_referral_that_does_not_lead_on_is_lame() {
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
fn addresses_that_were_found_are_asked() {
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
        "none to be found"
    );
    assert_eq!(
        walk.handle_addresses(&name("ns2.test"), &[address(7)]),
        Step::Ask(vec![address(7)])
    );
    assert!(
        matches!(
            walk.handle_failure(address(7), "is silent"),
            Step::Done(Err(_))
        ),
        "no name is sought twice"
    );
}

/// Whoever names one server twice must not have it sought twice, and so on for ever.
#[test]
fn a_server_that_is_named_twice_is_sought_once() {
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
fn addresses_that_came_along_are_asked_before_others_are_looked_up() {
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
        walk.handle_failure(address(9), "is silent"),
        Step::AddressOf(vec![name("ns.test"), name("ns.example")])
    );
}

/// The parent has the address from long ago, or of the one family that is of no use here. Its own zone knows better.
#[test]
fn a_server_whose_glue_was_of_no_use_is_looked_up_once() {
    let mut walk = walk();
    let stale = referral(
        "shop.example. 60 NS ns.example.",
        "ns.example. 60 A 192.0.2.8",
    );
    walk.handle_reply(address(1), &stale);
    assert_eq!(
        walk.handle_failure(address(8), "is silent"),
        Step::AddressOf(vec![name("ns.example")])
    );
    assert_eq!(
        walk.handle_addresses(&name("ns.example"), &[address(8), address(9)]),
        Step::Ask(vec![address(9)])
    );
    let step = walk.handle_failure(address(9), "is silent");
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");
}

#[test]
fn a_server_has_as_many_chances_as_addresses() {
    let mut walk = walk();
    let referral = referral(
        "shop.example. 60 NS ns.shop.example.",
        "ns.shop.example. 60 A 192.0.2.8\nns.shop.example. 60 A 192.0.2.9",
    );
    let both = Step::Ask(vec![address(8), address(9)]);
    assert_eq!(walk.handle_reply(address(1), &referral), both);
    assert_eq!(
        walk.handle_failure(address(8), "is silent"),
        Step::Ask(vec![address(9)])
    );
}

/// Two names, one machine: it would say the same again.
#[test]
fn an_address_is_asked_once_under_whatever_name() {
    let mut known = walk();
    let twice = referral(
        "shop.example. 60 NS ns1.example.\nshop.example. 60 NS ns2.example.",
        "ns1.example. 60 A 192.0.2.9\nns2.example. 60 A 192.0.2.9",
    );
    known.handle_reply(address(1), &twice);
    known.handle_failure(address(9), "is silent");
    known.handle_addresses(&name("ns1.example"), &[address(9)]);
    let step = known.handle_addresses(&name("ns2.example"), &[address(9)]);
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");

    let mut sought = walk();
    let glueless = referral(
        "shop.example. 60 NS ns.test.\nshop.example. 60 NS ns2.test.",
        "",
    );
    sought.handle_reply(address(1), &glueless);
    sought.handle_addresses(&name("ns.test"), &[address(9)]);
    sought.handle_failure(address(9), "is silent");
    let step = sought.handle_addresses(&name("ns2.test"), &[address(9)]);
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");
}

/// The way to ns.shop.example leads through ns.shop.example.
#[test]
fn a_server_in_its_own_zone_without_glue_cannot_be_found() {
    let mut walk = walk();
    let step = walk.handle_reply(
        address(1),
        &referral("shop.example. 60 NS ns.shop.example.", ""),
    );
    let Step::Done(Err(failure)) = step else {
        panic!("{step:?}")
    };
    insta::assert_snapshot!(failure, @"no server of shop.example. helped: it has none with an address");
}

/// NS records of servers by number, and addresses for so many of them.
fn many(servers: u16, with_address: u8) -> DnsPacket {
    let names = (0..servers).map(|n| format!("shop.example. 60 NS ns{n}.example.\n"));
    let glue = (0..with_address).map(|n| format!("ns{n}.example. 60 A 198.51.100.{n}\n"));
    referral(&names.collect::<String>(), &glue.collect::<String>())
}

#[test]
fn a_thousand_servers_are_too_many() {
    let step = walk().handle_reply(address(1), &many(1_000, 30));
    let Step::Ask(addresses) = step else {
        panic!("{step:?}")
    };
    assert_eq!(addresses.len(), MAX_SERVERS);
}

/// Each name that is sought is a question to somebody who never asked for this (NXNSAttack).
#[test]
fn no_more_than_a_few_servers_of_a_zone_are_sought() {
    let mut walk = walk();
    let mut step = walk.handle_reply(address(1), &many(20, 0));
    let mut sought = 0;
    while let Step::AddressOf(names) = step {
        sought += 1;
        step = walk.handle_addresses(&names[0], &[]);
    }
    assert_eq!(sought, MAX_LOOKUPS_PER_ZONE);
    assert!(matches!(step, Step::Done(Err(_))), "{step:?}");
}

#[test]
fn a_server_that_was_found_has_only_so_many_addresses() {
    let mut walk = walk();
    walk.handle_reply(address(1), &referral("shop.example. 60 NS ns.test.", ""));
    let thousand: Vec<IpAddr> = (0..250).map(address).collect();
    let step = walk.handle_addresses(&name("ns.test"), &thousand);
    assert_eq!(step, Step::Ask(thousand[..MAX_ADDRESSES].to_vec()));
}

#[test]
fn a_failure_tells_of_ten_servers_and_counts_the_others() {
    let mut walk = walk();
    let Step::Ask(servers) = walk.handle_reply(address(1), &many(20, 13)) else {
        panic!("they have addresses")
    };
    for server in servers {
        walk.handle_failure(server, "is silent");
    }
    while let Step::AddressOf(names) = walk.step() {
        walk.handle_addresses(&names[0], &[]);
    }
    let Step::Done(Err(failure)) = walk.step() else {
        panic!("nobody is left")
    };
    assert_eq!((failure.given_up.len(), failure.more), (MAX_LISTED, 3));
    let text = failure.to_string();
    assert!(
        text.ends_with("198.51.100.9 is silent; and 3 more"),
        "{text}"
    );
}

#[test]
fn each_end_is_told_as_what_it_is() {
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
    assert_eq!(done.step(), step, "what is done stays done");
}
