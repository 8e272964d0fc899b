//! Searches that need the same query at the same time.

use lab::{closed_port, no_reply, replies};
use network::Via;

use super::*;

/// Starts searches for these names, each this many milliseconds after the first, and writes how
/// each ends, and the messages on the network.
async fn together(lab: &Lab, selection: InTurn, searches: &[(&'static str, u64)]) -> String {
    let types = searches
        .iter()
        .map(|(qname, wait)| (*qname, RecordType::A, *wait));
    together_by_type(lab, selection, types.collect()).await
}

async fn together_by_type(
    lab: &Lab,
    selection: InTurn,
    searches: Vec<(&'static str, RecordType, u64)>,
) -> String {
    let first = TestResolver::new(lab, Facts::of(lab), selection);
    let resolver = Arc::clone(&first.resolver);
    let start = |(qname, qtype, wait): (&'static str, RecordType, u64)| {
        let search = TestResolver {
            lab: lab.clone(),
            resolver: Arc::clone(&resolver),
            trace: Trace::default(),
            resolution: None,
            took: Duration::ZERO,
        };
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            search.search(qname, qtype).await.end()
        })
    };
    let mut texts = Vec::new();
    let tasks: Vec<_> = searches.into_iter().map(start).collect();
    for task in tasks {
        texts.push(task.await.unwrap());
    }
    // Of searches that wait for one outcome, any may go on first.
    let trace = lab.trace();
    let mut messages: Vec<&str> = trace.lines().collect();
    messages.sort_by_key(|line| {
        (
            line.split(" ms").next().unwrap().trim().parse::<u64>().ok(),
            *line,
        )
    });
    format!("{}\n{}\n", texts.join("\n"), messages.join("\n"))
}

#[tokio::test(start_paused = true)]
async fn searches_for_one_name_share_each_query() {
    let lab = shop_of(&["near.shop.test."]);
    let searches = [("www.shop.test", 0), ("www.shop.test", 0)];
    insta::assert_snapshot!(together(&lab, InTurn::default(), &searches).await);
}

/// The root and `test` refer both to the same zone, where each sends its own query.
#[tokio::test(start_paused = true)]
async fn searches_below_one_zone_share_the_referral_to_it() {
    let lab = shop_of(&["near.shop.test."]);
    let searches = [("www.shop.test", 0), ("mail.shop.test", 5)];
    insta::assert_snapshot!(together(&lab, InTurn::default(), &searches).await);
}

/// The reply is no referral, and of no use to the other searches: each sends its own query. The DS
/// records of a zone are in its parent, so that a search for them waits for no referral.
#[tokio::test(start_paused = true)]
async fn a_reply_that_is_no_referral_is_not_shared() {
    let lab = shop_of(&["near.shop.test."]);
    let names = [("www.test", 0), ("a.www.test", 0), ("b.www.test", 5)];
    let first = together(&lab, InTurn::default(), &names).await;
    let lab = shop_of(&["near.shop.test."]);
    let searches = vec![
        ("www.shop.test", RecordType::A, 0),
        ("shop.test", RecordType::DS, 15),
    ];
    let second = together_by_type(&lab, InTurn::default(), searches).await;
    insta::assert_snapshot!(format!("{first}\n{second}"));
}

/// Only the root and top-level domains reply mostly by referrals: below these, a search with another
/// question sends its own query at once. So does one for DS records, which no referral answers.
#[tokio::test(start_paused = true)]
async fn no_search_waits_where_a_referral_is_unlikely() {
    let mut texts = Vec::new();
    for (qname, qtype) in [("b.www.shop.test", RecordType::A), ("test", RecordType::DS)] {
        let lab = shop_of(&["near.shop.test."]);
        let searches = vec![("a.www.shop.test", RecordType::A, 0), (qname, qtype, 5)];
        texts.push(together_by_type(&lab, InTurn::default(), searches).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The query that another search waits for times out: it waits three times, and then sends its own.
#[tokio::test(start_paused = true)]
async fn a_search_waits_three_times_for_a_referral() {
    let lab = shop_of(&["near.shop.test."]);
    let timeouts = std::iter::repeat_n(no_reply(), 5);
    lab.script(socket("192.0.2.2"), Via::Udp, timeouts.collect::<Vec<_>>());
    let selection = InTurn {
        tries: 8,
        ..InTurn::default()
    };
    let searches = [("www.shop.test", 0), ("mail.shop.test", 5)];
    insta::assert_snapshot!(together(&lab, selection, &searches).await);
}

/// The search that sent the query has its last try at the server, and the other its first.
#[tokio::test(start_paused = true)]
async fn the_last_try_of_one_search_is_not_that_of_another() {
    let lab = shop_of(&["near.shop.test."]);
    lab.script(socket(NEAR), Via::Udp, [no_reply(), no_reply()]);
    let selection = InTurn {
        tries: 2,
        ..InTurn::default()
    };
    let searches = [("www.shop.test", 0), ("www.shop.test", 500)];
    insta::assert_snapshot!(together(&lab, selection, &searches).await);
}

/// No search tries a server again that counts as dead, or that refuses the connection.
#[tokio::test(start_paused = true)]
async fn a_shared_failure_that_is_final_is_final_for_all() {
    let searches = [("www.shop.test", 0), ("www.shop.test", 100)];
    let dead = || InTurn {
        dead: vec![NEAR.parse().unwrap()],
        ..InTurn::default()
    };
    let mut texts = Vec::new();
    for (selection, reaction) in [(dead(), no_reply()), (InTurn::default(), closed_port())] {
        let lab = shop_of(&["near.shop.test."]);
        lab.script(
            socket(NEAR),
            Via::Udp,
            [reaction.after_ms(300), repeat(replies())],
        );
        texts.push(together(&lab, selection, &searches).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// A late reply that one search receives while its next query is out is that of the other, too.
#[tokio::test(start_paused = true)]
async fn a_late_reply_is_shared() {
    let lab = shop_of(&["near.shop.test."]);
    lab.script(
        socket(NEAR),
        Via::Udp,
        [replies().after_ms(700), no_reply(), no_reply()],
    );
    let selection = InTurn {
        tries: 3,
        ..InTurn::default()
    };
    let searches = [("www.shop.test", 0), ("www.shop.test", 500)];
    insta::assert_snapshot!(together(&lab, selection, &searches).await);
}

/// The search that sent the query is aborted, and another one sends it again.
#[tokio::test(start_paused = true)]
async fn an_aborted_search_takes_no_other_with_it() {
    let lab = shop_of(&["near.shop.test."]);
    lab.set_latency(socket(NEAR), 300);
    let resolver = Resolver::new(lab.clone(), Facts::of(&lab)).with_selection(InTurn::default());
    let resolver = Arc::new(resolver);
    let spawn = |wait: u64| {
        let resolver = Arc::clone(&resolver);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let (mut random, mut trace) = (StdRng::seed_from_u64(wait), Trace::default());
            let question = question("www.shop.test", RecordType::A);
            let resolution = resolver.resolve(&question, &mut random, &mut trace).await;
            format!("{trace}\n→ {}", tell(&resolution))
        })
    };
    let (first, second) = (spawn(0), spawn(100));
    tokio::time::sleep(Duration::from_millis(200)).await;
    first.abort();
    insta::assert_snapshot!(format!("{}\n{}", second.await.unwrap(), lab.trace()));
}
