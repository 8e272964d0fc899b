//! The table, in Markdown: a row for each message, a column for each peer.

use std::fmt;

use crate::messages::Message;
use crate::peers::Peer;

/// One figure, and the count in brackets after it.
pub struct Cell {
    pub ns: u64,
    pub count: u64,
}

pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(title: &str, peers: &[Peer]) -> Table {
        let names = peers.iter().map(|peer| peer.name.to_owned());
        Table {
            head: std::iter::once(title.to_owned()).chain(names).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, message: &Message, cells: impl Iterator<Item = Cell>) {
        let title = format!("{}, {} octets", message.title, message.octets.len());
        let cells = cells.map(|Cell { ns, count }| format!("{} ({count})", thousands(ns)));
        self.rows
            .push(std::iter::once(title).chain(cells).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.head.join(" | "))?;
        writeln!(f, "| --- |{}", " ---: |".repeat(self.head.len() - 1))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// Shows `1234` as `1,234`.
fn thousands(number: u64) -> String {
    match number {
        ..1000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1000), number % 1000),
    }
}
