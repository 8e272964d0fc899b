//! `walks`: the walk from the root to the zone, and the rules for upstream queries: bailiwick, TCP
//! after TC, and servers without EDNS.

use std::collections::HashSet;

use dnsparse::{DnsPacket, Header, Name, RecordType};
use network::Via;

use crate::exchange::ReceivedQuery;
use crate::outcome::{Failure, Message, StageError};
use crate::response::Response;
use crate::server_run::{REPLY_TIMEOUT, ServerRun};
use crate::stub::{send_query, stub_query};
use crate::text::count_of;
use crate::trial::Trial;

const QUESTIONS: [(&str, RecordType, &str, &str); 11] = [
    (
        "<www>.<shop>.<tld>",
        RecordType::A,
        "a name behind two delegations is resolved",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::AAAA,
        "another type of the same name is resolved",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<shop>.<tld>",
        RecordType::MX,
        "records at the apex are resolved",
        "RFC 1034 section 4.2",
    ),
    (
        "<www>.<deep>.<shop>.<tld>",
        RecordType::A,
        "a child zone on the same server is resolved",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<any>.<wild>.<shop>.<tld>",
        RecordType::A,
        "a name covered by a wildcard is resolved",
        "RFC 4592 section 2.1",
    ),
    (
        "<odd>.<shop>.<tld>",
        RecordType(65_280),
        "records of an unknown type are resolved",
        "RFC 3597 section 3",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::TXT,
        "no records of the type: NOERROR without records (NODATA)",
        "RFC 2308 section 2.2",
    ),
    (
        "<twig>.<shop>.<tld>",
        RecordType::A,
        "an empty non-terminal exists: NODATA",
        "RFC 8020 section 2",
    ),
    (
        "<nothing>.<shop>.<tld>",
        RecordType::A,
        "a name that does not exist: NXDOMAIN",
        "RFC 2308 section 2.1",
    ),
    (
        "<nothing>.<tld>",
        RecordType::A,
        "no such zone below the top-level domain: NXDOMAIN",
        "RFC 2308 section 2.1",
    ),
    (
        "<www>.<nothing>",
        RecordType::A,
        "no such top-level domain: NXDOMAIN",
        "RFC 2308 section 2.1",
    ),
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ServerRun::start(trial)?;
    for (name, qtype, rule, rfc) in QUESTIONS {
        let name = run.name(name);
        run.expect_correct_answer(rule, &name, qtype, rfc)?;
    }
    header(&mut run)?;
    upstream_headers(&run)?;
    over_tcp(&mut run)?;
    without_edns(&mut run)?;
    forged_records(&mut run)?;
    truncation(&mut run)
}

fn header(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<second>.<shop>.<tld>");
    let (response, reply) = run.expect_correct_answer(
        "a second name of the zone is resolved",
        &name,
        RecordType::A,
        "RFC 1034 section 5.3.3",
    )?;
    let Header { aa, ra, .. } = reply.header;
    let (rule, expected, got) = if !ra {
        (
            "a recursive resolver sets RA (recursion available)",
            "RA 1",
            "RA 0",
        )
    } else if aa {
        (
            "AA is 0: the resolver has no authority for the zone",
            "AA 0",
            "AA 1",
        )
    } else {
        return Ok(());
    };
    Err(run
        .failure(rule, expected, got, "RFC 1035 section 4.1.1", &response)
        .into())
}

/// Upstream queries have RD 0, since an authoritative server does not resolve, and random ids.
fn upstream_headers(run: &ServerRun) -> Result<(), StageError> {
    let has_rd = |query: &ReceivedQuery| query.packet().is_some_and(|packet| packet.header.rd);
    let with_rd = run.internet.messages(has_rd);
    if !with_rd.is_empty() {
        let rule = "RD is 0 in upstream queries";
        let failure = Failure::new(rule, "RD 0", "RD 1", "RFC 1034 section 4.3.1");
        let failure = failure.with_messages(with_rd.into_iter().take(1));
        return Err(failure.mark(Message::is_query_of_program).into());
    }
    let mut queries = run.internet.messages(|_| true);
    queries.retain(Message::is_query_of_program);
    queries.sort_by_key(|query| query.at);
    let octets = queries.iter().filter_map(|query| query.octets.as_deref());
    let headers = octets.filter_map(|octets| Header::parse(octets).ok());
    let ids: Vec<u16> = headers.map(|header| header.id).collect();
    let Some(got) = predictable(&ids) else {
        return Ok(());
    };
    let rule = "the ids of upstream queries are unpredictable";
    let failure = Failure::new(rule, "random ids", got, "RFC 5452 section 9.2");
    let last = queries.last().map(|query| query.at);
    Err(failure
        .with_messages(queries)
        .mark(|query| Some(query.at) == last)
        .into())
}

