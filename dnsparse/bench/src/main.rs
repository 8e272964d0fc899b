//! dnsparse side by side with hickory-proto, domain and simple-dns.
//!
//! For each message it measures two things: parsing it and visiting every field, and
//! writing it with name compression. It prints Markdown tables of medians in nanoseconds, with
//! allocations or octets beside them. Before it measures, it checks that all four libraries visit
//! the same fields: see [`visit`].
//!
//! `-- --quick` takes a tenth of the time; `-- --once PEER parse|write MESSAGE` does that one thing
//! 10,000 times, for a profiler.

mod allocations;
mod measure;
mod messages;
mod peers;
mod table;
mod visit;

use crate::measure::medians;
use crate::messages::{Message, messages};
use crate::peers::{Peer, peers};
use crate::table::{Cell, Table};

/// The number of rounds of which the median is taken.
const ROUNDS: usize = 601;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let messages = messages();
    let peers = peers();
    for message in &messages {
        check(&peers, message);
    }
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--once", peer, work, message] => once(&peers, &messages, peer, work, message),
        ["--quick"] => tables(&peers, &messages, ROUNDS / 10),
        _ => tables(&peers, &messages, ROUNDS),
    }
}

fn tables(peers: &[Peer], messages: &[Message], rounds: usize) {
    let mut parse = Table::new("parse and visit, ns (allocations)", peers);
    let mut write = Table::new("write, ns (octets)", peers);
    for message in messages {
        let readers: Vec<_> = peers
            .iter()
            .map(|peer| (peer.reader)(&message.octets))
            .collect();
        let writers: Vec<_> = peers
            .iter()
            .map(|peer| (peer.writer)(&message.octets))
            .collect();
        let times = medians(&readers, rounds).into_iter().zip(&readers);
        parse.row(
            message,
            times.map(|(ns, read)| Cell {
                ns,
                count: allocations::of(read) as u64,
            }),
        );
        let times = medians(&writers, rounds).into_iter().zip(&writers);
        write.row(
            message,
            times.map(|(ns, write)| Cell { ns, count: write() }),
        );
    }
    println!("{parse}\n{write}");
}

/// Checks that all peers visit the same fields: the sums over them must be equal.
fn check(peers: &[Peer], message: &Message) {
    let sums: Vec<_> = peers
        .iter()
        .map(|peer| (peer.name, (peer.reader)(&message.octets)()))
        .collect();
    let same = sums.windows(2).all(|pair| pair[0].1 == pair[1].1);
    assert!(
        same,
        "the peers do not visit the same fields in '{}': {sums:?}",
        message.title
    );
}

/// Parses or writes one message with one peer. `work` is `parse` or `write`.
fn once(peers: &[Peer], messages: &[Message], peer: &str, work: &str, message: &str) {
    let peer = peers
        .iter()
        .find(|it| it.name == peer)
        .expect("the name of a peer");
    let message = messages
        .iter()
        .find(|it| it.title == message)
        .expect("the title of a message");
    let job = if work == "parse" {
        peer.reader
    } else {
        peer.writer
    };
    let job = job(&message.octets);
    for _ in 0..10_000 {
        std::hint::black_box(job());
    }
}
