//! Lesson 7: does the walk reach the answer, and query nothing but the servers that it was referred
//! to?
//!
//! The tests drive each walk by hand: they play the network, and pass it the reply to each step.
#![cfg(test)]

mod given;
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

/// Writes what a walk needs.
fn needs(step: &Step) -> String {
    let joined = |texts: Vec<String>, word: &str| texts.join(word);
    match step {
        Step::Ask(servers) => {
            let servers = servers.iter().map(ToString::to_string).collect();
            format!("query {}", joined(servers, " or "))
        }
        Step::AddressOf(servers) => {
            let servers = servers.iter().map(ToString::to_string).collect();
            format!("look up {}", joined(servers, ", then "))
        }
        Step::Done(Ok(Answer::Positive(records) | Answer::Alias { records, .. })) => {
            let rdata = records.iter().map(|it| it.rdata.to_string()).collect();
            format!("done: {}", joined(rdata, ", "))
        }
        Step::Done(Ok(Answer::NoData(negative))) => match negative.soa {
            Some(_) => "done: no data, with its SOA".to_owned(),
            None => "done: no data, without an SOA".to_owned(),
        },
        Step::Done(Ok(Answer::NxDomain(_))) => "done: no such name".to_owned(),
        Step::Done(Ok(Answer::NameTooLong(_))) => "done: the name is too long".to_owned(),
        Step::Done(Err(failure)) => format!("failed: {failure}"),
    }
}

/// Writes the question, the replies so far, and the step that the walk needs now.
fn after(walk: &Walk) -> String {
    format!("{}\n→ {}", walk.trace(), needs(&walk.step()))
}

/// Asserts that the walk has returned this step; a failure shows the question, and the replies so
/// far.
#[track_caller]
fn expect(walk: &Walk, step: &Step, expected: &str) {
    let trace = walk.trace();
    let got = format!("{trace}\n→ {}", needs(step));
    assert_eq!(got, format!("{trace}\n→ {expected}"));
}

/// The failure of a zone whose servers have no address.
const NO_ADDRESS: &str =
    "failed: no usable reply from the servers of shop.example.: none has a known address";

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
    let none = "failed: no usable reply from the servers of example.: none has a known address";
    let mut walk = alias_of("ns.test");
    let step = walk.handle_alias(&name("ns.test"), &name("host.test"));
    expect(&walk, &step, "look up host.test.");
    let step = walk.handle_addresses(&name("host.test"), &[address(7)]);
    expect(&walk, &step, "query 192.0.2.7");

    // A name in the zone itself cannot be looked up.
    let mut walk = alias_of("ns.test");
    let step = walk.handle_alias(&name("ns.test"), &name("host.shop.example"));
    expect(&walk, &step, none);

    // A loop ends.
    let mut walk = alias_of("a.test");
    for _ in 0..10 {
        walk.handle_alias(&name("a.test"), &name("b.test"));
        walk.handle_alias(&name("b.test"), &name("a.test"));
    }
    expect(&walk, &walk.step(), none);
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
        "nothing is new: a server that is listed already, and one at an address that has failed"
    );
    assert!(
        walk.add_servers(vec![server("d.example", &[2, 3])]),
        "a server with one new address, 192.0.2.3, is new"
    );
    expect(&walk, &walk.step(), "query 192.0.2.3");
    let many = (0..2 * MAX_SERVERS).map(|n| server(&format!("n{n}.example"), &[9]));
    walk.add_servers(many.collect());
    assert_eq!(
        walk.server_names().count(),
        MAX_SERVERS,
        "the number of servers, after a list of {} was added",
        2 * MAX_SERVERS
    );
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
    let addresses = hints.servers.iter().map(|it| it.addresses.len());
    let shown = format!(
        "{} servers of {}, the first {}, with {} addresses in all",
        hints.servers.len(),
        hints.zone,
        hints.servers[0].name,
        addresses.sum::<usize>()
    );
    assert_eq!(
        shown,
        "13 servers of ., the first a.root-servers.net., with 26 addresses in all"
    );
    assert!(
        read_hints("not a zone file").is_err(),
        "a text that is no zone file is an error"
    );
}

