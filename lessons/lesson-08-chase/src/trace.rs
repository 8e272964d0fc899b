//! [`Trace`]: what a resolver did for one answer, in the order in which it did it.

use std::fmt;

/// Lines of text, indented by how many walks deep they are. Each is also told at once by `tracing`, at level INFO.
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
}

impl Trace {
    /// Adds a line.
    pub(crate) fn tell(&mut self, depth: usize, what: impl fmt::Display) {
        let line = format!("{:1$}{what}", "", 2 * depth);
        // By the name of the program, so that RUST_LOG=rdns=debug shows it, with the question that it belongs to.
        tracing::info!(target: "rdns", "{line}");
        self.lines.push(line);
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}
