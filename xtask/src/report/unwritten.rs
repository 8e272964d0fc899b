//! The part of a report about stubs: the next one to write, and the tests that need it.

use super::Reporter;
use super::outcomes::listed;
use crate::course::Lesson;
use crate::course::twin::Unwritten;
use crate::report::screen::paragraph;
use crate::verdict::Verdict;
use crate::verdict::outcome::{Outcome, Test};
use std::collections::BTreeMap;
use std::fmt::{Result, Write};

impl Reporter<'_> {
    /// Writes the stubs that are left: all of them before the first is written, later only the
    /// next.
    pub(super) fn unwritten(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
        let (all, left) = (verdict.stubs.len(), verdict.unwritten.len());
        if left == 0 {
            return Ok(());
        }
        let (shown, next) = match (left == all, left) {
            (true, _) => (left, ""),
            (false, 1) => (1, ""),
            (false, _) => (1, "; the next one:"),
        };
        let heading = format!("Not written yet: {left} of {all} stubs{next}");
        writeln!(out, "{}\n", self.screen.bold(&heading))?;
        for unwritten in verdict.unwritten.iter().take(shown) {
            self.stub(out, unwritten, tests)?;
        }
        if left > shown {
            writeln!(out, "  and {} more\n", left - shown)?;
        }
        Ok(())
    }

    fn stub(&self, out: &mut String, unwritten: &Unwritten, tests: &[Test]) -> Result {
        let instruction = &unwritten.stub.instruction;
        let needs_it = |test: &&Test| stub_reached(test) == Some(instruction.as_str());
        let waiting: Vec<&Test> = tests.iter().filter(needs_it).collect();
        self.instruction(out, &unwritten.place, instruction, &waiting)?;
        writeln!(out)
    }

    fn instruction(
        &self,
        out: &mut String,
        place: &str,
        instruction: &str,
        waiting: &[&Test],
    ) -> Result {
        let prose = self.screen.prose();
        writeln!(out, "  {}", self.screen.yellow(place))?;
        write!(out, "{}", paragraph(instruction, "      ", prose))?;
        if waiting.is_empty() {
            return Ok(());
        }
        let names = listed(waiting.iter().map(|test| &test.name));
        let line = paragraph(&format!("waiting for it: {names}"), "      ", prose);
        write!(out, "{}", self.screen.faint(&line))
    }

    /// Writes the `todo!()`s that are not stubs of this lesson: an earlier lesson's, or the
    /// learner's own.
    pub(super) fn elsewhere(&self, out: &mut String, verdict: &Verdict, tests: &[Test]) -> Result {
        let is_ours = |instruction: &str| {
            let mut ours = verdict.unwritten.iter();
            ours.any(|unwritten| unwritten.stub.instruction == instruction)
        };
        let mut places: BTreeMap<String, Vec<&Test>> = BTreeMap::new();
        for test in tests {
            if let Outcome::NotWritten { place, instruction } = &test.outcome
                && !is_ours(instruction)
            {
                places.entry(place.to_string()).or_default().push(test);
            }
        }
        for (place, tests) in places {
            self.other_todo(out, &verdict.lesson, &place, &tests)?;
        }
        Ok(())
    }

    fn other_todo(
        &self,
        out: &mut String,
        lesson: &Lesson,
        place: &str,
        tests: &[&Test],
    ) -> Result {
        let earlier = self.course.lesson_of(place);
        let earlier = earlier.filter(|other| *other != lesson).map(Lesson::short);
        let todo = match &earlier {
            Some(earlier) => format!("a stub of {earlier}"),
            None => "a todo!() of your own".to_owned(),
        };
        let heading = format!("Not written yet: {todo}");
        writeln!(out, "{}\n", self.screen.bold(&heading))?;
        let instruction = tests.first().and_then(|test| stub_reached(test));
        self.instruction(out, place, instruction.unwrap_or_default(), tests)?;
        if let Some(short) = earlier {
            let lesson = lesson.short();
            writeln!(
                out,
                "      {lesson} is built on {short}: cargo xtask check {short},\n      or, to put its solution in place: cargo xtask skip {short}"
            )?;
        }
        writeln!(out)
    }
}

/// Returns the instruction of the stub that the test reached.
fn stub_reached(test: &Test) -> Option<&str> {
    match &test.outcome {
        Outcome::NotWritten { instruction, .. } => Some(instruction),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::originals::Edits;
    use crate::course::twin::Stub;
    use crate::verdict::suspects::Suspects;

    fn stub(number: usize) -> Stub {
        Stub {
            file: "src/lib.rs".to_owned(),
            instruction: format!("Write number {number}."),
            function: None,
        }
    }

    /// The report on `all` stubs of which the last `left` are not written yet.
    fn report(all: usize, left: usize) -> String {
        let unwritten = |number| Unwritten {
            stub: stub(number),
            place: format!("src/lib.rs:{number}"),
        };
        let verdict = Verdict {
            lesson: Lesson {
                number: 1,
                topic: "sums".to_owned(),
                folder: "lesson-01-sums".to_owned(),
            },
            manifest: None,
            stubs: (0..all).map(stub).collect(),
            unwritten: (all - left..all).map(unwritten).collect(),
            edits: Edits::default(),
            tests: Ok(Vec::new()),
            grade: None,
            suspects: Suspects::None,
            warnings: Vec::new(),
        };
        Reporter::shown(|reporter, out| reporter.unwritten(out, &verdict, &[]))
    }

    #[test]
    fn before_anything_is_written_all_stubs_are_shown() {
        let shown = report(3, 3);
        assert!(shown.contains("3 of 3 stubs\n"), "{shown}");
        assert!(shown.contains("Write number 0.") && shown.contains("Write number 2."));
        assert!(!shown.contains("more"), "{shown}");
    }

    #[test]
    fn later_the_next_one_is_shown_and_the_others_are_counted() {
        let next = report(4, 3);
        assert!(next.contains("3 of 4 stubs; the next one:\n"), "{next}");
        assert!(next.contains("Write number 1.") && !next.contains("Write number 2."));
        assert!(next.contains("  and 2 more\n"), "{next}");
        assert!(report(4, 1).starts_with("Not written yet: 1 of 4 stubs\n"));
        assert_eq!(report(4, 0), "");
    }
}
