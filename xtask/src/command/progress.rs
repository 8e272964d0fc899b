//! `progress`: one line for each lesson and a bar, read from the code itself and therefore never
//! stale.

use crate::course::manifest;
use crate::course::originals::{self, Original, PROGRAM};
use crate::course::state;
use crate::course::state::Answers;
use crate::course::twin::{self, Twin};
use crate::course::{Course, Lesson};
use crate::files;
use crate::report::screen::{Screen, print};
use crate::verdict::build::{Cargo, Culprit};
use crate::verdict::{self, Standing, Verdict};
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
    let mut table = Table::new(course, screen);
    let is_untouched = |lesson: &&Lesson| is_untouched(course, lesson).unwrap_or(false);
    let begun = course.lessons.iter().filter(|lesson| !is_untouched(lesson));
    let begun: Vec<&Lesson> = begun.collect();
    if !begun.is_empty() {
        verdict::judge_each(cargo, &begun, |lesson, standing| {
            table.untouched_before(Some(lesson));
            table.line(lesson, &state_of(course, lesson, standing));
        })?;
    }
    table.untouched_before(None);
    table.end();
    Ok(true)
}

/// The lines, printed as soon as they are known: a lesson may take a while to compile.
struct Table<'c> {
    course: &'c Course,
    screen: Screen,
    /// The number of lessons that have a line.
    lines: usize,
    done: usize,
    skipped: usize,
    /// The first lesson to work on.
    next: Option<&'c Lesson>,
}

impl<'c> Table<'c> {
    fn new(course: &'c Course, screen: Screen) -> Table<'c> {
        Table {
            course,
            screen,
            lines: 0,
            done: 0,
            skipped: 0,
            next: None,
        }
    }

    /// Prints the lines of untouched lessons up to `lesson`, or to the end.
    fn untouched_before(&mut self, lesson: Option<&Lesson>) {
        let course = self.course;
        let left = course.lessons.iter().skip(self.lines);
        for untouched in left.take_while(|other| Some(*other) != lesson) {
            self.line(untouched, &State::NotStarted);
        }
    }

    fn line(&mut self, lesson: &Lesson, state: &State) {
        match state {
            State::Done => self.done += 1,
            State::Skipped => self.skipped += 1,
            State::InProgress(_) | State::NotStarted => {
                let lesson = self.course.lessons.get(self.lines);
                self.next = self.next.or(lesson);
            }
        }
        self.lines += 1;
        state.keep(self.course, lesson);
        let (mark, mut text) = state.shown(self.screen);
        text.push_str(&questions(self.course, lesson));
        let topics = self.course.lessons.iter().map(|lesson| lesson.topic.len());
        let width = topics.max().unwrap_or(0);
        let (number, topic) = (lesson.number, &lesson.topic);
        print(&format!("  {mark} {number:>2}  {topic:width$}  {text}\n"));
    }

    fn end(&self) {
        let (done, skipped, all) = (self.done, self.skipped, self.course.lessons.len());
        let bar = bar(done, skipped, all, self.screen);
        let skipped = match skipped {
            0 => String::new(),
            count => format!(", {count} skipped"),
        };
        print(&format!("\n  {bar}  {done} of {all} lessons{skipped}\n\n"));
        let command = self.next.map_or_else(
            || "cargo run --bin client -- --lab --query yahoo.com".to_owned(),
            |lesson| format!("cargo xtask check {}", lesson.short()),
        );
        print(&self.screen.next(&command));
    }
}

fn bar(done: usize, skipped: usize, all: usize, screen: Screen) -> String {
    let width = |count: usize| (BAR * count).checked_div(all).unwrap_or(0);
    let (full, some) = (width(done), width(done + skipped) - width(done));
    let empty = BAR - full - some;
    format!(
        "{}{}{}",
        screen.green(&"█".repeat(full)),
        screen.faint(&"▒".repeat(some)),
        screen.faint(&"░".repeat(empty))
    )
}

enum State {
    Done,
    /// The solution is in place.
    Skipped,
    InProgress(String),
    NotStarted,
}

impl State {
    fn shown(&self, screen: Screen) -> (String, String) {
        match self {
            State::Done => (screen.green("✓"), "done".to_owned()),
            State::Skipped => (screen.faint("»"), "skipped".to_owned()),
            State::InProgress(text) => (screen.yellow("…"), text.clone()),
            State::NotStarted => (screen.faint("·"), "not started".to_owned()),
        }
    }

    /// Stores the state, for the guide.
    fn keep(&self, course: &Course, lesson: &Lesson) {
        let mark = match self {
            State::Done => "done",
            State::Skipped => "skipped",
            State::InProgress(_) => "begun",
            State::NotStarted => "new",
        };
        let plain = Screen {
            width: BAR,
            colour: false,
        };
        let (_, text) = self.shown(plain);
        state::store_standing(course, lesson, &state::Standing { mark, text: &text });
    }
}

/// Stores the state of a lesson that was checked, for the guide.
pub(crate) fn keep(course: &Course, verdict: &Verdict) {
    let lesson = &verdict.lesson;
    let state = match verdict.passed() {
        true => state_of_passed(course, lesson),
        false if is_untouched(course, lesson).unwrap_or(false) => State::NotStarted,
        false => State::InProgress(stage(verdict)),
    };
    state.keep(course, lesson);
}

/// Returns the state of a lesson that is not untouched. One that can't be judged stops no other.
fn state_of(course: &Course, lesson: &Lesson, standing: Result<Standing>) -> State {
    match standing {
        Err(error) => State::InProgress(first_line(&format!("{error:#}"))),
        Ok(Standing::Judged(verdict)) if !verdict.passed() => State::InProgress(stage(&verdict)),
        Ok(_) => state_of_passed(course, lesson),
    }
}

fn state_of_passed(course: &Course, lesson: &Lesson) -> State {
    match twin::is_solution(course, lesson) {
        true => State::Skipped,
        false => State::Done,
    }
}

/// Returns how many of the lesson's questions have a right answer; nothing before the first answer.
fn questions(course: &Course, lesson: &Lesson) -> String {
    let Ok(manifest) = manifest::read(&course.folder(lesson)) else {
        return String::new();
    };
    let answers = Answers::read(course, lesson);
    let results = manifest.questions.iter();
    let results: Vec<bool> = results.filter_map(|it| answers.get(&it.text)).collect();
    match results.iter().filter(|is_right| **is_right).count() {
        _ if results.is_empty() => String::new(),
        right => format!(", {right} of {} questions", manifest.questions.len()),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
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
        let theirs = files::read_lossy(&course.folder(lesson).join(&file.path)).unwrap_or_default();
        words(&theirs) == words(&file.source.stubbed(|_| true))
    };
    let same_program = match originals::original(course, lesson, PROGRAM) {
        Original::Unchanged => true,
        Original::Changed(original) => {
            let theirs =
                files::read_lossy(&course.folder(lesson).join(PROGRAM)).unwrap_or_default();
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
        Ok(_) if verdict.fails_only_by_grade() => {
            format!("{stubs}, all tests pass, your own is not good enough yet")
        }
        Ok(tests) => {
            let passed = tests
                .iter()
                .filter(|test| !test.outcome.is_failure())
                .count();
            format!("{stubs}, {passed} of {} tests", tests.len())
        }
    }
}
