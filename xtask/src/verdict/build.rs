//! Building a lesson's tests: one call of cargo, whose messages name the executables or the errors.

mod messages;

use crate::course::graded;
use crate::course::{Course, Lesson};
use crate::tools;
use crate::tools::cleanup::GroupLeader;
use crate::verdict::panics::Place;
use crate::verdict::pending_snapshots;
use anyhow::{Context, Result};
use messages::Message;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};

/// The result of building a package's tests.
pub(crate) enum Build {
    Ready(Built),
    Broken(Broken),
}

/// The tests of a package, ready to run.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) executables: Vec<Executable>,
    /// rustc's warnings on the package's own `src`: `path:line: message`.
    pub(crate) warnings: Vec<String>,
}

/// A test executable.
#[derive(Debug)]
pub(crate) struct Executable {
    pub(crate) path: PathBuf,
    /// Its package's folder, in which its tests run.
    pub(crate) folder: PathBuf,
    pub(crate) origin: Origin,
}

/// Where tests come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The course's own, in `tests/`.
    Course,
    /// A test that the lesson asks the learner to write, in `tests/`.
    Graded,
    /// The learner's own, in `src/`.
    Source,
}

/// The reason why the tests could not be built.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) culprit: Culprit,
    /// rustc's own messages, one for each error, or cargo's message.
    pub(crate) messages: Vec<String>,
    /// The place of the first error.
    pub(crate) place: Option<Place>,
}

/// The package whose source does not compile.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Culprit {
    Lesson,
    Tests,
    Earlier(Lesson),
    /// A folder from the root.
    Other(String),
    /// cargo failed before compiling.
    Cargo,
}

/// How cargo is called.
#[derive(Clone, Copy)]
pub(crate) struct Cargo<'c> {
    pub(crate) course: &'c Course,
    /// A target folder other than the caller's.
    pub(crate) target: Option<&'c Path>,
    pub(crate) colour: bool,
    /// Whether progress is left unprinted.
    pub(crate) quiet: bool,
}

