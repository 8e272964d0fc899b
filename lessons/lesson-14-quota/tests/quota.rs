//! Lesson 14: does each client, network and zone have its bound, and does no other pay for it?
//!
//! Time is a parameter, or the clock is paused: waiting takes no time.
#![cfg(test)]

use std::net::IpAddr;
use std::time::Duration;

use chase::{Attempt, AttemptOutcome, Routes, ServerSelection, TimeoutCounts};
use dnsparse::{DnsPacket, Name, Question, RecordType};
use network::Via;
use quota::flood::{Comparison, PLACES, ZONE_LIMIT};
use quota::places::PROOF_LIFETIME;
use quota::prefix::{host, network as network_of};
use quota::rate_limit::{Bucket, truncated};
use quota::zone_budget::MAX_ZONES;
use quota::{Places, Pool, RateLimit, Shares, Verdict, ZoneBudgets, ZoneQuota};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::time::Instant;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn zone(text: &str) -> Name {
    text.parse().unwrap()
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn a_prefix_has_the_first_bits_of_an_address() {
    let mut table = String::new();
    for client in [
        "192.0.2.77",
        "::ffff:192.0.2.77",
        "2001:db8:1:2:3:4:5:6",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ] {
        let client = address(client);
        let (host, network) = (host(client), network_of(client));
        table += &format!("{client}: host {host}, network {network}\n");
    }
    insta::assert_snapshot!(table, @r"
    192.0.2.77: host 192.0.2.77, network 192.0.2.0
    ::ffff:192.0.2.77: host 192.0.2.77, network 192.0.2.0
    2001:db8:1:2:3:4:5:6: host 2001:db8:1:2::, network 2001:db8:1::
    ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff: host ffff:ffff:ffff:ffff::, network ffff:ffff:ffff:ff00::
    ");
}

/// Each client in turn tries to take a place, until none of them gets one. Returns the places of each.
fn fill(shares: &mut Shares, clients: &[&str]) -> Vec<usize> {
    loop {
        let mut has_entered = false;
        for client in clients {
            has_entered |= shares.enter(address(client));
        }
        assert!(
            shares.taken() <= 120,
            "more places are taken than there are"
        );
        if !has_entered {
            return clients.iter().map(|it| shares.held(address(it))).collect();
        }
    }
}

#[test]
fn greedy_clients_leave_as_many_places_free_as_each_of_them_has() {
    let clients = [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
        "192.0.2.4",
        "192.0.2.5",
    ];
    let mut table = String::from("120 places\n");
    for greedy in 1..=5 {
        let mut shares = Shares::new(120);
        let held = fill(&mut shares, &clients[..greedy]);
        table += &format!(
            "{greedy} greedy: {held:?} of {}, the rest is free\n",
            shares.taken()
        );
        assert!(
            shares.enter(address("198.51.100.7")),
            "the next client gets no place\n{table}"
        );
    }
    insta::assert_snapshot!(table, @r"
    120 places
    1 greedy: [60] of 60, the rest is free
    2 greedy: [40, 40] of 80, the rest is free
    3 greedy: [30, 30, 30] of 90, the rest is free
    4 greedy: [24, 24, 24, 24] of 96, the rest is free
    5 greedy: [20, 20, 20, 20, 20] of 100, the rest is free
    ");
}

#[test]
fn a_place_that_is_given_back_is_free_again() {
    let mut shares = Shares::new(4);
    let client = address("192.0.2.1");
    assert_eq!(fill(&mut shares, &["192.0.2.1"]), [2]);
    for round in 0..10 {
        shares.leave(client);
        assert_eq!(
            (shares.held(client), shares.taken()),
            (1, 1),
            "round {round}: held and taken after leave"
        );
        assert!(
            shares.enter(client),
            "round {round}: no place after one was given back"
        );
        assert_eq!(
            (shares.held(client), shares.taken()),
            (2, 2),
            "round {round}: held and taken after enter"
        );
    }
}

/// An attacker who comes from a million addresses must not leave a million entries.
#[test]
fn a_client_without_a_place_is_not_in_the_table() {
    let mut shares = Shares::new(4);
    for number in 0..1_000_u32 {
        let client = IpAddr::from(number.to_be_bytes());
        assert!(
            shares.enter(client),
            "{client} gets no place, though none is taken"
        );
        shares.leave(client);
        shares.leave(client);
    }
    let (clients, taken) = (shares.clients(), shares.taken());
    assert!(
        (clients, taken) == (0, 0),
        "{clients} clients are in the table, and {taken} places are taken, after all were given back"
    );
    shares.enter(address("192.0.2.1"));
    assert_eq!(
        shares.clients(),
        1,
        "clients in the table, one of which holds a place"
    );
}

#[test]
fn the_addresses_of_one_host_share_its_places() {
    let mut shares = Shares::new(10);
    let clients = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:3"];
    let held = fill(&mut shares, &clients);
    assert_eq!(
        (held, shares.taken()),
        (vec![5, 5, 5], 5),
        "places held by each address, and taken"
    );
}

/// Takes as many places as there are, each for another client over UDP, and returns the number.
fn fill_with_forged_clients(places: &mut Places, now: Instant) -> usize {
    let mut clients = (0..1_000_u32).map(|number| IpAddr::from((number << 8).to_be_bytes()));
    let entered = clients.position(|client| places.enter(client, Via::Udp, now).is_none());
    entered.expect("places for at most a thousand clients")
}

#[test]
fn forged_addresses_leave_places_for_clients_that_ask_over_tcp() {
    let (mut places, now) = (Places::new(80), Instant::now());
    let (new, known) = (address("192.0.2.1"), address("192.0.2.2"));
    assert_eq!(
        places.enter(known, Via::Tcp, now),
        Some(Pool::Open),
        "the first query, over TCP"
    );
    places.leave(known, Pool::Open);
    let forged = fill_with_forged_clients(&mut places, now);
    let mut table = format!("{forged} of 80 places are taken by forged addresses\n");
    let mut enter = |client, via| {
        let pool = match places.enter(client, via, now) {
            None => "no place",
            Some(Pool::Open) => "the open pool",
            Some(Pool::Proven) => "the pool for proven hosts",
            Some(Pool::Tcp) => "the pool for TCP",
        };
        table += &format!("{client} over {via}: {pool}, {} taken\n", places.taken());
    };
    for (client, via) in [
        (new, Via::Udp),
        (known, Via::Udp),
        (address("127.0.0.1"), Via::Udp),
        (new, Via::Tcp),
        (new, Via::Udp),
    ] {
        enter(client, via);
    }
    insta::assert_snapshot!(table, @r"
    60 of 80 places are taken by forged addresses
    192.0.2.1 over UDP: no place, 60 taken
    192.0.2.2 over UDP: the pool for proven hosts, 61 taken
    127.0.0.1 over UDP: the pool for proven hosts, 62 taken
    192.0.2.1 over TCP: the pool for TCP, 63 taken
    192.0.2.1 over UDP: the pool for proven hosts, 64 taken
    ");
}

/// An attacker forges the address of a client that has asked over TCP.
#[test]
fn forged_queries_in_the_name_of_a_proven_client_leave_it_tcp() {
    let (mut places, now) = (Places::new(80), Instant::now());
    let victim = address("192.0.2.1");
    places.enter(victim, Via::Tcp, now);
    while places.enter(victim, Via::Udp, now).is_some() {}
    fill_with_forged_clients(&mut places, now);
    assert_eq!(
        places.enter(victim, Via::Tcp, now),
        Some(Pool::Tcp),
        "the pool of the victim's query over TCP, with {} of 80 places taken",
        places.taken()
    );
}

#[test]
fn a_proof_ends() {
    let (mut places, start) = (Places::new(80), Instant::now());
    let client = address("192.0.2.1");
    places.enter(client, Via::Tcp, start);
    fill_with_forged_clients(&mut places, start);
    for (after, expected) in [
        (PROOF_LIFETIME - ms(1), Some(Pool::Proven)),
        (PROOF_LIFETIME, None),
    ] {
        let pool = places.enter(client, Via::Udp, start + after);
        assert_eq!(
            pool, expected,
            "the pool over UDP, {after:?} after a query over TCP"
        );
    }
}

#[test]
fn a_place_is_given_back_to_its_pool() {
    let (mut places, now) = (Places::new(80), Instant::now());
    let client = address("192.0.2.1");
    fill_with_forged_clients(&mut places, now);
    let before = places.taken();
    for (via, pool) in [(Via::Tcp, Pool::Tcp), (Via::Udp, Pool::Proven)] {
        for round in 0..20 {
            assert_eq!(
                places.enter(client, via, now),
                Some(pool),
                "round {round}: the pool of a query over {via}"
            );
            places.leave(client, pool);
        }
    }
    assert_eq!(places.taken(), before, "places that are taken after all");
}

/// Writes `S` for each token that a bucket has at a time, up to `tries`, and `-` for none.
fn takes(bucket: &mut Bucket, interval: Duration, now: Instant, tries: usize) -> String {
    (0..tries)
        .map(|_| if bucket.take(interval, now) { 'S' } else { '-' })
        .collect()
}

#[test]
fn a_bucket_has_a_second_of_tokens_which_come_back_one_by_one() {
    let start = Instant::now();
    let mut bucket = Bucket::full(start);
    let mut table = String::from("5 tokens a second, 7 tries each time\n");
    for at in [0, 100, 200, 399, 400, 1_400, 9_000] {
        let takes = takes(&mut bucket, ms(200), start + ms(at), 7);
        table += &format!("{at:>5} ms  {takes}\n");
    }
    insta::assert_snapshot!(table, @r"
    5 tokens a second, 7 tries each time
        0 ms  SSSSS--
      100 ms  -------
      200 ms  S------
      399 ms  -------
      400 ms  S------
     1400 ms  SSSSS--
     9000 ms  SSSSS--
    ");
}

/// Writes the verdicts about a number of replies to a client at the same time, a letter each.
fn verdicts(limit: &mut RateLimit, client: &str, via: Via, now: Instant, count: usize) -> String {
    let letter = |verdict| match verdict {
        Verdict::Send => 'S',
        Verdict::Truncate => 'T',
        Verdict::Drop => '.',
    };
    (0..count)
        .map(|_| letter(limit.verdict(address(client), via, now)))
        .collect()
}

#[test]
fn every_second_reply_without_a_token_is_truncated() {
    let (mut limit, start) = (RateLimit::new(4), Instant::now());
    let mut table = String::from("4 replies a second; S sent, T truncated, . dropped\n");
    for (at, client) in [
        (0, "192.0.2.1"),
        (0, "192.0.2.200"),
        (0, "198.51.100.7"),
        (250, "192.0.2.1"),
        (2_000, "192.0.2.1"),
        (2_000, "2001:db8:0:1::1"),
        (2_000, "2001:db8:0:2::1"),
    ] {
        let verdicts = verdicts(&mut limit, client, Via::Udp, start + ms(at), 9);
        table += &format!("{at:>5} ms  {client:<15}  {verdicts}\n");
    }
    insta::assert_snapshot!(table, @r"
    4 replies a second; S sent, T truncated, . dropped
        0 ms  192.0.2.1        SSSS.T.T.
        0 ms  192.0.2.200      T.T.T.T.T
        0 ms  198.51.100.7     SSSS.T.T.
      250 ms  192.0.2.1        S.T.T.T.T
     2000 ms  192.0.2.1        SSSS.T.T.
     2000 ms  2001:db8:0:1::1  SSSS.T.T.
     2000 ms  2001:db8:0:2::1  T.T.T.T.T
    ");
}

#[test]
fn replies_over_tcp_and_to_this_machine_are_not_limited() {
    let (mut limit, now) = (RateLimit::new(1), Instant::now());
    for (client, via) in [
        ("192.0.2.1", Via::Tcp),
        ("127.0.0.1", Via::Udp),
        ("::1", Via::Udp),
        ("::ffff:127.0.0.1", Via::Udp),
    ] {
        let verdicts = verdicts(&mut limit, client, via, now, 5);
        assert_eq!(
            verdicts, "SSSSS",
            "five replies to {client} over {via}, at one a second"
        );
    }
}

#[test]
fn the_table_of_networks_is_bounded() {
    let (mut limit, now) = (RateLimit::new(1), Instant::now());
    for number in 0..100_000_u32 {
        limit.verdict(IpAddr::from((number << 8).to_be_bytes()), Via::Udp, now);
    }
    let networks = limit.networks();
    assert!(
        (10_000..=20_000).contains(&networks),
        "{networks} networks are in the table, after replies to 100,000"
    );
}

/// Without its records and its options, a reply is no larger than its query.
#[test]
fn a_truncated_reply_is_no_larger_than_its_query() {
    let mut query = DnsPacket::query(7, "www.shop.test".parse().unwrap(), RecordType::A);
    query.header.rd = true;
    let octets = query.write().unwrap();
    let reply = truncated(&octets).expect("a reply to a query");
    let packet = DnsPacket::parse(&reply).unwrap();
    assert!(
        reply.len() <= octets.len() && packet.header.tc && packet.header.qr,
        "{packet:?}"
    );
    assert_eq!(
        (packet.header.id, packet.questions),
        (7, query.questions),
        "id and question"
    );
    assert_eq!(truncated(&reply), None, "a reply gets no reply");
}

#[test]
fn a_zone_has_at_most_its_budget_of_outstanding_queries() {
    let (mut budgets, now) = (ZoneBudgets::new(3), Instant::now());
    let mut started = Vec::new();
    for zone_name in [
        "dead.test",
        "dead.test",
        "dead.test",
        "dead.test",
        "DEAD.test",
        "shop.test",
    ] {
        started.push(budgets.start(&zone(zone_name), now + ms(400), now));
    }
    assert_eq!(
        started,
        [true, true, true, false, false, true],
        "whether five queries to dead.test and one to shop.test may be sent, at three for each zone"
    );
    assert_eq!(
        budgets.outstanding(&zone("dead.test"), now),
        3,
        "outstanding queries"
    );
}

#[test]
fn a_reply_and_the_end_of_a_query_make_room() {
    let (mut budgets, start) = (ZoneBudgets::new(2), Instant::now());
    let dead = zone("dead.test");
    let mut log = String::new();
    for (at, event) in [
        (0, "start 400"),
        (0, "start 800"),
        (0, "start 400"),
        (100, "reply"),
        (100, "start 400"),
        (100, "start 400"),
        (499, "start 400"),
        (500, "start 400"),
        (799, "start 400"),
        (800, "start 400"),
        (900, "start 400"),
    ] {
        let now = start + ms(at);
        let outcome = match event.strip_prefix("start ") {
            Some(time) => {
                let end = now + ms(time.parse().unwrap());
                match budgets.start(&dead, end, now) {
                    true => "sent",
                    false => "not sent",
                }
            }
            None => {
                budgets.finish(&dead);
                ""
            }
        };
        let left = budgets.outstanding(&dead, now);
        log += &format!("{at:>4} ms  {event:<9}  {left} outstanding  {outcome}");
        log = log.trim_end().to_owned() + "\n";
    }
    insta::assert_snapshot!(log, @r"
      0 ms  start 400  1 outstanding  sent
      0 ms  start 800  2 outstanding  sent
      0 ms  start 400  2 outstanding  not sent
    100 ms  reply      1 outstanding
    100 ms  start 400  2 outstanding  sent
    100 ms  start 400  2 outstanding  not sent
    499 ms  start 400  2 outstanding  not sent
    500 ms  start 400  2 outstanding  sent
    799 ms  start 400  2 outstanding  not sent
    800 ms  start 400  2 outstanding  sent
    900 ms  start 400  2 outstanding  sent
    ");
}

/// A zone's name is in the table only while a query to its servers is outstanding.
#[test]
fn the_table_of_zones_is_bounded() {
    let (mut budgets, start) = (ZoneBudgets::new(2), Instant::now());
    for number in 0..1_000 {
        let zone = zone(&format!("z{number}.test"));
        assert!(
            budgets.start(&zone, start + ms(400), start),
            "the first query to {zone}"
        );
        budgets.finish(&zone);
        budgets.finish(&zone);
    }
    assert_eq!(
        budgets.zones(),
        0,
        "zones in the table after a reply from each"
    );
    let slow = zone("slow.test");
    budgets.start(&slow, start + ms(3_600_000), start);
    for number in 0..MAX_ZONES as u64 + 10 {
        let now = start + ms(number);
        budgets.start(&zone(&format!("z{number}.test")), now + ms(10), now);
    }
    let zones = budgets.zones();
    assert!(
        zones < 100,
        "{zones} zones are in the table, and eleven have an outstanding query"
    );
    assert_eq!(
        budgets.outstanding(&slow, start),
        1,
        "the query to slow.test, which is still outstanding when other zones are removed"
    );
}

/// A selection that excludes one server, knows of IPv6, and chooses the first server for 400 ms.
#[derive(Clone)]
struct First;

const EXCLUDED: &str = "192.0.2.66";

impl ServerSelection for First {
    fn exclusion(&self, server: IpAddr) -> Option<String> {
        (server == address(EXCLUDED)).then(|| "is excluded".to_owned())
    }

    fn routes(&self) -> Routes {
        Routes {
            ipv4: true,
            ipv6: true,
        }
    }

    fn choose(
        &self,
        _zone: &Name,
        question: &Question,
        servers: &[IpAddr],
        _timeouts: &TimeoutCounts,
        _time_left: Duration,
        _random: &mut (impl rand::Rng + Send),
    ) -> Option<Attempt> {
        Some(Attempt {
            server: *servers.first()?,
            qtype: question.qtype,
            timeout: ms(400),
            with_edns: true,
            is_last: true,
            is_dead: false,
        })
    }
}

#[test]
fn the_selection_behind_the_budgets_is_asked() {
    let quota = ZoneQuota::new(First, 2);
    assert_eq!(
        quota.exclusion(address(EXCLUDED)).as_deref(),
        Some("is excluded"),
        "the exclusion of {EXCLUDED}"
    );
    assert_eq!(quota.exclusion(address("192.0.2.1")), None, "of 192.0.2.1");
    assert!(quota.routes().ipv6, "the selection has a route to IPv6");
}

/// A reply in time ends its query. One that is late ends none: its query was over before.
#[tokio::test(start_paused = true)]
async fn each_outcome_ends_the_query_that_it_is_of() {
    let (dead, server) = (zone("dead.test"), address("192.0.2.1"));
    let question = Question {
        qname: zone("www.dead.test"),
        qtype: RecordType::A,
        qclass: dnsparse::Class::IN,
    };
    let reply = |took| AttemptOutcome::Reply {
        took,
        is_lame: false,
    };
    let mut random = StdRng::seed_from_u64(1);
    for (outcome, left) in [
        (reply(Some(ms(399))), 1),
        (reply(Some(ms(400))), 2),
        (reply(Some(ms(900))), 2),
        (reply(None), 1),
        (AttemptOutcome::Unreachable, 1),
        (AttemptOutcome::NoEdns, 2),
        (AttemptOutcome::Timeout, 2),
    ] {
        let quota = ZoneQuota::new(First, 2);
        let mut choose = || {
            let (counts, time) = (TimeoutCounts::new(), ms(4_500));
            quota.choose(&dead, &question, &[server], &counts, time, &mut random)
        };
        let attempt = choose().expect("the first query");
        assert!(choose().is_some(), "the second query of two");
        assert!(
            choose().is_none(),
            "a third query is over the budget of two"
        );
        quota.handle_outcome(&dead, &attempt, &outcome);
        let outstanding = quota.budgets().outstanding(&dead, Instant::now());
        assert_eq!(outstanding, left, "outstanding of two, after {outcome:?}");
    }
}

/// The third proof of the chapter: the p99 of the other client is at most a fifth above idle.
#[tokio::test(start_paused = true)]
async fn a_flood_costs_another_client_nothing() {
    let comparison = Comparison::run().await;
    let Comparison {
        idle,
        before,
        shares,
        all,
    } = comparison;
    for (name, report) in [("shares", shares), ("all quotas", all)] {
        assert_eq!(
            report.answers, report.questions,
            "the other client's answers with {name}\n{comparison}"
        );
        assert!(
            report.p99 * 5 <= idle.p99 * 6,
            "the p99 of the other client with {name}\n{comparison}"
        );
        assert!(
            report.most_places <= PLACES / 2,
            "the places of the flood with {name}\n{comparison}"
        );
    }
    assert!(
        before.answers < before.questions / 2,
        "the flood did no harm before\n{comparison}"
    );
    assert!(
        all.dead_queries <= 5 * ZONE_LIMIT,
        "the queries to the dead server with all quotas\n{comparison}"
    );
    assert!(
        all.amplification() < 2.0 && before.amplification() > 20.0,
        "the octets to the victim\n{comparison}"
    );
}

/// The numbers of the chapter's table.
#[tokio::test(start_paused = true)]
async fn the_flood_costs_what_the_chapter_says() {
    let table = Comparison::run().await.to_string();
    assert_eq!(table.lines().count(), 6, "lines of the table:\n{table}");
    assert!(
        include_str!("../README.md").contains(table.trim_end()),
        "the chapter has another table than this one:\n{table}"
    );
}
