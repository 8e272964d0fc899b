//! A verdict as text: one line per test, then what to do, in order of urgency, then the next
//! command.
//!
//! ```text
//! outcomes     the tests: one line each, then crashes, hangs and advice
//! grade        the test that the learner writes
//! wrong        wrong answers, in full or shortened
//! unwritten    stubs that are left
//! compare      two texts side by side, or line below line
//! lists        two lists of numbers, as a table
//! dissections  two annotated hexdumps, compared as messages
//! values       numbers and texts, as Debug prints them
//! screen       the terminal: width, colour, paragraphs
//! ```

use crate::course::originals::{self, Edits, Original};
use crate::course::twin::{self, Twin};
use crate::course::{Course, Lesson};
use crate::verdict::Verdict;
use crate::verdict::build::{Broken, Culprit};
use crate::verdict::outcome::{Outcome, Test};
use screen::{Screen, bounded, paragraph};
use std::fmt::{Result, Write};

pub(crate) mod compare;
mod dissections;
mod grade;
mod lists;
mod outcomes;
pub(crate) mod screen;
mod unwritten;
mod values;
mod wrong;

/// The number of rustc's errors that are shown; the first matters most.
const ERRORS: usize = 5;
/// The number of lines of one error that are shown.
const ERROR_LINES: usize = 60;
/// The length of a report: the longest are those of lessons with a hundred tests.
const LINES: usize = 400;
/// The length of its lines: the code under test may put any text into them.
const COLUMNS: usize = 600;

/// Writes reports on the lessons of a course.
pub(crate) struct Reporter<'r> {
    pub(crate) course: &'r Course,
    pub(crate) screen: Screen,
}

impl Reporter<'_> {
    /// Returns the report without its last line, [`Reporter::next`]. With `first_red` it explains
    /// that red is expected.
    pub(crate) fn report(&self, verdict: &Verdict, first_red: bool) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out, verdict, first_red);
        bounded(&out, LINES, COLUMNS)
    }

    fn write(&self, out: &mut String, verdict: &Verdict, first_red: bool) -> Result {
        let lesson = &verdict.lesson;
        let heading = format!("Lesson {}: {}", lesson.number, self.course.title(lesson));
        writeln!(out, "{}\n", self.screen.bold(&heading))?;
        if first_red && !verdict.all_pass() {
            let text = "Red is expected here: a lesson begins with tests that fail, and each that turns green is a step. \
                        (This is explained once.)";
            writeln!(out, "{}", paragraph(text, "", self.screen.prose()))?;
        }
        // Edited tests may themselves be wrong, so they are reported before their results.
        let warn = verdict.edits.has_changes() && !verdict.all_pass();
        if warn {
            self.edits(out, verdict)?;
        }
        match &verdict.tests {
            Err(broken) => self.broken(out, verdict, broken)?,
            Ok(tests) => self.tests(out, verdict, tests)?,
        }
        if !warn {
            self.edits(out, verdict)?;
        }
        match verdict.passed() {
            true => self.after_a_pass(out, verdict),
            false => Ok(()),
        }
    }

    fn broken(&self, out: &mut String, verdict: &Verdict, broken: &Broken) -> Result {
        let short = verdict.lesson.short();
        let sentence = match &broken.culprit {
            Culprit::Lesson => format!("Does not compile: {short}. rustc reports:"),
            Culprit::Tests => format!(
                "Does not compile: the tests of {short}, against your code. A name or a type in src/ no longer fits them. rustc reports:"
            ),
            Culprit::Earlier(earlier) => {
                format!(
                    "Does not compile: {}, on which {short} is built. rustc reports:",
                    earlier.short()
                )
            }
            Culprit::Other(folder) => {
                format!("Does not compile: {folder}, which is not part of a lesson. rustc reports:")
            }
            Culprit::Cargo => "cargo could not start compiling. It reports:".to_owned(),
        };
        writeln!(out, "{}\n", self.screen.red(&sentence))?;
        for message in broken.messages.iter().take(ERRORS) {
            writeln!(out, "{}", bounded(message.trim_end(), ERROR_LINES, COLUMNS))?;
        }
        if broken.messages.len() > ERRORS {
            writeln!(
                out,
                "… and {} more errors. Start with the first.\n",
                broken.messages.len() - ERRORS
            )?;
        }
        if let Some(lesson) = self.broken_manifest(broken) {
            let text = format!(
                "The fault is in the Cargo.toml of {}. While it is there, cargo starts no command at all, so the checker is started without cargo. \
                 It puts the course's Cargo.toml in place, and keeps yours.",
                lesson.short()
            );
            writeln!(out, "{}", paragraph(&text, "", self.screen.prose()))?;
        }
        Ok(())
    }

    /// Returns the lesson whose manifest keeps cargo from starting: cargo names it, and it is not
    /// the course's own.
    fn broken_manifest(&self, broken: &Broken) -> Option<&Lesson> {
        let is_named = |lesson: &&Lesson| {
            let mut messages = broken.messages.iter();
            let original = originals::original(self.course, lesson, originals::MANIFEST);
            messages.any(|message| message.contains(&lesson.folder))
                && matches!(original, Original::Changed(_))
        };
        let mut lessons = self.course.lessons.iter();
        lessons.find(|lesson| broken.culprit == Culprit::Cargo && is_named(lesson))
    }

    fn edits(&self, out: &mut String, verdict: &Verdict) -> Result {
        let Edits {
            missing,
            edited,
            extra,
        } = &verdict.edits;
        let kinds = [
            ("missing", missing),
            ("edited", edited),
            ("not the course's", extra),
        ];
        if kinds.iter().all(|(_, paths)| paths.is_empty()) {
            return Ok(());
        }
        let heading = match (verdict.edits.has_changes(), verdict.all_pass()) {
            (true, true) => "Every test passes, but they are not the course's own",
            (true, false) => "The lesson's tests were changed",
            (false, _) => "There are snapshots that the course does not have",
        };
        writeln!(out, "{}", self.screen.bold(heading))?;
        for (kind, paths) in kinds {
            for path in paths {
                writeln!(out, "  {kind}: {path}")?;
            }
        }
        if verdict.edits.has_changes() {
            writeln!(
                out,
                "  A lesson is passed with the course's tests. To restore them (yours are kept):"
            )?;
            writeln!(
                out,
                "  cargo xtask reset {} --tests",
                verdict.lesson.short()
            )?;
        }
        writeln!(out)
    }

    fn after_a_pass(&self, out: &mut String, verdict: &Verdict) -> Result {
        let short = verdict.lesson.short();
        writeln!(out, "{}", self.screen.green("Passed."))?;
        writeln!(out, "Compare with the solution: cargo xtask diff {short}")?;
        for earlier in unfinished(self.course, &verdict.lesson) {
            let earlier = earlier.short();
            let text = format!(
                "{earlier} is not passed yet, so this lesson's program will stop at its stubs: cargo xtask check {earlier}"
            );
            write!(out, "{}", paragraph(&text, "", self.screen.prose()))?;
        }
        Ok(())
    }

    /// Returns the line that ends the command's output, with the command to run after this verdict.
    pub(crate) fn next(&self, verdict: &Verdict) -> String {
        self.screen.next(&self.next_command(verdict))
    }

    fn next_command(&self, verdict: &Verdict) -> String {
        let (short, edited) = (verdict.lesson.short(), verdict.edits.has_changes());
        match &verdict.tests {
            _ if verdict.passed() => next_lesson(self.course, &verdict.lesson),
            Err(Broken {
                culprit: Culprit::Earlier(earlier),
                ..
            }) => format!("cargo xtask check {}", earlier.short()),
            Err(broken) if self.broken_manifest(broken).is_some() => {
                let lesson = self.broken_manifest(broken).map_or(short, Lesson::short);
                format!("{} reset {lesson}", self.course.launcher())
            }
            Err(Broken {
                culprit: Culprit::Cargo,
                messages,
                ..
            }) if needs_fetch(messages) => "cargo fetch".to_owned(),
            Err(Broken {
                culprit: Culprit::Tests,
                ..
            }) if edited => format!("cargo xtask reset {short} --tests"),
            Err(_) => format!("cargo xtask check {short}"),
            Ok(_) if edited => format!("cargo xtask reset {short} --tests"),
            Ok(tests) => match self.earlier(verdict, tests) {
                Some(earlier) => format!("cargo xtask check {earlier}"),
                None => format!("cargo xtask hint {short}"),
            },
        }
    }

    /// Returns the earlier lesson whose stubs the tests reached.
    fn earlier(&self, verdict: &Verdict, tests: &[Test]) -> Option<String> {
        let place = |test: &Test| match &test.outcome {
            Outcome::NotWritten { place, .. } => self
                .course
                .lesson_of(&place.file)
                .filter(|other| **other != verdict.lesson),
            _ => None,
        };
        tests.iter().find_map(place).map(Lesson::short)
    }
}

