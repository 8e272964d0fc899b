//! Queries without a usable reply: how many of them one zone may cost.

use chase::MAX_FUTILE;
use dnsparse::Rcode;
use lab::replies;

use super::*;

/// A lab in which `shop.test` has ten servers with two addresses each, and then those in `names`;
/// and in which an alias leads from `mall.test` to it.
fn many(names: &str) -> Lab {
    let (mut servers, mut glue) = (String::new(), String::new());
    for n in 0..10 {
        servers += &format!("shop.test. NS n{n}.shop.test.\n");
        for address in [110 + 2 * n, 111 + 2 * n] {
            glue += &format!("n{n}.shop.test. A 192.0.2.{address}\n");
        }
    }
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
            @    NS ns
            ns   A  192.0.2.2
            mall NS ns.mall
            ns.mall A 192.0.2.4
            {servers}
            {names}
            {glue}

            $ORIGIN host.
            @    NS   ns
            ns   A    192.0.2.3

            $ORIGIN mall.test.
            @    NS    ns
            ns   A     192.0.2.4
            www  CNAME www.shop.test.

            $ORIGIN shop.test.
            {servers}
            {names}
            {glue}
            www.shop.test. A 192.0.2.100
            "
        ))
        .build()
        .unwrap();
    for n in 110..130 {
        let refuses = replies().with_rcode(Rcode::REFUSED);
        always(&lab, &format!("192.0.2.{n}"), refuses);
    }
    lab
}

/// Counts the queries to the servers of `shop.test`, and writes the trace and the end of the search.
async fn refused(lab: &Lab, qname: &str) -> String {
    let resolver = TestResolver::new(lab, Facts::of(lab), InTurn::default());
    let end = resolver.search(qname, RecordType::A).await.end();
    let is_of_shop = |address: IpAddr| matches!(address, IpAddr::V4(v4) if v4.octets()[3] >= 110);
    let queries = lab.queries();
    let to_shop = queries.iter().filter(|it| is_of_shop(it.server.ip()));
    format!(
        "{} of 20 addresses of shop.test are queried, of at most {MAX_FUTILE}\n{end}",
        to_shop.count()
    )
}

/// A zone lists twenty addresses, and all of them refuse. They need not be its own: so the search
/// ends, long before its budget is used up. Queries to other zones' servers are not counted.
#[tokio::test(start_paused = true)]
async fn a_zone_whose_servers_all_refuse_costs_sixteen_queries() {
    let mut texts = Vec::new();
    for qname in ["www.shop.test", "www.mall.test"] {
        texts.push(refused(&many(""), qname).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// After ten addresses that refuse, six names of servers are looked up: any of them may lead to one
/// more server that refuses.
#[tokio::test(start_paused = true)]
async fn the_lookups_for_a_zone_count_as_futile_queries() {
    let names: String = (0..9)
        .map(|n| format!("shop.test. NS nx{n}.host.\n"))
        .collect();
    let lab = many(&names);
    // The referral has five of the ten servers with addresses, and nine without.
    let with = (0..5).map(|n| NameServer {
        name: format!("n{n}.shop.test").parse().unwrap(),
        addresses: [110 + 2 * n, 111 + 2 * n]
            .map(|it| IpAddr::from([192, 0, 2, it]))
            .to_vec(),
    });
    let without = (0..9).map(|n| NameServer {
        name: format!("nx{n}.host").parse().unwrap(),
        addresses: Vec::new(),
    });
    let facts = Facts::of(&lab);
    facts.delegations.lock().unwrap().push(Delegation {
        zone: "shop.test".parse().unwrap(),
        ttl: 60,
        servers: with.chain(without).collect(),
    });
    let resolver = TestResolver::new(&lab, facts, InTurn::default());
    let resolver = resolver.search("www.shop.test", RecordType::A).await;
    insta::assert_snapshot!(resolver.end());
}
