//! The variants of a lesson, and what their tests must show: the solution passes, each stub fails,
//! each common mistake is caught.

use crate::course::graded::Graded;
use crate::course::manifest::{self, Manifest, Mistake};
use crate::course::twin::{Stub, Twin, TwinFile};
use crate::course::{Course, Lesson};
use crate::files::slashed;
use crate::verdict::advice;
use crate::verdict::outcome::{Outcome, Test};
use anyhow::{Result, bail, ensure};
use std::path::PathBuf;

/// The texts of a lesson's files by path in the lesson.
pub(super) type Texts = Vec<(PathBuf, String)>;

/// Checks the outcomes of a variant's tests.
pub(super) type Proof<'b> = Box<dyn Fn(&[Test]) -> Result<()> + 'b>;

/// Counts the stubs and mistakes of a lesson, as far as they can be read.
pub(super) fn count(course: &Course, lesson: &Lesson) -> usize {
    let stubs = Twin::read(course, lesson).map_or(0, |twin| twin.stubs(None).len());
    let manifest = manifest::read(&course.folder(lesson));
    stubs + manifest.map_or(0, |manifest| manifest.mistakes.len())
}

/// One lesson of the copy, and its variants.
pub(super) struct Variants<'b> {
    pub(super) course: &'b Course,
    pub(super) lesson: &'b Lesson,
    pub(super) twin: Twin,
    pub(super) manifest: Manifest,
}

/// A variant of a lesson, and the check of its tests.
pub(super) struct Variant<'b> {
    pub(super) title: String,
    pub(super) lesson: &'b Lesson,
    /// The package whose tests are run: name and folder.
    pub(super) package: (String, PathBuf),
    /// The lesson's files, or the reason why the variant can't be made.
    pub(super) texts: Result<Texts>,
    /// The test that the learner writes, if the solution's is to be judged on the wrong programs.
    pub(super) graded: Option<&'b Graded>,
    pub(super) prove: Proof<'b>,
}

