//! The hostile set: zones and servers that are set up to make a resolver work, and the cost of one
//! client query for each, with empty caches.
//!
//! The cost is what the lab counts: upstream queries, their octets, the octets and the records of
//! the replies; and the steps of the resolver: the octets that it unpacks, and the operations of its
//! cache. The limits are those of lessons 6, 8 and 11.

mod attacks;
mod steps;
mod zones;

use std::fmt::Write as _;

use chase::{QnameMinimisation, Resolution, Resolver, Trace};
use dnsparse::{Class, Name, Question};
use iterate::hints::hints_of;
use lab::{Lab, Traffic};
use negative::SharedCache;
use rand::SeedableRng;
use rand::rngs::StdRng;
use recursive::SpecialNames;
use referral::Delegation;
use select::{AddressPolicy, Selector};

use attacks::{Attack, attacks};
use steps::Steps;

/// The most upstream queries for one client query, in the worst case, and for 95 % of the attacks.
const WORST: usize = 100;
const USUAL: usize = 20;
/// The maximum number of octets that are unpacked for one client query, and the most operations of
/// the cache: what the worst attack takes, with some room.
const MOST_UNPACKED: usize = 100_000;
const MOST_CACHED: usize = 10_000;
/// The seeds of the random selection of servers.
const SEEDS: std::ops::Range<u64> = 0..4;

/// The rows of the table in lesson 14's chapter, by their beginning, and the attacks of each.
const CHAPTER: [(&str, &[&str]); 9] = [
    ("NXNSAttack", &["1,000 servers that do not exist"]),
    (
        "the same, in 20 zones of others",
        &["servers in 20 zones of others"],
    ),
    ("NRDelegationAttack", &["1,000 servers that do not reply"]),
    ("160 addresses that refuse", &["160 addresses that refuse"]),
    (
        "CAMP: 30 aliases",
        &["30 aliases, each in a zone of its own"],
    ),
    ("CAMP: 100 zones", &["100 zones in a row"]),
    (
        "TsuNAME",
        &[
            "two zones whose servers are in each other",
            "two such zones with 20 servers each",
            "a ring of 10 zones with 10 servers each",
            "an alias into such a ring",
        ],
    ),
    (
        "replies of 3,000 records",
        &[
            "a reply of 3,000 records",
            "a reply with 3,000 names of others",
            "a reply of 1,000 long names to compress",
        ],
    ),
    (
        "NS records for the parent zone",
        &["NS records for the parent beside the answer"],
    ),
];

/// Returns the root hints of a lab.
pub(crate) fn hints(lab: &Lab) -> Delegation {
    hints_of(lab.root_hints())
}

/// One search, and its cost.
struct Played {
    resolution: Resolution,
    trace: Trace,
    lab: Lab,
    traffic: Traffic,
    steps: Steps,
}

/// Plays an attack with a resolver as `rdns` has it.
async fn play(attack: &Attack, seed: u64) -> Played {
    let lab = attack.lab();
    let steps = Steps::default();
    let cache = steps.count(SharedCache::new(hints(&lab), 100_000));
    let resolver = Resolver::new(steps.count(lab.clone()), cache)
        .with_selection(Selector::new(AddressPolicy::default()))
        .with_local_names(SpecialNames::new(&lab::LOCALLY_SERVED))
        .with_qname_minimisation(QnameMinimisation::Relaxed);
    let question = Question {
        qname: attack.qname.parse().unwrap(),
        qtype: attack.qtype,
        qclass: Class::IN,
    };
    let (mut random, mut trace) = (StdRng::seed_from_u64(seed), Trace::default());
    let resolution = resolver.resolve(&question, &mut random, &mut trace).await;
    Played {
        resolution,
        trace,
        traffic: lab.traffic(),
        lab,
        steps,
    }
}

/// Plays an attack with each seed. Returns the most expensive search.
async fn worst(attack: &Attack) -> Played {
    let mut worst = play(attack, SEEDS.start).await;
    for seed in SEEDS.skip(1) {
        let played = play(attack, seed).await;
        if played.resolution.queries > worst.resolution.queries {
            worst = played;
        }
    }
    worst
}

