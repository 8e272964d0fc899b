//! `refuses`: messages that are not queries, queries that this server does not answer, and clients
//! that it does not serve.

use std::time::Duration;

use dnsparse::{Class, DnsPacket, Header, Opcode, Rcode, RecordType};
use network::Via;

use crate::name_server::free_address;
use crate::outcome::{Failure, StageError};
use crate::server_run::{REPLY_TIMEOUT, ServerRun, StartedServer};
use crate::stub::{Response, send_query, send_query_from, stub_query};
use crate::test_internet::TestInternet;
use crate::trial::Trial;

/// The time for which the judge waits for a reply that must not come.
const NO_REPLY_TIMEOUT: Duration = Duration::from_millis(400);

/// A message, and the RCODEs that are correct.
struct Case {
    rule: &'static str,
    rfc: &'static str,
    message: Vec<u8>,
    rcodes: &'static [Rcode],
}

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ServerRun::start(trial)?;
    expect_no_replies(&mut run)?;
    for case in cases(&mut run) {
        expect_rcode(&mut run, &case)?;
    }
    without_rd(&mut run)?;
    let www = run.name("<www>.<shop>.<tld>");
    let rule = "the server still answers after all of these messages";
    run.expect_correct_answer(rule, &www, RecordType::A, "RFC 1035 section 4.1.1")?;
    drop(run);
    outside_client(trial)
}

/// No reply may answer a message with QR 1, or two servers could send replies to each other without
/// end; nor a message that is too short for a header.
fn expect_no_replies(run: &mut ServerRun) -> Result<(), StageError> {
    let www = run.name("<www>.<shop>.<tld>");
    let mut reply = stub_query(run.filler.random(), &www, RecordType::A);
    reply.header.qr = true;
    let reply = reply.write().unwrap_or_default();
    let runt = reply.get(..7).unwrap_or_default().to_vec();
    for (rule, message) in [
        ("a message with QR 1 is ignored", reply),
        ("a message of seven octets is ignored", runt),
    ] {
        let response = send_query(run.server.address, Via::Udp, &message, NO_REPLY_TIMEOUT);
        if response.reply.is_some() {
            return Err(run
                .failure(
                    rule,
                    "no reply",
                    response.summary(),
                    "RFC 1035 section 4.1.1",
                    &response,
                )
                .into());
        }
    }
    Ok(())
}

fn cases(run: &mut ServerRun) -> Vec<Case> {
    let www = run.name("<www>.<shop>.<tld>");
    let zone = run.name("<shop>.<tld>");
    let mut with = |change: &dyn Fn(&mut DnsPacket)| {
        let mut query = stub_query(run.filler.random(), &www, RecordType::A);
        change(&mut query);
        query.write().unwrap_or_default()
    };
    let case = |rule, rfc, message, rcodes| Case {
        rule,
        rfc,
        message,
        rcodes,
    };
    let mut cut = with(&|query| query.edns = None);
    cut.truncate(20);
    vec![
        case(
            "another opcode than QUERY: NOTIMP",
            "RFC 1035 section 4.1.1",
            with(&|query| query.header.opcode = Opcode::STATUS),
            &[Rcode::NOTIMP],
        ),
        case(
            "two questions: FORMERR",
            "RFC 9619 section 4",
            with(&|query| query.questions.extend(query.questions.clone())),
            &[Rcode::FORMERR],
        ),
        case(
            "a question that is cut off: FORMERR",
            "RFC 1035 section 4.1.1",
            cut,
            &[Rcode::FORMERR],
        ),
        case(
            "an unknown EDNS version: BADVERS",
            "RFC 6891 section 6.1.3",
            with(&|query| query.edns.iter_mut().for_each(|edns| edns.version = 1)),
            &[Rcode::BADVERS],
        ),
        case(
            "a zone transfer is refused",
            "RFC 5936 section 2.2.1",
            with(&|query| {
                query.questions.iter_mut().for_each(|question| {
                    question.qname = zone.clone();
                    question.qtype = RecordType::AXFR;
                })
            }),
            &[
                Rcode::REFUSED,
                Rcode::NOTIMP,
                Rcode::NOTAUTH,
                Rcode::FORMERR,
            ],
        ),
        case(
            "another class than IN is refused",
            "RFC 1035 section 3.2.4",
            with(&|query| {
                query
                    .questions
                    .iter_mut()
                    .for_each(|question| question.qclass = Class::HS)
            }),
            &[
                Rcode::REFUSED,
                Rcode::NOTIMP,
                Rcode::SERVFAIL,
                Rcode::NXDOMAIN,
            ],
        ),
    ]
}

