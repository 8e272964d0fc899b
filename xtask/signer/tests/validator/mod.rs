//! Lessons 15 to 19 as a validator: it asks the servers of a lab, and returns the status of an answer at
//! the lab's time.

use chain::{Context, NoZones, Response, Step, TrustAnchors, Validation};
use crypto::Ring;
use dnsparse::{Class, Name, Question, Rdata, Record, RecordType};
use hashed::NsecAndNsec3;
use lab::Lab;
use lab::signed::{NOW, Status};

/// Validates the answer to a question, with those of the targets of its aliases. Returns its status,
/// and the reason if that is not secure.
pub(crate) fn status(
    lab: &Lab,
    anchors: &TrustAnchors,
    qname: &str,
    qtype: RecordType,
) -> (Status, String) {
    let mut qname: Name = qname.parse().expect("a name");
    let mut worst = (Status::Secure, String::new());
    for _ in 0..chain::MAX_ALIASES {
        let question = question(&qname, qtype);
        let response = ask(lab, &question);
        let next = last_target(&qname, &response.answer);
        let has_answer = response.answer.iter().any(|record| record.rtype() == qtype);
        let has_denial = response
            .authority
            .iter()
            .any(|it| it.rtype() == RecordType::SOA);
        match validate(lab, anchors, NOW, &question, response) {
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

/// Validates a response at a time, in seconds since 1970. Returns its status, and the reason if that is
/// not secure.
pub(crate) fn validate(
    lab: &Lab,
    anchors: &TrustAnchors,
    now: u32,
    question: &Question,
    response: Response,
) -> (Status, String) {
    let context = Context {
        anchors,
        known: &NoZones,
        proofs: &NsecAndNsec3,
        now,
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

/// Asks a server that has the answer.
pub(crate) fn ask(lab: &Lab, question: &Question) -> Response {
    let reply = lab.authoritative_reply(question);
    Response::from(&reply.unwrap_or_else(|| panic!("no server replies to {question}")))
}

pub(crate) fn question(qname: &Name, qtype: RecordType) -> Question {
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
