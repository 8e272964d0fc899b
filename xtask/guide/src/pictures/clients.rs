//! Several clients ask lesson 12's resolver for the same name.

use crate::draw::Picture;
use crate::draw::bars::{Row, Span, bars};
use crate::walk::record::Log;
use crate::walk::session::Session;
use crate::walk::{self, fate};
use anyhow::{Context, Result};
use chase::InOrder;
use dnsparse::{DnsPacket, RecordType};
use lab::Lab;
use network::Via;
use recursive::{AccessControl, Recursive, SpecialNames};
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The times at which the clients ask, in milliseconds.
const CLIENTS: [u64; 4] = [0, 8, 25, 70];

/// Draws four clients, of which two join the search of the first, and one finds its answer in the
/// cache.
pub(crate) fn flights() -> Result<Picture> {
    let runtime = walk::runtime()?;
    let (waits, exchanges) = runtime.block_on(run())?;
    let last = waits.iter().map(|(_, to)| *to).max().unwrap_or(0);
    let joined = waits
        .iter()
        .filter(|(from, to)| *from > 0 && to > from)
        .count();
    let mut picture = Picture::new(format!(
        "{} clients ask for www.google.com A within {} ms, and the resolver sends {}: the first client starts a flight, {joined} more join it and receive its result at the same time, and the last one is answered from the cache at once.",
        waits.len(),
        CLIENTS.iter().max().unwrap_or(&0),
        fate::counted(exchanges.len(), "query"),
    ));
    let row = |label: String, from, to, class| Row {
        label,
        step: 0,
        spans: vec![Span {
            from,
            to,
            class,
            text: String::new(),
        }],
    };
    let mut rows = Vec::new();
    for (index, (from, to)) in waits.iter().enumerate() {
        rows.push(row(format!("client {}", index + 1), *from, *to, "good"));
    }
    for (zone, from, to) in exchanges {
        rows.push(row(format!("query to {zone}"), from, to, "link"));
    }
    bars(&mut picture, 0, 190, ("milliseconds", last.max(80)), &rows);
    Ok(picture)
}

/// A client's wait, from its query to its reply, in milliseconds.
type Wait = (i64, i64);
/// The zone of an upstream query, with its wait.
type Upstream = (String, i64, i64);

async fn run() -> Result<(Vec<Wait>, Vec<Upstream>)> {
    let (log, start) = (Log::default(), Instant::now());
    let session = Session::default();
    let resolver = walk::resolver(&session, Lab::internet(), InOrder, &log);
    let special = SpecialNames::new(&lab::LOCALLY_SERVED);
    let recursive = Recursive::new(resolver, 100, special, AccessControl::default());
    let mut query = DnsPacket::query(7, "www.google.com".parse()?, RecordType::A);
    query.header.rd = true;
    let query = query.write()?;
    let millis = |at: Instant| i64::try_from((at - start).as_millis()).unwrap_or(i64::MAX);
    let client = async |at: u64| {
        let begin = start + Duration::from_millis(at);
        sleep_until(begin).await;
        let localhost = Ipv4Addr::LOCALHOST.into();
        let reply = recursive.respond(&query, Via::Udp, localhost).await;
        reply.map(|_| (millis(begin), millis(Instant::now())))
    };
    let [first, second, third, fourth] = CLIENTS;
    let waits = tokio::join!(client(first), client(second), client(third), client(fourth));
    let waits: Option<Vec<Wait>> = [waits.0, waits.1, waits.2, waits.3].into_iter().collect();
    let exchanges = log.take().exchanges.into_iter().map(|exchange| {
        let until = exchange.arrivals.last().map_or(exchange.at, |(at, _)| *at);
        let zone = match exchange.zone.is_root() {
            true => "the root".to_owned(),
            false => exchange.zone.to_string(),
        };
        (zone, millis(exchange.at), millis(until))
    });
    Ok((waits.context("a client got no reply")?, exchanges.collect()))
}
