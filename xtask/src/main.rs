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
//! outcome    what a test's end means           verdict    what a lesson's tests say, out of all of these
//! advice     which common mistake it looks like, and which stub that lies in
//! report     the verdict as text               compare    two texts side by side
//! originals  the course's own tests, and how to tell that one was edited
//! copy       a solved copy of the tree, for `verify`
//! keep       files written whole, and a learner's work kept before
//! git        running it                        lock       Cargo.lock, pruned
//! skeleton   what the branch `my-own` begins with
//! ```

mod advice;
mod cargo;
#[cfg(test)]
mod chapter;
mod command;
mod compare;
mod copy;
mod course;
mod format;
mod git;
mod insta;

mod keep;
mod lock;
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
mod skeleton;
mod stubs;
mod todos;
#[cfg(test)]
mod upkeep;
mod verdict;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use command::my_own;
use course::{Course, Usage};
use std::ffi::OsString;
use std::path::PathBuf;
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
        own: Own,
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
    Verify(Named),
}

/// What only `check my-own` takes.
#[derive(Args, Default)]
pub(crate) struct Own {
    /// my-own: the folder with the built programs client and rdns, instead of building the branch
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,
    /// my-own: another branch
    #[arg(long, value_name = "NAME", conflicts_with = "bin_dir")]
    branch: Option<String>,
    /// my-own: only this stage; can be given several times
    #[arg(long, value_name = "NAME")]
    stage: Vec<String>,
    /// my-own: the same names and addresses as in another run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
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
        Err(Usage(text).into())
    }

    /// Exactly one: what `command` would do to the wrong one is not undone so easily.
    fn needed(&self, course: &Course, command: &str) -> Result<&str> {
        self.lesson()?.ok_or_else(|| course.which(command).into())
    }
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
    let Some(command) = command else {
        return command::welcome::run(&course);
    };
    match command {
        Command::Check { named, own } => match named.lesson()? {
            Some(my_own::BRANCH) => my_own::run(&course, &own),
            lesson => own
                .is_of_no_use()
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
        Command::Verify(named) => command::verify::run(&course, named.lesson()?),
        Command::Scaffold { branch } => command::scaffold::run(&course, &branch),
        Command::Judge { arguments } => command::judge::run(&course, &arguments),
        Command::Lab { arguments } => command::lab::run(&course, &arguments),
    }
}
