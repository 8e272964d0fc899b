//! A lesson's verdict: its tests built and run, the stubs that are left, and the edits of its
//! tests.
//!
//! ```text
//! build              one call of cargo: the test executables, or the package at fault
//! run                one process per test, which can be killed
//! panics             the panics that a test printed
//! pending_snapshots  the snapshots that a test found different
//! outcome            the end of one test, from these three
//! grade              the learner's own test, judged on wrong programs
//! passes             the lessons that passed before, with keys of all inputs
//! advice             which common mistake the outcomes show, and which stub it lies in
//! suspects           which functions may be wrong, where no mistake is recognised
//! ```

pub(crate) mod advice;
pub(crate) mod build;
pub(crate) mod grade;
pub(crate) mod outcome;
pub(crate) mod panics;
mod passes;
pub(crate) mod pending_snapshots;
mod run;
pub(crate) mod suspects;

use crate::course::faults::Faults;
use crate::course::graded;
use crate::course::manifest::{self, Manifest};
use crate::course::originals::{self, Edits};
use crate::course::twin::{self, Stub, Twin, Unwritten};
use crate::course::{Course, Lesson};
use crate::files;
use crate::tools::cleanup::Scratch;
use advice::Advice;
use anyhow::{Context, Result};
use build::{Broken, Build, Built, Cargo};
use grade::Grade;
use outcome::{Outcome, Test};
pub(crate) use run::Until;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use suspects::Suspects;

/// The state of a lesson, as `check` reports it.
pub(crate) struct Verdict {
    pub(crate) lesson: Lesson,
    /// `None` if `lesson.toml` can't be read: the tests are run all the same.
    pub(crate) manifest: Option<Manifest>,
    pub(crate) stubs: Vec<Stub>,
    pub(crate) unwritten: Vec<Unwritten>,
    pub(crate) edits: Edits,
    pub(crate) tests: Result<Vec<Test>, Broken>,
    /// The verdict on the test that the learner writes, in a lesson that asks for one.
    pub(crate) grade: Option<Grade>,
    /// The functions of the learner's that may be wrong.
    pub(crate) suspects: Suspects,
    /// rustc's warnings on the learner's files: `path:line: message`.
    pub(crate) warnings: Vec<String>,
}

impl Verdict {
    /// Returns whether every test passes, there is at least one, and the learner's own test is good
    /// enough.
    pub(crate) fn all_pass(&self) -> bool {
        self.all_tests_pass() && self.grade.as_ref().is_none_or(Grade::passed)
    }

    /// Returns whether every test passes, and only the learner's own test is not good enough.
    pub(crate) fn fails_only_by_grade(&self) -> bool {
        self.all_tests_pass() && !self.all_pass()
    }

    fn all_tests_pass(&self) -> bool {
        let Ok(tests) = &self.tests else { return false };
        tests.iter().any(|test| test.outcome == Outcome::Passed)
            && !tests.iter().any(|test| test.outcome.is_failure())
    }

    /// Returns whether every test passes, and the tests are the course's own.
    pub(crate) fn passed(&self) -> bool {
        self.all_pass() && !self.edits.has_changes()
    }

    /// Returns the stub of the learner's own test, if that is written and not good enough.
    pub(crate) fn graded_stub(&self) -> Option<&Stub> {
        let grade = self.grade.as_ref().filter(|grade| grade.is_wrong())?;
        let mut stubs = self.stubs.iter();
        stubs.find(|stub| stub.file == grade.graded.file)
    }

    /// Returns the common mistakes that the tests show.
    pub(crate) fn advice(&self) -> Advice<'_> {
        match (&self.manifest, &self.tests) {
            (Some(manifest), Ok(tests)) => advice::advice(&manifest.mistakes, tests),
            _ => Advice::None,
        }
    }
}

/// The number of lessons whose tests run at once.
const LESSONS: usize = 3;

/// Builds and runs the tests of a lesson.
pub(crate) fn judge(cargo: Cargo<'_>, lesson: &Lesson) -> Result<Verdict> {
    judge_built(cargo.course, lesson, build(cargo, lesson)?)
}

fn build(cargo: Cargo<'_>, lesson: &Lesson) -> Result<Build> {
    let folder = cargo.course.folder(lesson);
    cargo.build_tests(&lesson.folder, &folder, has_own_tests(&folder))
}

/// The standing of a lesson, for commands that look at many.
pub(crate) enum Standing {
    /// It passed when it was judged last, and nothing has changed since.
    Passed,
    Judged(Box<Verdict>),
}

impl Standing {
    /// Returns whether the lesson is passed.
    pub(crate) fn passed(&self) -> bool {
        match self {
            Standing::Passed => true,
            Standing::Judged(verdict) => verdict.passed(),
        }
    }
}

/// Builds a lesson, and judges it unless it passed before and nothing has changed since.
pub(crate) fn standing(cargo: Cargo<'_>, lesson: &Lesson) -> Result<Standing> {
    standing_of(cargo.course, lesson, build(cargo, lesson)?)
}

