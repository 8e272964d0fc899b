//! Lookups of servers' names: the cache comes first, limits hold, and last resorts come last.

use dnsparse::Rcode;
use lab::{no_reply, replies};
use network::Via;

use super::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

async fn search(lab: &Lab, facts: Facts) -> TestResolver {
    let resolver = TestResolver::new(lab, facts, InTurn::default());
    resolver.search("www.shop.test", RecordType::A).await
}

/// The cache has an address of the second server, so that no name is looked up.
#[tokio::test(start_paused = true)]
async fn the_cache_is_searched_for_all_names_before_a_lookup() {
    let lab = shop_of(&["a.silent.", "good.host."]);
    let cached = BTreeMap::from([(name("good.host"), addresses(&[GOOD]))]);
    let facts = Facts {
        addresses: cached,
        ..Facts::of(&lab)
    };
    insta::assert_snapshot!(search(&lab, facts).await.end());
}

/// A server that is known to have no address, and one whose cached address fails: it may be
/// outdated.
#[tokio::test(start_paused = true)]
async fn a_cached_address_that_fails_is_looked_up() {
    let lab = shop_of(&["a.silent.", "good.host."]);
    always(&lab, FAR, replies().with_rcode(Rcode::REFUSED));
    let cached = BTreeMap::from([
        (name("a.silent"), Vec::new()),
        (name("good.host"), addresses(&[FAR])),
    ]);
    let facts = Facts {
        addresses: cached,
        ..Facts::of(&lab)
    };
    insta::assert_snapshot!(search(&lab, facts).await.end());
}

/// The lookup of one name failed a moment ago, and the answer to that of the other is cached.
#[tokio::test(start_paused = true)]
async fn a_cached_answer_or_failure_saves_a_lookup() {
    let lab = shop_of(&["a.silent.", "good.host."]);
    let record = format!("good.host. 60 A {GOOD}").parse().unwrap();
    let answer = Answer::Positive(vec![record]);
    let facts = Facts {
        failures: vec![question("a.silent", RecordType::A)],
        answers: vec![(question("good.host", RecordType::A), answer)],
        ..Facts::of(&lab)
    };
    insta::assert_snapshot!(search(&lab, facts).await.noted());
}

