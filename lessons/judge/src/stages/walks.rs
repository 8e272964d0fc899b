//! `walks`: the walk from the root to the zone, and the rules for upstream queries: bailiwick, TCP
//! after TC, and servers without EDNS.

use std::collections::HashSet;
use std::net::SocketAddr;

use dnsparse::{DnsPacket, Header, RecordType};
use network::Via;

use crate::name_server::ReceivedQuery;
use crate::outcome::{Failure, Message, Side, StageError};
use crate::server_run::{REPLY_TIMEOUT, ServerRun};
use crate::stub::{send_query, stub_query};
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
    let queries = run.internet.queries();
    let has_rd = |query: &ReceivedQuery| query.packet().is_some_and(|packet| packet.header.rd);
    if let Some(query) = queries.iter().find(|(_, query)| has_rd(query)) {
        let rule = "RD is 0 in upstream queries";
        let failure = Failure::new(rule, "RD 0", "RD 1", "RFC 1034 section 4.3.1");
        return Err(failure.with_messages([message(query)]).into());
    }
    let ids: Vec<u16> = queries
        .iter()
        .filter_map(|(_, query)| Some(query.packet()?.header.id))
        .collect();
    let (count, distinct) = (ids.len(), ids.iter().collect::<HashSet<_>>().len());
    let is_step =
        |pair: &[u16]| matches!(pair, [first, second] if second.wrapping_sub(*first) < 16);
    let in_steps = count > 5 && ids.windows(2).all(is_step);
    // Two of a hundred random ids are equal in one run of 14.
    if in_steps || distinct * 10 < count * 9 {
        let rule = "the ids of upstream queries are unpredictable";
        let how = if in_steps {
            ", each a little above the one before"
        } else {
            ""
        };
        let got = format!("{distinct} different ids in {count} queries{how}");
        let failure = Failure::new(rule, "random ids", got, "RFC 5452 section 9.2");
        return Err(failure
            .with_messages(queries.iter().take(3).map(message))
            .into());
    }
    Ok(())
}

/// Returns an upstream query as a message.
fn message((server, query): &(SocketAddr, ReceivedQuery)) -> Message {
    Message {
        from: Side::Program,
        server: *server,
        via: query.via,
        octets: query.octets.clone(),
    }
}

fn over_tcp(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<www>.<short>.<other>");
    let rule = "after TC the upstream query is repeated over TCP";
    run.expect_correct_answer(rule, &name, RecordType::A, "RFC 7766 section 5")
        .map(drop)
}

fn without_edns(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<www>.<plain>.<other>");
    let rule = "after FORMERR the upstream query is repeated without EDNS";
    run.expect_correct_answer(rule, &name, RecordType::A, "RFC 6891 section 7")
        .map(drop)
}

/// The server of `<liar>` adds an address of `<victim>.<shop>.<tld>`, which is outside its
/// bailiwick, to each reply.
fn forged_records(run: &mut ServerRun) -> Result<(), StageError> {
    let rfc = "RFC 5452 section 6";
    let bait = run.name("<www>.<liar>.<other>");
    let rule = "records outside the server's bailiwick are discarded";
    let response = run.query(Via::Udp, &bait, RecordType::A, REPLY_TIMEOUT);
    let forged = run.filler.fill("<4 forged>");
    let has_forged = |reply: &DnsPacket| {
        reply
            .records()
            .any(|record| record.rdata.to_string() == forged)
    };
    if response.packet().is_some_and(|reply| has_forged(&reply)) {
        let expected = format!("no record with {forged}");
        return Err(run
            .failure(
                rule,
                expected,
                "the forged record was passed on",
                rfc,
                &response,
            )
            .into());
    }
    let victim = run.name("<victim>.<shop>.<tld>");
    run.expect_correct_answer(rule, &victim, RecordType::A, rfc)
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
    let is_truncated = response.packet().is_some_and(|reply| reply.header.tc);
    if length == 0 || length > 512 || !is_truncated {
        let got = format!("{length} octets, TC {}", u8::from(is_truncated));
        return Err(run
            .failure(rule, "1 to 512 octets, TC 1", got, rfc, &response)
            .into());
    }
    let whole = send_query(run.server.address, Via::Tcp, &query, REPLY_TIMEOUT);
    let correct = run.internet.correct_answer(&name, RecordType::TXT);
    let wrong = match whole.packet() {
        Some(reply) => crate::answer::compare_answers(&correct, &reply).err(),
        None => Some(whole.summary()),
    };
    match wrong {
        None => Ok(()),
        Some(wrong) => {
            let rule = "a reply that was truncated over UDP is complete over TCP";
            Err(run
                .failure(rule, "all records", wrong, "RFC 7766 section 5", &whole)
                .into())
        }
    }
}
