//! The parts that stand for themselves: who may ask, flights, and who the root servers are.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dnsparse::{Class, DnsPacket, Question, RecordType};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rdns::priming::root_servers;
use rdns::{AccessControl, Flights, SpecialNames, parse_network, prime};
use tokio::time::sleep;

use crate::world::{hints, world};

fn question(qname: &str) -> Question {
    Question {
        qname: qname.parse().unwrap(),
        qtype: RecordType::A,
        qclass: Class::IN,
    }
}

#[test]
fn this_machine_may_always_ask() {
    for access in [
        AccessControl::default(),
        AccessControl::to(["192.0.2.0/24".parse().unwrap()]),
    ] {
        for here in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            assert!(access.allows(here.parse().unwrap()), "{here}");
        }
    }
}

#[test]
fn networks_end_where_they_end() {
    let networks = ["192.0.2.64/26", "2001:db8::/32", "203.0.113.5"];
    let access = AccessControl::to(networks.map(|network| parse_network(network).unwrap()));
    for (client, may) in [
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
        assert_eq!(access.allows(client.parse().unwrap()), may, "{client}");
    }
}

#[test]
fn nobody_is_let_in_by_default() {
    assert!(!AccessControl::default().allows("192.0.2.1".parse().unwrap()));
    assert!(!AccessControl::default().allows("2001:db8::1".parse().unwrap()));
}

#[test]
fn what_is_no_network_is_told_in_a_sentence() {
    for typo in ["", "192.0.2.0/33", "192.0.2", "home", "2001:db8::/129"] {
        let said = parse_network(typo).unwrap_err();
        assert!(said.contains("such as 192.0.2.0/24"), "{said}");
    }
}

#[test]
fn names_below_test_are_nobodys_unless_the_root_is_ones_own() {
    for with_test in [true, false] {
        let mut reply = DnsPacket::default();
        let is_special = SpecialNames::new(with_test).answer(&question("www.test"), &mut reply);
        assert_eq!(is_special, with_test);
    }
}

