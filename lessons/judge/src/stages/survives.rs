//! `survives`: a network that loses, and peers that forge. For each there is the truth in the end, and the client has to find it;
//! or there is none, and it has to end by itself and say so.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dnsparse::{DnsPacket, Rdata, Record};
use network::Via;
use rand::RngExt;

use super::reads::has_line;
use crate::filler::Filler;
use crate::listen::{Answerer, Heard};
use crate::outcome::{Failure, Stop};
use crate::trial::{Conversation, Trial};

/// One reply at most.
type One = Box<dyn Fn(&Heard) -> Option<Vec<u8>> + Send + Sync>;

/// What happens, what is to come of it, and who says so.
struct Case {
    promise: &'static str,
    rfc: &'static str,
    /// Whether the truth is among what it hears; else it has to give up.
    can_know: bool,
    answer: Answerer,
}

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let name = trial.filler.fill("<host>.<zone>.<tld>");
    let (truth, lie) = (trial.filler.fill("<4 truth>"), trial.filler.fill("<4 lie>"));
    let cases = cases(&mut trial.filler, &truth, &lie);
    // Most of the time is spent waiting, so all of them wait at once.
    let (trial, patience) = (&*trial, trial.settings.patience);
    let results = thread::scope(|scope| {
        let run = |case: &Case| trial.converse(&name, "A", patience, Arc::clone(&case.answer));
        let running: Vec<_> = cases
            .iter()
            .map(|case| scope.spawn(move || run(case)))
            .collect();
        let results = running.into_iter().map(|thread| thread.join());
        results.collect::<Vec<_>>()
    });
    for (case, result) in cases.iter().zip(results) {
        let crashed = |_| Stop::unjudged("a part of the judge crashed");
        judge(case, patience, result.map_err(crashed)??, &truth, &lie)?;
    }
    Ok(())
}

fn judge(
    case: &Case,
    patience: Duration,
    conversation: Conversation,
    truth: &str,
    lie: &str,
) -> Result<(), Stop> {
    let said = &conversation.said;
    let output = said.output();
    let panicked = String::from_utf8_lossy(&said.stderr).contains("panicked at");
    let wrong = if panicked {
        Some(("an end that was meant", "it panicked".to_owned()))
    } else if said.had_to_be_ended {
        let seconds = patience.as_secs();
        Some(("an end", format!("it still ran after {seconds} s")))
    } else if has_line(&output, lie) {
        Some((
            "nothing of the forgery",
            format!("it believed the forged address {lie}"),
        ))
    } else if case.can_know && !has_line(&output, truth) {
        Some((
            "the true address, which it was told",
            format!("{truth} is not printed"),
        ))
    } else if !case.can_know && said.status == Some(0) {
        Some((
            "an exit status that is not 0: there was no reply",
            "exit status 0".to_owned(),
        ))
    } else {
        None
    };
    let Some((expected, got)) = wrong else {
        return Ok(());
    };
    let expected = format!("{expected} ({truth} is true, {lie} is forged)");
    Err(Failure::new(case.promise, expected, got, case.rfc)
        .with(conversation.messages)
        .printed(conversation.said.in_full())
        .into())
}

fn cases(filler: &mut Filler, truth: &str, lie: &str) -> Vec<Case> {
    let noise: [u8; 40] = filler.random().random();
    let forgeries: [(&str, &str, One); 5] = [
        (
            "a reply with another id is not the reply",
            "RFC 5452 section 9.1",
            lies(lie, |packet| packet.header.id ^= 0x0101),
        ),
        (
            "a reply to another question is not the reply",
            "RFC 5452 section 9.1",
            lies(lie, ask_for_the_parent),
        ),
        (
            "a message with QR 0 is no reply",
            "RFC 5452 section 9.1",
            lies(lie, |packet| packet.header.qr = false),
        ),
        (
            "noise is not the reply",
            "RFC 5452 section 9.1",
            Box::new(move |_| Some(noise.to_vec())),
        ),
        (
            "five octets are not the reply",
            "RFC 1035 section 4.1.1",
            Box::new(|heard| heard.octets.get(..5).map(<[u8]>::to_vec)),
        ),
    ];
    let forgeries = forgeries.into_iter().map(|(promise, rfc, forgery)| {
        let tell = lies(truth, |_| {});
        let both = move |heard: &Heard| forgery(heard).into_iter().chain(tell(heard)).collect();
        Case {
            promise,
            rfc,
            can_know: true,
            answer: Arc::new(both),
        }
    });
    let mut cases = vec![lost(truth), truncated(truth, lie)];
    cases.extend(forgeries);
    cases.extend([
        Case {
            promise: "where nobody answers there is no reply, and it says so",
            rfc: "RFC 1035 section 4.2.1",
            can_know: false,
            answer: Arc::new(|_: &Heard| Vec::new()),
        },
        Case {
            promise: "a name that points at itself is no name",
            rfc: "RFC 1035 section 4.1.4",
            can_know: false,
            answer: Arc::new(|heard: &Heard| points_at_itself(heard).into_iter().collect()),
        },
    ]);
    cases
}

fn lost(truth: &str) -> Case {
    let tell = lies(truth, |_| {});
    let answer = move |heard: &Heard| match heard.nth {
        0 => Vec::new(),
        _ => tell(heard).into_iter().collect(),
    };
    Case {
        promise: "a query that is lost is sent again",
        rfc: "RFC 1035 section 4.2.1",
        can_know: true,
        answer: Arc::new(answer),
    }
}

fn truncated(truth: &str, lie: &str) -> Case {
    let (by_udp, by_tcp) = (
        lies(lie, |packet| packet.header.tc = true),
        lies(truth, |_| {}),
    );
    let answer = move |heard: &Heard| match heard.via {
        Via::Udp => by_udp(heard).into_iter().collect(),
        Via::Tcp => by_tcp(heard).into_iter().collect(),
    };
    Case {
        promise: "a truncated reply sends it to TCP, where the length may come in pieces",
        rfc: "RFC 7766 section 5",
        can_know: true,
        answer: Arc::new(answer),
    }
}

/// Says this address, with a change to the reply. (Without one, and with the true address, it is no lie.)
fn lies(address: &str, change: fn(&mut DnsPacket)) -> One {
    let address = address.to_owned();
    Box::new(move |heard: &Heard| reply(heard, &address, change))
}

fn ask_for_the_parent(packet: &mut DnsPacket) {
    for question in &mut packet.questions {
        question.qname = question.qname.parent().unwrap_or_default();
    }
}

/// The reply with this address, changed.
fn reply(heard: &Heard, address: &str, change: fn(&mut DnsPacket)) -> Option<Vec<u8>> {
    let query = heard.query()?;
    let owner = query.question()?.qname.clone();
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.ra = true;
    reply
        .answers
        .push(Record::new(owner, 60, Rdata::A(address.parse().ok()?)));
    change(&mut reply);
    reply.write().ok()
}

/// The true header and question, and a record whose owner is a pointer to that very pointer.
fn points_at_itself(heard: &Heard) -> Option<Vec<u8>> {
    let query = heard.query()?;
    let mut octets = DnsPacket::reply_to(&query).write().ok()?;
    *octets.get_mut(7)? = 1;
    let here = u16::try_from(octets.len()).ok()?;
    octets.extend((0xc000 | here).to_be_bytes());
    octets.extend([0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 198, 18, 0, 1]);
    Some(octets)
}
