//! `shows`: the output that a person needs: owner, TTL, type and RDATA of each record; the RCODE;
//! and no octets that control the terminal.

use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, Rdata, Record, Txt};

use super::reads::{bare, has_line, missing_line};
use crate::client_run::ClientRun;
use crate::exchange::{ReceivedQuery, Reply, Responder};
use crate::outcome::StageError;
use crate::trial::Trial;

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
        reply.write().into_iter().map(Reply::genuine).collect()
    })
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
            let rule = "a record is printed with its owner, TTL and type, in this order";
            return Err(missing_line(run, rule, &line, "RFC 1035 section 5.1").into());
        }
    }
    Ok(())
}

fn rcode_is_printed(trial: &mut Trial<'_>, rcode: Rcode, meaning: &str) -> Result<(), StageError> {
    let name = trial.filler.fill(&format!("<{rcode}>.<zone>.<tld>"));
    let run = trial.run_client(&name, "A", CLIENT_TIMEOUT, respond_with(rcode, Vec::new()))?;
    let rule = format!("the RCODE {rcode} is printed: {meaning}");
    if !has_line(&run.output.text(), &rcode.to_string()) {
        let got = run
            .accident()
            .unwrap_or_else(|| format!("{rcode} is not printed"));
        let failure = run.wrong_output(rule, rcode, got, "RFC 1035 section 4.1.1");
        return Err(failure.into());
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
        let got = "NXDOMAIN was printed";
        let failure = run.wrong_output(rule, "NOERROR", got, "RFC 2308 section 2.2");
        return Err(failure.into());
    }
    check_exit_status(run, rule)
}

fn check_exit_status(run: ClientRun, rule: &str) -> Result<(), StageError> {
    if run.output.status == Some(0) {
        return Ok(());
    }
    let got = run.accident().unwrap_or_else(|| run.output.ending());
    let expected = "exit status 0: a reply arrived, whatever its RCODE";
    let failure = run.wrong_output(rule, expected, got, "RFC 1035 section 4.1.1");
    Err(failure.into())
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
    let rfc = "RFC 1035 section 5.1";
    let output = run.output.text();
    if let Some(got) = terminal_control(&output, &trial.filler.fill("<forged>")) {
        let expected = "\\027[2J… in one line";
        return Err(run.wrong_output(rule, expected, got, rfc).into());
    }
    if !output.contains(&trial.filler.fill("<forged>")) {
        let got = run
            .accident()
            .unwrap_or_else(|| "the text was not printed".to_owned());
        return Err(run.wrong_output(rule, "the text, escaped", got, rfc).into());
    }
    Ok(())
}

/// Describes the output that controls the terminal, or feigns a line of the program, if any.
fn terminal_control(output: &str, forged: &str) -> Option<String> {
    let is_control = |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    if let Some(letter) = output.chars().find(is_control) {
        let code = u32::from(letter);
        return Some(format!("octet {code} was printed as it is"));
    }
    let feigned = output.lines().find(|line| line.starts_with(forged))?;
    Some(format!(
        "the line break in the text was printed as it is, so that a line begins with: {feigned}"
    ))
}
