//! The validator over the resolver: what it looks up and verifies, and how often; and what becomes of
//! answers that are bogus.
//!
//! The statuses themselves are compared with those of unbound and delv in `interop`.
#![cfg(test)]

mod aggressive;
mod cases;
mod lost_datagrams;
mod one_bad_server;
mod rollover;
mod shop;

#[path = "../../../../lessons/lesson-18-chain/tests/tree/signer.rs"]
#[allow(dead_code)]
mod signer;

use std::time::Duration;

use chase::{Resolution, Security};
use dnsparse::{DnsPacket, Question, Rcode, RecordType};
use programs::dnssec::reply::complete;
use recursive::reply::fill;
use shop::{EXPIRES, Fault, Shop};
use tokio::time::advance;

/// A status with its reason, in a line.
fn status(resolution: &Resolution) -> String {
    let Some(dnssec) = &resolution.dnssec else {
        return format!("not validated: {:?}", resolution.failure);
    };
    let reason = dnssec.reason.as_ref();
    let reason = reason.map(|it| format!(", {} {}", it.info_code, it.text));
    format!("{:?}{}", dnssec.security, reason.unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn an_answer_a_wildcard_an_alias_and_an_absence_are_secure() {
    let mut shop = Shop::new(Fault::None, Fault::None);
    for name in ["www", "any.wild", "alias", "nosuch", "below.nosuch"] {
        let resolution = shop.resolve(name).await;
        assert_eq!(status(&resolution), "Secure", "{name}; {}", shop.trace);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_looked_up_and_verified_once_for_all_names_of_a_zone() {
    let mut shop = Shop::new(Fault::None, Fault::None);
    shop.resolve("www").await;
    assert_eq!(
        (shop.queries("DNSKEY"), shop.verifications()),
        (1, 2),
        "queries for keys, and verifications, for the first name: its keys, and its address"
    );
    shop.resolve("one").await;
    assert_eq!(
        (shop.queries("DNSKEY"), shop.verifications()),
        (1, 3),
        "the same after the second name"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_from_the_cache_is_not_verified_again() {
    let mut shop = Shop::new(Fault::None, Fault::None);
    let names = ["www", "any.wild", "alias", "nosuch"];
    for name in names {
        shop.resolve(name).await;
    }
    let (verifications, queries) = (shop.verifications(), shop.lab.queries().len());
    advance(Duration::from_secs(30)).await;
    for name in names {
        let again = shop.resolve(name).await;
        assert_eq!(status(&again), "Secure", "{name} from the cache");
        let dnssec = again.dnssec.expect("it is validated");
        let records = again.records.iter().chain(&dnssec.signatures);
        let records = records.chain(&again.soa).chain(&dnssec.proofs);
        for record in records {
            assert!(
                record.ttl <= 270,
                "{name}: its age was not subtracted: {record}"
            );
        }
    }
    assert_eq!(
        (shop.verifications(), shop.lab.queries().len()),
        (verifications, queries),
        "verifications and queries after the second round; before: {verifications} and {queries}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_fetched_again_has_its_whole_ttl_and_is_verified_again() {
    let mut shop = Shop::new(Fault::None, Fault::None);
    for (host, ttl) in [
        ("www", 300),
        ("any.wild", 300),
        ("alias", 300),
        ("nosuch", 60),
    ] {
        shop.resolve(host).await;
        advance(Duration::from_secs(50)).await;
        shop.prefetch(host).await;
        let verifications = shop.verifications();
        let again = shop.resolve(host).await;
        assert_eq!(status(&again), "Secure", "{host} when it was fetched again");
        let dnssec = again.dnssec.expect("it is validated");
        let records = again.records.iter().chain(&again.soa);
        for record in records.chain(&dnssec.signatures) {
            assert!(
                (ttl - 1..=ttl).contains(&record.ttl),
                "{host}, fetched a moment ago: {record}"
            );
        }
        assert!(
            shop.verifications() > verifications,
            "{host}: the signatures that came with it are not those of last time"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_of_an_answer_has_its_own_ttl_also_from_the_cache() {
    let mut shop = Shop::at(EXPIRES - 200, Fault::None, Fault::None);
    shop.resolve("www").await;
    advance(Duration::from_secs(20)).await;
    let verifications = shop.verifications();
    let again = shop.resolve("www").await;
    let ttls: Vec<u32> = again.records.iter().map(|record| record.ttl).collect();
    assert_eq!(
        (ttls, shop.verifications()),
        (vec![180], verifications),
        "the TTL while the signature expires before the record, and the verifications"
    );
}

#[tokio::test(start_paused = true)]
async fn a_bogus_answer_is_remembered_and_given_to_clients_with_cd() {
    let mut shop = Shop::new(Fault::Forged, Fault::Forged);
    let bogus = shop.resolve("www").await;
    insta::assert_snapshot!(status(&bogus), @"Bogus, 6 bogus: www.shop. A: no signature holds: the signature does not match the key and the records");
    let (verifications, queries) = (shop.verifications(), shop.lab.queries().len());
    advance(Duration::from_secs(4)).await;
    let again = shop.resolve("www").await;
    assert_eq!(
        (status(&again), again.queries),
        (status(&bogus), 0),
        "the status and the queries of the second search"
    );
    assert_eq!(
        (shop.verifications(), shop.lab.queries().len()),
        (verifications, queries),
        "verifications and queries within five seconds; before: {verifications} and {queries}"
    );
    for (cd, rcode, answers) in [(false, Rcode::SERVFAIL, 0), (true, Rcode::NOERROR, 1)] {
        let mut query = DnsPacket::query(7, "www.shop".parse().unwrap(), RecordType::A);
        query.header.cd = cd;
        let mut reply = DnsPacket::reply_to(&query);
        fill(&mut reply, &again);
        complete(&query, &mut reply, &again);
        assert_eq!(
            (reply.rcode(), reply.answers.len(), reply.header.ad),
            (rcode, answers, false),
            "RCODE, records and AD of the reply to a query with CD {cd}"
        );
    }
    advance(Duration::from_secs(2)).await;
    shop.resolve("www").await;
    assert!(
        shop.lab.queries().len() > queries,
        "after six seconds the servers were not asked again; {}",
        shop.trace
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_no_longer_than_its_signature_is_valid() {
    let mut shop = Shop::at(EXPIRES - 10, Fault::None, Fault::None);
    let resolution = shop.resolve("www").await;
    let ttls: Vec<u32> = resolution.records.iter().map(|record| record.ttl).collect();
    assert_eq!(
        ttls,
        [10],
        "the TTL ten seconds before the signature expires"
    );
    advance(Duration::from_secs(12)).await;
    let late = shop.resolve("www").await;
    insta::assert_snapshot!(status(&late), @"Bogus, 7 bogus: shop. DNSKEY: no signature holds: it has expired");
}

#[tokio::test(start_paused = true)]
async fn a_zone_that_is_excepted_is_insecure_until_the_exception_ends() {
    let mut shop = Shop::new(Fault::Forged, Fault::Forged);
    shop.except("shop", 60);
    let resolution = shop.resolve("www").await;
    insta::assert_snapshot!(status(&resolution), @"Insecure, 0 shop. is not validated: its operator, or this server's, has said so");
    let ttls: Vec<u32> = resolution.records.iter().map(|record| record.ttl).collect();
    assert_eq!(ttls, [60], "the TTL a minute before the exception ends");
    advance(Duration::from_secs(61)).await;
    for host in ["www", "one"] {
        let later = shop.resolve(host).await;
        let security = later.dnssec.map(|it| it.security);
        assert_eq!(
            security,
            Some(Security::Bogus),
            "{host} when the exception has ended"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_inside_a_zone_may_be_excepted() {
    for (fault, excepted, host, expected) in [
        (Fault::Forged, "www.shop", "www", Security::Insecure),
        (Fault::Forged, "www.shop", "alias", Security::Insecure),
        (Fault::Forged, "www.shop", "one", Security::Bogus),
        (Fault::Forged, "alias.shop", "alias", Security::Bogus),
        // The trust anchor of the zone is closer.
        (Fault::Forged, ".", "www", Security::Bogus),
        (Fault::Forged, "wild.shop", "any.wild", Security::Insecure),
        (
            Fault::NoProof,
            "nosuch.shop",
            "below.nosuch",
            Security::Insecure,
        ),
        (Fault::NoProof, "nosuch.shop", "nothing", Security::Bogus),
    ] {
        let mut shop = Shop::new(fault, fault);
        shop.except(excepted, 60);
        let resolution = shop.resolve(host).await;
        assert_eq!(
            resolution.dnssec.map(|it| it.security),
            Some(expected),
            "{host} with {fault:?} and an exception for {excepted}; {}",
            shop.trace
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_without_a_trust_anchor_above_it_is_indeterminate() {
    let mut shop = Shop::new(Fault::None, Fault::None);
    let question = Question {
        qname: "ns".parse().unwrap(),
        ..shop.question("www")
    };
    let resolution = shop.resolve_question(&question).await;
    assert_eq!(status(&resolution), "Indeterminate", "{}", shop.trace);
}

#[tokio::test(start_paused = true)]
async fn a_server_of_keys_that_does_not_reply_fails_the_answer_and_not_the_zone() {
    let mut shop = Shop::new(Fault::NoKeys, Fault::NoKeys);
    let resolution = shop.resolve("www").await;
    let security = resolution.dnssec.as_ref().map(|it| it.security);
    assert!(
        security.is_none_or(|it| it == Security::Bogus),
        "without keys: {}; {}",
        status(&resolution),
        shop.trace
    );
    shop.mend();
    advance(Duration::from_secs(60)).await;
    let resolution = shop.resolve("www").await;
    assert_eq!(
        status(&resolution),
        "Secure",
        "when they reply again; {}",
        shop.trace
    );
}
