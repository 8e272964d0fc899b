//! One command of the checker at a time. Its output arrives as events, and it is ended when another
//! command takes its place.

use crate::Event;
use anyhow::{Context, Result};
use crossterm::terminal;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;

/// Runs commands of the checker.
pub(crate) struct Runner {
    checker: PathBuf,
    events: SyncSender<Event>,
    /// The number of the command that was started last.
    number: u32,
    running: Option<Child>,
}

impl Runner {
    pub(crate) fn new(checker: PathBuf, events: SyncSender<Event>) -> Runner {
        Runner {
            checker,
            events,
            number: 0,
            running: None,
        }
    }

    /// Returns whether an event belongs to the command that was started last.
    pub(crate) fn is_current(&self, number: u32) -> bool {
        self.number == number
    }

    /// Starts a command, and ends the one before.
    pub(crate) fn start(&mut self, arguments: &[&str]) -> Result<()> {
        self.end();
        self.number += 1;
        let mut child = self
            .command(arguments)
            .spawn()
            .with_context(|| format!("can't start the checker, {}", self.checker.display()))?;
        let readers = [
            child.stdout.take().map(|stream| self.follow(stream)),
            child.stderr.take().map(|stream| self.follow(stream)),
        ];
        let (number, events) = (self.number, self.events.clone());
        std::thread::spawn(move || {
            for reader in readers.into_iter().flatten() {
                // A reader does not panic.
                let _ = reader.join();
            }
            let _ = events.send(Event::Ended(number));
        });
        self.running = Some(child);
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.checker);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if io::stdout().is_terminal() {
            command.env("CLICOLOR_FORCE", "1");
            if let Ok((columns, _)) = terminal::size() {
                command.env("COLUMNS", columns.to_string());
            }
        }
        command
    }

    /// Sends the output of a stream as it comes. A stream that is read in a thread of its own can't
    /// be full, so the checker never waits for this program.
    fn follow(&self, mut stream: impl Read + Send + 'static) -> JoinHandle<()> {
        let (number, events) = (self.number, self.events.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 8_192];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                let read = buffer.get(..count).unwrap_or_default().to_vec();
                if events.send(Event::Output(number, read)).is_err() {
                    break;
                }
            }
        })
    }

    /// Ends the command that runs. The tests that it has started end with it.
    fn end(&mut self) {
        if let Some(mut child) = self.running.take() {
            // An error means that it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.end();
    }
}
