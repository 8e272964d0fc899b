//! Servers that fail, are far away, or do not exist, beside one that answers: does the search find
//! the answer, in time and at a bounded cost?
//!
//! The resolver is that of `rdns`, with its cache and its selection of servers. The clock is
//! paused: waiting takes no time.
#![cfg(test)]

mod hostile;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chase::{
    MAX_LOOKUPS, MAX_LOOKUPS_PER_ZONE, QnameMinimisation, Resolution, ResolutionFailure, Resolver,
    Routes, Trace,
};
use dnsparse::{Class, Name, Question, Rcode, Rdata, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, Reaction, no_reply, repeat, replies};
use negative::SharedCache;
use network::Via;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use select::{AddressPolicy, RouteCheck, Selector};
use tokio::time::{Instant, advance};

/// The server of the zone `host`, where the names of servers are.
const HOST: &str = "192.0.2.3";
/// The good server of `shop.test`.
const GOOD: &str = "192.0.2.80";

/// A lab with the zone `shop.test`, which has these servers, in this order. `good.host` serves it.
/// In the zone `host`, no other server exists; the zones `dead0` to `dead9` have one server each,
/// which never replies.
fn shop_of(servers: &[String]) -> Lab {
    let delegation: String = (servers.iter())
        .map(|server| format!("shop.test. NS {server}\n"))
        .collect();
    let dead: String = (0..10)
        .map(|n| {
            format!(
                "dead{n}. NS ns.dead{n}.\nns.dead{n}. A 192.0.2.{}\n",
                200 + n
            )
        })
        .collect();
    LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2
            host.    NS ns.host.
            ns.host. A  {HOST}
            {dead}

            $ORIGIN test.
            @  NS ns
            ns A  192.0.2.2
            {delegation}
            ns0.shop.test. A 192.0.2.99

            $ORIGIN host.
            @    NS   ns
            ns   A    {HOST}
            good A    {GOOD}
            both A    192.0.2.98
            both AAAA 2001:db8::80
            six  AAAA 2001:db8::80

            $ORIGIN shop.test.
            {delegation}
            www  A   192.0.2.81
            mail A   192.0.2.82
            www  TXT hello
            "
        ))
        .server(GOOD, ["shop.test."])
        .server("2001:db8::80", ["shop.test."])
        .build()
        .unwrap()
}

fn names(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The names of servers that do not exist, and after them the good one.
fn after_missing(count: usize) -> Vec<String> {
    let missing = (0..count).map(|n| format!("nx{n}.host."));
    missing.chain(["good.host.".to_owned()]).collect()
}

fn socket(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), 53)
}

/// Makes a server react in this way from now on.
fn always(lab: &Lab, address: &str, reaction: Reaction) {
    for via in [Via::Udp, Via::Tcp] {
        lab.script(socket(address), via, [repeat(reaction.clone())]);
    }
}

/// A resolver as `rdns` has it.
struct TestResolver {
    lab: Lab,
    resolver: Arc<Resolver<Lab, SharedCache, Selector>>,
    random: StdRng,
}

/// A resolution, with its trace and its duration.
struct Outcome {
    resolution: Resolution,
    trace: Trace,
    took: Duration,
}

impl Outcome {
    /// Fails with the trace unless the resolution has this RCODE, and took no longer than the
    /// limit.
    fn expect(&self, rcode: Rcode, limit_ms: u64) {
        let limit = Duration::from_millis(limit_ms);
        assert!(
            self.resolution.rcode == rcode && self.took <= limit,
            "expected {rcode} within {limit:?}, got {} after {:?}\n{}",
            self.resolution.rcode,
            self.took,
            self.trace
        );
    }

    fn rdata(&self) -> Vec<String> {
        let records = self.resolution.records.iter();
        records.map(|record| record.rdata.to_string()).collect()
    }
}

impl TestResolver {
    fn new(lab: &Lab) -> TestResolver {
        TestResolver::with_selector(lab, Selector::new(AddressPolicy::default()), 8)
    }

    fn with_seed(lab: &Lab, seed: u64) -> TestResolver {
        TestResolver::with_selector(lab, Selector::new(AddressPolicy::default()), seed)
    }

