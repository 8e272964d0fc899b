//! The signed zones are those that the signer makes, and each case of the lab has the status that the
//! lab says, by the validator of lessons 18 and 19.
#![cfg(test)]

use std::collections::BTreeSet;

use chain::{Context, NoZones, Response, Step, TrustAnchors, Validation};
use crypto::Ring;
use dnsparse::{Class, DnsPacket, Edns, Name, Question, Rdata, Record, RecordType};
use hashed::NsecAndNsec3;
use lab::Lab;
use lab::signed::{CASES, Case, NOW, Status, trust_anchor};
use network::Via;

#[test]
fn every_file_is_up_to_date() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lessons/lab/signed");
    let files = signer::signed_files().expect("the zones of the table are signed");
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (file, text) in files {
        let current = std::fs::read_to_string(format!("{folder}/{file}")).unwrap_or_default();
        assert!(
            current == text,
            "lessons/lab/signed/{file} is not up to date: run `cargo run -p signer`"
        );
        names.insert(file);
    }
    for entry in std::fs::read_dir(folder).expect("the folder lessons/lab/signed") {
        let file = entry.expect("a file").file_name();
        let file = file.to_string_lossy().into_owned();
        assert!(
            names.contains(&file),
            "lessons/lab/signed/{file} is of no zone of the table"
        );
    }
}

#[test]
fn each_case_has_its_status() {
    let lab = Lab::signed_internet();
    let mut wrong = Vec::new();
    for case in CASES {
        let (found, reason) = status(&lab, case);
        if found != case.status {
            wrong.push(format!(
                "{} {} ({}): {found:?} {reason}, expected {:?}",
                case.qname, case.qtype, case.reason, case.status
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Validates the answer of a case, with those of the targets of its aliases.
fn status(lab: &Lab, case: &Case) -> (Status, String) {
    let mut qname: Name = case.qname.parse().expect("the name of a case");
    let mut worst = (Status::Secure, String::new());
    for _ in 0..chain::MAX_ALIASES {
        let question = question(&qname, case.qtype);
        let response = ask(lab, &question);
        let next = last_target(&qname, &response.answer);
        let has_answer = response
            .answer
            .iter()
            .any(|record| record.rtype() == case.qtype);
        let has_denial = response
            .authority
            .iter()
            .any(|it| it.rtype() == RecordType::SOA);
        match validate(lab, &question, response) {
            (Status::Bogus, reason) => return (Status::Bogus, reason),
            (Status::Insecure, reason) => worst = (Status::Insecure, reason),
            (Status::Secure, _) => {}
        }
        if has_answer || has_denial || next == qname {
            break;
        }
        qname = next;
    }
    worst
}

fn validate(lab: &Lab, question: &Question, response: Response) -> (Status, String) {
    let mut anchors = TrustAnchors::new();
    for record in trust_anchor() {
        if let Rdata::Ds(ds) = record.rdata {
            anchors.add_ds(record.owner, *ds);
        }
    }
    let context = Context {
        anchors: &anchors,
        known: &NoZones,
        proofs: &NsecAndNsec3,
        now: NOW,
        crypto: &Ring,
    };
    let mut validation = Validation::new(question, response);
    loop {
        let (name, rtype) = match validation.step(&context) {
            Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
            Step::Ds(name) => (name, RecordType::DS),
            Step::Done(verdict) => {
                return match verdict.status {
                    chain::Status::Secure => (Status::Secure, String::new()),
                    chain::Status::Insecure(insecure) => {
                        (Status::Insecure, insecure.cause.to_string())
                    }
                    other => (Status::Bogus, other.to_string()),
                };
            }
        };
        let response = ask(lab, &self::question(&name, rtype));
        validation.handle_response(&response, &context);
    }
}

/// Sends a question with DO to a server of the deepest zone that has the answer: for DS records, of
/// the zone above.
fn ask(lab: &Lab, question: &Question) -> Response {
    let hosts = lab.hosts();
    let is_served = |apex: &Name| hosts.iter().any(|host| host.zones.contains(apex));
    let start = match question.qtype {
        RecordType::DS => question.qname.parent(),
        _ => Some(question.qname.clone()),
    };
    let start = start.unwrap_or_default();
    let apex = start
        .ancestors()
        .find(is_served)
        .expect("the root zone is served");
    let host = hosts.iter().find(|host| host.zones.contains(&apex));
    let server = host.expect("a server of the zone").address;
    let query = query(question);
    let octets = query.write().expect("a query can be written");
    let reply = lab.answer(server, Via::Tcp, &octets);
    let reply = reply.unwrap_or_else(|| panic!("{server} does not reply to {question}"));
    Response::from(&DnsPacket::parse(&reply).expect("a reply of the lab can be parsed"))
}

fn query(question: &Question) -> DnsPacket {
    let mut query = DnsPacket::query(1, question.qname.clone(), question.qtype);
    query.edns = Some(Edns {
        udp_size: 1232,
        do_bit: true,
        ..Edns::default()
    });
    query
}

fn question(qname: &Name, qtype: RecordType) -> Question {
    Question {
        qname: qname.clone(),
        qtype,
        qclass: Class::IN,
    }
}

fn last_target(qname: &Name, answer: &[Record]) -> Name {
    let mut name = qname.clone();
    for record in answer {
        match &record.rdata {
            Rdata::Cname(target) if record.owner == name => name = target.clone(),
            _ => {}
        }
    }
    name
}
