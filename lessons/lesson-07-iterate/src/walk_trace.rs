//! [`WalkTrace`]: who was asked what, and what was made of it, as text.

use std::fmt;
use std::net::IpAddr;

use dnsparse::{Name, Question};

/// What happened on a walk, line by line: this is what `client --trace` prints.
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
}

impl WalkTrace {
    pub(crate) fn of(question: Question) -> WalkTrace {
        WalkTrace {
            question,
            lines: Vec::new(),
        }
    }

    /// A server of `zone` said something, or nothing.
    pub(crate) fn add(&mut self, zone: &Name, server: IpAddr, what: impl fmt::Display) {
        self.lines.push((zone.clone(), format!("{server} {what}")));
    }

    /// The line that was added last.
    pub fn last(&self) -> Option<String> {
        let (zone, line) = self.lines.last()?;
        Some(format!("{zone}  {line}"))
    }
}

impl fmt::Display for WalkTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Question { qname, qtype, .. } = &self.question;
        write!(f, "{qname} {qtype}")?;
        let width = self
            .lines
            .iter()
            .map(|(zone, _)| zone.to_string().len())
            .max();
        let width = width.unwrap_or(0);
        for (zone, line) in &self.lines {
            write!(f, "\n  {zone:<width$}  {line}")?;
        }
        Ok(())
    }
}
