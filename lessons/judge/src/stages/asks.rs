//! `asks`: the query as it leaves the client (RFC 1035 section 4.1).

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Header, Question, Rdata, Record};
use network::Via;

use crate::listen::{Answerer, Heard};
use crate::outcome::{Failure, Stop};
use crate::trial::{Conversation, Trial};

/// A client whose first query is answered at once has nothing to wait for.
const PATIENCE: Duration = Duration::from_secs(10);
/// As many queries are looked at to see how ids are chosen. By chance alone, two of them are the same in one run of 1,300.
const QUERIES: [&str; 10] = [
    "A", "AAAA", "MX", "TXT", "NS", "SOA", "CNAME", "PTR", "SRV", "A",
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let mut ids = Vec::new();
    let mut last = None;
    for (number, rtype) in QUERIES.into_iter().enumerate() {
        let name = trial
            .filler
            .fill(&format!("<host {number}>.<zone {number}>.<tld>"));
        let conversation = trial.converse(&name, rtype, PATIENCE, at_once(rtype))?;
        let query = the_query(&conversation)?;
        is_right(&query, &name, rtype)
            .map_err(|failure| failure.with(conversation.messages.iter().take(1).cloned()))?;
        ids.push(query.header.id);
        last = Some(conversation);
    }
    let foreseeable = |why: &str| {
        let messages = last
            .iter()
            .flat_map(|last| last.messages.iter().take(1).cloned());
        Failure::new(
            "nobody can foresee the id of a query",
            format!("{} ids chosen at random", ids.len()),
            format!("{ids:?}: {why}"),
            "RFC 5452 section 9.2",
        )
        .with(messages)
    };
    pattern(&ids).map_or(Ok(()), |why| Err(foreseeable(why).into()))
}

/// An answer of the type that was asked for where that is easy to make; none otherwise.
fn at_once(rtype: &str) -> Answerer {
    let is_a = rtype == "A";
    Arc::new(move |heard: &Heard| {
        let Some(query) = heard.query() else {
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

/// The first message that the client sent, which has to be one, and by UDP.
fn the_query(conversation: &Conversation) -> Result<DnsPacket, Stop> {
    let nothing = |got: String| {
        let failure = Failure::new(
            "the client sends a query to the server that it is told",
            "one message, by UDP",
            got,
            "RFC 1035 section 4.2.1",
        );
        failure
            .printed(conversation.said.in_full())
            .with(conversation.messages.clone())
    };
    let Some(exchange) = conversation.exchanges.first() else {
        return Err(nothing("nothing was sent".to_owned()).into());
    };
    if exchange.heard.via != Via::Udp {
        return Err(nothing("it came by TCP".to_owned()).into());
    }
    DnsPacket::parse(&exchange.heard.octets).map_err(|error| {
        let failure = Failure::new(
            "the query is a message",
            "header and question, and nothing behind them",
            error,
            "RFC 1035 section 4.1",
        );
        failure
            .with(conversation.messages.iter().take(1).cloned())
            .into()
    })
}

/// Header and question, field by field.
fn is_right(query: &DnsPacket, name: &str, rtype: &str) -> Result<(), Box<Failure>> {
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
    let of_replies = format!("AA {aa}, TC {tc}, RA {ra}, Z {z}, RCODE {}", rcode.0);
    let header = "RFC 1035 section 4.1.1";
    holds(
        "a query says that it is one",
        "QR 0",
        format!("QR {qr}"),
        header,
    )?;
    holds("it is a standard query", "QUERY", opcode, header)?;
    let promise = "the client wants the whole walk done for it";
    holds(promise, "RD 1", format!("RD {rd}"), header)?;
    let promise = "what only replies say is 0 in a query";
    holds(
        promise,
        "AA 0, TC 0, RA 0, Z 0, RCODE 0",
        of_replies,
        header,
    )?;
    let count = query.questions.len();
    holds(
        "a query asks one question",
        "1",
        count,
        "RFC 9619 section 4",
    )?;
    let asked = |question: &Question| {
        let Question {
            qname,
            qtype,
            qclass,
        } = question;
        format!("{qname} {qclass} {qtype}")
    };
    let asked = query.question().map(asked).unwrap_or_default();
    let promise = "it asks what it was told to ask";
    holds(
        promise,
        &format!("{name}. IN {rtype}"),
        asked,
        "RFC 1035 section 4.1.2",
    )?;
    let count = query.records().count();
    holds(
        "a query brings no records",
        "0",
        count,
        "RFC 1035 section 4.1",
    )
}

fn holds(
    promise: &str,
    expected: &str,
    got: impl Display,
    rfc: &'static str,
) -> Result<(), Box<Failure>> {
    match got.to_string() {
        got if got == expected => Ok(()),
        got => Err(Box::new(Failure::new(promise, expected, got, rfc))),
    }
}

/// What is foreseeable about ids, if anything is.
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
        Some("each follows from the one before")
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
    fn ids_that_can_be_foreseen_are_told_from_random_ones() {
        assert_eq!(pattern(&[7, 7, 7, 7]), Some("they repeat"));
        assert_eq!(
            pattern(&[7, 8, 10, 11]),
            Some("each follows from the one before")
        );
        assert_eq!(
            pattern(&[65_000, 464, 1_464]),
            Some("each follows from the one before")
        );
        assert_eq!(
            pattern(&[7, 200, 11, 90]),
            Some("half of their bits never change")
        );
        assert_eq!(pattern(&[51_966, 4_711, 28_001, 14_142]), None);
    }
}
