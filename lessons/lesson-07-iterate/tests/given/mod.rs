//! The parts that are given: the trace of a walk, the root hints, and lookups that are postponed.

use dnsparse::{Name, Record};
use iterate::Walk;
use iterate::hints::read_hints;
use referral::{Answer, Delegation, NameServer, ReplyKind};

use crate::{address, name, question, walk};

fn records(lines: &[&str]) -> Vec<Record> {
    lines.iter().map(|line| line.parse().unwrap()).collect()
}

/// Each line has what a server sent, in few words: at most four records, and the type of aliases.
#[test]
fn a_trace_shows_each_reply_in_short() {
    let addresses = (1..=5).map(|n| format!("www.shop.example. 60 A 192.0.2.{n}"));
    let addresses: Vec<Record> = addresses.map(|line| line.parse().unwrap()).collect();
    let kinds = [
        Answer::Positive(addresses[..4].to_vec()),
        Answer::Positive(addresses),
        Answer::Positive(records(&["www.shop.example. 60 CNAME mall.example."])),
        Answer::NameTooLong(records(&["shop.example. 60 DNAME mall.example."])),
    ];
    let mut walk = walk();
    let mut last = String::new();
    for answer in kinds {
        walk.handle_kind(address(1), ReplyKind::Answer(answer));
        last = walk.trace().last().unwrap_or_default();
    }
    insta::assert_snapshot!(format!("{}\n\nlast line:\n{last}", walk.trace()), @r"
    www.shop.example. A
      example.  192.0.2.1 says: 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4
      example.  192.0.2.1 says: 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, and 1 more
      example.  192.0.2.1 says: CNAME mall.example.
      example.  192.0.2.1 says: DNAME mall.example.: the name is too long

    last line:
    example.  192.0.2.1 says: DNAME mall.example.: the name is too long
    ");
}

/// Only NS records of the root name root servers.
#[test]
fn the_root_hints_are_those_of_the_root() {
    let text = "\
        . 60 NS a.example.\n\
        other. 60 NS b.example.\n\
        a.example. 60 A 192.0.2.1\n\
        b.example. 60 A 192.0.2.2";
    let hints = read_hints(text).unwrap();
    let servers: Vec<_> = hints.servers.iter().map(|it| it.name.to_string()).collect();
    assert_eq!(servers.join(" "), "a.example.", "root servers in\n{text}");
}

/// Writes, of each server, whether its name may be looked up.
fn may_look_up(walk: &Walk, names: &[&str]) -> String {
    let word = |it: &&str| match walk.may_look_up(&name(it)) {
        true => format!("{it} may"),
        false => format!("{it} may not"),
    };
    names.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// A lookup that is postponed may be made, whether it was made before or not; but not that of a name
/// in the zone itself.
#[test]
fn a_name_may_be_looked_up_again_after_it_was_postponed() {
    let server = |host: &str| NameServer {
        name: name(host),
        addresses: Vec::new(),
    };
    let names = ["ns.test", "ns2.test", "ns.example", "unknown.test"];
    let start = Delegation {
        zone: name("example"),
        ttl: 60,
        servers: names[..3].iter().map(|host| server(host)).collect(),
    };
    let mut walk = Walk::new(question("www.shop.example"), start);
    let mut shown = format!("at first: {}\n", may_look_up(&walk, &names));
    walk.handle_addresses(&name("ns.test"), &[]);
    shown += &format!(
        "after a lookup of ns.test: {}\n",
        may_look_up(&walk, &names)
    );
    for host in ["ns.test", "ns2.test", "ns.example"] {
        walk.postpone_lookup(&name(host));
    }
    let order: Vec<_> = walk.server_names().map(Name::to_string).collect();
    shown += &format!("after all were postponed: {}\n", may_look_up(&walk, &names));
    shown += &format!("in the order {}", order.join(" "));
    insta::assert_snapshot!(shown, @r"
    at first: ns.test may, ns2.test may, ns.example may not, unknown.test may not
    after a lookup of ns.test: ns.test may not, ns2.test may, ns.example may not, unknown.test may not
    after all were postponed: ns.test may, ns2.test may, ns.example may not, unknown.test may not
    in the order ns.test. ns2.test. ns.example.
    ");
}
