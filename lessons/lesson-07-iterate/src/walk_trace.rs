//! [`WalkTrace`]: the steps of a walk, as text.

use std::fmt;
use std::net::IpAddr;

use dnsparse::{Name, Question, Record, RecordType};
use referral::{Answer, ReplyKind};

/// The most characters of one record's RDATA in a line: a name in full, as it is written.
const MAX_TEXT: usize = 1_100;

/// The steps of a walk, one line for each: the zone, the address of its server, and what it
/// replied.
///
/// ```text
/// www.google.com. A
///   .            198.41.0.4 says: ask the servers of com.
///   com.         192.5.6.30 says: ask the servers of google.com.
///   google.com.  216.239.32.10 says: 142.250.74.36
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkTrace {
    question: Question,
    lines: Vec<(Name, String)>,
    /// Whether lines are dropped, since none will be read.
    is_off: bool,
}

impl WalkTrace {
    pub(crate) fn new(question: Question) -> WalkTrace {
        WalkTrace {
            question,
            lines: Vec::new(),
            is_off: false,
        }
    }

    /// Adds what a server of `zone` replied, or why there was no reply.
    pub(crate) fn add(&mut self, zone: &Name, server: IpAddr, text: impl fmt::Display) {
        if !self.is_off {
            self.lines.push((zone.clone(), format!("{server} {text}")));
        }
    }

    /// Drops the lines that are added from now on.
    pub(crate) fn turn_off(&mut self) {
        self.is_off = true;
    }

    /// Returns the line that was added last.
    pub fn last(&self) -> Option<String> {
        let (zone, line) = self.lines.last()?;
        Some(format!("{zone}  {line}"))
    }
}

impl fmt::Display for WalkTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Question { qname, qtype, .. } = &self.question;
        write!(f, "{qname} {qtype}")?;
        let widths = self.lines.iter().map(|(zone, _)| zone.to_string().len());
        let width = widths.max().unwrap_or(0);
        for (zone, line) in &self.lines {
            write!(f, "\n  {zone:<width$}  {line}")?;
        }
        Ok(())
    }
}

/// A kind of reply, in the words that stand after the server's address.
pub(crate) struct KindText<'r>(pub(crate) &'r ReplyKind);

impl fmt::Display for KindText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ReplyKind::Answer(answer) => write!(f, "says: {}", answer_text(answer)),
            ReplyKind::LastResort(answer) => {
                write!(f, "says without AA: {}", answer_text(answer))
            }
            ReplyKind::Referral(to) => write!(f, "says: ask the servers of {}", to.zone),
            ReplyKind::Unusable(unusable) => unusable.fmt(f),
        }
    }
}

fn answer_text(answer: &Answer) -> String {
    match answer {
        Answer::Positive(records) => in_short(records),
        Answer::Alias { target, .. } => format!("it is an alias, go on with {target}"),
        Answer::NoData(_) => "no data".to_owned(),
        Answer::NxDomain(_) => "no such name".to_owned(),
        Answer::NameTooLong(records) => format!("{}: the name is too long", in_short(records)),
    }
}

/// Writes the RDATA of at most four records; of an alias, its type too.
fn in_short(records: &[Record]) -> String {
    let texts = records.iter().map(|record| match record.rtype() {
        RecordType::CNAME | RecordType::DNAME => format!("{} {}", record.rtype(), record.rdata),
        _ => record.rdata.to_string(),
    });
    let mut texts: Vec<_> = texts.take(4).map(shortened).collect();
    if records.len() > texts.len() {
        texts.push(format!("and {} more", records.len() - texts.len()));
    }
    texts.join(", ")
}

/// Shortens a text: RDATA may have 64 KB, and each search keeps the lines of all its replies.
fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}