/// A search that never ends, and tells when it is given up.
async fn endless(given_up: Arc<AtomicUsize>) -> u32 {
    struct Guard(Arc<AtomicUsize>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _guard = Guard(given_up);
    pending().await
}

#[tokio::test(start_paused = true)]
async fn beyond_the_limit_the_oldest_search_is_given_up() {
    let flights: Arc<Flights<u32>> = Flights::new(3);
    let given_up = Arc::new(AtomicUsize::new(0));
    let mut waiting = Vec::new();
    for number in 0..4 {
        let (flights, given_up) = (Arc::clone(&flights), Arc::clone(&given_up));
        waiting.push(tokio::spawn(async move {
            let asked = question(&format!("n{number}.example"));
            flights.join(&asked, || endless(given_up)).await
        }));
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(flights.len(), 3);
    assert_eq!(given_up.load(Ordering::Relaxed), 1, "its work has ended");
    let is_over: Vec<bool> = waiting.iter().map(|client| client.is_finished()).collect();
    assert_eq!(is_over, [true, false, false, false]);
    assert_eq!(waiting.remove(0).await.unwrap(), None);
}

/// A crowd that wants one thing is bounded as well, and costs nobody else the search that is on its way.
#[tokio::test(start_paused = true)]
async fn who_only_joins_may_find_no_seat() {
    let flights: Arc<Flights<u32>> = Flights::new(10);
    let given_up = Arc::new(AtomicUsize::new(0));
    let ask = |qname: &'static str| {
        let (flights, given_up) = (Arc::clone(&flights), Arc::clone(&given_up));
        tokio::spawn(async move { flights.join(&question(qname), || endless(given_up)).await })
    };
    let first = ask("a.example");
    let crowd: Vec<_> = (0..100).map(|_| ask("b.example")).collect();
    sleep(Duration::from_millis(1)).await;
    let turned_away = crowd.iter().filter(|client| client.is_finished()).count();
    assert_eq!(turned_away, 91, "nine of ten seats were left");
    let late = ask("c.example");
    sleep(Duration::from_millis(1)).await;
    assert!(!first.is_finished() && !late.is_finished());
    assert_eq!((flights.len(), given_up.load(Ordering::Relaxed)), (3, 0));
}

/// A place that was left can be taken again.
#[tokio::test(start_paused = true)]
async fn who_leaves_gives_back_the_place() {
    let flights: Arc<Flights<u32>> = Flights::new(2);
    let given_up = Arc::new(AtomicUsize::new(0));
    for _ in 0..10 {
        let (flights, given_up) = (Arc::clone(&flights), Arc::clone(&given_up));
        let hasty = tokio::spawn(async move {
            flights
                .join(&question("a.example"), || endless(given_up))
                .await
        });
        sleep(Duration::from_millis(1)).await;
        hasty.abort();
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!((flights.len(), given_up.load(Ordering::Relaxed)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_search_that_panics_is_no_search_any_more() {
    let flights: Arc<Flights<u32>> = Flights::new(10);
    let asked = question("a.example");
    assert_eq!(
        flights
            .join(&asked, || async { panic!("on purpose") })
            .await,
        None
    );
    assert!(flights.is_empty());
    assert_eq!(flights.join(&asked, || async { 7 }).await, Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_root_server_says_who_the_root_servers_are() {
    let lab = world();
    let mut random = StdRng::seed_from_u64(12);
    let root = prime(&lab, 53, &hints(), &mut random).await.unwrap();
    assert_eq!(root, hints());
    let asked = &lab.queries()[0];
    let asked = asked.packet().unwrap();
    assert_eq!(asked.question().unwrap().qtype, RecordType::NS);
    assert!(!asked.header.rd && asked.edns.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_root_that_is_silent_leaves_the_hints() {
    let lab = world();
    let root = "192.0.2.1:53".parse().unwrap();
    lab.script(root, Via::Udp, [lab::for_ever(lab::silence())]);
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
fn addresses_are_those_that_came_along_or_else_the_hints() {
    let reply = root_reply(
        &[". 7200 NS root.", ". 3600 NS new.root."],
        &[
            "new.root. 60 A 192.0.2.201",
            "new.root. 60 AAAA 2001:db8::201",
        ],
    );
    let root = root_servers(&reply, &hints()).unwrap();
    let told: Vec<String> = root
        .servers
        .iter()
        .map(|server| format!("{} {:?}", server.name, server.addresses))
        .collect();
    assert_eq!(
        told,
        [
            "root. [192.0.2.1]",
            "new.root. [192.0.2.201, 2001:db8::201]"
        ]
    );
    assert_eq!(root.ttl, 3_600, "an RRset has one TTL: the least");
}

/// The hints are what may be out of date.
#[test]
fn addresses_that_came_along_count_more_than_the_hints() {
    let reply = root_reply(&[". 7200 NS root."], &["root. 60 A 192.0.2.77"]);
    let root = root_servers(&reply, &hints()).unwrap();
    let addresses = format!("{:?}", root.servers[0].addresses);
    assert_eq!(addresses, "[192.0.2.77]");
}

/// A private root that tells names alone, which the hints do not know: that would be the end of everything.
#[tokio::test(start_paused = true)]
async fn a_root_without_addresses_is_not_believed() {
    let lab = world();
    let nameless = lab::says().edited(|packet| {
        packet.answers = vec![". 3600 NS unheard.of.".parse().unwrap()];
        packet.additionals.clear();
    });
    let root = "192.0.2.1:53".parse().unwrap();
    lab.script(root, Via::Udp, [lab::for_ever(nameless)]);
    let mut random = StdRng::seed_from_u64(12);
    assert_eq!(prime(&lab, 53, &hints(), &mut random).await, None);
}

#[test]
fn what_is_no_answer_changes_nothing() {
    let mut lame = root_reply(&[". 7200 NS root."], &[]);
    lame.header.aa = false;
    assert_eq!(root_servers(&lame, &hints()), None);
    assert_eq!(root_servers(&root_reply(&[], &[]), &hints()), None);
}
