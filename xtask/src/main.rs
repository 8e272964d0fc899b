//! The course's commands: `cargo xtask check lesson-1` and the others.
//!
//! This file parses the command line and dispatches. Each command is one file below `command/`. The rooms, from the
//! bottom up; a room uses only those above it in this list:
//!
//! ```text
//! tools    git, rustfmt, cargo: programs that are not part of this workspace
//! files    files found, read, and written whole; a learner's files backed up
//! course   the tree and its lessons: twins, stubs, hints, the course's own tests
//! verdict  a lesson's tests built, run and read; which common mistake they show
//! report   a verdict as text; two texts side by side; the terminal
//! command  the commands, one file each
//! ```

mod command;
mod course;
mod files;
mod report;
mod tools;
mod verdict;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use command::my_own;
use course::{Course, UsageError};
use std::ffi::OsString;
use std::process::ExitCode;

/// A course in Rust: build a DNS client and a recursive server, one lesson at a time.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
#[command(after_help = "LESSON is lesson-3, 3 or show. Begin with: cargo xtask check lesson-1")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a lesson's tests and explain what they say; my-own: judge the programs of that branch
    Check {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        own: my_own::Options,
    },
    /// A line per lesson: how far you are
    Progress,
    /// The next level of hint for what fails now
    Hint(Named),
    /// Your files beside the solution's
    Diff(Named),
    /// Put the stubs back; your files are kept
    Reset {
        #[command(flatten)]
        named: Named,
        /// Bring the lesson's own tests and snapshots back instead
        #[arg(long)]
        tests: bool,
    },
    /// Put the solution in place; your files are kept
    Skip(Named),
    /// The mini-Internet on this machine's own sockets, for dig
    #[command(disable_help_flag = true)]
    Lab {
        /// --port N, or names whose walk is printed; --help tells all
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Make the branch my-own: dnsparse, a skeleton, and nothing else
    Scaffold {
        /// Another name for the branch
        #[arg(long, value_name = "NAME", default_value = my_own::BRANCH)]
        branch: String,
    },
    /// Judge any client and any recursive server from outside
    #[command(disable_help_flag = true)]
    Judge {
        /// --client COMMAND, --server COMMAND; --help tells all
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// For maintainers: make the lessons' files from their twins
    Generate {
        /// Change nothing; list what is stale
        #[arg(long)]
        check: bool,
        /// Also pack the lessons' tests and programs into xtask/originals/*.gz, for a release without git
        #[arg(long, conflicts_with = "check")]
        archives: bool,
    },
    /// For maintainers: prove that stubs fail, twins pass, and mistakes are caught
    Verify {
        #[command(flatten)]
        named: Named,
        /// Prove every lesson again, also one of which nothing has changed
        #[arg(long)]
        fresh: bool,
    },
}

/// The lesson that a command is about.
#[derive(Args)]
struct Named {
    /// lesson-3, 3 or show; left out, the first that is not passed (reset, skip: none; verify: all)
    lesson: Option<String>,
    #[arg(hide = true)]
    more: Vec<String>,
}

impl Named {
    /// At most one of them.
    fn lesson(&self) -> Result<Option<&str>> {
        let Some(more) = self.more.first() else {
            return Ok(self.lesson.as_deref());
        };
        let lesson = self.lesson.as_deref().unwrap_or_default();
        let text = format!(
            "One lesson at a time, please: {lesson:?} and {more:?} are two.\nNext: cargo xtask --help"
        );
        Err(UsageError(text).into())
    }

    /// Exactly one: what `command` would do to the wrong one is not undone so easily.
    fn needed(&self, course: &Course, command: &str) -> Result<&str> {
        self.lesson()?
            .ok_or_else(|| course.lesson_needed(command).into())
    }
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
        }
    }
}

/// Whether all is well: exit status 0 or 1.
fn dispatch(command: Option<Command>) -> Result<bool> {
    let course = Course::open()?;
    let Some(command) = command else {
        return command::welcome::run(&course);
    };
    match command {
        Command::Check { named, own } => match named.lesson()? {
            Some(my_own::BRANCH) => my_own::run(&course, &own),
            lesson => own
                .refuse_for_lessons()
                .and_then(|()| command::check::run(&course, lesson)),
        },
        Command::Progress => command::progress::run(&course),
        Command::Hint(named) => command::hint::run(&course, named.lesson()?),
        Command::Diff(named) => command::diff::run(&course, named.lesson()?),
        Command::Reset { named, tests } => {
            let lesson = named.needed(&course, "reset")?;
            if tests {
                command::reset::tests(&course, lesson)
            } else {
                command::reset::run(&course, lesson)
            }
        }
        Command::Skip(named) => command::skip::run(&course, named.needed(&course, "skip")?),
        Command::Generate { check, archives } => command::generate::run(&course, check, archives),
        Command::Verify { named, fresh } => command::verify::run(&course, named.lesson()?, fresh),
        Command::Scaffold { branch } => command::scaffold::run(&course, &branch),
        Command::Judge { arguments } => command::judge::run(&course, &arguments),
        Command::Lab { arguments } => command::lab::run(&course, &arguments),
    }
}
