//! `hint LESSON`: the next level of hint for what stands in the way now: what is wrong before what is not written yet.

use crate::course::manifest::{self, Manifest};
use crate::course::state::HintLevels;
use crate::course::twin::{self, Stub, Twin, Unwritten};
use crate::course::{Course, Lesson};
use crate::report::screen::{Screen, paragraph, print};
use crate::verdict::advice::suspected_stub;
use crate::verdict::build::Cargo;
use crate::verdict::outcome::{Outcome, Test};
use crate::verdict::{self, Verdict};
use anyhow::Result;

/// Prints the hint; well unless the lesson can't be judged.
pub(crate) fn run(course: &Course, lesson: Option<&str>) -> Result<bool> {
    let screen = Screen::here();
    let cargo = Cargo {
        course,
        target: None,
        colour: screen.colour,
        quiet: false,
    };
    let lesson = match lesson {
        Some(name) => course.lesson(name)?.clone(),
        None => match verdict::first_not_passed(cargo)? {
            Some(verdict) => verdict.lesson,
            None => return Ok(false),
        },
    };
    let hinter = Hinter {
        course,
        lesson: &lesson,
        manifest: manifest::read(&course.folder(&lesson))?,
        twin: Twin::read(course, &lesson)?,
        screen,
    };
    let stubs = hinter.twin.stubs(Some(&hinter.manifest));
    let unwritten = twin::unwritten(course, &lesson, &stubs)?;
    // Where nothing is written nothing is wrong: that is seen without building anything.
    match unwritten.first() {
        Some(first) if unwritten.len() == stubs.len() => hinter.write(first),
        _ => hinter.judged(&verdict::judge(cargo, &lesson)?),
    }
}

struct Hinter<'h> {
    course: &'h Course,
    lesson: &'h Lesson,
    manifest: Manifest,
    twin: Twin,
    screen: Screen,
}

impl Hinter<'_> {
    fn judged(&self, verdict: &Verdict) -> Result<bool> {
        let first = verdict.unwritten.first();
        let Ok(tests) = &verdict.tests else {
            return match first {
                Some(first) => {
                    let short = self.lesson.short();
                    print(&format!(
                        "Something does not compile, and comes first: cargo xtask check {short}\nOn what is not written yet:\n"
                    ));
                    self.write(first)
                }
                None => {
                    let text = "It does not compile yet; rustc's own words are the best hint.";
                    self.say(text, &self.check(self.lesson));
                    Ok(false)
                }
            };
        };
        if verdict.all_pass() {
            self.say(
                "Nothing fails: there is nothing to hint at.",
                &self.after(verdict),
            );
            return Ok(true);
        }
        let mistakes = &self.manifest.mistakes;
        if let Some(stub) = suspected_stub(mistakes, &self.twin, tests, &verdict.unwritten) {
            return self.mend(&stub);
        }
        match (first, self.waits_for(tests)) {
            (Some(first), _) => self.write(first),
            (None, Some(earlier)) => {
                let short = self.lesson.short();
                let text = format!(
                    "What fails here waits for a stub of {earlier}, on which {short} stands."
                );
                self.say(&text, &format!("cargo xtask hint {earlier}"));
                Ok(true)
            }
            (None, None) => {
                self.nothing(tests);
                Ok(true)
            }
        }
    }

    /// A hint on a stub that is not written yet.
    fn write(&self, unwritten: &Unwritten) -> Result<bool> {
        self.give(&unwritten.stub, &unwritten.place)
    }

    /// A hint on one that is written, but most likely wrong.
    fn mend(&self, stub: &Stub) -> Result<bool> {
        let place = twin::place(self.course, self.lesson, stub);
        let place = match &stub.function {
            Some(function) => format!("{place} (fn {function})"),
            None => place,
        };
        self.give(stub, &place)
    }

    fn give(&self, stub: &Stub, place: &str) -> Result<bool> {
        let prose = self.screen.prose();
        let instruction = paragraph(&stub.instruction, "  ", prose);
        let mut out = format!("{}\n{instruction}\n", self.screen.yellow(place));
        let is_it =
            |hints: &&manifest::Hints| hints.file == stub.file && hints.todo == stub.instruction;
        match self.manifest.stubs.iter().find(is_it) {
            Some(entry) => out.push_str(&self.levels(stub, &entry.hints)?),
            None => out.push_str("There are no hints for this one."),
        }
        self.say(&out, &self.check(self.lesson));
        Ok(true)
    }

    /// The hints so far, one more than the last time, and how to go on from there.
    fn levels(&self, stub: &Stub, hints: &[String; 3]) -> Result<String> {
        let last = hints.len() - 1;
        let name = format!("{}: {}", stub.file, stub.instruction);
        let level = HintLevels::read(self.course, self.lesson).advance(&name, last)?;
        let mut out = String::new();
        for (number, hint) in hints.iter().enumerate().take(level + 1) {
            let heading = format!("Hint {} of {}", number + 1, hints.len());
            let heading = if number == level {
                self.screen.bold(&heading)
            } else {
                self.screen.faint(&heading)
            };
            // The last one is code, which is not broken into lines that its author did not write.
            let width = if number == last {
                usize::MAX
            } else {
                self.screen.prose()
            };
            let hint = paragraph(hint, "  ", width);
            out.push_str(&format!("{heading}\n{hint}\n"));
        }
        let short = self.lesson.short();
        out.push_str(&if level == last {
            format!(
                "That was the last one. The solution, beside yours: cargo xtask diff {short}\n\
                 or in place of yours, which is kept: cargo xtask skip {short}"
            )
        } else {
            format!("A clearer one: cargo xtask hint {short}")
        });
        Ok(out)
    }

    fn nothing(&self, tests: &[Test]) {
        let mut failing = tests.iter().filter(|test| test.outcome.is_failure());
        let name = failing.next().map_or("", |test| test.name.as_str());
        let text =
            format!("There is no hint for what fails ({name}) beyond what `check` shows of it.");
        self.say(&text, &format!("cargo xtask diff {}", self.lesson.short()));
    }

    /// The earlier lesson whose stub the tests wait for.
    fn waits_for(&self, tests: &[Test]) -> Option<String> {
        let earlier = |test: &Test| match &test.outcome {
            Outcome::NotWritten { place, .. } => self
                .course
                .lesson_of(&place.file)
                .filter(|other| *other != self.lesson),
            _ => None,
        };
        tests.iter().find_map(earlier).map(Lesson::short)
    }

    fn check(&self, lesson: &Lesson) -> String {
        format!("cargo xtask check {}", lesson.short())
    }

    /// What to do where every test passes.
    fn after(&self, verdict: &Verdict) -> String {
        match self.course.next_lesson(self.lesson) {
            _ if !verdict.passed() => {
                format!("cargo xtask reset {} --tests", self.lesson.short())
            }
            Some(next) => self.check(next),
            None => "cargo xtask progress".to_owned(),
        }
    }

    fn say(&self, text: &str, next: &str) {
        print(&format!("{text}\n{}", self.screen.next(next)));
    }
}
