//! A lesson's verdict: its tests built and run, the stubs that are left, and the edits of its
//! tests.
//!
//! ```text
//! build              one call of cargo: the test executables, or the package at fault
//! run                one process per test, which can be killed
//! panics             the panics that a test printed
//! pending_snapshots  the snapshots that a test found different
//! outcome            the end of one test, from these three
//! advice             which common mistake the outcomes show, and which stub it lies in
//! ```

pub(crate) mod advice;
pub(crate) mod build;
pub(crate) mod outcome;
pub(crate) mod panics;
pub(crate) mod pending_snapshots;
mod run;

use crate::course::manifest::{self, Manifest, Mistake};
use crate::course::originals::{self, Edits};
use crate::course::twin::{self, Stub, Twin, Unwritten};
use crate::course::{Course, Lesson};
use anyhow::Result;
use build::{Broken, Build, Built, Cargo};
use outcome::{Outcome, Test};

/// The state of a lesson, as `check` reports it.
pub(crate) struct Verdict {
    pub(crate) lesson: Lesson,
    /// `None` if `lesson.toml` can't be read: the tests are run all the same.
    pub(crate) manifest: Option<Manifest>,
    pub(crate) stubs: Vec<Stub>,
    pub(crate) unwritten: Vec<Unwritten>,
    pub(crate) edits: Edits,
    pub(crate) tests: Result<Vec<Test>, Broken>,
    /// rustc's warnings on the learner's files: `path:line: message`.
    pub(crate) warnings: Vec<String>,
}

impl Verdict {
    /// Returns whether every test passes, and there is at least one.
    pub(crate) fn all_pass(&self) -> bool {
        let Ok(tests) = &self.tests else { return false };
        tests.iter().any(|test| test.outcome == Outcome::Passed)
            && !tests.iter().any(|test| test.outcome.is_failure())
    }

    /// Returns whether every test passes, and the tests are the course's own.
    pub(crate) fn passed(&self) -> bool {
        self.all_pass() && !self.edits.has_changes()
    }

    /// Lists the common mistakes that the tests show.
    pub(crate) fn mistakes(&self) -> Vec<&Mistake> {
        match (&self.manifest, &self.tests) {
            (Some(manifest), Ok(tests)) => advice::recognised_mistakes(&manifest.mistakes, tests),
            _ => Vec::new(),
        }
    }
}

/// Builds and runs the tests of a lesson.
pub(crate) fn judge(cargo: Cargo<'_>, lesson: &Lesson) -> Result<Verdict> {
    let course = cargo.course;
    let manifest = manifest::read(&course.folder(lesson)).ok();
    let stubs = Twin::read(course, lesson)?.stubs(manifest.as_ref());
    let unwritten = twin::unwritten(course, lesson, &stubs)?;
    let edits = originals::edits(course, lesson)?;
    let (tests, warnings) = match cargo.build_tests(&lesson.folder, &course.folder(lesson))? {
        Build::Ready(built) => (Ok(run(course, &built)?), built.warnings),
        Build::Broken(broken) => (Err(broken), Vec::new()),
    };
    Ok(Verdict {
        lesson: lesson.clone(),
        manifest,
        stubs,
        unwritten,
        edits,
        tests,
        warnings,
    })
}

/// Judges one lesson after the other, up to the first that is not passed. Returns the last verdict.
pub(crate) fn first_not_passed(cargo: Cargo<'_>) -> Result<Option<Verdict>> {
    let mut verdict = None;
    for lesson in &cargo.course.lessons {
        verdict = Some(judge(cargo, lesson)?);
        if verdict.as_ref().is_some_and(|verdict| !verdict.passed()) {
            break;
        }
    }
    Ok(verdict)
}

/// Runs the tests of these executables.
pub(crate) fn run(course: &Course, built: &Built) -> Result<Vec<Test>> {
    let scratch = tempfile::tempdir()?;
    let finished = run::run_all(&course.root, &built.executables, scratch.path())?;
    finished
        .iter()
        .map(|test| outcome::read(&course.root, test))
        .collect()
}
