//! Which RRset is fetched again after a bogus answer, and for how long it is known to be bogus.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use chain::{Bogus, Reason};
use chase::{Resolution, ResolutionFailure};
use dnsparse::{Class, Name, Question, RecordType};
use tokio::time::advance;
use trust::bogus_cache::BogusCache;
use trust::retries::{Retries, RrsetKey};

use super::tree::name;

const A: RecordType = RecordType::A;
const DS: RecordType = RecordType::DS;
const DNSKEY: RecordType = RecordType::DNSKEY;

fn key(owner: &str, rtype: RecordType) -> RrsetKey {
    (name(owner), rtype)
}

fn bogus(owner: &str, rtype: RecordType) -> Bogus {
    Bogus {
        owner: name(owner),
        rtype,
        reason: Reason::RrsigsMissing,
    }
}

fn server(number: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, number).into()
}

/// The client's question is `www.example.com A`, which server 1 has answered. Server 2 has sent the keys
/// of example.com, server 3 the DS records of another name.
fn retries() -> Retries {
    let mut retries = Retries::default();
    for (owner, rtype, number) in [
        ("www.example.com", A, 1),
        ("example.com", DNSKEY, 2),
        ("example.org", DS, 3),
    ] {
        retries.note_servers(key(owner, rtype), [server(number)].into());
    }
    retries
}

/// Lets a number of RRsets be bogus, one after the other, and shows the decisions.
fn decisions(retries: &mut Retries, rrsets: &[(&str, RecordType)]) -> String {
    let question = key("www.example.com", A);
    let mut lines = String::new();
    for (owner, rtype) in rrsets {
        let again = retries.handle_bogus(&question, &bogus(owner, *rtype), false);
        let again = again.map_or("it stays bogus".to_string(), |(owner, rtype)| {
            format!("{owner} {rtype} again")
        });
        let rejected: Vec<_> = retries.rejected().iter().map(IpAddr::to_string).collect();
        lines.push_str(&format!(
            "{owner} {rtype} is bogus: {again}, without {}\n",
            rejected.join(" ")
        ));
    }
    lines
}

