//! `matches`: replies that do not match their query. An attacker who sees no query can send any
//! datagram; the server believes none of them, and waits for the true reply, which follows.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use dnsparse::RecordType;
use network::Via;
use rand::RngExt;

use crate::exchange::ReceivedQuery;
use crate::forgery::Forgery;
use crate::name_server::FORGERS_LEAD;
use crate::outcome::{Failure, Message, Peer, StageError};
use crate::response::Response;
use crate::server_run::{REPLY_TIMEOUT, ServerRun};
use crate::text::count_of;
use crate::trial::Trial;

const MATCHING: &str = "RFC 5452 section 9.1";
/// The number of queries by which a fixed port differs from random ones.
const MIN_QUERIES: usize = 8;

/// Each kind of forgery, the rule, and the RFC.
const CASES: [(Forgery, &str, &str); 8] = [
    (
        Forgery::Id,
        "a reply with another id is discarded",
        MATCHING,
    ),
    (
        Forgery::Qname,
        "a reply to another name is discarded",
        MATCHING,
    ),
    (
        Forgery::Qtype,
        "a reply to another type is discarded",
        MATCHING,
    ),
    (
        Forgery::Qclass,
        "a reply to another class is discarded",
        MATCHING,
    ),
    (
        Forgery::NoQuestion,
        "a reply without a question is discarded",
        MATCHING,
    ),
    (
        Forgery::Qr,
        "a message with QR 0 is no reply",
        "RFC 1035 section 4.1.1",
    ),
    (
        Forgery::Address,
        "a reply from another address is discarded",
        MATCHING,
    ),
    (
        Forgery::Port,
        "a reply from another port is discarded",
        "RFC 2181 section 4.2",
    ),
];

/// A rule that was violated, and whether by believing the forged reply.
struct Wrong {
    failure: Failure,
    is_believed: bool,
}

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ServerRun::start(trial)?;
    let label: u32 = run.filler.random().random();
    let mut first: Option<Wrong> = None;
    let mut others = Vec::new();
    for (number, (forgery, rule, rfc)) in (1..).zip(CASES) {
        let label = format!("{label}-{number}");
        match (forged_reply(&mut run, &label, forgery, rule, rfc)?, &first) {
            (None, _) => {}
            (Some(wrong), None) => {
                let is_believed = wrong.is_believed;
                first = Some(wrong);
                // A server that gives up costs a timeout for each kind.
                if !is_believed {
                    break;
                }
            }
            (Some(wrong), Some(_)) if wrong.is_believed => others.push(forgery.part()),
            (Some(_), Some(_)) => {}
        }
    }
    let Some(Wrong { mut failure, .. }) = first else {
        return source_ports(&run);
    };
    if !others.is_empty() {
        let others = others.join(", ");
        failure.got.push_str(&format!("\nAlso believed: {others}"));
    }
    Err(failure.into())
}

/// Sends one forged reply before the true one, and checks the answer, once more from the cache, and
/// the answer for the other name in the forged reply.
fn forged_reply(
    run: &mut ServerRun,
    label: &str,
    forgery: Forgery,
    rule: &str,
    rfc: &'static str,
) -> Result<Option<Wrong>, StageError> {
    let forged = run.filler.fill(&format!("<4 {label}>"));
    let forged = forged.parse().unwrap_or(Ipv4Addr::UNSPECIFIED);
    let name = &run.name(&format!("h{label}.<prey>.<other>"));
    let other = &run.name(&format!("o{label}.<prey>.<other>"));
    run.internet.forge(name, other, (forgery, forged), "prey")?;
    let mut qnames = vec![name, name];
    if forgery == Forgery::Qname {
        qnames.push(other);
    }
    for qname in qnames {
        let response = run.query(Via::Udp, qname, RecordType::A, REPLY_TIMEOUT);
        let is_believed = has_address(&response, forged);
        let checked = run.check_answer(rule, response, qname, RecordType::A, rfc);
        let failure = match checked {
            Ok(_) => continue,
            Err(StageError::Failed(failure)) => *failure,
            Err(not_judged) => return Err(not_judged),
        };
        let about = |query: &ReceivedQuery| query.has_question(name, None);
        let mut upstream = run.internet.messages(about);
        upstream.sort_by_key(|message| message.at);
        return Ok(Some(Wrong {
            failure: explained(failure, is_believed, (forgery, forged), upstream),
            is_believed,
        }));
    }
    Ok(None)
}

fn has_address(response: &Response, address: Ipv4Addr) -> bool {
    let reply = response.packet().unwrap_or_default();
    let mut records = reply.records();
    records.any(|record| record.address() == Some(address.into()))
}

/// Describes the effect of the forged reply, and shows it with its query.
fn explained(
    mut failure: Failure,
    is_believed: bool,
    (forgery, forged): (Forgery, Ipv4Addr),
    mut upstream: Vec<Message>,
) -> Failure {
    let part = forgery.part();
    let at = upstream.iter().position(|it| it.peer == Peer::Forger);
    if is_believed {
        failure.got = format!("{forged}: the forged reply ({part}) was believed");
        failure.expected.push_str(", from the true reply");
    } else if at.is_some() {
        let lead = FORGERS_LEAD.as_millis();
        let got = &failure.got;
        failure.got = format!(
            "{got}\nThe forged reply ({part}) came first, and the true one {lead} ms later"
        );
    }
    // The query is the message before the forged reply to it.
    let pair = at.map_or(0..0, |at| at.saturating_sub(1)..at + 1);
    let pair: Vec<Message> = upstream.drain(pair).collect();
    let context = std::mem::take(&mut failure.context);
    let others = upstream
        .into_iter()
        .filter(|message| !context.contains(message));
    let context: Vec<Message> = others.chain(context.iter().cloned()).collect();
    failure.with_messages(pair).with_context(context)
}

/// An attacker must guess the port of a query, too, unless it is always the same.
fn source_ports(run: &ServerRun) -> Result<(), StageError> {
    let queries = run.internet.queries();
    let over_udp = queries.iter().filter(|query| query.via == Via::Udp);
    let ports: Vec<u16> = over_udp.map(|query| query.client.port()).collect();
    let distinct: HashSet<u16> = ports.iter().copied().collect();
    if ports.len() < MIN_QUERIES || distinct.len() * 2 >= ports.len() {
        return Ok(());
    }
    let rule = "upstream queries come from unpredictable ports";
    let distinct = count_of(distinct.len(), "port");
    let last = ports.last().copied().unwrap_or_default();
    let got = format!("{distinct} in {} queries; the last is {last}", ports.len());
    let expected = "another port for each query, chosen at random";
    let mut messages = run.internet.messages(|query| query.via == Via::Udp);
    messages.retain(Message::is_query_of_program);
    messages.sort_by_key(|message| message.at);
    let at = messages.last().map(|message| message.at);
    Err(Failure::new(rule, expected, got, "RFC 5452 section 9.2")
        .with_messages(messages)
        .mark(|message| Some(message.at) == at)
        .into())
}