/// The zone's own server refuses; the parent zone has another address for it, and lists another
/// server.
#[tokio::test(start_paused = true)]
async fn the_servers_of_the_parents_list_are_tried_last() {
    let mut texts = Vec::new();
    let far = NameServer {
        name: name("far.shop.test"),
        addresses: addresses(&[FAR]),
    };
    let glue = BTreeMap::from([(name("near.shop.test"), addresses(&[NEAR, FAR]))]);
    for (glue, parent_side) in [(glue, Vec::new()), (BTreeMap::new(), vec![far])] {
        let lab = shop_of(&["near.shop.test."]);
        always(&lab, NEAR, replies().with_rcode(Rcode::REFUSED));
        lab.script(socket(FAR), Via::Udp, [repeat(replies())]);
        let facts = Facts {
            glue,
            parent_side,
            ..Facts::of(&lab)
        };
        texts.push(search(&lab, facts).await.end());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// Of a server without glue, the parent has no address either; or its lookup has failed before.
#[tokio::test(start_paused = true)]
async fn missing_glue_is_looked_up_at_the_parent_once() {
    let mut texts = Vec::new();
    for failures in [Vec::new(), vec![question("ns7.shop.test", RecordType::A)]] {
        let lab = shop_of(&["ns7.shop.test."]);
        let facts = Facts {
            failures,
            learns: true,
            ..Facts::of(&lab)
        };
        texts.push(search(&lab, facts).await.noted());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The root has no parent.
#[tokio::test(start_paused = true)]
async fn a_root_server_without_an_address_is_not_looked_up() {
    let lab = shop_of(&["near.shop.test."]);
    let facts = Facts::of(&lab);
    for server in &mut facts.delegations.lock().unwrap()[0].servers {
        server.addresses.clear();
    }
    insta::assert_snapshot!(search(&lab, facts).await.end());
}

/// A lookup that fails at its servers is stored. One that fails at this search's own limits is not:
/// another search may succeed.
#[tokio::test(start_paused = true)]
async fn only_failures_of_servers_are_stored() {
    let refused = shop_of(&["a.silent."]);
    always(&refused, SILENT, replies().with_rcode(Rcode::REFUSED));
    let in_each_other = LabBuilder::new()
        .zones(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2

            $ORIGIN test.
            @    NS ns
            ns   A  192.0.2.2
            shop NS ns.mall
            mall NS ns.shop
            ",
        )
        .build()
        .unwrap();
    let mut texts = Vec::new();
    for lab in [refused, in_each_other] {
        texts.push(search(&lab, Facts::of(&lab)).await.noted());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// A silent zone does not count for names of another zone.
#[tokio::test(start_paused = true)]
async fn the_failures_of_one_zone_do_not_count_for_another() {
    let lab = shop_of(&["a.silent.", "b.silent.", "good.host."]);
    always(&lab, SILENT, replies().with_rcode(Rcode::REFUSED));
    insta::assert_snapshot!(search(&lab, Facts::of(&lab)).await.end());
}

/// At most 16 names are looked up for one answer, and 13 for one zone; with at most 18 queries, those
/// to the root not counted.
#[tokio::test(start_paused = true)]
async fn the_lookups_of_a_search_are_counted() {
    let list = |zone: &str, host: &str, from: usize, count: usize| -> String {
        let line = |n: usize| format!("{zone}. NS nx{n}.{host}.\n");
        (from..from + count).map(line).collect()
    };
    let (shop, mall) = (
        list("shop.test", "host", 0, 15),
        list("mall.test", "host", 20, 4),
    );
    let mart = list("mart.test", "far.host", 30, 11);
    let lab = LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2
            host.    NS ns.host.
            ns.host. A  192.0.2.3

            $ORIGIN test.
            @   NS    ns
            ns  A     192.0.2.2
            {shop}
            {mall}
            mall.test. NS good.host.
            {mart}

            $ORIGIN host.
            @      NS   ns
            ns     A    192.0.2.3
            good   A    192.0.2.80
            far    NS   ns.far
            ns.far A    192.0.2.6

            $ORIGIN far.host.
            @      NS   ns
            ns     A    192.0.2.6

            $ORIGIN mall.test.
            @   NS    good.host.
            www CNAME www.shop.test.
            "
        ))
        .build()
        .unwrap();
    let mut texts = Vec::new();
    for qname in ["www.shop.test", "www.mall.test", "www.mart.test"] {
        let resolver = TestResolver::new(&lab, Facts::of(&lab), InTurn::default());
        let end = resolver.search(qname, RecordType::A).await.end();
        let lines = end.lines().filter(|line| !line.contains("says"));
        texts.push(lines.collect::<Vec<_>>().join("\n"));
    }
    insta::assert_snapshot!(texts.join("\n\n"));
}

/// A server that has the zone `c.b.test` answers for it, although the DS records are in the zone
/// above (RFC 4035 section 2.4): without the server's reply, the walk would have come to that one.
/// The walk for its NS records puts it into the cache. Where nothing is cached, or the answer comes
/// from the zone above itself, nothing more can be done.
#[tokio::test(start_paused = true)]
async fn ds_records_are_looked_up_in_the_parent_zone() {
    let mut texts = Vec::new();
    for (learns, known) in [(true, "."), (false, "."), (true, "b.test")] {
        let lab = three_zones();
        let (own, server) = match known {
            "b.test" => ("192.0.2.5", "192.0.2.5"),
            _ => ("192.0.2.2", "192.0.2.1"),
        };
        let from_the_zone_itself = replies().edited(|packet| {
            let soa = "c.b.test. 300 SOA ns.test. mail.test. 1 2 3 4 5";
            packet.header.aa = true;
            packet.answers.clear();
            packet.authorities = vec![soa.parse().unwrap()];
            packet.additionals.clear();
        });
        lab.script(socket(own), Via::Udp, [from_the_zone_itself]);
        let facts = Facts {
            learns,
            ..Facts::of(&lab)
        };
        facts.delegations.lock().unwrap().push(Delegation {
            zone: name(known),
            ttl: 60,
            servers: vec![NameServer {
                name: name("ns"),
                addresses: addresses(&[server]),
            }],
        });
        let resolver = TestResolver::new(&lab, facts, InTurn::default());
        texts.push(resolver.search("c.b.test", RecordType::DS).await.end());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The zones `test`, `b.test` and `c.b.test`.
fn three_zones() -> Lab {
    LabBuilder::new()
        .zones(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2

            $ORIGIN test.
            @    NS ns
            ns   A  192.0.2.2
            b    NS ns.b
            ns.b A  192.0.2.5

            $ORIGIN b.test.
            @    NS ns
            ns   A  192.0.2.5
            c    NS ns.test.
            c    DS 1 13 2 000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f

            $ORIGIN c.b.test.
            @    NS ns.test.
            www  A  192.0.2.100
            ",
        )
        .build()
        .unwrap()
}

/// A search that comes to its deadline: the servers that timed out are named; or, if a server
/// replied less than two seconds ago, that they are slow.
#[tokio::test(start_paused = true)]
async fn a_search_that_takes_too_long_names_the_reason() {
    let selection = |timeout_ms| InTurn {
        tries: 20,
        timeout_ms,
        ..InTurn::default()
    };
    let mut texts = Vec::new();
    for (root_ms, timeout_ms) in [(10, 790), (2_500, 2_600), (2_501, 2_600)] {
        let lab = shop_of(&["near.shop.test."]);
        lab.set_latency(socket("192.0.2.1"), root_ms);
        always(&lab, "192.0.2.2", no_reply());
        let resolver = TestResolver::new(&lab, Facts::of(&lab), selection(timeout_ms));
        texts.push(resolver.search("www.test", RecordType::A).await.end());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The cache has the address of the other server for a second one. It has timed out already, so
/// that the name is looked up.
#[tokio::test(start_paused = true)]
async fn a_cached_address_that_is_known_already_is_nothing_new() {
    let lab = shop_of(&["near.shop.test.", "good.host."]);
    always(&lab, NEAR, no_reply());
    let facts = Facts {
        addresses: BTreeMap::from([(name("good.host"), addresses(&[NEAR]))]),
        ..Facts::of(&lab)
    };
    let selection = InTurn {
        tries: 2,
        ..InTurn::default()
    };
    let resolver = TestResolver::new(&lab, facts, selection);
    let end = resolver.search("www.shop.test", RecordType::A).await.end();
    insta::assert_snapshot!(end);
}

/// The servers of a real network listen on port 53, and those of a test elsewhere.
#[tokio::test(start_paused = true)]
async fn queries_go_to_the_port_and_are_counted() {
    let lab = shop_of(&["near.shop.test."]);
    let resolver = Resolver::new(lab.clone(), Facts::of(&lab))
        .with_selection(InTurn::default())
        .with_port(5_353);
    let resolver = TestResolver::of(&lab, resolver);
    let resolver = resolver.search("www.test", RecordType::A).await;
    let servers: Vec<_> = lab
        .queries()
        .iter()
        .map(|it| it.server.to_string())
        .collect();
    assert_eq!(
        (
            servers.join(", ").as_str(),
            resolver.resolver.upstream_queries()
        ),
        ("192.0.2.1:5353", 1),
        "the servers that were queried, where port 5353 is set, and the number of queries"
    );
    let resolver = TestResolver::new(&lab, Facts::of(&lab), InTurn::default());
    let resolver = resolver.search("www.test", RecordType::A).await;
    assert_eq!(
        resolver.resolver.upstream_queries(),
        2,
        "the number of queries of another resolver, for\n{}",
        resolver.end()
    );
}
