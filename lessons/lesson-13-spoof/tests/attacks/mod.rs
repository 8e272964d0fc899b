//! The attacker, and its attacks inside the lab: real messages, virtual time.

use std::net::Ipv4Addr;

use dnsparse::{DnsPacket, Name, RecordType};
use network::Via;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use spoof::attack::FORGED_TTL;
use spoof::toy::{Campaign, FORGED_ADDRESS, Toy, bank};
use spoof::{Defences, Guess, SeenQuery, forge, guess};

const SEEN: SeenQuery = SeenQuery {
    port: 5_353,
    id: 65_534,
};

fn target() -> Name {
    "www.bank.example".parse().unwrap()
}

/// Returns the first 1,000 guesses.
fn guesses(defences: Defences) -> Vec<Guess> {
    let mut random = SmallRng::seed_from_u64(7);
    (0..1_000)
        .map(|number| guess(SEEN, number, defences, &mut random))
        .collect()
}

#[test]
fn a_counting_id_is_guessed_from_the_one_before() {
    let guesses = guesses(Defences::default());
    let ids: Vec<u16> = guesses[..4].iter().map(|guess| guess.id).collect();
    assert_eq!(ids, [65_535, 0, 1, 2], "the id that was seen is 65,534");
    assert!(guesses.iter().all(|guess| guess.port == 5_353));
}

#[test]
fn a_random_id_is_guessed_at_random() {
    let guesses = guesses(Defences {
        random_id: true,
        ..Defences::default()
    });
    assert!(
        guesses.iter().all(|guess| guess.port == 5_353),
        "the port is known"
    );
    let high = guesses.iter().filter(|guess| guess.id >= 0x8000).count();
    assert!(
        (400..600).contains(&high),
        "{high} of 1,000 in the upper half"
    );
    let mut ids: Vec<u16> = guesses.iter().map(|guess| guess.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() > 950, "{} different ids of 1,000", ids.len());
}

#[test]
fn a_random_port_is_guessed_from_1024_on() {
    let guesses = guesses(Defences {
        random_id: true,
        random_port: true,
        ..Defences::default()
    });
    let least = guesses.iter().map(|guess| guess.port).min().unwrap();
    let most = guesses.iter().map(|guess| guess.port).max().unwrap();
    assert!(
        (1_024..1_500).contains(&least) && most > 65_000,
        "ports from 1024 to 65535 are guessed; the least of 1,000 guesses is {least}, the greatest {most}"
    );
}

#[test]
fn a_forged_reply_poisons_its_name_and_the_target() {
    let qname: Name = "1.bank.example".parse().unwrap();
    let forged = forge(&qname, 7, &target(), Ipv4Addr::new(198, 51, 100, 66));
    // As the octets say it.
    let forged = DnsPacket::parse(&forged.write().unwrap()).unwrap();
    let query = DnsPacket::query(7, qname, RecordType::A);
    assert!(
        transport::reply_matches(&query, &forged),
        "it does not match its query: {:?}",
        forged.header
    );
    assert!(
        forged.header.aa,
        "AA is clear, and the reply claims to be that of an authoritative server"
    );
    let text = |records: &[dnsparse::Record]| {
        let lines = records.iter().map(ToString::to_string);
        lines.collect::<Vec<_>>().join("\n").replace('\t', " ")
    };
    assert_eq!(
        text(&forged.answers),
        format!("1.bank.example. {FORGED_TTL} IN A 198.51.100.66")
    );
    assert_eq!(
        text(&forged.additionals),
        format!("www.bank.example. {FORGED_TTL} IN A 198.51.100.66")
    );
}

#[tokio::test(start_paused = true)]
async fn a_toy_with_one_port_and_counting_ids_is_poisoned_at_once() {
    let lab = bank();
    let toy = Toy::new(&lab, Defences::default(), 1);
    let packets = Campaign::on(target(), 10_000, 1).run(&lab, &toy).await;
    let trace = lab.trace();
    assert_eq!(toy.cached(&target()), Some(FORGED_ADDRESS), "{trace}");
    assert_eq!(packets, 1_000, "one window:\n{trace}");
    insta::assert_snapshot!(trace);
}

/// The true address is cached already: Kaminsky's attack does not wait until it expires.
#[tokio::test(start_paused = true)]
async fn a_cached_answer_is_no_defence_of_a_toy() {
    let lab = bank();
    let toy = Toy::new(&lab, Defences::default(), 1);
    assert_eq!(toy.resolve(&target()).await, Some([192, 0, 2, 80].into()));
    Campaign::on(target(), 10_000, 1).run(&lab, &toy).await;
    let trace = lab.trace();
    assert_eq!(toy.cached(&target()), Some(FORGED_ADDRESS), "{trace}");
}

/// One window is enough for one attack in 66.
#[tokio::test(start_paused = true)]
async fn a_random_id_survives_most_windows() {
    let defences = Defences {
        random_id: true,
        shares_queries: true,
        ..Defences::default()
    };
    let mut poisoned = 0;
    for seed in 0..6 {
        let lab = bank();
        let toy = Toy::new(&lab, defences, seed);
        Campaign::on(target(), 1_000, seed).run(&lab, &toy).await;
        poisoned += usize::from(toy.cached(&target()).is_some());
    }
    assert!(poisoned <= 2, "{poisoned} of 6 attacks succeeded at once");
}

/// A million forged replies in a second: some 15 of them hit the port of a query. (The solutions have
/// the same test with ten million.)
#[tokio::test(start_paused = true)]
async fn a_million_forged_replies_do_not_poison_a_resolver_with_all_defences() {
    let lab = bank();
    let toy = Toy::new(&lab, Defences::ALL, 1);
    let campaign = Campaign {
        target: target(),
        per_second: 1_000_000,
        max_packets: 1_000_000,
        seed: 1,
    };
    let packets = campaign.run(&lab, &toy).await;
    assert_eq!(packets, 1_000_000, "it was poisoned before");
    assert_eq!(toy.resolve(&target()).await, Some([192, 0, 2, 80].into()));
    let queries = lab.queries();
    let over_tcp = queries.iter().filter(|query| query.via == Via::Tcp).count();
    assert!(
        (5..30).contains(&over_tcp),
        "{over_tcp} queries over TCP, one for each near miss; 15 were to be expected"
    );
}
