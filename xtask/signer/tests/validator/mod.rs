//! Lessons 15 to 19 as a validator: it asks the servers of a lab, and returns the status of an answer at
//! the lab's time.

use chain::{Context, NoZones, Response, Step, TrustAnchors, Validation};
use crypto::Ring;
use dnsparse::{Class, DnsPacket, Edns, Name, Question, Rdata, Record, RecordType};
use hashed::NsecAndNsec3;
use lab::Lab;
use lab::signed::{NOW, Status};
use network::Via;

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

/// Sends a question with DO to a server of the deepest zone that has the answer: for DS records, of
/// the zone above.
pub(crate) fn ask(lab: &Lab, question: &Question) -> Response {
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
