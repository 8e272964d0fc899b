//! Answers from NSEC records that were validated before (RFC 8198): what they save, and that they are
//! what the zone's servers would have answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chain::{Context, NoZones, Response, Status, Step, TrustAnchors, Validation};
use chase::{Resolution, Security, Trace};
use crypto::Ring;
use dnsparse::{Class, DnsPacket, Edns, Name, Question, Rcode, RecordType};
use hashed::NsecAndNsec3;
use lab::Lab;
use lab::signed::NOW;
use negative::SharedCache;
use programs::dnssec::reply::complete;
use programs::dnssec::setup::lab_anchors;
use programs::dnssec::validator::Validator;
use recursive::reply::fill;
use tokio::time::advance;
use trust::exceptions::{Exceptions, OwnZones};

use super::cases::{validator, validator_and_state};
use super::shop::{EXPIRES, Fault, Shop};
use super::status;

type LabValidator = Validator<Lab, SharedCache, chase::InOrder>;

const A: RecordType = RecordType::A;

/// The extended error of an answer that no server has given.
const SYNTHESIZED: u16 = 29;

fn question(name: &str, qtype: RecordType) -> Question {
    Question {
        qname: name.parse().expect(name),
        qtype,
        qclass: Class::IN,
    }
}

async fn resolve(validator: &LabValidator, name: &str, qtype: RecordType) -> Resolution {
    let mut trace = Trace::default();
    validator.resolve(&question(name, qtype), &mut trace).await
}

/// Whether an answer follows from gaps.
fn is_synthesized(resolution: &Resolution) -> bool {
    let dnssec = resolution.dnssec.as_ref();
    let reason = dnssec.and_then(|dnssec| dnssec.reason.as_ref());
    reason.is_some_and(|reason| reason.info_code == SYNTHESIZED)
}

