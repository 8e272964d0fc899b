//! The messages of one exchange, and those of whole searches.

use crate::draw::Picture;
use crate::draw::sequence::{sequence, timeline};
use crate::walk::record::{Log, RecordingNetwork};
use crate::walk::session::Session;
use crate::walk::{self, Search, steps};
use anyhow::{Context, Result, anyhow};
use chase::{InOrder, Resolution, ResolutionFailure, ServerSelection};
use dnsparse::{DnsPacket, Rcode, RecordType};
use lab::{Lab, no_reply, replies};
use network::Via;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use transport::{RetryPolicy, exchange};

/// Draws lesson 2's exchange: a query that is lost, one whose reply is truncated, and TCP.
pub(crate) fn retries() -> Result<Picture> {
    let (lab, name) = (Lab::internet(), "ns1.google.com.");
    let server = lab.server(name).context("no such server")?;
    lab.script(server, Via::Udp, [no_reply(), replies().truncated()]);
    let query = DnsPacket::query(0x1c8b, "www.google.com".parse()?, RecordType::A);
    let runtime = walk::runtime()?;
    let search = runtime.block_on(async {
        let (log, start) = (Log::default(), Instant::now());
        let network = RecordingNetwork::new(lab, log.clone());
        if let Some(question) = query.question() {
            log.choose(&"google.com.".parse()?, question);
        }
        let policy = RetryPolicy {
            timeout: Duration::from_millis(800),
            ..RetryPolicy::default()
        };
        let reply = exchange(&network, server, &query, Via::Udp, policy).await?;
        let names = BTreeMap::from([(server.ip(), name.parse()?)]);
        anyhow::Ok(Search {
            took: start.elapsed(),
            resolution: Resolution {
                rcode: Rcode::NOERROR,
                records: reply.packet.answers.clone(),
                failure: None,
                queries: 3,
                ..Resolution::failed(ResolutionFailure::NoRoute)
            },
            reply: reply.packet,
            steps: steps::steps(&log.take(), start, &names),
        })
    })?;
    let took = search.took.as_millis();
    let mut picture = sequence(&search);
    picture.title = format!(
        "A query over UDP is lost, and sent again after 800 ms. The reply to the second one is truncated, so the query is repeated over TCP, and answered after {took} ms in all."
    );
    Ok(picture)
}

/// Draws the walk for www.google.com.
pub(crate) fn walk() -> Result<Picture> {
    let search = search("www.google.com A")?;
    let mut picture = sequence(&search);
    picture.title = format!(
        "The walk for www.google.com A: a root server refers to com, a server of com to google.com, and a server of google.com answers, after {} queries.",
        search.resolution.queries
    );
    Ok(picture)
}

/// Draws the search for a name whose only server has no glue.
pub(crate) fn nested() -> Result<Picture> {
    let search = search("www.glueless.test A")?;
    let mut picture = sequence(&search);
    picture.title = format!(
        "The search for www.glueless.test A takes {} queries: the walk stops at a zone whose server, ns.example.org, has no glue, so that this name is looked up by a walk of its own, and within that one the name of a server of example.org.",
        search.resolution.queries
    );
    Ok(picture)
}

/// Draws the search for a name whose servers are mostly dead, on an axis of time.
pub(crate) fn timeouts() -> Result<Picture> {
    let search = search_with("www.eight.servers.test A", walk::selector())?;
    let mut picture = timeline(&search);
    picture.title = format!(
        "Seven of the eight addresses of a zone's server are dead: the search for www.eight.servers.test A sends {} queries, waits for a timeout after each that gets no reply, and has its answer after {} ms.",
        search.resolution.queries,
        search.took.as_millis()
    );
    Ok(picture)
}

/// Runs the search for one name, with empty caches, by lesson 8's selection: servers are queried in
/// the order of the referral, so that a change of another part leaves the picture as it is.
pub(crate) fn search(text: &str) -> Result<Search> {
    search_with(text, InOrder)
}

fn search_with(text: &str, selection: impl ServerSelection) -> Result<Search> {
    let session = Session::parse(text).map_err(|sentence| anyhow!("{sentence}"))?;
    let done = walk::run_with(&session, Lab::internet(), selection)?;
    let search = done.into_iter().find_map(|done| done.search);
    search.with_context(|| format!("{text}: no search"))
}
