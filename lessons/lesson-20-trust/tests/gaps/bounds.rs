//! The bound on the records that are kept, and which ones are pushed out.

use dnsparse::{Nsec, Rdata, Record, RecordType, TypeBitmap};
use tokio::time::Instant;
use trust::gap_cache::GapCache;

use super::super::tree::signer::{Key, record};
use super::super::tree::{Tree, name, question};
use super::{A, answers};

/// Makes a signed NSEC record of a hostile zone.
pub(super) fn gap(owner: &str, next: &str, zone: &str) -> Vec<Record> {
    let nsec = Nsec {
        next: name(next),
        types: TypeBitmap::new([A, RecordType::NSEC, RecordType::RRSIG]),
    };
    let nsec = record(&name(owner), Rdata::Nsec(Box::new(nsec)));
    let rrsig = Key::new(9).sign(&name(zone), std::slice::from_ref(&nsec));
    vec![nsec, rrsig]
}

#[tokio::test(start_paused = true)]
async fn a_zone_with_a_gap_for_each_question_pushes_out_its_own() {
    let mut cache = GapCache::new(100);
    let tree = Tree::new();
    let response = tree.respond(&question("nosuch.example.com", A));
    cache.store_authority(&response.authority, Instant::now());
    for number in 0..1_000 {
        let (owner, next) = (
            format!("n{number:04}.evil.test"),
            format!("n{number:04}a.evil.test"),
        );
        cache.store_authority(&gap(&owner, &next, "evil.test"), Instant::now());
        let records = cache.records();
        assert!(records <= 100, "{records} records after {number} gaps");
    }
    insta::assert_snapshot!(answers(&cache, &[("nosuch2.example.com", A)]), @"nosuch2.example.com A: NXDOMAIN, by gone.example.com. example.com.");
}

#[tokio::test(start_paused = true)]
async fn a_gap_that_was_made_for_one_question_is_not_kept() {
    let mut cache = GapCache::new(100);
    let records = gap("x.evil.test", r"\000.x.evil.test", "evil.test");
    cache.store_authority(&records, Instant::now());
    assert_eq!(cache.records(), 0, "a gap without a name in it is kept");
    let outside = gap("x.other.test", "y.other.test", "evil.test");
    cache.store_authority(&outside, Instant::now());
    assert_eq!(
        cache.records(),
        0,
        "a gap outside its signer's zone is kept"
    );
}

#[tokio::test(start_paused = true)]
async fn records_without_signatures_are_not_kept() {
    let tree = Tree::new();
    let mut response = tree.respond(&question("nosuch.example.com", A));
    response
        .authority
        .retain(|it| it.rtype() != RecordType::RRSIG);
    let mut cache = GapCache::new(100);
    cache.store_authority(&response.authority, Instant::now());
    assert_eq!(cache.records(), 0, "records");
}

#[tokio::test(start_paused = true)]
async fn the_same_records_are_kept_once() {
    let tree = Tree::new();
    let response = tree.respond(&question("nosuch.example.com", A));
    let mut cache = GapCache::new(100);
    cache.store_authority(&response.authority, Instant::now());
    let once = cache.records();
    for _ in 0..100 {
        cache.store_authority(&response.authority, Instant::now());
    }
    assert_eq!(cache.records(), once, "records after 100 more replies");
    cache.clear();
    assert_eq!(cache.records(), 0, "records after they were removed");
}