/// Resolves random names of a zone, and returns the number of upstream queries.
async fn flood(aggressive: bool, zone: &str, names: u32) -> usize {
    let lab = Lab::signed_internet();
    let validator = validator(&lab, Exceptions::default(), aggressive);
    for number in 0..names {
        let label = format!("{:08x}", number.wrapping_mul(2_654_435_761));
        let name = format!("{label}.{zone}");
        let resolution = resolve(&validator, &name, A).await;
        assert_eq!(resolution.rcode, Rcode::NXDOMAIN, "{name}");
        let security = resolution.dnssec.map(|dnssec| dnssec.security);
        assert_eq!(security, Some(Security::Secure), "{name}");
    }
    lab.queries().len()
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_random_names_costs_a_query_for_each_gap() {
    let plain = flood(false, "example.com", 100).await;
    assert!(plain >= 100, "without gaps: {plain} queries for 100 names");
    for (zone, names, most) in [("example.com", 500, 40), ("com", 500, 100)] {
        let queries = flood(true, zone, names).await;
        assert!(
            queries <= most,
            "{queries} queries for {names} names below {zone}, and not {most} at the most"
        );
    }
}

/// Validates an answer with nothing but the root's key, as a client with DO would.
fn status_for_a_client(lab: &Lab, question: &Question, resolution: &Resolution) -> Status {
    let mut query = DnsPacket::query(7, question.qname.clone(), question.qtype);
    query.edns = Some(Edns {
        do_bit: true,
        ..Edns::default()
    });
    let mut reply = DnsPacket::reply_to(&query);
    fill(&mut reply, resolution);
    let dnssec = resolution.dnssec.as_ref().expect("it is validated");
    let mut response = Response::from(&reply);
    response.answer.extend(dnssec.signatures.iter().cloned());
    response.authority.extend(dnssec.proofs.iter().cloned());
    let (anchors, context) = (lab_anchors(), |anchors| Context {
        anchors,
        known: &NoZones,
        proofs: &NsecAndNsec3,
        now: NOW,
        crypto: &Ring,
    });
    let context = context(&anchors);
    let mut validation = Validation::new(question, response);
    loop {
        let (qname, qtype) = match validation.step(&context) {
            Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
            Step::Ds(name) => (name, RecordType::DS),
            Step::Done(verdict) => return verdict.status,
        };
        validation.handle_response(&ask(lab, &qname, qtype), &context);
    }
}

/// Asks a server of the zone that has the answer.
fn ask(lab: &Lab, qname: &Name, qtype: RecordType) -> Response {
    let question = Question {
        qname: qname.clone(),
        qtype,
        qclass: Class::IN,
    };
    Response::from(&lab.authoritative_reply(&question).expect("a reply"))
}

/// Fills the gaps by some names, and asks for others.
#[tokio::test(start_paused = true)]
async fn an_answer_without_a_query_is_that_of_the_server_and_its_client_can_validate_it() {
    let lab = Lab::signed_internet();
    let aggressive = validator(&lab, Exceptions::default(), true);
    for (name, qtype) in [
        ("nosuch.example.com", A),
        ("hhh.example.com", A),
        ("mail.example.com", RecordType::MX),
        ("one.wild.example.com", RecordType::TXT),
        ("xxx.example.com", A),
        ("zzz.com", A),
        ("nosuch.", A),
    ] {
        resolve(&aggressive, name, qtype).await;
    }
    let mut synthesized = 0;
    for (name, qtype) in [
        ("nosuck.example.com", A),
        ("a.b.nosuch.example.com", RecordType::MX),
        ("mail.example.com", RecordType::TXT),
        ("two.wild.example.com", RecordType::TXT),
        ("a.two.wild.example.com", RecordType::TXT),
        ("two.wild.example.com", RecordType::MX),
        ("known.wild.example.com", RecordType::TXT),
        ("known.wild.example.com", A),
        ("below.known.wild.example.com", RecordType::TXT),
        ("ftp.example.com", RecordType::TXT),
        ("deep.example.com", A),
        ("sub.example.com", RecordType::DS),
        ("www.sub.example.com", A),
        ("example.com", RecordType::DS),
        ("example.com", RecordType::NSEC),
        ("zzy.com", A),
        ("nosuchtld.", A),
        ("com", RecordType::DS),
        ("google.com", RecordType::DS),
    ] {
        let before = lab.queries().len();
        let answer = resolve(&aggressive, name, qtype).await;
        let fresh = resolve(&validator(&lab, Exceptions::default(), false), name, qtype).await;
        let shown = |it: &Resolution| {
            let records = it.records.iter().map(|it| it.rdata.to_string());
            (it.rcode, records.collect::<Vec<_>>(), it.soa.is_some())
        };
        assert_eq!(
            shown(&answer),
            shown(&fresh),
            "{name} {qtype}: RCODE, records and SOA from the gaps, and from the servers"
        );
        let queries = lab.queries().len() - before;
        if !is_synthesized(&answer) {
            continue;
        }
        synthesized += 1;
        let question = question(name, qtype);
        let status = status_for_a_client(&lab, &question, &answer);
        assert_eq!(
            status,
            Status::Secure,
            "{name} {qtype}, after {queries} queries"
        );
    }
    assert!(synthesized >= 6, "only {synthesized} answers from gaps");
}

#[tokio::test(start_paused = true)]
async fn a_wildcard_answers_for_the_names_of_its_gap_alone() {
    let lab = Lab::signed_internet();
    let validator = validator(&lab, Exceptions::default(), true);
    let mut lines = String::new();
    for name in ["one.wild", "two.wild", "a.three.wild", "known.wild", "wild"] {
        let name = format!("{name}.example.com");
        let before = lab.queries().len();
        let resolution = resolve(&validator, &name, RecordType::TXT).await;
        let records = resolution.records.iter().map(|it| it.rdata.to_string());
        let records: Vec<String> = records.collect();
        let is_asked = lab.queries().len() > before;
        let how = if is_asked { "asked" } else { "without a query" };
        lines.push_str(&format!("{name}: {} {how}\n", records.join(" ")));
    }
    insta::assert_snapshot!(lines, @r#"
    one.wild.example.com: "made from a wildcard" asked
    two.wild.example.com: "made from a wildcard" without a query
    a.three.wild.example.com: "made from a wildcard" without a query
    known.wild.example.com:  asked
    wild.example.com:  asked
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_cached_answer_of_the_name_itself_comes_first() {
    let lab = Lab::signed_internet();
    let validator = validator(&lab, Exceptions::default(), true);
    for _ in 0..2 {
        let own = resolve(&validator, "nosuch.example.com", A).await;
        assert!(!is_synthesized(&own), "{}", status(&own));
    }
    let other = resolve(&validator, "nosuck.example.com", A).await;
    assert!(is_synthesized(&other), "{}", status(&other));
    insta::assert_snapshot!(status(&other), @"Secure, 29 from validated NSEC records");
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_forgotten_when_its_ttl_ends() {
    let mut shop = Shop::new(Fault::None, Fault::None);
    shop.use_gaps();
    shop.resolve("nosuch").await;
    let before = shop.lab.queries().len();
    for (seconds, is_asked) in [(0, false), (59, false), (2, true)] {
        advance(Duration::from_secs(seconds)).await;
        let name = format!("nosuch{seconds}");
        let resolution = shop.resolve(&name).await;
        let all = resolution.soa.iter().map(|soa| soa.ttl);
        assert!(
            all.clone().all(|ttl| ttl <= 60),
            "TTLs: {:?}",
            all.collect::<Vec<_>>()
        );
        let queries = shop.lab.queries().len() - before;
        assert_eq!(
            queries > 0,
            is_asked,
            "{queries} queries for {name}; {}",
            shop.trace
        );
    }
}

/// A client with CD gets bogus data, and no other client anything that follows from them.
#[tokio::test(start_paused = true)]
async fn bogus_gaps_deny_nothing() {
    let mut shop = Shop::at(EXPIRES + 10, Fault::None, Fault::None);
    shop.use_gaps();
    let bogus = shop.resolve("nosuch").await;
    let security = bogus.dnssec.as_ref().map(|it| it.security);
    assert_eq!(
        security,
        Some(Security::Bogus),
        "with signatures that have expired"
    );
    let before = shop.lab.queries().len();
    let other = shop.resolve("nosuck").await;
    assert!(!is_synthesized(&other), "{}", status(&other));
    let queries = shop.lab.queries().len() - before;
    assert!(queries > 0, "no query for another name; {}", shop.trace);
}

/// The data are secure, and so there is nothing that CD would change.
#[tokio::test(start_paused = true)]
async fn a_query_with_cd_or_ad_has_the_flags_of_any_secure_answer() {
    let mut shop = Shop::new(Fault::None, Fault::None);
    shop.use_gaps();
    shop.resolve("nosuch").await;
    let resolution = shop.resolve("nosuck").await;
    assert!(is_synthesized(&resolution), "{}", status(&resolution));
    for (cd, ad) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut query = DnsPacket::query(7, "nosuck.shop".parse().unwrap(), A);
        (query.header.cd, query.header.ad) = (cd, ad);
        let mut reply = DnsPacket::reply_to(&query);
        fill(&mut reply, &resolution);
        complete(&query, &mut reply, &resolution);
        assert_eq!(
            (reply.rcode(), reply.header.ad),
            (Rcode::NXDOMAIN, ad),
            "RCODE and AD of the reply to a query with CD {cd}, AD {ad}"
        );
    }
}

/// A zone that the operator has given servers of its own, from a moment on.
#[derive(Debug)]
struct Later(AtomicBool);

impl OwnZones for Later {
    fn closest(&self, name: &Name) -> Option<Name> {
        let zone: Name = "corq".parse().ok()?;
        let is_own = self.0.load(Ordering::Relaxed) && name.is_at_or_below(&zone);
        is_own.then_some(zone)
    }
}

#[tokio::test(start_paused = true)]
async fn the_root_does_not_deny_zones_that_the_operator_has_named() {
    let lab = Lab::signed_internet();
    let own = Arc::new(Later(AtomicBool::new(false)));
    let exceptions = Exceptions::default().with_own_zones(Arc::clone(&own) as _);
    let validator = validator(&lab, exceptions, true);
    resolve(&validator, "corp", A).await;
    let denied = resolve(&validator, "www.corq", A).await;
    assert!(is_synthesized(&denied), "{}", status(&denied));
    own.0.store(true, Ordering::Relaxed);
    let own = resolve(&validator, "www.corq", A).await;
    assert!(!is_synthesized(&own), "{}", status(&own));
}

#[tokio::test(start_paused = true)]
async fn other_trust_anchors_start_without_the_gaps_of_the_old_ones() {
    let lab = Lab::signed_internet();
    let (validator, state) = validator_and_state(&lab, Exceptions::default(), true);
    resolve(&validator, "nosuch.example.com", A).await;
    let before = resolve(&validator, "nosuci.example.com", A).await;
    assert!(is_synthesized(&before), "{}", status(&before));
    state.set_anchors(TrustAnchors::new());
    let after = resolve(&validator, "nosuck.example.com", A).await;
    assert_eq!(status(&after), "Indeterminate", "without a trust anchor");
}
