//! The given code: the types that a server does not answer, the routes of this machine, and the
//! timeouts where all servers are far away.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chase::{Attempt, AttemptOutcome, DEADLINE, Routes, ServerSelection, TimeoutCounts};
use dnsparse::{Question, RecordType};
use rand::SeedableRng;
use rand::rngs::StdRng;
use select::{AddressPolicy, QueryTypes, RouteCheck, Selector, has_ipv6, has_route};
use tokio::time::{Instant, advance};

use crate::world::{attempt, ns, question, zone};

/// Writes the types of a set, of four that are tried.
fn types(set: QueryTypes) -> String {
    let all = [
        RecordType::A,
        RecordType::AAAA,
        RecordType::TXT,
        RecordType::MX,
    ];
    let included = all.iter().filter(|qtype| set.includes(**qtype));
    let included: Vec<_> = included.map(ToString::to_string).collect();
    match &*included.join(" ") {
        "" => "none".to_owned(),
        types => types.to_owned(),
    }
}

#[test]
fn a_set_of_types_has_none_one_two_or_all_of_them() {
    let (a, aaaa, txt) = (RecordType::A, RecordType::AAAA, RecordType::TXT);
    let empty = QueryTypes::default();
    let two = empty.with(a).with(aaaa);
    let mut lines = String::new();
    for (shown, set) in [
        ("no type", empty),
        ("A", empty.with(a)),
        ("A, AAAA", two),
        ("A, AAAA, TXT", two.with(txt)),
        ("A twice, then TXT", empty.with(a).with(a).with(txt)),
        ("A, AAAA, A", two.with(a)),
        ("A, without A", empty.with(a).without(a)),
        ("A, without TXT", empty.with(a).without(txt)),
        ("A, AAAA, without A", two.without(a)),
        ("A, AAAA, without AAAA", two.without(aaaa)),
        ("A, AAAA, without TXT", two.without(txt)),
        ("A, AAAA, TXT, without A", two.with(txt).without(a)),
    ] {
        lines += &format!("{shown}: {}\n", types(set));
    }
    insta::assert_snapshot!(lines, @r"
    no type: none
    A: A
    A, AAAA: A AAAA
    A, AAAA, TXT: A AAAA TXT MX
    A twice, then TXT: A TXT
    A, AAAA, A: A AAAA
    A, without A: none
    A, without TXT: A
    A, AAAA, without A: AAAA
    A, AAAA, without AAAA: A
    A, AAAA, without TXT: A AAAA
    A, AAAA, TXT, without A: none
    ");
}

/// Returns what a selector without other servers would send to this one.
fn choose(selector: &Selector, server: IpAddr, qtype: RecordType) -> Attempt {
    let question = Question {
        qtype,
        ..question()
    };
    let mut random = StdRng::seed_from_u64(11);
    let timeouts = TimeoutCounts::new();
    let chosen = selector.choose(
        &zone("test"),
        &question,
        &[server],
        &timeouts,
        DEADLINE,
        &mut random,
    );
    chosen.expect("the only server is chosen")
}

/// Some servers drop the queries of a type that they do not know.
#[tokio::test(start_paused = true)]
async fn a_server_that_drops_one_type_is_dead_for_that_type_alone() {
    let selector = Selector::new(AddressPolicy::default());
    let reply = AttemptOutcome::Reply {
        took: None,
        is_lame: false,
    };
    let mut lines = String::new();
    for (times, qtype, outcome, shown) in [
        (3, RecordType::HTTPS, AttemptOutcome::Timeout, "timeouts"),
        (3, RecordType::TXT, AttemptOutcome::Timeout, "timeouts"),
        (3, RecordType::CAA, AttemptOutcome::Timeout, "timeouts"),
        (1, RecordType::A, reply, "reply"),
        (3, RecordType::A, AttemptOutcome::Timeout, "timeouts"),
    ] {
        for _ in 0..times {
            let attempt = Attempt {
                qtype,
                ..attempt(ns(1))
            };
            selector.handle_outcome(&zone("test"), &attempt, &outcome);
        }
        lines += &format!("{times} {qtype} {shown}: ");
        let states = [RecordType::HTTPS, RecordType::TXT, RecordType::A].map(|qtype| {
            let next = choose(&selector, ns(1), qtype);
            let state = if next.is_dead { "dead" } else { "alive" };
            let edns = if next.with_edns { "" } else { " without EDNS" };
            format!("{state} for {qtype}{edns}")
        });
        lines += &format!("{}\n", states.join(", "));
    }
    insta::assert_snapshot!(lines, @r"
    3 HTTPS timeouts: dead for HTTPS without EDNS, alive for TXT, alive for A
    3 TXT timeouts: dead for HTTPS without EDNS, dead for TXT without EDNS, alive for A
    3 CAA timeouts: dead for HTTPS without EDNS, dead for TXT without EDNS, dead for A without EDNS
    1 A reply: alive for HTTPS, alive for TXT, alive for A
    3 A timeouts: alive for HTTPS, alive for TXT, dead for A without EDNS
    ");
}

/// FORMERR to EDNS is a reply to a query all the same.
#[tokio::test(start_paused = true)]
async fn each_outcome_counts_as_one_query() {
    let selector = Selector::new(AddressPolicy::default());
    let reply = AttemptOutcome::Reply {
        took: None,
        is_lame: false,
    };
    for (number, outcome) in [
        AttemptOutcome::NoEdns,
        AttemptOutcome::Timeout,
        AttemptOutcome::Unreachable,
        reply,
        AttemptOutcome::NoEdns,
    ]
    .into_iter()
    .enumerate()
    {
        selector.handle_outcome(&zone("test"), &attempt(ns(1)), &outcome);
        let queries = selector.server_state(ns(1)).map(|state| state.queries);
        let expected = number as u64 + 1;
        assert_eq!(
            queries,
            Some(expected),
            "queries, the last with {outcome:?}"
        );
    }
}

/// Behind a satellite link, no reply comes within INITIAL_RTO.
#[tokio::test(start_paused = true)]
async fn an_unknown_server_gets_twice_the_time_of_the_nearest() {
    let selector = Selector::new(AddressPolicy::default());
    let mut lines = String::new();
    for (n, milliseconds) in [(1, 650), (2, 1_290), (3, 650), (4, 100), (5, 1_600)] {
        let reply = AttemptOutcome::Reply {
            took: Some(Duration::from_millis(milliseconds)),
            is_lame: false,
        };
        selector.handle_outcome(&zone("test"), &attempt(ns(n)), &reply);
        let timeout = choose(&selector, ns(9), RecordType::A).timeout.as_millis();
        lines += &format!("server {n} takes {milliseconds} ms: then another gets {timeout} ms\n");
    }
    insta::assert_snapshot!(lines, @r"
    server 1 takes 650 ms: then another gets 1300 ms
    server 2 takes 1290 ms: then another gets 1320 ms
    server 3 takes 650 ms: then another gets 1300 ms
    server 4 takes 100 ms: then another gets 400 ms
    server 5 takes 1600 ms: then another gets 400 ms
    ");
}

/// If no server seems to be there, perhaps they are all far away.
#[tokio::test(start_paused = true)]
async fn each_seventh_timeout_of_a_search_doubles_the_time() {
    let selector = Selector::new(AddressPolicy::default());
    let servers: Vec<IpAddr> = (1..=16).map(ns).collect();
    let mut lines = String::new();
    for count in [5, 6, 7, 13, 14] {
        let timed_out = servers.iter().take(count);
        let timeouts: TimeoutCounts = timed_out.map(|server| (*server, 1)).collect();
        let chosen = selector.choose(
            &zone("test"),
            &question(),
            &servers,
            &timeouts,
            DEADLINE,
            &mut StdRng::seed_from_u64(11),
        );
        let timeout = chosen.map_or(0, |attempt| attempt.timeout.as_millis());
        lines += &format!("after {count} timeouts of other servers: {timeout} ms\n");
    }
    insta::assert_snapshot!(lines, @r"
    after 5 timeouts of other servers: 400 ms
    after 6 timeouts of other servers: 400 ms
    after 7 timeouts of other servers: 800 ms
    after 13 timeouts of other servers: 800 ms
    after 14 timeouts of other servers: 1600 ms
    ");
}

/// A machine whose routes change, and the number of times that they were looked up.
#[derive(Clone)]
struct Machine(Arc<Mutex<(Routes, u32)>>);

impl Machine {
    fn new(ipv4: bool, ipv6: bool) -> Machine {
        Machine(Arc::new(Mutex::new((Routes { ipv4, ipv6 }, 0))))
    }

    fn check(&self) -> RouteCheck {
        let state = Arc::clone(&self.0);
        RouteCheck::new(move || {
            let mut state = state.lock().unwrap();
            state.1 += 1;
            state.0
        })
    }

    fn set(&self, ipv4: bool, ipv6: bool) {
        self.0.lock().unwrap().0 = Routes { ipv4, ipv6 };
    }

    fn lookups(&self) -> u32 {
        self.0.lock().unwrap().1
    }
}

fn shown(routes: Routes) -> &'static str {
    match (routes.ipv4, routes.ipv6) {
        (true, true) => "IPv4 and IPv6",
        (true, false) => "IPv4",
        (false, true) => "IPv6",
        (false, false) => "no route",
    }
}

#[tokio::test(start_paused = true)]
async fn routes_are_looked_up_again_the_sooner_the_fewer_there_are() {
    let mut lines = String::new();
    for (ipv4, ipv6) in [(true, true), (true, false), (false, true), (false, false)] {
        for is_after_error in [false, true] {
            let machine = Machine::new(ipv4, ipv6);
            let (mut check, start) = (machine.check(), Instant::now());
            let before = check.routes();
            machine.set(!ipv4, !ipv6);
            let after = loop {
                let routes = match is_after_error {
                    true => check.routes_after_error(),
                    false => check.routes(),
                };
                if machine.lookups() > 1 {
                    break routes;
                }
                advance(Duration::from_millis(50)).await;
            };
            let when = if is_after_error { "after errors" } else { "" };
            let (before, after) = (shown(before), shown(after));
            let waited = start.elapsed();
            lines += &format!("{before}, {after} {waited:?} later {when}\n");
        }
    }
    insta::assert_snapshot!(lines.replace(" \n", "\n"), @r"
    IPv4 and IPv6, no route 60s later
    IPv4 and IPv6, no route 100ms later after errors
    IPv4, IPv6 5s later
    IPv4, IPv6 100ms later after errors
    IPv6, IPv4 5s later
    IPv6, IPv4 100ms later after errors
    no route, IPv4 and IPv6 100ms later
    no route, IPv4 and IPv6 100ms later after errors
    ");
}

/// The addresses of the other family are excluded, until the routes change.
#[tokio::test(start_paused = true)]
async fn the_selection_follows_the_routes_of_the_machine() {
    let machine = Machine::new(false, true);
    let selector = Selector::new(AddressPolicy::default()).with_route_check(machine.check());
    let mut lines = String::new();
    for _ in 0..2 {
        lines += &format!("{}:", shown(selector.routes()));
        for address in ["192.0.2.101", "2001:db8::1"] {
            let exclusion = selector.exclusion(address.parse().unwrap());
            let exclusion = exclusion.unwrap_or("is queried".to_owned());
            lines += &format!(" {address} {exclusion};");
        }
        lines += "\n";
        machine.set(true, false);
        advance(Duration::from_secs(60)).await;
    }
    let without_check = Selector::new(AddressPolicy::default());
    lines += &format!("without a check: {}\n", shown(without_check.routes()));
    insta::assert_snapshot!(lines, @r"
    IPv6: 192.0.2.101 is not queried: there is no route to IPv4 addresses; 2001:db8::1 is queried;
    IPv4: 192.0.2.101 is queried; 2001:db8::1 is not queried: there is no route to IPv6 addresses;
    without a check: IPv4
    ");
}

/// The state of a server changes only by failures that may be its own. (A loopback address needs no
/// route.)
#[tokio::test(start_paused = true)]
async fn a_lost_route_is_no_failure_of_a_server() {
    let (there, not_there) = ("with a route", "without a route");
    let mut lines = String::new();
    for (server, has_route, outcome) in [
        ("192.0.2.101", there, AttemptOutcome::Unreachable),
        ("192.0.2.101", not_there, AttemptOutcome::Unreachable),
        ("192.0.2.101", not_there, AttemptOutcome::Timeout),
        ("2001:db8::1", not_there, AttemptOutcome::Unreachable),
        ("127.0.0.1", not_there, AttemptOutcome::Unreachable),
    ] {
        let has = has_route == there;
        let machine = Machine::new(has, has);
        let selector = Selector::new(AddressPolicy::default()).with_route_check(machine.check());
        let server: IpAddr = server.parse().unwrap();
        selector.handle_outcome(&zone("test"), &attempt(server), &outcome);
        let state = selector.server_state(server);
        let state = state.map_or("not counted".to_owned(), |state| state.to_string());
        let outcome = match outcome {
            AttemptOutcome::Timeout => "times out",
            _ => "is unreachable",
        };
        lines += &format!("{server} {outcome} {has_route}: {state}\n");
    }
    insta::assert_snapshot!(lines, @r"
    192.0.2.101 is unreachable with a route: 1 timeout
    192.0.2.101 is unreachable without a route: not counted
    192.0.2.101 times out without a route: 1 timeout
    2001:db8::1 is unreachable without a route: not counted
    127.0.0.1 is unreachable without a route: 1 timeout
    ");
}

/// A machine has a route to itself, and none to a broadcast address.
#[tokio::test]
async fn a_route_check_looks_for_routes_to_the_given_servers() {
    let local = |address: &str| has_route(SocketAddr::new(address.parse().unwrap(), 53));
    assert!(local("127.0.0.1"), "no route to 127.0.0.1");
    assert!(!local("255.255.255.255"), "a route to 255.255.255.255");
    let root = "2001:503:ba3e::2:30";
    assert_eq!(
        has_ipv6(),
        local(root),
        "whether there is a route to {root}"
    );
    let (v4, v6): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), "::1".parse().unwrap());
    for (shown, servers, expected) in [
        ("127.0.0.1 alone", vec![v4], (true, has_ipv6())),
        ("::1 alone", vec![v6], (false, local("::1"))),
        ("both", vec![v4, v6], (true, local("::1"))),
    ] {
        let routes = RouteCheck::to(servers).routes();
        assert_eq!(
            (routes.ipv4, routes.ipv6),
            expected,
            "the routes for IPv4 and IPv6, where the servers are {shown}"
        );
    }
}
