//! A search as a sequence of messages, and its exchanges on an axis of time.

use crate::draw::bars::{AXIS, Row, Span, bars};
use crate::draw::{Anchor, Picture, WIDTH, fit, width};
use crate::walk::Search;
use crate::walk::fate::counted;
use crate::walk::steps::{Exchanged, Step};
use std::time::Duration;

/// The resolver's line, and that of the servers.
const RESOLVER: i32 = 70;
const SERVERS: i32 = WIDTH - 16;
/// The end of the column of times.
const TIMES: i32 = 60;

/// Draws the messages between resolver and servers, from top to bottom. Each exchange is a step of
/// its own.
pub(crate) fn sequence(search: &Search) -> Picture {
    let mut picture = Picture::new("The messages of the search, from top to bottom");
    picture.text("bold", (RESOLVER - 8, 20), Anchor::Start, "resolver");
    picture.text("bold", (SERVERS + 8, 20), Anchor::End, "name servers");
    let mut y = 28;
    for step in &search.steps {
        match step {
            Step::Walk { depth, text } => {
                y += 24;
                let x = RESOLVER + 10 + indent(*depth);
                picture.text("bold", (x, y), Anchor::Start, fit(text, SERVERS - x));
                picture.describe(format!("The resolver looks up {text}."));
            }
            Step::Note { depth, text } => {
                y += 18;
                let x = RESOLVER + 10 + indent(*depth);
                picture.text("quiet", (x, y), Anchor::Start, fit(text, SERVERS - x));
                picture.describe(format!("{text}."));
            }
            Step::Exchange(exchange) => {
                picture.step = exchange.number;
                picture.describe(sentence(exchange));
                y = draw_exchange(&mut picture, exchange, y);
                picture.step = 0;
            }
        }
    }
    let bottom = y + 12;
    picture.line("faint", (RESOLVER, 28), (RESOLVER, bottom));
    picture.line("faint", (SERVERS, 28), (SERVERS, bottom));
    picture
}

/// Draws an exchange below `y`, and returns its lower end.
fn draw_exchange(picture: &mut Picture, exchange: &Exchanged, y: i32) -> i32 {
    let (left, right) = (RESOLVER + 10, SERVERS - 8);
    let name = exchange.server_name.as_ref();
    let name = name.map_or_else(String::new, |name| format!(" {name}"));
    let server = format!("{}  {}{name}", exchange.number, exchange.server.ip());
    picture.text(
        "quiet",
        (right, y + 22),
        Anchor::End,
        fit(&server, right - left),
    );
    let time = |at: Duration| format!("{} ms", at.as_millis());
    let question = &exchange.question;
    let via = match exchange.via {
        network::Via::Udp => "",
        network::Via::Tcp => " over TCP",
    };
    let query = format!("{} {}?{via}", question.qname, question.qtype);
    picture.text(
        "text",
        (left, y + 40),
        Anchor::Start,
        fit(&query, right - left),
    );
    picture.text(
        "quiet small",
        (TIMES, y + 49),
        Anchor::End,
        time(exchange.at),
    );
    picture.arrow("link", (RESOLVER, y + 46), (SERVERS, y + 46));
    let class = class_of(exchange.kind);
    picture.text(
        class,
        (right, y + 64),
        Anchor::End,
        fit(&exchange.outcome, right - left),
    );
    if let Some(until) = exchange.until {
        picture.text("quiet small", (TIMES, y + 73), Anchor::End, time(until));
        picture.arrow(
            &format!("{class} dashed"),
            (SERVERS, y + 70),
            (RESOLVER, y + 70),
        );
    }
    y + 74
}

/// Draws the exchanges of a search as bars on an axis of time.
pub(crate) fn timeline(search: &Search) -> Picture {
    let mut picture = Picture::new("The exchanges of the search on an axis of time");
    let mut exchanges: Vec<&Exchanged> = (search.steps.iter())
        .filter_map(|step| match step {
            Step::Exchange(exchange) => Some(&**exchange),
            _ => None,
        })
        .collect();
    exchanges.sort_by_key(|exchange| exchange.number);
    let ends = exchanges.iter().filter_map(|exchange| exchange.until);
    let all = millis(ends.chain([search.took]).max().unwrap_or_default());
    picture.describe(format!("The search took {all} ms."));
    let row = |(index, exchange): (usize, &&Exchanged)| {
        let name = exchange.server_name.as_ref();
        let name = name.map_or_else(|| exchange.server.ip().to_string(), ToString::to_string);
        // Without a reply, the resolver waits until its next query.
        let next = exchanges.get(index + 1).map(|next| next.at);
        let until = exchange.until.or(next).unwrap_or(search.took);
        Row {
            label: format!("{} {name}", exchange.number),
            step: exchange.number,
            spans: vec![Span {
                from: millis(exchange.at),
                to: millis(until),
                class: class_of(exchange.kind),
                text: String::new(),
            }],
        }
    };
    let rows: Vec<Row> = exchanges.iter().enumerate().map(row).collect();
    for row in &rows {
        for span in &row.spans {
            let sentence = format!("{}: from {} to {} ms.", row.label, span.from, span.to);
            picture.describe(sentence);
        }
    }
    let labels = rows.iter().map(|row| width(&row.label) + 22);
    let axis = labels.max().unwrap_or(0).clamp(AXIS, WIDTH / 2);
    bars(&mut picture, 0, axis, ("milliseconds", all), &rows);
    picture
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn class_of(kind: &str) -> &'static str {
    match kind {
        "answer" | "alias" | "negative" => "good",
        "referral" => "link",
        "last-resort" | "truncated" => "quiet",
        _ => "bad",
    }
}

/// Returns the exchange as a sentence, for a screen reader.
pub(crate) fn sentence(exchange: &Exchanged) -> String {
    let question = &exchange.question;
    let name = exchange.server_name.as_ref();
    let name = name.map_or_else(String::new, |name| format!(", {name}"));
    let server = exchange.server.ip();
    let zone = match exchange.zone.is_root() {
        true => "the root zone".to_owned(),
        false => exchange.zone.to_string(),
    };
    let end = exchange.until.unwrap_or(exchange.at);
    let dropped = match exchange.discarded.len() {
        0 => String::new(),
        count => format!("; {} not used", counted(count, "record")),
    };
    format!(
        "At {} ms, a query over {} for {} {} to {server}{name}, a server of {zone}. At {} ms: {}{dropped}.",
        exchange.at.as_millis(),
        exchange.via,
        question.qname,
        question.qtype,
        end.as_millis(),
        exchange.outcome,
    )
}

fn indent(depth: usize) -> i32 {
    10 * i32::try_from(depth.min(8)).unwrap_or(8)
}
