//! The learner's own test, judged: it has to pass on the correct program, and to catch wrong ones.
//!
//! The first is one outcome among others. Only a test that passes there is run on the wrong
//! programs, each in a process of its own. It catches a program if it fails, crashes or hangs on
//! it.

use crate::course::Course;
use crate::course::graded::{Graded, WrongSubject};
use crate::tools::cleanup::Scratch;
use crate::verdict::build::{Built, Executable, Origin};
use crate::verdict::outcome::{Outcome, Test};
use crate::verdict::run;
use anyhow::Result;
use std::sync::Mutex;
use std::thread::ScopedJoinHandle;

/// How many wrong programs the test is run on at once.
const WORKERS: usize = 4;

/// The verdict on the learner's own test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grade {
    pub(crate) graded: Graded,
    pub(crate) result: GradeResult,
}

/// The behaviour of the learner's own test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GradeResult {
    /// Its file has no test, or is missing.
    NoTest,
    /// It reaches a `todo!()`, or tests that hang left no time for it.
    NotJudged,
    /// It does not pass on the correct program.
    FailsOnCorrect,
    /// It passes on the correct program, and on these wrong ones.
    LetThrough(Vec<WrongSubject>),
}

impl Grade {
    /// Returns the number of wrong programs that the test catches; 0 if it was not run on them.
    pub(crate) fn caught(&self) -> usize {
        match &self.result {
            GradeResult::LetThrough(missed) => self.graded.wrong.len() - missed.len(),
            _ => 0,
        }
    }

    /// Returns whether the test is good enough.
    pub(crate) fn passed(&self) -> bool {
        matches!(self.result, GradeResult::LetThrough(_)) && self.caught() >= self.graded.at_least
    }

    /// Returns whether the test is written, and not good enough.
    pub(crate) fn is_wrong(&self) -> bool {
        !self.passed() && self.result != GradeResult::NotJudged
    }
}

/// Judges the learner's own test. `tests` are the outcomes on the correct program.
pub(crate) fn grade(
    course: &Course,
    graded: &Graded,
    built: &Built,
    tests: &[Test],
) -> Result<Grade> {
    let theirs = tests.iter().filter(|test| test.origin == Origin::Graded);
    let outcomes: Vec<&Outcome> = theirs.map(|test| &test.outcome).collect();
    let is_open =
        |outcome: &&Outcome| matches!(outcome, Outcome::NotWritten { .. } | Outcome::NotRun);
    let result = if outcomes.iter().any(is_open) {
        GradeResult::NotJudged
    } else if outcomes.iter().any(|outcome| outcome.is_failure()) {
        GradeResult::FailsOnCorrect
    } else if outcomes.contains(&&Outcome::Passed) {
        GradeResult::LetThrough(let_through(course, graded, built)?)
    } else {
        GradeResult::NoTest
    };
    let graded = graded.clone();
    Ok(Grade { graded, result })
}

/// Runs the learner's own test on each wrong program, several at a time. Returns those on which it
/// passes, in their order.
fn let_through(course: &Course, graded: &Graded, built: &Built) -> Result<Vec<WrongSubject>> {
    let executables = built.executables.iter();
    let theirs = executables.filter(|executable| executable.origin == Origin::Graded);
    let theirs: Vec<&Executable> = theirs.collect();
    let scratch = Scratch::new()?;
    let queue = Mutex::new(graded.wrong.iter().enumerate());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let work = || {
        let mut missed = Vec::new();
        while let Some((number, wrong)) = next() {
            let folder = scratch.path().join(number.to_string());
            let mut passes = true;
            for executable in &theirs {
                passes &= run::passes_on(&course.root, executable, &folder, &wrong.name)?;
            }
            if passes {
                missed.push((number, wrong.clone()));
            }
        }
        Ok(missed)
    };
    let results: Vec<Result<Vec<_>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        let join = |worker: ScopedJoinHandle<'_, _>| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(join).collect()
    });
    let missed: Result<Vec<Vec<_>>> = results.into_iter().collect();
    let mut missed: Vec<(usize, WrongSubject)> = missed?.into_iter().flatten().collect();
    missed.sort_by_key(|(number, _)| *number);
    Ok(missed.into_iter().map(|(_, wrong)| wrong).collect())
}

/// Runs the solution's test on each wrong program. Returns an outcome for each, which is a failure
/// where the test passes on the program.
pub(crate) fn as_tests(course: &Course, graded: &Graded, built: &Built) -> Result<Vec<Test>> {
    let missed = let_through(course, graded, built)?;
    let test = |wrong: &WrongSubject| Test {
        name: format!("the test of the wrong program {:?}", wrong.name),
        origin: Origin::Graded,
        outcome: match missed.contains(wrong) {
            false => Outcome::Passed,
            true => Outcome::Crashed("The solution's test passes on it, too.".to_owned()),
        },
    };
    Ok(graded.wrong.iter().map(test).collect())
}