fn expect_rcode(run: &mut ServerRun, case: &Case) -> Result<(), StageError> {
    let response = send_query(run.server.address, Via::Udp, &case.message, REPLY_TIMEOUT);
    if has_correct_rcode(case, &response) {
        return Ok(());
    }
    let names: Vec<String> = case.rcodes.iter().map(ToString::to_string).collect();
    let expected = format!("{}, with the query's id and no answer", names.join(" or "));
    Err(run
        .failure(case.rule, expected, response.summary(), case.rfc, &response)
        .into())
}

fn has_correct_rcode(case: &Case, response: &Response) -> bool {
    // A server may send a malformed question back; so only the header may be well-formed.
    let header = response
        .reply
        .as_deref()
        .and_then(|reply| Header::parse(reply).ok());
    let rcode = match (response.packet(), header) {
        (Some(reply), _) if reply.answers.is_empty() => Some(reply.rcode()),
        (None, Some(header)) => Some(header.rcode),
        _ => None,
    };
    let matches_query = |header: Header| {
        header.qr && Some(header.id.to_be_bytes().as_slice()) == case.message.get(..2)
    };
    header.is_some_and(matches_query) && rcode.is_some_and(|rcode| case.rcodes.contains(&rcode))
}

/// Without RD the server answers from its cache, and sends no upstream query.
fn without_rd(run: &mut ServerRun) -> Result<(), StageError> {
    let third = run.name("<third>.<shop>.<tld>");
    let mut query = stub_query(run.filler.random(), &third, RecordType::A);
    query.header.rd = false;
    let response = send_query(
        run.server.address,
        Via::Udp,
        &query.write().unwrap_or_default(),
        REPLY_TIMEOUT,
    );
    let count = run.internet.query_count(Some(&third), None);
    let has_answer = response
        .packet()
        .is_some_and(|reply| !reply.answers.is_empty());
    if count == 0 && !has_answer && response.reply.is_some() {
        return Ok(());
    }
    let rule = "a query with RD 0 starts no resolution";
    let expected = "a reply without an answer, and no upstream query";
    let got = format!("{}; {count} upstream queries", response.summary());
    Err(run
        .failure(rule, expected, got, "RFC 1034 section 4.3.1", &response)
        .into())
}

/// By default a resolver serves local clients alone. The test needs an address of this machine that
/// is not loopback.
fn outside_client(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let Some(own) = trial.settings.stranger else {
        return Ok(());
    };
    let internet = TestInternet::start(&mut trial.filler, trial.settings.upstream_port, "")?;
    let here = free_address(own).map_err(|error| {
        StageError::not_judged(format!("there is no free port on {own}: {error}"))
    })?;
    let server = StartedServer::start(trial, Some(here), here, &internet.hints, internet.port)?;
    let www = trial.filler.name("<www>.<shop>.<tld>");
    let query = stub_query(trial.filler.random(), &www, RecordType::A);
    let response = send_query_from(
        Some(own),
        here,
        Via::Udp,
        &query.write().unwrap_or_default(),
        Duration::from_secs(2),
    );
    let is_refused = response
        .packet()
        .is_none_or(|reply| reply.rcode() == Rcode::REFUSED && reply.answers.is_empty());
    if is_refused && internet.query_count(Some(&www), None) == 0 {
        return Ok(());
    }
    let rule = "a client outside the local networks is refused";
    let got = format!("{} (from {own} to {here})", response.summary());
    Err(
        Failure::new(rule, "REFUSED, or no reply", got, "RFC 5358 section 4")
            .with_messages(response.messages())
            .with_output(server.output())
            .into(),
    )
}
