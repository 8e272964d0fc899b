//! `progress`: one line for each lesson and a bar, read from the code itself and therefore never
//! stale.

use crate::course::manifest;
use crate::course::originals::{self, PROGRAM, Program};
use crate::course::twin::{self, Twin};
use crate::course::{Course, Lesson};
use crate::files;
use crate::report::screen::{Screen, print};
use crate::verdict::build::{Cargo, Culprit};
use crate::verdict::{self, Verdict};
use anyhow::Result;

/// The width of the bar.
const BAR: usize = 40;

/// Prints the progress.
pub(crate) fn run(course: &Course) -> Result<bool> {
    let screen = Screen::here();
    let cargo = Cargo {
        course,
        target: None,
        colour: false,
        quiet: false,
    };
    let (mut done, mut next) = (0, None);
    let widths = course.lessons.iter().map(|lesson| lesson.topic.len());
    let width = widths.max().unwrap_or(0);
    for lesson in &course.lessons {
        let state = state(cargo, lesson)?;
        if matches!(state, State::Done) {
            done += 1;
        } else {
            next.get_or_insert(lesson);
        }
        let (mark, text) = state.shown(screen);
        let (number, topic) = (lesson.number, &lesson.topic);
        // Printed at once: the next lesson may take a while.
        print(&format!("  {mark} {number:>2}  {topic:width$}  {text}\n"));
    }
    let all = course.lessons.len();
    let bar = bar(done, all, screen);
    print(&format!("\n  {bar}  {done} of {all} lessons\n\n"));
    let command = next.map_or_else(
        || "cargo run --bin client -- --lab --query yahoo.com".to_owned(),
        |lesson| format!("cargo xtask check {}", lesson.short()),
    );
    print(&screen.next(&command));
    Ok(true)
}

fn bar(done: usize, all: usize, screen: Screen) -> String {
    let filled = (BAR * done).checked_div(all).unwrap_or(0);
    let (full, empty) = ("█".repeat(filled), "░".repeat(BAR - filled));
    format!("{}{}", screen.green(&full), screen.faint(&empty))
}

enum State {
    Done,
    InProgress(String),
    NotStarted,
}

impl State {
    fn shown(self, screen: Screen) -> (String, String) {
        match self {
            State::Done => (screen.green("✓"), "done".to_owned()),
            State::InProgress(text) => (screen.yellow("…"), text),
            State::NotStarted => (screen.faint("·"), "not started".to_owned()),
        }
    }
}

fn state(cargo: Cargo<'_>, lesson: &Lesson) -> Result<State> {
    if is_untouched(cargo.course, lesson)? {
        return Ok(State::NotStarted);
    }
    let verdict = verdict::judge(cargo, lesson)?;
    Ok(if verdict.passed() {
        State::Done
    } else {
        State::InProgress(stage(&verdict))
    })
}

/// Returns whether all stubs are left, and no file differs from the course's except in white space.
fn is_untouched(course: &Course, lesson: &Lesson) -> Result<bool> {
    let twin = Twin::read(course, lesson)?;
    let manifest = manifest::read(&course.folder(lesson)).ok();
    let stubs = twin.stubs(manifest.as_ref());
    if stubs.is_empty() || twin::unwritten(course, lesson, &stubs)?.len() < stubs.len() {
        return Ok(false);
    }
    let words = |text: &str| text.split_whitespace().collect::<String>();
    let same = |file: &twin::TwinFile| {
        let theirs = files::read(&course.folder(lesson).join(&file.path)).unwrap_or_default();
        words(&theirs) == words(&file.source.stubbed(|_| true))
    };
    let same_program = match originals::program(course, lesson) {
        Program::Unchanged => true,
        Program::Changed(original) => {
            let theirs = files::read(&course.folder(lesson).join(PROGRAM)).unwrap_or_default();
            original.is_ok_and(|original| words(&theirs) == words(&original))
        }
    };
    Ok(same_program && twin.files.iter().all(same))
}

fn stage(verdict: &Verdict) -> String {
    let (all, left) = (verdict.stubs.len(), verdict.unwritten.len());
    let stubs = format!("in progress: {} of {all} stubs", all - left);
    match &verdict.tests {
        Err(broken) => match &broken.culprit {
            Culprit::Earlier(earlier) => {
                format!(
                    "{}, on which it is built, does not compile",
                    earlier.short()
                )
            }
            Culprit::Cargo => "cargo could not build it".to_owned(),
            _ => "does not compile".to_owned(),
        },
        Ok(_) if verdict.all_pass() => "its tests pass, but they were edited".to_owned(),
        Ok(tests) => {
            let passed = tests
                .iter()
                .filter(|test| !test.outcome.is_failure())
                .count();
            format!("{stubs}, {passed} of {} tests", tests.len())
        }
    }
}