#[cfg(test)]
impl Reporter<'_> {
    /// Returns a part of a report on a course without lessons, 80 columns wide and without colours.
    fn shown(write: impl FnOnce(&Reporter<'_>, &mut String) -> Result) -> String {
        let course = Course {
            root: "/course".into(),
            lessons: Vec::new(),
        };
        let screen = Screen {
            width: 80,
            colour: false,
        };
        let course = &course;
        let mut out = String::new();
        write(&Reporter { course, screen }, &mut out).unwrap();
        out
    }
}

/// Returns the command to run after a lesson that is passed.
fn next_lesson(course: &Course, lesson: &Lesson) -> String {
    match course.next_lesson(lesson) {
        Some(next) => format!("cargo xtask check {}", next.short()),
        None => "cargo xtask progress".to_owned(),
    }
}

/// Lists the earlier lessons that this one is built on and that still have stubs.
fn unfinished<'c>(course: &'c Course, lesson: &Lesson) -> Vec<&'c Lesson> {
    let has_stubs = |lesson: &Lesson| -> anyhow::Result<bool> {
        let stubs = Twin::read(course, lesson)?.stubs(None);
        Ok(!twin::unwritten(course, lesson, &stubs)?.is_empty())
    };
    let mut lessons = course.prerequisites(lesson);
    lessons.retain(|lesson| has_stubs(lesson).unwrap_or(false));
    lessons
}

/// Returns whether cargo's messages are about crates that were never downloaded.
fn needs_fetch(messages: &[String]) -> bool {
    let signs = [
        "offline",
        "failed to download",
        "failed to get",
        "Could not resolve host",
        "no matching package",
        "network",
    ];
    messages
        .iter()
        .any(|message| signs.iter().any(|sign| message.contains(sign)))
}
