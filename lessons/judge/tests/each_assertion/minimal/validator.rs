//! The validation of the minimal server: lessons 15 to 19 over its own queries; and its faults.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use chain::{Context, NoZones, Nsec, Response, Status, Step, TrustAnchors, Validation};
use crypto::Ring;
use dnsparse::{DnsPacket, Name, Question, Rcode, Rdata, Record, RecordType};
use hashed::NsecAndNsec3;

use super::resolver::Resolver;
use super::server::ServerFault;

const DNSSEC_TYPES: [RecordType; 3] = [RecordType::RRSIG, RecordType::NSEC, RecordType::NSEC3];

/// What a validator keeps.
pub(crate) struct ValidatorState {
    anchors: TrustAnchors,
    /// The replies with signatures so far.
    replies: Mutex<HashMap<(Name, RecordType), DnsPacket>>,
    /// The names that were queried without DO first, with CD first, and the bogus ones without CD.
    plain_first: Mutex<HashSet<Name>>,
    cd_first: Mutex<HashSet<Name>>,
    failed: Mutex<HashSet<Name>>,
}

impl ValidatorState {
    pub(crate) fn new(anchor: &Path) -> ValidatorState {
        let text = std::fs::read_to_string(anchor).unwrap();
        ValidatorState {
            anchors: TrustAnchors::parse(&text, &Ring).unwrap(),
            replies: Mutex::default(),
            plain_first: Mutex::default(),
            cd_first: Mutex::default(),
            failed: Mutex::default(),
        }
    }
}

/// An answer with its signatures, and its status.
struct Validated {
    status: Status,
    rcode: Rcode,
    answers: Vec<Record>,
    authorities: Vec<Record>,
}

/// Fills a reply to a question, by the flags of the query.
pub(super) fn fill(
    resolver: &Resolver,
    question: &Question,
    query: &DnsPacket,
    reply: &mut DnsPacket,
) {
    let dnssec_ok = query.edns.as_ref().is_some_and(|edns| edns.do_bit);
    reply.header.cd = query.header.cd && !resolver.has(ServerFault::CdNotCopied);
    if let Some(edns) = &mut reply.edns {
        edns.do_bit = dnssec_ok && !resolver.has(ServerFault::DoNotCopied);
    }
    let Some(validated) = validated(resolver, question) else {
        return reply.header.rcode = Rcode::SERVFAIL;
    };
    let is_bogus = is_bogus(resolver, &question.qname, &validated.status);
    if is_bogus && !passes_bogus(resolver, &question.qname, query.header.cd) {
        reply.header.rcode = Rcode::SERVFAIL;
        reply.header.ad = resolver.has(ServerFault::ServfailWithAd);
        if resolver.has(ServerFault::ServfailWithData) {
            reply.answers = validated.answers;
        }
        return;
    }
    reply.header.rcode = validated.rcode;
    reply.answers = validated.answers;
    reply.authorities = validated.authorities;
    let is_asked_for = match resolver.fault {
        Some(ServerFault::AlwaysAd) => true,
        Some(ServerFault::AdWithDoOnly) => dnssec_ok,
        _ => query.header.ad || dnssec_ok,
    };
    reply.header.ad = match &validated.status {
        Status::Secure => is_asked_for,
        Status::Insecure(_) => resolver.has(ServerFault::AdOnInsecure),
        _ => resolver.has(ServerFault::CdGetsAd),
    };
    let has_plain_form = has_plain_form(resolver, &question.qname, dnssec_ok);
    let wants_signatures = dnssec_ok && !has_plain_form;
    remove_records(resolver, question.qtype, wants_signatures, reply);
}

fn is_below(name: &Name, zone: &str) -> bool {
    let zone: Name = format!("{zone}.").parse().unwrap();
    name.is_at_or_below(&zone)
}

/// Returns whether the server takes the answer for bogus.
fn is_bogus(resolver: &Resolver, qname: &Name, status: &Status) -> bool {
    let is_bogus = matches!(status, Status::Bogus(_) | Status::Indeterminate(_));
    match resolver.fault {
        Some(ServerFault::ServfailForAll) => true,
        Some(ServerFault::ServfailForZone(zone)) if is_below(qname, zone) => true,
        Some(ServerFault::AcceptsBogus(zone)) if is_below(qname, zone) => false,
        Some(ServerFault::InsecureIsBogus(zone)) if is_below(qname, zone) => true,
        _ => is_bogus,
    }
}

/// Returns whether a client gets a bogus answer.
fn passes_bogus(resolver: &Resolver, qname: &Name, cd: bool) -> bool {
    let Some(state) = &resolver.validator else {
        return false;
    };
    if cd {
        state.cd_first.lock().unwrap().insert(qname.clone());
    } else {
        state.failed.lock().unwrap().insert(qname.clone());
    }
    match resolver.fault {
        Some(ServerFault::CdIgnored) => false,
        Some(ServerFault::CdAnswerForAll) => state.cd_first.lock().unwrap().contains(qname),
        Some(ServerFault::CdFindsServfail) => cd && !state.failed.lock().unwrap().contains(qname),
        _ => cd,
    }
}

