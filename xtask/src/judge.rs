//! A lesson's verdict: its tests built and run, what is not written yet, what was edited, which mistake it looks like.

use crate::cargo::{Broken, Build, Cargo};
use crate::course::Lesson;
use crate::manifest::{self, Manifest, Mistake};
use crate::originals::{self, Edits};
use crate::outcome::{self, Outcome, Test};
use crate::run;
use crate::stubs::{self, Stub, Twin, Unwritten};
use anyhow::Result;
use std::path::Path;

/// All that `check` has to say on a lesson.
pub(crate) struct Verdict {
    pub(crate) lesson: Lesson,
    /// `None` where `lesson.toml` can't be read: the tests are run all the same.
    pub(crate) manifest: Option<Manifest>,
    pub(crate) stubs: Vec<Stub>,
    pub(crate) unwritten: Vec<Unwritten>,
    pub(crate) edits: Edits,
    pub(crate) tests: Result<Vec<Test>, Broken>,
}

impl Verdict {
    /// Every test passes. (There are some: an empty set proves nothing.)
    pub(crate) fn all_pass(&self) -> bool {
        let Ok(tests) = &self.tests else { return false };
        tests.iter().any(|test| test.outcome == Outcome::Passed)
            && !tests.iter().any(|test| test.outcome.is_failure())
    }

    /// Every test passes, and they are the course's own.
    pub(crate) fn passed(&self) -> bool {
        self.all_pass() && !self.edits.matter()
    }

    /// The common mistake that this looks like.
    pub(crate) fn mistake(&self) -> Option<&Mistake> {
        look_alike(
            &self.manifest.as_ref()?.mistakes,
            self.tests.as_deref().ok()?,
        )
    }
}

/// Builds and runs the tests of `lesson`.
pub(crate) fn judge(cargo: Cargo<'_>, lesson: &Lesson) -> Result<Verdict> {
    let course = cargo.course;
    let manifest = manifest::read(&course.folder(lesson)).ok();
    let stubs = Twin::read(course, lesson)?.stubs(manifest.as_ref());
    let unwritten = stubs::unwritten(course, lesson, &stubs)?;
    let edits = originals::edits(course, lesson)?;
    let tests = test(cargo, &lesson.folder, &course.folder(lesson))?;
    Ok(Verdict {
        lesson: lesson.clone(),
        manifest,
        stubs,
        unwritten,
        edits,
        tests,
    })
}

/// The first lesson that is not passed, or the last one.
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

/// Builds and runs the tests of a package, whose folder is `folder`.
pub(crate) fn test(
    cargo: Cargo<'_>,
    package: &str,
    folder: &Path,
) -> Result<Result<Vec<Test>, Broken>> {
    let executables = match cargo.build_tests(package, folder)? {
        Build::Ready(executables) => executables,
        Build::Broken(broken) => return Ok(Err(broken)),
    };
    let scratch = tempfile::tempdir()?;
    let root = &cargo.course.root;
    let ran = run::run_all(root, &executables, scratch.path())?;
    Ok(Ok(ran
        .iter()
        .map(|ran| outcome::read(root, ran))
        .collect::<Result<_>>()?))
}

/// The mistake whose tests are those that fail. Tests that wait for a stub may hide it from some of them; but at least
/// one must show it, and where two mistakes look alike then, neither is named. A phrase that was found decides.
pub(crate) fn look_alike<'m>(mistakes: &'m [Mistake], tests: &[Test]) -> Option<&'m Mistake> {
    let waits = |test: &Test| matches!(test.outcome, Outcome::NotWritten { .. });
    let failing: Vec<&Test> = tests
        .iter()
        .filter(|test| test.outcome.is_failure() && !waits(test))
        .collect();
    let fits = |mistake: &&Mistake| {
        let named = |test: &Test| mistake.tests.contains(&test.name);
        let fails_or_waits = |name: &String| {
            tests
                .iter()
                .any(|test| test.name == *name && test.outcome.is_failure())
        };
        !failing.is_empty()
            && failing.iter().all(|test| named(test))
            && mistake.tests.iter().all(fails_or_waits)
            && mistake
                .got
                .as_deref()
                .is_none_or(|phrase| failing.iter().any(|test| got(test, phrase)))
    };
    let fitting: Vec<&Mistake> = mistakes.iter().filter(fits).collect();
    let (said, unsaid): (Vec<_>, Vec<_>) = fitting
        .into_iter()
        .partition(|mistake| mistake.got.is_some());
    match (said.as_slice(), unsaid.as_slice()) {
        ([one], _) | ([], [one]) => Some(one),
        _ => None,
    }
}

