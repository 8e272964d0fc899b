//! `asks`: the query that the client sends (RFC 1035 section 4.1).

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Header, Question, Rdata, Record};
use network::Via;

use crate::name_server::{ReceivedQuery, Responder};
use crate::outcome::{Failure, StageError};
use crate::trial::{ClientRun, Trial};

/// The client has its reply at once; this is the limit for a busy machine.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);
/// The types of ten queries whose ids are compared. Two of ten random ids are equal in one run of
/// 1,500.
const QUERIES: [&str; 10] = [
    "A", "AAAA", "MX", "TXT", "NS", "SOA", "CNAME", "PTR", "SRV", "A",
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut ids = Vec::new();
    let mut last = None;
    for (number, rtype) in QUERIES.into_iter().enumerate() {
        let name = trial
            .filler
            .fill(&format!("<host {number}>.<zone {number}>.<tld>"));
        let run = trial.run_client(&name, rtype, CLIENT_TIMEOUT, immediate(rtype))?;
        let query = first_query(&run)?;
        check_query(&query, &name, rtype)
            .map_err(|failure| failure.with_messages(run.messages.iter().take(1).cloned()))?;
        ids.push(query.header.id);
        last = Some(run);
    }
    let predictable = |why: &str| {
        let messages = last
            .iter()
            .flat_map(|last| last.messages.iter().take(1).cloned());
        Failure::new(
            "the id of a query is unpredictable",
            format!("{} ids chosen at random", ids.len()),
            format!("{ids:?}: {why}"),
            "RFC 5452 section 9.2",
        )
        .with_messages(messages)
    };
    pattern(&ids).map_or(Ok(()), |why| Err(predictable(why).into()))
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
        reply.write().into_iter().collect()
    })
}

/// Returns the first message of the client, which must be a query over UDP.
fn first_query(run: &ClientRun) -> Result<DnsPacket, StageError> {
    let not_sent = |got: String| {
        let failure = Failure::new(
            "the client sends a query to the given server",
            "one message over UDP",
            got,
            "RFC 1035 section 4.2.1",
        );
        failure
            .with_output(run.output.full_text())
            .with_messages(run.messages.clone())
    };
    let Some(exchange) = run.exchanges.first() else {
        return Err(not_sent("nothing was sent".to_owned()).into());
    };
    if exchange.query.via != Via::Udp {
        return Err(not_sent("the first message arrived over TCP".to_owned()).into());
    }
    DnsPacket::parse(&exchange.query.octets).map_err(|error| {
        let failure = Failure::new(
            "the query is a well-formed message",
            "a header, a question, and no octets behind them",
            error,
            "RFC 1035 section 4.1",
        );
        failure
            .with_messages(run.messages.iter().take(1).cloned())
            .into()
    })
}

/// Checks header and question, field by field.
fn check_query(query: &DnsPacket, name: &str, rtype: &str) -> Result<(), Box<Failure>> {
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
    let count = query.questions.len();
    expect_equal(
        "a query holds one question",
        "1",
        count,
        "RFC 9619 section 4",
    )?;
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
    expect_equal(
        rule,
        &format!("{name}. IN {rtype}"),
        question,
        "RFC 1035 section 4.1.2",
    )?;
    let count = query.records().count();
    expect_equal(
        "a query holds no records",
        "0",
        count,
        "RFC 1035 section 4.1",
    )
}

fn expect_equal(
    rule: &str,
    expected: &str,
    got: impl Display,
    rfc: &'static str,
) -> Result<(), Box<Failure>> {
    match got.to_string() {
        got if got == expected => Ok(()),
        got => Err(Box::new(Failure::new(rule, expected, got, rfc))),
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
