//! `chases`: aliases, zones whose servers must be looked up first, and an alias loop.

use dnsparse::{Rcode, RecordType};
use network::Via;

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
        "a DNAME is followed",
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
        return Err(run
            .failure(rule, expected, response.summary(), rfc, &response)
            .into());
    }
    if queries > 20 {
        let got = format!("{queries} upstream queries");
        return Err(run
            .failure(
                rule,
                "at most 20 upstream queries for the name",
                got,
                rfc,
                &response,
            )
            .into());
    }
    Ok(())
}
