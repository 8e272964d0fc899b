//! `refuses`: messages that are no questions, questions that are not for this server, and people who may not ask it.

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{Class, DnsPacket, Header, Opcode, Rcode, RecordType};
use network::Via;

use crate::ask::{Asked, ask, ask_from, question};
use crate::listen::free_address;
use crate::outcome::{Failure, Stop};
use crate::served::{PATIENCE, Program, Served};
use crate::trial::Trial;
use crate::world::World;

/// For a reply that is not to come.
const A_MOMENT: Duration = Duration::from_millis(400);

/// What is sent, and which RCODEs are right.
struct Case {
    promise: &'static str,
    rfc: &'static str,
    message: Vec<u8>,
    right: &'static [Rcode],
}

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let mut served = Served::start(trial)?;
    ignored(&mut served)?;
    for case in cases(&mut served) {
        refused(&mut served, &case)?;
    }
    only_what_is_known(&mut served)?;
    let www = served.name("<www>.<shop>.<tld>");
    let promise = "after all this it still answers";
    served.expect_truth(promise, &www, RecordType::A, "RFC 1035 section 4.1.1")?;
    drop(served);
    strangers(trial)
}

/// No reply: to a reply, which could go to and fro for ever, and to what is too short to have an id.
fn ignored(served: &mut Served) -> Result<(), Stop> {
    let www = served.name("<www>.<shop>.<tld>");
    let mut reply = question(served.filler.random(), &www, RecordType::A);
    reply.header.qr = true;
    let reply = reply.write().unwrap_or_default();
    let runt = reply.get(..7).unwrap_or_default().to_vec();
    for (promise, message) in [
        ("a reply is not answered", reply),
        ("seven octets are not answered", runt),
    ] {
        let asked = ask(served.program.address, Via::Udp, &message, A_MOMENT);
        if asked.reply.is_some() {
            return Err(served
                .failure(
                    promise,
                    "silence",
                    asked.in_short(),
                    "RFC 1035 section 4.1.1",
                    &asked,
                )
                .into());
        }
    }
    Ok(())
}

fn cases(served: &mut Served) -> Vec<Case> {
    let www = served.name("<www>.<shop>.<tld>");
    let zone = served.name("<shop>.<tld>");
    let mut with = |change: &dyn Fn(&mut DnsPacket)| {
        let mut query = question(served.filler.random(), &www, RecordType::A);
        change(&mut query);
        query.write().unwrap_or_default()
    };
    let case = |promise, rfc, message, right| Case {
        promise,
        rfc,
        message,
        right,
    };
    let mut cut = with(&|query| query.edns = None);
    cut.truncate(20);
    vec![
        case(
            "another opcode is not implemented",
            "RFC 1035 section 4.1.1",
            with(&|query| query.header.opcode = Opcode::STATUS),
            &[Rcode::NOTIMP],
        ),
        case(
            "two questions are no question",
            "RFC 9619 section 4",
            with(&|query| query.questions.extend(query.questions.clone())),
            &[Rcode::FORMERR],
        ),
        case(
            "a question that breaks off is no question",
            "RFC 1035 section 4.1.1",
            cut,
            &[Rcode::FORMERR],
        ),
        case(
            "an EDNS version that does not exist yet is refused by name",
            "RFC 6891 section 6.1.3",
            with(&|query| query.edns.iter_mut().for_each(|edns| edns.version = 1)),
            &[Rcode::BADVERS],
        ),
        case(
            "a zone is not handed out",
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
            "another class than IN is not looked up there",
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

fn refused(served: &mut Served, case: &Case) -> Result<(), Stop> {
    let asked = ask(served.program.address, Via::Udp, &case.message, PATIENCE);
    if is_refusal(case, &asked) {
        return Ok(());
    }
    let names: Vec<String> = case.right.iter().map(ToString::to_string).collect();
    let expected = format!("{}, with the query's id and no answer", names.join(" or "));
    Err(served
        .failure(case.promise, expected, asked.in_short(), case.rfc, &asked)
        .into())
}

fn is_refusal(case: &Case, asked: &Asked) -> bool {
    // Who could not read the question may send it back as it is; so the header alone may be readable.
    let header = asked
        .reply
        .as_deref()
        .and_then(|reply| Header::parse(reply).ok());
    let rcode = match (asked.packet(), header) {
        (Some(reply), _) if reply.answers.is_empty() => Some(reply.rcode()),
        (None, Some(header)) => Some(header.rcode),
        _ => None,
    };
    let belongs = |header: Header| {
        header.qr && Some(header.id.to_be_bytes().as_slice()) == case.message.get(..2)
    };
    header.is_some_and(belongs) && rcode.is_some_and(|rcode| case.right.contains(&rcode))
}

/// Without RD nobody is asked: what is not in the cache is not told.
fn only_what_is_known(served: &mut Served) -> Result<(), Stop> {
    let third = served.name("<third>.<shop>.<tld>");
    let mut query = question(served.filler.random(), &third, RecordType::A);
    query.header.rd = false;
    let asked = ask(
        served.program.address,
        Via::Udp,
        &query.write().unwrap_or_default(),
        PATIENCE,
    );
    let count = served.world.times_asked(Some(&third), None);
    let has_answer = asked
        .packet()
        .is_some_and(|reply| !reply.answers.is_empty());
    if count == 0 && !has_answer && asked.reply.is_some() {
        return Ok(());
    }
    let promise = "who does not want the walk (RD 0) does not get it";
    let expected = "a reply without an answer, and no question to anybody";
    let got = format!("{}; {count} questions to other servers", asked.in_short());
    Err(served
        .failure(promise, expected, got, "RFC 1034 section 4.3.1", &asked)
        .into())
}

/// Whoever is not on this machine may not ask unless he is let in. It takes an address of the machine that is not loopback.
fn strangers(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let Some(own) = trial.settings.stranger else {
        return Ok(());
    };
    let world = World::start(&mut trial.filler, trial.settings.upstream_port, "")?;
    let here = free_address(own)
        .map_err(|error| Stop::unjudged(format!("no port is free on {own}: {error}")))?;
    let program = Program::start(trial, Some(here), here, &world.hints, world.port)?;
    let www = trial.filler.name("<www>.<shop>.<tld>");
    let query = question(trial.filler.random(), &www, RecordType::A);
    let asked = ask_from(
        Some(own),
        here,
        Via::Udp,
        &query.write().unwrap_or_default(),
        Duration::from_secs(2),
    );
    let is_right = asked
        .packet()
        .is_none_or(|reply| reply.rcode() == Rcode::REFUSED && reply.answers.is_empty());
    if is_right && world.times_asked(Some(&www), None) == 0 {
        return Ok(());
    }
    let promise = "strangers are not served";
    let got = stranger_got(own, here, &asked);
    Err(
        Failure::new(promise, "REFUSED, or silence", got, "RFC 5358 section 4")
            .with(asked.messages())
            .printed(program.printed())
            .into(),
    )
}

fn stranger_got(own: std::net::IpAddr, here: SocketAddr, asked: &Asked) -> String {
    format!("{} (from {own} to {here})", asked.in_short())
}