/// Returns whether the form of the first answer, without signatures, is used for all clients.
fn has_plain_form(resolver: &Resolver, qname: &Name, dnssec_ok: bool) -> bool {
    let Some(state) = &resolver.validator else {
        return false;
    };
    let mut plain_first = state.plain_first.lock().unwrap();
    if !dnssec_ok {
        plain_first.insert(qname.clone());
    }
    resolver.has(ServerFault::PlainAnswerForAll) && plain_first.contains(qname)
}

/// Removes the records that the client does not want, and those that a fault leaves out.
fn remove_records(
    resolver: &Resolver,
    qtype: RecordType,
    wants_signatures: bool,
    reply: &mut DnsPacket,
) {
    let is_made_from_wildcard = !reply.answers.is_empty();
    let keeps = |record: &Record| {
        let rtype = record.rtype();
        let is_signature = rtype == RecordType::RRSIG;
        let covers_soa =
            matches!(&record.rdata, Rdata::Rrsig(it) if it.type_covered == RecordType::SOA);
        let is_proof = !is_signature && DNSSEC_TYPES.contains(&rtype);
        match resolver.fault {
            Some(ServerFault::NoRrsigs) if is_signature => false,
            Some(ServerFault::NoProof) if is_proof => false,
            Some(ServerFault::NoWildcardProof) if is_proof => !is_made_from_wildcard,
            Some(ServerFault::NoSoaSignature) if covers_soa => false,
            Some(ServerFault::RrsigsForAll) if is_signature => true,
            Some(ServerFault::ProofForAll) if is_proof => true,
            _ => wants_signatures || rtype == qtype || !DNSSEC_TYPES.contains(&rtype),
        }
    };
    reply.answers.retain(keeps);
    reply.authorities.retain(keeps);
}

/// Returns the whole answer, with the targets of its aliases, and the worst status of its parts.
fn validated(resolver: &Resolver, question: &Question) -> Option<Validated> {
    let mut qname = question.qname.clone();
    let mut whole = Validated {
        status: Status::Secure,
        rcode: Rcode::NOERROR,
        answers: Vec::new(),
        authorities: Vec::new(),
    };
    for _ in 0..chain::MAX_ALIASES {
        let question = Question {
            qname: qname.clone(),
            ..question.clone()
        };
        let reply = fetch(resolver, &question.qname, question.qtype)?;
        let status = status(resolver, &question, Response::from(&reply));
        whole.status = whole.status.and(status);
        whole.rcode = reply.header.rcode;
        for record in reply.answers {
            if !whole.answers.contains(&record) {
                whole.answers.push(record);
            }
        }
        whole.authorities = reply.authorities;
        let next = last_target(&qname, &whole.answers);
        let has_answer = (whole.answers.iter()).any(|it| it.rtype() == question.qtype);
        if has_answer || next == qname {
            break;
        }
        qname = next;
    }
    Some(whole)
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

fn status(resolver: &Resolver, question: &Question, response: Response) -> Status {
    let Some(state) = &resolver.validator else {
        unreachable!("a server without a trust anchor does not validate");
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let proofs: &dyn chain::Proofs = match resolver.has(ServerFault::NoNsec3) {
        true => &Nsec,
        false => &NsecAndNsec3,
    };
    let context = Context {
        anchors: &state.anchors,
        known: &NoZones,
        proofs,
        now: now.as_secs() as u32,
        crypto: &Ring,
    };
    let mut validation = Validation::new(question, response);
    loop {
        let (name, rtype) = match validation.step(&context) {
            Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
            Step::Ds(name) => (name, RecordType::DS),
            Step::Done(verdict) => return verdict.status,
        };
        match fetch(resolver, &name, rtype) {
            Some(reply) => validation.handle_response(&Response::from(&reply), &context),
            None => validation.handle_failure(),
        }
    }
}

/// Returns the reply of an authoritative server, with signatures: for DS records, of one of the zone
/// above.
fn fetch(resolver: &Resolver, name: &Name, qtype: RecordType) -> Option<DnsPacket> {
    let state = resolver.validator.as_ref()?;
    let key = (name.clone(), qtype);
    if let Some(reply) = state.replies.lock().unwrap().get(&key) {
        return Some(reply.clone());
    }
    let (mut zone, mut servers) = (Name::ROOT, resolver.root.clone());
    for _ in 0..12 {
        let reply = resolver.first_usable(&servers, name, qtype, &zone)?;
        if reply.header.aa {
            state.replies.lock().unwrap().insert(key, reply.clone());
            return Some(reply);
        }
        (zone, servers) = resolver.referral(&reply, name, &zone, 0)?;
    }
    None
}