impl Cargo<'_> {
    /// Builds the tests of `package`, which lies in `folder`: those in `tests/`, and with `library`
    /// also those in `src/`.
    pub(crate) fn build_tests(&self, package: &str, folder: &Path, library: bool) -> Result<Build> {
        let mut command = self.command(&[package]);
        if library {
            command.args(["--lib", "--tests"]);
        }
        let Finished {
            success,
            messages,
            output,
        } = self.run(command)?;
        if success {
            return Ok(Build::Ready(self.built(folder, messages)));
        }
        Ok(Build::Broken(self.broken(folder, &messages, &output)))
    }

    /// Builds the tests of several lessons in one call, so that cargo reads the workspace once and
    /// uses all cores. Returns them by the lessons' folders, without those that do not compile or
    /// depend on one that does not.
    pub(crate) fn build_lessons(&self, lessons: &[&Lesson]) -> Result<BTreeMap<String, Built>> {
        let packages: Vec<&str> = lessons
            .iter()
            .map(|lesson| lesson.folder.as_str())
            .collect();
        let mut command = self.command(&packages);
        // Otherwise the first error would keep the others from being compiled.
        command.arg("--no-fail-fast");
        let Finished { mut messages, .. } = self.run(command)?;
        let built = |lesson: &&Lesson| {
            let folder = Path::new("lessons").join(&lesson.folder);
            let is_its = |message: &mut Message| message.folder.ends_with(&folder);
            let its: Vec<Message> = messages.extract_if(.., is_its).collect();
            if its.iter().any(|message| message.error.is_some()) {
                return None;
            }
            let built = self.built(&self.course.folder(lesson), its);
            (!built.executables.is_empty()).then(|| (lesson.folder.clone(), built))
        };
        Ok(lessons.iter().filter_map(built).collect())
    }

    /// Runs cargo, and prints what is being compiled meanwhile.
    fn run(&self, mut command: Command) -> Result<Finished> {
        let mut process = GroupLeader::start(&mut command).context("can't start cargo")?;
        let child = process.child();
        let stderr = child.stderr.take().context("no standard error")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let quiet = self.quiet;
        let status = std::thread::spawn(move || follow(stderr, quiet));
        let messages: Vec<Message> = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| Message::read(&line))
            .collect();
        Ok(Finished {
            success: process.wait()?.success(),
            messages,
            output: status.join().unwrap_or_default(),
        })
    }

    /// Builds the tests of several packages at once, on all cores. Errors are left to later builds.
    pub(crate) fn build_all_tests(&self, packages: &[String]) -> Result<()> {
        let mut command = Command::new(tools::cargo());
        command.args(["build", "--tests", "--keep-going", "--quiet"]);
        command.args(packages.iter().flat_map(|package| ["--package", package]));
        command.stderr(Stdio::null());
        self.configure(&mut command);
        command.status().context("can't start cargo")?;
        Ok(())
    }

    fn command(&self, packages: &[&str]) -> Command {
        let mut command = Command::new(tools::cargo());
        let format = if self.colour {
            "json-diagnostic-rendered-ansi"
        } else {
            "json"
        };
        command
            .args([
                "test",
                "--no-run",
                "--color",
                "never",
                "--message-format",
                format,
            ])
            .args(packages.iter().flat_map(|package| ["--package", package]))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        self.configure(&mut command);
        command
    }

    /// Sets the folder and the environment of a cargo command.
    fn configure(&self, command: &mut Command) {
        command.current_dir(&self.course.root).stdin(Stdio::null());
        pending_snapshots::remove_settings(command);
        // `cargo run` set these for xtask; another cargo must not inherit them.
        for (name, _) in std::env::vars_os() {
            if ["CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|prefix| name.to_string_lossy().starts_with(prefix))
            {
                command.env_remove(name);
            }
        }
        if let Some(target) = self.target {
            command.env("CARGO_TARGET_DIR", target);
            // No debugger is used on these executables, and they link faster without debug
            // information.
            command.env("CARGO_PROFILE_DEV_DEBUG", "0");
        }
    }

    fn built(&self, folder: &Path, messages: Vec<Message>) -> Built {
        let own = format!("{}/src/", self.course.display_path(folder));
        let mut warnings: Vec<String> = Vec::new();
        for warning in messages
            .iter()
            .filter_map(|message| message.warning.as_ref())
        {
            // rustc repeats a library's warnings for each target that includes the file.
            if warning.starts_with(&own) && !warnings.contains(warning) {
                warnings.push(warning.clone());
            }
        }
        let theirs = self.graded_targets(folder);
        let executable = |message: Message| {
            let is_theirs = message.is_test && theirs.contains(&message.target);
            let mut executable = message.executable()?;
            if is_theirs {
                executable.origin = Origin::Graded;
            }
            Some(executable)
        };
        Built {
            executables: messages.into_iter().filter_map(executable).collect(),
            warnings,
        }
    }

    /// Returns the names of the test executables that the learner writes, of the lesson or the twin
    /// in `folder`.
    fn graded_targets(&self, folder: &Path) -> Vec<String> {
        let is_it = |lesson: &&Lesson| {
            folder
                .file_name()
                .is_some_and(|name| *name == *lesson.folder)
        };
        let lesson = self.course.lessons.iter().find(is_it);
        let files = lesson.map(|lesson| graded::files(self.course, lesson));
        let files = files.and_then(Result::ok).unwrap_or_default().into_iter();
        let stem = |path: PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
        files.filter_map(stem).collect()
    }

    fn broken(&self, folder: &Path, messages: &[Message], output: &str) -> Broken {
        let errors = || messages.iter().filter_map(Message::error);
        let Some((first, _)) = errors().next() else {
            return Broken {
                culprit: Culprit::Cargo,
                messages: vec![output.trim_end().to_owned()],
                place: None,
            };
        };
        let mut texts: Vec<String> = Vec::new();
        for (_, text) in errors() {
            // The library is compiled twice, once for its own tests.
            if !texts.iter().any(|seen| seen == text) {
                texts.push(text.to_owned());
            }
        }
        Broken {
            culprit: self.culprit(folder, first),
            messages: texts,
            place: first.place.clone(),
        }
    }

    fn culprit(&self, folder: &Path, message: &Message) -> Culprit {
        let at_fault = &message.folder;
        // Compares the ends of paths: cargo may know the folder by another path (a symbolic link).
        let lies_in = |folder: &Path| {
            at_fault.ends_with(folder.strip_prefix(&self.course.root).unwrap_or(folder))
        };
        if lies_in(folder) {
            return if message.is_test && !self.graded_targets(folder).contains(&message.target) {
                Culprit::Tests
            } else {
                Culprit::Lesson
            };
        }
        match self
            .course
            .lessons
            .iter()
            .find(|lesson| lies_in(&self.course.folder(lesson)))
        {
            Some(lesson) => Culprit::Earlier(lesson.clone()),
            None => Culprit::Other(self.course.display_path(at_fault)),
        }
    }
}

/// A finished call of cargo.
struct Finished {
    success: bool,
    messages: Vec<Message>,
    /// Its standard error.
    output: String,
}

/// Reads and returns cargo's own output, and prints what is being compiled while the learner waits.
fn follow(stderr: ChildStderr, quiet: bool) -> String {
    let terminal = std::io::stderr().is_terminal();
    let (mut output, mut has_printed) = (String::new(), false);
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if let Some(activity) = activity(&line).filter(|_| !quiet) {
            if terminal {
                eprint!("\r\x1b[2K{activity} …");
                let _ = std::io::stderr().flush();
            } else if !has_printed {
                eprintln!("compiling …");
            }
            has_printed = true;
        }
        output.push_str(&line);
        output.push('\n');
    }
    if terminal && has_printed {
        eprint!("\r\x1b[2K");
    }
    output
}

/// Returns what cargo is doing, from a line of its output: `compiling nom`.
fn activity(line: &str) -> Option<String> {
    let line = line.trim_start();
    if line.starts_with("Blocking") {
        return Some("waiting for another cargo".to_owned());
    }
    let name = line.strip_prefix("Compiling ")?.split(' ').next()?;
    Some(format!("compiling {name}"))
}
