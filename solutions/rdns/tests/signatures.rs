//! The signatures of replies: asked for and kept only by a resolver with a keeper, found by the
//! content of what they sign, and replaced by those of another server where validation rejects them.
//!
//! No signature here is a true one: nothing is validated.
#![cfg(test)]

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use chase::{Resolution, Resolver, Trace};
use dnsparse::{DnsPacket, Question, Record};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, repeat, replies};
use negative::SharedCache;
use network::Via;
use programs::dnssec::evidence::Subject;
use programs::dnssec::signatures::SignatureCache;
use rand::SeedableRng;
use rand::rngs::StdRng;

const ROOT: &str = "192.0.2.1";
const FIRST: &str = "192.0.2.11";
const SECOND: &str = "192.0.2.12";

/// Adds the DNSSEC records that a signed zone would have: to the answers of `www` and `*.wild`, to
/// negative answers, and to the referral.
fn sign(packet: &mut DnsPacket) {
    let (has_www, has_wild) = {
        let has = |name: &str| (packet.answers.iter()).any(|it| it.owner.to_string() == name);
        (has("www.shop."), has("any.wild.shop."))
    };
    let is_referral = (packet.authorities.iter()).any(|it| it.owner.to_string() == "shop.");
    let signature = |owner: &str, covered: &str, labels: u8| {
        record(&format!(
            "{owner} 60 RRSIG {covered} 13 {labels} 60 20300101000000 20200101000000 1 shop. AAAA"
        ))
    };
    if has_www {
        packet.answers.push(signature("www.shop.", "A", 2));
        packet.answers.push(signature("www.shop.", "AAAA", 2));
    } else if has_wild {
        packet.answers.push(signature("any.wild.shop.", "A", 2));
    } else if is_referral && !packet.header.aa {
        packet.authorities.push(record("shop. 60 DS 1 13 2 00"));
        packet.authorities.push(signature("shop.", "DS", 1));
    }
    if packet.header.aa && !has_www {
        packet
            .authorities
            .push(record("a.shop. 60 NSEC z.shop. A RRSIG NSEC"));
        packet.authorities.push(signature("a.shop.", "NSEC", 2));
        packet
            .authorities
            .push(record("a.elsewhere. 60 NSEC z.elsewhere. A RRSIG NSEC"));
    }
}

fn record(text: &str) -> Record {
    text.parse().expect(text)
}

fn lab() -> Lab {
    let lab = LabBuilder::new()
        .zone(
            ".",
            "@ 60 SOA ns mail 1 1d 2h 4w 5m
@ 60 NS ns
ns 60 A 192.0.2.1
shop 60 NS one.shop
shop 60 NS two.shop
one.shop 60 A 192.0.2.11
two.shop 60 A 192.0.2.12",
        )
        .zone(
            "shop.",
            "@ 60 SOA one mail 1 1d 2h 4w 5m
@ 60 NS one
@ 60 NS two
one 60 A 192.0.2.11
two 60 A 192.0.2.12
www 60 A 192.0.2.80
*.wild 60 A 192.0.2.81",
        )
        .build()
        .expect("the lab is built");
    for server in [ROOT, FIRST, SECOND] {
        let server = format!("{server}:53").parse().unwrap();
        lab.script(server, Via::Udp, [repeat(replies().edited(sign))]);
    }
    lab
}

/// A resolver over the lab, with or without a keeper of signatures.
struct Setup {
    lab: Lab,
    resolver: Resolver<Lab, SharedCache>,
    signatures: SignatureCache,
    trace: Trace,
}

impl Setup {
    fn new(keeps_signatures: bool) -> Setup {
        let lab = lab();
        let hints = hints_of(lab.root_hints());
        let signatures = SignatureCache::new(1_000);
        let mut resolver = Resolver::new(lab.clone(), SharedCache::new(hints, 1_000));
        if keeps_signatures {
            resolver = resolver.with_signatures(Arc::new(signatures.clone()));
        }
        Setup {
            lab,
            resolver,
            signatures,
            trace: Trace::default(),
        }
    }

    async fn resolve(&mut self, name: &str) -> Resolution {
        let mut random = StdRng::seed_from_u64(7);
        let resolver = &self.resolver;
        resolver
            .resolve(&question(name), &mut random, &mut self.trace)
            .await
    }

    /// Returns the evidence that is kept for a subject, one record a line.
    fn evidence(&self, subject: &Subject) -> String {
        let Some(received) = self.signatures.evidence(subject) else {
            return "none".to_owned();
        };
        let evidence = &received.evidence;
        let part = |title: &str, records: &[Record]| {
            let line = |it: &Record| format!("{title} {it}").replace('\t', " ");
            let lines: Vec<_> = records.iter().map(line).collect();
            lines
        };
        let lines = [
            part("ds", &evidence.ds),
            part("signature", &evidence.signatures),
            part("proof", &evidence.proof),
        ];
        lines.concat().join("\n")
    }

