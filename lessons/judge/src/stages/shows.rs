//! `shows`: the output that a person needs: owner, TTL, type and RDATA of each record; the RCODE;
//! and no octets that control the terminal.

use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, Rdata, Record, Txt};

use super::reads::{bare, has_line};
use crate::name_server::{ReceivedQuery, Responder};
use crate::outcome::{Failure, StageError};
use crate::trial::{ClientRun, Trial};

/// The client has its reply at once; this is the limit for a busy machine.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    whole_records(trial)?;
    for (rcode, meaning) in [
        (Rcode::NXDOMAIN, "the name does not exist"),
        (Rcode::SERVFAIL, "the resolution failed"),
        (Rcode::REFUSED, "the server does not answer this client"),
    ] {
        rcode_is_printed(trial, rcode, meaning)?;
    }
    nodata(trial)?;
    control_characters(trial)
}

/// Answers any query with this RCODE and these records.
fn respond_with(rcode: Rcode, answers: Vec<Record>) -> Responder {
    Arc::new(move |received: &ReceivedQuery| {
        let Some(query) = received.packet() else {
            return Vec::new();
        };
        let mut reply = DnsPacket::reply_to(&query);
        reply.header.ra = true;
        reply.header.rcode = rcode;
        reply.answers.clone_from(&answers);
        reply.write().into_iter().collect()
    })
}

fn failure(
    run: ClientRun,
    rule: &str,
    expected: String,
    got: impl std::fmt::Display,
    rfc: &'static str,
) -> StageError {
    Failure::new(rule, expected, got, rfc)
        .with_messages(run.messages)
        .with_output(run.output.full_text())
        .into()
}

fn whole_records(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let text = trial.filler.fill("<host>.<zone>.<tld>. <n ttl> IN CNAME <other>.<zone>.<tld>.\n<other>.<zone>.<tld>. <n second> IN A <4 a>");
    let records: Vec<Record> = text.lines().filter_map(|line| line.parse().ok()).collect();
    let name = trial.filler.fill("<host>.<zone>.<tld>");
    let run = trial.run_client(
        &name,
        "A",
        CLIENT_TIMEOUT,
        respond_with(Rcode::NOERROR, records.clone()),
    )?;
    for record in records {
        let line = format!("{} {} {}", bare(&record.owner), record.ttl, record.rtype());
        if !has_line(&run.output.text(), &line) {
            let expected = format!("a line with: {line}");
            let rule = "a record is printed with its owner, TTL and type, in this order";
            return Err(failure(
                run,
                rule,
                expected,
                "no such line was printed",
                "RFC 1035 section 5.1",
            ));
        }
    }
    Ok(())
}

fn rcode_is_printed(trial: &mut Trial<'_>, rcode: Rcode, meaning: &str) -> Result<(), StageError> {
    let name = trial.filler.fill(&format!("<{rcode}>.<zone>.<tld>"));
    let run = trial.run_client(&name, "A", CLIENT_TIMEOUT, respond_with(rcode, Vec::new()))?;
    let rule = format!("the RCODE {rcode} is printed: {meaning}");
    if !has_line(&run.output.text(), &rcode.to_string()) {
        return Err(failure(
            run,
            &rule,
            rcode.to_string(),
            "it is not printed",
            "RFC 1035 section 4.1.1",
        ));
    }
    check_exit_status(run, &rule)
}

/// NODATA is no failure: the name exists, without records of this type.
fn nodata(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let name = trial.filler.fill("<nodata>.<zone>.<tld>");
    let run = trial.run_client(
        &name,
        "AAAA",
        CLIENT_TIMEOUT,
        respond_with(Rcode::NOERROR, Vec::new()),
    )?;
    let rule = "NODATA (NOERROR without records) is no error";
    if has_line(&run.output.text(), "NXDOMAIN") {
        return Err(failure(
            run,
            rule,
            "NOERROR".to_owned(),
            "NXDOMAIN was printed",
            "RFC 2308 section 2.2",
        ));
    }
    check_exit_status(run, rule)
}

fn check_exit_status(run: ClientRun, rule: &str) -> Result<(), StageError> {
    match run.output.status {
        Some(0) => Ok(()),
        _ => {
            let got = run.output.ending();
            let expected = "exit status 0: a reply arrived, whatever its RCODE".to_owned();
            Err(failure(run, rule, expected, got, "RFC 1035 section 4.1.1"))
        }
    }
}

fn control_characters(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let name = trial.filler.fill("<control>.<zone>.<tld>");
    let text = trial
        .filler
        .fill("\x1b[2J<cleared>\x07\n<forged>.<tld>.\t60\tIN\tA\t<4 forged>");
    let txt = Txt::new([text]).map(Rdata::Txt);
    let record = txt.ok().zip(format!("{name}.").parse().ok());
    let record = record.map(|(rdata, owner)| Record::new(owner, 60, rdata));
    let run = trial.run_client(
        &name,
        "TXT",
        CLIENT_TIMEOUT,
        respond_with(Rcode::NOERROR, record.into_iter().collect()),
    )?;
    let rule = "unprintable octets are shown as \\DDD: a peer must not control the terminal";
    let output = run.output.text();
    let has_control = output
        .chars()
        .any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'));
    let has_forged_line = output
        .lines()
        .any(|line| line.starts_with(&trial.filler.fill("<forged>")));
    if has_control || has_forged_line {
        return Err(failure(
            run,
            rule,
            "\\027[2J… in one line".to_owned(),
            "a control character, or a line break",
            "RFC 1035 section 5.1",
        ));
    }
    if !output.contains(&trial.filler.fill("<forged>")) {
        return Err(failure(
            run,
            rule,
            "the text, escaped".to_owned(),
            "the text was not printed",
            "RFC 1035 section 5.1",
        ));
    }
    Ok(())
}