#[test]
fn the_walk_to_google() {
    let (walk, _) = through_the_lab("www.google.com", RecordType::A);
    insta::assert_snapshot!(after(&walk), @r"
    www.google.com. A
      .            198.41.0.4 says: ask the servers of com.
      com.         192.5.6.30 says: ask the servers of google.com.
      google.com.  216.239.32.10 says: 142.250.74.36
    → done: 142.250.74.36
    ");
}

#[test]
fn the_walk_to_a_name_that_does_not_exist() {
    let (walk, _) = through_the_lab("nosuch.google.com", RecordType::A);
    insta::assert_snapshot!(after(&walk), @r"
    nosuch.google.com. A
      .            198.41.0.4 says: ask the servers of com.
      com.         192.5.6.30 says: ask the servers of google.com.
      google.com.  216.239.32.10 says: no such name
    → done: no such name
    ");
}

#[test]
fn an_alias_ends_the_walk() {
    let (walk, step) = through_the_lab("www.wikipedia.org", RecordType::A);
    expect(&walk, &step, "done: dyna.wikimedia.org.");
}

#[test]
fn servers_without_glue_are_looked_up() {
    let (walk, step) = through_the_lab("www.example.com", RecordType::A);
    let expected = "look up a.iana-servers.net., then b.iana-servers.net.";
    expect(&walk, &step, expected);
}

#[test]
fn every_address_of_the_zone_can_be_queried() {
    let walk = walk();
    expect(&walk, &walk.step(), "query 192.0.2.1 or 192.0.2.2");
    // `step` changes nothing.
    expect(&walk, &walk.step(), "query 192.0.2.1 or 192.0.2.2");
}

#[test]
fn a_referral_leads_to_its_servers_and_no_others() {
    let mut walk = walk();
    let referral = referral(
        "shop.example. 60 NS ns.shop.example.",
        "ns.shop.example. 60 A 192.0.2.9",
    );
    let step = walk.handle_reply(address(1), &referral);
    expect(&walk, &step, "query 192.0.2.9");
    let zone = walk.zone().to_string();
    assert_eq!(zone, "shop.example.", "the zone after\n{}", walk.trace());
}

#[test]
fn a_server_with_an_unusable_reply_is_not_queried_again() {
    let mut walk = walk();
    let mut refused = referral("", "");
    refused.header.rcode = Rcode::REFUSED;
    let step = walk.handle_reply(address(1), &refused);
    expect(&walk, &step, "query 192.0.2.2");
    walk.handle_failure(address(2), "timed out");
    insta::assert_snapshot!(after(&walk), @r"
    www.shop.example. A
      example.  192.0.2.1 replied REFUSED
      example.  192.0.2.2 timed out
    → failed: no usable reply from the servers of example.: 192.0.2.1 replied REFUSED; 192.0.2.2 timed out
    ");
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
    let step = walk.handle_reply(address(2), &referral);
    expect(&walk, &step, "query 192.0.2.1");
    walk.handle_failure(address(1), "timed out");
    let step = walk.handle_addresses(&name("a.example"), &[]);
    // Only this zone's failures are listed.
    let expected = "failed: no usable reply from the servers of shop.example.: 192.0.2.1 timed out";
    expect(&walk, &step, expected);
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
        expect(&walk, &step, "query 192.0.2.2");
        let now = walk.zone().to_string();
        assert_eq!(now, "example.", "the zone after a referral to {zone}");
    }
}

#[test]
fn addresses_that_were_looked_up_are_queried() {
    let mut walk = walk();
    let glueless = referral(
        "shop.example. 60 NS ns.test.\nshop.example. 60 NS ns2.test.",
        "",
    );
    let step = walk.handle_reply(address(1), &glueless);
    expect(&walk, &step, "look up ns.test., then ns2.test.");
    let step = walk.handle_addresses(&name("ns.test"), &[]);
    expect(&walk, &step, "look up ns2.test.");
    let step = walk.handle_addresses(&name("ns2.test"), &[address(7)]);
    expect(&walk, &step, "query 192.0.2.7");
    // No name is looked up twice.
    let step = walk.handle_failure(address(7), "timed out");
    let expected = "failed: no usable reply from the servers of shop.example.: 192.0.2.7 timed out";
    expect(&walk, &step, expected);
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
    let step = walk.handle_kind(address(1), ReplyKind::Referral(delegation));
    expect(&walk, &step, "look up ns.test.");
    let step = walk.handle_addresses(&name("ns.test"), &[]);
    expect(&walk, &step, NO_ADDRESS);
}

#[test]
fn glue_is_queried_before_other_servers_are_looked_up() {
    let mut walk = walk();
    let half = referral(
        "shop.example. 60 NS ns.test.\nshop.example. 60 NS ns.example.",
        "ns.example. 60 A 192.0.2.9",
    );
    let step = walk.handle_reply(address(1), &half);
    expect(&walk, &step, "query 192.0.2.9");
    let step = walk.handle_failure(address(9), "timed out");
    expect(&walk, &step, "look up ns.test., then ns.example.");
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
    let step = walk.handle_failure(address(8), "timed out");
    expect(&walk, &step, "look up ns.example.");
    let step = walk.handle_addresses(&name("ns.example"), &[address(8), address(9)]);
    expect(&walk, &step, "query 192.0.2.9");
    let step = walk.handle_failure(address(9), "timed out");
    let zone = "failed: no usable reply from the servers of shop.example.:";
    let expected = format!("{zone} 192.0.2.8 timed out; 192.0.2.9 timed out");
    expect(&walk, &step, &expected);
}

#[test]
fn each_address_of_a_server_is_queried() {
    let mut walk = walk();
    let referral = referral(
        "shop.example. 60 NS ns.shop.example.",
        "ns.shop.example. 60 A 192.0.2.8\nns.shop.example. 60 A 192.0.2.9",
    );
    let step = walk.handle_reply(address(1), &referral);
    expect(&walk, &step, "query 192.0.2.8 or 192.0.2.9");
    let step = walk.handle_failure(address(8), "timed out");
    expect(&walk, &step, "query 192.0.2.9");
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
    let failed = "failed: no usable reply from the servers of shop.example.: 192.0.2.9 timed out";
    expect(&with_glue, &step, failed);

    let mut looked_up = walk();
    let glueless = referral(
        "shop.example. 60 NS ns.test.\nshop.example. 60 NS ns2.test.",
        "",
    );
    looked_up.handle_reply(address(1), &glueless);
    looked_up.handle_addresses(&name("ns.test"), &[address(9)]);
    looked_up.handle_failure(address(9), "timed out");
    let step = looked_up.handle_addresses(&name("ns2.test"), &[address(9)]);
    expect(&looked_up, &step, failed);
}

/// The only way to ns.shop.example leads through ns.shop.example.
#[test]
fn a_server_within_its_own_zone_cannot_be_found_without_glue() {
    let mut walk = walk();
    let step = walk.handle_reply(
        address(1),
        &referral("shop.example. 60 NS ns.shop.example.", ""),
    );
    expect(&walk, &step, NO_ADDRESS);
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
    let mut walk = walk();
    let step = walk.handle_kind(address(1), ReplyKind::Referral(delegation));
    let servers: Vec<_> = (0..MAX_SERVERS).map(|n| format!("192.0.2.{n}")).collect();
    expect(&walk, &step, &format!("query {}", servers.join(" or ")));
}

/// The lookup of one server waits: the other servers come before it, and it is not lost.
#[test]
fn a_postponed_lookup_comes_last() {
    let mut walk = walk();
    let step = walk.handle_reply(address(1), &many(3, 0));
    let expected = "look up ns0.example., then ns1.example., then ns2.example.";
    expect(&walk, &step, expected);
    walk.postpone_lookup(&name("ns0.example"));
    let expected = "look up ns1.example., then ns2.example., then ns0.example.";
    expect(&walk, &walk.step(), expected);
}

#[test]
fn at_most_eight_addresses_of_a_server_are_taken() {
    let mut walk = walk();
    walk.handle_reply(address(1), &referral("shop.example. 60 NS ns.test.", ""));
    let addresses: Vec<IpAddr> = (0..250).map(address).collect();
    let step = walk.handle_addresses(&name("ns.test"), &addresses);
    let taken = addresses[..MAX_ADDRESSES].iter().map(ToString::to_string);
    let taken: Vec<_> = taken.collect();
    expect(&walk, &step, &format!("query {}", taken.join(" or ")));
}

#[test]
fn a_failure_lists_ten_addresses_and_counts_the_others() {
    let mut walk = walk();
    walk.handle_reply(address(1), &many(20, 13));
    for last in 0..13 {
        walk.handle_failure([198, 51, 100, last].into(), "timed out");
    }
    for _ in 0..MAX_SERVERS {
        if let Step::AddressOf(names) = walk.step() {
            walk.handle_addresses(&names[0], &[]);
        }
    }
    let listed = (0..MAX_LISTED).map(|last| format!("198.51.100.{last} timed out; "));
    let listed: String = listed.collect();
    let zone = "failed: no usable reply from the servers of shop.example.:";
    expect(&walk, &walk.step(), &format!("{zone} {listed}and 3 more"));
}

/// The first server answers without AA. Only when the second has failed is that answer used; and if
/// the second has a better one, never.
#[test]
fn an_answer_without_aa_waits_for_a_better_one() {
    let without_aa = reply(false, "www.shop.example. 60 A 192.0.2.66", "", "");
    let better = reply(true, "www.shop.example. 60 A 192.0.2.80", "", "");
    let mut first = walk();
    let step = first.handle_reply(address(1), &without_aa);
    expect(&first, &step, "query 192.0.2.2");
    let step = first.handle_failure(address(2), "timed out");
    expect(&first, &step, "done: 192.0.2.66");
    assert!(
        first.is_last_resort(),
        "the answer is a last resort:\n{}",
        after(&first)
    );

    let mut second = walk();
    second.handle_reply(address(1), &without_aa);
    let step = second.handle_reply(address(2), &better);
    expect(&second, &step, "done: 192.0.2.80");
    assert!(
        !second.is_last_resort(),
        "the answer is no last resort:\n{}",
        after(&second)
    );
}

#[test]
fn of_two_answers_without_aa_the_one_with_records_is_used() {
    let nothing = reply(false, "", "", "");
    let records = reply(false, "www.shop.example. 60 A 192.0.2.66", "", "");
    for (first, second) in [(&nothing, &records), (&records, &nothing)] {
        let mut walk = walk();
        walk.handle_reply(address(1), first);
        let step = walk.handle_reply(address(2), second);
        expect(&walk, &step, "done: 192.0.2.66");
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
    let expected = "failed: no usable reply from the servers of shop.example.: 192.0.2.3 timed out";
    expect(&walk, &step, expected);
}

#[test]
fn each_kind_of_answer_ends_the_walk() {
    let soa = "example. 900 SOA ns.example. mail.example. 1 1800 900 604800 300";
    let mut nxdomain = reply(true, "", soa, "");
    nxdomain.header.rcode = Rcode::NXDOMAIN;
    for (reply, expected) in [
        (
            reply(true, "www.shop.example. 60 A 192.0.2.80", "", ""),
            "done: 192.0.2.80",
        ),
        (reply(true, "", soa, ""), "done: no data, with its SOA"),
        (nxdomain, "done: no such name"),
    ] {
        let mut walk = walk();
        let step = walk.handle_reply(address(1), &reply);
        expect(&walk, &step, expected);
        // A walk that has ended stays so.
        expect(&walk, &walk.step(), expected);
    }
}
