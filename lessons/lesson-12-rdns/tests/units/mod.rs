//! The units: access control, flights, and priming.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dnsparse::{Class, DnsPacket, Edns, Question, RecordType};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rdns::priming::root_servers;
use rdns::reply::{add_extended_error, info_code};
use rdns::{AccessControl, Flights, parse_network, prime};
use tokio::time::sleep;

use crate::world::{extended_error, hints, world};

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
    for client in ["192.0.2.1", "2001:db8::1"] {
        let is_allowed = AccessControl::default().allows(client.parse().unwrap());
        assert!(!is_allowed, "{client} is allowed without any network");
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
    let is_finished = waiting.iter().map(|client| client.is_finished());
    assert_eq!(
        is_finished.collect::<Vec<_>>(),
        [true, false, false, false],
        "whether each client is turned away, from the oldest to the newest"
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
    assert_eq!(
        flights
            .join(&question, || async { panic!("on purpose") })
            .await,
        None
    );
    assert_eq!(flights.len(), 0, "flights after a search that panicked");
    let next = flights.join(&question, || async { 7 }).await;
    assert_eq!(next, Some(7), "the result of the next search");
}

#[tokio::test(start_paused = true)]
async fn priming_fetches_the_root_servers_from_a_root_server() {
    let lab = world();
    let mut random = StdRng::seed_from_u64(12);
    let root = prime(&lab, 53, &hints(), &mut random).await.unwrap();
    assert_eq!(root, hints());
    let query = lab.queries()[0].packet().unwrap();
    assert_eq!(query.question().unwrap().qtype, RecordType::NS);
    assert!(!query.header.rd && query.edns.is_some());
}

#[tokio::test(start_paused = true)]
async fn priming_fails_when_the_root_servers_time_out() {
    let lab = world();
    let root = "192.0.2.1:53".parse().unwrap();
    lab.script(root, Via::Udp, [lab::repeat(lab::no_reply())]);
    let mut random = StdRng::seed_from_u64(12);
    assert_eq!(prime(&lab, 53, &hints(), &mut random).await, None);
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
    let root = root_servers(&reply, &hints()).unwrap();
    let servers: Vec<String> = root
        .servers
        .iter()
        .map(|server| format!("{} {:?}", server.name, server.addresses))
        .collect();
    assert_eq!(
        servers,
        [
            "root. [192.0.2.1]",
            "new.root. [192.0.2.201, 2001:db8::201]"
        ]
    );
    assert_eq!(
        root.ttl, 5_400,
        "an RRset has one TTL: the least in the reply"
    );
}

/// The hints may be out of date.
#[test]
fn addresses_in_the_reply_replace_those_of_the_hints() {
    let reply = root_reply(&[". 7200 NS root."], &["root. 60 A 192.0.2.77"]);
    let root = root_servers(&reply, &hints()).unwrap();
    let addresses = format!("{:?}", root.servers[0].addresses);
    assert_eq!(addresses, "[192.0.2.77]");
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
    assert_eq!(prime(&lab, 53, &hints(), &mut random).await, None);
}

#[test]
fn a_reply_that_is_not_an_answer_has_no_root_servers() {
    let mut lame = root_reply(&[". 7200 NS root."], &[]);
    lame.header.aa = false;
    assert_eq!(root_servers(&lame, &hints()), None);
    assert_eq!(root_servers(&root_reply(&[], &[]), &hints()), None);
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
        assert!((157..=160).contains(&length), "{length} octets: {error}");
        assert!(text.starts_with(&error.extra_text), "{error}");
    }
}
