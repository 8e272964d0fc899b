//! `hint [LESSON] [FUNCTION]`: the next level of hint on one stub: the named one, or a wrong one, or
//! else the next one to write. Where several may be wrong, it lists them instead.

use crate::command::stub_args;
use crate::course::manifest::{self, Manifest};
use crate::course::places;
use crate::course::state::HintLevels;
use crate::course::twin::{self, Stub, Twin, Unwritten};
use crate::course::{Course, Lesson};
use crate::report::screen::{Screen, paragraph, print};
use crate::verdict::advice::is_inconclusive;
use crate::verdict::build::{Broken, Cargo};
use crate::verdict::outcome::{Outcome, Test};
use crate::verdict::suspects::Suspects;
use crate::verdict::{self, Verdict};
use anyhow::Result;

/// The maximum number of tests that are named.
const TESTS: usize = 3;

/// Prints the hint. Returns false if the lesson can't be judged.
pub(crate) fn run(course: &Course, name: Option<&str>, function: Option<&str>) -> Result<bool> {
    let screen = Screen::here();
    let cargo = Cargo {
        course,
        target: None,
        colour: screen.colour,
        quiet: false,
    };
    let (lesson, chosen) = match name {
        Some(name) => stub_args::chosen(course, "hint", name, function)?,
        None => (verdict::first_not_passed(cargo)?.lesson, None),
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
    if let Some(chosen) = chosen {
        return match unwritten.iter().find(|one| one.stub == chosen) {
            Some(unwritten) => hinter.hint_on_unwritten(unwritten),
            None => hinter.hint_on_wrong(&chosen),
        };
    }
    // As long as nothing is written nothing can be wrong, so no build is needed.
    match unwritten.first() {
        Some(first) if unwritten.len() == stubs.len() => hinter.hint_on_unwritten(first),
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
        let tests = match &verdict.tests {
            Ok(tests) => tests,
            Err(broken) => return self.hint_on_broken(verdict, broken),
        };
        if verdict.all_pass() {
            self.say("Nothing fails, so no hint is needed.", &self.after(verdict));
            return Ok(true);
        }
        match &verdict.suspects {
            Suspects::None => {}
            Suspects::One(stub) => {
                let sentences = ["suggests this function", "suggest this function"];
                print(&format!("{}\n", self.failing(tests, sentences)));
                return self.hint_on_wrong(stub);
            }
            Suspects::Several(stubs, more) => {
                self.list(tests, stubs, *more);
                return Ok(true);
            }
        }
        if let Some(stub) = verdict.graded_stub() {
            print("This is about your own test, which is not good enough yet.\n\n");
            return self.hint_on_wrong(stub);
        }
        match (first, self.earlier_lesson(tests)) {
            (Some(first), _) => self.hint_on_unwritten(first),
            (None, Some(earlier)) => {
                let short = self.lesson.short();
                let text = format!(
                    "The failing tests need a stub of {earlier}, on which {short} is built."
                );
                self.say(&text, &format!("cargo xtask hint {earlier}"));
                Ok(true)
            }
            (None, None) => {
                self.no_hint(tests);
                Ok(true)
            }
        }
    }

    /// Lists functions that may be wrong, where the tests single out none.
    fn list(&self, tests: &[Test], stubs: &[Stub], more: usize) {
        let (short, all) = (self.lesson.short(), self.twin.stubs(None));
        let sentences = [
            "runs through several functions of yours, and does not show which one is wrong",
            "run through several functions of yours, and do not show which one is wrong",
        ];
        let mut out = self.failing(tests, sentences);
        out.push_str("Here they are, the likeliest first:\n\n");
        for stub in stubs {
            let place = twin::place(self.course, self.lesson, stub);
            let name = stub.name_among(&all);
            out.push_str(&format!("  {}  {name}\n", self.screen.yellow(&place)));
        }
        if more > 0 {
            out.push_str(&format!("  and {more} more\n"));
        }
        let text = "Follow the arguments of the test through them: which is the first to return something else than you expect? \
                    (dbg! shows what it returns.)";
        out.push_str(&format!("\n{}", paragraph(text, "", self.screen.prose())));
        let first = stubs.first().map(|stub| stub.name_among(&all));
        let first = first.unwrap_or_default();
        out.push_str("A hint on one of them names it:");
        self.say(&out, &format!("cargo xtask hint {short} {first}"));
    }

    /// Returns a sentence about the tests that are wrong, which goes on in the singular or the
    /// plural.
    fn failing(&self, tests: &[Test], [singular, plural]: [&str; 2]) -> String {
        let wrong = |test: &&Test| test.outcome.is_failure() && !is_inconclusive(test);
        let names: Vec<&str> = tests
            .iter()
            .filter(wrong)
            .map(|test| test.name.as_str())
            .collect();
        let shown = names
            .iter()
            .take(TESTS)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let sentence = match names.len() {
            1 => format!("The failing test {shown} {singular}."),
            count if count <= TESTS => format!("The failing tests {shown} {plural}."),
            count => format!(
                "The failing tests {shown} and {} more {plural}.",
                count - TESTS
            ),
        };
        paragraph(&sentence, "", self.screen.prose())
    }

    /// Gives a hint on the stub that does not compile; if the error lies elsewhere, on the next one
    /// to write.
    fn hint_on_broken(&self, verdict: &Verdict, broken: &Broken) -> Result<bool> {
        let at_fault = broken.place.as_ref().and_then(|place| {
            let (file, line) = (&place.file, place.line);
            places::stub_at(self.course, self.lesson, &verdict.stubs, file, line)
        });
        let short = self.lesson.short();
        let see = format!("rustc's message comes first: cargo xtask check {short}\n");
        match (at_fault, verdict.unwritten.first()) {
            (Some(stub), _) => {
                print(&format!("This stub does not compile. {see}"));
                let place = broken.place.as_ref().map(ToString::to_string);
                self.give(stub, &place.unwrap_or_default())
            }
            (None, Some(first)) => {
                print(&format!(
                    "Something does not compile. {see}A hint on the next stub:\n"
                ));
                self.hint_on_unwritten(first)
            }
            (None, None) => {
                let text = "It does not compile yet. rustc's message is the best hint.";
                self.say(text, &self.check(self.lesson));
                Ok(false)
            }
        }
    }

    /// Gives a hint on a stub that is not written yet.
    fn hint_on_unwritten(&self, unwritten: &Unwritten) -> Result<bool> {
        self.give(&unwritten.stub, &unwritten.place)
    }

    /// Gives a hint on a stub that is written, but probably wrong.
    fn hint_on_wrong(&self, stub: &Stub) -> Result<bool> {
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

    /// Returns the hints up to the next level, and the command for the one after.
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
            // The last hint is code, whose lines are not broken.
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
                "That was the last hint. To see the solution beside yours: cargo xtask diff {short}\n\
                 To put it in place of yours, which is kept: cargo xtask skip {short}"
            )
        } else {
            format!("A clearer one: cargo xtask hint {short}")
        });
        Ok(out)
    }

    /// Names the places to look at where there is no hint: the test, and the code that it runs.
    fn no_hint(&self, tests: &[Test]) {
        let mut failing = tests.iter().filter(|test| test.outcome.is_failure());
        let name = failing.next().map_or("", |test| test.name.as_str());
        let place = places::of_test(self.course, self.lesson, name);
        let place = place.map_or_else(String::new, |place| {
            format!("\nLook at the test first: {}", self.screen.yellow(&place))
        });
        let text = format!(
            "There is no hint on the failing test {name}.{place}\n\
             Which function of yours does it call, and with which arguments? `check` shows what it got and what was expected: \
             follow these arguments through your function, or print them there with dbg!."
        );
        self.say(
            &paragraph(&text, "", self.screen.prose()),
            &self.check(self.lesson),
        );
    }

    /// Returns the earlier lesson whose stub the tests reached.
    fn earlier_lesson(&self, tests: &[Test]) -> Option<String> {
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

    /// Returns the next command if every test passes.
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
