//! The part of a report that is about tests: a line each, then what is not written yet, then what is wrong.

use super::Reporter;
use crate::compare::{Side, compare, first_difference};
use crate::judge::Verdict;
use crate::outcome::{Outcome, Test, Wrong};
use crate::screen::{flowing, paragraph};
use std::collections::BTreeMap;
use std::fmt::{Result, Write};

/// How many wrong answers are shown in full: they mostly have one cause.
const IN_FULL: usize = 3;
/// How many tests are named that wait for a stub.
const WAITING: usize = 4;
/// How many lines of a panic's message are shown.
const LINES: usize = 40;

impl Reporter<'_> {
    /// All of it.
    pub(super) fn tests(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
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
        self.elsewhere(out, verdict, tests)?;
        let mut wrong = 0;
        for test in tests {
            wrong += usize::from(matches!(test.outcome, Outcome::Wrong(_)));
            self.detail(out, test, wrong <= IN_FULL)?;
        }
        if let Some(mistake) = verdict.mistake() {
            writeln!(
                out,
                "{}",
                self.screen.bold("This looks like a common mistake")
            )?;
            writeln!(
                out,
                "{}",
                paragraph(&flowing(&mistake.advice), "  ", self.screen.prose())
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
            let instruction = &unwritten.stub.instruction;
            writeln!(out, "  {}", self.screen.yellow(&unwritten.place))?;
            write!(
                out,
                "{}",
                paragraph(instruction, "      ", self.screen.prose())
            )?;
            let waiting = tests
                .iter()
                .filter(|test| waits_for(test) == Some(instruction.as_str()));
            self.waiting(out, waiting)?;
            writeln!(out)?;
        }
        Ok(())
    }

    fn waiting<'t>(&self, out: &mut String, tests: impl Iterator<Item = &'t Test>) -> Result {
        let names: Vec<&str> = tests.map(|test| test.name.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let mut line = format!(
            "waiting for it: {}",
            names
                .iter()
                .take(WAITING)
                .copied()
                .collect::<Vec<_>>()
                .join(", ")
        );
        if names.len() > WAITING {
            line = format!("{line} and {} more", names.len() - WAITING);
        }
        write!(
            out,
            "{}",
            self.screen
                .faint(&paragraph(&line, "      ", self.screen.prose()))
        )
    }

    /// `todo!()`s that are not stubs of this lesson: in an earlier lesson, or the learner's own.
    fn elsewhere(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
        let mut places: BTreeMap<String, Vec<&Test>> = BTreeMap::new();
        for test in tests {
            let Outcome::NotWritten { place, instruction } = &test.outcome else {
                continue;
            };
            if !verdict
                .unwritten
                .iter()
                .any(|unwritten| unwritten.stub.instruction == *instruction)
            {
                places.entry(place.to_string()).or_default().push(test);
            }
        }
        for (place, tests) in places {
            let earlier = self
                .course
                .lesson_of(&place)
                .filter(|other| **other != verdict.lesson);
            let whose = earlier.map_or_else(
                || "a todo!() of your own".to_owned(),
                |earlier| format!("a stub of {}", earlier.short()),
            );
            writeln!(
                out,
                "{}\n",
                self.screen.bold(&format!("Not written yet: {whose}"))
            )?;
            writeln!(out, "  {}", self.screen.yellow(&place))?;
            let instruction = tests
                .first()
                .and_then(|test| waits_for(test))
                .unwrap_or_default();
            write!(
                out,
                "{}",
                paragraph(instruction, "      ", self.screen.prose())
            )?;
            self.waiting(out, tests.into_iter())?;
            if let Some(short) = earlier.map(crate::course::Lesson::short) {
                let lesson = verdict.lesson.short();
                writeln!(
                    out,
                    "      {lesson} stands on {short}: cargo xtask check {short},"
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

    fn detail(&self, out: &mut String, test: &Test, in_full: bool) -> Result {
        let heading = |word: &str| self.screen.bold(&format!("{word}: {}", test.name));
        match &test.outcome {
            Outcome::Wrong(wrong) => {
                writeln!(out, "{}", heading("Wrong"))?;
                self.wrong(out, wrong, in_full)?;
            }
            Outcome::Hangs => {
                let text = "It had not ended when its time was over, and was stopped. Look for a loop that never ends, or for \
                            something that is waited for and never comes.";
                writeln!(
                    out,
                    "{}\n{}",
                    heading("Hangs"),
                    paragraph(text, "  ", self.screen.prose())
                )?;
                return Ok(());
            }
            Outcome::Crashed(how) => {
                writeln!(
                    out,
                    "{}\n{}",
                    heading("Crashed"),
                    paragraph(how, "  ", self.screen.prose())
                )?;
                return Ok(());
            }
            _ => return Ok(()),
        }
        writeln!(out)
    }

    fn wrong(&self, out: &mut String, wrong: &Wrong, in_full: bool) -> Result {
        if let Some(mismatch) = &wrong.mismatch {
            return match &mismatch.expected {
                Some(expected) if in_full => {
                    let (expected, got) = (
                        Side {
                            label: "expected",
                            text: expected,
                        },
                        Side {
                            label: "got",
                            text: &mismatch.got,
                        },
                    );
                    write!(out, "{}", compare(expected, got, self.screen))
                }
                Some(expected) => writeln!(out, "  {}", first_difference(expected, &mismatch.got)),
                None => writeln!(
                    out,
                    "  Its snapshot is missing; this is what it got:\n{}",
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
}

/// The instruction of the stub that the test came to.
fn waits_for(test: &Test) -> Option<&str> {
    match &test.outcome {
        Outcome::NotWritten { instruction, .. } => Some(instruction),
        _ => None,
    }
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
