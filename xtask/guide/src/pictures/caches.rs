//! The queues of lesson 9's store, and the life of lesson 10's negative answer.

use crate::draw::Picture;
use crate::draw::bars::{Row, Span, bars};
use crate::walk::session::{Item, Session};
use crate::walk::{self};
use anyhow::{Context, Result, anyhow};
use cache::Store;
use chase::InOrder;
use dnsparse::Rdata;
use lab::Lab;
use std::time::Duration;
use tokio::time::Instant;

/// The capacity of the store that is drawn.
const CAPACITY: usize = 8;
/// The names that are put once, after the others: a flood.
const FLOOD: usize = 12;

/// Draws which entries a full store keeps: those that were used again, and of a flood the newest.
pub(crate) fn queues() -> Result<Picture> {
    let runtime = walk::runtime()?;
    let rows = runtime.block_on(async { kept() });
    let kept_to_the_end = rows
        .iter()
        .filter(|row| row.spans.iter().any(|span| span.class == "good"));
    let kept_to_the_end: Vec<&str> = kept_to_the_end.map(|row| &*row.label).collect();
    let mut picture = Picture::new(format!(
        "A store with room for {CAPACITY} entries: four names are stored, two of them are asked for again, and then a flood of {FLOOD} names is stored that nothing asks for again. Kept to the end: {}. The others were evicted before.",
        kept_to_the_end.join(", ")
    ));
    let all = i64::try_from(rows.len())?;
    bars(&mut picture, 0, 150, ("entries stored", all), &rows);
    Ok(picture)
}

/// Stores names, and returns from when to when each was in the store.
fn kept() -> Vec<Row> {
    let (now, lifetime) = (Instant::now(), Duration::from_secs(3_600));
    let mut store: Store<String, ()> = Store::new(CAPACITY);
    let first = ["used 1", "used 2", "once 1", "once 2"].map(str::to_owned);
    let flood = (1..=FLOOD).map(|number| format!("flood {number}"));
    let names: Vec<String> = first.into_iter().chain(flood).collect();
    let mut ends = vec![None; names.len()];
    for (put, name) in names.iter().enumerate() {
        store.put(name.clone(), (), 1, lifetime, now);
        // A client asks for two of them again.
        if name.starts_with("used") {
            store.get(name, now);
        }
        // A copy is looked into: a look counts as a use.
        let mut copy = store.clone();
        for (name, end) in names.iter().zip(&mut ends).take(put) {
            if end.is_none() && copy.get(name, now).is_none() {
                *end = Some(put);
            }
        }
    }
    let row = |(put, (name, end)): (usize, (&String, Option<usize>))| {
        let to = end.unwrap_or(names.len());
        let number = |number: usize| i64::try_from(number).unwrap_or(0);
        Row {
            label: name.clone(),
            step: 0,
            spans: vec![Span {
                from: number(put),
                to: number(to),
                class: if end.is_none() { "good" } else { "bad" },
                text: String::new(),
            }],
        }
    };
    names.iter().zip(ends).enumerate().map(row).collect()
}

/// Draws for how long a negative answer is cached, and which queries it saves.
pub(crate) fn negative() -> Result<Picture> {
    let text = "nosuch.bbc.co.uk A; +300; nosuch.bbc.co.uk A; +700; nosuch.bbc.co.uk A";
    let session = Session::parse(text).map_err(|sentence| anyhow!("{sentence}"))?;
    let done = walk::run_with(&session, Lab::internet(), InOrder)?;
    let stored = done.first().context("no step")?;
    let row = stored.cache.iter().find(|row| row.kind == "negative");
    let kept = i64::try_from(row.context("no negative answer is cached")?.ttl)?;
    let reply = stored.search.as_ref().context("no search")?;
    let soa = reply.steps.iter().find_map(soa).context("no SOA record")?;
    let Rdata::Soa(fields) = &soa.rdata else {
        anyhow::bail!("{soa} is no SOA record");
    };
    let span = |to: i64, class, text: String| Span {
        from: 0,
        to,
        class,
        text,
    };
    let labelled = |label: &str, span| Row {
        label: label.to_owned(),
        step: 0,
        spans: vec![span],
    };
    let (ttl, minimum) = (i64::from(soa.ttl), i64::from(fields.minimum));
    let mut rows = vec![
        labelled(
            "TTL of the SOA",
            span(ttl.min(1_200), "quiet", format!("{ttl}")),
        ),
        labelled("its minimum", span(minimum, "quiet", format!("{minimum}"))),
        labelled("NXDOMAIN cached", span(kept, "good", format!("{kept}"))),
    ];
    let mut counts = Vec::new();
    for done in &done {
        let (Item::Query(_), Some(search)) = (&done.item, &done.search) else {
            continue;
        };
        let (at, queries) = (i64::try_from(done.at.as_secs())?, search.resolution.queries);
        let queries = walk::fate::counted(queries, "query");
        counts.push(format!("{queries} after {at} s"));
        let class = if search.resolution.queries == 0 {
            "good"
        } else {
            "bad"
        };
        let mark = Span {
            from: at,
            to: at + 8,
            class,
            text: queries,
        };
        rows.push(labelled("a client asks", mark));
    }
    let mut picture = Picture::new(format!(
        "The life of a negative answer: NXDOMAIN for nosuch.bbc.co.uk is cached for {kept} s, since the SOA record beside it has a TTL of {ttl} s and a minimum field of {minimum}. The same question takes {}.",
        counts.join(", ")
    ));
    bars(&mut picture, 0, 150, ("seconds", 1_200), &rows);
    Ok(picture)
}

/// Returns the SOA record of a negative reply, as its server sent it.
fn soa(step: &walk::steps::Step) -> Option<dnsparse::Record> {
    let walk::steps::Step::Exchange(exchange) = step else {
        return None;
    };
    let reply = dnsparse::DnsPacket::parse(exchange.reply.as_ref()?).ok()?;
    let is_soa = |record: &dnsparse::Record| matches!(record.rdata, Rdata::Soa(_));
    reply.authorities.into_iter().find(is_soa)
}