    fn with_selector(lab: &Lab, selector: Selector, seed: u64) -> TestResolver {
        let resolver = Resolver::new(lab.clone(), empty_cache(lab))
            .with_selection(selector)
            .with_qname_minimisation(QnameMinimisation::Relaxed);
        TestResolver {
            lab: lab.clone(),
            resolver: Arc::new(resolver),
            random: StdRng::seed_from_u64(seed),
        }
    }

    async fn resolve_type(&mut self, qname: &str, qtype: RecordType) -> Outcome {
        let (mut trace, start) = (Trace::default(), Instant::now());
        let question = question(qname, qtype);
        let resolver = Arc::clone(&self.resolver);
        let resolution = resolver
            .resolve(&question, &mut self.random, &mut trace)
            .await;
        Outcome {
            resolution,
            trace,
            took: start.elapsed(),
        }
    }

    async fn resolve(&mut self, qname: &str) -> Outcome {
        self.resolve_type(qname, RecordType::A).await
    }

    /// Returns the queries for a name that a server has received.
    fn queries_for(&self, server: &str, qname: &str) -> usize {
        let qname: Name = qname.parse().unwrap();
        let queries = self.lab.queries().into_iter();
        let to_server = queries.filter(|query| query.server == socket(server));
        to_server
            .filter(|query| query.packet().unwrap().questions[0].qname == qname)
            .count()
    }
}

/// A cache that has the root hints of the lab, and nothing else.
fn empty_cache(lab: &Lab) -> SharedCache {
    let hints = hints_of(lab.root_hints());
    SharedCache::new(hints, 100_000)
}

fn question(qname: &str, qtype: RecordType) -> Question {
    Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    }
}

#[tokio::test(start_paused = true)]
async fn servers_that_do_not_exist_do_not_hide_one_that_does() {
    for count in [1, 5, 6, MAX_LOOKUPS_PER_ZONE - 1] {
        let lab = shop_of(&after_missing(count));
        let outcome = TestResolver::new(&lab).resolve("www.shop.test").await;
        outcome.expect(Rcode::NOERROR, 500);
    }
}

/// Such names cost the owner of the zone nothing, and the servers of `host` a query each
/// (NXNSAttack, CVE-2020-12662).
#[tokio::test(start_paused = true)]
async fn the_lookups_for_one_zone_are_bounded() {
    let lab = shop_of(&after_missing(19));
    for routes in [false, true] {
        let policy = AddressPolicy {
            has_ipv6: routes,
            ..AddressPolicy::default()
        };
        let before = lab.query_count(socket(HOST));
        let mut resolver = TestResolver::with_selector(&lab, Selector::new(policy), 8);
        let outcome = resolver.resolve("www.shop.test").await;
        outcome.expect(Rcode::SERVFAIL, 500);
        let queries = lab.query_count(socket(HOST)) - before;
        assert_eq!(queries, MAX_LOOKUPS_PER_ZONE, "{}", outcome.trace);
        // The next name in the zone does not cost as many queries again: the NXDOMAIN answers are
        // cached.
        let outcome = resolver.resolve("mail.shop.test").await;
        let queries = lab.query_count(socket(HOST)) - before;
        assert!(queries <= 20, "{queries} queries\n{}", outcome.trace);
    }
}

/// Aliases lead from zone to zone, and each zone lists servers that do not exist.
#[tokio::test(start_paused = true)]
async fn the_lookups_for_one_answer_are_bounded() {
    let delegation = |n: usize| -> String {
        let server = |m: usize| format!("z{n}. NS nx{m}-{n}.host.\n");
        (0..6).map(server).collect()
    };
    let zones: String = (0..8)
        .map(|n| {
            format!(
                "$ORIGIN z{n}.\n{}z{n}. NS good{n}.host.\nwww CNAME www.z{}.\n",
                delegation(n),
                n + 1
            )
        })
        .collect();
    let delegations: String = (0..9)
        .map(|n| format!("{}z{n}. NS good{n}.host.\n", delegation(n)))
        .collect();
    let hosts: String = (0..9).map(|n| format!("good{n} A {GOOD}\n")).collect();
    let lab = LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            host.    NS ns.host.
            ns.host. A  {HOST}
            {delegations}
            $ORIGIN host.
            @    NS ns
            ns   A  {HOST}
            {hosts}
            {zones}
            "
        ))
        .build()
        .unwrap();
    let outcome = TestResolver::new(&lab).resolve("www.z0").await;
    assert_eq!(
        outcome.resolution.rcode,
        Rcode::SERVFAIL,
        "{}",
        outcome.trace
    );
    let queries = lab.query_count(socket(HOST));
    assert_eq!(queries, MAX_LOOKUPS, "{}", outcome.trace);
}

