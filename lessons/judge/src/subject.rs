//! The programs under test: a client, a server, or both. The judge knows no more of them than how
//! to start them.
//!
//! The stages use these traits. [`crate::command`] implements them for command lines, the judge's
//! own tests for a minimal client and server with one fault.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// The programs that the stages test.
pub struct Subject<'s> {
    /// Tested by the stages of the client.
    pub client: Option<&'s dyn ClientUnderTest>,
    /// Tested by the stages of the server.
    pub server: Option<&'s dyn ServerUnderTest>,
}

/// A program that sends one query, prints the reply, and exits.
pub trait ClientUnderTest: Sync {
    /// Runs the client: it queries `server` for a name and a type. Kills it after `timeout`.
    ///
    /// # Errors
    /// If the program cannot be started.
    fn run(
        &self,
        server: SocketAddr,
        name: &str,
        rtype: &str,
        timeout: Duration,
    ) -> io::Result<ProgramOutput>;
}

/// The output of a client, and its exit status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProgramOutput {
    /// The exit status; none if the program was killed, by the judge or by a signal.
    pub status: Option<i32>,
    /// The signal that ended the program, on systems that have signals; none if the judge sent it.
    pub signal: Option<i32>,
    /// Whether the judge killed the program after the timeout.
    pub was_killed: bool,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// A program that answers queries until it is ended.
pub trait ServerUnderTest: Sync {
    /// Starts the server. It must listen at `listen` (without one, at its default address), begin
    /// with the root servers in the file `hints`, and query name servers at `port`. With an anchor, it
    /// must validate, and trust the key of the root in that file.
    ///
    /// # Errors
    /// If the program cannot be started.
    fn start(
        &self,
        listen: Option<SocketAddr>,
        hints: &Path,
        port: u16,
        anchor: Option<&Path>,
    ) -> io::Result<Box<dyn ServerProcess>>;

    /// Returns whether the server can be started without a listening address.
    fn has_default_address(&self) -> bool;

    /// Returns whether the server can be started with a trust anchor.
    fn validates(&self) -> bool;
}

/// A server that was started. Dropping it ends it.
pub trait ServerProcess: Send {
    /// Returns the exit status as text, if the process has exited by itself.
    fn exit_status(&mut self) -> Option<String>;
    /// Returns the output of the process so far.
    fn output(&self) -> String;
}

impl ProgramOutput {
    /// Returns standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Describes how the program ended, such as `exit status 1`.
    pub fn ending(&self) -> String {
        match self.status {
            Some(status) => format!("exit status {status}"),
            None if self.was_killed => "killed by the judge after the timeout".to_owned(),
            None => match self.signal {
                Some(signal) => format!("killed by signal {signal}"),
                None => "killed by a signal".to_owned(),
            },
        }
    }

    /// Returns both outputs and the ending, for the report.
    pub fn full_text(&self) -> String {
        let text = format!("{}{}", self.text(), String::from_utf8_lossy(&self.stderr));
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        format!("{text}{gap}({})", self.ending())
    }
}
