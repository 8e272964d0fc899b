//! The log of a search as steps: the walks, nested in each other; the exchanges with servers; and
//! whatever else the resolver noted.

use crate::walk::fate::{Judged, judge};
use crate::walk::record::{Entries, Entry, Exchange};
use dnsparse::{DnsPacket, Name, Question, RecordType};
use network::Via;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::time::Instant;
use transport::{parse_reply, reply_matches};

/// A step of a search. Depths are those of the resolver's trace: a step belongs to the last walk
/// above it with a lesser depth.
pub(crate) enum Step {
    /// A walk for a question begins.
    Walk { depth: usize, text: String },
    /// A line of the trace that belongs to no exchange.
    Note { depth: usize, text: String },
    /// A query, with its reply, if there was one.
    Exchange(Box<Exchanged>),
}

/// A query to a server, and what became of it. Times are since the search began.
pub(crate) struct Exchanged {
    /// Its place in the order in which the queries were sent, from 1.
    pub(crate) number: usize,
    pub(crate) depth: usize,
    pub(crate) at: Duration,
    /// The arrival of the reply, or of an error.
    pub(crate) until: Option<Duration>,
    pub(crate) zone: Name,
    pub(crate) question: Question,
    pub(crate) server: SocketAddr,
    pub(crate) server_name: Option<Name>,
    pub(crate) via: Via,
    pub(crate) query: Vec<u8>,
    pub(crate) reply: Option<Vec<u8>>,
    /// A word for the outcome: that of a judgement, or `truncated`, `timeout`, `error`.
    pub(crate) kind: &'static str,
    pub(crate) outcome: String,
    pub(crate) believed: Vec<Judged>,
    pub(crate) discarded: Vec<Judged>,
    /// The line of the trace.
    pub(crate) line: String,
}

/// Stands in place of a line for an exchange that has none.
const NO_LINE: &str = "";
/// The same, where another reply has made the exchange needless.
const NOT_AWAITED: &str = "no longer waited for";

/// Returns the steps of a search that began at `start`.
pub(crate) fn steps(log: &Entries, start: Instant, names: &BTreeMap<IpAddr, Name>) -> Vec<Step> {
    let (mut steps, mut open, mut last_depth) = (Vec::new(), Vec::new(), 0);
    let step = |(number, exchange): (usize, &Exchange), depth, line: &str| {
        let mut exchanged = exchanged(exchange, start, names);
        (exchanged.depth, exchanged.number) = (depth, number);
        match (line, &exchanged.reply) {
            (NOT_AWAITED, None) => exchanged.outcome = NOT_AWAITED.to_owned(),
            (line, Some(_)) if line.contains(" timed out") => {
                exchanged.outcome = format!("late: {}", exchanged.outcome);
            }
            _ => {}
        }
        if line != NOT_AWAITED {
            exchanged.line = line.to_owned();
        }
        Step::Exchange(Box::new(exchanged))
    };
    for entry in &log.entries {
        let text = match entry {
            Entry::Began(index) => {
                open.extend(log.exchanges.get(*index).map(|it| (index + 1, it)));
                continue;
            }
            Entry::Line(text) => text,
        };
        let (depth, text) = indented(text);
        last_depth = depth;
        let server = server_of(text);
        if is_late(text) {
            // The search goes on with this reply, and waits for no other.
            steps.extend(
                open.drain(..)
                    .map(|exchange| step(exchange, depth, NOT_AWAITED)),
            );
        }
        // A line about a server ends its exchanges: a query over UDP, and perhaps again over TCP or
        // without EDNS, of which the last is the one that the line is about.
        let of_server = |(_, exchange): &(usize, &Exchange)| Some(exchange.server.ip()) == server;
        let mut about: Vec<_> = open.extract_if(.., |it| of_server(it)).collect();
        if let Some(last) = about.pop() {
            let before = about.into_iter();
            steps.extend(before.map(|exchange| step(exchange, depth, NO_LINE)));
            steps.push(step(last, depth, text));
            continue;
        }
        let text = text.to_owned();
        steps.push(match is_walk(&text) {
            true => Step::Walk { depth, text },
            false => Step::Note { depth, text },
        });
    }
    // The search ended while these were waited for.
    let rest = open.into_iter();
    steps.extend(rest.map(|exchange| step(exchange, last_depth, NO_LINE)));
    steps
}