/// The names of the first servers lie in zones that do not reply. Each costs one timeout.
#[tokio::test(start_paused = true)]
async fn unresponsive_zones_of_server_names_do_not_block_the_others() {
    for (silent, limit) in [(1, 600), (2, 1_000), (4, 1_800), (8, 3_600)] {
        let servers = (0..silent).map(|n| format!("ns.x.dead{n}."));
        let servers: Vec<String> = servers.chain(["good.host.".to_owned()]).collect();
        let mut resolver = TestResolver::new(&shop_of(&servers));
        let outcome = resolver.resolve("www.shop.test").await;
        outcome.expect(Rcode::NOERROR, limit);
        resolver
            .resolve("mail.shop.test")
            .await
            .expect(Rcode::NOERROR, 50);
    }
}

/// Several server names are in one unresponsive zone: after the second failure, no other name in
/// that zone is looked up.
#[tokio::test(start_paused = true)]
async fn an_unresponsive_zone_with_many_server_names_costs_little() {
    let servers = (0..7).map(|n| format!("ns{n}.x.dead0."));
    let servers: Vec<String> = servers.chain(["good.host.".to_owned()]).collect();
    let outcome = TestResolver::new(&shop_of(&servers))
        .resolve("www.shop.test")
        .await;
    outcome.expect(Rcode::NOERROR, 3_300);
}

#[tokio::test(start_paused = true)]
async fn an_unresponsive_address_beside_good_servers_without_glue_costs_one_timeout() {
    let servers = names(&["ns0.shop.test.", "good.host.", "good.host.", "nx.host."]);
    let lab = shop_of(&servers);
    always(&lab, "192.0.2.99", no_reply());
    let outcome = TestResolver::new(&lab).resolve("www.shop.test").await;
    outcome.expect(Rcode::NOERROR, 500);
}

#[tokio::test(start_paused = true)]
async fn all_that_can_fail_at_once_still_leaves_the_good_server() {
    let mut servers = names(&["ns0.shop.test.", "ns.x.dead0.", "ns.x.dead1."]);
    servers.extend(after_missing(5));
    let lab = shop_of(&servers);
    always(&lab, "192.0.2.99", no_reply());
    let outcome = TestResolver::new(&lab).resolve("www.shop.test").await;
    outcome.expect(Rcode::NOERROR, 1_700);
}

/// A failed lookup of a server's address is cached (RFC 9520 section 3.2), also where the search
/// that needed it found another server.
#[tokio::test(start_paused = true)]
async fn the_failed_lookup_of_a_server_is_cached() {
    let lab = shop_of(&names(&["ns.x.dead0."]));
    let mut resolver = TestResolver::new(&lab);
    resolver
        .resolve("www.shop.test")
        .await
        .expect(Rcode::SERVFAIL, 4_500);
    let before = lab.query_count(socket("192.0.2.200"));
    let outcome = resolver.resolve("mail.shop.test").await;
    outcome.expect(Rcode::SERVFAIL, 0);
    assert_eq!(
        lab.query_count(socket("192.0.2.200")),
        before,
        "{}",
        outcome.trace
    );
}

/// All servers are behind a satellite link.
fn far_away(lab: &Lab, milliseconds: u64) {
    for host in ["192.0.2.1", "192.0.2.2", HOST, GOOD] {
        lab.set_latency(socket(host), milliseconds);
    }
}

#[tokio::test(start_paused = true)]
async fn behind_a_satellite_link_the_first_search_succeeds() {
    for milliseconds in [450, 600, 700] {
        for seed in 0..4 {
            let lab = shop_of(&names(&["good.host."]));
            far_away(&lab, milliseconds);
            let mut resolver = TestResolver::with_seed(&lab, seed);
            // Root, test; root, host; shop.test: five round trips.
            let outcome = resolver.resolve("www.shop.test").await;
            outcome.expect(Rcode::NOERROR, 5 * milliseconds + 100);
            let outcome = resolver.resolve("mail.shop.test").await;
            outcome.expect(Rcode::NOERROR, milliseconds);
        }
    }
}

