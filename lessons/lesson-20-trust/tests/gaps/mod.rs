//! Answers from validated gaps: the zone is `example.com` of lesson 18's small Internet.

mod bounds;

use std::time::Duration;

use dnsparse::{Name, Rcode, Rdata, Record, RecordType};
use tokio::time::{Instant, advance};
use trust::gap_cache::GapCache;
use trust::synthesis::Synthesis;

use super::tree::{Tree, name, question};

const A: RecordType = RecordType::A;
const MX: RecordType = RecordType::MX;

/// A cache that has seen the answers to some questions. The responses are those of the zones' servers,
/// and count as validated.
fn cache_after(questions: &[(&str, RecordType)]) -> GapCache {
    let tree = Tree::new();
    let mut cache = GapCache::new(1_000);
    for (qname, qtype) in questions {
        let response = tree.respond(&question(qname, *qtype));
        cache.store_authority(&response.authority, Instant::now());
        cache.store_wildcard(&response.answer, Instant::now());
    }
    cache
}

/// Returns the owners of NSEC records.
fn owners(records: &[Record]) -> String {
    let nsec = records.iter().filter(|it| it.rtype() == RecordType::NSEC);
    let owners: Vec<String> = nsec.map(|it| it.owner.to_string()).collect();
    owners.join(" ")
}

fn describe(synthesis: Option<Synthesis>) -> String {
    let Some(synthesis) = synthesis else {
        return "asked upstream".to_string();
    };
    let kind = match (synthesis.rcode, synthesis.answer.first()) {
        (Rcode::NXDOMAIN, _) => "NXDOMAIN".to_string(),
        (_, None) => "NODATA".to_string(),
        (_, Some(record)) => format!("{} {}", record.owner, record.rdata),
    };
    format!("{kind}, by {}", owners(&synthesis.proofs))
}

/// Shows the answers to questions, one a line.
fn answers(cache: &GapCache, questions: &[(&str, RecordType)]) -> String {
    let lines = questions.iter().map(|(qname, qtype)| {
        let synthesis = cache.synthesize(&name(qname), *qtype, Instant::now());
        format!("{qname} {qtype}: {}\n", describe(synthesis))
    });
    lines.collect()
}

