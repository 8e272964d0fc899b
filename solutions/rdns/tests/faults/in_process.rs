//! `rdns` in this process, on the lab's network, with a paused clock: each case must have its
//! expected answer in time.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use chase::{QnameMinimisation, Resolver};
use dnsparse::{DnsPacket, Edns, RecordType};
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use network::Via;
use recursive::{AccessControl, Recursive, SpecialNames};
use select::{AddressPolicy, Selector};
use tokio::time::Instant;

use crate::cases::{Case, KINDS};
use crate::{expand, name, summary};

/// How often each case is played: servers are selected at random, and each choice must lead to the
/// answer.
const RUNS: usize = 8;

/// A resolver with empty caches, composed as in `rdns`.
pub(crate) struct TestResolver {
    pub(crate) lab: Lab,
    recursive: Recursive<Lab, SharedCache, Selector>,
}

/// A resolver's answer.
pub(crate) struct Answer {
    pub(crate) summary: String,
    pub(crate) took: Duration,
}

impl TestResolver {
    pub(crate) fn new(lab: Lab, hints: referral::Delegation) -> TestResolver {
        let policy = AddressPolicy {
            has_ipv6: true,
            ..AddressPolicy::default()
        };
        let cache = SharedCache::new(hints, 100_000);
        let resolver = Resolver::new(lab.clone(), cache)
            .with_selection(Selector::new(policy))
            .with_qname_minimisation(QnameMinimisation::Relaxed);
        let access_control = AccessControl::default();
        let special_names = SpecialNames::new(&lab::LOCALLY_SERVED);
        TestResolver {
            lab,
            recursive: Recursive::new(resolver, 2_000, special_names, access_control),
        }
    }

    pub(crate) async fn resolve(&self, qname: &str, qtype: RecordType) -> Answer {
        let mut query = DnsPacket::query(0x4242, name(qname), qtype);
        query.header.rd = true;
        query.edns = Some(Edns {
            udp_size: 1_232,
            ..Edns::default()
        });
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let start = Instant::now();
        let message = query.write().unwrap();
        let reply = self.recursive.respond(&message, Via::Tcp, client).await;
        let reply = reply.unwrap_or_else(|| panic!("{qname} {qtype}: no reply"));
        let reply = DnsPacket::parse(&reply).unwrap();
        Answer {
            summary: summary(reply.rcode(), &reply.answers),
            took: start.elapsed(),
        }
    }
}

/// Plays a case with empty caches. Returns what is wrong, with the trace of the lab.
async fn play(case: &Case) -> Result<(), String> {
    let resolver = TestResolver::new(Lab::internet(), root_hints());
    for (qname, qtype) in case.before {
        resolver.resolve(qname, *qtype).await;
    }
    let (qname, qtype) = case.question;
    let earlier = resolver.lab.trace().lines().count();
    let answer = resolver.resolve(qname, qtype).await;
    let expected = expand(case.expected);
    let limit = Duration::from_millis(case.within_ms);
    if answer.summary == expected && answer.took <= limit {
        return Ok(());
    }
    let trace = resolver.lab.trace();
    let trace: Vec<&str> = trace.lines().skip(earlier).collect();
    Err(format!(
        "{} ({})\n  question {qname} {qtype}\n  expected {expected} within {limit:?}\n  but got  {} after {:?}\n  {}",
        case.fault,
        case.rfc,
        answer.summary,
        answer.took,
        trace.join("\n  ")
    ))
}

/// Returns the first failure of several runs.
async fn play_often(case: &Case) -> Option<String> {
    for _ in 0..RUNS {
        if let Err(reason) = play(case).await {
            return Some(reason);
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn each_fault_has_the_answer_that_the_rfcs_ask_for() {
    let mut wrong = Vec::new();
    for kind in KINDS {
        for case in kind.cases {
            wrong.extend(
                play_often(case)
                    .await
                    .map(|it| format!("{}: {it}", kind.name)),
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{} faults:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
