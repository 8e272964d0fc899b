//! The part of a report about the test that the learner writes: first that this test is judged, and
//! on which programs; then its results on them.

use super::Reporter;
use crate::report::screen::{flowing, paragraph};
use crate::verdict::Verdict;
use crate::verdict::grade::{Grade, GradeResult};
use std::fmt::{Result, Write};

impl Reporter<'_> {
    /// Writes this part, if the lesson asks for a test and it is written.
    pub(super) fn grade(&self, out: &mut String, verdict: &Verdict) -> Result {
        let Some(grade) = &verdict.grade else {
            return Ok(());
        };
        if grade.result == GradeResult::NotJudged {
            return Ok(());
        }
        let (subject, count) = (&grade.graded.subject, grade.graded.wrong.len());
        let heading = format!("Your test of {subject}");
        writeln!(out, "{}", self.screen.bold(&heading))?;
        let judged = format!(
            "Here your test is judged ({}), and none of your other code. It runs on a correct program, where it must pass, and on {count} \
             programs with one fault each, of which it must catch {} by failing.",
            grade.graded.file, grade.graded.at_least
        );
        self.line(out, &judged)?;
        match &grade.result {
            GradeResult::NotJudged => Ok(()),
            GradeResult::NoTest => {
                let text = "There is no test in it. cargo runs functions with the attribute #[test], in a file of that name.";
                self.marked(out, false, text)?;
                let short = verdict.lesson.short();
                self.line(
                    out,
                    &format!("To put the stub back: cargo xtask reset {short}"),
                )
            }
            GradeResult::FailsOnCorrect => {
                let text = "It fails on the correct program: it demands something that a correct program does not do. Its failure is shown below.";
                self.marked(out, false, text)
            }
            GradeResult::LetThrough(_) => self.caught(out, grade),
        }?;
        writeln!(out)
    }

    /// Writes how many wrong programs the test catches, and the riddles of the others.
    fn caught(&self, out: &mut String, grade: &Grade) -> Result {
        self.marked(out, true, "It passes on the correct program.")?;
        let (caught, all) = (grade.caught(), grade.graded.wrong.len());
        let text = format!("It catches {caught} of {all} wrong programs.");
        self.marked(out, grade.passed(), &text)?;
        let GradeResult::LetThrough(missed) = &grade.result else {
            return Ok(());
        };
        if missed.is_empty() {
            return Ok(());
        }
        self.line(out, "It let these through, each described by a riddle:")?;
        let prose = self.screen.prose();
        for wrong in missed {
            let riddle = flowing(&wrong.riddle);
            let text = paragraph(&riddle, "      ", prose);
            write!(out, "    ? {}", text.trim_start())?;
        }
        Ok(())
    }

    fn marked(&self, out: &mut String, is_good: bool, text: &str) -> Result {
        let mark = match is_good {
            true => self.screen.green("✓"),
            false => self.screen.red("✗"),
        };
        let text = paragraph(text, "    ", self.screen.prose());
        write!(out, "  {mark} {}", text.trim_start())
    }

    fn line(&self, out: &mut String, text: &str) -> Result {
        write!(out, "{}", paragraph(text, "  ", self.screen.prose()))
    }
}
