//! `survives`: a network that loses datagrams, and peers that forge replies. Where the genuine
//! reply arrives, the client must print it; where none arrives, it must give up with an exit status
//! other than 0.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dnsparse::{DnsPacket, Rdata, Record};
use network::Via;
use rand::RngExt;

use super::reads::has_line;
use crate::filler::Filler;
use crate::name_server::{ReceivedQuery, Responder};
use crate::outcome::{Failure, StageError};
use crate::trial::{ClientRun, Trial};

/// Returns one reply at most.
type Forge = Box<dyn Fn(&ReceivedQuery) -> Option<Vec<u8>> + Send + Sync>;

/// The behaviour of the name server, and the rule for the client.
struct Case {
    rule: &'static str,
    rfc: &'static str,
    /// Whether the genuine reply is sent; otherwise the client must give up.
    has_genuine_reply: bool,
    responder: Responder,
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
        check_case(case, timeout, result.map_err(crashed)??, &genuine, &forged)?;
    }
    Ok(())
}

fn check_case(
    case: &Case,
    timeout: Duration,
    run: ClientRun,
    genuine: &str,
    forged: &str,
) -> Result<(), StageError> {
    let program = &run.output;
    let output = program.text();
    let has_panicked = String::from_utf8_lossy(&program.stderr).contains("panicked at");
    let wrong = if has_panicked {
        Some(("no panic", "the client panicked".to_owned()))
    } else if program.was_killed {
        let seconds = timeout.as_secs();
        Some((
            "the client exits",
            format!("it was still running after {seconds} s"),
        ))
    } else if has_line(&output, forged) {
        Some((
            "the forged address is discarded",
            format!("the forged address {forged} is printed"),
        ))
    } else if case.has_genuine_reply && !has_line(&output, genuine) {
        Some((
            "the genuine address is printed",
            format!("{genuine} is not printed"),
        ))
    } else if !case.has_genuine_reply && program.status == Some(0) {
        Some((
            "an exit status other than 0: there was no reply",
            "exit status 0".to_owned(),
        ))
    } else {
        None
    };
    let Some((expected, got)) = wrong else {
        return Ok(());
    };
    let expected = format!("{expected} ({genuine} is genuine, {forged} is forged)");
    Err(Failure::new(case.rule, expected, got, case.rfc)
        .with_messages(run.messages)
        .with_output(run.output.full_text())
        .into())
}

fn cases(filler: &mut Filler, genuine: &str, forged: &str) -> Vec<Case> {
    let noise: [u8; 40] = filler.random().random();
    let forgeries: [(&str, &str, Forge); 5] = [
        (
            "a reply with another id is discarded",
            "RFC 5452 section 9.1",
            reply_with(forged, |packet| packet.header.id ^= 0x0101),
        ),
        (
            "a reply to another question is discarded",
            "RFC 5452 section 9.1",
            reply_with(forged, replace_qname),
        ),
        (
            "a message with QR 0 is discarded",
            "RFC 5452 section 9.1",
            reply_with(forged, |packet| packet.header.qr = false),
        ),
        (
            "random octets are discarded",
            "RFC 5452 section 9.1",
            Box::new(move |_| Some(noise.to_vec())),
        ),
        (
            "a message of five octets is discarded",
            "RFC 1035 section 4.1.1",
            Box::new(|received| received.octets.get(..5).map(<[u8]>::to_vec)),
        ),
    ];
    let forgeries = forgeries.into_iter().map(|(rule, rfc, forge)| {
        let send_genuine = reply_with(genuine, |_| {});
        let both = move |received: &ReceivedQuery| {
            forge(received)
                .into_iter()
                .chain(send_genuine(received))
                .collect()
        };
        Case {
            rule,
            rfc,
            has_genuine_reply: true,
            responder: Arc::new(both),
        }
    });
    let mut cases = vec![lost(genuine), truncated(genuine, forged)];
    cases.extend(forgeries);
    cases.extend([
        Case {
            rule: "a timeout is reported by an exit status other than 0",
            rfc: "RFC 1035 section 4.2.1",
            has_genuine_reply: false,
            responder: Arc::new(|_: &ReceivedQuery| Vec::new()),
        },
        Case {
            rule: "a compression pointer to itself is malformed",
            rfc: "RFC 1035 section 4.1.4",
            has_genuine_reply: false,
            responder: Arc::new(|received: &ReceivedQuery| {
                pointer_to_itself(received).into_iter().collect()
            }),
        },
    ]);
    cases
}

fn lost(genuine: &str) -> Case {
    let send_genuine = reply_with(genuine, |_| {});
    let responder = move |received: &ReceivedQuery| match received.index {
        0 => Vec::new(),
        _ => send_genuine(received).into_iter().collect(),
    };
    Case {
        rule: "a lost query is sent again",
        rfc: "RFC 1035 section 4.2.1",
        has_genuine_reply: true,
        responder: Arc::new(responder),
    }
}

fn truncated(genuine: &str, forged: &str) -> Case {
    let (over_udp, over_tcp) = (
        reply_with(forged, |packet| packet.header.tc = true),
        reply_with(genuine, |_| {}),
    );
    let responder = move |received: &ReceivedQuery| match received.via {
        Via::Udp => over_udp(received).into_iter().collect(),
        Via::Tcp => over_tcp(received).into_iter().collect(),
    };
    Case {
        rule: "after TC the query is repeated over TCP, where a message may arrive in pieces",
        rfc: "RFC 7766 section 5",
        has_genuine_reply: true,
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
