//! What is judged: a client, a server, or both, of which nothing is known but how to start them.
//!
//! The traits are what the stages see. [`crate::command`] fills them with programs; the judge's own tests with small clients and
//! servers that are wrong in one point.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// Whom the stages are about.
pub struct Subject<'s> {
    /// For the stages of the client.
    pub client: Option<&'s dyn Client>,
    /// For the stages of the server.
    pub server: Option<&'s dyn Server>,
}

/// A program that asks one question, prints what it heard, and ends.
pub trait Client: Sync {
    /// Asks `server` for the records of a type that a name has. Ends it after `patience`.
    ///
    /// # Errors
    /// If it cannot even be started.
    fn ask(
        &self,
        server: SocketAddr,
        name: &str,
        rtype: &str,
        patience: Duration,
    ) -> io::Result<Said>;
}

/// What a client left behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// Its exit status; none if it was ended, by us or by a signal.
    pub status: Option<i32>,
    /// It did not end by itself.
    pub had_to_be_ended: bool,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// A program that answers questions until it is ended.
pub trait Server: Sync {
    /// Starts it: to listen at an address (where it does by default, if none is given), begin at the servers that the file of
    /// hints names, and ask other servers at `port`.
    ///
    /// # Errors
    /// If it cannot even be started.
    fn start(
        &self,
        listen: Option<SocketAddr>,
        hints: &Path,
        port: u16,
    ) -> io::Result<Box<dyn Running>>;

    /// Whether it can be started without being told where to listen.
    fn knows_where_to_listen(&self) -> bool;
}

/// A server that was started. Dropping it ends it.
pub trait Running: Send {
    /// How it ended, if it ended by itself.
    fn ended(&mut self) -> Option<String>;
    /// What it printed so far.
    fn printed(&self) -> String;
}

impl Said {
    /// Standard output as text, as far as it is.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Both, for people, and how it ended.
    pub fn in_full(&self) -> String {
        let ended = match self.status {
            Some(status) => format!("exit status {status}"),
            None if self.had_to_be_ended => "it did not end by itself".to_owned(),
            None => "ended by a signal".to_owned(),
        };
        let text = format!("{}{}", self.output(), String::from_utf8_lossy(&self.stderr));
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        format!("{text}{gap}({ended})")
    }
}
