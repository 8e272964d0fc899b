//! Lesson 13's attacks, with more packets than a lesson's tests have time for: the formula's interval is
//! narrower, and ten million forged replies meet all defences. In virtual time.
#![cfg(test)]

use dnsparse::Name;
use network::Via;
use spoof::levels::packets_per_window;
use spoof::toy::{Campaign, Toy, bank};
use spoof::{Defences, simulate};

/// Lesson 13 has the same test with a million.
#[tokio::test(start_paused = true)]
async fn ten_million_forged_replies_do_not_poison_a_resolver_with_all_defences() {
    let target: Name = "www.bank.example".parse().unwrap();
    let lab = bank();
    let toy = Toy::new(&lab, Defences::ALL, 1);
    let campaign = Campaign {
        target: target.clone(),
        per_second: 1_000_000,
        max_packets: 10_000_000,
        seed: 1,
    };
    let packets = campaign.run(&lab, &toy).await;
    assert_eq!(packets, 10_000_000, "it was poisoned before");
    let answer = toy.resolve(&target).await;
    assert_eq!(answer, Some([192, 0, 2, 80].into()), "the cached address");
    let queries = lab.queries();
    let over_tcp = queries.iter().filter(|query| query.via == Via::Tcp).count();
    assert!(
        (100..200).contains(&over_tcp),
        "{over_tcp} queries over TCP, one for each near miss; 155 were to be expected"
    );
}

/// The mean of a geometric distribution lies within 2.58 standard deviations in 99 % of all cases.
#[test]
fn a_resolver_with_a_random_id_alone_is_poisoned_as_soon_as_the_formula_says() {
    const ATTACKS: u64 = 200;
    let target: Name = "www.bank.example".parse().unwrap();
    let defences = Defences {
        random_id: true,
        shares_queries: true,
        ..Defences::default()
    };
    let space = defences.space(&target);
    let expected = 1.0 / space.window_probability(packets_per_window(), false);
    let deviation = 2.58 * expected / (ATTACKS as f64).sqrt();
    let outcomes = (0..ATTACKS).map(|seed| simulate(defences, &target, seed, 10_000_000));
    let windows: Vec<u64> = outcomes
        .map(|outcome| {
            assert!(outcome.is_poisoned, "{outcome:?}");
            outcome.windows
        })
        .collect();
    let mean = windows.iter().sum::<u64>() as f64 / ATTACKS as f64;
    assert!(
        (mean - expected).abs() < deviation,
        "the formula says {expected:.1} ± {deviation:.1} windows, the attacks took {mean:.1}"
    );
}
