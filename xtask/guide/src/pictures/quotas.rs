//! Lesson 14's limit of replies to one network.

use crate::draw::Picture;
use crate::draw::bars::{Row, Span, bars};
use crate::walk;
use crate::walk::fate::counted;
use anyhow::Result;
use network::Via;
use quota::{RateLimit, Verdict};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::time::{Instant, advance};

/// The replies in a second to one network.
const PER_SECOND: u32 = 4;
/// The time between two queries, and the number of queries.
const INTERVAL: Duration = Duration::from_millis(100);
const QUERIES: u32 = 24;

/// Draws which of a client's replies are sent whole, which truncated, and which not at all.
pub(crate) fn replies() -> Result<Picture> {
    let client: IpAddr = Ipv4Addr::new(198, 51, 100, 7).into();
    let runtime = walk::runtime()?;
    let verdicts = runtime.block_on(async {
        let (start, mut limit) = (Instant::now(), RateLimit::new(PER_SECOND));
        let mut verdicts = Vec::new();
        for _ in 0..QUERIES {
            let verdict = limit.verdict(client, Via::Udp, Instant::now());
            verdicts.push((start.elapsed(), verdict));
            advance(INTERVAL).await;
        }
        verdicts
    });
    let millis = |at: Duration| i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let row = |label: &str, verdict: Verdict, class| {
        let of_this = verdicts.iter().filter(|(_, it)| *it == verdict);
        let span = |(at, _): &(Duration, Verdict)| Span {
            from: millis(*at),
            to: millis(*at) + 60,
            class,
            text: String::new(),
        };
        Row {
            label: label.to_owned(),
            step: 0,
            spans: of_this.map(span).collect(),
        }
    };
    let rows = [
        row("sent whole", Verdict::Send, "good"),
        row("truncated", Verdict::Truncate, "quiet"),
        row("not sent", Verdict::Drop, "bad"),
    ];
    let [sent, truncated, dropped] = rows.each_ref().map(|row| row.spans.len());
    let all = i64::from(QUERIES) * millis(INTERVAL);
    let mut picture = Picture::new(format!(
        "The replies over UDP to one network, with a limit of {PER_SECOND} in a second, and a query every {} ms: {} sent whole, at first as many as the bucket has tokens, then one for each that comes back; of the others every second one is truncated, {truncated} in all, and {dropped} are not sent.",
        INTERVAL.as_millis(),
        counted(sent, "reply").replace(" replies", " replies are"),
    ));
    bars(&mut picture, 0, 120, ("milliseconds", all), &rows);
    Ok(picture)
}
