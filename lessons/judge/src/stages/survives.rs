//! `survives`: a network that loses datagrams, and peers that forge replies. Where the genuine
//! reply arrives, the client must print it; where none arrives, it must give up with an exit status
//! other than 0.

use std::sync::Arc;
use std::thread;

use dnsparse::{DnsPacket, Rdata, Record};
use network::Via;
use rand::RngExt;

use super::reads::has_line;
use crate::client_run::ClientRun;
use crate::exchange::{Exchange, ReceivedQuery, Reply, Responder};
use crate::filler::Filler;
use crate::name_server::FORGERS_LEAD;
use crate::outcome::StageError;
use crate::trial::Trial;

/// Returns one reply at most.
type Forge = Box<dyn Fn(&ReceivedQuery) -> Option<Vec<u8>> + Send + Sync>;

/// The behaviour of the name server, and the rule for the client.
struct Case {
    rule: &'static str,
    rfc: &'static str,
    kind: Kind,
    responder: Responder,
}

/// The behaviour of the name server, which decides how a failure is described.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It does not reply to the first query.
    Loses,
    /// It truncates the reply over UDP, with the forged address, and sends the genuine one over
    /// TCP.
    Truncates,
    /// It sends this before the genuine reply.
    Precedes(&'static str),
    /// It sends no genuine reply: the client must give up.
    NoGenuine,
}

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let name = trial.filler.fill("<host>.<zone>.<tld>");
    let (genuine, forged) = (
        trial.filler.fill("<4 genuine>"),
        trial.filler.fill("<4 forged>"),
    );
    let cases = cases(&mut trial.filler, &genuine, &forged);
    // The cases run concurrently: most of their time is spent waiting.
    let (trial, timeout) = (&*trial, trial.settings.client_timeout);
    let results = thread::scope(|scope| {
        let run = |case: &Case| trial.run_client(&name, "A", timeout, Arc::clone(&case.responder));
        let running: Vec<_> = cases
            .iter()
            .map(|case| scope.spawn(move || run(case)))
            .collect();
        let results = running.into_iter().map(|thread| thread.join());
        results.collect::<Vec<_>>()
    });
    for (case, result) in cases.iter().zip(results) {
        let crashed = |_| StageError::not_judged("a thread of the judge panicked");
        check_case(case, result.map_err(crashed)??, &genuine, &forged)?;
    }
    Ok(())
}

fn check_case(case: &Case, run: ClientRun, genuine: &str, forged: &str) -> Result<(), StageError> {
    let output = run.output.text();
    let has_genuine = case.kind != Kind::NoGenuine;
    let accident = run.accident();
    let (rule, rfc) = (case.rule, case.rfc);
    if has_genuine && accident.is_none() && has_line(&output, genuine) && !has_line(&output, forged)
    {
        return Ok(());
    }
    if !has_genuine {
        let got = match (accident, run.output.status) {
            (Some(accident), _) => accident,
            (None, Some(0)) => "exit status 0, as after a reply".to_owned(),
            (None, _) => return Ok(()),
        };
        let expected = "an exit status other than 0: there was no usable reply";
        return Err(run.wrong_output(rule, expected, got, rfc).into());
    }
    if accident.is_none() && case.kind == Kind::Loses && run.exchanges.len() < 2 {
        let expected = format!("a second query; its reply has the address {genuine}");
        let got = "one query was sent, and none after it";
        let failure = run.missing_query(rule, expected, got, rfc, Via::Udp);
        return Err(failure.into());
    }
    let over_tcp = |exchange: &Exchange| exchange.query.via == Via::Tcp;
    if case.kind == Kind::Truncates && !run.exchanges.iter().any(over_tcp) {
        let expected = format!("a query over TCP; its reply has the address {genuine}");
        let got = no_tcp_query(&run, accident, forged);
        let failure = run.missing_query(rule, expected, got, rfc, Via::Tcp);
        return Err(failure.into());
    }
    let expected = match case.kind {
        Kind::Truncates => {
            format!(
                "the address {genuine} of the TCP reply is printed, not {forged} of the truncated one"
            )
        }
        Kind::Precedes(_) => format!("the address {genuine} of the genuine reply is printed"),
        _ => format!("the address {genuine} is printed"),
    };
    let got = wrong_address(case.kind, &run, accident, genuine, forged);
    Err(run.wrong_output(rule, expected, got, rfc).into())
}

/// Describes the absence of a query over TCP.
fn no_tcp_query(run: &ClientRun, accident: Option<String>, forged: &str) -> String {
    let text = run
        .unfinished_connection()
        .unwrap_or_else(|| "no query over TCP followed the truncated reply".to_owned());
    let more = match accident {
        Some(accident) => format!("; {accident}"),
        None if has_line(&run.output.text(), forged) => {
            format!("; its address {forged} was printed")
        }
        None => format!(" ({})", run.output.ending()),
    };
    text + &more
}

/// Describes the wrong output: the forged address, or no address.
fn wrong_address(
    kind: Kind,
    run: &ClientRun,
    accident: Option<String>,
    genuine: &str,
    forged: &str,
) -> String {
    let ending = run.output.ending();
    match (kind, accident) {
        (_, Some(accident)) => accident,
        (Kind::Precedes(part), None) if has_line(&run.output.text(), forged) => {
            format!("{forged} was printed: the forged message ({part}) was believed")
        }
        (Kind::Truncates, None) if has_line(&run.output.text(), forged) => {
            format!("{forged} was printed, of the truncated reply, after a query over TCP")
        }
        (Kind::Precedes(part), None) => format!(
            "{genuine} is not printed ({ending}): it came {} ms after the other message ({part})",
            FORGERS_LEAD.as_millis()
        ),
        (Kind::Truncates, None) => {
            format!("{genuine} of the TCP reply, which came in pieces, is not printed ({ending})")
        }
        (Kind::Loses, None) => {
            format!("{genuine} of the reply to a later query is not printed ({ending})")
        }
        (Kind::NoGenuine, None) => ending,
    }
}