/// After the first reply, the timeout of a server that is not known yet suits the distance.
#[tokio::test(start_paused = true)]
async fn behind_a_satellite_link_few_queries_are_repeated() {
    let lab = shop_of(&names(&["good.host."]));
    far_away(&lab, 600);
    let outcome = TestResolver::new(&lab).resolve("www.shop.test").await;
    outcome.expect(Rcode::NOERROR, 3_100);
    assert_eq!(
        lab.queries().len(),
        5 + 1,
        "five queries, and a repetition of the first\n{}",
        lab.trace()
    );
}

/// An attacker sends replies that do not have the right id, or have another question, to the socket
/// of the first query, which stays open during the second.
#[tokio::test(start_paused = true)]
async fn forged_replies_to_an_earlier_query_are_not_accepted() {
    let forged = || {
        replies().edited(|packet| {
            for record in &mut packet.answers {
                record.rdata = Rdata::A([192, 0, 2, 66].into());
            }
        })
    };
    let lab = shop_of(&names(&["good.host."]));
    let attack = forged()
        .with_wrong_id()
        .after_ms(450)
        .and(forged().with_wrong_question().after_ms(500))
        .and(replies().after_ms(700));
    lab.script(socket(GOOD), Via::Udp, [attack, no_reply(), no_reply()]);
    let outcome = TestResolver::new(&lab).resolve("www.shop.test").await;
    outcome.expect(Rcode::NOERROR, 800);
    assert_eq!(outcome.rdata(), ["192.0.2.81"], "{}", outcome.trace);
}

/// A late reply without AA, or with an error, does not end the wait for the reply of a good server.
#[tokio::test(start_paused = true)]
async fn an_unusable_late_reply_gains_nothing_over_a_good_server() {
    let without_aa = || {
        replies().edited(|packet| {
            packet.header.aa = false;
            for record in &mut packet.answers {
                record.rdata = Rdata::A([192, 0, 2, 66].into());
            }
        })
    };
    for late in [without_aa(), replies().with_rcode(Rcode::REFUSED)] {
        let lab = shop_of(&names(&["ns0.shop.test.", "good.host."]));
        always(&lab, "192.0.2.99", late.after_ms(500));
        lab.set_latency(socket(GOOD), 300);
        let outcome = TestResolver::new(&lab).resolve("www.shop.test").await;
        outcome.expect(Rcode::NOERROR, 1_000);
        assert_eq!(outcome.rdata(), ["192.0.2.81"], "{}", outcome.trace);
    }
}

/// A thousand names, all aliases of one: the name that all of them need is queried once.
#[tokio::test(start_paused = true)]
async fn searches_share_the_query_that_all_of_them_need() {
    let aliases: String = (0..1_000)
        .map(|n| format!("a{n} CNAME www.shop.test.\n"))
        .collect();
    for ttl in [0, 3_600] {
        let lab = LabBuilder::new()
            .zones(&format!(
                "
                $ORIGIN .
                @             NS root.
                root.         A  192.0.2.1
                test.         NS ns.test.
                ns.test.      A  192.0.2.2
                many.         NS ns.many.
                ns.many.      A  192.0.2.4
                $ORIGIN test.
                @             NS ns
                ns            A  192.0.2.2
                shop.test.    NS ns.shop
                ns.shop       A  192.0.2.80
                $ORIGIN shop.test.
                @             NS ns
                ns            A  192.0.2.80
                www {ttl}     A  192.0.2.81
                $ORIGIN many.
                @             NS ns
                ns            A  192.0.2.4
                {aliases}
                "
            ))
            .build()
            .unwrap();
        let server = TestResolver::new(&lab);
        let searches: Vec<_> = (0..1_000)
            .map(|n| {
                let resolver = Arc::clone(&server.resolver);
                tokio::spawn(async move {
                    let (mut random, mut trace) = (StdRng::seed_from_u64(n), Trace::default());
                    let question = question(&format!("a{n}.many"), RecordType::A);
                    resolver.resolve(&question, &mut random, &mut trace).await
                })
            })
            .collect();
        for search in searches {
            let resolution = search.await.unwrap();
            assert_eq!(resolution.records.len(), 2, "{resolution:?}");
        }
        let names = [
            ("192.0.2.1", "test"),
            ("192.0.2.2", "shop.test"),
            (GOOD, "www.shop.test"),
        ];
        for (address, name) in names {
            let queries = server.queries_for(address, name);
            assert_eq!(queries, 1, "to {address}, with a TTL of {ttl}");
        }
        let queries = lab.query_count(socket("192.0.2.1"));
        assert_eq!(queries, 2, "to the root: one for each top-level domain");
    }
}

