//! A verdict as text: a line per test, then what to do, in the order in which to do it, then the next command.

use crate::cargo::{Broken, Culprit};
use crate::compare::{Side, compare};
use crate::course::Course;
use crate::judge::Verdict;
use crate::originals::Edits;
use crate::outcome::{Outcome, Test, Wrong};
use crate::screen::{Screen, paragraph};
use std::fmt::{Result, Write};

/// How many of rustc's errors are shown; the first is what matters.
const ERRORS: usize = 5;
/// How many lines of a panic's message are shown.
const LINES: usize = 40;

/// Writes reports on the lessons of a course.
pub(crate) struct Reporter<'r> {
    pub(crate) course: &'r Course,
    pub(crate) screen: Screen,
}

impl Reporter<'_> {
    /// The whole report; `first_red` has it say that red is expected.
    pub(crate) fn report(&self, verdict: &Verdict, first_red: bool) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out, verdict, first_red);
        out
    }

    fn write(&self, out: &mut String, verdict: &Verdict, first_red: bool) -> Result {
        let lesson = &verdict.lesson;
        let heading = format!("Lesson {}: {}", lesson.number, self.course.title(lesson));
        writeln!(out, "{}\n", self.screen.bold(&heading))?;
        if first_red && !verdict.all_pass() {
            let text = "Red is expected here: a lesson begins with tests that fail, and each that turns green is a step. \
                        (This is said once.)";
            writeln!(out, "{}", paragraph(text, "", self.screen.width.min(100)))?;
        }
        match &verdict.tests {
            Err(broken) => self.broken(out, verdict, broken)?,
            Ok(tests) => self.tests(out, verdict, tests)?,
        }
        self.edits(out, &verdict.edits, &lesson.short())?;
        if verdict.passed() {
            self.after_a_pass(out, verdict)
        } else {
            write!(out, "{}", self.screen.next(&self.next(verdict)))
        }
    }

    fn broken(&self, out: &mut String, verdict: &Verdict, broken: &Broken) -> Result {
        let short = verdict.lesson.short();
        let sentence = match &broken.culprit {
            Culprit::Lesson => format!("Does not compile: {short}. rustc says:"),
            Culprit::Tests => format!(
                "Does not compile: the tests of {short}, against your code. A name or a type in src/ is no longer what they use. rustc says:"
            ),
            Culprit::Earlier(earlier) => {
                format!(
                    "Does not compile: {}, on which {short} stands. rustc says:",
                    earlier.short()
                )
            }
            Culprit::Other(folder) => {
                format!("Does not compile: {folder}, which is not part of a lesson. rustc says:")
            }
            Culprit::Cargo => "cargo could not begin to compile. It says:".to_owned(),
        };
        writeln!(out, "{}\n", self.screen.red(&sentence))?;
        for message in broken.messages.iter().take(ERRORS) {
            writeln!(out, "{}\n", message.trim_end())?;
        }
        if broken.messages.len() > ERRORS {
            writeln!(
                out,
                "… and {} more errors; the first is the one to look at.\n",
                broken.messages.len() - ERRORS
            )?;
        }
        Ok(())
    }

    fn tests(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
        let width = tests
            .iter()
            .map(|test| test.name.chars().count())
            .max()
            .unwrap_or(0);
        for test in tests {
            let (mark, word) = self.mark(&test.outcome);
            writeln!(
                out,
                "{}",
                format!("  {mark} {:width$}  {word}", test.name).trim_end()
            )?;
        }
        writeln!(out)?;
        self.unwritten(out, verdict, tests)?;
        self.own_todos(out, verdict, tests)?;
        for test in tests {
            self.detail(out, test)?;
        }
        if let Some(mistake) = verdict.mistake() {
            writeln!(
                out,
                "{}",
                self.screen.bold("This looks like a common mistake.")
            )?;
            writeln!(
                out,
                "{}",
                paragraph(&mistake.advice, "  ", self.screen.width.min(100))
            )?;
        }
        Ok(())
    }

    fn mark(&self, outcome: &Outcome) -> (String, &'static str) {
        let screen = self.screen;
        match outcome {
            Outcome::Passed => (screen.green("✓"), ""),
            Outcome::Ignored => (screen.faint("-"), "ignored"),
            Outcome::NotWritten { .. } => (screen.yellow("·"), "not written yet"),
            Outcome::Wrong(_) => (screen.red("✗"), "wrong"),
            Outcome::Hangs => (screen.red("∞"), "hangs"),
            Outcome::Crashed(_) => (screen.red("✗"), "crashed"),
            Outcome::NotRun => (
                screen.faint("?"),
                "not run: the tests that hang took all the time",
            ),
        }
    }

    /// Every stub of this lesson that is still there, and who waits for it.
    fn unwritten(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
        if verdict.unwritten.is_empty() {
            return Ok(());
        }
        let heading = format!(
            "Not written yet: {} of {} stubs",
            verdict.unwritten.len(),
            verdict.stubs.len()
        );
        writeln!(out, "{}\n", self.screen.bold(&heading))?;
        for unwritten in &verdict.unwritten {
            writeln!(out, "  {}", self.screen.yellow(&unwritten.place))?;
            write!(
                out,
                "{}",
                paragraph(
                    &unwritten.stub.instruction,
                    "      ",
                    self.screen.width.min(100)
                )
            )?;
            let waits = |test: &&Test| matches!(&test.outcome, Outcome::NotWritten { instruction, .. } if *instruction == unwritten.stub.instruction);
            let waiting: Vec<&str> = tests
                .iter()
                .filter(waits)
                .map(|test| test.name.as_str())
                .collect();
            if !waiting.is_empty() {
                let line = format!("waiting for it: {}", waiting.join(", "));
                write!(
                    out,
                    "{}",
                    self.screen
                        .faint(&paragraph(&line, "      ", self.screen.width.min(100)))
                )?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// A `todo!()` that is not one of this lesson's stubs: in an earlier lesson, or the learner's own.
    fn own_todos(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
        for test in tests {
            let Outcome::NotWritten { place, instruction } = &test.outcome else {
                continue;
            };
            if verdict
                .unwritten
                .iter()
                .any(|unwritten| unwritten.stub.instruction == *instruction)
            {
                continue;
            }
            let heading = format!("Not written yet: what {} came to", test.name);
            writeln!(
                out,
                "{}\n\n  {}",
                self.screen.bold(&heading),
                self.screen.yellow(&place.to_string())
            )?;
            write!(
                out,
                "{}",
                paragraph(instruction, "      ", self.screen.width.min(100))
            )?;
            if let Some(earlier) = self
                .course
                .lesson_of(&place.file)
                .filter(|other| **other != verdict.lesson)
            {
                let (lesson, short) = (verdict.lesson.short(), earlier.short());
                writeln!(
                    out,
                    "      {lesson} stands on {short}, whose stub this is: cargo xtask check {short},"
                )?;
                writeln!(
                    out,
                    "      or, to put its solution in place: cargo xtask skip {short}"
                )?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn detail(&self, out: &mut String, test: &Test) -> Result {
        let screen = self.screen;
        match &test.outcome {
            Outcome::Wrong(wrong) => {
                writeln!(out, "{}", screen.bold(&format!("Wrong: {}", test.name)))?;
                self.wrong(out, wrong)?;
                writeln!(out)
            }
            Outcome::Hangs => {
                writeln!(out, "{}", screen.bold(&format!("Hangs: {}", test.name)))?;
                writeln!(
                    out,
                    "  It had not ended when its time was over, and was stopped: look for a loop that never ends,"
                )?;
                writeln!(out, "  or something that is waited for and never comes.\n")
            }
            Outcome::Crashed(how) => {
                writeln!(out, "{}", screen.bold(&format!("Crashed: {}", test.name)))?;
                writeln!(out, "{}", paragraph(how, "  ", screen.width.min(100)))
            }
            _ => Ok(()),
        }
    }

    fn wrong(&self, out: &mut String, wrong: &Wrong) -> Result {
        if let Some(mismatch) = &wrong.mismatch {
            let got = Side {
                label: "got",
                text: &mismatch.got,
            };
            return match &mismatch.expected {
                Some(expected) => write!(
                    out,
                    "{}",
                    compare(
                        Side {
                            label: "expected",
                            text: expected
                        },
                        got,
                        self.screen
                    )
                ),
                None => writeln!(
                    out,
                    "  its snapshot is missing; this is what it got:\n{}",
                    indented(&mismatch.got)
                ),
            };
        }
        match &wrong.panic {
            Some(panic) => writeln!(
                out,
                "  {}\n{}",
                self.screen.yellow(&panic.place.to_string()),
                indented(&panic.message)
            ),
            None => writeln!(out, "{}", indented(&wrong.said)),
        }
    }

    fn edits(&self, out: &mut String, edits: &Edits, short: &str) -> Result {
        let kinds = [
            ("missing", &edits.missing),
            ("edited", &edits.edited),
            ("not the course's", &edits.extra),
        ];
        if kinds.iter().all(|(_, paths)| paths.is_empty()) {
            return Ok(());
        }
        let heading = if edits.matter() {
            "The lesson's tests were changed"
        } else {
            "There are snapshots that the course does not have"
        };
        writeln!(out, "{}", self.screen.bold(heading))?;
        for (kind, paths) in kinds {
            for path in paths {
                writeln!(out, "  {kind}: {path}")?;
            }
        }
        if edits.matter() {
            writeln!(
                out,
                "  A lesson is passed with the course's own tests. To bring them back (yours are kept):"
            )?;
            writeln!(out, "  cargo xtask reset {short} --tests")?;
        }
        writeln!(out)
    }

    fn after_a_pass(&self, out: &mut String, verdict: &Verdict) -> Result {
        let short = verdict.lesson.short();
        writeln!(out, "{}", self.screen.green("Passed."))?;
        writeln!(out, "Compare with the solution: cargo xtask diff {short}")?;
        let next = match self.course.after(&verdict.lesson) {
            Some(next) => format!("cargo xtask check {}", next.short()),
            None => "cargo xtask progress".to_owned(),
        };
        write!(out, "{}", self.screen.next(&next))
    }

    fn next(&self, verdict: &Verdict) -> String {
        let short = verdict.lesson.short();
        match &verdict.tests {
            Err(Broken {
                culprit: Culprit::Earlier(earlier),
                ..
            }) => format!("cargo xtask check {}", earlier.short()),
            Err(Broken {
                culprit: Culprit::Cargo,
                messages,
            }) if needs_fetch(messages) => "cargo fetch".to_owned(),
            Err(_) => format!("cargo xtask check {short}"),
            Ok(_) if verdict.all_pass() => format!("cargo xtask reset {short} --tests"),
            Ok(tests) => match self.earlier(verdict, tests) {
                Some(earlier) => format!("cargo xtask check {earlier}"),
                None => format!("cargo xtask hint {short}"),
            },
        }
    }

    /// The earlier lesson that stands in the way, where nothing of this one does.
    fn earlier(&self, verdict: &Verdict, tests: &[Test]) -> Option<String> {
        let place = |test: &Test| match &test.outcome {
            Outcome::NotWritten { place, .. } => self
                .course
                .lesson_of(&place.file)
                .filter(|other| **other != verdict.lesson),
            _ => None,
        };
        tests
            .iter()
            .find_map(place)
            .map(crate::course::Lesson::short)
    }
}

/// Whether cargo's words are about crates that were never downloaded.
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

fn indented(text: &str) -> String {
    let count = text.lines().count();
    let mut lines: Vec<String> = text
        .lines()
        .take(LINES)
        .map(|line| format!("    {line}"))
        .collect();
    if count > LINES {
        lines.push(format!("    ⋮ {} more lines", count - LINES));
    }
    lines.join("\n")
}
