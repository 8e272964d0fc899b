//! `shows`: what a person needs to see: whom a record is about, for how long, of which type; how it went when there are no
//! records; and nothing that a peer could do to the terminal.

use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, Rdata, Record, Txt};

use super::reads::{bare, has_line};
use crate::listen::{Answerer, Heard};
use crate::outcome::{Failure, Stop};
use crate::trial::{Conversation, Trial};

const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    whole_records(trial)?;
    for (rcode, meaning) in [
        (Rcode::NXDOMAIN, "there is no such name"),
        (Rcode::SERVFAIL, "the server could not find out"),
        (Rcode::REFUSED, "the server does not want to"),
    ] {
        failure_by_name(trial, rcode, meaning)?;
    }
    nothing_there(trial)?;
    no_control(trial)
}

/// A reply with this RCODE and these records.
fn reply(rcode: Rcode, answers: Vec<Record>) -> Answerer {
    Arc::new(move |heard: &Heard| {
        let Some(query) = heard.query() else {
            return Vec::new();
        };
        let mut reply = DnsPacket::reply_to(&query);
        reply.header.ra = true;
        reply.header.rcode = rcode;
        reply.answers.clone_from(&answers);
        reply.write().into_iter().collect()
    })
}

fn shown(
    conversation: Conversation,
    promise: &str,
    expected: String,
    got: &str,
    rfc: &'static str,
) -> Stop {
    Failure::new(promise, expected, got, rfc)
        .with(conversation.messages)
        .printed(conversation.said.in_full())
        .into()
}

fn whole_records(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let text = trial.filler.fill("<host>.<zone>.<tld>. <n ttl> IN CNAME <other>.<zone>.<tld>.\n<other>.<zone>.<tld>. <n second> IN A <4 a>");
    let records: Vec<Record> = text.lines().filter_map(|line| line.parse().ok()).collect();
    let name = trial.filler.fill("<host>.<zone>.<tld>");
    let conversation =
        trial.converse(&name, "A", PATIENCE, reply(Rcode::NOERROR, records.clone()))?;
    for record in records {
        let line = format!("{} {} {}", bare(&record.owner), record.ttl, record.rtype());
        if !has_line(&conversation.said.output(), &line) {
            let expected = format!("a line with: {line}");
            let promise = "a record is shown with its owner, its TTL and its type, in this order";
            return Err(shown(
                conversation,
                promise,
                expected,
                "no such line was printed",
                "RFC 1035 section 5.1",
            ));
        }
    }
    Ok(())
}

fn failure_by_name(trial: &mut Trial<'_>, rcode: Rcode, meaning: &str) -> Result<(), Stop> {
    let name = trial.filler.fill(&format!("<{rcode}>.<zone>.<tld>"));
    let conversation = trial.converse(&name, "A", PATIENCE, reply(rcode, Vec::new()))?;
    let promise = format!("a reply with {rcode} says so: {meaning}");
    if !has_line(&conversation.said.output(), &rcode.to_string()) {
        return Err(shown(
            conversation,
            &promise,
            rcode.to_string(),
            "it is not printed",
            "RFC 1035 section 4.1.1",
        ));
    }
    ended_well(conversation, &promise)
}

/// NODATA is no failure: the name is there, and nothing of this type.
fn nothing_there(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let name = trial.filler.fill("<nodata>.<zone>.<tld>");
    let conversation =
        trial.converse(&name, "AAAA", PATIENCE, reply(Rcode::NOERROR, Vec::new()))?;
    let promise = "a reply without records is a reply, and no error";
    if has_line(&conversation.said.output(), "NXDOMAIN") {
        return Err(shown(
            conversation,
            promise,
            "NOERROR".to_owned(),
            "it says NXDOMAIN",
            "RFC 2308 section 2.2",
        ));
    }
    ended_well(conversation, promise)
}

fn ended_well(conversation: Conversation, promise: &str) -> Result<(), Stop> {
    match conversation.said.status {
        Some(0) => Ok(()),
        _ => Err(shown(
            conversation,
            promise,
            "exit status 0: a reply came, whatever it says".to_owned(),
            "another end",
            "RFC 1035 section 4.1.1",
        )),
    }
}

fn no_control(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let name = trial.filler.fill("<evil>.<zone>.<tld>");
    let text = trial
        .filler
        .fill("\x1b[2J<cleared>\x07\n<forged>.<tld>.\t60\tIN\tA\t<4 forged>");
    let txt = Txt::new([text]).map(Rdata::Txt);
    let record = txt.ok().zip(format!("{name}.").parse().ok());
    let record = record.map(|(rdata, owner)| Record::new(owner, 60, rdata));
    let conversation = trial.converse(
        &name,
        "TXT",
        PATIENCE,
        reply(Rcode::NOERROR, record.into_iter().collect()),
    )?;
    let promise = "octets that are no printable characters are shown as \\DDD: a peer must not steer the terminal";
    let output = conversation.said.output();
    let raw = output
        .chars()
        .any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'));
    let forged = output
        .lines()
        .any(|line| line.starts_with(&trial.filler.fill("<forged>")));
    if raw || forged {
        return Err(shown(
            conversation,
            promise,
            "\\027[2J… in one line".to_owned(),
            "they were printed as they came",
            "RFC 1035 section 5.1",
        ));
    }
    if !output.contains(&trial.filler.fill("<forged>")) {
        return Err(shown(
            conversation,
            promise,
            "the text".to_owned(),
            "it was not printed at all",
            "RFC 1035 section 5.1",
        ));
    }
    Ok(())
}