/// A resolver that has just been started, and a hundred names in one zone. Some of the queries are
/// lost, some names are not in a zone below.
#[tokio::test(start_paused = true)]
async fn searches_share_the_referral_that_all_of_them_need() {
    let hosts: String = (0..100)
        .map(|n| format!("h{n}.shop.test. A 192.0.2.81\nh{n}.b.test. A 192.0.2.82\n"))
        .collect();
    let (in_shop, in_test): (Vec<_>, Vec<_>) = hosts.lines().partition(|it| it.contains("shop"));
    for is_lost in [false, true] {
        let lab = LabBuilder::new()
            .zones(&format!(
                "
                $ORIGIN .
                @          NS root.
                root.      A  192.0.2.1
                test.      NS ns.test.
                ns.test.   A  192.0.2.2
                $ORIGIN test.
                @          NS ns
                ns         A  192.0.2.2
                shop       NS ns.shop
                ns.shop    A  {GOOD}
                {}
                $ORIGIN shop.test.
                @          NS ns
                ns         A  {GOOD}
                {}
                ",
                in_test.join("\n"),
                in_shop.join("\n"),
            ))
            .build()
            .unwrap();
        if is_lost {
            lab.script(socket("192.0.2.1"), Via::Udp, [no_reply()]);
            lab.script(socket("192.0.2.2"), Via::Udp, [no_reply()]);
        }
        for (zone, limit) in [("shop", 4), ("b", 110)] {
            let (server, before) = (
                TestResolver::new(&lab),
                lab.query_count(socket("192.0.2.2")),
            );
            let searches: Vec<_> = (0..100)
                .map(|n| {
                    let resolver = Arc::clone(&server.resolver);
                    tokio::spawn(async move {
                        let (mut random, mut trace) = (StdRng::seed_from_u64(n), Trace::default());
                        let question = question(&format!("h{n}.{zone}.test"), RecordType::A);
                        resolver.resolve(&question, &mut random, &mut trace).await
                    })
                })
                .collect();
            for search in searches {
                let resolution = search.await.unwrap();
                assert_eq!(resolution.records.len(), 1, "{resolution:?}");
            }
            let queries = lab.query_count(socket("192.0.2.2")) - before;
            assert!(
                queries <= limit,
                "{queries} queries to test for names in {zone}"
            );
        }
    }
}

/// The search that sent the shared query is aborted: another one sends it again.
#[tokio::test(start_paused = true)]
async fn an_aborted_search_takes_no_other_with_it() {
    let lab = shop_of(&names(&["good.host."]));
    lab.set_latency(socket(GOOD), 300);
    let server = TestResolver::new(&lab);
    let spawn = |n| {
        let resolver = Arc::clone(&server.resolver);
        tokio::spawn(async move {
            let (mut random, mut trace) = (StdRng::seed_from_u64(n), Trace::default());
            let question = question("www.shop.test", RecordType::A);
            resolver.resolve(&question, &mut random, &mut trace).await
        })
    };
    let first = spawn(1);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let second = spawn(2);
    tokio::time::sleep(Duration::from_millis(50)).await;
    first.abort();
    let resolution = second.await.unwrap();
    assert_eq!(resolution.rcode, Rcode::NOERROR, "{resolution:?}");
}

/// The server drops, or refuses, the queries of one type, and answers all others.
#[tokio::test(start_paused = true)]
async fn a_server_that_fails_for_one_type_keeps_its_place_for_the_others() {
    let dropped = replies().only_to(|query| query.questions[0].qtype != RecordType::HTTPS);
    let refused = replies().edited(|packet| {
        if packet.questions[0].qtype == RecordType::HTTPS {
            packet.header.rcode = Rcode::REFUSED;
            packet.authorities.clear();
        }
    });
    for (case, reaction) in [("dropped", dropped), ("refused", refused)] {
        let lab = shop_of(&names(&["ns0.shop.test.", "good.host."]));
        // The other server is far away.
        lab.set_latency(socket("192.0.2.99"), 350);
        always(&lab, GOOD, reaction);
        let mut resolver = TestResolver::new(&lab);
        for n in 0..12 {
            resolver.resolve(&format!("warm{n}.shop.test")).await;
        }
        for n in 0..6 {
            resolver
                .resolve_type(&format!("h{n}.shop.test"), RecordType::HTTPS)
                .await;
        }
        let mut quick = 0;
        for n in 0..20 {
            let outcome = resolver.resolve(&format!("n{n}.shop.test")).await;
            outcome.expect(Rcode::NXDOMAIN, 400);
            quick += u32::from(outcome.took < Duration::from_millis(50));
        }
        assert!(quick >= 17, "{case}: {quick} of 20 by the near server");
        let last = lab.queries().pop().unwrap().packet().unwrap();
        assert!(last.edns.is_some(), "{case}: the last query has no EDNS");
    }
}

