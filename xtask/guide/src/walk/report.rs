//! A session as JSON, for the page.

use crate::draw::sequence;
use crate::walk::cached::CacheRow;
use crate::walk::fate::{Judged, counted};
use crate::walk::session::{Item, Session};
use crate::walk::steps::{Exchanged, Step};
use crate::walk::{Done, Search, run};
use lab::Lab;
use serde_json::{Value, json};
use std::time::Duration;

/// Runs a session, and describes each of its steps.
///
/// # Errors
/// Returns a sentence for the reader.
pub(crate) fn report(text: &str) -> Result<Value, String> {
    let session = Session::parse(text)?;
    let done = run(&session, Lab::internet())
        .map_err(|error| format!("The mini-Internet could not be started: {error}."))?;
    Ok(json!({
        "seed": session.seed,
        "minimise": session.minimise,
        "items": done.iter().map(item).collect::<Vec<_>>(),
    }))
}

fn item(done: &Done) -> Value {
    let (name, text) = match &done.item {
        Item::Wait(seconds) => (format!("+{seconds}"), time(*seconds)),
        Item::Query(question) => {
            let text = format!("{} {}", question.qname, question.qtype);
            (text.clone(), text)
        }
    };
    json!({
        "item": name,
        "text": text,
        "at": done.at.as_secs_f64(),
        "search": done.search.as_ref().map(search),
        "cache": done.cache.iter().map(cache_row).collect::<Vec<_>>(),
    })
}

/// Writes seconds as people say them.
fn time(seconds: u64) -> String {
    let (unit, noun) = match seconds {
        86_400.. if seconds.is_multiple_of(86_400) => (86_400, "day"),
        3_600.. if seconds.is_multiple_of(3_600) => (3_600, "hour"),
        60.. if seconds.is_multiple_of(60) => (60, "minute"),
        _ => (1, "second"),
    };
    let number = usize::try_from(seconds / unit).unwrap_or(usize::MAX);
    format!("{} later", counted(number, noun))
}

fn search(search: &Search) -> Value {
    let resolution = &search.resolution;
    let texts = |records: &[dnsparse::Record]| -> Vec<String> {
        records.iter().map(ToString::to_string).collect()
    };
    json!({
        "took": millis(search.took),
        "rcode": resolution.rcode.to_string(),
        "answers": texts(&search.reply.answers),
        "authorities": texts(&search.reply.authorities),
        "failure": resolution.failure.as_ref().map(ToString::to_string),
        "queries": resolution.queries,
        "reply": search.reply.write().ok().map(hex::encode),
        "steps": search.steps.iter().map(step).collect::<Vec<_>>(),
        "sequence": sequence::sequence(search).to_json(),
        "timeline": sequence::timeline(search).to_json(),
    })
}

fn step(step: &Step) -> Value {
    match step {
        Step::Walk { depth, text } => json!({ "form": "walk", "depth": depth, "text": text }),
        Step::Note { depth, text } => json!({ "form": "note", "depth": depth, "text": text }),
        Step::Exchange(exchange) => exchanged(exchange),
    }
}

fn exchanged(exchange: &Exchanged) -> Value {
    let judged = |records: &[Judged]| -> Vec<Value> {
        let one = |it: &Judged| json!({ "record": it.record, "why": it.why });
        records.iter().map(one).collect()
    };
    let until = exchange.until.map(millis);
    json!({
        "form": "exchange",
        "number": exchange.number,
        "depth": exchange.depth,
        "at": millis(exchange.at),
        "until": until,
        "zone": exchange.zone.to_string(),
        "question": format!("{} {}", exchange.question.qname, exchange.question.qtype),
        "server": exchange.server.ip().to_string(),
        "name": exchange.server_name.as_ref().map(ToString::to_string),
        "via": exchange.via.to_string(),
        "query": hex::encode(&exchange.query),
        "reply": exchange.reply.as_ref().map(hex::encode),
        "kind": exchange.kind,
        "outcome": exchange.outcome,
        "believed": judged(&exchange.believed),
        "discarded": judged(&exchange.discarded),
        "line": exchange.line,
        "sentence": sequence::sentence(exchange),
    })
}

fn cache_row(row: &CacheRow) -> Value {
    json!({
        "name": row.name,
        "type": row.rtype,
        "ttl": row.ttl,
        "kind": row.kind,
        "data": row.data,
        "exchange": row.exchange,
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