fn got(test: &Test, phrase: &str) -> bool {
    match &test.outcome {
        Outcome::Wrong(wrong) => wrong.holds(phrase),
        Outcome::Crashed(how) => how.contains(phrase),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Wrong;
    use crate::panic::Place;

    fn mistake(name: &str, tests: &[&str], got: Option<&str>) -> Mistake {
        Mistake {
            name: name.to_owned(),
            file: "src/lib.rs".to_owned(),
            replace: "a".to_owned(),
            with: "b".to_owned(),
            tests: tests.iter().map(|&test| test.to_owned()).collect(),
            got: got.map(str::to_owned),
            advice: "Think.".to_owned(),
        }
    }

    /// `a` passes, `b!text` is wrong and says `text`, `c?` waits for its stub.
    fn tests(list: &str) -> Vec<Test> {
        let place = || Place {
            file: "src/lib.rs".to_owned(),
            line: 1,
        };
        let test = |word: &str| match (word.split_once('!'), word.strip_suffix('?')) {
            (Some((name, said)), _) => Test {
                name: name.to_owned(),
                outcome: Outcome::Wrong(Wrong {
                    mismatch: None,
                    panic: None,
                    said: said.to_owned(),
                }),
            },
            (_, Some(name)) => Test {
                name: name.to_owned(),
                outcome: Outcome::NotWritten {
                    place: place(),
                    instruction: String::new(),
                },
            },
            _ => Test {
                name: word.to_owned(),
                outcome: Outcome::Passed,
            },
        };
        list.split(' ').map(test).collect()
    }

    fn found(mistakes: &[Mistake], list: &str) -> Option<String> {
        look_alike(mistakes, &tests(list)).map(|mistake| mistake.name.clone())
    }

    #[test]
    fn the_failing_tests_are_exactly_those() {
        let mistakes = [
            mistake("one", &["a"], None),
            mistake("two", &["a", "b"], None),
        ];
        assert_eq!(found(&mistakes, "a!x b c").as_deref(), Some("one"));
        assert_eq!(found(&mistakes, "a!x b!y c").as_deref(), Some("two"));
        assert_eq!(found(&mistakes, "a!x b!y c!z"), None);
        assert_eq!(found(&mistakes, "a b!y c"), None);
        assert_eq!(found(&mistakes, "a b c"), None);
    }

    #[test]
    fn a_phrase_tells_mistakes_with_the_same_tests_apart() {
        let mistakes = [
            mistake("plain", &["a"], None),
            mistake("rd", &["a"], Some("rd: 0")),
            mistake("id", &["a"], Some("id: 0")),
        ];
        assert_eq!(found(&mistakes, "a!rd:0 b"), Some("plain".to_owned()));
        let said = |text: &str| {
            look_alike(
                &mistakes,
                &[Test {
                    name: "a".to_owned(),
                    outcome: Outcome::Wrong(Wrong {
                        mismatch: None,
                        panic: None,
                        said: text.to_owned(),
                    }),
                }],
            )
        };
        assert_eq!(
            said("flags rd: 0").map(|mistake| mistake.name.as_str()),
            Some("rd")
        );
        assert_eq!(
            said("rd: 0, id: 0").map(|mistake| mistake.name.as_str()),
            None
        );
    }

    #[test]
    fn a_test_that_waits_for_its_stub_hides_nothing() {
        let mistakes = [
            mistake("one", &["a"], None),
            mistake("two", &["a", "b"], None),
        ];
        assert_eq!(found(&mistakes[1..], "a!x b? c?").as_deref(), Some("two"));
        assert_eq!(found(&mistakes, "a!x b? c?"), None, "either could be meant");
        assert_eq!(
            found(&mistakes, "a? b? c?"),
            None,
            "nothing wrong was shown yet"
        );
    }
}
