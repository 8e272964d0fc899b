//! `refuses`: messages that are not queries, queries that this server does not answer, and clients
//! that it does not serve.

use std::io;
use std::time::Duration;

use dnsparse::{Class, DnsPacket, Header, Opcode, Rcode, RecordType};
use network::Via;

use crate::answer::describe;
use crate::exchange::ReceivedQuery;
use crate::name_server::free_address;
use crate::outcome::{Failure, StageError};
use crate::response::{NoReply, Response};
use crate::server_run::{REPLY_TIMEOUT, ServerRun, StartedServer};
use crate::stub::{send_query, send_query_from, stub_query};
use crate::test_internet::TestInternet;
use crate::text::count_of;
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
        let has_ended =
            run.server.exit_status().is_some() || response.reply == Err(NoReply::Refused);
        if response.reply.is_ok() || has_ended {
            let (expected, rfc) = (
                "no reply, and a server that goes on",
                "RFC 1035 section 4.1.1",
            );
            let got = match &response.reply {
                Err(NoReply::Timeout) => "the server ended".to_owned(),
                _ => response.summary(),
            };
            return Err(run.failure(rule, expected, got, rfc, &response).into());
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
    let Some(got) = wrong_rcode(case, &response) else {
        return Ok(());
    };
    let names: Vec<String> = case.rcodes.iter().map(ToString::to_string).collect();
    let expected = format!("{}, with the query's id and no answer", names.join(" or "));
    Err(run
        .failure(case.rule, expected, got, case.rfc, &response)
        .into())
}

/// Describes the fault of a reply, if any. A server may send a malformed question back, so only the
/// header must be well-formed.
fn wrong_rcode(case: &Case, response: &Response) -> Option<String> {
    let Ok(octets) = &response.reply else {
        return Some(response.summary());
    };
    let Ok(header) = Header::parse(octets) else {
        return Some(response.summary());
    };
    let id = Header::parse(&case.message).map_or(0, |query| query.id);
    let packet = response.packet();
    let rcode = packet.as_ref().map_or(header.rcode, DnsPacket::rcode);
    if !header.qr {
        Some("QR 0: this is no reply".to_owned())
    } else if header.id != id {
        Some(format!("id {} instead of {id}", header.id))
    } else if !case.rcodes.contains(&rcode) {
        Some(packet.map_or(rcode.to_string(), |reply| describe(&reply)))
    } else {
        let reply = packet.filter(|reply| !reply.answers.is_empty());
        reply.map(|reply| describe(&reply))
    }
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
    let reply = response.packet();
    let has_answer = reply
        .as_ref()
        .is_some_and(|reply| !reply.answers.is_empty());
    if count == 0 && !has_answer && response.reply.is_ok() {
        return Ok(());
    }
    let rule = "a query with RD 0 starts no resolution";
    let expected = "a reply without an answer, and no upstream query";
    let rfc = "RFC 1034 section 4.3.1";
    let got = reply.map_or_else(|| response.summary(), |reply| describe(&reply));
    if count == 0 {
        return Err(run.failure(rule, expected, got, rfc, &response).into());
    }
    let queries = count_of(count, "upstream query");
    let got = format!("{queries} for {third}; then {got}");
    let shown = (&[&third][..], &response);
    Err(run.needless_query(rule, expected, got, rfc, shown).into())
}

/// By default a resolver serves local clients alone. The test needs an address of this machine that
/// is not loopback.
fn outside_client(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let Some(own) = trial.settings.stranger else {
        return Ok(());
    };
    let internet = TestInternet::start(&mut trial.filler, trial.settings.upstream_port, "")?;
    let here = free_address(own).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::AddrNotAvailable => "this machine does not have it",
            _ => "no port of it is free",
        };
        let text = format!("--stranger {own} cannot be used: {why} ({error})");
        StageError::not_judged(text)
    })?;
    let server = StartedServer::start(trial, Some(here), here, &internet)?;
    let www = trial.filler.name("<www>.<shop>.<tld>");
    let query = stub_query(trial.filler.random(), &www, RecordType::A);
    let response = send_query_from(
        Some(own),
        here,
        Via::Udp,
        &query.write().unwrap_or_default(),
        Duration::from_secs(2),
    );
    if let Err(NoReply::NotSent(why)) = &response.reply {
        let text = format!("the judge cannot send a query from {own} to {here}: {why}");
        return Err(StageError::not_judged(text));
    }
    let count = internet.query_count(Some(&www), None);
    let queries = count_of(count, "upstream query");
    let reply = response.packet();
    let is_refused =
        |reply: &DnsPacket| reply.rcode() == Rcode::REFUSED && reply.answers.is_empty();
    let got = match (&response.reply, &reply) {
        (_, Some(reply)) if !is_refused(reply) => describe(reply),
        (Ok(_), None) | (Err(NoReply::Refused), _) => response.summary(),
        (_, Some(_)) if count > 0 => format!("REFUSED, after {queries} for {www}"),
        (_, None) if count > 0 => format!("no reply, but {queries} for {www}"),
        _ => return Ok(()),
    };
    let rule = "a client outside the local networks is refused";
    let expected = "REFUSED, or no reply, and no upstream query";
    let got = format!("{got}\n(from {own} to {here})");
    let while_waiting = |query: &ReceivedQuery| query.at >= response.sent;
    Err(Failure::new(rule, expected, got, "RFC 5358 section 4")
        .with_messages(response.messages())
        .with_context(internet.messages(while_waiting))
        .with_output(server.output())
        .into())
}
