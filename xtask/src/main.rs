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
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use command::lesson_args::{LessonArgs, LessonsArgs};
use command::my_own;
use command::verify::mutants::Options;
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
        /// Open the first place to correct in $VISUAL or $EDITOR, at its line
        #[arg(long)]
        open: bool,
        /// Ask no question after a pass
        #[arg(long)]
        no_question: bool,
        #[command(flatten)]
        own: my_own::Options,
    },
    /// Check again whenever a file is saved. Keys: h hint, n next lesson, c check again, q quit
    Watch {
        #[command(flatten)]
        args: LessonArgs,
        /// Look for saved files every half second, where the system reports no changes
        #[arg(long)]
        poll: bool,
    },
    /// Show how far you are, one line per lesson
    Progress,
    /// List the lessons and their chapters
    List,
    /// Give the next hint on the stub to write or to correct now
    Hint {
        /// lesson-3, 3 or show; or a function that you write, for a hint on that one
        #[arg(index = 1)]
        lesson: Option<String>,
        /// A function that you write: a hint on that one
        #[arg(index = 2)]
        function: Option<String>,
    },
    /// Show your code beside the solution's
    Diff {
        /// lesson-3, 3 or show; or a function that you write, to see only that one
        #[arg(index = 1)]
        lesson: Option<String>,
        /// A function that you write: only that one
        #[arg(index = 2)]
        function: Option<String>,
        /// For assistants in tutor mode: the learner has asked for the solution in so many words
        #[arg(long)]
        asked: bool,
    },
    /// Put the stubs back in place; your files are kept
    Reset {
        #[command(flatten)]
        args: LessonsArgs,
        /// Restore the lesson's own tests and snapshots instead
        #[arg(long)]
        tests: bool,
    },
    /// Put the solution in place; your files are kept
    Skip {
        #[command(flatten)]
        args: LessonsArgs,
        /// For assistants in tutor mode: the learner has asked for the solution in so many words
        #[arg(long)]
        asked: bool,
    },
    /// Serve the mini-Internet on this machine's own sockets, for dig
    #[command(disable_help_flag = true)]
    Lab {
        /// --port N, or names whose walk is printed; see --help
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Serve the course as a book, with packets and walks to look into, on 127.0.0.1
    #[command(disable_help_flag = true)]
    Guide {
        /// --port N, --open, --build DIR; see --help
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
    /// Print a script by which a shell completes these commands
    Completions {
        /// The shell
        shell: Shell,
    },
    /// For maintainers: draw the chapters' pictures from the lab's messages and the solutions' runs
    Pictures {
        /// Change nothing; list pictures that are stale, and chapters without theirs
        #[arg(long)]
        check: bool,
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
    /// For maintainers: try wrong programs, and show how many of them each lesson's tests reject
    Mutants {
        #[command(flatten)]
        args: LessonArgs,
        /// Only those of slips.toml: verify tries the common mistakes
        #[arg(long)]
        slips: bool,
        /// List the wrong programs, and try none
        #[arg(long)]
        list: bool,
        /// Write down which tests fail with each of them, for `hint` (xtask/faults)
        #[arg(long, conflicts_with = "list")]
        record: bool,
    },
    /// Cleans up after this program; started by it
    #[command(name = cleanup::COMMAND, hide = true)]
    Janitor,
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
        Command::Check {
            args,
            open,
            no_question,
            own,
        } => match args.lesson()? {
            Some(my_own::BRANCH) => my_own::run(&course, &own),
            lesson => own
                .refuse_for_lessons()
                .and_then(|()| command::check::run(&course, lesson, open, no_question)),
        },
        Command::Watch { args, poll } => command::watch::run(&course, args.lesson()?, poll),
        Command::Progress => command::progress::run(&course),
        Command::List => command::list::run(&course),
        Command::Hint { lesson, function } => {
            command::hint::run(&course, lesson.as_deref(), function.as_deref())
        }
        Command::Diff {
            lesson,
            function,
            asked,
        } => command::diff::run(&course, lesson.as_deref(), function.as_deref(), asked),
        Command::Reset { args, tests } => {
            command::reset::run(&course, &args.lessons(&course, "reset")?, tests)
        }
        Command::Skip { args, asked } => {
            command::skip::run(&course, &args.lessons(&course, "skip")?, asked)
        }
        Command::Completions { shell } => command::completions::run(&course, shell, Cli::command()),
        Command::Generate { check, archives } => command::generate::run(&course, check, archives),
        Command::Verify { args, fresh } => command::verify::run(&course, args.lesson()?, fresh),
        Command::Mutants {
            args,
            slips,
            list,
            record,
        } => {
            let options = Options {
                only_slips: slips,
                list,
                record,
            };
            command::verify::mutants::run(&course, args.lesson()?, options)
        }
        Command::Scaffold { branch } => command::scaffold::run(&course, &branch),
        Command::Judge { arguments } => command::judge::run(&course, &arguments),
        Command::Guide { arguments } => command::guide::run(&course, &arguments),
        Command::Pictures { check } => command::guide::pictures(&course, check),
        Command::Lab { arguments } => command::lab::run(&course, &arguments),
        Command::Janitor => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn read(path: &str) -> String {
        std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Fails unless this is a command line that the program understands.
    fn is_understood(command: &str, place: &str) {
        let words = command.split_whitespace().map(|word| {
            let word = word.trim_matches(['[', ']', '\'']);
            match word {
                "LESSON" | "${relativeFile}" => "lesson-1",
                "LESSON…" | "lesson-N" => "lesson-2",
                "FUNCTION" => "draw_id",
                "SHELL" => "bash",
                word => word,
            }
        });
        if let Err(error) = Cli::try_parse_from(words.skip(1)) {
            let is_help = error.kind() == clap::error::ErrorKind::DisplayHelp;
            assert!(is_help, "{place}: {command}\n{error}");
        }
    }

    #[test]
    fn every_command_in_the_documentation_is_understood() {
        let mut pages = vec![
            "README.md".to_owned(),
            "lessons/README.md".to_owned(),
            ".github/CONTRIBUTING.md".to_owned(),
            "solutions/README.md".to_owned(),
        ];
        let course = Course::at(&root()).unwrap();
        let folders = course.lessons.iter().map(|lesson| &lesson.folder);
        pages.extend(folders.map(|folder| format!("lessons/{folder}/README.md")));
        let mut count = 0;
        for page in &pages {
            let text = read(page);
            let quoted = text
                .split('`')
                .filter(|part| part.starts_with("cargo xtask "));
            let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
            for command in quoted.chain(lines.filter(|line| line.starts_with("cargo xtask "))) {
                // A quoted command may be broken at the end of a line; a comment follows others.
                let command = command.split(" #").next().unwrap_or(command);
                is_understood(command, page);
                count += 1;
            }
        }
        assert!(count > 30, "only {count} commands were found");
    }

    #[test]
    fn the_editor_s_tasks_and_the_container_are_json_and_their_commands_are_understood() {
        let json = |path: &str| -> serde_json::Value {
            serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        let tasks = json(".vscode/tasks.json");
        let tasks = tasks["tasks"].as_array().unwrap();
        assert!(tasks.len() >= 4, "{tasks:?}");
        for task in tasks {
            let command = task["command"].as_str().unwrap();
            assert!(command.starts_with("cargo xtask "), "{command}");
            assert_eq!(task["type"], "shell", "{command}");
            is_understood(command, ".vscode/tasks.json");
        }
        assert!(json(".vscode/extensions.json")["recommendations"].is_array());
        let container = json(".devcontainer/devcontainer.json");
        let image = container["image"].as_str().unwrap();
        assert!(image.contains("/rust:"), "{image}");
        let after = container["postCreateCommand"].as_str().unwrap();
        assert!(after.ends_with("cargo fetch"), "{after}");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