/// Describes the pattern of predictable ids, if there is one.
fn predictable(ids: &[u16]) -> Option<String> {
    let (count, distinct) = (ids.len(), ids.iter().collect::<HashSet<_>>().len());
    let is_step =
        |pair: &[u16]| matches!(pair, [first, second] if second.wrapping_sub(*first) < 16);
    let in_steps = count > 5 && ids.windows(2).all(is_step);
    // Two of a hundred random ids are equal in one run of 14.
    let is_predictable = in_steps || distinct * 10 < count * 9;
    let how = if in_steps {
        ", each a little above the one before"
    } else {
        ""
    };
    is_predictable.then(|| {
        let distinct = count_of(distinct, "different id");
        format!("{distinct} in {count} queries{how}")
    })
}

fn over_tcp(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<www>.<short>.<other>");
    let rule = "after TC the upstream query is repeated over TCP";
    let answered = run.expect_correct_answer(rule, &name, RecordType::A, "RFC 7766 section 5");
    let note = "no upstream query over TCP followed the reply with TC";
    let missing = run.internet.missing_query("short", Via::Tcp, note);
    explained(run, answered, &name, missing, |query| query.via == Via::Tcp)
}

fn without_edns(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<www>.<plain>.<other>");
    let rule = "after FORMERR the upstream query is repeated without EDNS";
    let answered = run.expect_correct_answer(rule, &name, RecordType::A, "RFC 6891 section 7");
    let note = "no upstream query without EDNS followed FORMERR";
    let missing = run.internet.missing_query("plain", Via::Udp, note);
    explained(run, answered, &name, missing, |query| {
        query.packet().is_some_and(|packet| packet.edns.is_none())
    })
}

/// Explains a wrong answer by the second query for the name that was never sent, if that is so.
fn explained(
    run: &ServerRun,
    answered: Result<(Response, DnsPacket), StageError>,
    name: &Name,
    missing: Message,
    is_second: impl Fn(&ReceivedQuery) -> bool,
) -> Result<(), StageError> {
    let queries = run.internet.queries();
    let mut of_name = queries
        .iter()
        .filter(|query| query.has_question(name, None));
    let (has_first, has_second) = (of_name.clone().next().is_some(), of_name.any(is_second));
    answered
        .map(drop)
        .map_err(|error| match has_first && !has_second {
            true => error.map_failure(|failure| failure.because_of_missing(missing)),
            false => error,
        })
}

/// The server of `<liar>` adds an address of `<victim>.<shop>.<tld>`, which is outside its
/// bailiwick, to each reply.
fn forged_records(run: &mut ServerRun) -> Result<(), StageError> {
    let rfc = "RFC 5452 section 6";
    let bait = run.name("<www>.<liar>.<other>");
    let rule = "records outside the server's bailiwick are discarded";
    let response = run.query(Via::Udp, &bait, RecordType::A, REPLY_TIMEOUT);
    let forged = run.filler.fill("<4 forged>");
    let has_forged = |response: &Response| {
        let reply = response.packet().unwrap_or_default();
        let mut records = reply.records();
        records.any(|record| record.rdata.to_string() == forged)
    };
    let expected = format!("no record with {forged}");
    if has_forged(&response) {
        let got = "the forged record was passed on";
        return Err(run.failure(rule, expected, got, rfc, &response).into());
    }
    let victim = run.name("<victim>.<shop>.<tld>");
    let response = run.query(Via::Udp, &victim, RecordType::A, REPLY_TIMEOUT);
    if has_forged(&response) {
        let got = format!("the forged record was cached: {forged} is the answer for {victim}");
        let failure = run.failure(rule, expected, got, rfc, &response);
        let history = run.history(&[&bait], &response);
        return Err(failure.with_context(history).into());
    }
    run.check_answer(rule, response, &victim, RecordType::A, rfc)
        .map(drop)
}

/// A client without EDNS accepts 512 octets over UDP: a longer reply is truncated, with TC, and
/// complete over TCP.
fn truncation(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<long>.<shop>.<tld>");
    let mut query = stub_query(run.filler.random(), &name, RecordType::TXT);
    query.edns = None;
    let query = query.write().unwrap_or_default();
    let response = send_query(run.server.address, Via::Udp, &query, REPLY_TIMEOUT);
    let rfc = "RFC 1035 section 4.2.1";
    let rule = "without EDNS a UDP reply has at most 512 octets, and TC if records are missing";
    let length = response.reply.as_ref().map_or(0, Vec::len);
    let got = match response.packet() {
        None => response.summary(),
        Some(reply) if length <= 512 && reply.header.tc => String::new(),
        Some(reply) => format!(
            "{length} octets, TC {}: {}",
            u8::from(reply.header.tc),
            response.summary()
        ),
    };
    if !got.is_empty() {
        return Err(run
            .failure(rule, "1 to 512 octets, TC 1", got, rfc, &response)
            .into());
    }
    let whole = send_query(run.server.address, Via::Tcp, &query, REPLY_TIMEOUT);
    let rule = "a reply that was truncated over UDP is complete over TCP";
    run.check_answer(rule, whole, &name, RecordType::TXT, "RFC 7766 section 5")
        .map(drop)
}
