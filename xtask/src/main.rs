//! The course's commands: `cargo xtask check lesson-1` and the others.
//!
//! This file parses the command line and dispatches. Each command is one file below `command/`. The
//! rooms, from the bottom up; a room uses only those above it in this list:
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
use tools::cleanup;

/// A course in Rust: build a DNS client and a recursive resolver, one lesson at a time.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
#[command(after_help = "LESSON is lesson-3, 3 or show. Begin with: cargo xtask check lesson-1")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a lesson's tests and explain their results; my-own: judge the programs of that branch
    Check {
        #[command(flatten)]
        args: LessonArgs,
        #[command(flatten)]
        own: my_own::Options,
    },
    /// Show how far you are, one line per lesson
    Progress,
    /// Give the next hint on the stub to write or to correct now
    Hint(LessonArgs),
    /// Show your files beside the solution's
    Diff(LessonArgs),
    /// Put the stubs back in place; your files are kept
    Reset {
        #[command(flatten)]
        args: LessonArgs,
        /// Restore the lesson's own tests and snapshots instead
        #[arg(long)]
        tests: bool,
    },
    /// Put the solution in place; your files are kept
    Skip(LessonArgs),
    /// Serve the mini-Internet on this machine's own sockets, for dig
    #[command(disable_help_flag = true)]
    Lab {
        /// --port N, or names whose walk is printed; see --help
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Make the branch my-own: dnsparse, a skeleton, and nothing else
    Scaffold {
        /// The name of the branch
        #[arg(long, value_name = "NAME", default_value = my_own::BRANCH)]
        branch: String,
    },
    /// Judge any client and any recursive resolver from outside
    #[command(disable_help_flag = true)]
    Judge {
        /// --client COMMAND, --server COMMAND; see --help
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// For maintainers: make the lessons' files from their twins
    Generate {
        /// Change nothing; list files that are stale
        #[arg(long)]
        check: bool,
        /// Also pack the lessons' tests and programs into xtask/originals/*.gz, for a release
        /// without git
        #[arg(long, conflicts_with = "check")]
        archives: bool,
    },
    /// For maintainers: prove that stubs fail, twins pass, and mistakes are caught
    Verify {
        #[command(flatten)]
        args: LessonArgs,
        /// Prove every lesson again, even if nothing that its proofs depend on has changed
        #[arg(long)]
        fresh: bool,
    },
    /// Cleans up after this program; started by it
    #[command(name = cleanup::COMMAND, hide = true)]
    Janitor,
}

/// The lesson that a command applies to.
#[derive(Args)]
struct LessonArgs {
    /// lesson-3, 3 or show; by default the first that is not passed (verify: all; reset, skip:
    /// needed)
    lesson: Option<String>,
    #[arg(hide = true)]
    more: Vec<String>,
}

impl LessonArgs {
    /// Returns the lesson's name, and refuses two.
    fn lesson(&self) -> Result<Option<&str>> {
        let Some(more) = self.more.first() else {
            return Ok(self.lesson.as_deref());
        };
        let lesson = self.lesson.as_deref().unwrap_or_default();
        let text = format!(
            "{lesson:?} and {more:?} are two lessons, and this command takes one.\nNext: cargo xtask --help"
        );
        Err(UsageError(text).into())
    }

    /// Returns the lesson's name, and refuses none: `command` would change the files of a wrong
    /// lesson.
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

/// Runs a command. Returns true for exit status 0, and false for 1.
fn dispatch(command: Option<Command>) -> Result<bool> {
    if let Some(Command::Janitor) = command {
        cleanup::run();
        return Ok(true);
    }
    let course = Course::open()?;
    let Some(command) = command else {
        return command::welcome::run(&course);
    };
    match command {
        Command::Check { args, own } => match args.lesson()? {
            Some(my_own::BRANCH) => my_own::run(&course, &own),
            lesson => own
                .refuse_for_lessons()
                .and_then(|()| command::check::run(&course, lesson)),
        },
        Command::Progress => command::progress::run(&course),
        Command::Hint(args) => command::hint::run(&course, args.lesson()?),
        Command::Diff(args) => command::diff::run(&course, args.lesson()?),
        Command::Reset { args, tests } => {
            let lesson = args.needed(&course, "reset")?;
            if tests {
                command::reset::tests(&course, lesson)
            } else {
                command::reset::run(&course, lesson)
            }
        }
        Command::Skip(args) => command::skip::run(&course, args.needed(&course, "skip")?),
        Command::Generate { check, archives } => command::generate::run(&course, check, archives),
        Command::Verify { args, fresh } => command::verify::run(&course, args.lesson()?, fresh),
        Command::Scaffold { branch } => command::scaffold::run(&course, &branch),
        Command::Judge { arguments } => command::judge::run(&course, &arguments),
        Command::Lab { arguments } => command::lab::run(&course, &arguments),
        Command::Janitor => Ok(true),
    }
}
