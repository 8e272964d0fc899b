//! The course's commands: `cargo xtask check lesson-1` and its fellows.
//!
//! This file parses the command line and dispatches; each command is one file below `command/`, and what they
//! share lies beside this file:
//!
//! ```text
//! course     where the tree is, which lessons it has, how one is named
//! region     `// todo:` … `// end todo` in a twin: the one source of stubs and solutions
//! stubs      both of these for a whole lesson, and which stubs its source still holds
//! cargo      building a lesson's tests         run        one process per test, which can be killed
//! outcome    what a test's end means           judge      a lesson's verdict, out of all of these
//! report     the verdict as text               compare    two texts side by side
//! originals  the course's own tests, and how to tell that one was edited
//! copy       a solved copy of the tree, for `verify`
//! keep       files written whole, and a learner's work kept before
//! ```

mod cargo;
mod command;
mod compare;
mod copy;
mod course;
mod format;
mod insta;
mod judge;
mod keep;
mod manifest;
mod memory;
mod octets;
mod originals;
mod outcome;
mod panic;
mod region;
mod report;
mod run;
mod screen;
mod stubs;
mod todos;

use anyhow::Result;
use clap::{Parser, Subcommand};
use course::{Course, Usage};
use std::ffi::OsString;
use std::process::ExitCode;

/// A course in Rust: build a DNS client and a recursive server, one lesson at a time.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
#[command(after_help = "LESSON is lesson-3, 3 or show. Begin with: cargo xtask check lesson-1")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a lesson's tests and explain what they say
    Check {
        /// lesson-3, 3 or show; the first lesson not passed if left out
        lesson: Option<String>,
    },
    /// A line per lesson: how far you are
    Progress,
    /// The next level of hint for what fails now
    Hint {
        /// lesson-3, 3 or show; the first lesson not passed if left out
        lesson: Option<String>,
    },
    /// Your files beside the solution's
    Diff {
        /// lesson-3, 3 or show
        lesson: String,
    },
    /// Put the stubs back; your files are kept
    Reset {
        /// lesson-3, 3 or show
        lesson: String,
        /// Bring the lesson's own tests and snapshots back instead
        #[arg(long)]
        tests: bool,
    },
    /// Put the solution in place; your files are kept
    Skip {
        /// lesson-3, 3 or show
        lesson: String,
    },
    /// The mini-Internet on this machine's own sockets, for dig
    #[command(disable_help_flag = true)]
    Lab {
        /// --port N, or names whose walk is printed; --help tells all
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// For maintainers: make the lessons' files from their twins
    Generate {
        /// Change nothing; list what is stale
        #[arg(long)]
        check: bool,
    },
    /// For maintainers: prove that stubs fail, twins pass, and mistakes are caught
    Verify {
        /// lesson-3, 3 or show; all of them if left out
        lesson: Option<String>,
    },
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

/// Whether all is well: exit status 0 or 1.
fn dispatch(command: Option<Command>) -> Result<bool> {
    let course = Course::open()?;
    match command {
        None => command::welcome::run(&course),
        Some(Command::Check { lesson }) => command::check::run(&course, lesson.as_deref()),
        Some(Command::Progress) => command::progress::run(&course),
        Some(Command::Hint { lesson }) => command::hint::run(&course, lesson.as_deref()),
        Some(Command::Diff { lesson }) => command::diff::run(&course, &lesson),
        Some(Command::Reset {
            lesson,
            tests: true,
        }) => command::reset::tests(&course, &lesson),
        Some(Command::Reset {
            lesson,
            tests: false,
        }) => command::reset::run(&course, &lesson),
        Some(Command::Skip { lesson }) => command::skip::run(&course, &lesson),
        Some(Command::Lab { arguments }) => command::lab::run(&course, &arguments),
        Some(Command::Generate { check }) => command::generate::run(&course, check),
        Some(Command::Verify { lesson }) => command::verify::run(&course, lesson.as_deref()),
    }
}
