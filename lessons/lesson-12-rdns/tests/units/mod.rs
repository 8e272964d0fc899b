//! The units: access control, flights, and priming.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dnsparse::{Class, DnsPacket, Edns, Question, RecordType};
use lab::LoggedQuery;
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rdns::priming::root_servers;
use rdns::reply::{add_extended_error, info_code};
use rdns::{AccessControl, Flights, parse_network, prime};
use referral::Delegation;
use tokio::time::sleep;

use crate::world::{extended_error, hints, server_for, world};

fn question(qname: &str) -> Question {
    Question {
        qname: qname.parse().unwrap(),
        qtype: RecordType::A,
        qclass: Class::IN,
    }
}

#[test]
fn loopback_clients_are_always_allowed() {
    for access in [
        AccessControl::default(),
        AccessControl::new(["192.0.2.0/24".parse().unwrap()]),
    ] {
        for client in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            assert!(
                access.allows(client.parse().unwrap()),
                "{client} is refused, though it is this machine"
            );
        }
    }
}

#[test]
fn a_client_is_allowed_within_the_prefix_of_a_network() {
    let networks = ["192.0.2.64/26", "2001:db8::/32", "203.0.113.5"];
    let access = AccessControl::new(networks.map(|network| parse_network(network).unwrap()));
    for (client, is_allowed) in [
        ("192.0.2.64", true),
        ("192.0.2.127", true),
        ("192.0.2.128", false),
        ("192.0.2.63", false),
        ("::ffff:192.0.2.65", true),
        ("2001:db8:ffff::1", true),
        ("2001:db9::1", false),
        ("203.0.113.5", true),
        ("203.0.113.6", false),
    ] {
        assert_eq!(
            access.allows(client.parse().unwrap()),
            is_allowed,
            "whether {client} is allowed by {}",
            networks.join(", ")
        );
    }
}

#[test]
fn no_other_client_is_allowed_by_default() {
    // Private addresses are no exception: a café's network has them, too.
    for client in [
        "192.0.2.1",
        "2001:db8::1",
        "10.0.0.1",
        "192.168.1.7",
        "fd00::1",
        "fe80::1",
    ] {
        let is_allowed = AccessControl::default().allows(client.parse().unwrap());
        assert!(!is_allowed, "{client} is allowed without any network");
    }
}

/// `rdns` binds loopback addresses alone, unless a client on another machine may be allowed.
#[test]
fn access_is_open_with_a_network_alone() {
    let lab = world();
    for (access, is_open) in [
        (AccessControl::default(), false),
        (AccessControl::new(["192.0.2.0/24".parse().unwrap()]), true),
    ] {
        let server = server_for(&lab, access.clone(), 100);
        let networks = if is_open { "a network" } else { "no network" };
        let shown = format!("{networks}: whether clients on other machines may be allowed");
        assert_eq!(access.is_open(), is_open, "{shown}");
        assert_eq!(server.access_control().is_open(), is_open, "{shown}");
    }
}

#[test]
fn a_malformed_network_is_reported_in_one_sentence() {
    for typo in ["", "192.0.2.0/33", "192.0.2", "home", "2001:db8::/129"] {
        let error = parse_network(typo).unwrap_err();
        assert!(
            error.contains("such as 192.0.2.0/24"),
            "'{typo}' gives an error without an example: {error}"
        );
    }
}

