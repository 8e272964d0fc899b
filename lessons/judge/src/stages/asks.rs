//! `asks`: the query that the client sends (RFC 1035 section 4.1).

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Header, Question, Rdata, Record};
use network::Via;

use crate::client_run::ClientRun;
use crate::exchange::{ReceivedQuery, Reply, Responder};
use crate::outcome::{Failure, StageError};
use crate::text::count_of;
use crate::trial::Trial;

/// The client has its reply at once; this is the limit for a busy machine.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);
/// The types of ten queries whose ids are compared. Two of ten random ids are equal in one run of
/// 1,500.
const QUERIES: [&str; 10] = [
    "A", "AAAA", "MX", "TXT", "NS", "SOA", "CNAME", "PTR", "SRV", "A",
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut ids = Vec::new();
    let mut queries = Vec::new();
    for (number, rtype) in QUERIES.into_iter().enumerate() {
        let name = trial
            .filler
            .fill(&format!("<host {number}>.<zone {number}>.<tld>"));
        let run = trial.run_client(&name, rtype, CLIENT_TIMEOUT, immediate(rtype))?;
        let (run, query) = first_query(run)?;
        queries.extend(run.messages.first().cloned());
        if let Err(Wrong(rule, expected, got, rfc)) = check_query(&query, &name, rtype) {
            return Err(run.wrong_query(rule, expected, got, rfc).into());
        }
        ids.push(query.header.id);
    }
    let Some(why) = pattern(&ids) else {
        return Ok(());
    };
    let last = queries.last().map(|query| query.at);
    let failure = Failure::new(
        "the id of a query is unpredictable",
        format!("{} ids chosen at random", ids.len()),
        format!("{ids:?}: {why}"),
        "RFC 5452 section 9.2",
    );
    let failure = failure.with_messages(queries);
    Err(failure.mark(|query| Some(query.at) == last).into())
}

/// Answers a query for an A record with one, and any other query with NODATA.
fn immediate(rtype: &str) -> Responder {
    let is_a = rtype == "A";
    Arc::new(move |received: &ReceivedQuery| {
        let Some(query) = received.packet() else {
            return Vec::new();
        };
        let mut reply = DnsPacket::reply_to(&query);
        reply.header.ra = true;
        let qname = query.question().map(|question| question.qname.clone());
        if let (true, Some(qname)) = (is_a, qname) {
            reply
                .answers
                .push(Record::new(qname, 60, Rdata::A([198, 18, 0, 1].into())));
        }
        reply.write().into_iter().map(Reply::genuine).collect()
    })
}

/// Returns the first message of the client, which must be a query over UDP.
fn first_query(run: ClientRun) -> Result<(ClientRun, DnsPacket), StageError> {
    let rule = "the client sends a query to the given server";
    let expected = "one message over UDP";
    let rfc = "RFC 1035 section 4.2.1";
    let Some(exchange) = run.exchanges.first() else {
        let got = run.accident().unwrap_or_default();
        return Err(run.missing_query(rule, expected, got, rfc, Via::Udp).into());
    };
    if exchange.query.via != Via::Udp {
        let got = "the first message arrived over TCP";
        let output = run.output.full_text();
        let failure = run.wrong_query(rule, expected, got, rfc);
        return Err(failure.with_output(output).into());
    }
    match DnsPacket::parse(&exchange.query.octets) {
        Ok(query) => Ok((run, query)),
        Err(error) => {
            let rule = "the query is a well-formed message";
            let expected = "a header, a question, and no octets behind them";
            Err(run
                .wrong_query(rule, expected, error, "RFC 1035 section 4.1")
                .into())
        }
    }
}

/// A violated rule, the expected and the observed value, and the RFC.
struct Wrong(&'static str, String, String, &'static str);

/// Checks header and question, field by field.
fn check_query(query: &DnsPacket, name: &str, rtype: &str) -> Result<(), Wrong> {
    let Header {
        qr,
        opcode,
        aa,
        tc,
        rd,
        ra,
        z,
        rcode,
        ..
    } = query.header;
    let [qr, aa, tc, rd, ra, z] = [qr, aa, tc, rd, ra, z].map(u8::from);
    let reply_flags = format!("AA {aa}, TC {tc}, RA {ra}, Z {z}, RCODE {}", rcode.0);
    let header = "RFC 1035 section 4.1.1";
    expect_equal("QR is 0 in a query", "QR 0", format!("QR {qr}"), header)?;
    expect_equal("the opcode of a query is QUERY", "QUERY", opcode, header)?;
    let rule = "the client sets RD, to have the resolver do the walk";
    expect_equal(rule, "RD 1", format!("RD {rd}"), header)?;
    let rule = "AA, TC, RA, Z and RCODE are 0 in a query";
    expect_equal(rule, "AA 0, TC 0, RA 0, Z 0, RCODE 0", reply_flags, header)?;
    let rule = "a query holds one question";
    let count = count_of(query.questions.len(), "question");
    expect_equal(rule, "1 question", count, "RFC 9619 section 4")?;
    let shown = |question: &Question| {
        let Question {
            qname,
            qtype,
            qclass,
        } = question;
        format!("{qname} {qclass} {qtype}")
    };
    let question = query.question().map(shown).unwrap_or_default();
    let rule = "the question has the given name and type";
    let expected = format!("{name}. IN {rtype}");
    expect_equal(rule, &expected, question, "RFC 1035 section 4.1.2")?;
    let records: Vec<String> = query.records().map(Record::to_string).collect();
    let got = match records.as_slice() {
        [] => "no records".to_owned(),
        records => records.join("\n"),
    };
    let rule = "a query holds no records";
    expect_equal(rule, "no records", got, "RFC 1035 section 4.1")
}

fn expect_equal(
    rule: &'static str,
    expected: &str,
    got: impl Display,
    rfc: &'static str,
) -> Result<(), Wrong> {
    match got.to_string() {
        got if got == expected => Ok(()),
        got => Err(Wrong(rule, expected.to_owned(), got, rfc)),
    }
}

/// Returns the pattern of predictable ids, if there is one.
fn pattern(ids: &[u16]) -> Option<&'static str> {
    let steps: Vec<u16> = ids
        .windows(2)
        .filter_map(|pair| Some(pair.get(1)?.wrapping_sub(*pair.first()?)))
        .collect();
    let mut distinct = ids.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let all_alike = |part: fn(u16) -> u16| {
        ids.iter()
            .all(|id| ids.first().map(|id| part(*id)) == Some(part(*id)))
    };
    if distinct.len() + 1 < ids.len() {
        Some("they repeat")
    } else if steps.iter().all(|step| *step < 16)
        || steps.iter().all(|step| Some(step) == steps.first())
    {
        Some("each follows from the previous one")
    } else if all_alike(|id| id >> 8) || all_alike(|id| id & 0xff) {
        Some("half of their bits never change")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn predictable_ids_are_told_from_random_ones() {
        assert_eq!(pattern(&[7, 7, 7, 7]), Some("they repeat"));
        assert_eq!(
            pattern(&[7, 8, 10, 11]),
            Some("each follows from the previous one")
        );
        assert_eq!(
            pattern(&[65_000, 464, 1_464]),
            Some("each follows from the previous one")
        );
        assert_eq!(
            pattern(&[7, 200, 11, 90]),
            Some("half of their bits never change")
        );
        assert_eq!(pattern(&[51_966, 4_711, 28_001, 14_142]), None);
    }
}
