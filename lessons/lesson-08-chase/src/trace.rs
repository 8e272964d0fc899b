//! [`Trace`]: the steps of one search, in their order, as text.

use std::fmt;

/// Lines of text, indented by the depth of the walk. Each line is also an event of `tracing`, at
/// level INFO, as soon as it is added.
///
/// ```text
/// www.example.com. A
///   .  198.41.0.4 says: ask the servers of com.
///   com.  192.5.6.30 says: ask the servers of example.com.
///   a.iana-servers.net. A
///     .  198.41.0.4 says: ask the servers of net.
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    lines: Vec<String>,
    /// Whether the lines are events alone.
    is_for_log: bool,
}

impl Trace {
    /// Creates a trace whose lines are events alone. If no subscriber takes these, no text is written.
    pub fn for_log() -> Trace {
        Trace {
            is_for_log: true,
            ..Trace::default()
        }
    }

    /// Whether a line is of use to any reader.
    pub(crate) fn is_on(&self) -> bool {
        !self.is_for_log || tracing::enabled!(target: "rdns", tracing::Level::INFO)
    }

    /// Adds a line.
    pub fn add(&mut self, depth: usize, text: impl fmt::Display) {
        if !self.is_on() {
            return;
        }
        let line = format!("{:1$}{text}", "", 2 * depth);
        // The target is the program's name, so that RUST_LOG=rdns=debug shows the line, with the
        // question that it belongs to.
        tracing::info!(target: "rdns", "{line}");
        if !self.is_for_log {
            self.lines.push(line);
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}