/// Whether a line is about a reply that came after its timeout, and decides where the walk goes on.
fn is_late(text: &str) -> bool {
    text.ends_with("(late)") && text.contains(" says: ")
}

/// Splits a line into its depth and its text.
fn indented(line: &str) -> (usize, &str) {
    let text = line.trim_start_matches(' ');
    ((line.len() - text.len()) / 2, text)
}

/// Returns the server that a line is about: `zone  address …`.
fn server_of(text: &str) -> Option<IpAddr> {
    let (zone, rest) = text.split_once("  ")?;
    zone.parse::<Name>().ok()?;
    rest.split(' ').next()?.parse().ok()
}

/// Whether a line is the beginning of a walk: a name and a type.
fn is_walk(text: &str) -> bool {
    let mut words = text.trim_end_matches(" again").split(' ');
    let (name, rtype, rest) = (words.next(), words.next(), words.next());
    let is_name = name.is_some_and(|it| it.ends_with('.') && it.parse::<Name>().is_ok());
    is_name && rest.is_none() && rtype.is_some_and(|it| it.parse::<RecordType>().is_ok())
}

/// Describes an exchange.
fn exchanged(exchange: &Exchange, start: Instant, names: &BTreeMap<IpAddr, Name>) -> Exchanged {
    let since = |at: Instant| at.saturating_duration_since(start);
    let mut shown = Exchanged {
        number: 0,
        depth: 0,
        at: since(exchange.at),
        until: None,
        zone: exchange.zone.clone(),
        question: exchange.question.clone(),
        server: exchange.server,
        server_name: names.get(&exchange.server.ip()).cloned(),
        via: exchange.via,
        query: exchange.query.clone(),
        reply: None,
        kind: "timeout",
        outcome: "no reply in time".to_owned(),
        believed: Vec::new(),
        discarded: Vec::new(),
        line: String::new(),
    };
    let query = DnsPacket::parse(&exchange.query).unwrap_or_default();
    for (at, arrival) in &exchange.arrivals {
        let octets = match arrival {
            Ok(octets) => octets,
            Err(kind) => {
                (shown.kind, shown.outcome) = ("error", kind.to_string());
                shown.until = Some(since(*at));
                continue;
            }
        };
        let parsed = parse_reply(&query, octets, exchange.via);
        let why = match &parsed {
            Ok((reply, _)) if reply_matches(&query, reply) => {
                shown.until = Some(since(*at));
                shown.reply = Some(octets.clone());
                describe(&mut shown, reply);
                break;
            }
            Ok(_) => "not the reply to this query: its id or its question differs".to_owned(),
            Err(error) => format!("malformed: {error}"),
        };
        let record = format!("a message of {} octets", octets.len());
        shown.discarded.push(Judged { record, why });
    }
    shown
}

/// Adds what the resolver makes of the reply.
fn describe(shown: &mut Exchanged, reply: &DnsPacket) {
    if reply.header.tc && shown.via == Via::Udp {
        (shown.kind, shown.outcome) = ("truncated", "truncated: again over TCP".to_owned());
        let why = "TC is set: nothing of a truncated reply is used (RFC 2181 section 9)";
        let judged = |record: String| Judged {
            record,
            why: why.to_owned(),
        };
        let records = reply.records().map(ToString::to_string);
        shown.discarded.extend(records.map(judged));
        return;
    }
    let judgement = judge(reply, &shown.question, &shown.zone);
    (shown.kind, shown.outcome) = (judgement.kind, judgement.text);
    shown.believed = judgement.believed;
    shown.discarded.extend(judgement.discarded);
}