/// Judges several lessons, except those that passed before and did not change since: builds all at
/// once, and runs the tests of a few at a time. Calls `report` for each, in order, as soon as its
/// standing and those before it are known.
pub(crate) fn judge_each(
    cargo: Cargo<'_>,
    lessons: &[&Lesson],
    mut report: impl FnMut(&Lesson, Result<Standing>),
) -> Result<()> {
    // The learner's own tests in `src/` need a call of their own.
    let mut together = lessons.to_vec();
    together.retain(|lesson| !has_own_tests(&cargo.course.folder(lesson)));
    let mut built = match together.len() > 1 {
        true => cargo.build_lessons(&together)?,
        false => BTreeMap::new(),
    };
    let built = lessons.iter().map(|lesson| built.remove(&lesson.folder));
    let built: Vec<Option<Built>> = built.collect();
    let queue = Mutex::new(lessons.iter().zip(built).enumerate());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        for _ in 0..LESSONS {
            let sender = sender.clone();
            scope.spawn(move || {
                while let Some((number, (lesson, built))) = next() {
                    let standing = match built {
                        Some(built) => standing_of(cargo.course, lesson, Build::Ready(built)),
                        None => standing(cargo, lesson),
                    };
                    let _ = sender.send((number, standing));
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        for (number, lesson) in lessons.iter().enumerate() {
            let standing = loop {
                if let Some(standing) = early.remove(&number) {
                    break standing;
                }
                let (number, standing) = receiver.recv().context("a thread ended too early")?;
                early.insert(number, standing);
            };
            report(lesson, standing);
        }
        Ok(())
    })
}

/// Returns whether a learner has written tests in `src/`.
fn has_own_tests(folder: &Path) -> bool {
    let is_attribute = |line: &str| {
        let line = line.trim_start();
        line.starts_with("#[") && (line.contains("test]") || line.contains("test("))
    };
    let sources = files::walk(&folder.join("src")).unwrap_or_default();
    sources
        .iter()
        .filter_map(|path| files::read_lossy(&folder.join("src").join(path)).ok())
        .any(|text| text.lines().any(is_attribute))
}

/// Judges a lesson that has been built, unless it passed before and nothing has changed since.
fn standing_of(course: &Course, lesson: &Lesson, build: Build) -> Result<Standing> {
    let key = match &build {
        Build::Ready(built) => Some(passes::key(course, lesson, built)?),
        Build::Broken(_) => None,
    };
    if let Some(key) = &key
        && passes::contains(course, lesson, key)
    {
        return Ok(Standing::Passed);
    }
    let verdict = judge_built(course, lesson, build)?;
    if let Some(key) = key.filter(|_| verdict.passed()) {
        passes::store(course, lesson, &key)?;
    }
    Ok(Standing::Judged(Box::new(verdict)))
}

/// Runs the tests of a lesson that has been built.
fn judge_built(course: &Course, lesson: &Lesson, build: Build) -> Result<Verdict> {
    let manifest = manifest::read(&course.folder(lesson));
    if !graded::files(course, lesson)?.is_empty()
        && let Err(error) = manifest
    {
        // Without it the learner's own test can't be judged.
        return Err(error);
    }
    let manifest = manifest.ok();
    let twin = Twin::read(course, lesson)?;
    let stubs = twin.stubs(manifest.as_ref());
    let unwritten = twin::unwritten(course, lesson, &stubs)?;
    let edits = originals::edits(course, lesson)?;
    let graded = manifest.as_ref().and_then(|one| one.graded.as_ref());
    let (tests, grade, warnings) = match build {
        Build::Ready(built) => {
            let tests = run(course, &built)?;
            let grade = graded.map(|graded| grade::grade(course, graded, &built, &tests));
            (Ok(tests), grade.transpose()?, built.warnings)
        }
        Build::Broken(broken) => (Err(broken), None, Vec::new()),
    };
    let suspects = tests.as_ref().map_or(Suspects::None, |tests| {
        let measured = Faults::read(course, lesson);
        suspects::suspects(manifest.as_ref(), &twin, &measured, tests, &unwritten)
    });
    Ok(Verdict {
        lesson: lesson.clone(),
        manifest,
        stubs,
        unwritten,
        edits,
        tests,
        grade,
        suspects,
        warnings,
    })
}

/// Returns the verdict on the first lesson that is not passed; if all are, on the last.
///
/// A lesson that has stubs left can't be passed, so no later one is built.
pub(crate) fn first_not_passed(cargo: Cargo<'_>) -> Result<Verdict> {
    let course = cargo.course;
    let has_stubs = |lesson: &Lesson| -> Result<bool> {
        let stubs = Twin::read(course, lesson)?.stubs(None);
        Ok(!twin::unwritten(course, lesson, &stubs)?.is_empty())
    };
    let lessons = &course.lessons;
    let count = lessons
        .iter()
        .position(|lesson| has_stubs(lesson).unwrap_or(true))
        .map_or(lessons.len(), |first| first + 1);
    let lessons: Vec<&Lesson> = lessons.iter().take(count).collect();
    let mut found = None;
    judge_each(cargo, &lessons, |_, standing| {
        if !standing.as_ref().is_ok_and(Standing::passed) {
            found.get_or_insert(standing);
        }
    })?;
    match found.transpose()? {
        Some(Standing::Judged(verdict)) => Ok(*verdict),
        _ => judge(
            cargo,
            lessons.last().context("the course has no lessons yet")?,
        ),
    }
}

/// Runs the tests of these executables.
pub(crate) fn run(course: &Course, built: &Built) -> Result<Vec<Test>> {
    run_until(course, built, Until::AllAreRun)
}

/// Runs the tests of these executables, and perhaps not all of them once one has failed.
pub(crate) fn run_until(course: &Course, built: &Built, until: Until) -> Result<Vec<Test>> {
    let scratch = Scratch::new()?;
    let finished = run::run_all(&course.root, &built.executables, scratch.path(), until)?;
    finished
        .iter()
        .map(|test| outcome::read(&course.root, test))
        .collect()
}