impl Variants<'_> {
    pub(super) fn agree(&self) -> Result<()> {
        let faults = self.twin.disagreements(&self.manifest);
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(())
    }

    /// Lists all variants, in the order in which they are tried.
    pub(super) fn all(&self) -> Vec<Variant<'_>> {
        let mut variants = vec![self.the_twin(), self.solved(), self.all_stubs()];
        let stubs = self.twin.stubs(Some(&self.manifest));
        variants.extend(stubs.into_iter().map(|stub| self.stub(stub)));
        variants.extend(self.manifest.mistakes.iter().map(|one| self.mistake(one)));
        variants
    }

    /// Returns the files with every region solved.
    pub(super) fn solution(&self) -> Texts {
        let text = |file: &TwinFile| (file.path.clone(), file.source.solution());
        self.twin.files.iter().map(text).collect()
    }

    fn variant<'b>(
        &'b self,
        title: &str,
        texts: Result<Texts>,
        prove: impl Fn(&[Test]) -> Result<()> + 'b,
    ) -> Variant<'b> {
        Variant {
            title: format!("{}: {title}", self.lesson.short()),
            lesson: self.lesson,
            package: (self.lesson.folder.clone(), self.course.folder(self.lesson)),
            texts,
            graded: None,
            prove: Box::new(prove),
        }
    }

    fn texts(&self, text: impl Fn(&TwinFile) -> Result<String>) -> Result<Texts> {
        let text = |file: &TwinFile| Ok((file.path.clone(), text(file)?));
        self.twin.files.iter().map(text).collect()
    }

    fn the_twin(&self) -> Variant<'_> {
        let package = self.lesson.twin_package();
        Variant {
            package: (package, self.course.twin(self.lesson)),
            ..self.variant("the twin passes", Ok(self.solution()), passes)
        }
    }

    fn solved(&self) -> Variant<'_> {
        let title = match &self.manifest.graded {
            None => "with the solution in place it passes",
            Some(_) => {
                "with the solution in place it passes, and its test catches each wrong program"
            }
        };
        Variant {
            graded: self.manifest.graded.as_ref(),
            ..self.variant(title, Ok(self.solution()), passes)
        }
    }

    fn all_stubs(&self) -> Variant<'_> {
        let title = "it compiles as stubs, and fails on them alone";
        let texts = self.texts(|file| file.stub(self.course));
        let stubs = self.twin.stubs(None);
        self.variant(title, texts, move |tests| {
            let fails = tests.iter().any(|test| test.outcome.is_failure());
            ensure!(fails, "no test fails");
            self.fail_on(tests, |instruction| {
                stubs.iter().any(|stub| stub.instruction == instruction)
            })
        })
    }

    fn stub(&self, stub: Stub) -> Variant<'_> {
        let title = format!("it fails on {:?} alone", shortened(&stub.instruction));
        let texts = self.texts(|file| {
            file.stubbed(self.course, |instruction| {
                slashed(&file.path) == stub.file && instruction == stub.instruction
            })
        });
        self.variant(&title, texts, move |tests| {
            let reaches_it = |test: &Test| {
                matches!(&test.outcome, Outcome::NotWritten { instruction, .. } if *instruction == stub.instruction)
            };
            ensure!(tests.iter().any(reaches_it), "no test reaches it");
            self.fail_on(tests, |instruction| instruction == stub.instruction)
        })
    }

    /// Checks that each failing test fails on one of the given stubs of this lesson.
    fn fail_on(&self, tests: &[Test], is_given: impl Fn(&str) -> bool) -> Result<()> {
        for test in tests.iter().filter(|test| test.outcome.is_failure()) {
            match &test.outcome {
                Outcome::NotWritten { place, instruction }
                    if is_given(instruction)
                        && self.course.lesson_of(&place.file) == Some(self.lesson) => {}
                outcome => bail!(
                    "{} fails, but not on such a stub: {}",
                    test.name,
                    described(outcome)
                ),
            }
        }
        Ok(())
    }

    fn mistake<'b>(&'b self, mistake: &'b Mistake) -> Variant<'b> {
        let texts = self.texts(|file| {
            let solution = file.source.solution();
            if slashed(&file.path) != mistake.file {
                return Ok(solution);
            }
            mistake.apply(&solution)
        });
        let title = format!("the mistake {} is caught", mistake.name);
        self.variant(&title, texts, move |tests| self.is_caught(mistake, tests))
    }

    /// Checks that exactly the mistake's tests fail, that they hang only if it says so, and that
    /// `check` would give its advice and no other.
    fn is_caught(&self, mistake: &Mistake, tests: &[Test]) -> Result<()> {
        let failing = tests.iter().filter(|test| test.outcome.is_failure());
        let mut failing: Vec<&str> = failing.map(|test| test.name.as_str()).collect();
        let mut named: Vec<&str> = mistake.tests.iter().map(String::as_str).collect();
        failing.sort_unstable();
        named.sort_unstable();
        ensure!(
            failing == named,
            "it names the tests {named:?}, but these fail: {failing:?}{}",
            all(tests)
        );
        let is_stuck =
            |test: &Test| matches!(test.outcome, Outcome::Hangs { .. } | Outcome::Crashed(_));
        ensure!(
            tests.iter().any(is_stuck) == mistake.hangs,
            "`hangs` must be true if tests hang or crash, and else false{}",
            all(tests)
        );
        let advised = advice::advice(&self.manifest.mistakes, tests);
        let advised = advised.mistakes().iter();
        let advised: Vec<&str> = advised.map(|one| one.name.as_str()).collect();
        ensure!(
            advised == [mistake.name.as_str()],
            "check would give the advice of {advised:?}{}",
            all(tests)
        );
        Ok(())
    }
}

fn passes(tests: &[Test]) -> Result<()> {
    let passed = tests.iter().any(|test| test.outcome == Outcome::Passed);
    ensure!(passed, "it has no tests");
    match tests.iter().find(|test| test.outcome.is_failure()) {
        Some(test) => bail!("{} fails: {}", test.name, described(&test.outcome)),
        None => Ok(()),
    }
}

/// Describes an outcome in a few lines.
fn described(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Wrong(wrong) => match (&wrong.mismatch, &wrong.panic) {
            (Some(mismatch), _) => format!("it got\n{}", mismatch.got),
            (None, Some(panic)) => format!("{}: {}", panic.place, panic.message),
            (None, None) => wrong.stderr.clone(),
        },
        Outcome::NotWritten { place, instruction } => format!("{place}: {instruction:?}"),
        Outcome::Crashed(how) => how.clone(),
        Outcome::Hangs { seconds } => format!("it hangs (stopped after {seconds} s)"),
        Outcome::NotRun => "it was not run".to_owned(),
        Outcome::Passed | Outcome::Ignored => "it passed".to_owned(),
    }
}

/// Lists the tests that fail, and how.
fn all(tests: &[Test]) -> String {
    let failing = tests.iter().filter(|test| test.outcome.is_failure());
    failing
        .map(|test| format!("\n{}: {}", test.name, described(&test.outcome)))
        .collect()
}

/// Returns the beginning of an instruction.
fn shortened(instruction: &str) -> String {
    let mut short: String = instruction.chars().take(50).collect();
    if short.len() < instruction.len() {
        short.push('…');
    }
    short
}