#[tokio::test(start_paused = true)]
async fn a_gap_answers_for_all_its_names() {
    let cache = cache_after(&[("nosuch.example.com", A)]);
    let questions = [
        ("nosuch.example.com", A),
        ("nosuch.example.com", MX),
        ("nosuck.example.com", A),
        ("a.b.c.nosuch.example.com", A),
        // Below and at the ends of the gap, and outside it.
        ("gone.example.com", MX),
        ("old.example.com", A),
        ("www.example.com", A),
        ("zzz.example.com", A),
        ("nosuch.example.org", A),
        ("com", A),
    ];
    insta::assert_snapshot!(answers(&cache, &questions), @r"
    nosuch.example.com A: NXDOMAIN, by gone.example.com. example.com.
    nosuch.example.com MX: NXDOMAIN, by gone.example.com. example.com.
    nosuck.example.com A: NXDOMAIN, by gone.example.com. example.com.
    a.b.c.nosuch.example.com A: NXDOMAIN, by gone.example.com. example.com.
    gone.example.com MX: asked upstream
    old.example.com A: asked upstream
    www.example.com A: asked upstream
    zzz.example.com A: asked upstream
    nosuch.example.org A: asked upstream
    com A: asked upstream
    ");
}

/// `empty.example.com` exists, since `a.empty.example.com` does: `*.empty.example.com` could stand for
/// the names below it, and `*.example.com` could not.
#[tokio::test(start_paused = true)]
async fn the_wildcard_is_looked_for_below_the_closest_encloser() {
    let cache = cache_after(&[("z.empty.example.com", A)]);
    let questions = [("y.empty.example.com", A), ("z.empty.example.com", MX)];
    insta::assert_snapshot!(answers(&cache, &questions), @r"
    y.empty.example.com A: NXDOMAIN, by a.empty.example.com. away.example.com.
    z.empty.example.com MX: NXDOMAIN, by a.empty.example.com. away.example.com.
    ");
}

#[tokio::test(start_paused = true)]
async fn the_wildcard_has_to_be_denied_as_well() {
    let tree = Tree::new();
    let response = tree.respond(&question("nosuch.example.com", A));
    let gap_of = |owner: &str| {
        let owner = name(owner);
        let is_needed = |it: &&Record| it.owner == owner || it.rtype() == RecordType::SOA;
        let mut records: Vec<Record> = response
            .authority
            .iter()
            .filter(is_needed)
            .cloned()
            .collect();
        let soa = tree
            .zone("example.com.")
            .rrset(&name("example.com"), RecordType::SOA);
        records.extend(soa);
        let mut cache = GapCache::new(1_000);
        cache.store_authority(&records, Instant::now());
        cache
    };
    let questions = [("nosuch.example.com", A)];
    let lines = ["gone.example.com", "example.com"].map(|owner| {
        format!(
            "with {owner} alone: {}",
            answers(&gap_of(owner), &questions)
        )
    });
    insta::assert_snapshot!(lines.concat(), @r"
    with gone.example.com alone: nosuch.example.com A: asked upstream
    with example.com alone: nosuch.example.com A: asked upstream
    ");
}

#[tokio::test(start_paused = true)]
async fn a_record_denies_the_types_that_its_owner_does_not_have() {
    let cache = cache_after(&[
        ("www.example.com", MX),
        ("alias.example.com", RecordType::NSEC),
    ]);
    let questions = [
        ("www.example.com", RecordType::TXT),
        ("www.example.com", A),
        ("www.example.com", RecordType::ANY),
        ("www.example.com", RecordType::RRSIG),
        ("alias.example.com", MX),
    ];
    insta::assert_snapshot!(answers(&cache, &questions), @r"
    www.example.com TXT: NODATA, by www.example.com.
    www.example.com A: asked upstream
    www.example.com ANY: asked upstream
    www.example.com RRSIG: asked upstream
    alias.example.com MX: asked upstream
    ");
}

#[tokio::test(start_paused = true)]
async fn an_empty_non_terminal_is_no_data_by_one_record() {
    let cache = cache_after(&[("empty.example.com", A)]);
    insta::assert_snapshot!(answers(&cache, &[("empty.example.com", MX)]), @"empty.example.com MX: NODATA, by away.example.com.");
}

#[tokio::test(start_paused = true)]
async fn a_delegation_denies_nothing_below_it_and_ds_alone_at_it() {
    // com has proved that plain.com has no DS record.
    let cache = cache_after(&[("plain.com", RecordType::DS), ("nosuch.com", A)]);
    let questions = [
        ("plain.com", RecordType::DS),
        ("plain.com", A),
        ("www.plain.com", A),
        ("www.plain.com", RecordType::DS),
        ("example.com", RecordType::DS),
        ("nosuch.example.com", A),
        ("nosuch2.com", A),
    ];
    insta::assert_snapshot!(answers(&cache, &questions), @r"
    plain.com DS: NODATA, by plain.com.
    plain.com A: asked upstream
    www.plain.com A: asked upstream
    www.plain.com DS: asked upstream
    example.com DS: asked upstream
    nosuch.example.com A: asked upstream
    nosuch2.com A: NXDOMAIN, by example.com. com.
    ");
}

/// DS records are the parent's: the child's own record of its apex does not deny them.
#[tokio::test(start_paused = true)]
async fn the_closest_zone_of_a_ds_record_is_the_one_above() {
    let cache = cache_after(&[("example.com", MX)]);
    let questions = [("example.com", RecordType::DS), ("example.com", MX)];
    // plain.com is signed, with a trust anchor of its own: com has no DS record of it.
    let mut island = cache_after(&[("plain.com", RecordType::DS)]);
    let own = bounds::gap("plain.com", "a.plain.com", "plain.com");
    island.store_authority(&own, Instant::now());
    let lines = answers(&island, &[("plain.com", RecordType::DS)]);
    assert_eq!(lines, "plain.com DS: NODATA, by plain.com.\n");
    insta::assert_snapshot!(answers(&cache, &questions), @r"
    example.com DS: asked upstream
    example.com MX: NODATA, by example.com.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_dname_record_hides_the_names_below_it() {
    let cache = cache_after(&[("old.example.com", A), ("nosuch.example.com", A)]);
    let questions = [("nosuch.old.example.com", A), ("older.example.com", A)];
    insta::assert_snapshot!(answers(&cache, &questions), @r"
    nosuch.old.example.com A: asked upstream
    older.example.com A: NXDOMAIN, by old.example.com. example.com.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_wildcard_answers_for_the_names_of_its_gap() {
    let cache = cache_after(&[("a.wild.example.com", A), ("b.wild.example.com", MX)]);
    let questions = [
        ("c.wild.example.com", A),
        ("x.y.wild.example.com", A),
        ("c.wild.example.com", MX),
        ("wild.example.com", A),
        ("c.wild.example.com", RecordType::AAAA),
    ];
    insta::assert_snapshot!(answers(&cache, &questions), @r"
    c.wild.example.com A: c.wild.example.com. 192.0.2.2, by *.wild.example.com.
    x.y.wild.example.com A: x.y.wild.example.com. 192.0.2.2, by *.wild.example.com.
    c.wild.example.com MX: NODATA, by *.wild.example.com.
    wild.example.com A: asked upstream
    c.wild.example.com AAAA: NODATA, by *.wild.example.com.
    ");
    advance(Duration::from_secs(3_599)).await;
    let last = cache.synthesize(&name("c.wild.example.com"), A, Instant::now());
    let ttls = last.map(|it| it.answer.iter().map(|it| it.ttl).collect::<Vec<_>>());
    assert_eq!(ttls, Some(vec![1, 1]), "TTLs in the last second");
    advance(Duration::from_secs(1)).await;
    let late = cache.synthesize(&name("c.wild.example.com"), A, Instant::now());
    assert_eq!(late, None, "after the TTL");
    // The gap expires before the wildcard's address.
    let tree = Tree::new();
    let mut response = tree.respond(&question("a.wild.example.com", A));
    response.authority.iter_mut().for_each(|it| it.ttl = 60);
    let mut cache = GapCache::new(1_000);
    cache.store_authority(&response.authority, Instant::now());
    cache.store_wildcard(&response.answer, Instant::now());
    for (seconds, is_answered) in [(59, true), (1, false)] {
        advance(Duration::from_secs(seconds)).await;
        let found = cache.synthesize(&name("c.wild.example.com"), A, Instant::now());
        assert_eq!(found.is_some(), is_answered, "{seconds} s later: {found:?}");
    }
    // Without the record that denies the name, the wildcard stands for nothing.
    // (This gap ends at the wildcard.)
    let mut cache = cache_after(&[("quiet.example.com", A)]);
    cache.store_wildcard(&response.answer, Instant::now());
    insta::assert_snapshot!(answers(&cache, &[("c.wild.example.com", A)]), @"c.wild.example.com A: asked upstream");
}

#[tokio::test(start_paused = true)]
async fn an_answer_lives_as_long_as_all_that_proves_it() {
    let tree = Tree::new();
    let with_ttls = |soa: u32, nsec: u32, minimum: u32| {
        let mut response = tree.respond(&question("nosuch.example.com", A));
        for record in &mut response.authority {
            let is_soa = match &record.rdata {
                Rdata::Rrsig(rrsig) => rrsig.type_covered == RecordType::SOA,
                _ => record.rtype() == RecordType::SOA,
            };
            record.ttl = if is_soa { soa } else { nsec };
            if let Rdata::Soa(soa) = &mut record.rdata {
                soa.minimum = minimum;
            }
        }
        let mut cache = GapCache::new(1_000);
        cache.store_authority(&response.authority, Instant::now());
        cache
    };
    let ttls = |cache: &GapCache| {
        let found = cache.synthesize(&name("nosuch2.example.com"), A, Instant::now());
        found.map_or("asked upstream".to_string(), |found| {
            let all = found.proofs.iter().chain(&found.soa);
            let mut ttls: Vec<u32> = all.map(|record| record.ttl).collect();
            ttls.dedup();
            format!("{ttls:?}")
        })
    };
    let mut lines = String::new();
    for (soa, nsec, minimum) in [
        (3600, 3600, 300),
        (3600, 200, 300),
        (100, 3600, 300),
        (0, 3600, 300),
        (3600, 3600, 0),
    ] {
        let cache = with_ttls(soa, nsec, minimum);
        let now = ttls(&cache);
        lines.push_str(&format!("SOA {soa}, NSEC {nsec}, MINIMUM {minimum}: {now}"));
        advance(Duration::from_secs(60)).await;
        lines.push_str(&format!(", a minute later {}", ttls(&cache)));
        advance(Duration::from_secs(3500)).await;
        lines.push_str(&format!(", after an hour {}\n", ttls(&cache)));
    }
    insta::assert_snapshot!(lines, @r"
    SOA 3600, NSEC 3600, MINIMUM 300: [300], a minute later [300], after an hour [40]
    SOA 3600, NSEC 200, MINIMUM 300: [200], a minute later [140], after an hour asked upstream
    SOA 100, NSEC 3600, MINIMUM 300: [100], a minute later [40], after an hour asked upstream
    SOA 0, NSEC 3600, MINIMUM 300: asked upstream, a minute later asked upstream, after an hour asked upstream
    SOA 3600, NSEC 3600, MINIMUM 0: asked upstream, a minute later asked upstream, after an hour asked upstream
    ");
}

/// A record that was made from a wildcard has a signature that holds under other names, too.
#[tokio::test(start_paused = true)]
async fn a_gap_that_was_made_from_a_wildcard_is_not_kept() {
    let tree = Tree::new();
    let zone = tree.zone("example.com.");
    let mut records = zone.rrset(&name("*.wild.example.com"), RecordType::NSEC);
    records.extend(zone.rrset(&name("example.com"), RecordType::SOA));
    records.extend(zone.rrset(&name("example.com"), RecordType::NSEC));
    for record in &mut records {
        if record.owner == name("*.wild.example.com") {
            record.owner = name("b.wild.example.com");
        }
    }
    let mut cache = GapCache::new(1_000);
    cache.store_authority(&records, Instant::now());
    insta::assert_snapshot!(answers(&cache, &[("c.wild.example.com", A), ("b.wild.example.com", MX)]), @r"
    c.wild.example.com A: asked upstream
    b.wild.example.com MX: asked upstream
    ");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_random_names_cost_a_query_for_each_gap() {
    let tree = Tree::new();
    let mut cache = GapCache::new(1_000);
    let mut queries = 0;
    for number in 0_u32..1_000 {
        let label = format!("{:x}", number.wrapping_mul(2_654_435_761));
        let qname: Name = format!("{label}.example.com").parse().expect("a name");
        if cache.synthesize(&qname, A, Instant::now()).is_none() {
            queries += 1;
            let response = tree.respond(&question(&qname.to_string(), A));
            assert_eq!(response.rcode, Rcode::NXDOMAIN, "{qname}");
            cache.store_authority(&response.authority, Instant::now());
        }
    }
    let gaps = tree.zone("example.com.").records.iter();
    let gaps = gaps.filter(|it| it.rtype() == RecordType::NSEC).count();
    assert!(
        queries <= gaps,
        "{queries} queries for 1,000 names, and the zone has {gaps} gaps"
    );
}
