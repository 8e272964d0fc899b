//! The work that faults cause: upstream queries, counted at the lab's servers.

use std::net::SocketAddr;
use std::sync::Arc;

use dnsparse::{DnsPacket, RecordType};
use iterate::root_hints;
use lab::Lab;
use tokio::task::JoinSet;

use crate::in_process::TestResolver;

/// The servers of `work.test`, `target.work.test` and `drops.work.test`.
const PARENT: &str = "198.18.29.1:53";
const TARGET: &str = "198.18.29.3:53";
const DROPS: &str = "198.18.29.4:53";

fn resolver() -> TestResolver {
    TestResolver::new(Lab::internet(), root_hints())
}

/// Returns the queries that a server received.
fn queries(lab: &Lab, server: &str) -> Vec<DnsPacket> {
    let server: SocketAddr = server.parse().unwrap();
    let queries = lab.queries().into_iter();
    let of_server = queries.filter(|query| query.server == server);
    of_server.filter_map(|query| query.packet()).collect()
}

/// RFC 4697 section 2.1, RFC 9520 section 3.3: the delegation is cached, and the servers are known
/// to be dead.
#[tokio::test(start_paused = true)]
async fn the_parent_of_a_dead_zone_is_not_queried_for_each_name() {
    let resolver = resolver();
    for label in 'a'..='j' {
        let qname = format!("{label}.dead.work.test");
        let answer = resolver.resolve(&qname, RecordType::A).await;
        assert_eq!(answer.summary, "SERVFAIL", "{qname}");
    }
    let count = queries(&resolver.lab, PARENT).len();
    assert!(
        count <= 2,
        "{count} queries to the parent for ten names\n{}",
        resolver.lab.trace()
    );
}

/// The searches for a thousand aliases need the same target at the same time.
#[tokio::test(start_paused = true)]
async fn a_thousand_aliases_of_one_name_cost_one_query_for_it() {
    let resolver = Arc::new(resolver());
    let mut searches = JoinSet::new();
    for n in 0..1_000 {
        let resolver = Arc::clone(&resolver);
        searches.spawn(async move {
            let qname = format!("a{n}.alias.work.test");
            resolver.resolve(&qname, RecordType::A).await.summary
        });
    }
    while let Some(answer) = searches.join_next().await {
        let answer = answer.unwrap();
        assert_eq!(answer, "NOERROR www.target.work.test. 198.18.29.80");
    }
    let of_target = queries(&resolver.lab, TARGET);
    let of_a = of_target.iter().filter(|query| {
        let question = query.question();
        question.is_some_and(|question| question.qtype == RecordType::A)
    });
    assert_eq!(of_a.count(), 1, "queries for www.target.work.test. A");
}

/// RFC 6891 section 7: a query that times out says nothing about EDNS, if other queries with EDNS
/// get replies.
#[tokio::test(start_paused = true)]
async fn a_server_that_drops_one_type_keeps_edns_for_the_others() {
    let resolver = resolver();
    for (qname, qtype) in [
        ("www.drops.work.test", RecordType::A),
        ("www.drops.work.test", RecordType::AAAA),
        ("www.drops.work.test", RecordType::TXT),
    ] {
        resolver.resolve(qname, qtype).await;
    }
    let queries = queries(&resolver.lab, DROPS);
    let last = queries.last().unwrap();
    assert!(
        last.edns.is_some() && last.question().unwrap().qtype == RecordType::TXT,
        "the last query: {last:?}\n{}",
        resolver.lab.trace()
    );
}
