//! The part of a report about tests: advice on the mistakes that they show, then one line each,
//! then wrong answers, and stubs that are left.

use super::Reporter;
use crate::course::places;
use crate::course::twin::Stub;
use crate::report::screen::{flowing, paragraph};
use crate::verdict::Verdict;
use crate::verdict::advice::Advice;
use crate::verdict::build::Origin;
use crate::verdict::outcome::{Outcome, Test, Wrong};
use crate::verdict::suspects::Suspects;
use std::fmt::{Result, Write};

/// The number of tests that are named where there may be many.
const NAMED: usize = 4;
/// The number of rustc's warnings that are shown.
const WARNINGS: usize = 5;

impl Reporter<'_> {
    /// Writes this part.
    pub(super) fn tests(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
        self.grade(out, verdict)?;
        self.advice(out, &verdict.advice())?;
        self.table(out, tests)?;
        self.wrongs(out, verdict, tests)?;
        self.crashes(out, tests)?;
        self.hangs(out, tests)?;
        self.suspects(out, verdict)?;
        if tests.iter().any(is_red) {
            self.warnings(out, &verdict.warnings)?;
        }
        self.unwritten(out, verdict, tests)?;
        self.elsewhere(out, verdict, tests)
    }

    fn table(&self, out: &mut String, tests: &[Test]) -> Result {
        let widths = tests.iter().map(|test| test.name.chars().count());
        let width = widths.max().unwrap_or(0);
        for test in tests {
            let (mark, word) = self.mark(&test.outcome);
            let own = match test.origin {
                Origin::Course => "",
                Origin::Graded => "  your test",
                Origin::Source => "  yours, in src/",
            };
            let line = format!("  {mark} {:width$}  {word}", test.name);
            writeln!(out, "{}{own}", line.trim_end())?;
        }
        writeln!(out)
    }

    fn mark(&self, outcome: &Outcome) -> (String, &'static str) {
        let screen = self.screen;
        match outcome {
            Outcome::Passed => (screen.green("✓"), ""),
            Outcome::Ignored => (screen.faint("-"), "ignored"),
            Outcome::NotWritten { .. } => (screen.yellow("·"), "not written yet"),
            Outcome::Wrong(_) => (screen.red("✗"), "wrong"),
            Outcome::Hangs { .. } => (screen.red("∞"), "hangs"),
            Outcome::Crashed(_) => (screen.red("✗"), "crashed"),
            Outcome::NotRun => (
                screen.faint("?"),
                "not run: tests that hang took all the time",
            ),
        }
    }

    fn wrongs(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
        let wrongs = tests.iter().filter_map(|test| match &test.outcome {
            Outcome::Wrong(wrong) => Some((test.name.as_str(), wrong)),
            _ => None,
        });
        let wrongs: Vec<(&str, &Wrong)> = wrongs.collect();
        self.wrong_answers(out, wrongs, |name| {
            places::of_test(self.course, &verdict.lesson, name)
        })
    }

    fn crashes(&self, out: &mut String, tests: &[Test]) -> Result {
        for test in tests {
            if let Outcome::Crashed(how) = &test.outcome {
                let heading = self.screen.bold(&format!("Crashed: {}", test.name));
                let how = paragraph(how, "  ", self.screen.prose());
                writeln!(out, "{heading}\n{how}")?;
            }
        }
        Ok(())
    }

    /// Writes one paragraph for all tests that hang: they mostly have one cause.
    fn hangs(&self, out: &mut String, tests: &[Test]) -> Result {
        let hung = |test: &Test| match test.outcome {
            Outcome::Hangs { seconds } => Some(format!("  {} (after {seconds} s)\n", test.name)),
            _ => None,
        };
        let hung: Vec<String> = tests.iter().filter_map(hung).collect();
        if hung.is_empty() {
            return Ok(());
        }
        let count = match hung.len() {
            1 => "1 test".to_owned(),
            count => format!("{count} tests"),
        };
        let heading = self.screen.bold(&format!("Hangs: {count}"));
        let text = "Stopped when the time limit was over. Look for an endless loop, or for a wait that nothing ends.";
        let text = paragraph(text, "  ", self.screen.prose());
        writeln!(out, "{heading}\n{}{text}", hung.concat())
    }

    /// Names the functions that may be wrong, where no common mistake is recognised.
    fn suspects(&self, out: &mut String, verdict: &Verdict) -> Result {
        let text = match (&verdict.suspects, verdict.advice()) {
            (Suspects::None, _)
            | (_, Advice::Certain(_) | Advice::Likely(_) | Advice::Several(_)) => {
                return Ok(());
            }
            (Suspects::One(stub), Advice::None) => {
                let name = stub.name_among(&verdict.stubs);
                format!("The failing tests suggest {name}.")
            }
            (Suspects::Several(stubs, more), Advice::None) => {
                let name = |stub: &Stub| stub.name_among(&verdict.stubs);
                let names: Vec<String> = stubs.iter().map(name).collect();
                let more = match more {
                    0 => String::new(),
                    1 => ", or another".to_owned(),
                    more => format!(", or {more} others"),
                };
                let names = names.join(", ");
                format!("It may be one of these functions, the likeliest first: {names}{more}.")
            }
        };
        writeln!(out, "{}", self.screen.bold("Where to look"))?;
        writeln!(out, "{}", paragraph(&text, "  ", self.screen.prose()))
    }

    fn warnings(&self, out: &mut String, warnings: &[String]) -> Result {
        if warnings.is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", self.screen.bold("The compiler warns"))?;
        for warning in warnings.iter().take(WARNINGS) {
            write!(out, "{}", paragraph(warning, "  ", self.screen.prose()))?;
        }
        if warnings.len() > WARNINGS {
            writeln!(out, "  … and {} more", warnings.len() - WARNINGS)?;
        }
        writeln!(out)
    }

    /// Writes the advice: as a fact if a mistake's phrases were found, else as a guess.
    fn advice(&self, out: &mut String, advice: &Advice<'_>) -> Result {
        let (heading, mistakes) = match advice {
            Advice::None => return Ok(()),
            Advice::Certain(mistakes) => ("This is a common mistake:", mistakes),
            Advice::Likely(mistakes) if mistakes.len() == 1 => {
                ("Perhaps it is this common mistake:", mistakes)
            }
            Advice::Likely(mistakes) => ("Perhaps it is one of these common mistakes:", mistakes),
            Advice::Several(mistakes) => {
                ("Perhaps several mistakes meet, and this is one:", mistakes)
            }
        };
        let prose = self.screen.prose();
        writeln!(out, "{}", self.screen.bold(heading))?;
        for mistake in mistakes {
            write!(out, "{}", paragraph(&flowing(&mistake.advice), "  ", prose))?;
            let seen = format!("seen in: {}", listed(mistake.tests.iter()));
            let seen = self.screen.faint(&paragraph(&seen, "  ", prose));
            writeln!(out, "{seen}")?;
        }
        Ok(())
    }
}

/// Joins the first few names, and counts the others.
pub(super) fn listed<S: AsRef<str>>(names: impl Iterator<Item = S>) -> String {
    let names: Vec<S> = names.collect();
    let first: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    let first = first.join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Returns whether the test shows a fault, and not only a stub that is left.
fn is_red(test: &Test) -> bool {
    test.outcome.is_failure() && !matches!(test.outcome, Outcome::NotWritten { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_short() {
        let letters = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(listed(letters.iter()), "a, b, c, d and 2 more");
        assert_eq!(listed(letters.iter().take(4)), "a, b, c, d");
    }
}
