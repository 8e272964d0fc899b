//! `cargo xtask watch [LESSON]`: checks a lesson again whenever one of its files is saved.
//!
//! ```text
//! saves   which lesson's files were saved: the system's events, or polling
//! keys    single keys of the terminal, or octets of a pipe
//! runner  one command of the checker, whose output arrives while it runs, and which can be ended
//! ```
//!
//! Everything arrives as an event of one channel, so the program never waits for one thing alone: a
//! save or a key ends a check that hangs.

mod keys;
mod runner;
mod saves;

use anyhow::{Context, Result};
use clap::Parser;
use crossterm::terminal;
use runner::Runner;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, sync_channel};

/// Checks a lesson again whenever one of its files is saved.
#[derive(Parser)]
#[command(name = "cargo xtask watch", bin_name = "cargo xtask watch")]
struct Arguments {
    /// lesson-3, 3 or show; without it, the lesson whose file was saved last, and at first the one
    /// that is not passed yet
    lesson: Option<String>,
    /// Look for saved files every half second: for folders whose changes the system does not report
    #[arg(long)]
    poll: bool,
    /// The course's root folder
    #[arg(long, hide = true)]
    root: PathBuf,
    /// The checker
    #[arg(long, hide = true)]
    checker: PathBuf,
}

/// An event that the program reacts to.
#[derive(Debug)]
pub(crate) enum Event {
    /// A file of the lesson in this folder was saved: `lesson-03-show`.
    Saved(String),
    Key(char),
    /// Output of the command with this number.
    Output(u32, Vec<u8>),
    /// The command with this number has ended.
    Ended(u32),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    // Bounded: a check that prints faster than the terminal shows has to wait.
    let (sender, events) = sync_channel(64);
    let _watcher = saves::watch(&arguments.root.join("lessons"), arguments.poll, &sender)?;
    let _raw = keys::read(sender.clone())?;
    let mut session = Session {
        runner: Runner::new(arguments.checker.clone(), sender),
        chosen: arguments.lesson.clone(),
        heading: Vec::new(),
        lesson: None,
    };
    match session.handle_all(&events) {
        // The terminal, or the program that reads this one's output, has gone.
        Err(error) if is_closed_pipe(&error) => Ok(()),
        result => result,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(ErrorKind::BrokenPipe)
}

/// The state of the program.
struct Session {
    runner: Runner,
    /// The lesson that was given on the command line, or chosen by a key.
    chosen: Option<String>,
    /// The beginning of a check's output.
    heading: Vec<u8>,
    /// The number of the lesson whose check was shown last.
    lesson: Option<u32>,
}

impl Session {
    fn handle_all(&mut self, events: &Receiver<Event>) -> Result<()> {
        self.check()?;
        loop {
            match events.recv().context("no more events")? {
                Event::Key('q' | '\u{3}') => return Ok(()),
                event => self.handle(event)?,
            }
        }
    }

    fn handle(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Saved(folder) => {
                // With a lesson of their choice, learners may work on those that it builds on.
                if self.chosen.is_none() {
                    return self.start(&["check", &folder]);
                }
                self.check()
            }
            Event::Key('h') => match self.lesson {
                Some(number) => self.start(&["hint", &number.to_string()]),
                None => self.start(&["hint"]),
            },
            Event::Key('n') => {
                self.chosen = self.lesson.map(|number| (number + 1).to_string());
                self.check()
            }
            Event::Key('c' | '\r' | '\n') => self.check(),
            Event::Key(_) => Ok(()),
            Event::Output(number, octets) if self.runner.is_current(number) => self.show(&octets),
            Event::Ended(number) if self.runner.is_current(number) => self.footer(),
            // The event of a command that was ended for another.
            Event::Output(..) | Event::Ended(_) => Ok(()),
        }
    }

    fn check(&mut self) -> Result<()> {
        match self.chosen.clone() {
            Some(lesson) => self.start(&["check", &lesson]),
            None => self.start(&["check"]),
        }
    }

    /// Clears the screen, and starts a command of the checker in place of the one that runs.
    fn start(&mut self, arguments: &[&str]) -> Result<()> {
        self.heading.clear();
        if io::stdout().is_terminal() {
            print(b"\x1b[2J\x1b[3J\x1b[H")?;
        }
        self.runner.start(arguments)
    }

    fn show(&mut self, octets: &[u8]) -> Result<()> {
        if self.heading.len() < 4_096 {
            self.heading.extend_from_slice(octets);
            self.lesson = lesson_in(&self.heading).or(self.lesson);
        }
        print(octets)
    }

    fn footer(&self) -> Result<()> {
        print(b"\nh hint \xc2\xb7 n next lesson \xc2\xb7 c check again \xc2\xb7 q quit\n")
    }
}

/// Prints octets. A terminal that reports single keys does not begin a new line by itself.
fn print(octets: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    if terminal::is_raw_mode_enabled().unwrap_or(false) {
        for line in octets.split_inclusive(|octet| *octet == b'\n') {
            match line.strip_suffix(b"\n") {
                Some(line) => stdout.write_all(&[line, b"\r\n"].concat())?,
                None => stdout.write_all(line)?,
            }
        }
    } else {
        stdout.write_all(octets)?;
    }
    Ok(stdout.flush()?)
}

/// Reads the lesson's number from the heading of a check, `Lesson 3: …`, with or without colours.
fn lesson_in(output: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(output);
    let after = text.split("Lesson ").nth(1)?;
    after.split_once(':')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lesson_is_read_from_the_heading() {
        assert_eq!(
            lesson_in(b"\x1b[1mLesson 12: The resolver\x1b[0m\n"),
            Some(12)
        );
        assert_eq!(lesson_in(b"compiling ...\nLesson 3: dig's form\n"), Some(3));
        assert_eq!(lesson_in(b"Lesson 1"), None);
        assert_eq!(lesson_in(b"There is no lesson \"13\"."), None);
    }
}