#[tokio::test(start_paused = true)]
async fn one_client_query_costs_a_bounded_number_of_upstream_queries() {
    let mut table =
        String::from("queries  octets out  octets in  unpacked  records  cache  attack\n");
    let mut costs = Vec::new();
    for attack in attacks() {
        let played = worst(&attack).await;
        let Traffic {
            queries: sent,
            query_octets,
            reply_octets,
            reply_records,
        } = played.traffic;
        // A connection over TCP that is refused counts as a query.
        let queries = played.resolution.queries;
        assert!(
            queries <= WORST && queries >= sent,
            "{} ({}): {sent} upstream queries were sent, and {queries} counted, for {} {}\n{}\n{}",
            attack.name,
            attack.reference,
            attack.qname,
            attack.qtype,
            played.trace,
            played.lab.trace()
        );
        let _ = writeln!(
            table,
            "{queries:>7}  {query_octets:>10}  {reply_octets:>9}  {:>8}  {reply_records:>7}  {:>5}  {} ({})",
            played.steps.unpacked(),
            played.steps.cached(),
            attack.name,
            attack.reference
        );
        let (unpacked, cached) = (played.steps.unpacked(), played.steps.cached());
        assert!(
            unpacked <= MOST_UNPACKED && cached <= MOST_CACHED,
            "{} ({}): {unpacked} octets were unpacked, by {cached} operations of the cache\n{}",
            attack.name,
            attack.reference,
            played.trace
        );
        costs.push((attack.name.clone(), [queries, unpacked, cached]));
    }
    let above: Vec<_> = (costs.iter())
        .filter(|(_, [queries, ..])| *queries > USUAL)
        .collect();
    assert!(
        above.len() * 20 <= costs.len(),
        "more than {USUAL} upstream queries for {} of {} attacks: {above:?}\n{table}",
        above.len(),
        costs.len()
    );
    insta::assert_snapshot!(table);
    check_chapter(&costs);
}

/// Compares the costs with the table in lesson 14's chapter.
fn check_chapter(costs: &[(String, [usize; 3])]) {
    let chapter = include_str!("../../../../lessons/lesson-14-quota/README.md");
    for (row, attacks) in CHAPTER {
        let of_row = (costs.iter()).filter(|(name, _)| attacks.contains(&name.as_str()));
        let of_row: Vec<_> = of_row.map(|(_, costs)| costs).collect();
        assert_eq!(of_row.len(), attacks.len(), "{row}: {attacks:?}");
        let cells = [0, 1, 2].map(|column| {
            let column = || of_row.iter().map(|costs| costs[column]);
            match (column().min().unwrap(), column().max().unwrap()) {
                (least, most) if least == most => format!("| {most} "),
                (least, most) => format!("| {least} to {most} "),
            }
        });
        let cells = format!("{}|", cells.concat());
        let line = chapter
            .lines()
            .find(|line| line.starts_with(&format!("| {row}")));
        let line = line.unwrap_or_else(|| panic!("lesson 14's chapter has no row '{row}'"));
        assert!(
            line.ends_with(&cells),
            "lesson 14's chapter: the row should end with '{cells}', and is\n{line}"
        );
    }
}

/// CVE-2025-11411: a server that lists itself as one of its parent zone's servers gets no query for
/// another name there.
#[tokio::test(start_paused = true)]
async fn ns_records_for_the_parent_zone_are_not_believed() {
    let attacks = attacks();
    let attack = attacks.iter().find(|it| it.reference == "CVE-2025-11411");
    let lab = attack.expect("the attack").lab();
    let resolver = crate::in_process::TestResolver::new(lab.clone(), hints(&lab));
    let evil = "192.0.2.9:53".parse().unwrap();
    let first = resolver
        .resolve("a.evil.test", dnsparse::RecordType::A)
        .await;
    let before = lab.query_count(evil);
    resolver
        .resolve("other.example.test", dnsparse::RecordType::A)
        .await;
    let after = lab.query_count(evil);
    assert_eq!(
        (first.summary.as_str(), after - before),
        ("NOERROR 192.0.2.80", 0),
        "the answer, and the queries for a name of the parent zone that the attacker's server got\n{}",
        lab.trace()
    );
    assert!(
        before > 0,
        "the attacker's server was never queried\n{}",
        lab.trace()
    );
}

/// RFC 6761: the servers of a zone learn nothing about names that are answered locally, and are not
/// asked for them.
#[tokio::test(start_paused = true)]
async fn names_that_are_answered_locally_are_not_looked_up_on_the_way() {
    let local = ["local.", "localhost."].map(|name| name.parse::<Name>().unwrap());
    let mut played_any = false;
    for attack in attacks().iter().filter(|it| it.reference == "RFC 6761") {
        let Played { lab, trace, .. } = play(attack, 0).await;
        for query in lab.queries() {
            let packet = query.packet().expect("a query that can be parsed");
            let question = packet.question().expect("a query with a question");
            assert!(
                !local.iter().any(|it| question.qname.is_at_or_below(it)),
                "{}: {} was sent a query for {}\n{trace}",
                attack.name,
                query.server,
                question.qname
            );
        }
        played_any = true;
    }
    assert!(played_any, "no attack has a local name");
}