    /// Returns whether each query so far had DO.
    fn dnssec_ok(&self) -> BTreeSet<bool> {
        let queries = self.lab.queries();
        let packets = queries.iter().filter_map(|query| query.packet());
        let bits = packets.map(|it| it.edns.is_some_and(|edns| edns.do_bit));
        bits.collect()
    }
}

fn question(name: &str) -> Question {
    query::question(name, "A").expect(name)
}

#[tokio::test(start_paused = true)]
async fn only_a_resolver_that_keeps_signatures_asks_for_them() {
    for keeps in [false, true] {
        let mut setup = Setup::new(keeps);
        let resolution = setup.resolve("www.shop").await;
        assert_eq!(
            setup.dnssec_ok(),
            BTreeSet::from([keeps]),
            "DO in the queries of a resolver whose keeping of signatures is {keeps}"
        );
        let records: Vec<_> = resolution.records.iter().map(Record::to_string).collect();
        assert_eq!(
            records.len(),
            1,
            "the resolution has the address alone, and not its signatures: {records:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_signatures_of_an_rrset_are_found_by_its_content() {
    let mut setup = Setup::new(true);
    let mut records = setup.resolve("www.shop").await.records;
    let subject = setup.signatures.rrset(&records).expect("an RRset");
    insta::assert_snapshot!(setup.evidence(&subject), @"signature www.shop. 60 IN RRSIG A 13 2 60 20300101000000 20200101000000 1 shop. AAAA");
    records.push(record("www.shop. 60 A 192.0.2.66"));
    let other = setup.signatures.rrset(&records).expect("an RRset");
    assert_eq!(
        setup.evidence(&other),
        "none",
        "the evidence for an RRset with one more record"
    );
}

#[tokio::test(start_paused = true)]
async fn a_proof_is_kept_with_a_wildcard_and_with_absence() {
    let mut setup = Setup::new(true);
    let wild = setup.resolve("any.wild.shop").await;
    let subject = setup.signatures.rrset(&wild.records).expect("an RRset");
    insta::assert_snapshot!(setup.evidence(&subject), @r"
    signature any.wild.shop. 60 IN RRSIG A 13 2 60 20300101000000 20200101000000 1 shop. AAAA
    proof a.shop. 60 IN NSEC z.shop. A RRSIG NSEC
    proof a.shop. 60 IN RRSIG NSEC 13 2 60 20300101000000 20200101000000 1 shop. AAAA
    ");
    setup.resolve("nosuch.shop").await;
    let subject = Subject::NxDomain(question("nosuch.shop").qname);
    insta::assert_snapshot!(setup.evidence(&subject), @r"
    proof a.shop. 60 IN NSEC z.shop. A RRSIG NSEC
    proof a.shop. 60 IN RRSIG NSEC 13 2 60 20300101000000 20200101000000 1 shop. AAAA
    ");
}

#[tokio::test(start_paused = true)]
async fn the_ds_records_beside_a_referral_are_kept() {
    let mut setup = Setup::new(true);
    setup.resolve("www.shop").await;
    let subject = Subject::Delegation(question("shop").qname);
    insta::assert_snapshot!(setup.evidence(&subject), @r"
    ds shop. 60 IN DS 1 13 2 00
    signature shop. 60 IN RRSIG DS 13 1 60 20300101000000 20200101000000 1 shop. AAAA
    ");
}

#[tokio::test(start_paused = true)]
async fn after_a_rejection_another_server_is_queried_and_not_the_cache() {
    let mut setup = Setup::new(true);
    setup.resolve("www.shop").await;
    let before = setup.lab.queries().len();
    let mut random = StdRng::seed_from_u64(7);
    let rejected: BTreeSet<IpAddr> = [FIRST.parse().unwrap()].into();
    let again = setup
        .resolver
        .resolve_again(
            &question("www.shop"),
            &rejected,
            &mut random,
            &mut setup.trace,
        )
        .await;
    let queries = setup.lab.queries();
    let servers: Vec<_> = queries
        .iter()
        .skip(before)
        .map(|it| it.server.ip())
        .collect();
    let second: IpAddr = SECOND.parse().unwrap();
    assert_eq!(
        (servers, again.queries),
        (vec![second], 1),
        "the servers queried again, and the number of queries that the search counts; its trace:\n{}",
        setup.trace
    );
}
