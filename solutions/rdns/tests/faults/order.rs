//! The order of questions changes no answer: a resolver with caches answers like one that has all
//! zones, whatever the earlier questions were.

use std::collections::BTreeSet;
use std::fs;

use dnsparse::{DnsPacket, Name, RecordType, Zone};
use iterate::root_hints;
use lab::{Lab, RESOLVER};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::cases::KINDS;
use crate::in_process::TestResolver;
use crate::{expand, sorted, summary};

/// The number of sequences, and of questions in each.
const SEQUENCES: u64 = 4;
const QUESTIONS: usize = 300;

const TYPES: [RecordType; 9] = [
    RecordType::A,
    RecordType::AAAA,
    RecordType::CNAME,
    RecordType::DNAME,
    RecordType::DS,
    RecordType::MX,
    RecordType::NS,
    RecordType::SOA,
    RecordType::TXT,
];

/// Returns the names of the mini-Internet, those above them, and names that do not exist below
/// each.
fn names() -> Vec<Name> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lessons/lab/zones");
    let mut names = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let is_zone = path.extension().is_some_and(|it| it == "zone");
        if !is_zone || path.to_string_lossy().ends_with("test.zone") {
            continue;
        }
        let zone = Zone::parse(&fs::read_to_string(&path).unwrap(), &Name::ROOT);
        let zone = zone.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for record in &zone.records {
            for name in record.owner.ancestors() {
                names.extend(format!("nosuch.{name}").parse::<Name>());
                names.insert(name);
            }
        }
    }
    names.into_iter().collect()
}

/// Returns the answer of the lab's recursive resolver, which has all zones.
fn correct_answer(lab: &Lab, qname: &Name, qtype: RecordType) -> String {
    let mut query = DnsPacket::query(1, qname.clone(), qtype);
    query.header.rd = true;
    let reply = lab.answer(RESOLVER, Via::Tcp, &query.write().unwrap());
    let reply = DnsPacket::parse(&reply.unwrap()).unwrap();
    summary(reply.rcode(), &reply.answers)
}

#[tokio::test(start_paused = true)]
async fn the_order_of_questions_changes_no_answer() {
    let names = names();
    let mut wrong = Vec::new();
    for seed in 0..SEQUENCES {
        let mut random = StdRng::seed_from_u64(seed);
        let resolver = TestResolver::new(Lab::internet(), root_hints());
        for count in 0..QUESTIONS {
            let qname = names.choose(&mut random).unwrap();
            let qtype = *TYPES.choose(&mut random).unwrap();
            let expected = correct_answer(&resolver.lab, qname, qtype);
            let answer = resolver.resolve(&qname.to_string(), qtype).await;
            if sorted(&answer.summary) != sorted(&expected) {
                wrong.push(format!(
                    "{qname} {qtype}, question {count} of sequence {seed}\n  expected {expected}\n  but got  {}",
                    answer.summary
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Records and failures that a fault leaves in the caches harm no other zone.
#[tokio::test(start_paused = true)]
async fn the_order_of_faults_changes_no_answer() {
    let mut wrong = Vec::new();
    for seed in 0..SEQUENCES {
        let mut random = StdRng::seed_from_u64(seed);
        let resolver = TestResolver::new(Lab::internet(), root_hints());
        let mut cases: Vec<_> = KINDS.iter().flat_map(|kind| kind.cases).collect();
        cases.shuffle(&mut random);
        for case in cases {
            for (qname, qtype) in case.before {
                resolver.resolve(qname, *qtype).await;
            }
            let (qname, qtype) = case.question;
            let answer = resolver.resolve(qname, qtype).await;
            let expected = expand(case.expected);
            if sorted(&answer.summary) != sorted(&expected) {
                wrong.push(format!(
                    "{}: {qname} {qtype}, sequence {seed}\n  expected {expected}\n  but got  {}",
                    case.fault, answer.summary
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