/// IPv4 has no route, and of the server's two addresses one is IPv6.
#[tokio::test(start_paused = true)]
async fn a_server_is_found_by_its_ipv6_address_alone() {
    let cases = [("six.host.", true), ("both.host.", true)];
    for (server, has_ipv4) in cases {
        let lab = shop_of(&names(&[server]));
        always(&lab, "192.0.2.98", no_reply());
        let policy = AddressPolicy {
            has_ipv4,
            has_ipv6: true,
            ..AddressPolicy::default()
        };
        let mut resolver = TestResolver::with_selector(&lab, Selector::new(policy), 8);
        let outcome = resolver.resolve("www.shop.test").await;
        outcome.expect(Rcode::NOERROR, 600);
    }
}

/// A route that appears, or is lost, while the resolver runs.
#[tokio::test(start_paused = true)]
async fn a_machine_that_was_offline_resolves_as_soon_as_it_has_a_route() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let lab = shop_of(&names(&["good.host."]));
    let is_online = Arc::new(AtomicBool::new(false));
    let check = {
        let is_online = Arc::clone(&is_online);
        RouteCheck::new(move || Routes {
            ipv4: is_online.load(Ordering::Relaxed),
            ipv6: false,
        })
    };
    let selector = Selector::new(AddressPolicy::default()).with_route_check(check);
    let mut resolver = TestResolver::with_selector(&lab, selector, 8);
    for _ in 0..20 {
        let outcome = resolver.resolve("www.shop.test").await;
        assert_eq!(
            outcome.resolution.failure,
            Some(ResolutionFailure::NoRoute),
            "{}",
            outcome.trace
        );
        advance(Duration::from_secs(1)).await;
    }
    is_online.store(true, Ordering::Relaxed);
    advance(Duration::from_millis(200)).await;
    resolver
        .resolve("www.shop.test")
        .await
        .expect(Rcode::NOERROR, 100);
    let root: IpAddr = "192.0.2.1".parse().unwrap();
    let state = resolver.resolver.selection().server_state(root).unwrap();
    assert_eq!((state.queries, state.consecutive_timeouts), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn ipv6_that_appears_later_is_noticed() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let lab = shop_of(&names(&["six.host."]));
    let has_ipv6 = Arc::new(AtomicBool::new(false));
    let check = {
        let has_ipv6 = Arc::clone(&has_ipv6);
        RouteCheck::new(move || Routes {
            ipv4: true,
            ipv6: has_ipv6.load(Ordering::Relaxed),
        })
    };
    let selector = Selector::new(AddressPolicy::default()).with_route_check(check);
    let mut resolver = TestResolver::with_selector(&lab, selector, 8);
    resolver
        .resolve("www.shop.test")
        .await
        .expect(Rcode::SERVFAIL, 100);
    has_ipv6.store(true, Ordering::Relaxed);
    advance(Duration::from_secs(6)).await;
    resolver
        .resolve("www.shop.test")
        .await
        .expect(Rcode::NOERROR, 100);
}

