//! `chases`: aliases (CNAME and DNAME), zones whose servers must be looked up first, and an alias
//! loop.

use std::time::Instant;

use dnsparse::{Rcode, RecordType};
use network::Via;

use crate::answer::describe;
use crate::outcome::StageError;
use crate::server_run::{REPLY_TIMEOUT, ServerRun};
use crate::trial::Trial;

const QUESTIONS: [(&str, RecordType, &str, &str); 10] = [
    (
        "<near>.<shop>.<tld>",
        RecordType::A,
        "an alias within a zone is followed",
        "RFC 1034 section 3.6.2",
    ),
    (
        "<far>.<shop>.<tld>",
        RecordType::A,
        "an alias into another zone is followed",
        "RFC 1034 section 3.6.2",
    ),
    (
        "<one>.<shop>.<tld>",
        RecordType::A,
        "four aliases from zone to zone are followed",
        "RFC 1034 section 3.6.2",
    ),
    (
        "<far>.<shop>.<tld>",
        RecordType::CNAME,
        "a CNAME query is answered with the alias alone",
        "RFC 1034 section 3.6.2",
    ),
    (
        "<lost>.<shop>.<tld>",
        RecordType::A,
        "an alias to a name that does not exist: NXDOMAIN, with the alias",
        "RFC 2308 section 2.1",
    ),
    (
        "<mute>.<shop>.<tld>",
        RecordType::AAAA,
        "an alias to a name without such records: NODATA, with the alias",
        "RFC 2308 section 2.2",
    ),
    (
        "<cow>.<moved>.<shop>.<tld>",
        RecordType::A,
        "a DNAME is followed: the answer holds it, the CNAME made from it, and the target",
        "RFC 6672 section 3.2",
    ),
    (
        "<www>.<bank>.<tld>",
        RecordType::A,
        "the address of a server without glue is looked up",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<www>.<vault>.<tld>",
        RecordType::A,
        "lookups nest: the server's own zone has no glue either",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<two>.<farm>.<other>",
        RecordType::A,
        "a query for the middle of an alias chain is answered",
        "RFC 1034 section 3.6.2",
    ),
];

/// The number of upstream queries for a name of an alias loop that is too many.
const MAX_QUERIES: usize = 20;

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ServerRun::start(trial)?;
    for (name, qtype, rule, rfc) in QUESTIONS {
        let name = run.name(name);
        run.expect_correct_answer(rule, &name, qtype, rfc)?;
    }
    alias_loop(&mut run)
}

/// Two aliases of each other. Some resolvers reply with SERVFAIL, some with the aliases; all of
/// them stop.
fn alias_loop(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<loop>.<shop>.<tld>");
    let response = run.query(Via::Udp, &name, RecordType::A, REPLY_TIMEOUT);
    let queries = run.internet.query_count(Some(&name), None);
    let got = response
        .packet()
        .map_or_else(|| response.summary(), |reply| describe(&reply));
    let rule = "an alias loop ends the resolution";
    let rfc = "RFC 1034 section 3.6.2";
    let is_an_answer = |reply: &dnsparse::DnsPacket| {
        reply.rcode() == Rcode::NXDOMAIN
            || reply
                .answers
                .iter()
                .any(|record| record.rtype() == RecordType::A)
    };
    let is_wrong = response.packet().is_none_or(|reply| is_an_answer(&reply));
    if is_wrong {
        let expected = "SERVFAIL, or the aliases of the loop; neither an address nor NXDOMAIN";
        return Err(run.failure(rule, expected, got, rfc, &response).into());
    }
    if queries > MAX_QUERIES {
        let got = format!("{queries} upstream queries for {name}");
        let expected = format!("at most {MAX_QUERIES} upstream queries for the name");
        let failure = run.failure(rule, expected, got, rfc, &response);
        let context = failure.context.iter();
        let mut queries: Vec<Instant> = context
            .filter(|message| message.is_query_of_program())
            .map(|query| query.at)
            .collect();
        queries.sort();
        let first_too_many = queries.get(MAX_QUERIES).copied();
        return Err(failure
            .mark(|message| message.is_query_of_program() && Some(message.at) == first_too_many)
            .into());
    }
    Ok(())
}