#[test]
fn a_link_of_the_chain_is_fetched_again_by_itself_and_all_else_by_the_question() {
    let cases = [
        ("www.example.com", A),
        ("example.com", DNSKEY),
        // Its DS records came beside a referral, on the way to the answer.
        ("example.com", DS),
        // The alias's target came in the answer to the question.
        ("target.example.com", A),
    ];
    let lines = cases.map(|case| decisions(&mut retries(), &[case]));
    insta::assert_snapshot!(lines.concat(), @r"
    www.example.com A is bogus: www.example.com. A again, without 192.0.2.1
    example.com DNSKEY is bogus: example.com. DNSKEY again, without 192.0.2.2
    example.com DS is bogus: www.example.com. A again, without 192.0.2.1
    target.example.com A is bogus: www.example.com. A again, without 192.0.2.1
    ");
}

#[test]
fn an_rrset_is_fetched_again_once() {
    let rrsets = [
        ("www.example.com", A),
        ("www.example.com", A),
        ("example.com", DNSKEY),
        ("example.com", DNSKEY),
    ];
    insta::assert_snapshot!(decisions(&mut retries(), &rrsets), @r"
    www.example.com A is bogus: www.example.com. A again, without 192.0.2.1
    www.example.com A is bogus: it stays bogus, without 192.0.2.1
    example.com DNSKEY is bogus: example.com. DNSKEY again, without 192.0.2.1 192.0.2.2
    example.com DNSKEY is bogus: it stays bogus, without 192.0.2.1 192.0.2.2
    ");
}

/// DS records beside a referral and the target of an alias both came with the answer to the question.
#[test]
fn two_rrsets_of_one_answer_have_it_fetched_again_once() {
    let rrsets = [("example.com", DS), ("target.example.com", A)];
    insta::assert_snapshot!(decisions(&mut retries(), &rrsets), @r"
    example.com DS is bogus: www.example.com. A again, without 192.0.2.1
    target.example.com A is bogus: it stays bogus, without 192.0.2.1
    ");
}

#[test]
fn the_servers_of_the_second_answer_are_rejected_as_well() {
    let mut retries = retries();
    let first = decisions(&mut retries, &[("www.example.com", A)]);
    retries.note_servers(key("www.example.com", A), [server(6)].into());
    let second = decisions(&mut retries, &[("www.example.com", A)]);
    insta::assert_snapshot!(first + &second, @r"
    www.example.com A is bogus: www.example.com. A again, without 192.0.2.1
    www.example.com A is bogus: it stays bogus, without 192.0.2.1 192.0.2.6
    ");
}

#[test]
fn only_ds_and_dnskey_rrsets_are_links() {
    let mut retries = retries();
    retries.note_servers(key("target.example.com", A), [server(7)].into());
    insta::assert_snapshot!(decisions(&mut retries, &[("target.example.com", A)]), @"target.example.com A is bogus: www.example.com. A again, without 192.0.2.1");
}

#[test]
fn one_answer_has_three_retries_at_the_most() {
    let mut retries = retries();
    retries.note_servers(key("com", DNSKEY), [server(4), server(5)].into());
    let rrsets = [
        ("example.com", DNSKEY),
        ("com", DNSKEY),
        ("example.org", DS),
        ("www.example.com", A),
    ];
    insta::assert_snapshot!(decisions(&mut retries, &rrsets), @r"
    example.com DNSKEY is bogus: example.com. DNSKEY again, without 192.0.2.2
    com DNSKEY is bogus: com. DNSKEY again, without 192.0.2.2 192.0.2.4 192.0.2.5
    example.org DS is bogus: example.org. DS again, without 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5
    www.example.com A is bogus: it stays bogus, without 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5
    ");
}

#[test]
fn an_rrset_that_was_bogus_a_moment_ago_is_not_fetched_again() {
    let mut retries = retries();
    let question = key("www.example.com", A);
    let again = retries.handle_bogus(&question, &bogus("www.example.com", A), true);
    assert_eq!(again, None, "known to be bogus at all servers");
    assert!(retries.rejected().is_empty(), "{:?}", retries.rejected());
}

#[tokio::test(start_paused = true)]
async fn a_bogus_rrset_is_known_for_longer_each_time() {
    let cache = BogusCache::new(10);
    let owner = name("www.example.com");
    let mut pauses = Vec::new();
    for _ in 0..9 {
        cache.store(&owner, A, None);
        let mut seconds = 0;
        while cache.contains(&owner, A) {
            advance(Duration::from_secs(1)).await;
            seconds += 1;
        }
        pauses.push(seconds);
    }
    assert_eq!(
        pauses,
        [5, 10, 20, 40, 80, 160, 300, 300, 300],
        "the seconds for which each result is known"
    );
    assert!(!cache.contains(&owner, RecordType::AAAA), "another type");
}

#[tokio::test(start_paused = true)]
async fn results_at_the_same_time_count_once() {
    let cache = BogusCache::new(10);
    for _ in 0..5 {
        cache.store(&Name::ROOT, DNSKEY, None);
    }
    advance(Duration::from_secs(5)).await;
    assert!(!cache.contains(&Name::ROOT, DNSKEY), "after five seconds");
}

#[tokio::test(start_paused = true)]
async fn a_bogus_answer_is_kept_for_clients_with_cd() {
    let cache = BogusCache::new(10);
    let question = Question {
        qname: name("www.example.com"),
        qtype: A,
        qclass: Class::IN,
    };
    let resolution = Resolution {
        queries: 7,
        ..Resolution::failed(ResolutionFailure::NoRoute)
    };
    cache.store(&question.qname, A, Some(&resolution));
    let kept = cache.resolution(&question).map(|it| it.queries);
    assert_eq!(kept, Some(0), "the queries that the kept answer has cost");
    cache.clear();
    assert!(
        !cache.contains(&question.qname, A),
        "after the clock was set"
    );
}