/// For each new name in a zone that fails, for whatever reason, the parent would give the same
/// answer (RFC 4697 section 2.1, RFC 9520).
#[tokio::test(start_paused = true)]
async fn the_parent_of_a_zone_that_fails_is_queried_once() {
    let cases: [(&str, &[&str], Option<Reaction>); 6] = [
        (
            "its server is silent",
            &["ns0.shop.test."],
            Some(no_reply()),
        ),
        (
            "its server refuses",
            &["ns0.shop.test."],
            Some(replies().with_rcode(Rcode::REFUSED)),
        ),
        (
            "its server fails",
            &["ns0.shop.test."],
            Some(replies().with_rcode(Rcode::SERVFAIL)),
        ),
        ("its server has no glue", &["ns7.shop.test."], None),
        ("its server does not exist", &["nx.host."], None),
        ("its server's zone is silent", &["ns.x.dead1."], None),
    ];
    for (case, servers, reaction) in cases {
        let lab = shop_of(&names(servers));
        if let Some(reaction) = reaction {
            always(&lab, "192.0.2.99", reaction);
        }
        let mut resolver = TestResolver::new(&lab);
        let mut outcomes = String::new();
        for n in 0..10 {
            let outcome = resolver.resolve(&format!("n{n}.shop.test")).await;
            outcome.expect(Rcode::SERVFAIL, 4_500);
            outcomes += &format!("{}\n", outcome.trace);
        }
        // If the server has no glue, the parent is queried for its address, too.
        let queries = lab.query_count(socket("192.0.2.2"));
        let limit = if case.contains("glue") { 2 } else { 1 };
        assert!(queries <= limit, "{case}: {queries} queries\n{outcomes}");
    }
}

/// Eight zones whose servers are in each other, silent, slow, lame, without glue, or do not exist,
/// at random: each search ends in time, within its budget, and without spinning.
#[tokio::test(start_paused = true)]
async fn searches_in_random_hierarchies_end() {
    let (mut labs, mut answers) = (0, 0);
    for seed in 0..200 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut zones = String::from("$ORIGIN .\n@ NS root.\nroot. A 192.0.2.1\n");
        let mut below = String::new();
        for zone in 0..8 {
            below += &format!(
                "$ORIGIN z{zone}.\nwww A 192.0.2.81\nto CNAME to.z{}.\n",
                (zone + 1) % 8
            );
            below += &format!("alias CNAME www.z{}.\n", random.random_range(0..8));
            for _ in 0..random.random_range(1..6) {
                let server = match random.random_range(0..4) {
                    0 => format!(
                        "nx{}.z{}.",
                        random.random_range(0..9),
                        random.random_range(0..8)
                    ),
                    _ => format!(
                        "ns{}.z{}.",
                        random.random_range(0..3),
                        random.random_range(0..8)
                    ),
                };
                zones += &format!("z{zone}. NS {server}\n");
                below += &format!("z{zone}. NS {server}\n");
            }
            for n in 0..3 {
                let address = format!("192.0.2.{}", 10 + zone * 3 + n);
                let record = match random.random_range(0..6) {
                    0 => format!("ns{n}.z{zone}. AAAA 2001:db8::{}\n", 10 + zone * 3 + n),
                    1 => format!("ns{n}.z{zone}. CNAME ns0.z{}.\n", (zone + 3) % 8),
                    _ => format!("ns{n}.z{zone}. A {address}\n"),
                };
                if random.random_bool(0.5) && !record.contains("CNAME") {
                    zones += &record;
                }
                below += &record;
            }
        }
        let Ok(lab) = LabBuilder::new().zones(&(zones + &below)).build() else {
            continue;
        };
        labs += 1;
        for host in 10..34 {
            let address = format!("192.0.2.{host}");
            match random.random_range(0..6) {
                0 => always(&lab, &address, no_reply()),
                1 => lab.set_latency(socket(&address), random.random_range(300..1_500)),
                2 => always(&lab, &address, replies().with_rcode(Rcode::REFUSED)),
                3 => always(&lab, &address, replies().edited(|it| it.header.aa = false)),
                _ => {}
            }
        }
        let policy = AddressPolicy {
            has_ipv6: random.random_bool(0.5),
            ..AddressPolicy::default()
        };
        let mut resolver = TestResolver::with_selector(&lab, Selector::new(policy), seed);
        for qname in ["www.z0", "alias.z1", "to.z2", "nosuch.z3", "www.z4"] {
            let outcome = resolver.resolve(qname).await;
            let lines = outcome.trace.to_string().lines().count();
            assert!(
                outcome.took <= chase::DEADLINE
                    && outcome.resolution.queries <= chase::BUDGET + 1
                    && lines < 500,
                "seed {seed}, {qname}: {:?}, {} queries, {lines} lines\n{}",
                outcome.took,
                outcome.resolution.queries,
                outcome.trace
            );
            answers += usize::from(outcome.resolution.failure.is_none());
        }
    }
    assert!(
        labs > 100 && answers > 100,
        "{labs} labs, {answers} answers"
    );
}