fn cases(filler: &mut Filler, genuine: &str, forged: &str) -> Vec<Case> {
    let noise: [u8; 40] = filler.random().random();
    let matching = "RFC 5452 section 9.1";
    let mut cases = vec![lost(genuine), truncated(genuine, forged)];
    let mut preceded = |rule, rfc, part, forge: Forge| {
        cases.push(Case {
            rule,
            rfc,
            kind: Kind::Precedes(part),
            responder: both(part, forge, genuine),
        });
    };
    preceded(
        "a reply with another id is discarded",
        matching,
        "another id",
        reply_with(forged, |packet| packet.header.id ^= 0x0101),
    );
    preceded(
        "a reply to another question is discarded",
        matching,
        "another name in the question",
        reply_with(forged, replace_qname),
    );
    preceded(
        "a message with QR 0 is discarded",
        matching,
        "QR 0",
        reply_with(forged, |packet| packet.header.qr = false),
    );
    preceded(
        "random octets are discarded",
        matching,
        "random octets",
        Box::new(move |_| Some(noise.to_vec())),
    );
    preceded(
        "a message of five octets is discarded",
        "RFC 1035 section 4.1.1",
        "five octets",
        Box::new(|received| received.octets.get(..5).map(<[u8]>::to_vec)),
    );
    cases.extend([
        Case {
            rule: "a timeout is reported by an exit status other than 0",
            rfc: "RFC 1035 section 4.2.1",
            kind: Kind::NoGenuine,
            responder: Arc::new(|_: &ReceivedQuery| Vec::new()),
        },
        Case {
            rule: "a compression pointer to itself is malformed",
            rfc: "RFC 1035 section 4.1.4",
            kind: Kind::NoGenuine,
            responder: Arc::new(|received: &ReceivedQuery| {
                let malformed = pointer_to_itself(received).into_iter();
                malformed.map(Reply::genuine).collect()
            }),
        },
    ]);
    cases
}

/// Sends the forged message, and then the genuine reply.
fn both(part: &'static str, forge: Forge, genuine: &str) -> Responder {
    let send_genuine = reply_with(genuine, |_| {});
    Arc::new(move |received: &ReceivedQuery| {
        let forged = forge(received).map(|octets| Reply::forged(octets, part));
        let genuine = send_genuine(received).map(Reply::genuine);
        forged.into_iter().chain(genuine).collect()
    })
}

fn lost(genuine: &str) -> Case {
    let send_genuine = reply_with(genuine, |_| {});
    let responder = move |received: &ReceivedQuery| match received.index {
        0 => Vec::new(),
        _ => send_genuine(received)
            .into_iter()
            .map(Reply::genuine)
            .collect(),
    };
    Case {
        rule: "a lost query is sent again",
        rfc: "RFC 1035 section 4.2.1",
        kind: Kind::Loses,
        responder: Arc::new(responder),
    }
}

fn truncated(genuine: &str, forged: &str) -> Case {
    let (over_udp, over_tcp) = (
        reply_with(forged, |packet| packet.header.tc = true),
        reply_with(genuine, |_| {}),
    );
    let responder = move |received: &ReceivedQuery| {
        let reply = match received.via {
            Via::Udp => over_udp(received),
            Via::Tcp => over_tcp(received),
        };
        reply.into_iter().map(Reply::genuine).collect()
    };
    Case {
        rule: "after TC the query is repeated over TCP, where a message may arrive in pieces",
        rfc: "RFC 7766 section 5",
        kind: Kind::Truncates,
        responder: Arc::new(responder),
    }
}

/// Replies with this address, after a change to the reply.
fn reply_with(address: &str, change: fn(&mut DnsPacket)) -> Forge {
    let address = address.to_owned();
    Box::new(move |received: &ReceivedQuery| reply(received, &address, change))
}

fn replace_qname(packet: &mut DnsPacket) {
    for question in &mut packet.questions {
        question.qname = question.qname.parent().unwrap_or_default();
    }
}

/// Returns a reply with this address, after the change.
fn reply(received: &ReceivedQuery, address: &str, change: fn(&mut DnsPacket)) -> Option<Vec<u8>> {
    let query = received.packet()?;
    let owner = query.question()?.qname.clone();
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.ra = true;
    reply
        .answers
        .push(Record::new(owner, 60, Rdata::A(address.parse().ok()?)));
    change(&mut reply);
    reply.write().ok()
}

/// Returns a reply with correct header and question, and a record whose owner is a pointer to
/// itself.
fn pointer_to_itself(received: &ReceivedQuery) -> Option<Vec<u8>> {
    let query = received.packet()?;
    let mut octets = DnsPacket::reply_to(&query).write().ok()?;
    *octets.get_mut(7)? = 1;
    let here = u16::try_from(octets.len()).ok()?;
    octets.extend((0xc000 | here).to_be_bytes());
    octets.extend([0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 198, 18, 0, 1]);
    Some(octets)
}