/// A search that never ends, and counts its aborts.
async fn endless(aborts: Arc<AtomicUsize>) -> u32 {
    struct Guard(Arc<AtomicUsize>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _guard = Guard(aborts);
    pending().await
}

#[tokio::test(start_paused = true)]
async fn beyond_the_limit_the_oldest_flight_is_aborted() {
    let flights: Arc<Flights<u32>> = Flights::new(3);
    let aborts = Arc::new(AtomicUsize::new(0));
    let mut waiting = Vec::new();
    for number in 0..4 {
        let (flights, aborts) = (Arc::clone(&flights), Arc::clone(&aborts));
        waiting.push(tokio::spawn(async move {
            let question = question(&format!("n{number}.example"));
            flights.join(&question, || endless(aborts)).await
        }));
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(flights.len(), 3, "flights, of at most 3, after 4 searches");
    let states = waiting.iter().map(|client| match client.is_finished() {
        true => "turned away",
        false => "waits",
    });
    assert_eq!(
        states.collect::<Vec<_>>().join(", "),
        "turned away, waits, waits, waits",
        "four clients of different searches, from the oldest to the newest; 3 searches are allowed"
    );
    assert_eq!(
        aborts.load(Ordering::Relaxed),
        1,
        "aborted searches: the oldest is out of the table, and its task has ended"
    );
    let result = waiting.remove(0).await.unwrap();
    assert_eq!(result, None, "the result of the oldest client");
}

/// A crowd with one question is bounded as well, and costs no other client its flight.
#[tokio::test(start_paused = true)]
async fn waiters_beyond_the_limit_are_turned_away() {
    let flights: Arc<Flights<u32>> = Flights::new(10);
    let aborts = Arc::new(AtomicUsize::new(0));
    let ask = |qname: &'static str| {
        let (flights, aborts) = (Arc::clone(&flights), Arc::clone(&aborts));
        tokio::spawn(async move { flights.join(&question(qname), || endless(aborts)).await })
    };
    let first = ask("a.example");
    let crowd: Vec<_> = (0..100).map(|_| ask("b.example")).collect();
    sleep(Duration::from_millis(1)).await;
    let turned_away = crowd.iter().filter(|client| client.is_finished()).count();
    assert_eq!(turned_away, 91, "room for nine more of ten");
    let late = ask("c.example");
    sleep(Duration::from_millis(1)).await;
    assert!(!first.is_finished(), "the first client lost its flight");
    assert!(!late.is_finished(), "the last client got no flight");
    assert_eq!(flights.len(), 3, "flights, for three names");
    assert_eq!(aborts.load(Ordering::Relaxed), 0, "aborted searches");
}

#[tokio::test(start_paused = true)]
async fn a_search_that_panics_leaves_the_table() {
    let flights: Arc<Flights<u32>> = Flights::new(10);
    let question = question("a.example");
    let result = flights
        .join(&question, || async {
            resume_unwind(Box::new("on purpose"))
        })
        .await;
    assert_eq!(result, None, "the result of a search that panicked");
    assert_eq!(flights.len(), 0, "flights after a search that panicked");
    assert!(flights.is_empty(), "0 flights, and the table is not empty");
    let next = flights.join(&question, || async { 7 }).await;
    assert_eq!(next, Some(7), "the result of the next search");
}

#[tokio::test(start_paused = true)]
async fn priming_fetches_the_root_servers_from_a_root_server() {
    let lab = world();
    let mut random = StdRng::seed_from_u64(12);
    let root = prime(&lab, 53, &hints(), &mut random).await;
    insta::assert_snapshot!(shown(root), @r"
    zone . with a TTL of 3600 s
    root. at 192.0.2.1
    ");
    let queries = lab.queries();
    let query = queries.first().and_then(LoggedQuery::packet);
    let query = query.expect("a query to the root server");
    let question = query.question().map(ToString::to_string);
    let question = question.unwrap_or_default().replace('\t', " ");
    let rd = if query.header.rd { "set" } else { "clear" };
    let edns = query.edns.map_or("no EDNS", |_| "EDNS");
    assert_eq!(
        format!("{question}, RD {rd}, {edns}"),
        ". IN NS, RD clear, EDNS",
        "the priming query"
    );
}

#[tokio::test(start_paused = true)]
async fn priming_fails_when_the_root_servers_time_out() {
    let lab = world();
    let root = "192.0.2.1:53".parse().unwrap();
    lab.script(root, Via::Udp, [lab::repeat(lab::no_reply())]);
    let mut random = StdRng::seed_from_u64(12);
    let root = prime(&lab, 53, &hints(), &mut random).await;
    assert_eq!(shown(root), "none", "the root server does not reply");
    assert_eq!(
        lab.queries().len(),
        1,
        "queries to the one address of the hints: priming goes on at the next\n{}",
        lab.trace()
    );
}

/// Writes a delegation of the root, one server a line.
fn shown(root: Option<Delegation>) -> String {
    let Some(root) = root else {
        return "none".to_owned();
    };
    let mut lines = format!("zone {} with a TTL of {} s", root.zone, root.ttl);
    for server in root.servers {
        let addresses = server.addresses.iter().map(ToString::to_string);
        let addresses = match &*addresses.collect::<Vec<_>>().join(" and ") {
            "" => "no address".to_owned(),
            addresses => addresses.to_owned(),
        };
        lines += &format!("\n{} at {addresses}", server.name);
    }
    lines
}

/// A reply of a root server, from its sections.
fn root_reply(answers: &[&str], additionals: &[&str]) -> DnsPacket {
    let mut query = DnsPacket::query(1, ".".parse().unwrap(), RecordType::NS);
    query.header.rd = false;
    let records = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.aa = true;
    reply.answers = records(answers);
    reply.additionals = records(additionals);
    reply
}

#[test]
fn a_root_server_has_the_addresses_of_the_reply_or_else_of_the_hints() {
    let reply = root_reply(
        &[". 7200 NS root.", ". 5400 NS new.root."],
        &[
            "new.root. 60 A 192.0.2.201",
            "new.root. 60 AAAA 2001:db8::201",
        ],
    );
    // An RRset has one TTL: the least in the reply.
    insta::assert_snapshot!(shown(root_servers(&reply, &hints())), @r"
    zone . with a TTL of 5400 s
    root. at 192.0.2.1
    new.root. at 192.0.2.201 and 2001:db8::201
    ");
}

/// The hints may be out of date.
#[test]
fn addresses_in_the_reply_replace_those_of_the_hints() {
    let reply = root_reply(&[". 7200 NS root."], &["root. 60 A 192.0.2.77"]);
    // The hints have root. at 192.0.2.1.
    insta::assert_snapshot!(shown(root_servers(&reply, &hints())), @r"
    zone . with a TTL of 7200 s
    root. at 192.0.2.77
    ");
}

/// The response of a private root has names alone, none of them in the hints: with such a root, no
/// name could be resolved.
#[tokio::test(start_paused = true)]
async fn a_root_without_addresses_is_not_accepted() {
    let lab = world();
    let without_addresses = lab::replies().edited(|packet| {
        packet.answers = vec![". 3600 NS other.root.".parse().unwrap()];
        packet.additionals.clear();
    });
    let root = "192.0.2.1:53".parse().unwrap();
    lab.script(root, Via::Udp, [lab::repeat(without_addresses)]);
    let mut random = StdRng::seed_from_u64(12);
    let root = prime(&lab, 53, &hints(), &mut random).await;
    assert_eq!(shown(root), "none", "no server of it has an address");
}

#[test]
fn a_reply_that_is_not_an_answer_has_no_root_servers() {
    let mut lame = root_reply(&[". 7200 NS root."], &[]);
    lame.header.aa = false;
    let root = root_servers(&lame, &hints());
    assert_eq!(shown(root), "none", "the reply is without AA");
    let root = root_servers(&root_reply(&[], &[]), &hints());
    assert_eq!(shown(root), "none", "the reply has no records");
}

/// The text has to fit into the smallest reply beside the question, and is cut between two
/// characters.
#[test]
fn the_text_of_an_extended_error_is_bounded() {
    for text in [
        "a".repeat(500),
        "\u{e4}".repeat(500),
        "a\u{20ac}".repeat(200),
    ] {
        let mut reply = DnsPacket {
            edns: Some(Edns::default()),
            ..DnsPacket::default()
        };
        add_extended_error(&mut reply, info_code::NO_REACHABLE_AUTHORITY, &text);
        let error = extended_error(&reply).unwrap_or_else(|| panic!("no error for {text}"));
        let length = error.extra_text.len();
        assert!(
            (157..=160).contains(&length),
            "of {} octets, {length} were kept: {error}",
            text.len()
        );
        assert!(
            text.starts_with(&error.extra_text),
            "the text kept is not the beginning of the whole: {error}"
        );
    }
}
